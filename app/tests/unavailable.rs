//! A database that stopped answering: every page says so in words, with 503, and nothing is lost.
#![allow(missing_docs, clippy::unwrap_used)]

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test};
use tower::ServiceExt;

#[db_test]
async fn a_lost_database_is_said_in_words(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    let service = Service::assemble(&config, db.clone()).unwrap();
    db.close().await.unwrap();
    for path in ["/catalogue", "/accueil"] {
        let request =
            Request::get(path).header(header::COOKIE, "beffroi=0123456789").body(Body::empty()).unwrap();
        let response = service.router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(response.headers().contains_key(header::RETRY_AFTER), "{path}");
        let body = axum::body::to_bytes(response.into_body(), 1_000_000).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains("brouillons"), "{path}");
    }
    let request = Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(service.router().oneshot(request).await.unwrap().status(), StatusCode::OK);
}
