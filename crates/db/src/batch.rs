//! Changes that need no answer, sent to the database in one round trip: most of what a short change
//! costs is waiting for one statement before sending the next. (Decision 0034)

use sea_orm::sea_query::{InsertStatement, PostgresQueryBuilder, Value};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::DbError;

/// Values of one round trip: SQLite binds 32,766 to a statement, PostgreSQL 65,535.
const VALUES: usize = 30_000;

/// Changes waiting to be sent together. Each sees the rows as they were before the first: none may read
/// or change what another one writes, though foreign keys among them hold.
#[derive(Debug, Default)]
pub struct Batch {
    changes: Vec<(String, Vec<Value>)>,
}

impl Batch {
    /// Adds a fixed `INSERT`, `UPDATE` or `DELETE` with its values, `$1` being the first.
    pub fn add(&mut self, sql: impl Into<String>, values: Vec<Value>) {
        self.changes.push((sql.into(), values));
    }

    /// Adds rows.
    pub fn insert(&mut self, rows: &InsertStatement) {
        // Both databases read PostgreSQL's quotes and places.
        let (sql, values) = rows.build(PostgresQueryBuilder);
        self.add(sql, values.0);
    }

    /// Sends them, in as few round trips as values allow.
    ///
    /// # Errors
    /// When the database refuses one, or does not answer.
    pub async fn send(self, on: &impl ConnectionTrait) -> Result<(), DbError> {
        let backend = on.get_database_backend();
        let (mut texts, mut bound) = (Vec::new(), Vec::new());
        for (sql, values) in self.changes {
            if bound.len() + values.len() > VALUES && !texts.is_empty() {
                let (texts, bound) = (std::mem::take(&mut texts), std::mem::take(&mut bound));
                on.execute_raw(together(backend, texts, bound)).await?;
            }
            texts.push(moved(&sql, bound.len()));
            bound.extend(values);
        }
        if !texts.is_empty() {
            on.execute_raw(together(backend, texts, bound)).await?;
        }
        Ok(())
    }
}

/// Several changes as one statement: SQLite's driver takes them in a row, PostgreSQL as clauses of the last.
fn together(backend: DbBackend, mut texts: Vec<String>, values: Vec<Value>) -> Statement {
    let sql = match (backend, texts.pop()) {
        (DbBackend::Postgres, Some(last)) if !texts.is_empty() => {
            let clauses: Vec<String> =
                texts.iter().enumerate().map(|(place, text)| format!("c{place} AS ({text})")).collect();
            format!("WITH {} {last}", clauses.join(", "))
        }
        (_, last) => {
            texts.extend(last);
            texts.join("; ")
        }
    };
    Statement::from_sql_and_values(backend, sql, values)
}

/// The same text, each place `by` further. Values are always bound: `$` stands for nothing else.
fn moved(sql: &str, by: usize) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (place, rest) = part.split_at(digits);
        match place.parse::<usize>() {
            Ok(place) => text.push_str(&format!("${}{rest}", place + by)),
            Err(_) => text.push_str(&format!("${part}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_move_and_words_stay() {
        let sql = "UPDATE t SET a = $1, b = $12 WHERE c = '$'";
        assert_eq!(moved(sql, 3), "UPDATE t SET a = $4, b = $15 WHERE c = '$'");
    }

    #[test]
    fn postgresql_takes_several_changes_as_one() {
        let texts = || vec!["DELETE FROM a".to_owned(), "DELETE FROM b".to_owned()];
        let sql = |backend, texts| together(backend, texts, Vec::new()).sql;
        assert_eq!(sql(DbBackend::Postgres, texts()), "WITH c0 AS (DELETE FROM a) DELETE FROM b");
        assert_eq!(sql(DbBackend::Sqlite, texts()), "DELETE FROM a; DELETE FROM b");
        assert_eq!(sql(DbBackend::Postgres, vec!["DELETE FROM a".to_owned()]), "DELETE FROM a");
    }
}
