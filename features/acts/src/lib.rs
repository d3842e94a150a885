//! Acts: signed, dated decisions, what they confer, until when, and the proof of it.
//! (T2, T3, T5, T6; SRV-14 to SRV-29, SEC-08 to SEC-12)

pub mod exemptions;
pub mod kinds;
mod model;
pub mod proof;

pub use model::*;
