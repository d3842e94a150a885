//! `/region/protection`: of whom a second factor is asked, and how many requests a day one person may send.
//! (ASVS 2.1.3, 6.3.3; decision 0030)

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};

use super::{Asked, faulty};
use crate::Site;
use crate::extract::Allowed;
use crate::model::Fault;
use crate::protection::{self, Covered, LONGEST_GRACE, MOST_REQUESTS, ProtectAccounts, SecondFactor};
use crate::views::protection as views;

type Protecting = Allowed<ProtectAccounts>;

pub(super) fn routes() -> Routes<Site> {
    Routes::new()
        .get("/region/protection", show)
        .post("/region/protection/second-facteur", ask_second_factor)
        .post("/region/protection/demandes", limit_requests)
}

async fn known(site: &Site) -> Result<(SecondFactor, String), WebError> {
    let rule = protection::second_factor(&site.db).await?;
    let rule = rule.as_ref().clone().unwrap_or_else(|| SecondFactor::of_nobody(site.db.now()));
    let most = protection::requests_a_day(&site.db).await?;
    Ok((rule, most.map(|most| most.to_string()).unwrap_or_default()))
}

async fn show(State(site): State<Site>, Allowed(_, access): Protecting, Query(asked): Query<Asked>) -> Page {
    let (rule, most) = known(&site).await?;
    let grace = rule.grace_days.to_string();
    let shown = views::Protection {
        access: &access,
        who: &rule.who,
        grace: &grace,
        most: &most,
        faults: &[],
        done: asked.fait.as_deref(),
    };
    Ok(views::protection(&shown))
}

/// A whole number that somebody typed, within bounds.
fn number(text: &str, most: u32) -> Option<u32> {
    text.parse().ok().filter(|number| *number <= most)
}

async fn ask_second_factor(
    State(site): State<Site>,
    Allowed(permit, access): Protecting,
    form: Submitted,
) -> Result<Response, WebError> {
    let who: Vec<Covered> =
        form.all("fonctions").filter_map(|text| Covered::try_from(text.to_owned()).ok()).collect();
    let typed = form.get("delai").unwrap_or_default();
    let Some(grace) = number(typed, LONGEST_GRACE) else {
        let fault = Fault::new("delai", format!("Écrivez un nombre de jours, de 0 à {LONGEST_GRACE}."));
        let (_, most) = known(&site).await?;
        let shown = views::Protection {
            access: &access,
            who: &who,
            grace: typed,
            most: &most,
            faults: &[fault],
            done: None,
        };
        return Ok(faulty(views::protection(&shown)));
    };
    protection::ask_second_factor(&site.db, &permit, (&who, grace)).await?;
    Ok(see_other("/region/protection?fait=facteur"))
}

async fn limit_requests(
    State(site): State<Site>,
    Allowed(permit, access): Protecting,
    form: Submitted,
) -> Result<Response, WebError> {
    let typed = form.get("nombre").unwrap_or_default();
    let most = if typed.is_empty() {
        Some(None)
    } else {
        number(typed, MOST_REQUESTS).filter(|most| *most > 0).map(Some)
    };
    let Some(most) = most else {
        let why =
            format!("Écrivez un nombre de demandes, de 1 à {MOST_REQUESTS}, ou rien pour ne pas limiter.");
        let (rule, grace) = known(&site).await.map(|(rule, _)| (rule.who, rule.grace_days.to_string()))?;
        let faults = [Fault::new("nombre", why)];
        let shown = views::Protection {
            access: &access,
            who: &rule,
            grace: &grace,
            most: typed,
            faults: &faults,
            done: None,
        };
        return Ok(faulty(views::protection(&shown)).into_response());
    };
    protection::limit_requests(&site.db, &permit, most).await?;
    Ok(see_other("/region/protection?fait=demandes"))
}
