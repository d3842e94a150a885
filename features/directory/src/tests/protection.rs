//! Walls: a second factor of those who reach far, sessions that end, closing them with a proof, limits.

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::middleware::from_fn_with_state;
use beffroi_db::{Db, db_test};
use beffroi_kernel::{FixedClock, Permit, PersonId, Role};
use beffroi_web::Weights;
use chrono::TimeDelta;
use std::sync::Arc;
use tower::ServiceExt;

use super::device::Device;
use super::factors::{door, later as site_later, shown};
use super::{PASSWORD, Region};
use crate::factors::code;
use crate::factors::keys;
use crate::factors::sign_in::{ask_key, with_code, with_key};
use crate::protection::{self, Covered, ProtectAccounts};
use crate::sign_in::{SignInError, recognise, sessions_of, sign_in};
use crate::{Door, Gate, factor_routes, gate, routes};

const PAGE: &str = "/compte/second-facteur";

/// A browser before the pages of the directory.
struct Browser {
    router: Router,
    cookie: String,
}

struct Seen {
    status: StatusCode,
    to: String,
    headers: HeaderMap,
    text: String,
}

impl Seen {
    #[track_caller]
    fn says(&self, words: &str) {
        assert!(self.text.contains(words), "« {words} » is not in:\n{}", self.text);
    }
}

impl Browser {
    fn new(region: &Region) -> Self {
        Self::limited(region, beffroi_web::limits::PAGES)
    }

    fn limited(region: &Region, pages: u32) -> Self {
        let weights: Weights = vec![(("GET", "/region/equipes"), beffroi_web::Weight::Costly)];
        let limits = Gate::new(region.site.clone(), pages, weights);
        let all = routes(region.site.clone()).merge(factor_routes(door(&region.site)));
        Self { router: all.router.layer(from_fn_with_state(limits, gate)), cookie: String::new() }
    }

    async fn send(&mut self, request: Request<Body>) -> Seen {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let text = |name| parts.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        if let Some(cookie) = text(SET_COOKIE).split(';').next().filter(|cookie| !cookie.is_empty()) {
            cookie.clone_into(&mut self.cookie);
        }
        let to = text(LOCATION);
        let bytes = axum::body::to_bytes(body, 1_000_000).await.unwrap();
        Seen {
            status: parts.status,
            to,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn get(&mut self, path: &str) -> Seen {
        self.send(Request::get(path).header(COOKIE, &self.cookie).body(Body::empty()).unwrap()).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(COOKIE, &self.cookie);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn enters(&mut self, login: &str) -> Seen {
        self.post("/connexion", &[("login", login), ("password", PASSWORD), ("suite", "/region/equipes")])
            .await
    }
}

fn protecting() -> Permit<ProtectAccounts> {
    Permit::system(PersonId::new(), "tests")
}

async fn asks(region: &Region, who: &[Role], days: u32) {
    let who: Vec<Covered> = who.iter().copied().map(Covered::Role).collect();
    protection::ask_second_factor(region.db(), &protecting(), (&who, days)).await.unwrap();
}

fn later(region: &mut Region, delta: TimeDelta) {
    let clock = FixedClock::at(region.db().now() + delta);
    region.site.db = region.db().with_clock(Arc::new(clock));
}

#[db_test]
async fn whoever_reaches_far_makes_a_second_factor_and_opens_nothing_before(db: Db) {
    let region = Region::new(db).await;
    let ange = region.region_wide("Ange", Role::RegionAdmin).await;
    region.region_wide("Noa", Role::DataProtectionOfficer).await;
    asks(&region, &[Role::RegionAdmin, Role::SecurityOfficer], 0).await;

    let mut other = Browser::new(&region);
    assert_eq!(other.enters("noa.region").await.to, "/region/equipes", "not one of those");

    let mut browser = Browser::new(&region);
    assert_eq!(browser.enters("ange.region").await.to, format!("{PAGE}?suite=%2Fregion%2Fequipes"));
    for path in ["/region/equipes", "/region/personnes", "/compte", "/region/protection"] {
        let sent = browser.get(path).await.to;
        assert!(sent.starts_with("/connexion?suite="), "{path}: {sent}");
        let sent = browser.get(&sent).await.to;
        assert!(sent.starts_with(PAGE), "{path}: {sent}");
    }
    let page = browser.get(PAGE).await;
    page.says("Protégez votre compte");
    page.says("À faire maintenant");
    assert!(!page.text.contains("Le faire plus tard") && !page.text.contains("/region\""), "{}", page.text);
    let refused = browser.post("/region/personnes/nouvelle", &[("given_name", "Lou")]).await;
    assert!(refused.to.starts_with("/connexion"), "{}", refused.to);

    let setup = browser.post("/compte/code", &[("password", PASSWORD)]).await;
    setup.says("Préparer votre application");
    let setup = code::prepared(&door(&region.site), ange).await.unwrap();
    let now = shown(&setup, &region.site, 0);
    browser.post("/compte/code/confirmer", &[("code", &now)]).await.says("Vos codes de secours");
    assert_eq!(browser.get("/region/equipes").await.status, StatusCode::OK, "all is open again");
    assert_eq!(browser.get(&format!("{PAGE}?suite=/region/equipes")).await.to, "/region/equipes");

    // From now on the code follows the password, and that is enough.
    let Err(SignInError::Code(token)) = sign_in(region.db(), "ange.region", PASSWORD, "").await else {
        panic!("no code is asked")
    };
    let next = Door { site: site_later(&region.site, TimeDelta::seconds(30)), ..door(&region.site) };
    let opened = with_code(&next, &token, &shown(&setup, &region.site, 1), "").await.unwrap();
    let current = recognise(region.db(), &opened.token).await.unwrap().unwrap();
    assert!(!current.need.blocks() && current.access.holds(Role::RegionAdmin));
}

#[db_test]
async fn a_password_alone_opens_nothing_to_whoever_has_a_key_and_adds_none(db: Db) {
    let region = Region::new(db).await;
    let ange = region.region_wide("Ange", Role::RegionAdmin).await;
    let opened = sign_in(region.db(), "ange.region", PASSWORD, "").await.unwrap();
    let current = recognise(region.db(), &opened.token).await.unwrap().unwrap();
    let mut device = Device::new("https://beffroi.example");
    let asked = keys::start_adding(&region.site, &current, PASSWORD).await.unwrap();
    keys::add(&region.site, ange, "Téléphone", &device.creates(&asked)).await.unwrap();
    asks(&region, &[Role::RegionAdmin], 0).await;

    let mut thief = Browser::new(&region);
    assert!(thief.enters("ange.region").await.to.starts_with(PAGE));
    thief.get(PAGE).await.says("Utilisez la clé d’accès");
    for path in ["/compte/cles", "/compte/code", "/region/equipes"] {
        assert!(thief.get(path).await.to.starts_with("/connexion"), "{path}");
    }
    for path in ["/compte/code", "/compte/cles/ajout", "/compte/code/confirmer"] {
        let tried = thief.post(path, &[("password", PASSWORD), ("code", "123456")]).await;
        assert!(tried.to.starts_with("/connexion"), "{path}: {}", tried.status);
    }
    let guessed = thief.post(PAGE, &[("code", "123456")]).await;
    assert_eq!(guessed.status, StatusCode::UNPROCESSABLE_ENTITY);

    let answer = device.confirms(&ask_key(&region.site).await.unwrap());
    let opened = with_key(&region.site, &answer, "").await.unwrap();
    let current = recognise(region.db(), &opened.token).await.unwrap().unwrap();
    assert!(!current.need.blocks() && current.access.holds(Role::RegionAdmin));
}

#[db_test]
async fn a_delay_is_left_told_at_each_sign_in_and_then_it_is_over(db: Db) {
    let mut region = Region::new(db).await;
    region.region_wide("Ange", Role::RegionAdmin).await;
    asks(&region, &[Role::RegionAdmin], 14).await;
    later(&mut region, TimeDelta::days(13));
    let mut browser = Browser::new(&region);
    assert_eq!(browser.enters("ange.region").await.to, format!("{PAGE}?suite=%2Fregion%2Fequipes"));
    let page = browser.get(&format!("{PAGE}?suite=%2Fregion%2Fequipes")).await;
    page.says("Avant le lundi 19 octobre 2026");
    page.says("href=\"/region/equipes\"");
    assert_eq!(browser.get("/region/equipes").await.status, StatusCode::OK);

    // The session of before goes no further than the delay.
    later(&mut region, TimeDelta::hours(11));
    browser.router = Browser::new(&region).router;
    assert_eq!(browser.get("/region/equipes").await.status, StatusCode::OK);
    later(&mut region, TimeDelta::hours(11));
    later(&mut region, TimeDelta::hours(3));
    let mut browser = Browser::new(&region);
    browser.enters("ange.region").await;
    assert!(browser.get("/region/equipes").await.to.starts_with("/connexion"));
}

#[db_test]
async fn the_region_says_what_it_asks_and_the_journal_keeps_it(db: Db) {
    let region = Region::new(db).await;
    region.region_wide("Ange", Role::RegionAdmin).await;
    region.region_wide("Noa", Role::DataProtectionOfficer).await;
    let mut other = Browser::new(&region);
    other.enters("noa.region").await;
    assert_eq!(other.get("/region/protection").await.status, StatusCode::FORBIDDEN);

    let mut browser = Browser::new(&region);
    browser.enters("ange.region").await;
    let rule = "/region/protection/second-facteur";
    let wrong = browser.post(rule, &[("fonctions", "head"), ("delai", "toujours")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("value=\"toujours\"");
    wrong.says("de 0 à 180");
    let right = [("fonctions", "head"), ("fonctions", "central"), ("fonctions", "intrus"), ("delai", "7")];
    assert_eq!(browser.post(rule, &right).await.to, "/region/protection?fait=facteur");
    let kept = protection::second_factor(region.db()).await.unwrap();
    let kept = kept.as_ref().as_ref().unwrap();
    assert_eq!(
        (kept.who.as_slice(), kept.grace_days),
        (&[Covered::Role(Role::Head), Covered::Central][..], 7)
    );

    let number = "/region/protection/demandes";
    for wrong in ["0", "-1", "beaucoup", "10001"] {
        let seen = browser.post(number, &[("nombre", wrong)]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert_eq!(browser.post(number, &[("nombre", "40")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(protection::requests_a_day(region.db()).await.unwrap(), Some(40));
    assert_eq!(browser.post(number, &[("nombre", "")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(protection::requests_a_day(region.db()).await.unwrap(), None);
    assert_eq!(region.journal_kinds("protection:region").await, ["protection.set"; 3]);
}

#[db_test]
async fn a_first_start_asks_it_of_those_who_reach_the_region_and_a_fictitious_region_asks_nothing(db: Db) {
    let region = Region::new(db).await;
    assert_eq!(*protection::second_factor(region.db()).await.unwrap(), None);
    protection::begin(region.db()).await.unwrap();
    protection::leave_open(region.db()).await.unwrap();
    let rule = protection::second_factor(region.db()).await.unwrap();
    let rule = rule.as_ref().as_ref().unwrap();
    for role in [Role::DepartmentHead, Role::RegionAdmin, Role::SecurityOfficer, Role::DataProtectionOfficer]
    {
        assert!(rule.who.contains(&Covered::Role(role)), "{role:?}");
    }
    assert!(rule.who.contains(&Covered::Central) && rule.since == region.db().now());
    assert!(protection::requests_a_day(region.db()).await.unwrap().is_some());
}

#[db_test]
async fn signing_in_ends_the_session_that_this_browser_had(db: Db) {
    let region = Region::new(db).await;
    let person = region.region_wide("Ange", Role::RegionAdmin).await;
    let (mut browser, mut elsewhere) = (Browser::new(&region), Browser::new(&region));
    elsewhere.enters("ange.region").await;
    browser.enters("ange.region").await;
    let former = browser.cookie.clone();
    browser.enters("ange.region").await;
    assert_ne!(browser.cookie, former);
    assert_eq!(browser.get("/region/equipes").await.status, StatusCode::OK);
    let kept = std::mem::replace(&mut browser.cookie, former);
    assert_eq!(
        browser.get("/region/equipes").await.status,
        StatusCode::SEE_OTHER,
        "its token is worth nothing"
    );
    assert_eq!(sessions_of(region.db(), person).await.unwrap().len(), 2, "the other browser keeps its own");

    browser.cookie = kept;
    let left = browser.post("/deconnexion", &[]).await;
    assert_eq!(left.headers["clear-site-data"], "\"storage\"");
    assert_eq!(elsewhere.get("/region/equipes").await.status, StatusCode::OK);
}

#[db_test]
async fn closing_the_sessions_of_others_asks_who_is_there_when_it_was_long_ago(db: Db) {
    let mut region = Region::new(db).await;
    let person = region.region_wide("Ange", Role::RegionAdmin).await;
    let mut browser = Browser::new(&region);
    browser.enters("ange.region").await;
    let other = sign_in(region.db(), "ange.region", PASSWORD, "autre").await.unwrap().session.to_string();
    let closing = ("session", other.as_str());
    later(&mut region, TimeDelta::minutes(16));
    browser.router = Browser::new(&region).router;

    for (path, fields) in [("/compte/sessions", vec![closing]), ("/compte/sessions/autres", vec![])] {
        let asked = browser.post(path, &fields).await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
        asked.says("montrez que c’est toujours vous");
        let wrong = [&fields[..], &[("password", "faux")]].concat();
        browser.post(path, &wrong).await.says("Cela ne confirme pas que c’est vous");
    }
    assert_eq!(sessions_of(region.db(), person).await.unwrap().len(), 2);
    let done = browser.post("/compte/sessions", &[closing, ("password", PASSWORD)]).await;
    assert_eq!(
        (done.to.as_str(), sessions_of(region.db(), person).await.unwrap().len()),
        ("/compte?fait=session", 1)
    );

    let mut fresh = Browser::new(&region);
    fresh.enters("ange.region").await;
    assert_eq!(
        fresh.post("/compte/sessions/autres", &[]).await.to,
        "/compte?fait=sessions",
        "just signed in"
    );
}

#[db_test]
async fn a_person_asks_so_many_pages_a_minute_and_strangers_share_their_address(db: Db) {
    let mut region = Region::new(db).await;
    region.region_wide("Ange", Role::RegionAdmin).await;
    region.region_wide("Noa", Role::RegionAdmin).await;
    let mut browser = Browser::limited(&region, 10);
    browser.enters("ange.region").await;
    for _ in 0..10 {
        assert_eq!(browser.get("/region/personnes").await.status, StatusCode::OK);
    }
    let refused = browser.get("/region/personnes").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u32 = refused.headers[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    // Each weight has its own count: a form still goes, then is given back.
    for _ in 0..5 {
        let sent = browser.post("/region/personnes/nouvelle", &[("given_name", "Lou")]).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let refused =
        browser.post("/region/personnes/nouvelle", &[("given_name", "Lou"), ("email", "l@x.fr")]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    refused.says("name=\"given_name\" value=\"Lou\"");
    refused.says("action=\"/region/personnes/nouvelle\"");
    let costly = [browser.get("/region/equipes").await.status, browser.get("/region/equipes").await.status];
    assert_eq!(costly, [StatusCode::OK; 2]);
    assert_eq!(browser.get("/region/equipes").await.status, StatusCode::TOO_MANY_REQUESTS);

    let own = std::mem::take(&mut browser.cookie);
    for _ in 0..200 {
        assert_eq!(browser.get("/connexion").await.status, StatusCode::OK);
    }
    assert_eq!(browser.get("/connexion").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        browser.enters("noa.region").await.status,
        StatusCode::SEE_OTHER,
        "forms have their own count"
    );
    assert_eq!(browser.get("/region/personnes").await.status, StatusCode::OK, "another person has theirs");
    browser.cookie = own;
    later(&mut region, TimeDelta::minutes(1));
    assert_eq!(Browser::limited(&region, 10).get("/connexion").await.status, StatusCode::OK);
    assert_eq!(browser.get("/region/personnes").await.status, StatusCode::TOO_MANY_REQUESTS);
}
