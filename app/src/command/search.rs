//! `beffroi search reindex`: fills the search index again from what the database holds.

use std::process::ExitCode;
use std::time::Instant;

use clap::Subcommand;

use super::Outcome;
use crate::config::Config;
use crate::server;

/// Gère l’index de la recherche.
#[derive(Debug, Subcommand)]
pub(crate) enum SearchCommand {
    /// Vide l’index et le remplit à nouveau ; la recherche est incomplète pendant ce temps.
    Reindex,
}

pub(crate) async fn run(config: &Config, command: SearchCommand) -> Outcome {
    let SearchCommand::Reindex = command;
    let service = server::Service::assemble(config, server::connect(config).await?)?;
    let begun = Instant::now();
    let bar = indicatif::ProgressBar::new_spinner();
    let count = beffroi_desk::search::reindex(&service.desk, |step, done| {
        bar.set_message(format!("{step} : {done}"));
        bar.tick();
    })
    .await?;
    bar.finish_and_clear();
    println!("Index refait : {count} demande(s) en {} s.", begun.elapsed().as_secs());
    Ok(ExitCode::SUCCESS)
}
