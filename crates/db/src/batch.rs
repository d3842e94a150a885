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
    changes: Vec<Change>,
}

#[derive(Debug)]
struct Change {
    sql: String,
    values: Vec<Value>,
    /// The name that PostgreSQL gives to what it returns.
    name: String,
    /// Whether it reads what the one before returns.
    follows: bool,
}

impl Batch {
    /// Adds a fixed `INSERT`, `UPDATE` or `DELETE` with its values, `$1` being the first.
    pub fn add(&mut self, sql: impl Into<String>, values: Vec<Value>) {
        self.push(sql.into(), values, false);
    }

    /// Adds a change, then one that reads what the first returns: PostgreSQL under the name that `then` is
    /// given, SQLite by `last_insert_rowid()`.
    pub fn add_both(
        &mut self,
        (first, values): (String, Vec<Value>),
        then: impl FnOnce(&str) -> (String, Vec<Value>),
    ) {
        let name = self.push(first, values, false);
        let (second, values) = then(&name);
        self.push(second, values, true);
    }

    fn push(&mut self, sql: String, values: Vec<Value>, follows: bool) -> String {
        let name = format!("c{}", self.changes.len());
        self.changes.push(Change { sql, values, name: name.clone(), follows });
        name
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
        for Change { sql, values, name, follows } in self.changes {
            if bound.len() + values.len() > VALUES && !texts.is_empty() && !follows {
                let (texts, bound) = (std::mem::take(&mut texts), std::mem::take(&mut bound));
                on.execute_raw(together(backend, texts, bound)).await?;
            }
            texts.push((name, moved(&sql, bound.len())));
            bound.extend(values);
        }
        if !texts.is_empty() {
            on.execute_raw(together(backend, texts, bound)).await?;
        }
        Ok(())
    }
}

/// Several changes as one statement: SQLite's driver takes them in a row, PostgreSQL as clauses of the last.
fn together(backend: DbBackend, mut texts: Vec<(String, String)>, values: Vec<Value>) -> Statement {
    let sql = match (backend, texts.pop()) {
        (DbBackend::Postgres, Some((_, last))) if !texts.is_empty() => {
            let clauses: Vec<String> =
                texts.iter().map(|(name, text)| format!("{name} AS ({text})")).collect();
            format!("WITH {} {last}", clauses.join(", "))
        }
        (_, last) => {
            texts.extend(last);
            texts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("; ")
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
        let one = |name: &str, sql: &str| (name.to_owned(), sql.to_owned());
        let texts = || vec![one("c0", "DELETE FROM a"), one("c1", "DELETE FROM b")];
        let sql = |backend, texts| together(backend, texts, Vec::new()).sql;
        assert_eq!(sql(DbBackend::Postgres, texts()), "WITH c0 AS (DELETE FROM a) DELETE FROM b");
        assert_eq!(sql(DbBackend::Sqlite, texts()), "DELETE FROM a; DELETE FROM b");
        assert_eq!(sql(DbBackend::Postgres, vec![one("c0", "DELETE FROM a")]), "DELETE FROM a");
    }
}
