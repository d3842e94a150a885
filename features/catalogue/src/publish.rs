//! Publishing: the files given are checked together with the sheets already published; one error, and nothing changes.
//! A changed sheet becomes a new version; the same text is not published twice. (LIRE-01)

use std::collections::BTreeMap;

use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::{Permit, PersonId};
use beffroi_sheets::{ActRules, CatalogueFiles, Finding, Routing, Severity, check_catalogue_under};
use sea_orm::ConnectionTrait;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::knowledge;
use crate::rules::diff::diff;
use crate::rules::matrix::to_toml;
use crate::store::versions::{NewVersion, Source};
use crate::store::{self, versions};
use crate::{Catalogue, Change, PublishCatalogue, PublishError, PublishReport};

const ROUTING: &str = "routing.toml";

/// A file name and its text.
pub type File = (String, String);

/// The catalogue as it would be: what was given over what is published.
struct Assembled {
    given: BTreeMap<String, String>,
    latest: Vec<Source>,
    has_routing: bool,
    faults: Vec<Finding>,
    act_rules: ActRules,
}

impl Catalogue {
    /// Checks and publishes `files` (name, text). Sheets not given stay as they are.
    ///
    /// # Errors
    /// [`PublishError::Refused`] with every finding when one of them is an error: nothing is then published.
    pub async fn publish(
        &self,
        permit: &Permit<PublishCatalogue>,
        files: &[File],
    ) -> Result<PublishReport, PublishError> {
        self.publish_seen(Some(permit.person()), files, None).await
    }

    /// The same, asked by the command line or the demonstration rather than by a person.
    ///
    /// # Errors
    /// As [`Catalogue::publish`].
    pub async fn publish_as_system(
        &self,
        _reason: &'static str,
        files: &[File],
    ) -> Result<PublishReport, PublishError> {
        self.publish_seen(None, files, None).await
    }

    /// Publishes what a person saw in a preview made when `seen` versions existed.
    pub(crate) async fn publish_seen(
        &self,
        by: Option<PersonId>,
        files: &[File],
        seen: Option<i64>,
    ) -> Result<PublishReport, PublishError> {
        let done = self
            .site()
            .db
            .write(async |tx| {
                store::alone(tx, "sheet_version").await?;
                if let Some(seen) = seen
                    && versions::stamp(tx.on()).await?.count != seen
                {
                    return Err(PublishError::Meanwhile);
                }
                let assembled = Assembled::over_published(tx.on(), files, self.act_rules()).await?;
                let (checked, report) = assembled.report(tx.on()).await?;
                match checked {
                    Some(checked) if report.is_sound() => assembled.write(tx, by, &checked, report).await,
                    _ => Err(PublishError::Refused(report.findings)),
                }
            })
            .await;
        self.routing_changed();
        done
    }

    /// What publishing `files` would do, with every finding and the lines that change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn preview(&self, files: &[File]) -> Result<PublishReport, DbError> {
        let on = self.site().db.read();
        let assembled = Assembled::over_published(on, files, self.act_rules()).await?;
        Ok(assembled.report(on).await?.1)
    }

    /// What the checker says of the sheets as published last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn findings(&self) -> Result<Vec<Finding>, DbError> {
        let on = self.site().db.read();
        let about = (versions::stamp(on).await?, self.routing().await?);
        if let Some(known) = self.known_findings(&about) {
            return Ok(known);
        }
        let findings = self.preview(&[]).await?.findings;
        self.keep_findings(about, findings.clone());
        Ok(findings)
    }
}

impl Assembled {
    async fn over_published(
        on: &impl ConnectionTrait,
        files: &[File],
        act_rules: ActRules,
    ) -> Result<Self, DbError> {
        let mut assembled = Self {
            given: BTreeMap::new(),
            latest: versions::latest_sources(on).await?,
            has_routing: !store::routing::read(on).await?.1.is_empty(),
            faults: Vec::new(),
            act_rules,
        };
        for (path, text) in files {
            let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
            if !name.ends_with(".md") && name != ROUTING {
                assembled.fault(&name, "ce fichier n’est ni une fiche (.md) ni routing.toml : retirez-le");
            } else if assembled.given.insert(name.clone(), normalised(text)).is_some() {
                assembled.fault(&name, "ce fichier est donné deux fois");
            }
        }
        Ok(assembled)
    }

    fn fault(&mut self, file: &str, message: &str) {
        let message = message.to_owned();
        self.faults.push(Finding { file: file.to_owned(), line: 1, message, severity: Severity::Error });
    }

    /// Every file the checker must see together.
    async fn files(&self, on: &impl ConnectionTrait) -> Result<Vec<File>, DbError> {
        let mut files: BTreeMap<String, String> =
            self.latest.iter().map(|source| (format!("{}.md", source.slug), source.source.clone())).collect();
        if self.has_routing {
            let (themes, rules) = store::routing::read(on).await?;
            let routing = Routing { themes, rules: rules.into_iter().map(|stored| stored.rule).collect() };
            files.insert(ROUTING.to_owned(), to_toml(&routing));
        }
        for (name, text) in &self.given {
            if name != ROUTING || !self.has_routing {
                files.insert(name.clone(), text.clone());
            }
        }
        Ok(files.into_iter().collect())
    }

    async fn report(
        &self,
        on: &impl ConnectionTrait,
    ) -> Result<(Option<CatalogueFiles>, PublishReport), DbError> {
        let files = self.files(on).await?;
        let (checked, mut findings) =
            if files.is_empty() { (None, Vec::new()) } else { check_catalogue_under(&files, self.act_rules) };
        findings.extend(self.faults.iter().cloned());
        let given_routing = self.given.contains_key(ROUTING);
        let report = PublishReport {
            changes: self.given.iter().filter_map(|(name, text)| self.change(name, text)).collect(),
            findings,
            routing_seeded: given_routing && !self.has_routing,
            routing_ignored: given_routing && self.has_routing,
        };
        Ok((checked, report))
    }

    fn change(&self, name: &str, text: &str) -> Option<Change> {
        let slug = name.strip_suffix(".md")?;
        let running = self.latest.iter().find(|source| source.slug == slug);
        let from = running.map(|source| source.number);
        let same = running.is_some_and(|source| source.sha256 == sha256(text));
        let to = (!same).then(|| from.unwrap_or(0) + 1);
        let diff = running.map(|source| diff(&source.source, text)).unwrap_or_default();
        Some(Change { slug: slug.to_owned(), from, to, diff })
    }

    async fn write(
        &self,
        tx: &Tx,
        by: Option<PersonId>,
        checked: &CatalogueFiles,
        report: PublishReport,
    ) -> Result<PublishReport, PublishError> {
        let signed = |event: Event| if let Some(by) = by { event.by(by) } else { event };
        if report.routing_seeded {
            store::routing::seed(tx.on(), &checked.routing).await?;
            let data =
                json!({ "themes": checked.routing.themes.len(), "rules": checked.routing.rules.len() });
            tx.journal(signed(Event::new("routing.seeded", "routing").data(data)));
        }
        for change in &report.changes {
            let Some(number) = change.to else { continue };
            let name = format!("{}.md", change.slug);
            let Some(source) = self.given.get(&name) else {
                continue;
            };
            let Some(sheet) = checked.sheets.iter().find(|sheet| sheet.slug == change.slug) else {
                continue;
            };
            let new = NewVersion {
                slug: &change.slug,
                number,
                title: &sheet.title,
                effective_on: sheet.effective,
                source,
                sha256: sha256(source),
                by,
            };
            let sha256 = new.sha256.clone();
            let id = versions::insert(tx.on(), tx.now(), new).await?;
            knowledge::from_sheet(tx, sheet, number, &mut knowledge::ImportReport::default()).await?;
            let data =
                json!({ "version": id, "number": number, "sha256": sha256, "effective": sheet.effective });
            tx.journal(signed(Event::new("sheet.published", format!("sheet:{}", change.slug)).data(data)));
        }
        Ok(report)
    }
}

/// The same text whatever the system that saved it: one form of line ends, no byte-order mark.
fn normalised(text: &str) -> String {
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n")
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
