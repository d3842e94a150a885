//! The parts of a page that follow what changes: what to watch, who else is there, the last thing
//! said. Nothing of it shows without JavaScript.

use maud::{Markup, html};

use super::request::RequestPage;
use crate::live::seen;
use crate::model::MessageKind;
use crate::reading::Message;

/// Makes the page of a request follow it; agents also see who else is there.
pub(crate) fn follow(page: &RequestPage) -> Markup {
    let folder = page.folder;
    let address = format!("/demandes/{}", folder.request.reference);
    let presence = folder.as_agent.then(|| page.action("presence"));
    let live = beffroi_ui::Live {
        subject: &format!("demande:{}", folder.request.reference),
        seen: &seen(&folder.request, last(page).map(|message| message.id)),
        page: &address,
        presence: presence.as_deref(),
        added: "",
    };
    html! {
        (live.markup())
        @if let Some(message) = last(page) {
            p hidden id="dernier" data-live-part data-message=(message.id) data-mine[message.author_id == Some(page.me())] {
                (said(page, message))
            }
        }
    }
}

/// Goes with an answer: the last message that the page showed.
pub(crate) fn last_seen(page: &RequestPage) -> Markup {
    html! { @if let Some(message) = last(page) { input type="hidden" name="vu" value=(message.id); } }
}

/// Makes a list follow the queue.
pub(crate) fn follow_queue() -> Markup {
    let added = "nouvelle demande dans la liste|nouvelles demandes dans la liste";
    beffroi_ui::Live { subject: "file", seen: "", page: "", presence: None, added }.markup()
}

fn last<'a>(page: &RequestPage<'a>) -> Option<&'a Message> {
    page.folder.messages.last()
}

/// What a screen reader says of a message that comes in.
fn said(page: &RequestPage, message: &Message) -> Markup {
    let author = page.folder.name(message.author_id);
    html! {
        @match MessageKind::of(&message.kind) {
            Some(MessageKind::Public) => { "Nouvelle réponse de " (author) },
            Some(MessageKind::Internal) => { "Nouvelle note interne de " (author) },
            _ => (message.body),
        }
    }
}
