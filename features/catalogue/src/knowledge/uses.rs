//! What people make of articles: offered, opened, of help, or not. Counted once a visitor, who is kept only as a
//! hash that differs from one article to the next.

use std::sync::Arc;

use beffroi_db::{DbError, Tx};
use beffroi_kernel::{Access, ArticleId};
use sha2::{Digest, Sha256};

use super::shelf::Shown;
use super::{Knowledge, Use};
use crate::store::article_uses as store;

/// Longest remark kept, in characters.
const WORDS: usize = 500;

/// Whoever uses an article: a person, a browser, or a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor(String);

impl Visitor {
    /// A person signed in.
    #[must_use]
    pub fn person(access: &Access) -> Self {
        Self(format!("person:{}", access.person))
    }

    /// Anything else that must count once: a browser's own random name, a draft.
    #[must_use]
    pub fn named(name: impl std::fmt::Display) -> Self {
        Self(format!("other:{name}"))
    }

    fn of(&self, article: ArticleId) -> String {
        hex::encode(&Sha256::digest(format!("{article} {}", self.0).as_bytes())[..16])
    }
}

impl Knowledge {
    /// Counts a use of these articles; those counted already cost one question and no write.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, articles: &[Arc<Shown>], visitor: &Visitor, kind: Use) -> Result<(), DbError> {
        let pairs: Vec<(ArticleId, String)> =
            articles.iter().map(|article| (article.id, visitor.of(article.id))).collect();
        let known = store::known(self.site.db.read(), &pairs, kind).await?;
        let fresh: Vec<_> = pairs.into_iter().filter(|(article, _)| !known.contains(article)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        self.site
            .db
            .write(async |tx| {
                for (article, visitor) in &fresh {
                    store::keep(tx.on(), *article, visitor, kind, tx.now()).await?;
                }
                Ok(())
            })
            .await
    }

    /// Says in one click whether an article answered; the last answer of a visitor counts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn judge(
        &self,
        article: ArticleId,
        visitor: &Visitor,
        helped: bool,
        words: Option<&str>,
    ) -> Result<(), DbError> {
        let words: Option<String> = words.map(|words| words.trim().chars().take(WORDS).collect());
        let words = words.filter(|words| !words.is_empty());
        self.site
            .db
            .write(async |tx| {
                let visitor = visitor.of(article);
                store::judge(tx.on(), article, &visitor, helped, words.as_deref(), tx.now()).await
            })
            .await
    }
}

/// An article spared a request: kept in the transaction that closes the draft.
///
/// # Errors
/// When the database does not answer.
pub async fn answered(tx: &Tx, article: ArticleId, visitor: &Visitor) -> Result<(), DbError> {
    store::keep(tx.on(), article, &visitor.of(article), Use::Answered, tx.now()).await.map(drop)
}

/// The draft is taken up again: the article spared nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn not_answered(tx: &Tx, article: ArticleId, visitor: &Visitor) -> Result<(), DbError> {
    store::take_back(tx.on(), article, &visitor.of(article), Use::Answered).await
}
