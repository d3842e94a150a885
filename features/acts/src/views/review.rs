//! Reviewing an act: confirm it as one signs, or go and revoke it; and the Region's rules.

use beffroi_directory::{Proving, proving};
use beffroi_sheets::Word;
use beffroi_ui::{Tone, form};
use chrono::TimeDelta;
use maud::{Markup, html};

use super::acknowledge::{ACKNOWLEDGED, acknowledgement_box};
use super::{Means, period, sign};
use crate::model::{Act, ActKind, Review};

pub(crate) struct Asked<'a> {
    pub act: &'a Act,
    pub open: Vec<&'a Review>,
    pub holder: Option<&'a str>,
    /// What proves who confirms.
    pub means: Means,
    /// The field at fault, and what to do.
    pub error: Option<(&'a str, &'a str)>,
    pub note: &'a str,
    /// Whether the box of what is acknowledged was ticked.
    pub acknowledged: bool,
}

pub(crate) fn form(asked: &Asked) -> Markup {
    let act = asked.act;
    let errors: Vec<(String, String)> =
        asked.error.map(|(field, said)| (field.to_owned(), said.to_owned())).into_iter().collect();
    html! {
        (beffroi_ui::back_link(&format!("/actes/{}", act.id), "L’acte"))
        (form::error_summary(&errors))
        h1 { "Réviser : " (act.title) }
        p.lead {
            "Acte " (beffroi_ui::reference(&act.reference)) ", " (period(act))
            @if let Some(holder) = asked.holder { ". Bénéficiaire : " (holder) } "."
        }
        @if let Some(suspended) = &act.suspended {
            (beffroi_ui::notice(Tone::Bad, "Suspendu", html! { p { (suspended.why) } }))
        }
        (sign::text(act))
        @if asked.open.is_empty() {
            (beffroi_ui::notice(Tone::Calm, "Aucune révision en attente", html! { p { "Cet acte n’attend pas de révision." } }))
        } @else {
            ul { @for review in &asked.open { li { (due(review)) } } }
            (confirmation(asked))
            (revocation(act))
        }
    }
}

/// The last day of an open review, in words.
pub(crate) fn due(review: &Review) -> Markup {
    html! { (super::capital(review.cause.label())) " : à décider avant la fin du " (beffroi_ui::date(review.due_at - TimeDelta::microseconds(1))) "." }
}

fn error_of<'a>(asked: &Asked<'a>, field: &str) -> Option<&'a str> {
    asked.error.filter(|(name, _)| *name == field).map(|(_, said)| said)
}

fn confirmation(asked: &Asked) -> Markup {
    html! {
        h2 { "Confirmer" }
        p { "L’acte reste en vigueur. S’il était suspendu, ce qu’il donne est rouvert." }
        form method="post" action={ "/actes/" (asked.act.id) "/reviser" } data-guard novalidate {
            (acknowledgement_box([asked.act], asked.acknowledged, error_of(asked, ACKNOWLEDGED.0)))
            (form::text(&form::Field::new("note", "Remarque (facultatif)").value(asked.note)))
            (proving(&Proving {
                subjects: &[crate::review::confirmation(asked.act.id)],
                keys: asked.means.keys,
                key_only: asked.means.key_only,
                hint: "Le saisir de nouveau vaut confirmation de l’acte ci-dessus.",
                error: error_of(asked, "password"),
                buttons: form::submit("Confirmer cet acte"),
                label: "Confirmer avec une clé d’accès",
            }))
        }
    }
}

fn revocation(act: &Act) -> Markup {
    html! {
        h2 { "Révoquer" }
        p { "Ce qu’il donne est fermé aussitôt. Le bénéficiaire lira votre motif." }
        p { a href={ "/actes/" (act.id) "/revoquer" } { "Révoquer cet acte" } }
    }
}

/// The Region's rules: what becomes of overdue reviews, which kinds only a passkey signs.
pub(crate) fn settings(suspends: bool, passkey_for: &[ActKind]) -> Markup {
    let chosen = |on| suspends == on;
    let choices = [
        form::Choice {
            value: "off",
            label: "Non : il reste en vigueur, le service d’exploitation est prévenu",
            hint: "",
            chosen: chosen(false),
        },
        form::Choice {
            value: "on",
            label: "Oui : il est suspendu jusqu’à sa révision",
            hint: "Ce qu’il donne est fermé, puis rouvert s’il est confirmé.",
            chosen: chosen(true),
        },
    ];
    html! {
        (beffroi_ui::back_link("/actes", "Actes et droits"))
        h1 { "Règles des actes" }
        p { "Les délégations sont révisées au changement de chef d’établissement, au départ du bénéficiaire et chaque année. Le catalogue ne dit pas ce qu’il advient d’un acte dont la révision n’est pas faite à temps : la Région en décide ici." }
        form method="post" action="/region/actes" data-guard {
            (form::radios(&form::Field::new("suspend", "Suspendre un acte dont la révision est en retard ?"), &choices))
            div.actions { (form::submit("Enregistrer")) }
        }
        (passkeys(passkey_for))
    }
}

fn passkeys(wanted: &[ActKind]) -> Markup {
    let choice = |kind: &ActKind| form::Choice {
        value: kind.slug(),
        label: kind.label(),
        hint: "",
        chosen: wanted.contains(kind),
    };
    let choices: Vec<form::Choice> = ActKind::ALL.iter().map(choice).collect();
    let field = form::Field::new("cles", "Actes qui se signent seulement avec une clé d’accès")
        .hint("Pour ceux que vous cochez, un mot de passe ne suffit plus, ni pour signer, ni pour confirmer, ni pour révoquer. Une fiche peut aussi demander une clé pour son acte. Qui n’a pas de clé en ajoute une depuis « Mon compte ».");
    html! {
        h2 { "Signer avec une clé d’accès" }
        form method="post" action="/region/actes/cles" data-guard {
            (form::checkboxes(&field, &choices))
            div.actions { (form::submit("Enregistrer les actes à clé")) }
        }
    }
}
