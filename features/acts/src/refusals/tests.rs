//! Each refusal of table T6, held by every way in, and written in the guide.

use beffroi_sheets::RefusalKind;
use proptest::prelude::*;

use super::*;
use crate::kinds;

const DAY: NaiveDate = NaiveDate::MIN;

#[test]
fn licences_in_doubt_forbid_the_installation() {
    let install = |seats, licences| decide(&Case::Install { seats, licences });
    for seats in [0, 1, 30] {
        assert_eq!(install(seats, Licences::Doubtful), Err(HardRefusal::LicenceDoubt));
        assert_eq!(install(seats + 1, Licences::Proved(seats)), Err(HardRefusal::LicenceDoubt));
        assert_eq!(install(seats, Licences::Proved(seats)), Ok(()));
        assert_eq!(install(seats, Licences::Free), Ok(()));
    }
}

#[test]
fn a_dangerous_insecure_or_illegal_site_is_never_opened() {
    let open = |danger| decide(&Case::OpenSite { danger });
    assert_eq!(open(Some(Danger::Dangerous)), Err(HardRefusal::DangerousAddress));
    assert_eq!(open(Some(Danger::Insecure)), Err(HardRefusal::InsecureAddress));
    assert_eq!(open(Some(Danger::Illegal)), Err(HardRefusal::IllegalAddress));
    assert_eq!(open(None), Ok(()));
}

#[test]
fn an_unmet_service_level_gives_no_resources() {
    assert_eq!(decide(&Case::Resources { unmet_level: true }), Err(HardRefusal::MoreResources));
    assert_eq!(decide(&Case::Resources { unmet_level: false }), Ok(()));
}

#[test]
fn equipment_is_asked_inside_the_survey_only() {
    assert_eq!(decide(&Case::Equipment { in_survey: false }), Err(HardRefusal::OutsideSurvey));
    assert_eq!(decide(&Case::Equipment { in_survey: true }), Ok(()));
}

#[test]
fn voluntary_damage_is_refused_on_evidence_only() {
    for evidence in 0..3 {
        for signed in [false, true] {
            for told in [false, true] {
                let found = ProvenDamage::found(evidence, signed, told);
                assert_eq!(found.is_ok(), evidence > 0 && signed && told);
                let repair = decide(&Case::Repair { damage: found.ok() });
                assert_eq!(repair, if found.is_ok() { Err(HardRefusal::VoluntaryDamage) } else { Ok(()) });
            }
        }
    }
}

#[test]
fn an_unsigned_delegation_opens_nothing() {
    assert_eq!(decide(&Case::Delegation { signed: false }), Err(HardRefusal::DelegationUnsigned));
    assert_eq!(decide(&Case::Delegation { signed: true }), Ok(()));
}

#[test]
fn an_exemption_is_signed_dated_and_names_its_site() {
    for signed in [false, true] {
        for address in [false, true] {
            for dates in [None, Some((DAY, DAY)), Some((NaiveDate::MAX, DAY))] {
                let outcome = decide(&Case::Exemption { signed, address, dates });
                let whole = signed && address && dates == Some((DAY, DAY));
                assert_eq!(outcome.is_ok(), whole, "{signed} {address} {dates:?}");
            }
        }
    }
}

#[test]
fn the_filter_delegate_is_state_staff_and_alone() {
    for employer in [Employer::State, Employer::Region, Employer::ThirdParty, Employer::Nobody] {
        for others in 0..3 {
            let outcome = decide(&Case::FilterDelegate { employer, others });
            assert_eq!(outcome.is_ok(), employer == Employer::State && others == 0, "{employer:?} {others}");
        }
    }
}

proptest! {
    #[test]
    fn no_third_party_among_however_many_people(
        provider: bool,
        kinds in prop::collection::vec(0usize..4, 0..5),
    ) {
        let all = [Employer::State, Employer::Region, Employer::ThirdParty, Employer::Nobody];
        let employers: Vec<Employer> = kinds.iter().map(|kind| all[*kind]).collect();
        let third = provider || employers.iter().any(|one| matches!(one, Employer::ThirdParty | Employer::Nobody));
        let outcome = decide(&Case::ToolRights { provider, employers });
        prop_assert_eq!(outcome, if third { Err(HardRefusal::ThirdPartyTools) } else { Ok(()) });
    }
}

#[test]
fn each_refusal_has_its_sentence_and_its_way_out() {
    let mut slugs: Vec<&str> = HardRefusal::ALL.iter().map(|one| one.slug()).collect();
    slugs.sort_unstable();
    slugs.dedup();
    assert_eq!(slugs.len(), HardRefusal::ALL.len());
    for refusal in HardRefusal::ALL {
        for words in [refusal.rule(), refusal.sentence(), refusal.way_out()] {
            assert!(words.ends_with('.') && words.len() > 20, "{refusal:?}: {words}");
        }
        assert!(refusal.link().starts_with('/'), "{refusal:?}");
        assert!(refusal.requirement().split(", ").all(|id| id.contains('-')), "{refusal:?}");
    }
}

/// Where the forms themselves refuse: sheet, exclusion that the refusal quotes.
const IN_FORMS: &[(HardRefusal, &str, &str)] = &[
    (HardRefusal::LicenceDoubt, "poste-de-travail", "licences-insuffisantes"),
    (HardRefusal::LicenceDoubt, "logiciel-pedagogie", "licences-douteuses"),
    (HardRefusal::LicenceDoubt, "logiciel-administration", "licences-douteuses"),
    (HardRefusal::LicenceDoubt, "outils-de-gestion", "licences-douteuses"),
    (HardRefusal::DangerousAddress, "securite-internet", "url-dangereuse"),
    (HardRefusal::InsecureAddress, "securite-internet", "url-insecurisee"),
    (HardRefusal::IllegalAddress, "securite-internet", "url-illegale"),
    (HardRefusal::MoreResources, "logiciel-administration", "ressources-niveau-de-service"),
    (HardRefusal::MoreResources, "logiciel-pedagogie", "ressources-supplementaires"),
    (HardRefusal::OutsideSurvey, "demande-d-equipements", "hors-enquete"),
    (HardRefusal::VoluntaryDamage, "poste-de-travail", "degradation-volontaire"),
    (HardRefusal::ExemptionWithoutDates, "securite-internet", "derogation-sans-fin"),
    (HardRefusal::DelegateNotState, "securite-internet", "delegataire-hors-etat"),
    (HardRefusal::ThirdPartyTools, "outils-de-gestion", "droit-pour-un-tiers"),
];

#[test]
fn the_forms_refuse_it_too_and_firmly() {
    let catalogue = kinds::tests::catalogue();
    for (refusal, slug, exclusion) in IN_FORMS {
        let sheet = catalogue.sheets.iter().find(|sheet| sheet.slug == *slug).unwrap();
        let quoting: Vec<RefusalKind> = sheet
            .requests
            .iter()
            .flat_map(|request| &request.refusals)
            .filter(|one| one.excludes == *exclusion)
            .map(|one| one.kind)
            .collect();
        assert!(!quoting.is_empty(), "{refusal:?}: no form of {slug} quotes {exclusion}");
        assert!(
            quoting.iter().all(|kind| *kind == RefusalKind::Hard),
            "{refusal:?}: {slug} {exclusion} can be lifted"
        );
    }
}

#[test]
fn the_guide_tells_each_refusal_with_the_test_that_proves_it() {
    let guide = include_str!("../../../../docs/refus-sans-derogation.md");
    let tests = [include_str!("tests.rs"), include_str!("../kinds/tests.rs")].concat();
    for refusal in HardRefusal::ALL {
        let line = guide.lines().find(|line| line.contains(refusal.sentence()));
        let line = line.unwrap_or_else(|| panic!("the guide lacks {refusal:?}: {}", refusal.sentence()));
        assert!(
            line.contains(refusal.way_out()) && line.contains(refusal.requirement()),
            "{refusal:?}: {line}"
        );
        let named: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{refusal:?} names no test");
        for test in named {
            assert!(tests.contains(&format!("fn {test}(")), "{refusal:?}: no test {test}");
        }
    }
}
