//! Pure decisions: where a webhook may go, how it is signed, when it is tried again.

pub(crate) mod networks;
pub(crate) mod patience;
pub(crate) mod signature;
