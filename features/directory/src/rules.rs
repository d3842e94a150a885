//! Pure decisions: when a function holds, where it may be held, how long a door stays closed,
//! where one may be sent after signing in.

use beffroi_kernel::{Function, PersonId, Role, SchoolId, TeamId, TerritoryId};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Paris;

/// Wrong passwords allowed before the door closes.
pub(crate) const FREE_FAILURES: i32 = 5;
/// Failures older than this are forgotten.
pub(crate) const FAILURES_KEPT: TimeDelta = TimeDelta::hours(24);
/// A session not used for so long is over.
pub(crate) const SESSION_IDLE: TimeDelta = TimeDelta::hours(12);
/// A session is over after so long, used or not.
pub(crate) const SESSION_LIFE: TimeDelta = TimeDelta::days(7);
/// The link to a new password works for so long.
pub(crate) const RESET_LIFE: TimeDelta = TimeDelta::hours(1);

/// A function as stored, whatever the instant.
#[derive(Clone, Debug)]
pub(crate) struct Mandate {
    pub role: Role,
    pub school: Option<SchoolId>,
    pub team: Option<TeamId>,
    pub territory: Option<TerritoryId>,
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
    pub substitute_for: Option<PersonId>,
}

/// Whether what runs from `from` up to `to`, excluded, holds at `at`.
#[must_use]
pub(crate) fn is_held(from: DateTime<Utc>, to: Option<DateTime<Utc>>, at: DateTime<Utc>) -> bool {
    from <= at && to.is_none_or(|to| at < to)
}

/// Whether two periods share an instant.
#[must_use]
pub(crate) fn overlap(
    (from, to): (DateTime<Utc>, Option<DateTime<Utc>>),
    (other_from, other_to): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> bool {
    let empty = |from, to: Option<DateTime<Utc>>| to.is_some_and(|to| to <= from);
    !empty(from, to)
        && !empty(other_from, other_to)
        && to.is_none_or(|to| other_from < to)
        && other_to.is_none_or(|to| from < to)
}

/// The functions held at `at`.
#[must_use]
pub(crate) fn held_at(mandates: &[Mandate], at: DateTime<Utc>) -> Vec<Function> {
    let held = mandates.iter().filter(|mandate| is_held(mandate.from, mandate.to, at));
    held.map(|mandate| Function {
        role: mandate.role,
        school: mandate.school,
        team: mandate.team,
        territory: mandate.territory,
        since: mandate.from,
        substitute_for: mandate.substitute_for,
    })
    .collect()
}

/// Where a role is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// In a school.
    School,
    /// In a team, which may have a territory.
    Team,
    /// In the Region as a whole; a team may be named.
    Region,
}

/// Where this role is held.
#[must_use]
pub(crate) fn placement(role: Role) -> Placement {
    match role {
        role if role.is_school() => Placement::School,
        Role::DepartmentHead | Role::RegionAdmin | Role::DataProtectionOfficer => Placement::Region,
        _ => Placement::Team,
    }
}

/// How long the door stays closed after so many failures in a row: nothing before the fifth, then
/// one minute, doubled each time up to an hour.
#[must_use]
pub(crate) fn lock_after(failures: i32) -> Option<TimeDelta> {
    let beyond = failures.checked_sub(FREE_FAILURES).filter(|beyond| *beyond >= 0)?;
    Some(TimeDelta::minutes((1_i64 << beyond.min(6)).min(60)))
}

/// A path of this site, or nothing: never another site's address.
#[must_use]
pub fn local_path(text: &str) -> Option<&str> {
    let local = text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\");
    (local && !text.chars().any(|c| c.is_control() || c == '\\')).then_some(text)
}

/// The first instant of a day in Paris.
#[must_use]
pub fn paris_day_start(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    // Clocks change at two or three in the morning: midnight always exists, once.
    Paris
        .from_local_datetime(&midnight)
        .earliest()
        .map_or_else(|| midnight.and_utc(), |instant| instant.to_utc())
}

/// The instant at which a day ends in Paris, excluded.
#[must_use]
pub fn paris_day_end(day: NaiveDate) -> DateTime<Utc> {
    paris_day_start(day.checked_add_days(Days::new(1)).unwrap_or(day))
}

/// The day it is in Paris.
#[must_use]
pub(crate) fn paris_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Paris).date_naive()
}

/// What a person typed to sign in, without what does not matter.
#[must_use]
pub(crate) fn login_key(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// A login made of a name: `prenom.nom`.
#[must_use]
pub(crate) fn login_of(given_name: &str, family_name: &str) -> String {
    let part = |text: &str| -> String {
        let key = beffroi_sheets::slug_search_key(text);
        let words: Vec<&str> =
            key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        words.join("-")
    };
    format!("{}.{}", part(given_name), part(family_name))
}

/// The words of a search, comparable with a search key.
#[must_use]
pub(crate) fn search_words(text: &str) -> Vec<String> {
    let key = beffroi_sheets::slug_search_key(text);
    let words = key.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '.' && c != '@');
    words.filter(|word| !word.is_empty()).take(6).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use beffroi_kernel::Access;
    use proptest::prelude::*;

    #[test]
    fn only_a_path_of_this_site_is_followed() {
        for good in ["/", "/compte", "/demandes/2026-00042?page=2"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in
            ["", "compte", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/a\\b"]
        {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_door_closes_at_the_fifth_failure_and_longer_each_time() {
        let minutes: Vec<Option<i64>> =
            (3..13).map(|failures| lock_after(failures).map(|delay| delay.num_minutes())).collect();
        let expected =
            [None, None, Some(1), Some(2), Some(4), Some(8), Some(16), Some(32), Some(60), Some(60)];
        assert_eq!(minutes, expected);
    }

    #[test]
    fn a_day_in_paris_has_twenty_three_hours_in_march() {
        let day = NaiveDate::from_ymd_opt(2027, 3, 28).unwrap();
        assert_eq!((paris_day_end(day) - paris_day_start(day)).num_hours(), 23);
    }

    #[test]
    fn a_login_is_made_of_the_name() {
        assert_eq!(login_of("Éloïse", "d’Hérin Le Goff"), "eloise.d-herin-le-goff");
    }

    beffroi_kernel::actions! {
        /// Anything a school role may do.
        Anything { Head => School, Teacher => School, Technician => Team, RegionAdmin => Region }
    }

    fn instant(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn mandates() -> impl Strategy<Value = Vec<Mandate>> {
        let role = prop::sample::select(vec![Role::Head, Role::Teacher, Role::Technician, Role::RegionAdmin]);
        let one = (role, 0_i64..100, prop::option::of(0_i64..100)).prop_map(|(role, from, length)| Mandate {
            role,
            school: role.is_school().then(SchoolId::new),
            team: (role == Role::Technician).then(TeamId::new),
            territory: None,
            from: instant(from),
            to: length.map(|length| instant(from + length)),
            substitute_for: None,
        });
        prop::collection::vec(one, 0..8)
    }

    proptest! {
        #[test]
        fn no_sequence_of_functions_gives_a_permit_outside_its_dates(mandates in mandates(), hour in -10_i64..220) {
            let at = instant(hour);
            let access = Access { person: PersonId::new(), name: String::new(), functions: held_at(&mandates, at), at };
            let live: Vec<&Mandate> =
                mandates.iter().filter(|m| m.from <= at && m.to.is_none_or(|to| to > at)).collect();

            match access.permit::<Anything>() {
                None => prop_assert!(live.is_empty()),
                Some(permit) => {
                    let schools: Vec<_> = live.iter().filter_map(|m| m.school).collect();
                    prop_assert!(permit.scope().schools().iter().all(|school| schools.contains(school)));
                    prop_assert_eq!(permit.scope().schools().len(), schools.len());
                    let region = live.iter().any(|m| m.role == Role::RegionAdmin);
                    prop_assert_eq!(permit.scope().is_everything(), region);
                    prop_assert!(permit.roles().iter().all(|role| live.iter().any(|m| m.role == *role)));
                }
            }
        }

        #[test]
        fn two_periods_overlap_when_an_instant_is_in_both(a in 0_i64..30, b in prop::option::of(0_i64..40), c in 0_i64..30, d in prop::option::of(0_i64..40)) {
            let (one, other) = ((instant(a), b.map(instant)), (instant(c), d.map(instant)));
            let shared = (0..100).map(instant).any(|at| is_held(one.0, one.1, at) && is_held(other.0, other.1, at));
            prop_assert_eq!(overlap(one, other), shared);
        }
    }
}
