//! Sending: once only, in scope or told that it is not, to the one team that must have it.

use beffroi_db::{Db, count_queries, db_test, sql};
use beffroi_desk::search::reindex;
use beffroi_desk::submit::SubmitError;
use beffroi_desk::work::Step;
use beffroi_desk::{drafts, reading::Folder};
use beffroi_directory::{ManageSchools, schools, team_by_slug};
use beffroi_kernel::{Access, DraftId, Permit, PersonId, Role};
use beffroi_sheets::Answer;
use chrono::{Days, TimeDelta};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::acts::permit;
use crate::ground::Ground;

const FAULT: (&str, &str) = ("poste-de-travail", "panne");

#[db_test]
async fn a_double_click_sends_once(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let draft = ground.draft(&teacher, FAULT, &[]).await;

    let (first, second) = tokio::join!(ground.send(&teacher, draft), ground.send(&teacher, draft));
    let reference = first.unwrap();
    assert_eq!(second.unwrap(), reference);
    assert_eq!(ground.send(&teacher, draft).await.unwrap(), reference);

    for (what, sql) in [
        ("request", "SELECT COUNT(*) FROM request"),
        ("acknowledgement", "SELECT COUNT(*) FROM job WHERE dedup LIKE 'ack:%'"),
        ("mail to the team", "SELECT COUNT(*) FROM job WHERE dedup LIKE 'team:%'"),
        ("entry", "SELECT COUNT(*) FROM journal_entry WHERE kind = 'request.submitted'"),
        ("message", "SELECT COUNT(*) FROM message"),
    ] {
        assert_eq!(ground.count(sql).await, 1, "{what}");
    }
    let colleague = ground.person(Role::IctCoordinator).await;
    let stolen = ground.send(&colleague, draft).await;
    assert!(matches!(stolen, Err(SubmitError::Draft(drafts::DraftError::NotFound))), "{stolen:?}");
}

#[db_test]
async fn sending_takes_few_round_trips(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    // The first one reads what is then kept for seconds, and brings its words; the second finds them there.
    ground.ask(&teacher, FAULT).await;
    ground.ask(&teacher, FAULT).await;
    let draft = ground.draft(&teacher, FAULT, &[]).await;
    let (sent, trips) = count_queries(ground.send(&teacher, draft)).await;
    sent.unwrap();
    // The draft and the reference (PostgreSQL counts both at once), the journal's head, all the rest.
    assert!(trips <= 4, "{trips}");
}

#[derive(Debug, PartialEq, FromQueryResult)]
struct Bag {
    subject: Uuid,
    digest: i64,
}

#[db_test]
async fn what_is_sent_is_found_by_the_words_that_an_index_made_anew_gives_it(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    let teacher = ground.person(Role::Teacher).await;
    ground.ask(&teacher, FAULT).await;
    ground.ask(&head, FAULT).await;
    let bags = async || {
        let sql = "SELECT subject, digest FROM search_doc WHERE kind = 'request' ORDER BY subject";
        sql::all::<Bag>(ground.db().read(), sql, Vec::new()).await.unwrap()
    };
    let sent = bags().await;
    assert_eq!(sent.len(), 2);
    reindex(&ground.desk, |_, _| ()).await.unwrap();
    assert_eq!(bags().await, sent);
}

async fn open(ground: &Ground, who: &Access, id: DraftId) -> drafts::Draft {
    drafts::open(&ground.desk, &permit(who), who, id).await.unwrap()
}

async fn choose(ground: &Ground, who: &Access, id: DraftId, field: &str, choice: &str) {
    let draft = open(ground, who, id).await;
    let mut answers = draft.answers.clone();
    answers.insert(field.into(), Answer::Choice(choice.into()));
    drafts::put_answers(&ground.desk, &draft, answers).await.unwrap();
}

#[db_test]
async fn goodwill_lifts_a_refusal_of_scope_never_a_hard_one(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let personal = ground.draft(&teacher, FAULT, &[("origine", "personnel")]).await;
    let refused = async |draft| matches!(ground.send(&teacher, draft).await, Err(SubmitError::OutOfScope));
    assert!(refused(personal).await);
    drafts::accept_goodwill(&ground.desk, &open(&ground, &teacher, personal).await).await.unwrap();
    choose(&ground, &teacher, personal, "degradation", "constatee").await;
    assert!(refused(personal).await, "goodwill lifted a hard refusal");
    choose(&ground, &teacher, personal, "degradation", "non").await;
    let reference = ground.send(&teacher, personal).await.unwrap();

    let broken = ground.draft(&teacher, FAULT, &[("degradation", "constatee")]).await;
    assert!(drafts::accept_goodwill(&ground.desk, &open(&ground, &teacher, broken).await).await.is_err());
    assert!(refused(broken).await);

    let Folder { request, team, .. } = ground.folder(&teacher, &reference).await;
    assert!(request.goodwill && request.sent_at.is_some());
    let taken = ground.work(&ground.agent(&team.slug).await, request.id, Step::Take).await.unwrap();
    assert_eq!((taken.first_answer_due, taken.solution_due, taken.next_due), (None, None, None));

    // Accepted, then mended: it is in scope after all, and carries its service level.
    let mended = ground.draft(&teacher, FAULT, &[("origine", "personnel")]).await;
    drafts::accept_goodwill(&ground.desk, &open(&ground, &teacher, mended).await).await.unwrap();
    choose(&ground, &teacher, mended, "origine", "region").await;
    let reference = ground.send(&teacher, mended).await.unwrap();
    let request = ground.folder(&teacher, &reference).await.request;
    assert!(!request.goodwill && request.solution_due.is_some());
}

#[db_test]
async fn the_provider_comes_first_only_while_its_contract_is_live(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    let owner = async || {
        let reference = ground.ask(&head, ("solutions-d-impression", "panne-sous-contrat")).await;
        let folder = ground.folder(&head, &reference).await;
        assert!(!folder.request.routing_reason.is_empty());
        folder.team.slug
    };
    let provider = team_by_slug(ground.db(), "impression-services").await.unwrap().unwrap().id;
    let from = ground.db().now().date_naive() + Days::new(7);
    let permit = Permit::<ManageSchools>::system(PersonId::new(), "tests");
    let period = (from, Some(from + Days::new(6)));
    schools::add_contract(ground.db(), &permit, ground.school, "impression", provider, period).await.unwrap();

    assert_eq!(owner().await, "mobile-nord", "before the contract");
    ground.pass(TimeDelta::days(7));
    assert_eq!(owner().await, "impression-services", "first day");
    ground.pass(TimeDelta::days(6));
    assert_eq!(owner().await, "impression-services", "last day");
    ground.pass(TimeDelta::days(1));
    assert_eq!(owner().await, "mobile-nord", "after the contract");
}
