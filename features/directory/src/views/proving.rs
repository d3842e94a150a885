//! What a form asks of whoever signs with it: the password again, or a passkey. The same wherever something is
//! signed, so that nobody learns it twice. (T2, T3, SRV-15)

use beffroi_ui::form::{self, Field};
use beffroi_ui::{Tone, notice};
use maud::{Markup, html};

use super::passkey_button;
use crate::factors::Keys;

/// Where one reads what a key is, and makes one.
const MAKE: &str = "/compte/cles";

/// What a form asks, under the text that is signed.
pub struct Proving<'a> {
    /// What a key confirms, in the order given to [`crate::prove`].
    pub subjects: &'a [String],
    /// How keys stand for this person.
    pub keys: Keys,
    /// Whether a password is not enough.
    pub key_only: bool,
    /// What typing the password again is worth.
    pub hint: &'a str,
    /// What is wrong with the password.
    pub error: Option<&'a str>,
    /// The buttons sent with the password; the first says what is done.
    pub buttons: Markup,
    /// The button of the key: « Signer avec une clé d’accès ».
    pub label: &'a str,
}

/// The fields and buttons that end the form. The page needs the script `passkeys.js`.
#[must_use]
pub fn proving(asked: &Proving) -> Markup {
    html! {
        @if asked.key_only { (by_key(asked)) } @else {
            (form::password(&Field::new("password", "Votre mot de passe")
                .hint(asked.hint).error(asked.error).autocomplete("current-password")))
            div.actions { (asked.buttons) }
            div #cle {
                @match asked.keys {
                    Keys::Ready => (passkey_button(asked.subjects, asked.label)),
                    Keys::Missing => p.hint {
                        "Sans mot de passe à saisir, d’un geste sur votre téléphone ou votre ordinateur\u{a0}: "
                        a href=(MAKE) { "Faire une clé d’accès" }
                    },
                    Keys::Impossible => {},
                }
            }
            // Whoever came by a provider may have no password here.
            (super::sso::confirming(&asked.subjects.join(" ")))
        }
    }
}

fn by_key(asked: &Proving) -> Markup {
    html! {
        div #cle {
            (notice(Tone::Calm, "Une clé d’accès est demandée", html! {
                p { "Un mot de passe ne suffit pas pour cet acte." }
                (missing(asked.keys))
                noscript { p { "La signature avec une clé demande JavaScript, que votre navigateur n’exécute pas ici." } }
            }))
            @if asked.keys == Keys::Ready { (passkey_button(asked.subjects, asked.label)) }
        }
    }
}

/// What somebody who has no key to sign with does about it; nothing when theirs is ready.
#[must_use]
pub fn missing(keys: Keys) -> Markup {
    html! {
        @match keys {
            Keys::Ready => {},
            Keys::Missing => p {
                "Vous n’avez pas encore de clé d’accès. " a href=(MAKE) { "Faire une clé d’accès" }
                " prend une minute\u{a0}; revenez ensuite à cette page."
            },
            Keys::Impossible => p {
                "À cette adresse, les navigateurs ne gardent pas de clé\u{a0}: prévenez la Région, qui donne au site une adresse avec un nom."
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The link that makes a key; the challenge of one begins alike.
    const LINK: &str = "href=\"/compte/cles\"";

    fn shown(keys: Keys, key_only: bool) -> String {
        let asked = Proving {
            subjects: &["acte:1:abc".into()],
            keys,
            key_only,
            hint: "Il vaut signature.",
            error: None,
            buttons: form::submit("Signer"),
            label: "Signer avec une clé d’accès",
        };
        proving(&asked).into_string()
    }

    #[test]
    fn a_key_is_offered_to_whoever_has_one_and_to_nobody_else() {
        for key_only in [false, true] {
            let ready = shown(Keys::Ready, key_only);
            assert!(ready.contains("data-subject=\"acte:1:abc\"") && !ready.contains(LINK), "{ready}");
            let missing = shown(Keys::Missing, key_only);
            assert!(!missing.contains("data-passkey") && missing.contains(LINK), "{missing}");
            let nowhere = shown(Keys::Impossible, key_only);
            assert!(!nowhere.contains("data-passkey") && !nowhere.contains(LINK), "{nowhere}");
        }
    }

    #[test]
    fn where_only_a_key_will_do_no_password_is_asked() {
        assert!(shown(Keys::Missing, false).contains("name=\"password\""));
        for keys in [Keys::Ready, Keys::Missing, Keys::Impossible] {
            let page = shown(keys, true);
            assert!(!page.contains("name=\"password\"") && !page.contains("Signer</button>"), "{page}");
        }
        assert!(shown(Keys::Impossible, true).contains("prévenez la Région"));
    }
}
