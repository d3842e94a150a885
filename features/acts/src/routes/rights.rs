//! `/actes`, one act, and who holds what: by school, by person.

use axum::extract::{Path, Query, State};
use beffroi_directory::{Allowed, schools, shell};
use beffroi_kernel::{Access, ActId, Permit, PersonId, SchoolId};
use beffroi_sheets::Word;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, WebError};
use serde::Deserialize;

use super::act;
use crate::model::{Act, ActKind, OpenActs, ReadActs, RevokeActs, RuleActs, State as Stage};
use crate::reading::{self, SOON, Wanted};
use crate::rules::paris_day;
use crate::store::lists as store;
use crate::views::{act as act_view, lists as view};
use crate::{Acts, ground};

pub(super) fn routes() -> Routes<Acts> {
    Routes::new()
        .get("/actes", mine)
        .get("/actes/{id}", one)
        .get("/etablissements/{uai}/droits", of_school)
        .get("/personnes/{id}/droits", of_person)
}

type Reading = Allowed<ReadActs>;

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    droit: String,
    #[serde(default)]
    etat: String,
    #[serde(default)]
    bientot: String,
    apres: Option<String>,
    fait: Option<String>,
}

impl Asked {
    fn wanted(&self) -> Wanted {
        Wanted {
            kind: ActKind::from_slug(&self.droit),
            state: Stage::of(&self.etat),
            soon: self.bientot == "oui",
            after: self.apres.as_deref().and_then(|id| id.parse::<ActId>().ok()),
            ..Wanted::default()
        }
    }
}

async fn mine(
    State(acts): State<Acts>,
    Allowed(permit, access): Reading,
    Query(asked): Query<Asked>,
) -> Page {
    let wanted = asked.wanted();
    let to_sign = reading::to_sign(&acts, &access).await?;
    let to_review = reading::to_review(&acts, &access).await?;
    let to_open = reading::to_open(&acts, &access).await?;
    let held = Wanted { person: Some(access.person), ..Wanted::default() };
    let system = beffroi_kernel::Scope::system("what the person holds themself");
    let held = reading::list(&acts, &system, &held).await?.acts;
    let listing = match reading::reaches_schools(&access) {
        true => Some(reading::list(&acts, permit.scope(), &wanted).await?),
        false => None,
    };
    let everyone =
        [&to_sign, &to_open, &held].into_iter().flatten().chain(to_review.iter().map(|(_, act)| act));
    let everyone: Vec<&Act> = everyone.chain(listing.iter().flat_map(|page| &page.acts)).collect();
    let names = named(&acts, &everyone).await?;
    let own = access.functions.iter().filter_map(|function| function.school);
    let schools = school_names(&acts, everyone.iter().map(|act| act.school).chain(own)).await?;
    let body = view::mine(&view::Mine {
        to_sign: &to_sign,
        to_review: &to_review,
        to_open: &to_open,
        held: &held,
        listing: listing.as_ref(),
        wanted: &wanted,
        region: permit.scope().is_everything() || !permit.scope().territories().is_empty(),
        names: &names,
        schools: &schools,
        own_schools: &own_schools(&access, &schools),
        rules: access.permit::<RuleActs>().is_some(),
        now: acts.site.db.now(),
    });
    Ok(shell(Some(&access), "/actes", ui::Page::wide("Actes et droits", body)))
}

/// Schools whose rights the person may read as a page: theirs, as management.
fn own_schools(access: &Access, schools: &view::Schools) -> Vec<(String, String)> {
    let managed = access.functions.iter().filter(|function| function.role.is_management());
    let mut found: Vec<(String, String)> =
        managed.filter_map(|function| schools.get(&function.school?).cloned()).collect();
    found.dedup();
    found
}

async fn named(acts: &Acts, found: &[&Act]) -> Result<view::Names, WebError> {
    let mut people: Vec<PersonId> = found.iter().filter_map(|act| act.holder).collect();
    people.sort_unstable();
    people.dedup();
    Ok(beffroi_directory::names(&acts.site.db, &people).await?)
}

async fn school_names(acts: &Acts, ids: impl Iterator<Item = SchoolId>) -> Result<view::Schools, WebError> {
    let mut ids: Vec<uuid::Uuid> = ids.map(|id| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let scope = beffroi_kernel::Scope::system("the schools of acts already within reach");
    let schools = beffroi_directory::search::schools_found(&acts.site.db, &scope, &ids).await?;
    Ok(schools.into_iter().map(|school| (school.id, (school.uai, school.name))).collect())
}

async fn one(
    State(acts): State<Acts>,
    Allowed(_, access): Reading,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let act = act(&acts, &access, &id).await?;
    let db = &acts.site.db;
    let school = ground::school_of(&acts, act.school).await?;
    let standing = ground::shown(db, &school, act.holder).await?;
    let reviews = crate::store::reviews::of_act(db.read(), act.id).await?;
    let effects = crate::store::effects::of_act(db.read(), act.id).await?;
    let next = crate::store::acts::superseding(db.read(), act.id).await?;
    let people: Vec<PersonId> = [act.holder, act.created_by, act.in_force_by]
        .into_iter()
        .chain([act.ended.as_ref().and_then(|end| end.by)])
        .chain(reviews.iter().map(|review| review.decided.as_ref().and_then(|done| done.by)))
        .flatten()
        .collect();
    let names = beffroi_directory::names(db, &people).await?;
    let may_sign = act.awaited().flat_map(|one| standing.all(&one.who)).collect();
    let signs = reading::may_sign(&acts, &access, std::slice::from_ref(&act)).await?.contains(&act.id);
    let shown = act_view::Shown {
        may: act_view::May {
            sign: signs,
            open: within(access.permit::<OpenActs>(), &act, school.territory.id),
            judge: within(access.permit::<RevokeActs>(), &act, school.territory.id),
            withdraw: act.created_by == Some(access.person),
            follow: act.holder == Some(access.person) || reading::reaches_schools(&access),
        },
        school: &school,
        reviews: &reviews,
        effects: &effects,
        next: next.as_ref(),
        names: &names,
        may_sign,
        stamped: act.signed_at.is_some() && crate::store::proofs::stamped(db.read(), act.id).await?,
        act: &act,
    };
    let page = ui::Page::new(act.title.clone(), act_view::page(&shown));
    Ok(shell(Some(&access), "/actes", page.with_flash(act_view::flash(asked.fait.as_deref(), &act))))
}

/// Whether a permit reaches the act's school.
fn within<A: beffroi_kernel::Action>(
    permit: Option<Permit<A>>,
    act: &Act,
    territory: beffroi_kernel::TerritoryId,
) -> bool {
    permit.is_some_and(|permit| {
        let scope = permit.scope();
        scope.is_everything()
            || scope.schools().contains(&act.school)
            || scope.territories().contains(&territory)
    })
}

async fn of_school(
    State(acts): State<Acts>,
    Allowed(permit, access): Reading,
    Path(uai): Path<String>,
) -> Page {
    let db = &acts.site.db;
    let school = schools::school_by_uai(db, permit.scope(), &uai).await?.ok_or(WebError::NotFound)?;
    let found = store::held(db.read(), permit.scope(), Some(school.id), None).await?;
    let reviews = store::reviews_of(db.read(), &found).await?;
    let names = named(&acts, &found.iter().collect::<Vec<_>>()).await?;
    let standing = ground::shown(db, &school, None).await?;
    let today = paris_day(db.now());
    let body = view::of_school(&view::Held {
        acts: &found,
        reviews: &reviews,
        names: &names,
        school: Some(&school),
        heads: standing.all(&[crate::Who::Role(beffroi_kernel::Role::Head)]),
        soon: (today, today + SOON),
    });
    let title = format!("Droits par acte, {}", school.name);
    Ok(shell(Some(&access), "/actes", ui::Page::wide(title, body)))
}

async fn of_person(
    State(acts): State<Acts>,
    Allowed(permit, access): Reading,
    Path(id): Path<String>,
) -> Page {
    let db = &acts.site.db;
    let id: PersonId = id.parse().map_err(|_| WebError::NotFound)?;
    let found = store::held(db.read(), permit.scope(), None, Some(id)).await?;
    // Whoever holds nothing within reach does not exist here, save oneself.
    if found.is_empty() && id != access.person {
        return Err(WebError::NotFound);
    }
    let name = beffroi_directory::names(db, &[id]).await?.remove(&id).ok_or(WebError::NotFound)?;
    let reviews = store::reviews_of(db.read(), &found).await?;
    let schools = school_names(&acts, found.iter().map(|act| act.school)).await?;
    let today = paris_day(db.now());
    let body = view::of_person(&name, &found, &reviews, &schools, (today, today + SOON));
    Ok(shell(Some(&access), "/actes", ui::Page::wide(format!("Droits par acte, {name}"), body)))
}
