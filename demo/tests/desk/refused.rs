//! What nobody may have, asked by everybody who may ask: the whole desk refuses, not only its rules.
//! (T6; SEC-08 to SEC-12, SRV-15)

use beffroi_acts::exemptions::{DangerLists, DangerSettings};
use beffroi_db::{Db, db_test};
use beffroi_demo::PASSWORD;
use beffroi_desk::submit::SubmitError;
use beffroi_desk::work::Step;
use beffroi_desk::{Outcome, SubmitRequest, drafts};
use beffroi_kernel::{Access, Role};
use beffroi_sheets::{Answer, PersonRef};
use chrono::Days;

use crate::acts::{permit, signed};
use crate::ground::Ground;

const EXEMPTION: (&str, &str) = ("securite-internet", "derogation-web");
const FILTER: (&str, &str) = ("securite-internet", "delegation-filtrage");
const ASKERS: [Role; 6] = [
    Role::Head,
    Role::DeputyHead,
    Role::SecretaryGeneral,
    Role::WorkshopDirector,
    Role::IctCoordinator,
    Role::Teacher,
];

/// Sends a request of this type with one answer of its own.
async fn with(
    ground: &Ground,
    who: &Access,
    what: (&str, &str),
    answers: &[(&str, Answer)],
) -> Result<String, SubmitError> {
    let id = ground.draft(who, what, &[]).await;
    let asks = permit::<SubmitRequest>(who);
    let draft = drafts::open(&ground.desk, &asks, who, id).await.unwrap();
    let mut all = draft.answers.clone();
    all.extend(answers.iter().map(|(field, answer)| ((*field).to_owned(), answer.clone())));
    drafts::put_answers(&ground.desk, &draft, all).await.unwrap();
    ground.send(who, id).await
}

#[db_test]
async fn nobody_has_a_listed_a_private_or_an_endless_site_opened(db: Db) {
    let mut ground = Ground::new(db).await;
    let lists = tempfile::tempdir().unwrap();
    let file = |name: &str, site: &str| {
        let path = lists.path().join(name);
        std::fs::write(&path, format!("{site}\n")).unwrap();
        vec![path]
    };
    let settings = DangerSettings {
        illegal: file("illegal", "illegal.example"),
        dangerous: file("dangerous", "danger.example"),
        insecure: file("insecure", "insecure.example"),
    };
    ground.desk.acts = ground.desk.acts.clone().refusing(DangerLists::open(settings).unwrap(), false);
    let today = ground.db().now().date_naive();
    let site = |address: &str| Answer::Text(address.to_owned());
    for role in ASKERS {
        let who = ground.person(role).await;
        for address in [
            "https://www.illegal.example/jeu",
            "https://danger.example",
            "http://insecure.example/page",
            "http://192.168.1.1/",
            "https://*.example.org",
            "ftp://example.org",
        ] {
            let refused = with(&ground, &who, EXEMPTION, &[("url", site(address))]).await;
            let refused = refused.expect_err(address);
            assert!(
                matches!(refused, SubmitError::Act(_) | SubmitError::Answers(_)),
                "{role:?} {address}: {refused}"
            );
        }
        let backwards =
            [("debut", Answer::Date(today + Days::new(9))), ("fin", Answer::Date(today + Days::new(2)))];
        assert!(with(&ground, &who, EXEMPTION, &backwards).await.is_err(), "{role:?}: ends before it begins");
        let endless = [("debut", Answer::Date(today)), ("fin", Answer::Date(today + Days::new(3_000)))];
        assert!(with(&ground, &who, EXEMPTION, &endless).await.is_err(), "{role:?}: eight years");
        assert!(
            with(&ground, &who, EXEMPTION, &[("fin", Answer::Unknown)]).await.is_err(),
            "{role:?}: no end"
        );
    }
    assert_eq!(ground.count("SELECT COUNT(*) FROM act").await, 0, "nothing was laid before anybody");
}

#[db_test]
async fn no_pupil_and_no_agent_of_the_region_decides_of_the_filter(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    for role in [Role::Pupil, Role::SchoolAgent, Role::Head] {
        let chosen = ground.person(role).await;
        // The form does not offer them: this is a form made by hand.
        let named = PersonRef { id: chosen.person, name: chosen.name.clone(), role: Role::Teacher };
        let refused = with(&ground, &head, FILTER, &[("delegataire", Answer::People(vec![named]))]).await;
        assert!(refused.is_err(), "{role:?} would be the delegate: {refused:?}");
    }
    let technician = ground.agent("mobile-nord").await;
    let named = PersonRef { id: technician.person, name: technician.name.clone(), role: Role::Teacher };
    assert!(with(&ground, &head, FILTER, &[("delegataire", Answer::People(vec![named]))]).await.is_err());
}

#[db_test]
async fn a_second_filter_delegate_takes_the_place_of_the_first(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    for _ in 0..2 {
        let reference = ground.ask(&head, FILTER).await;
        let step = ground.folder(&head, &reference).await.approvals[0].id;
        ground.decide(&head, step, signed(PASSWORD)).await.unwrap();
    }
    let count = async |state: &str| {
        let sql = format!("SELECT COUNT(*) FROM act WHERE kind = 'filter-delegation' AND state = '{state}'");
        ground.count(&sql).await
    };
    assert_eq!((count("in-force").await, count("ended").await), (1, 1));
}

#[db_test]
async fn nothing_is_opened_without_the_signature_nor_after_a_refusal(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let head = ground.person(Role::Head).await;
    let agent = ground.agent("services-centralises").await;
    let reference = ground.ask(&teacher, EXEMPTION).await;
    let folder = ground.folder(&teacher, &reference).await;
    assert!(ground.seen(&agent, &reference).await.is_none(), "the team does not see it unsigned");
    let early = ground.work(&agent, folder.request.id, Step::Resolve(Outcome::Done, "Ouvert.".into())).await;
    assert!(early.is_err());
    for who in [&teacher, &ground.person(Role::SecretaryGeneral).await] {
        let forged = ground.decide(who, folder.approvals[0].id, signed(PASSWORD)).await;
        assert!(forged.is_err(), "only the head or the delegate signs");
    }
    ground.decide(&head, folder.approvals[0].id, signed(PASSWORD)).await.unwrap();
    assert_eq!(ground.count("SELECT COUNT(*) FROM act WHERE state = 'signed'").await, 1);
    let refused = Step::Resolve(Outcome::Refused, "Le site est classé dangereux depuis hier.".into());
    ground.work(&agent, folder.request.id, refused).await.unwrap();
    assert_eq!(ground.count("SELECT COUNT(*) FROM act WHERE state = 'ended'").await, 1);
    assert_eq!(ground.count("SELECT COUNT(*) FROM act_effect").await, 0, "nothing was ever opened");
}
