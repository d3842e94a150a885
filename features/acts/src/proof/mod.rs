//! The proof of an act: what was signed, by whom, with which authority, checkable by anybody, offline.

mod statement;

pub use statement::{Signed, Statement};
