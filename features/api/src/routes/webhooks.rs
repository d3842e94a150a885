//! `/region/webhooks`: who is told what happens to requests, and what they were told.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::{Access, Permit};
use beffroi_ui::{Flash, Page as Shown};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::model::{DeliveryId, Happening, ManageWebhooks, WebhookId};
use crate::webhooks::{self, NewWebhook, Webhook, WebhookError};
use crate::{Api, views};

pub(super) fn routes() -> Routes<Api> {
    Routes::new()
        .get("/region/webhooks", list)
        .post("/region/webhooks", subscribe)
        .get("/region/webhooks/{id}", one)
        .post("/region/webhooks/{id}/arreter", stop)
        .post("/region/webhooks/{id}/essayer", try_out)
        .post("/region/webhooks/{id}/renvoyer", again)
}

type Steering = Allowed<ManageWebhooks>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    fait: String,
    /// The last of the page before: microseconds and identifier.
    apres: String,
}

impl Asked {
    fn flash(&self) -> Option<Flash> {
        let text = match self.fait.as_str() {
            "arrete" => "L’abonnement est arrêté\u{a0}: plus rien n’est envoyé.",
            "essai" => {
                "Un message d’essai part dans quelques secondes\u{a0}: rechargez la page pour voir sa réponse."
            }
            "renvoye" => "Le message repart dans quelques secondes.",
            _ => return None,
        };
        Some(Flash { text: text.into(), good: true })
    }

    fn after(&self) -> Option<(DateTime<Utc>, DeliveryId)> {
        let (at, id) = self.apres.split_once('.')?;
        Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, id.parse().ok()?))
    }
}

async fn shown(
    api: &Api,
    (permit, access): (&Permit<ManageWebhooks>, &Access),
    typed: &NewWebhook,
    (fault, flash): (Option<(&str, &str)>, Option<Flash>),
) -> Page {
    let webhooks = webhooks::list(api, permit).await?;
    let body = views::webhooks::list(&webhooks, typed, fault, api.desk.site.db.now());
    let page = Shown::wide("Webhooks", body).with_errors(fault.is_some()).with_flash(flash);
    Ok(shell(Some(access), "/region", page))
}

async fn list(State(api): State<Api>, Allowed(permit, access): Steering, Query(asked): Query<Asked>) -> Page {
    shown(&api, (&permit, &access), &NewWebhook::default(), (None, asked.flash())).await
}

async fn subscribe(
    State(api): State<Api>,
    Allowed(permit, access): Steering,
    form: Submitted,
) -> Result<Response, WebError> {
    let typed = NewWebhook {
        name: form.get("nom").unwrap_or_default().to_owned(),
        url: form.get("adresse").unwrap_or_default().to_owned(),
        events: Happening::ALL
            .iter()
            .copied()
            .filter(|one| form.all("evenements").any(|slug| slug == one.slug()))
            .collect(),
    };
    match webhooks::subscribe(&api, &permit, typed.clone()).await {
        Ok((webhook, secret)) => {
            let body = views::webhooks::made(&webhook, &secret);
            Ok(shell(Some(&access), "/region", Shown::new("Abonnement créé", body)).into_response())
        }
        Err(WebhookError::Field(field, why)) => {
            let page = shown(&api, (&permit, &access), &typed, (Some((field, &why)), None)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(WebhookError::Db(error)) => Err(error.into()),
    }
}

fn id(text: &str) -> Result<WebhookId, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

async fn found(api: &Api, permit: &Permit<ManageWebhooks>, text: &str) -> Result<Webhook, WebError> {
    webhooks::find(api, permit, id(text)?).await?.ok_or(WebError::NotFound)
}

async fn one(
    State(api): State<Api>,
    Allowed(permit, access): Steering,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let webhook = found(&api, &permit, &text).await?;
    let (deliveries, more) = webhooks::deliveries(&api, &permit, webhook.id, asked.after()).await?;
    let path = format!("/region/webhooks/{}", webhook.id);
    let next = deliveries
        .last()
        .filter(|_| more)
        .map(|last| format!("{path}?apres={}.{}", last.created_at.timestamp_micros(), last.id));
    let first = asked.after().map(|_| path.as_str());
    let page = views::webhooks::One {
        webhook: &webhook,
        deliveries: &deliveries,
        first,
        next: next.as_deref(),
        now: api.desk.site.db.now(),
    };
    let page = Shown::wide(webhook.name.clone(), views::webhooks::one(&page)).with_flash(asked.flash());
    Ok(shell(Some(&access), "/region", page))
}

async fn stop(
    State(api): State<Api>,
    Allowed(permit, _): Steering,
    Path(text): Path<String>,
) -> Result<Response, WebError> {
    match webhooks::stop(&api, &permit, id(&text)?).await? {
        true => Ok(see_other("/region/webhooks?fait=arrete")),
        false => Err(WebError::NotFound),
    }
}

async fn try_out(
    State(api): State<Api>,
    Allowed(permit, _): Steering,
    Path(text): Path<String>,
) -> Result<Response, WebError> {
    let webhook = found(&api, &permit, &text).await?;
    if webhook.stopped_at.is_some() {
        return Err(WebError::Conflict("Cet abonnement est arrêté\u{a0}: créez-en un autre.".into()));
    }
    webhooks::try_out(&api, &permit, webhook.id).await?;
    Ok(see_other(&format!("/region/webhooks/{}?fait=essai", webhook.id)))
}

async fn again(
    State(api): State<Api>,
    Allowed(permit, _): Steering,
    Path(text): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let webhook = found(&api, &permit, &text).await?;
    let delivery = form.get("envoi").unwrap_or_default().parse().map_err(|_| WebError::NotFound)?;
    match webhooks::again(&api, &permit, (webhook.id, delivery)).await? {
        true => Ok(see_other(&format!("/region/webhooks/{}?fait=renvoye", webhook.id))),
        false => Err(WebError::Conflict(
            "Ce message est déjà en route\u{a0}: revenez à l’abonnement pour voir où il en est.".into(),
        )),
    }
}
