//! Before starting, one question at a time, check answers, confirmation.

use beffroi_directory::School;
use beffroi_kernel::SchoolId;
use beffroi_sheets::{Exclusion, Field, FieldKind, Refusal, RefusalKind, RequestType};
use beffroi_ui::{Tone, form};
use maud::{Markup, html};

use super::question::{self, Typed};
use crate::drafts::{Draft, who_may_ask};
use crate::quarantine::{self, Exam};
use crate::reading::{Attachment, Folder};

/// What to know before starting: what is covered, who signs, what to prepare, within what delay.
pub(crate) struct Before<'a> {
    pub(crate) sheet: &'a beffroi_sheets::Sheet,
    pub(crate) kind: &'a RequestType,
    pub(crate) schools: &'a [(SchoolId, String)],
    pub(crate) allowed: bool,
    /// What was measured lately.
    pub(crate) measured: Option<crate::delays::Measured>,
    /// Whether only a passkey signs it, and how theirs stand.
    pub(crate) key: Option<crate::acts::KeyAsked>,
}

pub(crate) fn before(page: &Before) -> Markup {
    let Before { sheet, kind, schools, allowed, measured, key } = page;
    let start = format!("/demander/{}/{}", sheet.slug, kind.id);
    let prepare: Vec<&Field> =
        kind.fields.iter().filter(|field| matches!(field.kind, FieldKind::File | FieldKind::Rows)).collect();
    html! {
        (beffroi_ui::breadcrumbs(&[("/demander", "Faire une demande"), (&format!("/catalogue/{}", sheet.slug), &sheet.title)]))
        h1 { (kind.title) }
        p.lead { (kind.description) }
        (super::major::known(sheet, kind, schools))
        h2 { "Avant de commencer" }
        p { "Ce service ne couvre pas :" }
        ul { @for exclusion in &sheet.excludes { li { (exclusion.text) } } }
        p { a href={ "/catalogue/" (sheet.slug) } { "Lire la fiche « " (sheet.title) " »" } }
        @if !prepare.is_empty() {
            h2 { "À préparer" }
            ul { @for field in prepare { li { (field.label) @if !field.required { " (facultatif)" } } } }
        }
        @if !kind.approvals.is_empty() {
            h2 { "Qui valide dans l’établissement" }
            ol.steps { @for step in &kind.approvals { li { (step.title) @if step.sign { " (signature)" } @if step.example { " — selon le réglage de l’établissement" } } } }
        }
        @if let Some(key) = key { (super::keys::asked(key)) }
        h2 { "Délais" }
        p { "Première réponse : " (kind.first_answer.words()) ". Solution : " (kind.solution.words()) ". Les délais courent quand l’équipe reçoit la demande." }
        p {
            @if let Some(said) = measured.and_then(super::delays::sentence) { "Mesuré sur douze mois : " (said) ". " }
            a href={ "/delais/" (sheet.slug) "/" (kind.id) } { "Voir les délais mesurés" }
        }
        @if *allowed {
            form method="post" action=(start) {
                @match schools {
                    [(id, _)] => input type="hidden" name="school" value=(id);,
                    _ => (school_choice(schools)),
                }
                p { (plural_questions(kind)) " Chaque réponse est enregistrée : vous pouvez vous arrêter et reprendre." }
                div.actions { (form::submit("Commencer")) }
            }
        } @else {
            (beffroi_ui::notice(Tone::Warn, "Vos fonctions ne permettent pas de faire cette demande", html! {
                p { "Elle se fait par : " (who_may_ask(kind)) "." }
            }))
        }
    }
}

fn plural_questions(kind: &RequestType) -> String {
    let count = i64::try_from(kind.fields.len()).unwrap_or(0);
    format!("{} au plus.", beffroi_ui::plural(count, "question", "questions"))
}

fn school_choice(schools: &[(SchoolId, String)]) -> Markup {
    let options: Vec<(String, String)> =
        schools.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
    form::select(&form::Field::new("school", "Pour quel établissement ?"), &options)
}

/// One question.
pub(crate) fn ask(
    draft: &Draft,
    (field, closed): (&Field, &[Attachment]),
    typed: &Typed,
    back: &str,
    check: bool,
) -> Markup {
    let action = format!("/brouillons/{}/questions/{}", draft.id, field.id);
    let errors: Vec<(String, String)> =
        typed.error.map(|error| (field.id.clone(), error.to_owned())).into_iter().collect();
    let multipart = (field.kind == FieldKind::File).then_some("multipart/form-data");
    html! {
        (beffroi_ui::back_link(back, "Question précédente"))
        (form::error_summary(&errors))
        p.quiet { (draft.kind().title) " — brouillon enregistré" }
        @if field.kind == FieldKind::File { (files(draft, field, closed)) }
        form method="post" action=(action) enctype=[multipart] data-guard novalidate {
            @if check { input type="hidden" name="__check" value="1"; }
            (question::control(field, typed))
            div.actions {
                (form::submit("Continuer"))
                @if field.kind == FieldKind::Rows { button.secondary type="submit" name="__more" value="1" { "Ajouter des lignes" } }
            }
        }
        p { a href=(super::record::home(draft)) { "Enregistrer et revenir plus tard" } }
    }
}

/// Why a file of the draft is closed, if it is.
fn standing(closed: &[Attachment], id: &str) -> Option<Exam> {
    closed.iter().find(|file| file.id.to_string() == id).and_then(quarantine::closed)
}

fn files(draft: &Draft, field: &Field, closed: &[Attachment]) -> Markup {
    let given = match draft.answers.get(&field.id) {
        Some(beffroi_sheets::Answer::Files(files)) => files.as_slice(),
        _ => &[],
    };
    html! {
        @if !given.is_empty() {
            h2 { "Fichiers déjà joints" }
            ul {
                @for file in given {
                    li {
                        (file.name) " (" (beffroi_ui::file_size(i64::try_from(file.size).unwrap_or(0))) ") "
                        @if let Some(exam) = standing(closed, &file.id) {
                            (super::quarantine::standing(exam)) " "
                            @if exam != Exam::Waiting { "Retirez-le, puis joignez-en une copie saine faite sur un autre ordinateur. " }
                        }
                        (form::button_form(&format!("/brouillons/{}/questions/{}/retirer", draft.id, field.id), &format!("Retirer {}", file.name), "plain", &[("file", &file.id)]))
                    }
                }
            }
        }
    }
}

/// The request is out of the service: the sentence of the sheet, why, and what to do instead.
pub(crate) fn refused(draft: &Draft, refusal: &Refusal, exclusion: &Exclusion) -> Markup {
    let back = format!("/brouillons/{}", draft.id);
    html! {
        h1 { "Ce service ne couvre pas cette demande" }
        (beffroi_ui::notice(Tone::Warn, "La fiche exclut", html! { p { (exclusion.text) } }))
        h2 { "Pourquoi" }
        p { (exclusion.why) }
        h2 { "Que faire à la place" }
        p { (exclusion.instead) }
        @if let Some(link) = &exclusion.link { p { a href=(link) { "En savoir plus" } } }
        p.quiet { "Fiche « " (draft.published.sheet.title) " », version " (draft.published.number) " — " (exclusion.origin.label()) "." }
        @if refusal.kind == RefusalKind::OutOfScope {
            h2 { "Demander tout de même" }
            p { "Les techniciens peuvent parfois aider hors du service. Rien ne les y oblige : une telle demande n’a aucun délai garanti et ne peut pas être relancée comme un retard." }
            (form::button_form(&format!("{back}/sans-engagement"), "Continuer sans engagement de délai", "secondary", &[]))
        }
        @if !draft.answers.is_empty() {
            h2 { "Corriger vos réponses" }
            (given(draft, false))
        }
        div.actions {
            (form::button_form(&format!("{back}/supprimer"), "Supprimer ce brouillon", "plain", &[]))
        }
    }
}

/// The answers so far, each with the way to change it; `all` shows the questions without an answer too.
fn given(draft: &Draft, all: bool) -> Markup {
    let asked = draft.kind().asked(&draft.answers, &draft.facts).into_iter();
    html! {
        dl.facts {
            @for field in asked.filter(|field| all || draft.answers.contains_key(&field.id)) {
                div id=(field.id) {
                    dt { (field.label) }
                    dd {
                        div {
                            @match draft.answers.get(&field.id) {
                                Some(answer) => { @for line in field.show(answer) { (line) br; } },
                                None => span.quiet { "Pas de réponse" },
                            }
                        }
                        a href={ "/brouillons/" (draft.id) "/questions/" (field.id) "?verifier=1" } {
                            "Modifier" span.visually-hidden { " : " (field.label) }
                        }
                    }
                }
            }
        }
    }
}

/// Every answer, before sending.
pub(crate) fn check(
    draft: &Draft,
    school: &School,
    errors: &[(String, String)],
    examples_on: bool,
) -> Markup {
    let facts = draft.approval_facts();
    let approvals = draft.kind().approvals(&draft.answers, &facts, examples_on);
    let verb = if approvals.is_empty() { "Envoyer la demande" } else { "Envoyer à la validation" };
    html! {
        (beffroi_ui::back_link(&format!("/brouillons/{}", draft.id), "Retour"))
        (form::error_summary(errors))
        h1 { "Vérifiez vos réponses" }
        p { (draft.kind().title) " — " (school.name) ", " (school.city) }
        (given(draft, true))
        @if draft.is_goodwill() {
            (beffroi_ui::notice(Tone::Warn, "Sans engagement de délai", html! { p { "Cette demande est hors du service : elle n’a aucun délai garanti." } }))
        }
        h2 { "Ensuite" }
        ol.steps {
            @for step in &approvals { li { (step.title) } }
            li { "L’équipe compétente reçoit la demande et répond : première réponse sous " (draft.kind().first_answer.words()) "." }
        }
        form method="post" action={ "/brouillons/" (draft.id) "/envoyer" } {
            div.actions { (form::submit(verb)) }
        }
        (form::button_form(&format!("/brouillons/{}/supprimer", draft.id), "Supprimer ce brouillon", "plain", &[]))
    }
}

/// It is sent: the reference, what happens next and when.
pub(crate) fn confirmation(folder: &Folder) -> Markup {
    let request = &folder.request;
    let waiting = folder.approvals.iter().find(|step| step.state == "pending");
    let body = html! {
        h2 { "Ce qui se passe maintenant" }
        @match (waiting, request.first_answer_due) {
            (Some(step), _) => p { "« " (step.title) " » : " (crate::approvals::deciders(step)) " reçoit un message et décide. La demande part ensuite à l’équipe « " (folder.team.name) " »." },
            (None, Some(due)) => p { "L’équipe « " (folder.team.name) " » vous répond avant le " strong { (beffroi_ui::date_time(due)) } "." },
            (None, None) => p { "L’équipe « " (folder.team.name) " » a reçu la demande. Elle est sans engagement de délai." },
        }
        @if !folder.next.is_empty() { (beffroi_ui::next_steps(&folder.next)) }
        p.quiet { "Pourquoi cette équipe : " (request.routing_reason) }
        div.actions {
            a.button href={ "/demandes/" (request.reference) } { "Suivre la demande" }
            a href={ "/demandes/" (request.reference) "/recepisse" } { "Récépissé à imprimer" }
        }
    };
    beffroi_ui::confirmation(&request.reference, "Votre demande est enregistrée", body)
}
