//! Web exemptions: which address, for which reason never, and how the proxy holds them.
//! (SEC-07 to SEC-12)

pub mod address;
pub mod danger;
pub mod proxy;

pub use address::{Address, AddressError, Direction, Extent, Warning};
pub use danger::{DangerError, DangerLists, DangerSettings, Motive, Verdict};
pub use proxy::{LiveExemption, Proof, ProxyError, ProxyLists, ProxySettings};
