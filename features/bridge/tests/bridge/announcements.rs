//! What the other side announces is signed, names a request of that bridge, and is believed no further.

use axum::body::Body;
use axum::http::Request;
use beffroi_api::sign;
use beffroi_db::{Db, db_test};
use beffroi_kernel::PersonId;
use serde_json::json;
use tower::ServiceExt;

use crate::ground::{HOOK, Pair, once};

/// Posts an announcement, and gives its status.
async fn announce(pair: &Pair, bridge: &str, reference: &str, (secret, late): (&str, i64)) -> u16 {
    use base64::Engine as _;
    let secret =
        base64::engine::general_purpose::STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let body = json!({ "type": "request.answered", "data": { "reference": reference } }).to_string();
    let second = pair.here.db().now().timestamp() - late;
    let id = format!("msg_{}", PersonId::new());
    let request = Request::post(format!("/passerelles/{bridge}/annonces"))
        .header("webhook-id", &id)
        .header("webhook-timestamp", second.to_string())
        .header("webhook-signature", sign(&secret, &id, second, &body))
        .body(Body::from(body))
        .unwrap();
    let router = beffroi_bridge::routes(pair.here.bridges()).router;
    router.oneshot(request).await.unwrap().status().as_u16()
}

#[db_test]
async fn an_announcement_has_its_request_compared_at_once(db: Db) {
    let pair = Pair::new(db).await;
    let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
    pair.here.turn().await;
    let theirs = pair.theirs().await;
    pair.there.does(pair.there.nora, &theirs, "messages", json!({ "texte": "J’arrive." })).await;
    let id = pair.bridge.id.to_string();
    assert_eq!(announce(&pair, &id, &theirs, (HOOK, 0)).await, 204);
    pair.here.turn().await;
    assert_eq!(pair.here.said(&reference).await.len(), 1, "without waiting for the round");
}

#[test]
fn a_forged_announcement_moves_nothing() {
    once(async |db| {
        let pair = Pair::new(db).await;
        pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
        pair.here.turn().await;
        let theirs = pair.theirs().await;
        let id = pair.bridge.id.to_string();
        let calls = pair.wire.changes().len();
        let other = "whsec_dW4gYXV0cmUgc2VjcmV0IGRlIHRhaWxsZSBjb3JyZWN0ZQ==";
        assert_eq!(announce(&pair, &id, &theirs, (other, 0)).await, 401);
        assert_eq!(announce(&pair, &id, &theirs, (HOOK, 600)).await, 401, "an old one sent again");
        assert_eq!(announce(&pair, &PersonId::new().to_string(), &theirs, (HOOK, 0)).await, 404);
        // A reference that this bridge does not have says nothing of those of others.
        assert_eq!(announce(&pair, &id, "2026-99999", (HOOK, 0)).await, 204);
        pair.here.turn().await;
        assert_eq!(pair.wire.changes().len(), calls);
        let waiting = "SELECT COUNT(*) FROM job WHERE kind = 'bridge.sync' AND dedup LIKE '%:hook:%'";
        assert_eq!(pair.here.number(waiting).await, 0);
    });
}
