//! The form of a request: reading what was typed, checking it, showing it back. (CSU-01, LIRE-01)

mod check;
mod read;
mod show;
#[cfg(test)]
mod tests;

/// The value a form sends for « Je ne sais pas ».
pub const UNKNOWN: &str = "__unknown";
