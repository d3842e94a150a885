//! Table T3 written a second time, as sentences, and every combination of facts held against it.

use beffroi_kernel::PersonId;
use beffroi_sheets::{
    Answer, Answers, CatalogueFiles, Field, FieldKind, RequestType, Word, check_catalogue_under,
};
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn staff(role: Role) -> Holder {
    Holder { roles: vec![role], named_account: true }
}

/// The least that each kind asks, and nothing more.
fn lawful(kind: ActKind) -> Facts {
    let head =
        Facts { signer: Some(Who::Role(Role::Head)), starts: Some(day("2026-10-05")), ..Facts::default() };
    let ends = Some(day("2026-12-18"));
    match kind {
        ActKind::WorkstationRights => Facts {
            signer: Some(Who::Holder),
            holders: vec![staff(Role::IctCoordinator)],
            scope: true,
            acknowledged: true,
            ..head
        },
        ActKind::AdminRights => Facts {
            holders: vec![staff(Role::Teacher)],
            scope: true,
            motive: Some("continuite".into()),
            acknowledged: true,
            ..head
        },
        ActKind::FilterDelegation => Facts { holders: vec![staff(Role::DeputyHead)], ..head },
        ActKind::AccountDelegation => Facts {
            holders: vec![staff(Role::SchoolStaff), staff(Role::SchoolAgent)],
            acknowledged: true,
            ..head
        },
        ActKind::ToolRights => {
            Facts { holders: vec![staff(Role::IctCoordinator)], ends, scope: true, ..head }
        }
        ActKind::ProviderAccess => {
            Facts { provider: true, ends, scope: true, study_favourable: true, ..head }
        }
        ActKind::WebExemption => Facts { ends, url: true, direction: true, ..head },
        ActKind::SoftwareList => {
            Facts { signer: Some(Who::Role(Role::Teacher)), scope: true, ..Facts::default() }
        }
        ActKind::IsolationAttestation => Facts { scope: true, ..head },
        ActKind::LiabilityRelease => {
            Facts { signer: Some(Who::Role(Role::DepartmentHead)), scope: true, ..head }
        }
    }
}

const REGION: [Role; 8] = [
    Role::SchoolAgent,
    Role::Technician,
    Role::ServiceManager,
    Role::DepartmentHead,
    Role::RegionAdmin,
    Role::WorksAgent,
    Role::SecurityOfficer,
    Role::DataProtectionOfficer,
];

/// Someone who works in the school, other than its head, with an account of their own.
fn agent(holder: &Holder) -> bool {
    let serves = |role: &Role| role.is_school() && !matches!(role, Role::Head | Role::Pupil);
    let foreign = |role: &Role| matches!(role, Role::Pupil | Role::ProviderAgent);
    holder.named_account && holder.roles.iter().any(serves) && !holder.roles.iter().any(foreign)
}

/// The lines of table T3, which name somebody.
fn t3_rights(kind: ActKind, facts: &Facts) -> bool {
    let head = facts.signer == Some(Who::Role(Role::Head));
    let one_agent = facts.holders.len() == 1 && agent(&facts.holders[0]) && !facts.provider;
    let all = |test: &dyn Fn(&Holder) -> bool| facts.holders.iter().all(test);
    let started = facts.starts.is_some();
    match kind {
        ActKind::WorkstationRights => {
            let coordinator = all(&|holder| holder.roles.contains(&Role::IctCoordinator));
            let accepts = facts.signer == Some(Who::Holder) && facts.acknowledged;
            accepts && one_agent && coordinator && facts.scope && started
        }
        ActKind::AdminRights => {
            let motive = matches!(facts.motive.as_deref(), Some("metier" | "continuite"));
            head && one_agent && motive && facts.acknowledged && facts.scope && started
        }
        ActKind::FilterDelegation => {
            let of_state = all(&|holder| holder.roles.iter().all(|role| !REGION.contains(role)));
            head && one_agent && of_state && facts.live == 0 && started
        }
        ActKind::AccountDelegation => {
            let some = (1..=10).contains(&facts.holders.len()) && all(&agent);
            head && some && !facts.provider && facts.acknowledged && started
        }
        _ => head && one_agent && facts.scope && within_a_year(facts),
    }
}

fn within_a_year(facts: &Facts) -> bool {
    let Some((first, last)) = facts.starts.zip(facts.ends) else { return false };
    first <= last && last <= Term::Months(12).after(first).unwrap()
}

/// Table T3 as a reader of the source would say it.
fn t3(kind: ActKind, facts: &Facts) -> bool {
    let by = |role| facts.signer == Some(Who::Role(role));
    let nobody = facts.holders.is_empty() && !facts.provider;
    let started = facts.starts.is_some();
    let says = match kind {
        ActKind::ProviderAccess => {
            let provider = facts.provider && facts.holders.is_empty() && facts.study_favourable;
            by(Role::Head) && provider && facts.scope && started && facts.ends.is_some()
        }
        ActKind::WebExemption => {
            let signed = by(Role::Head) || facts.signer == Some(Who::FilterDelegate);
            signed && nobody && facts.url && facts.direction && within_a_year(facts)
        }
        ActKind::SoftwareList => by(Role::Teacher) && nobody && facts.scope,
        ActKind::IsolationAttestation => by(Role::Head) && nobody && facts.scope && started,
        ActKind::LiabilityRelease => by(Role::DepartmentHead) && nobody && facts.scope && started,
        right => t3_rights(right, facts),
    };
    says && facts.starts.zip(facts.ends).is_none_or(|(first, last)| first <= last)
}

fn any_signer() -> impl Strategy<Value = Option<Who>> {
    let mut all: Vec<Option<Who>> = vec![None, Some(Who::FilterDelegate), Some(Who::Holder)];
    all.extend(Role::ALL.iter().map(|role| Some(Who::Role(*role))));
    prop::sample::select(all)
}

fn any_holder() -> impl Strategy<Value = Holder> {
    (prop::collection::vec(prop::sample::select(Role::ALL), 0..3), prop::bool::weighted(0.8))
        .prop_map(|(roles, named_account)| Holder { roles, named_account })
}

fn any_day() -> impl Strategy<Value = Option<NaiveDate>> {
    let from = day("2026-09-01");
    prop::option::weighted(0.7, (0u64..800).prop_map(move |days| from + chrono::Days::new(days)))
}

prop_compose! {
    fn any_facts()(
        signer in any_signer(),
        holders in prop::collection::vec(any_holder(), 0..12),
        live in 0usize..3,
        starts in any_day(),
        ends in any_day(),
        motive in prop::option::of(prop::sample::select(vec!["metier", "continuite", "section", "autre", ""])),
        [provider, url, direction, scope, acknowledged, study_favourable] in prop::array::uniform6(any::<bool>()),
    ) -> Facts {
        let motive = motive.map(str::to_owned);
        Facts { signer, holders, provider, live, starts, ends, url, direction, scope, motive, acknowledged, study_favourable }
    }
}

/// What is lawful, with some of its facts replaced by others.
fn blurred(kind: ActKind, noise: &Facts, mask: u16) -> Facts {
    let base = lawful(kind);
    let noise = noise.clone();
    let taken = |bit: u16| mask & (1 << bit) != 0;
    Facts {
        signer: if taken(0) { noise.signer } else { base.signer },
        holders: if taken(1) { noise.holders } else { base.holders },
        provider: if taken(2) { noise.provider } else { base.provider },
        live: if taken(3) { noise.live } else { base.live },
        starts: if taken(4) { noise.starts } else { base.starts },
        ends: if taken(5) { noise.ends } else { base.ends },
        url: if taken(6) { noise.url } else { base.url },
        direction: if taken(7) { noise.direction } else { base.direction },
        scope: if taken(8) { noise.scope } else { base.scope },
        motive: if taken(9) { noise.motive } else { base.motive },
        acknowledged: if taken(10) { noise.acknowledged } else { base.acknowledged },
        study_favourable: if taken(11) { noise.study_favourable } else { base.study_favourable },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn every_combination_of_facts_outside_the_rule_is_refused(
        kind in prop::sample::select(ActKind::ALL),
        noise in any_facts(),
        mask in prop_oneof![(0u16..12).prop_map(|bit| 1 << bit), 0u16..4096],
    ) {
        let facts = blurred(kind, &noise, mask);
        let outcome = admit(kind, &facts);
        prop_assert_eq!(outcome.is_ok(), t3(kind, &facts), "{:?} {:?}: {:?}", kind, facts, outcome);
        if let Err(refusal) = outcome {
            prop_assert!(refusal.sentence.ends_with('.') && refusal.way_out.ends_with('.'), "{}", refusal);
            prop_assert!(!refusal.requirement.is_empty());
        }
    }
}

#[test]
fn the_least_that_each_kind_asks_is_admitted() {
    for kind in ActKind::ALL {
        assert_eq!(admit(*kind, &lawful(*kind)), Ok(()), "{kind}");
        assert!(t3(*kind, &lawful(*kind)), "{kind}");
        assert_eq!(rule(*kind).kind, *kind);
    }
}

#[test]
fn what_is_prepared_lacks_only_its_signature() {
    for kind in ActKind::ALL {
        let unsigned = Facts { signer: None, acknowledged: false, ..lawful(*kind) };
        assert_eq!(prepare(*kind, &unsigned), Ok(()), "{kind}");
        assert!(admit(*kind, &unsigned).is_err(), "{kind}");
    }
}

#[test]
fn only_the_head_signs_a_delegation() {
    for kind in ActKind::ALL.iter().filter(|kind| is_delegation(**kind)) {
        for role in Role::ALL.iter().filter(|role| **role != Role::Head) {
            let facts = Facts { signer: Some(Who::Role(*role)), ..lawful(*kind) };
            assert_eq!(
                admit(*kind, &facts).unwrap_err(),
                HardRefusal::DelegationUnsigned.into(),
                "{kind} {role}"
            );
        }
    }
}

#[test]
fn a_filter_delegate_is_of_the_state_by_all_functions() {
    for first in Role::ALL {
        for second in Role::ALL {
            let holder = Holder { roles: vec![*first, *second], named_account: true };
            let facts = Facts { holders: vec![holder.clone()], ..lawful(ActKind::FilterDelegation) };
            let state = holder.employer() == Employer::State;
            if !state {
                let refusal = admit(ActKind::FilterDelegation, &facts).unwrap_err();
                assert_eq!(refusal, HardRefusal::DelegateNotState.into(), "{first} {second}");
            }
            for role in [first, second] {
                let foreign = matches!(role, Role::Pupil | Role::SchoolAgent | Role::ProviderAgent);
                assert!(
                    !(state && (foreign || role.is_agent() && *role != Role::AcademyAgent)),
                    "{first} {second}"
                );
            }
        }
    }
}

#[test]
fn a_school_has_one_filter_delegate() {
    assert_eq!(rule(ActKind::FilterDelegation).live, Some(1));
    let second = Facts { live: 1, ..lawful(ActKind::FilterDelegation) };
    let two = Facts {
        holders: vec![staff(Role::Teacher), staff(Role::DeputyHead)],
        ..lawful(ActKind::FilterDelegation)
    };
    for facts in [second, two] {
        let refusal = admit(ActKind::FilterDelegation, &facts).unwrap_err();
        assert_eq!(refusal, HardRefusal::SecondDelegate.into());
    }
}

#[test]
fn a_third_party_never_receives_a_right_on_a_tool() {
    let mut cases: Vec<Facts> = [Role::ProviderAgent, Role::Pupil]
        .map(|role| Facts { holders: vec![staff(role)], ..lawful(ActKind::ToolRights) })
        .into();
    cases.push(Facts { provider: true, ..lawful(ActKind::ToolRights) });
    cases.push(Facts {
        holders: vec![Holder { roles: Vec::new(), named_account: true }],
        ..lawful(ActKind::ToolRights)
    });
    for facts in cases {
        assert_eq!(
            admit(ActKind::ToolRights, &facts).unwrap_err(),
            HardRefusal::ThirdPartyTools.into(),
            "{facts:?}"
        );
    }
}

#[test]
fn an_exemption_without_address_dates_or_signature_is_refused() {
    let sound = lawful(ActKind::WebExemption);
    let cases = [
        (Facts { url: false, ..sound.clone() }, HardRefusal::ExemptionWithoutAddress),
        (Facts { starts: None, ..sound.clone() }, HardRefusal::ExemptionWithoutDates),
        (Facts { ends: None, ..sound.clone() }, HardRefusal::ExemptionWithoutDates),
        (Facts { ends: Some(day("2026-10-04")), ..sound.clone() }, HardRefusal::ExemptionWithoutDates),
        (Facts { signer: None, ..sound.clone() }, HardRefusal::ExemptionUnsigned),
        (
            Facts { signer: Some(Who::Role(Role::DeputyHead)), ..sound.clone() },
            HardRefusal::ExemptionUnsigned,
        ),
    ];
    for (facts, refusal) in cases {
        assert_eq!(admit(ActKind::WebExemption, &facts).unwrap_err(), refusal.into(), "{facts:?}");
    }
    let delegate = Facts { signer: Some(Who::FilterDelegate), ..sound.clone() };
    assert_eq!(admit(ActKind::WebExemption, &delegate), Ok(()));
    let too_long =
        admit(ActKind::WebExemption, &Facts { ends: Some(day("2027-10-06")), ..sound }).unwrap_err();
    assert!(too_long.way_out.contains("05/10/2027"), "{too_long}");
}

fn files() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push((name, std::fs::read_to_string(entry.path()).unwrap()));
    }
    files
}

/// The catalogue shipped with the program.
pub(crate) fn catalogue() -> CatalogueFiles {
    check_catalogue_under(&files(), faults).0.unwrap()
}

#[test]
fn a_softer_sheet_is_not_published_and_its_line_is_said() {
    let mut files = files();
    let (name, text) = files.iter_mut().find(|(name, _)| name == "securite-internet.md").unwrap();
    *text =
        text.replacen("review = [\"head-changed\", \"delegate-left\", \"anniversary\"]", "review = []", 1);
    let name = name.clone();
    let act = text.find("kind = \"filter-delegation\"\n  holder").unwrap();
    let line = text[..act].matches('\n').count();
    let (catalogue, findings) = check_catalogue_under(&files, faults);
    assert!(catalogue.is_none());
    assert_eq!(findings.len(), 3, "{findings:?}");
    for finding in findings {
        assert_eq!((finding.file.as_str(), finding.line), (name.as_str(), line), "{finding}");
    }
}

fn requests(catalogue: &CatalogueFiles) -> impl Iterator<Item = &RequestType> {
    catalogue.sheets.iter().flat_map(|sheet| &sheet.requests)
}

#[test]
fn the_shipped_catalogue_obeys_every_rule() {
    let catalogue = catalogue();
    for request in requests(&catalogue) {
        assert_eq!(faults(request), Vec::<String>::new(), "{}", request.id);
    }
    let declared: Vec<ActKind> =
        requests(&catalogue).filter_map(|request| Some(request.act.as_ref()?.kind)).collect();
    let missing: Vec<&ActKind> = ActKind::ALL.iter().filter(|kind| !declared.contains(kind)).collect();
    assert_eq!(missing, [&ActKind::LiabilityRelease], "a release is the Region's: no school asks for it");
}

#[test]
fn a_sheet_cannot_soften_a_rule() {
    let catalogue = catalogue();
    for request in requests(&catalogue).filter(|request| request.act.is_some()) {
        let mut softer: Vec<(&str, RequestType)> = Vec::new();
        let mut spoil = |what, change: &dyn Fn(&mut RequestType)| {
            let mut copy = request.clone();
            change(&mut copy);
            softer.push((what, copy));
        };
        let act = request.act.as_ref().unwrap();
        let rule = rule(act.kind);
        spoil("pupils sign", &|copy| {
            copy.approvals.iter_mut().for_each(|step| {
                step.by.push(Role::Pupil);
                step.signers = None;
            });
        });
        spoil("opened otherwise", &|copy| copy.act.as_mut().unwrap().opened_by_region ^= true);
        spoil("a provider or none", &|copy| {
            let act = copy.act.as_mut().unwrap();
            act.provider = if act.provider.is_some() { None } else { Some("autre".into()) };
        });
        spoil("holders or none", &|copy| {
            let act = copy.act.as_mut().unwrap();
            act.holder = if act.holder.is_empty() { vec!["autre".into()] } else { Vec::new() };
        });
        if !rule.reviews.is_empty() {
            spoil("no review", &|copy| copy.act.as_mut().unwrap().review.clear());
        }
        if rule.acknowledgement {
            spoil("no acknowledgement", &|copy| copy.act.as_mut().unwrap().acknowledgement = None);
        }
        if !rule.motives.is_empty() {
            spoil("no motive", &|copy| copy.act.as_mut().unwrap().motive = None);
        }
        if rule.needs.contains(&Need::End) {
            spoil("no end", &|copy| copy.act.as_mut().unwrap().ends = None);
        }
        if !rule.receivers.functions().is_empty() {
            spoil("pupils receive", &|copy| {
                copy.fields.iter_mut().for_each(|field| field.who.push(Role::Pupil))
            });
            spoil("more people", &|copy| copy.act.as_mut().unwrap().holder_count = 11);
        }
        for (what, copy) in softer {
            assert!(!faults(&copy).is_empty(), "{}: {what}", request.id);
        }
    }
}

#[test]
fn the_forms_of_the_catalogue_give_their_acts_every_term() {
    let catalogue = catalogue();
    for request in requests(&catalogue) {
        let Some(act) = &request.act else { continue };
        let rule = rule(act.kind);
        let terms = request.act_terms(&answered(request)).unwrap();
        let functions: Vec<Vec<Role>> = terms.holders.iter().map(|one| vec![one.role]).collect();
        let facts = Facts::of(&terms, &functions, 0);
        let starts = facts.starts.or(Some(day("2026-10-05")));
        assert_eq!(
            prepare(act.kind, &Facts { starts, ..facts.clone() }),
            Ok(()),
            "{}: {facts:?}",
            request.id
        );
        let typed =
            Facts::of(&ActTerms { holders: vec![PersonRef::anyone(Role::Teacher)], ..terms }, &functions, 0);
        let names_somebody = !rule.receivers.functions().is_empty();
        assert_eq!(
            prepare(act.kind, &typed).is_err(),
            names_somebody || act.holder.is_empty(),
            "{}",
            request.id
        );
    }
}

/// Every question that the act rests on, answered as its kind wants it.
fn answered(request: &RequestType) -> Answers {
    let act = request.act.as_ref().unwrap();
    let motives = rule(act.kind).motives;
    let named = |field: &Field| {
        let id = PersonId(uuid::Uuid::from_u128(1));
        vec![PersonRef { id, name: "Ada Lens".into(), role: field.who[0] }]
    };
    let answer = |field: &Field| match field.kind {
        FieldKind::Person => Answer::People(named(field)),
        FieldKind::Date => Answer::Date(day("2026-10-05")),
        FieldKind::Number => Answer::Number(3),
        FieldKind::Choice if act.study.as_ref() == Some(&field.id) => Answer::Choice("favorable".into()),
        FieldKind::Choice if act.motive.as_ref() == Some(&field.id) => Answer::Choice(motives[0].into()),
        FieldKind::Choice => Answer::Choice(field.options[0].id.clone()),
        FieldKind::Choices => Answer::Choices(vec![field.options[0].id.clone()]),
        _ => Answer::Text("https://www.exemple.fr".into()),
    };
    request.fields.iter().map(|field| (field.id.clone(), answer(field))).collect()
}
