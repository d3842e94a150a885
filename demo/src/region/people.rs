//! A quarter of a million people: the staff and pupils of each lycée, the agents of each team, with
//! functions from a date to a date. Only the accounts of the small demo have a password. (T8)

use std::collections::HashMap;

use beffroi_directory::Team;
use beffroi_kernel::{PersonId, Role, SchoolId, TeamId};
use beffroi_sheets::slug_search_key;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::bulk::{Batch, Bulk};
use super::ids::Ids;
use super::names::Names;
use super::ruler::instant;
use super::schools::Lycee;
use super::{Progress, Size, Span};
use crate::DemoError;
use crate::people::Cast;

/// Schools written together.
const TOGETHER: usize = 30;
/// Pupils remembered in each school, to write requests.
const KNOWN_PUPILS: usize = 16;

/// Someone, in one function.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) person: PersonId,
    pub(crate) name: String,
    pub(crate) role: Role,
    /// From this second…
    pub(crate) from: i64,
    /// … up to this one, excluded.
    pub(crate) to: i64,
}

impl Member {
    /// Whether the function is held at that second.
    pub(crate) fn holds(&self, at: i64) -> bool {
        self.from <= at && at < self.to
    }
}

/// Who may ask, decide and work.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    /// People of each lycée, in its order.
    pub(crate) lycees: Vec<Vec<Member>>,
    /// People of each team, in its order.
    pub(crate) teams: Vec<Vec<Member>>,
    /// How many people there are.
    pub(crate) count: usize,
}

struct Maker<'a> {
    names: Names,
    logins: HashMap<String, u32>,
    ids: Ids,
    dice: &'a mut StdRng,
    span: &'a Span,
    people: Batch,
    functions: Batch,
    count: usize,
}

/// Where a function is held.
#[derive(Clone, Copy)]
enum Place {
    School(SchoolId),
    Team(TeamId),
    Region,
}

/// Writes everybody; those of the small demo are already there.
///
/// # Errors
/// When the database refuses a row.
pub(crate) async fn create(
    bulk: &mut Bulk,
    (lycees, teams): (&[Lycee], &[Team]),
    (cast, names): (&Cast, &HashMap<PersonId, String>),
    (size, span): (&Size, &Span),
    dice: &mut StdRng,
    progress: &impl Progress,
) -> Result<Crowd, DemoError> {
    let mut maker = Maker::new(dice, span, size.seed);
    let mut crowd = Crowd { count: cast.school.len() + cast.agents.len(), ..Crowd::default() };
    crowd.teams = teams.iter().map(|team| maker.team(team, cast, names, size.people >= 20_000)).collect();
    let pupils: u64 = lycees.iter().map(|lycee| u64::from(lycee.pupils)).sum();
    let left = size.people.saturating_sub(maker.count + crowd.count) as u64;
    crowd.lycees = vec![Vec::new(); lycees.len()];
    for (position, lycee) in lycees.iter().enumerate() {
        let quota = usize::try_from(left * u64::from(lycee.pupils) / pupils.max(1)).unwrap_or(0);
        let known = cast.school.iter().filter(|(school, ..)| *school == lycee.id);
        let known: Vec<Member> = known.map(|(_, role, person)| span.known(*person, *role, names)).collect();
        let next = (position + 1) % lycees.len();
        let shared = maker.lycee(lycee, lycees[next].id, known, quota, &mut crowd.lycees[position]);
        crowd.lycees[next].extend(shared);
        if position % TOGETHER == TOGETHER - 1 {
            bulk.write(maker.take()).await?;
        }
        progress.at("Personnes", maker.count as u64, size.people as u64);
    }
    bulk.write(maker.take()).await?;
    crowd.count += maker.count;
    Ok(crowd)
}

impl<'a> Maker<'a> {
    fn new(dice: &'a mut StdRng, span: &'a Span, seed: u64) -> Self {
        let (people, functions) = Self::empty();
        let (names, logins, ids) = (Names::new(), HashMap::new(), Ids::new(seed ^ 0x9e0));
        Self { names, logins, ids, dice, span, people, functions, count: 0 }
    }

    fn empty() -> (Batch, Batch) {
        let person = ["id", "given_name", "family_name", "email", "login", "must_change_password"];
        let person = [&person[..], &["search_key", "created_at"]].concat();
        let function = ["id", "person_id", "role", "school_id", "team_id", "from_at", "to_at", "source"];
        (Batch::new("person", &person), Batch::new("function_held", &function))
    }

    fn take(&mut self) -> Vec<Batch> {
        let (people, functions) = Self::empty();
        vec![std::mem::replace(&mut self.people, people), std::mem::replace(&mut self.functions, functions)]
    }

    /// Someone new, in a function.
    fn person(&mut self, role: Role, place: Place, (from, to): (i64, i64)) -> Member {
        self.count += 1;
        let given = self.names.given.choose(self.dice).copied().unwrap_or_default();
        let family = self.names.family.choose(self.dice).cloned().unwrap_or_default();
        let mut login = slug_search_key(&format!("{given}.{family}"));
        let before = self.logins.entry(login.clone()).or_default();
        *before += 1;
        if *before > 1 {
            login.push_str(&before.to_string());
        }
        let house = if role == Role::Pupil { "eleves.beffroi" } else { "beffroi" };
        let email = format!("{login}@{house}.invalid");
        let person = PersonId(self.ids.at(from));
        let search_key = slug_search_key(&format!("{family} {given} {login} {email}"));
        let name = format!("{given} {family}");
        self.people.row([
            person.0.into(),
            given.into(),
            family.into(),
            email.into(),
            login.into(),
            true.into(),
            search_key.into(),
            instant(from).into(),
        ]);
        let member = Member { person, name, role, from, to };
        self.function(&member, place);
        member
    }

    fn function(&mut self, member: &Member, place: Place) {
        let (school, team) = match place {
            Place::School(id) => (Some(id.0), None),
            Place::Team(id) => (None, Some(id.0)),
            Place::Region => (None, None),
        };
        let end: Option<DateTime<Utc>> = (member.to < i64::MAX).then(|| instant(member.to));
        let values = [
            self.ids.at(member.from).into(),
            member.person.0.into(),
            member.role.slug().into(),
            school.into(),
            team.into(),
            instant(member.from).into(),
            end.into(),
            "region".into(),
        ];
        self.functions.row(values);
    }

    /// A first of September within the years told, or before them.
    fn arrival(&mut self) -> i64 {
        let before = self.dice.random_range(0..100u32) < 60;
        let years = self.span.years.clone();
        let year =
            if before { years.start() - self.dice.random_range(0..8) } else { self.dice.random_range(years) };
        self.span.september(year)
    }

    /// Two holders in turn, or one for long: at each instant there is exactly one.
    fn in_turn(&mut self, role: Role, school: SchoolId, into: &mut Vec<Member>) {
        let long_ago = self.span.september(*self.span.years.start() - self.dice.random_range(0..6));
        let place = Place::School(school);
        if self.dice.random_range(0..100u32) < 35 && self.span.years.clone().count() > 1 {
            let change = self
                .span
                .september(self.dice.random_range(self.span.years.clone()).max(self.span.years.start() + 1));
            into.push(self.person(role, place, (long_ago, change)));
            into.push(self.person(role, place, (change, i64::MAX)));
        } else {
            into.push(self.person(role, place, (long_ago, i64::MAX)));
        }
    }

    /// The people of one lycée; returns those who also work in the next one.
    fn lycee(
        &mut self,
        lycee: &Lycee,
        next: SchoolId,
        known: Vec<Member>,
        quota: usize,
        into: &mut Vec<Member>,
    ) -> Vec<Member> {
        let place = Place::School(lycee.id);
        let end = self.count + quota.saturating_sub(known.len());
        if known.is_empty() {
            for role in [Role::Head, Role::SecretaryGeneral, Role::DeputyHead] {
                self.in_turn(role, lycee.id, into);
            }
            if lycee.kind != "LGT" {
                self.in_turn(Role::WorkshopDirector, lycee.id, into);
            }
            self.in_turn(Role::IctCoordinator, lycee.id, into);
        }
        into.extend(known);
        let share = |percent: usize| (quota * percent).div_ceil(1_000).max(1);
        let staff = [
            (Role::IctCoordinator, quota / 600),
            (Role::DeputyHead, quota / 1_100),
            (Role::Teacher, share(90)),
            (Role::SchoolStaff, share(13)),
            (Role::SchoolAgent, share(10)),
        ];
        let mut shared = Vec::new();
        for (role, count) in staff {
            for rank in 0..count {
                let gone = self.dice.random_range(0..100u32) < 7 && rank > 0;
                let from = if rank == 0 {
                    self.span.september(*self.span.years.start() - 2)
                } else {
                    self.arrival()
                };
                let to = if gone { self.departure(from) } else { i64::MAX };
                let member = self.person(role, place, (from, to));
                if role == Role::Teacher && to == i64::MAX && self.dice.random_range(0..100u32) < 3 {
                    self.function(&member, Place::School(next));
                    shared.push(member.clone());
                }
                into.push(member);
            }
        }
        self.pupils(place, end, into);
        shared
    }

    /// The first of September of some year after `from`, not to come.
    fn departure(&mut self, from: i64) -> i64 {
        let last = *self.span.years.end();
        let first = instant(from).year() + 1;
        if first >= last { i64::MAX } else { self.span.september(self.dice.random_range(first..=last)) }
    }

    fn pupils(&mut self, place: Place, end: usize, into: &mut Vec<Member>) {
        let (first, last) = (*self.span.years.start(), *self.span.years.end());
        let mut known = 0;
        while self.count < end {
            let former = self.dice.random_range(0..100u32) < 6;
            let (from, to) = if former {
                let year = self.dice.random_range(first - 2..=last - 2);
                (self.span.september(year), self.span.september((year + 3).min(last)) - 55 * 86_400)
            } else {
                (self.span.september(last - self.dice.random_range(0..3)), i64::MAX)
            };
            let member = self.person(Role::Pupil, place, (from, to));
            if former || known < KNOWN_PUPILS {
                known += usize::from(!former);
                into.push(member);
            }
        }
    }

    /// The agents of a team: those of the small demo, then as many as its kind calls for.
    fn team(
        &mut self,
        team: &Team,
        cast: &Cast,
        names: &HashMap<PersonId, String>,
        full: bool,
    ) -> Vec<Member> {
        use beffroi_directory::TeamKind::{
            Academy, CentralService, MobileTeam, OperationsService, Provider, Security, Works,
        };
        let (role, count) = match team.kind {
            MobileTeam => (Role::Technician, 20),
            OperationsService => (Role::Technician, 12),
            CentralService => (Role::Technician, 18),
            Works => (Role::WorksAgent, 10),
            Academy => (Role::AcademyAgent, 10),
            Security => (Role::SecurityOfficer, 5),
            Provider => (Role::ProviderAgent, 5),
        };
        let known = cast.agents.iter().filter(|(id, _)| *id == team.id);
        let mut members: Vec<Member> =
            known.map(|(_, person)| self.span.known(*person, role, names)).collect();
        for rank in 0..if full { count } else { 2 } {
            let from =
                if rank < 2 { self.span.september(*self.span.years.start() - 3) } else { self.arrival() };
            let gone = rank > 2 && self.dice.random_range(0..100u32) < 8;
            let to = if gone { self.departure(from) } else { i64::MAX };
            members.push(self.person(role, Place::Team(team.id), (from, to)));
        }
        if full && matches!(team.kind, OperationsService | CentralService) {
            for _ in 0..2 {
                let from = self.arrival();
                self.person(Role::ServiceManager, Place::Team(team.id), (from, i64::MAX));
            }
        }
        if full && team.kind == CentralService {
            for role in [Role::DepartmentHead, Role::RegionAdmin, Role::DataProtectionOfficer] {
                let from = self.arrival();
                self.person(role, Place::Region, (from, i64::MAX));
            }
        }
        members
    }
}

impl Span {
    /// Midnight in Paris, the first of September of that year.
    pub(crate) fn september(&self, year: i32) -> i64 {
        let day = NaiveDate::from_ymd_opt(year, 8, 31).unwrap_or_default();
        beffroi_calendar::end_of_day(day).timestamp() + 1
    }

    /// Someone of the small demo: pupils since the last first of September, the others since long ago.
    fn known(&self, person: PersonId, role: Role, names: &HashMap<PersonId, String>) -> Member {
        let name = names.get(&person).cloned().unwrap_or_default();
        let from = if role == Role::Pupil { self.pupils_since() } else { self.long_ago() };
        Member { person, name, role, from, to: i64::MAX }
    }

    /// Since when the people of the small demo hold their functions.
    pub(crate) fn long_ago(&self) -> i64 {
        self.september(*self.years.start() - 1)
    }

    /// Since when its pupils do.
    pub(crate) fn pupils_since(&self) -> i64 {
        self.september(*self.years.end())
    }
}
