//! Addresses of web exemptions, and the lists of sites that none opens.

#[path = "../../../features/acts/src/exemptions/address.rs"]
pub mod address;
pub mod danger;
