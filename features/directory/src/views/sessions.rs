//! The page that asks who closes sessions.

use beffroi_kernel::Access;
use beffroi_ui::form;
use beffroi_ui::{Page, back_link};
use maud::{Markup, html};

use super::{Faults, Proving, proving, shell};
use crate::{Fault, Keys};

/// What is closed, and what it can be confirmed with.
pub(crate) struct Confirm<'a> {
    pub access: &'a Access,
    pub keys: Keys,
    /// The session; all the others when none.
    pub closing: Option<&'a str>,
    pub subjects: &'a [String],
    /// What was given did not prove it.
    pub wrong: bool,
}

pub(crate) fn confirm(asked: &Confirm) -> Markup {
    let why = "Cela ne confirme pas que c’est vous : saisissez le mot de passe de Beffroi, ou recommencez avec votre clé.";
    let list: Vec<Fault> = asked.wrong.then(|| Fault::new("password", why)).into_iter().collect();
    let faults = Faults { list: &list, prefix: "" };
    let action = if asked.closing.is_some() { "/compte/sessions" } else { "/compte/sessions/autres" };
    let label = if asked.closing.is_some() { "Fermer cette session" } else { "Fermer les autres sessions" };
    let with = Proving {
        subjects: asked.subjects,
        keys: asked.keys,
        key_only: false,
        hint: "Vous êtes connecté depuis plus d’un quart d’heure : montrez que c’est toujours vous.",
        error: faults.of("password"),
        buttons: form::submit(label),
        label: "Confirmer avec une clé d’accès",
    };
    let body = html! {
        (back_link("/compte", "Mon compte"))
        (faults.summary())
        h1 { (label) }
        form method="post" action=(action) novalidate {
            @if let Some(session) = asked.closing { input type="hidden" name="session" value=(session); }
            (proving(&with))
        }
    };
    let page = Page::new(label, body).with_script("passkeys.js").with_errors(asked.wrong);
    shell(Some(asked.access), "/compte", page)
}
