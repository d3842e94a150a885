//! The page of a request: where things stand first, the conversation, then everything known of it.

mod facts;
mod fields;
mod receipt;
#[cfg(test)]
pub(crate) mod tests;
mod timeline;

use beffroi_kernel::{Access, PersonId, Role};
use beffroi_ui::{Tone, form, tag};
use beffroi_web::Submitted;
use maud::{Markup, html};

use super::composer::composer;
use super::lists::{address, state_tag};
use crate::composer::Beside;
use crate::model::{ApprovalState, Channel, Gesture, Outcome, State, WaitingFor};
use crate::reading::{Approval, Folder};

pub(crate) use receipt::receipt;
pub(crate) use timeline::Kept;

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
    /// What was typed and is not sent yet, when nothing is wrong with it.
    pub(crate) filled: Option<&'a Submitted>,
    /// What waits beside the request for this person.
    pub(crate) beside: &'a Beside,
    /// What part of the timeline is shown.
    pub(crate) kept: Kept,
    /// The address of the list the person comes from.
    pub(crate) list: Option<&'a str>,
    /// What a release of liability takes from it; nothing without one.
    pub(crate) released: Markup,
    /// What a room above says of it; nothing without one.
    pub(crate) neighbour: Markup,
}

impl<'a> RequestPage<'a> {
    /// A field with what was typed and what is wrong with it.
    pub(crate) fn field(&self, name: &'a str, label: &'a str) -> form::Field<'a> {
        form::Field::new(name, label).value(self.typed(name)).error(self.error(name))
    }

    /// What is wrong with a field.
    pub(crate) fn error(&self, name: &str) -> Option<&'a str> {
        self.trouble.filter(|trouble| trouble.field == name).map(|trouble| trouble.message.as_str())
    }

    fn sent(&self) -> Option<&'a Submitted> {
        self.trouble.map(|trouble| &trouble.typed).or(self.filled)
    }

    /// What was typed in a field.
    pub(crate) fn typed(&self, name: &str) -> &'a str {
        self.sent().and_then(|typed| typed.get(name)).unwrap_or_default()
    }

    /// Whether the composer comes back with what was typed in it.
    pub(crate) fn has_typed(&self) -> bool {
        self.sent().is_some_and(|typed| typed.get("message").is_some())
    }

    /// The text of the composer: what was just typed, else what was being typed another time.
    pub(crate) fn text(&self) -> &'a str {
        let draft = || self.beside.draft.as_ref().map_or("", |draft| draft.body.as_str());
        self.sent().and_then(|typed| typed.get("message")).unwrap_or_else(draft)
    }

    /// What the text is for.
    pub(crate) fn gesture(&self) -> Gesture {
        let draft = || self.beside.draft.as_ref().map(|draft| draft.kind);
        Gesture::of(self.typed("kind")).or_else(draft).unwrap_or(Gesture::Reply)
    }

    /// Whether the field to mend is one of these: its panel is then open.
    pub(crate) fn wrong(&self, names: &[&str]) -> bool {
        self.trouble.is_some_and(|trouble| names.contains(&trouble.field))
    }

    /// The address of an action on this request.
    pub(crate) fn action(&self, verb: &str) -> String {
        let path = format!("/demandes/{}/{verb}", self.folder.request.reference);
        address(&path, &[("file", self.list.unwrap_or_default())])
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
    let back = match (page.list, *as_agent) {
        (Some(list), _) => (list, "Retour à la liste"),
        (None, true) => ("/file", "File de travail"),
        (None, false) => ("/demandes", "Demandes"),
    };
    let errors: Vec<(String, String)> =
        page.trouble.map(|trouble| (trouble.field.to_owned(), trouble.message.clone())).into_iter().collect();
    html! {
        a.back href=(back.0) data-key="u" { "← " (back.1) }
        (form::error_summary(&errors))
        h1 { (request.title) }
        p.lead id="etat" data-live-part { (standing(page)) }
        p id="marques" data-live-part {
            (beffroi_ui::reference(&request.reference)) " "
            (state_tag(&request.state, request.waiting_for.as_deref()))
            @if request.urgent { " " (tag(Tone::Bad, "Urgent")) }
        }
        (super::live::follow(page))
        (kept_text(page))
        (super::major::mark(request))
        (page.released)
        @if request.goodwill {
            (beffroi_ui::notice(Tone::Warn, "Sans engagement de délai", html! {
                p { "Cette demande sort du service décrit par la fiche. L’équipe peut la traiter à titre facultatif : aucun délai n’est garanti." }
            }))
        }
        div.two.request {
            div {
                (satisfaction(page))
                @if *as_agent {
                    p.narrow-only { a href="#composer" { "Aller à la zone de réponse" } }
                    (fields::asked(page))
                }
                (timeline::timeline(page))
                (composer(page))
                (super::offers::make_article(page))
                (reopen(page))
            }
            aside #champs data-live-part aria-label="Ce que l’on sait de la demande" {
                (page.neighbour)
                @if *as_agent { (fields::fields(page)) } @else { (facts::facts(page)) }
            }
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

/// The requester who finds the solution wanting says what is still wrong.
fn reopen(page: &RequestPage) -> Markup {
    html! {
        @if page.folder.state == State::Resolved && page.of_school && !page.folder.as_agent {
            form.panel method="post" action=(page.action("rouvrir")) data-guard {
                (form::long_text(&page.field("why", "Ce n’est pas résolu ?").hint("Dites ce qui ne va pas encore : la demande revient à l’équipe.")))
                div.actions { button.secondary type="submit" { "Rouvrir la demande" } }
            }
        }
    }
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
