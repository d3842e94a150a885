//! Many rows at once, on both engines: `INSERT` of many rows within SQLite's limit of bound values,
//! `COPY` on PostgreSQL. Secondary indexes are dropped first and made again last, as the database
//! itself describes them; so do the walls between schools, which `COPY` does not pass.

use beffroi_db::Db;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::sqlite::SqliteArguments;
use sea_orm::sqlx::{self, Arguments, AssertSqlSafe, Postgres, Row, Sqlite};
use sea_orm::{DbBackend, EntityTrait, IdenStatic, Iterable, ModelTrait, Value};

use crate::DemoError;

/// Bound values of one statement: SQLite allows 32 766.
const MOST_VALUES: usize = 32_000;
/// Bytes sent to PostgreSQL at a time.
const SEND_AT: usize = 1 << 20;

/// Rows of one table, column by column, row after row.
pub(crate) struct Batch {
    table: &'static str,
    columns: Vec<&'static str>,
    values: Vec<Value>,
}

impl Batch {
    /// No row yet.
    pub(crate) fn new(table: &'static str, columns: &[&'static str]) -> Self {
        Self { table, columns: columns.to_vec(), values: Vec::new() }
    }

    /// Adds one row: as many values as there are columns.
    pub(crate) fn row<const N: usize>(&mut self, values: [Value; N]) {
        self.values.extend(values);
    }

    /// The rows of an entity.
    pub(crate) fn of<E: EntityTrait + Default>(models: &[E::Model]) -> Self {
        let columns: Vec<E::Column> = E::Column::iter().collect();
        let values = models.iter().flat_map(|model| columns.iter().map(|column| model.get(*column)));
        Self {
            table: E::default().as_str(),
            columns: columns.iter().map(IdenStatic::as_str).collect(),
            values: values.collect(),
        }
    }

    fn names(&self) -> String {
        self.columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    }
}

enum Line {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// One connection that writes in bulk, the indexes to make again and the tables to put behind the wall again.
pub(crate) struct Bulk {
    line: Line,
    indexes: Vec<String>,
    walls: Vec<String>,
}

impl Bulk {
    /// Takes a connection and drops the secondary indexes of these tables.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn begin(db: &Db, tables: &[&str]) -> Result<Self, DemoError> {
        let line = match db.backend() {
            DbBackend::Postgres => {
                let pool = db.pool().get_postgres_connection_pool();
                Line::Postgres(pool.acquire().await.map_err(DemoError::step)?)
            }
            _ => {
                let pool = db.pool().get_sqlite_connection_pool();
                Line::Sqlite(pool.acquire().await.map_err(DemoError::step)?)
            }
        };
        let mut bulk = Self { line, indexes: Vec::new(), walls: Vec::new() };
        bulk.tune(true).await?;
        bulk.walls = bulk.walls().await?;
        for table in bulk.walls.clone() {
            bulk.run(&format!("ALTER TABLE \"{table}\" NO FORCE ROW LEVEL SECURITY")).await?;
        }
        for table in tables {
            for (name, definition) in bulk.indexes_of(table).await? {
                bulk.run(&format!("DROP INDEX \"{name}\"")).await?;
                bulk.indexes.push(definition);
            }
        }
        Ok(bulk)
    }

    /// Makes the indexes again, gathers statistics and gives the connection back as it was.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn finish(mut self, progress: impl Fn(u64, u64)) -> Result<(), DemoError> {
        for table in std::mem::take(&mut self.walls) {
            self.run(&format!("ALTER TABLE \"{table}\" FORCE ROW LEVEL SECURITY")).await?;
        }
        let indexes = std::mem::take(&mut self.indexes);
        let total = indexes.len() as u64;
        for (done, definition) in (1..).zip(&indexes) {
            self.run(definition).await?;
            progress(done, total);
        }
        self.run("ANALYZE").await?;
        self.tune(false).await
    }

    /// Not every write waits for the disk while the Region is made: a demo cut short is made again.
    async fn tune(&mut self, fast: bool) -> Result<(), DemoError> {
        let settings: &[&str] = match (&self.line, fast) {
            (Line::Sqlite(_), true) => &["PRAGMA synchronous = OFF", "PRAGMA cache_size = -200000"],
            (Line::Sqlite(_), false) => {
                &["PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -2000"]
            }
            (Line::Postgres(_), true) => {
                &["SET synchronous_commit = off", "SET maintenance_work_mem = '256MB'"]
            }
            (Line::Postgres(_), false) => &["RESET synchronous_commit", "RESET maintenance_work_mem"],
        };
        for setting in settings {
            self.run(setting).await?;
        }
        Ok(())
    }

    async fn run(&mut self, sql: &str) -> Result<(), DemoError> {
        let query = AssertSqlSafe(sql.to_owned());
        match &mut self.line {
            Line::Sqlite(line) => sqlx::raw_sql(query).execute(&mut **line).await.map(drop),
            Line::Postgres(line) => sqlx::raw_sql(query).execute(&mut **line).await.map(drop),
        }
        .map_err(DemoError::step)
    }

    /// The tables behind the wall, on PostgreSQL.
    async fn walls(&mut self) -> Result<Vec<String>, DemoError> {
        let Line::Postgres(line) = &mut self.line else { return Ok(Vec::new()) };
        let sql = "SELECT relname::text FROM pg_class WHERE relforcerowsecurity AND relnamespace = current_schema()::regnamespace";
        let rows = sqlx::query(sql).fetch_all(&mut **line).await.map_err(DemoError::step)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Name and definition of the indexes that no constraint needs.
    async fn indexes_of(&mut self, table: &str) -> Result<Vec<(String, String)>, DemoError> {
        const OF_SQLITE: &str = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 \
                                 AND sql IS NOT NULL ORDER BY name";
        const OF_POSTGRES: &str = "SELECT i.indexname::text, i.indexdef FROM pg_indexes i \
                                   WHERE i.schemaname = current_schema() AND i.tablename = $1 \
                                   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname) \
                                   ORDER BY i.indexname";
        let found: Vec<(String, String)> = match &mut self.line {
            Line::Sqlite(line) => {
                let rows = sqlx::query(OF_SQLITE).bind(table.to_owned()).fetch_all(&mut **line).await;
                rows.map_err(DemoError::step)?.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
            Line::Postgres(line) => {
                let rows = sqlx::query(OF_POSTGRES).bind(table.to_owned()).fetch_all(&mut **line).await;
                rows.map_err(DemoError::step)?.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
        };
        Ok(found)
    }

    /// Writes these batches, together on SQLite, one after the other on PostgreSQL.
    ///
    /// # Errors
    /// When the database refuses a row.
    pub(crate) async fn write(&mut self, batches: Vec<Batch>) -> Result<(), DemoError> {
        match &mut self.line {
            Line::Sqlite(line) => {
                sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut **line).await.map_err(DemoError::step)?;
                let written = insert_all(line, batches).await;
                let end = if written.is_ok() { "COMMIT" } else { "ROLLBACK" };
                sqlx::raw_sql(end).execute(&mut **line).await.map_err(DemoError::step)?;
                written?;
            }
            Line::Postgres(line) => {
                for batch in batches {
                    copy(line, batch).await?;
                }
            }
        }
        Ok(())
    }
}

async fn insert_all(line: &mut PoolConnection<Sqlite>, batches: Vec<Batch>) -> Result<(), DemoError> {
    for batch in batches {
        insert(line, batch).await?;
    }
    Ok(())
}

async fn insert(line: &mut PoolConnection<Sqlite>, batch: Batch) -> Result<(), DemoError> {
    let width = batch.columns.len();
    let head = format!("INSERT INTO \"{}\" ({}) VALUES ", batch.table, batch.names());
    let one = format!("({})", vec!["?"; width].join(","));
    let at_once = (MOST_VALUES / width) * width;
    let mut values = batch.values.into_iter();
    while values.len() > 0 {
        let count = values.len().min(at_once);
        let sql = format!("{head}{}", vec![one.as_str(); count / width].join(","));
        let mut arguments = SqliteArguments::default();
        for value in values.by_ref().take(count) {
            bind(&mut arguments, value)?;
        }
        sqlx::query_with(AssertSqlSafe(sql), arguments)
            .execute(&mut **line)
            .await
            .map_err(DemoError::step)?;
    }
    Ok(())
}

fn bind(arguments: &mut SqliteArguments, value: Value) -> Result<(), DemoError> {
    match value {
        Value::Bool(value) => arguments.add(value),
        Value::Int(value) => arguments.add(value),
        Value::BigInt(value) => arguments.add(value),
        Value::String(value) => arguments.add(value),
        Value::Uuid(value) => arguments.add(value),
        Value::ChronoDate(value) => arguments.add(value),
        Value::ChronoDateTimeUtc(value) => arguments.add(value),
        other => return Err(DemoError::Step(format!("valeur d’une sorte inattendue : {other:?}"))),
    }
    .map_err(DemoError::step)
}

async fn copy(line: &mut PoolConnection<Postgres>, batch: Batch) -> Result<(), DemoError> {
    let statement = format!("COPY \"{}\" ({}) FROM STDIN", batch.table, batch.names());
    let mut copy = line.copy_in_raw(&statement).await.map_err(DemoError::step)?;
    let mut text = String::with_capacity(SEND_AT + SEND_AT / 8);
    for row in batch.values.chunks(batch.columns.len()) {
        for (position, value) in row.iter().enumerate() {
            if position > 0 {
                text.push('\t');
            }
            print(&mut text, value)?;
        }
        text.push('\n');
        if text.len() >= SEND_AT {
            copy.send(text.as_bytes()).await.map_err(DemoError::step)?;
            text.clear();
        }
    }
    copy.send(text.as_bytes()).await.map_err(DemoError::step)?;
    copy.finish().await.map_err(DemoError::step)?;
    Ok(())
}

/// A value in the text form of `COPY`.
fn print(text: &mut String, value: &Value) -> Result<(), DemoError> {
    use std::fmt::Write;
    let printed = match value {
        Value::Bool(Some(value)) => text.write_str(if *value { "t" } else { "f" }),
        Value::Int(Some(value)) => write!(text, "{value}"),
        Value::BigInt(Some(value)) => write!(text, "{value}"),
        Value::Uuid(Some(value)) => write!(text, "{value}"),
        Value::ChronoDate(Some(value)) => write!(text, "{value}"),
        Value::ChronoDateTimeUtc(Some(value)) => write!(text, "{}", value.format("%Y-%m-%d %H:%M:%S%.6f+00")),
        Value::String(Some(value)) => {
            for c in value.chars() {
                match c {
                    '\\' => text.push_str("\\\\"),
                    '\t' => text.push_str("\\t"),
                    '\n' => text.push_str("\\n"),
                    '\r' => text.push_str("\\r"),
                    c => text.push(c),
                }
            }
            Ok(())
        }
        Value::Bool(None)
        | Value::Int(None)
        | Value::BigInt(None)
        | Value::String(None)
        | Value::Uuid(None)
        | Value::ChronoDate(None)
        | Value::ChronoDateTimeUtc(None) => text.write_str("\\N"),
        other => return Err(DemoError::Step(format!("valeur d’une sorte inattendue : {other:?}"))),
    };
    printed.map_err(DemoError::step)
}
