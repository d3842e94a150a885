//! What editors read: the list by state, one article with its texts, its totals and what people missed.

use std::collections::HashMap;

use beffroi_db::DbError;
use beffroi_kernel::{ArticleId, Permit, PersonId};
use chrono::{DateTime, NaiveDate, Utc};

use super::model::{ArticleOrigin, Audience, Content, Counts, TextState};
use super::{Knowledge, WriteArticles};
use crate::store::article_uses;
use crate::store::articles::{self, Article, Version};

/// The lists an editor chooses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelved {
    /// Being written.
    Drafts,
    /// Waiting for another agent.
    Review,
    /// Published.
    Published,
    /// Published, and past its day of review.
    Overdue,
    /// Retired.
    Retired,
}

/// One article of a list.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its identifier.
    pub id: ArticleId,
    /// Its title: of the text being written, else of the published one.
    pub title: String,
    /// Where it comes from.
    pub origin: ArticleOrigin,
    /// Where its text being written stands, if there is one.
    pub working: Option<TextState>,
    /// Whether it is published.
    pub live: bool,
    /// Whether it was retired.
    pub retired: bool,
    /// The day by which it must be read again.
    pub review_on: Option<NaiveDate>,
    /// The last change.
    pub updated_at: DateTime<Utc>,
    /// How often it was of use.
    pub counts: Counts,
}

impl Line {
    /// Whether it stands in this list on this day.
    #[must_use]
    pub fn is(&self, list: Shelved, today: NaiveDate) -> bool {
        let published = self.live && !self.retired;
        match list {
            Shelved::Drafts => self.working == Some(TextState::Draft),
            Shelved::Review => self.working == Some(TextState::Review),
            Shelved::Published => published,
            Shelved::Overdue => published && self.review_on.is_some_and(|day| day <= today),
            Shelved::Retired => self.retired,
        }
    }
}

/// One text of an article.
#[derive(Clone, Debug)]
pub struct Text {
    /// Its number, from 1.
    pub number: i32,
    /// Where it stands.
    pub state: TextState,
    /// What it says.
    pub content: Content,
    /// The version of the sheet it was taken from.
    pub sheet_number: Option<i32>,
    /// Who wrote it; nobody for a text taken from a sheet.
    pub author: Option<PersonId>,
    /// Who read it.
    pub reviewer: Option<PersonId>,
    /// What the reviewer, or Beffroi, says of it.
    pub remark: Option<String>,
    /// The last change.
    pub updated_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// Whether it is the one people read.
    pub live: bool,
}

/// An article with everything known of it.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// Its identifier.
    pub id: ArticleId,
    /// Its address under `/aide/`.
    pub slug: String,
    /// Where it comes from.
    pub origin: ArticleOrigin,
    /// Whether it was retired.
    pub retired: bool,
    /// The day by which it must be read again.
    pub review_on: Option<NaiveDate>,
    /// How many changes it had: a form sends it back, so that nobody overwrites another.
    pub version: i64,
    /// Its texts, the newest first.
    pub texts: Vec<Text>,
    /// How often it was of use.
    pub counts: Counts,
    /// What people missed, in their words.
    pub remarks: Vec<(DateTime<Utc>, String)>,
    /// Names of authors and reviewers.
    pub names: HashMap<PersonId, String>,
}

impl Dossier {
    /// The text being written or reviewed.
    #[must_use]
    pub fn working(&self) -> Option<&Text> {
        self.texts.iter().find(|text| text.state != TextState::Published)
    }

    /// The text people read.
    #[must_use]
    pub fn live(&self) -> Option<&Text> {
        self.texts.iter().find(|text| text.live)
    }

    /// The name of a person, or the service itself.
    #[must_use]
    pub fn name(&self, person: Option<PersonId>) -> &str {
        person.and_then(|person| self.names.get(&person)).map_or("Beffroi", String::as_str)
    }
}

impl Knowledge {
    /// Every article, the latest change first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, _permit: &Permit<WriteArticles>) -> Result<Vec<Line>, DbError> {
        let on = self.site.db.read();
        let articles = articles::all(on).await?;
        let live: Vec<_> = articles.iter().filter_map(|article| article.live_id).collect();
        let mut titles: HashMap<ArticleId, (String, Option<i32>)> = HashMap::new();
        for text in articles::versions_by_id(on, &live).await? {
            titles.insert(text.article_id, (text.title, text.sheet_number));
        }
        let mut working = HashMap::new();
        for text in articles::working(on).await? {
            working.insert(text.article_id, TextState::of(&text.state));
            titles.insert(text.article_id, (text.title, text.sheet_number));
        }
        let counts = article_uses::counts(on).await?;
        let mut lines: Vec<Line> = articles
            .into_iter()
            .map(|article| {
                let (title, number) = titles.remove(&article.id).unwrap_or_default();
                Line {
                    id: article.id,
                    title,
                    origin: origin(&article, number),
                    working: working.get(&article.id).copied().flatten(),
                    live: article.live_id.is_some(),
                    retired: article.retired,
                    review_on: article.review_on,
                    updated_at: article.updated_at,
                    counts: counts.get(&article.id).copied().unwrap_or_default(),
                }
            })
            .collect();
        lines.sort_by_key(|line| (std::cmp::Reverse(line.updated_at), line.title.clone()));
        Ok(lines)
    }

    /// One article with its texts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn dossier(
        &self,
        _permit: &Permit<WriteArticles>,
        id: ArticleId,
    ) -> Result<Option<Dossier>, DbError> {
        let on = self.site.db.read();
        let Some(article) = articles::by_id(on, id).await? else {
            return Ok(None);
        };
        let versions = articles::versions(on, id).await?;
        let people: Vec<PersonId> =
            versions.iter().flat_map(|text| [text.author_id, text.reviewer_id]).flatten().collect();
        let number = versions.first().and_then(|text| text.sheet_number);
        let texts: Result<Vec<Text>, DbError> =
            versions.into_iter().map(|version| text(version, &article)).collect();
        Ok(Some(Dossier {
            id,
            origin: origin(&article, number),
            slug: article.slug,
            retired: article.retired,
            review_on: article.review_on,
            version: article.version,
            texts: texts?,
            counts: article_uses::counts(on).await?.get(&id).copied().unwrap_or_default(),
            remarks: article_uses::remarks(on, id).await?,
            names: beffroi_directory::names(&self.site.db, &people).await?,
        }))
    }
}

fn text(version: Version, article: &Article) -> Result<Text, DbError> {
    Ok(Text {
        number: version.number,
        state: state(&version)?,
        content: content(&version)?,
        sheet_number: version.sheet_number,
        author: version.author_id,
        reviewer: version.reviewer_id,
        updated_at: version.updated_at,
        published_at: version.published_at,
        live: article.live_id == Some(version.id) && !article.retired,
        remark: version.remark,
    })
}

pub(crate) fn state(version: &Version) -> Result<TextState, DbError> {
    TextState::of(&version.state).ok_or_else(|| DbError::Corrupt(version.state.clone()))
}

pub(crate) fn content(version: &Version) -> Result<Content, DbError> {
    Ok(Content {
        title: version.title.clone(),
        body: version.body.clone(),
        audience: Audience::of(&version.audience)
            .ok_or_else(|| DbError::Corrupt(version.audience.clone()))?,
        theme: version.theme.clone(),
        requests: serde_json::from_str(&version.requests)?,
        keywords: serde_json::from_str(&version.keywords)?,
    })
}

pub(crate) fn origin(article: &Article, number: Option<i32>) -> ArticleOrigin {
    let Article { origin_sheet, origin_block, origin_request, origin_number, .. } = article;
    match (origin_sheet, origin_block, origin_request) {
        (Some(sheet), Some(block), _) => {
            ArticleOrigin::Sheet(sheet.clone(), block.clone(), number.or(*origin_number).unwrap_or(1))
        }
        (_, _, Some(reference)) => ArticleOrigin::Request(reference.clone()),
        _ => ArticleOrigin::Own,
    }
}
