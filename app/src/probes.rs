//! Probes. The public address says yes or no: `/healthz`, `/readyz`. Measures, and why the answer is no, are read
//! from inside, at an address of their own. (issue 5: watch; ASVS 13.4.5)

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use beffroi_db::{Db, DbError, journal};
use beffroi_directory::Site;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use tokio::time::{Instant, timeout};

/// A database that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

const YES: &str = "oui\n";
const NO: &str = "non\n";

/// What everyone may ask: whether the program runs, and whether it can serve.
pub(crate) fn public(site: Site) -> Router {
    Router::new().route("/healthz", get(|| async { YES })).route("/readyz", get(ready)).with_state(site)
}

async fn ready(State(site): State<Site>) -> Response {
    match timeout(PATIENCE, journal::head(&site.db)).await {
        Ok(Ok(_)) => YES.into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, NO).into_response(),
    }
}

/// What is read from inside: measures, and where the program stands.
pub(crate) fn private(db: Db, recorder: PrometheusHandle) -> Router {
    let measures = move || std::future::ready(recorder.render());
    Router::new()
        .route("/metrics", get(measures))
        .route("/healthz", get(|| async { YES }))
        .route("/readyz", get(standing).with_state(db))
}

async fn standing(State(db): State<Db>) -> Response {
    let began = Instant::now();
    let head = timeout(PATIENCE, journal::head(&db)).await;
    let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    let schema = db.schema().await.ok();
    let (status, database) = match &head {
        Ok(Ok(_)) => (StatusCode::OK, "répond".to_owned()),
        Ok(Err(error)) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "ne répond pas dans les cinq secondes".to_owned()),
    };
    let said = json!({
        "pret": status == StatusCode::OK,
        "version": env!("CARGO_PKG_VERSION"),
        "base": database,
        "base_ms": milliseconds,
        "journal": head.ok().and_then(Result::<_, DbError>::ok).map(|head| head.seq),
        "migrations_en_attente": schema.as_ref().map(|schema| schema.pending),
        "schema_plus_recent": schema.as_ref().map(|schema| schema.newer),
    });
    (status, Json(said)).into_response()
}

/// Serves the inside until told to stop. Without its address the site goes on: people come first, and whoever
/// watches sees that measures are missing.
pub(crate) async fn serve(
    address: SocketAddr,
    inside: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let listener = match tokio::net::TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(%address, %error, "measures are not served: change « metrics_listen »");
            return;
        }
    };
    if let Err(error) = axum::serve(listener, inside).with_graceful_shutdown(stop).await {
        tracing::warn!(%error, "measures are no longer served");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::Request;
    use beffroi_db::db_test;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use tower::ServiceExt;

    async fn asked(router: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = axum::body::to_bytes(body, 1_000_000).await.unwrap();
        (parts.status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[db_test]
    async fn the_public_says_yes_or_no_and_the_inside_says_why(db: Db) {
        let site = Site { db: db.clone(), base_url: "http://beffroi.example".into(), secure_cookies: false };
        let recorder = PrometheusBuilder::new().build_recorder().handle();
        let (outside, inside) = (public(site), private(db.clone(), recorder));
        for path in ["/healthz", "/readyz"] {
            assert_eq!(asked(&outside, path).await, (StatusCode::OK, YES.to_owned()));
        }
        assert_eq!(asked(&outside, "/metrics").await.0, StatusCode::NOT_FOUND);
        assert_eq!(asked(&inside, "/metrics").await.0, StatusCode::OK);
        let (status, said) = asked(&inside, "/readyz").await;
        assert!(
            status == StatusCode::OK && said.contains("\"pret\":true") && said.contains("base_ms"),
            "{said}"
        );

        db.close().await.unwrap();
        assert_eq!(asked(&outside, "/readyz").await, (StatusCode::SERVICE_UNAVAILABLE, NO.to_owned()));
        let (status, said) = asked(&inside, "/readyz").await;
        assert!(status == StatusCode::SERVICE_UNAVAILABLE && said.contains("\"pret\":false"), "{said}");
        assert_eq!(asked(&outside, "/healthz").await.0, StatusCode::OK);
    }
}
