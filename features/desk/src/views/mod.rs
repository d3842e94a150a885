//! The pages of the desk.

pub(crate) mod approvals;
pub(crate) mod draft;
pub(crate) mod escalation;
pub(crate) mod home;
pub(crate) mod lists;
pub(crate) mod load;
pub(crate) mod major;
pub(crate) mod question;
pub(crate) mod queue;
pub(crate) mod recurring;
pub(crate) mod request;
pub(crate) mod team;
pub(crate) mod work_panel;
