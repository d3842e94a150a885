//! `beffroi keys`: the keys that seal secrets, and the one that signs, changed for others while the service goes on.
//! (ASVS 11.1.1)

use std::process::ExitCode;

use beffroi_acts::proof::Sealer;
use beffroi_db::journal;
use beffroi_db::sealing::Numbered;
use beffroi_db::{Db, DbError, Event};
use beffroi_ui::{date_time, plural};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Subcommand;

use super::Outcome;
use super::doctor::{Finding, finding};
use crate::config::Config;
use crate::keys::ring::{self, KeysError, SEALED};
use crate::keys::signing::{self, Because};
use crate::{keys, server};

/// Longest time a key seals before another is made: a year and a month. (ASVS 11.1.1)
const LIFE: TimeDelta = TimeDelta::days(396);
const SUBJECT: &str = "secrets";
/// Longest time the journal is signed with a key before another is made: two years and a month. (ASVS 11.1.1)
const SIGNING_LIFE: TimeDelta = TimeDelta::days(761);
const SIGNATURE: &str = "signature";

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Montre les clés, depuis quand elles scellent, et ce que chacune scelle encore.
    List,
    /// Fait une nouvelle clé ; les anciennes ouvrent toujours ce qu’elles ont scellé.
    Rotate {
        /// Minutes avant que la clé scelle : avec plusieurs nœuds, le temps d’y copier le fichier.
        #[arg(long, value_name = "MINUTES", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=10_080))]
        delay: i64,
        /// Change la clé qui signe le journal et les actes, au lieu de celle des secrets.
        #[arg(long, conflicts_with = "delay")]
        journal: bool,
        /// D’autres ont pu lire la clé du journal : rien de ce qu’elle a scellé ne prouve plus rien.
        #[arg(long, requires = "journal", conflicts_with = "lost")]
        leaked: bool,
        /// La clé du journal est perdue : la nouvelle la remplace sans son accord.
        #[arg(long, requires = "journal")]
        lost: bool,
    },
    /// Scelle de nouveau, avec la clé la plus récente, ce que les anciennes ont scellé ; se relance sans risque.
    Reseal,
    /// Retire une clé dont plus rien n’a besoin.
    Retire {
        /// Numéro de la clé.
        number: u32,
    },
}

pub(crate) async fn run(config: &Config, command: KeysCommand) -> Outcome {
    let db = server::connect(config).await?;
    match command {
        KeysCommand::List => list(config, &db).await,
        KeysCommand::Rotate { journal: true, leaked, lost, .. } => {
            let because = match (leaked, lost) {
                (true, _) => Because::Leaked,
                (_, true) => Because::Lost,
                _ => Because::Age,
            };
            rotate_signing(config, &db, because).await
        }
        KeysCommand::Rotate { delay, .. } => rotate(config, &db, TimeDelta::minutes(delay)).await,
        KeysCommand::Reseal => reseal(config, &db).await,
        KeysCommand::Retire { number } => retire(config, &db, number).await,
    }
}

/// What a key sealed, in words; nothing when it sealed nothing.
async fn sealed_by(db: &Db, number: u32) -> Result<Option<String>, DbError> {
    let mut parts = Vec::new();
    for sealed in &SEALED {
        match sealed.count(db, number).await? {
            0 => {}
            count => parts.push(format!("{} ({})", plural(count, "secret", "secrets"), sealed.label)),
        }
    }
    Ok((!parts.is_empty()).then(|| parts.join(", ")))
}

/// The key that seals.
fn sealing(keys: &[Numbered], now: DateTime<Utc>) -> Option<&Numbered> {
    keys.iter().rfind(|key| key.from <= now)
}

async fn list(config: &Config, db: &Db) -> Outcome {
    let keys = ring::keys(&config.data_dir)?;
    let seals = sealing(&keys, db.now()).map(|key| key.number);
    for key in &keys {
        let does = if key.from > db.now() {
            "scellera à partir du"
        } else if Some(key.number) == seals {
            "scelle depuis le"
        } else {
            "ouvre, scellait depuis le"
        };
        let what = sealed_by(db, key.number).await?.unwrap_or_else(|| "plus rien".to_owned());
        println!("clé {}  {does} {} : {what}", key.number, date_time(key.from));
    }
    if let (Some(since), true) = (signs_since(db).await?, keys::journal_key_path(&config.data_dir).exists()) {
        let id = Sealer::new(keys::journal_key(&config.data_dir)?).public().id();
        println!("clé {id}  signe le journal et les actes depuis le {}", date_time(since));
    }
    Ok(ExitCode::SUCCESS)
}

/// Since when the key of the journal signs: its change, or the first entry.
async fn signs_since(db: &Db) -> Result<Option<DateTime<Utc>>, DbError> {
    let changes = journal::keys::changes(db).await?;
    let first = journal::page(db, 0, 1).await?;
    Ok(changes.last().map(|last| last.at).or(first.first().map(|entry| entry.at)))
}

async fn rotate_signing(config: &Config, db: &Db, because: Because) -> Outcome {
    let key = signing::change(&config.data_dir, db, because).await?;
    let path = keys::journal_key_path(&config.data_dir);
    println!("La clé du journal est changée. Clé publique, à garder hors de cette machine :");
    println!("{}", hex::encode(key.as_bytes()));
    println!("Un service en marche la connaît dans la minute, sans redémarrage.");
    println!("Copiez {} et {} sur chaque nœud, et dans une sauvegarde.", path.display(), signing::REPLY_KEY);
    match because {
        Because::Age => {
            println!("Les actes déjà donnés restent vérifiables : l’ancienne clé est dans le journal.")
        }
        Because::Lost => {
            println!("L’ancienne clé n’a pas signé ce changement : « beffroi journal verify » le dira.")
        }
        Because::Leaked => {
            println!(
                "Les fichiers d’actes déjà donnés ne prouvent plus rien : qu’on les télécharge à nouveau."
            );
            println!(
                "Redémarrez le service : les adresses de réponse des courriels déjà partis ne servent plus."
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn rotate(config: &Config, db: &Db, delay: TimeDelta) -> Outcome {
    let new = ring::rotate(&config.data_dir, db.now(), delay)?;
    tell(db, "keys.rotated", new.number).await?;
    println!("La clé {} est faite : elle scelle à partir du {}.", new.number, date_time(new.from));
    println!("Un service en marche la connaît dans la minute, sans redémarrage.");
    println!("Copiez {} sur chaque nœud, et dans une sauvegarde.", ring::path(&config.data_dir).display());
    println!("Ensuite : beffroi keys reseal, puis beffroi keys retire.");
    Ok(ExitCode::SUCCESS)
}

async fn reseal(config: &Config, db: &Db) -> Outcome {
    let keys = ring::ring(&config.data_dir)?;
    let number =
        keys.sealing(db.now()).ok_or("aucune clé ne scelle encore : attendez l’heure de la première")?;
    let mut lost = 0;
    for sealed in &SEALED {
        let done = sealed.reseal(db, &keys).await?;
        println!("{} : {} de nouveau, par la clé {number}.", sealed.label, plural_sealed(done.done));
        lost += done.lost;
    }
    if lost == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{lost} secret(s) ne s’ouvrent avec aucune clé de ce fichier et restent comme ils sont : \
         remettez la clé perdue, ou retirez-les (beffroi user forget-factors, page des webhooks)."
    );
    Ok(ExitCode::FAILURE)
}

fn plural_sealed(count: u64) -> String {
    plural(i64::try_from(count).unwrap_or(i64::MAX), "secret scellé", "secrets scellés")
}

async fn retire(config: &Config, db: &Db, number: u32) -> Outcome {
    ring::may_retire(&ring::keys(&config.data_dir)?, number, db.now())?;
    if let Some(what) = sealed_by(db, number).await? {
        return Err(KeysError::Needed(number, what).into());
    }
    ring::retire(&config.data_dir, number, db.now())?;
    tell(db, "keys.retired", number).await?;
    println!("La clé {number} est retirée : ce qu’elle scellait ne s’ouvre plus.");
    println!("Les sauvegardes d’avant contiennent leur propre fichier de clés : gardez-les avec lui.");
    println!("Copiez {} sur les autres nœuds.", ring::path(&config.data_dir).display());
    Ok(ExitCode::SUCCESS)
}

async fn tell(db: &Db, kind: &'static str, number: u32) -> Result<(), DbError> {
    db.write(async |tx| {
        tx.journal(Event::new(kind, format!("keys:{number}")));
        Ok(())
    })
    .await
}

/// For `doctor`: whether the key at hand is the one that the journal names, and its age.
pub(super) async fn look_signing(config: &Config, db: &Db) -> Result<Finding, DbError> {
    let path = keys::journal_key_path(&config.data_dir);
    let Some(in_force) = journal::keys::in_force(db).await?.filter(|_| path.exists()) else {
        return Ok(finding(SIGNATURE, true, "rien n’est encore signé"));
    };
    let key = match keys::journal_key(&config.data_dir) {
        Ok(key) => key.verifying_key(),
        Err(error) => return Ok(finding(SIGNATURE, false, error.to_string())),
    };
    let changes = journal::keys::changes(db).await?;
    if key != in_force && !changes.is_empty() {
        let text = "journal.key n’est plus la clé du journal : copiez-la depuis le nœud où elle fut changée, ou relancez « beffroi keys rotate --journal »";
        return Ok(finding(SIGNATURE, false, text));
    }
    let since = signs_since(db).await?.unwrap_or(db.now());
    Ok(said_signing(db.now() - since))
}

fn said_signing(age: TimeDelta) -> Finding {
    let mut text = format!("la clé du journal signe {}", beffroi_ui::since(age));
    if age > SIGNING_LIFE {
        text.push_str(" : changez-la (beffroi keys rotate --journal)");
    }
    finding(SIGNATURE, age <= SIGNING_LIFE, text)
}

/// For `doctor`: the age of the key that seals, what older ones still seal, what no key opens.
pub(super) async fn look(config: &Config, db: &Db) -> Result<Finding, DbError> {
    let path = ring::path(&config.data_dir);
    if !path.exists() {
        return Ok(finding(SUBJECT, true, "aucune clé encore : « beffroi serve » la fait"));
    }
    let keys = match ring::keys(&config.data_dir) {
        Ok(keys) => keys,
        Err(error) => return Ok(finding(SUBJECT, false, error.to_string())),
    };
    let Some(newest) = sealing(&keys, db.now()) else {
        return Ok(finding(SUBJECT, false, "aucune clé ne scelle encore : beffroi keys list"));
    };
    let (mut older, mut lost) = (0, 0);
    for sealed in &SEALED {
        let mut known = 0;
        for key in &keys {
            let count = sealed.count(db, key.number).await?;
            known += count;
            older += if key.number == newest.number { 0 } else { count };
        }
        lost += sealed.total(db).await? - known;
    }
    Ok(said(newest, db.now(), older, lost))
}

fn said(newest: &Numbered, now: DateTime<Utc>, older: i64, lost: i64) -> Finding {
    let age = now - newest.from;
    let mut text = format!("la clé {} scelle {}", newest.number, beffroi_ui::since(age));
    if age > LIFE {
        text.push_str(" : changez-la (beffroi keys rotate)");
    }
    if older > 0 {
        text.push_str(&format!(
            " ; {} par une clé plus ancienne : beffroi keys reseal",
            plural(older, "secret scellé", "secrets scellés")
        ));
    }
    if lost > 0 {
        text.push_str(&format!(
            " ; {} par une clé absente : restaurez factors.key",
            plural(lost, "secret scellé", "secrets scellés")
        ));
    }
    finding(SUBJECT, age <= LIFE && lost == 0, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_signs_for_too_long_is_said() {
        assert!(said_signing(TimeDelta::days(700)).is_fine());
        assert!(!said_signing(TimeDelta::days(770)).is_fine());
    }

    #[test]
    fn an_old_key_and_a_lost_one_are_said() {
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(1_000);
        let key = |days| Numbered { number: 2, from: now - TimeDelta::days(days), key: [0; 32] };
        assert!(said(&key(300), now, 0, 0).is_fine());
        assert!(said(&key(300), now, 5, 0).is_fine(), "to be done, and nothing is lost");
        assert!(!said(&key(400), now, 0, 0).is_fine());
        assert!(!said(&key(300), now, 0, 1).is_fine());
    }
}
