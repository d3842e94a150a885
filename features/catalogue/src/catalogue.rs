//! The published catalogue in memory. Versions never change, so a parsed version is kept for ever; one cheap question
//! every few seconds tells whether something was published since on another node. (LIRE-01)

use std::collections::HashMap;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use beffroi_calendar::paris_day;
use beffroi_db::DbError;
use beffroi_directory::Site;
use beffroi_kernel::SheetVersionId;
use beffroi_sheets::{ActRules, Finding, Routing, parse_sheet};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::knowledge::Knowledge;
use crate::rules::search::{Hit, Index};
use crate::store::versions::{self, Source, Stamp};
use crate::{Published, Version, store};

/// How long the routing matrix is kept in memory.
const ROUTING_KEPT: TimeDelta = TimeDelta::seconds(5);

#[derive(Debug, Default)]
struct Cache {
    stamp: Option<Stamp>,
    versions: Arc<Vec<Version>>,
    parsed: HashMap<SheetVersionId, Arc<Published>>,
    index: Option<(Vec<SheetVersionId>, Arc<Index>)>,
    findings: Option<(Checked, Vec<Finding>)>,
    routing: Option<(DateTime<Utc>, Arc<Routing>)>,
}

/// What the checker looked at: the versions and the matrix.
pub(crate) type Checked = (Stamp, Arc<Routing>);

/// The published sheets, as every feature reads them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalogue {
    site: Site,
    cache: Arc<RwLock<Cache>>,
    knowledge: Knowledge,
    act_rules: ActRules,
}

impl Catalogue {
    /// The catalogue of this site.
    #[must_use]
    pub fn new(site: Site) -> Self {
        Self {
            knowledge: Knowledge::new(site.clone()),
            site,
            cache: Arc::default(),
            act_rules: |_| Vec::new(),
        }
    }

    /// The same, publishing no sheet whose act breaks the rule of its kind. (T3)
    #[must_use]
    pub fn under(self, act_rules: ActRules) -> Self {
        Self { act_rules, ..self }
    }

    pub(crate) fn act_rules(&self) -> ActRules {
        self.act_rules
    }

    /// The site it belongs to.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The help articles that go with the sheets.
    #[must_use]
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// The day it is in Paris.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        paris_day(self.site.db.now())
    }

    /// The sheets that apply today, in the order of the catalogue.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn current(&self) -> Result<Vec<Arc<Published>>, DbError> {
        self.current_on(self.today()).await
    }

    /// The sheets that apply on `day`: of each, the newest version whose effective day has come.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn current_on(&self, day: NaiveDate) -> Result<Vec<Arc<Published>>, DbError> {
        let versions = self.versions().await?;
        let mut newest: HashMap<&str, SheetVersionId> = HashMap::new();
        // Versions come by number: the last one that applies stays.
        for version in versions.iter().filter(|version| version.effective_on <= day) {
            newest.insert(&version.slug, version.id);
        }
        let ids: Vec<SheetVersionId> = newest.into_values().collect();
        let mut sheets = self.parsed(&ids).await?;
        sheets.sort_by(|a, b| (a.sheet.order, &a.sheet.slug).cmp(&(b.sheet.order, &b.sheet.slug)));
        Ok(sheets)
    }

    /// The sheet `slug` as it applies today.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sheet(&self, slug: &str) -> Result<Option<Arc<Published>>, DbError> {
        let today = self.today();
        let versions = self.versions().await?;
        let newest =
            versions.iter().rev().find(|version| version.slug == slug && version.effective_on <= today);
        match newest {
            Some(version) => self.version(version.id).await,
            None => Ok(None),
        }
    }

    /// One version, whenever it applied.
    ///
    /// # Errors
    /// When the database does not answer, or this program can no longer read that version.
    pub async fn version(&self, id: SheetVersionId) -> Result<Option<Arc<Published>>, DbError> {
        if let Some(known) = self.reading().parsed.get(&id) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(source) = versions::sources(self.site.db.read(), &[id]).await?.pop() else {
            return Ok(None);
        };
        let published = read(&source)?;
        self.writing().parsed.insert(id, Arc::clone(&published));
        Ok(Some(published))
    }

    /// Every version of every sheet, by sheet then number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn versions(&self) -> Result<Arc<Vec<Version>>, DbError> {
        let db = &self.site.db;
        let stamp = db.recent("sheets".into(), &["sheet"], async || versions::stamp(db.read()).await).await?;
        let stamp = *stamp;
        {
            let cache = self.reading();
            if cache.stamp == Some(stamp) {
                return Ok(Arc::clone(&cache.versions));
            }
        }
        let fresh = Arc::new(versions::list(self.site.db.read()).await?);
        let mut cache = self.writing();
        cache.versions = Arc::clone(&fresh);
        // What was listed may be newer than the stamp, never older: the next call then lists once more.
        cache.stamp = Some(stamp);
        Ok(fresh)
    }

    /// The versions of one sheet, by number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn versions_of(&self, slug: &str) -> Result<Vec<Version>, DbError> {
        Ok(self.versions().await?.iter().filter(|version| version.slug == slug).cloned().collect())
    }

    /// The text of a version, as published.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn source(&self, id: SheetVersionId) -> Result<Option<String>, DbError> {
        Ok(versions::sources(self.site.db.read(), &[id]).await?.pop().map(|source| source.source))
    }

    /// The routing matrix in force; a change made on another node is seen within seconds.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn routing(&self) -> Result<Arc<Routing>, DbError> {
        let now = self.site.db.now();
        if let Some((read_at, routing)) = &self.reading().routing
            && now - *read_at < ROUTING_KEPT
        {
            return Ok(Arc::clone(routing));
        }
        let (themes, rules) = store::routing::read(self.site.db.read()).await?;
        let routing =
            Arc::new(Routing { themes, rules: rules.into_iter().map(|stored| stored.rule).collect() });
        self.writing().routing = Some((now, Arc::clone(&routing)));
        Ok(routing)
    }

    /// The matrix is read anew the next time.
    pub(crate) fn routing_changed(&self) {
        self.writing().routing = None;
    }

    /// The sheets that answer `query`, best first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn search(&self, query: &str) -> Result<Vec<Hit>, DbError> {
        let sheets = self.current().await?;
        let ids: Vec<SheetVersionId> = sheets.iter().map(|published| published.id).collect();
        let known =
            self.reading().index.as_ref().filter(|(of, _)| *of == ids).map(|(_, index)| Arc::clone(index));
        let index = known.unwrap_or_else(|| {
            let index = Arc::new(Index::of(&sheets));
            self.writing().index = Some((ids, Arc::clone(&index)));
            index
        });
        Ok(index.search(query))
    }

    pub(crate) fn known_findings(&self, about: &Checked) -> Option<Vec<Finding>> {
        let cache = self.reading();
        cache.findings.as_ref().filter(|(of, _)| of == about).map(|(_, findings)| findings.clone())
    }

    pub(crate) fn keep_findings(&self, about: Checked, findings: Vec<Finding>) {
        self.writing().findings = Some((about, findings));
    }

    async fn parsed(&self, ids: &[SheetVersionId]) -> Result<Vec<Arc<Published>>, DbError> {
        let (mut found, missing) = {
            let cache = self.reading();
            let found: Vec<Arc<Published>> =
                ids.iter().filter_map(|id| cache.parsed.get(id).cloned()).collect();
            let missing: Vec<SheetVersionId> =
                ids.iter().filter(|id| !cache.parsed.contains_key(id)).copied().collect();
            (found, missing)
        };
        for source in versions::sources(self.site.db.read(), &missing).await? {
            match read(&source) {
                Ok(published) => {
                    self.writing().parsed.insert(source.id, Arc::clone(&published));
                    found.push(published);
                }
                // One sheet that this program cannot read must not hide the others.
                Err(error) => tracing::error!(%error, slug = source.slug, "a published sheet cannot be read"),
            }
        }
        Ok(found)
    }

    fn reading(&self) -> RwLockReadGuard<'_, Cache> {
        self.cache.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn writing(&self) -> RwLockWriteGuard<'_, Cache> {
        self.cache.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn read(source: &Source) -> Result<Arc<Published>, DbError> {
    let file = format!("{}.md", source.slug);
    let sheet = parse_sheet(&file, &source.source).map_err(|findings| {
        let first = findings.first().map(ToString::to_string).unwrap_or_default();
        DbError::Corrupt(format!("version {} de la fiche {} : {first}", source.number, source.slug))
    })?;
    let (id, number, published_at) = (source.id, source.number, source.published_at);
    Ok(Arc::new(Published { id, number, sheet: Arc::new(sheet), published_at }))
}
