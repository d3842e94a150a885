//! The belfry, and the shapes that say a state before its colour does.

use maud::{Markup, html};

use crate::Tone;

/// The shape of a tone: half disc, tick, triangle, cross, ring. Decorative: a word stands beside it.
#[must_use]
pub fn shape(tone: Tone) -> Markup {
    let path = match tone {
        Tone::Calm => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2v8a4 4 0 0 1 0-8z",
        Tone::Good => "M6.2 13.4 1.6 8.8l1.9-1.9 2.7 2.7 6.3-6.9 2 1.8z",
        Tone::Warn => "M8 1.2 15.4 14.5H.6zM7 6v4.4h2V6zm0 5.4v1.7h2v-1.7z",
        Tone::Bad => {
            "m3.6 1.8 4.4 4.4 4.4-4.4 1.8 1.8L9.8 8l4.4 4.4-1.8 1.8L8 9.8l-4.4 4.4-1.8-1.8L6.2 8 1.8 3.6z"
        }
        Tone::Quiet => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
    };
    html! {
        svg.shape viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false" {
            path fill="currentColor" fill-rule="evenodd" d=(path) {}
        }
    }
}

/// The belfry, the only ornament of the house.
#[must_use]
pub fn belfry() -> Markup {
    let path = "M15.4 0h1.2v3.2l2 3.4 3.4 3.6v2.2h1.6v2.2h-1.2V38H26v2H6v-2h3.6V14.6H8.4v-2.2H10v-2.2l3.4-3.6 2-3.4z\
        M13 16.6V23h1.8v-6.4a.9.9 0 0 0-1.8 0zm4.2 0V23H19v-6.4a.9.9 0 0 0-1.8 0z\
        M16 26.2a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2zM14.4 34v4h3.2v-4a1.6 1.6 0 0 0-3.2 0z";
    html! {
        svg.belfry viewBox="4 0 24 40" aria-hidden="true" focusable="false" {
            path fill="currentColor" fill-rule="evenodd" d=(path) {}
        }
    }
}
