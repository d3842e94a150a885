//! Web exemptions: which address, for which reason never, and how the proxy holds them.
//! (SEC-07 to SEC-12)

pub mod address;
mod ask;
pub mod danger;
mod effect;
pub mod proxy;

pub use address::{Address, AddressError, Direction, Extent, Warning};
pub use ask::{Asked, LONGEST_DAYS, terms};
pub use danger::{DangerError, DangerLists, DangerSettings, Motive, Verdict};
pub use effect::{ExemptionTerms, ProxyAdapter, recheck};
pub use proxy::{LiveExemption, Proof, ProxyError, ProxyLists, ProxySettings, holdable};
