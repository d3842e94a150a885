//! The index answers the same on both engines: newest first, within the condition, and no further.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use beffroi_db::{Db, DbError, count_queries, db_test};
use beffroi_search::{
    Breadth, Doc, Expr, Kind, KnownWords, Query, Tier, begin_rebuild, candidates, finish_rebuild, put,
    put_many, put_new, put_new_words, remove,
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

fn doc(number: u128, text: &str) -> Doc {
    let mut doc = Doc::new(Kind::Request, Uuid::from_u128(number));
    doc.head(text);
    doc.common_mark("v_all");
    doc
}

fn tier(expr: Expr, limit: u32) -> Tier {
    let expr = Expr::All(vec![expr, Expr::Common("v_all".into())]);
    Tier { rank: 0, expr, breadth: Breadth::Most, limit, part_of: None }
}

async fn find(db: &Db, text: &str) -> Vec<u128> {
    let answer = candidates(db.read(), &[tier(Query::of(text).all(), 10)], None).await.unwrap();
    answer.hits.iter().map(|hit| hit.subject.as_u128()).collect()
}

#[db_test]
async fn the_newest_bags_come_first_and_changes_are_followed(db: Db) {
    db.write(async |tx| {
        for (number, text) in [(1, "Imprimante en panne"), (2, "Écran cassé"), (3, "Les imprimantes du CDI")]
        {
            put(tx.on(), &doc(number, text)).await?;
        }
        Ok::<_, DbError>(())
    })
    .await
    .unwrap();
    assert_eq!(find(&db, "imprimantes").await, [3, 1]);
    assert_eq!(find(&db, "imprimante panne").await, [1]);

    put(db.read(), &doc(1, "Écran en panne")).await.unwrap();
    remove(db.read(), Kind::Request, Uuid::from_u128(2)).await.unwrap();
    assert_eq!(find(&db, "imprimante").await, [3]);
    assert_eq!(find(&db, "ecran").await, [1]);
    assert!(find(&db, "nowhere").await.is_empty());
}

/// Puts a bag as a request that is sent puts its own.
async fn send(db: &Db, known: &KnownWords, doc: &Doc, kept: bool) -> u32 {
    let sending = db.write(async |tx| {
        let (words, trips) = count_queries(put_new_words(tx.on(), known, doc)).await;
        words?;
        let (bag, text) = put_new(tx.on().get_database_backend(), doc);
        tx.later(|batch| batch.add_both(bag, text));
        if kept { Ok(trips) } else { Err(DbError::Corrupt("given up".into())) }
    });
    sending.await.unwrap_or_default()
}

#[db_test]
async fn a_new_bag_is_found_and_its_words_are_written_once(db: Db) {
    let known = KnownWords::default();
    put(db.read(), &doc(1, "Imprimante bloquée")).await.unwrap();
    send(&db, &known, &doc(2, "Vidéoprojecteur éteint"), false).await;
    assert!(find(&db, "videoprojecteur").await.is_empty());

    // What was given up taught nothing: the word is written by the next one, for corrections.
    assert!(send(&db, &known, &doc(3, "Vidéoprojecteur éteint"), true).await > 0);
    let spelling = Query::of("videoprojecteurr");
    let near = candidates(db.read(), &[], Some(&spelling)).await.unwrap();
    assert!(near.words.contains("videoprojecteur"), "{:?}", near.words);
    send(&db, &known, &doc(4, "Vidéoprojecteur éteint"), true).await;
    assert_eq!(send(&db, &known, &doc(5, "Vidéoprojecteur éteint"), true).await, 0);
    assert_eq!(find(&db, "videoprojecteur").await, [5, 4, 3]);

    // As one that was put: replaced, then taken out.
    put(db.read(), &doc(5, "Imprimante bloquée")).await.unwrap();
    remove(db.read(), Kind::Request, Uuid::from_u128(4)).await.unwrap();
    assert_eq!(find(&db, "videoprojecteur").await, [3]);
    assert_eq!(find(&db, "imprimante").await, [5, 1]);
}

#[db_test]
async fn slices_follow_from_the_newest_to_the_oldest(db: Db) {
    let docs: Vec<Doc> = (1..=40_000_u128)
        .map(|number| {
            let mut doc = doc(number, if number % 9_000 == 5 { "rare commun" } else { "commun" });
            if number == 27_005 {
                doc.mark("p_7");
            } else {
                doc.common_mark("t_even");
            }
            doc
        })
        .collect();
    db.write(async |tx| {
        begin_rebuild(tx.on()).await?;
        put_many(tx.on(), &docs).await?;
        finish_rebuild(tx.on()).await?;
        Ok::<_, DbError>(())
    })
    .await
    .unwrap();
    assert_eq!(find(&db, "rare").await, [36_005, 27_005, 18_005, 9_005, 5]);
    assert_eq!(find(&db, "commun").await, (0..10).map(|rank| 40_000 - rank).collect::<Vec<_>>());
    assert_eq!(find(&db, "rare commun").await.len(), 5);

    for breadth in [Breadth::Few, Breadth::Part, Breadth::Most] {
        let marks = Expr::Any(vec![Expr::Common("t_even".into()), Expr::Mark("p_7".into())]);
        let expr = Expr::All(vec![Query::of("rare").all(), marks]);
        let answer = candidates(db.read(), &[Tier { rank: 0, expr, breadth, limit: 3, part_of: None }], None)
            .await
            .unwrap();
        let found: Vec<u128> = answer.hits.iter().map(|hit| hit.subject.as_u128()).collect();
        assert_eq!(found, [36_005, 27_005, 18_005], "{breadth:?}");
    }

    // A part is looked for once the whole is full: five bags hold « rare », more than seven « commun ».
    for (whole, parts) in [("commun", 5), ("rare", 0)] {
        for breadth in [Breadth::Few, Breadth::Part] {
            let tiers = [
                Tier { breadth, ..tier(Query::of(whole).all(), 7) },
                Tier { rank: 1, part_of: Some(0), breadth, ..tier(Query::of("rare commun").all(), 9) },
            ];
            let answer = candidates(db.read(), &tiers, None).await.unwrap();
            let part = answer.hits.iter().filter(|hit| hit.rank == 1).count();
            assert_eq!(part, parts, "{whole} {breadth:?}");
        }
    }
}

#[db_test]
async fn a_slip_is_looked_up_in_the_same_statement(db: Db) {
    put(db.read(), &doc(1, "Vidéoprojecteur de la salle, imprimante")).await.unwrap();
    let mut query = Query::of("viedoprojecteur");
    let answer = candidates(db.read(), &[tier(query.all(), 10)], Some(&query)).await.unwrap();
    assert!(answer.hits.is_empty());
    query.correct(&answer.words);
    assert_eq!(query.terms[0].near[0].word, "videoprojecteur");
    let answer = candidates(db.read(), &[tier(query.near(), 10)], None).await.unwrap();
    assert_eq!(answer.hits.len(), 1);
}
