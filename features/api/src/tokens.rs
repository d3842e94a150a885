//! Tokens: made by a person for some of their functions, shown once, kept as a hash, refused from a day
//! on. What one may do is computed at each call from the functions its owner holds then.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use beffroi_db::{Db, DbError, Event};
use beffroi_kernel::{Access, Function, Permit};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::model::{HoldTokens, ManageTokens, Token, TokenId};
use crate::store::tokens as store;

/// What every token begins with, so that a secret left in a text is found.
pub const PREFIX: &str = "beffroi_";
/// Days after which a token may expire: never more than a year.
pub const LIVES: &[u16] = &[30, 90, 180, 365];
/// Tokens that one person may have at once.
pub const MOST: i64 = 20;
/// Most characters of a name.
const LONGEST_NAME: usize = 80;
/// The last use is written again only after so long: most calls then write nothing.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Why a token is not made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// A field to mend: its name, and how.
    #[error("{1}")]
    Field(&'static str, String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A token to make.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: String,
    /// The keys of the functions it acts under.
    pub functions: Vec<String>,
    /// Whether it may change anything.
    pub writes: bool,
    /// Days during which it serves: one of [`LIVES`].
    pub days: u16,
}

/// What names a function in a token: the role and its place, so that a function given again serves again.
#[must_use]
pub fn function_key(function: &Function) -> String {
    let school = function.school.map(|id| id.to_string()).unwrap_or_default();
    let team = function.team.map(|id| id.to_string()).unwrap_or_default();
    // The territory of a team is the team's: it may change without the function changing.
    let territory = function.territory.filter(|_| function.team.is_none()).map(|id| id.to_string());
    format!("{}:{school}:{team}:{}", function.role, territory.unwrap_or_default())
}

/// What the owner may do now, narrowed to the functions of the token.
#[must_use]
pub fn narrowed(mut access: Access, token: &Token) -> Access {
    access.functions.retain(|function| token.functions.contains(&function_key(function)));
    access
}

fn fingerprint(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Makes a token; its secret is given now and never again.
///
/// # Errors
/// [`TokenError::Field`] says what to mend.
pub async fn make(
    db: &Db,
    permit: &Permit<HoldTokens>,
    access: &Access,
    new: NewToken,
) -> Result<(Token, String), TokenError> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let why = format!("Nommez le logiciel qui s’en servira, en {LONGEST_NAME}\u{a0}caractères au plus.");
        return Err(TokenError::Field("nom", why));
    }
    let held: Vec<String> = access.functions.iter().map(function_key).collect();
    let mut functions: Vec<String> = new.functions.into_iter().filter(|key| held.contains(key)).collect();
    functions.dedup();
    if functions.is_empty() {
        return Err(TokenError::Field("fonctions", "Choisissez au moins une de vos fonctions.".into()));
    }
    if !LIVES.contains(&new.days) {
        return Err(TokenError::Field("duree", "Choisissez une durée dans la liste.".into()));
    }
    let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
    let hash = fingerprint(&secret);
    db.write(async |tx| {
        let now = tx.now();
        if store::living(tx.on(), permit.person(), now).await? >= MOST {
            let why = format!("Vous avez déjà {MOST}\u{a0}jetons\u{a0}: révoquez ceux qui ne servent plus.");
            return Err(TokenError::Field("nom", why));
        }
        let token = Token {
            id: TokenId::new(),
            person: permit.person(),
            owner: access.name.clone(),
            name: name.to_owned(),
            functions,
            writes: new.writes,
            created_at: now,
            expires_at: now + TimeDelta::days(i64::from(new.days)),
            last_used_at: None,
            revoked_at: None,
        };
        store::insert(tx.on(), &token, &hash).await?;
        let data = serde_json::json!({
            "name": token.name, "functions": token.functions, "writes": token.writes, "expires_at": token.expires_at,
        });
        tx.journal(Event::new("token.made", format!("token:{}", token.id)).by(permit.person()).data(data));
        Ok((token, secret))
    })
    .await
}

/// The tokens of a person, the latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn own(db: &Db, permit: &Permit<HoldTokens>) -> Result<Vec<Token>, DbError> {
    store::of_person(db.read(), permit.person()).await
}

/// Revokes a token of one's own; false when it is over or another's.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_own(db: &Db, permit: &Permit<HoldTokens>, id: TokenId) -> Result<bool, DbError> {
    revoke_as(db, id, Some(permit.person()), permit.person()).await
}

/// Revokes anybody's token; false when it is over.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke(db: &Db, permit: &Permit<ManageTokens>, id: TokenId) -> Result<bool, DbError> {
    revoke_as(db, id, None, permit.person()).await
}

async fn revoke_as(
    db: &Db,
    id: TokenId,
    owner: Option<beffroi_kernel::PersonId>,
    by: beffroi_kernel::PersonId,
) -> Result<bool, DbError> {
    db.write(async |tx| {
        let revoked = store::revoke(tx.on(), id, owner, (by, tx.now())).await?;
        if let Some(owner) = revoked {
            let data = serde_json::json!({ "owner": owner });
            tx.journal(Event::new("token.revoked", format!("token:{id}")).by(by).data(data));
        }
        Ok(revoked.is_some())
    })
    .await
}

/// Whose call this is, narrowed to what the token gives: two statements, and now and then a third to
/// note the use.
pub(crate) async fn recognise(db: &Db, headers: &HeaderMap) -> Result<Option<(Access, Token)>, DbError> {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(secret) = given.and_then(bearer).filter(|secret| secret.starts_with(PREFIX)) else {
        return Ok(None);
    };
    let now = db.now();
    let found = store::by_hash(db.read(), &fingerprint(secret)).await?.filter(|token| token.lives(now));
    let Some(token) = found else { return Ok(None) };
    let Some(access) = beffroi_directory::access_of(db, token.person).await? else { return Ok(None) };
    if token.last_used_at.is_none_or(|last| now - last >= TOUCH_EVERY) {
        store::touch(db.read(), token.id, now).await?;
    }
    // Whoever may no longer hold tokens loses those they made.
    let still = access.permit::<HoldTokens>().is_some();
    Ok(still.then(|| (narrowed(access, &token), token)))
}

/// The token of an `Authorization` header; the scheme's case does not matter.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, secret) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}
