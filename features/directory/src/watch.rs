//! Someone who goes on looking after the page was given, as a stream does: whether they still are
//! signed in, and what they may do by then, can be asked again.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use beffroi_db::reach::{self, Why};
use beffroi_db::{Db, DbError};
use beffroi_kernel::{Access, SessionId};
use beffroi_web::WebError;

use crate::extract::{self, SignedIn};
use crate::store::sessions;
use crate::{Site, sign_in};

/// A person signed in, and the key to ask again later.
#[derive(Clone)]
pub struct Watching {
    /// Who, and their functions at the beginning.
    pub access: Access,
    /// Their session.
    pub session: SessionId,
    /// What is kept of their token.
    key: String,
}

impl Watching {
    /// Who they are by now: nobody once the session is revoked, over or idle. Watching alone does
    /// not keep a session alive.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn again(&self, db: &Db) -> Result<Option<Access>, DbError> {
        let at = db.now();
        let Some(seen) = reach::everything(Why::SignIn, sessions::seen(db.read(), &self.key, at)).await?
        else {
            return Ok(None);
        };
        let current = sign_in::looking(db, seen, at).await?;
        let open = !current.must_change_password && !current.need.blocks();
        Ok(open.then_some(current.access))
    }
}

impl<S> FromRequestParts<S> for Watching
where
    S: Send + Sync,
    Site: FromRef<S>,
{
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        let SignedIn(access) = SignedIn::from_request_parts(parts, state).await?;
        let current = extract::current(parts, state).await?;
        let token = extract::token(&Site::from_ref(state), &parts.headers);
        let (Some(current), Some(token)) = (current, token) else {
            return Err(WebError::SignIn { next: "/".into() });
        };
        Ok(Self { access, session: current.session, key: sign_in::fingerprint(&token) })
    }
}
