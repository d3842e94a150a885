//! Properties: anniversaries, and no act valid without a holder of the authority at its instant.

use beffroi_directory::FunctionHeld;
use beffroi_kernel::{ActId, FunctionId, PersonId, Role, SchoolId, TerritoryId};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;

use super::{Delegation, Ground, Refusal, anniversary, end, next_anniversary, place_of, record};
use crate::model::{Act, ActKind, End, EndReason, Made, Method, Signature, State, Who};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

#[test]
fn thirty_anniversaries_of_a_leap_day_fall_on_the_last_of_february() {
    let granted = day(2028, 2, 29);
    for year in 2029..=2058 {
        let leap = NaiveDate::from_ymd_opt(year, 2, 29);
        assert_eq!(anniversary(granted, year), leap.unwrap_or_else(|| day(year, 2, 28)), "{year}");
    }
}

proptest! {
    #[test]
    fn over_thirty_years_each_anniversary_comes_once_a_year(offset in 0_i64..1_500, years in 1_i32..30) {
        let granted = day(2026, 1, 1) + TimeDelta::days(offset);
        let expected = anniversary(granted, granted.year() + years);
        // Whatever the day we ask on, the next one is the first that is after it.
        let before = next_anniversary(granted, expected - TimeDelta::days(1));
        let after = next_anniversary(granted, expected);
        prop_assert_eq!(before, expected);
        prop_assert_eq!(after.year(), expected.year() + 1);
        prop_assert!((after - expected).num_days() >= 365 && (after - expected).num_days() <= 366);
        prop_assert!(expected.month() == granted.month());
    }
}

/// Something that happens in a school.
#[derive(Clone, Debug)]
enum Event {
    /// Hours go by, or the clock jumps back.
    Time(i64),
    /// A function begins now, for so many hours or without end; as a substitute or not.
    Begins {
        who: usize,
        role: Role,
        hours: Option<i64>,
        substitute: bool,
    },
    /// Every function of a person ends now.
    Ends(usize),
    /// A person becomes filter delegate by another act, or stops.
    Delegates(usize),
    Undelegates(usize),
    /// Somebody tries to sign.
    Signs(usize),
    /// Somebody's decision, or a term.
    Over(EndReason),
}

const PEOPLE: usize = 4;
const ROLES: [Role; 4] = [Role::Head, Role::DeputyHead, Role::SecretaryGeneral, Role::Teacher];

fn events() -> impl Strategy<Value = Vec<Event>> {
    let person = 0..PEOPLE;
    let event = prop_oneof![
        (-5_i64..40).prop_map(Event::Time),
        (person.clone(), prop::sample::select(ROLES.to_vec()), prop::option::of(1_i64..60), any::<bool>())
            .prop_map(|(who, role, hours, substitute)| Event::Begins { who, role, hours, substitute }),
        person.clone().prop_map(Event::Ends),
        person.clone().prop_map(Event::Delegates),
        person.clone().prop_map(Event::Undelegates),
        person.prop_map(Event::Signs),
        prop::sample::select(EndReason::ALL.to_vec()).prop_map(Event::Over),
    ];
    prop::collection::vec(event, 1..60)
}

fn ranks() -> impl Strategy<Value = Vec<Vec<Who>>> {
    let who = prop::sample::select(vec![
        Who::Role(Role::Head),
        Who::Role(Role::SecretaryGeneral),
        Who::FilterDelegate,
        Who::Holder,
    ]);
    prop::collection::vec(prop::collection::vec(who, 1..3), 1..4)
}

/// A school told event by event; what happened is kept to be judged by other means than the rules.
struct Story {
    school: SchoolId,
    territory: TerritoryId,
    people: Vec<PersonId>,
    now: DateTime<Utc>,
    functions: Vec<FunctionHeld>,
    delegates: Vec<Delegation>,
    act: Act,
}

impl Story {
    fn new(ranks: Vec<Vec<Who>>, strict_order: bool) -> Self {
        let (school, people) = (SchoolId::new(), (0..PEOPLE).map(|_| PersonId::new()).collect::<Vec<_>>());
        let now = beffroi_db::testing::beginning();
        let signature = |(position, who)| Signature { position, who, made: None };
        let act = Act {
            id: ActId::new(),
            reference: "A2026-000001".into(),
            code: String::new(),
            kind: ActKind::WebExemption,
            school,
            title: String::new(),
            text: String::new(),
            text_sha256: String::new(),
            terms: serde_json::Value::Null,
            holder: Some(people[3]),
            provider: None,
            starts_on: now.date_naive(),
            ends_on: Some(now.date_naive() + TimeDelta::days(20)),
            request: None,
            supersedes: None,
            strict_order,
            region_opens: true,
            state: State::ToSign,
            created_by: None,
            created_at: now,
            signed_at: None,
            in_force_at: None,
            in_force_by: None,
            suspended: None,
            ended: None,
            signatures: (0..).zip(ranks).map(signature).collect(),
        };
        Self {
            school,
            territory: TerritoryId::new(),
            people,
            now,
            functions: Vec::new(),
            delegates: Vec::new(),
            act,
        }
    }

    fn tell(&mut self, event: &Event) {
        match event {
            Event::Time(hours) => self.now += TimeDelta::hours(*hours),
            Event::Begins { who, role, hours, substitute } => self.begins(*who, *role, *hours, *substitute),
            Event::Ends(who) => {
                for held in self.functions.iter_mut().filter(|held| held.person == self.people[*who]) {
                    held.to = Some(held.to.map_or(self.now, |to| to.min(self.now)));
                }
            }
            Event::Delegates(who) => {
                let holder = self.people[*who];
                self.delegates.push(Delegation {
                    act: ActId::new(),
                    reference: "A2026-000009".into(),
                    holder,
                });
            }
            Event::Undelegates(who) => self.delegates.retain(|one| one.holder != self.people[*who]),
            Event::Signs(who) => self.signs(*who),
            Event::Over(reason) => {
                let note = String::new();
                end(&mut self.act, End { reason: *reason, at: self.now, by: None, authority: None, note });
            }
        }
    }

    fn begins(&mut self, who: usize, role: Role, hours: Option<i64>, substitute: bool) {
        let other = (self.people[(who + 1) % PEOPLE], "Autre".to_owned());
        self.functions.push(FunctionHeld {
            id: FunctionId::new(),
            person: self.people[who],
            person_name: format!("Personne {who}"),
            role,
            school: Some((self.school, "Lycée".into())),
            team: None,
            territory: None,
            from: self.now,
            to: hours.map(|hours| self.now + TimeDelta::hours(hours)),
            substitute_for: substitute.then_some(other),
        });
    }

    fn signs(&mut self, who: usize) {
        let person = self.people[who];
        let expected = self.lawful(person);
        let ground = Ground {
            at: self.now,
            school: self.school,
            territory: self.territory,
            teams: &[],
            functions: &self.functions,
            delegations: &self.delegates,
            holder: self.act.holder,
        };
        match place_of(&self.act, person, &ground) {
            Ok((index, authority)) => {
                assert!(
                    self.act.signatures[index].who.iter().any(|who| expected.contains(who)),
                    "{authority:?}"
                );
                assert!(self.act.ends_on.is_none_or(|last| super::paris_day(self.now) <= last));
                let text_sha256 = String::new();
                record(
                    &mut self.act,
                    index,
                    Made { authority, at: self.now, method: Method::Password, text_sha256 },
                );
            }
            Err(Refusal::NoAuthority) => {
                let missing = self.act.signatures.iter().filter(|one| one.made.is_none());
                assert!(
                    !missing.flat_map(|one| &one.who).any(|who| expected.contains(who)),
                    "refused wrongly"
                );
            }
            Err(_) => {}
        }
    }

    /// What a person is at this instant, said as the law says it and not as the code does.
    fn lawful(&self, person: PersonId) -> Vec<Who> {
        let held: Vec<&FunctionHeld> = self
            .functions
            .iter()
            .filter(|held| held.person == person && held.from <= self.now)
            .filter(|held| held.to.is_none_or(|to| self.now < to))
            .collect();
        let mut all: Vec<Who> = held.iter().map(|held| Who::Role(held.role)).collect();
        if !held.is_empty() && self.delegates.iter().any(|one| one.holder == person) {
            all.push(Who::FilterDelegate);
        }
        if !held.is_empty() && self.act.holder == Some(person) {
            all.push(Who::Holder);
        }
        all
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_makes_an_act_valid_without_a_holder_of_the_authority(
        events in events(), ranks in ranks(), strict in any::<bool>(),
    ) {
        let mut story = Story::new(ranks, strict);
        let mut was_over = false;
        for event in &events {
            story.tell(event);
            let act = &story.act;
            // Every signature has a function held, or a delegation, that its source names.
            for made in act.signatures.iter().filter_map(|one| one.made.as_ref()) {
                let function = story.functions.iter().find(|held| made.authority.source == format!("function:{}", held.id));
                prop_assert!(function.is_some() || made.authority.source.starts_with("act:"));
                prop_assert!(function.is_none_or(|held| held.person == made.authority.person && held.from <= made.at));
            }
            // Signed means signed by all, each a different person, in order when it is strict.
            let made: Vec<_> = act.signatures.iter().map(|one| one.made.as_ref()).collect();
            prop_assert!(!act.is_live() || made.iter().all(Option::is_some));
            let mut people: Vec<PersonId> = made.iter().flatten().map(|made| made.authority.person).collect();
            people.sort_unstable();
            prop_assert!(people.windows(2).all(|two| two[0] != two[1]));
            if strict {
                prop_assert!(made.windows(2).all(|two| two[0].is_some() || two[1].is_none()));
            }
            // What is over stays over.
            prop_assert!(!was_over || act.state == State::Ended);
            was_over = act.state == State::Ended;
            prop_assert!(!(was_over && act.holds(story.now)));
        }
    }
}
