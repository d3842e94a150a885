//! A file wherever it is listed: a link when it is open, else why it is not; and the page of those who watch
//! over the quarantine.

use beffroi_ui::form;
use beffroi_ui::{Column, Tone, empty, file_size, notice, pages, plural, short_date_time, since, table, tag};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::quarantine::{Exam, Kept, Standing, closed};
use crate::reading::Attachment;

/// The name and the size of a file; agents also read why it waits.
pub(crate) fn file(file: &Attachment, as_agent: bool) -> Markup {
    let size = html! { " " span.quiet { "(" (file_size(file.size)) ")" } };
    match closed(file) {
        None => html! { a href={ "/fichiers/" (file.id) } { (file.name) } (size) },
        Some(exam) => html! {
            (file.name) (size) " " (standing(exam))
            @match &file.exam_note {
                Some(why) if exam == Exam::Waiting && as_agent => p.hint { (why) "." },
                _ => {},
            }
        },
    }
}

/// Why a file is closed, in a few words.
pub(crate) fn standing(exam: Exam) -> Markup {
    match exam {
        Exam::Waiting => tag(Tone::Calm, "En cours d’examen par l’antivirus"),
        Exam::Infected | Exam::Removed => tag(Tone::Bad, "Virus trouvé\u{a0}: donné à personne"),
        Exam::Clean => html! {},
    }
}

/// What is shown of the quarantine.
pub(crate) struct ListPage<'a> {
    pub(crate) standing: &'a Standing,
    /// Whether there is an antivirus.
    pub(crate) set: bool,
    pub(crate) rows: &'a [Kept],
    pub(crate) first: Option<&'a str>,
    pub(crate) next: Option<&'a str>,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) fn list(page: &ListPage) -> Markup {
    let columns = [
        Column::text("Reçu le"),
        Column::text("Fichier"),
        Column::text("Virus"),
        Column::text("Envoyé par"),
        Column::text("Demande"),
        Column::text("État"),
    ];
    let rows: Vec<Vec<Markup>> = page.rows.iter().map(|row| line(row, page.set)).collect();
    html! {
        h1 { "Fichiers en quarantaine" }
        p.lead { "Un fichier reçu n’est lu par personne tant que l’antivirus ne l’a pas examiné." }
        (waiting(page))
        h2 { "Virus trouvés" }
        @if rows.is_empty() {
            (empty(html! { p { "Aucun virus n’a été trouvé." } }))
        } @else {
            (table("Fichiers porteurs d’un virus", &columns, &rows))
            (pages(page.first, page.next))
        }
    }
}

fn waiting(page: &ListPage) -> Markup {
    let found = page.standing;
    if !page.set {
        let label = "Aucun antivirus n’est réglé";
        return notice(
            Tone::Warn,
            label,
            html! {
                p {
                    "Les fichiers s’ouvrent comme ils arrivent. "
                    @if found.waiting > 0 {
                        (plural(found.waiting, "fichier reçu quand il y en avait un attend", "fichiers reçus quand il y en avait un attendent")) " toujours. "
                    }
                    "L’exploitant règle l’antivirus par la clé «\u{a0}clamd\u{a0}»."
                }
            },
        );
    }
    let Some(first) = found.since.filter(|_| found.waiting > 0) else {
        return html! { p { "Aucun fichier n’attend." } };
    };
    html! {
        p {
            strong { (plural(found.waiting, "fichier attend", "fichiers attendent")) }
            ", le premier depuis " (since(page.now - first)) "."
        }
        @if let Some(why) = &found.why {
            (notice(Tone::Warn, "L’examen échoue", html! { p { (why) ". Il est retenté tout seul." } }))
        }
    }
}

fn line(row: &Kept, set: bool) -> Vec<Markup> {
    let there = row.exam == Exam::Infected.slug();
    let action = format!("/region/quarantaine/{}/examiner", row.id);
    vec![
        html! { (short_date_time(row.created_at)) },
        html! { (row.name) },
        html! { (row.exam_note.as_deref().unwrap_or("sans nom")) },
        html! { (row.sender) br; span.quiet { (row.school) } },
        match &row.reference {
            Some(reference) => html! { (beffroi_ui::reference(reference)) },
            None => html! { "Brouillon" },
        },
        html! {
            @if there { "Retenu depuis le " (short_date_time(row.exam_at)) } @else { "Supprimé le " (short_date_time(row.exam_at)) }
            @if there && set {
                (form::button_form(&action, "Examiner à nouveau", "plain", &[]))
            }
        },
    ]
}
