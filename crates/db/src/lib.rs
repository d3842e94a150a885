//! The database: one connection type for SQLite and PostgreSQL, write transactions that carry the
//! journal and the outbox, migrations, jobs, and the harness of `#[db_test]`.

// So that `#[db_test]` can name this crate from its own tests too.
extern crate self as beffroi_db;

pub mod aside;
mod batch;
mod connection;
pub mod jobs;
pub mod journal;
mod lines;
pub mod live;
mod migrations;
pub mod reach;
mod reader;
mod recent;
mod retry;
mod schema;
pub mod scope;
pub mod sealing;
pub mod sql;
pub mod testing;
mod walls;
mod writing;

pub use batch::Batch;
pub use beffroi_db_macros::db_test;
pub use connection::{Db, DbError, Tx, count_queries};
pub use jobs::NewJob;
pub use journal::Event;
pub use reader::Reader;
pub use schema::Schema;
pub use scope::{Owned, Ownership};
pub use walls::{Stranger, Walls};
pub use writing::Writing;
