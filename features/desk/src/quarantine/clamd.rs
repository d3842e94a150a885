//! What is asked of an antivirus: `clamd`, by its `INSTREAM` command, over a Unix socket or TCP. The content
//! goes piece by piece as the store gives it: it is never whole in memory. (issue 5: quarantine of uploads)

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use chrono::TimeDelta;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout};

use crate::files::{FileError, MAX_BYTES};

/// How long the antivirus may take to be reached.
const REACHED_WITHIN: Duration = Duration::from_secs(3);
/// How long it may take to examine a file; a worker waits meanwhile.
const EXAMINED_WITHIN: Duration = Duration::from_secs(25);
/// How long it is left alone once it did not answer in time: other jobs do not wait for it in turn.
const REST: Duration = Duration::from_secs(30);
/// Longest answer read, in bytes.
const LONGEST_ANSWER: u64 = 4_096;
/// Longest name of a virus kept, in characters.
const LONGEST_NAME: usize = 120;
/// Bytes sent at once.
const PIECE: usize = 64 * 1024;

/// What the antivirus says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing it knows.
    Clean,
    /// The name of what it found.
    Infected(String),
}

/// Why nothing is known of a file, in words for an operator: it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Nobody at that address.
    #[error("l’antivirus ne répond pas ({0})\u{a0}: vérifiez que clamd tourne, et la clé clamd")]
    Unreachable(io::Error),
    /// No answer in time.
    #[error("l’antivirus n’a pas répondu en {} secondes", EXAMINED_WITHIN.as_secs())]
    Slow,
    /// It takes smaller files only.
    #[error(
        "l’antivirus refuse un fichier de cette taille\u{a0}: réglez StreamMaxLength à 25M au moins dans clamd.conf"
    )]
    TooLarge,
    /// It answered something else.
    #[error("l’antivirus répond «\u{a0}{0}\u{a0}»")]
    Said(String),
    /// The store does not give the file.
    #[error("le fichier ne peut pas être lu\u{a0}: {0}")]
    Store(FileError),
    /// It did not answer a moment ago.
    #[error("{0}")]
    Resting(String),
}

impl Trouble {
    /// Whether a worker waited for nothing: a door that is shut says so at once.
    fn took_long(&self) -> bool {
        match self {
            Self::Slow => true,
            Self::Unreachable(error) => error.kind() == io::ErrorKind::TimedOut,
            _ => false,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Door {
    Unix(PathBuf),
    Tcp(String),
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

/// The antivirus that examines what is received.
#[derive(Clone, Debug)]
pub struct Antivirus {
    door: Arc<Door>,
    /// How long a file that bears a virus is kept aside.
    pub(crate) keeps: TimeDelta,
    rests: Arc<Mutex<Option<(Instant, String)>>>,
    within: Duration,
}

impl Antivirus {
    /// The one at `address`: a path, `unix:/path`, `tcp://host:port` or `host:port`. Files that bear a virus
    /// are kept aside for `keep_days`.
    #[must_use]
    pub fn at(address: &str, keep_days: u32) -> Option<Self> {
        Some(Self {
            door: Arc::new(door(address.trim())?),
            keeps: TimeDelta::days(i64::from(keep_days)),
            rests: Arc::default(),
            within: EXAMINED_WITHIN,
        })
    }

    /// Whether what it is sent leaves this machine, unencrypted: `clamd` knows no TLS.
    #[must_use]
    pub fn is_far(&self) -> bool {
        match &*self.door {
            Door::Unix(_) => false,
            Door::Tcp(address) => {
                let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
                !matches!(host, "localhost" | "127.0.0.1" | "[::1]")
            }
        }
    }

    /// What it says of a content.
    ///
    /// # Errors
    /// As [`Trouble`] says: nothing is known then.
    pub async fn examine(
        &self,
        content: BoxStream<'static, Result<Bytes, FileError>>,
    ) -> Result<Verdict, Trouble> {
        if let Some(why) = self.resting() {
            return Err(Trouble::Resting(why));
        }
        let outcome = timeout(self.within, self.sent(content)).await.unwrap_or(Err(Trouble::Slow));
        if let Err(trouble) = outcome.as_ref()
            && trouble.took_long()
        {
            let until = Instant::now() + REST;
            *self.rests.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, trouble.to_string()));
        }
        outcome
    }

    /// What it says of bytes of ours, for `doctor`.
    ///
    /// # Errors
    /// As [`Antivirus::examine`].
    pub async fn examine_bytes(&self, bytes: Vec<u8>) -> Result<Verdict, Trouble> {
        self.examine(stream::iter([Ok(Bytes::from(bytes))]).boxed()).await
    }

    /// Its version and that of its signatures.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn version(&self) -> Result<String, Trouble> {
        let asked = async {
            let mut line = self.line().await.map_err(Trouble::Unreachable)?;
            line.write_all(b"zVERSION\0").await.map_err(Trouble::Unreachable)?;
            answer(&mut line).await
        };
        timeout(REACHED_WITHIN, asked).await.unwrap_or(Err(Trouble::Slow))
    }

    fn resting(&self) -> Option<String> {
        let rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        rests.as_ref().filter(|(until, _)| *until > Instant::now()).map(|(_, why)| why.clone())
    }

    async fn line(&self) -> io::Result<Box<dyn Line>> {
        let reached = async {
            Ok::<Box<dyn Line>, io::Error>(match &*self.door {
                Door::Unix(path) => Box::new(UnixStream::connect(path).await?),
                Door::Tcp(address) => Box::new(TcpStream::connect(address.as_str()).await?),
            })
        };
        timeout(REACHED_WITHIN, reached).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn sent(
        &self,
        mut content: BoxStream<'static, Result<Bytes, FileError>>,
    ) -> Result<Verdict, Trouble> {
        let mut line = self.line().await.map_err(Trouble::Unreachable)?;
        let mut cut = line.write_all(b"zINSTREAM\0").await.err();
        while cut.is_none() {
            let Some(piece) = content.next().await else { break };
            for part in piece.map_err(Trouble::Store)?.chunks(PIECE) {
                let length = u32::try_from(part.len()).unwrap_or_default().to_be_bytes();
                if let Err(error) = send(&mut line, &[&length, part]).await {
                    cut = Some(error);
                    break;
                }
            }
        }
        if cut.is_none() {
            cut = send(&mut line, &[&[0; 4]]).await.err();
        }
        // One that refuses closes its ear first: why it does is still to be read.
        match (answer(&mut line).await, cut) {
            (Ok(said), None) => verdict(&said),
            (Ok(said), Some(error)) => match verdict(&said) {
                // Nothing is believed of a file that was not read to its end.
                Ok(Verdict::Clean) => Err(Trouble::Unreachable(error)),
                outcome => outcome,
            },
            (Err(_), Some(error)) => Err(Trouble::Unreachable(error)),
            (Err(error), None) => Err(error),
        }
    }
}

async fn send(line: &mut Box<dyn Line>, parts: &[&[u8]]) -> io::Result<()> {
    for part in parts {
        line.write_all(part).await?;
    }
    line.flush().await
}

async fn answer(line: &mut Box<dyn Line>) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    let read = line.take(LONGEST_ANSWER).read_to_end(&mut bytes).await;
    // A line cut after a whole answer: it did not care for the rest of the file.
    if bytes.last() != Some(&0) {
        return Err(Trouble::Unreachable(read.err().unwrap_or(io::ErrorKind::UnexpectedEof.into())));
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\0', '\n']).to_owned())
}

/// What an answer to `INSTREAM` means; only the one text that says so means that nothing was found.
fn verdict(said: &str) -> Result<Verdict, Trouble> {
    if said == "stream: OK" {
        return Ok(Verdict::Clean);
    }
    if let Some(name) = said.strip_prefix("stream: ").and_then(|rest| rest.strip_suffix(" FOUND")) {
        return Ok(Verdict::Infected(plain(name)));
    }
    if said.contains("size limit exceeded") {
        return Err(Trouble::TooLarge);
    }
    Err(Trouble::Said(plain(said)))
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control() && *letter != '|').take(LONGEST_NAME).collect()
}

fn door(address: &str) -> Option<Door> {
    let path = address.strip_prefix("unix:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    if let Some(path) = path.or(Some(address).filter(|address| address.starts_with('/'))) {
        return path.starts_with('/').then(|| Door::Unix(PathBuf::from(path)));
    }
    let address = address.strip_prefix("tcp://").unwrap_or(address);
    let (host, port) = address.rsplit_once(':')?;
    let host_is_one = !host.is_empty() && !host.contains(['/', ' ']);
    (host_is_one && port.parse::<u16>().is_ok_and(|port| port > 0)).then(|| Door::Tcp(address.to_owned()))
}

/// A text that every antivirus takes for a virus, and that harms nobody (EICAR); written in two parts, so that
/// none takes this program for one.
#[must_use]
pub fn harmless_virus() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}

/// The largest file that is ever received, of zeros: whether the antivirus takes it.
#[must_use]
pub fn largest_file() -> Vec<u8> {
    vec![0; MAX_BYTES]
}

#[cfg(test)]
mod tests;
