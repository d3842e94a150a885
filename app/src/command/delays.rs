//! `beffroi delays`: computes the measured delays that pages publish.

use std::process::ExitCode;

use beffroi_desk::delays::{self, Which};
use clap::Subcommand;

use super::Outcome;
use crate::config::Config;
use crate::server;

#[derive(Debug, Subcommand)]
pub(crate) enum DelaysCommand {
    /// Calcule les délais mesurés : après un import, ou pour ne pas attendre la nuit.
    Compute {
        /// Seulement les mois où une demande a changé depuis le dernier calcul.
        #[arg(long)]
        changed: bool,
    },
}

pub(crate) async fn run(config: &Config, command: DelaysCommand) -> Outcome {
    let DelaysCommand::Compute { changed } = command;
    let db = server::connect(config).await?;
    let desk = server::Service::assemble(config, db)?.desk;
    let which = if changed { Which::Changed } else { Which::All };
    let bar = indicatif::ProgressBar::new_spinner();
    let done = delays::compute(&desk, which, |read| bar.set_message(format!("{read} demandes lues"))).await?;
    bar.finish_and_clear();
    println!(
        "{} demande(s) lue(s), {} période(s), {} ligne(s) de chiffres écrites.",
        done.requests, done.periods, done.figures
    );
    Ok(ExitCode::SUCCESS)
}
