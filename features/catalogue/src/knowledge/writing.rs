//! An agent writes: a new article, a new text of an article, and its proposal to another agent.

use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::{ArticleId, ArticleVersionId, Permit, PersonId};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::model::{ArticleError, Content, TextState};
use super::reading::{content as content_of, state};
use super::{Knowledge, WriteArticles, rules};
use crate::store::articles::{self, Article, Version};

impl Knowledge {
    /// Begins an article; `request` is the reference of the solved request it comes from.
    ///
    /// # Errors
    /// [`ArticleError::Invalid`] names the fields to mend.
    pub async fn create(
        &self,
        permit: &Permit<WriteArticles>,
        content: Content,
        request: Option<String>,
    ) -> Result<ArticleId, ArticleError> {
        let content = rules::tidy(content);
        rules::check(&content)?;
        self.site
            .db
            .write(async |tx| {
                let origin = if request.is_some() { "request" } else { "own" };
                let slug = free_slug(tx, &content.title, ArticleId::new()).await?;
                let article = Article { origin_request: request.clone(), ..blank(slug, origin, tx.now()) };
                let id = article.id;
                let data = json!({ "origin": origin, "request": request });
                articles::insert(tx.on(), article).await?;
                articles::insert_version(tx.on(), draft(id, 1, &content, Some(permit.person()), tx.now())?)
                    .await?;
                tx.journal(said("article.created", id).by(permit.person()).data(data));
                Ok(id)
            })
            .await
    }

    /// Writes a text of an article: its draft, or a new one beside the published text. `seen` is the number of
    /// changes the article had when the form was opened.
    ///
    /// # Errors
    /// [`ArticleError::Changed`] when somebody changed it meanwhile, [`ArticleError::State`] when it is being
    /// reviewed.
    pub async fn edit(
        &self,
        permit: &Permit<WriteArticles>,
        id: ArticleId,
        seen: i64,
        content: Content,
    ) -> Result<(), ArticleError> {
        let content = rules::tidy(content);
        rules::check(&content)?;
        self.site
            .db
            .write(async |tx| {
                let mut article = articles::by_id(tx.on(), id).await?.ok_or(ArticleError::NotFound)?;
                if article.version != seen {
                    return Err(ArticleError::Changed);
                }
                let texts = articles::versions(tx.on(), id).await?;
                let number = write(tx, &texts, id, &content, Some(permit.person())).await?;
                if article.live_id.is_none() {
                    // Nobody has its address yet.
                    article.slug = free_slug(tx, &content.title, id).await?;
                }
                article.retired = false;
                let data = json!({ "number": number });
                tx.journal(said("article.edited", id).by(permit.person()).data(data));
                saved(tx, article).await
            })
            .await
    }

    /// Proposes the draft of an article to another agent.
    ///
    /// # Errors
    /// [`ArticleError::Invalid`] says what it lacks, [`ArticleError::State`] when there is no draft.
    pub async fn submit(&self, permit: &Permit<WriteArticles>, id: ArticleId) -> Result<(), ArticleError> {
        self.site
            .db
            .write(async |tx| {
                let article = articles::by_id(tx.on(), id).await?.ok_or(ArticleError::NotFound)?;
                let texts = articles::versions(tx.on(), id).await?;
                let mut text = working(texts, TextState::Draft, "Il n’y a pas de brouillon à proposer.")?;
                rules::ready(&content_of(&text)?)?;
                text.state = TextState::Review.slug().into();
                // A text taken from a sheet becomes that of who answers for it.
                text.author_id = text.author_id.or(Some(permit.person()));
                text.updated_at = tx.now();
                let data = json!({ "number": text.number });
                tx.journal(said("article.submitted", id).by(permit.person()).data(data));
                keep(tx, text).await?;
                saved(tx, article).await
            })
            .await
    }
}

/// The text in that state.
pub(crate) fn working(
    texts: Vec<Version>,
    wanted: TextState,
    none: &'static str,
) -> Result<Version, ArticleError> {
    let found = texts.into_iter().find(|text| text.state == wanted.slug());
    found.ok_or(ArticleError::State(none))
}

/// Writes the draft, or begins one; gives its number.
pub(crate) async fn write(
    tx: &Tx,
    texts: &[Version],
    id: ArticleId,
    content: &Content,
    author: Option<PersonId>,
) -> Result<i32, ArticleError> {
    let mut open = None;
    for text in texts {
        match state(text)? {
            TextState::Published => {}
            TextState::Review => {
                return Err(ArticleError::State(
                    "Ce texte est en relecture\u{a0}: attendez la décision, ou faites-le renvoyer pour le modifier.",
                ));
            }
            TextState::Draft => open = Some(text.clone()),
        }
    }
    let number = texts.first().map_or(0, |text| text.number) + 1;
    let fresh = draft(id, number, content, author, tx.now())?;
    match open {
        None => {
            let sheet_number = texts.first().and_then(|text| text.sheet_number);
            articles::insert_version(tx.on(), Version { sheet_number, ..fresh }).await?;
            Ok(number)
        }
        Some(before) => {
            let number = before.number;
            let Version { id, created_at, sheet_number, .. } = before;
            keep(tx, Version { id, number, created_at, sheet_number, ..fresh }).await?;
            Ok(number)
        }
    }
}

/// Writes back a working text.
pub(crate) async fn keep(tx: &Tx, text: Version) -> Result<(), ArticleError> {
    if articles::save_version(tx.on(), text).await? { Ok(()) } else { Err(ArticleError::Changed) }
}

/// Writes back the article: readers on every node see the change.
pub(crate) async fn saved(tx: &Tx, article: Article) -> Result<(), ArticleError> {
    if articles::save(tx.on(), article, tx.now()).await? { Ok(()) } else { Err(ArticleError::Changed) }
}

pub(crate) fn said(kind: &'static str, id: ArticleId) -> Event {
    Event::new(kind, format!("article:{id}"))
}

/// An address made of the title that no other article has.
pub(crate) async fn free_slug(tx: &Tx, title: &str, except: ArticleId) -> Result<String, DbError> {
    let base = rules::slug_of(title);
    let mut slug = base.clone();
    let mut next = 2;
    while articles::slug_taken(tx.on(), &slug, except).await? {
        slug = format!("{base}-{next}");
        next += 1;
    }
    Ok(slug)
}

/// An article without a text.
pub(crate) fn blank(slug: String, origin: &str, now: DateTime<Utc>) -> Article {
    Article {
        id: ArticleId::new(),
        slug,
        origin: origin.to_owned(),
        origin_sheet: None,
        origin_block: None,
        origin_number: None,
        origin_text: None,
        origin_request: None,
        live_id: None,
        retired: false,
        review_on: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// A draft with this content.
pub(crate) fn draft(
    id: ArticleId,
    number: i32,
    content: &Content,
    author: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<Version, DbError> {
    Ok(Version {
        id: ArticleVersionId::new(),
        article_id: id,
        number,
        state: TextState::Draft.slug().into(),
        title: content.title.clone(),
        body: content.body.clone(),
        audience: content.audience.slug().into(),
        theme: content.theme.clone(),
        requests: serde_json::to_string(&content.requests)?,
        keywords: serde_json::to_string(&content.keywords)?,
        sheet_number: None,
        author_id: author,
        reviewer_id: None,
        remark: None,
        created_at: now,
        updated_at: now,
        published_at: None,
    })
}
