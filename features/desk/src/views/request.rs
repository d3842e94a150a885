//! The page of a request: where things stand first, the conversation, then everything known of it.

mod facts;
mod receipt;
#[cfg(test)]
pub(crate) mod tests;

use beffroi_kernel::{Access, PersonId, Role};
use beffroi_ui::{Moment, Tone, form, tag};
use beffroi_web::Submitted;
use maud::{Markup, html};

use super::lists::state_tag;
use super::work_panel;
use crate::model::{ApprovalState, Channel, MessageKind, Outcome, State, WaitingFor};
use crate::reading::{Approval, Folder, Message};

pub(crate) use receipt::receipt;

/// What could not be done, with what was typed: nothing typed is lost.
pub(crate) struct Trouble {
    /// The field to mend, or `contenu` when the request itself changed.
    pub(crate) field: &'static str,
    /// What is wrong and what to do.
    pub(crate) message: String,
    /// The form as it was sent.
    pub(crate) typed: Submitted,
}

/// What the page shows, and to whom.
pub(crate) struct RequestPage<'a> {
    pub(crate) folder: &'a Folder,
    /// Who is looking.
    pub(crate) access: &'a Access,
    /// Whether they are the requester or of the school: they may answer.
    pub(crate) of_school: bool,
    /// For agents: identifier and name of each member of the team.
    pub(crate) colleagues: &'a [(String, String)],
    /// For agents: what each member of the team has in hand.
    pub(crate) members: &'a [crate::load::Member],
    /// For agents: identifier and name of every other team.
    pub(crate) teams: &'a [(String, String)],
    pub(crate) trouble: Option<&'a Trouble>,
}

impl<'a> RequestPage<'a> {
    /// A field with what was typed and what is wrong with it.
    pub(crate) fn field(&self, name: &'a str, label: &'a str) -> form::Field<'a> {
        let error =
            self.trouble.filter(|trouble| trouble.field == name).map(|trouble| trouble.message.as_str());
        form::Field::new(name, label).value(self.typed(name)).error(error)
    }

    /// What was typed in a field.
    pub(crate) fn typed(&self, name: &str) -> &'a str {
        self.trouble.and_then(|trouble| trouble.typed.get(name)).unwrap_or_default()
    }

    /// Whether the field to mend is one of these: its panel is then open.
    pub(crate) fn wrong(&self, names: &[&str]) -> bool {
        self.trouble.is_some_and(|trouble| names.contains(&trouble.field))
    }

    /// The address of an action on this request.
    pub(crate) fn action(&self, verb: &str) -> String {
        format!("/demandes/{}/{verb}", self.folder.request.reference)
    }

    /// Who is looking.
    pub(crate) fn me(&self) -> PersonId {
        self.access.person
    }

    fn is_mine(&self) -> bool {
        self.folder.request.requester_id == self.me()
    }
}

pub(crate) fn request(page: &RequestPage) -> Markup {
    let Folder { request, as_agent, .. } = page.folder;
    let back = if *as_agent { ("/file", "File de travail") } else { ("/demandes", "Demandes") };
    let errors: Vec<(String, String)> =
        page.trouble.map(|trouble| (trouble.field.to_owned(), trouble.message.clone())).into_iter().collect();
    html! {
        (beffroi_ui::back_link(back.0, back.1))
        (form::error_summary(&errors))
        h1 { (request.title) }
        p.lead { (standing(page)) }
        p {
            (beffroi_ui::reference(&request.reference)) " "
            (state_tag(&request.state, request.waiting_for.as_deref()))
            @if request.urgent { " " (tag(Tone::Bad, "Urgent")) }
        }
        (kept_text(page))
        (super::major::mark(request))
        @if request.goodwill {
            (beffroi_ui::notice(Tone::Warn, "Sans engagement de délai", html! {
                p { "Cette demande sort du service décrit par la fiche. L’équipe peut la traiter à titre facultatif : aucun délai n’est garanti." }
            }))
        }
        div.two {
            div {
                (satisfaction(page))
                section aria-labelledby="echanges" {
                    h2 id="echanges" { "Échanges" }
                    (conversation(page.folder))
                }
                (composer(page))
                @if *as_agent { (work_panel::panels(page)) }
            }
            aside aria-label="Ce que l’on sait de la demande" { (facts::facts(page)) }
        }
    }
}

/// What was typed when the request changed under one's feet, to copy from.
fn kept_text(page: &RequestPage) -> Markup {
    let moved = page.trouble.filter(|trouble| trouble.field == "contenu");
    let typed =
        moved.map(|trouble| trouble.typed.fields().iter().map(|(_, value)| value.trim()).collect::<Vec<_>>());
    let long = typed
        .unwrap_or_default()
        .into_iter()
        .max_by_key(|value| value.len())
        .filter(|value| value.len() > 10);
    html! {
        @if let Some(text) = long {
            (beffroi_ui::notice(Tone::Warn, "Votre texte n’est pas perdu", form::long_text(&form::Field::new("kept", "Ce que vous aviez écrit").value(text))))
        }
    }
}

/// Where things stand, in one sentence.
fn standing(page: &RequestPage) -> Markup {
    let Folder { request, state, team, now, .. } = page.folder;
    let subject = if page.is_mine() { "Votre demande" } else { "La demande" };
    let since = |at| beffroi_ui::since(*now - at);
    match state {
        State::Validation => approval_awaited(page.folder, subject),
        State::New | State::Open => in_hand(page.folder, subject),
        State::Waiting => html! {
            "En attente\u{a0}: " (request.waiting_for.as_deref().and_then(WaitingFor::of).map_or("une réponse", WaitingFor::label))
            ". Les délais sont suspendus " (since(request.updated_at)) "."
        },
        State::Resolved => html! {
            "L’équipe «\u{a0}" (team.name) "\u{a0}» propose une solution (" (outcome(page.folder)) ")"
            @if let Some(at) = request.resolved_at { " " (since(at)) } "."
            @if page.is_mine() { " Dites si elle convient\u{a0}; sans nouvelle de vous, la demande se ferme d’elle-même après 10\u{a0}jours ouvrés." }
        },
        State::Closed => html! {
            (subject) " est close" @if let Some(at) = request.closed_at { " depuis le " (beffroi_ui::date(at)) } " (" (outcome(page.folder)) ")."
        },
        State::Refused => {
            html! { "L’établissement n’a pas validé cette demande. Le motif est donné ci-dessous." }
        }
        State::Merged => {
            html! { (subject) " se poursuit dans une autre demande\u{a0}: voyez «\u{a0}Demandes liées\u{a0}»." }
        }
    }
}

fn outcome(folder: &Folder) -> String {
    folder
        .request
        .outcome
        .as_deref()
        .and_then(Outcome::of)
        .map_or_else(|| "sans suite".to_owned(), |one| one.label().to_lowercase())
}

fn approval_awaited(folder: &Folder, subject: &str) -> Markup {
    let Some(position) = folder.approvals.iter().position(|step| step.state == ApprovalState::Pending.slug())
    else {
        return html! { (subject) " est en cours de validation dans l’établissement." };
    };
    let step = &folder.approvals[position];
    // A step waits since the one before it was granted.
    let before = folder.approvals[..position].iter().filter_map(|step| step.decided_at).max();
    let since = before.unwrap_or(folder.request.submitted_at);
    let act = if step.sign { "la signature" } else { "la validation" };
    html! { (subject) " attend " (act) " " (of_deciders(step)) " " (beffroi_ui::since(folder.now - since)) "." }
}

/// « du chef d’établissement ou du secrétaire général »
fn of_deciders(step: &Approval) -> String {
    let roles = step.roles.split(',').filter_map(|slug| slug.parse::<Role>().ok());
    let named: Vec<String> = roles
        .map(|role| match role {
            Role::Head => "du chef d’établissement".to_owned(),
            Role::DeputyHead => "du chef d’établissement adjoint".to_owned(),
            Role::SecretaryGeneral => "du secrétaire général".to_owned(),
            Role::WorkshopDirector => "du directeur délégué (DDFPT)".to_owned(),
            Role::IctCoordinator => "du coordonnateur TIC".to_owned(),
            Role::Teacher => "d’un enseignant".to_owned(),
            other => format!("de la fonction «\u{a0}{}\u{a0}»", other.label()),
        })
        .collect();
    named.join(" ou ")
}

fn in_hand(folder: &Folder, subject: &str) -> Markup {
    let Folder { request, team, now, .. } = folder;
    html! {
        @match request.assignee_id {
            Some(person) => { (folder.name(Some(person))) ", de l’équipe «\u{a0}" (team.name) "\u{a0}», s’en occupe." },
            None => { (subject) " est dans la file de l’équipe «\u{a0}" (team.name) "\u{a0}»." },
        }
        @match request.next_due {
            Some(due) => {
                @match (request.first_answered_at.is_none(), due < *now) {
                    (true, false) => " L’équipe répond avant le ",
                    (true, true) => " L’équipe devait répondre avant le ",
                    (false, false) => " Une solution est attendue avant le ",
                    (false, true) => " Une solution était attendue avant le ",
                }
                strong { (beffroi_ui::moment_text(due)) } " (" (beffroi_ui::time_left(due - *now)) ")."
            },
            None => " C’est sans engagement de délai.",
        }
    }
}

fn conversation(folder: &Folder) -> Markup {
    let moments: Vec<Moment> = folder.messages.iter().map(|message| moment(folder, message)).collect();
    beffroi_ui::timeline(&moments)
}

fn moment(folder: &Folder, message: &Message) -> Moment {
    let kind = MessageKind::of(&message.kind).unwrap_or(MessageKind::System);
    let requester = message.author_id == Some(folder.request.requester_id);
    let meta = html! {
        strong { (folder.name(message.author_id)) }
        @if requester { " (demandeur)" }
        ", " (beffroi_ui::ago(message.created_at, folder.now))
        @match kind {
            MessageKind::Internal => { " " (tag(Tone::Warn, "Note interne, lue par les agents seulement")) },
            MessageKind::Public | MessageKind::System => {},
        }
    };
    Moment { kind: kind.slug(), meta, body: html! { (message.body) } }
}

/// The way to answer: for agents, to the requester or among agents; for the school, a message or files.
fn composer(page: &RequestPage) -> Markup {
    let Folder { state, as_agent, reads_notes, .. } = page.folder;
    let open = !matches!(state, State::Closed | State::Refused | State::Merged);
    let may_note = *as_agent && *reads_notes;
    html! {
        @if (open && (*as_agent || page.of_school)) || may_note {
            form.panel method="post" action=(page.action("messages")) data-guard {
                @if may_note { (readers(page, open)) }
                (form::long_text(&page.field("message", if *as_agent { "Écrire" } else { "Répondre" }).hint("Ctrl + Entrée envoie.")))
                div.actions { (form::submit("Envoyer")) }
            }
        }
        @if open && (*as_agent || page.of_school) {
            form.panel method="post" action=(page.action("fichiers")) enctype="multipart/form-data" {
                @let refused = crate::files::DANGEROUS_EXTENSIONS.join(",");
                (form::file(&page.field("files", "Joindre un fichier").hint("20 Mo au plus."), crate::files::MAX_BYTES, &refused))
                div.actions { button.secondary type="submit" { "Joindre" } }
            }
        }
        @if *state == State::Resolved && page.of_school && !*as_agent {
            form.panel method="post" action=(page.action("rouvrir")) data-guard {
                (form::long_text(&page.field("why", "Ce n’est pas résolu ?").hint("Dites ce qui ne va pas encore : la demande revient à l’équipe.")))
                div.actions { button.secondary type="submit" { "Rouvrir la demande" } }
            }
        }
    }
}

fn readers(page: &RequestPage, open: bool) -> Markup {
    let internal = !open || page.typed("kind") == MessageKind::Internal.slug();
    let choice =
        |kind: MessageKind, label, hint, chosen| form::Choice { value: kind.slug(), label, hint, chosen };
    let public = choice(
        MessageKind::Public,
        "Message au demandeur",
        "Lu par l’établissement et les équipes.",
        !internal,
    );
    let note = choice(MessageKind::Internal, "Note interne", "Lue par les agents seulement.", internal);
    let choices = if open { vec![public, note] } else { vec![note] };
    form::radios(&page.field("kind", "Pour qui ?"), &choices)
}

/// One click says whether it helped.
fn satisfaction(page: &RequestPage) -> Markup {
    let Folder { request, state, .. } = page.folder;
    let asked =
        page.is_mine() && matches!(state, State::Resolved | State::Closed) && request.satisfaction.is_none();
    let answers = [("Oui, tout à fait", "3"), ("En partie", "2"), ("Non", "1")];
    html! {
        @if asked {
            section.screen-only aria-labelledby="satisfaction" {
                h2 id="satisfaction" { "La solution convient-elle ?" }
                @if *state == State::Resolved { p { "Votre réponse ferme la demande. S’il reste quelque chose à faire, rouvrez-la plutôt." } }
                div.actions {
                    @for (words, rating) in answers { (form::button_form(&page.action("satisfaction"), words, "secondary", &[("rating", rating)])) }
                }
            }
        }
    }
}

/// How a request came in, in words.
pub(crate) fn channel(folder: &Folder) -> &'static str {
    Channel::of(&folder.request.channel).map_or("—", Channel::label)
}
