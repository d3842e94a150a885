//! The proof of an act: what was signed, by whom, with which authority, checkable by anybody, offline. (T2)

mod document;
mod key;
mod seal;
mod statement;
#[cfg(test)]
mod tests;
pub mod timestamp;

pub use document::{ProofError, pdf};
pub use key::{NoKey, PublicKey, Sealer};
pub use seal::{Refusal, Verified, verify};
pub use statement::{Signed, Statement};
