//! The rules of the desk, told as stories of the demo Region, on both databases. (CSU, LIRE-02/03,
//! SRV-26 to SRV-29, LADM-28)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod acts;
mod approvals;
mod bulk;
mod calendars;
mod clocks;
mod delays;
mod ends;
mod escalations;
mod ground;
mod knowledge;
mod lists;
mod loads;
mod major;
mod named;
mod opened;
mod presence;
mod quota;
mod record;
mod recurrences;
mod refused;
mod refused_to_all;
mod search;
mod sending;
mod signatures;
mod work;
