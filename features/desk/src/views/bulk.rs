//! The pages of a bulk action: what it needs to know, what it will do, how far it is, what it did.

use beffroi_ui::form::{self, Choice, Field};
use beffroi_ui::{Column, Tone, notice, plural, reference, tag};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::lists::bulk::{Batch, Foreseen, Item, Kind, MOST, Parameters};
use crate::model::WaitingFor;

/// What the pages share.
pub(crate) struct BulkPage<'a> {
    pub(crate) batch: &'a Batch,
    /// What is typed so far.
    pub(crate) parameters: &'a Parameters,
    pub(crate) foreseen: &'a [Foreseen],
    /// Those who may receive the requests: people or teams.
    pub(crate) receivers: &'a [(String, String)],
    pub(crate) errors: &'a [(String, String)],
    pub(crate) now: DateTime<Utc>,
}

fn count(number: usize) -> String {
    plural(i64::try_from(number).unwrap_or_default(), "demande", "demandes")
}

fn action(page: &BulkPage) -> String {
    format!("/file/lots/{}", page.batch.id)
}

fn error<'a>(page: &'a BulkPage, field: &str) -> Option<&'a str> {
    page.errors.iter().find(|(name, _)| name == field).map(|(_, message)| message.as_str())
}

/// The page of an action that is not done yet.
pub(crate) fn draft(page: &BulkPage) -> Markup {
    let ready = page.errors.is_empty() && page.batch.parameters.missing(page.batch.kind).is_empty();
    html! {
        (beffroi_ui::back_link("/file", "File de travail"))
        (form::error_summary(page.errors))
        h1 { (page.batch.kind.label()) }
        p.lead { (count(page.batch.items.len())) " choisies. Rien n’est encore fait." }
        @if page.batch.cut {
            (notice(Tone::Warn, "Sélection trop longue", html! {
                p { "La sélection en contient davantage\u{a0}: les " (MOST) " premières sont prises, dans l’ordre de la liste." }
            }))
        }
        @if !matches!(page.batch.kind, Kind::Take | Kind::Close) { (parameters(page, ready)) }
        @if ready { (preview(page)) }
    }
}

fn parameters(page: &BulkPage, ready: bool) -> Markup {
    let typed = page.parameters;
    let person = typed.person.map(|id| id.to_string()).unwrap_or_default();
    let team = typed.team.map(|id| id.to_string()).unwrap_or_default();
    let text = |label, hint| {
        form::long_text(&Field::new("text", label).hint(hint).value(&typed.text).error(error(page, "text")))
    };
    let fields = html! {
        @match page.batch.kind {
            Kind::Assign => (form::select(&Field::new("person", "À qui les confier").value(&person).error(error(page, "person")), page.receivers)),
            Kind::Reassign => {
                (form::select(&Field::new("team", "Nouvelle équipe").value(&team).error(error(page, "team")), page.receivers))
                (text("Pourquoi", "Les demandeurs le lisent."))
            },
            Kind::Wait => {
                (whom(page))
                (text("Ce qui est attendu", "Les demandeurs le lisent."))
            },
            Kind::Message => (text("Message", "Le même texte part à chaque demandeur, dans sa demande.")),
            Kind::Take | Kind::Close => {},
        }
    };
    let inside = html! {
        form method="post" action=(action(page)) data-guard {
            (fields)
            div.actions {
                button type="submit" name="geste" value="preparer" class=[ready.then_some("secondary")] { "Voir l’aperçu" }
            }
        }
    };
    if ready { beffroi_ui::details("Modifier", inside) } else { inside }
}

fn whom(page: &BulkPage) -> Markup {
    let choices: Vec<Choice> = WaitingFor::ALL
        .iter()
        .map(|whom| Choice {
            value: whom.slug(),
            label: whom.label(),
            hint: "",
            chosen: page.parameters.waiting_for == whom.slug(),
        })
        .collect();
    let field = Field::new("waiting_for", "Qui doit agir\u{a0}?").error(error(page, "waiting_for"));
    form::radios(&field, &choices)
}

fn preview(page: &BulkPage) -> Markup {
    let will = page.foreseen.iter().filter(|one| one.outcome.is_ok()).count();
    let not = page.foreseen.len() - will;
    let rows = |wanted: bool| -> Vec<Vec<Markup>> {
        let kept = page.foreseen.iter().filter(|one| one.outcome.is_ok() == wanted);
        kept.map(|one| {
            let words = match &one.outcome {
                Ok(words) | Err(words) => words.clone(),
            };
            vec![name(&one.item), html! { (words) }]
        })
        .collect()
    };
    html! {
        h2 { "Aperçu" }
        @if !page.parameters.text.trim().is_empty() {
            (notice(Tone::Calm, "Texte envoyé", html! { p.signed { (page.parameters.text) } }))
        }
        @if will == 0 {
            (notice(Tone::Warn, "Rien à faire", html! { p { "Aucune de ces demandes ne peut recevoir cette action." } }))
        } @else {
            (beffroi_ui::table(&format!("Ce qui changera\u{a0}: {}", count(will)), &["Demande", "Changement"].map(Column::text), &rows(true)))
        }
        @if not > 0 {
            (beffroi_ui::table(&format!("Ce qui ne changera pas\u{a0}: {}", count(not)), &["Demande", "Pourquoi"].map(Column::text), &rows(false)))
        }
        form method="post" action=(action(page)) {
            div.actions {
                @if will > 0 { button type="submit" name="geste" value="confirmer" { "Confirmer pour " (count(will)) } }
                a href="/file" { "Ne rien faire" }
            }
        }
        @if page.batch.kind.can_be_undone() { p.quiet { "Vous pourrez annuler pendant dix minutes." } }
        @else { p.quiet { "Cette action ne pourra pas être annulée." } }
    }
}

fn name(item: &Item) -> Markup {
    html! { a href={ "/demandes/" (item.reference) } { (item.title) } br; (reference(&item.reference)) }
}

/// The page of an action under way.
pub(crate) fn running(page: &BulkPage) -> Markup {
    let total = page.batch.items.len();
    let done = total - page.batch.count("todo");
    html! {
        (beffroi_ui::back_link("/file", "File de travail"))
        h1 { (page.batch.kind.label()) "\u{a0}: en cours" }
        p role="status" { (done) " sur " (count(total)) "." }
        progress max=(total) value=(done) aria-label="Avancement" { (done) " sur " (total) }
        p { "Cette page se met à jour seule. Vous pouvez la quitter\u{a0}: le travail continue. " a href=(action(page)) { "Actualiser" } }
        @if page.batch.state == "undoing" {
            form method="post" action=(action(page)) {
                button.secondary type="submit" name="geste" value="annuler" { "Reprendre l’annulation" }
            }
        }
    }
}

/// The page of an action done, or taken back.
pub(crate) fn result(page: &BulkPage) -> Markup {
    let batch = page.batch;
    let (done, refused) = (batch.count("done"), batch.count("refused"));
    let undone = batch.count("undone");
    html! {
        (beffroi_ui::back_link("/file", "File de travail"))
        (form::error_summary(page.errors))
        @if batch.state == "undone" {
            h1 { (batch.kind.label()) "\u{a0}: annulé" }
            p.lead role="status" { (count(undone)) " comme avant." @if batch.count("kept") > 0 { " " (count(batch.count("kept"))) " laissées en l’état, modifiées depuis." } }
        } @else {
            h1 { (batch.kind.label()) "\u{a0}: terminé" }
            p.lead role="status" { (count(done)) " traitées" @if refused > 0 { ", " (refused) " laissées de côté" } "." }
        }
        @if let Some(until) = batch.undo_until(page.now) {
            form method="post" action=(action(page)) {
                div.actions {
                    button.secondary type="submit" name="geste" value="annuler" { "Annuler cette action" }
                    span.quiet { "Possible jusqu’à " (beffroi_ui::short_date_time(until)) }
                }
            }
        }
        (beffroi_ui::table("Ce qui a été fait", &["Demande", "Résultat"].map(Column::text), &outcomes(batch)))
    }
}

fn outcomes(batch: &Batch) -> Vec<Vec<Markup>> {
    let told = |item: &Item| {
        let (tone, words) = match item.state.as_str() {
            "done" => (Tone::Good, "Fait"),
            "undone" => (Tone::Quiet, "Annulé"),
            "kept" => (Tone::Warn, "Non annulé"),
            "refused" => (Tone::Warn, "Non fait"),
            _ => (Tone::Calm, "À faire"),
        };
        html! { (tag(tone, words)) @if let Some(note) = &item.note { " " (note) } }
    };
    batch.items.iter().map(|item| vec![name(item), told(item)]).collect()
}
