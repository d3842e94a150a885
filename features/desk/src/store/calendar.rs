//! The calendar of a team: absences, the duty roster, the visits, and links to one's own.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, SchoolId, TeamId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{all, one, run};

/// A person and their name.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Named {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
}

/// Days on which a person does not work.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Absence {
    /// Its identifier.
    pub id: Uuid,
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// First day.
    pub from_day: NaiveDate,
    /// Last day, included.
    pub to_day: NaiveDate,
    /// Its kind.
    pub reason: String,
}

/// A day of the week on which a person is on duty.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Duty {
    /// Its identifier.
    pub id: Uuid,
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// 0 is Monday.
    pub weekday: i32,
    /// The first week.
    pub from_day: NaiveDate,
    /// The last day, if it ends.
    pub to_day: Option<NaiveDate>,
}

/// A visit agreed with a school.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Visit {
    /// Its identifier.
    pub id: Uuid,
    /// The request's reference.
    pub reference: String,
    /// What the request asks.
    pub title: String,
    /// The school.
    pub school_id: SchoolId,
    /// Its name.
    pub school: String,
    /// Its town.
    pub city: String,
    /// Where in the school.
    pub place: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Who has the request in hand.
    pub assignee_id: Option<PersonId>,
}

const NAME: &str = "p.given_name || ' ' || p.family_name AS name";

/// Who is on duty in a team that day: the latest roster first, absent people left out.
pub(crate) async fn on_duty(
    on: &impl ConnectionTrait,
    team: TeamId,
    day: NaiveDate,
    weekday: i32,
) -> Result<Option<Named>, DbError> {
    let sql = format!(
        "SELECT d.person_id AS person, {NAME} FROM duty d JOIN person p ON p.id = d.person_id \
         WHERE d.team_id = $1 AND d.weekday = $2 AND d.from_day <= $3 AND (d.to_day IS NULL OR d.to_day >= $3) \
         AND p.disabled_at IS NULL AND NOT EXISTS (SELECT 1 FROM absence a WHERE a.person_id = d.person_id \
         AND a.from_day <= $3 AND a.to_day >= $3) ORDER BY d.from_day DESC, d.id LIMIT 1"
    );
    one(on, &sql, vec![team.0.into(), weekday.into(), day.into()]).await
}

/// The roster of a team from a day on.
pub(crate) async fn duties(
    on: &impl ConnectionTrait,
    team: TeamId,
    from: NaiveDate,
) -> Result<Vec<Duty>, DbError> {
    let sql = format!(
        "SELECT d.id AS id, d.person_id AS person, {NAME}, d.weekday AS weekday, d.from_day AS from_day, \
         d.to_day AS to_day FROM duty d JOIN person p ON p.id = d.person_id \
         WHERE d.team_id = $1 AND (d.to_day IS NULL OR d.to_day >= $2) ORDER BY d.weekday, d.from_day DESC, d.id LIMIT 200"
    );
    all(on, &sql, vec![team.0.into(), from.into()]).await
}

pub(crate) async fn add_duty(on: &impl ConnectionTrait, team: TeamId, duty: &Duty) -> Result<(), DbError> {
    let sql = "INSERT INTO duty (id, team_id, person_id, weekday, from_day, to_day) VALUES ($1, $2, $3, $4, $5, $6)";
    let values = vec![
        duty.id.into(),
        team.0.into(),
        duty.person.0.into(),
        duty.weekday.into(),
        duty.from_day.into(),
        duty.to_day.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

pub(crate) async fn remove_duty(on: &impl ConnectionTrait, team: TeamId, id: Uuid) -> Result<u64, DbError> {
    run(on, "DELETE FROM duty WHERE id = $1 AND team_id = $2", vec![id.into(), team.0.into()]).await
}

/// The absences of the members of a team that touch those days.
pub(crate) async fn absences(
    on: &impl ConnectionTrait,
    team: TeamId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<Absence>, DbError> {
    let sql = format!(
        "SELECT a.id AS id, a.person_id AS person, {NAME}, a.from_day AS from_day, a.to_day AS to_day, \
         a.reason AS reason FROM absence a JOIN person p ON p.id = a.person_id WHERE a.person_id IN \
         (SELECT f.person_id FROM function_held f WHERE f.team_id = $1) AND a.to_day >= $2 AND a.from_day <= $3 \
         ORDER BY a.from_day, p.search_key, a.id LIMIT 500"
    );
    all(on, &sql, vec![team.0.into(), from.into(), to.into()]).await
}

/// One's own absences from a day on.
pub(crate) async fn own_absences(
    on: &impl ConnectionTrait,
    person: PersonId,
    from: NaiveDate,
) -> Result<Vec<Absence>, DbError> {
    let sql = format!(
        "SELECT a.id AS id, a.person_id AS person, {NAME}, a.from_day AS from_day, a.to_day AS to_day, \
         a.reason AS reason FROM absence a JOIN person p ON p.id = a.person_id \
         WHERE a.person_id = $1 AND a.to_day >= $2 ORDER BY a.from_day, a.id LIMIT 200"
    );
    all(on, &sql, vec![person.0.into(), from.into()]).await
}

pub(crate) async fn add_absence(
    on: &impl ConnectionTrait,
    absence: &Absence,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO absence (id, person_id, from_day, to_day, reason, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let values = vec![
        absence.id.into(),
        absence.person.0.into(),
        absence.from_day.into(),
        absence.to_day.into(),
        absence.reason.clone().into(),
        now.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

pub(crate) async fn remove_absence(
    on: &impl ConnectionTrait,
    person: PersonId,
    id: Uuid,
) -> Result<u64, DbError> {
    run(on, "DELETE FROM absence WHERE id = $1 AND person_id = $2", vec![id.into(), person.0.into()]).await
}

const VISITS: &str = "SELECT v.id AS id, r.reference AS reference, r.title AS title, s.id AS school_id, \
                      s.name AS school, s.city AS city, v.place AS place, v.starts_at AS starts_at, \
                      v.ends_at AS ends_at, r.assignee_id AS assignee_id FROM appointment v \
                      JOIN request r ON r.id = v.request_id JOIN school s ON s.id = r.school_id \
                      WHERE v.starts_at >= $1 AND v.starts_at < $2";

/// The visits of the requests of a team between two instants.
pub(crate) async fn visits(
    on: &impl ConnectionTrait,
    team: TeamId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Visit>, DbError> {
    let sql = format!("{VISITS} AND r.team_id = $3 ORDER BY v.starts_at, v.id LIMIT 500");
    all(on, &sql, vec![from.into(), to.into(), team.0.into()]).await
}

/// The visits of the requests that a person has in hand.
pub(crate) async fn own_visits(
    on: &impl ConnectionTrait,
    person: PersonId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Visit>, DbError> {
    let sql = format!("{VISITS} AND r.assignee_id = $3 ORDER BY v.starts_at, v.id LIMIT 500");
    all(on, &sql, vec![from.into(), to.into(), person.0.into()]).await
}

/// A closure of a school: first and last day, and why.
pub(crate) type Closed = (SchoolId, NaiveDate, NaiveDate, String);

/// The closures that touch those days, of the schools visited by a team in the meantime.
pub(crate) async fn closures(
    on: &impl ConnectionTrait,
    team: TeamId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Closed>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        school_id: SchoolId,
        from_day: NaiveDate,
        to_day: NaiveDate,
        reason: String,
    }
    let sql = "SELECT c.school_id AS school_id, c.from_day AS from_day, c.to_day AS to_day, c.reason AS reason \
               FROM school_closure c WHERE c.school_id IN (SELECT r.school_id FROM appointment v \
               JOIN request r ON r.id = v.request_id WHERE v.starts_at >= $1 AND v.starts_at < $2 AND r.team_id = $3)";
    let rows: Vec<Row> = all(on, sql, vec![from.into(), to.into(), team.0.into()]).await?;
    Ok(rows.into_iter().map(|row| (row.school_id, row.from_day, row.to_day, row.reason)).collect())
}

/// Keeps the link to a person's calendar, in place of the one before.
pub(crate) async fn keep_link(
    on: &impl ConnectionTrait,
    person: PersonId,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    run(on, "DELETE FROM calendar_link WHERE person_id = $1", vec![person.0.into()]).await?;
    let sql = "INSERT INTO calendar_link (digest, person_id, created_at) VALUES ($1, $2, $3)";
    run(on, sql, vec![digest.into(), person.0.into(), now.into()]).await?;
    Ok(())
}

/// Whose calendar a link opens.
pub(crate) async fn linked(on: &impl ConnectionTrait, digest: &str) -> Result<Option<Named>, DbError> {
    let sql = format!(
        "SELECT l.person_id AS person, {NAME} FROM calendar_link l JOIN person p ON p.id = l.person_id \
         WHERE l.digest = $1 AND p.disabled_at IS NULL"
    );
    one(on, &sql, vec![digest.into()]).await
}
