//! `beffroi demo`: a fictitious Region, small to try the pages, whole to try the load.

use std::sync::Arc;
use std::time::Duration;

use beffroi_db::{Db, DbError};
use beffroi_demo::region;
use beffroi_kernel::FixedClock;
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use sea_orm::{ConnectionTrait, Statement};

use super::{Outcome, catalogue};
use crate::config::Config;
use crate::server;

use std::process::ExitCode;

/// How big a Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Scale {
    /// Douze lycées, quelques semaines de demandes.
    Small,
    /// 270 lycées, 250 000 personnes, cinq années scolaires de demandes.
    Region,
}

/// What the command line says of the size.
#[derive(Debug, Args)]
pub(super) struct SizeArgs {
    /// Taille de la Région : petite pour découvrir les pages, entière pour éprouver la charge.
    #[arg(long, value_enum, default_value_t = Scale::Small)]
    size: Scale,
    /// Nombre de demandes de la Région entière.
    #[arg(long, value_name = "NOMBRE", default_value_t = 500_000)]
    requests: usize,
    /// Nombre de personnes de la Région entière, à peu près.
    #[arg(long, value_name = "NOMBRE", default_value_t = 250_000)]
    people: usize,
    /// Instant où s’arrête l’histoire de la Région entière, par exemple 2026-11-23T09:00:00Z ; maintenant
    /// par défaut. Avec la même graine et le même instant, tout est identique.
    #[arg(long, value_name = "INSTANT")]
    until: Option<DateTime<Utc>>,
}

pub(super) async fn run(config: &Config, if_empty: bool, seed: u64, size: &SizeArgs) -> Outcome {
    let db = server::connect(config).await?;
    db.migrate().await?;
    if inhabited(&db).await? {
        if if_empty {
            return Ok(ExitCode::SUCCESS);
        }
        return Err(
            "la base contient déjà une Région : la démonstration, dont le mot de passe est public, ne s’ajoute qu’à une base vide"
                .into(),
        );
    }
    match size.size {
        Scale::Small => small(config, &db, seed).await?,
        Scale::Region => whole(config, &db, seed, size).await?,
    }
    println!("La Région fictive est créée dans {}.", config.data_dir.display());
    Ok(ExitCode::SUCCESS)
}

/// Whether somebody lives here: the accounts of the demo, whose password everybody knows, never join theirs.
async fn inhabited(db: &Db) -> Result<bool, DbError> {
    let sql = "SELECT 1 AS one FROM person UNION ALL SELECT 1 FROM school LIMIT 1";
    Ok(db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await?.is_some())
}

async fn small(config: &Config, db: &Db, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    // The demo lives its weeks up to now on a clock of its own.
    let clock = FixedClock::at(db.now() - beffroi_demo::SPAN);
    let past = Db::connect(&config.database_url(), Arc::new(clock.clone())).await?;
    let service = server::Service::assemble(config, past)?;
    let sheets = catalogue::read_files(config, None)?;
    let progress = ProgressBar::new_spinner();
    beffroi_demo::generate(&service.desk, &clock, &sheets, seed, |step| {
        progress.set_message(step.to_owned())
    })
    .await?;
    progress.finish_and_clear();
    Ok(())
}

async fn whole(
    config: &Config,
    db: &Db,
    seed: u64,
    size: &SizeArgs,
) -> Result<(), Box<dyn std::error::Error>> {
    // One present for the whole of it, however long it takes.
    let clock = FixedClock::at(size.until.unwrap_or_else(|| db.now()));
    let present = Db::connect(&config.database_url(), Arc::new(clock)).await?;
    let service = server::Service::assemble(config, present)?;
    let sheets = catalogue::read_files(config, None)?;
    let bar = ProgressBar::no_length();
    bar.set_style(ProgressStyle::with_template("{elapsed_precise} {bar:30} {human_pos:>9} {msg}")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let size = region::Size { seed, people: size.people, requests: size.requests, ..region::Size::default() };
    region::generate(&service.desk, &sheets, &size, &|step: &str, done, total| {
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(step.to_owned());
    })
    .await?;
    let taken = bar.elapsed().as_secs();
    bar.finish_and_clear();
    println!("{} lycées et {} demandes écrits en {taken} secondes.", size.schools, size.requests);
    Ok(())
}
