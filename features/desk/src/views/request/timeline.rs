//! What was said and done on a request: everything, or one kind of it; from the oldest or from the
//! latest, as each prefers.

use beffroi_ui::{Moment, Tone, form, tabs, tag};
use maud::{Markup, html};

use super::RequestPage;
use crate::model::MessageKind;
use crate::reading::{Attachment, Folder, Message};
use crate::views::lists::address;

/// What part of the timeline is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kept {
    #[default]
    All,
    Messages,
    Notes,
    Events,
    Files,
}

impl Kept {
    const EACH: [Self; 5] = [Self::All, Self::Messages, Self::Notes, Self::Events, Self::Files];

    /// The part named in the address; everything otherwise.
    pub(crate) fn of(slug: &str) -> Self {
        Self::EACH.into_iter().find(|kept| kept.slug() == slug).unwrap_or_default()
    }

    const fn slug(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Messages => "messages",
            Self::Notes => "notes",
            Self::Events => "evenements",
            Self::Files => "fichiers",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::All => "Tout",
            Self::Messages => "Messages",
            Self::Notes => "Notes",
            Self::Events => "Événements",
            Self::Files => "Fichiers",
        }
    }

    fn keeps(self, message: &Message, files: &[Attachment]) -> bool {
        let kind = MessageKind::of(&message.kind).unwrap_or(MessageKind::System);
        match self {
            Self::All => true,
            Self::Messages => kind == MessageKind::Public,
            Self::Notes => kind == MessageKind::Internal,
            Self::Events => kind == MessageKind::System,
            Self::Files => files.iter().any(|file| file.message_id == Some(message.id)),
        }
    }
}

/// The timeline with its filters; the school has it plain.
pub(super) fn timeline(page: &RequestPage) -> Markup {
    let folder = page.folder;
    let kept = if folder.as_agent { page.kept } else { Kept::All };
    let mut shown: Vec<&Message> =
        folder.messages.iter().filter(|message| kept.keeps(message, &folder.files)).collect();
    if folder.as_agent && page.beside.newest_first {
        shown.reverse();
    }
    let moments: Vec<Moment> = shown.into_iter().map(|message| moment(folder, message)).collect();
    html! {
        section aria-labelledby="echanges" {
            h2 #echanges { "Échanges" }
            @if folder.as_agent { (filters(page, kept)) }
            div #fil data-live-part {
                @if moments.is_empty() { p.quiet { (nothing(kept)) } } @else { (beffroi_ui::timeline(&moments)) }
            }
        }
    }
}

fn nothing(kept: Kept) -> &'static str {
    match kept {
        Kept::All | Kept::Messages => "Aucun message pour l’instant.",
        Kept::Notes => "Aucune note interne pour l’instant.",
        Kept::Events => "Aucun événement pour l’instant.",
        Kept::Files => {
            "Aucun fichier n’a été joint depuis l’envoi ; ceux de la demande sont dans « Fichiers »."
        }
    }
}

fn filters(page: &RequestPage, kept: Kept) -> Markup {
    let path = format!("/demandes/{}", page.folder.request.reference);
    let list = page.list.unwrap_or_default();
    let items: Vec<(String, String, bool)> = Kept::EACH
        .iter()
        .filter(|one| **one != Kept::Notes || page.folder.reads_notes)
        .map(|one| {
            let to = address(&path, &[("voir", one.slug()), ("file", list)]);
            (to, one.label().to_owned(), *one == kept)
        })
        .collect();
    let (order, words) = if page.beside.newest_first {
        ("ancien", "Afficher du plus ancien au plus récent")
    } else {
        ("recent", "Afficher du plus récent au plus ancien")
    };
    html! {
        div.filters.screen-only {
            (tabs("Ce qui est affiché", &items))
            (form::button_form(&page.action("ordre"), words, "plain", &[("ordre", order), ("voir", kept.slug())]))
        }
    }
}

fn moment(folder: &Folder, message: &Message) -> Moment {
    let kind = MessageKind::of(&message.kind).unwrap_or(MessageKind::System);
    let requester = message.author_id == Some(folder.request.requester_id);
    let meta = html! {
        strong { (folder.name(message.author_id)) }
        @if requester { " (demandeur)" }
        ", " (beffroi_ui::ago(message.created_at, folder.now))
        @if kind == MessageKind::Internal { " " (tag(Tone::Warn, "Note interne, lue par les agents seulement")) }
    };
    let files: Vec<&Attachment> =
        folder.files.iter().filter(|file| file.message_id == Some(message.id)).collect();
    let body = html! {
        (words(&message.body))
        @if !files.is_empty() {
            ul.attached { @for file in files { li { (crate::views::quarantine::file(file, folder.as_agent)) } } }
        }
    };
    Moment { kind: kind.slug(), meta, body }
}

/// What was written; what it quotes at its end, as an answer by mail does, is folded.
fn words(body: &str) -> Markup {
    let lines: Vec<&str> = body.lines().collect();
    let said = lines.iter().rposition(|line| !line.starts_with('>')).map_or(0, |last| last + 1);
    let quoted: Vec<&str> =
        lines[said..].iter().map(|line| line[1..].strip_prefix(' ').unwrap_or(&line[1..])).collect();
    html! {
        @if quoted.is_empty() || said == 0 { (body) } @else {
            (lines[..said].join("\n").trim_end())
            (beffroi_ui::details("Texte cité", html! { (quoted.join("\n")) }))
        }
    }
}
