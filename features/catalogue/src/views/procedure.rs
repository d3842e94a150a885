//! The pages where a school's management makes the procedure its own. (LIRE-08…11)

use beffroi_ui::{Column, Tone, back_link, breadcrumbs, empty, form, notice, plural, table, tag};
use beffroi_web::Submitted;
use maud::{Markup, html};

use super::sheet::status_tag;
use super::{diff_lines, step_html};
use crate::procedure::{SchoolProcedure, StepError, regional_steps};
use crate::routes::{Here, sentence};
use crate::rules::procedure::{StepStatus, unmarked};
use crate::{Review, Step, StepText, diff};

/// What is in the form of a step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    pub title: String,
    pub markdown: String,
    pub after: String,
}

impl Typed {
    pub(crate) fn read(form: &Submitted) -> Self {
        let text = |name| form.get(name).unwrap_or_default().to_owned();
        Self { title: text("titre"), markdown: text("texte"), after: text("apres") }
    }

    pub(crate) fn of(step: &Step) -> Self {
        Self { title: step.text.title.clone(), markdown: unmarked(&step.text.markdown), after: String::new() }
    }
}

/// The procedures of the school and what remains to be done on each.
pub(crate) fn list(here: &Here, procedures: &[SchoolProcedure]) -> Markup {
    let columns =
        [Column::text("Fiche"), Column::text("Exemples à adapter"), Column::text("Étapes à revoir")];
    let rows: Vec<Vec<Markup>> = procedures
        .iter()
        .map(|procedure| {
            let sheet = &procedure.published.sheet;
            let (examples, reviews) = (procedure.unadapted().len(), procedure.to_review());
            vec![
                html! { a href=(here.link(&format!("/etablissement/procedures/{}", sheet.slug))) { (sheet.title) } },
                html! { @if examples > 0 { (tag(Tone::Warn, &examples.to_string())) } @else { "Aucun" } },
                html! { @if reviews > 0 { (tag(Tone::Warn, &reviews.to_string())) } @else { "Aucune" } },
            ]
        })
        .collect();
    html! {
        h1 { "Procédures de l’établissement" }
        p { strong { (here.name) } ". Adaptez les exemples de la Région à votre organisation : vos personnels liront votre texte dans chaque fiche." }
        (schools(here, "/etablissement/procedures"))
        @if rows.is_empty() {
            (empty(html! { p { "Les procédures apparaîtront ici dès que la Région aura publié des fiches." } }))
        } @else {
            (table("Procédures", &columns, &rows))
        }
    }
}

fn schools(here: &Here, path: &str) -> Markup {
    let items: Vec<(String, String, bool)> = here
        .others
        .iter()
        .map(|(id, name)| (format!("{path}?etablissement={id}"), name.clone(), *id == here.school))
        .collect();
    html! { @if !items.is_empty() { (beffroi_ui::tabs("Établissement", &items)) } }
}

/// The procedure of one sheet, step by step.
pub(crate) fn page(here: &Here, procedure: &SchoolProcedure) -> Markup {
    let sheet = &procedure.published.sheet;
    let path = format!("/etablissement/procedures/{}", sheet.slug);
    let list = here.link("/etablissement/procedures");
    let (examples, reviews) = (procedure.unadapted().len(), procedure.to_review());
    html! {
        (breadcrumbs(&[(&list, "Procédures de l’établissement")]))
        h1 { "Procédure : " (sheet.title) }
        p {
            strong { (here.name) } ". "
            @if examples + reviews == 0 { "Tout est adapté : vous pouvez diffuser cette procédure." }
            @if examples > 0 { (plural(count(examples), "exemple reste à adapter ou à retirer", "exemples restent à adapter ou à retirer")) " avant de la diffuser. " }
            @if reviews > 0 { (plural(count(reviews), "étape est à revoir", "étapes sont à revoir")) ", car le texte de la Région a changé." }
        }
        (schools(here, &path))
        @for step in &procedure.steps { (summary(here, &path, step)) }
        p {
            a.button href=(here.link(&format!("{path}/nouvelle"))) { "Ajouter une étape" }
        }
        p {
            a href=(here.link(&format!("/catalogue/{}", sheet.slug))) { "Lire la fiche" } " · "
            a href=(here.link(&format!("/catalogue/{}/imprimer", sheet.slug))) { "Version à imprimer" }
        }
    }
}

fn summary(here: &Here, path: &str, step: &Step) -> Markup {
    let address = here.link(&format!("{path}/{}", step.id));
    html! {
        section.example[step.status == StepStatus::Example] id=(step.id) aria-labelledby={ (step.id) "-titre" } {
            h2 id={ (step.id) "-titre" } { (step.text.title) }
            p {
                (status_tag(step.status))
                @if step.review.is_some() { " " (tag(Tone::Warn, "À revoir")) }
            }
            @if step.status == StepStatus::Removed { p.quiet { "Vos personnels ne voient pas cette étape." } }
            @else { (step_html(&step.text)) }
            @if let Some(review) = &step.review { p { (review.why) } }
            @if !step.is_locked() || step.review.is_some() {
                p { a href=(address) { (verb(step)) span.visually-hidden { " : " (step.text.title) } } }
            }
        }
    }
}

fn verb(step: &Step) -> &'static str {
    match (step.review.is_some(), step.status) {
        (true, _) => "Comparer et choisir",
        (_, StepStatus::Example) => "Adapter ou retirer",
        (_, StepStatus::Removed) => "Rétablir ou adapter",
        _ => "Modifier",
    }
}

/// One step: the comparison when the Region moved, then the form.
pub(crate) fn step(
    here: &Here,
    procedure: &SchoolProcedure,
    step: &Step,
    typed: &Typed,
    error: Option<&StepError>,
) -> Markup {
    let path = format!("/etablissement/procedures/{}", procedure.published.sheet.slug);
    let action = here.link(&format!("{path}/{}", step.id));
    let seen = step.touched.map(|at| at.timestamp_micros().to_string()).unwrap_or_default();
    let regional = regional_steps(&procedure.published.sheet).iter().any(|block| block.id == step.id);
    html! {
        (back_link(&here.link(&path), "Procédure"))
        (summary_of(error))
        h1 { (step.text.title) }
        p { (status_tag(step.status)) " " (here.name) }
        @if let Some(review) = &step.review { (three_ways(review, step, &action, &seen)) }
        @if step.is_locked() {
            p { "La Région impose cette étape pour rendre le service : elle ne peut être ni modifiée ni retirée." }
        } @else {
            form method="post" action=(action) {
                h2 { "Votre texte" }
                input type="hidden" name="vu" value=(seen);
                input type="hidden" name="action" value="adapter";
                (fields(typed, error))
                (form::submit("Enregistrer notre texte"))
            }
            @if step.status != StepStatus::Removed {
                @let words = if regional { "Retirer cette étape de notre procédure" } else { "Supprimer notre étape" };
                (form::button_form(&action, words, "secondary", &[("action", "retirer"), ("vu", &seen)]))
            }
            @if regional && step.touched.is_some() && step.review.is_none() {
                (form::button_form(&action, "Revenir au texte de la Région", "secondary", &[("action", "retablir"), ("vu", &seen)]))
            }
        }
    }
}

/// What the school started from, what the Region says now, what the school says.
fn three_ways(review: &Review, step: &Step, action: &str, seen: &str) -> Markup {
    let text = |text: &Option<StepText>, none: &str| {
        html! {
            @match text {
                Some(text) => { p { strong { (text.title) } } (step_html(text)) },
                None => p.quiet { (none) },
            }
        }
    };
    let moved = match (&review.base, &review.regional) {
        (Some(base), Some(regional)) => diff(&whole(base), &whole(regional)),
        _ => Vec::new(),
    };
    html! {
        (notice(Tone::Warn, "À revoir", html! { p { (review.why) } }))
        div.three {
            section aria-labelledby="avant" { h2 id="avant" { "Texte de la Région dont vous étiez partis" } (text(&review.base, "Ce texte n’est plus connu.")) }
            section aria-labelledby="maintenant" { h2 id="maintenant" { "Nouveau texte de la Région" } (text(&review.regional, "La Région a retiré cette étape.")) }
            section aria-labelledby="notre" { h2 id="notre" { "Votre texte" } (text(&review.ours, "Vous aviez retiré cette étape.")) }
        }
        @if !moved.is_empty() { h2 { "Ce que la Région a changé" } (diff_lines(&moved)) }
        div.actions {
            @if !step.is_locked() { (form::button_form(action, "Garder notre choix", "", &[("action", "garder"), ("vu", seen)])) }
            @let words = if review.regional.is_some() { "Prendre le texte de la Région" } else { "Supprimer notre étape" };
            (form::button_form(action, words, "secondary", &[("action", "retablir"), ("vu", seen)]))
        }
    }
}

fn whole(text: &StepText) -> String {
    format!("{}\n{}\n", text.title, text.markdown.trim_end())
}

/// A step of the school's own.
pub(crate) fn new_step(
    here: &Here,
    procedure: &SchoolProcedure,
    typed: &Typed,
    error: Option<&StepError>,
) -> Markup {
    let sheet = &procedure.published.sheet;
    let path = format!("/etablissement/procedures/{}", sheet.slug);
    let steps = regional_steps(sheet);
    let after = steps.iter().zip(1..).map(|(block, rank): (_, usize)| {
        (rank.to_string(), format!("Après « {} »", block.title.as_deref().unwrap_or("étape sans titre")))
    });
    let places: Vec<(String, String)> =
        std::iter::once(("0".to_owned(), "Au début".to_owned())).chain(after).collect();
    let last = steps.len().to_string();
    let chosen = if typed.after.is_empty() { &last } else { &typed.after };
    html! {
        (back_link(&here.link(&path), "Procédure"))
        (summary_of(error))
        h1 { "Ajouter une étape" }
        p { "Fiche : " (sheet.title) ". " (here.name) "." }
        form method="post" action=(here.link(&format!("{path}/nouvelle"))) {
            (form::select(&form::Field::new("apres", "Où la placer ?").value(chosen), &places))
            (fields(typed, error))
            (form::submit("Ajouter l’étape"))
        }
    }
}

fn fields(typed: &Typed, error: Option<&StepError>) -> Markup {
    let message = error.map(sentence);
    let title_error = message.as_deref().filter(|_| matches!(error, Some(StepError::Title)));
    let text_error = message.as_deref().filter(|_| !matches!(error, Some(StepError::Title)));
    let hint = "Une ligne vide sépare deux paragraphes ; un tiret en début de ligne fait une liste.";
    html! {
        (form::text(&form::Field::new("titre", "Titre de l’étape").value(&typed.title).error(title_error)))
        (form::long_text(&form::Field::new("texte", "Texte de l’étape").hint(hint).value(&typed.markdown).error(text_error)))
    }
}

fn summary_of(error: Option<&StepError>) -> Markup {
    let errors: Vec<(String, String)> = error
        .map(|error| {
            (if matches!(error, StepError::Title) { "titre" } else { "texte" }.to_owned(), sentence(error))
        })
        .into_iter()
        .collect();
    form::error_summary(&errors)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
