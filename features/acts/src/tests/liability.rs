//! Releases of liability: who may, what stays, who is told. (T5)

use axum::http::StatusCode;
use beffroi_db::{Db, db_test};
use beffroi_directory::Proof;
use beffroi_directory::people::{self, NewFunction};
use beffroi_kernel::{Permit, PersonId, Role, SchoolId, Scope};

use super::pages::Browser;
use super::{EVER, Ground, PASSWORD, because};
use crate::liability::{self, Cause, Deciding, Draft, LiabilityError};
use crate::model::{Act, State};
use crate::sealed::sha256;
use crate::{EndError, revoke, store};

pub(crate) const WHY: &str =
    "Le 12 octobre, l’équipe mobile a constaté un serveur personnel relié au réseau administratif.";

pub(crate) fn draft() -> Draft {
    Draft {
        cause: Some(Cause::OpenSolution),
        reason: WHY.into(),
        evidence: "Constat 2026-12 du 12/10/2026".into(),
    }
}

impl Ground {
    async fn uai(&self, school: SchoolId) -> (String, String) {
        let found =
            beffroi_directory::school(self.db(), &Scope::system("tests"), school).await.unwrap().unwrap();
        (found.name, found.uai)
    }

    /// Somebody of the operations service of the first school.
    pub(crate) async fn serves_operations(&self, given: &str) -> PersonId {
        let school = beffroi_directory::school(self.db(), &Scope::system("tests"), self.school).await;
        let team = Some(school.unwrap().unwrap().operations_team.id);
        let person = self.person(given, "Exploitation").await;
        let (role, from) = (Role::Technician, self.at(-1));
        let new = NewFunction { person, role, school: None, team, territory: None, from, to: None };
        people::give_function(self.db(), &super::managing(), new).await.unwrap();
        person
    }

    pub(crate) async fn region(&self, given: &str, role: Role) -> PersonId {
        let person = self.person(given, "Région").await;
        self.gives(person, role, None, -1..EVER).await;
        person
    }

    pub(crate) async fn decides(
        &self,
        person: PersonId,
        draft: &Draft,
        password: &str,
    ) -> Result<Act, LiabilityError> {
        let (name, uai) = self.uai(self.school).await;
        let text = liability::text(Cause::OpenSolution, &super::liability::draft(), &name, &uai);
        let deciding = Deciding {
            school: self.school,
            draft,
            text_sha256: &sha256(&text),
            proof: Proof::Password(password),
        };
        liability::decide(&self.acts, (&self.permit(person).await, &self.permit(person).await), deciding)
            .await
    }

    async fn history(&self) -> Vec<(liability::Release, Vec<liability::Contest>)> {
        liability::history(&self.acts, &Scope::system("tests"), self.school).await.unwrap()
    }

    async fn acts_written(&self) -> usize {
        let everything = sea_orm::sea_query::Condition::all();
        store::acts::some(self.db().read(), everything).await.unwrap().len()
    }
}

#[db_test]
async fn it_is_decided_contested_answered_and_lifted_and_everything_stays(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    ground.serves("Sacha", Role::SecretaryGeneral, -1..EVER).await;
    ground.serves_operations("Robin").await;
    let chief = ground.region("Dominique", Role::DepartmentHead).await;
    let (permit, contests) = (ground.permit(chief).await, ground.permit(head).await);

    let act = ground.decides(chief, &draft(), PASSWORD).await.unwrap();
    assert_eq!(act.state, State::InForce);
    assert!(act.text.contains(WHY) && act.signatures[0].made.is_some());
    assert_eq!(liability::released(&ground.acts, ground.school).await.unwrap(), Some(Cause::OpenSolution));
    assert_eq!(liability::released(&ground.acts, ground.other).await.unwrap(), None);
    // Head, secretary-general and the operations service.
    assert_eq!(ground.mails_saying("se dégage de sa responsabilité").await, 3);
    assert!(matches!(ground.decides(chief, &draft(), PASSWORD).await, Err(LiabilityError::Already)));

    let no_answer = liability::answer(&ground.acts, &permit, ground.school, WHY).await;
    assert!(matches!(no_answer, Err(LiabilityError::State(_))));
    liability::contest(&ground.acts, &contests, ground.school, WHY).await.unwrap();
    let twice = liability::contest(&ground.acts, &contests, ground.school, WHY).await;
    assert!(matches!(twice, Err(LiabilityError::State(_))));
    liability::answer(&ground.acts, &permit, ground.school, WHY).await.unwrap();
    assert!(liability::released(&ground.acts, ground.school).await.unwrap().is_some());
    liability::contest(&ground.acts, &contests, ground.school, WHY).await.unwrap();
    liability::lift(&ground.acts, &permit, ground.school, (WHY, Proof::Password(PASSWORD))).await.unwrap();

    assert_eq!(ground.now(&act).await.state, State::Ended);
    assert_eq!(liability::released(&ground.acts, ground.school).await.unwrap(), None);
    let history = ground.history().await;
    let (release, said) = &history[0];
    assert_eq!((history.len(), said.len()), (1, 2));
    assert!(release.lift_authority.as_deref().unwrap().starts_with("Responsable du département"));
    assert!(said[0].authority.starts_with("Chef d’établissement") && !said[0].lifted && said[1].lifted);
    assert!(said.iter().all(|one| one.answer.as_deref() == Some(WHY)));
    let journal = ground.journal(act.id).await;
    for kind in [
        "act.opened",
        "act.signed",
        "act.in-force",
        "liability.contested",
        "liability.answered",
        "liability.lifted",
        "act.ended",
    ] {
        assert!(journal.contains(&kind.to_owned()), "{kind} is missing: {journal:?}");
    }
    // A new decision may follow.
    ground.decides(chief, &draft(), PASSWORD).await.unwrap();
    assert_eq!(ground.history().await.len(), 2);
}

#[db_test]
async fn only_a_department_head_in_office_decides_with_their_password(db: Db) {
    let ground = Ground::new(db).await;
    let chief = ground.region("Dominique", Role::DepartmentHead).await;
    for role in Role::ALL.iter().filter(|role| **role != Role::DepartmentHead) {
        use beffroi_kernel::Action;
        assert!(liability::DecideLiability::reach(*role).is_none(), "{role}");
    }
    for password in ["", "faux"] {
        assert!(matches!(ground.decides(chief, &draft(), password).await, Err(LiabilityError::Password)));
    }
    let poor = Draft { reason: "Non conforme.".into(), evidence: String::new(), ..draft() };
    let Err(LiabilityError::Invalid(faults)) = ground.decides(chief, &poor, PASSWORD).await else { panic!() };
    assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), ["reason", "evidence"]);
    let other = Draft { evidence: "Autre constat".into(), ..draft() };
    assert!(matches!(ground.decides(chief, &other, PASSWORD).await, Err(LiabilityError::TextChanged)));
    // A worker has neither function nor password: a permit of the system decides nothing.
    let nobody = PersonId::new();
    let (name, uai) = ground.uai(ground.school).await;
    let text = sha256(liability::text(Cause::OpenSolution, &draft(), &name, &uai));
    let deciding = Deciding {
        school: ground.school,
        draft: &draft(),
        text_sha256: &text,
        proof: Proof::Password(PASSWORD),
    };
    let permits = (&Permit::system(nobody, "a job"), &Permit::system(nobody, "a job"));
    assert!(matches!(
        liability::decide(&ground.acts, permits, deciding).await,
        Err(LiabilityError::Password)
    ));
    let permits = (&Permit::system(ground.serves("Camille", Role::Head, -1..EVER).await, "a job"), permits.1);
    assert!(matches!(
        liability::decide(&ground.acts, permits, deciding).await,
        Err(LiabilityError::NoAuthority)
    ));
    assert_eq!(ground.acts_written().await, 0);
    assert!(ground.history().await.is_empty());
}

#[db_test]
async fn whoever_left_office_since_decides_nothing(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let chief = ground.person("Dominique", "Région").await;
    ground.gives(chief, Role::DepartmentHead, None, -1..5).await;
    ground.decides(chief, &draft(), PASSWORD).await.unwrap();
    let (old, contests) = (ground.permit(chief).await, ground.permit(head).await);
    ground.leaves(head).await;
    let left = liability::contest(&ground.acts, &contests, ground.school, WHY).await;
    assert!(matches!(left, Err(LiabilityError::NoAuthority)));
    ground.wait(6).await;
    let late = liability::lift(&ground.acts, &old, ground.school, (WHY, Proof::Password(PASSWORD))).await;
    assert!(matches!(late, Err(LiabilityError::NoAuthority)));
    assert!(liability::released(&ground.acts, ground.school).await.unwrap().is_some());
}

#[db_test]
async fn the_school_does_not_take_back_what_the_region_decided(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let chief = ground.region("Dominique", Role::DepartmentHead).await;
    let act = ground.decides(chief, &draft(), PASSWORD).await.unwrap();
    for person in [head, chief] {
        let refused = revoke(&ground.acts, &ground.permit(person).await, act.id, because(WHY)).await;
        assert!(matches!(refused, Err(EndError::NoAuthority | EndError::NotFound)), "{refused:?}");
    }
    assert_eq!(ground.now(&act).await.state, State::InForce);
    let told = liability::announcements(ground.db()).await.unwrap();
    assert!(told.len() == 1 && told[0].concerns(Some(&ground.access(head).await)));
    assert!(!told[0].concerns(Some(&ground.access(chief).await)));
}

fn encoded(fields: &[(&str, &str)]) -> Option<String> {
    let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    Some(fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&"))
}

#[db_test]
async fn pages_show_what_is_lost_before_and_after_and_keep_what_was_typed(db: Db) {
    let ground = Ground::new(db).await;
    let head = Browser::of(&ground, ground.serves("Camille", Role::Head, -1..EVER).await).await;
    let pupil = Browser::of(&ground, ground.serves("Lou", Role::Pupil, -1..EVER).await).await;
    let stranger = ground.person("Alix", "Ailleurs").await;
    ground.gives(stranger, Role::Head, Some(ground.other), -1..EVER).await;
    let stranger = Browser::of(&ground, stranger).await;
    let chief = Browser::of(&ground, ground.region("Dominique", Role::DepartmentHead).await).await;
    let (_, uai) = ground.uai(ground.school).await;
    let path = format!("/etablissements/{uai}/responsabilite");
    let (new, lost) = (format!("{path}/nouvelle"), liability::losses(Cause::OpenSolution)[0]);

    let (_, page) = head.page(&path, None).await;
    assert!(page.contains("aucun dégagement") && !page.contains("/nouvelle"), "{page}");
    for (browser, status) in
        [(&pupil, StatusCode::FORBIDDEN), (&head, StatusCode::FORBIDDEN), (&chief, StatusCode::OK)]
    {
        assert_eq!(browser.page(&new, None).await.0, status);
    }
    assert_eq!(stranger.page(&path, None).await.0, StatusCode::NOT_FOUND);
    let typed = [("ground", "open-solution"), ("reason", "Trop court."), ("evidence", "Constat")];
    let (status, page) = chief.page(&new, encoded(&typed)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("Trop court.") && page.contains("href=\"#reason\""), "{page}");

    let typed = [("ground", "open-solution"), ("reason", WHY), ("evidence", "Constat 2026-12 du 12/10/2026")];
    let (status, preview) = chief.page(&new, encoded(&typed)).await;
    assert!(
        status == StatusCode::OK && preview.contains(lost) && preview.contains("Signer la décision"),
        "{preview}"
    );
    assert!(ground.history().await.is_empty(), "nothing is decided by reading");
    let (_, rest) = preview.split_once("name=\"texte\" value=\"").unwrap();
    let sha256 = rest.split('"').next().unwrap();
    let signed =
        |password| [&typed[..], &[("texte", sha256), ("etape", "signer"), ("password", password)]].concat();
    let (status, page) = chief.page(&new, encoded(&signed("faux"))).await;
    assert!(
        status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("ne convient pas") && page.contains(WHY)
    );
    assert_eq!(chief.page(&new, encoded(&signed(PASSWORD))).await.0, StatusCode::SEE_OTHER);

    let (_, page) = head.page(&path, None).await;
    assert!(page.contains(lost) && page.contains("/contester") && page.contains(WHY), "{page}");
    let contest = format!("{path}/contester");
    assert_eq!(head.page(&contest, encoded(&[("text", "Non.")])).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stranger.page(&contest, encoded(&[("text", WHY)])).await.0, StatusCode::NOT_FOUND);
    assert_eq!(head.page(&contest, encoded(&[("text", WHY)])).await.0, StatusCode::SEE_OTHER);
    let (status, page) = chief.page(&format!("{path}/repondre"), encoded(&[("answer", "Non.")])).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("href=\"#answer\""), "{page}");
    let lift = [("reason", WHY), ("password", PASSWORD)];
    assert_eq!(head.page(&format!("{path}/lever"), encoded(&lift)).await.0, StatusCode::FORBIDDEN);
    assert_eq!(chief.page(&format!("{path}/lever"), encoded(&lift)).await.0, StatusCode::SEE_OTHER);
    let (_, page) = head.page(&path, None).await;
    assert!(
        page.contains("aucun dégagement")
            && page.contains("Décisions passées")
            && page.contains("Dégagement levé"),
        "{page}"
    );
}
