//! How many statements a page costs, session included: never more than written here, and the same
//! when there are ten times as many rows.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, count_queries, db_test};
use beffroi_demo::{Cast, PASSWORD, populate};
use beffroi_desk::{
    Desk, ReadInternalNotes, ReadRequests, SubmitRequest, WorkRequests, attachments, conversation, details,
    drafts, reading,
};
use beffroi_kernel::{Role, SchoolId};
use chrono::TimeDelta;
use ground::{access, ask, sheets};
use tower::ServiceExt;

const HEAD: &str = "proviseur.lille";
const TECHNICIAN: &str = "technicien.nord";
const DEPARTMENT: &str = "departement";

/// Who, what, and the statements measured; `{}` is a request with a long conversation.
const BUDGETS: &[(&str, &str, u32)] = &[
    ("", "/catalogue", 1),
    ("", "/catalogue/poste-de-travail", 2),
    (HEAD, "/catalogue", 2),
    (HEAD, "/catalogue/poste-de-travail", 6),
    (HEAD, "/demander", 2),
    (HEAD, "/accueil", 7),
    (HEAD, "/demandes", 2),
    (HEAD, "/demandes/{}", 7),
    (HEAD, "/validations", 4),
    (HEAD, "/recherche?q=panne+salle", 5),
    (HEAD, "/recherche?q=imprimnate+sale", 6),
    (TECHNICIAN, "/recherche?q=imprimnate+lile", 7),
    (DEPARTMENT, "/recherche?q=imprimnate+delatre", 8),
    ("", "/delais", 3),
    (HEAD, "/delais", 4),
    (HEAD, "/delais/poste-de-travail/panne", 4),
    (HEAD, "/delais/poste-de-travail/panne/fichier", 4),
    (TECHNICIAN, "/file", 6),
    (TECHNICIAN, "/file/equipe", 6),
    (
        TECHNICIAN,
        "/file?f=1&portee=toutes&q=panne&theme=poste&territoire=&affectee=personne&etablissement=Lille&tri=-modifiee,objet",
        7,
    ),
    (TECHNICIAN, "/file/recherches", 3),
    (TECHNICIAN, "/demandes/{}", 9),
    (TECHNICIAN, "/demandes/{}/contexte", 7),
    (TECHNICIAN, "/file/mentions", 4),
    (TECHNICIAN, "/modeles", 3),
];

struct Town {
    router: Router,
    desk: Desk,
    cast: Cast,
    school: SchoolId,
    reference: String,
    cookies: Vec<(&'static str, String)>,
}

#[db_test]
async fn pages_keep_their_budget_whatever_the_number_of_rows(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let town = Town::new(db, folder.path()).await;
    town.grow(2).await;
    let few = town.measure().await;
    town.grow(18).await;
    let many = town.measure().await;
    let grown: Vec<_> = few.iter().zip(&many).filter(|(few, many)| few != many).collect();
    assert!(grown.is_empty(), "these cost more with more rows: {grown:?}");
    let over: Vec<_> = many.iter().zip(BUDGETS).filter(|(page, budget)| page.2 > budget.2).collect();
    assert!(over.is_empty(), "measured, allowed: {over:?}");
}

impl Town {
    async fn new(db: Db, folder: &std::path::Path) -> Self {
        let config = Config { data_dir: folder.to_owned(), ..Config::default() };
        let service = Service::assemble(&config, db).unwrap();
        let (router, desk) = (service.router(), service.desk);
        let (cast, _) = populate(&desk, &sheets(), 1, |_| ()).await.unwrap();
        let school = cast.school[0].0;
        let head = cast.in_school(school, Role::Head).unwrap();
        let reference = ask(&desk, head, school, "poste-de-travail", "panne").await;
        let mut cookies = vec![("", String::new())];
        for login in [HEAD, TECHNICIAN, DEPARTMENT] {
            cookies.push((login, sign_in(&router, login).await));
        }
        Self { router, desk, cast, school, reference, cookies }
    }

    /// So many more of everything that a page lists.
    async fn grow(&self, count: usize) {
        let [head, teacher] =
            [Role::Head, Role::Teacher].map(|role| self.cast.in_school(self.school, role).unwrap());
        let head = access(&self.desk, head).await;
        let (reads, asks) = (head.permit::<ReadRequests>().unwrap(), head.permit::<SubmitRequest>().unwrap());
        let request =
            reading::open(&self.desk, &reads, &head, &self.reference).await.unwrap().unwrap().request;
        let agent = access(&self.desk, self.cast.in_team(request.team_id).unwrap()).await;
        let (answers, notes) =
            (agent.permit::<ReadRequests>().unwrap(), agent.permit::<ReadInternalNotes>().unwrap());
        let works = agent.permit::<WorkRequests>().unwrap();
        for number in 0..count {
            let linked = ask(&self.desk, head.person, self.school, "poste-de-travail", "panne").await;
            ask(&self.desk, teacher, self.school, "logiciel-pedagogie", "installation").await;
            drafts::start(&self.desk, &asks, &head, self.school, "poste-de-travail", "panne").await.unwrap();
            conversation::reply(&self.desk, &reads, &head, request.id, "Toujours en panne.").await.unwrap();
            conversation::reply(&self.desk, &answers, &agent, request.id, "Nous venons demain.")
                .await
                .unwrap();
            conversation::note(&self.desk, &notes, request.id, "Pièce à commander.").await.unwrap();
            let file = vec![(format!("photo{number}.txt"), b"photo".to_vec())];
            attachments::add(&self.desk, &reads, &head, request.id, file).await.unwrap();
            details::link(&self.desk, &works, request.id, &linked).await.unwrap();
            details::add_task(&self.desk, &works, request.id, "Changer l’alimentation").await.unwrap();
            let at = self.desk.site.db.now() + TimeDelta::days(1);
            details::appoint(&self.desk, &works, request.id, at, at + TimeDelta::hours(1), "Salle 204")
                .await
                .unwrap();
        }
    }

    async fn measure(&self) -> Vec<(&'static str, &'static str, u32)> {
        let mut measured = Vec::new();
        for (login, path, _) in BUDGETS {
            let cookie = &self.cookies.iter().find(|(name, _)| name == login).unwrap().1;
            let address = path.replace("{}", &self.reference);
            // The first look reads the sheets into memory.
            self.get(&address, cookie).await;
            measured.push((*login, *path, self.get(&address, cookie).await));
        }
        measured
    }

    async fn get(&self, path: &str, cookie: &str) -> u32 {
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        let (response, count) = count_queries(self.router.clone().oneshot(request)).await;
        assert_eq!(response.unwrap().status(), 200, "{path}");
        count
    }
}

async fn sign_in(router: &Router, login: &str) -> String {
    let form = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
    let request =
        Request::post("/connexion").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = router.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}
