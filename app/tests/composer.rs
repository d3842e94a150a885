//! One form says everything on a request: what is sent is done once and whole, what cannot be is said
//! beside its field with the text kept.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test};
use beffroi_demo::{PASSWORD, populate};
use beffroi_desk::reading::{self, Folder};
use beffroi_desk::templates::{self, TypedTemplate};
use beffroi_desk::{Desk, Outcome, ReadRequests, State, TemplateReach, WorkRequests};
use beffroi_kernel::{Access, PersonId, Role};
use ground::{access, ask, sheets};
use tower::ServiceExt;

const BOUNDARY: &str = "----frontiere";

struct Office {
    router: Router,
    desk: Desk,
    agent: Access,
    reference: String,
    cookie: String,
    head: String,
    _folder: tempfile::TempDir,
}

impl Office {
    async fn new(db: Db) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let service = Service::assemble(&config, db).unwrap();
        let (router, desk) = (service.router(), service.desk);
        let (cast, _) = populate(&desk, &sheets(), 1, |_| ()).await.unwrap();
        let school = cast.school[0].0;
        let head = cast.in_school(school, Role::Head).unwrap();
        let reference = ask(&desk, head, school, "poste-de-travail", "panne").await;
        let agent = beffroi_directory::people::person_by_login(&desk.site.db, "technicien.nord").await;
        let agent: PersonId = agent.unwrap().unwrap().id;
        Self {
            agent: access(&desk, agent).await,
            cookie: sign_in(&router, "technicien.nord").await,
            head: sign_in(&router, "proviseur.lille").await,
            router,
            desk,
            reference,
            _folder: folder,
        }
    }

    async fn folder(&self) -> Folder {
        let permit = self.agent.permit::<ReadRequests>().unwrap();
        reading::open(&self.desk, &permit, &self.agent, &self.reference).await.unwrap().unwrap()
    }

    /// Sends the composer; gives the status, where it leads and the page.
    async fn send(
        &self,
        cookie: &str,
        fields: &[(&str, &str)],
        file: Option<(&str, &str)>,
    ) -> (u16, String, String) {
        let mut body = String::new();
        for (name, value) in fields {
            body += &format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        let (name, content) = file.unwrap_or_default();
        body += &format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n{content}\r\n--{BOUNDARY}--\r\n"
        );
        let path = format!("/demandes/{}/composer?file=%2Ffile%2Fequipe", self.reference);
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.call(Request::post(path).header(header::CONTENT_TYPE, kind).header(header::COOKIE, cookie), body)
            .await
    }

    async fn call(&self, request: axum::http::request::Builder, body: String) -> (u16, String, String) {
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let to = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let page = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, to.unwrap_or_default(), String::from_utf8(page.to_vec()).unwrap())
    }

    async fn page(&self) -> String {
        let path = format!("/demandes/{}", self.reference);
        self.call(Request::get(path).header(header::COOKIE, &self.cookie), String::new()).await.2
    }
}

async fn sign_in(router: &Router, login: &str) -> String {
    let form = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
    let request =
        Request::post("/connexion").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = router.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
    response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
}

/// Fields, file, the field to mend and what is said of it.
type Case<'a> = (&'a [(&'a str, &'a str)], Option<(&'a str, &'a str)>, &'a str, &'a str);

/// What people said, with its kind.
fn said(folder: &Folder) -> Vec<(&str, &str)> {
    let people = folder.messages.iter().filter(|message| message.kind != "system");
    people.map(|message| (message.kind.as_str(), message.body.as_str())).collect()
}

#[db_test]
async fn one_send_answers_and_makes_wait_then_answers_and_solves_with_a_file(db: Db) {
    let office = Office::new(db).await;
    let wait = [("kind", "reply"), ("message", "Quelle salle ?"), ("then", "wait:school")];
    let (status, to, page) = office.send(&office.cookie, &wait, None).await;
    assert_eq!(
        (status, to.as_str()),
        (303, format!("/demandes/{}?fait=attente&file=%2Ffile%2Fequipe", office.reference).as_str()),
        "{page}"
    );
    let folder = office.folder().await;
    assert_eq!((folder.state, said(&folder)), (State::Waiting, vec![("public", "Quelle salle ?")]));

    let solve = [("kind", "reply"), ("message", "Remplacé."), ("then", "solution:degraded")];
    let (status, _, page) = office.send(&office.cookie, &solve, Some(("bon.txt", "livré"))).await;
    assert_eq!(status, 303, "{page}");
    let folder = office.folder().await;
    assert_eq!(folder.state, State::Resolved);
    assert_eq!(folder.request.outcome.as_deref(), Some(Outcome::Degraded.slug()));
    assert!(folder.files.iter().any(|file| file.name == "bon.txt" && file.message_id.is_some()));
    assert_eq!(said(&folder).len(), 2);
}

#[db_test]
async fn what_cannot_be_sent_is_said_beside_its_field_and_the_text_stays(db: Db) {
    let office = Office::new(db).await;
    let before = office.folder().await;
    let cases: &[Case] = &[
        (&[("kind", "wait"), ("message", "Un devis")], None, "wait_for", "Choisissez qui doit agir"),
        (&[("kind", "solution"), ("message", "Fait")], None, "outcome", "Choisissez l’issue"),
        (
            &[("kind", "reply"), ("message", "Passage le […jour]")],
            None,
            "message",
            "Complétez «\u{a0}[…jour]\u{a0}»",
        ),
        (
            &[("kind", "note"), ("message", "Secret")],
            Some(("plan.txt", "x")),
            "files",
            "joignez-le à une réponse",
        ),
        (
            &[("kind", "reply"), ("message", "Voici")],
            Some(("outil.exe", "x")),
            "files",
            "peut contenir un programme",
        ),
        (&[("kind", "note"), ("message", "")], None, "message", "Écrivez la note"),
    ];
    for (fields, file, field, words) in cases {
        let (status, _, page) = office.send(&office.cookie, fields, *file).await;
        assert_eq!(status, 422, "{fields:?}");
        assert!(
            page.contains(&format!("id=\"{field}-error\"")) && page.contains(words),
            "{fields:?}: {page}"
        );
        assert!(page.contains(&format!("{}</textarea>", fields[1].1)), "{fields:?}: {page}");
        assert!(page.contains(&format!("value=\"{}\" checked", fields[0].1)), "{fields:?}: {page}");
    }
    let after = office.folder().await;
    assert_eq!(
        (said(&after), after.files.len(), after.state),
        (said(&before), before.files.len(), before.state)
    );
}

#[db_test]
async fn the_school_writes_messages_only_whatever_its_form_says(db: Db) {
    let office = Office::new(db).await;
    for (kind, then) in [("note", ""), ("solution", "solution:done"), ("reply", "wait:provider")] {
        let fields = [("kind", kind), ("message", "Bonjour"), ("outcome", "done"), ("then", then)];
        let (status, _, page) = office.send(&office.head, &fields, None).await;
        assert_eq!(status, 303, "{page}");
    }
    let folder = office.folder().await;
    assert_eq!((folder.state, said(&folder)), (State::New, vec![("public", "Bonjour"); 3]));
}

#[db_test]
async fn a_template_goes_in_without_script_and_its_use_is_counted(db: Db) {
    let office = Office::new(db).await;
    let permit = office.agent.permit::<WorkRequests>().unwrap();
    let typed = TypedTemplate {
        name: "Accueil".into(),
        body: "Bonjour, votre demande {reference} est suivie par {agent}.".into(),
        reach: TemplateReach::Own,
        request_type: Some("poste-de-travail/panne".into()),
    };
    let id = templates::save(&office.desk, &permit, &office.agent, None, typed).await.unwrap();
    let template = id.to_string();
    let insert = [("kind", "reply"), ("message", "NB."), ("template", template.as_str()), ("insert", "1")];

    let (status, _, page) = office.send(&office.cookie, &insert, None).await;
    let text =
        format!("NB.\n\nBonjour, votre demande {} est suivie par {}.", office.reference, office.agent.name);
    assert_eq!(status, 200);
    assert!(page.contains(&format!("{text}</textarea>")), "{page}");
    assert!(page.contains(&format!("name=\"template-used\" value=\"{template}\"")), "{page}");
    assert!(said(&office.folder().await).is_empty(), "nothing is sent yet");

    let send = [("kind", "reply"), ("message", text.as_str()), ("template-used", template.as_str())];
    assert_eq!(office.send(&office.cookie, &send, None).await.0, 303);
    assert_eq!(templates::find(&office.desk, &office.agent, id).await.unwrap().unwrap().used, 1);
}

#[db_test]
async fn what_is_being_typed_is_kept_until_it_is_sent(db: Db) {
    let office = Office::new(db).await;
    let path = format!("/demandes/{}/brouillon", office.reference);
    let keep = |cookie: &str| {
        Request::post(&path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie)
    };
    let (status, _, said) =
        office.call(keep(&office.cookie), "kind=note&message=Voir+le+c%C3%A2blage".into()).await;
    assert_eq!(status, 200);
    assert!(said.starts_with("Brouillon enregistré à 10\u{a0}h\u{a0}00"), "{said}");
    let page = office.page().await;
    assert!(page.contains("Voir le câblage</textarea>") && page.contains("value=\"note\" checked"), "{page}");

    let note = [("kind", "note"), ("message", "Voir le câblage du local")];
    assert_eq!(office.send(&office.cookie, &note, None).await.0, 303);
    let page = office.page().await;
    assert!(
        !page.contains("Voir le câblage</textarea>") && page.contains("Voir le câblage du local"),
        "{page}"
    );
}
