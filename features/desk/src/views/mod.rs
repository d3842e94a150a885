//! The pages of the desk.

pub(crate) mod approvals;
pub(crate) mod draft;
pub(crate) mod home;
pub(crate) mod lists;
pub(crate) mod question;
pub(crate) mod queue;
pub(crate) mod request;
pub(crate) mod search;
pub(crate) mod work_panel;
