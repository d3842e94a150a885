//! Pure decisions of the catalogue.

pub(crate) mod diff;
pub(crate) mod links;
pub(crate) mod matrix;
pub(crate) mod procedure;
pub(crate) mod search;
