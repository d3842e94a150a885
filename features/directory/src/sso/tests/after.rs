//! Once somebody is in: confirmations, logouts said by providers, functions granted; CAS; the header of a
//! proxy; where one is sent.

use super::*;

const TEXT: &str = "acte:1:abc";
const MARK: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Camille comes in by her intranet.
async fn inside(db: Db) -> (Ground, PersonId) {
    let mut ground = Ground::new(db).await;
    let person = camille(&ground.region).await;
    assert_eq!(ground.comes_in().await.status, StatusCode::SEE_OTHER);
    (ground, person)
}

fn confirming(mark: &str) -> String {
    format!("/compte/confirmation/eduline?objet={TEXT}&jeton={mark}")
}

async fn proves(ground: &Ground, person: PersonId, mark: &str, text: &str) -> Option<ProvedBy> {
    let answer = format!("{}{mark}", crate::sso::MARK);
    let proved = prove(&ground.region.site, person, Proof::Passkey(&answer), &[text.to_owned()]).await;
    proved.ok().map(|proved| proved.by())
}

#[db_test]
async fn a_provider_confirms_a_text_once_for_five_minutes_to_whoever_shows_again_who_they_are(db: Db) {
    let (mut ground, person) = inside(db).await;
    assert_eq!(proves(&ground, person, MARK, TEXT).await, None, "nothing is confirmed yet");

    let away = ground.get(&confirming(MARK)).await;
    assert!(away.to.contains("prompt=login") && away.to.contains("max_age=0"), "{}", away.to);
    let back = ground.trip(&confirming(MARK)).await;
    assert_eq!(ground.get(&back).await.to, "/compte/confirmation");
    assert!(ground.get("/compte/confirmation").await.text.contains("C’est confirmé"));
    assert_eq!(proves(&ground, person, MARK, TEXT).await, Some(ProvedBy::Provider));
    assert_eq!(proves(&ground, person, MARK, TEXT).await, None, "it serves once");

    for (wrong_person, text) in [(person, "acte:2:abc"), (PersonId::new(), TEXT)] {
        let back = ground.trip(&confirming(MARK)).await;
        ground.get(&back).await;
        assert_eq!(proves(&ground, wrong_person, MARK, text).await, None);
        assert_eq!(proves(&ground, person, MARK, TEXT).await, None, "served all the same");
    }
    let back = ground.trip(&confirming(MARK)).await;
    ground.get(&back).await;
    ground.waits(TimeDelta::minutes(6));
    assert_eq!(proves(&ground, person, MARK, TEXT).await, None, "too late");
}

#[db_test]
async fn a_confirmation_wants_the_same_account_shown_just_now(db: Db) {
    let (mut ground, person) = inside(db).await;
    let now = ground.region.db().now().timestamp();
    for old in [json!({ "auth_time": now - 3600 }), json!({ "auth_time": null })] {
        ground.fake.says(old, json!({}));
        let back = ground.trip(&confirming(MARK)).await;
        ground.get(&back).await.refuses(StatusCode::BAD_GATEWAY, "pas pu être vérifiée");
    }
    ground.fake.says(json!({ "sub": "43" }), json!({}));
    let back = ground.trip(&confirming(MARK)).await;
    ground.get(&back).await.refuses(StatusCode::FORBIDDEN, "pas le même compte");
    assert_eq!(proves(&ground, person, MARK, TEXT).await, None);
    let asked = ground.get("/compte/confirmation/eduline?objet=&jeton=court").await;
    asked.refuses(StatusCode::UNPROCESSABLE_ENTITY, "rechargez la page");

    // A session that ends takes its confirmations with it.
    ground.fake.says(json!({}), json!({}));
    let back = ground.trip(&confirming(MARK)).await;
    ground.get(&back).await;
    ground.post("/deconnexion", "x", "").await;
    assert_eq!(proves(&ground, person, MARK, TEXT).await, None);
    ground.cookies.clear();
    let asked = ground.get(&confirming(MARK)).await;
    assert!(asked.to.starts_with("/connexion?suite="), "{}", asked.to);
}

#[db_test]
async fn whoever_has_no_door_sees_no_confirmation_and_a_password_stays_a_password(db: Db) {
    let (mut ground, person) = inside(db).await;
    assert_eq!(proves(&ground, person, "", TEXT).await, None);
    let form = beffroi_web::Submitted(vec![
        ("passkey".into(), String::new()),
        ("password".into(), "a".into()),
        (crate::sso::CONFIRMATION.into(), "sso:x".into()),
    ]);
    assert!(matches!(factors::Proof::of(&form), Proof::Passkey("sso:x")));
    let left = ground.post("/deconnexion", "x", "").await;
    assert_eq!(left.to, "/connexion?fait=deconnexion&fermer=eduline");
    let page = ground.get(&left.to).await;
    assert!(page.text.contains("Fermer aussi ma session EDULINE"), "{}", page.text);
    let exit = ground.get("/connexion/unique/eduline/quitter").await;
    assert!(exit.to.starts_with("https://sso.example/sortir?client_id=beffroi&post_logout_redirect_uri="));
}

#[db_test]
async fn a_logout_said_by_the_provider_closes_its_sessions_once(db: Db) {
    let (mut ground, _) = inside(db).await;
    let path = "/connexion/unique/eduline/fermeture";
    let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let token = |ground: &Ground, change: serde_json::Value| {
        let mut said =
            json!({ "events": events, "jti": hex::encode(rand::random::<[u8; 8]>()), "auth_time": null });
        said.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        ground.fake.token(&said)
    };
    for wrong in [
        json!({ "aud": "autre" }),
        json!({ "iss": "https://autre.example" }),
        json!({ "nonce": "n" }),
        json!({ "events": {} }),
        json!({ "jti": null }),
        json!({ "sub": null, "sid": null }),
    ] {
        let token = token(&ground, wrong);
        assert_eq!(ground.post(path, "logout_token", &token).await.status, StatusCode::BAD_REQUEST);
    }
    let other = token(&ground, json!({ "sid": "une autre" }));
    assert_eq!(ground.post(path, "logout_token", &other).await.status, StatusCode::OK);
    assert!(ground.is_in().await, "the session of another browser");

    let own = token(&ground, json!({}));
    assert_eq!(ground.post(path, "logout_token", &own).await.status, StatusCode::OK);
    assert!(!ground.is_in().await);
    ground.cookies.clear();
    ground.comes_in().await;
    assert_eq!(ground.post(path, "logout_token", &own).await.status, StatusCode::BAD_REQUEST, "sent again");
    assert!(ground.is_in().await);
    let everywhere = token(&ground, json!({ "sid": null }));
    assert_eq!(ground.post(path, "logout_token", &everywhere).await.status, StatusCode::OK);
    assert!(!ground.is_in().await);
    assert_eq!(
        ground.post("/connexion/unique/portail/fermeture", "logout_token", &own).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[db_test]
async fn a_ticket_of_cas_opens_a_session_that_its_server_closes(db: Db) {
    let mut ground = Ground::set(db, |one| {
        (one.email_claim, one.email_trusted) = ("mail".into(), one.kind == Kind::Cas);
    })
    .await;
    let person = camille(&ground.region).await;
    let away = ground.get("/connexion/unique/portail?suite=/compte/cles").await;
    assert!(away.to.starts_with("https://cas.example/cas/login?service="), "{}", away.to);
    let (back, ticket) = ground.fake.gives_ticket(&away.to, "camille");
    let back = back.strip_prefix("https://beffroi.example").unwrap();
    assert_eq!(ground.get(back).await.to, "/compte/cles");
    assert!(ground.get("/compte").await.text.contains("Connexion unique, PORTAIL"));

    let path = format!("/compte/confirmation/portail?objet={TEXT}&jeton={MARK}");
    let away = ground.get(&path).await;
    assert!(away.to.ends_with("&renew=true"), "{}", away.to);
    let (again, _) = ground.fake.gives_ticket(&away.to, "camille");
    ground.get(again.strip_prefix("https://beffroi.example").unwrap()).await;
    assert_eq!(proves(&ground, person, MARK, TEXT).await, Some(ProvedBy::Provider));

    let logout =
        |ticket: &str| format!("<LogoutRequest><SessionIndex>{ticket}</SessionIndex></LogoutRequest>");
    let back = "/connexion/unique/portail/retour";
    assert_eq!(ground.post(back, "logoutRequest", &logout("ST-autre")).await.status, StatusCode::OK);
    assert!(ground.is_in().await);
    assert_eq!(ground.post(back, "logoutRequest", "<a>").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ground.post(back, "logoutRequest", &logout(&ticket)).await.status, StatusCode::OK);
    assert!(!ground.is_in().await);

    // A ticket for another address, or none that the server gave.
    let away = ground.get("/connexion/unique/portail").await;
    let (back, ticket) = ground.fake.gives_ticket(&away.to, "camille");
    ground.cookies.remove("beffroi");
    let other = ground.get("/connexion/unique/portail").await;
    let (stolen, _) = ground.fake.gives_ticket(&other.to, "camille");
    let state = stolen.split(['=', '&']).nth(1).unwrap();
    let mixed = format!("/connexion/unique/portail/retour?etat={state}&ticket={ticket}");
    ground.get(&mixed).await.refuses(StatusCode::BAD_GATEWAY, "pas pu être vérifiée");
    ground
        .get(back.strip_prefix("https://beffroi.example").unwrap())
        .await
        .refuses(StatusCode::BAD_GATEWAY, "vérifiée");
}

#[db_test]
async fn the_header_of_the_proxy_opens_a_session_from_the_proxy_alone(db: Db) {
    let mut ground = Ground::new(db).await;
    camille(&ground.region).await;
    ground.region.member("Noor", "Vasseur").await;
    let ask = |path: &str, named: &str| {
        Request::get(path).header("X-Remote-User", named).body(Body::empty()).unwrap()
    };

    for peer in [None, Some("10.0.0.6:4000")] {
        ground.peer = peer.map(|peer| peer.parse().unwrap());
        let seen = ground.send(ask("/connexion/intranet", "camille.delattre")).await;
        seen.refuses(StatusCode::FORBIDDEN, "réservée à l’intranet");
        let seen = ground.send(ask("/connexion", "camille.delattre")).await;
        assert_eq!(seen.status, StatusCode::OK, "the page of signing in, as for anybody");
        assert!(!ground.is_in().await);
    }
    ground.peer = Some("10.0.0.5:4000".parse().unwrap());
    let seen = ground.send(ask("/connexion?suite=/compte", "camille.delattre")).await;
    assert_eq!(seen.to, "/connexion/intranet?suite=%2Fcompte");
    assert_eq!(ground.send(ask(&seen.to, "Camille.Delattre")).await.to, "/compte");
    let seen = ground.send(ask("/compte", "camille.delattre")).await;
    assert!(seen.text.contains("Connexion unique, Intranet"), "{}", seen.text);
    let seen = ground.send(ask("/compte", "noor.vasseur")).await;
    assert!(seen.to.starts_with("/connexion?suite="), "the browser passed to somebody else");
    ground
        .send(ask("/connexion/intranet", "personne"))
        .await
        .refuses(StatusCode::FORBIDDEN, "pas encore connu");
}

#[db_test]
async fn a_claim_opens_the_functions_that_the_configuration_names_for_that_session_only(db: Db) {
    let rule = |value: &str, role, team: Option<&str>, school: Option<&str>| RoleRule {
        claim: "realm.groupes".into(),
        value: value.into(),
        role,
        team: team.map(str::to_owned),
        school_claim: school.map(str::to_owned),
    };
    let rules = [
        rule("profs", Role::Teacher, None, Some("uai")),
        rule("catalogue", Role::RegionAdmin, None, None),
        rule("equipe", Role::Technician, Some("inconnue"), None),
    ];
    let mut ground = Ground::set(db, |one| one.roles = rules.to_vec()).await;
    let person = ground.region.person("Camille", "Delattre").await;
    let uai = beffroi_kernel::Uai::from_digits(590_001).as_str().to_owned();
    let user = json!({
        "email": "camille@example.org", "email_verified": true, "uai": [uai, "0000000X"],
        "realm": { "groupes": ["profs", "equipe", "head", "region-admin"] },
    });
    ground.fake.says(json!({}), user);
    assert_eq!(ground.comes_in().await.to, "/accueil", "the home of what the claim opens");
    let token = ground.cookies["beffroi"].clone();
    let current = crate::sign_in::recognise(ground.region.db(), &token).await.unwrap().unwrap();
    let held: Vec<_> = current.access.functions.iter().map(|one| (one.role, one.school)).collect();
    assert_eq!(held, [(Role::Teacher, Some(ground.region.schools[0]))]);
    assert!(ground.region.access(person).await.functions.is_empty(), "for the session only");
    assert_eq!(ground.get("/region/personnes").await.status, StatusCode::FORBIDDEN);
    let kinds = ground.region.journal_kinds(&format!("person:{person}")).await;
    assert!(kinds.contains(&"session.granted".to_owned()), "{kinds:?}");
}

#[db_test]
async fn one_is_sent_to_a_page_of_this_site_only_and_the_usual_door_comes_first(db: Db) {
    let mut ground = Ground::new(db).await;
    camille(&ground.region).await;
    for outside in ["//evil.example", "https://evil.example/", "/%5Cevil.example", "%2F%2Fevil.example"] {
        ground.cookies.clear();
        let back = ground.trip(&format!("/connexion/unique/eduline?suite={outside}")).await;
        assert_eq!(ground.get(&back).await.to, "/accueil", "{outside}");
        assert_eq!(ground.get(&format!("/connexion/unique/eduline?suite={outside}")).await.to, "/accueil");
    }
    assert_eq!(ground.get("/connexion/unique/eduline?suite=/demandes").await.to, "/demandes", "here already");
    ground.cookies.remove("beffroi");
    let page = ground.get("/connexion").await.text;
    let (own, others) = page.split_once("Venir d’ailleurs").unwrap();
    assert!(own.contains("EDULINE") && !own.contains("PORTAIL") && others.contains("PORTAIL"));
    assert_eq!(ground.get("/connexion/unique/inconnu").await.status, StatusCode::NOT_FOUND);
}

#[db_test]
async fn two_factors_asked_by_the_provider_are_two_factors_here(db: Db) {
    let mut ground = Ground::set(db, |one| {
        one.strong = vec![crate::sso::StrongRule { claim: "amr".into(), value: "mfa".into() }];
    })
    .await;
    camille(&ground.region).await;
    let who = [crate::protection::Covered::Role(Role::Head)];
    let permit = beffroi_kernel::Permit::system(PersonId::new(), "tests");
    crate::protection::ask_second_factor(ground.region.db(), &permit, (&who, 0)).await.unwrap();

    let user = json!({ "email": "camille@example.org", "email_verified": true });
    for weak in [json!({}), json!({ "amr": ["pwd"] }), json!({ "acr": "mfa" })] {
        ground.fake.says(weak, user.clone());
        ground.cookies.clear();
        let seen = ground.comes_in().await;
        assert!(seen.to.starts_with("/compte/second-facteur"), "{}", seen.to);
        assert!(!ground.is_in().await);
    }
    ground.fake.says(json!({ "amr": ["pwd", "mfa"] }), user);
    ground.cookies.clear();
    assert_eq!(ground.comes_in().await.to, "/accueil");
    assert!(ground.is_in().await);
}
