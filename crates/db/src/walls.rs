//! When the walls between schools stand on PostgreSQL. The migration only draws them (its policies); they are
//! closed once no program of before them is connected, since it would see no row. Every program that knows them
//! says so by its name on each of its connections. (CSU-06, decision 0029)

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sqlx;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, FromQueryResult, RuntimeErr,
    TransactionTrait,
};

use crate::{Db, DbError, Event, sql};

/// The name of a program on its connections: one that says how far each of its reads reaches.
pub(crate) const PROGRAM: &str = "beffroi/1";

/// The lock of the node that closes: « cloisons » in ASCII.
const LOCK: i64 = 0x636c_6f69_736f_6e73;
/// What a table in use is waited for: whoever reads it next waits as long, no longer.
const BRIEFLY: &str = "200ms";
/// The same where nothing serves.
const PATIENTLY: &str = "10s";
/// A node of before that did not say that it stopped is waited for so long: its line may be cut.
const GONE: TimeDelta = TimeDelta::minutes(10);

/// The tables with a wall, and whether it is closed.
const DRAWN: &str = "SELECT c.relname::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS closed FROM pg_class c \
    JOIN pg_policy p ON p.polrelid = c.oid WHERE p.polname = 'reach' AND pg_table_is_visible(c.oid) ORDER BY 1";

/// Connections of programs that do not know the walls, by accounts which see requests and do not pass through
/// them. The tools of PostgreSQL are not programs that serve: whoever holds them says `beffroi.everything`.
const STRANGERS: &str = "SELECT r.rolname::text AS account, COALESCE(a.application_name, '') AS program, \
    COALESCE(host(a.client_addr), '') AS address, COUNT(*) AS connections \
    FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid \
    WHERE a.datname = current_database() AND COALESCE(a.backend_type, 'client backend') = 'client backend' \
    AND NOT r.rolsuper AND NOT r.rolbypassrls AND has_table_privilege(r.oid, to_regclass('request'), 'SELECT') \
    AND COALESCE(a.application_name, '') NOT LIKE 'beffroi/%' \
    AND COALESCE(a.application_name, '') NOT IN ('psql', 'pg_dump', 'pg_dumpall', 'pg_restore') \
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

/// How the walls stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walls {
    /// Whether this program's own account passes through them: a superuser, or whoever has BYPASSRLS.
    pub passes: bool,
    /// The tables whose wall is still open.
    pub open: Vec<String>,
    /// Who keeps them open; once they are closed, who sees no row.
    pub strangers: Vec<Stranger>,
    /// Nodes of before that fell silent less than ten minutes ago and may come back: they keep them open too.
    pub silent: Vec<String>,
}

impl Walls {
    /// Whether nothing keeps them open.
    #[must_use]
    pub fn free(&self) -> bool {
        self.strangers.is_empty() && self.silent.is_empty()
    }
}

/// Connections of one program that does not know the walls.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Stranger {
    /// The account of PostgreSQL.
    pub account: String,
    /// What it calls itself; nothing, for Beffroi before the walls.
    pub program: String,
    /// The machine it comes from; nothing, for this one or where PostgreSQL hides it.
    pub address: String,
    /// How many connections.
    pub connections: i64,
}

impl std::fmt::Display for Stranger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let address = if self.address.is_empty() { "la machine de la base" } else { &self.address };
        let program = if self.program.is_empty() { "sans nom" } else { &self.program };
        write!(
            f,
            "{address} (compte {}, programme {program}, {} connexion(s))",
            self.account, self.connections
        )
    }
}

#[derive(FromQueryResult)]
struct Drawn {
    name: String,
    closed: bool,
}

#[derive(FromQueryResult)]
struct Node {
    node: String,
}

#[derive(FromQueryResult)]
struct Yes {
    yes: bool,
}

async fn yes(on: &impl ConnectionTrait, statement: &str) -> Result<bool, DbError> {
    Ok(sql::one::<Yes>(on, statement, Vec::new()).await?.is_some_and(|answer| answer.yes))
}

async fn drawn(on: &impl ConnectionTrait) -> Result<Vec<Drawn>, DbError> {
    sql::all(on, DRAWN, Vec::new()).await
}

async fn open(on: &impl ConnectionTrait) -> Result<Vec<String>, DbError> {
    Ok(drawn(on).await?.into_iter().filter(|one| !one.closed).map(|one| one.name).collect())
}

async fn strangers(on: &impl ConnectionTrait) -> Result<Vec<Stranger>, DbError> {
    sql::all(on, STRANGERS, Vec::new()).await
}

async fn silent(on: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<String>, DbError> {
    let alive = "SELECT DISTINCT node FROM node_stretch WHERE NOT stopped AND NOT knows_walls AND to_at > $1 ORDER BY 1";
    let nodes: Vec<Node> = sql::all(on, alive, vec![(now - GONE).into()]).await?;
    Ok(nodes.into_iter().map(|one| one.node).collect())
}

impl Db {
    /// How the walls between schools stand; nothing on SQLite, which has none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn walls(&self) -> Result<Option<Walls>, DbError> {
        if self.backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let on = self.pool();
        let passes = "SELECT rolsuper OR rolbypassrls AS yes FROM pg_roles WHERE rolname = current_user";
        let passes = yes(on, passes).await?;
        let (open, strangers) = (open(on).await?, strangers(on).await?);
        let silent = if open.is_empty() { Vec::new() } else { silent(on, self.now()).await? };
        Ok(Some(Walls { passes, open, strangers, silent }))
    }

    /// Closes the walls still open, one table at a time; gives up as soon as a program that does not know them
    /// is connected, and leaves for the next call a table that is in use. What stays open.
    ///
    /// # Errors
    /// When the database does not answer, or the account does not own its tables.
    pub async fn close_walls(&self) -> Result<Vec<String>, DbError> {
        close(self.pool()).await
    }

    /// Opens the walls again for a program of before them to come back, all or none, with an entry of the journal.
    /// How many. A service of this program that runs closes them as soon as it is alone.
    ///
    /// # Errors
    /// When the database does not answer, or tables stay in use for ten seconds.
    pub async fn open_walls(&self) -> Result<usize, DbError> {
        if self.backend() != DbBackend::Postgres {
            return Ok(0);
        }
        self.write::<_, DbError, _>(async |tx| {
            let closed: Vec<Drawn> = drawn(tx.on()).await?.into_iter().filter(|one| one.closed).collect();
            tx.on().execute_unprepared(&format!("SET LOCAL lock_timeout = '{PATIENTLY}'")).await?;
            for Drawn { name, .. } in &closed {
                let opens = format!(
                    "ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"
                );
                tx.on().execute_unprepared(&opens).await?;
            }
            if !closed.is_empty() {
                tx.journal(Event::new("walls.opened", "site"));
            }
            Ok(closed.len())
        })
        .await
    }
}

/// After migrations: closes the walls where no program of before can be at work, as in a database just made.
/// Otherwise the service does, later.
pub(crate) async fn settle(on: &DatabaseConnection, now: DateTime<Utc>) -> Result<(), DbError> {
    if on.get_database_backend() != DbBackend::Postgres || open(on).await?.is_empty() {
        return Ok(());
    }
    if silent(on, now).await?.is_empty() {
        close(on).await?;
    }
    Ok(())
}

async fn close(on: &DatabaseConnection) -> Result<Vec<String>, DbError> {
    if on.get_database_backend() != DbBackend::Postgres {
        return Ok(Vec::new());
    }
    let mut left = Vec::new();
    let mut tables = open(on).await?.into_iter();
    while let Some(table) = tables.next() {
        match close_one(on, &table).await? {
            Step::Closed => {}
            Step::InUse => left.push(table),
            Step::NotNow => {
                left.push(table);
                left.extend(tables.by_ref());
            }
        }
    }
    Ok(left)
}

/// What became of one wall.
enum Step {
    Closed,
    InUse,
    /// Another node closes them, or somebody is there who does not know them.
    NotNow,
}

/// In a transaction of its own: two tables are never held at once, so nobody waits in a circle.
async fn close_one(on: &DatabaseConnection, table: &str) -> Result<Step, DbError> {
    let tx = on.begin().await?;
    let step = match closing(&tx, table).await {
        Ok(step) => step,
        Err(error) if in_use(&error) => Step::InUse,
        Err(error) => return Err(error),
    };
    match step {
        Step::Closed => tx.commit().await?,
        Step::InUse | Step::NotNow => tx.rollback().await?,
    }
    Ok(step)
}

async fn closing(tx: &DatabaseTransaction, table: &str) -> Result<Step, DbError> {
    let alone = yes(tx, &format!("SELECT pg_try_advisory_xact_lock({LOCK}) AS yes")).await?;
    if !alone || !strangers(tx).await?.is_empty() {
        return Ok(Step::NotNow);
    }
    let closes = format!(
        "SET LOCAL lock_timeout = '{BRIEFLY}'; \
         ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    );
    tx.execute_unprepared(&closes).await?;
    Ok(Step::Closed)
}

/// 55P03: the lock was not had in time.
fn in_use(error: &DbError) -> bool {
    let DbError::Database(
        DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)),
    ) = error
    else {
        return false;
    };
    matches!(inner.as_ref(), sqlx::Error::Database(refused) if refused.code().as_deref() == Some("55P03"))
}

#[cfg(test)]
mod tests;
