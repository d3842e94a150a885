//! What is said before starting of an act that only a passkey signs. (T3, SRV-15)

use beffroi_directory::{Keys, missing_key};
use beffroi_ui::{Tone, notice};
use maud::{Markup, html};

use crate::acts::KeyAsked;

/// Who signs needs a key; whoever may sign and has none is told how to make one.
pub(crate) fn asked(asked: &KeyAsked) -> Markup {
    let tone =
        if matches!(asked.own, Some(Keys::Missing | Keys::Impossible)) { Tone::Warn } else { Tone::Calm };
    notice(
        tone,
        "Signature avec une clé d’accès",
        html! {
            p { "L’acte que fait cette demande se signe seulement avec une clé d’accès\u{a0}: un mot de passe ne suffit pas." }
            @match asked.own {
                Some(Keys::Ready) => p { "Vous en avez une." },
                Some(keys) => (missing_key(keys)),
                None => p { "Prévenez qui doit signer\u{a0}: sans clé, cette personne en ajoute une depuis «\u{a0}Mon compte\u{a0}», en une minute." },
            }
        },
    )
}
