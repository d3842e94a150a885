//! The pages of bridges, and what is written there of a request.

pub(crate) mod panel;
pub(crate) mod region;
pub(crate) mod words;
