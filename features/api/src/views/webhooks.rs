//! The pages of webhooks.

use beffroi_ui::form::{self, Choice, Field};
use beffroi_ui::{Column, Tone, back_link, empty, notice, short_date_time, table, tag};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::{faults, of, secret};
use crate::model::{DeliveryState, Happening};
use crate::webhooks::{Delivery, NewWebhook, Webhook};

pub(crate) fn list(
    webhooks: &[(Webhook, i64)],
    typed: &NewWebhook,
    fault: Option<(&str, &str)>,
    now: DateTime<Utc>,
) -> Markup {
    html! {
        (back_link("/region", "Région"))
        (faults(fault))
        h1 { "Webhooks" }
        p.lead { "Beffroi prévient d’autres logiciels de ce qui arrive aux demandes\u{a0}: la référence et l’état, jamais ce que les personnes écrivent." }
        @if webhooks.is_empty() {
            (empty(html! { p { "Aucun abonnement. Ceux que vous créerez apparaîtront ici, avec ce qui leur a été envoyé." } }))
        } @else {
            (subscriptions(webhooks, now))
        }
        h2 { "Prévenir un logiciel" }
        (new(typed, fault))
    }
}

fn subscriptions(webhooks: &[(Webhook, i64)], now: DateTime<Utc>) -> Markup {
    let columns =
        [Column::text("Logiciel"), Column::text("Adresse"), Column::text("Événements"), Column::text("État")];
    let rows = webhooks.iter().map(|(webhook, aside)| {
        vec![
            html! { a href={ "/region/webhooks/" (webhook.id) } { (webhook.name) } },
            html! { (webhook.url) },
            html! { (webhook.happenings().len()) },
            html! { (health(webhook, *aside, now)) },
        ]
    });
    table("Abonnements, du plus récent au plus ancien", &columns, &rows.collect::<Vec<_>>())
}

fn health(webhook: &Webhook, aside: i64, now: DateTime<Utc>) -> Markup {
    html! {
        @if webhook.stopped_at.is_some() { (tag(Tone::Quiet, "Arrêté")) }
        @else if webhook.rests_until.is_some_and(|until| until > now) { (tag(Tone::Warn, "Ne répond pas")) }
        @else { (tag(Tone::Good, "En service")) }
        @if aside > 0 { " " (beffroi_ui::plural(aside, "message mis de côté", "messages mis de côté")) }
    }
}

fn new(typed: &NewWebhook, fault: Option<(&str, &str)>) -> Markup {
    let events: Vec<Choice> = Happening::ALL
        .iter()
        .map(|one| Choice {
            value: one.slug(),
            label: one.label(),
            hint: "",
            chosen: typed.events.contains(one),
        })
        .collect();
    html! {
        form method="post" action="/region/webhooks" {
            (form::text(&Field::new("nom", "Quel logiciel\u{a0}?").value(&typed.name).error(of(fault, "nom"))))
            (form::input(&Field::new("adresse", "À quelle adresse\u{a0}?")
                .hint("Elle commence par https:// et reçoit des messages signés.")
                .value(&typed.url).error(of(fault, "adresse")), "url"))
            (form::checkboxes(&Field::new("evenements", "De quoi le prévenir\u{a0}?").error(of(fault, "evenements")), &events))
            (form::submit("Créer l’abonnement"))
        }
    }
}

/// The subscription just made, its secret shown once.
pub(crate) fn made(webhook: &Webhook, given: &str) -> Markup {
    html! {
        h1 { "L’abonnement est créé" }
        (notice(Tone::Warn, "Copiez le secret maintenant", html! {
            p { "Il n’est affiché qu’une fois. Le logiciel prévenu en a besoin pour vérifier que les messages viennent de Beffroi." }
        }))
        (secret("Secret de signature", given))
        p { "Les messages partent vers " (webhook.url) " dès le prochain événement. " a href="/api#webhooks" { "Vérifier une signature" } }
        (form::button_form(&format!("/region/webhooks/{}/essayer", webhook.id), "Envoyer un message d’essai", "", &[]))
        p { a href="/region/webhooks" { "Revenir aux webhooks" } }
    }
}

/// What the page of one webhook shows.
pub(crate) struct One<'a> {
    pub(crate) webhook: &'a Webhook,
    pub(crate) deliveries: &'a [Delivery],
    pub(crate) first: Option<&'a str>,
    pub(crate) next: Option<&'a str>,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) fn one(page: &One) -> Markup {
    let webhook = page.webhook;
    let path = format!("/region/webhooks/{}", webhook.id);
    let told: Vec<&str> = webhook.happenings().iter().map(|one| one.label()).collect();
    let facts = [
        ("Adresse".to_owned(), html! { (webhook.url) }),
        ("État".to_owned(), health(webhook, 0, page.now)),
        ("Prévenu quand".to_owned(), html! { ul { @for one in told { li { (one) } } } }),
        ("Créé".to_owned(), html! { (short_date_time(webhook.created_at)) }),
    ];
    html! {
        (back_link("/region/webhooks", "Webhooks"))
        h1 { (webhook.name) }
        (beffroi_ui::facts(&facts))
        @if webhook.stopped_at.is_none() {
            (form::button_form(&format!("{path}/essayer"), "Envoyer un message d’essai", "", &[]))
            (form::button_form(&format!("{path}/arreter"), "Arrêter l’abonnement", "plain", &[]))
        }
        h2 { "Messages" }
        @if page.deliveries.is_empty() {
            (empty(html! { p { "Aucun message envoyé. Ils apparaîtront ici pendant trente jours, avec la réponse reçue." } }))
        } @else {
            (deliveries(page, &path))
        }
        (beffroi_ui::pages(page.first, page.next))
    }
}

fn deliveries(page: &One, path: &str) -> Markup {
    let columns = [
        Column::text("Quand"),
        Column::text("Événement"),
        Column::text("Demande"),
        Column::text("État"),
        Column::text("Action"),
    ];
    let rows = page.deliveries.iter().map(|delivery| vec![
        html! { (short_date_time(delivery.created_at)) },
        html! { code { (delivery.event) } },
        html! { @if delivery.reference.is_empty() { "—" } @else { (beffroi_ui::reference(&delivery.reference)) } },
        outcome(delivery),
        again(page.webhook, delivery, path),
    ]);
    table("Messages, du plus récent au plus ancien", &columns, &rows.collect::<Vec<_>>())
}

fn outcome(delivery: &Delivery) -> Markup {
    let state = DeliveryState::of(&delivery.state);
    let tone = match state {
        Some(DeliveryState::Delivered) => Tone::Good,
        Some(DeliveryState::Waiting) => Tone::Calm,
        _ => Tone::Warn,
    };
    html! {
        (tag(tone, state.map_or("—", DeliveryState::label)))
        @if let Some(why) = &delivery.last_error { br; (why) }
        @if let (Some(DeliveryState::Waiting), Some(at)) = (state, delivery.next_at) {
            @if delivery.attempts > 0 { br; "nouvel essai " (short_date_time(at)) }
        }
    }
}

fn again(webhook: &Webhook, delivery: &Delivery, path: &str) -> Markup {
    html! {
        @if webhook.stopped_at.is_none() && delivery.state != DeliveryState::Waiting.slug() {
            form method="post" action={ (path) "/renvoyer" } {
                input type="hidden" name="envoi" value=(delivery.id);
                button type="submit" class="plain" {
                    "Renvoyer" span.visually-hidden { " le message du " (short_date_time(delivery.created_at)) }
                }
            }
        } @else { "—" }
    }
}
