//! The advice of sheets becomes proposals of articles, and follows them: unchanged, nothing; changed, a new draft
//! whose difference is shown. An article never drifts from its sheet unseen. (LIRE-07)

use beffroi_db::{DbError, Tx};
use beffroi_sheets::{Block, SectionKind, Sheet, SheetKind};
use serde_json::json;

use super::Knowledge;
use super::model::{ArticleError, Audience, Content, TextState};
use super::reading::{content as content_of, state};
use super::writing::{blank, draft, free_slug, keep, said, saved};
use crate::store::articles::{self, Article, Version};
use crate::{Published, store};

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// New proposals.
    pub proposed: usize,
    /// Articles whose sheet changed.
    pub changed: usize,
    /// Articles whose advice is the same.
    pub unchanged: usize,
    /// Articles whose advice is gone from the sheet: to be read again now.
    pub orphaned: usize,
}

impl Knowledge {
    /// Reads the advice of these sheets, as published.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn import(&self, sheets: &[std::sync::Arc<Published>]) -> Result<ImportReport, DbError> {
        self.site
            .db
            .write(async |tx| {
                store::alone(tx, "sheet_version").await?;
                let mut report = ImportReport::default();
                for published in sheets {
                    from_sheet(tx, &published.sheet, published.number, &mut report).await?;
                }
                Ok(report)
            })
            .await
    }
}

/// Follows the advice of one sheet, in the transaction that publishes it.
pub(crate) async fn from_sheet(
    tx: &Tx,
    sheet: &Sheet,
    number: i32,
    report: &mut ImportReport,
) -> Result<(), DbError> {
    if sheet.kind != SheetKind::Service {
        return Ok(());
    }
    let known = articles::of_sheet(tx.on(), &sheet.slug).await?;
    let blocks =
        sheet.section(SectionKind::Advice).map(|section| section.blocks.as_slice()).unwrap_or_default();
    for block in blocks {
        match known.iter().find(|article| article.origin_block.as_deref() == Some(&block.id)) {
            None => {
                propose(tx, sheet, number, block).await?;
                report.proposed += 1;
            }
            Some(article) if article.origin_text.as_deref() == Some(&source(block)) => report.unchanged += 1,
            Some(article) => {
                follow(tx, article.clone(), number, block).await?;
                report.changed += 1;
            }
        }
    }
    let gone =
        |article: &&Article| !blocks.iter().any(|block| article.origin_block.as_deref() == Some(&block.id));
    for article in known.iter().filter(gone) {
        orphan(tx, article.clone()).await?;
        report.orphaned += 1;
    }
    Ok(())
}

/// What is compared from one version of the sheet to the next.
fn source(block: &Block) -> String {
    format!("{}\n{}", block.title.as_deref().unwrap_or_default(), block.markdown.trim())
}

async fn propose(tx: &Tx, sheet: &Sheet, number: i32, block: &Block) -> Result<(), DbError> {
    let title = block.title.clone().unwrap_or_else(|| sheet.title.clone());
    let content = Content {
        title: title.clone(),
        body: block.markdown.trim().to_owned(),
        audience: Audience::Everyone,
        theme: sheet.slug.clone(),
        requests: Vec::new(),
        keywords: Vec::new(),
    };
    let mut article = blank(String::new(), "sheet", tx.now());
    article.slug = free_slug(tx, &title, article.id).await?;
    article.origin_sheet = Some(sheet.slug.clone());
    article.origin_block = Some(block.id.clone());
    article.origin_number = Some(number);
    article.origin_text = Some(source(block));
    let text = Version { sheet_number: Some(number), ..draft(article.id, 1, &content, None, tx.now())? };
    let data = json!({ "sheet": sheet.slug, "block": block.id, "number": number });
    tx.journal(said("article.imported", article.id).data(data));
    articles::insert(tx.on(), article).await?;
    articles::insert_version(tx.on(), text).await
}

/// The advice changed: a draft says so, unless somebody is writing one; then the remark does.
async fn follow(tx: &Tx, mut article: Article, number: i32, block: &Block) -> Result<(), DbError> {
    let texts = articles::versions(tx.on(), article.id).await?;
    let Some(latest) = texts.first() else {
        return Ok(());
    };
    let remark = format!(
        "La version {number} de la fiche a changé ce conseil\u{a0}: comparez, puis corrigez ou proposez ce texte."
    );
    let body = block.markdown.trim().to_owned();
    let untouched = latest.author_id.is_none();
    let mut text = match state(latest)? {
        TextState::Published => {
            let content = Content { body, ..content_of(latest)? };
            draft(article.id, latest.number + 1, &content, None, tx.now())?
        }
        _ if untouched => Version { body, ..latest.clone() },
        // What a person wrote is theirs: the new text is put below it.
        _ => Version {
            body: format!("{}\n\n## Nouveau texte de la fiche\n\n{body}", latest.body),
            ..latest.clone()
        },
    };
    text.sheet_number = Some(number);
    text.remark = Some(remark);
    text.state = TextState::Draft.slug().into();
    text.updated_at = tx.now();
    let data = json!({ "number": number });
    tx.journal(said("article.followed", article.id).data(data));
    article.origin_number = Some(number);
    article.origin_text = Some(source(block));
    if state(latest)? == TextState::Published {
        articles::insert_version(tx.on(), text).await?;
    } else {
        keep(tx, text).await.map_err(alone)?;
    }
    saved(tx, article).await.map_err(alone)
}

/// The advice is gone: a published article is to be read again from today.
async fn orphan(tx: &Tx, mut article: Article) -> Result<(), DbError> {
    let today = beffroi_calendar::paris_day(tx.now());
    if article.live_id.is_none() || article.review_on.is_some_and(|day| day <= today) {
        return Ok(());
    }
    article.review_on = Some(today);
    super::reminder::enqueue(tx, article.id, today).await?;
    tx.journal(said("article.orphaned", article.id));
    saved(tx, article).await.map_err(alone)
}

/// Imports follow one another: only the database can fail them.
fn alone(error: ArticleError) -> DbError {
    match error {
        ArticleError::Db(error) => error,
        other => DbError::Corrupt(other.to_string()),
    }
}
