//! The rules of measure, on examples and on anything.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::rules::*;
use crate::model::{Outcome, State};

fn spread(minutes: &[u32], waiting: u32) -> Spread {
    Spread { minutes: minutes.to_vec(), waiting, ..Spread::default() }
}

#[test]
fn a_rank_is_the_smallest_delay_that_reaches_the_share() {
    let ten = spread(&[10, 90, 20, 80, 30, 70, 40, 60, 50, 100], 0);
    assert_eq!((ten.nearest_rank(50), ten.nearest_rank(90)), (Some(50), Some(90)));
    let three = spread(&[7, 5, 6], 0);
    assert_eq!((three.nearest_rank(50), three.nearest_rank(90)), (Some(6), Some(7)));
    assert_eq!(spread(&[4], 0).nearest_rank(90), Some(4));
    assert_eq!(spread(&[], 0).nearest_rank(50), None);
}

#[test]
fn those_that_wait_are_the_slowest() {
    let half = spread(&[10, 20, 30], 3);
    assert_eq!((half.nearest_rank(50), half.nearest_rank(90)), (Some(30), None));
    assert_eq!(spread(&[10], 2).nearest_rank(50), None, "leaving requests open never looks fast");
}

proptest! {
    #[test]
    fn ranks_are_ordered_bounded_and_blind_to_order(
        (minutes, shuffled) in prop::collection::vec(0u32..20_000, 1..80)
            .prop_flat_map(|minutes| (Just(minutes.clone()), Just(minutes).prop_shuffle())),
        waiting in 0u32..20,
        percent in 1u32..=100,
    ) {
        let (one, other) = (spread(&minutes, waiting), spread(&shuffled, waiting));
        prop_assert_eq!(one.nearest_rank(percent), other.nearest_rank(percent));
        if let Some(rank) = one.nearest_rank(percent) {
            prop_assert!(minutes.contains(&rank), "a delay that somebody waited");
            let total = minutes.len() as u64 + u64::from(waiting);
            let within = minutes.iter().filter(|minutes| **minutes <= rank).count() as u64;
            prop_assert!(within * 100 >= total * u64::from(percent), "the share is reached");
            let before = minutes.iter().filter(|minutes| **minutes < rank).count() as u64;
            prop_assert!(before * 100 < total * u64::from(percent), "and not earlier");
        }
        if let (Some(half), Some(nine)) = (one.nearest_rank(50), one.nearest_rank(90)) {
            prop_assert!(half <= nine);
        }
        let none_waits = spread(&minutes, 0);
        prop_assert!(none_waits.nearest_rank(50) <= one.nearest_rank(50).or(Some(u32::MAX)));
    }

    #[test]
    fn a_share_is_a_percentage_that_never_hides_an_exception(total in 0i32..3_000, kept in 0i32..3_000) {
        let kept = kept.min(total);
        match share(kept, total) {
            None => prop_assert!(total < FEWEST),
            Some(percent) => {
                prop_assert!(percent <= 100);
                prop_assert_eq!(percent == 100, kept == total);
                prop_assert_eq!(percent == 0, kept == 0);
            }
        }
    }

    #[test]
    fn opinions_are_multiples_of_five(low in 0i32..40, middle in 0i32..40, high in 0i32..40) {
        match opinions([low, middle, high]) {
            None => prop_assert!(low + middle + high < FEWEST),
            Some(shown) => for (shown, exact) in shown.iter().zip([low, middle, high]) {
                prop_assert!(shown % 5 == 0 && (i64::from(*shown) - i64::from(exact)).abs() <= 2);
            }
        }
    }
}

fn at(hours: i64) -> Option<chrono::DateTime<chrono::Utc>> {
    Some(beffroi_db::testing::beginning() + TimeDelta::hours(hours))
}

fn facts(state: State, answer: Reached, solution: Reached) -> Facts {
    let outcome = solution.at.map(|_| Outcome::Done);
    Facts { state: Some(state), outcome, answer, solution, ..Facts::default() }
}

fn reached(at_hour: i64, due: i64, minutes: i32) -> Reached {
    Reached { at: at(at_hour), due: at(due), minutes: Some(minutes) }
}

fn awaited(due: i64) -> Reached {
    Reached { due: at(due), ..Reached::default() }
}

#[test]
fn a_cell_counts_what_was_kept_broken_or_still_open() {
    let now = at(48).unwrap();
    let mut cell = Cell::default();
    cell.add(&facts(State::Closed, reached(1, 4, 60), reached(2, 30, 120)), now);
    cell.add(&facts(State::Resolved, reached(5, 4, 300), reached(40, 30, 900)), now);
    cell.add(&facts(State::Open, reached(4, 4, 240), awaited(30)), now);
    cell.add(&facts(State::New, awaited(72), awaited(90)), now);
    cell.add(&facts(State::Waiting, awaited(4), awaited(30)), now);
    assert_eq!((cell.sent, cell.otherwise), (5, 0));
    let (answer, solution) = (&cell.answer, &cell.solution);
    assert_eq!((answer.minutes.len(), answer.waiting, answer.kept, answer.judged), (3, 2, 2, 3));
    // One in time, one late, one late and still open; the clock of the fifth stands still.
    assert_eq!((solution.minutes.len(), solution.waiting, solution.kept, solution.judged), (2, 3, 1, 3));
}

#[test]
fn what_ends_without_a_solution_is_counted_apart() {
    let now = at(48).unwrap();
    let mut cell = Cell::default();
    for outcome in [Outcome::Impossible, Outcome::Refused, Outcome::Withdrawn, Outcome::NoAnswer] {
        let ended = facts(State::Closed, reached(1, 4, 60), reached(2, 30, 120));
        cell.add(&Facts { outcome: Some(outcome), ..ended }, now);
    }
    cell.add(&facts(State::Merged, awaited(4), awaited(30)), now);
    assert_eq!((cell.otherwise, cell.solution.minutes.len(), cell.solution.waiting), (5, 0, 0));
    assert_eq!((cell.answer.minutes.len(), cell.answer.waiting), (4, 0));

    let degraded = facts(State::Closed, reached(1, 4, 60), reached(2, 30, 120));
    cell.add(&Facts { outcome: Some(Outcome::Degraded), ..degraded }, now);
    assert_eq!(cell.solution.minutes, [120]);
}

#[test]
fn a_goodwill_request_counts_in_volumes_only() {
    let mut cell = Cell::default();
    let asked = facts(State::Closed, reached(1, 4, 60), reached(2, 30, 120));
    let goodwill = Facts { goodwill: true, reopened: 2, satisfaction: Some(3), ..asked };
    cell.add(&goodwill, at(48).unwrap());
    assert_eq!((cell.sent, cell.goodwill, cell.reopened, cell.rated), (1, 1, 1, [0, 0, 1]));
    assert_eq!((&cell.answer, &cell.solution), (&Spread::default(), &Spread::default()));
}

#[test]
fn merging_cells_is_counting_together() {
    let now = at(48).unwrap();
    let requests = [
        facts(State::Closed, reached(1, 4, 60), reached(2, 30, 120)),
        facts(State::Open, reached(5, 4, 300), awaited(30)),
        facts(State::New, awaited(4), awaited(30)),
    ];
    let mut together = Cell::default();
    let mut merged = Cell::default();
    for request in &requests {
        together.add(request, now);
        let mut alone = Cell::default();
        alone.add(request, now);
        merged.merge(&alone);
    }
    assert_eq!(together, merged);
}

#[test]
fn few_requests_are_not_published_and_neither_is_what_nobody_knows() {
    assert_eq!(Shown::of(4, Some(60)), Shown::TooFew);
    assert_eq!(Shown::of(5, Some(60)), Shown::Minutes(60));
    assert_eq!(Shown::of(5, None), Shown::NotYet);
    assert_eq!(
        (share(4, 4), share(5, 5), share(299, 300), share(1, 300)),
        (None, Some(100), Some(99), Some(1))
    );
    assert_eq!(opinions([1, 0, 3]), None);
    assert_eq!(opinions([1, 2, 3]), Some([0, 0, 5]));
}
