//! Where requests come from and who may receive them: read-only view of the directory for the routing pages.

use std::collections::HashMap;

use beffroi_db::DbError;
use beffroi_kernel::SchoolId;
use beffroi_sheets::Place;
use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use crate::routing::{Landscape, Named, SchoolPlace};

#[derive(FromQueryResult)]
struct NamedRow {
    slug: String,
    name: String,
}

#[derive(FromQueryResult)]
struct PlaceRow {
    id: SchoolId,
    uai: String,
    name: String,
    city: String,
    academy: String,
    territory: String,
    operations: String,
    mobile: String,
}

#[derive(FromQueryResult)]
struct ContractRow {
    school_id: SchoolId,
    theme: String,
    team: String,
}

/// Every active school with what routes its requests on `day`, the teams, the territories and the academies.
pub(crate) async fn landscape(on: &impl ConnectionTrait, day: NaiveDate) -> Result<Landscape, DbError> {
    let mut contracts = contracts(on, day).await?;
    let sql = "SELECT s.id, s.uai, s.name, s.city, s.academy, t.slug AS territory, o.slug AS operations, \
               m.slug AS mobile FROM school s JOIN territory t ON t.id = s.territory_id \
               JOIN team o ON o.id = s.operations_team_id JOIN team m ON m.id = s.mobile_team_id \
               WHERE s.active = $1 ORDER BY s.name, s.id";
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, [true.into()]);
    let rows = PlaceRow::find_by_statement(statement).all(on).await?;
    let schools = rows.into_iter().map(|row| SchoolPlace {
        id: row.id,
        label: format!("{}, {} ({})", row.name, row.city, row.uai),
        place: Place {
            territory: row.territory,
            academy: row.academy,
            mobile_team: row.mobile,
            operations_service: row.operations,
            contracts: contracts.remove(&row.id).unwrap_or_default(),
        },
    });
    Ok(Landscape {
        schools: schools.collect(),
        teams: teams(on).await?,
        territories: named(on, "SELECT slug, name FROM territory ORDER BY name").await?,
        academies: named(on, "SELECT slug, name FROM academy ORDER BY name").await?,
    })
}

async fn contracts(
    on: &impl ConnectionTrait,
    day: NaiveDate,
) -> Result<HashMap<SchoolId, Vec<(String, String)>>, DbError> {
    let sql = "SELECT c.school_id, c.theme, t.slug AS team FROM provider_contract c JOIN team t ON t.id = c.team_id \
               WHERE c.from_day <= $1 AND (c.to_day IS NULL OR c.to_day >= $1) ORDER BY c.from_day, c.id";
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, [day.into()]);
    let mut contracts: HashMap<SchoolId, Vec<(String, String)>> = HashMap::new();
    for row in ContractRow::find_by_statement(statement).all(on).await? {
        contracts.entry(row.school_id).or_default().push((row.theme, row.team));
    }
    Ok(contracts)
}

async fn teams(on: &impl ConnectionTrait) -> Result<Vec<Named>, DbError> {
    let sql = "SELECT slug, name FROM team WHERE active = $1 ORDER BY name";
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, [true.into()]);
    let rows = NamedRow::find_by_statement(statement).all(on).await?;
    Ok(rows.into_iter().map(|row| Named { slug: row.slug, name: row.name }).collect())
}

async fn named(on: &impl ConnectionTrait, sql: &str) -> Result<Vec<Named>, DbError> {
    let rows = NamedRow::find_by_statement(Statement::from_string(on.get_database_backend(), sql)).all(on).await?;
    Ok(rows.into_iter().map(|row| Named { slug: row.slug, name: row.name }).collect())
}
