//! All the SQL of bridges.

pub(crate) mod bridges;
pub(crate) mod exchanges;
pub(crate) mod links;

pub(crate) use beffroi_db::sql::{all, one, run};
