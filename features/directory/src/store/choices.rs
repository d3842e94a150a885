//! Settings and closures of schools, contracts with providers, preferences of people.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, SchoolId, TeamId};
use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, run};
use crate::model::{Closure, ClosureId, Contract, ContractId, TeamName};

#[derive(FromQueryResult)]
struct Text {
    value: String,
}

pub(crate) async fn setting(
    on: &impl ConnectionTrait,
    school: SchoolId,
    name: &str,
) -> Result<Option<String>, DbError> {
    let sql = "SELECT value FROM school_setting WHERE school_id = $1 AND name = $2";
    Ok(one::<Text>(on, sql, vec![school.0.into(), name.into()]).await?.map(|text| text.value))
}

pub(crate) async fn set_setting(
    on: &impl ConnectionTrait,
    school: SchoolId,
    name: &str,
    value: &str,
) -> Result<(), DbError> {
    let sql = "INSERT INTO school_setting (school_id, name, value) VALUES ($1, $2, $3) \
               ON CONFLICT (school_id, name) DO UPDATE SET value = $3";
    run(on, sql, vec![school.0.into(), name.into(), value.into()]).await?;
    Ok(())
}

pub(crate) async fn preference(
    on: &impl ConnectionTrait,
    person: PersonId,
    name: &str,
) -> Result<Option<String>, DbError> {
    let sql = "SELECT value FROM preference WHERE person_id = $1 AND name = $2";
    Ok(one::<Text>(on, sql, vec![person.0.into(), name.into()]).await?.map(|text| text.value))
}

pub(crate) async fn set_preference(
    on: &impl ConnectionTrait,
    person: PersonId,
    name: &str,
    value: &str,
) -> Result<(), DbError> {
    let sql = "INSERT INTO preference (person_id, name, value) VALUES ($1, $2, $3) \
               ON CONFLICT (person_id, name) DO UPDATE SET value = $3";
    run(on, sql, vec![person.0.into(), name.into(), value.into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct ClosureRow {
    id: ClosureId,
    from_day: NaiveDate,
    to_day: NaiveDate,
    reason: String,
}

pub(crate) async fn closures(on: &impl ConnectionTrait, school: SchoolId) -> Result<Vec<Closure>, DbError> {
    let sql =
        "SELECT id, from_day, to_day, reason FROM school_closure WHERE school_id = $1 ORDER BY from_day, id";
    let rows: Vec<ClosureRow> = all(on, sql, vec![school.0.into()]).await?;
    let closures = rows.into_iter().map(|row| Closure {
        id: row.id,
        from: row.from_day,
        to: row.to_day,
        reason: row.reason,
    });
    Ok(closures.collect())
}

pub(crate) async fn insert_closure(
    on: &impl ConnectionTrait,
    school: SchoolId,
    closure: &Closure,
) -> Result<(), DbError> {
    let sql =
        "INSERT INTO school_closure (id, school_id, from_day, to_day, reason) VALUES ($1, $2, $3, $4, $5)";
    let values = vec![
        closure.id.0.into(),
        school.0.into(),
        closure.from.into(),
        closure.to.into(),
        closure.reason.clone().into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

pub(crate) async fn delete_closure(
    on: &impl ConnectionTrait,
    school: SchoolId,
    id: ClosureId,
) -> Result<u64, DbError> {
    run(on, "DELETE FROM school_closure WHERE id = $1 AND school_id = $2", vec![id.0.into(), school.0.into()])
        .await
}

#[derive(FromQueryResult)]
struct ContractRow {
    id: ContractId,
    theme: String,
    team_id: TeamId,
    slug: String,
    name: String,
    from_day: NaiveDate,
    to_day: Option<NaiveDate>,
}

pub(crate) async fn contracts(on: &impl ConnectionTrait, school: SchoolId) -> Result<Vec<Contract>, DbError> {
    let sql = "SELECT c.id, c.theme, c.team_id, t.slug, t.name, c.from_day, c.to_day FROM provider_contract c \
               JOIN team t ON t.id = c.team_id WHERE c.school_id = $1 ORDER BY c.theme, c.from_day, c.id";
    let rows: Vec<ContractRow> = all(on, sql, vec![school.0.into()]).await?;
    let contracts = rows.into_iter().map(|row| Contract {
        id: row.id,
        theme: row.theme,
        team: TeamName { id: row.team_id, slug: row.slug, name: row.name },
        from: row.from_day,
        to: row.to_day,
    });
    Ok(contracts.collect())
}

#[derive(FromQueryResult)]
struct LiveContract {
    school_id: SchoolId,
    theme: String,
    slug: String,
}

/// School, theme and provider of every contract that runs on `day`.
pub(crate) async fn live_contracts(
    on: &impl ConnectionTrait,
    day: NaiveDate,
) -> Result<Vec<(SchoolId, String, String)>, DbError> {
    let sql = "SELECT c.school_id, c.theme, t.slug FROM provider_contract c JOIN team t ON t.id = c.team_id \
               WHERE c.from_day <= $1 AND (c.to_day IS NULL OR c.to_day >= $1) ORDER BY c.from_day, c.id";
    let rows: Vec<LiveContract> = all(on, sql, vec![day.into()]).await?;
    Ok(rows.into_iter().map(|row| (row.school_id, row.theme, row.slug)).collect())
}

pub(crate) async fn insert_contract(
    on: &impl ConnectionTrait,
    school: SchoolId,
    id: ContractId,
    theme: &str,
    team: TeamId,
    (from, to): (NaiveDate, Option<NaiveDate>),
) -> Result<(), DbError> {
    let sql = "INSERT INTO provider_contract (id, school_id, theme, team_id, from_day, to_day) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let values = vec![id.0.into(), school.0.into(), theme.into(), team.0.into(), from.into(), to.into()];
    run(on, sql, values).await?;
    Ok(())
}

pub(crate) async fn end_contract(
    on: &impl ConnectionTrait,
    school: SchoolId,
    id: ContractId,
    day: NaiveDate,
) -> Result<u64, DbError> {
    let sql = "UPDATE provider_contract SET to_day = $3 WHERE id = $1 AND school_id = $2 AND (to_day IS NULL OR to_day > $3)";
    run(on, sql, vec![id.0.into(), school.0.into(), day.into()]).await
}
