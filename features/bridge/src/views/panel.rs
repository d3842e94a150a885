//! Both sides of a request: beside it, and on a page with all that passed.

use beffroi_desk::reading::Folder;
use beffroi_ui::form::{self, Field};
use beffroi_ui::{Column, Tone, back_link, empty, facts, notice, short_date_time, table, tag};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::drivers;
use crate::model::{ExchangeState, Kind, LinkState, Standing, Way};
use crate::panel::Shown;
use crate::rules::{Sides, agree};
use crate::store::exchanges::Exchange;

/// A sentence: a capital and a full stop.
fn sentence(words: &str) -> String {
    let words = beffroi_ui::typo(words.trim_end_matches('.'));
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).chain(['.']).collect()).unwrap_or_default()
}

fn ours(folder: &Folder) -> Standing {
    let request = &folder.request;
    Standing::of_request(&request.state, request.waiting_for.as_deref(), request.outcome.as_deref())
}

fn theirs(one: &Shown) -> Option<Standing> {
    drivers::standing(one.bridge.kind(), &one.bridge.settings(), one.link.their_state.as_deref()?)
}

fn tone(standing: Option<Standing>) -> Tone {
    match standing {
        Some(one) if one.is_over() => Tone::Good,
        Some(one) if one.waits_for().is_some() => Tone::Warn,
        Some(_) => Tone::Calm,
        None => Tone::Quiet,
    }
}

/// The link to their page; what stands in its place before there is one.
fn number(one: &Shown) -> Markup {
    match (&one.link.theirs, &one.link.their_url) {
        (Some(theirs), Some(url)) => html! { a href=(url) rel="noreferrer" { (theirs) } },
        _ => html! { "pas encore ouverte" },
    }
}

fn last(one: &Shown) -> Markup {
    let (out, came) = (one.link.last_out_at, one.link.last_in_at);
    let (way, at): (&str, Option<DateTime<Utc>>) =
        if out >= came { ("envoyé", out) } else { ("reçu", came) };
    html! { @match at { Some(at) => { (way) " " (short_date_time(at)) }, None => "aucun" } }
}

fn sides(folder: &Folder, one: &Shown) -> Vec<(String, Markup)> {
    let (here, there) = (ours(folder), theirs(one));
    let label = one.link.their_label.as_deref().unwrap_or("—");
    vec![
        ("Ici".to_owned(), html! { (tag(tone(Some(here)), here.label())) }),
        (one.bridge.name.clone(), html! { (tag(tone(there), label)) " " (number(one)) }),
        ("Dernier échange".to_owned(), last(one)),
        (
            "Comparées".to_owned(),
            match one.link.checked_at {
                Some(at) => html! { (short_date_time(at)) },
                None => html! { "pas encore" },
            },
        ),
    ]
}

/// What is wrong, in plain words.
fn troubles(folder: &Folder, one: &Shown) -> Markup {
    let apart = theirs(one).is_some_and(|there| !agree(Sides { ours: ours(folder), theirs: there }));
    let unknown = one.link.their_state.is_some() && theirs(one).is_none();
    html! {
        @if let Some(why) = &one.link.last_error {
            (notice(Tone::Bad, "L’échange échoue", html! {
                p { (sentence(why)) }
                p {
                    @match one.link.next_at {
                        Some(at) => { "Rien n’est perdu\u{a0}: nouvel essai " (short_date_time(at)) "." },
                        None => "Rien n’est perdu, mais plus rien n’est tenté sans vous\u{a0}: synchronisez à nouveau une fois la cause levée.",
                    }
                }
            }))
        }
        @if one.left.waiting > 0 { p { (beffroi_ui::plural(one.left.waiting, "envoi en attente", "envois en attente")) "." } }
        @if one.left.aside > 0 {
            p { (tag(Tone::Warn, "À voir")) " " (beffroi_ui::plural(one.left.aside, "échange mis de côté", "échanges mis de côté")) "." }
        }
        @if apart { p { (tag(Tone::Warn, "États différents")) " La synchronisation les rapproche." } }
        @if unknown { p { (tag(Tone::Warn, "État inconnu")) " La Région dit ce qu’il vaut ici sur la page de la passerelle." } }
    }
}

fn compare(folder: &Folder, one: &Shown) -> Markup {
    let action = format!("/demandes/{}/passerelle/synchroniser", folder.request.reference);
    let id = one.link.id.to_string();
    html! {
        @if one.link.standing() == LinkState::Ended {
            p.quiet { "Le suivi est terminé\u{a0}: plus rien ne passe." }
        } @else {
            (form::button_form(&action, "Synchroniser à nouveau", "secondary", &[("lien", &id)]))
        }
    }
}

/// Beside the request.
pub(crate) fn panel(folder: &Folder, one: &Shown, notes: bool) -> Markup {
    let path = format!("/demandes/{}/passerelle", folder.request.reference);
    html! {
        section.bridge aria-label={ "Passerelle " (one.bridge.name) } {
            h2 { "Passerelle" }
            (facts(&sides(folder, one)))
            (troubles(folder, one))
            (compare(folder, one))
            p {
                a href=(path) { @if notes { "Tout ce qui est passé, écrire à l’autre équipe" } @else { "Tout ce qui est passé" } }
            }
        }
    }
}

/// What the page of both sides shows.
pub(crate) struct Both<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) links: &'a [(Shown, Vec<Exchange>)],
    /// Whether this person may write to the other team.
    pub(crate) notes: bool,
    /// What was typed, and what is wrong with it.
    pub(crate) typed: &'a str,
    pub(crate) fault: Option<&'a str>,
}

/// The page of both sides.
pub(crate) fn both(page: &Both) -> Markup {
    let reference = &page.folder.request.reference;
    let faults: Vec<(String, String)> =
        page.fault.iter().map(|why| ("texte".to_owned(), (*why).to_owned())).collect();
    html! {
        (back_link(&format!("/demandes/{reference}"), &format!("Demande {reference}")))
        (form::error_summary(&faults))
        h1 { "Les deux côtés de la demande" }
        p.lead { (page.folder.request.title) " " (beffroi_ui::reference(reference)) }
        @if page.links.is_empty() {
            (empty(html! { p { "Cette demande n’est dans aucun autre outil. Elle y apparaîtra si son équipe a une passerelle." } }))
        }
        @for (one, exchanges) in page.links {
            h2 { (one.bridge.name) }
            (facts(&sides(page.folder, one)))
            (troubles(page.folder, one))
            (compare(page.folder, one))
            @if page.notes && one.link.standing() != LinkState::Ended { (note(page, one)) }
            (passed(exchanges))
        }
    }
}

fn note(page: &Both, one: &Shown) -> Markup {
    let action = format!("/demandes/{}/passerelle/note", page.folder.request.reference);
    html! {
        form.panel method="post" action=(action) data-guard {
            input type="hidden" name="lien" value=(one.link.id);
            (form::long_text(&Field::new("texte", "Écrire à l’autre équipe")
                .hint("Une note interne ici, lue là-bas par ses agents\u{a0}: l’établissement ne la voit pas. Leur réponse, elle, est lue par tous.")
                .value(page.typed).error(page.fault)))
            div.actions { (form::submit("Envoyer la note")) }
        }
    }
}

fn passed(exchanges: &[Exchange]) -> Markup {
    if exchanges.is_empty() {
        return empty(html! { p { "Rien n’est encore passé." } });
    }
    let columns = [Column::text("Quand"), Column::text("Sens"), Column::text("Quoi"), Column::text("Suite")];
    let rows = exchanges.iter().map(|one| vec![
        html! { (short_date_time(one.done_at.unwrap_or(one.created_at))) },
        html! { (Way::of(&one.way).map_or("—", Way::label)) },
        html! { (Kind::of(&one.kind).map_or("—", Kind::label)) @if !one.label.is_empty() { "\u{a0}: " (one.label) } },
        outcome(one),
    ]);
    table("Ce qui est passé, du plus récent au plus ancien", &columns, &rows.collect::<Vec<_>>())
}

fn outcome(one: &Exchange) -> Markup {
    let tone = match one.standing() {
        ExchangeState::Done => Tone::Good,
        ExchangeState::Waiting => Tone::Calm,
        ExchangeState::Aside => Tone::Warn,
    };
    html! {
        (tag(tone, one.standing().label()))
        @if let Some(why) = &one.last_error { br; (sentence(why)) }
    }
}
