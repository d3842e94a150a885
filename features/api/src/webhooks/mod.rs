//! Webhooks: the Region tells other programs what happens to requests. Messages carry references and
//! states, never what people wrote: whoever wants more reads it through the API, with a token.

mod client;
mod deliver;
mod follow;
mod look;

pub use client::{judged_agent, unreached};
pub use deliver::{DELIVER_JOB, Due, deliver};
pub use follow::{follow, watch};
pub use look::{Looked, look};

pub use crate::store::webhooks::{Delivery, Webhook};

use beffroi_db::sealing::Sealed;
use beffroi_db::{DbError, Event, NewJob};
use beffroi_kernel::Permit;
use chrono::{DateTime, Utc};
use url::{Host, Url};

use crate::model::{DeliveryId, DeliveryState, Happening, ManageWebhooks, WebhookId};
use crate::rules::signature;
use crate::store::webhooks::{self as store, NewDelivery};
use crate::{Api, Networks};

/// Where their secrets are kept, and for what the keys of the installation serve there.
pub const SEALED: Sealed = Sealed {
    label: "webhooks",
    table: "webhook",
    whose: "id",
    column: "secret",
    usage: b"beffroi webhooks\0",
};

/// Most webhooks at once: each event is written once for each.
pub const MOST: usize = 20;
/// Deliveries on one page.
pub const PAGE: usize = 50;
/// Most characters of a name.
const LONGEST_NAME: usize = 80;

/// Why a webhook is not kept.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// A field to mend: its name, and how.
    #[error("{1}")]
    Field(&'static str, String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A webhook to keep.
#[derive(Clone, Debug, Default)]
pub struct NewWebhook {
    /// What the Region calls it.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// What it is told.
    pub events: Vec<Happening>,
}

impl Webhook {
    /// What it is told.
    #[must_use]
    pub fn happenings(&self) -> Vec<Happening> {
        self.events.split(',').filter_map(Happening::of).collect()
    }
}

/// Keeps a webhook; its secret is given now and never again.
///
/// # Errors
/// [`WebhookError::Field`] says what to mend.
pub async fn subscribe(
    api: &Api,
    permit: &Permit<ManageWebhooks>,
    new: NewWebhook,
) -> Result<(Webhook, String), WebhookError> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let why = format!("Nommez le logiciel prévenu, en {LONGEST_NAME}\u{a0}caractères au plus.");
        return Err(WebhookError::Field("nom", why));
    }
    let url = address(new.url.trim(), &api.networks).map_err(|why| WebhookError::Field("adresse", why))?;
    if new.events.is_empty() {
        return Err(WebhookError::Field("evenements", "Choisissez au moins un événement.".into()));
    }
    let db = &api.desk.site.db;
    let secret: [u8; 32] = rand::random();
    let id = WebhookId::new();
    let sealed = api.sealing.seal(db.now(), &id.to_string(), &secret)?;
    let slugs: Vec<&str> = new.events.iter().map(|event| event.slug()).collect();
    db.write(async |tx| {
        if store::living(tx.on()).await?.len() >= MOST {
            let why = format!("Il y a déjà {MOST}\u{a0}abonnements\u{a0}: arrêtez ceux qui ne servent plus.");
            return Err(WebhookError::Field("nom", why));
        }
        let webhook = Webhook {
            id,
            name: name.to_owned(),
            url: url.to_string(),
            secret: sealed,
            events: slugs.join(","),
            created_by: permit.person(),
            created_at: tx.now(),
            stopped_at: None,
            failures: 0,
            rests_until: None,
        };
        store::insert(tx.on(), &webhook).await?;
        let data = serde_json::json!({ "name": webhook.name, "url": webhook.url, "events": webhook.events });
        tx.journal(Event::new("webhook.subscribed", format!("webhook:{id}")).by(permit.person()).data(data));
        Ok((webhook, signature::shown(&secret)))
    })
    .await
}

/// An address that other programs may have. What its name leads to is checked at each call.
///
/// # Errors
/// Says how to mend it, in French.
pub fn address(text: &str, networks: &Networks) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| {
        "Écrivez l’adresse complète, par exemple https://tickets.exemple.fr/beffroi.".to_owned()
    })?;
    let plain = url.scheme() == "http" && !networks.is_empty();
    if url.scheme() != "https" && !plain {
        return Err("L’adresse doit commencer par https://\u{a0}: les messages passent par Internet.".into());
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() || text.len() > 500
    {
        return Err(
            "Donnez une adresse sans identifiant ni «\u{a0}#\u{a0}», de 500 caractères au plus.".into()
        );
    }
    let literal = match url.host() {
        Some(Host::Ipv4(four)) => Some(four.into()),
        Some(Host::Ipv6(six)) => Some(six.into()),
        Some(Host::Domain(_)) => None,
        None => return Err("Donnez le nom de la machine dans l’adresse.".into()),
    };
    if literal.is_some_and(|address| !networks.allow(address)) {
        return Err("Cette adresse est interne\u{a0}: demandez à l’exploitant d’ouvrir son réseau (clé «\u{a0}webhook_networks\u{a0}»).".into());
    }
    Ok(url)
}

/// Those that are told, with how many deliveries of each are set aside.
///
/// # Errors
/// When the database does not answer.
pub async fn list(api: &Api, _: &Permit<ManageWebhooks>) -> Result<Vec<(Webhook, i64)>, DbError> {
    let read = api.desk.site.db.read();
    let aside = store::aside(read).await?;
    let count =
        |webhook: &Webhook| aside.iter().find(|one| one.webhook_id == webhook.id).map_or(0, |one| one.n);
    Ok(store::living(read).await?.into_iter().map(|webhook| (webhook.clone(), count(&webhook))).collect())
}

/// One of them.
///
/// # Errors
/// When the database does not answer.
pub async fn find(api: &Api, _: &Permit<ManageWebhooks>, id: WebhookId) -> Result<Option<Webhook>, DbError> {
    store::find(api.desk.site.db.read(), id).await
}

/// A page of what it was told, the latest first, and whether there is more.
///
/// # Errors
/// When the database does not answer.
pub async fn deliveries(
    api: &Api,
    _: &Permit<ManageWebhooks>,
    id: WebhookId,
    after: Option<(DateTime<Utc>, DeliveryId)>,
) -> Result<(Vec<Delivery>, bool), DbError> {
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut found = store::deliveries(api.desk.site.db.read(), id, after, limit).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    Ok((found, more))
}

/// Tells it nothing more; false when it was stopped.
///
/// # Errors
/// When the database does not answer.
pub async fn stop(api: &Api, permit: &Permit<ManageWebhooks>, id: WebhookId) -> Result<bool, DbError> {
    api.desk
        .site
        .db
        .write(async |tx| {
            let stopped = store::stop(tx.on(), id, tx.now()).await?;
            if stopped {
                tx.journal(Event::new("webhook.stopped", format!("webhook:{id}")).by(permit.person()));
            }
            Ok(stopped)
        })
        .await
}

/// Tells it a trial event.
///
/// # Errors
/// When the database does not answer.
pub async fn try_out(api: &Api, permit: &Permit<ManageWebhooks>, id: WebhookId) -> Result<(), DbError> {
    api.desk
        .site
        .db
        .write(async |tx| {
            let happening = format!("essai:{}", tx.now().timestamp_micros());
            let body = follow::body("ping", tx.now(), &serde_json::json!({}));
            let new =
                NewDelivery { webhook: id, happening: &happening, event: "ping", reference: "", body: &body };
            if let Some(delivery) = store::insert_delivery(tx, &new).await? {
                tx.enqueue(NewJob::new(DELIVER_JOB, &Due::first(delivery))).await?;
                tx.journal(Event::new("webhook.tried", format!("webhook:{id}")).by(permit.person()));
            }
            Ok(())
        })
        .await
}

/// Sends again a delivery that was set aside, or taken; false when it is on its way.
///
/// # Errors
/// When the database does not answer.
pub async fn again(
    api: &Api,
    permit: &Permit<ManageWebhooks>,
    (webhook, id): (WebhookId, DeliveryId),
) -> Result<bool, DbError> {
    api.desk
        .site
        .db
        .write(async |tx| {
            let found = store::delivery(tx.on(), id).await?;
            let waits = DeliveryState::Waiting.slug();
            let Some(before) = found.filter(|one| one.webhook_id == webhook && one.state != waits) else {
                return Ok(false);
            };
            let now = Delivery {
                state: waits.into(),
                round: before.round + 1,
                attempts: 0,
                next_at: Some(tx.now()),
                settled_at: None,
                ..before.clone()
            };
            if !store::settle(tx.on(), &now, &before).await? {
                return Ok(false);
            }
            // Somebody says that the other program is back: it is tried at once.
            store::rest(tx.on(), webhook, 0, None).await?;
            tx.enqueue(NewJob::new(DELIVER_JOB, &Due::of(&now))).await?;
            let data = serde_json::json!({ "delivery": id });
            tx.journal(
                Event::new("webhook.sent-again", format!("webhook:{webhook}")).by(permit.person()).data(data),
            );
            Ok(true)
        })
        .await
}

#[cfg(test)]
mod tests {
    use beffroi_db::sealing::Ring;

    use super::*;

    #[test]
    fn an_address_leads_outside_by_https() {
        let none = Networks::default();
        let own = Networks::parse(&["10.0.0.0/8".into()]).unwrap();
        assert!(address("https://tickets.exemple.fr/beffroi?x=1", &none).is_ok());
        assert!(address("http://10.1.2.3:8080/x", &own).is_ok());
        let bad = [
            "http://tickets.exemple.fr/",
            "https://10.1.2.3/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://a:b@exemple.fr/",
            "https://exemple.fr/#x",
            "file:///etc/passwd",
            "gopher://exemple.fr/",
            "exemple.fr",
            "",
        ];
        for text in bad {
            assert!(address(text, &none).is_err(), "{text}");
        }
        assert!(address("https://127.0.0.1/", &own).is_err());
    }

    #[test]
    fn what_the_program_of_before_sealed_opens() {
        let (webhook, kept) = (
            "0199b3c4-7d2e-7a10-8f3b-5a2c9e4d1f60",
            "000102030405060708090a0b0c0d0e0f101112131415161715910f8b3ae06fa022496c7c38315c9aabb9edd52e45bc752b",
        );
        let ring = Ring::of([7; 32]);
        assert_eq!(ring.for_usage(SEALED.usage).open(webhook, kept).unwrap(), b"un secret");
        assert_eq!(ring.open(webhook, kept), None, "another use");
    }
}
