//! The file of the keys that seal secrets: one a line with its number and the instant from which it seals. A
//! file of before, one key alone on its line, is read as it is. It is written whole beside and put in place, so
//! that whoever reads it finds the old one or the new one. (issue 5: rotation; ASVS 11.1.1)

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use beffroi_api::webhooks;
use beffroi_db::sealing::{FIRST, Numbered, Ring, SealKey, Sealed};
use beffroi_directory::factors;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{FACTORS_KEY, kept};

/// Everything that these keys seal.
pub const SEALED: [Sealed; 3] = [factors::SEALED, webhooks::SEALED, beffroi_bridge::SEALED];

/// How often a program that serves looks whether the file changed.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How long every node has to learn that a newer key seals, before an older one is taken away.
pub const KNOWN_WITHIN: TimeDelta = TimeDelta::minutes(10);

const HEAD: &str = "# Clés qui scellent les secrets de Beffroi : numéro, instant à partir duquel elle scelle, clé.\n\
    # La plus récente scelle, toutes ouvrent. Ce fichier se change par « beffroi keys », jamais à la main.\n";

/// Why the keys are not changed.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The disk, or a file that cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A key waits already for its time.
    #[error("la clé {0} attend déjà son heure : elle scellera à partir du {1}")]
    Waits(u32, String),
    /// There is no such key.
    #[error("il n’y a pas de clé {0} : « beffroi keys list » les montre")]
    Unknown(u32),
    /// It seals, or nothing newer does.
    #[error("la clé {0} scelle encore : faites-en d’abord une autre (beffroi keys rotate)")]
    Seals(u32),
    /// Another node may not know yet that a newer one seals.
    #[error("la clé {0} scellait il y a moins de {minutes} minutes : un autre nœud peut encore s’en servir, attendez", minutes = KNOWN_WITHIN.num_minutes())]
    TooSoon(u32),
    /// Secrets would be lost.
    #[error("la clé {0} scelle encore {1} : lancez d’abord « beffroi keys reseal »")]
    Needed(u32, String),
}

/// The file of the keys under `data_dir`.
#[must_use]
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FACTORS_KEY)
}

/// The keys under `data_dir`, the first made if there is none.
///
/// # Errors
/// When the file cannot be read, written or understood.
pub fn keys(data_dir: &Path) -> io::Result<Vec<Numbered>> {
    let path = path(data_dir);
    match fs::read_to_string(&path) {
        Ok(text) => read(&text, || made_at(&path)).ok_or_else(|| unreadable(&path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = kept(data_dir, &path)?;
            Ok(vec![Numbered { number: FIRST, from: made_at(&path), key }])
        }
        Err(error) => Err(error),
    }
}

fn unreadable(path: &Path) -> io::Error {
    io::Error::other(format!(
        "« {} » n’est pas un fichier de clés : restaurez-le depuis une sauvegarde",
        path.display()
    ))
}

/// When a file was last written: for a file of before, when its key was made.
fn made_at(path: &Path) -> DateTime<Utc> {
    let made = fs::metadata(path).and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    made.into()
}

/// The keys of a text, at least one, each number once.
fn read(text: &str, made_at: impl Fn() -> DateTime<Utc>) -> Option<Vec<Numbered>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut keys: Vec<Numbered> = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let key = match words[..] {
            [key] => Numbered { number: FIRST, from: made_at(), key: bytes(key)? },
            [number, from, key] => Numbered {
                number: number.parse::<u32>().ok().filter(|number| *number >= FIRST)?,
                from: from.parse().ok()?,
                key: bytes(key)?,
            },
            _ => return None,
        };
        if keys.iter().any(|one| one.number == key.number) {
            return None;
        }
        keys.push(key);
    }
    keys.sort_by_key(|key| key.number);
    (!keys.is_empty()).then_some(keys)
}

fn bytes(text: &str) -> Option<SealKey> {
    hex::decode(text).ok()?.try_into().ok()
}

fn written(keys: &[Numbered]) -> String {
    let line = |key: &Numbered| {
        let from = key.from.to_rfc3339_opts(SecondsFormat::Secs, true);
        format!("{} {from} {}\n", key.number, hex::encode(key.key))
    };
    keys.iter().fold(HEAD.to_owned(), |text, key| text + &line(key))
}

/// Puts these keys in the file: whole beside, then in place; one program at a time.
fn put(data_dir: &Path, keys: &[Numbered]) -> io::Result<()> {
    let beside = data_dir.join(format!("{FACTORS_KEY}.neuf"));
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(|error| {
            io::Error::other(format!(
                "{} : {error} — une autre commande change les clés, ou fut interrompue : effacez ce fichier",
                beside.display()
            ))
        })?;
    let placed = file
        .write_all(written(keys).as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, path(data_dir)));
    if placed.is_err() {
        let _ = fs::remove_file(&beside);
    }
    placed?;
    File::open(data_dir)?.sync_all()
}

/// The ring of the keys under `data_dir`.
///
/// # Errors
/// As [`keys`].
pub fn ring(data_dir: &Path) -> io::Result<Ring> {
    Ok(Ring::new(keys(data_dir)?))
}

/// Makes a new key, which seals once `delay` has passed.
///
/// # Errors
/// [`KeysError::Waits`] when one waits already.
pub fn rotate(data_dir: &Path, now: DateTime<Utc>, delay: TimeDelta) -> Result<Numbered, KeysError> {
    let mut all = keys(data_dir)?;
    if let Some(waits) = all.iter().find(|key| key.from > now) {
        return Err(KeysError::Waits(waits.number, beffroi_ui::date_time(waits.from)));
    }
    let number = all.last().map_or(FIRST, |key| key.number + 1);
    let new = Numbered { number, from: now + delay, key: rand::random() };
    all.push(new.clone());
    put(data_dir, &all)?;
    Ok(new)
}

/// Whether a key may be taken away, as far as the file says: a newer one seals, since long enough.
///
/// # Errors
/// As [`KeysError`] says.
pub fn may_retire(all: &[Numbered], number: u32, now: DateTime<Utc>) -> Result<(), KeysError> {
    if !all.iter().any(|key| key.number == number) {
        return Err(KeysError::Unknown(number));
    }
    let newer = all.iter().filter(|key| key.number > number && key.from <= now).map(|key| key.from).min();
    match newer {
        None => Err(KeysError::Seals(number)),
        Some(from) if now - from < KNOWN_WITHIN => Err(KeysError::TooSoon(number)),
        Some(_) => Ok(()),
    }
}

/// Takes a key away for good. Whoever calls knows that nothing needs it any more.
///
/// # Errors
/// As [`may_retire`], or when the file cannot be written.
pub fn retire(data_dir: &Path, number: u32, now: DateTime<Utc>) -> Result<(), KeysError> {
    let mut all = keys(data_dir)?;
    may_retire(&all, number, now)?;
    all.retain(|key| key.number != number);
    Ok(put(data_dir, &all)?)
}

/// Gives the ring the keys of the file whenever it changes, until told to stop: a key is changed while the
/// program serves. A file that cannot be read changes nothing.
pub(crate) async fn watch(data_dir: PathBuf, ring: Ring, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let path = path(&data_dir);
    // What was written between the start and the first look is read too.
    let mut known = DateTime::<Utc>::UNIX_EPOCH;
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let found = made_at(&path);
        if found == known || !path.exists() {
            continue;
        }
        match keys(&data_dir) {
            Ok(all) => {
                ring.set(all);
                known = found;
                tracing::info!(keys = ?ring.numbers(), "the keys changed");
            }
            Err(error) => tracing::error!(%error, "the keys could not be read again"),
        }
    }
}

#[cfg(test)]
mod tests;
