//! `beffroi jobs`: work set aside after too many failures, and having it run again.

use std::process::ExitCode;

use beffroi_db::aside;
use beffroi_kernel::JobId;
use beffroi_ui::date_time;
use clap::Subcommand;

use super::Outcome;
use crate::config::Config;
use crate::server;

/// Jobs shown at once.
const SHOWN: usize = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// Montre les travaux mis de côté, et pourquoi.
    List,
    /// Relance un travail mis de côté, ceux d’un genre, ou tous.
    Retry {
        /// Identifiant du travail.
        #[arg(conflicts_with = "all", required_unless_present_any = ["kind", "all"])]
        id: Option<uuid::Uuid>,
        /// Genre, par exemple mail.
        #[arg(long)]
        kind: Option<String>,
        /// Tous.
        #[arg(long)]
        all: bool,
    },
}

pub(crate) async fn run(config: &Config, command: JobsCommand) -> Outcome {
    let db = server::connect(config).await?;
    match command {
        JobsCommand::List => {
            let jobs = aside::list(&db, SHOWN).await?;
            for job in &jobs {
                let why = job.last_error.as_deref().unwrap_or("sans explication");
                println!(
                    "{}  {}  depuis le {}  {} essais : {why}",
                    job.id,
                    job.kind,
                    date_time(job.created_at),
                    job.attempts
                );
            }
            println!(
                "{} travaux mis de côté{}.",
                jobs.len(),
                if jobs.len() == SHOWN { ", et peut-être d’autres" } else { "" }
            );
        }
        JobsCommand::Retry { id, kind, all: _ } => {
            let again = aside::retry(&db, id.map(JobId), kind.as_deref()).await?;
            if again == 0 {
                return Err(
                    "aucun travail mis de côté ne correspond : « beffroi jobs list » les montre".into()
                );
            }
            println!("{again} travaux relancés. Le service les reprend dans la seconde s’il tourne.");
        }
    }
    Ok(ExitCode::SUCCESS)
}
