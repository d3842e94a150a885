//! What a bridge asks of a tool, whatever the tool: few gestures, each of which may be made again.

mod beffroi;
mod glpi;
mod http;
mod plain;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::model::{Secrets, Settings, Standing, ToolKind};
pub(crate) use http::Line;

/// Why a tool did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Fault {
    /// Why, in French, for the pages.
    pub words: String,
    /// Whether the tool itself is out of reach: everything waits, not this thing alone.
    pub passing: bool,
}

impl Fault {
    /// The tool is not there, or not for now.
    pub(crate) fn passing(words: impl Into<String>) -> Self {
        Self { words: words.into(), passing: true }
    }

    /// The tool said no.
    pub(crate) fn refused(words: impl Into<String>) -> Self {
        Self { words: words.into(), passing: false }
    }
}

/// A request to open there.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The key of this gesture: the same for every try.
    pub key: String,
    /// The mark of origin, which the words carry already.
    pub mark: String,
    /// Our reference and title.
    pub title: String,
    /// Everything a stranger needs to work on it.
    pub text: String,
    /// Whether it is urgent here.
    pub urgent: bool,
}

/// A request that exists there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its number.
    pub theirs: String,
    /// Its page, for people.
    pub url: String,
}

/// Words to write there.
#[derive(Clone, Debug)]
pub struct Saying {
    /// The key of this gesture.
    pub key: String,
    /// The words, with their mark.
    pub text: String,
    /// Whether their agents alone read it.
    pub private: bool,
}

/// A file to join there.
#[derive(Clone, Debug)]
pub struct Joining {
    /// The key of this gesture.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// The fingerprint of its content, hexadecimal.
    pub sha256: String,
    /// The mark of this gesture, for a tool that can keep it beside the file.
    pub mark: String,
}

/// What came of a change of state there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stood {
    /// It stands so; the words, if any, are theirs under this number.
    Done(Option<String>),
    /// The tool lets nobody but its own agents do that.
    TheirsAlone,
}

/// Words written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Their number.
    pub id: String,
    /// Who, as their tool names them.
    pub author: String,
    /// Plain text.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A file joined there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Their number.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The fingerprint of its content, hexadecimal, when they give it.
    pub sha256: Option<String>,
    /// The mark of the gesture of ours that joined it, when they keep it.
    pub mark: Option<String>,
}

/// A request as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Their code of its state.
    pub state: String,
    /// The same in words.
    pub label: String,
    /// What everyone may read there, the oldest first.
    pub words: Vec<Word>,
    /// The words that came with its present state: a solution, a reason to wait.
    pub because: Option<String>,
    /// Its files.
    pub pieces: Vec<Piece>,
}

/// A tool, reached. Every gesture blocks.
pub trait Tool: Send + Sync {
    /// Who we are there, in words: what « try the connection » shows.
    ///
    /// # Errors
    /// Why it cannot serve.
    fn greet(&self) -> Result<String, Fault>;
    /// Opens a request.
    ///
    /// # Errors
    /// As [`Fault`] says.
    fn open(&self, opening: &Opening) -> Result<Opened, Fault>;
    /// The request that an earlier try opened, though its answer was lost.
    ///
    /// # Errors
    /// As [`Fault`] says.
    fn find(&self, opening: &Opening) -> Result<Option<Opened>, Fault>;
    /// Reads a request.
    ///
    /// # Errors
    /// As [`Fault`] says.
    fn read(&self, theirs: &str) -> Result<Snapshot, Fault>;
    /// Writes words and gives their number.
    ///
    /// # Errors
    /// As [`Fault`] says.
    fn say(&self, theirs: &str, saying: &Saying) -> Result<String, Fault>;
    /// Joins a file and gives its number.
    ///
    /// # Errors
    /// As [`Fault`] says.
    fn join(&self, theirs: &str, joining: &Joining) -> Result<String, Fault>;
    /// The content of a file.
    ///
    /// # Errors
    /// As [`Fault`] says.
    fn fetch(&self, theirs: &str, piece: &str) -> Result<Vec<u8>, Fault>;
    /// Makes a request stand so, with these words where the tool wants some.
    ///
    /// # Errors
    /// As [`Fault`] says.
    fn stand(&self, theirs: &str, standing: Standing, saying: &Saying) -> Result<Stood, Fault>;
    /// Says good bye, where the tool keeps a session.
    fn leave(&self) {}
}

/// Their codes of state, in their words, and what each is here unless the Region says otherwise.
#[must_use]
pub fn states(kind: ToolKind) -> &'static [(&'static str, &'static str, Standing)] {
    match kind {
        ToolKind::Beffroi => beffroi::STATES,
        ToolKind::Glpi => glpi::STATES,
    }
}

/// What their code of state is here.
pub(crate) fn standing(kind: ToolKind, settings: &Settings, code: &str) -> Option<Standing> {
    let set = settings.states.get(code).and_then(|slug| Standing::of(slug));
    set.or_else(|| states(kind).iter().find(|(theirs, ..)| *theirs == code).map(|(_, _, ours)| *ours))
}

/// The tool of a bridge.
pub(crate) fn tool(kind: ToolKind, line: Line, secrets: Secrets, settings: Settings) -> Arc<dyn Tool> {
    match kind {
        ToolKind::Beffroi => Arc::new(beffroi::Beffroi::new(line, &secrets, settings)),
        ToolKind::Glpi => Arc::new(glpi::Glpi::new(line, secrets, settings)),
    }
}

/// Asks a tool, off the threads that serve pages.
///
/// # Errors
/// As the tool says.
pub(crate) async fn ask<T: Send + 'static>(
    tool: &Arc<dyn Tool>,
    gesture: impl FnOnce(&dyn Tool) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let tool = Arc::clone(tool);
    let asked = tokio::task::spawn_blocking(move || gesture(tool.as_ref())).await;
    asked.unwrap_or_else(|_| Err(Fault::passing("échange interrompu")))
}
