//! `beffroi knowledge`: the help articles that follow the sheets.

use std::process::ExitCode;

use clap::Subcommand;

use super::Outcome;
use crate::config::Config;
use crate::server;

#[derive(Debug, Subcommand)]
pub(crate) enum KnowledgeCommand {
    /// Relit les conseils des fiches publiées et en propose des articles d’aide ; ce qui n’a pas changé reste tel quel.
    Import,
}

pub(crate) async fn run(config: &Config, command: KnowledgeCommand) -> Outcome {
    let KnowledgeCommand::Import = command;
    let db = server::connect(config).await?;
    let catalogue = server::Service::assemble(config, db)?.desk.catalogue;
    let report = catalogue.knowledge().import(&catalogue.current().await?).await?;
    println!(
        "{} article(s) proposé(s), {} à relire parce que leur fiche a changé, {} inchangé(s), {} dont le conseil a disparu.",
        report.proposed, report.changed, report.unchanged, report.orphaned
    );
    Ok(ExitCode::SUCCESS)
}
