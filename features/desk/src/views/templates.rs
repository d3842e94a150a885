//! Reply templates: the list, and the form of one.

use beffroi_ui::{Column, form};
use maud::{Markup, html};

use crate::model::TemplateReach;
use crate::templates::{FIELDS, Template};

/// Where the list is.
pub(crate) const PATH: &str = "/modeles";

/// The list; each template with whether the person may change it, and the words of its request type.
pub(crate) fn list(templates: &[(Template, bool, String)]) -> Markup {
    let columns = ["Modèle", "Pour qui", "Type de demande", "Envois"];
    let columns: Vec<Column> = columns.into_iter().map(Column::text).collect();
    let rows: Vec<Vec<Markup>> = templates
        .iter()
        .map(|(one, mine, kind)| {
            let reach = TemplateReach::of(&one.reach).map_or("", TemplateReach::label);
            vec![
                html! {
                    @if *mine { a href={ (PATH) "/" (one.id) } { (one.name) } } @else { strong { (one.name) } }
                    details { summary { "Lire le texte" span.visually-hidden { " : " (one.name) } } div.signed { (one.body) } }
                },
                html! { (reach) },
                html! { (kind) },
                html! { (one.used) },
            ]
        })
        .collect();
    html! {
        (beffroi_ui::back_link("/file", "File de travail"))
        h1 { "Modèles de réponse" }
        p { "Des textes prêts à envoyer, que vous insérez en écrivant sur une demande. Les plus envoyés viennent en premier." }
        p { a.button href="/modeles/nouveau" { "Écrire un modèle" } }
        @if rows.is_empty() {
            (beffroi_ui::empty(html! { p { "Les modèles que vous écrirez, ceux de votre équipe et ceux de tous les agents paraîtront ici." } }))
        } @else {
            (beffroi_ui::table("Modèles que vous pouvez insérer", &columns, &rows))
        }
    }
}

/// The form of a template, new or not.
pub(crate) struct TemplateForm<'a> {
    pub(crate) id: Option<String>,
    pub(crate) name: &'a str,
    pub(crate) body: &'a str,
    pub(crate) reach: TemplateReach,
    pub(crate) request_type: &'a str,
    /// Value and words of each request type.
    pub(crate) types: &'a [(String, String)],
    /// Whether the person may write for every agent.
    pub(crate) steers: bool,
    /// The field to mend, and how.
    pub(crate) fault: Option<(&'static str, String)>,
}

impl TemplateForm<'_> {
    fn error(&self, name: &str) -> Option<&str> {
        self.fault.as_ref().filter(|(field, _)| *field == name).map(|(_, words)| words.as_str())
    }
}

pub(crate) fn edit(page: &TemplateForm) -> Markup {
    let errors: Vec<(String, String)> =
        page.fault.iter().map(|(field, words)| ((*field).to_owned(), words.clone())).collect();
    let action = page.id.as_ref().map_or_else(|| PATH.to_owned(), |id| format!("{PATH}/{id}"));
    let field = |name, label| form::Field::new(name, label).error(page.error(name));
    let mut types = vec![(String::new(), "Tous les types de demande".to_owned())];
    types.extend(page.types.iter().cloned());
    html! {
        (beffroi_ui::back_link(PATH, "Modèles de réponse"))
        (form::error_summary(&errors))
        h1 { (title(page)) }
        form method="post" action=(action) novalidate data-guard {
            (form::text(&field("name", "Nom du modèle").hint("Par exemple : passage prévu").value(page.name)))
            (form::long_text(&field("body", "Texte").hint("Les champs sont remplis d’après la demande ; les blancs […] restent à compléter avant l’envoi.").value(page.body)))
            (help())
            (reach(page))
            (form::select(&field("request_type", "Proposé pour").value(page.request_type), &types))
            div.actions { (form::submit("Enregistrer le modèle")) }
        }
        @if let Some(id) = &page.id {
            details {
                summary { "Supprimer ce modèle" }
                div {
                    p { "Le modèle disparaît pour tous ceux qui pouvaient l’insérer. Les réponses déjà envoyées ne changent pas." }
                    (form::button_form(&format!("{PATH}/{id}/supprimer"), "Supprimer le modèle", "danger", &[]))
                }
            }
        }
    }
}

pub(crate) fn title(page: &TemplateForm) -> &'static str {
    if page.id.is_some() { "Modifier un modèle" } else { "Écrire un modèle" }
}

fn help() -> Markup {
    let body = html! {
        ul { @for (name, words) in FIELDS { li { code { "{" (name) "}" } " : " (words) } } }
        p { "Un blanc s’écrit " code { "[…]" } ", ou avec ce qu’il faut y mettre : " code { "[…date du passage]" } "." }
    };
    beffroi_ui::details("Champs et blancs possibles", body)
}

fn reach(page: &TemplateForm) -> Markup {
    let choice = |reach: &TemplateReach| form::Choice {
        value: reach.slug(),
        label: reach.label(),
        hint: "",
        chosen: *reach == page.reach,
    };
    let shown = TemplateReach::ALL.iter().filter(|one| page.steers || **one != TemplateReach::Everyone);
    let choices: Vec<form::Choice> = shown.map(choice).collect();
    form::radios(&form::Field::new("reach", "Qui peut l’insérer ?").error(page.error("reach")), &choices)
}
