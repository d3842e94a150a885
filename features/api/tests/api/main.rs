//! The API and webhooks, called as another program calls them, on both databases.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod calls;
mod ground;
mod guide;
mod hooks;
mod tokens;
