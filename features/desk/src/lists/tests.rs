//! The agents' list on both databases: pages, plans, counters, searches, exports.
//! (Bulk actions need a published catalogue: their stories are the demo Region's.)

mod criteria;
mod export;
mod ground;
mod plans;
mod searches;
mod walk;
