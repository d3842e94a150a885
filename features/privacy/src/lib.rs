//! What Beffroi holds about a person: said to them, given to them, and taken away when the data
//! protection officer decides so. (GDPR articles 15, 17 and 20; SRV-13)

mod erase;
mod export;
mod held;
mod routes;
mod views;

pub use erase::{EraseError, Erased, ManagePersonalData, erase, erase_as_operator, erasure};
pub use export::{Export, Section, export};
pub use held::{Fate, Held, Key, everything};
pub use routes::routes;
