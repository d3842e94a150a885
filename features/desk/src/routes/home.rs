//! `/accueil`, `/demander`, `/region`.

use axum::extract::{Query, State};
use beffroi_directory::{Allowed, SignedIn, shell};
use beffroi_kernel::{Role, SchoolId};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, WebError};
use serde::Deserialize;

use crate::drafts::DraftError;
use crate::views;
use crate::{
    DecideApprovals, Desk, ReadRequests, SubmitRequest, SuperviseRequests, approvals, drafts, lists,
};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new().get("/accueil", home).get("/demander", ask).get("/region", region)
}

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

async fn home(State(desk): State<Desk>, Allowed(permit, access): Allowed<SubmitRequest>) -> Page {
    let waiting = match access.permit::<DecideApprovals>() {
        Some(permit) => approvals::waiting_for(&desk, &permit, &access).await?,
        None => Vec::new(),
    };
    let to_sign = crate::acts::beside(&desk, &access, &waiting).await?;
    let drafts = drafts::unsent(&desk, &permit, &access).await.map_err(draft_error)?;
    let (closed, drafts): (Vec<_>, Vec<_>) = drafts.into_iter().partition(|draft| draft.answered.is_some());
    let requests = match access.permit::<ReadRequests>() {
        Some(permit) => lists::requests(&desk, &permit, false, None, "", None).await?.lines,
        None => Vec::new(),
    };
    let page = views::home::Home {
        name: &access.name,
        waiting: &waiting,
        to_sign: &to_sign,
        drafts: &drafts,
        requests: requests.get(..5).unwrap_or(&requests),
        now: desk.site.db.now(),
    };
    let body = maud::html! { (views::home::home(&page)) (views::offers::closed(&closed)) };
    Ok(shell(Some(&access), "/accueil", ui::Page::new("Accueil", body)))
}

async fn ask(State(desk): State<Desk>, SignedIn(access): SignedIn, Query(search): Query<Search>) -> Page {
    let sheets = desk.catalogue.current().await?;
    let roles: Vec<Role> = access.functions.iter().map(|function| function.role).collect();
    let body = views::home::ask(&sheets, &roles, search.q.trim());
    Ok(shell(Some(&access), "/demander", ui::Page::new("Faire une demande", body)))
}

async fn region(State(desk): State<Desk>, Allowed(permit, access): Allowed<SuperviseRequests>) -> Page {
    let overview = lists::overview(&desk, &permit).await?;
    let body = views::home::region(&access, &overview.by_team, overview.late, overview.unassigned);
    Ok(shell(Some(&access), "/region", ui::Page::wide("Région", body)))
}

/// The schools for which a person may ask.
pub(crate) async fn schools_of(
    desk: &Desk,
    access: &beffroi_kernel::Access,
) -> Result<Vec<(SchoolId, String)>, WebError> {
    let mut schools: Vec<SchoolId> = access.functions.iter().filter_map(|function| function.school).collect();
    schools.sort_unstable();
    schools.dedup();
    let mut named = Vec::new();
    let scope = beffroi_kernel::Scope::system("the schools of the person's own functions");
    for id in schools {
        if let Some(school) = beffroi_directory::school(&desk.site.db, &scope, id).await? {
            named.push((id, format!("{}, {}", school.name, school.city)));
        }
    }
    Ok(named)
}

/// A draft's failure as a page.
pub(crate) fn draft_error(error: DraftError) -> WebError {
    match error {
        DraftError::NotFound => WebError::NotFound,
        DraftError::Changed => WebError::Conflict(format!("{error}.")),
        DraftError::NotForYou(who) => WebError::Forbidden(format!("Cette demande se fait par : {who}.")),
        DraftError::Db(error) => WebError::Unavailable(error),
        DraftError::Answer(_) | DraftError::File(_) => WebError::Invalid(error.to_string()),
    }
}
