//! What the proxy enforces: for each school a folder, named by its UAI, with `allow.txt` and `deny.txt`,
//! lists for Squid's `url_regex`. They are rewritten whole from the exemptions in force, so that no crash
//! can leave a line behind. (SEC-09, SEC-11)
//!
//! ```text
//! acl ecole src 10.59.0.0/16
//! acl ecole_deny url_regex "/var/lib/beffroi/proxy/0590001F/deny.txt"
//! acl ecole_allow url_regex "/var/lib/beffroi/proxy/0590001F/allow.txt"
//! http_access deny ecole ecole_deny
//! http_access allow ecole ecole_allow
//! ```

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use beffroi_kernel::Uai;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::address::{Address, Direction, Extent};

mod files;
mod pattern;

/// How long the proxy may take to read its lists anew.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where and how the lists are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxySettings {
    /// The folder that holds one folder a school.
    pub folder: PathBuf,
    /// The command that makes the proxy read its lists anew, word by word, without a shell; none when it
    /// watches them itself.
    pub reload: Vec<String>,
    /// Whether the proxy decrypts https: without it an encrypted page cannot be told from its site.
    pub decrypts: bool,
}

/// An exemption in force, as the proxy needs it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LiveExemption {
    /// What it opens or closes.
    pub address: Address,
    /// How far.
    pub extent: Extent,
    /// Which way.
    pub direction: Direction,
    /// The reference of its act.
    pub act: String,
    /// Its last day.
    pub ends_on: NaiveDate,
}

/// Why the proxy does not hold what was signed, in words for an operator.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The folder refuses.
    #[error("listes du proxy, «\u{a0}{path}\u{a0}»\u{a0}: {why}")]
    Folder {
        /// Where.
        path: PathBuf,
        /// What the system answers.
        why: std::io::Error,
    },
    /// The reload command failed: the lists are written, and the next run calls it again.
    #[error("la commande «\u{a0}proxy_reload\u{a0}» a échoué\u{a0}: {0}")]
    Reload(String),
}

/// What was written, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// SHA-256 of `allow.txt`, hexadecimal.
    pub allow_sha256: String,
    /// SHA-256 of `deny.txt`, hexadecimal.
    pub deny_sha256: String,
    /// How many exemptions the files hold.
    pub held: usize,
    /// References of acts that this proxy cannot hold: encrypted pages, and no decryption.
    pub unheld: Vec<String>,
    /// Whether the files changed.
    pub changed: bool,
    /// Whether the proxy was told.
    pub reloaded: bool,
    /// When.
    pub at: DateTime<Utc>,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} dérogation(s) tenue(s) par le proxy\u{a0}; allow.txt {} ; deny.txt {} ; {}{}",
            self.held,
            self.allow_sha256,
            self.deny_sha256,
            if self.changed { "fichiers réécrits" } else { "fichiers inchangés" },
            if self.reloaded { ", proxy rechargé" } else { "" },
        )
    }
}

/// Whether a proxy can hold an exemption as it was signed, neither wider nor narrower.
///
/// # Errors
/// Says what to ask for instead.
pub fn holdable(address: &Address, extent: Extent, decrypts: bool) -> Result<(), &'static str> {
    if extent == Extent::Page && address.is_https() && !decrypts {
        return Err(
            "Cette page est chiffrée (https)\u{a0}: le proxy ne voit que le nom du site. Demandez le site entier, ou adressez-vous à l’équipe mobile.",
        );
    }
    Ok(())
}

/// Writes the lists of the proxy.
#[derive(Clone, Debug)]
pub struct ProxyLists {
    settings: ProxySettings,
}

/// The lists of one school, while nobody else writes them, on this machine or through a shared folder.
#[derive(Debug)]
pub struct Held<'a> {
    settings: &'a ProxySettings,
    folder: PathBuf,
    _lock: std::fs::File,
}

impl ProxyLists {
    /// Lists under these settings.
    #[must_use]
    pub fn new(settings: ProxySettings) -> Self {
        Self { settings }
    }

    /// Whether the proxy decrypts https.
    #[must_use]
    pub fn decrypts(&self) -> bool {
        self.settings.decrypts
    }

    /// Waits for the lists of a school. Read what is in force after it, so that the last to write is the
    /// last to have read.
    ///
    /// # Errors
    /// When the folder refuses.
    pub async fn hold(&self, school: &Uai) -> Result<Held<'_>, ProxyError> {
        let folder = self.settings.folder.join(school.to_string());
        let path = folder.clone();
        let lock = blocking(&folder, move || files::lock(&path)).await?;
        Ok(Held { settings: &self.settings, folder, _lock: lock })
    }

    /// Makes the lists of a school hold exactly `live`.
    ///
    /// # Errors
    /// When the folder refuses or the proxy does not reload; calling again is safe.
    pub async fn write(
        &self,
        school: &Uai,
        live: &[LiveExemption],
        at: DateTime<Utc>,
    ) -> Result<Proof, ProxyError> {
        self.hold(school).await?.write(live, at).await
    }
}

impl Held<'_> {
    /// Makes the lists hold exactly `live`: same exemptions, same bytes; the proxy is told only when they
    /// changed, or when it may not have been told of the last change.
    ///
    /// # Errors
    /// As [`ProxyLists::write`].
    pub async fn write(&self, live: &[LiveExemption], at: DateTime<Utc>) -> Result<Proof, ProxyError> {
        let decrypts = self.settings.decrypts;
        let (held, unheld): (Vec<_>, Vec<_>) =
            live.iter().cloned().partition(|one| holdable(&one.address, one.extent, decrypts).is_ok());
        let allow = pattern::list(&held, Direction::Allow);
        let deny = pattern::list(&held, Direction::Deny);
        let (allow_sha256, deny_sha256) = (files::digest(&allow), files::digest(&deny));
        let folder = self.folder.clone();
        let waits = !self.settings.reload.is_empty();
        let write = move || files::replace(&folder, &[("deny.txt", deny), ("allow.txt", allow)], waits);
        let written = blocking(&self.folder, write).await?;
        if written.untold {
            reload(&self.settings.reload).await?;
            let folder = self.folder.clone();
            blocking(&self.folder, move || files::told(&folder)).await?;
        }
        Ok(Proof {
            allow_sha256,
            deny_sha256,
            held: held.len(),
            unheld: unheld.into_iter().map(|one| one.act).collect(),
            changed: written.changed,
            reloaded: written.untold,
            at,
        })
    }
}

async fn blocking<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ProxyError> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(error.into()));
    done.map_err(|why| ProxyError::Folder { path: path.to_owned(), why })
}

async fn reload(words: &[String]) -> Result<(), ProxyError> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(PATIENCE, command.output()).await {
        Ok(output) => output.map_err(|error| ProxyError::Reload(error.to_string()))?,
        Err(_) => return Err(ProxyError::Reload("pas de réponse en 30 secondes".into())),
    };
    if output.status.success() {
        return Ok(());
    }
    let said: String = String::from_utf8_lossy(&output.stderr).trim().chars().take(300).collect();
    Err(ProxyError::Reload(format!("{} {said}", output.status)))
}

#[cfg(test)]
mod tests;
