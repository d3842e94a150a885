//! A trip to a provider and back: to come in, or to show again who one is before a signature. It begins in
//! one browser, serves once, within ten minutes, and ends with a session or a confirmation.

use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::{PersonId, SessionId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::cas::{self, CasError};
use super::claims::Said;
use super::matching::{self, Known, Stranger};
use super::oidc::{Answered, Asking, OidcError};
use super::{Doors, Grant, Protocol, Provider};
use crate::Site;
use crate::factors::Method;
use crate::sign_in::{self, Opened, fingerprint, secret};
use crate::store::factors::{self as ceremonies, NewCeremony};
use crate::store::people::Credential;
use crate::store::{sessions, sso as store};

/// How long a provider may keep a person.
const TRIP: TimeDelta = TimeDelta::minutes(10);
/// How long its confirmation waits for the form.
const CONFIRMED: TimeDelta = TimeDelta::minutes(5);
/// What these ceremonies are for.
const PURPOSE: &str = "sso";

/// Why a trip ends nowhere.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TripError {
    /// It ended already, is too old, or began elsewhere.
    #[error("ce passage a déjà servi")]
    Over,
    /// The provider said no.
    #[error("le fournisseur a refusé")]
    Declined,
    /// Its answer is worth nothing: why, for the log.
    #[error("{0}")]
    Worthless(String),
    /// Nobody of the directory, or not only one.
    #[error("personne n’est reconnu")]
    Stranger(Stranger),
    /// Another person than the one who asked for a confirmation.
    #[error("une autre personne")]
    Another,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<OidcError> for TripError {
    fn from(error: OidcError) -> Self {
        Self::Worthless(error.to_string())
    }
}

impl From<CasError> for TripError {
    fn from(error: CasError) -> Self {
        Self::Worthless(error.to_string())
    }
}

/// A signature that waits for its author to show again who they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confirming<'a> {
    pub person: PersonId,
    pub session: SessionId,
    /// The texts, as [`crate::prove`] names them.
    pub subject: &'a str,
    /// The token of the form.
    pub mark: &'a str,
}

/// Who came back from a provider.
pub(crate) struct Arrived {
    /// Slug of the provider.
    pub provider: String,
    pub known: Known,
    pub sid: Option<String>,
    pub method: Method,
    pub grants: Vec<Grant>,
    /// Whether the provider asked for two factors.
    pub strong: bool,
}

/// How a trip ends.
pub(crate) enum Ended {
    /// A session begins, and leads there.
    Entered(Opened, String),
    /// The provider confirmed who asked.
    Confirmed,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    provider: String,
    nonce: String,
    verifier: String,
    /// The browser where it began, hashed.
    browser: String,
    next: String,
    began: DateTime<Utc>,
    session: Option<SessionId>,
    mark: Option<String>,
}

/// Where a provider sends people back.
pub(crate) fn back_path(slug: &str) -> String {
    format!("/connexion/unique/{slug}/retour")
}

fn redirect(site: &Site, provider: &Provider) -> String {
    format!("{}{}", site.base_url, back_path(&provider.settings.slug))
}

/// The address that a CAS server gives a ticket for.
fn service(site: &Site, provider: &Provider, state: &str) -> String {
    format!("{}?etat={state}", redirect(site, provider))
}

/// Begins a trip: where to send the browser.
pub(crate) async fn begin(
    doors: &Doors,
    provider: &Provider,
    (browser, next): (&str, &str),
    confirming: Option<Confirming<'_>>,
) -> Result<Url, TripError> {
    let (db, state) = (&doors.site.db, secret());
    let kept = Kept {
        provider: provider.settings.slug.clone(),
        nonce: secret(),
        verifier: secret(),
        browser: fingerprint(browser),
        next: next.to_owned(),
        began: db.now(),
        session: confirming.map(|one| one.session),
        mark: confirming.map(|one| fingerprint(one.mark)),
    };
    let again = confirming.is_some();
    let url = match provider.protocol.as_ref() {
        Protocol::Oidc(oidc) => {
            let redirect = redirect(&doors.site, provider);
            let (nonce, verifier) = (kept.nonce.as_str(), kept.verifier.as_str());
            let asking = Asking { redirect: &redirect, state: &state, nonce, verifier, again };
            oidc.entrance(asking, db.now()).await?
        }
        Protocol::Cas(cas) => cas.entrance(&service(&doors.site, provider, &state), again),
    };
    let text = serde_json::to_string(&kept).map_err(|error| DbError::Corrupt(error.to_string()))?;
    db.write(async |tx| {
        let new = NewCeremony {
            token_hash: &fingerprint(&state),
            purpose: PURPOSE,
            person: confirming.map(|one| one.person),
            session: confirming.map(|one| one.session),
            subject: confirming.map_or("", |one| one.subject),
            state: &text,
            expires_at: tx.now() + TRIP,
        };
        ceremonies::begin(tx.on(), &new, tx.now()).await
    })
    .await?;
    Ok(url)
}

/// What the browser brought back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Back<'a> {
    pub state: &'a str,
    /// The code or the ticket; none when the provider said no.
    pub answer: Option<&'a str>,
    /// Who the answer says it is from, when it does (RFC 9207).
    pub issuer: Option<&'a str>,
    pub browser: &'a str,
    pub user_agent: &'a str,
}

/// Ends a trip. Whatever the answer is worth, it serves no second time.
pub(crate) async fn finish(doors: &Doors, provider: &Provider, back: Back<'_>) -> Result<Ended, TripError> {
    let (db, hash) = (&doors.site.db, fingerprint(back.state));
    let taken = db.write(async |tx| ceremonies::take(tx.on(), &hash, PURPOSE, tx.now()).await).await?;
    let taken = taken.ok_or(TripError::Over)?;
    let kept: Kept = serde_json::from_str(&taken.state).map_err(|_| TripError::Over)?;
    if kept.provider != provider.settings.slug || kept.browser != fingerprint(back.browser) {
        return Err(TripError::Over);
    }
    if back.issuer.is_some_and(|issuer| issuer != provider.settings.url) {
        return Err(TripError::Worthless("« iss » ne convient pas".into()));
    }
    let answer = back.answer.filter(|answer| !answer.is_empty()).ok_or(TripError::Declined)?;
    let (method, said) = identity(doors, provider, &kept, (back.state, answer)).await?;
    let known = matching::known(&provider.settings, &said);
    if let (Some(person), Some(session), Some(mark)) = (taken.person_id, kept.session, &kept.mark) {
        confirm(doors, &known, (person, session), (mark, &taken.subject)).await?;
        return Ok(Ended::Confirmed);
    }
    let grants = matching::grants(db.read(), &provider.settings.roles, &said.claims).await?;
    let strong = matching::is_strong(&provider.settings.strong, &said.claims);
    let provider = provider.settings.slug.clone();
    let arrived = Arrived { provider, known, sid: said.sid, method, grants, strong };
    Ok(Ended::Entered(enter(doors, &arrived, back.user_agent).await?, kept.next))
}

/// Begins the session of whoever came back, if the directory knows them.
pub(super) async fn enter(doors: &Doors, arrived: &Arrived, user_agent: &str) -> Result<Opened, TripError> {
    let opened = doors.site.db.write(async |tx| match matching::person(tx, &arrived.known).await? {
        Ok(found) => Ok::<_, DbError>(Ok(open(tx, &found, arrived, user_agent).await?)),
        Err(stranger) => Ok(Err(stranger)),
    });
    opened.await?.map_err(TripError::Stranger)
}

async fn open(tx: &Tx, found: &Credential, arrived: &Arrived, user_agent: &str) -> Result<Opened, DbError> {
    let opened = sign_in::open(tx, found, user_agent, arrived.method).await?;
    if arrived.strong {
        sessions::prove(tx.on(), opened.session, tx.now()).await?;
    }
    let grants =
        serde_json::to_string(&arrived.grants).map_err(|error| DbError::Corrupt(error.to_string()))?;
    let door = store::NewDoor {
        session: opened.session,
        issuer: &arrived.known.issuer,
        provider: &arrived.provider,
        name: &arrived.known.name,
        subject: &arrived.known.subject,
        sid: arrived.sid.as_deref(),
        grants: &grants,
    };
    store::insert_door(tx.on(), &door).await?;
    if !arrived.grants.is_empty() {
        let data = serde_json::json!({ "session": opened.session, "grants": arrived.grants });
        tx.journal(Event::new("session.granted", format!("person:{}", found.id)).by(found.id).data(data));
    }
    // A password that somebody else chose opens nothing here: nothing forces to replace it.
    Ok(Opened { must_change_password: false, ..opened })
}

/// Keeps that a person showed again who they are, for the form that waits.
async fn confirm(
    doors: &Doors,
    known: &Known,
    (person, session): (PersonId, SessionId),
    (mark, subject): (&str, &str),
) -> Result<(), TripError> {
    let kept = doors.site.db.write(async |tx| {
        let linked = store::linked(tx.on(), (&known.issuer, &known.subject)).await?;
        if linked != Some(person) {
            return Ok::<_, DbError>(false);
        }
        let until = tx.now() + CONFIRMED;
        store::confirm(tx.on(), mark, (person, session), subject, until).await
    });
    if kept.await? { Ok(()) } else { Err(TripError::Another) }
}

/// Whether a provider confirmed this person for these texts, under the token of their form. It then serves
/// no second time.
pub(crate) async fn confirmed(
    site: &Site,
    person: PersonId,
    token: &str,
    subject: &str,
) -> Result<bool, DbError> {
    let hash = fingerprint(token);
    let take = async |tx: &Tx| ceremonies::take(tx.on(), &hash, "sso-confirmed", tx.now()).await;
    let taken = site.db.write(take).await?;
    Ok(taken.is_some_and(|one| one.person_id == Some(person) && one.subject == subject))
}

/// Where a person closes the session of their provider too.
pub(crate) async fn exit(doors: &Doors, provider: &Provider) -> Result<Option<Url>, TripError> {
    let back = format!("{}/connexion", doors.site.base_url);
    match provider.protocol.as_ref() {
        Protocol::Oidc(oidc) => Ok(oidc.exit(&back, doors.site.db.now()).await?),
        Protocol::Cas(cas) => Ok(Some(cas.exit(&back))),
    }
}

/// A provider says by itself that somebody left (OIDC back-channel logout): how many sessions ended here.
pub(crate) async fn back_channel(
    doors: &Doors,
    provider: &Provider,
    token: &str,
) -> Result<usize, TripError> {
    let Protocol::Oidc(oidc) = provider.protocol.as_ref() else { return Err(TripError::Over) };
    let left = oidc.logout(token, doors.site.db.now()).await?;
    let issuer = provider.settings.url.as_str();
    let closed = doors.site.db.write(async |tx| {
        if !store::serve_once(tx.on(), (issuer, &left.jti), left.until, tx.now()).await? {
            return Err(TripError::Over);
        }
        let (subject, sid) = (left.subject.as_deref(), left.sid.as_deref());
        Ok(close(tx, store::Closing { issuer, subject, sid }).await?)
    });
    closed.await
}

/// A CAS server says that the session of a ticket is over. Only that server and this site know the ticket.
pub(crate) async fn cas_logout(
    doors: &Doors,
    provider: &Provider,
    request: &str,
) -> Result<usize, TripError> {
    let Protocol::Cas(_) = provider.protocol.as_ref() else { return Err(TripError::Over) };
    let sid = cas::closed(request).ok_or(TripError::Over)?;
    let issuer = provider.settings.url.as_str();
    let closing = store::Closing { issuer, subject: None, sid: Some(&sid) };
    Ok(doors.site.db.write(async |tx| close(tx, closing).await).await?)
}

async fn close(tx: &Tx, closing: store::Closing<'_>) -> Result<usize, DbError> {
    let closed = store::close(tx.on(), closing, tx.now()).await?;
    for one in &closed {
        let data = serde_json::json!({ "session": one.id, "by": "provider" });
        tx.journal(Event::new("session.revoked", format!("person:{}", one.person_id)).data(data));
    }
    Ok(closed.len())
}

async fn identity(
    doors: &Doors,
    provider: &Provider,
    kept: &Kept,
    (state, answer): (&str, &str),
) -> Result<(Method, Said), TripError> {
    let again = kept.mark.is_some();
    match provider.protocol.as_ref() {
        Protocol::Oidc(oidc) => {
            let redirect = redirect(&doors.site, provider);
            let answered = Answered {
                code: answer,
                redirect: &redirect,
                nonce: &kept.nonce,
                verifier: &kept.verifier,
                since: again.then_some(kept.began),
            };
            Ok((Method::Oidc, oidc.identity(answered, doors.site.db.now()).await?))
        }
        Protocol::Cas(cas) => {
            let service = service(&doors.site, provider, state);
            Ok((Method::Cas, cas.identity(answer, &service, again).await?))
        }
    }
}
