//! Availability, maintenance, and what is said to a person whose change must wait.

use beffroi_ui as ui;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use maud::{Markup, html};
use ui::Column;
use ui::form::{self, Choice, Field};

use crate::model::{Cause, Gap, Maintenance, Month, Stretch};
use crate::rules::{SILENCE, percent, share};

/// « Maintenance jusqu’au … », or from when to when while it is to come.
pub(crate) fn when(one: &Maintenance, on: bool) -> String {
    if on {
        format!("jusqu’au {}", ui::date_time(one.ends_at))
    } else {
        format!("du {} au {}", ui::date_time(one.starts_at), ui::date_time(one.ends_at))
    }
}

/// `2 h 05 min`, `4 min`, `30 s`; « aucune » for nothing.
fn length(of: TimeDelta) -> String {
    match (of.num_hours(), of.num_minutes() % 60, of.num_seconds()) {
        (0, 0, 0) => "aucune".to_owned(),
        (0, 0, seconds) => format!("{seconds}\u{a0}s"),
        (0, minutes, _) => format!("{minutes}\u{a0}min"),
        (hours, minutes, _) => format!("{hours}\u{a0}h\u{a0}{minutes:02}\u{a0}min"),
    }
}

/// « novembre 2026 »
fn month_name(month: &Month) -> String {
    let words = ui::day(month.first);
    let name = words.split(' ').nth(2).unwrap_or_default();
    format!("{name} {}", month.first.year())
}

const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Stopped => "programme arrêté par l’exploitant",
        Cause::Database => "base de données injoignable",
        Cause::Lost => "machine ou réseau en panne",
    }
}

/// The page that everyone reads.
pub(crate) struct Availability<'a> {
    pub months: &'a [Month],
    pub coming: &'a [Maintenance],
    pub now: DateTime<Utc>,
    pub announces: bool,
}

pub(crate) fn availability(shown: &Availability) -> Markup {
    html! {
        h1 { "Disponibilité du service" }
        @match shown.months.first() {
            Some(month) => p.lead {
                "En " (month_name(month)) ", le site a répondu " strong { (percent(share(month.measured, month.down()))) }
                " du temps."
            },
            None => p.lead { "La mesure commence\u{a0}: revenez demain." },
        }
        p {
            "Beffroi est ouvert jour et nuit, sept jours sur sept. Les délais de traitement des demandes, eux, courent "
            "aux jours ouvrés\u{a0}: " a href="/delais" { "voir les délais mesurés" } "."
        }
        (announced(shown.coming, shown.now))
        @if shown.announces { p { a href="/region/maintenance" { "Annoncer ou terminer une maintenance" } } }
        @if !shown.months.is_empty() { (table_of_months(shown.months)) (interruptions(shown.months)) }
        (method())
    }
}

fn announced(coming: &[Maintenance], now: DateTime<Utc>) -> Markup {
    html! {
        h2 { "Maintenance" }
        @if coming.is_empty() { p { "Aucune maintenance n’est en cours ni prévue." } }
        @else {
            ul { @for one in coming {
                li {
                    strong { (capital(&when(one, one.is_on(now)))) } "\u{a0}: " (one.text)
                    @if one.read_only { " Pendant ce temps, vous pouvez lire, mais rien ne peut être modifié." }
                }
            } }
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn table_of_months(months: &[Month]) -> Markup {
    const COLUMNS: [Column; 5] = [
        Column::text("Mois"),
        Column::number("Disponibilité"),
        Column::number("Sans les arrêts annoncés"),
        Column::number("Sans réponse"),
        Column::number("dont annoncé"),
    ];
    let row = |month: &Month| {
        let (down, announced) = (month.down(), month.announced());
        vec![
            html! { (month_name(month)) },
            html! { (percent(share(month.measured, down))) },
            html! { (percent(share(month.measured, down - announced))) },
            html! { (length(down)) },
            html! { (length(announced)) },
        ]
    };
    let rows: Vec<_> = months.iter().map(row).collect();
    html! { h2 { "Mois par mois" } (ui::table("Part du temps où le site a répondu, par mois", &COLUMNS, &rows)) }
}

/// Interruptions named one by one; the months count them all.
const NAMED: usize = 50;

fn interruptions(months: &[Month]) -> Markup {
    const COLUMNS: [Column; 4] =
        [Column::text("Début"), Column::text("Fin"), Column::number("Durée"), Column::text("Cause")];
    let row = |gap: &Gap| {
        vec![
            html! { (ui::short_date_time(gap.from)) },
            html! { (ui::short_date_time(gap.to)) },
            html! { (length(gap.length())) },
            html! { (cause(gap.cause)) @if gap.announced > TimeDelta::zero() { " (annoncée)" } },
        ]
    };
    let rows: Vec<_> = months.iter().flat_map(|month| month.gaps.iter().rev()).take(NAMED).map(row).collect();
    html! {
        h2 { "Interruptions" }
        @if rows.is_empty() { p { "Aucune interruption n’a été mesurée." } }
        @else { (ui::table("Interruptions, la plus récente d’abord", &COLUMNS, &rows)) }
    }
}

fn method() -> Markup {
    ui::details(
        "Comment c’est mesuré",
        html! {
            p {
                "Chaque programme qui sert le site écrit un signe de vie en base toutes les dix secondes. Le site est "
                "compté présent tant qu’un programme au moins le fait\u{a0}; il est compté absent depuis le dernier signe reçu. "
                "Un pourcentage est coupé, jamais arrondi vers le haut."
            }
            p {
                "Cette mesure est faite depuis le serveur\u{a0}: une panne du réseau entre vous et lui n’y paraît pas."
            }
        },
    )
}

/// What was typed in the form.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    pub text: String,
    pub from: String,
    pub to: String,
    pub read_only: bool,
}

/// The page of those who announce.
pub(crate) struct Board<'a> {
    pub coming: &'a [Maintenance],
    pub stretches: &'a [Stretch],
    pub typed: &'a Typed,
    pub error: Option<(&'static str, String)>,
    pub now: DateTime<Utc>,
}

pub(crate) fn maintenance(board: &Board) -> Markup {
    let summary: Vec<_> =
        board.error.iter().map(|(field, text)| ((*field).to_owned(), text.clone())).collect();
    html! {
        (form::error_summary(&summary))
        h1 { "Maintenance" }
        p.lead { "Annoncez un arrêt ou des travaux\u{a0}: un bandeau le dit en haut de toutes les pages." }
        (in_force(board))
        h2 { "Annoncer une maintenance" }
        (announcing(board))
        h2 { "Les programmes qui servent le site" }
        (nodes(board.stretches, board.now))
        p { a href="/disponibilite" { "Disponibilité mois par mois" } }
    }
}

fn in_force(board: &Board) -> Markup {
    html! {
        h2 { "En cours ou prévue" }
        @if board.coming.is_empty() { p { "Aucune." } }
        @for one in board.coming {
            @let on = one.is_on(board.now);
            section.card {
                h3 { @if on { "En cours, " } @else { "Prévue, " } (when(one, on)) }
                p { (one.text) }
                @if one.read_only { p { "Lecture seule\u{a0}: aucune modification n’est possible pendant ce temps." } }
                @let words = if on { "Terminer cette maintenance" } else { "Annuler cette maintenance" };
                (form::button_form(&format!("/region/maintenance/{}/terminer", one.id), words, "secondary", &[]))
            }
        }
    }
}

fn announcing(board: &Board) -> Markup {
    let typed = board.typed;
    let error =
        |name: &str| board.error.as_ref().filter(|(field, _)| *field == name).map(|(_, text)| text.as_str());
    let choice = Choice {
        value: "oui",
        label: "Lecture seule",
        hint: "Les personnes lisent, mais ne modifient rien\u{a0}; ce qu’elles écrivent leur est rendu pour être renvoyé ensuite.",
        chosen: typed.read_only,
    };
    html! {
        form method="post" action="/region/maintenance" {
            (form::long_text(&Field::new("texte", "Ce que les personnes doivent savoir")
                .hint("Une ou deux phrases, 400 caractères au plus.").value(&typed.text).error(error("texte"))))
            (form::input(&Field::new("debut", "Début, à l’heure de Paris")
                .hint("Facultatif\u{a0}: laissez vide pour commencer maintenant.").value(&typed.from).error(error("debut")), "datetime-local"))
            (form::input(&Field::new("fin", "Fin au plus tard, à l’heure de Paris")
                .hint("Le bandeau disparaît alors de lui-même.").value(&typed.to).error(error("fin")), "datetime-local"))
            (form::checkboxes(&Field::new("lecture", "Pendant la maintenance"), &[choice]))
            (form::submit("Annoncer"))
        }
    }
}

fn nodes(stretches: &[Stretch], now: DateTime<Utc>) -> Markup {
    const COLUMNS: [Column; 4] =
        [Column::text("Programme"), Column::text("Version"), Column::text("État"), Column::text("Depuis")];
    let mut last: std::collections::BTreeMap<&str, &Stretch> = Default::default();
    for stretch in stretches {
        last.insert(&stretch.node, stretch);
    }
    let row = |one: &&Stretch| {
        let (tone, words, since) = if one.stopped {
            (ui::Tone::Quiet, "arrêté", one.to_at)
        } else if now - one.to_at > SILENCE {
            (ui::Tone::Bad, "ne répond plus", one.to_at)
        } else {
            (ui::Tone::Good, "présent", one.from_at)
        };
        vec![
            html! { (one.node) },
            html! { (one.version) },
            ui::tag(tone, words),
            html! { (ui::short_date_time(since)) },
        ]
    };
    let rows: Vec<_> = last.values().map(row).collect();
    html! {
        @if rows.is_empty() { p { "Aucun signe de vie depuis sept jours." } }
        @else { (ui::table("Programmes vus depuis sept jours", &COLUMNS, &rows)) }
    }
}

fn said(one: &Maintenance) -> Markup {
    html! {
        h1 { "Maintenance en cours\u{a0}: lecture seule" }
        p.lead { "Vous pouvez lire, mais rien ne peut être modifié jusqu’au " (ui::date_time(one.ends_at)) ", au plus tard." }
        p { (one.text) }
    }
}

/// What was typed, ready to be sent again.
pub(crate) fn held(one: &Maintenance, path: &str, fields: &[(String, String)]) -> Markup {
    let written = |value: &str| value.trim().contains(char::is_whitespace);
    let texts: Vec<_> = fields.iter().filter(|(_, value)| written(value)).collect();
    let body = html! {
        (said(one))
        p { strong { "Rien de ce que vous avez écrit n’est perdu." } " Gardez cette page ouverte, puis renvoyez-le après la maintenance." }
        form method="post" action=(path) {
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            (form::submit("Renvoyer"))
        }
        @if !texts.is_empty() {
            h2 { "Ce que vous avez écrit" }
            @for (number, (_, value)) in (1..).zip(&texts) {
                div.field {
                    label for={ "ecrit-" (number) } { "Texte " (number) }
                    textarea id={ "ecrit-" (number) } rows="6" readonly { (value) }
                }
            }
        }
    };
    ui::page(ui::Page::new("Maintenance en cours", body))
}

/// The same for a form with files or a password, which only its own page still has.
pub(crate) fn held_files(one: &Maintenance) -> Markup {
    let body = html! {
        (said(one))
        p {
            strong { "Rien n’a été envoyé." } " Revenez à la page précédente avec votre navigateur\u{a0}: ce que vous y aviez "
            "saisi et choisi y est encore. Renvoyez-le après la maintenance."
        }
    };
    ui::page(ui::Page::new("Maintenance en cours", body))
}
