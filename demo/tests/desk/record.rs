//! An agent types in what a school asked by phone: for a school within reach only, in the name of the person, and
//! without deciding anything in the school's place. (CSU-05, SRV-29)

use beffroi_db::{Db, db_test};
use beffroi_demo::fill;
use beffroi_desk::record::{self, Caller, NewRecord, RecordError};
use beffroi_desk::{Channel, FillDrafts, RecordRequest, drafts, submit};
use beffroi_desk::{WorkRequests, search};
use beffroi_directory::people::person_by_login;
use beffroi_kernel::{Access, DraftId, Role};

use crate::acts::permit;
use crate::ground::Ground;

const SOFTWARE: (&str, &str) = ("logiciel-pedagogie", "installation");
const FAULT: (&str, &str) = ("poste-de-travail", "panne");

impl Ground {
    async fn typist(&self, login: &str) -> Access {
        let person = person_by_login(self.db(), login).await.unwrap().unwrap();
        self.access(person.id).await
    }

    async fn begin(
        &self,
        agent: &Access,
        caller: Caller,
        what: (&str, &str),
    ) -> Result<DraftId, RecordError> {
        let (sheet, kind) = what;
        let channel = Some(Channel::Phone);
        let new = NewRecord { school: self.school, caller, channel, sheet, kind };
        record::start(&self.desk, &permit::<RecordRequest>(agent), &new).await
    }

    /// Types it in and sends it.
    async fn typed_in(&self, agent: &Access, caller: Caller, what: (&str, &str)) -> String {
        let id = self.begin(agent, caller, what).await.unwrap();
        let fills = permit::<FillDrafts>(agent);
        let draft = drafts::open_own(&self.desk, &fills, agent, id).await.unwrap();
        let today = self.db().now().date_naive();
        let answers = fill(draft.kind(), &draft.facts, today, "Salle 204, troisième rangée.").unwrap();
        drafts::put_answers(&self.desk, &draft, answers).await.unwrap();
        submit::submit_own(&self.desk, &fills, agent, id).await.unwrap().0
    }
}

#[db_test]
async fn the_request_is_the_persons_and_the_school_still_approves(db: Db) {
    let ground = Ground::new(db).await;
    let agent = ground.typist("technicien.nord").await;
    let teacher = ground.person(Role::Teacher).await;
    let reference = ground.typed_in(&agent, Caller::Person(teacher.person), SOFTWARE).await;

    let folder = ground.folder(&teacher, &reference).await;
    assert_eq!(folder.request.requester_id, teacher.person);
    assert_eq!((folder.request.channel.as_str(), folder.request.state.as_str()), ("phone", "validation"));
    let line = &folder.messages[0].body;
    assert!(
        line.contains(&teacher.name) && line.contains(&agent.name) && line.contains("téléphone"),
        "{line}"
    );
    // The agent says the reference, and reads no more while the school has not decided.
    let records = permit::<RecordRequest>(&agent);
    assert!(record::receipt(&ground.desk, &records, &reference).await.unwrap().is_some());
    assert!(ground.seen(&agent, &reference).await.is_none());
    let other = ground.typist("responsable.nord").await;
    assert!(record::receipt(&ground.desk, &permit(&other), &reference).await.unwrap().is_none());
    let told = "SELECT COUNT(*) FROM job WHERE kind = 'mail' AND payload LIKE '%saisie en votre nom%'";
    assert_eq!(ground.count(told).await, 1);
    let said = "SELECT COUNT(*) FROM journal_entry WHERE kind = 'request.submitted' AND data LIKE '%\"channel\":\"phone\"%'";
    assert_eq!(ground.count(said).await, 1);
}

#[db_test]
async fn a_voice_on_the_phone_approves_nothing(db: Db) {
    let ground = Ground::new(db).await;
    let agent = ground.typist("technicien.nord").await;
    let secretary = ground.person(Role::SecretaryGeneral).await;
    let own = ground.ask(&secretary, SOFTWARE).await;
    let asked = ground.folder(&secretary, &own).await;
    assert!(asked.approvals.is_empty(), "asked by themselves, the sheet spares them their own approval");

    let reference = ground.typed_in(&agent, Caller::Person(secretary.person), SOFTWARE).await;
    let folder = ground.folder(&secretary, &reference).await;
    assert!(!folder.approvals.is_empty());
    assert!(folder.approvals.iter().all(|step| step.decided_by.is_none()), "{:?}", folder.approvals);
    assert_eq!(folder.request.state, "validation");
}

#[db_test]
async fn somebody_without_an_account_is_named_and_the_school_follows(db: Db) {
    let ground = Ground::new(db).await;
    let agent = ground.typist("technicien.nord").await;
    let head = ground.person(Role::Head).await;
    let caller = Caller::Other("Mme  Roux, remplaçante ".into());
    let reference = ground.typed_in(&agent, caller, FAULT).await;

    let folder = ground.folder(&head, &reference).await;
    assert_eq!(folder.request.requester_id, head.person);
    assert!(folder.messages[0].body.contains("Mme Roux, remplaçante"));
    let permit = agent.permit::<WorkRequests>().unwrap();
    let found = search::request_ids(&ground.desk, permit.scope(), agent.person, "roux").await.unwrap();
    assert_eq!(found, Some(vec![folder.request.id]));
    let nobody = ground.begin(&agent, Caller::Other("  ".into()), FAULT).await;
    assert!(matches!(nobody, Err(RecordError::Missing("nom", _))));
}

#[db_test]
async fn an_agent_types_for_schools_within_reach_only(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let stranger = ground.holder(ground.other, Role::Teacher).await;
    let far = ground.typist("technicien.sud").await;
    let near = ground.typist("technicien.nord").await;

    let beyond = ground.begin(&far, Caller::Person(teacher.person), FAULT).await;
    assert!(matches!(beyond, Err(RecordError::NotFound)));
    let elsewhere = ground.begin(&near, Caller::Person(stranger.person), FAULT).await;
    assert!(matches!(elsewhere, Err(RecordError::NotFound)), "the person serves in another school");
    let traces = ("securite-internet", "recherche-traces");
    let not_theirs = ground.begin(&near, Caller::Person(teacher.person), traces).await;
    assert!(matches!(not_theirs, Err(RecordError::NotForThem(_))));
    assert!(ground.person(Role::Head).await.permit::<RecordRequest>().is_none());
    // A draft typed in is its agent's alone, even for the person it names.
    let id = ground.begin(&near, Caller::Person(teacher.person), FAULT).await.unwrap();
    assert!(drafts::open_own(&ground.desk, &permit(&teacher), &teacher, id).await.is_err());
    assert!(drafts::unsent(&ground.desk, &permit(&teacher), &teacher).await.unwrap().is_empty());
    let open = record::unsent(&ground.desk, &permit(&near), &near).await.unwrap();
    assert_eq!(open.len(), 1);
    let found = record::people(&ground.desk, ground.school, &teacher.name).await.unwrap();
    assert_eq!(found[0].0, teacher.person);
}
