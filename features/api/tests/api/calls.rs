//! Requests through the API: the same doors as the site, once whatever is sent again, in a constant number
//! of statements.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use beffroi_db::{Db, count_queries, db_test};
use beffroi_kernel::Role;
use serde_json::{Value, json};

use crate::ground::{BASE, Ground};

#[db_test]
async fn a_request_lives_its_whole_life_through_the_api(db: Db) {
    let ground = Ground::new(db).await;
    let (asks, works) = (ground.token(ground.sonia).await, ground.token(ground.nora).await);
    let reference = ground.ask(&asks, 0).await;
    let path = format!("/api/v1/demandes/{reference}");
    let step = async |body: Value| ground.post(&works, &format!("{path}/etapes"), &body).await;
    let state = async |token: &str| ground.get(token, &path).await.with(200)["etat"]["code"].clone();

    assert_eq!(state(&works).await, "new");
    assert_eq!(step(json!({ "geste": "prendre" })).await.with(200)["etat"]["code"], "open");
    step(json!({ "geste": "reprendre" })).await.with(409);
    step(json!({ "geste": "attendre", "qui": "school", "texte": "Quel modèle ?" })).await.with(200);
    assert_eq!(state(&asks).await, "waiting");
    ground.post(&asks, &format!("{path}/messages"), &json!({ "texte": "Un Epson." })).await.with(201);
    assert_eq!(state(&works).await, "open", "an answer ends the wait");
    ground.post(&works, &format!("{path}/notes"), &json!({ "texte": "Piles AAA en stock." })).await.with(201);
    ground.post(&asks, &format!("{path}/notes"), &json!({ "texte": "x" })).await.with(403);
    step(json!({ "geste": "resoudre", "issue": "done", "texte": "Changées ce matin." })).await.with(200);
    assert_eq!(step(json!({ "geste": "clore" })).await.with(200)["etat"]["code"], "closed");

    let texts = |folder: &Value| {
        folder["fil"]
            .as_array()
            .unwrap()
            .iter()
            .map(|said| said["texte"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (theirs, ours) =
        (ground.get(&asks, &path).await.with(200), ground.get(&works, &path).await.with(200));
    assert!(
        texts(&theirs).contains(&"Un Epson.".to_owned())
            && texts(&theirs).contains(&"Changées ce matin.".to_owned())
    );
    assert!(texts(&theirs)[0].contains("autre logiciel"), "{theirs}");
    assert!(!texts(&theirs).contains(&"Piles AAA en stock.".to_owned()), "a note is for agents");
    assert!(texts(&ours).contains(&"Piles AAA en stock.".to_owned()));
    assert_eq!(theirs["issue"]["code"], "done");
    assert_eq!(ground.number("SELECT COUNT(*) FROM journal_entry WHERE kind = 'token.acted'").await, 7);
    assert_eq!(theirs["reponses"][1]["valeurs"][0], "Qui change les piles du vidéoprojecteur ?");
}

#[db_test]
async fn a_call_sent_twice_has_its_effect_once(db: Db) {
    let ground = Ground::new(db).await;
    let token = ground.token(ground.sonia).await;
    let send =
        async |body: &Value, key: &str| ground.post_once(&token, "/api/v1/demandes", body, Some(key)).await;
    let question = ground.question(0);
    let first = send(&question, "cle-1").await.with(201);
    let again = send(&question, "cle-1").await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.with(201), first);
    assert_eq!(send(&ground.question(1), "cle-1").await.with(422)["type"], "/api#cle");
    // At the same time, as two nodes would.
    let (one, other) = tokio::join!(send(&question, "cle-2"), send(&question, "cle-2"));
    assert_eq!(one.with(201), other.with(201));
    assert_eq!(ground.number("SELECT COUNT(*) FROM request").await, 2);
    assert_eq!(ground.number("SELECT COUNT(*) FROM draft WHERE request_id IS NULL").await, 0);

    let path = format!("/api/v1/demandes/{}/messages", first["reference"].as_str().unwrap());
    let words = json!({ "texte": "Toujours en panne." });
    let said = async || ground.post_once(&token, &path, &words, Some("cle-3")).await.with(201);
    let (one, other) = tokio::join!(said(), said());
    assert_eq!((&one, &said().await), (&other, &one));
    assert_eq!(ground.number("SELECT COUNT(*) FROM message WHERE body = 'Toujours en panne.'").await, 1);
    // Another token's key is another key.
    let nora = ground.token(ground.nora).await;
    let elsewhere = ground.post_once(&nora, &path, &words, Some("cle-3")).await;
    assert!(!elsewhere.headers.contains_key("idempotency-replayed"));
    elsewhere.with(201);
}

#[db_test]
async fn a_refused_call_may_be_mended_under_its_key_and_leaves_no_draft(db: Db) {
    let mut ground = Ground::new(db).await;
    let token = ground.token(ground.sonia).await;
    let send = async |ground: &Ground, body: &Value| {
        ground.post_once(&token, "/api/v1/demandes", body, Some("a")).await
    };
    let mut body = ground.question(0);
    body["reponses"]["question"] = json!("");
    let refused = send(&ground, &body).await;
    assert!(refused.headers["content-type"].to_str().unwrap().starts_with("application/problem+json"));
    assert_eq!(refused.faults(), ["reponses.question"]);
    body["reponses"] = json!({ "sujet": "autre" });
    assert_eq!(send(&ground, &body).await.faults(), ["reponses.question"]);
    body["reponses"] = json!({ "sujet": "autre", "inconnue": "x" });
    assert_eq!(send(&ground, &body).await.faults(), ["reponses.inconnue"]);
    assert_eq!(ground.number("SELECT COUNT(*) FROM draft").await, 0);
    let good = ground.question(0);
    let first = send(&ground, &good).await.with(201);
    // A day later the key serves anew.
    ground.later(chrono::TimeDelta::hours(25));
    assert_ne!(send(&ground, &good).await.with(201)["reference"], first["reference"]);
}

#[db_test]
async fn what_cannot_be_read_is_refused_with_its_field(db: Db) {
    let ground = Ground::new(db).await;
    let (asks, works) = (ground.token(ground.sonia).await, ground.token(ground.nora).await);
    for (path, field) in [
        ("/api/v1/demandes?page=2", "page"),
        ("/api/v1/demandes?portee=hier", "portee"),
        ("/api/v1/demandes?etat=perdue", "etat"),
        ("/api/v1/demandes?apres=zzz", "apres"),
        ("/api/v1/demandes?miennes=oui", "miennes"),
        ("/api/v1/demandes?fiche=poste-de-travail", "fiche"),
        ("/api/v1/etablissements?apres=zzz", "apres"),
    ] {
        assert_eq!(ground.get(&asks, path).await.faults(), [field], "{path}");
    }
    for (path, field) in [
        ("/api/v1/demandes?etat=perdue", "etat"),
        ("/api/v1/demandes?du=hier", "du"),
        ("/api/v1/demandes?apres=zzz", "apres"),
        ("/api/v1/demandes?miennes=true", "miennes"),
    ] {
        assert_eq!(ground.get(&works, path).await.faults(), [field], "{path}");
    }
    let path = "/api/v1/demandes";
    assert_eq!(ground.post(&asks, path, &json!({ "fiche": 1 })).await.faults(), ["fiche"]);
    assert_eq!(ground.post(&asks, path, &json!([])).await.status, 422);
    let raw = async |kind: &str, body: String| {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {asks}"))
            .header("content-type", kind);
        ground.call(request.body(Body::from(body)).unwrap()).await.status
    };
    assert_eq!(raw("application/json", "{".into()).await, 400);
    assert_eq!(raw("text/plain", "{}".into()).await, 415);
    assert_eq!(raw("application/json", format!("\"{}\"", "a".repeat(300_000))).await, 413);
    let long = "k".repeat(201);
    let refused = ground.post_once(&asks, path, &ground.question(0), Some(&long)).await;
    assert_eq!(refused.faults(), ["Idempotency-Key"]);
    ground.get(&asks, "/api/v1/demandes/2026-99999").await.with(404);
    ground.get(&asks, "/api/v1/fiches/rien").await.with(404);
}

#[db_test]
async fn a_file_is_joined_checked_and_read_back(db: Db) {
    let ground = Ground::new(db).await;
    let (asks, works) = (ground.token(ground.sonia).await, ground.token(ground.nora).await);
    let reference = ground.ask(&asks, 0).await;
    let path = format!("/api/v1/demandes/{reference}/fichiers");
    // « Bonjour » in base64.
    let file = |name: &str| json!({ "nom": name, "contenu": "Qm9uam91cg==" });
    ground.post(&asks, &path, &file("note.txt")).await.with(201);
    assert_eq!(ground.post(&asks, &path, &file("virus.exe")).await.faults(), ["contenu"]);
    assert_eq!(
        ground.post(&asks, &path, &json!({ "nom": "a.txt", "contenu": "é" })).await.faults(),
        ["contenu"]
    );
    let folder = ground.get(&works, &format!("/api/v1/demandes/{reference}")).await.with(200);
    let address = folder["fichiers"][0]["adresse"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    let got = ground.get(&works, &address).await;
    assert_eq!(
        (got.bytes.as_slice(), got.headers["x-content-type-options"].to_str().unwrap()),
        (&b"Bonjour"[..], "nosniff")
    );
    let other = ground.ask(&asks, 1).await;
    ground.get(&works, &address.replace(&reference, &other)).await.with(404);
}

#[db_test]
async fn lists_are_read_to_their_end_in_the_same_number_of_statements(db: Db) {
    let ground = Ground::new(db).await;
    let (asks, works) = (ground.token(ground.sonia).await, ground.token(ground.nora).await);
    let (_, one_school) =
        ground.token_for(ground.sonia, true, |one| one.role == Role::SecretaryGeneral).await;
    let reference = ground.ask(&asks, 0).await;
    let paths = [
        (&asks, "/api/v1/demandes".to_owned(), 3),
        (&works, "/api/v1/demandes".to_owned(), 3),
        (&asks, format!("/api/v1/demandes/{reference}"), 7),
        (&works, format!("/api/v1/demandes/{reference}"), 7),
        (&asks, "/api/v1/fiches".to_owned(), 3),
        (&asks, "/api/v1/etablissements".to_owned(), 3),
        (&one_school, "/api/v1/moi".to_owned(), 2),
    ];
    let mut few = Vec::new();
    for (token, path, most) in &paths {
        ground.get(token, path).await.with(200);
        let (got, count) = count_queries(ground.get(token, path)).await;
        got.with(200);
        assert!(count <= *most, "{path}: {count} statements");
        few.push(count);
    }
    for _ in 0..55 {
        ground.ask(&asks, 0).await;
    }
    for ((token, path, _), few) in paths.iter().zip(few) {
        assert_eq!(count_queries(ground.get(token, path)).await.1, few, "{path}");
    }
    for token in [&asks, &works] {
        let (mut path, mut seen) = ("/api/v1/demandes".to_owned(), BTreeSet::new());
        for pages in 1..4 {
            let page = ground.get(token, &path).await.with(200);
            let listed = page["demandes"].as_array().unwrap();
            seen.extend(listed.iter().map(|one| one["reference"].as_str().unwrap().to_owned()));
            let Some(next) = page["suite"].as_str() else {
                assert_eq!(pages, 2);
                break;
            };
            path = format!("/api/v1/demandes?apres={next}");
        }
        assert_eq!(seen.len(), 56);
    }
}

#[db_test]
async fn every_address_is_described_and_every_description_has_an_address(db: Db) {
    let ground = Ground::new(db).await;
    let document = ground.get("", "/api/openapi.json").await.with(200);
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described.insert((method.to_uppercase(), path.clone()));
            let says = |key: &str| operation[key].as_str().is_some_and(|words| !words.is_empty());
            assert!(says("summary") && says("operationId"), "{method} {path}");
        }
    }
    let served = beffroi_api::routes(ground.api.clone()).list;
    let served: BTreeSet<(String, String)> = served
        .into_iter()
        .filter(|(_, path)| path.starts_with("/api/v1/"))
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    assert_eq!(served, described);
    let text = document.to_string();
    let shapes = document["components"]["schemas"].as_object().unwrap();
    for part in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(shapes.contains_key(name), "{name}");
    }
    // Without a token, every one of them answers the same.
    for (method, path) in served {
        let path =
            path.replace("{reference}", "2026-00001").replace("{fiche}", "a").replace("{uai}", "0590001A");
        let request = Request::builder().method(method.as_str()).uri(path.replace("{fichier}", "a"));
        let got = ground.call(request.body(Body::empty()).unwrap()).await;
        assert_eq!(got.status, 401, "{method} {path}");
    }
}
