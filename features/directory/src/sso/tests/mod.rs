//! Single sign-on over HTTP, against a provider in memory: who comes in, who does not, what a confirmation
//! is worth, what a provider closes. Real providers are tried in `e2e/`.

mod after;
mod provider;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, StatusCode};
use axum::middleware::from_fn_with_state;
use beffroi_db::{Db, db_test};
use beffroi_kernel::{FixedClock, PersonId, Role};
use chrono::TimeDelta;
use serde_json::json;
use tower::ServiceExt;

use self::provider::{CAS, CLIENT, Fake, ISSUER, SECRET};
use super::wire::Wire;
use super::{Doors, HeaderSettings, Kind, Provider, ProviderSettings, RoleRule, around};
use crate::sign_in::sessions_of;
use crate::tests::{Region, managing};
use crate::{Proof, ProvedBy, Site, factors, people, prove, routes, sso_routes};

fn settings(kind: Kind) -> ProviderSettings {
    let (slug, url) = match kind {
        Kind::Oidc => ("eduline", ISSUER),
        Kind::Cas => ("portail", CAS),
    };
    let text = json!({ "slug": slug, "name": slug.to_uppercase(), "url": url, "client_id": CLIENT, "academy": "lille" });
    let settings: ProviderSettings = serde_json::from_value(text).unwrap();
    ProviderSettings { kind, ..settings }
}

/// A browser, the site behind it, and the provider.
struct Ground {
    region: Region,
    fake: Fake,
    doors: Doors,
    router: Router,
    cookies: BTreeMap<String, String>,
    peer: Option<SocketAddr>,
}

struct Seen {
    status: StatusCode,
    to: String,
    text: String,
}

impl Seen {
    #[track_caller]
    fn refuses(&self, status: StatusCode, words: &str) {
        assert_eq!(self.status, status, "{} {}", self.to, self.text);
        assert!(self.text.contains(words), "« {words} » is not in:\n{}", self.text);
    }
}

fn doors(site: &Site, fake: &Fake, change: impl Fn(&mut ProviderSettings)) -> Doors {
    let secret = std::env::temp_dir().join(format!("beffroi-sso-{}", std::process::id()));
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let open = |kind| {
        let mut settings = settings(kind);
        settings.client_secret_file = Some(secret.clone());
        change(&mut settings);
        let settings = Arc::new(settings);
        let wire = Wire::by(Arc::new(fake.clone()), Arc::clone(&settings));
        Provider::over(settings, wire).unwrap()
    };
    let header = HeaderSettings {
        name: "x-remote-user".into(),
        from: vec!["10.0.0.5".into()],
        label: "Intranet".into(),
        strong: false,
    };
    let header = super::header::Header::new(&header).unwrap();
    let providers = Arc::new(vec![open(Kind::Oidc), open(Kind::Cas)]);
    Doors { site: site.clone(), providers, header: Some(Arc::new(header)) }
}

fn router(doors: &Doors) -> Router {
    let all = routes(doors.site.clone()).merge(sso_routes(doors.clone()));
    all.router.layer(from_fn_with_state(doors.clone(), around))
}

impl Ground {
    async fn new(db: Db) -> Self {
        Self::set(db, |_| ()).await
    }

    async fn set(db: Db, change: impl Fn(&mut ProviderSettings)) -> Self {
        let region = Region::new(db).await;
        let fake = Fake::new(region.db().now());
        let doors = doors(&region.site, &fake, change);
        let router = router(&doors);
        Self { region, fake, doors, router, cookies: BTreeMap::new(), peer: None }
    }

    /// The same site, with all that it knows, so much later.
    fn waits(&mut self, delta: TimeDelta) {
        let clock = FixedClock::at(self.region.db().now() + delta);
        self.region.site.db = self.region.db().with_clock(Arc::new(clock));
        self.doors.site = self.region.site.clone();
        self.router = router(&self.doors);
    }

    async fn send(&mut self, mut request: Request<Body>) -> Seen {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert(COOKIE, cookies.join("; ").parse().unwrap());
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        for line in response.headers().get_all(SET_COOKIE) {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.into(), value.into());
        }
        let to = response.headers().get(LOCATION).map_or("", |to| to.to_str().unwrap()).to_owned();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1_000_000).await.unwrap();
        Seen { status, to, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn get(&mut self, path: &str) -> Seen {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&mut self, path: &str, name: &str, value: &str) -> Seen {
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Leaves for the provider and comes back; what the page of the return says.
    async fn comes_in(&mut self) -> Seen {
        let back = self.trip("/connexion/unique/eduline").await;
        self.get(&back).await
    }

    /// Where the provider sends the browser back from `path`.
    async fn trip(&mut self, path: &str) -> String {
        let away = self.get(path).await;
        assert_eq!(away.status, StatusCode::SEE_OTHER, "{}", away.text);
        let (state, code) = self.fake.lets_in(&away.to);
        format!("/connexion/unique/eduline/retour?code={code}&state={state}")
    }

    async fn is_in(&mut self) -> bool {
        self.get("/compte").await.status == StatusCode::OK
    }
}

async fn camille(region: &Region) -> PersonId {
    let person = region.person("Camille", "Delattre").await;
    region.gives(person, Role::Head, 0, -1..9_999).await;
    person
}

#[db_test]
async fn a_person_of_the_directory_comes_in_and_is_known_for_ever_by_what_the_provider_calls_them(db: Db) {
    let mut ground = Ground::new(db).await;
    let person = camille(&ground.region).await;
    let page = ground.get("/connexion?suite=/etablissement").await;
    assert!(page.text.contains("Se connecter avec EDULINE") && page.text.contains("compte de Beffroi"));

    let back = ground.trip("/connexion/unique/eduline?suite=/etablissement").await;
    let seen = ground.get(&back).await;
    assert_eq!((seen.status, seen.to.as_str()), (StatusCode::SEE_OTHER, "/etablissement"), "{}", seen.text);
    let account = ground.get("/compte").await;
    assert!(account.text.contains("Connexion unique, EDULINE"), "{}", account.text);
    let kinds = ground.region.journal_kinds(&format!("person:{person}")).await;
    assert!(
        kinds.contains(&"sso.linked".to_owned()) && kinds.contains(&"session.opened".to_owned()),
        "{kinds:?}"
    );

    // Their address may change over there: they are the same person.
    ground.cookies.clear();
    ground.fake.says(json!({}), json!({ "email": "autre@example.org", "email_verified": true }));
    assert_eq!(ground.comes_in().await.to, "/accueil");
    assert_eq!(sessions_of(ground.region.db(), person).await.unwrap().len(), 2);
}

#[db_test]
async fn nobody_comes_in_by_an_address_that_is_not_surely_theirs_alone(db: Db) {
    let mut ground = Ground::new(db).await;
    camille(&ground.region).await;
    let forbidden = StatusCode::FORBIDDEN;
    let mut try_as = async |user| {
        ground.fake.says(json!({}), user);
        ground.comes_in().await
    };
    try_as(json!({ "email": "personne@example.org", "email_verified": true }))
        .await
        .refuses(forbidden, "pas encore connu");
    try_as(json!({ "email": "camille@example.org" })).await.refuses(forbidden, "pas confirmée");
    try_as(json!({ "email": "camille@example.org", "email_verified": "true" }))
        .await
        .refuses(forbidden, "pas confirmée");
    try_as(json!({})).await.refuses(forbidden, "pas encore connu");
    assert!(!ground.is_in().await);

    let twin = people::NewPerson {
        given_name: "Camille".into(),
        family_name: "Autre".into(),
        email: Some("camille@example.org".into()),
        login: None,
    };
    people::create_person(ground.region.db(), &managing(), twin).await.unwrap();
    ground.fake.says(json!({}), json!({ "email": "camille@example.org", "email_verified": true }));
    ground.comes_in().await.refuses(forbidden, "Plusieurs personnes");
}

#[db_test]
async fn an_address_that_passes_to_a_newcomer_does_not_give_them_the_account(db: Db) {
    let mut ground = Ground::new(db).await;
    let person = camille(&ground.region).await;
    assert_eq!(ground.comes_in().await.status, StatusCode::SEE_OTHER);
    ground.cookies.clear();
    ground
        .fake
        .says(json!({ "sub": "43" }), json!({ "email": "camille@example.org", "email_verified": true }));
    ground.comes_in().await.refuses(StatusCode::FORBIDDEN, "déjà à un autre compte");

    // Theirs after all: an operator forgets the former account, whose sessions end.
    assert_eq!(crate::sso::forget(ground.region.db(), &managing(), person).await.unwrap(), 1);
    assert!(sessions_of(ground.region.db(), person).await.unwrap().is_empty());
    assert_eq!(ground.comes_in().await.status, StatusCode::SEE_OTHER);

    people::set_disabled(ground.region.db(), &managing(), person, true).await.unwrap();
    ground.cookies.clear();
    ground.comes_in().await.refuses(StatusCode::FORBIDDEN, "Votre compte est fermé");
}

#[db_test]
async fn a_login_may_name_the_person_but_not_against_their_address(db: Db) {
    let mut ground = Ground::set(db, |one| one.login_claim = Some("uid".into())).await;
    camille(&ground.region).await;
    ground.region.person("Noor", "Vasseur").await;
    ground.fake.says(
        json!({ "uid": "noor.vasseur" }),
        json!({ "email": "camille@example.org", "email_verified": true }),
    );
    ground.comes_in().await.refuses(StatusCode::FORBIDDEN, "Plusieurs personnes");
    ground.fake.says(json!({ "uid": " Camille.Delattre " }), json!({}));
    assert_eq!(ground.comes_in().await.to, "/accueil");
}

#[db_test]
async fn a_code_or_a_state_serves_once_in_the_browser_where_it_began(db: Db) {
    let mut ground = Ground::new(db).await;
    camille(&ground.region).await;
    let gone = StatusCode::GONE;

    let back = ground.trip("/connexion/unique/eduline").await;
    assert_eq!(ground.get(&back).await.status, StatusCode::SEE_OTHER);
    let mine = std::mem::take(&mut ground.cookies);
    ground.cookies.insert("beffroi-passage".into(), mine["beffroi-passage"].clone());
    ground.get(&back).await.refuses(gone, "Ce passage ne sert plus");

    // Somebody sends a victim the end of a trip that they began.
    let back = ground.trip("/connexion/unique/eduline").await;
    ground.cookies.clear();
    ground.get(&back).await.refuses(gone, "un autre navigateur");
    assert!(!ground.is_in().await);

    // A code of another exchange: its challenge is not ours.
    let (one, other) =
        (ground.trip("/connexion/unique/eduline").await, ground.trip("/connexion/unique/eduline").await);
    let code = one.split('&').next().unwrap();
    let state = other.split('&').nth(1).unwrap();
    ground.get(&format!("{code}&{state}")).await.refuses(StatusCode::BAD_GATEWAY, "pas pu être vérifiée");

    let back = ground.trip("/connexion/unique/eduline").await;
    ground
        .get(&back.replace("/eduline/", "/portail/").replace("code=", "ticket="))
        .await
        .refuses(gone, "Ce passage");
    let back = ground.trip("/connexion/unique/eduline").await;
    ground
        .get(&format!("{back}&iss=https://autre.example"))
        .await
        .refuses(StatusCode::BAD_GATEWAY, "vérifiée");
    let back = ground.trip("/connexion/unique/eduline").await;
    ground.get(&format!("{back}&error=access_denied")).await.refuses(StatusCode::FORBIDDEN, "n’a pas abouti");
    ground.get("/connexion/unique/eduline/retour").await.refuses(gone, "Ce passage");
    assert!(!ground.is_in().await);
}

#[db_test]
async fn a_token_of_another_site_provider_time_or_key_opens_nothing(db: Db) {
    let mut ground = Ground::new(db).await;
    camille(&ground.region).await;
    let now = ground.region.db().now().timestamp();
    for wrong in [
        json!({ "aud": "autre" }),
        json!({ "iss": "https://autre.example" }),
        json!({ "exp": now - 3600 }),
        json!({ "nonce": "autre" }),
        json!({ "nonce": null }),
    ] {
        ground.fake.says(wrong, json!({}));
        ground.comes_in().await.refuses(StatusCode::BAD_GATEWAY, "pas pu être vérifiée");
    }
    ground
        .fake
        .says(json!({}), json!({ "sub": "43", "email": "camille@example.org", "email_verified": true }));
    ground.comes_in().await.refuses(StatusCode::BAD_GATEWAY, "pas pu être vérifiée");
    ground.fake.says(json!({}), json!({ "email": "camille@example.org", "email_verified": true }));
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "HS256", "kid": "1" }),
        json!({ "alg": "RS256", "kid": "1" }),
        json!({ "alg": "ES256", "kid": "9" }),
        json!({ "alg": "ES256", "kid": "1", "crit": ["exp"] }),
        json!({ "alg": "ES256", "kid": "1", "typ": "logout+jwt" }),
    ] {
        ground.fake.signs_with(Some(header));
        ground.comes_in().await.refuses(StatusCode::BAD_GATEWAY, "pas pu être vérifiée");
    }
    assert!(!ground.is_in().await);
    ground.fake.signs_with(None);
    assert_eq!(ground.comes_in().await.status, StatusCode::SEE_OTHER);
}

#[db_test]
async fn keys_that_turn_are_read_anew_and_no_more_often_than_needed(db: Db) {
    let mut ground = Ground::new(db).await;
    camille(&ground.region).await;
    ground.comes_in().await;
    ground.fake.asked();
    ground.cookies.clear();
    ground.comes_in().await;
    assert_eq!(ground.fake.asked(), ["/jetons", "/moi"], "documents and keys were known");

    ground.fake.turn_keys();
    ground.cookies.clear();
    ground.comes_in().await.refuses(StatusCode::BAD_GATEWAY, "vérifiée");
    assert_eq!(ground.fake.asked(), ["/jetons"], "read a moment ago");
    ground.waits(TimeDelta::seconds(31));
    assert_eq!(ground.comes_in().await.status, StatusCode::SEE_OTHER);
}
