//! Bridges, end to end: two Beffrois, two databases, real HTTP between them; and a small server that
//! follows the published documentation of GLPI.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod announcements;
mod both_ways;
mod broken;
mod glpi;
mod ground;
mod pages;
