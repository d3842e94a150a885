//! The keys of the installation, made on first use and readable by their owner only: the one that signs the
//! journal's checkpoints and the acts ([`signing`]), and those that seal secrets ([`ring`]).

pub mod ring;
pub mod signing;

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;

/// Where the journal's signing key is kept under `data_dir`.
#[must_use]
pub fn journal_key_path(data_dir: &Path) -> PathBuf {
    data_dir.join("journal.key")
}

/// The journal's signing key under `data_dir`, made if missing.
///
/// # Errors
/// When the file cannot be read, written or understood.
pub fn journal_key(data_dir: &Path) -> std::io::Result<SigningKey> {
    Ok(SigningKey::from_bytes(&kept(data_dir, &journal_key_path(data_dir))?))
}

/// The name under `data_dir` of the keys that seal secrets.
pub const FACTORS_KEY: &str = "factors.key";

/// The 32 bytes of a key, made if missing.
pub(crate) fn kept(data_dir: &Path, path: &Path) -> std::io::Result<[u8; 32]> {
    if let Some(key) = read_key(path)? {
        return Ok(key);
    }
    fs::create_dir_all(data_dir)?;
    let key: [u8; 32] = rand::random();
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(hex::encode(key).as_bytes())?;
    file.sync_all()?;
    Ok(key)
}

/// The 32 bytes of a key, none when there is no file.
fn read_key(path: &Path) -> std::io::Result<Option<[u8; 32]>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(std::io::Error::new(error.kind(), format!("« {} » : {error}", path.display())));
        }
    };
    let bytes = hex::decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let unreadable =
        || format!("« {} » n’est pas une clé : restaurez-la depuis une sauvegarde", path.display());
    bytes.map(Some).ok_or_else(|| std::io::Error::other(unreadable()))
}
