//! The ground every room stands on: typed ids, the clock, roles, and who may do what to which
//! schools (`Access`, `Permit`, `Scope`). No I/O.

mod access;
mod clock;
mod id;
mod role;
mod uai;
mod words;

pub use access::{Access, Action, Breadth, Function, Permit, Scope};
pub use clock::{Clock, FixedClock, SystemClock, to_micros};
pub use id::*;
pub use role::{ParseRoleError, Role};
pub use uai::{Uai, UaiError};
pub use words::in_sentence;
