//! All the SQL of the directory.

pub(crate) mod choices;
pub(crate) mod eligible;
pub(crate) mod factors;
pub(crate) mod people;
pub(crate) mod region;
pub(crate) mod schools;
pub(crate) mod sessions;
pub(crate) mod sso;
pub(crate) mod standing;
pub(crate) mod teams;

pub(crate) use beffroi_db::sql::{all, one, places, run};
