//! Links of published sheets and help articles that lead nowhere: looked for a few at a time, told to who
//! wrote the text, shown to those who can mend it. (LIRE-12)

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_directory::{MAIL_JOB, Mail};
use beffroi_kernel::{ArticleId, Permit, PersonId};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::Catalogue;
use crate::knowledge::WriteArticles;
pub use crate::rules::links::Look;
use crate::rules::links::{Seen, after, is_due};
use crate::store::{articles, links as store};

/// Looks at an address; blocks a few seconds at most. It never goes where a webhook may not.
pub trait Probe: Send + Sync + 'static {
    /// What is there.
    fn look(&self, url: &str) -> Look;
}

/// Between two rounds.
const EVERY: Duration = Duration::from_mins(10);
/// Addresses looked at in one round.
const AT_ONCE: usize = 20;
/// Longest address looked at, in bytes.
const LONGEST: usize = 1_000;

/// A text that links somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is called.
    pub title: String,
    /// Its page, where it is mended.
    pub href: String,
    /// The article, when it is one; else it is a sheet, the Region's.
    pub article: Option<ArticleId>,
}

/// A link that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLink {
    /// Where it should lead.
    pub url: String,
    /// Why it does not.
    pub why: String,
    /// Since when that is known; none for a page of this site.
    pub since: Option<DateTime<Utc>>,
    /// The texts that hold it.
    pub places: Vec<Place>,
}

type Linked = BTreeMap<String, Vec<Place>>;

impl Catalogue {
    /// Every link of what is published, with the texts that hold it.
    async fn linked(&self) -> Result<Linked, DbError> {
        let mut linked = Linked::new();
        let mut add = |url: String, place: &Place| {
            let places = linked.entry(url).or_default();
            if !places.contains(place) {
                places.push(place.clone());
            }
        };
        for published in self.current().await? {
            let sheet = &published.sheet;
            let href = format!("/catalogue/{}", sheet.slug);
            let place = Place { title: sheet.title.clone(), href, article: None };
            let blocks = sheet.sections.iter().flat_map(|section| &section.blocks);
            blocks.flat_map(beffroi_sheets::Block::addresses).for_each(|url| add(url, &place));
            sheet.excludes.iter().filter_map(|one| one.link.clone()).for_each(|url| add(url, &place));
        }
        for shown in self.knowledge().shelf().await?.all() {
            let (title, href) = (shown.content.title.clone(), format!("/aide/redaction/{}", shown.id));
            let place = Place { title, href, article: Some(shown.id) };
            shown.content.addresses().into_iter().for_each(|url| add(url, &place));
        }
        Ok(linked)
    }

    /// The links that lead nowhere, pages of this site first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn dead_links(&self, _: &Permit<WriteArticles>) -> Result<Vec<DeadLink>, DbError> {
        let mut linked = self.linked().await?;
        let (sheets, shelf) = (self.current().await?, self.knowledge().shelf().await?);
        let mut dead = Vec::new();
        for (url, places) in linked.iter().filter(|(url, _)| url.starts_with('/')) {
            let path = url.split(['?', '#']).next().unwrap_or_default();
            let slug = |root: &str| path.strip_prefix(root).and_then(|rest| rest.split('/').next());
            let gone = slug("/aide/").is_some_and(|slug| !slug.is_empty() && !shelf.holds(slug))
                || slug("/catalogue/")
                    .is_some_and(|slug| !slug.is_empty() && !sheets.iter().any(|one| one.sheet.slug == slug));
            if gone {
                let why = "aucune page publiée n’a cette adresse".to_owned();
                dead.push(DeadLink { url: url.clone(), why, since: None, places: places.clone() });
            }
        }
        for (url, seen) in store::dead(self.site().db.read()).await? {
            // A text that was mended since no longer holds it.
            let Some(places) = linked.remove(&url) else { continue };
            let why = seen.why.unwrap_or_default();
            dead.push(DeadLink { url, why, since: seen.failing_since, places });
        }
        Ok(dead)
    }

    /// Looks at the addresses whose time has come; gives how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn check_links(&self, probe: &Arc<dyn Probe>) -> Result<usize, DbError> {
        let db = &self.site().db;
        let linked = self.linked().await?;
        let outside = |url: &String| url.starts_with("http") && url.len() <= LONGEST;
        let seen: HashMap<String, Seen> = store::all(db.read()).await?.into_iter().collect();
        let forgotten: Vec<&String> = seen.keys().filter(|url| !linked.contains_key(*url)).collect();
        if !forgotten.is_empty() {
            db.write(async |tx| {
                for url in &forgotten {
                    store::forget(tx.on(), url).await?;
                }
                Ok::<(), DbError>(())
            })
            .await?;
        }
        let due = linked.iter().filter(|(url, _)| outside(url) && is_due(seen.get(*url), db.now()));
        let mut looked = 0;
        for (url, places) in due.take(AT_ONCE) {
            let (probe, address) = (Arc::clone(probe), url.clone());
            let look = tokio::task::spawn_blocking(move || probe.look(&address)).await;
            let Ok(look) = look else { continue };
            let before = seen.get(url);
            let now = after(before, look, db.now());
            let newly = now.dead && !before.is_some_and(|before| before.dead);
            db.write(async |tx| {
                store::keep(tx.on(), url, &now).await?;
                if newly { self.tell(tx, url, &now, places).await } else { Ok(()) }
            })
            .await?;
            looked += 1;
        }
        Ok(looked)
    }

    /// Those who wrote and reviewed the articles are told once of each death.
    async fn tell(&self, tx: &Tx, url: &str, seen: &Seen, places: &[Place]) -> Result<(), DbError> {
        let why = seen.why.as_deref().unwrap_or_default();
        let id = hex::encode(&Sha256::digest(url)[..8]);
        let data = serde_json::json!({ "url": url, "why": why });
        tx.journal(Event::new("link.dead", format!("link:{id}")).data(data));
        for (article, title) in places.iter().filter_map(|place| Some((place.article?, &place.title))) {
            let Some(row) = articles::by_id(tx.on(), article).await? else { continue };
            let texts = articles::versions(tx.on(), article).await?;
            let live = texts.iter().find(|text| Some(text.id) == row.live_id);
            let mut people: Vec<PersonId> =
                live.into_iter().flat_map(|text| [text.author_id, text.reviewer_id]).flatten().collect();
            people.dedup();
            let page = format!("{}/aide/redaction/{article}", self.site().base_url);
            for person in people {
                let text = format!(
                    "Bonjour,\n\nUn lien de l’article «\u{a0}{title}\u{a0}» ne mène plus nulle part ({why})\u{a0}:\n\n\
                     {url}\n\nCorrigez-le ou retirez-le\u{a0}: {page}\n"
                );
                let mail = Mail::to_person(person, "Un lien d’un article d’aide est à corriger".into(), text);
                let once = format!("link-dead:{id}:{}:{article}:{person}", seen.checked_at.timestamp());
                tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(once)).await?;
            }
        }
        Ok(())
    }
}

/// Looks at links a few at a time until `stop` resolves. Beside the jobs: a slow site delays no mail.
pub async fn watch(catalogue: Catalogue, probe: Arc<dyn Probe>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = catalogue.check_links(&probe).await {
            tracing::error!(%error, "links of published texts could not be looked at");
        }
    }
}
