//! Whatever the order, reading all pages gives each request once, in the order of one long page.

use std::collections::BTreeSet;

use beffroi_db::{Db, db_test};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::ground::{Ground, works};
use crate::lists::columns::Column;
use crate::lists::criteria::{Criteria, Part};
use crate::lists::order::{Cursor, Key, KeyValue, Order};
use crate::lists::{Queue, Selection, counts, page};

fn orders() -> impl Strategy<Value = Order> {
    let sort = (proptest::sample::select(Key::ALL.to_vec()), any::<bool>());
    proptest::collection::vec(sort, 1..5).prop_map(|sorts| {
        let text: Vec<String> = sorts
            .iter()
            .map(|(key, down)| format!("{}{}", if *down { "-" } else { "" }, key.slug()))
            .collect();
        Order::read(&[("tri".to_owned(), text.join(","))]).0.unwrap()
    })
}

#[db_test]
async fn all_pages_together_are_the_list_in_any_order(db: Db) {
    let ground = Ground::new(db).await;
    let made = ground.requests(137).await.len();
    let everyone = works(&ground.department());
    let mut runner = TestRunner::deterministic();
    for round in 0..60 {
        let order = orders().new_tree(&mut runner).unwrap().current();
        let part = Part::EACH[round % 3];
        let criteria = Criteria { part, ..Criteria::default() };
        let selection = Selection { criteria, order: Some(order.clone()) };
        let whole = page(&ground.desk, &everyone, &selection, &Column::ALL, None, 1_000).await.unwrap();
        assert!(whole.next.is_none());
        let (mut read, mut after) = (Vec::new(), None::<String>);
        loop {
            let part =
                page(&ground.desk, &everyone, &selection, &Column::ALL, after.as_deref(), 9).await.unwrap();
            read.extend(part.rows.into_iter().map(|row| row.reference));
            after = part.next;
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<String> = whole.rows.iter().map(|row| row.reference.clone()).collect();
        assert_eq!(read, expected, "{order:?} {part:?}");
        let distinct: BTreeSet<&String> = read.iter().collect();
        assert_eq!(distinct.len(), read.len(), "{order:?}");
        if part == Part::All {
            assert_eq!(read.len(), made);
        }
    }
}

#[db_test]
async fn the_usual_order_puts_the_most_pressing_first_and_histories_the_latest(db: Db) {
    let ground = Ground::new(db).await;
    ground.requests(90).await;
    let everyone = works(&ground.department());
    let read = async |queue| {
        page(&ground.desk, &everyone, &Selection::of(queue), &Column::ALL, None, 1_000).await.unwrap().rows
    };
    let team = read(Queue::Team).await;
    assert!(team.len() > 20);
    assert!(team.is_sorted_by_key(|row| (!row.urgent, row.next_due.is_none(), row.next_due)));
    let done = read(Queue::Done).await;
    assert!(done.len() > 20 && done.is_sorted_by(|one, other| one.submitted_at >= other.submitted_at));
}

#[db_test]
async fn counters_say_what_the_lists_hold_and_stop_at_ninety_nine(db: Db) {
    let ground = Ground::new(db).await;
    ground.requests(900).await;
    for access in [ground.technician(), ground.department()] {
        let permit = works(&access);
        let selections: Vec<Selection> = Queue::ALL.iter().map(|queue| Selection::of(*queue)).collect();
        let asked: Vec<&Selection> = selections.iter().collect();
        let counted = counts(&ground.desk, &permit, &asked).await.unwrap();
        for ((queue, selection), count) in Queue::ALL.iter().zip(&selections).zip(counted) {
            let held =
                page(&ground.desk, &permit, selection, &Column::ALL, None, 3_000).await.unwrap().rows.len();
            let expected = (*queue != Queue::Done).then_some(held.min(100) as u64);
            assert_eq!(count, expected, "{queue:?}");
        }
    }
}

#[db_test]
async fn a_list_holds_nothing_beyond_reach(db: Db) {
    let ground = Ground::new(db).await;
    let made = ground.requests(200).await;
    let technician = ground.technician();
    let all = Selection { criteria: Criteria { part: Part::All, ..Criteria::default() }, order: None };
    let read = page(&ground.desk, &works(&technician), &all, &Column::ALL, None, 1_000).await.unwrap();
    let within = |one: &crate::reading::Request| {
        let place = ground.schools.iter().position(|school| *school == one.school_id).unwrap();
        one.team_id == ground.teams[0] || place % 2 == 0
    };
    let expected: BTreeSet<String> =
        made.iter().filter(|one| within(one)).map(|one| one.reference.clone()).collect();
    assert!(expected.len() < made.len());
    assert_eq!(read.rows.into_iter().map(|row| row.reference).collect::<BTreeSet<_>>(), expected);
}

proptest! {
    #[test]
    fn a_cursor_survives_its_address(order in orders(), text in "[^\0]{0,40}", number in any::<i64>(), nanos in 0u32..1_000_000_000) {
        let at = chrono::DateTime::from_timestamp(1_790_000_000, nanos).unwrap();
        let value = |key: Key| match key.values() {
            crate::lists::order::Values::Number => KeyValue::Number(number),
            crate::lists::order::Values::Instant => KeyValue::Instant(at),
            crate::lists::order::Values::Text => KeyValue::Text(text.clone()),
        };
        let values = order.sorts().iter().map(|sort| value(sort.key)).collect();
        let cursor = Cursor { values, id: beffroi_kernel::RequestId::new() };
        prop_assert_eq!(Cursor::read(&order, &cursor.text()), Some(cursor));
    }

    #[test]
    fn a_broken_cursor_is_none(order in orders(), text in ".{0,60}") {
        prop_assert_eq!(Cursor::read(&order, &text), None);
    }

    #[test]
    fn an_order_survives_its_address(order in orders()) {
        prop_assert_eq!(Order::read(&order.pairs()).0, Some(order));
    }
}
