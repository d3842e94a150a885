//! Another agent reads: publishes, or returns with a remark. A published article is confirmed or retired.

use beffroi_calendar::paris_day;
use beffroi_db::{DbError, NewJob, Tx};
use beffroi_directory::{MAIL_JOB, Mail};
use beffroi_kernel::{ArticleId, Permit};
use serde_json::json;

use super::model::{ArticleError, TextState};
use super::writing::{keep, said, saved, working};
use super::{Knowledge, PublishArticles, reminder, rules};
use crate::store::articles::{self, Article, Version};

/// What the reviewer decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// People may read it.
    Publish,
    /// Back to its author, who learns why.
    Return(String),
}

impl Knowledge {
    /// Decides on the text proposed. Nobody decides on their own text.
    ///
    /// # Errors
    /// [`ArticleError::OwnText`] when the reviewer wrote it, [`ArticleError::Invalid`] when the remark is missing.
    pub async fn decide(
        &self,
        permit: &Permit<PublishArticles>,
        id: ArticleId,
        verdict: Verdict,
    ) -> Result<(), ArticleError> {
        self.site
            .db
            .write(async |tx| {
                let article = articles::by_id(tx.on(), id).await?.ok_or(ArticleError::NotFound)?;
                let texts = articles::versions(tx.on(), id).await?;
                let none = "Aucun texte n’attend de relecture\u{a0}: quelqu’un a peut-être déjà décidé.";
                let mut text = working(texts, TextState::Review, none)?;
                if text.author_id == Some(permit.person()) {
                    return Err(ArticleError::OwnText);
                }
                text.reviewer_id = Some(permit.person());
                text.updated_at = tx.now();
                match &verdict {
                    Verdict::Publish => self.publish(tx, permit, article, text).await,
                    Verdict::Return(remark) => self.give_back(tx, permit, article, text, remark).await,
                }
            })
            .await
    }

    async fn publish(
        &self,
        tx: &Tx,
        permit: &Permit<PublishArticles>,
        mut article: Article,
        mut text: Version,
    ) -> Result<(), ArticleError> {
        let review_on = rules::review_day(paris_day(tx.now()));
        text.state = TextState::Published.slug().into();
        text.published_at = Some(tx.now());
        text.remark = None;
        article.live_id = Some(text.id);
        article.retired = false;
        article.review_on = Some(review_on);
        let data = json!({ "number": text.number, "author": text.author_id, "review_on": review_on });
        tx.journal(said("article.published", article.id).by(permit.person()).data(data));
        reminder::enqueue(tx, article.id, review_on).await?;
        let page = format!("{}/aide/{}", self.site.base_url, article.slug);
        let words = format!("L’article que vous avez proposé est publié\u{a0}: {page}");
        tell(tx, &text, "Votre article est publié", &words).await?;
        keep(tx, text).await?;
        saved(tx, article).await
    }

    async fn give_back(
        &self,
        tx: &Tx,
        permit: &Permit<PublishArticles>,
        article: Article,
        mut text: Version,
        remark: &str,
    ) -> Result<(), ArticleError> {
        let remark = remark.trim();
        if remark.is_empty() {
            let message = "Dites à l’auteur ce qu’il doit reprendre.".to_owned();
            return Err(ArticleError::Invalid(vec![("remarque", message)]));
        }
        text.state = TextState::Draft.slug().into();
        text.remark = Some(remark.to_owned());
        let data = json!({ "number": text.number, "author": text.author_id });
        tx.journal(said("article.returned", article.id).by(permit.person()).data(data));
        let page = format!("{}/aide/redaction/{}", self.site.base_url, article.id);
        let words =
            format!("Un article que vous avez proposé est à reprendre. La remarque est ici\u{a0}: {page}");
        tell(tx, &text, "Un article est à reprendre", &words).await?;
        keep(tx, text).await?;
        saved(tx, article).await
    }

    /// Says that a published article is still right: its next review is a year away.
    ///
    /// # Errors
    /// [`ArticleError::State`] when it is not published.
    pub async fn confirm(&self, permit: &Permit<PublishArticles>, id: ArticleId) -> Result<(), ArticleError> {
        self.site
            .db
            .write(async |tx| {
                let mut article = published(tx, id).await?;
                let review_on = rules::review_day(paris_day(tx.now()));
                article.review_on = Some(review_on);
                let data = json!({ "review_on": review_on });
                tx.journal(said("article.confirmed", id).by(permit.person()).data(data));
                reminder::enqueue(tx, id, review_on).await?;
                saved(tx, article).await
            })
            .await
    }

    /// Retires a published article: its page is gone, its texts stay.
    ///
    /// # Errors
    /// [`ArticleError::State`] when it is not published.
    pub async fn retire(&self, permit: &Permit<PublishArticles>, id: ArticleId) -> Result<(), ArticleError> {
        self.site
            .db
            .write(async |tx| {
                let mut article = published(tx, id).await?;
                article.retired = true;
                tx.journal(said("article.retired", id).by(permit.person()));
                saved(tx, article).await
            })
            .await
    }
}

async fn published(tx: &Tx, id: ArticleId) -> Result<Article, ArticleError> {
    let article = articles::by_id(tx.on(), id).await?.ok_or(ArticleError::NotFound)?;
    if article.live_id.is_none() || article.retired {
        return Err(ArticleError::State("Cet article n’est pas publié."));
    }
    Ok(article)
}

/// Tells the author; a text taken from a sheet has none.
async fn tell(tx: &Tx, text: &Version, subject: &str, words: &str) -> Result<(), DbError> {
    let Some(author) = text.author_id else {
        return Ok(());
    };
    let mail = Mail::to_person(author, subject.to_owned(), format!("Bonjour,\n\n{words}\n"));
    let once = format!("article:{}:{}", text.id, tx.now().timestamp_micros());
    tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(once)).await
}
