//! Every request type of the ten sheets is written and sent by each function that may ask, and goes
//! all the way: approved in order inside the school, received by exactly one team, treated, rated.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use beffroi_acts::Who;
use beffroi_catalogue::Published;
use beffroi_db::{Db, db_test};
use beffroi_demo::{Cast, PASSWORD, populate};
use beffroi_desk::approvals::{self, DecideError, Verdict};
use beffroi_desk::conversation;
use beffroi_desk::reading::{self, Approval, Folder};
use beffroi_desk::work::{self, Step};
use beffroi_desk::{
    DecideApprovals, Desk, Outcome, ReadRequests, SubmitRequest, WorkRequests, drafts, submit,
};
use beffroi_kernel::{Access, Permit, PersonId, Role, SchoolId};
use beffroi_sheets::{RequestType, SheetKind};
use ground::{access, desk, sheets};

/// Request types that a sheet names only to say no, with the exclusion that it quotes.
const ALWAYS_REFUSED: &[(&str, &str, &str)] = &[];

struct Walk {
    desk: Desk,
    cast: Cast,
    school: SchoolId,
}

#[db_test]
async fn every_request_type_goes_all_the_way(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let config = beffroi_app::config::Config { data_dir: folder.path().to_owned(), ..Default::default() };
    let desk = desk(&config, db);
    let (cast, _) = populate(&desk, &sheets(), 1, |_| ()).await.unwrap();
    // The first school's people have a password: they can sign.
    let walk = Walk { desk, school: cast.school[0].0, cast };
    let (mut ways, mut refused) = (0, Vec::new());
    let published = walk.desk.catalogue.current().await.unwrap();
    assert_eq!(published.iter().filter(|one| one.sheet.kind == SheetKind::Service).count(), 10);
    for sheet in &published {
        for kind in &sheet.sheet.requests {
            let mut done = 0;
            for (rank, role) in kind.who.iter().enumerate() {
                // Every function asks; the way to the end is walked for the first and the last.
                let to_the_end = rank == 0 || rank + 1 == kind.who.len();
                done += usize::from(walk.walk(sheet, kind, *role, to_the_end).await);
            }
            if done == 0 {
                let quoted: Vec<&str> =
                    kind.refusals.iter().map(|refusal| refusal.excludes.as_str()).collect();
                refused.push((sheet.sheet.slug.clone(), kind.id.clone(), quoted.join(" ")));
            }
            ways += done;
        }
    }
    let refused: Vec<_> = refused
        .iter()
        .map(|(sheet, kind, quoted)| (sheet.as_str(), kind.as_str(), quoted.as_str()))
        .collect();
    assert_eq!(refused, ALWAYS_REFUSED);
    assert!(ways > 100, "{ways}");
}

impl Walk {
    /// From the draft to the rating; false when nobody of that function gets an answer other than no.
    async fn walk(&self, sheet: &Published, kind: &RequestType, role: Role, to_the_end: bool) -> bool {
        let name = format!("{}/{} by {role:?}", sheet.sheet.slug, kind.id);
        let requester =
            access(&self.desk, self.cast.in_school(self.school, role).expect("someone of each function"))
                .await;
        let Some(reference) = self.send(&requester, sheet, kind).await else {
            return false;
        };
        if !to_the_end {
            return true;
        }
        self.approve(&name, &requester, &reference).await;
        let folder = self.folder(&requester, &reference).await;
        let agent = self.owner(&name, kind, &folder).await;
        self.treat(&name, &folder, agent).await;

        let permit = requester.permit::<ReadRequests>().unwrap();
        conversation::rate(&self.desk, &permit, folder.request.id, 3, None).await.unwrap();
        let folder = self.folder(&requester, &reference).await;
        assert_eq!(
            (folder.request.state.as_str(), folder.request.satisfaction),
            ("closed", Some(3)),
            "{name}"
        );
        assert_eq!(folder.effects.len(), usize::from(kind.effect.is_some()), "{name}");
        true
    }

    async fn send(&self, requester: &Access, sheet: &Published, kind: &RequestType) -> Option<String> {
        let permit = requester.permit::<SubmitRequest>().unwrap();
        let id = drafts::start(&self.desk, &permit, requester, self.school, &sheet.sheet.slug, &kind.id)
            .await
            .unwrap();
        let draft = drafts::open(&self.desk, &permit, requester, id).await.unwrap();
        let today = self.desk.site.db.now().date_naive();
        let answers = beffroi_demo::fill(kind, &draft.facts, today, "Salle 204, troisième rangée.")?;
        drafts::put_answers(&self.desk, &draft, answers).await.unwrap();
        Some(submit::submit(&self.desk, &permit, requester, id).await.unwrap())
    }

    async fn folder(&self, access: &Access, reference: &str) -> Folder {
        let permit = access.permit::<ReadRequests>().unwrap();
        reading::open(&self.desk, &permit, access, reference).await.unwrap().unwrap()
    }

    /// Each step by someone of a function that it names, the first undecided one only.
    async fn approve(&self, name: &str, requester: &Access, reference: &str) {
        for position in 0.. {
            let folder = self.folder(requester, reference).await;
            let Some(step) = folder.approvals.get(position) else {
                break;
            };
            if let Some(later) = folder.approvals.get(position + 1).filter(|later| later.state == "later") {
                let person = access(&self.desk, self.holder(&later.roles)).await;
                let permit = person.permit::<DecideApprovals>().unwrap();
                let early =
                    Verdict::Grant { password: Some(PASSWORD.into()), shown: None, acknowledged: true };
                let outcome = approvals::decide(&self.desk, &permit, &person, later.id, early).await;
                assert!(matches!(outcome, Err(DecideError::NotYet)), "{name}: {outcome:?}");
            }
            if step.state == "granted" {
                assert_eq!(step.decided_by, Some(requester.person), "{name}");
                continue;
            }
            let acts = beffroi_acts::for_request(&self.desk.acts, folder.request.id).await.unwrap();
            let named = acts.iter().filter(|act| act.signatures[0].who == [Who::Holder]);
            let named: Vec<PersonId> = named.filter_map(|act| act.holder).collect();
            let signs = if named.is_empty() { vec![self.holder(&step.roles)] } else { named };
            for person in acts.iter().filter_map(|act| act.holder) {
                // Those whom a form names are not all people of the cast, who have passwords.
                let permit = Permit::system(PersonId::new(), "tests");
                let db = &self.desk.site.db;
                beffroi_directory::people::set_password(db, &permit, person, PASSWORD, false).await.unwrap();
            }
            for person in &signs[1..] {
                self.decide(name, *person, step).await;
            }
            let person = access(&self.desk, signs[0]).await;
            let permit = person.permit::<DecideApprovals>().unwrap();
            if step.sign {
                assert!(step.text.is_some(), "{name}: nothing to sign");
                let unsigned = approvals::decide(
                    &self.desk,
                    &permit,
                    &person,
                    step.id,
                    Verdict::Grant { password: None, shown: None, acknowledged: true },
                )
                .await;
                assert!(matches!(unsigned, Err(DecideError::Password)), "{name}: {unsigned:?}");
            }
            self.decide(name, person.person, step).await;
        }
    }

    async fn decide(&self, name: &str, person: PersonId, step: &Approval) {
        let person = access(&self.desk, person).await;
        let permit = person.permit::<DecideApprovals>().unwrap();
        let verdict =
            Verdict::Grant { password: step.sign.then(|| PASSWORD.into()), shown: None, acknowledged: true };
        approvals::decide(&self.desk, &permit, &person, step.id, verdict)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    fn holder(&self, roles: &str) -> PersonId {
        let mut roles = roles.split(',').filter_map(|slug| slug.parse::<Role>().ok());
        roles.find_map(|role| self.cast.in_school(self.school, role)).expect("someone may decide")
    }

    /// The one team that owns it is the one that the matrix names; someone there can take it.
    async fn owner(&self, name: &str, kind: &RequestType, folder: &Folder) -> PersonId {
        assert_eq!(
            (folder.request.state.as_str(), folder.request.sent_at.is_some()),
            ("new", true),
            "{name}"
        );
        assert!(folder.request.solution_due.is_some() && !folder.request.routing_reason.is_empty(), "{name}");
        let place = beffroi_directory::place(&self.desk.site.db, self.school).await.unwrap();
        let decision =
            self.desk.catalogue.routing().await.unwrap().route(&kind.theme, kind.provider_first, &place);
        assert_eq!(folder.team.slug, decision.team, "{name}");
        self.cast.in_team(folder.team.id).unwrap_or_else(|| panic!("{name}: nobody in {}", folder.team.slug))
    }

    async fn treat(&self, name: &str, folder: &Folder, agent: PersonId) {
        let agent = access(&self.desk, agent).await;
        let permit = agent
            .permit::<WorkRequests>()
            .unwrap_or_else(|| panic!("{name}: {:?} works on nothing", agent.main_role()));
        let solution = Step::Resolve(Outcome::Done, "C’est fait.".into());
        for step in [Step::Take, solution] {
            work::work(&self.desk, &permit, folder.request.id, step)
                .await
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
