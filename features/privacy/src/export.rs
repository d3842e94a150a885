//! All that is held about a person, as plain data they can read and take elsewhere.

use beffroi_db::{Db, DbError, sql};
use beffroi_directory::{Person, people};
use beffroi_kernel::PersonId;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use serde::Serialize;

use crate::held::{Held, Key, everything};

/// Rows of one kind.
#[derive(Debug, Serialize)]
pub struct Section {
    /// What they are.
    #[serde(rename = "quoi")]
    pub label: &'static str,
    /// The table they are kept in.
    #[serde(rename = "table")]
    pub table: &'static str,
    /// Each row, by name of column.
    #[serde(rename = "lignes")]
    pub rows: Vec<serde_json::Map<String, serde_json::Value>>,
    /// Whether there are more than were asked for.
    #[serde(rename = "incomplet")]
    pub cut: bool,
}

/// What is held about a person, empty kinds left out.
#[derive(Debug, Serialize)]
pub struct Export {
    /// When it was read.
    #[serde(rename = "le")]
    pub at: DateTime<Utc>,
    /// By kind.
    #[serde(rename = "donnees")]
    pub sections: Vec<Section>,
}

/// Reads all that is held about a person, at most `limit` rows of each kind; `None` when there is no
/// such person.
///
/// # Errors
/// When the database does not answer.
pub async fn export(db: &Db, person: PersonId, limit: usize) -> Result<Option<Export>, DbError> {
    let Some(person) = people::person(db, person).await? else {
        return Ok(None);
    };
    // « Everything » is more than either engine counts to.
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut sections = Vec::new();
    for held in everything() {
        let Some(key) = value_of(held.key, &person) else { continue };
        let sql = format!(
            "SELECT {} FROM {} x WHERE x.{} = $1 LIMIT {}",
            held.shown,
            held.table,
            held.key.column(),
            most
        );
        let statement = Statement::from_sql_and_values(db.backend(), &sql, [key]);
        let found = db.read().query_all_raw(statement).await?;
        if !found.is_empty() {
            let rows = found.iter().take(limit).map(|row| fields(held, row)).collect();
            sections.push(Section { label: held.label, table: held.table, rows, cut: found.len() > limit });
        }
    }
    Ok(Some(Export { at: db.now(), sections }))
}

/// How many rows of each kind are held, those of none left out.
pub(crate) async fn count(db: &Db, person: &Person) -> Result<Vec<(&'static Held, i64)>, DbError> {
    #[derive(sea_orm::FromQueryResult)]
    struct Counted {
        place: i64,
        count: i64,
    }
    let kinds: Vec<(&Held, Value)> =
        everything().filter_map(|held| Some((held, value_of(held.key, person)?))).collect();
    let mut arms = Vec::with_capacity(kinds.len());
    for (place, (held, _)) in kinds.iter().enumerate() {
        let (table, column, hole) = (held.table, held.key.column(), place + 1);
        arms.push(format!(
            "SELECT CAST({place} AS bigint) AS place, COUNT(*) AS count FROM {table} WHERE {column} = ${hole}"
        ));
    }
    let values = kinds.iter().map(|(_, value)| value.clone()).collect();
    let counted: Vec<Counted> = sql::all(db.read(), &arms.join(" UNION ALL "), values).await?;
    let held = |counted: &Counted| kinds.get(usize::try_from(counted.place).ok()?).map(|(held, _)| *held);
    let mut held: Vec<(&Held, i64)> = counted
        .iter()
        .filter(|counted| counted.count > 0)
        .filter_map(|counted| Some((held(counted)?, counted.count)))
        .collect();
    held.sort_by_key(|(held, _)| everything().position(|one| std::ptr::eq(one, *held)));
    Ok(held)
}

pub(crate) fn value_of(key: Key, person: &Person) -> Option<Value> {
    match key {
        Key::Id(_) => Some(person.id.0.into()),
        Key::Login(_) => Some(person.login.to_lowercase().into()),
        Key::Email(_) => person.email.as_ref().map(|email| email.to_lowercase().into()),
    }
}

fn fields(held: &Held, row: &QueryResult) -> serde_json::Map<String, serde_json::Value> {
    let names = held.shown.split(" AS ").skip(1).filter_map(|part| {
        let name = part.split(',').next()?.trim();
        (!name.is_empty()).then_some(name)
    });
    names.map(|name| (name.to_owned(), field(row, name))).filter(|(_, value)| !value.is_null()).collect()
}

/// A column of any of the types that are shown.
fn field(row: &QueryResult, name: &str) -> serde_json::Value {
    if let Ok(text) = row.try_get::<Option<String>>("", name) {
        return text.into();
    }
    if let Ok(at) = row.try_get::<Option<DateTime<Utc>>>("", name) {
        return at.map(|at| at.to_rfc3339()).into();
    }
    if let Ok(day) = row.try_get::<Option<NaiveDate>>("", name) {
        return day.map(|day| day.to_string()).into();
    }
    if let Ok(number) = row.try_get::<Option<i64>>("", name) {
        return number.into();
    }
    if let Ok(number) = row.try_get::<Option<i32>>("", name) {
        return number.into();
    }
    if let Ok(number) = row.try_get::<Option<i16>>("", name) {
        return number.into();
    }
    row.try_get::<Option<bool>>("", name).unwrap_or_default().into()
}
