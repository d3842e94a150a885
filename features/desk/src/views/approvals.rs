//! What waits for a decision, and the page where it is taken.

use beffroi_acts::{ACKNOWLEDGED, Act, State as Stage, acknowledgement_box};
use beffroi_directory::{Keys, Proving, proving};
use beffroi_ui::{Tone, form};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::approvals::{self, Asked, deciders};
use crate::model::ApprovalState;

/// The list of what waits for this person.
pub(crate) fn list(asked: &[Asked], to_sign: &[Act], now: DateTime<Utc>) -> Markup {
    html! {
        h1 { "Validations et signatures" }
        @if asked.is_empty() && to_sign.is_empty() {
            (beffroi_ui::empty(html! { p { "Les demandes qui attendent votre décision apparaîtront ici. Vous en êtes aussi prévenu par courriel." } }))
        }
        ul.choices {
            @for one in asked {
                li {
                    a href={ "/validations/" (one.step.id) } { (one.request.title) }
                    p { (one.step.title) " — demande " (one.request.reference) ", " (beffroi_ui::since(now - one.request.submitted_at)) }
                }
            }
        }
        @if !to_sign.is_empty() {
            h2 { "Actes à signer" }
            (self::to_sign(to_sign))
        }
    }
}

/// Acts to sign on their own page: as filter delegate, as the one who receives a right.
pub(crate) fn to_sign(acts: &[Act]) -> Markup {
    html! {
        ul.choices {
            @for act in acts {
                li {
                    a href={ "/actes/" (act.id) "/signer" } { (act.title) }
                    p { (act.kind.label()) " — acte " (act.reference) }
                }
            }
        }
    }
}

/// What the decision page shows.
pub(crate) struct Decision<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) requester: &'a str,
    pub(crate) answers: &'a [(String, Vec<String>)],
    pub(crate) authority: Option<&'a str>,
    pub(crate) decided_by: Option<&'a str>,
    /// The acts that the decision signs, with their exact texts.
    pub(crate) acts: &'a [Act],
    /// How passkeys stand for this person, and whether a password is not enough.
    pub(crate) means: (Keys, bool),
    pub(crate) error: Option<(&'a str, &'a str)>,
    pub(crate) reason: &'a str,
    /// Whether the box of what is acknowledged was ticked.
    pub(crate) acknowledged: bool,
}

pub(crate) fn decision(page: &Decision) -> Markup {
    let Asked { step, request } = page.asked;
    let errors: Vec<(String, String)> =
        page.error.map(|(field, text)| (field.to_owned(), text.to_owned())).into_iter().collect();
    html! {
        (beffroi_ui::back_link("/validations", "Ce qui attend une décision"))
        (form::error_summary(&errors))
        h1 { (step.title) }
        p.lead { (request.title) ", demande " (beffroi_ui::reference(&request.reference)) " présentée par " (page.requester) " le " (beffroi_ui::date(request.submitted_at)) "." }
        @match ApprovalState::of(&step.state) {
            Some(ApprovalState::Pending) => (pending(page)),
            Some(ApprovalState::Later) => (beffroi_ui::notice(Tone::Calm, "Pas encore", html! { p { "Une étape précédente attend une décision." } })),
            _ => (decided(page)),
        }
    }
}

fn answers(page: &Decision) -> Markup {
    html! {
        h2 { "La demande" }
        dl.facts {
            @for (label, lines) in page.answers { div { dt { (label) } dd { div { @for line in lines { (line) br; } } } } }
        }
    }
}

fn decided(page: &Decision) -> Markup {
    let Asked { step, .. } = page.asked;
    let (tone, word) = if step.state == ApprovalState::Granted.slug() {
        (Tone::Good, "Accordée")
    } else {
        (Tone::Bad, "Refusée")
    };
    html! {
        (beffroi_ui::notice(tone, word, html! {
            p {
                "Décision de " (page.decided_by.unwrap_or("—"))
                @if let Some(authority) = &step.authority { " (" (authority) ")" }
                @if let Some(at) = step.decided_at { ", le " (beffroi_ui::date_time(at)) } "."
            }
            @if let Some(reason) = &step.reason { p { "Motif : " (reason) } }
            @if let Some(hash) = &step.text_sha256 { p { "Empreinte du texte signé : " code { (hash) } } }
        }))
        (answers(page))
    }
}

fn acts_asked<'a>(page: &Decision<'a>) -> impl Iterator<Item = &'a Act> {
    page.acts.iter().filter(|act| act.state == Stage::ToSign)
}

/// The exact text: that of the acts when the step is signed as acts.
fn signed_text(page: &Decision) -> Markup {
    let texts: Vec<(&str, Option<&Act>)> =
        acts_asked(page).map(|act| (act.text.as_str(), Some(act))).collect();
    let own = page.asked.step.text.as_deref().unwrap_or_default();
    let texts = if texts.is_empty() { vec![(own, None)] } else { texts };
    html! {
        @for (text, act) in texts {
            (beffroi_ui::notice(Tone::Calm, "Texte que vous signez", html! {
                p.signed { (text) }
                @if let Some(act) = act {
                    input type="hidden" name="texte" value=(act.text_sha256);
                    p { "Acte " (beffroi_ui::reference(&act.reference)) ". " a href={ "/actes/" (act.id) } { "Voir l’acte et qui peut le signer" } }
                }
            }))
        }
    }
}

/// What a passkey confirms: the acts shown, or the text of the step.
fn to_confirm(page: &Decision) -> Vec<String> {
    match approvals::subjects(page.acts) {
        acts if acts.is_empty() => vec![approvals::subject(&page.asked.step)],
        acts => acts,
    }
}

fn proof(page: &Decision, error: Option<&str>) -> Markup {
    let (keys, key_only) = page.means;
    proving(&Proving {
        subjects: &to_confirm(page),
        keys,
        key_only,
        hint: "Il vaut signature électronique simple du texte ci-dessus.",
        error,
        buttons: form::submit("Signer"),
        label: "Signer avec une clé d’accès",
    })
}

fn pending(page: &Decision) -> Markup {
    let Asked { step, .. } = page.asked;
    let action = format!("/validations/{}", step.id);
    let error = |field: &str| page.error.filter(|(name, _)| *name == field).map(|(_, text)| text);
    let Some(authority) = page.authority else {
        return html! {
            (beffroi_ui::notice(Tone::Warn, "Cette décision ne vous revient pas", html! { p { "Peut décider : " (deciders(step)) "." } }))
            (answers(page))
        };
    };
    html! {
        (answers(page))
        h2 { "Votre décision" }
        p { "Vous décidez en tant que : " (authority) "." }
        form method="post" action={ (action) "/accorder" } data-guard {
            @if step.sign {
                (signed_text(page))
                (acknowledgement_box(acts_asked(page), page.acknowledged, error(ACKNOWLEDGED.0)))
                (proof(page, error("password")))
            } @else {
                div.actions { (form::submit("Accorder")) }
            }
        }
        (beffroi_ui::details("Refuser", html! {
            form method="post" action={ (action) "/refuser" } data-guard {
                (form::long_text(&form::Field::new("reason", "Motif du refus").hint("Le demandeur le lira.").value(page.reason).error(error("reason"))))
                div.actions { button.danger type="submit" { "Refuser la demande" } }
            }
        }))
    }
}
