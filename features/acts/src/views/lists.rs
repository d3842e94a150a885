//! What waits for me, what I hold, what my school holds: by right, by person, what ends soon.

use std::collections::HashMap;

use beffroi_directory::School;
use beffroi_kernel::{ActId, PersonId, SchoolId};
use beffroi_sheets::Word;
use beffroi_ui::{Column, Tone, form};
use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};

use super::{act::vacancy, review::due, state};
use crate::model::{Act, ActKind, Authority, Review, State};
use crate::reading::Wanted;
use crate::store::lists::Listing;

/// Names of people.
pub(crate) type Names = HashMap<PersonId, String>;
/// UAI and name of schools.
pub(crate) type Schools = HashMap<SchoolId, (String, String)>;

/// The page of acts of a person.
pub(crate) struct Mine<'a> {
    pub to_sign: &'a [Act],
    pub to_review: &'a [(Review, Act)],
    /// Signed, to be opened by the person's service.
    pub to_open: &'a [Act],
    pub held: &'a [Act],
    /// Within their reach, when it is more than their own.
    pub listing: Option<&'a Listing>,
    pub wanted: &'a Wanted,
    /// Whether they reach several schools.
    pub region: bool,
    pub names: &'a Names,
    pub schools: &'a Schools,
    pub own_schools: &'a [(String, String)],
    /// Whether they keep the rules of acts.
    pub rules: bool,
    pub now: DateTime<Utc>,
}

pub(crate) fn mine(page: &Mine) -> Markup {
    html! {
        h1 { "Actes et droits" }
        p.lead { (waiting(page)) }
        @if !page.to_sign.is_empty() {
            h2 { "À signer" }
            ul.choices {
                @for act in page.to_sign {
                    li {
                        a href={ "/actes/" (act.id) "/signer" } { (act.title) }
                        p { (act.kind.label()) " — acte " (act.reference) (at_school(page, act)) ", " (beffroi_ui::since(page.now - act.created_at)) }
                    }
                }
            }
        }
        @if !page.to_review.is_empty() {
            h2 { "À réviser" }
            ul.choices {
                @for (review, act) in page.to_review {
                    li {
                        a href={ "/actes/" (act.id) "/reviser" } { (act.title) }
                        p { (due(review)) }
                    }
                }
            }
        }
        @if !page.to_open.is_empty() {
            h2 { "À ouvrir par votre service" }
            ul.choices {
                @for act in page.to_open {
                    li {
                        a href={ "/actes/" (act.id) } { (act.title) }
                        p { (act.kind.label()) " — acte " (act.reference) (at_school(page, act)) }
                    }
                }
            }
        }
        h2 { "Mes droits" }
        @if page.held.is_empty() {
            (beffroi_ui::empty(html! { p { "Les droits que vous recevez par acte apparaîtront ici : gestion de postes, administration, filtrage, comptes. Ils se demandent depuis le " a href="/catalogue" { "catalogue" } "." } }))
        } @else {
            (table("Mes droits", page.held, &Names::new(), Some((page.schools, false))))
        }
        @if let Some(listing) = page.listing { (listed(page, listing)) }
        @if page.rules { p { a href="/region/actes" { "Règles des actes" } } }
    }
}

fn waiting(page: &Mine) -> String {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    match (page.to_sign.len(), page.to_review.len()) {
        (0, 0) => "Rien n’attend votre signature ni votre révision.".to_owned(),
        (sign, 0) => format!("{} votre signature.", verb(count(sign), "acte attend", "actes attendent")),
        (0, review) => format!("{} votre révision.", verb(count(review), "acte attend", "actes attendent")),
        (sign, review) => format!(
            "{} votre signature, {} à réviser.",
            verb(count(sign), "acte attend", "actes attendent"),
            verb(count(review), "acte est", "actes sont")
        ),
    }
}

fn verb(count: i64, one: &str, many: &str) -> String {
    beffroi_ui::plural(count, one, many)
}

fn at_school(page: &Mine, act: &Act) -> Markup {
    html! { @if let Some((_, name)) = page.schools.get(&act.school) { ", " (name) } }
}

fn listed(page: &Mine, listing: &Listing) -> Markup {
    html! {
        h2 #actes { @if page.region { "Actes des établissements" } @else { "Actes de mon établissement" } }
        @for (uai, name) in page.own_schools {
            p { a href={ "/etablissements/" (uai) "/droits" } { "Qui a quels droits : " (name) } }
        }
        (filters(page.wanted))
        @if listing.acts.is_empty() {
            (beffroi_ui::empty(html! { p { "Aucun acte ne correspond. Les actes signés depuis les demandes apparaissent ici." } }))
        } @else {
            (table("Actes", &listing.acts, page.names, page.region.then_some((page.schools, true))))
        }
        (beffroi_ui::pages(page.wanted.after.map(|_| first(page.wanted)).as_deref(), listing.next.map(|last| next(page.wanted, last)).as_deref()))
    }
}

fn filters(wanted: &Wanted) -> Markup {
    let all = |label: &str| (String::new(), label.to_owned());
    let kinds: Vec<(String, String)> = std::iter::once(all("Tous"))
        .chain(ActKind::ALL.iter().map(|kind| (kind.slug().to_owned(), kind.label().to_owned())))
        .collect();
    let states: Vec<(String, String)> = std::iter::once(all("Tous"))
        .chain(State::ALL.iter().map(|state| (state.slug().to_owned(), state.label().to_owned())))
        .collect();
    let soon = [all("À toute date"), ("oui".to_owned(), "Dans les 60 jours".to_owned())];
    html! {
        form.search method="get" action="/actes#actes" {
            div { (form::select(&form::Field::new("droit", "Droit").value(wanted.kind.map_or("", Word::slug)), &kinds)) }
            div { (form::select(&form::Field::new("etat", "État").value(wanted.state.map_or("", State::slug)), &states)) }
            div { (form::select(&form::Field::new("bientot", "Fin").value(if wanted.soon { "oui" } else { "" }), &soon)) }
            (form::submit("Filtrer"))
        }
    }
}

fn first(wanted: &Wanted) -> String {
    let kind = wanted.kind.map_or("", Word::slug);
    let state = wanted.state.map_or("", State::slug);
    let soon = if wanted.soon { "oui" } else { "" };
    format!("/actes?droit={kind}&etat={state}&bientot={soon}")
}

fn next(wanted: &Wanted, last: ActId) -> String {
    format!("{}&apres={last}", first(wanted))
}

const ACT: Column = Column::text("Acte");
const HOLDER: Column = Column::text("Bénéficiaire");
const SCHOOL: Column = Column::text("Établissement");
const DATES: Column = Column::text("Dates");
const STATE: Column = Column::text("État");

/// Acts as a table: columns that say nothing here are left out. With schools, whether the reader may
/// follow them to everyone's rights there.
fn table(caption: &str, acts: &[Act], names: &Names, schools: Option<(&Schools, bool)>) -> Markup {
    let columns: Vec<Column> =
        [Some(ACT), (!names.is_empty()).then_some(HOLDER), schools.map(|_| SCHOOL), Some(DATES), Some(STATE)]
            .into_iter()
            .flatten()
            .collect();
    let rows: Vec<Vec<Markup>> = acts.iter().map(|act| row(act, names, schools)).collect();
    beffroi_ui::table(caption, &columns, &rows)
}

fn row(act: &Act, names: &Names, schools: Option<(&Schools, bool)>) -> Vec<Markup> {
    let school = |(schools, linked): (&Schools, bool)| {
        let found = schools.get(&act.school).cloned();
        html! {
            @match &found {
                Some((uai, name)) if linked => a href={ "/etablissements/" (uai) "/droits" } { (name) },
                Some((_, name)) => (name),
                None => "—",
            }
        }
    };
    let cells = [
        Some(
            html! { a href={ "/actes/" (act.id) } { (act.title) } br; span.quiet { (act.kind.label()) ", " (act.reference) } },
        ),
        (!names.is_empty()).then(|| holder(act, names)),
        schools.map(school),
        Some(dates(act)),
        Some(state(act)),
    ];
    cells.into_iter().flatten().collect()
}

fn holder(act: &Act, names: &Names) -> Markup {
    html! {
        @match (act.holder, &act.provider) {
            (Some(id), _) => a href={ "/personnes/" (id) "/droits" } { (names.get(&id).map_or("—", String::as_str)) },
            (None, Some(provider)) => (provider),
            (None, None) => "—",
        }
    }
}

fn dates(act: &Act) -> Markup {
    let day = |day: NaiveDate| day.format("%d/%m/%Y").to_string();
    html! {
        "du " (day(act.starts_on))
        @match act.ends_on { Some(last) => { " au " (day(last)) }, None => { ", sans fin" } }
    }
}

/// What a school or a person holds now.
pub(crate) struct Held<'a> {
    pub acts: &'a [Act],
    pub reviews: &'a HashMap<ActId, Review>,
    pub names: &'a Names,
    pub school: Option<&'a School>,
    pub heads: Vec<Authority>,
    /// Today, and until when is soon.
    pub soon: (NaiveDate, NaiveDate),
}

pub(crate) fn of_school(held: &Held) -> Markup {
    let Some(school) = held.school else { return html! {} };
    html! {
        (beffroi_ui::back_link("/actes", "Actes et droits"))
        h1 { "Qui a quels droits" }
        p.lead { (school.name) ", " (school.city) " (" (school.uai) ")." }
        @if held.heads.is_empty() {
            (vacancy(school))
        } @else {
            p { "Décident aujourd’hui :" }
            ul { @for head in &held.heads { li { (head.name) " (" (head.words) ")" } } }
        }
        p { a href={ "/etablissements/" (school.uai) "/responsabilite" } { "Responsabilité de la Région envers cet établissement" } }
        (ending(held.acts, held.reviews, held.soon))
        @if held.acts.is_empty() {
            (beffroi_ui::empty(html! { p { "Aucun droit n’est donné par acte dans cet établissement. Un droit se demande depuis le " a href="/catalogue" { "catalogue" } " ; le chef d’établissement signe l’acte." } }))
        }
        @for kind in kinds(held.acts) {
            @let of_kind: Vec<Act> = held.acts.iter().filter(|act| act.kind == kind).cloned().collect();
            h2 { (kind.label()) }
            (table(&beffroi_ui::plural(i64::try_from(of_kind.len()).unwrap_or(0), "acte", "actes"), &of_kind, held.names, None))
        }
    }
}

fn kinds(acts: &[Act]) -> Vec<ActKind> {
    ActKind::ALL.iter().copied().filter(|kind| acts.iter().any(|act| act.kind == *kind)).collect()
}

/// What ends soon, by its date or by a review.
fn ending(acts: &[Act], reviews: &HashMap<ActId, Review>, (today, soon): (NaiveDate, NaiveDate)) -> Markup {
    let ends: Vec<&Act> =
        acts.iter().filter(|act| act.ends_on.is_some_and(|last| (today..=soon).contains(&last))).collect();
    let reviewed: Vec<(&Act, &Review)> =
        acts.iter().filter_map(|act| Some((act, reviews.get(&act.id)?))).collect();
    html! {
        @if !ends.is_empty() || !reviewed.is_empty() {
            (beffroi_ui::notice(Tone::Warn, "À regarder bientôt", html! {
                ul {
                    @for act in ends {
                        li { a href={ "/actes/" (act.id) } { (act.title) } " : finit le " (act.ends_on.map(beffroi_ui::day).unwrap_or_default()) }
                    }
                    @for (act, review) in reviewed {
                        li { a href={ "/actes/" (act.id) } { (act.title) } " : " (due(review)) }
                    }
                }
            }))
        }
    }
}

pub(crate) fn of_person(
    name: &str,
    acts: &[Act],
    reviews: &HashMap<ActId, Review>,
    schools: &Schools,
    soon: (NaiveDate, NaiveDate),
) -> Markup {
    html! {
        (beffroi_ui::back_link("/actes", "Actes et droits"))
        h1 { "Droits de " (name) }
        (ending(acts, reviews, soon))
        @if acts.is_empty() {
            (beffroi_ui::empty(html! { p { "Aucun droit par acte en cours." } }))
        } @else {
            (table("Droits par acte", acts, &Names::new(), Some((schools, false))))
        }
    }
}
