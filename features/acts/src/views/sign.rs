//! Signing, and decisions that need only a reason.

use beffroi_directory::{Proving, proving};
use beffroi_ui::{Tone, form};
use maud::{Markup, html};
use similar::{ChangeTag, TextDiff};

use super::acknowledge::{ACKNOWLEDGED, UNTICKED, acknowledgement_box};
use super::{Means, period};
use crate::model::{Act, Authority, State};

/// Why nothing was signed, as the page says it.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Not their password.
    Password,
    /// What must be acknowledged apart is not ticked.
    Unticked,
    /// No key confirmed it, or only a key would, in words.
    Passkey(String),
    /// The text is not the one that was read; that text, when it is known.
    TextChanged(Option<String>),
    /// They may not sign any more.
    Lapsed,
    /// Anything else, in words.
    Said(String),
}

/// What the page of signature shows.
pub(crate) struct Asked<'a> {
    pub act: &'a Act,
    pub school: &'a str,
    /// The authority of the person, when they may sign now.
    pub own: Option<&'a str>,
    pub may_sign: &'a [Authority],
    pub trouble: Option<Trouble>,
    /// Whether the box of what is acknowledged was ticked.
    pub acknowledged: bool,
    /// Whether they signed already.
    pub signed: bool,
    /// What proves who signs.
    pub means: Means,
}

pub(crate) fn form(asked: &Asked) -> Markup {
    let act = asked.act;
    let errors = errors(asked);
    html! {
        (beffroi_ui::back_link(&format!("/actes/{}", act.id), "L’acte"))
        (form::error_summary(&errors))
        h1 { "Signer : " (act.title) }
        p.lead { "Acte " (beffroi_ui::reference(&act.reference)) ", " (asked.school) ", " (period(act)) "." }
        @if let Some(Trouble::TextChanged(shown)) = &asked.trouble { (difference(shown.as_deref(), &act.text)) }
        (text(act))
        @match (act.state, asked.own) {
            (State::ToSign, _) if asked.signed => (beffroi_ui::notice(Tone::Good, "Vous avez signé", html! { p { "Votre signature est enregistrée. L’acte attend les autres signatures." } })),
            (State::ToSign, Some(own)) => (signature(asked, own)),
            (State::ToSign, None) => (not_yours(asked.may_sign)),
            (other, _) => (beffroi_ui::notice(Tone::Calm, "Rien à signer", html! { p { "Cet acte n’attend plus de signature : " (other.label().to_lowercase()) "." } })),
        }
    }
}

fn errors(asked: &Asked) -> Vec<(String, String)> {
    let (field, said) = match &asked.trouble {
        None => return Vec::new(),
        Some(Trouble::Password) => ("password", PASSWORD.to_owned()),
        Some(Trouble::Unticked) => (ACKNOWLEDGED.0, UNTICKED.to_owned()),
        Some(Trouble::Passkey(said)) => ("cle", said.clone()),
        Some(Trouble::TextChanged(_)) => (
            "texte",
            "Le texte a changé depuis que vous l’avez lu : rien n’est signé. Relisez-le, puis signez."
                .to_owned(),
        ),
        Some(Trouble::Lapsed) => {
            ("qui-signe", "Vous n’avez plus qualité pour signer cet acte : rien n’est signé.".to_owned())
        }
        Some(Trouble::Said(said)) => ("texte", said.clone()),
    };
    vec![(field.to_owned(), said)]
}

const PASSWORD: &str =
    "Le mot de passe ne convient pas : rien n’est signé. Saisissez celui avec lequel vous vous connectez.";

/// The exact text, in full.
pub(crate) fn text(act: &Act) -> Markup {
    html! {
        h2 #texte { "Texte de l’acte" }
        (beffroi_ui::notice(Tone::Calm, act.kind.label(), html! { p.signed { (act.text) } }))
    }
}

/// What changed since the person read it, line by line.
fn difference(shown: Option<&str>, now: &str) -> Markup {
    let Some(shown) = shown else {
        return beffroi_ui::notice(
            Tone::Warn,
            "Le texte a changé",
            html! { p { "Le texte que vous aviez lu n’est plus celui de l’acte. Voici le texte tel qu’il est maintenant." } },
        );
    };
    let diff = TextDiff::from_lines(shown, now);
    html! {
        (beffroi_ui::notice(Tone::Warn, "Le texte a changé", html! {
            p { "Voici ce qui a changé depuis que vous l’avez lu. Les lignes retirées commencent par « − », les lignes ajoutées par « + »." }
            ul.diff {
                @for change in diff.iter_all_changes() {
                    @match change.tag() {
                        ChangeTag::Equal => li { "  " (change.value().trim_end()) },
                        ChangeTag::Delete => li.removed { del { "− " (change.value().trim_end()) } },
                        ChangeTag::Insert => li.added { ins { "+ " (change.value().trim_end()) } },
                    }
                }
            }
        }))
    }
}

fn signature(asked: &Asked, own: &str) -> Markup {
    let act = asked.act;
    let error = matches!(asked.trouble, Some(Trouble::Password)).then_some(PASSWORD);
    let unticked = matches!(asked.trouble, Some(Trouble::Unticked)).then_some(UNTICKED);
    html! {
        h2 { "Votre signature" }
        p { "Vous signez en tant que : " strong { (own) } "." }
        form method="post" action={ "/actes/" (act.id) "/signer" } data-guard novalidate {
            input type="hidden" name="texte" value=(act.text_sha256);
            (acknowledgement_box([act], asked.acknowledged, unticked))
            (proof(asked, error))
        }
        p { a href={ "/actes/" (act.id) "/refuser" } { "Refuser de signer" } }
        (beffroi_ui::details("Ce que vaut cette signature", html! {
            p { "C’est une signature électronique simple au sens du règlement européen eIDAS : elle prouve qui a signé, quel texte, quand et avec quelle qualité. Ce n’est pas une signature qualifiée." }
        }))
    }
}

/// What proves who signs: the password unless only a passkey will do, or a passkey.
fn proof(asked: &Asked, error: Option<&str>) -> Markup {
    proving(&Proving {
        subjects: &[crate::sign::subject(asked.act.id, &asked.act.text_sha256)],
        keys: asked.means.keys,
        key_only: asked.means.key_only,
        hint: "Le saisir de nouveau vaut signature électronique simple du texte ci-dessus.",
        error,
        buttons: form::submit("Signer"),
        label: "Signer avec une clé d’accès",
    })
}

/// Who may sign now, when this person may not.
pub(crate) fn not_yours(may_sign: &[Authority]) -> Markup {
    html! {
        div #qui-signe {
            (beffroi_ui::notice(Tone::Warn, "Cette signature ne vous revient pas", html! {
                @if may_sign.is_empty() {
                    p { "Personne ne peut signer aujourd’hui." }
                } @else {
                    p { "Peuvent signer aujourd’hui :" }
                    ul { @for one in may_sign { li { (one.name) " (" (one.words) ")" } } }
                }
            }))
        }
    }
}

/// A decision that needs a reason.
pub(crate) struct Reasoned {
    pub title: &'static str,
    pub lead: &'static str,
    pub button: &'static str,
    /// The button of a passkey, for a decision that asks the same proof as signing.
    pub key: Option<&'static str>,
    /// The last part of its address.
    pub path: &'static str,
}

/// What the form of such a decision shows.
pub(crate) struct Deciding<'a> {
    pub act: &'a Act,
    pub words: &'a Reasoned,
    /// What proves who decides, when that is asked.
    pub means: Option<Means>,
    /// The field to mend, and what to do.
    pub error: Option<(&'a str, &'a str)>,
    pub typed: &'a str,
}

pub(crate) fn reasoned(asked: &Deciding) -> Markup {
    let Deciding { act, words, error, typed, .. } = asked;
    let errors: Vec<(String, String)> =
        error.map(|(field, said)| (field.to_owned(), said.to_owned())).into_iter().collect();
    let of = |field: &str| error.filter(|(name, _)| *name == field).map(|(_, said)| said);
    let button = html! { button.danger type="submit" { (words.button) } };
    html! {
        (beffroi_ui::back_link(&format!("/actes/{}", act.id), "L’acte"))
        (form::error_summary(&errors))
        h1 { (words.title) }
        p.lead { (act.title) ", acte " (beffroi_ui::reference(&act.reference)) "." }
        p { (words.lead) }
        form method="post" action={ "/actes/" (act.id) "/" (words.path) } data-guard novalidate {
            (form::long_text(&form::Field::new("motif", "Motif").hint("Les personnes concernées le liront.").value(typed).error(of("motif"))))
            @match (asked.means, words.key) {
                (Some(means), Some(label)) => (proving(&Proving {
                    subjects: &[crate::revocation(act.id)],
                    keys: means.keys,
                    key_only: means.key_only,
                    hint: "Comme pour signer\u{a0}: le saisir de nouveau vaut signature de cette décision.",
                    error: of("password"),
                    buttons: button,
                    label,
                })),
                _ => div.actions { (button) },
            }
        }
    }
}
