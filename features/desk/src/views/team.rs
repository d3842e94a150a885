//! The calendar of a team: the week as lines, the month as a table, one's own absences, the roster.

use beffroi_directory::Team;
use beffroi_ui::{Column, Tone, facts, form, tag};
use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Europe::Paris;
use maud::{Markup, html};

use super::lists::address;
use super::major::Typed;
use crate::team_calendar::{Agenda, REASONS, Visit};

const PATH: &str = "/equipe/calendrier";
const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// The way to one's own calendar.
pub(crate) struct Link {
    pub(crate) address: String,
    pub(crate) password: String,
}

/// What the page shows.
pub(crate) struct CalendarPage<'a> {
    pub(crate) agenda: &'a Agenda,
    /// The teams one may open.
    pub(crate) teams: &'a [Team],
    pub(crate) today: NaiveDate,
    /// Whether the month is shown, rather than a week.
    pub(crate) month: bool,
    /// Whether one keeps the roster.
    pub(crate) manages: bool,
    /// One's own absences to come.
    pub(crate) mine: &'a [crate::team_calendar::Absence],
    /// The way to one's own calendar, just made.
    pub(crate) link: Option<&'a Link>,
    pub(crate) typed: &'a Typed,
}

/// The tabs of a team's pages.
pub(crate) fn tabs(current: &str, team: &str, manages: bool) -> Markup {
    let tab =
        |path: &str, words: &str| (address(path, &[("equipe", team)]), words.to_owned(), path == current);
    let mut all = vec![tab(PATH, "Calendrier")];
    if manages {
        all.push(tab("/equipe/charge", "Charge"));
    }
    beffroi_ui::tabs("Équipe", &all)
}

/// The choice of a team, for those who have several.
pub(crate) fn chooser(path: &str, teams: &[Team], current: &Team) -> Markup {
    let options: Vec<(String, String)> =
        teams.iter().map(|team| (team.slug.clone(), team.name.clone())).collect();
    html! {
        @if options.len() > 1 {
            form.inline-form method="get" action=(path) {
                (form::select(&form::Field::new("equipe", "Équipe").value(&current.slug), &options))
                div.field { button.secondary type="submit" { "Ouvrir" } }
            }
        }
    }
}

pub(crate) fn calendar(page: &CalendarPage) -> Markup {
    let CalendarPage { agenda, .. } = page;
    html! {
        (page.typed.summary())
        h1 { "Calendrier de l’équipe" }
        (tabs(PATH, &agenda.team.slug, page.manages))
        (chooser(PATH, page.teams, &agenda.team))
        p.lead {
            (agenda.team.name) ". "
            @match agenda.duty(page.today) {
                Some(duty) => { strong { (duty.name) } " est de permanence aujourd’hui." },
                None => "Personne n’est de permanence aujourd’hui.",
            }
        }
        (moves(page))
        @if page.month { (month(page)) } @else { (week(page)) }
        div.two {
            div { (absences(page)) @if page.manages { (roster(page)) } }
            aside aria-label="Mon agenda" { (own(page)) }
        }
    }
}

/// The way to the days before and after, and from the week to the month.
fn moves(page: &CalendarPage) -> Markup {
    let (from, to) = page.agenda.days;
    let team = page.agenda.team.slug.as_str();
    let step = Days::new(if page.month { 7 } else { 1 });
    // A month is shown with whole weeks: its middle names it.
    let before = from.checked_sub_days(step).unwrap_or(from).to_string();
    let after = to.checked_add_days(step).unwrap_or(to).to_string();
    let view = if page.month { "mois" } else { "" };
    let to_day = |day: &str, view: &str| address(PATH, &[("equipe", team), ("jour", day), ("vue", view)]);
    let middle =
        from.checked_add_days(Days::new(if page.month { 14 } else { 0 })).unwrap_or(from).to_string();
    let (previous, next) = if page.month {
        ("Mois précédent", "Mois suivant")
    } else {
        ("Semaine précédente", "Semaine suivante")
    };
    html! {
        nav.pages.moves aria-label="Autres dates" {
            a href=(to_day(&before, view)) rel="nofollow" { "← " (previous) }
            a href=(to_day(&page.today.to_string(), view)) { "Aujourd’hui" }
            a href=(to_day(&after, view)) rel="nofollow" { (next) " →" }
            @if page.month { a href=(to_day(&middle, "")) { "Voir la semaine" } } @else { a href=(to_day(&middle, "mois")) { "Voir le mois" } }
        }
    }
}

fn week(page: &CalendarPage) -> Markup {
    let (from, to) = page.agenda.days;
    let columns = ["Jour", "De permanence", "Absents", "Rendez-vous"].map(Column::text);
    let rows: Vec<Vec<Markup>> = from
        .iter_days()
        .take_while(|day| *day <= to)
        .map(|day| {
            let away: Vec<&str> = page.agenda.away(day).map(|absence| absence.name.as_str()).collect();
            vec![
                html! { (beffroi_ui::day(day)) @if day == page.today { " " (tag(Tone::Calm, "Aujourd’hui")) } },
                html! { @match page.agenda.duty(day) { Some(duty) => (duty.name), None => span.quiet { "—" } } },
                html! { @if away.is_empty() { span.quiet { "—" } } @else { (away.join(", ")) } },
                html! { @if page.agenda.visits_on(day).next().is_none() { span.quiet { "—" } } @for one in page.agenda.visits_on(day) { (visit(one)) } },
            ]
        })
        .collect();
    let caption = format!("Semaine du {}", beffroi_ui::day(from));
    beffroi_ui::table(&caption, &columns, &rows)
}

fn visit((visit, closed): &(Visit, Option<String>)) -> Markup {
    let hour = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&Paris).format("%Hh%M").to_string();
    html! {
        p {
            (hour(visit.starts_at)) "–" (hour(visit.ends_at)) " "
            a href={ "/demandes/" (visit.reference) } { (visit.school) ", " (visit.city) span.visually-hidden { ", demande " (visit.reference) } }
            @if let Some(reason) = closed { " " (tag(Tone::Bad, "Établissement fermé")) span.quiet { " " (reason) } }
        }
    }
}

fn month(page: &CalendarPage) -> Markup {
    let (from, to) = page.agenda.days;
    let middle = from.checked_add_days(Days::new(14)).unwrap_or(from);
    let days: Vec<NaiveDate> = from.iter_days().take_while(|day| *day <= to).collect();
    html! {
        div.table {
            table.calendar {
                caption { (MONTHS[middle.month0() as usize]) " " (middle.year()) }
                thead { tr { @for day in DAYS { th scope="col" { (day) } } } }
                tbody { @for week in days.chunks(7) { tr { @for day in week { (cell(page, *day, middle)) } } } }
            }
        }
    }
}

fn cell(page: &CalendarPage, day: NaiveDate, middle: NaiveDate) -> Markup {
    let duty = page.agenda.duty(day);
    let away: Vec<&str> = page.agenda.away(day).map(|absence| absence.name.as_str()).collect();
    let nothing = duty.is_none() && away.is_empty() && page.agenda.visits_on(day).next().is_none();
    html! {
        td.free[nothing] .beside[day.month() != middle.month()] {
            p.day { (day.day()) span.name { " " (DAYS[day.weekday().num_days_from_monday() as usize]) } @if day == page.today { " " (tag(Tone::Calm, "Aujourd’hui")) } }
            @if let Some(duty) = duty { p { span.quiet { "Permanence\u{a0}: " } (duty.name) } }
            @if !away.is_empty() { p { span.quiet { "Absents\u{a0}: " } (away.join(", ")) } }
            @for one in page.agenda.visits_on(day) { (visit(one)) }
        }
    }
}

fn absences(page: &CalendarPage) -> Markup {
    let reasons: Vec<(String, String)> =
        REASONS.iter().map(|one| ((*one).to_owned(), (*one).to_owned())).collect();
    html! {
        section aria-labelledby="absences" {
            h2 id="absences" { "Mes absences" }
            @for absence in page.mine {
                div.panel {
                    p { "Du " (beffroi_ui::day(absence.from_day)) " au " (beffroi_ui::day(absence.to_day)) " — " (absence.reason) }
                    (form::button_form(&format!("/equipe/absences/{}/retirer", absence.id), "Retirer cette absence", "plain", &[]))
                }
            }
            form.panel method="post" action="/equipe/absences" data-guard {
                (form::input(&page.typed.field("from", "Premier jour"), "date"))
                (form::input(&page.typed.field("to", "Dernier jour").hint("Laissez vide pour un seul jour"), "date"))
                (form::select(&page.typed.field("reason", "Sorte").hint("L’équipe voit que vous êtes absent, vous seul voyez pourquoi."), &reasons))
                div.actions { (form::submit("Noter mon absence")) }
            }
        }
    }
}

fn roster(page: &CalendarPage) -> Markup {
    let agenda = page.agenda;
    let mut people = vec![(String::new(), "Choisissez une personne".to_owned())];
    people.extend(agenda.members.iter().map(|member| (member.id.to_string(), member.name())));
    let days: Vec<(String, String)> = DAYS
        .iter()
        .zip(0..)
        .map(|(day, number): (_, i32)| (number.to_string(), format!("Chaque {day}")))
        .collect();
    html! {
        section aria-labelledby="permanences" {
            h2 id="permanences" { "Tour de permanence" }
            @if agenda.duties.is_empty() { p.quiet { "Personne n’est inscrit\u{a0}: les escalades vont à l’adresse de l’équipe." } }
            @for duty in &agenda.duties {
                @let day = DAYS.get(usize::try_from(duty.weekday).unwrap_or(0)).unwrap_or(&"");
                div.panel {
                    p { "Chaque " (day) "\u{a0}: " strong { (duty.name) } ", depuis le " (beffroi_ui::day(duty.from_day)) @if let Some(to) = duty.to_day { ", jusqu’au " (beffroi_ui::day(to)) } }
                    form method="post" action={ "/equipe/permanences/" (duty.id) "/retirer" } {
                        input type="hidden" name="team" value=(agenda.team.slug);
                        button.plain type="submit" { "Retirer" span.visually-hidden { "\u{a0}: " (duty.name) ", chaque " (day) } }
                    }
                }
            }
            form.panel method="post" action="/equipe/permanences" data-guard {
                input type="hidden" name="team" value=(agenda.team.slug);
                (form::select(&page.typed.field("person", "Membre de l’équipe"), &people))
                (form::select(&page.typed.field("weekday", "Jour"), &days))
                (form::input(&page.typed.field("since", "À partir du").hint("Laissez vide pour commencer aujourd’hui"), "date"))
                (form::input(&page.typed.field("until", "Jusqu’au").hint("Laissez vide pour continuer sans fin"), "date"))
                div.actions { (form::submit("Inscrire au tour")) }
            }
        }
    }
}

fn own(page: &CalendarPage) -> Markup {
    html! {
        h2 { "Mon agenda" }
        @match page.link {
            Some(link) => {
                p { "Dans votre agenda, «\u{a0}s’abonner à un calendrier\u{a0}» avec ces trois lignes. Le mot de passe n’est montré qu’une fois\u{a0}; gardez-le pour vous." }
                (facts(&[
                    ("Adresse".to_owned(), html! { code { (link.address) } }),
                    ("Nom d’utilisateur".to_owned(), html! { code { "agenda" } }),
                    ("Mot de passe".to_owned(), html! { code { (link.password) } }),
                ]))
            },
            None => p { "Absences, jours de permanence et rendez-vous de vos demandes, dans l’agenda de votre téléphone." },
        }
        (form::button_form("/equipe/agenda", "Créer un mot de passe d’agenda", "secondary", &[]))
        p.quiet { "Un nouveau mot de passe remplace le précédent." }
    }
}
