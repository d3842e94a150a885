//! Signing in, the throttle, sessions, new passwords.

use std::sync::Arc;

use beffroi_db::{Db, db_test};
use beffroi_kernel::FixedClock;
use chrono::TimeDelta;

use super::{PASSWORD, Region, managing};
use crate::sign_in::{SignInError, recognise, revoke, revoke_others, sessions_of, sign_in};
use crate::store::sessions;
use crate::{people, reset};

/// The same database later: the clock of the tests stands still otherwise.
async fn later(db: &Db, delta: TimeDelta) -> Region {
    let clock = FixedClock::at(db.now() + delta);
    let site =
        crate::Site { db: db.with_clock(Arc::new(clock)), base_url: String::new(), secure_cookies: false };
    Region { site, schools: Vec::new() }
}

#[db_test]
async fn one_signs_in_with_a_login_or_an_address(db: Db) {
    let region = Region::new(db).await;
    let person = region.member("Camille", "Delattre").await;

    for typed in ["camille.delattre", " Camille.Delattre ", "camille@example.org", "CAMILLE@example.org"] {
        let opened = sign_in(region.db(), typed, PASSWORD, "essai").await.unwrap();
        assert_eq!(opened.person, person, "{typed}");
        assert_eq!(recognise(region.db(), &opened.token).await.unwrap().unwrap().access.person, person);
    }
    assert!(recognise(region.db(), "autre").await.unwrap().is_none());
}

#[db_test]
async fn the_door_closes_after_five_failures_and_reopens(db: Db) {
    let region = Region::new(db).await;
    region.member("Camille", "Delattre").await;
    for typed in ["camille.delattre", "personne.inconnue"] {
        for _ in 0..5 {
            assert!(matches!(sign_in(region.db(), typed, "faux", "").await, Err(SignInError::Wrong)));
        }
        assert!(
            matches!(sign_in(region.db(), typed, PASSWORD, "").await, Err(SignInError::Locked(_))),
            "{typed}"
        );
    }
    // The address leads to the same door.
    assert!(matches!(
        sign_in(region.db(), "camille@example.org", PASSWORD, "").await,
        Err(SignInError::Locked(_))
    ));

    let after = later(region.db(), TimeDelta::seconds(61)).await;
    assert!(matches!(sign_in(after.db(), "camille.delattre", "faux", "").await, Err(SignInError::Wrong)));
    assert!(matches!(
        sign_in(after.db(), "camille.delattre", PASSWORD, "").await,
        Err(SignInError::Locked(_))
    ));
    let after = later(after.db(), TimeDelta::seconds(121)).await;
    assert!(sign_in(after.db(), "camille.delattre", PASSWORD, "").await.is_ok());
}

#[db_test]
async fn a_session_ends_when_revoked_idle_or_old(db: Db) {
    let region = Region::new(db).await;
    let person = region.member("Camille", "Delattre").await;
    let other = region.member("Noor", "Vasseur").await;
    let one = sign_in(region.db(), "camille.delattre", PASSWORD, "un").await.unwrap();
    let two = sign_in(region.db(), "camille.delattre", PASSWORD, "deux").await.unwrap();
    let three = sign_in(region.db(), "camille.delattre", PASSWORD, "trois").await.unwrap();
    assert_eq!(sessions_of(region.db(), person).await.unwrap().len(), 3);

    assert!(
        !revoke(region.db(), other, one.session).await.unwrap(),
        "another's session is not theirs to end"
    );
    assert!(revoke(region.db(), person, one.session).await.unwrap());
    assert!(recognise(region.db(), &one.token).await.unwrap().is_none());
    revoke_others(region.db(), person, three.session).await.unwrap();
    assert!(recognise(region.db(), &two.token).await.unwrap().is_none());
    assert!(recognise(region.db(), &three.token).await.unwrap().is_some());

    let mut now = later(region.db(), TimeDelta::hours(13)).await;
    assert!(recognise(now.db(), &three.token).await.unwrap().is_none(), "idle for too long");
    let four = sign_in(now.db(), "camille.delattre", PASSWORD, "quatre").await.unwrap();
    for _ in 0..16 {
        assert!(recognise(now.db(), &four.token).await.unwrap().is_some());
        now = later(now.db(), TimeDelta::hours(10)).await;
    }
    now = later(now.db(), TimeDelta::hours(10)).await;
    assert!(recognise(now.db(), &four.token).await.unwrap().is_none(), "seven days are over");
}

#[db_test]
async fn a_page_knows_who_looks_in_two_queries_at_most(db: Db) {
    let region = Region::new(db).await;
    region.member("Camille", "Delattre").await;
    let opened = sign_in(region.db(), "camille.delattre", PASSWORD, "").await.unwrap();

    let (_, first) = beffroi_db::count_queries(recognise(region.db(), &opened.token)).await;
    let after = later(region.db(), TimeDelta::minutes(6)).await;
    let (_, touched) = beffroi_db::count_queries(recognise(after.db(), &opened.token)).await;

    assert_eq!((first, touched), (1, 2));
}

#[db_test]
async fn a_closed_account_opens_nothing(db: Db) {
    let region = Region::new(db).await;
    let person = region.member("Camille", "Delattre").await;
    let opened = sign_in(region.db(), "camille.delattre", PASSWORD, "").await.unwrap();

    people::set_disabled(region.db(), &managing(), person, true).await.unwrap();

    assert!(recognise(region.db(), &opened.token).await.unwrap().is_none());
    assert!(matches!(sign_in(region.db(), "camille.delattre", PASSWORD, "").await, Err(SignInError::Wrong)));
    assert!(!crate::check_password(region.db(), person, PASSWORD).await.unwrap());
}

#[db_test]
async fn a_link_to_a_new_password_works_once_and_for_an_hour(db: Db) {
    let region = Region::new(db).await;
    let person = region.member("Camille", "Delattre").await;
    let opened = sign_in(region.db(), "camille.delattre", PASSWORD, "").await.unwrap();
    let link = async |region: &Region| {
        let token = crate::secret_code::fresh();
        let kept = region.db().write(async |tx| {
            let until = tx.now() + crate::rules::RESET_LIFE;
            sessions::insert_reset(tx.on(), &reset::kept_of(&token), person, tx.now(), until).await
        });
        kept.await.unwrap();
        token
    };
    let (old, token) = (link(&region).await, link(&region).await);

    assert!(
        reset::choose(region.db(), &old, "nouvelle phrase secrete").await.is_err(),
        "a newer link replaces it"
    );
    assert!(matches!(
        reset::choose(region.db(), &token, "court").await,
        Err(people::PeopleError::Invalid(_))
    ));
    reset::choose(region.db(), &token, "nouvelle phrase secrete").await.unwrap();
    assert!(reset::choose(region.db(), &token, "encore une autre phrase").await.is_err());
    assert!(recognise(region.db(), &opened.token).await.unwrap().is_none());
    assert!(sign_in(region.db(), "camille.delattre", "nouvelle phrase secrete", "").await.is_ok());

    let token = link(&region).await;
    let after = later(region.db(), TimeDelta::minutes(61)).await;
    assert!(reset::choose(after.db(), &token, "encore une autre phrase").await.is_err());
}
