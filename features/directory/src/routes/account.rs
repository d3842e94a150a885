//! One's own account: functions, notifications, sessions, password.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};

use super::{Asked, faults_of_people, faulty};
use crate::extract::{Current, SignedIn};
use crate::model::{Fault, home_path};
use crate::views::account as views;
use crate::{Site, Topic, people, preference, set_preference, sign_in};

pub(super) fn routes() -> Routes<Site> {
    Routes::new()
        .get("/compte", account)
        .post("/compte/preferences", choose_mails)
        .get("/compte/mot-de-passe", password_form)
        .post("/compte/mot-de-passe", change_password)
}

async fn account(
    State(site): State<Site>,
    SignedIn(access): SignedIn,
    current: Current,
    Query(asked): Query<Asked>,
) -> Page {
    let person = people::person(&site.db, access.person).await?.ok_or(WebError::NotFound)?;
    let mut mails = Vec::new();
    for topic in [Topic::Message, Topic::State] {
        let name = topic.preference().unwrap_or_default();
        mails.push((topic, preference(&site.db, access.person, name).await?.as_deref() != Some("off")));
    }
    Ok(views::account(&views::Account {
        access: &access,
        person: &person,
        functions: &people::functions_of(&site.db, access.person).await?,
        mails: &mails,
        sessions: &sign_in::sessions_of(&site.db, access.person).await?,
        here: current.session,
        done: asked.fait.as_deref(),
    }))
}

async fn choose_mails(
    State(site): State<Site>,
    SignedIn(access): SignedIn,
    form: Submitted,
) -> Result<Response, WebError> {
    for name in [Topic::Message, Topic::State].iter().filter_map(|topic| topic.preference()) {
        let wanted = form.all("mails").any(|value| value == name);
        set_preference(&site.db, access.person, name, if wanted { "on" } else { "off" }).await?;
    }
    Ok(see_other("/compte?fait=courriels"))
}

async fn password_form(current: Current) -> Page {
    Ok(views::password(&current, &[]))
}

async fn change_password(
    State(site): State<Site>,
    current: Current,
    form: Submitted,
) -> Result<Response, WebError> {
    let raw = |name: &str| {
        form.fields().iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    if raw("password") != raw("again") {
        let fault = Fault::new("again", "Les deux saisies diffèrent : retapez le même mot de passe.");
        return Ok(faulty(views::password(&current, &[fault])));
    }
    match people::change_own_password(&site.db, &current, raw("present"), raw("password")).await {
        Ok(()) if current.must_change_password => Ok(see_other(home_path(&current.access))),
        Ok(()) => Ok(see_other("/compte?fait=mot-de-passe")),
        Err(error) => Ok(faulty(views::password(&current, &faults_of_people(error)?)).into_response()),
    }
}
