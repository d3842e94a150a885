//! What acts promise, on both databases.
