//! Fixed statements with bound values, for the `store` of each feature: the same on both databases.

use sea_orm::sea_query::{SelectStatement, Value};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use crate::DbError;

fn statement(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(on.get_database_backend(), sql, values)
}

/// Runs a statement and returns how many rows it changed.
///
/// # Errors
/// When the database does not answer.
pub async fn run(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
    Ok(on.execute_raw(statement(on, sql, values)).await?.rows_affected())
}

/// The rows of a statement.
///
/// # Errors
/// When the database does not answer.
pub async fn all<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, DbError> {
    Ok(T::find_by_statement(statement(on, sql, values)).all(on).await?)
}

/// The first row of a statement.
///
/// # Errors
/// When the database does not answer.
pub async fn one<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>, DbError> {
    Ok(T::find_by_statement(statement(on, sql, values)).one(on).await?)
}

/// A query as a statement. On PostgreSQL its limits are written out: of a bound limit it supposes that
/// a tenth of the rows is read, finds no plan worth keeping, and plans the query at every call.
#[must_use]
pub fn built(backend: DbBackend, query: &SelectStatement) -> Statement {
    const BOUND: &str = " LIMIT $";
    let mut statement = backend.build(query);
    let Some(values) = statement.values.as_ref().filter(|_| backend == DbBackend::Postgres) else {
        return statement;
    };
    let mut parts = statement.sql.split(BOUND);
    let mut sql = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (place, rest) = part.split_at(digits);
        let value = place.parse::<usize>().ok().and_then(|place| values.0.get(place.wrapping_sub(1)));
        match value {
            // The value stays bound, unread: the places of the others do not move.
            Some(Value::BigUnsigned(Some(most))) => sql.push_str(&format!(" LIMIT {most}{rest}")),
            _ => sql.push_str(&format!("{BOUND}{part}")),
        }
    }
    statement.sql = sql;
    statement
}

/// What ends a `SELECT` that keeps its rows until the transaction ends; SQLite's immediate transactions are alone.
pub fn held(on: &impl ConnectionTrait) -> &'static str {
    if on.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" }
}

/// `$from, $from+1, …`, for lists of values.
#[must_use]
pub fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

    use super::*;

    #[test]
    fn limits_are_written_out_on_postgresql() {
        let inner = Query::select().column("id").from("draft").limit(51).to_owned();
        let query = Query::select()
            .column("id")
            .from("request")
            .and_where(Expr::col("title").eq(" LIMIT $1"))
            .and_where(Expr::col("id").in_subquery(inner))
            .and_where(Expr::col(Alias::new("state")).eq("new"))
            .limit(7)
            .to_owned();
        let statement = built(DbBackend::Postgres, &query);
        assert!(
            statement.sql.contains("LIMIT 51)") && statement.sql.ends_with("LIMIT 7"),
            "{}",
            statement.sql
        );
        assert!(statement.sql.contains(r#""title" = $1"#) && statement.sql.contains(r#""state" = $3"#));
        assert_eq!(statement.values.map(|values| values.0.len()), Some(4));
        assert!(built(DbBackend::Sqlite, &query).sql.ends_with("LIMIT ?"));
    }
}
