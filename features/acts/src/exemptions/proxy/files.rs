//! Files replaced whole or not at all, and a mark that says the proxy has yet to be told.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

/// There while the proxy may not know the files.
const UNTOLD: &str = ".untold";

/// What became of the files.
pub(super) struct Written {
    /// Whether a byte changed.
    pub changed: bool,
    /// Whether the proxy must be told, now or since a crash.
    pub untold: bool,
}

pub(super) fn digest(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// Makes the folder and waits until nobody else writes in it.
pub(super) fn lock(folder: &Path) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    // The proxy, another user of the machine, has to read what is here.
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(".lock"))?;
    file.lock()?;
    Ok(file)
}

/// Writes what differs. The mark comes first: a crash after it costs one reload too many, never one too few.
pub(super) fn replace(folder: &Path, files: &[(&str, Vec<u8>)], waits: bool) -> io::Result<Written> {
    let mut stale = Vec::new();
    for (name, content) in files {
        match fs::read(folder.join(name)) {
            Ok(found) if found == *content => {}
            Ok(_) => stale.push((name, content)),
            Err(error) if error.kind() == ErrorKind::NotFound => stale.push((name, content)),
            Err(error) => return Err(error),
        }
    }
    let changed = !stale.is_empty();
    if changed && waits {
        put(folder, UNTOLD, b"")?;
    }
    for (name, content) in stale {
        put(folder, name, content)?;
    }
    let untold = waits && fs::exists(folder.join(UNTOLD))?;
    Ok(Written { changed, untold })
}

/// The proxy knows.
pub(super) fn told(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(UNTOLD)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn put(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let (fresh, place) = (folder.join(format!(".{name}.new")), folder.join(name));
    let mut file = File::create(&fresh)?;
    file.write_all(content)?;
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.sync_all()?;
    fs::rename(&fresh, &place)?;
    File::open(folder)?.sync_all()
}
