//! Work: one owner team always, notes between agents only, a solution in words, and the requester's
//! last word.

use beffroi_db::{Db, db_test};
use beffroi_desk::reading::Request;
use beffroi_desk::work::{Step, WorkError};
use beffroi_desk::{Outcome, ReadInternalNotes, conversation, details};
use beffroi_directory::{team_by_slug, team_members};
use beffroi_kernel::{Access, RequestId, Role};

use crate::acts::permit;
use crate::ground::Ground;

const FAULT: (&str, &str) = ("poste-de-travail", "panne");

async fn fault(ground: &Ground, who: &Access) -> Request {
    let reference = ground.ask(who, FAULT).await;
    ground.folder(who, &reference).await.request
}

async fn hand_over(
    ground: &Ground,
    who: &Access,
    id: RequestId,
    team: &str,
    why: &str,
) -> Result<Request, WorkError> {
    let team = team_by_slug(ground.db(), team).await.unwrap().unwrap().id;
    ground.work(who, id, Step::Reassign { team, reason: why.into() }).await
}

#[db_test]
async fn what_two_people_do_at_once_is_done_in_turn(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let technician = ground.agent("mobile-nord").await;
    let request = fault(&ground, &teacher).await;
    let (asks, works) = (permit(&teacher), permit(&technician));
    for turn in 0..10 {
        let text = format!("Message {turn}");
        let (mine, theirs) = tokio::join!(
            conversation::reply(&ground.desk, &asks, &teacher, request.id, &text),
            conversation::reply(&ground.desk, &works, &technician, request.id, &text),
        );
        mine.unwrap();
        theirs.unwrap();
    }
    let folder = ground.folder(&teacher, &request.reference).await;
    assert_eq!(folder.messages.iter().filter(|message| message.body.starts_with("Message")).count(), 20);
    assert_eq!(folder.request.version, 21);

    // Of two who take it, the second sees that it is taken.
    let colleague = ground.agent("mobile-nord").await;
    let (first, second) = tokio::join!(
        ground.work(&technician, request.id, Step::Take),
        ground.work(&colleague, request.id, Step::Take),
    );
    assert!(first.is_ok() || second.is_ok(), "{first:?} {second:?}");
    for outcome in [first, second] {
        assert!(!matches!(outcome, Err(WorkError::Changed)), "{outcome:?}");
    }
}

#[db_test]
async fn a_request_changes_team_for_a_reason_and_notes_stay_between_agents(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let technician = ground.agent("mobile-nord").await;
    let provider = ground.agent("impression-services").await;
    let request = fault(&ground, &teacher).await;
    let reference = request.reference.as_str();
    let foreigner = Step::Assign(provider.person);
    let foreigner = ground.work(&technician, request.id, foreigner).await;
    assert!(matches!(foreigner, Err(WorkError::Missing(_))), "{foreigner:?}");
    ground.work(&technician, request.id, Step::Take).await.unwrap();
    assert!(ground.seen(&provider, reference).await.is_none());

    let silent = hand_over(&ground, &technician, request.id, "impression-services", " ").await;
    assert!(matches!(silent, Err(WorkError::Missing(_))), "{silent:?}");
    let moved =
        hand_over(&ground, &technician, request.id, "impression-services", "Cause : l’imprimante.").await;
    let moved = moved.unwrap();
    assert!(moved.forced_assignment && moved.routing_reason.contains("Cause : l’imprimante"));
    assert_eq!((moved.state.as_str(), moved.assignee_id), ("new", None));

    conversation::note(&ground.desk, &permit(&technician), request.id, "Contrat douteux.").await.unwrap();
    assert!(provider.permit::<ReadInternalNotes>().is_none());
    for (who, reads) in [(&teacher, false), (&provider, false), (&technician, true)] {
        let folder = ground.folder(who, reference).await;
        assert_eq!(folder.team.slug, "impression-services", "{}", who.name);
        let read = folder.messages.iter().any(|message| message.body == "Contrat douteux.");
        assert_eq!(read, reads, "{}", who.name);
    }
    hand_over(&ground, &provider, request.id, "exploitation-nord", "Pas de notre fait.").await.unwrap();
    assert!(ground.seen(&provider, reference).await.is_none(), "the former owner still reads it");
    let folder = ground.folder(&teacher, reference).await;
    let members = team_members(ground.db(), folder.team.id).await.unwrap();
    assert_eq!((folder.team.slug.as_str(), members.is_empty()), ("exploitation-nord", false));
}

#[db_test]
async fn an_agent_makes_a_request_urgent_and_says_why(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let technician = ground.agent("mobile-nord").await;
    let (first, second) = (fault(&ground, &teacher).await, fault(&ground, &teacher).await);
    let press = async |who: &Access, urgent, reason: &str| {
        ground.work(who, second.id, Step::Press { urgent, reason: reason.into() }).await
    };
    assert!(matches!(press(&technician, true, " ").await, Err(WorkError::Missing(_))));
    assert!(matches!(press(&technician, false, "Pour voir").await, Err(WorkError::Missing(_))));
    let before = second.next_due;
    press(&technician, true, "Le bac blanc est demain.").await.unwrap();
    let pressed = ground.folder(&technician, &second.reference).await.request;
    assert!(pressed.urgent && pressed.pressing < first.pressing, "first in every queue");
    assert_eq!(pressed.next_due, before, "its deadline is what was promised");
    assert!(matches!(press(&technician, true, "Encore").await, Err(WorkError::Missing(_))));
    let told = ground.folder(&teacher, &second.reference).await.messages;
    let said = "La demande est urgente : Le bac blanc est demain.";
    assert_eq!(told.iter().filter(|one| one.body == said).count(), 1, "{told:?}");
    press(&technician, false, "Le bac blanc est reporté").await.unwrap();
    let calm = ground.folder(&technician, &second.reference).await.request;
    assert!(!calm.urgent && calm.pressing > 0);
    let provider = ground.agent("impression-services").await;
    assert!(matches!(press(&provider, true, "Pour nous").await, Err(WorkError::NotFound)), "another team's");
}

#[db_test]
async fn a_solution_is_written_and_the_requester_has_the_last_word(db: Db) {
    let ground = Ground::new(db).await;
    let (teacher, head) = (ground.person(Role::Teacher).await, ground.person(Role::Head).await);
    let technician = ground.agent("mobile-nord").await;
    let Request { id, reference, .. } = fault(&ground, &teacher).await;
    let solve =
        async |words: &str| ground.work(&technician, id, Step::Resolve(Outcome::Done, words.into())).await;
    let rate =
        async |who: &Access, rating| conversation::rate(&ground.desk, &permit(who), id, rating, None).await;
    let reopen = async |words: &str| conversation::reopen(&ground.desk, &permit(&teacher), id, words).await;
    let state = async || ground.folder(&teacher, &reference).await.request.state;

    assert!(matches!(solve(" ").await, Err(WorkError::Missing(_))));
    assert!(matches!(rate(&teacher, 3).await, Err(WorkError::State(_))));
    assert_eq!(state().await, "new");
    solve("Alimentation changée.").await.unwrap();
    assert!(matches!(solve("Encore.").await, Err(WorkError::State(_))));
    assert!(matches!(reopen("").await, Err(WorkError::Missing(_))));
    reopen("Il s’éteint encore.").await.unwrap();
    let reopened = ground.folder(&teacher, &reference).await.request;
    assert_eq!((reopened.state.as_str(), reopened.resolved_at, reopened.outcome), ("open", None, None));
    assert_eq!(reopened.assignee_id, Some(technician.person));

    solve("Carte changée.").await.unwrap();
    assert!(matches!(rate(&head, 3).await, Err(WorkError::NotFound)), "only the requester rates");
    assert!(matches!(rate(&teacher, 4).await, Err(WorkError::Missing(_))));
    rate(&teacher, 3).await.unwrap();
    assert_eq!(state().await, "closed");
    assert!(matches!(reopen("Trop tard.").await, Err(WorkError::State(_))));
    let folder = ground.folder(&teacher, &reference).await;
    assert_eq!((folder.request.satisfaction, folder.effects.len()), (Some(3), 1));
}

#[db_test]
async fn requests_are_linked_and_merged_within_a_school(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let technician = ground.agent("mobile-nord").await;
    let stranger = ground.holder(ground.other, Role::Teacher).await;
    let (one, two) = (fault(&ground, &teacher).await, fault(&ground, &teacher).await);
    let elsewhere = fault(&ground, &stranger).await;
    let permit = permit(&technician);
    let merge = async |from: &Request, into: &str| details::merge(&ground.desk, &permit, from.id, into).await;

    for bad in [&one.reference, "2026-99999", ""] {
        let linked = details::link(&ground.desk, &permit, one.id, bad).await;
        assert!(matches!(linked, Err(WorkError::Missing(_))), "{bad}: {linked:?}");
    }
    details::link(&ground.desk, &permit, one.id, &elsewhere.reference).await.unwrap();
    assert_eq!(ground.folder(&technician, &one.reference).await.links.len(), 1);
    assert!(ground.folder(&teacher, &one.reference).await.links.is_empty(), "another school's title");

    assert!(matches!(merge(&one, &elsewhere.reference).await, Err(WorkError::Missing(_))));
    assert_eq!(merge(&one, &two.reference).await.unwrap(), two.reference);
    assert!(matches!(merge(&one, &two.reference).await, Err(WorkError::Missing(_))));
    assert!(matches!(merge(&two, &one.reference).await, Err(WorkError::Missing(_))));
    let merged = ground.folder(&teacher, &one.reference).await;
    assert_eq!((merged.request.state.as_str(), merged.request.merged_into), ("merged", Some(two.id)));
    let target = ground.folder(&teacher, &two.reference).await;
    assert!(target.messages.iter().any(|message| message.body.contains(&one.reference)));
    assert_eq!(target.links, [("merged".into(), one.reference.clone(), one.title.clone())]);
}
