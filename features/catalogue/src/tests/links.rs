//! A link of a published text that leads nowhere is found, told once to who wrote it, shown until the text
//! is mended; one that answers again is shown no more. (LIRE-12)

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use beffroi_db::{Db, db_test};
use beffroi_directory::Site;
use beffroi_kernel::{FixedClock, Role};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, Statement};

use super::{ROUTING, catalogue, permit, sheet};
use crate::Catalogue;
use crate::knowledge::{Audience, Content, PublishArticles, Verdict, WriteArticles};
use crate::links::{Look, Probe};

/// The world, as it answers today.
#[derive(Default)]
struct World(Mutex<HashMap<String, Look>>, Mutex<Vec<String>>);

impl World {
    fn says(&self, url: &str, look: Look) {
        self.0.lock().unwrap().insert(url.into(), look);
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.1.lock().unwrap())
    }
}

impl Probe for World {
    fn look(&self, url: &str) -> Look {
        self.1.lock().unwrap().push(url.into());
        self.0.lock().unwrap().get(url).cloned().unwrap_or(Look::Alive)
    }
}

fn later(catalogue: &Catalogue, by: TimeDelta) -> Catalogue {
    let db = &catalogue.site().db;
    let db = db.with_clock(Arc::new(FixedClock::at(db.now() + by)));
    Catalogue::new(Site { db, ..catalogue.site().clone() })
}

async fn article(catalogue: &Catalogue, body: &str) {
    let content = Content {
        title: "Où trouver le pilote ?".into(),
        body: body.into(),
        audience: Audience::Everyone,
        theme: "impression".into(),
        requests: Vec::new(),
        keywords: Vec::new(),
    };
    let (writes, publishes) = (
        permit::<WriteArticles>(Role::Technician, None),
        permit::<PublishArticles>(Role::ServiceManager, None),
    );
    let knowledge = catalogue.knowledge();
    let id = knowledge.create(&writes, content, None).await.unwrap();
    knowledge.submit(&writes, id).await.unwrap();
    knowledge.decide(&publishes, id, Verdict::Publish).await.unwrap();
}

async fn dead(catalogue: &Catalogue) -> Vec<(String, usize)> {
    let permit = permit::<WriteArticles>(Role::Technician, None);
    let dead = catalogue.dead_links(&permit).await.unwrap();
    dead.into_iter().map(|link| (link.url, link.places.len())).collect()
}

async fn number(db: &Db, sql: &str) -> i64 {
    let statement = Statement::from_string(db.backend(), sql);
    db.read().query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

const PAGE: &str = "https://pilotes.example/imprimante";
const MAILS: &str = "SELECT COUNT(*) FROM job WHERE kind = 'mail' AND dedup LIKE 'link-dead:%'";

#[db_test]
async fn a_link_that_leads_nowhere_is_told_once_and_shown_until_mended(db: Db) {
    let catalogue = catalogue(&db);
    let files =
        [sheet("impression", 1, "2026-01-01", "Lisez [le pilote](https://pilotes.example/imprimante).")];
    let routing = ("routing.toml".to_owned(), ROUTING.to_owned());
    catalogue.publish_as_system("tests", &[files[0].clone(), routing]).await.unwrap();
    article(&catalogue, "Voir [le site](https://pilotes.example/imprimante), [la fiche](/catalogue/impression) ou [cet article](/aide/disparu). [Écrire](mailto:aide@example.fr)").await;
    assert_eq!(
        dead(&catalogue).await,
        [("/aide/disparu".to_owned(), 1)],
        "a page of this site needs no look"
    );

    let world = Arc::new(World::default());
    let probe: Arc<dyn Probe> = world.clone();
    assert_eq!(catalogue.check_links(&probe).await.unwrap(), 1);
    assert_eq!(world.asked(), [PAGE], "each address once, and no other");
    assert_eq!(catalogue.check_links(&probe).await.unwrap(), 0, "not before a week");

    let catalogue = later(&catalogue, TimeDelta::days(8));
    world.says(PAGE, Look::Gone("le site dit que cette page n’existe pas".into()));
    assert_eq!(catalogue.check_links(&probe).await.unwrap(), 1);
    assert_eq!(dead(&catalogue).await, [("/aide/disparu".to_owned(), 1), (PAGE.to_owned(), 2)]);
    assert_eq!(number(&db, MAILS).await, 2, "who wrote the article, and who reviewed it");
    assert_eq!(number(&db, "SELECT COUNT(*) FROM journal_entry WHERE kind = 'link.dead'").await, 1);
    let permit = permit::<WriteArticles>(Role::Technician, None);
    let page =
        crate::views::articles::dead_links(&catalogue.dead_links(&permit).await.unwrap()).into_string();
    assert!(page.contains("Où trouver le pilote") && page.contains("fiche, par la Région"), "{page}");

    let catalogue = later(&catalogue, TimeDelta::days(1));
    assert_eq!(catalogue.check_links(&probe).await.unwrap(), 1, "each day while it fails");
    assert_eq!(number(&db, MAILS).await, 2, "told once");
    world.says(PAGE, Look::Alive);
    let catalogue = later(&catalogue, TimeDelta::days(1));
    catalogue.check_links(&probe).await.unwrap();
    assert_eq!(dead(&catalogue).await.len(), 1, "it answers again");
}

#[db_test]
async fn a_text_that_was_mended_is_accused_no_more(db: Db) {
    let catalogue = catalogue(&db);
    let routing = ("routing.toml".to_owned(), ROUTING.to_owned());
    let old = sheet("impression", 1, "2026-01-01", "Lisez [le pilote](https://pilotes.example/imprimante).");
    catalogue.publish_as_system("tests", &[old, routing]).await.unwrap();
    let world = Arc::new(World::default());
    world.says(PAGE, Look::Gone("404".into()));
    let probe: Arc<dyn Probe> = world;
    catalogue.check_links(&probe).await.unwrap();
    assert_eq!(dead(&catalogue).await, [(PAGE.to_owned(), 1)]);
    let new = sheet("impression", 1, "2026-01-02", "Demandez le pilote.");
    catalogue.publish_as_system("tests", &[new]).await.unwrap();
    assert!(dead(&catalogue).await.is_empty());
    catalogue.check_links(&probe).await.unwrap();
    assert_eq!(number(&db, "SELECT COUNT(*) FROM link_seen").await, 0, "and forgotten");
}
