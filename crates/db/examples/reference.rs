//! The reference of `make bench`: the plainest query that could feed a list of 50, run many times.
//! Prints one line of JSON: microseconds at the median and the 99th percentile.
//! Usage: `reference DATABASE_URL TIMES`.
#![allow(clippy::expect_used)]

use std::sync::Arc;
use std::time::Instant;

use beffroi_db::Db;
use beffroi_kernel::SystemClock;
use sea_orm::{ConnectionTrait, Statement};

const QUERY: &str =
    "SELECT id, reference, title, state, next_due FROM request WHERE active ORDER BY pressing, id LIMIT 50";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("the address of the database");
    let times: usize = arguments.next().expect("how many times").parse().expect("a number");
    let db = Db::connect(&url, Arc::new(SystemClock)).await.expect("the database answers");
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        let rows = db.pool().query_all_raw(Statement::from_string(db.backend(), QUERY)).await.expect("rows");
        took.push(began.elapsed().as_micros());
        assert_eq!(rows.len(), 50, "a full page");
    }
    took.sort_unstable();
    println!("{{\"p50\":{},\"p99\":{}}}", took[times / 2], took[times * 99 / 100]);
}
