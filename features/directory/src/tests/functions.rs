//! Functions, substitutes, reach.

use beffroi_db::{Db, db_test};
use beffroi_kernel::{PersonId, Role};
use chrono::NaiveDate;

use super::{Region, keeping, managing};
use crate::people::{self, PeopleError};
use crate::schools::{self, SchoolError};
use crate::store::sessions;
use crate::{ManageOwnSchool, NameSubstitutes, ReadSchools, holders, rules, substitutes};

async fn may_manage(region: &Region, person: PersonId, days: i64) -> bool {
    let (_, mandates) = sessions::mandates_of(region.db().read(), person).await.unwrap().unwrap();
    let at = region.in_days(days);
    let access =
        beffroi_kernel::Access { person, name: String::new(), functions: rules::held_at(&mandates, at), at };
    access.permit::<ManageOwnSchool>().is_some()
}

async fn heads(region: &Region, days: i64) -> Vec<PersonId> {
    let found = holders(region.db(), region.schools[0], Role::Head, region.in_days(days)).await.unwrap();
    found.into_iter().map(|person| person.id).collect()
}

#[db_test]
async fn a_permit_lasts_as_long_as_its_function(db: Db) {
    let region = Region::new(db).await;
    let head = region.person("Camille", "Delattre").await;
    region.gives(head, Role::Head, 0, 10..20).await;

    for (days, expected) in [(0, false), (9, false), (10, true), (19, true), (20, false), (30, false)] {
        assert_eq!(may_manage(&region, head, days).await, expected, "day {days}");
    }
}

#[db_test]
async fn who_is_head_follows_from_functions(db: Db) {
    let region = Region::new(db).await;
    let (first, second) =
        (region.person("Camille", "Delattre").await, region.person("Noor", "Vasseur").await);
    let function = region.gives(first, Role::Head, 0, -10..9_999).await;
    let too_soon =
        people::give_function(region.db(), &managing(), region.function(second, Role::Head, 0, 5..9_999))
            .await;
    assert!(matches!(too_soon, Err(PeopleError::Invalid(faults)) if faults[0].field == "from"));

    people::end_function(region.db(), &managing(), function, region.in_days(5)).await.unwrap();
    region.gives(second, Role::Head, 0, 5..9_999).await;

    assert_eq!(heads(&region, 4).await, [first]);
    assert_eq!(heads(&region, 5).await, [second]);
    let kinds = region.journal_kinds(&format!("person:{first}")).await;
    assert_eq!(kinds, ["person.created", "function.given", "function.ended"]);
}

#[db_test]
async fn a_head_takes_over_on_the_day_the_former_one_ends(db: Db) {
    let region = Region::new(db).await;
    let (first, second) =
        (region.person("Camille", "Delattre").await, region.person("Noor", "Vasseur").await);
    let function = region.gives(first, Role::Head, 0, -10..9_999).await;
    let now = region.db().now();
    let today = rules::paris_day_start(rules::paris_day(now));
    let typed = || people::NewFunction { from: today, ..region.function(second, Role::Head, 0, 0..9_999) };
    let early = people::give_function(region.db(), &managing(), typed()).await;
    assert!(
        matches!(early, Err(PeopleError::Invalid(faults)) if faults[0].field == "from"),
        "still in office"
    );

    people::end_function(region.db(), &managing(), function, now).await.unwrap();
    people::give_function(region.db(), &managing(), typed()).await.unwrap();

    let school = region.schools[0];
    let heads = async |at| {
        let found = holders(region.db(), school, Role::Head, at).await.unwrap();
        found.into_iter().map(|person| person.id).collect::<Vec<_>>()
    };
    assert_eq!(heads(today).await, [first], "this morning");
    assert_eq!(heads(now).await, [second], "never two at once");
}

#[db_test]
async fn a_substitute_signs_between_two_days_and_stops_with_the_head(db: Db) {
    let region = Region::new(db).await;
    let head = region.person("Camille", "Delattre").await;
    let deputy = region.person("Noor", "Vasseur").await;
    let own = region.gives(head, Role::Head, 0, -10..9_999).await;
    region.gives(deputy, Role::DeputyHead, 0, -10..9_999).await;
    let permit = region.access(head).await.permit::<NameSubstitutes>().unwrap();
    let day = |day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap();

    substitutes::name_substitute(&region.site, &permit, region.schools[0], deputy, (day(12), day(16)))
        .await
        .unwrap();

    // Monday 5 October is day 0.
    assert_eq!(heads(&region, 6).await, [head]);
    assert_eq!(heads(&region, 7).await, [head, deputy]);
    assert_eq!(heads(&region, 11).await, [head, deputy]);
    assert_eq!(heads(&region, 12).await, [head]);
    let flagged = holders(region.db(), region.schools[0], Role::Head, region.in_days(8)).await.unwrap();
    assert_eq!(flagged[1].substitute_for, Some(head));

    people::end_function(region.db(), &managing(), own, region.in_days(9)).await.unwrap();
    assert_eq!(heads(&region, 10).await, []);
}

#[db_test]
async fn only_the_head_in_office_names_someone_of_the_management(db: Db) {
    let region = Region::new(db).await;
    let head = region.person("Camille", "Delattre").await;
    let (deputy, teacher) = (region.person("Noor", "Vasseur").await, region.person("Lou", "Caron").await);
    region.gives(head, Role::Head, 0, -10..9_999).await;
    region.gives(deputy, Role::DeputyHead, 0, -10..9_999).await;
    region.gives(teacher, Role::Teacher, 0, -10..9_999).await;
    let permit = region.access(head).await.permit::<NameSubstitutes>().unwrap();
    let days = |first, last| {
        let day = |day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap();
        (day(first), day(last))
    };
    let name = async |school, person, days| match substitutes::name_substitute(
        &region.site,
        &permit,
        school,
        person,
        days,
    )
    .await
    {
        Ok(_) => "named",
        Err(SchoolError::Invalid(faults)) => faults[0].field,
        Err(SchoolError::NotFound) => "no such school",
        Err(SchoolError::Db(error)) => panic!("{error}"),
    };

    assert_eq!(name(region.schools[0], teacher, days(12, 16)).await, "person");
    assert_eq!(name(region.schools[0], deputy, days(16, 12)).await, "to");
    assert_eq!(name(region.schools[0], deputy, days(1, 12)).await, "from");
    assert_eq!(name(region.schools[1], deputy, days(12, 16)).await, "no such school");
    assert_eq!(name(region.schools[0], deputy, days(5, 16)).await, "named");
    assert_eq!(name(region.schools[0], deputy, days(16, 20)).await, "from");

    // A substitute does not name another.
    let standing = region.access(deputy).await.permit::<NameSubstitutes>();
    if let Some(permit) = standing {
        let again =
            substitutes::name_substitute(&region.site, &permit, region.schools[0], deputy, days(20, 21))
                .await;
        assert!(matches!(again, Err(SchoolError::Invalid(faults)) if faults[0].field == "person"));
    }
}

#[db_test]
async fn another_schools_rows_do_not_exist(db: Db) {
    let region = Region::new(db).await;
    let head = region.person("Camille", "Delattre").await;
    region.gives(head, Role::Head, 0, -1..9_999).await;
    let access = region.access(head).await;
    let (read, manage) =
        (access.permit::<ReadSchools>().unwrap(), access.permit::<ManageOwnSchool>().unwrap());
    let (own, other) = (region.schools[0], region.schools[1]);

    assert_eq!(schools::list(region.db(), read.scope(), "", None).await.unwrap().len(), 1);
    assert!(schools::school(region.db(), read.scope(), own).await.unwrap().is_some());
    assert!(schools::school(region.db(), read.scope(), other).await.unwrap().is_none());
    let day = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    let refused = schools::add_closure(region.db(), &manage, other, (day, day), "pont").await;
    assert!(matches!(refused, Err(SchoolError::NotFound)));
    let set = crate::set_setting(region.db(), &manage, other, "sg-validation", "off").await;
    assert!(matches!(set, Err(SchoolError::NotFound)));
    let id = schools::add_closure(region.db(), &manage, own, (day, day), "pont").await.unwrap();
    assert!(crate::calendar(region.db(), own).await.unwrap().closure_on(day).is_some());
    schools::remove_closure(region.db(), &manage, own, id).await.unwrap();
    assert!(crate::calendar(region.db(), own).await.unwrap().closure_on(day).is_none());
}

#[db_test]
async fn a_technician_reaches_the_territory_of_their_team(db: Db) {
    let region = Region::new(db).await;
    let technician = region.technician("Sacha", "mobile-ouest").await;

    let permit = region.access(technician).await.permit::<ReadSchools>().unwrap();
    let seen = schools::list(region.db(), permit.scope(), "", None).await.unwrap();

    // The départements 62 and 80 are in the west.
    let mut departments: Vec<&str> = seen.iter().map(|school| school.department.as_str()).collect();
    departments.sort_unstable();
    assert_eq!(departments, ["62", "80"]);
    assert_eq!(permit.scope().teams().len(), 1);
}

#[db_test]
async fn a_contract_counts_on_its_days_only(db: Db) {
    let region = Region::new(db).await;
    let provider = crate::organisation::NewTeam {
        slug: "presta".into(),
        name: "Prestataire d’essai".into(),
        kind: "provider".into(),
        territory: None,
        academy: None,
        email: None,
    };
    let more =
        crate::organisation::Organisation { academies: vec![], territories: vec![], teams: vec![provider] };
    crate::organisation::install(region.db(), None, &more).await.unwrap();
    let team = crate::team_by_slug(region.db(), "presta").await.unwrap().unwrap();
    let school = region.schools[0];
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();

    let past = (day(1, 1), Some(day(10, 4)));
    schools::add_contract(region.db(), &keeping(), school, "reseau", team.id, past).await.unwrap();
    assert!(crate::place(region.db(), school).await.unwrap().contracts.is_empty());
    let running = (day(10, 5), None);
    let id =
        schools::add_contract(region.db(), &keeping(), school, "reseau", team.id, running).await.unwrap();
    let expected = vec![("reseau".to_owned(), "presta".to_owned())];
    assert_eq!(crate::place(region.db(), school).await.unwrap().contracts, expected);
    let overlapping =
        schools::add_contract(region.db(), &keeping(), school, "reseau", team.id, running).await;
    assert!(matches!(overlapping, Err(SchoolError::Invalid(_))));
    schools::end_contract(region.db(), &keeping(), school, id, day(10, 5)).await.unwrap();
    assert_eq!(crate::place(region.db(), school).await.unwrap().contracts, expected);
    let all = schools::places(region.db()).await.unwrap();
    assert_eq!(all.iter().filter(|(_, place)| place.contracts == expected).count(), 1);
}

#[db_test]
async fn a_function_ends_now_though_the_clock_moves_meanwhile(db: Db) {
    let region = Region::new(db).await;
    let head = region.person("Camille", "Delattre").await;
    let function = region.gives(head, Role::Head, 0, -10..9_999).await;
    let yesterday = people::end_function(region.db(), &managing(), function, region.in_days(-1)).await;
    assert!(matches!(yesterday, Err(PeopleError::Invalid(faults)) if faults[0].field == "at"));

    let just_before = region.db().now() - chrono::TimeDelta::seconds(1);
    people::end_function(region.db(), &managing(), function, just_before).await.unwrap();

    assert!(heads(&region, 0).await.is_empty());
    assert_eq!(heads(&region, -1).await, [head]);
}
