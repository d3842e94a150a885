//! Who else is at a request: agents only, for a minute.

use beffroi_db::live::Heard;
use beffroi_db::{Db, db_test, journal};
use beffroi_desk::WorkRequests;
use beffroi_desk::presence::{self, Doing};
use beffroi_desk::work::WorkError;
use beffroi_kernel::{Access, Permit, Role};
use chrono::TimeDelta;

use super::ground::Ground;

fn works(agent: &Access) -> Permit<WorkRequests> {
    agent.permit::<WorkRequests>().unwrap()
}

#[db_test]
async fn who_reads_or_answers_is_said_for_a_minute(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let reference = ground.ask(&teacher, ("poste-de-travail", "panne")).await;
    let agent = ground.agent("mobile-nord").await;
    let other = ground.person(Role::Head).await.person;
    let request = ground.folder(&agent, &reference).await.request;
    let said = async || presence::others(&ground.desk, request.id, other).await.unwrap();
    let mark = async |doing| {
        presence::mark(&ground.desk, &works(&agent), &agent, &reference, Some(doing)).await.unwrap();
    };

    mark(Doing::Reads).await;
    assert_eq!(said().await, format!("{} lit cette demande.", agent.name));
    assert_eq!(presence::others(&ground.desk, request.id, agent.person).await.unwrap(), "");
    ground.pass(TimeDelta::seconds(40));
    mark(Doing::Answers).await;
    ground.pass(TimeDelta::seconds(40));
    assert_eq!(said().await, format!("{} rédige une réponse.", agent.name));
    ground.pass(TimeDelta::seconds(30));
    assert_eq!(said().await, "");
    mark(Doing::Reads).await;
    mark(Doing::Leaves).await;
    assert_eq!(said().await, "");
}

#[db_test]
async fn only_news_is_told_and_nothing_is_journaled(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let reference = ground.ask(&teacher, ("poste-de-travail", "panne")).await;
    let agent = ground.agent("mobile-nord").await;
    let live = ground.db().live();
    live.ready().await;
    let mut heard = live.subscribe();
    let before = journal::head(ground.db()).await.unwrap();
    for _ in 0..3 {
        presence::mark(&ground.desk, &works(&agent), &agent, &reference, Some(Doing::Reads)).await.unwrap();
    }
    presence::mark(&ground.desk, &works(&agent), &agent, &reference, Some(Doing::Leaves)).await.unwrap();
    // Come, then gone: a sign of life is no news.
    let mut told = 0;
    while let Ok(next) = tokio::time::timeout(std::time::Duration::from_millis(300), heard.next()).await {
        told += usize::from(matches!(next, Some(Heard::Change(_))));
    }
    assert_eq!(told, 2);
    assert_eq!(journal::head(ground.db()).await.unwrap(), before);
}

#[db_test]
async fn nobody_is_at_a_request_out_of_reach_or_not_yet_sent(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let sent = ground.ask(&teacher, ("poste-de-travail", "panne")).await;
    let waiting = ground.ask(&teacher, ("logiciel-pedagogie", "installation")).await;
    for (team, reference) in [("mobile-sud", &sent), ("mobile-nord", &waiting)] {
        let agent = ground.agent(team).await;
        let outcome =
            presence::mark(&ground.desk, &works(&agent), &agent, reference, Some(Doing::Reads)).await;
        assert!(matches!(outcome, Err(WorkError::NotFound)), "{team}: {outcome:?}");
    }
    assert_eq!(ground.count("SELECT COUNT(*) FROM presence").await, 0);
}
