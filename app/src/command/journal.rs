//! `beffroi journal`: verify offline that nothing was changed.

use std::path::PathBuf;
use std::process::ExitCode;

use beffroi_db::Db;
use beffroi_db::journal::{self, Verdict};
use beffroi_ui::date_time;
use clap::Subcommand;
use ed25519_dalek::VerifyingKey;

use super::Outcome;
use crate::config::Config;
use crate::{keys, server};

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Recalcule toute la chaîne et contrôle les signatures ; sort en erreur à la première anomalie.
    Verify {
        /// Clé publique de confiance (hexadécimal), d’aujourd’hui ou d’avant ; sans elle, les clés enregistrées dans la base.
        #[arg(long, value_name = "CLÉ")]
        public_key: Option<String>,
    },
    /// Affiche la tête de la chaîne.
    Head,
    /// Signe la tête maintenant et affiche la clé publique à conserver hors de la machine.
    Sign,
}

pub(crate) async fn run(config: &Config, command: JournalCommand) -> Outcome {
    let db = server::connect(config).await?;
    match command {
        JournalCommand::Verify { public_key } => {
            let trusted = public_key.as_deref().map(read_key).transpose()?;
            let bar = indicatif::ProgressBar::new(u64::try_from(journal::head(&db).await?.seq)?);
            let verdict =
                journal::verify(&db, trusted.as_ref(), |seq| bar.set_position(seq.unsigned_abs())).await?;
            bar.finish_and_clear();
            keys_of(&db).await?;
            Ok(say(&verdict))
        }
        JournalCommand::Head => {
            let head = journal::head(&db).await?;
            println!("{} {}", head.seq, head.hash);
            Ok(ExitCode::SUCCESS)
        }
        JournalCommand::Sign => {
            let key = keys::journal_key(&PathBuf::from(&config.data_dir))?;
            let head = journal::checkpoint(&db, &key).await?;
            println!(
                "Signé : {} {}\nClé publique : {}",
                head.seq,
                head.hash,
                hex::encode(key.verifying_key().to_bytes())
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The changes of key on the way, and where nothing but the new key vouches for one.
async fn keys_of(db: &Db) -> Result<(), beffroi_db::DbError> {
    for change in journal::keys::changes(db).await? {
        let how = match (change.agreed, change.withdrawn) {
            (false, _) => "l’ancienne était perdue : rien d’elle ne le confirme",
            (true, true) => "l’ancienne est retirée",
            (true, false) => "avec l’accord de l’ancienne",
        };
        let key = hex::encode(change.to.as_bytes());
        println!("Entrée {}, {} : la clé devient {key}, {how}.", change.seq, date_time(change.at));
    }
    Ok(())
}

fn read_key(text: &str) -> Result<VerifyingKey, Box<dyn std::error::Error>> {
    let bytes: [u8; 32] = hex::decode(text.trim())?
        .try_into()
        .map_err(|_| "une clé publique compte 64 chiffres hexadécimaux")?;
    Ok(VerifyingKey::from_bytes(&bytes)?)
}

fn say(verdict: &Verdict) -> ExitCode {
    match verdict {
        Verdict::Sound { head, checkpoints } => {
            println!(
                "Journal intact : {} entrées, {checkpoints} points signés. Tête : {}",
                head.seq, head.hash
            );
            ExitCode::SUCCESS
        }
        Verdict::Broken { seq, why } => {
            println!("Journal altéré à l’entrée {seq} : {why}.");
            ExitCode::FAILURE
        }
    }
}
