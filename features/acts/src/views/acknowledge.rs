//! The box that a signatory ticks, apart from the signature. (SRV-22, POSTE-23, IDT-16)

use beffroi_ui::form;
use maud::{Markup, html};

use crate::acknowledge::{Acknowledgement, acknowledgements};
use crate::model::Act;

/// The name of the box in forms, and the value that it sends.
pub const ACKNOWLEDGED: (&str, &str) = ("reconnu", "oui");

/// What to do about a box that is not ticked.
pub const UNTICKED: &str =
    "Vous n’avez pas coché le texte à reconnaître : rien n’est signé. Lisez-le, cochez-le, puis signez.";

/// The texts that signing these acts acknowledges, each once, with one box; nothing when there is none.
#[must_use]
pub fn acknowledgement_box<'a>(
    acts: impl IntoIterator<Item = &'a Act>,
    ticked: bool,
    error: Option<&str>,
) -> Markup {
    let mut texts: Vec<Acknowledgement> = Vec::new();
    for one in acts.into_iter().flat_map(|act| acknowledgements(act).unwrap_or_default()) {
        if !texts.contains(&one) {
            texts.push(one);
        }
    }
    if texts.is_empty() {
        return html! {};
    }
    let all: Vec<&str> = texts.iter().map(|one| one.text.as_str()).collect();
    let versions: Vec<&str> = texts.iter().map(|one| one.version.as_str()).collect();
    let (text, version) = (all.join(" "), format!("Version {} de ce texte.", versions.join(", ")));
    let (name, value) = ACKNOWLEDGED;
    let label = "J’ai lu ce texte et je le reconnais";
    let field = form::Field::new(name, "À reconnaître avant de signer").hint(&text).error(error);
    form::checkboxes(&field, &[form::Choice { value, label, hint: &version, chosen: ticked }])
}
