//! The receipt of a request, to print: what was asked, when, of whom, and who approved it.

use beffroi_kernel::Role;
use maud::{Markup, html};

use super::facts::answers;
use crate::model::{ApprovalState, State};
use crate::reading::{Approval, Folder};

pub(crate) fn receipt(folder: &Folder) -> Markup {
    let request = &folder.request;
    html! {
        (beffroi_ui::back_link(&format!("/demandes/{}", request.reference), "Retour à la demande"))
        h1 { "Récépissé de la demande " (beffroi_ui::reference(&request.reference)) }
        p.screen-only { "Imprimez cette page depuis votre navigateur : seul le récépissé est imprimé." }
        p.lead { "La demande «\u{a0}" (request.title) "\u{a0}» a été enregistrée le " (beffroi_ui::date_time(request.submitted_at)) "." }
        (beffroi_ui::facts(&identity(folder)))
        h2 { "Ce qui est demandé" }
        (answers(folder))
        @if !folder.files.is_empty() {
            h2 { "Pièces jointes" }
            ul { @for file in &folder.files { li { (file.name) " (" (beffroi_ui::file_size(file.size)) ")" br; span.quiet { "Empreinte SHA-256 : " code { (file.sha256) } } } } }
        }
        @if !folder.approvals.is_empty() {
            h2 { "Validations de l’établissement" }
            @for step in &folder.approvals { (decision(folder, step)) }
        }
        p.quiet { "Récépissé édité le " (beffroi_ui::date_time(folder.now)) "." }
    }
}

fn identity(folder: &Folder) -> Vec<(String, Markup)> {
    let Folder { request, school, .. } = folder;
    let role = request.requester_role.parse::<Role>().map_or("", Role::label);
    let mut identity = vec![
        ("Établissement", html! { (school.name) ", " (school.city) " (UAI " (school.uai) ")" }),
        ("Demandeur", html! { (folder.name(Some(request.requester_id))) ", " (role) }),
        ("Fiche", html! { (folder.sheet_title) ", version " (folder.sheet_version) }),
        ("Équipe destinataire", html! { (folder.team.name) }),
        ("État", html! { (folder.state.label()) }),
    ];
    if request.goodwill {
        identity.push(("Délais", html! { "Hors du service décrit par la fiche : sans engagement de délai" }));
    }
    if let Some(at) = request.sent_at {
        identity.push(("Transmise à l’équipe", html! { (beffroi_ui::date_time(at)) }));
    }
    if let (Some(due), State::New | State::Open) = (request.first_answer_due, folder.state) {
        identity.push(("Première réponse", html! { "avant le " (beffroi_ui::date_time(due)) }));
    }
    if let (Some(due), State::New | State::Open) = (request.solution_due, folder.state) {
        identity.push(("Solution", html! { "avant le " (beffroi_ui::date_time(due)) }));
    }
    identity.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn decision(folder: &Folder, step: &Approval) -> Markup {
    let state = ApprovalState::of(&step.state).map_or("", ApprovalState::label);
    html! {
        h3 { (step.title) " — " (state) }
        @if let Some(at) = step.decided_at {
            p {
                "Par " (folder.name(step.decided_by))
                @if let Some(authority) = &step.authority { " (" (authority) ")" }
                ", le " (beffroi_ui::date_time(at)) "."
            }
        }
        @if let Some(reason) = &step.reason { p { "Motif : " (reason) } }
        @if let (Some(text), Some(hash)) = (&step.text, &step.text_sha256) {
            p { "Texte signé (signature électronique simple) :" }
            blockquote { @for line in text.lines() { (line) br; } }
            p.quiet { "Empreinte SHA-256 du texte : " code { (hash) } }
        }
    }
}
