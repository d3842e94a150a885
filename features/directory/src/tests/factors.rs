//! Passkeys and one-time codes: what opens a session, what confirms a text, and what does not.

use std::sync::Arc;

use beffroi_db::{Db, db_test};
use beffroi_kernel::{FixedClock, PersonId};
use chrono::TimeDelta;
use totp_rs::{Builder, Secret};

use super::device::Device;
use super::{PASSWORD, Region, managing};
use crate::extract::Current;
use crate::factors::code::{self, CodeError};
use crate::factors::keys::{self, KeyError};
use crate::factors::sign_in::{ask_key, with_code, with_key};
use crate::factors::{self, Door, Method, Proof, ProofError, Proved, Vault};
use crate::sign_in::{SignInError, recognise, revoke, sessions_of, sign_in};
use crate::{Site, prove};

const HERE: &str = "https://beffroi.example";

async fn signed_in(region: &Region) -> Current {
    let opened = sign_in(region.db(), "camille.delattre", PASSWORD, "essai").await.unwrap();
    recognise(region.db(), &opened.token).await.unwrap().unwrap()
}

/// Somebody with a key.
async fn holder(region: &Region) -> (PersonId, Current, Device) {
    let person = region.member("Camille", "Delattre").await;
    let current = signed_in(region).await;
    let mut device = Device::new(HERE);
    let asked = keys::start_adding(&region.site, &current, PASSWORD).await.unwrap();
    let answer = device.creates(&asked);
    keys::add(&region.site, person, "Téléphone", &answer).await.unwrap();
    (person, current, device)
}

async fn confirms(site: &Site, person: PersonId, answer: &str, subject: &str) -> Result<Proved, ProofError> {
    prove(site, person, Proof::Passkey(answer), &[subject.to_owned()]).await
}

pub(super) fn later(site: &Site, delta: TimeDelta) -> Site {
    let clock = FixedClock::at(site.db.now() + delta);
    Site { db: site.db.with_clock(Arc::new(clock)), ..site.clone() }
}

#[db_test]
async fn a_key_is_added_with_the_password_and_opens_a_session(db: Db) {
    let region = Region::new(db).await;
    let site = &region.site;
    let (person, current, mut device) = holder(&region).await;
    for wrong in ["", "faux"] {
        assert!(matches!(keys::start_adding(site, &current, wrong).await, Err(KeyError::Password)));
    }
    assert_eq!(keys::list(site, person).await.unwrap()[0].name, "Téléphone");
    assert!(region.journal_kinds(&format!("person:{person}")).await.contains(&"passkey.added".to_owned()));

    let asked = ask_key(site).await.unwrap();
    let answer = device.confirms(&asked);
    let opened = with_key(site, &answer, "essai").await.unwrap();
    assert_eq!(opened.person, person);
    let methods: Vec<Method> =
        sessions_of(region.db(), person).await.unwrap().iter().map(|one| one.method).collect();
    assert!(methods.contains(&Method::Passkey) && methods.contains(&Method::Password), "{methods:?}");
    assert!(
        matches!(with_key(site, &answer, "essai").await, Err(KeyError::Refused)),
        "an answer serves once"
    );
    assert!(keys::list(site, person).await.unwrap()[0].last_used_at.is_some());
}

#[db_test]
async fn a_key_opens_nothing_from_another_site_unlocked_by_nobody_or_too_late(db: Db) {
    let region = Region::new(db).await;
    let site = &region.site;
    let (person, _, mut device) = holder(&region).await;
    let refused = async |site: &Site, answer: &str| {
        assert!(matches!(with_key(site, answer, "").await, Err(KeyError::Refused)), "{answer}");
    };

    device.origin = "https://beffroi.example.evil";
    refused(site, &device.confirms(&ask_key(site).await.unwrap())).await;
    device.origin = HERE;
    refused(site, &device.confirms_alone(&ask_key(site).await.unwrap())).await;
    let answer = device.confirms(&ask_key(site).await.unwrap());
    refused(&later(site, TimeDelta::seconds(301)), &answer).await;
    refused(site, "{}").await;
    // Another challenge than the one that was answered.
    let (one, other) = (ask_key(site).await.unwrap(), ask_key(site).await.unwrap());
    let mut answer: serde_json::Value = serde_json::from_str(&device.confirms(&one)).unwrap();
    answer["ceremony"] = other["ceremony"].clone();
    refused(site, &answer.to_string()).await;

    let key = keys::list(site, person).await.unwrap()[0].id;
    assert!(matches!(keys::remove(site, person, key, "faux").await, Err(KeyError::Password)));
    assert!(matches!(keys::remove(site, PersonId::new(), key, PASSWORD).await, Err(KeyError::NotFound)));
    keys::remove(site, person, key, PASSWORD).await.unwrap();
    refused(site, &device.confirms(&ask_key(site).await.unwrap())).await;
}

#[db_test]
async fn a_key_confirms_the_text_it_was_asked_for_and_no_other(db: Db) {
    let region = Region::new(db).await;
    let site = &region.site;
    let (person, current, mut device) = holder(&region).await;
    let asked = async |subject: &str| keys::start_confirming(site, &current, subject).await.unwrap();

    let answer = device.confirms(&asked("acte:1:abc").await);
    let proved = confirms(site, person, &answer, "acte:1:abc").await.unwrap();
    assert!(proved.by_passkey());
    assert!(confirms(site, person, &answer, "acte:1:abc").await.is_err(), "an answer serves once");
    let covered = prove(site, person, Proof::Proved(&proved), &["acte:1:abc".into()]).await;
    assert!(covered.is_ok());
    for (who, subject) in [(person, "acte:2:abc"), (PersonId::new(), "acte:1:abc")] {
        let other = prove(site, who, Proof::Proved(&proved), &[subject.into()]).await;
        assert!(other.is_err(), "{subject}");
    }

    for subject in ["acte:1:abd", "acte:2:abc", ""] {
        let answer = device.confirms(&asked("acte:1:abc").await);
        let refused = confirms(site, person, &answer, subject).await;
        assert!(matches!(refused, Err(ProofError::Passkey)), "{subject}");
        assert!(confirms(site, person, &answer, "acte:1:abc").await.is_err(), "a refused answer has served");
    }
    let answer = device.confirms(&asked("acte:1:abc").await);
    let another = region.member("Noor", "Vasseur").await;
    assert!(confirms(site, another, &answer, "acte:1:abc").await.is_err(), "another person");
    let entering = device.confirms(&ask_key(site).await.unwrap());
    assert!(confirms(site, person, &entering, "").await.is_err(), "a challenge to sign in signs nothing");
}

#[db_test]
async fn a_challenge_ends_with_the_session_that_asked_for_it(db: Db) {
    let region = Region::new(db).await;
    let (person, current, mut device) = holder(&region).await;
    let asked = keys::start_confirming(&region.site, &current, "acte:1:abc").await.unwrap();
    revoke(region.db(), person, current.session).await.unwrap();
    let answer = device.confirms(&asked);
    assert!(confirms(&region.site, person, &answer, "acte:1:abc").await.is_err());
}

#[db_test]
async fn a_password_proves_any_text_but_an_empty_one_is_no_try(db: Db) {
    let region = Region::new(db).await;
    let person = region.member("Camille", "Delattre").await;
    let subject = ["acte:1:abc".to_owned()];
    for _ in 0..8 {
        assert!(prove(&region.site, person, Proof::Password(""), &subject).await.is_err());
    }
    let proved = prove(&region.site, person, Proof::Password(PASSWORD), &subject).await.unwrap();
    assert!(!proved.by_passkey());
    assert!(prove(&region.site, person, Proof::Password("faux"), &subject).await.is_err());
}

/// The code that an application shows at the site's present, so many steps away.
pub(super) fn shown(setup: &code::Setup, site: &Site, steps: i64) -> String {
    let secret = Secret::try_from_base32(&setup.secret).unwrap();
    let totp = Builder::new().with_secret(secret).with_account_name("essai").build().unwrap();
    let at = u64::try_from(site.db.now().timestamp() + 30 * steps).unwrap();
    totp.generate(at).to_string()
}

pub(super) fn door(site: &Site) -> Door {
    Door { site: site.clone(), vault: Vault::new(&[3; 32]) }
}

async fn step_of(region: &Region) -> String {
    match sign_in(region.db(), "camille.delattre", PASSWORD, "").await {
        Err(SignInError::Code(token)) => token,
        other => panic!("{other:?}"),
    }
}

#[db_test]
async fn a_code_follows_the_password_and_serves_once(db: Db) {
    let region = Region::new(db).await;
    let (site, door) = (&region.site, door(&region.site));
    let person = region.member("Camille", "Delattre").await;
    assert!(matches!(code::prepare(&door, person, "faux").await, Err(CodeError::Password)));
    let setup = code::prepare(&door, person, PASSWORD).await.unwrap();
    assert!(setup.url.starts_with("otpauth://totp/Beffroi:camille.delattre?secret="), "{}", setup.url);
    assert!(sign_in(region.db(), "camille.delattre", PASSWORD, "").await.is_ok(), "not confirmed yet");
    assert!(matches!(code::activate(&door, person, "12345").await, Err(CodeError::Wrong)));
    let recovery = code::activate(&door, person, &shown(&setup, site, 0)).await.unwrap();
    assert_eq!(recovery.len(), 8);

    let token = step_of(&region).await;
    assert!(with_code(&door, &token, &shown(&setup, site, 0), "").await.is_err(), "the code has served");
    assert!(with_code(&door, &token, &shown(&setup, site, 9), "").await.is_err(), "a code of later");
    assert!(with_code(&door, &token, &shown(&setup, site, 1), "").await.is_err(), "the next one, too early");
    let next = Door { site: later(site, TimeDelta::seconds(30)), ..door.clone() };
    let code = shown(&setup, site, 1);
    assert!(with_code(&next, "autre", &code, "").await.is_err(), "no password before");
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(with_code(&next, &token, &spaced, "").await.unwrap().person, person);
    assert!(with_code(&next, &token, &code, "").await.is_err(), "the step is over");
    let token = step_of(&region).await;
    assert!(with_code(&next, &token, &shown(&setup, site, 0), "").await.is_err(), "an earlier code");

    let over = Door { site: later(site, TimeDelta::seconds(301)), ..door.clone() };
    assert!(with_code(&over, &token, &shown(&setup, &over.site, 0), "").await.is_err(), "too late");
    code::remove(site, person, PASSWORD).await.unwrap();
    assert!(sign_in(region.db(), "camille.delattre", PASSWORD, "").await.is_ok());
}

/// ASVS 6.5.5: thirty seconds, and no more; whoever is late reads why.
#[db_test]
async fn a_code_lives_thirty_seconds(db: Db) {
    let region = Region::new(db).await;
    let (site, door) = (&region.site, door(&region.site));
    let person = region.member("Camille", "Delattre").await;
    let setup = code::prepare(&door, person, PASSWORD).await.unwrap();
    code::activate(&door, person, &shown(&setup, site, 0)).await.unwrap();
    let tried = async |seconds: i64, steps: i64| {
        let door = Door { site: later(site, TimeDelta::seconds(seconds)), ..door.clone() };
        code::check(&door, person, &shown(&setup, site, steps)).await
    };
    assert!(matches!(tried(59, 2).await, Err(CodeError::Wrong)), "a second early");
    assert!(matches!(tried(90, 2).await, Err(CodeError::Late)), "a second late");
    assert!(matches!(tried(120, 2).await, Err(CodeError::Slow)));
    assert!(tried(60, 2).await.is_ok(), "its first second");
    assert!(tried(119, 3).await.is_ok(), "the last one of the next");
}

#[db_test]
async fn codes_are_not_tried_for_ever(db: Db) {
    let region = Region::new(db).await;
    let (site, door) = (&region.site, door(&region.site));
    let person = region.member("Camille", "Delattre").await;
    let setup = code::prepare(&door, person, PASSWORD).await.unwrap();
    code::activate(&door, person, &shown(&setup, site, 0)).await.unwrap();
    let token = step_of(&region).await;
    for _ in 0..5 {
        assert!(with_code(&door, &token, "000000", "").await.is_err());
    }
    // The password, right again, does not reopen the door of codes.
    let token = step_of(&region).await;
    let refused = with_code(&door, &token, &shown(&setup, site, 1), "").await;
    assert!(refused.unwrap_err().to_string().starts_with("Trop d’essais"));
}

#[db_test]
async fn a_recovery_code_serves_once_and_new_ones_end_the_old(db: Db) {
    let region = Region::new(db).await;
    let (site, door) = (&region.site, door(&region.site));
    let person = region.member("Camille", "Delattre").await;
    let setup = code::prepare(&door, person, PASSWORD).await.unwrap();
    let recovery = code::activate(&door, person, &shown(&setup, site, 0)).await.unwrap();

    let token = step_of(&region).await;
    let typed = recovery[0].to_uppercase().replace('-', " ");
    with_code(&door, &token, &typed, "").await.unwrap();
    assert_eq!(code::standing(site, person).await.unwrap().recovery_left, 7);
    let token = step_of(&region).await;
    assert!(with_code(&door, &token, &recovery[0], "").await.is_err(), "it has served");
    let renewed = code::renew(site, person, PASSWORD).await.unwrap();
    assert!(with_code(&door, &token, &recovery[1], "").await.is_err(), "replaced");
    with_code(&door, &token, &renewed[0], "").await.unwrap();
}

#[db_test]
async fn an_operator_forgets_what_a_lost_phone_held(db: Db) {
    let region = Region::new(db).await;
    let (site, door) = (&region.site, door(&region.site));
    let (person, _, mut device) = holder(&region).await;
    let setup = code::prepare(&door, person, PASSWORD).await.unwrap();
    code::activate(&door, person, &shown(&setup, site, 0)).await.unwrap();

    assert_eq!(factors::forget(region.db(), &managing(), person).await.unwrap(), (1, true));
    assert_eq!(factors::forget(region.db(), &managing(), person).await.unwrap(), (0, false));
    assert!(sign_in(region.db(), "camille.delattre", PASSWORD, "").await.is_ok());
    let answer = device.confirms(&ask_key(site).await.unwrap());
    assert!(with_key(site, &answer, "").await.is_err());
    let kinds = region.journal_kinds(&format!("person:{person}")).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "factors.forgotten").count(), 1);
}
