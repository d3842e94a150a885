//! Changes sent together: all or none, one round trip, values at their places.
#![allow(missing_docs, clippy::unwrap_used)]

use beffroi_db::{Batch, Db, DbError, count_queries, db_test, sql};
use sea_orm::FromQueryResult;
use sea_orm::sea_query::Query;

#[derive(Debug, PartialEq, FromQueryResult)]
struct Counter {
    year: i32,
    last: i32,
}

async fn counters(db: &Db) -> Vec<Counter> {
    sql::all(db.read(), "SELECT year, last FROM request_counter ORDER BY year", Vec::new()).await.unwrap()
}

fn row(batch: &mut Batch, year: i32, last: i32) {
    let mut rows = Query::insert();
    rows.into_table("request_counter").columns(["year", "last"]).values_panic([year.into(), last.into()]);
    batch.insert(&rows);
}

async fn sent(db: &Db, fill: impl Fn(&mut Batch) + Clone) -> Result<(), DbError> {
    db.write(async |tx| {
        let mut batch = Batch::default();
        fill(&mut batch);
        batch.send(tx.on()).await
    })
    .await
}

#[db_test]
async fn changes_leave_together(db: Db) {
    let fill = |batch: &mut Batch| {
        row(batch, 1901, 1);
        row(batch, 1902, 2);
        batch.add(
            "INSERT INTO request_counter (year, last) VALUES ($1, $2), ($3, $2)",
            vec![1903.into(), 3.into(), 1904.into()],
        );
    };
    let (outcome, trips) = count_queries(sent(&db, fill)).await;
    outcome.unwrap();
    assert_eq!(trips, 1);
    let pairs: Vec<(i32, i32)> = counters(&db).await.iter().map(|one| (one.year, one.last)).collect();
    assert_eq!(pairs, [(1901, 1), (1902, 2), (1903, 3), (1904, 3)]);
}

#[db_test]
async fn one_that_is_refused_takes_the_others_with_it(db: Db) {
    sent(&db, |batch| row(batch, 1901, 1)).await.unwrap();
    let outcome = sent(&db, |batch| {
        row(batch, 1905, 5);
        row(batch, 1901, 6);
    });
    assert!(outcome.await.is_err());
    assert_eq!(counters(&db).await, [Counter { year: 1901, last: 1 }]);
}

#[db_test]
async fn more_values_than_one_statement_binds_go_in_several(db: Db) {
    let fill = |batch: &mut Batch| (0..20_000).for_each(|year| row(batch, year, 1));
    let (outcome, trips) = count_queries(sent(&db, fill)).await;
    outcome.unwrap();
    assert_eq!((trips, counters(&db).await.len()), (2, 20_000));
}

#[db_test]
async fn nothing_to_send_sends_nothing(db: Db) {
    assert_eq!(count_queries(sent(&db, |_| ())).await.1, 0);
}
