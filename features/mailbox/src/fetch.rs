//! Fetching the mailbox over IMAP. A mail leaves the inbox only after its effect is committed: whatever
//! is killed between the two, the next round recognises the mail and only moves it. One that fails stays
//! there for the next round, and the others go on.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_imap::{Client, Session};
use beffroi_directory::certificate_fault;
use futures_util::TryStreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

use crate::message::MAX_BYTES;
use crate::model::State;
use crate::{Mailbox, MailboxError, Received, receive, receive_head};

/// « Traités », as IMAP writes it (RFC 3501, modified UTF-7).
const DONE: &str = "Trait&AOk-s";
/// « À part ».
const ASIDE: &str = "&AMA- part";
/// Mails of one round.
const ROUND: usize = 200;
/// Failures in a row after which the round stops: the fault is not the mails'.
const GIVE_UP: usize = 5;
/// Longest round.
const ROUND_TIME: Duration = Duration::from_secs(600);
/// Longest wait for a connection.
const CONNECT_TIME: Duration = Duration::from_secs(20);
/// Between two rounds.
const EVERY: Duration = Duration::from_secs(60);

/// Where the mailbox is.
#[derive(Clone)]
pub struct ImapSettings {
    host: String,
    port: u16,
    tls: bool,
    user: String,
    folder: String,
    password: String,
    authority: Option<PathBuf>,
}

impl Debug for ImapSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ImapSettings({}@{}:{}/{})", self.user, self.host, self.port, self.folder)
    }
}

/// Why the mailbox is not read.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The address of the server cannot be used.
    #[error(
        "« imap_url » inutilisable : attendu imaps://utilisateur@hôte/INBOX (imap:// seulement vers cette machine)"
    )]
    Address,
    /// The certificate of the authority cannot be read.
    #[error("le certificat d’autorité « {0} » est illisible")]
    Authority(PathBuf),
    /// The server is not the one expected, or cannot prove that it is.
    #[error("le serveur IMAP n’est pas celui attendu : {0} (imap_url, imap_ca_file)")]
    Certificate(&'static str),
    /// The server does not answer, or not in time.
    #[error("le serveur IMAP ne répond pas : {0}")]
    Network(#[from] std::io::Error),
    /// The server refuses what is asked.
    #[error("le serveur IMAP refuse : {0}")]
    Refused(#[from] async_imap::error::Error),
    /// No mailbox is set, or the database does not answer.
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
}

impl ImapSettings {
    /// Reads `imaps://user@host:993/INBOX`. Without TLS only on this machine.
    ///
    /// # Errors
    /// [`ImapError::Address`] when it is something else.
    pub fn new(url: &str, password: String, authority: Option<PathBuf>) -> Result<Self, ImapError> {
        let url = Url::parse(url).map_err(|_| ImapError::Address)?;
        let host = url.host_str().ok_or(ImapError::Address)?.to_owned();
        let tls = match url.scheme() {
            "imaps" => true,
            "imap" if matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]") => false,
            _ => return Err(ImapError::Address),
        };
        if url.username().is_empty() || url.password().is_some() {
            return Err(ImapError::Address);
        }
        let user = url.username().replace("%40", "@");
        let folder = match url.path().trim_matches('/') {
            "" => "INBOX".to_owned(),
            folder => folder.to_owned(),
        };
        let port = url.port().unwrap_or(if tls { 993 } else { 143 });
        Ok(Self { host, port, tls, user, folder, password, authority })
    }

    /// Opens the mailbox as to read it, and reads nothing: whether mails would come in now.
    ///
    /// # Errors
    /// Why not, in words for an operator.
    pub async fn look(&self) -> Result<(), ImapError> {
        let mut session = open(self).await?;
        session.select(&self.folder).await?;
        let _ = session.logout().await;
        Ok(())
    }

    fn roots(&self) -> Result<RootCertStore, ImapError> {
        let mut roots = RootCertStore::empty();
        let Some(path) = &self.authority else {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            return Ok(roots);
        };
        let unreadable = || ImapError::Authority(path.clone());
        for certificate in CertificateDer::pem_file_iter(path).map_err(|_| unreadable())? {
            roots.add(certificate.map_err(|_| unreadable())?).map_err(|_| unreadable())?;
        }
        if roots.is_empty() { Err(unreadable()) } else { Ok(roots) }
    }
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Treated, or ignored.
    pub done: usize,
    /// Set aside.
    pub aside: usize,
    /// To be tried again.
    pub failed: usize,
}

/// One round: every mail of the inbox, oldest first.
///
/// # Errors
/// When the server does not answer; what was treated stays treated.
pub async fn fetch(mailbox: &Mailbox, imap: &ImapSettings) -> Result<Fetched, ImapError> {
    if mailbox.settings.is_none() {
        return Err(MailboxError::NotSet.into());
    }
    timeout(ROUND_TIME, connect_and_fetch(mailbox, imap)).await.unwrap_or_else(|_| Err(late().into()))
}

fn late() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::TimedOut, "délai dépassé")
}

async fn connect_and_fetch(mailbox: &Mailbox, imap: &ImapSettings) -> Result<Fetched, ImapError> {
    round(mailbox, imap, open(imap).await?).await
}

/// A line to the server, encrypted or on this machine.
trait Line: AsyncRead + AsyncWrite + Unpin + Debug + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Debug + Send> Line for S {}

/// Whoever the server knows, signed in.
async fn open(imap: &ImapSettings) -> Result<Session<Box<dyn Line>>, ImapError> {
    let connecting = TcpStream::connect((imap.host.trim_matches(['[', ']']), imap.port));
    let stream = timeout(CONNECT_TIME, connecting).await.map_err(|_| late())??;
    let stream: Box<dyn Line> = if imap.tls {
        let config = ClientConfig::builder().with_root_certificates(imap.roots()?).with_no_client_auth();
        let name = ServerName::try_from(imap.host.clone()).map_err(|_| ImapError::Address)?;
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
        let stream = timeout(CONNECT_TIME, connecting).await.map_err(|_| late())?;
        Box::new(stream.map_err(|error| {
            certificate_fault(&error).map_or_else(|| ImapError::from(error), ImapError::Certificate)
        })?)
    } else {
        Box::new(stream)
    };
    let mut client = Client::new(stream);
    client.read_response().await?;
    Ok(client.login(&imap.user, &imap.password).await.map_err(|(error, _)| error)?)
}

async fn round(
    mailbox: &Mailbox,
    imap: &ImapSettings,
    mut session: Session<Box<dyn Line>>,
) -> Result<Fetched, ImapError> {
    // They exist already after the first round.
    for folder in [DONE, ASIDE] {
        let _ = session.create(folder).await;
    }
    session.select(&imap.folder).await?;
    let moves = session.capabilities().await?.has_str("MOVE");
    let mut uids: Vec<u32> = session.uid_search("UNDELETED").await?.into_iter().collect();
    uids.sort_unstable();
    let (mut fetched, mut in_a_row) = (Fetched::default(), 0);
    for uid in uids.into_iter().take(ROUND) {
        match one(mailbox, &mut session, uid).await? {
            Some(Ok(received)) => {
                in_a_row = 0;
                let aside = received.reason.state() == State::Aside;
                *(if aside { &mut fetched.aside } else { &mut fetched.done }) += 1;
                put_away(&mut session, uid, if aside { ASIDE } else { DONE }, moves).await?;
            }
            Some(Err(error)) => {
                // Without what it says: a mail is personal.
                tracing::warn!(uid, %error, "a mail could not be treated; it stays in the inbox");
                fetched.failed += 1;
                in_a_row += 1;
                if in_a_row == GIVE_UP {
                    break;
                }
            }
            None => {}
        }
    }
    let _ = session.logout().await;
    Ok(fetched)
}

/// Fetches and treats one mail; none when it has gone meanwhile.
async fn one(
    mailbox: &Mailbox,
    session: &mut Session<Box<dyn Line>>,
    uid: u32,
) -> Result<Option<Result<Received, MailboxError>>, ImapError> {
    let uid = uid.to_string();
    let found: Vec<_> = session.uid_fetch(&uid, "(UID RFC822.SIZE)").await?.try_collect().await?;
    let Some(size) = found.first().and_then(|mail| mail.size) else { return Ok(None) };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let large = size > MAX_BYTES;
    let part = if large { "BODY.PEEK[HEADER]" } else { "BODY.PEEK[]" };
    let found: Vec<_> = session.uid_fetch(&uid, part).await?.try_collect().await?;
    let bytes = found.first().and_then(|mail| if large { mail.header() } else { mail.body() });
    let Some(bytes) = bytes else { return Ok(None) };
    Ok(Some(if large { receive_head(mailbox, bytes, size).await } else { receive(mailbox, bytes).await }))
}

async fn put_away(
    session: &mut Session<Box<dyn Line>>,
    uid: u32,
    folder: &str,
    moves: bool,
) -> Result<(), ImapError> {
    let uid = uid.to_string();
    if moves {
        return Ok(session.uid_mv(&uid, folder).await?);
    }
    session.uid_copy(&uid, folder).await?;
    let _: Vec<_> = session.uid_store(&uid, "+FLAGS.SILENT (\\Deleted)").await?.try_collect().await?;
    let _: Vec<_> = session.expunge().await?.try_collect().await?;
    Ok(())
}

/// Reads the mailbox every minute until `stop` resolves; a round in hand is dropped, which loses nothing.
pub async fn watch(mailbox: Mailbox, imap: ImapSettings, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            outcome = turn(&mailbox, &imap) => if let Err(error) = outcome {
                tracing::error!(%error, "the mailbox could not be read");
            }
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn turn(mailbox: &Mailbox, imap: &ImapSettings) -> Result<(), ImapError> {
    let fetched = fetch(mailbox, imap).await?;
    if fetched != Fetched::default() {
        let Fetched { done, aside, failed } = fetched;
        tracing::info!(done, aside, failed, "mails came in");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_over_tls_or_on_this_machine_is_read() {
        let new = |url: &str| ImapSettings::new(url, "secret".into(), None);
        let read = new("imaps://demandes%40region.example@imap.region.example/INBOX").unwrap();
        assert_eq!((read.user.as_str(), read.port, read.tls), ("demandes@region.example", 993, true));
        assert!(!new("imap://demandes@127.0.0.1:1143").unwrap().tls);
        for url in [
            "imap://demandes@imap.region.example",
            "imaps://imap.region.example",
            "imaps://a:b@c.example",
            "https://a@b.example",
        ] {
            assert!(matches!(new(url), Err(ImapError::Address)), "{url}");
        }
        assert!(!format!("{read:?}").contains("secret"));
    }
}
