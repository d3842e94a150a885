//! Pure decisions about acts: who may sign at an instant, how an act lives, when it is reviewed.

mod authority;
mod dates;
mod life;

#[cfg(test)]
mod tests;

pub(crate) use authority::{Delegation, Ground, authorities, authority_of};
pub use dates::anniversary;
pub(crate) use dates::{REVIEW_OPENS, next_anniversary, paris_day, reviewed, short};
pub(crate) use life::{Refusal, end, place_of, record};
