//! One act: where it stands, its text, who signed with which authority, what it opens, what next.

use std::collections::HashMap;

use beffroi_directory::School;
use beffroi_kernel::PersonId;
use beffroi_ui::{Flash, Moment, Tone, form};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::{period, review::due, sign, state};
use crate::effects::BY_HAND;
use crate::model::{Act, Authority, EffectState, Review, Signature, State};
use crate::store::entities::effect;

/// What this person may do with the act.
#[derive(Clone, Copy, Debug)]
pub(crate) struct May {
    pub sign: bool,
    pub open: bool,
    /// Revoke, and decide reviews.
    pub judge: bool,
    pub withdraw: bool,
    /// Read what the holder holds.
    pub follow: bool,
}

pub(crate) struct Shown<'a> {
    pub act: &'a Act,
    pub school: &'a School,
    pub reviews: &'a [Review],
    pub effects: &'a [effect::Model],
    /// The act that takes its place.
    pub next: Option<&'a Act>,
    pub names: &'a HashMap<PersonId, String>,
    pub may_sign: Vec<Authority>,
    /// Whether an outside authority timestamped it.
    pub stamped: bool,
    pub may: May,
}

/// What was just done.
pub(crate) fn flash(done: Option<&str>, act: &Act) -> Option<Flash> {
    let text = match done? {
        "signature" => "Votre signature est enregistrée. L’acte attend les autres signatures.",
        "signe" if act.state == State::Signed => {
            "L’acte est signé. La Région ouvre maintenant ce qu’il donne."
        }
        "signe" => "L’acte est signé et en vigueur.",
        "refuser" => "Votre refus est enregistré.",
        "revoquer" => "L’acte est révoqué : ce qu’il donnait est fermé.",
        "retirer" => "L’acte est retiré.",
        "revision" => "Votre décision est enregistrée.",
        "ouvert" => "L’acte est en vigueur.",
        _ => return None,
    };
    Some(Flash { text: text.to_owned(), good: true })
}

pub(crate) fn page(shown: &Shown) -> Markup {
    let act = shown.act;
    html! {
        (beffroi_ui::back_link("/actes", "Actes et droits"))
        h1 { (act.title) }
        p { (state(act)) " " (beffroi_ui::reference(&act.reference)) }
        (standing(shown))
        (actions(shown))
        (facts(shown))
        (sign::text(act))
        (signatures(act))
        (effects(shown))
        h2 { "Historique" }
        (beffroi_ui::timeline(&moments(shown)))
        (proof(act, shown.stamped))
    }
}

/// The first line: where it stands and what it waits for.
fn standing(shown: &Shown) -> Markup {
    let act = shown.act;
    html! {
        @match (act.state, &act.ended) {
            (State::ToSign, _) => (awaited(shown)),
            (State::Signed, _) => p.lead { "Cet acte est signé. Le service d’exploitation " (shown.school.operations_team.name) " ouvre ce qu’il donne." },
            (State::InForce, _) => p.lead { "Cet acte vaut " (period(act)) "." },
            (State::Ended, Some(end)) => p.lead { "Cet acte a pris fin le " (beffroi_ui::date(end.at)) ". " (end.note) },
            (State::Ended, None) => p.lead { "Cet acte a pris fin." },
        }
        @if let (Some(suspended), true) = (&act.suspended, act.is_live()) {
            (beffroi_ui::notice(Tone::Bad, "Suspendu", html! {
                p { "Depuis le " (beffroi_ui::date_time(suspended.at)) ". " (suspended.why) " Ce qu’il donne est fermé jusqu’à la décision du chef d’établissement." }
            }))
        }
        @for review in shown.reviews.iter().filter(|review| review.decided.is_none()) {
            (beffroi_ui::notice(Tone::Warn, "À réviser", html! { p { (due(review)) } }))
        }
        @if let Some(next) = shown.next {
            p { "Un autre acte prend sa place : " a href={ "/actes/" (next.id) } { (next.reference) } "." }
        }
    }
}

fn awaited(shown: &Shown) -> Markup {
    let waited: Vec<String> = shown.act.awaited().map(Signature::signatories).collect();
    html! {
        p.lead { "Cet acte attend la signature de : " (waited.join(", puis ")) ". Il n’a pas encore d’effet." }
        @if shown.may_sign.is_empty() && shown.act.awaited().any(|one| one.who.iter().any(|who| matches!(who, crate::Who::Role(role) if role.is_school()))) {
            (vacancy(shown.school))
        } @else if !shown.may.sign && !shown.may_sign.is_empty() {
            p { "Peuvent signer aujourd’hui :" }
            ul { @for one in &shown.may_sign { li { (one.name) " (" (one.words) ")" } } }
        }
    }
}

/// Nobody holds the authority: who to call.
pub(crate) fn vacancy(school: &School) -> Markup {
    beffroi_ui::notice(
        Tone::Bad,
        "Personne ne peut signer",
        html! {
            p { "Beffroi ne connaît à cet établissement ni chef en fonction, ni remplaçant désigné." }
            p { "Si quelqu’un assure la direction, prévenez le service d’exploitation " (school.operations_team.name) " : la Région inscrit sa fonction, puis il signe." }
        },
    )
}

fn actions(shown: &Shown) -> Markup {
    let act = shown.act;
    let review = shown.reviews.iter().any(|review| review.decided.is_none());
    html! {
        @if act.state == State::ToSign && shown.may.sign {
            div.actions { a.button href={ "/actes/" (act.id) "/signer" } { "Lire et signer" } a href={ "/actes/" (act.id) "/refuser" } { "Refuser" } }
        }
        @if act.state == State::Signed && shown.may.open {
            div.actions { (form::button_form(&format!("/actes/{}/ouvrir", act.id), "Ouvrir ce que donne l’acte", "", &[])) }
        }
        @if act.is_live() && shown.may.judge {
            div.actions {
                @if review { a.button href={ "/actes/" (act.id) "/reviser" } { "Réviser" } }
                a href={ "/actes/" (act.id) "/revoquer" } { "Révoquer" }
            }
        }
        @if matches!(act.state, State::ToSign | State::Signed) && shown.may.withdraw {
            p { a href={ "/actes/" (act.id) "/retirer" } { "Retirer cet acte" } }
        }
    }
}

fn facts(shown: &Shown) -> Markup {
    let act = shown.act;
    let mut pairs = vec![
        ("Droit".to_owned(), html! { (act.kind.label()) }),
        ("Établissement".to_owned(), html! { (shown.school.name) " (" (shown.school.uai) ")" }),
    ];
    if let Some(holder) = act.holder {
        let name = shown.names.get(&holder).map_or("—", String::as_str);
        pairs.push((
            "Bénéficiaire".to_owned(),
            html! { @if shown.may.follow { a href={ "/personnes/" (holder) "/droits" } { (name) } } @else { (name) } },
        ));
    }
    if let Some(provider) = &act.provider {
        pairs.push(("Prestataire".to_owned(), html! { (provider) }));
    }
    pairs.push(("Dates".to_owned(), period(act)));
    html! { (beffroi_ui::facts(&pairs)) }
}

fn signatures(act: &Act) -> Markup {
    html! {
        h2 { "Signatures" }
        ol {
            @for signature in &act.signatures {
                li {
                    @match &signature.made {
                        Some(made) => {
                            strong { (made.authority.name) } ", " (made.authority.words) ", le " (beffroi_ui::date_time(made.at)) " (" (made.method.label()) ")."
                        },
                        None => { "En attente : " (signature.signatories()) "." },
                    }
                }
            }
        }
    }
}

fn effects(shown: &Shown) -> Markup {
    html! {
        @if !shown.effects.is_empty() {
            h2 { "Ce qu’il ouvre" }
            @for effect in shown.effects {
                @let (tone, word) = effect_now(effect);
                p { (beffroi_ui::tag(tone, word)) }
                ul {
                    @if let (Some(at), Some(proof)) = (effect.applied_at, &effect.applied_proof) { li { "Le " (beffroi_ui::date_time(at)) " : " (proof) } }
                    @if let (Some(at), Some(proof)) = (effect.undone_at, &effect.undone_proof) { li { "Le " (beffroi_ui::date_time(at)) " : " (proof) } }
                    @if effect.last_error.is_some() { li { "Le dernier essai n’a pas abouti : il est repris tout seul." } }
                }
            }
        }
    }
}

/// Where an effect stands. What was only given to the team as work is not said to be done.
fn effect_now(effect: &effect::Model) -> (Tone, &'static str) {
    let by_hand = |proof: &Option<String>| proof.as_deref().is_some_and(|proof| proof.contains(BY_HAND));
    match EffectState::of(&effect.state) {
        Some(EffectState::Applied) if by_hand(&effect.applied_proof) => {
            (Tone::Calm, "Réouverture confiée à l’équipe")
        }
        Some(EffectState::Undone) if by_hand(&effect.undone_proof) => {
            (Tone::Calm, "Fermeture confiée à l’équipe")
        }
        Some(EffectState::Applied) => (Tone::Good, EffectState::Applied.label()),
        Some(EffectState::Undone) => (Tone::Quiet, EffectState::Undone.label()),
        other => (Tone::Warn, other.map_or("—", EffectState::label)),
    }
}

/// What happened, in order.
fn moments(shown: &Shown) -> Vec<Moment> {
    let act = shown.act;
    let name =
        |id: Option<PersonId>| id.and_then(|id| shown.names.get(&id)).map_or("Beffroi", String::as_str);
    let mut all: Vec<(DateTime<Utc>, String)> =
        vec![(act.created_at, format!("Acte préparé par {}.", name(act.created_by)))];
    for made in act.signatures.iter().filter_map(|one| one.made.as_ref()) {
        all.push((made.at, format!("Signé par {} ({}).", made.authority.name, made.authority.words)));
    }
    if let Some(at) = act.in_force_at {
        let by = act.in_force_by.map_or_else(String::new, |id| format!(", ouvert par {}", name(Some(id))));
        all.push((at, format!("En vigueur{by}.")));
    }
    for review in shown.reviews {
        all.push((review.opened_at, format!("Révision ouverte : {}.", review.cause.label().to_lowercase())));
        if let Some(done) = &review.decided {
            let authority = done.authority.as_deref().map_or_else(String::new, |words| format!(" ({words})"));
            let who = name(done.by);
            all.push((
                done.at,
                format!(
                    "Révision : {} par {who}{authority}. {}",
                    done.verdict.label().to_lowercase(),
                    done.note
                ),
            ));
        }
    }
    if let Some(end) = &act.ended {
        let authority = end.authority.as_deref().map_or_else(String::new, |words| format!(" ({words})"));
        let by = end.by.map_or_else(String::new, |id| format!(" par {}{authority}", name(Some(id))));
        all.push((end.at, format!("{}{by}. {}", end.reason.label(), end.note)));
    }
    all.sort_by_key(|(at, _)| *at);
    let moment = |(at, said): (DateTime<Utc>, String)| Moment {
        kind: "system",
        meta: html! { (beffroi_ui::date_time(at)) },
        body: html! { p { (said) } },
    };
    all.into_iter().map(moment).collect()
}

fn proof(act: &Act, stamped: bool) -> Markup {
    let signed = act.signed_at.is_some();
    let file = |name: &str| format!("/actes/{}/{name}", act.id);
    html! {
        @if signed { p { a href=(file("acte.pdf")) { "Document de l’acte (PDF)" } } }
        (beffroi_ui::details("Vérifier cet acte", html! {
            @if signed {
                p { "Code de vérification\u{a0}: " a href={ "/verifier/" (act.code) } { (act.code) } }
                p { a href=(file("preuve.json")) { "Ce que l’acte déclare (JSON)" } }
                @if stamped { p { a href=(file("horodatage.tsr")) { "Horodatage par une autorité extérieure (RFC\u{a0}3161)" } } }
            }
            p { "Empreinte du texte (SHA-256)\u{a0}: " code.long { (act.text_sha256) } }
        }))
    }
}
