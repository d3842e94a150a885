//! Major incidents: the list, the declaration, the page that everyone concerned follows, and the
//! lines that other pages show.

use beffroi_directory::{Announcement, announcements};
use beffroi_kernel::SchoolId;
use beffroi_sheets::{Nature, RequestType, Sheet};
use beffroi_ui::{Column, Moment, Tone, form, tag};
use beffroi_web::Submitted;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::lists::state_tag;
use super::request::RequestPage;
use crate::LeadIncidents;
use crate::major::{COUNTED, Child, Incident, News, Record, SHOWN};
use crate::reading::Request;

/// What was typed and what to mend; nothing typed is lost.
#[derive(Default)]
pub(crate) struct Typed {
    pub(crate) fields: Submitted,
    pub(crate) wrong: Option<(&'static str, String)>,
}

impl Typed {
    pub(crate) fn field<'a>(&'a self, name: &'a str, label: &'a str) -> form::Field<'a> {
        let error = self.wrong.as_ref().filter(|(field, _)| *field == name);
        form::Field::new(name, label)
            .value(self.fields.get(name).unwrap_or_default())
            .error(error.map(|(_, message)| message.as_str()))
    }

    pub(crate) fn summary(&self) -> Markup {
        let errors: Vec<(String, String)> =
            self.wrong.iter().map(|(field, message)| ((*field).to_owned(), message.clone())).collect();
        form::error_summary(&errors)
    }
}

fn standing(incident: &Incident) -> Markup {
    if incident.resolved_at.is_some() { tag(Tone::Good, "Terminé") } else { tag(Tone::Warn, "En cours") }
}

pub(crate) fn list(incidents: &[Incident], may_declare: bool, now: DateTime<Utc>) -> Markup {
    let columns = ["Incident", "État", "Dernières nouvelles", "Déclaré"].map(Column::text);
    let rows: Vec<Vec<Markup>> = incidents
        .iter()
        .map(|one| {
            let title = html! { a href={ "/incidents/" (one.reference) } { (one.title) } br; (beffroi_ui::reference(&one.reference)) };
            vec![title, standing(one), html! { (one.body) }, beffroi_ui::ago(one.declared_at, now)]
        })
        .collect();
    html! {
        h1 { "Incidents majeurs" }
        p.lead { "Une panne qui touche plusieurs établissements, et où elle en est." }
        @if may_declare { div.actions { a.button href="/incidents/nouveau" { "Déclarer un incident majeur" } } }
        @if incidents.is_empty() {
            (beffroi_ui::empty(html! { p { "Aucun incident majeur à ce jour. Ceux qui seront déclarés apparaîtront ici et en haut de chaque page des établissements concernés." } }))
        } @else {
            (beffroi_ui::table("Incidents majeurs, ceux en cours d’abord", &columns, &rows))
        }
    }
}

/// What the declaration offers to choose from.
pub(crate) struct Choices {
    /// Identifier and label of each theme.
    pub(crate) themes: Vec<(String, String)>,
    /// Identifier and name of each territory within reach.
    pub(crate) territories: Vec<(String, String)>,
    /// Whether the whole Region is within reach.
    pub(crate) region: bool,
    /// The request it is declared from.
    pub(crate) request: Option<(String, String)>,
}

pub(crate) fn declare(choices: &Choices, typed: &Typed) -> Markup {
    let chosen = typed.fields.get("audience").unwrap_or("schools");
    let choice = |value, label, hint| form::Choice { value, label, hint, chosen: value == chosen };
    let mut audiences = vec![
        choice("schools", "Des établissements", "Indiquez-les plus bas."),
        choice("territory", "Un territoire", "Choisissez-le plus bas."),
    ];
    if choices.region {
        audiences.push(choice("region", "Toute la Région", "Aussi sur la page de connexion, pour tous."));
    }
    html! {
        (beffroi_ui::back_link("/incidents", "Incidents majeurs"))
        (typed.summary())
        h1 { "Déclarer un incident majeur" }
        p.lead { "Les établissements concernés le lisent aussitôt en haut de chaque page." }
        form method="post" action="/incidents" data-guard {
            @if let Some((reference, title)) = &choices.request {
                input type="hidden" name="request" value=(reference);
                p { "À partir de la demande " (beffroi_ui::reference(reference)) ", «\u{a0}" (title) "\u{a0}», qui lui sera rattachée." }
            }
            (form::text(&typed.field("title", "Titre").hint("Quelques mots, sans nom de personne. Par exemple\u{a0}: Messagerie indisponible")))
            (form::long_text(&typed.field("text", "Ce qui est connu").hint("Ce qui ne marche plus, ce qui est fait, et quand viendront les prochaines nouvelles. Tous le liront.")))
            (form::select(&typed.field("theme", "Thème").hint("Ceux qui vont faire une demande sur ce thème verront d’abord l’incident."), &choices.themes))
            (form::radios(&typed.field("audience", "Qui est concerné\u{a0}?"), &audiences))
            (form::long_text(&typed.field("schools", "Établissements").hint("Leur numéro UAI, un par ligne. Par exemple\u{a0}: 0590119J")))
            @if !choices.territories.is_empty() {
                (form::select(&typed.field("territory", "Territoire"), &choices.territories))
            }
            div.actions { (form::submit("Déclarer l’incident")) }
        }
    }
}

fn counted(count: i64) -> String {
    if count >= COUNTED { format!("plus de {}", COUNTED - 1) } else { count.to_string() }
}

/// The page that everyone concerned follows.
pub(crate) fn show(record: &Record, typed: &Typed, now: DateTime<Utc>) -> Markup {
    let Record { incident, count: (total, active), .. } = record;
    html! {
        (beffroi_ui::back_link("/incidents", "Incidents majeurs"))
        (typed.summary())
        h1 { (incident.title) }
        p { (beffroi_ui::reference(&incident.reference)) " " (standing(incident)) }
        p.lead {
            @match incident.resolved_at {
                Some(at) => { "Terminé " (beffroi_ui::ago(at, now)) "." },
                None => { "En cours " (beffroi_ui::since(now - incident.declared_at)) "." },
            }
            " " (audience(record))
        }
        div.two {
            div {
                section aria-labelledby="nouvelles" {
                    h2 id="nouvelles" { "Nouvelles" }
                    (timeline(record, now))
                }
                @if !record.candidates.is_empty() { (candidates(record)) }
                @if record.leads { (leading(record, typed)) }
            }
            aside aria-label="Demandes rattachées" {
                h2 { "Demandes rattachées" }
                p { (counted(*total)) " demande" @if *total > 1 { "s" } ", dont " (counted(*active)) " en cours." }
                @if record.children.is_empty() {
                    p.quiet { "Aucune ne vous est ouverte." }
                } @else {
                    ul { @for child in &record.children { li { (line(child)) } } }
                    @if i64::try_from(SHOWN).is_ok_and(|shown| *total > shown) { p.quiet { "Les " (SHOWN) " plus récentes sont montrées." } }
                }
                @if !record.schools.is_empty() {
                    h2 { "Établissements" }
                    ul { @for school in &record.schools { li { (school) } } }
                }
            }
        }
    }
}

fn audience(record: &Record) -> Markup {
    html! {
        @match (record.incident.audience.as_str(), &record.territory) {
            ("region", _) => "Toute la Région est concernée.",
            (_, Some(territory)) => { "Le territoire «\u{a0}" (territory) "\u{a0}» est concerné." },
            _ => { (beffroi_ui::plural(i64::try_from(record.schools.len()).unwrap_or(0), "établissement concerné", "établissements concernés")) "." },
        }
    }
}

fn line(child: &Child) -> Markup {
    html! {
        a href={ "/demandes/" (child.reference) } { (child.title) } " " (beffroi_ui::reference(&child.reference))
        " " (state_tag(&child.state, child.waiting_for.as_deref()))
        p.quiet { (child.school) ", " (child.city) }
    }
}

fn timeline(record: &Record, now: DateTime<Utc>) -> Markup {
    let moment = |news: &News| {
        let what = match news.kind.as_str() {
            "declared" => "Incident déclaré",
            "resolved" => "Incident terminé",
            "reopened" => "Incident rouvert",
            _ => "Nouvelles",
        };
        let meta = html! {
            strong { (what) } " — " (record.names.get(&news.author_id).map_or("Beffroi", String::as_str)) ", "
            (beffroi_ui::ago(news.created_at, now))
            @if news.to_all { " " (tag(Tone::Calm, "Envoyé à toutes les demandes")) }
        };
        Moment { kind: "public", meta, body: html! { (news.body) } }
    };
    beffroi_ui::timeline(&record.news.iter().map(moment).collect::<Vec<_>>())
}

fn candidates(record: &Record) -> Markup {
    html! {
        section aria-labelledby="les-notres" {
            h2 id="les-notres" { "Vos demandes en cours sur ce thème" }
            p { "Si l’une d’elles parle de cet incident, rattachez-la\u{a0}: elle en recevra les nouvelles et la solution." }
            @for child in &record.candidates {
                div.panel {
                    (line(child))
                    (form::button_form(&format!("/demandes/{}/incident", child.reference), &format!("Rattacher {}", child.reference), "secondary", &[("incident", &record.incident.reference)]))
                }
            }
        }
    }
}

fn leading(record: &Record, typed: &Typed) -> Markup {
    let action = |verb: &str| format!("/incidents/{}/{verb}", record.incident.reference);
    let all = form::Choice {
        value: "1",
        label: "Répondre aussi à toutes les demandes rattachées",
        hint: "Un message et un courriel à chaque demandeur.",
        chosen: typed.fields.fields().is_empty() || typed.fields.get("to_all").is_some(),
    };
    html! {
        @if record.incident.resolved_at.is_some() {
            form.panel method="post" action=(action("rouvrir")) data-guard {
                (form::long_text(&typed.field("text", "L’incident recommence\u{a0}?").hint("Dites ce qui se passe\u{a0}: les demandes restent rattachées.")))
                div.actions { button.secondary type="submit" { "Rouvrir l’incident" } }
            }
        } @else {
            form.panel method="post" action=(action("nouvelles")) data-guard {
                (form::long_text(&typed.field("text", "Donner des nouvelles").hint("Elles remplacent le texte du bandeau.")))
                (form::checkboxes(&form::Field::new("to_all", "À qui\u{a0}?"), &[all]))
                div.actions { (form::submit("Publier les nouvelles")) }
            }
            form.panel method="post" action=(action("terminer")) data-guard {
                (form::long_text(&typed.field("solution", "Terminer l’incident").hint("Ce texte devient la solution de toutes les demandes rattachées en cours\u{a0}; le bandeau disparaît.")))
                div.actions { button.secondary type="submit" { "Résolu pour tous" } }
            }
        }
    }
}

/// On the page of a request: the incident it belongs to.
pub(crate) fn mark(request: &Request) -> Markup {
    let Some(parent) = request.parent_id else { return html! {} };
    let told = announcements();
    let lasting = told.iter().find(|one| one.id == parent);
    html! {
        (beffroi_ui::notice(Tone::Calm, "Rattachée à un incident majeur", html! {
            p {
                @match lasting {
                    Some(one) => a href=(one.href) { (one.title) },
                    None => a href={ "/incidents/" (parent) } { "Lire ce qui s’est passé" },
                }
            }
        }))
    }
}

/// Among what agents do to a request: declare, attach, detach.
pub(crate) fn panel(page: &RequestPage) -> Markup {
    let request = &page.folder.request;
    let told = announcements();
    let options: Vec<(String, String)> = told
        .iter()
        .filter(|one| one.everyone || one.schools.contains(&request.school_id))
        .map(|one| (one.reference.clone(), format!("{} ({})", one.title, one.reference)))
        .collect();
    html! {
        @if request.parent_id.is_some() {
            (form::button_form(&page.action("incident/detacher"), "Détacher de l’incident", "secondary", &[]))
        } @else {
            @if !options.is_empty() {
                form method="post" action=(page.action("incident")) data-guard {
                    (form::select(&page.field("incident", "Incident en cours"), &options))
                    div.actions { (form::submit("Rattacher")) }
                }
            }
            @if page.access.permit::<LeadIncidents>().is_some() {
                p { a href={ "/incidents/nouveau?demande=" (request.reference) } { "Déclarer un incident majeur à partir de cette demande" } }
            }
        }
    }
}

/// Before a request is written: the incident that may explain it, and one click to join.
pub(crate) fn known(sheet: &Sheet, kind: &RequestType, schools: &[(SchoolId, String)]) -> Markup {
    let told = announcements();
    let touched = |one: &Announcement| -> Vec<(SchoolId, String)> {
        schools.iter().filter(|(id, _)| one.everyone || one.schools.contains(id)).cloned().collect()
    };
    let about = told.iter().filter(|one| one.theme == kind.theme).map(|one| (one, touched(one)));
    html! {
        @for (one, schools) in about.filter(|(_, schools)| !schools.is_empty()) {
            (beffroi_ui::notice(Tone::Warn, "C’est peut-être déjà connu", html! {
                p { strong { (one.title) } " — " (one.text) }
                @if kind.nature == Nature::Incident {
                    p { "Ajoutez-vous à l’incident en un clic\u{a0}: vous en recevrez les nouvelles et la solution, sans rien écrire." }
                    @for (id, name) in &schools {
                        @let words = if schools.len() == 1 { "C’est ce que j’ai\u{a0}: m’ajouter à l’incident".to_owned() } else { format!("M’ajouter à l’incident pour {name}") };
                        (form::button_form(&format!("{}/rejoindre", one.href), &words, "", &[("school", &id.to_string()), ("sheet", &sheet.slug), ("kind", &kind.id)]))
                    }
                }
                p { a href=(one.href) { "Lire les nouvelles de l’incident" } }
            }))
        }
    }
}
