//! Addresses that no exemption opens: dangerous, insecure or illegal, by lists that the Region
//! configures. There is no override, for anyone. (SEC-12, T6)
//!
//! A list is a file of domains, of hosts or of addresses, or a folder of such files as the Toulouse lists
//! have them. Only fingerprints are kept in memory: eight bytes an entry, sorted, found through an index
//! of their first sixteen bits. They are keyed anew at each load, so that nobody can prepare a name that
//! collides with a listed one; by chance it happens to one name in some billions.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::address::Address;

mod lines;

/// Why an address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Motive {
    /// Forbidden by law.
    Illegal,
    /// It harms those who go there.
    Dangerous,
    /// It does not protect those who go there.
    Insecure,
}

impl Motive {
    /// The word used before people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Illegal => "illégal",
            Self::Dangerous => "dangereux",
            Self::Insecure => "non sûr",
        }
    }
}

/// The lists given by configuration, for each motive: files or folders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DangerSettings {
    /// Lists of illegal sites.
    pub illegal: Vec<PathBuf>,
    /// Lists of dangerous sites.
    pub dangerous: Vec<PathBuf>,
    /// Lists of insecure sites.
    pub insecure: Vec<PathBuf>,
}

impl DangerSettings {
    fn each(&self) -> impl Iterator<Item = (Motive, &PathBuf)> {
        let illegal = self.illegal.iter().map(|path| (Motive::Illegal, path));
        let dangerous = self.dangerous.iter().map(|path| (Motive::Dangerous, path));
        illegal.chain(dangerous).chain(self.insecure.iter().map(|path| (Motive::Insecure, path)))
    }
}

/// Why lists cannot be used, in words for an operator.
#[derive(Debug, thiserror::Error)]
pub enum DangerError {
    /// A file or a folder cannot be read.
    #[error(
        "liste de sites « {path} » illisible : {why}\nRemède : corrigez « danger_lists » ou les droits du fichier"
    )]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// What the system answers.
        why: std::io::Error,
    },
    /// Nothing in it is a domain or an address.
    #[error(
        "liste de sites «\u{a0}{0}\u{a0}» vide ou d’un format inconnu\nRemède\u{a0}: un domaine, une adresse ou une ligne «\u{a0}0.0.0.0 domaine\u{a0}» par ligne"
    )]
    Empty(PathBuf),
    /// More than can be told apart.
    #[error("trop de listes de sites\u{a0}: {0} fichiers, 256 au plus\nRemède\u{a0}: réunissez-les")]
    TooMany(usize),
}

/// What a list says of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Why it is refused.
    pub motive: Motive,
    /// The list that names it.
    pub list: String,
}

impl Verdict {
    /// The sentence of the refusal, with the way out.
    #[must_use]
    pub fn sentence(&self, address: &Address) -> String {
        format!(
            "{} est classé {} (liste « {} ») : aucune dérogation ne peut l’ouvrir, quel que soit le demandeur. \
             Si ce classement est une erreur, signalez-le au responsable de la sécurité, qui saisit l’éditeur de la liste.",
            address.display(),
            self.motive.label(),
            self.list
        )
    }
}

/// Fingerprints of every entry, in order; the last eight bits say which list.
#[derive(Debug)]
struct Index {
    hasher: RandomState,
    lists: Vec<Verdict>,
    keys: Vec<u64>,
    heads: Vec<u32>,
    has_pages: bool,
    skipped: u64,
    stamps: Vec<Stamp>,
}

/// What tells that a file changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

/// How many entries, and what they weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Distinct entries.
    pub entries: usize,
    /// Bytes in memory.
    pub bytes: usize,
    /// Lines that are neither a domain nor an address.
    pub skipped: u64,
}

/// The lists in force; cheap to clone, shared by everything that asks.
#[derive(Clone, Debug)]
pub struct DangerLists {
    settings: Arc<DangerSettings>,
    index: Arc<RwLock<Arc<Index>>>,
}

impl DangerLists {
    /// No list: nothing is known of any address.
    #[must_use]
    pub fn none() -> Self {
        let index = Index {
            hasher: RandomState::new(),
            lists: Vec::new(),
            keys: Vec::new(),
            heads: Vec::new(),
            has_pages: false,
            skipped: 0,
            stamps: Vec::new(),
        };
        Self { settings: Arc::default(), index: Arc::new(RwLock::new(Arc::new(index))) }
    }

    /// Reads the lists, one line at a time. Blocks: call it at start, or where blocking is allowed.
    ///
    /// # Errors
    /// When a list is missing, cannot be read or holds nothing: a filter that does not know its lists must
    /// not answer that all is well.
    pub fn open(settings: DangerSettings) -> Result<Self, DangerError> {
        let index = Index::read(&settings)?;
        Ok(Self { settings: Arc::new(settings), index: Arc::new(RwLock::new(Arc::new(index))) })
    }

    /// Reads the lists anew when a file changed; they are swapped at once, and those known stay when the
    /// new ones cannot be read. Blocks. Answers whether anything changed.
    ///
    /// # Errors
    /// As [`DangerLists::open`].
    pub fn refresh(&self) -> Result<bool, DangerError> {
        let stamps = files(&self.settings)?.into_iter().map(|file| file.stamp).collect::<Vec<_>>();
        if stamps == self.current().stamps {
            return Ok(false);
        }
        let fresh = Arc::new(Index::read(&self.settings)?);
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(true)
    }

    /// What the lists say of an address: the site, a site above it, or the beginning of the address.
    #[must_use]
    pub fn verdict(&self, address: &Address) -> Option<Verdict> {
        let index = self.current();
        index.find(address).and_then(|list| index.lists.get(list).cloned())
    }

    /// What is in memory.
    #[must_use]
    pub fn weight(&self) -> Weight {
        let index = self.current();
        let bytes = index.keys.capacity() * size_of::<u64>() + index.heads.capacity() * size_of::<u32>();
        Weight { entries: index.keys.len(), bytes, skipped: index.skipped }
    }

    fn current(&self) -> Arc<Index> {
        Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A file to read, for its list.
struct File {
    given: PathBuf,
    verdict: Verdict,
    stamp: Stamp,
}

/// The files of the settings: a file itself; of a folder its files `domains` and `urls`, or those of the
/// folders in it, one list each.
fn files(settings: &DangerSettings) -> Result<Vec<File>, DangerError> {
    let mut found = Vec::new();
    for (motive, path) in settings.each() {
        let unreadable = |why| DangerError::Unreadable { path: path.clone(), why };
        let meta = std::fs::metadata(path).map_err(unreadable)?;
        let before = found.len();
        if meta.is_dir() {
            walk(path, path, motive, &mut found).map_err(unreadable)?;
        } else {
            found.push(file(path, path, motive, &meta));
        }
        if found.len() == before {
            return Err(DangerError::Empty(path.clone()));
        }
    }
    if found.len() > 256 {
        return Err(DangerError::TooMany(found.len()));
    }
    Ok(found)
}

fn walk(given: &Path, folder: &Path, motive: Motive, found: &mut Vec<File>) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, meta) = (entry.path(), std::fs::metadata(entry.path())?);
        if meta.is_dir() {
            walk(given, &path, motive, found)?;
        } else if ["domains", "urls"].iter().any(|name| entry.file_name() == **name) {
            found.push(file(given, &path, motive, &meta));
        }
    }
    Ok(())
}

fn file(given: &Path, path: &Path, motive: Motive, meta: &std::fs::Metadata) -> File {
    let in_folder = path.ends_with("domains") || path.ends_with("urls");
    let named = if in_folder { path.parent().and_then(Path::file_name) } else { path.file_stem() };
    let list = named.unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let stamp = Stamp { path: path.to_owned(), length: meta.len(), modified: meta.modified().ok() };
    File { given: given.to_owned(), verdict: Verdict { motive, list }, stamp }
}

/// Bits of a key that name its list.
const LIST_BITS: u32 = 8;
/// Bits of a key that lead to its bucket.
const HEAD_BITS: u32 = 16;

impl Index {
    fn read(settings: &DangerSettings) -> Result<Self, DangerError> {
        let files = files(settings)?;
        let hasher = RandomState::new();
        let (mut keys, mut skipped, mut has_pages) = (Vec::new(), 0, false);
        let mut read_from: HashSet<&Path> = HashSet::new();
        for (number, file) in (0_u64..).zip(&files) {
            let before = keys.len();
            let each = |entry: lines::Entry<'_>| {
                has_pages |= entry.is_page();
                keys.push(key(&hasher, entry.text()) | number);
            };
            let path = &file.stamp.path;
            skipped +=
                lines::read(path, each).map_err(|why| DangerError::Unreadable { path: path.clone(), why })?;
            if keys.len() > before {
                read_from.insert(&file.given);
            }
        }
        // A folder may hold empty categories; what the configuration names may not be empty.
        if let Some(empty) = files.iter().find(|file| !read_from.contains(file.given.as_path())) {
            return Err(DangerError::Empty(empty.given.clone()));
        }
        keys.sort_unstable();
        // In several lists: the first one speaks, the gravest motive first.
        keys.dedup_by_key(|key| *key >> LIST_BITS);
        keys.shrink_to_fit();
        let heads = heads(&keys);
        let (lists, stamps) = files.into_iter().map(|file| (file.verdict, file.stamp)).unzip();
        Ok(Self { hasher, lists, keys, heads, has_pages, skipped, stamps })
    }

    fn list_of(&self, entry: &str) -> Option<usize> {
        let wanted = key(&self.hasher, entry);
        let bucket = usize::try_from(wanted >> (u64::BITS - HEAD_BITS)).ok()?;
        let (from, to) = (*self.heads.get(bucket)?, *self.heads.get(bucket + 1)?);
        let bucket = self.keys.get(from as usize..to as usize)?;
        let at = bucket.partition_point(|key| *key < wanted);
        let found = *bucket.get(at)?;
        let list = found & !(u64::MAX << LIST_BITS);
        (found - list == wanted).then(|| usize::try_from(list).ok()).flatten()
    }

    fn find(&self, address: &Address) -> Option<usize> {
        let host = address.host();
        // An IP address has no site above it.
        let is_name = !host.starts_with('[') && !host.ends_with(|c: char| c.is_ascii_digit());
        let mut name = host;
        loop {
            if let Some(list) = self.list_of(name) {
                return Some(list);
            }
            match name.split_once('.') {
                Some((_, above)) if is_name && above.contains('.') => name = above,
                _ => break,
            }
        }
        if self.has_pages { self.find_page(address) } else { None }
    }

    /// The pages above an address: `site/a/b?c` is found under `site/a/b?c`, `site/a/b`, `site/a`.
    fn find_page(&self, address: &Address) -> Option<usize> {
        let host = address.host().strip_prefix("www.").unwrap_or(address.host());
        let page = format!("{host}{}", address.rest());
        let ends = page.match_indices(['/', '?']).map(|(at, _)| at).filter(|at| *at > host.len());
        ends.chain([page.len()]).find_map(|end| self.list_of(page[..end].trim_end_matches('/')))
    }
}

/// The fingerprint of an entry, with room for its list.
fn key(hasher: &RandomState, entry: &str) -> u64 {
    hasher.hash_one(entry) & (u64::MAX << LIST_BITS)
}

/// Where each bucket begins, and where the last one ends.
fn heads(keys: &[u64]) -> Vec<u32> {
    let mut heads = Vec::with_capacity((1 << HEAD_BITS) + 1);
    let mut at = 0;
    for bucket in 0..1_u64 << HEAD_BITS {
        heads.push(u32::try_from(at).unwrap_or(u32::MAX));
        at += keys
            .get(at..)
            .unwrap_or_default()
            .partition_point(|key| key >> (u64::BITS - HEAD_BITS) == bucket);
    }
    heads.push(u32::try_from(keys.len()).unwrap_or(u32::MAX));
    heads
}

#[cfg(test)]
mod tests;
