//! The public pages, asked as a browser does.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use beffroi_db::{Db, db_test};
use tower::ServiceExt;

use super::{catalogue, files, sheet, shipped};
use crate::routes;

async fn get(db: &Db, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = routes(catalogue(db)).router.oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn publish(db: &Db) {
    catalogue(db).publish_as_system("test", &files()).await.unwrap();
    let later = sheet("impression", 1, "2027-01-01", "Prévenez l’accueil.");
    catalogue(db).publish_as_system("test", &[later]).await.unwrap();
}

#[db_test]
async fn anyone_reads_the_sheet_with_its_parts_in_order(db: Db) {
    publish(&db).await;
    let (status, page) = get(&db, "/catalogue/impression").await;

    assert_eq!(status, StatusCode::OK);
    let anchors = [
        "id=\"le-service\"",
        "id=\"en-detail\"",
        "id=\"conseils\"",
        "id=\"procedure\"",
        "id=\"plus-d-infos\"",
    ];
    let places: Vec<usize> = anchors.iter().map(|anchor| page.find(anchor).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    for said in [
        "Engagement de la Région",
        "sans valeur d’engagement",
        "Étape imposée par la Région",
        "Exemple à adapter",
        "/demander/impression/panne",
        "À compléter",
        "Une nouvelle version est publiée",
        "Les cartouches et le papier",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

#[db_test]
async fn the_filter_shows_one_side(db: Db) {
    publish(&db).await;
    let (_, region) = get(&db, "/catalogue/impression?vue=region").await;
    let (_, school) = get(&db, "/catalogue/impression?vue=ecole").await;
    assert!(
        region.contains("id=\"reparer\"")
            && !region.contains("id=\"compter\"")
            && !region.contains("id=\"guichet\"")
    );
    assert!(
        school.contains("id=\"reparer\"")
            && school.contains("id=\"guichet\"")
            && !school.contains("id=\"comprend\"")
    );
}

#[db_test]
async fn versions_are_listed_read_and_compared(db: Db) {
    publish(&db).await;
    let (_, compared) = get(&db, "/catalogue/impression/versions?de=1&a=2").await;
    assert!(compared.contains("<del>Prévenez la vie scolaire.</del>"), "{compared}");
    assert!(compared.contains("<ins>Prévenez l’accueil.</ins>"));
    let (_, second) = get(&db, "/catalogue/impression/versions/2").await;
    assert!(second.contains("Cette version n’est pas celle en vigueur"));
    assert_eq!(get(&db, "/catalogue/impression/versions/9").await.0, StatusCode::NOT_FOUND);
}

#[db_test]
async fn search_shows_what_can_be_asked(db: Db) {
    publish(&db).await;
    let (_, page) = get(&db, "/catalogue?q=imprimante%20panne").await;
    assert!(page.contains("#demande-panne") && page.contains("Une fiche répond"));
    let (_, nothing) = get(&db, "/catalogue?q=%3Cscript%3E").await;
    assert!(nothing.contains("Aucune fiche") && !nothing.contains("<script>alert"));
}

#[db_test]
async fn the_other_pages_ask_to_sign_in(db: Db) {
    publish(&db).await;
    for path in ["/region/catalogue", "/region/routage", "/etablissement/procedures"] {
        assert_eq!(get(&db, path).await.0, StatusCode::SEE_OTHER, "{path}");
    }
}

#[db_test]
async fn a_sheet_says_that_its_act_is_signed_with_a_key_only(db: Db) {
    const SAID: &str = "avec une clé d’accès seulement";
    catalogue(&db).publish_as_system("test", &shipped()).await.unwrap();
    let (_, page) = get(&db, "/catalogue/securite-internet").await;
    assert!(!page.contains(SAID), "none of the sheets shipped asks for one");
    let keyed: Vec<_> = shipped()
        .into_iter()
        .map(|(name, text)| (name, text.replace("[request.act]\n", "[request.act]\npasskey = true\n")))
        .collect();
    catalogue(&db).publish_as_system("test", &keyed).await.unwrap();
    let (_, page) = get(&db, "/catalogue/securite-internet").await;
    assert_eq!(page.matches(SAID).count(), 2, "its two acts: the delegation and the exemption");
    let (_, page) = get(&db, "/catalogue/poste-de-travail").await;
    assert_eq!(page.matches(SAID).count(), 2, "the other requests of the sheet make no act");
}
