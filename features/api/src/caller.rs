//! Who calls: every address of the API passes this door, which knows the token, counts the call and
//! refuses a change to a token that only reads. Sessions of browsers open nothing here.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use beffroi_db::reach::{self, Why};
use beffroi_kernel::{Access, Action, Permit};
use beffroi_web::ActingFor;

use crate::model::Token;
use crate::problem::Problem;
use crate::{Api, tokens};

/// The caller: what its token gives now.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) access: Access,
    pub(crate) token: Token,
}

/// A caller that may do `A`.
pub(crate) struct May<A: Action>(pub(crate) Permit<A>, pub(crate) Caller);

/// The door of every address of the API.
pub(crate) async fn door(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let db = &api.desk.site.db;
    let known = reach::everything(Why::SignIn, tokens::recognise(db, request.headers())).await;
    let (access, token) = match known {
        Ok(Some(found)) => found,
        Ok(None) => return Problem::token().into_response(),
        Err(error) => return Problem::from(error).into_response(),
    };
    let standing = api.limits.take(token.id, db.now());
    let who = ActingFor(format!("personne:{}", access.person));
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if standing.is_over() {
        Problem::too_many(standing.wait).into_response()
    } else if !reads && !token.writes {
        let why = "Ce jeton ne fait que lire\u{a0}: créez-en un qui peut aussi écrire.";
        Problem::forbidden(why).into_response()
    } else {
        reach::known(&access.wall());
        request.extensions_mut().insert(Caller { access, token });
        next.run(request).await
    };
    standing.tell(response.headers_mut());
    response.extensions_mut().insert(who);
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::token)
    }
}

impl<A: Action, S: Send + Sync> FromRequestParts<S> for May<A> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let permit = caller.access.permit::<A>().ok_or_else(|| {
            Problem::forbidden("Les fonctions de ce jeton, en cours à cet instant, n’y donnent pas accès.")
        })?;
        Ok(Self(permit, caller))
    }
}
