//! The pages of acts, in French, phone first.

pub(crate) mod acknowledge;
pub(crate) mod act;
pub(crate) mod liability;
pub(crate) mod lists;
pub(crate) mod proofs;
pub(crate) mod review;
pub(crate) mod sign;

use beffroi_directory::Keys;
use beffroi_ui::{Tone, tag};
use maud::{Markup, html};

use crate::model::{Act, EndReason, State};

/// What a person can prove who they are with, to decide of an act.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    pub keys: Keys,
    /// Whether only a passkey decides of it.
    pub key_only: bool,
}

/// Where an act stands, by shape and word.
pub(crate) fn state(act: &Act) -> Markup {
    let (tone, words) = match (act.state, &act.ended) {
        (State::Ended, Some(end)) => {
            let bad = matches!(end.reason, EndReason::Refused | EndReason::Revoked);
            (if bad { Tone::Bad } else { Tone::Quiet }, end.reason.label())
        }
        (State::ToSign, _) => (Tone::Warn, State::ToSign.label()),
        _ if act.suspended.is_some() => (Tone::Bad, "Suspendu"),
        (State::InForce, _) => (Tone::Good, State::InForce.label()),
        (other, _) => (Tone::Calm, other.label()),
    };
    tag(tone, words)
}

/// From when to when, in words.
pub(crate) fn period(act: &Act) -> Markup {
    html! {
        "à partir du " (beffroi_ui::day(act.starts_on))
        @match act.ends_on {
            Some(last) => { ", jusqu’au " (beffroi_ui::day(last)) " inclus" },
            None => { ", sans date de fin" },
        }
    }
}

/// With a capital first.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    first + letters.as_str()
}
