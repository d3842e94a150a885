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
pub(crate) mod composer;
pub(crate) mod context;
pub(crate) mod draft;
pub(crate) mod home;
pub(crate) mod lists;
pub(crate) mod mentions;
pub(crate) mod question;
pub(crate) mod queue;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod searches;
pub(crate) mod shortcuts;
pub(crate) mod templates;
pub(crate) mod work_panel;
