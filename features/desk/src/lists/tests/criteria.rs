//! Criteria go to an address and come back; what cannot be read is said; each keeps what it names.

use beffroi_db::{Db, db_test};
use beffroi_kernel::{PersonId, TeamId, TerritoryId};
use beffroi_sheets::{Nature, Word as _};
use chrono::NaiveDate;
use proptest::prelude::*;

use super::ground::{Ground, works};
use crate::lists::columns::Column;
use crate::lists::criteria::{Assignee, Criteria, Due, Part, SHOWN_STATES};
use crate::lists::{Selection, page};
use crate::model::{Channel, State};
use crate::reading::Request;

fn days() -> impl Strategy<Value = Option<NaiveDate>> {
    proptest::option::of(
        (2000i32..2200, 1u32..366).prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day).unwrap()),
    )
}

fn words() -> impl Strategy<Value = String> {
    "\\PC{0,40}".prop_map(|text: String| text.trim().to_owned())
}

prop_compose! {
    fn subjects()(words in words(), school in words(), kind in words(), theme in words()) -> Criteria {
        Criteria { words, school, kind, theme, ..Criteria::default() }
    }
}

prop_compose! {
    fn criteria()(
        base in subjects(),
        part in proptest::sample::select(Part::EACH.to_vec()),
        states in proptest::sample::subsequence(SHOWN_STATES.to_vec(), 0..6),
        teams in 0usize..4,
        assignee in 0u8..4,
        territory in any::<bool>(),
        flags in (any::<bool>(), proptest::option::of(any::<bool>())),
        nature in proptest::option::of(proptest::sample::select(Nature::ALL.to_vec())),
        due in proptest::option::of(proptest::sample::select(Due::EACH.to_vec())),
        channel in proptest::option::of(proptest::sample::select(Channel::ALL.to_vec())),
        dates in (days(), days(), days(), days()),
    ) -> Criteria {
        Criteria {
            part, states, nature, due, channel,
            teams: (0..teams).map(|_| TeamId::new()).collect(),
            assignee: [None, Some(Assignee::Me), Some(Assignee::Nobody), Some(Assignee::Person(PersonId::new()))][usize::from(assignee)],
            territory: territory.then(TerritoryId::new),
            urgent: flags.0,
            goodwill: flags.1,
            due_before: dates.0, sent_from: dates.1, sent_to: dates.2, changed_since: dates.3,
            ..base
        }
    }
}

proptest! {
    #[test]
    fn criteria_survive_their_address(criteria in criteria()) {
        let selection = Selection { criteria, order: None };
        prop_assert_eq!(Selection::of_query(&selection.query()), selection);
    }

    #[test]
    fn no_address_is_too_strange(pairs in proptest::collection::vec((".{0,12}", ".{0,30}"), 0..8)) {
        let (read, _) = Selection::read(&Selection::default(), &pairs);
        prop_assert_eq!(Selection::of_query(&read.query()), read);
    }
}

#[test]
fn a_space_beside_what_is_left_out_is_left_out_too() {
    let long = format!("{} b", "a".repeat(199));
    for (typed, read) in [("panne \u{1}", "panne"), ("\u{7f} panne", "panne"), (long.as_str(), &long[..199])]
    {
        let pairs = [("q".to_owned(), typed.to_owned())];
        assert_eq!(Selection::read(&Selection::default(), &pairs).0.criteria.words, read);
    }
}

#[test]
fn what_cannot_be_read_is_said_and_left_aside() {
    let pairs =
        [("etat", "perdue"), ("equipe", "x"), ("avant", "31/12/2026"), ("tri", "couleur"), ("q", "panne")];
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (selection, faults) = Selection::read(&Selection::default(), &pairs);
    assert_eq!(faults.len(), 4, "{faults:?}");
    assert!(faults[0].contains("État") && faults[0].contains("perdue"), "{faults:?}");
    let expected = Criteria { words: "panne".into(), ..Criteria::default() };
    assert_eq!(selection, Selection { criteria: expected, order: None });
}

/// Every criterion, with what it must keep.
type Case = (&'static str, Criteria, fn(&Ground, &Request) -> bool);

fn of(change: &dyn Fn(&mut Criteria)) -> Criteria {
    let mut criteria = Criteria { part: Part::All, ..Criteria::default() };
    change(&mut criteria);
    criteria
}

fn places(ground: &Ground) -> Vec<Case> {
    vec![
        ("states", of(&|c| c.states = vec![State::Waiting, State::Closed]), |_, one| {
            ["waiting", "closed"].contains(&one.state.as_str())
        }),
        ("running", of(&|c| c.part = Part::Running), |_, one| {
            ["new", "open", "waiting"].contains(&one.state.as_str())
        }),
        ("over", of(&|c| c.part = Part::Over), |_, one| {
            ["resolved", "closed", "merged"].contains(&one.state.as_str())
        }),
        ("teams", of(&|c| c.teams = ground.teams[..2].to_vec()), |ground, one| {
            ground.teams[..2].contains(&one.team_id)
        }),
        ("nobody", of(&|c| c.assignee = Some(Assignee::Nobody)), |_, one| one.assignee_id.is_none()),
        ("person", of(&|c| c.assignee = Some(Assignee::Person(ground.people[3]))), |ground, one| {
            one.assignee_id == Some(ground.people[3])
        }),
        ("territory", of(&|c| c.territory = Some(ground.territories[1])), |ground, one| {
            ground.schools.iter().position(|id| *id == one.school_id).unwrap() % 2 == 1
        }),
        (
            "uai",
            of(&|c| c.school = format!(" {} ", beffroi_kernel::Uai::from_digits(590_002)).to_lowercase()),
            |ground, one| one.school_id == ground.schools[1],
        ),
        ("school", of(&|c| c.school = "Douai".into()), |ground, one| {
            [ground.schools[1], ground.schools[4]].contains(&one.school_id)
        }),
    ]
}

fn subjects_and_dates(ground: &Ground) -> Vec<Case> {
    let today = ground.desk.site.db.now().date_naive();
    vec![
        ("theme", of(&|c| c.theme = "reseau".into()), |_, one| one.theme == "reseau"),
        ("kind", of(&|c| c.kind = "poste-de-travail/panne".into()), |_, _| true),
        ("other kind", of(&|c| c.kind = "poste-de-travail/ajout".into()), |_, _| false),
        ("nature", of(&|c| c.nature = Some(Nature::Help)), |_, _| false),
        ("urgent", of(&|c| c.urgent = true), |_, one| one.urgent),
        ("goodwill", of(&|c| c.goodwill = Some(true)), |_, one| one.goodwill),
        ("late", of(&|c| c.due = Some(Due::Late)), |ground, one| {
            one.next_due.is_some_and(|due| due < ground.desk.site.db.now())
        }),
        (
            "sent",
            of(&|c| {
                (c.sent_from, c.sent_to) =
                    (Some(today - chrono::Days::new(9)), Some(today - chrono::Days::new(3)))
            }),
            |ground, one| {
                let day = one.submitted_at.with_timezone(&chrono_tz::Europe::Paris).date_naive();
                let today = ground.desk.site.db.now().date_naive();
                (today - chrono::Days::new(9)..=today - chrono::Days::new(3)).contains(&day)
            },
        ),
        ("channel", of(&|c| c.channel = Some(Channel::Phone)), |_, _| false),
        ("changed", of(&|c| c.changed_since = Some(today - chrono::Days::new(2))), |ground, one| {
            let today = ground.desk.site.db.now().date_naive();
            one.updated_at.with_timezone(&chrono_tz::Europe::Paris).date_naive()
                >= today - chrono::Days::new(2)
        }),
    ]
}

#[db_test]
async fn each_criterion_keeps_what_it_names(db: Db) {
    let ground = Ground::new(db).await;
    let made = ground.requests(240).await;
    let everyone = works(&ground.department());
    for (name, criteria, keeps) in places(&ground).into_iter().chain(subjects_and_dates(&ground)) {
        let selection = Selection { criteria, order: None };
        let read = page(&ground.desk, &everyone, &selection, &Column::ALL, None, 1_000).await.unwrap();
        let mut read: Vec<String> = read.rows.into_iter().map(|row| row.reference).collect();
        let mut expected: Vec<String> =
            made.iter().filter(|one| keeps(&ground, one)).map(|one| one.reference.clone()).collect();
        read.sort();
        expected.sort();
        assert_eq!(read, expected, "{name}");
    }
}

#[db_test]
async fn what_a_school_has_not_sent_is_in_no_list(db: Db) {
    let ground = Ground::new(db).await;
    ground.requests(30).await;
    ground
        .sql(
            "UPDATE request SET sent_at = NULL, state = 'refused', active = FALSE WHERE state = 'closed'",
            vec![],
        )
        .await;
    ground
        .sql(
            "UPDATE request SET sent_at = NULL, state = 'validation', active = FALSE WHERE state = 'new'",
            vec![],
        )
        .await;
    let everyone = works(&ground.department());
    for part in Part::EACH {
        let selection = Selection { criteria: Criteria { part, ..Criteria::default() }, order: None };
        let read = page(&ground.desk, &everyone, &selection, &Column::ALL, None, 100).await.unwrap();
        assert!(!read.rows.is_empty());
        assert!(read.rows.iter().all(|row| !["refused", "validation"].contains(&row.state.as_str())));
    }
}
