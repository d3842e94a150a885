//! `beffroi maintenance`: announces a maintenance on all pages, ends it, says what is announced. (CSU-06)

use std::process::ExitCode;

use beffroi_kernel::{Permit, PersonId};
use beffroi_operations::maintenance::{self, NewMaintenance};
use beffroi_operations::{AnnounceMaintenance, paris_instant};
use chrono::{DateTime, NaiveDateTime, Utc};
use clap::Subcommand;

use super::Outcome;
use crate::config::Config;
use crate::server;

#[derive(Debug, Subcommand)]
pub(crate) enum MaintenanceCommand {
    /// Annonce une maintenance en haut de toutes les pages.
    On {
        /// Fin au plus tard, à l’heure de Paris : 2026-11-24T12:00.
        #[arg(long, value_parser = instant)]
        until: DateTime<Utc>,
        /// Début, à l’heure de Paris ; maintenant s’il n’est pas donné.
        #[arg(long, value_parser = instant)]
        from: Option<DateTime<Utc>>,
        /// Ce que les personnes doivent savoir.
        #[arg(long)]
        text: String,
        /// Les personnes lisent, mais ne modifient rien.
        #[arg(long)]
        read_only: bool,
    },
    /// Termine ou annule toutes les maintenances annoncées.
    Off,
    /// Dit ce qui est annoncé.
    Show,
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok().and_then(paris_instant);
    local.ok_or_else(|| format!("« {text} » n’est pas un instant : écrivez par exemple 2026-11-24T12:00"))
}

pub(crate) async fn run(config: &Config, command: MaintenanceCommand) -> Outcome {
    let db = server::connect(config).await?;
    let permit: Permit<AnnounceMaintenance> = Permit::system(PersonId::new(), "beffroi maintenance");
    match command {
        MaintenanceCommand::On { until, from, text, read_only } => {
            let new = NewMaintenance { text, starts_at: from, ends_at: until, read_only };
            let one = maintenance::announce(&db, &permit, None, &new).await?;
            println!("Annoncée, du {} au {}.", paris(one.starts_at), paris(one.ends_at));
        }
        MaintenanceCommand::Off => {
            let ended = maintenance::end(&db, &permit, None, None).await?;
            println!("{}", if ended { "Terminée." } else { "Aucune maintenance n’était annoncée." });
        }
        MaintenanceCommand::Show => {
            for one in maintenance::coming(&db).await? {
                let mode = if one.read_only { " (lecture seule)" } else { "" };
                println!("du {} au {}{mode} : {}", paris(one.starts_at), paris(one.ends_at), one.text);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn paris(at: DateTime<Utc>) -> String {
    beffroi_ui::short_date_time(at)
}
