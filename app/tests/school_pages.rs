//! What pages of requests say of acts: what a release of liability takes, and the acts that wait for one's signature.
//! (T5, SEC-09)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use beffroi_acts::liability::{self, Cause, Deciding, Draft};
use beffroi_acts::{Act, ActKind, NewAct, SignActs, Signing, Who, open_act, sign};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test};
use beffroi_demo::PASSWORD;
use beffroi_desk::{SubmitRequest, drafts, submit};
use beffroi_kernel::{Access, Action, DraftId, Permit, PersonId, Role, SchoolId, Scope};
use chrono::Days;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

struct Scene {
    service: Service,
    school: SchoolId,
    name: String,
    uai: String,
    _files: tempfile::TempDir,
}

fn permit<A: Action>(access: &Access) -> Permit<A> {
    access.permit().unwrap()
}

impl Scene {
    async fn set(db: Db) -> Self {
        let files = tempfile::tempdir().unwrap();
        let config = Config { data_dir: files.path().to_owned(), ..Config::default() };
        let service = Service::assemble(&config, db).unwrap();
        beffroi_demo::populate(&service.desk, &ground::sheets(), 7, |_| ()).await.unwrap();
        let scope = Scope::system("the pages of a school");
        let db = &service.desk.site.db;
        let school =
            beffroi_directory::schools::list(db, &scope, "Vasseur", None).await.unwrap().remove(0).id;
        let found = beffroi_directory::school(db, &scope, school).await.unwrap().unwrap();
        Self { service, school, name: found.name, uai: found.uai, _files: files }
    }

    fn db(&self) -> &Db {
        &self.service.desk.site.db
    }

    async fn access(&self, login: &str) -> Access {
        let person = beffroi_directory::people::person_by_login(self.db(), login).await.unwrap().unwrap();
        ground::access(&self.service.desk, person.id).await
    }

    async fn answer(&self, request: Request<Body>) -> axum::response::Response {
        self.service.router().oneshot(request).await.unwrap()
    }

    /// A page as somebody reads it.
    async fn page(&self, login: &str, path: &str) -> String {
        let body = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
        let form = "application/x-www-form-urlencoded";
        let request = Request::post("/connexion").header(header::CONTENT_TYPE, form).body(Body::from(body));
        let response = self.answer(request.unwrap()).await;
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty());
        let response = self.answer(request.unwrap()).await;
        assert_eq!(response.status(), 200, "{login} {path}");
        String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
    }

    async fn draft(&self, access: &Access, (slug, kind): (&str, &str)) -> DraftId {
        let desk = &self.service.desk;
        let submitting = permit::<SubmitRequest>(access);
        let id = drafts::start(desk, &submitting, access, self.school, slug, kind).await.unwrap();
        let draft = drafts::open(desk, &submitting, access, id).await.unwrap();
        let today = self.db().now().date_naive();
        let answers = beffroi_demo::fill(draft.kind(), &draft.facts, today, "Salle 12").unwrap();
        drafts::put_answers(desk, &draft, answers).await.unwrap();
        id
    }

    async fn sends(&self, access: &Access, id: DraftId) -> String {
        submit::submit(&self.service.desk, &permit(access), access, id).await.unwrap()
    }

    async fn releases(&self, why: &str) {
        let chief = self.access("departement").await;
        let draft =
            Draft { cause: Some(Cause::Works), reason: why.into(), evidence: "Constat du 12/10/2026".into() };
        let text = liability::text(Cause::Works, &draft, &self.name, &self.uai);
        let text_sha256 = &hex::encode(Sha256::digest(text));
        let deciding = Deciding {
            school: self.school,
            draft: &draft,
            text_sha256,
            proof: beffroi_directory::Proof::Password(PASSWORD),
        };
        liability::decide(&self.service.acts, (&permit(&chief), &permit(&chief)), deciding).await.unwrap();
    }

    async fn opens(&self, kind: ActKind, holder: Option<PersonId>, who: Vec<Who>) -> Act {
        let today = self.db().now().date_naive();
        let new = NewAct {
            kind,
            school: self.school,
            title: format!("{} d’essai", kind.label()),
            text: "Le chef d’établissement décide.".into(),
            terms: serde_json::json!({ "url": "https://manuels.example/", "direction": "allow" }),
            holder,
            provider: None,
            starts_on: today,
            ends_on: Some(today + Days::new(30)),
            request: None,
            supersedes: None,
            signatories: vec![who],
            strict_order: true,
            region_opens: false,
            by: None,
        };
        self.db().write(async |tx| open_act(&self.service.acts, tx, new.clone()).await).await.unwrap()
    }

    async fn signs(&self, access: &Access, act: &Act) {
        let signing = Signing {
            act: act.id,
            text_sha256: &act.text_sha256,
            proof: beffroi_directory::Proof::Password(PASSWORD),
            acknowledged: true,
        };
        sign(&self.service.acts, &permit::<SignActs>(access), signing).await.unwrap();
    }
}

const WHY: &str = "Le 12 octobre, l’équipe mobile a constaté un câblage posé sans validation par une entreprise de la ville.";

#[db_test]
async fn a_request_says_what_a_release_takes_from_it_and_is_still_taken(db: Db) {
    let scene = Scene::set(db).await;
    let teacher = scene.access("enseignant.lille").await;
    let before = scene.draft(&teacher, ("poste-de-travail", "panne")).await;
    let check = format!("/brouillons/{before}/verifier");
    assert!(!scene.page("enseignant.lille", &check).await.contains("Dégagement de responsabilité en cours"));

    scene.releases(WHY).await;
    let page = scene.page("enseignant.lille", &check).await;
    assert!(page.contains("Dégagement de responsabilité en cours"), "{page}");
    for loss in liability::losses(Cause::Works) {
        assert!(page.contains(loss), "{loss}: {page}");
    }
    assert!(page.contains("demander sa validation") && page.contains("incident de sécurité reste traité"));
    assert!(!page.contains("/responsabilite\">Lire"), "a teacher may not read the decision");
    // It refuses nothing: neither a breakdown nor an alert.
    let sent = scene.sends(&teacher, before).await;
    let alert = scene.draft(&teacher, ("securite-internet", "alerte")).await;
    scene.sends(&teacher, alert).await;

    let request = format!("/demandes/{sent}");
    for (login, link) in [("enseignant.lille", false), ("proviseur.lille", true), ("technicien.nord", true)] {
        let page = scene.page(login, &request).await;
        assert!(page.contains("Les délais du catalogue ne sont plus opposables à la Région."), "{login}");
        assert_eq!(page.contains("Lire la décision et y répondre"), link, "{login}");
    }

    let chief = scene.access("departement").await;
    liability::lift(
        &scene.service.acts,
        &permit(&chief),
        scene.school,
        (WHY, beffroi_directory::Proof::Password(PASSWORD)),
    )
    .await
    .unwrap();
    for path in [&request, "/accueil"] {
        let page = scene.page("proviseur.lille", path).await;
        assert!(!page.contains("Dégagement de responsabilité en cours"), "{path}");
    }
}

#[db_test]
async fn a_filter_delegate_is_led_to_the_exemption_they_may_sign(db: Db) {
    let scene = Scene::set(db).await;
    let (head, teacher) = (scene.access("proviseur.lille").await, scene.access("enseignant.lille").await);
    let signatories = vec![Who::Role(Role::Head), Who::FilterDelegate];
    let exemption = scene.opens(ActKind::WebExemption, None, signatories).await;
    let link = format!("href=\"/actes/{}/signer\"", exemption.id);
    let shown = async |login: &'static str| {
        let mut pages = Vec::new();
        for path in ["/accueil", "/validations"] {
            pages.push(scene.page(login, path).await.contains(&link));
        }
        pages
    };
    assert_eq!(shown("enseignant.lille").await, [false, false], "no delegate yet");
    assert_eq!(shown("proviseur.lille").await, [true, true]);

    let delegation =
        scene.opens(ActKind::FilterDelegation, Some(teacher.person), vec![Who::Role(Role::Head)]).await;
    scene.signs(&head, &delegation).await;
    assert_eq!(shown("enseignant.lille").await, [true, true]);
    assert_eq!(shown("enseignant.roubaix").await, [false, false]);

    scene.signs(&teacher, &exemption).await;
    assert_eq!(shown("enseignant.lille").await, [false, false]);
    assert_eq!(shown("proviseur.lille").await, [false, false]);
}
