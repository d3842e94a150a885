//! All the SQL of the API.

pub(crate) mod calls;
pub(crate) mod tokens;
pub(crate) mod webhooks;

pub(crate) use beffroi_db::sql::{all, one, run};
