//! `beffroi mail`: the mailbox from the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use beffroi_mailbox::{Fetched, Reason, State};
use clap::Subcommand;

use super::Outcome;
use crate::config::Config;
use crate::mailbox;
use crate::server::{self, Service};

/// What to do with the mailbox.
#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// Relève la boîte de réception une fois.
    Fetch {
        /// S’arrête après un passage (« beffroi serve » relève la boîte chaque minute).
        #[arg(long, default_value_t = true)]
        once: bool,
    },
    /// Traite un courriel enregistré dans un fichier.
    Receive {
        /// Le courriel, tel que la messagerie l’enregistre (.eml).
        file: PathBuf,
    },
}

pub(crate) async fn run(config: &Config, command: MailCommand) -> Outcome {
    let db = server::connect(config).await?;
    let mailbox = Service::assemble(config, db)?.mailbox;
    match command {
        MailCommand::Fetch { .. } => {
            let imap =
                mailbox::imap(config)?.ok_or("aucune boîte : donnez « imap_url » dans la configuration")?;
            let Fetched { done, aside, failed } = beffroi_mailbox::fetch(&mailbox, &imap).await?;
            println!("{done} courriel(s) traité(s), {aside} mis à part, {failed} à réessayer.");
            Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        MailCommand::Receive { file } => {
            let bytes = std::fs::read(&file).map_err(|error| format!("{} : {error}", file.display()))?;
            let received = beffroi_mailbox::receive(&mailbox, &bytes).await?;
            let before = if received.again { " (déjà reçu)" } else { "" };
            println!("{}{before}", Reason::label(received.reason));
            let aside = received.reason.state() == State::Aside;
            Ok(if aside { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
    }
}
