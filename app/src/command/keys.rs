//! `beffroi keys`: the keys that seal secrets, changed for others while the service goes on. (ASVS 11.1.1)

use std::process::ExitCode;

use beffroi_db::sealing::Numbered;
use beffroi_db::{Db, DbError, Event};
use beffroi_ui::{date_time, plural};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Subcommand;

use super::Outcome;
use super::doctor::{Finding, finding};
use crate::config::Config;
use crate::keys::ring::{self, KeysError, SEALED};
use crate::server;

/// Longest time a key seals before another is made: a year and a month. (ASVS 11.1.1)
const LIFE: TimeDelta = TimeDelta::days(396);
const SUBJECT: &str = "secrets";

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Montre les clés, depuis quand elles scellent, et ce que chacune scelle encore.
    List,
    /// Fait une nouvelle clé ; les anciennes ouvrent toujours ce qu’elles ont scellé.
    Rotate {
        /// Minutes avant que la clé scelle : avec plusieurs nœuds, le temps d’y copier le fichier.
        #[arg(long, value_name = "MINUTES", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=10_080))]
        delay: i64,
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
        KeysCommand::Rotate { delay } => rotate(config, &db, TimeDelta::minutes(delay)).await,
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
    Ok(ExitCode::SUCCESS)
}

async fn rotate(config: &Config, db: &Db, delay: TimeDelta) -> Outcome {
    let new = ring::rotate(&config.data_dir, db.now(), delay)?;
    journal(db, "keys.rotated", new.number).await?;
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
    journal(db, "keys.retired", number).await?;
    println!("La clé {number} est retirée : ce qu’elle scellait ne s’ouvre plus.");
    println!("Les sauvegardes d’avant contiennent leur propre fichier de clés : gardez-les avec lui.");
    println!("Copiez {} sur les autres nœuds.", ring::path(&config.data_dir).display());
    Ok(ExitCode::SUCCESS)
}

async fn journal(db: &Db, kind: &'static str, number: u32) -> Result<(), DbError> {
    db.write(async |tx| {
        tx.journal(Event::new(kind, format!("keys:{number}")));
        Ok(())
    })
    .await
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
    fn an_old_key_and_a_lost_one_are_said() {
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(1_000);
        let key = |days| Numbered { number: 2, from: now - TimeDelta::days(days), key: [0; 32] };
        assert!(said(&key(300), now, 0, 0).is_fine());
        assert!(said(&key(300), now, 5, 0).is_fine(), "to be done, and nothing is lost");
        assert!(!said(&key(400), now, 0, 0).is_fine());
        assert!(!said(&key(300), now, 0, 1).is_fine());
    }
}
