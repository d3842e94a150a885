//! The form of an article, with its preview.

use std::sync::Arc;

use beffroi_ui::form::{self as field, Choice, Field};
use beffroi_ui::{details, notice};
use maud::{Markup, PreEscaped, html};

use crate::Published;
use crate::knowledge::{Audience, Content, Dossier};

/// What the form holds.
#[derive(Debug, Default)]
pub struct Form<'a> {
    /// Where it is sent.
    pub action: &'a str,
    /// What is typed so far.
    pub content: Option<Content>,
    /// The article, when it exists.
    pub dossier: Option<&'a Dossier>,
    /// The sheets, for themes and request types.
    pub sheets: &'a [Arc<Published>],
    /// What to mend.
    pub faults: &'a [(&'static str, String)],
    /// Whether to show the text as readers will.
    pub preview: bool,
}

pub(crate) fn form(page: &Form) -> Markup {
    let back = page
        .dossier
        .map_or_else(|| "/aide/redaction".to_owned(), |one| format!("/aide/redaction/{}", one.id));
    let errors: Vec<(String, String)> =
        page.faults.iter().map(|(name, message)| ((*name).to_owned(), message.clone())).collect();
    html! {
        (beffroi_ui::back_link(&back, "Retour"))
        (field::error_summary(&errors))
        h1 { @if page.dossier.is_some() { "Modifier l’article" } @else { "Écrire un article" } }
        @if page.preview { (preview(page)) }
        form method="post" action=(page.action) data-guard novalidate {
            @if let Some(dossier) = page.dossier { input type="hidden" name="vu" value=(dossier.version); }
            (fields(page))
            div.actions {
                (field::submit("Enregistrer le brouillon"))
                button.secondary type="submit" name="apercu" value="1" { "Voir l’aperçu" }
            }
        }
    }
}

fn preview(page: &Form) -> Markup {
    let Some(content) = &page.content else {
        return html! {};
    };
    html! {
        section.panel aria-labelledby="apercu" {
            h2 id="apercu" { "Aperçu" }
            (notice(beffroi_ui::Tone::Calm, "Rien n’est enregistré", html! { p { "L’aperçu montre le texte tel qu’il sera lu. Enregistrez-le plus bas." } }))
            p { strong { (content.title) } }
            div.prose { (PreEscaped(content.html())) }
        }
    }
}

/// The fields of an article; also those of an article made of a request.
#[must_use]
pub fn fields(page: &Form) -> Markup {
    let content = page.content.as_ref();
    let wrong = |name: &str| {
        page.faults.iter().find(|(field, _)| *field == name).map(|(_, message)| message.as_str())
    };
    let title = content.map_or("", |content| content.title.as_str());
    let body = content.map_or("", |content| content.body.as_str());
    let theme = content.map_or("", |content| content.theme.as_str());
    let words = content.map(|content| content.keywords.join(", ")).unwrap_or_default();
    let themes: Vec<(String, String)> = std::iter::once((String::new(), "Autres questions".to_owned()))
        .chain(page.sheets.iter().map(|one| (one.sheet.slug.clone(), one.sheet.title.clone())))
        .collect();
    let chosen = content.map_or(Audience::Everyone, |content| content.audience);
    let hint = |audience| match audience {
        Audience::Everyone => "Même sans compte.",
        Audience::Schools => "Les personnes connectées, dans les établissements et à la Région.",
        Audience::Agents => "Jamais montré à un établissement.",
    };
    let audiences: Vec<Choice> = Audience::ALL
        .iter()
        .map(|audience| Choice {
            value: audience.slug(),
            label: audience.label(),
            hint: hint(*audience),
            chosen: *audience == chosen,
        })
        .collect();
    html! {
        (field::text(&Field::new("titre", "La question").hint("Avec les mots de la personne, par exemple\u{a0}: «\u{a0}L’imprimante ne répond plus, que faire\u{a0}? »").value(title).error(wrong("titre"))))
        (field::long_text(&Field::new("texte", "La réponse").hint("En Markdown\u{a0}: «\u{a0}- » pour une liste, «\u{a0}## » pour un intertitre, [mot](/adresse) pour un lien.").value(body).error(wrong("texte"))))
        (field::radios(&Field::new("public", "Qui peut la lire\u{a0}?").error(wrong("public")), &audiences))
        (field::select(&Field::new("theme", "Rangée avec").value(theme), &themes))
        (requests(page))
        (field::text(&Field::new("mots", "Autres mots que l’on emploie (facultatif)").hint("Séparés par des virgules\u{a0}; ils aident à trouver l’article.").value(&words)))
    }
}

/// The request types of every sheet, folded sheet by sheet: the article is offered before those ticked.
fn requests(page: &Form) -> Markup {
    let linked = |slug: &str, kind: &str| {
        let content = page.content.as_ref();
        content
            .is_some_and(|content| content.requests.iter().any(|(one, other)| one == slug && other == kind))
    };
    html! {
        h2 { "Demandes que l’article peut éviter" }
        p.hint { "Il est proposé à qui commence l’une des demandes cochées." }
        @for published in page.sheets.iter().filter(|one| !one.sheet.requests.is_empty()) {
            @let sheet = &published.sheet;
            @let name = format!("demandes-{}", sheet.slug);
            @let choices: Vec<Choice> = sheet.requests.iter().map(|kind| Choice { value: &kind.id, label: &kind.title, hint: "", chosen: linked(&sheet.slug, &kind.id) }).collect();
            @let ticked = choices.iter().filter(|choice| choice.chosen).count();
            @let summary = if ticked == 0 { sheet.title.clone() } else { format!("{} ({ticked})", sheet.title) };
            (details(&summary, field::checkboxes(&Field::new(&name, &sheet.title), &choices)))
        }
    }
}
