//! The wiring: configuration, rooms put together into one router, workers. The binary and the
//! tests over all routes share it.

pub mod backup;
pub mod command;
pub mod config;
pub mod files;
pub mod filter;
mod gauges;
pub mod keys;
mod links;
pub mod logging;
pub mod mailbox;
mod notify;
mod probes;
pub mod server;
mod walls;
