//! Where the statements of a write transaction go.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::Mutex;

use crate::lines::{Line, Lines};

/// An open write transaction; dropped without a commit, it is rolled back.
#[derive(Debug)]
pub struct Writing(Through);

#[derive(Debug)]
enum Through {
    Sqlite(DatabaseTransaction),
    Postgres(Mutex<Line>),
}

impl Writing {
    pub(crate) async fn over_sqlite(connection: &DatabaseConnection) -> Result<Self, DbErr> {
        // A deferred transaction that reads then writes fails under load.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Self(Through::Sqlite(connection.begin_with_options(options).await?)))
    }

    pub(crate) async fn over_postgres(lines: &Lines) -> Result<Self, DbErr> {
        let mut line = lines.take().await?;
        line.begin("BEGIN").await?;
        Ok(Self(Through::Postgres(Mutex::new(line))))
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        match self.0 {
            Through::Sqlite(transaction) => transaction.commit().await,
            Through::Postgres(line) => line.into_inner().commit().await,
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Writing {
    fn get_database_backend(&self) -> DbBackend {
        match self.0 {
            Through::Sqlite(_) => DbBackend::Sqlite,
            Through::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Through::Sqlite(transaction) => transaction.execute_raw(statement).await,
            Through::Postgres(line) => line.lock().await.execute(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Through::Sqlite(transaction) => transaction.execute_unprepared(sql).await,
            Through::Postgres(line) => line.lock().await.simple(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Through::Sqlite(transaction) => transaction.query_one_raw(statement).await,
            Through::Postgres(line) => line.lock().await.one(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Through::Sqlite(transaction) => transaction.query_all_raw(statement).await,
            Through::Postgres(line) => line.lock().await.all(statement).await,
        }
    }
}
