//! `/file`: the agents' list and its searches; `/demandes`: the requests of a school or of one person.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, local_path, set_preference, shell};
use beffroi_kernel::{Access, Permit};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use crate::lists::columns::{Column, Labels};
use crate::lists::criteria::{Criteria, Faults, Pairs};
use crate::lists::searches::{self, Search, teams_of};
use crate::lists::{self, PAGE, Queue, Selection, export};
use crate::store::console::{Named, named};
use crate::views::console::{Beside, ConsolePage, Standing, console};
use crate::views::queue as view;
use crate::{Desk, ReadRequests, ShareSearches, SubmitRequest, WorkRequests, team_calendar};

/// The preference that keeps the columns of a person.
pub(super) const COLUMNS: &str = "list-columns";

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/file", mine)
        .get("/file/{queue}", tab)
        .post("/file/colonnes", columns)
        .get("/demandes", requests)
}

pub(super) type Working = Allowed<WorkRequests>;

async fn mine(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    Query(pairs): Query<Pairs>,
) -> Result<Response, WebError> {
    let view = pairs.iter().find(|(name, _)| name == "vue").map(|(_, value)| value.as_str());
    if let Some(view) = view.filter(|view| view.chars().all(|one| one.is_ascii_alphanumeric() || one == '-'))
    {
        return Ok(see_other(&format!("/file/{view}")));
    }
    Ok(list(&desk, &permit, &access, None, &pairs).await?.into_response())
}

async fn tab(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    Path(queue): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Page {
    list(&desk, &permit, &access, Some(&queue), &pairs).await
}

/// What the list stands on: the search of the address, else the preferred one, else one's own queue.
fn standing(
    name: Option<&str>,
    searches: &[Search],
    pairs: &Pairs,
) -> Result<(Standing, Selection), WebError> {
    let saved = |search: &Search| (Standing::Saved(search.id), search.selection.clone());
    let built_in = |queue| (Standing::BuiltIn(queue), Selection::of(queue));
    let Some(name) = name else {
        let asked = |name: &str| name == "f" || name == "tri" || Criteria::NAMES.contains(&name);
        if pairs.iter().any(|(name, _)| asked(name)) {
            return Ok((Standing::Free, Selection::default()));
        }
        let preferred = searches.iter().find(|search| search.preferred);
        return Ok(preferred.map_or_else(|| built_in(Queue::Mine), saved));
    };
    if let Some(queue) = Queue::of(name) {
        return Ok(built_in(queue));
    }
    let found = name.parse().ok().and_then(|id: uuid::Uuid| searches.iter().find(|search| search.id == id));
    found.map(saved).ok_or(WebError::NotFound)
}

async fn list(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    access: &Access,
    name: Option<&str>,
    pairs: &Pairs,
) -> Page {
    let (searches, columns) = searches::all_and_preference(desk, access, COLUMNS).await?;
    let (standing, origin) = standing(name, &searches, pairs)?;
    let (selection, mut faults) = Selection::read(&origin, pairs);
    let named = named(&desk.site.db, &teams_of(access)).await?;
    faults.extend(unknown(&selection.criteria, &named));
    let labels = labels(desk, &named).await?;
    let beside = beside(desk, permit, &standing, &searches).await?;
    let teams = own_teams(access, &named);
    let on_duty = on_duty(desk, access, &teams).await?;
    let after = pairs.iter().find(|(name, _)| name == "apres").map(|(_, value)| value.as_str());
    let columns = Column::chosen(columns.as_deref());
    let rows = lists::page(desk, permit, &selection, &columns, after, PAGE).await?;
    let (order, reordered) = selection.effective_order();
    let page = ConsolePage {
        standing,
        origin: &origin,
        selection: &selection,
        order: &order,
        reordered,
        faults: &faults,
        after,
        rows: &rows,
        columns: &columns,
        labels: &labels,
        named: &named,
        searches: &searches,
        beside: &beside,
        teams: &teams,
        on_duty: &on_duty,
        may_share: access.permit::<ShareSearches>().is_some(),
        now: desk.site.db.now(),
    };
    let done = pairs.iter().find(|(name, _)| name == "fait").and_then(|(_, value)| flash(value));
    Ok(shell(Some(access), "/file", ui::Page::wide(page.title(), console(&page)).with_flash(done)))
}

/// What was just done, in words; an unknown name says nothing.
fn flash(done: &str) -> Option<ui::Flash> {
    let (text, good) = match done {
        "enregistree" => ("La recherche est enregistrée.", true),
        "remplacee" => ("La recherche est mise à jour.", true),
        "copiee" => ("Voici votre copie de la recherche.", true),
        "colonnes" => ("Les colonnes sont enregistrées.", true),
        "rien" => {
            ("Rien n’est encore fait\u{a0}: cochez au moins une demande et choisissez une action.", false)
        }
        _ => return None,
    };
    Some(ui::Flash { text: text.to_owned(), good })
}

/// Criteria that name what does not exist keep nothing: the page says why.
fn unknown(criteria: &Criteria, named: &[Named]) -> Faults {
    let known = |kind: &str, id: uuid::Uuid| named.iter().any(|one| one.kind == kind && one.id == Some(id));
    let mut faults = Faults::new();
    if criteria.teams.iter().any(|team| !known("team", team.0)) {
        faults.push("Une équipe demandée n’existe pas ou n’est plus active.".into());
    }
    if criteria.territory.is_some_and(|territory| !known("territory", territory.0)) {
        faults.push("Le territoire demandé n’existe pas.".into());
    }
    faults
}

/// The titles of request types and themes.
pub(super) async fn labels(desk: &Desk, named: &[Named]) -> Result<Labels, WebError> {
    let themes = named.iter().filter(|one| one.kind == "theme");
    Ok(Labels {
        kinds: export::kinds(desk).await?,
        themes: themes.map(|one| (one.slug.clone(), one.label.clone())).collect(),
    })
}

/// The teams of a person, with their names.
pub(super) fn own_teams(access: &Access, named: &[Named]) -> Vec<(String, String)> {
    let own = teams_of(access);
    let is_own = |one: &&Named| one.kind == "team" && own.iter().any(|team| Some(team.0) == one.id);
    let pair = |one: &Named| Some((one.id?.to_string(), one.label.clone()));
    named.iter().filter(is_own).filter_map(pair).collect()
}

/// Who is on duty today in each of these teams of the person, by the team's name.
async fn on_duty(
    desk: &Desk,
    access: &Access,
    named: &[(String, String)],
) -> Result<Vec<(String, String)>, WebError> {
    let mut all = Vec::new();
    for team in teams_of(access) {
        let Some((_, name)) = named.iter().find(|(id, _)| *id == team.to_string()) else { continue };
        if let Some(who) = team_calendar::on_duty_today(desk, team).await? {
            all.push((name.clone(), who));
        }
    }
    Ok(all)
}

/// The searches beside the list, with their counters in one statement.
async fn beside(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    standing: &Standing,
    searches: &[Search],
) -> Result<Vec<Beside>, WebError> {
    let built_in: Vec<(Queue, Selection)> =
        Queue::ALL.iter().map(|queue| (*queue, Selection::of(*queue))).collect();
    let is_current = |search: &Search| *standing == Standing::Saved(search.id);
    let kept: Vec<&Search> = searches.iter().filter(|search| search.pinned || is_current(search)).collect();
    let selections: Vec<&Selection> = built_in
        .iter()
        .map(|(_, selection)| selection)
        .chain(kept.iter().map(|search| &search.selection))
        .collect();
    let mut counts = lists::counts(desk, permit, &selections).await?.into_iter();
    let mut beside: Vec<Beside> = Vec::new();
    for (queue, _) in built_in {
        beside.push(Beside {
            href: format!("/file/{}", queue.slug()),
            label: queue.label().to_owned(),
            count: counts.next().flatten(),
            current: *standing == Standing::BuiltIn(queue),
        });
    }
    for search in kept {
        beside.push(Beside {
            href: format!("/file/{}", search.id),
            label: search.name.clone(),
            count: counts.next().flatten(),
            current: is_current(search),
        });
    }
    Ok(beside)
}

/// Where to go back to: a path of the list, and nothing else.
pub(super) fn back(typed: &Submitted) -> String {
    let path = typed.get("retour").and_then(local_path);
    path.filter(|path| path.starts_with("/file")).unwrap_or("/file").to_owned()
}

async fn columns(
    State(desk): State<Desk>,
    Allowed(_, access): Working,
    typed: Submitted,
) -> Result<Response, WebError> {
    let mut columns: Vec<(u32, Column)> = typed
        .all("col")
        .filter_map(|slug| Column::ALL.into_iter().find(|column| column.slug() == slug))
        .map(|column| {
            let place = typed.get(&format!("rang.{}", column.slug())).and_then(|place| place.parse().ok());
            (place.unwrap_or(u32::MAX), column)
        })
        .collect();
    columns.sort_by_key(|(place, _)| *place);
    let mut columns: Vec<Column> = columns.into_iter().map(|(_, column)| column).collect();
    if typed.filled("defaut").is_some() {
        columns.clear();
    }
    set_preference(&desk.site.db, access.person, COLUMNS, &Column::preference(&columns)).await?;
    Ok(see_other(&back(&typed)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    apres: Option<String>,
    etat: String,
    miennes: Option<String>,
}

async fn requests(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<ReadRequests>,
    Query(wanted): Query<Wanted>,
) -> Page {
    let kept = view::Kept::of(&wanted.etat);
    let sees_others = !permit.scope().schools().is_empty();
    let mine = sees_others && wanted.miennes.is_some();
    let (words, after) = (wanted.q.trim(), wanted.apres.as_deref());
    let list = lists::requests(&desk, &permit, mine, kept.over(), words, after).await?;
    let body = view::requests(&view::RequestsPage {
        may_ask: access.permit::<SubmitRequest>().is_some(),
        now: desk.site.db.now(),
        list: &list,
        kept,
        mine,
        sees_others,
        words,
        after,
    });
    Ok(shell(Some(&access), "/demandes", ui::Page::wide("Demandes", body)))
}
