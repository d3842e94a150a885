//! The key that signs the journal's checkpoints: made on first use, readable by its owner only.

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
    let path = journal_key_path(data_dir);
    if let Ok(text) = fs::read_to_string(&path) {
        let bytes = hex::decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        return bytes.map(|bytes| SigningKey::from_bytes(&bytes)).ok_or_else(|| {
            std::io::Error::other(format!(
                "« {} » n’est pas une clé : restaurez-la depuis une sauvegarde",
                path.display()
            ))
        });
    }
    fs::create_dir_all(data_dir)?;
    let key = SigningKey::from_bytes(&rand::random());
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(hex::encode(key.to_bytes()).as_bytes())?;
    file.sync_all()?;
    Ok(key)
}
