//! People named in a form: of the school, of the function, on that day; a typed name names nobody. (SRV-27, SEC-08)

use beffroi_db::{Db, count_queries, db_test};
use beffroi_desk::submit::SubmitError;
use beffroi_desk::{drafts, named};
use beffroi_directory::ManagePeople;
use beffroi_directory::people::{self};
use beffroi_kernel::{Access, DraftId, Permit, PersonId, Role};
use beffroi_sheets::{Answer, PersonRef};

use crate::acts::permit;
use crate::ground::Ground;

const FILTER: (&str, &str) = ("securite-internet", "delegation-filtrage");
const FIELD: &str = "delegataire";

async fn open(ground: &Ground, who: &Access, id: DraftId) -> drafts::Draft {
    drafts::open(&ground.desk, &permit(who), who, id).await.unwrap()
}

async fn choosable(ground: &Ground, draft: &drafts::Draft) -> Vec<PersonRef> {
    named::choosable(&ground.desk, draft.school, draft.kind().field(FIELD).unwrap()).await.unwrap()
}

async fn answer(ground: &Ground, draft: &mut drafts::Draft, value: &str) -> Result<(), drafts::DraftError> {
    drafts::answer(&ground.desk, draft, FIELD, &[(FIELD.into(), value.into())]).await
}

#[db_test]
async fn one_chooses_among_the_state_staff_of_the_school(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    let id = ground.draft(&head, FILTER, &[]).await;
    let draft = open(&ground, &head, id).await;
    let known = choosable(&ground, &draft).await;
    assert!(known.len() > 2, "{known:?}");
    let state = [
        Role::DeputyHead,
        Role::SecretaryGeneral,
        Role::WorkshopDirector,
        Role::IctCoordinator,
        Role::Teacher,
        Role::SchoolStaff,
    ];
    assert!(known.iter().all(|one| state.contains(&one.role)), "{known:?}");
    for role in [Role::Head, Role::Pupil, Role::SchoolAgent] {
        let person = ground.person(role).await.person;
        assert!(known.iter().all(|one| one.id != person), "{role}");
    }
    let (_, statements) = count_queries(choosable(&ground, &draft)).await;
    assert_eq!(statements, 1, "however many people the school has");
}

#[db_test]
async fn a_typed_name_or_a_stranger_is_refused_and_nothing_is_lost(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    let id = ground.draft(&head, FILTER, &[]).await;
    let mut draft = open(&ground, &head, id).await;
    let before = draft.answers.get(FIELD).cloned();

    let elsewhere = ground.holder(ground.other, Role::Teacher).await.person.to_string();
    let pupil = ground.person(Role::Pupil).await.person.to_string();
    let agent = ground.person(Role::SchoolAgent).await.person.to_string();
    let nobody = PersonId::new().to_string();
    let nil = "00000000-0000-0000-0000-000000000000";
    for value in ["Ada Lens", "", nil, &elsewhere, &pupil, &agent, &nobody] {
        let outcome = answer(&ground, &mut draft, value).await;
        assert!(matches!(outcome, Err(drafts::DraftError::Answer(_))), "{value}: {outcome:?}");
    }
    assert_eq!(open(&ground, &head, id).await.answers.get(FIELD).cloned(), before);

    let teacher = ground.person(Role::Teacher).await;
    answer(&ground, &mut draft, &teacher.person.to_string()).await.unwrap();
    let kept = open(&ground, &head, id).await.answers.get(FIELD).cloned();
    let Some(Answer::People(people)) = kept else { panic!("{kept:?}") };
    assert_eq!(people.iter().map(|one| one.id).collect::<Vec<_>>(), [teacher.person]);
    let reference = ground.send(&head, id).await.unwrap();
    let text = ground.folder(&head, &reference).await.approvals[0].text.clone().unwrap();
    assert!(text.contains(&teacher.name), "the act names its holder: {text}");
}

#[db_test]
async fn who_left_since_is_refused_when_it_is_sent(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    let id = ground.draft(&head, FILTER, &[]).await;
    let mut draft = open(&ground, &head, id).await;
    let teacher = ground.person(Role::Teacher).await;
    answer(&ground, &mut draft, &teacher.person.to_string()).await.unwrap();

    let manage = Permit::<ManagePeople>::system(PersonId::new(), "tests");
    for function in people::functions_of(ground.db(), teacher.person).await.unwrap() {
        people::end_function(ground.db(), &manage, function.id, ground.db().now()).await.unwrap();
    }
    ground.pass(chrono::TimeDelta::minutes(1));
    let late = ground.send(&head, id).await;
    let Err(SubmitError::Answers(errors)) = late else { panic!("{late:?}") };
    assert_eq!(errors.len(), 1);
    assert!(errors[0].field == FIELD && errors[0].message.contains(&teacher.name), "{errors:?}");
}
