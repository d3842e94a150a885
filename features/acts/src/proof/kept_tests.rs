//! What is kept of an act holds together: one value changed in the database is found, and a code reveals only
//! whether its act holds.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use beffroi_db::jobs::Worker;
use beffroi_db::journal::keys::{self, Former, Signer};
use beffroi_db::{Db, count_queries, db_test};
use beffroi_directory::Proof;
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::organisation::{self, Organisation};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_directory::{Site, access_of, schools, sign_in};
use beffroi_kernel::{Action, Permit, PersonId, Role, SchoolId, Scope, Uai};
use chrono::TimeDelta;
use ed25519_dalek::SigningKey;
use sea_orm::{ConnectionTrait, Statement as Sql};
use tower::ServiceExt;

use super::timestamp::Authority;
use super::timestamp::tests::{authority, openssl, served};
use super::{Checked, Proofs, PublicKey, Sealer, check, jobs, routes, take_up, verify};
use crate::{Act, ActKind, Acts, NewAct, Signing, Who, open_act, sign};

const PASSWORD: &str = "vieux pont tiède orange";

struct Ground {
    acts: Acts,
    proofs: Proofs,
    school: SchoolId,
    head: PersonId,
    holder: PersonId,
}

fn system<A: Action>() -> Permit<A> {
    Permit::system(PersonId::new(), "tests")
}

async fn member(db: &Db, school: SchoolId, login: &str, role: Role) -> PersonId {
    let new = NewPerson {
        given_name: "Sacha".into(),
        family_name: login.into(),
        email: None,
        login: Some(login.into()),
    };
    let person = people::create_person(db, &system(), new).await.unwrap();
    people::set_password(db, &system(), person, PASSWORD, false).await.unwrap();
    let (school, from) = (Some(school), db.now() - TimeDelta::days(30));
    let function = NewFunction { person, role, school, team: None, territory: None, from, to: None };
    people::give_function(db, &system(), function).await.unwrap();
    person
}

impl Ground {
    async fn of(db: Db) -> Self {
        organisation::install(&db, None, &Organisation::default()).await.unwrap();
        let uai = Uai::from_digits(599_001);
        let csv = format!("uai;nom;commune;departement\n{uai};Lycée Honorine Vasseur;Lille;59\n");
        import::schools(&db, &system(), csv.as_bytes(), &ImportOptions::default(), |_| ()).await.unwrap();
        let scope = Scope::system("tests");
        let school = schools::school_by_uai(&db, &scope, uai.as_str()).await.unwrap().unwrap().id;
        let head = member(&db, school, "dumetz", Role::Head).await;
        let holder = member(&db, school, "carlier", Role::IctCoordinator).await;
        let site = Site { db, base_url: "https://beffroi.example".into(), secure_cookies: false };
        let acts = Acts::new(site);
        let sealer = Arc::new(Sealer::new(SigningKey::from_bytes(&[7; 32])));
        Self { proofs: Proofs { acts: acts.clone(), sealer }, acts, school, head, holder }
    }

    fn db(&self) -> &Db {
        &self.acts.site.db
    }

    async fn opened(&self) -> Act {
        let today = self.db().now().date_naive();
        let new = NewAct {
            kind: ActKind::AccountDelegation,
            school: self.school,
            title: "Gestion des comptes : Sacha Carlier".into(),
            text: "Je délègue à Sacha Carlier la gestion des comptes.\n\nSecret du texte.".into(),
            terms: serde_json::json!({ "scope": ["élèves", "personnels"] }),
            holder: Some(self.holder),
            provider: None,
            starts_on: today,
            ends_on: Some(today + TimeDelta::days(300)),
            request: None,
            supersedes: None,
            signatories: vec![vec![Who::Role(Role::Head)]],
            strict_order: true,
            region_opens: false,
            by: Some(self.holder),
        };
        self.db().write(async |tx| open_act(&self.acts, tx, new).await).await.unwrap()
    }

    async fn signed(&self) -> Act {
        let act = self.opened().await;
        let access = access_of(self.db(), self.head).await.unwrap().unwrap();
        let permit = access.permit().unwrap();
        let signing = Signing {
            act: act.id,
            text_sha256: &act.text_sha256,
            proof: Proof::Password(PASSWORD),
            acknowledged: true,
        };
        sign(&self.acts, &permit, signing).await.unwrap()
    }

    async fn run(&self, sql: &str) -> u64 {
        let done = self.db().read().execute_raw(Sql::from_string(self.db().backend(), sql.to_owned())).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}")).rows_affected()
    }

    async fn faults(&self) -> Vec<String> {
        let Checked { faults, .. } = check(self.db(), |_| ()).await.unwrap();
        faults.into_iter().map(|fault| format!("{}: {}", fault.act, fault.what)).collect()
    }

    /// The same place, whose documents another key seals.
    fn with(&self, sealer: Sealer) -> Self {
        let proofs = Proofs { sealer: Arc::new(sealer), ..self.proofs.clone() };
        Self { proofs, acts: self.acts.clone(), ..*self }
    }

    fn site(&self) -> Router {
        routes(self.proofs.clone()).router
    }

    async fn get(&self, path: &str, session: Option<&str>) -> (u16, Vec<u8>) {
        let mut request = Request::get(path);
        if let Some(token) = session {
            request = request.header(header::COOKIE, format!("beffroi={token}"));
        }
        answer(self.site(), request.body(Body::empty()).unwrap()).await
    }

    async fn page(&self, path: &str) -> (u16, String) {
        let (status, body) = self.get(path, None).await;
        (status, String::from_utf8(body).unwrap())
    }

    async fn session(&self, login: &str) -> String {
        sign_in::sign_in(self.db(), login, PASSWORD, "tests").await.unwrap().token
    }

    async fn send(&self, file: &[u8]) -> (u16, String) {
        let part =
            "--limite\r\nContent-Disposition: form-data; name=\"document\"; filename=\"acte.pdf\"\r\n\r\n";
        let body = [part.as_bytes(), file, b"\r\n--limite--\r\n"].concat();
        let request = Request::post("/verifier/fichier")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=limite")
            .body(Body::from(body));
        let (status, page) = answer(self.site(), request.unwrap()).await;
        (status, String::from_utf8(page).unwrap())
    }
}

async fn answer(site: Router, request: Request<Body>) -> (u16, Vec<u8>) {
    // The server's own limit, larger than what this page takes.
    let site = site.layer(axum::extract::DefaultBodyLimit::max(64 * 1024 * 1024));
    let response = site.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
}

#[db_test]
async fn an_act_taken_away_or_slipped_in_is_found(db: Db) {
    let ground = Ground::of(db).await;
    let (kept, waiting) = (ground.signed().await, ground.opened().await);
    assert_eq!(ground.faults().await, Vec::<String>::new());
    // A text that nobody signed yet is in the journal too.
    ground.run(&format!("UPDATE act SET text = 'autre' WHERE reference = '{}'", waiting.reference)).await;
    let faults = ground.faults().await;
    assert!(faults.iter().all(|fault| fault.starts_with(&waiting.reference)), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("le texte")), "{faults:?}");

    ground.run(&format!("DELETE FROM act WHERE reference = '{}'", waiting.reference)).await;
    let faults = ground.faults().await;
    assert!(matches!(&faults[..], [fault] if fault.contains("l’acte manque")), "{faults:?}");
    let forged = PersonId::new();
    let id = if ground.db().backend() == sea_orm::DbBackend::Sqlite {
        format!("x'{}'", forged.0.simple())
    } else {
        format!("'{}'", forged.0)
    };
    ground
        .run(&format!(
            "INSERT INTO act (id, reference, code, kind, school_id, title, text, text_sha256, terms, starts_on, strict_order, \
             region_opens, state, created_at, signed_at) SELECT {id}, 'A2026-999999', 'X', kind, school_id, title, text, \
             text_sha256, terms, starts_on, strict_order, region_opens, state, created_at, signed_at FROM act \
             WHERE reference = '{}'",
            kept.reference
        ))
        .await;
    let faults = ground.faults().await;
    assert!(faults.iter().any(|fault| fault.starts_with("A2026-999999")), "{faults:?}");
}

#[db_test]
async fn a_code_confirms_its_act_and_reveals_nothing_else(db: Db) {
    let ground = Ground::of(db).await;
    let (act, waiting) = (ground.signed().await, ground.opened().await);
    let ((status, page), known) =
        count_queries(ground.page(&format!("/verifier/{}", act.code.to_lowercase()))).await;
    assert_eq!(status, 200);
    for said in ["Cet acte est en vigueur", "Délégation de gestion des comptes", "Lycée Honorine Vasseur"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    for secret in ["carlier", "Carlier", "dumetz", "Secret", &act.reference, &act.text_sha256, &act.title] {
        assert!(!page.contains(secret), "{secret}: {page}");
    }

    // A code nobody has, one of an act nobody signed, and no code at all: the same words, the same work.
    let mut answers = Vec::new();
    for code in ["00000-00000-00000-00000", &waiting.code, "rien"] {
        let ((status, page), unknown) = count_queries(ground.page(&format!("/verifier/{code}"))).await;
        assert_eq!((status, unknown), (404, known), "{code}");
        answers.push(page.replace(code, "…"));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));

    let access = access_of(ground.db(), ground.head).await.unwrap().unwrap();
    crate::revoke(&ground.acts, &access.permit().unwrap(), act.id, ("Départ", Proof::Password(PASSWORD)))
        .await
        .unwrap();
    assert_eq!(ground.faults().await, Vec::<String>::new());
    let (_, page) = ground.page(&format!("/verifier/{}", act.code)).await;
    assert!(page.contains("Cet acte n’est plus en vigueur") && page.contains("Terminé depuis le"), "{page}");
}

#[db_test]
async fn a_document_sent_is_checked_and_a_changed_one_refused(db: Db) {
    let ground = Ground::of(db).await;
    let act = ground.signed().await;
    let session = ground.session("dumetz").await;
    let (status, file) = ground.get(&format!("/actes/{}/acte.pdf", act.id), Some(&session)).await;
    assert_eq!(status, 200);
    let key = ground.proofs.sealer.public();
    assert_eq!(verify(&file, std::slice::from_ref(&key)).unwrap().statement.code, act.code);

    let (status, page) = ground.send(&file).await;
    assert!(
        status == 200 && page.contains("Ce document est intact") && page.contains("en vigueur"),
        "{page}"
    );
    let mut changed = file.clone();
    changed[1_000] ^= 1;
    let (status, page) = ground.send(&changed).await;
    assert!(status == 422 && page.contains("il a été modifié"), "{page}");
    let (status, page) = ground.send(b"").await;
    assert!(status == 422 && page.contains("Choisissez le fichier"), "{page}");
    let (status, page) = ground.send(&vec![b'x'; 5 * 1024 * 1024 + 1]).await;
    assert!(status == 413 && page.contains("dépasse 5\u{a0}Mo"), "{page}");

    let (status, text) = ground.page("/verifier/cle.txt").await;
    assert!(status == 200 && PublicKey::read_all(&text) == Ok(vec![key]), "{text}");
}

#[db_test]
async fn only_who_may_read_an_act_has_its_document(db: Db) {
    let ground = Ground::of(db).await;
    let (act, waiting) = (ground.signed().await, ground.opened().await);
    member(ground.db(), ground.school, "passant", Role::Teacher).await;
    for (login, expected) in [("dumetz", 200), ("carlier", 200), ("passant", 404)] {
        let session = ground.session(login).await;
        for file in ["acte.pdf", "preuve.json"] {
            let (status, _) = ground.get(&format!("/actes/{}/{file}", act.id), Some(&session)).await;
            assert_eq!(status, expected, "{login} {file}");
        }
        // No timestamp yet; nothing is stated of an act that waits for signatures.
        for path in [format!("/actes/{}/horodatage.tsr", act.id), format!("/actes/{}/acte.pdf", waiting.id)] {
            assert_eq!(ground.get(&path, Some(&session)).await.0, 404, "{login} {path}");
        }
    }
    assert_eq!(ground.get(&format!("/actes/{}/acte.pdf", act.id), None).await.0, 303);
}

#[db_test]
async fn a_signed_act_is_timestamped_and_openssl_accepts_it(db: Db) {
    let ground = Ground::of(db).await;
    let act = ground.signed().await;
    let folder = authority();
    let url = served(folder.path()).await;
    let session = ground.session("dumetz").await;
    let worker = |authority| jobs(Worker::new(ground.db().clone()), ground.db(), authority);

    // Without an authority nothing is asked, and nothing waits.
    worker(None).drain().await.unwrap();
    assert_eq!(take_up(ground.db()).await.unwrap(), 1);
    worker(Some(Authority::new(&url))).drain().await.unwrap();
    assert_eq!(take_up(ground.db()).await.unwrap(), 0);
    assert_eq!(ground.faults().await, Vec::<String>::new());

    for file in ["preuve.json", "horodatage.tsr"] {
        let (status, bytes) = ground.get(&format!("/actes/{}/{file}", act.id), Some(&session)).await;
        assert_eq!(status, 200, "{file}");
        std::fs::write(folder.path().join(file), bytes).unwrap();
    }
    let said =
        openssl(folder.path(), "ts -verify -in horodatage.tsr -data preuve.json -CAfile authority.pem");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));

    let change = if ground.db().backend() == sea_orm::DbBackend::Sqlite { "x'30'" } else { "'\\x30'" };
    assert_eq!(ground.run(&format!("UPDATE act_timestamp SET response = {change}")).await, 1);
    let faults = ground.faults().await;
    assert!(matches!(&faults[..], [fault] if fault.contains("l’horodatage")), "{faults:?}");
}

/// The document of an act, as the head downloads it.
async fn downloaded(ground: &Ground, act: &Act) -> Vec<u8> {
    let session = ground.session("dumetz").await;
    ground.get(&format!("/actes/{}/acte.pdf", act.id), Some(&session)).await.1
}

#[db_test]
async fn a_document_sealed_by_a_former_key_is_still_checked(db: Db) {
    let key = |number: u8| SigningKey::from_bytes(&[number; 32]);
    let mut ground = Ground::of(db).await;
    let act = ground.signed().await;
    let stranger = ground.with(Sealer::new(key(9)));
    let signer = Signer::new(key(7));
    ground.proofs.sealer = Arc::new(Sealer::following(signer.clone()));
    let first = downloaded(&ground, &act).await;

    keys::change(ground.db(), &Former::Held(key(7)), &key(8), false).await.unwrap();
    // A node that does not know yet the new key checks what another sealed with it.
    let elsewhere = downloaded(&ground.with(Sealer::new(key(8))), &act).await;
    assert_eq!(ground.send(&elsewhere).await.0, 200);
    signer.set(key(8));
    let second = downloaded(&ground, &act).await;
    for file in [&first, &second] {
        let (status, page) = ground.send(file).await;
        assert!(status == 200 && page.contains("Ce document est intact"), "{page}");
    }
    let (status, page) = ground.send(&downloaded(&stranger, &act).await).await;
    assert!(status == 422 && page.contains("clé inconnue"), "{page}");
    let public = |number| Sealer::new(key(number)).public();
    let (_, text) = ground.page("/verifier/cle.txt").await;
    assert_eq!(PublicKey::read_all(&text), Ok(vec![public(8), public(7)]), "{text}");

    // Others may have read the second: what it sealed is refused, what the first sealed is not.
    keys::change(ground.db(), &Former::Held(key(8)), &key(6), true).await.unwrap();
    signer.set(key(6));
    let (status, page) = ground.send(&second).await;
    assert!(status == 422 && page.contains("une clé retirée depuis"), "{page}");
    assert_eq!(ground.send(&first).await.0, 200);
    assert_eq!(ground.send(&downloaded(&ground, &act).await).await.0, 200);
    let (_, text) = ground.page("/verifier/cle.txt").await;
    assert_eq!(PublicKey::read_all(&text), Ok(vec![public(6), public(7)]), "{text}");
}
