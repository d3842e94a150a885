//! Attachments: stored once by the hash of their content, their type found in their bytes.

use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};

use crate::naming;
use crate::quarantine::{Antivirus, Exam, Verdict, refusal};

/// Largest attachment, in bytes (20 MB).
pub const MAX_BYTES: usize = 20 * 1024 * 1024;

/// Types that never enter: programs, scripts, and documents that carry programs.
pub(crate) const DANGEROUS_EXTENSIONS: &[&str] = &[
    "exe", "msi", "bat", "cmd", "com", "scr", "ps1", "vbs", "js", "jar", "apk", "dll", "sh", "lnk", "hta",
    "docm", "xlsm", "pptm", "iso", "img", "reg", "html", "htm", "svg", "xhtml",
];

/// Why a file is refused, in words for the person who sends it.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Over [`MAX_BYTES`].
    #[error("« {0} » dépasse 20 Mo : réduisez-le ou partagez-le par un lien.")]
    TooLarge(String),
    /// Nothing in it.
    #[error("« {0} » est vide : choisissez un autre fichier.")]
    Empty(String),
    /// A program or a document that carries one.
    #[error(
        "« {0} » est d’un type qui peut contenir un programme : envoyez plutôt un PDF, une image ou un tableur sans macro."
    )]
    Dangerous(String),
    /// The store does not answer.
    #[error("le fichier n’a pas pu être enregistré : réessayez dans un instant.")]
    Store(#[from] object_store::Error),
}

/// A file kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name, without folders.
    pub name: String,
    /// Its media type, from its bytes.
    pub media_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// Its hash, hexadecimal.
    pub sha256: String,
    /// The name it came under, when its extension said another type than its bytes.
    pub renamed_from: Option<String>,
}

/// Where files are kept.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    antivirus: Option<Antivirus>,
}

impl Files {
    /// Keeps files under `folder`, made if missing.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn local(folder: &Path) -> Result<Self, std::io::Error> {
        std::fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(std::io::Error::other)?;
        Ok(Self::over(Arc::new(store)))
    }

    /// Keeps files in another store than a folder: a bucket that several nodes share.
    #[must_use]
    pub fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, antivirus: None }
    }

    /// The same, whose files are examined before anybody reads them.
    #[must_use]
    pub fn examined_by(self, antivirus: Option<Antivirus>) -> Self {
        Self { antivirus, ..self }
    }

    /// What examines files, when something does.
    #[must_use]
    pub fn antivirus(&self) -> Option<&Antivirus> {
        self.antivirus.as_ref()
    }

    /// The place and the size of everything kept, for backups.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn every(&self) -> Result<Vec<(String, u64)>, FileError> {
        let found = self.store.list(None).map_ok(|one| (one.location.to_string(), one.size));
        let mut found: Vec<_> = found.try_collect().await?;
        found.sort();
        Ok(found)
    }

    /// What is kept at a place, as [`Files::every`] names it.
    ///
    /// # Errors
    /// When the store does not have it or fails.
    pub async fn at(&self, place: &str) -> Result<Vec<u8>, FileError> {
        Ok(self.store.get(&place.into()).await?.bytes().await?.to_vec())
    }

    /// Puts back what a backup holds at a place.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put_back(&self, place: &str, bytes: Vec<u8>) -> Result<(), FileError> {
        self.store.put(&place.into(), PutPayload::from(bytes)).await?;
        Ok(())
    }

    /// The size of the content under a hash, and the content piece by piece as it comes.
    ///
    /// # Errors
    /// When the store does not have it or fails.
    pub async fn stream(
        &self,
        sha256: &str,
    ) -> Result<(u64, BoxStream<'static, Result<Bytes, FileError>>), FileError> {
        let found = self.store.get(&location(sha256)).await?;
        let size = found.meta.size;
        Ok((size, found.into_stream().map_err(FileError::from).boxed()))
    }

    /// Checks and keeps a file; the same content is kept once.
    ///
    /// # Errors
    /// When it is empty, too large or dangerous, or the store fails.
    pub async fn keep(&self, name: &str, bytes: Vec<u8>) -> Result<StoredFile, FileError> {
        let given = plain_name(name);
        let media_type = sniff(&given, &bytes)?;
        let honest = naming::honest(&given, &bytes);
        let renamed_from = honest.is_some().then(|| given.clone());
        let name = honest.unwrap_or(given);
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.store.put(&location(&sha256), PutPayload::from(bytes)).await?;
        Ok(StoredFile { name, media_type, size, sha256, renamed_from })
    }

    /// The content under a hash.
    ///
    /// # Errors
    /// When the store does not have it or fails.
    pub async fn read(&self, sha256: &str) -> Result<Vec<u8>, FileError> {
        Ok(self.store.get(&location(sha256)).await?.bytes().await?.to_vec())
    }

    /// Forgets the content under a hash; one already forgotten is no error.
    pub(crate) async fn forget(&self, sha256: &str) -> Result<(), FileError> {
        self.delete(&location(sha256)).await
    }

    async fn delete(&self, place: &object_store::path::Path) -> Result<(), FileError> {
        match self.store.delete(place).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a mail as it came, apart from attachments, and returns its hash.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_mail(&self, bytes: &[u8]) -> Result<String, FileError> {
        let sha256 = hex::encode(Sha256::digest(bytes));
        self.store.put(&mail_location(&sha256), PutPayload::from(bytes.to_vec())).await?;
        Ok(sha256)
    }

    /// The mail kept under a hash.
    ///
    /// # Errors
    /// When the store does not have it or fails.
    pub async fn read_mail(&self, sha256: &str) -> Result<Vec<u8>, FileError> {
        Ok(self.store.get(&mail_location(sha256)).await?.bytes().await?.to_vec())
    }

    /// Why bytes that are not a file of a request, such as the original of a mail, are given to nobody now.
    pub async fn refused(&self, bytes: &[u8]) -> Option<&'static str> {
        match self.antivirus.as_ref()?.examine_bytes(bytes.to_vec()).await {
            Ok(Verdict::Clean) => None,
            Ok(Verdict::Infected(_)) => Some(refusal(Exam::Infected)),
            Err(trouble) => {
                tracing::warn!(%trouble, "the antivirus said nothing");
                Some(refusal(Exam::Waiting))
            }
        }
    }

    /// Forgets the mail kept under a hash; one already forgotten is no error.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_mail(&self, sha256: &str) -> Result<(), FileError> {
        self.delete(&mail_location(sha256)).await
    }
}

fn mail_location(sha256: &str) -> object_store::path::Path {
    object_store::path::Path::from(format!("mail/{}/{sha256}.eml", sha256.get(..2).unwrap_or("00")))
}

fn location(sha256: &str) -> object_store::path::Path {
    object_store::path::Path::from(format!("{}/{sha256}", sha256.get(..2).unwrap_or("00")))
}

fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(150).collect();
    if clean.trim().is_empty() { "fichier".to_owned() } else { clean.trim().to_owned() }
}

fn sniff(name: &str, bytes: &[u8]) -> Result<String, FileError> {
    if bytes.is_empty() {
        return Err(FileError::Empty(name.into()));
    }
    if bytes.len() > MAX_BYTES {
        return Err(FileError::TooLarge(name.into()));
    }
    let extension = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    if DANGEROUS_EXTENSIONS.contains(&extension.as_str()) || naming::is_program(bytes) {
        return Err(FileError::Dangerous(name.into()));
    }
    let known = infer::get(bytes).map(|kind| kind.mime_type().to_owned());
    let text = || {
        if std::str::from_utf8(bytes).is_ok() {
            "text/plain; charset=utf-8"
        } else {
            "application/octet-stream"
        }
    };
    Ok(known.unwrap_or_else(|| text().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_refused_whatever_its_name() {
        let program = [b"MZ".as_slice(), &[0; 64]].concat();
        assert!(matches!(sniff("photo.jpg", &program), Err(FileError::Dangerous(_))));
        assert!(matches!(sniff("macro.DOCM", b"PK"), Err(FileError::Dangerous(_))));
        assert!(matches!(sniff("page.txt", b"<script>alert(1)</script>"), Err(FileError::Dangerous(_))));
    }

    #[test]
    fn the_type_comes_from_the_bytes() {
        assert_eq!(sniff("x.bin", b"%PDF-1.7 ...").unwrap(), "application/pdf");
        assert_eq!(sniff("x.pdf", "été".as_bytes()).unwrap(), "text/plain; charset=utf-8");
    }

    #[test]
    fn a_name_carries_no_folder() {
        assert_eq!(plain_name("C:\\Users\\a\\devis.pdf"), "devis.pdf");
        assert_eq!(plain_name("../../etc/passwd"), "passwd");
    }

    #[tokio::test]
    async fn the_same_content_is_kept_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::local(folder.path()).unwrap();
        let first = files.keep("a.txt", b"bonjour".to_vec()).await.unwrap();
        let second = files.keep("b.txt", b"bonjour".to_vec()).await.unwrap();
        assert_eq!(first.sha256, second.sha256);
        assert_eq!(files.read(&first.sha256).await.unwrap(), b"bonjour");
    }
}
