//! The pages: for those who may, with what was typed kept, and never a secret.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, header};
use beffroi_bridge::settings::{self, BridgeError, Typed};
use beffroi_bridge::{SEALED, Secrets, Settings};
use beffroi_db::sealing::{Numbered, Ring};
use beffroi_db::{Db, db_test};
use beffroi_directory::people;
use beffroi_kernel::PersonId;
use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use crate::ground::{Pair, Side, once, system};

const PASSWORD: &str = "une phrase de passe de test 2026";

/// A page of bridges as that person sees it.
pub async fn page_of(side: &Side, person: PersonId, path: &str) -> String {
    let (status, page) = ask(side, person, path, None).await;
    assert_eq!(status, 200, "{path}: {page}");
    page
}

/// A page, or a form sent, with its status.
async fn ask(side: &Side, person: PersonId, path: &str, form: Option<&str>) -> (u16, String) {
    people::set_password(side.db(), &system(), person, PASSWORD, false).await.unwrap();
    let login = people::person(side.db(), person).await.unwrap().unwrap().login;
    let body = format!(
        "identifiant={login}&login={login}&password={}&mot_de_passe={}",
        PASSWORD.replace(' ', "+"),
        PASSWORD.replace(' ', "+")
    );
    let sign_in = Request::post("/connexion")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    let directory = beffroi_directory::routes(side.desk().site.clone()).router;
    let response = directory.oneshot(sign_in).await.unwrap();
    let cookie =
        response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let request = match form {
        None => Request::get(path).header(header::COOKIE, cookie).body(Body::empty()),
        Some(form) => Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned())),
    };
    let router = beffroi_bridge::routes(side.bridges()).router;
    let response = router.oneshot(request.unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

#[db_test]
async fn both_sides_are_shown_to_agents_and_to_no_one_of_the_school(db: Db) {
    let pair = Pair::new(db).await;
    let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
    pair.here.turn().await;
    let theirs = pair.theirs().await;
    let path = format!("/demandes/{reference}/passerelle");
    let page = page_of(&pair.here, pair.here.nora, &path).await;
    for words in [
        "Infogérance",
        theirs.as_str(),
        "Nouvelle",
        "Synchroniser à nouveau",
        "Ouverture de la demande",
        "envoyé",
    ] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    assert_eq!(ask(&pair.here, pair.here.sonia, &path, None).await.0, 403);
    let (status, _) =
        ask(&pair.here, pair.here.nora, &format!("{path}/synchroniser"), Some("lien=autre")).await;
    assert_eq!(status, 404, "a link of another request is not here");
    let link = pair.here.folder(pair.here.nora, &reference).await.request.id;
    let link = beffroi_bridge::links_of(&pair.here.bridges(), link).await.unwrap().remove(0).id;
    let form = format!("lien={link}");
    assert_eq!(ask(&pair.here, pair.here.nora, &format!("{path}/synchroniser"), Some(&form)).await.0, 303);
    // A note is read by agents here, and by the other team there.
    let (status, page) =
        ask(&pair.here, pair.here.nora, &format!("{path}/note"), Some(&format!("{form}&texte="))).await;
    assert!(status == 422 && page.contains("Écrivez la note"), "{status}");
    let form = format!("{form}&texte=Le+code+est+sous+le+pot.");
    assert_eq!(ask(&pair.here, pair.here.nora, &format!("{path}/note"), Some(&form)).await.0, 303);
    pair.here.turn().await;
    let page = page_of(&pair.here, pair.here.nora, &path).await;
    assert!(page.contains("Note à l’autre équipe") && !page.contains("Mis de côté"), "{page}");
    let there = pair.there.said(&theirs).await;
    assert!(
        there.len() == 1 && there[0].starts_with("Le code est sous le pot.\n\n— Sacha Nora"),
        "{there:?}"
    );
    assert!(pair.here.said(&reference).await.is_empty(), "the school does not read it");
}

#[db_test]
async fn a_bridge_is_built_with_what_is_right_and_its_secrets_are_sealed(db: Db) {
    let pair = Pair::new(db).await;
    let here = &pair.here;
    let typed = |team: String, person: PersonId, url: &str, token: &str| Typed {
        name: "Autre".into(),
        tool: "beffroi".into(),
        url: url.into(),
        team,
        person: person.to_string(),
        secrets: Secrets { token: token.into(), ..Secrets::default() },
        settings: Settings {
            school: "0599777X".into(),
            sheet: "poste-de-travail".into(),
            kind: "question".into(),
            field: "question".into(),
            states: BTreeMap::new(),
            ..Settings::default()
        },
    };
    let refused = async |typed: Typed| match settings::build(&here.bridges(), &system(), &typed).await {
        Err(BridgeError::Field(field, _)) => field,
        other => panic!("{other:?}"),
    };
    let (team, url) = (here.team.to_string(), pair.wire.url.as_str());
    assert_eq!(refused(typed(team.clone(), here.account, "https://10.0.0.1/", "jeton")).await, "adresse");
    assert_eq!(refused(typed(team.clone(), here.sonia, url, "jeton")).await, "personne");
    assert_eq!(refused(typed(team.clone(), here.account, url, "")).await, "jeton");
    assert_eq!(refused(typed(team.clone(), here.account, url, "jeton")).await, "equipe", "it has one");
    assert_eq!(refused(typed("x".into(), here.account, url, "jeton")).await, "equipe");
    let kept = here.text("SELECT secret || settings FROM bridge").await;
    assert!(!kept.contains("beffroi_") && !kept.contains("whsec"), "{kept}");

    // Moved elsewhere, it does not take its token along.
    let moved = typed(team.clone(), here.account, "http://127.0.0.1:9/", "");
    let error = settings::change(&here.bridges(), &system(), &pair.bridge, &moved).await.unwrap_err();
    assert!(matches!(error, BridgeError::Field("jeton", _)), "{error}");

    let tried = settings::try_out(&here.bridges(), &system(), &pair.bridge).await.unwrap();
    assert_eq!(tried.unwrap(), "Sacha Sonia, jeton «\u{a0}passerelle\u{a0}»");
    pair.wire.cut();
    let tried = settings::try_out(&here.bridges(), &system(), &pair.bridge).await.unwrap();
    assert!(tried.unwrap_err().contains("autre outil"));

    // A newer key opens them, once they are sealed with it.
    let key = |number, key| Numbered { number, from: DateTime::<Utc>::UNIX_EPOCH, key };
    let (before, both) = (key(1, [7; 32]), Ring::new(vec![key(1, [7; 32]), key(2, [9; 32])]));
    let resealed = SEALED.reseal(here.db(), &both).await.unwrap();
    assert_eq!((resealed.done, resealed.lost), (1, 0));
    let kept = here.text("SELECT secret FROM bridge").await;
    let whose = pair.bridge.id.to_string();
    assert!(both.for_usage(SEALED.usage).open(&whose, &kept).is_some());
    assert!(Ring::new(vec![before]).for_usage(SEALED.usage).open(&whose, &kept).is_none());
}

#[test]
fn an_agent_without_a_function_in_the_team_stops_the_bridge_and_it_is_said() {
    once(async |db| {
        let mut pair = Pair::new(db).await;
        let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
        pair.here.turn().await;
        let theirs = pair.theirs().await;
        people::set_disabled(pair.here.db(), &system(), pair.here.account, true).await.unwrap();
        pair.there.does(pair.there.nora, &theirs, "messages", json!({ "texte": "J’arrive." })).await;
        pair.here.ten_minutes().await;
        assert!(pair.here.said(&reference).await.is_empty());
        let page = page_of(&pair.here, pair.here.nora, &format!("/demandes/{reference}/passerelle")).await;
        assert!(page.contains("n’exerce plus dans l’équipe"), "{page}");
    });
}
