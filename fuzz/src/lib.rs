//! The parsers that read the outside, taken from their rooms file by file, so that a fuzz target is compiled
//! without the rooms around them. Nothing is copied: a file that moves breaks this build.
#![allow(dead_code, missing_docs, unused_imports)]

pub mod exemptions;
#[path = "../../features/mailbox/src/fold.rs"]
mod fold;
pub mod import;
pub mod lists;
pub mod mail;
#[path = "../../features/mailbox/src/message.rs"]
pub mod message;
#[path = "../../features/desk/src/model.rs"]
mod model;
pub mod proof;
mod store;
#[path = "../../features/mailbox/src/tnef.rs"]
mod tnef;

pub use beffroi_sheets::ActKind;
