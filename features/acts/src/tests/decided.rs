//! To confirm and to revoke is to decide as much as to sign: the same proof, the same acknowledgement, the same key.
//! (T2, T3, SRV-22)

use axum::http::StatusCode;
use beffroi_db::{Db, db_test, journal};
use beffroi_directory::Proof;
use beffroi_kernel::{Permit, PersonId, Role};

use super::pages::Browser;
use super::{EVER, Ground, PASSWORD, because, confirming};
use crate::model::{Act, ActKind, State};
use crate::sign::SignError;
use crate::{
    Confirming, EndError, PASSKEY_TERM, confirm, passkey_only, revocation, revoke, set_passkey_kinds, store,
};

/// An act in force, with these terms, and the head who signed it.
async fn in_force(ground: &Ground, terms: serde_json::Value) -> (PersonId, Act) {
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let delegate = ground.serves("Noor", Role::Teacher, -1..EVER).await;
    let act = ground
        .opens(ActKind::AdminRights, |new| {
            new.holder = Some(delegate);
            new.terms = terms;
        })
        .await;
    ground.signs(head, &act).await.unwrap();
    ground.work().await;
    (head, act)
}

fn known() -> serde_json::Value {
    serde_json::json!({ "acknowledgements": [{ "name": "risque", "version": "2", "text": "Je sais le risque." }] })
}

#[db_test]
async fn to_revoke_asks_the_same_proof_as_to_sign(db: Db) {
    let ground = Ground::new(db).await;
    let (head, act) = in_force(&ground, serde_json::json!({})).await;
    let permit = ground.permit(head).await;
    for (proof, passkey) in [
        (Proof::Password(""), false),
        (Proof::Password("pas le bon mot"), false),
        (Proof::Passkey("{}"), true),
    ] {
        let refused = revoke(&ground.acts, &permit, act.id, ("Fin de mission", proof)).await;
        let expected = if passkey {
            matches!(refused, Err(EndError::Passkey))
        } else {
            matches!(refused, Err(EndError::Password))
        };
        assert!(expected, "{proof:?}: {refused:?}");
    }
    assert_eq!(ground.now(&act).await.state, State::InForce, "nothing is revoked");

    revoke(&ground.acts, &permit, act.id, because("Fin de mission")).await.unwrap();
    let told = journal::of_subject(ground.db(), &format!("act:{}", act.id)).await.unwrap();
    let ended = told.iter().find(|entry| entry.kind == "act.ended").unwrap();
    assert!(ended.data.contains(r#""method":"password""#), "{}", ended.data);
}

#[db_test]
async fn the_page_of_revocation_asks_the_password_and_keeps_what_was_typed(db: Db) {
    let ground = Ground::new(db).await;
    let (head, act) = in_force(&ground, serde_json::json!({})).await;
    let browser = Browser::of(&ground, head).await;
    let path = format!("/actes/{}/revoquer", act.id);
    let (_, form) = browser.page(&path, None).await;
    assert!(form.contains("name=\"password\"") && form.contains("/compte/cles"), "{form}");
    assert!(!form.contains(&revocation(act.id)), "no key is offered to who has none: {form}");
    for (body, field) in [("password=x", "motif"), ("motif=Fin+de+mission&password=x", "password")] {
        let (status, again) = browser.page(&path, Some(body.into())).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.contains(&format!("href=\"#{field}\"")), "{again}");
        assert_eq!(again.contains("Fin de mission"), body.contains("motif"), "{again}");
    }
    let body = format!("motif=Fin+de+mission&password={}", PASSWORD.replace(' ', "+"));
    assert_eq!(browser.page(&path, Some(body)).await.0, StatusCode::SEE_OTHER);
    assert_eq!(ground.now(&act).await.state, State::Ended);
}

#[db_test]
async fn a_confirmation_asks_again_what_is_to_acknowledge_and_keeps_who_did(db: Db) {
    let ground = Ground::new(db).await;
    let (head, act) = in_force(&ground, known()).await;
    ground.wait(335).await;
    let permit = ground.permit(head).await;
    let unticked = Confirming { acknowledged: false, ..confirming(act.id, "", PASSWORD) };
    let refused = confirm(&ground.acts, &permit, unticked).await;
    assert!(matches!(refused, Err(EndError::Unacknowledged)), "{refused:?}");
    let kept = async || store::acts::acknowledged(ground.db().read(), act.id).await.unwrap();
    assert_eq!(kept().await, 1, "the one of the signature");

    let browser = Browser::of(&ground, head).await;
    let path = format!("/actes/{}/reviser", act.id);
    let (_, form) = browser.page(&path, None).await;
    assert!(form.contains("Je sais le risque.") && form.contains("Version 2 de ce texte"), "{form}");
    let password = PASSWORD.replace(' ', "+");
    let (status, again) = browser.page(&path, Some(format!("password={password}&note=Vu"))).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && again.contains("href=\"#reconnu"), "{again}");
    assert!(again.contains("value=\"Vu\""), "what was typed stays: {again}");
    let (status, _) = browser.page(&path, Some(format!("password={password}&note=Vu&reconnu=oui"))).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(kept().await, 2, "the one of the confirmation");
    let checked = crate::proof::check(ground.db(), |_| ()).await.unwrap();
    assert_eq!(checked.faults, [], "the journal answers for what was acknowledged again");
}

#[db_test]
async fn where_the_sheet_asks_for_a_key_no_password_signs_confirms_or_revokes(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let wants = |new: &mut crate::NewAct| new.terms = serde_json::json!({ PASSKEY_TERM: true });
    let act = ground.opens(ActKind::FilterDelegation, wants).await;
    assert!(matches!(ground.signs(head, &act).await, Err(SignError::PasskeyWanted)));
    assert_eq!(ground.now(&act).await.state, State::ToSign, "nothing is signed");
    assert!(passkey_only(&ground.acts, std::slice::from_ref(&act)).await.unwrap());

    let browser = Browser::of(&ground, head).await;
    let (_, form) = browser.page(&format!("/actes/{}/signer", act.id), None).await;
    assert!(!form.contains("name=\"password\"") && form.contains("Une clé d’accès est demandée"), "{form}");
    assert!(form.contains("Vous n’avez pas encore de clé") && form.contains("/compte/cles"), "{form}");
}

#[db_test]
async fn what_the_region_lists_is_not_confirmed_nor_revoked_with_a_password_either(db: Db) {
    let ground = Ground::new(db).await;
    let (head, act) = in_force(&ground, serde_json::json!({})).await;
    ground.wait(335).await;
    let (permit, region) = (ground.permit(head).await, Permit::system(PersonId::new(), "tests"));
    set_passkey_kinds(&ground.acts, &region, &[ActKind::AdminRights]).await.unwrap();
    let confirmed = confirm(&ground.acts, &permit, confirming(act.id, "", PASSWORD)).await;
    assert!(matches!(confirmed, Err(EndError::PasskeyWanted)), "{confirmed:?}");
    let revoked = revoke(&ground.acts, &permit, act.id, because("Fin de mission")).await;
    assert!(matches!(revoked, Err(EndError::PasskeyWanted)), "{revoked:?}");
    assert_eq!(ground.now(&act).await.state, State::InForce);
    let browser = Browser::of(&ground, head).await;
    for path in ["reviser", "revoquer"] {
        let (_, form) = browser.page(&format!("/actes/{}/{path}", act.id), None).await;
        assert!(
            !form.contains("name=\"password\"") && form.contains("Une clé d’accès est demandée"),
            "{form}"
        );
    }
}

#[db_test]
async fn acronyms_keep_their_capitals_within_a_sentence(db: Db) {
    let ground = Ground::new(db).await;
    let holder = ground.serves("Noor", Role::IctCoordinator, -1..EVER).await;
    let stranger = ground.serves("Lou", Role::Head, -1..EVER).await;
    let act = ground
        .opens(ActKind::WorkstationRights, |new| {
            new.holder = Some(holder);
            new.signatories = vec![vec![crate::Who::Role(Role::IctCoordinator)]];
        })
        .await;
    let browser = Browser::of(&ground, stranger).await;
    let (_, page) = browser.page(&format!("/actes/{}", act.id), None).await;
    assert!(page.contains("coordonnateur TIC") && !page.contains("coordonnateur tic"), "{page}");
}
