//! The proof of an act: what was signed, by whom, with which authority, checkable by anybody, offline. (T2)
//!
//! With its last signature, what an act states is written down. These very bytes are sealed with
//! its document ([`pdf`], [`verify()`]), timestamped ([`timestamp`]), and compared with the journal ([`check()`]).

mod check;
#[cfg(test)]
mod check_tests;
mod code;
mod document;
mod keep;
#[cfg(test)]
mod kept_tests;
mod key;
mod seal;
mod statement;
#[cfg(test)]
mod tests;
pub mod timestamp;

pub use crate::routes::proofs::{Proofs, routes};
pub use check::{Checked, Fault, check};
pub use code::code;
pub(crate) use document::validity;
pub use document::{ProofError, WORTH, pdf};
pub use keep::{TIMESTAMP_JOB, jobs, take_up};
pub(crate) use keep::{stated, write_down};
pub use key::{NoKey, PublicKey, Sealer};
pub use seal::{Refusal, Verified, verify};
pub use statement::{Signed, Statement};
