//! The criteria of the agents' list: one form, all in the address, folded until needed.

use beffroi_sheets::{Nature, Word as _};
use beffroi_ui::form::{self, Choice, Field};
use maud::{Markup, html};

use super::console::ConsolePage;
use crate::lists::criteria::{Assignee, Due, Part, SHOWN_STATES, assignee_slug};
use crate::lists::order::{Key, MOST_KEYS, Sort};
use crate::model::{Channel, State};

type Options = Vec<(String, String)>;

fn open(words: &str) -> Options {
    vec![(String::new(), words.to_owned())]
}

/// The search box and the criteria.
pub(crate) fn panel(page: &ConsolePage) -> Markup {
    let criteria = &page.selection.criteria;
    let words =
        Field::new("q", "Chercher").hint("Référence, sujet ou nom du demandeur").value(&criteria.words);
    let count = criteria.count();
    html! {
        form.criteria.screen-only method="get" action=(page.path()) role="search" data-criteria {
            input type="hidden" name="f" value="1";
            div.inline-form {
                div { (form::input(&words, "search")) }
                div.field { button type="submit" { "Chercher" } }
            }
            details open[!page.faults.is_empty()] {
                summary {
                    "Critères et tri"
                    @if count > 0 { " (" (beffroi_ui::plural(i64::try_from(count).unwrap_or_default(), "critère", "critères")) ")" }
                }
                div {
                    div.criteria-grid { (standing(page)) (hands(page)) (place(page)) (subject(page)) (time(page)) (sorting(page)) }
                    div.actions {
                        button type="submit" { "Appliquer" }
                        a href=(page.path()) { "Effacer les critères" }
                    }
                }
            }
        }
    }
}

fn group(title: &str, body: &Markup) -> Markup {
    html! { fieldset.group { legend { (title) } (body) } }
}

fn standing(page: &ConsolePage) -> Markup {
    let criteria = &page.selection.criteria;
    let parts: Options = Part::EACH.iter().map(|part| (part.slug().into(), part.label().into())).collect();
    let states: Vec<Choice> = SHOWN_STATES
        .iter()
        .map(|state: &State| Choice {
            value: state.slug(),
            label: state.label(),
            hint: "",
            chosen: criteria.states.contains(state),
        })
        .collect();
    let urgent = Choice { value: "1", label: "Urgentes seulement", hint: "", chosen: criteria.urgent };
    group(
        "Avancement",
        &html! {
            (form::select(&Field::new("portee", "Demandes").value(criteria.part.slug()), &parts))
            (form::checkboxes(&Field::new("etat", "États").hint("Les états cochés l’emportent sur le choix ci-dessus."), &states))
            (form::checkboxes(&Field::new("urgentes", "Urgence"), &[urgent]))
        },
    )
}

fn hands(page: &ConsolePage) -> Markup {
    let criteria = &page.selection.criteria;
    let mut people = open("Peu importe");
    people.push(("moi".into(), "Moi".into()));
    people.push(("personne".into(), "Personne".into()));
    people.extend(page.options("person"));
    let assignee = criteria.assignee.map(assignee_slug).unwrap_or_default();
    if let Some(Assignee::Person(_)) = criteria.assignee
        && !people.iter().any(|(id, _)| *id == assignee)
    {
        people.push((assignee.clone(), "La personne de l’adresse".into()));
    }
    let teams = page.options("team");
    let chosen: Vec<String> = criteria.teams.iter().map(ToString::to_string).collect();
    group(
        "En charge",
        &html! {
            (form::select(&Field::new("affectee", "Prise en charge par").value(&assignee), &people))
            div.field {
                label for="equipe" { "Équipes" }
                p.hint id="equipe-hint" { "Plusieurs choix possibles, avec la touche Ctrl." }
                select id="equipe" name="equipe" multiple size="6" aria-describedby="equipe-hint" {
                    @for (id, name) in &teams { option value=(id) selected[chosen.contains(id)] { (name) } }
                }
            }
        },
    )
}

fn place(page: &ConsolePage) -> Markup {
    let criteria = &page.selection.criteria;
    let mut territories = open("Tous");
    territories.extend(page.options("territory"));
    let territory = criteria.territory.map(|id| id.to_string()).unwrap_or_default();
    let school =
        Field::new("etablissement", "Établissement").hint("Code UAI, nom ou ville").value(&criteria.school);
    group(
        "Lieu",
        &html! {
            (form::select(&Field::new("territoire", "Territoire").value(&territory), &territories))
            (form::text(&school))
        },
    )
}

fn subject(page: &ConsolePage) -> Markup {
    let criteria = &page.selection.criteria;
    let mut kinds = open("Toutes");
    kinds.extend(page.labels.kinds.iter().cloned());
    let mut themes = open("Tous");
    themes.extend(page.labels.themes.iter().cloned());
    let mut natures = open("Toutes");
    natures.extend(Nature::ALL.iter().map(|nature| (nature.slug().into(), nature.label().into())));
    let mut channels = open("Tous les moyens");
    channels.extend(Channel::ALL.iter().map(|channel| (channel.slug().into(), channel.label().into())));
    let mut goodwill = open("Peu importe");
    goodwill.push(("avec".into(), "Avec engagement".into()));
    goodwill.push(("sans".into(), "Sans engagement".into()));
    let commitment = criteria.goodwill.map_or("", |without| if without { "sans" } else { "avec" });
    let nature = criteria.nature.map_or("", |nature| nature.slug());
    let channel = criteria.channel.map_or("", Channel::slug);
    group(
        "Objet",
        &html! {
            (form::select(&Field::new("fiche", "Fiche ou type de demande").value(&criteria.kind), &kinds))
            (form::select(&Field::new("theme", "Thème").value(&criteria.theme), &themes))
            (form::select(&Field::new("nature", "Nature").value(nature), &natures))
            (form::select(&Field::new("canal", "Arrivée par").value(channel), &channels))
            (form::select(&Field::new("engagement", "Engagement de délai").value(commitment), &goodwill))
        },
    )
}

fn time(page: &ConsolePage) -> Markup {
    let criteria = &page.selection.criteria;
    let mut dues = open("Peu importe");
    dues.extend(Due::EACH.iter().map(|due| (due.slug(), due.label())));
    let due = criteria.due.map(Due::slug).unwrap_or_default();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let date = |name, label, value: &str| form::input(&Field::new(name, label).value(value), "date");
    group(
        "Temps",
        &html! {
            (form::select(&Field::new("echeance", "Échéance").value(&due), &dues))
            (date("avant", "Échéance au plus tard le", &day(criteria.due_before)))
            (date("du", "Envoyées à partir du", &day(criteria.sent_from)))
            (date("au", "Envoyées jusqu’au", &day(criteria.sent_to)))
            (date("modifiees", "Modifiées depuis le", &day(criteria.changed_since)))
        },
    )
}

fn sorting(page: &ConsolePage) -> Markup {
    let mut keys = open("—");
    for key in Key::ALL {
        for down in [false, true] {
            let slug = Sort { key, down }.slug();
            keys.push((slug, format!("{}{}", key.label(), if down { " ↓ (ordre inverse)" } else { " ↑" })));
        }
    }
    let asked = page.selection.order.as_ref();
    let slug = |place: usize| {
        asked.and_then(|order| order.sorts().get(place)).map(|sort| sort.slug()).unwrap_or_default()
    };
    group(
        "Tri",
        &html! {
            @for place in 0..MOST_KEYS {
                @let (id, label) = [("tri-1", "Trier par"), ("tri-2", "Puis par"), ("tri-3", "Puis par (troisième)")][place];
                @let value = slug(place);
                div.field {
                    label for=(id) { (label) }
                    select id=(id) name="tri" { @for (key, words) in &keys { option value=(key) selected[*key == value] { (words) } } }
                }
            }
        },
    )
}
