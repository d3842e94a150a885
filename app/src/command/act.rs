//! `beffroi act`: verify the document of an act without network nor database, and publish the key. (T2)

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use beffroi_acts::proof::{self, PublicKey, Refusal, Sealer, Statement};
use beffroi_db::journal::keys::{Other, changes, others};
use beffroi_db::journal::{self, Verdict};
use beffroi_ui::{date_time, day};
use clap::Subcommand;

use super::Outcome;
use crate::config::Config;
use crate::{backup, keys, server};

/// The largest file read: a document of an act counts some tens of kilobytes.
const LARGEST: u64 = 50 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum ActCommand {
    /// Vérifie le document (PDF) d’un acte, sans réseau ni base de données ; sort en erreur s’il ne prouve rien.
    Verify {
        /// Le fichier PDF, tel qu’il a été reçu.
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
        /// Clé publiée par la Région (adresse /verifier/cle.txt) : ses 64 chiffres, ou le fichier qui la contient ;
        /// par défaut, celle de cette installation.
        #[arg(long, value_name = "CLÉ")]
        key: Option<String>,
    },
    /// Affiche la clé publique qui scelle les actes de cette installation.
    Key,
    /// Compare chaque acte de la base au journal, octet par octet ; sort en erreur si quelque chose diffère.
    Check,
}

pub(crate) async fn run(config: &Config, command: ActCommand) -> Outcome {
    match command {
        ActCommand::Verify { file, key } => verify(config, &file, key.as_deref()).await,
        ActCommand::Key => {
            let own = Sealer::new(keys::journal_key(&config.data_dir)?).public();
            print!("{}", own.published_with(&known_beside(config, &own).await));
            Ok(ExitCode::SUCCESS)
        }
        ActCommand::Check => check(config).await,
    }
}

/// The journal first: what it says of acts is worth what its chain is worth.
async fn check(config: &Config) -> Outcome {
    let db = server::connect(config).await?;
    if let Verdict::Broken { seq, why } = journal::verify(&db, None, |_| ()).await? {
        println!("Journal altéré à l’entrée {seq} : {why}. Les actes ne peuvent pas lui être comparés.");
        return Ok(ExitCode::FAILURE);
    }
    let bar = indicatif::ProgressBar::new_spinner();
    let checked = proof::check(&db, |done| bar.set_position(done as u64)).await?;
    bar.finish_and_clear();
    for fault in &checked.faults {
        println!("{} : {}.", fault.act, fault.what);
    }
    if checked.faults.is_empty() {
        println!("{} acte(s) comparé(s) au journal : tout correspond.", checked.acts);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} acte(s) comparé(s) au journal, {} différence(s).", checked.acts, checked.faults.len());
    Ok(ExitCode::FAILURE)
}

async fn verify(config: &Config, file: &Path, key: Option<&str>) -> Outcome {
    let trusted = trusted(config, key)?;
    let size = std::fs::metadata(file).map_err(|error| unreadable(file, &error))?.len();
    if size > LARGEST {
        return Err(
            format!("« {} » dépasse 50 Mo : ce n’est pas le document d’un acte", file.display()).into()
        );
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    let mut found = proof::verify(&bytes, &trusted);
    if let (Err(Refusal::UnknownKey(id)), None, [own]) = (&found, key, &trusted[..]) {
        // Sealed under a former key of this installation, perhaps: its journal names them.
        let others = known_beside(config, own).await;
        found = match PublicKey::is_withdrawn(id, &others) {
            true => Err(Refusal::Withdrawn(id.clone())),
            false => proof::verify(&bytes, &PublicKey::trusted(&others)),
        };
    }
    match found {
        Ok(verified) => {
            say(&verified.statement, &verified.key_id);
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => {
            println!("Ce fichier ne prouve rien : {refusal}.");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The keys named on the command line, or this installation's own when it has one.
fn trusted(config: &Config, key: Option<&str>) -> Result<Vec<PublicKey>, Box<dyn std::error::Error>> {
    if let Some(given) = key {
        let path = Path::new(given);
        let text = if path.is_file() { std::fs::read_to_string(path)? } else { given.to_owned() };
        return PublicKey::read_all(&text).map_err(|error| format!("--key : {error}").into());
    }
    if keys::journal_key_path(&config.data_dir).is_file() {
        return Ok(vec![Sealer::new(keys::journal_key(&config.data_dir)?).public()]);
    }
    Err("aucune clé n’est connue ici : donnez avec --key celle que la Région publie (adresse /verifier/cle.txt)".into())
}

/// The other keys of this installation, when its database can be read.
async fn known_beside(config: &Config, own: &PublicKey) -> Vec<Other> {
    if backup::sqlite_file(config).is_some_and(|file| !file.exists()) {
        return Vec::new();
    }
    let told = async {
        let db = server::connect(config).await.map_err(|error| error.to_string())?;
        changes(&db).await.map_err(|error| error.to_string())
    };
    match told.await {
        Ok(told) => others(&own.key(), &told),
        Err(error) => {
            eprintln!("Les clés d’avant n’ont pas pu être lues : {error}");
            Vec::new()
        }
    }
}

fn unreadable(file: &Path, error: &std::io::Error) -> String {
    format!("« {} » ne peut pas être lu ({error}) : vérifiez le chemin", file.display())
}

fn say(statement: &Statement, key: &str) {
    println!("Document intact, scellé par la clé {key}.\n");
    println!("Référence      {}", statement.reference);
    println!("Objet          {}", statement.kind.label());
    println!("Titre          {}", statement.title);
    println!("Établissement  {} ({})", statement.school, statement.uai);
    if let Some(holder) = &statement.holder {
        println!("Bénéficiaire   {holder}");
    }
    let until = statement
        .ends_on
        .map_or("sans date de fin".to_owned(), |ends| format!("jusqu’au {} inclus", day(ends)));
    println!("Validité       à partir du {}, {until}", day(statement.starts_on));
    for signed in &statement.signatures {
        println!(
            "Signé          par {}, {}\n               le {} (heure de Paris)",
            signed.name,
            signed.authority,
            date_time(signed.at)
        );
    }
    println!("Code           {}", statement.code);
    println!(
        "\nCela prouve que ce texte est, à l’octet près, celui que Beffroi a scellé après ces signatures.\n\
         Cela ne dit pas si l’acte est encore en vigueur : cherchez son code sur la page « Vérifier un acte » de la Région."
    );
}
