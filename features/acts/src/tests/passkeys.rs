//! Kinds that only a passkey signs; what a device answers is tried in the directory and in a browser.

use beffroi_db::{Db, db_test};
use beffroi_directory::Proof;
use beffroi_kernel::{Permit, PersonId, Role};

use super::{EVER, Ground};
use crate::model::{ActKind, State};
use crate::sign::{SignError, Signing};
use crate::{passkey_kinds, set_passkey_kinds, sign};

#[db_test]
async fn a_password_signs_every_kind_but_those_that_the_region_lists(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -10..EVER).await;
    let region = Permit::system(PersonId::new(), "tests");
    let listed = ground.opens(ActKind::AdminRights, |_| ()).await;
    let other = ground.opens(ActKind::FilterDelegation, |_| ()).await;
    assert_eq!(passkey_kinds(&ground.acts).await.unwrap(), [], "none by default");

    let kinds = [ActKind::AdminRights, ActKind::LiabilityRelease];
    set_passkey_kinds(&ground.acts, &region, &kinds).await.unwrap();
    assert_eq!(passkey_kinds(&ground.acts).await.unwrap(), kinds);
    assert!(matches!(ground.signs(head, &listed).await, Err(SignError::PasskeyWanted)));
    assert_eq!(ground.now(&listed).await, listed, "nothing is signed");
    assert_eq!(ground.signs(head, &other).await.unwrap().state, State::InForce);

    set_passkey_kinds(&ground.acts, &region, &[]).await.unwrap();
    assert_eq!(ground.signs(head, &listed).await.unwrap().state, State::InForce);
}

#[db_test]
async fn an_answer_that_no_device_gave_signs_nothing(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -10..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |_| ()).await;
    let permit = ground.permit(head).await;
    for answer in ["", "{}", r#"{"ceremony":"abc","credential":{}}"#] {
        let signing = Signing {
            act: act.id,
            text_sha256: &act.text_sha256,
            proof: Proof::Passkey(answer),
            acknowledged: true,
        };
        assert!(matches!(sign(&ground.acts, &permit, signing).await, Err(SignError::Passkey)), "{answer}");
    }
    assert_eq!(ground.now(&act).await, act);
}
