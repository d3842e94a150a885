//! Publishing, versions, search.

use beffroi_db::{Db, db_test, journal};
use beffroi_kernel::Role;
use beffroi_sheets::Routing;

use super::{catalogue, files, permit, sheet, shipped};
use crate::{PublishError, store};

#[db_test]
async fn publishing_twice_the_same_text_adds_no_version(db: Db) {
    let catalogue = catalogue(&db);
    let first = catalogue.publish(&permit(Role::RegionAdmin, None), &files()).await.unwrap();
    let again = catalogue.publish(&permit(Role::RegionAdmin, None), &files()).await.unwrap();

    assert!(first.routing_seeded && first.published() == 1);
    assert!(again.routing_ignored && again.changes[0].is_unchanged());
    assert_eq!(catalogue.versions_of("impression").await.unwrap().len(), 1);
    assert_eq!(journal::of_subject(&db, "sheet:impression").await.unwrap().len(), 1);
}

#[db_test]
async fn an_error_publishes_nothing_and_the_running_version_stays(db: Db) {
    let catalogue = catalogue(&db);
    catalogue.publish(&permit(Role::RegionAdmin, None), &files()).await.unwrap();
    let (name, text) = sheet("impression", 1, "2026-09-01", "Autre texte.");
    let broken = (name, text.replace("theme = \"impression\"", "theme = \"inconnu\""));
    let sound = sheet("autre", 2, "2026-09-01", "Texte.");

    let refused = catalogue.publish(&permit(Role::RegionAdmin, None), &[broken, sound]).await;

    let Err(PublishError::Refused(findings)) = refused else { panic!("{refused:?}") };
    let finding = findings.iter().find(|finding| finding.is_error()).unwrap();
    assert_eq!((finding.file.as_str(), finding.line), ("impression.md", 27), "{findings:?}");
    assert!(catalogue.sheet("autre").await.unwrap().is_none());
    assert_eq!(catalogue.sheet("impression").await.unwrap().unwrap().number, 1);
}

#[db_test]
async fn a_published_version_never_changes(db: Db) {
    let catalogue = catalogue(&db);
    catalogue.publish(&permit(Role::RegionAdmin, None), &files()).await.unwrap();
    let first = catalogue.sheet("impression").await.unwrap().unwrap();
    let before = store::versions::sources(db.read(), &[first.id]).await.unwrap();
    let changed = sheet("impression", 1, "2026-10-01", "Prévenez l’accueil.");
    catalogue.publish(&permit(Role::RegionAdmin, None), &[changed]).await.unwrap();

    assert_eq!(catalogue.sheet("impression").await.unwrap().unwrap().number, 2);
    assert_eq!(store::versions::sources(db.read(), &[first.id]).await.unwrap(), before);
    assert_eq!(catalogue.version(first.id).await.unwrap().unwrap().sheet, first.sheet);
}

#[db_test]
async fn a_version_waits_for_its_day_and_another_node_learns_of_it(db: Db) {
    let (here, there) = (catalogue(&db), catalogue(&db));
    here.publish(&permit(Role::RegionAdmin, None), &files()).await.unwrap();
    assert_eq!(there.current().await.unwrap().len(), 1);
    let later = sheet("impression", 1, "2027-01-01", "Prévenez l’accueil.");
    here.publish(&permit(Role::RegionAdmin, None), &[later]).await.unwrap();

    assert_eq!(there.sheet("impression").await.unwrap().unwrap().number, 1);
    let day = "2027-01-01".parse().unwrap();
    assert_eq!(there.current_on(day).await.unwrap()[0].number, 2);
}

#[db_test]
async fn what_was_checked_is_not_published_over_someone_elses_work(db: Db) {
    let catalogue = catalogue(&db);
    catalogue.publish(&permit(Role::RegionAdmin, None), &files()).await.unwrap();
    let changed = sheet("impression", 1, "2026-10-01", "Prévenez l’accueil.");
    let late = catalogue.publish_seen(None, &[changed], Some(0)).await;
    assert!(matches!(late, Err(PublishError::Meanwhile)));
}

#[db_test]
async fn the_shipped_catalogue_is_published_with_its_routing(db: Db) {
    let catalogue = catalogue(&db);
    catalogue.publish_as_system("test", &shipped()).await.unwrap();
    let (_, file) = shipped().into_iter().find(|(name, _)| name == "routing.toml").unwrap();
    assert_eq!(*catalogue.routing().await.unwrap(), Routing::parse("routing.toml", &file).unwrap());
    let (_, stored) = store::routing::read(db.read()).await.unwrap();
    assert!(!stored.is_empty());
}

#[db_test]
async fn search_forgives_accents_plurals_and_slips(db: Db) {
    let catalogue = catalogue(&db);
    catalogue.publish_as_system("test", &shipped()).await.unwrap();
    for (query, expected) in [
        ("imprimantes", "solutions-d-impression"),
        ("imprimnate", "solutions-d-impression"),
        ("reseau", "reseau-local"),
        ("RÉSEAUX", "reseau-local"),
        ("licences pedagogiques", "logiciel-pedagogie"),
    ] {
        let hits = catalogue.search(query).await.unwrap();
        let first = hits.first().map(|hit| hit.published.sheet.slug.as_str());
        assert_eq!(first, Some(expected), "{query}");
    }
    assert!(catalogue.search("xylophone").await.unwrap().is_empty());
}
