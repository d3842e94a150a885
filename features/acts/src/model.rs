//! The words of acts.

pub use beffroi_sheets::ActKind;
