//! HTTP in and out.

mod decide;
mod liability;
pub(crate) mod proofs;
mod reasoned;
mod rights;
mod settings;
mod sign;

use beffroi_db::DbError;
use beffroi_kernel::{Access, ActId};
use beffroi_web::{Routed, Routes, WebError};

use crate::ending::EndError;
use crate::model::Act;
use crate::views::Means;
use crate::{Acts, passkeys, reading};

/// Every route of acts.
#[must_use]
pub fn routes(acts: Acts) -> Routed {
    Routes::new()
        .merge(rights::routes())
        .merge(sign::routes())
        .merge(decide::routes())
        .merge(liability::routes())
        .merge(settings::routes())
        .with_state(acts)
}

/// The act that a path names, when this person may read it.
async fn act(acts: &Acts, access: &Access, id: &str) -> Result<Act, WebError> {
    let id: ActId = id.parse().map_err(|_| WebError::NotFound)?;
    reading::visible(acts, access, id).await?.ok_or(WebError::NotFound)
}

/// What this person can prove who they are with, to decide of this act.
async fn means(acts: &Acts, access: &Access, act: &Act) -> Result<Means, WebError> {
    Ok(Means {
        keys: beffroi_directory::keys_of(&acts.site, access.person).await?,
        key_only: passkeys::wanted(acts.site.db.read(), act).await?,
    })
}

/// The field to mend in the form of a decision, with what to do; or the page that says why not.
fn mend(error: EndError) -> Result<(&'static str, String), WebError> {
    match error.field() {
        Some(field) => Ok((field, sentence(&error.to_string()))),
        None => Err(refusal(error)),
    }
}

/// What is said of a decision that is not taken, when its form cannot say it.
fn refusal(error: EndError) -> WebError {
    match error {
        EndError::NotFound => WebError::NotFound,
        EndError::NoAuthority => WebError::Forbidden(sentence(&error.to_string())),
        EndError::Db(error) => unavailable(error),
        other => WebError::Conflict(sentence(&other.to_string())),
    }
}

fn unavailable(error: DbError) -> WebError {
    WebError::Unavailable(error)
}

/// A sentence for a page: a capital first, a full stop last.
fn sentence(text: &str) -> String {
    format!("{}.", crate::views::capital(text))
}
