//! Measured delays, published: what people really wait for, by request type and territory, beside
//! what the sheets promise. Everything comes from figures computed at night; no page reads requests.

mod compute;
mod csv;
mod period;
mod publish;
mod read;
mod rules;

#[cfg(test)]
mod rules_tests;

pub use compute::{COMPUTE_JOB, Computed, Which, compute, run_job, schedule};
pub use csv::file;
pub use period::{Month, Period, choices};
pub use publish::set_signed_in_only;
pub(crate) use read::promised;
pub use read::{Board, Figures, Measured, TerritoryName, board, measured, of_period, of_type};
pub use rules::{Cell, DAY, FEWEST, Facts, Reached, Shown, Spread, opinions, share};
