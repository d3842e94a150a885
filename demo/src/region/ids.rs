//! Identifiers made from the seed: of the shape of UUIDv7, in the order of time, the same twice.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::{Builder, Uuid};

/// A source of identifiers.
pub(crate) struct Ids(StdRng);

impl Ids {
    /// The source of that number.
    pub(crate) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// An identifier as one made at that second.
    pub(crate) fn at(&mut self, second: i64) -> Uuid {
        let millis = u64::try_from(second).unwrap_or(0) * 1_000 + self.0.random_range(0..1_000u64);
        let rest: [u8; 10] = self.0.random();
        Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
    }
}
