//! People and schools in the search index: their names, found by a beginning, without accents and
//! with a slip. (INTRO-13, CSU-06)

use beffroi_db::{Db, DbError, NewJob, Tx};
use beffroi_kernel::{Permit, PersonId, SchoolId, Scope};
use beffroi_search::{Breadth, Doc, Expr, Kind, Query, Tier, candidates, mark_of, put, put_many};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::model::{ManagePeople, Person, School};
use crate::store::{people, schools};

/// Requests of a school whose name or attachment changed are indexed again by whoever keeps them.
pub const SCHOOL_CHANGED_JOB: &str = "directory.school-changed";
/// Names found for one search, the newest first.
const MOST: u32 = 500;
/// Rows read at once to fill the index.
const BATCH: u32 = 2_000;

fn person_doc(person: &Person) -> Doc {
    let mut doc = Doc::new(Kind::Person, person.id.0);
    doc.name(&person.name());
    doc.text(&person.login);
    if let Some((local, _)) = person.email.as_deref().and_then(|email| email.split_once('@')) {
        doc.text(local);
    }
    doc
}

fn school_doc(school: &School) -> Doc {
    let mut doc = Doc::new(Kind::School, school.id.0);
    doc.name(&format!("{} {} {}", school.name, school.city, school.uai));
    doc.text(&school.postcode);
    doc.mark(mark_of("ks", school.id.0));
    doc.mark(mark_of("kt", school.territory.id.0));
    doc
}

pub(crate) async fn index_person(on: &impl ConnectionTrait, person: &Person) -> Result<(), DbError> {
    Ok(put(on, &person_doc(person)).await?)
}

pub(crate) async fn index_school(on: &impl ConnectionTrait, id: SchoolId) -> Result<(), DbError> {
    let scope = Scope::system("a school just written goes to the search index");
    match schools::find(on, &scope, id).await? {
        Some(school) => Ok(put(on, &school_doc(&school)).await?),
        None => Ok(()),
    }
}

/// A school's name or attachment changed: it goes to the index now, its requests soon.
pub(crate) async fn school_changed(tx: &Tx, id: SchoolId) -> Result<(), DbError> {
    index_school(tx.on(), id).await?;
    tx.enqueue(NewJob::new(SCHOOL_CHANGED_JOB, &id)).await?;
    Ok(())
}

/// What finds schools within `scope` named by these words.
#[must_use]
pub fn schools_named(words: &Expr, rank: i32, scope: &Scope, limit: u32) -> Tier {
    let mut all = vec![words.of(Kind::School)];
    if !scope.is_everything() {
        // `ks_` says which school, `kt_` of which territory.
        let schools = scope.schools().iter().map(|id| mark_of("ks", id.0));
        let territories = scope.territories().iter().map(|id| mark_of("kt", id.0));
        all.push(Expr::Any(schools.chain(territories).map(Expr::Mark).collect()));
    }
    Tier { rank, expr: Expr::All(all), breadth: Breadth::Few, limit, part_of: None }
}

/// What finds people named by these words; only for those who keep the list of people.
#[must_use]
pub fn people_named(words: &Expr, rank: i32, _permit: &Permit<ManagePeople>, limit: u32) -> Tier {
    Tier { rank, expr: words.of(Kind::Person), breadth: Breadth::Few, limit, part_of: None }
}

/// The people that `text` names: in full, else with a slip. `None` when it holds no word.
pub(crate) async fn people_ids(
    db: &Db,
    permit: &Permit<ManagePeople>,
    text: &str,
) -> Result<Option<Vec<PersonId>>, DbError> {
    let mut query = Query::of(text);
    if query.is_empty() {
        return Ok(None);
    }
    let tier = people_named(&query.names(), 0, permit, MOST);
    let mut answer = candidates(db.read(), &[tier], Some(&query)).await?;
    if answer.hits.is_empty() {
        query.correct(&answer.words);
        let tier = people_named(&query.near(), 0, permit, MOST);
        answer = candidates(db.read(), &[tier], None).await?;
    }
    Ok(Some(answer.hits.into_iter().map(|hit| PersonId(hit.subject)).collect()))
}

/// A person found: who, and where they hold a function now.
#[derive(Clone, Debug)]
pub struct FoundPerson {
    /// The person.
    pub person: Person,
    /// Their function and place, in words.
    pub place: Option<String>,
}

/// These people, in the order given.
///
/// # Errors
/// When the database does not answer.
pub async fn people_found(
    db: &Db,
    _permit: &Permit<ManagePeople>,
    ids: &[Uuid],
) -> Result<Vec<FoundPerson>, DbError> {
    let mut found = people::found(db.read(), ids, db.now()).await?;
    found.sort_by_key(|found| ids.iter().position(|id| *id == found.person.id.0));
    Ok(found)
}

/// These schools within `scope`, in the order given.
///
/// # Errors
/// When the database does not answer.
pub async fn schools_found(db: &Db, scope: &Scope, ids: &[Uuid]) -> Result<Vec<School>, DbError> {
    let mut found = schools::by_ids(db.read(), scope, ids).await?;
    found.sort_by_key(|school| ids.iter().position(|id| *id == school.id.0));
    Ok(found)
}

/// Puts every school and person in an emptied index; `progress` is told how many are done.
///
/// # Errors
/// When the database does not answer.
pub async fn reindex(db: &Db, progress: impl Fn(u64)) -> Result<(), DbError> {
    let scope = Scope::system("the search index is filled again");
    let docs: Vec<Doc> =
        schools::page(db.read(), &scope, &[], None, 100_000).await?.iter().map(school_doc).collect();
    let mut done = docs.len() as u64;
    db.write(async |tx| put_many(tx.on(), &docs).await.map_err(DbError::from)).await?;
    let mut after = None;
    loop {
        let people = people::by_id_after(db.read(), after, BATCH).await?;
        let Some(last) = people.last() else { return Ok(()) };
        after = Some(last.id);
        let docs: Vec<Doc> = people.iter().map(person_doc).collect();
        db.write(async |tx| put_many(tx.on(), &docs).await.map_err(DbError::from)).await?;
        done += docs.len() as u64;
        progress(done);
    }
}
