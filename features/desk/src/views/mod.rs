//! The pages of the desk.

pub(crate) mod approvals;
pub(crate) mod delays;
pub(crate) mod bulk;
pub(crate) mod console;
pub(crate) mod console_table;
pub(crate) mod criteria;
pub(crate) mod draft;
pub(crate) mod home;
pub(crate) mod lists;
pub(crate) mod live;
pub(crate) mod offers;
pub(crate) mod question;
pub(crate) mod queue;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod searches;
pub(crate) mod work_panel;
