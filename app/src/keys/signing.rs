//! The key that signs the journal and the acts, changed for another while the service goes on. The file holds the
//! present one alone, as it always did; those before it are in the journal, by their public half, for ever.
//! (ASVS 11.1.1, 11.2.2)

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use beffroi_db::Db;
use beffroi_db::journal::keys::{self, Former, KeyError, Signer};
use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::{journal_key, journal_key_path, read_key};

/// The name under `data_dir` of the key that seals the addresses of answers.
pub const REPLY_KEY: &str = "reply.key";
/// How often a program that serves looks whether the file changed.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Why the key is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The disk, or a file that cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The journal.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Another command is at it, or was cut.
    #[error(
        "« {0} » existe : une autre commande change la clé, ou fut interrompue avant d’y parvenir — effacez ce fichier"
    )]
    Interrupted(String),
    /// The key is not lost.
    #[error("la clé du journal est bien dans journal.key : changez-la sans --lost")]
    NotLost,
    /// Nothing was signed yet.
    #[error("rien n’a encore été signé : il n’y a pas de clé à remplacer, « beffroi serve » la fait")]
    Nothing,
}

impl From<beffroi_db::DbError> for ChangeError {
    fn from(error: beffroi_db::DbError) -> Self {
        Self::Key(error.into())
    }
}

/// Why the key is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// Its time has come.
    Age,
    /// Others may have read it: nothing rests on what it signed.
    Leaked,
    /// It is lost.
    Lost,
}

/// The key at hand; none when there is no file.
fn held(data_dir: &Path) -> io::Result<Option<SigningKey>> {
    let path = journal_key_path(data_dir);
    if path.exists() { journal_key(data_dir).map(Some) } else { Ok(None) }
}

/// Changes the key of the journal for a new one, which it returns. A change that was cut once the journal had it is
/// ended.
///
/// # Errors
/// As [`ChangeError`] says; nothing is changed then.
pub async fn change(data_dir: &Path, db: &Db, because: Because) -> Result<VerifyingKey, ChangeError> {
    let (path, beside) = (journal_key_path(data_dir), data_dir.join("journal.key.neuf"));
    let in_force = keys::in_force(db).await?;
    if let Ok(Some(waits)) = read_key(&beside).map(|key| key.map(|key| SigningKey::from_bytes(&key)))
        && in_force == Some(waits.verifying_key())
    {
        put(data_dir, &beside, &path)?;
        return Ok(waits.verifying_key());
    }
    let held = held(data_dir)?;
    let former = match (because, held) {
        (Because::Lost, held) => {
            let public = in_force.ok_or(ChangeError::Nothing)?;
            if held.is_some_and(|held| held.verifying_key() == public) {
                return Err(ChangeError::NotLost);
            }
            Former::Lost(public)
        }
        (_, Some(held)) => Former::Held(held),
        (_, None) => return Err(ChangeError::Nothing),
    };
    let next = SigningKey::from_bytes(&rand::random());
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(|error| {
            match error.kind() {
                io::ErrorKind::AlreadyExists => ChangeError::Interrupted(beside.display().to_string()),
                _ => error.into(),
            }
        })?;
    let done = async {
        file.write_all(hex::encode(next.to_bytes()).as_bytes())?;
        file.sync_all()?;
        keep_reply(data_dir, because)?;
        keys::change(db, &former, &next, because == Because::Leaked).await?;
        Ok::<_, ChangeError>(())
    };
    if let Err(error) = done.await {
        // Unless the journal has it after all: then it waits there to be put in place.
        if keys::in_force(db).await.is_ok_and(|now| now != Some(next.verifying_key())) {
            let _ = fs::remove_file(&beside);
        }
        return Err(error);
    }
    put(data_dir, &beside, &path)?;
    Ok(next.verifying_key())
}

fn put(data_dir: &Path, beside: &Path, path: &Path) -> io::Result<()> {
    fs::rename(beside, path)?;
    File::open(data_dir)?.sync_all()
}

/// The key of reply addresses stays when that of the journal changes, so that mails already sent are still answered;
/// when others may have read the files, it changes too.
fn keep_reply(data_dir: &Path, because: Because) -> io::Result<()> {
    if because == Because::Leaked {
        let mut file = tempfile::NamedTempFile::new_in(data_dir)?;
        file.write_all(hex::encode(rand::random::<[u8; 32]>()).as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(data_dir.join(REPLY_KEY)).map_err(|error| error.error)?;
        return Ok(());
    }
    reply_key(data_dir).map(|_| ())
}

/// The key that seals the addresses of answers: a file of its own, which began as a part of the journal's.
///
/// # Errors
/// When a file cannot be read, written or understood.
pub fn reply_key(data_dir: &Path) -> io::Result<[u8; 32]> {
    let path = data_dir.join(REPLY_KEY);
    if let Some(key) = read_key(&path)? {
        return Ok(key);
    }
    let journal = journal_key(data_dir)?;
    let made = Sha256::new().chain_update(b"beffroi mail addresses\0").chain_update(journal.to_bytes());
    let made: [u8; 32] = made.finalize().into();
    let mut file = tempfile::NamedTempFile::new_in(data_dir)?;
    file.write_all(hex::encode(made).as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(made),
        // Another program of this installation was first.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            read_key(&path)?.ok_or(error.error)
        }
        Err(error) => Err(error.error),
    }
}

/// Gives the signer the key of the file whenever it changes, without end. A file that cannot be read changes nothing.
pub(crate) async fn watch(data_dir: PathBuf, signer: Signer) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match held(&data_dir) {
            Ok(Some(key)) if key != signer.key() => {
                signer.set(key);
                tracing::info!(key = ?signer, "the key of the journal changed");
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the key of the journal could not be read again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_of_reply_addresses_begins_as_it_was_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal_key(folder.path()).unwrap();
        let before = Sha256::new().chain_update(b"beffroi mail addresses\0").chain_update(journal.to_bytes());
        let before: [u8; 32] = before.finalize().into();
        assert_eq!(reply_key(folder.path()).unwrap(), before);
        fs::write(journal_key_path(folder.path()), "11".repeat(32)).unwrap();
        assert_eq!(reply_key(folder.path()).unwrap(), before, "it does not follow the other");
        let mode = fs::metadata(folder.path().join(REPLY_KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        keep_reply(folder.path(), Because::Leaked).unwrap();
        assert_ne!(reply_key(folder.path()).unwrap(), before);
    }
}
