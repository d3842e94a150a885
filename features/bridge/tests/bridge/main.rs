//! Bridges, end to end: two Beffrois, two databases, real HTTP between them; and a small server that
//! answers as the source of GLPI says it does.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod announcements;
mod both_ways;
mod broken;
mod glpi;
mod glpi_server;
mod ground;
mod guide;
mod pages;
