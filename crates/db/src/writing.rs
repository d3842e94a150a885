//! Where the statements of a write transaction go.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{Mutex, OwnedSemaphorePermit};

use crate::lines::{Line, Lines};

/// An open write transaction; dropped without a commit, it is rolled back.
#[derive(Debug)]
pub struct Writing {
    line: Mutex<Line>,
    backend: DbBackend,
}

impl Writing {
    pub(crate) async fn begin(lines: &Lines, turn: OwnedSemaphorePermit) -> Result<Self, DbErr> {
        let backend = lines.backend();
        let mut line = lines.take().await?;
        // A deferred transaction that reads then writes fails under load on SQLite.
        line.begin(if backend == DbBackend::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }, turn).await?;
        Ok(Self { line: Mutex::new(line), backend })
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.line.into_inner().commit().await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Writing {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.line.lock().await.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.line.lock().await.simple(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.line.lock().await.one(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.line.lock().await.all(statement).await
    }
}
