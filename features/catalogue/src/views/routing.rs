//! The matrix of themes and places as a table, the simulator and the report. (CSU-08…10)

use beffroi_sheets::{Decision, IssueKind, Target};
use beffroi_ui::{Tone, back_link, form, notice, tag};
use beffroi_web::Submitted;
use maud::{Markup, html};

use crate::routing::{Landscape, Matrix, SchoolPlace, StoredRule};

/// A question asked to the simulator, with its answer.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub school: SchoolPlace,
    pub theme: String,
    pub provider_first: bool,
    pub decision: Decision,
}

/// A column of the matrix.
struct Place {
    title: String,
    territory: Option<String>,
    academy: Option<String>,
}

/// The whole page.
pub(crate) fn matrix(
    matrix: &Matrix,
    trial: Option<&Trial>,
    form: &Submitted,
    error: Option<(&str, &str)>,
) -> Markup {
    let errors: Vec<(String, String)> =
        error.map(|(field, message)| (field.to_owned(), message.to_owned())).into_iter().collect();
    html! {
        (form::error_summary(&errors))
        h1 { "Routage des demandes" }
        p { "Chaque demande a une seule équipe. La règle la plus précise l’emporte : thème et territoire, puis thème et académie, puis thème, puis la règle par défaut." }
        (grid(matrix))
        p { a href="/region/routage/fichier" download { "Télécharger la matrice (routing.toml)" } }
        (simulator(matrix, trial))
        (report(matrix))
        (add_form(matrix, form, error))
        (theme_forms(matrix, form, error))
    }
}

fn places(landscape: &Landscape) -> Vec<Place> {
    let everywhere = Place { title: "Partout".into(), territory: None, academy: None };
    let academies = landscape.academies.iter().map(|named| Place {
        title: format!("Académie : {}", named.name),
        territory: None,
        academy: Some(named.slug.clone()),
    });
    let territories = landscape.territories.iter().map(|named| Place {
        title: format!("Territoire : {}", named.name),
        territory: Some(named.slug.clone()),
        academy: None,
    });
    std::iter::once(everywhere).chain(academies).chain(territories).collect()
}

fn grid(matrix: &Matrix) -> Markup {
    let places = places(&matrix.landscape);
    let themes = matrix.themes.iter().map(|theme| (Some(theme.id.as_str()), theme.label.as_str()));
    let rows: Vec<(Option<&str>, &str)> =
        std::iter::once((None, "Tous les thèmes (par défaut)")).chain(themes).collect();
    let shown = |stored: &StoredRule| {
        places
            .iter()
            .any(|place| place.territory == stored.rule.territory && place.academy == stored.rule.academy)
    };
    let others: Vec<&StoredRule> = matrix.rules.iter().filter(|stored| !shown(stored)).collect();
    html! {
        div.table {
            table {
                caption { "Équipe qui reçoit, par thème et par lieu" }
                thead { tr { th scope="col" { "Thème" } @for place in &places { th scope="col" { (place.title) } } } }
                tbody {
                    @for (theme, label) in &rows {
                        tr {
                            th scope="row" { (label) }
                            @for place in &places { td data-label=(place.title) { (cell(matrix, *theme, place)) } }
                        }
                    }
                }
            }
        }
        @if !others.is_empty() {
            h2 { "Règles sur un lieu particulier" }
            ul { @for stored in others { li { (about(matrix, stored)) " : " (link(matrix, stored)) } } }
        }
    }
}

fn cell(matrix: &Matrix, theme: Option<&str>, place: &Place) -> Markup {
    let rule = matrix.rules.iter().find(|stored| {
        let rule = &stored.rule;
        rule.theme.as_deref() == theme && rule.territory == place.territory && rule.academy == place.academy
    });
    html! {
        @match rule {
            Some(stored) => (link(matrix, stored)),
            None => { span aria-hidden="true" { "—" } span.visually-hidden { "selon une règle plus générale" } },
        }
    }
}

fn link(matrix: &Matrix, stored: &StoredRule) -> Markup {
    html! {
        a href={ "/region/routage/regles/" (stored.id) } {
            (target(&matrix.landscape, &stored.rule.to)) span.visually-hidden { ", modifier la règle : " (about(matrix, stored)) }
        }
    }
}

fn target(landscape: &Landscape, to: &Target) -> String {
    match to {
        Target::MobileTeam => "Équipe mobile de l’établissement".into(),
        Target::OperationsService => "Service d’exploitation de l’établissement".into(),
        Target::Team(slug) => team(landscape, slug),
    }
}

fn team(landscape: &Landscape, slug: &str) -> String {
    let known = landscape.teams.iter().find(|team| team.slug == slug);
    known.map_or_else(|| format!("{slug} (équipe inconnue)"), |team| team.name.clone())
}

/// What a rule is about, in words.
fn about(matrix: &Matrix, stored: &StoredRule) -> String {
    let rule = &stored.rule;
    let theme = match &rule.theme {
        None => "tous les thèmes".to_owned(),
        Some(id) => matrix
            .themes
            .iter()
            .find(|theme| &theme.id == id)
            .map_or_else(|| id.clone(), |theme| theme.label.clone()),
    };
    let name = |list: &[crate::routing::Named], slug: &String| {
        list.iter().find(|named| &named.slug == slug).map_or_else(|| slug.clone(), |named| named.name.clone())
    };
    let territory = rule
        .territory
        .as_ref()
        .map(|slug| format!("territoire {}", name(&matrix.landscape.territories, slug)));
    let academy =
        rule.academy.as_ref().map(|slug| format!("académie {}", name(&matrix.landscape.academies, slug)));
    let parts: Vec<String> = [Some(theme), territory, academy].into_iter().flatten().collect();
    parts.join(", ")
}

fn simulator(matrix: &Matrix, trial: Option<&Trial>) -> Markup {
    let schools: Vec<(String, String)> =
        matrix.landscape.schools.iter().map(|school| (school.label.clone(), school.label.clone())).collect();
    let chosen = trial.map(|trial| trial.school.label.clone()).unwrap_or_default();
    let theme = trial.map(|trial| trial.theme.as_str()).unwrap_or_default();
    let provider = form::Choice {
        value: "oui",
        label: "Le prestataire sous contrat passe d’abord",
        hint: "",
        chosen: trial.is_some_and(|trial| trial.provider_first),
    };
    html! {
        h2 id="simulateur" { "Simulateur" }
        @if let Some(trial) = trial {
            (notice(Tone::Good, &format!("Reçue par : {}", team(&matrix.landscape, &trial.decision.team)), html! {
                p { (trial.school.label) ". " (trial.decision.because) }
            }))
        }
        @if schools.is_empty() { p { "Le simulateur servira dès que des établissements seront enregistrés." } }
        @else {
            form method="get" action="/region/routage#simulateur" {
                (form::select(&form::Field { name: "etablissement", label: "Établissement", value: &chosen, ..form::Field::default() }, &schools))
                div.field {
                    label for="essai-theme" { "Thème de la demande" }
                    select id="essai-theme" name="theme" {
                        @for known in &matrix.themes { option value=(known.id) selected[known.id == theme] { (known.label) } }
                    }
                }
                (form::checkboxes(&form::Field::new("prestataire", "Prestataire"), &[provider]))
                (form::submit("Voir qui reçoit"))
            }
        }
    }
}

fn report(matrix: &Matrix) -> Markup {
    let places: Vec<_> =
        matrix.landscape.schools.iter().map(|school| (school.label.clone(), school.place.clone())).collect();
    let issues = matrix.routing().report(&places);
    html! {
        h2 { "Manques et recouvrements" }
        @if issues.is_empty() { p { "Aucun manque, aucun recouvrement, aucune règle inutile." } }
        ul {
            @for issue in &issues {
                li {
                    @match issue.kind {
                        IssueKind::Gap => (tag(Tone::Warn, "Règle par défaut")),
                        IssueKind::Overlap => (tag(Tone::Warn, "Recouvrement")),
                        IssueKind::Unused => (tag(Tone::Quiet, "Sans usage")),
                    }
                    " " (issue.message)
                }
            }
        }
    }
}

fn targets(landscape: &Landscape) -> Vec<(String, String)> {
    let own = [Target::MobileTeam, Target::OperationsService];
    let teams = landscape.teams.iter().map(|team| Target::Team(team.slug.clone()));
    own.into_iter().chain(teams).map(|to| (to.to_string(), target(landscape, &to))).collect()
}

fn reason<'a>(form: &'a Submitted, name: &'a str, error: Option<&'a str>) -> Markup {
    form::text(
        &form::Field::new(name, "Pourquoi ce changement ?")
            .hint("La raison est inscrite au journal.")
            .value(form.get(name).unwrap_or_default())
            .error(error),
    )
}

fn add_form(matrix: &Matrix, form: &Submitted, error: Option<(&str, &str)>) -> Markup {
    let wrong = |field: &str| error.filter(|(of, _)| *of == field).map(|(_, message)| message);
    let typed = |name| form.get(name).unwrap_or_default();
    let themes = matrix.themes.iter().map(|theme| (theme.id.clone(), theme.label.clone()));
    let themes: Vec<_> =
        std::iter::once((String::new(), "Tous les thèmes".to_owned())).chain(themes).collect();
    let places: Vec<(String, String)> = places(&matrix.landscape)
        .into_iter()
        .map(|place| {
            let academy = place.academy.map(|slug| format!("academie:{slug}"));
            let territory = place.territory.map(|slug| format!("territoire:{slug}"));
            (academy.or(territory).unwrap_or_default(), place.title)
        })
        .collect();
    html! {
        h2 { "Ajouter une règle" }
        form method="post" action="/region/routage/regles" {
            (form::select(&form::Field::new("theme", "Thème").value(typed("theme")).error(wrong("theme")), &themes))
            (form::select(&form::Field::new("lieu", "Lieu").value(typed("lieu")), &places))
            (form::select(&form::Field::new("vers", "Équipe qui reçoit").value(typed("vers")).error(wrong("vers")), &targets(&matrix.landscape)))
            (reason(form, "raison", wrong("raison")))
            (form::submit("Ajouter la règle"))
        }
    }
}

fn theme_forms(matrix: &Matrix, form: &Submitted, error: Option<(&str, &str)>) -> Markup {
    let wrong = |field: &str| error.filter(|(of, _)| *of == field).map(|(_, message)| message);
    let typed = |name| form.get(name).unwrap_or_default();
    let themes: Vec<(String, String)> =
        matrix.themes.iter().map(|theme| (theme.id.clone(), theme.label.clone())).collect();
    let action = |value: &'static str, label: &'static str| form::Choice {
        value,
        label,
        hint: "",
        chosen: typed("action") == value || (typed("action").is_empty() && value == "ajouter"),
    };
    html! {
        h2 { "Thèmes" }
        form method="post" action="/region/routage/themes" {
            (form::radios(&form::Field::new("action", "Que voulez-vous faire ?"), &[
                action("ajouter", "Ajouter un thème"), action("renommer", "Renommer un thème"), action("supprimer", "Supprimer un thème qui ne sert pas"),
            ]))
            (form::text(&form::Field::new("theme_nom", "Nom du nouveau thème").value(typed("theme_nom")).error(wrong("theme_nom"))))
            (form::text(&form::Field::new("theme_id", "Identifiant du nouveau thème").hint("Minuscules, chiffres et tirets : les fiches le nomment ainsi.").value(typed("theme_id"))))
            (form::select(&form::Field::new("theme_existant", "Thème à renommer ou à supprimer").value(typed("theme_existant")), &themes))
            (form::text(&form::Field::new("nouveau_nom", "Nouveau nom, pour renommer").value(typed("nouveau_nom"))))
            (reason(form, "raison_theme", wrong("raison_theme")))
            (form::submit("Changer les thèmes"))
        }
    }
}

/// One rule: its team, and the way to remove it.
pub(crate) fn rule(matrix: &Matrix, stored: &StoredRule, form: &Submitted, error: Option<&str>) -> Markup {
    let errors: Vec<(String, String)> =
        error.map(|message| ("raison".to_owned(), message.to_owned())).into_iter().collect();
    let current = stored.rule.to.to_string();
    let chosen = form.filled("vers").unwrap_or(&current);
    let action = format!("/region/routage/regles/{}", stored.id);
    html! {
        (back_link("/region/routage", "Routage"))
        (form::error_summary(&errors))
        h1 { "Règle : " (about(matrix, stored)) }
        p { "Reçoit aujourd’hui : " strong { (target(&matrix.landscape, &stored.rule.to)) } "." }
        form method="post" action=(action) {
            (form::select(&form::Field::new("vers", "Équipe qui reçoit").value(chosen), &targets(&matrix.landscape)))
            (reason(form, "raison", error))
            div.actions {
                button type="submit" name="action" value="modifier" { "Enregistrer" }
                @if !stored.is_default() {
                    button.secondary type="submit" name="action" value="supprimer" { "Supprimer la règle" }
                }
            }
        }
        @if stored.is_default() {
            p { "C’est la règle par défaut : elle peut changer d’équipe, mais pas disparaître, pour que toute demande ait un responsable." }
        }
    }
}
