//! All the SQL of acts.

pub(crate) mod acts;
pub(crate) mod effects;
pub(crate) mod entities;
pub(crate) mod liability;
pub(crate) mod lists;
pub(crate) mod proofs;
pub(crate) mod reviews;

pub(crate) use beffroi_db::sql::{all, held, one, places, run};
