//! Major incidents: told to those concerned, joined in one click, answered once for all. (CSU-10)

use beffroi_db::{Db, db_test};
use beffroi_desk::major::{self, Audience, Declaration, MajorError, Turn};
use beffroi_desk::work::Step;
use beffroi_desk::{LeadIncidents, Outcome};
use beffroi_kernel::{Access, Role};

use crate::acts::permit;
use crate::ground::Ground;

const BREAKDOWN: (&str, &str) = ("poste-de-travail", "panne");

impl Ground {
    async fn signed_in(&self, login: &str) -> Access {
        let person = beffroi_directory::people::person_by_login(self.db(), login).await.unwrap().unwrap();
        self.access(person.id).await
    }

    async fn declare(
        &self,
        who: &Access,
        audience: Audience,
        from: Option<&str>,
    ) -> Result<String, MajorError> {
        let request = match from {
            Some(reference) => Some(self.folder(who, reference).await.request.id),
            None => None,
        };
        let declaration = Declaration {
            title: "Postes bloqués au démarrage".into(),
            text: "Une mise à jour est en cause ; nous la retirons.".into(),
            theme: "poste".into(),
            audience,
            request,
        };
        major::declare(&self.desk, &permit::<LeadIncidents>(who), who, declaration).await
    }

    async fn tell(&self, who: &Access, incident: &str, turn: Turn, text: &str) -> Result<(), MajorError> {
        major::tell(&self.desk, &permit(who), who, incident, turn, text).await
    }

    async fn join(&self, who: &Access, incident: &str) -> Result<String, MajorError> {
        let school = who.functions[0].school.unwrap();
        major::join(&self.desk, &permit(who), who, incident, school, BREAKDOWN).await
    }
}

#[db_test]
async fn one_answer_reaches_every_request_once_and_one_solution_ends_them_all(db: Db) {
    let ground = Ground::new(db).await;
    let (head, teacher) = (ground.person(Role::Head).await, ground.holder(ground.other, Role::Teacher).await);
    let boss = ground.signed_in("departement").await;
    let technician = ground.agent("mobile-nord").await;
    let first = ground.ask(&head, BREAKDOWN).await;
    let lone = ground.ask(&head, BREAKDOWN).await;
    let incident = ground.declare(&boss, Audience::Region, Some(&first)).await.unwrap();
    assert_eq!(incident, first, "an incident declared from a request has its reference");

    // Joined in one click, twice the same; and an existing request attached.
    let second = ground.join(&teacher, &incident).await.unwrap();
    assert_eq!(ground.join(&teacher, &incident).await.unwrap(), second);
    let joined = ground.folder(&teacher, &second).await.request;
    assert_eq!((joined.state.as_str(), joined.sent_at), ("new", Some(ground.db().now())));
    assert!(joined.first_answer_due.is_some());
    major::attach(&ground.desk, &permit(&head), &head, &lone, &incident).await.unwrap();
    let record = major::open(&ground.desk, &boss, &incident).await.unwrap().unwrap();
    assert_eq!((record.count, record.children.len(), record.leads), ((3, 3), 3, true));

    ground.tell(&boss, &incident, Turn::News { to_all: true }, "Retour à 14 heures.").await.unwrap();
    ground.run_jobs().await;
    let said = |reference: String, who: Access| {
        let ground = &ground;
        async move {
            let folder = ground.folder(&who, &reference).await;
            let count = folder.messages.iter().filter(|one| one.body == "Retour à 14 heures.").count();
            (count, folder.request.first_answered_at.is_some())
        }
    };
    assert_eq!(said(first.clone(), head.clone()).await, (1, true));
    assert_eq!(said(second.clone(), teacher.clone()).await, (1, true));
    // The same job run again, as after a crash, says nothing twice.
    let news = record_news(&ground, &boss, &incident).await;
    major::answer(&ground.desk, news, None).await.unwrap();
    assert_eq!(said(second.clone(), teacher.clone()).await, (1, true));

    // One is solved by hand, one is detached: the solution of all leaves them alone.
    let by_hand = Step::Resolve(Outcome::Degraded, "Remplacé.".into());
    ground.work(&technician, ground.folder(&head, &first).await.request.id, by_hand).await.unwrap();
    major::detach(&ground.desk, &permit(&head), &head, &lone).await.unwrap();
    ground.tell(&boss, &incident, Turn::Resolve, "La mise à jour est retirée.").await.unwrap();
    ground.run_jobs().await;
    let state = |folder: beffroi_desk::reading::Folder| (folder.request.state, folder.request.outcome);
    let done = |state: &str, outcome: Option<&str>| (state.to_owned(), outcome.map(str::to_owned));
    let solved = ground.folder(&teacher, &second).await;
    assert_eq!(solved.request.assignee_id, None, "the leader does not take it in hand");
    assert_eq!(state(solved), done("resolved", Some("done")));
    assert_eq!(state(ground.folder(&head, &first).await), done("resolved", Some("degraded")));
    assert_eq!(state(ground.folder(&head, &lone).await), done("new", None));
    assert!(matches!(ground.join(&teacher, &incident).await, Err(MajorError::State(_))));

    // Opened again, it keeps its requests.
    ground.tell(&boss, &incident, Turn::Reopen, "Cela recommence.").await.unwrap();
    let record = major::open(&ground.desk, &boss, &incident).await.unwrap().unwrap();
    assert_eq!((record.count.0, record.incident.resolved_at), (2, None));
}

async fn record_news(ground: &Ground, who: &Access, incident: &str) -> uuid::Uuid {
    major::open(&ground.desk, who, incident).await.unwrap().unwrap().news[0].id
}

#[db_test]
async fn an_incident_is_told_to_its_schools_and_declared_within_ones_reach(db: Db) {
    let ground = Ground::new(db).await;
    let (head, technician) = (ground.person(Role::Head).await, ground.agent("mobile-nord").await);
    let elsewhere = ground.signed_in("technicien.sud").await;
    let far = ground.declare(&technician, Audience::Region, None).await;
    assert!(matches!(far, Err(MajorError::TooFar)), "{far:?}");
    let theirs = elsewhere.functions.iter().find_map(|function| function.territory).unwrap();
    let far = ground.declare(&technician, Audience::Territory(theirs), None).await;
    assert!(matches!(far, Err(MajorError::TooFar)), "{far:?}");
    assert!(ground.signed_in("prestataire").await.permit::<LeadIncidents>().is_none());

    let here = Audience::Schools(vec![ground.school]);
    let incident = ground.declare(&technician, here, None).await.unwrap();
    let told = major::in_force(ground.db()).await.unwrap();
    assert!(told[0].concerns(Some(&head)) && told[0].concerns(Some(&technician)));
    let stranger = ground.holder(ground.other, Role::Head).await;
    assert!(!told[0].concerns(Some(&stranger)) && !told[0].concerns(None));
    assert!(major::open(&ground.desk, &head, &incident).await.unwrap().is_some());
    assert!(major::open(&ground.desk, &stranger, &incident).await.unwrap().is_none());
    assert!(matches!(ground.join(&stranger, &incident).await, Err(MajorError::NotFound)));
    let theirs = ground.ask(&stranger, BREAKDOWN).await;
    let far = major::attach(&ground.desk, &permit(&stranger), &stranger, &theirs, &incident).await;
    assert!(matches!(far, Err(MajorError::NotFound)), "{far:?}");

    let foreign = ground.tell(&elsewhere, &incident, Turn::Resolve, "Fini.").await;
    assert!(matches!(foreign, Err(MajorError::TooFar)), "{foreign:?}");
    ground.tell(&technician, &incident, Turn::Resolve, "Fini.").await.unwrap();
    assert!(major::in_force(ground.db()).await.unwrap().is_empty());
}

#[db_test]
async fn a_request_reopened_is_counted(db: Db) {
    let ground = Ground::new(db).await;
    let (head, technician) = (ground.person(Role::Head).await, ground.agent("mobile-nord").await);
    let reference = ground.ask(&head, BREAKDOWN).await;
    let id = ground.folder(&head, &reference).await.request.id;
    for times in 1..=2 {
        let step = Step::Resolve(Outcome::Done, "Réparé.".into());
        ground.work(&technician, id, step).await.unwrap();
        beffroi_desk::conversation::reopen(&ground.desk, &permit(&head), id, "Toujours pas.").await.unwrap();
        assert_eq!(ground.folder(&head, &reference).await.request.reopened, times);
    }
}
