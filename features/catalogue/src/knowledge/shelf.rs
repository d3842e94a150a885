//! The published articles in memory, with their index: found by words whatever their accents, plurals, endings
//! or one slip of the keyboard; offered for a request type by what is typed so far.

use std::collections::HashMap;
use std::sync::Arc;

use beffroi_db::DbError;
use beffroi_kernel::{Access, ArticleId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::ConnectionTrait;

use super::model::{ArticleOrigin, Content};
use super::reading::{content, origin};
use crate::rules::search::{strength, weigh, words_of};
use crate::store::articles::{self, Article, Version};

/// Letters two words share at their beginning to be of one family (« imprimer », « imprimante »).
const FAMILY: usize = 5;

/// A published article, ready to show.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its identifier.
    pub id: ArticleId,
    /// Its address under `/aide/`.
    pub slug: String,
    /// What it says.
    pub content: Content,
    /// Where it comes from.
    pub origin: ArticleOrigin,
    /// The number of the version shown.
    pub number: i32,
    /// When that version was published.
    pub published_at: DateTime<Utc>,
    /// The day by which it must be read again.
    pub review_on: Option<NaiveDate>,
    /// Safe HTML.
    pub html: String,
    words: HashMap<String, u32>,
}

/// Every published article.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Vec<Arc<Shown>>);

impl Shelf {
    pub(crate) async fn read(on: &impl ConnectionTrait) -> Result<Self, DbError> {
        let articles = articles::all(on).await?;
        let live: Vec<Article> =
            articles.into_iter().filter(|article| article.live_id.is_some() && !article.retired).collect();
        let ids: Vec<_> = live.iter().filter_map(|article| article.live_id).collect();
        let mut texts: HashMap<ArticleId, Version> = articles::versions_by_id(on, &ids)
            .await?
            .into_iter()
            .map(|text| (text.article_id, text))
            .collect();
        let mut shown = Vec::new();
        for article in live {
            if let Some(text) = texts.remove(&article.id) {
                shown.push(Arc::new(show(article, &text)?));
            }
        }
        shown.sort_by(|a, b| (&a.content.theme, &a.content.title).cmp(&(&b.content.theme, &b.content.title)));
        Ok(Self(shown))
    }

    /// Every published article, whoever may read it.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Shown>> {
        self.0.iter()
    }

    /// Whether a published article has this address.
    pub(crate) fn holds(&self, slug: &str) -> bool {
        self.0.iter().any(|article| article.slug == slug)
    }

    /// The articles this person may read, by theme then title.
    pub fn readable(&self, access: Option<&Access>) -> impl Iterator<Item = &Arc<Shown>> {
        self.0.iter().filter(move |article| article.content.audience.admits(access))
    }

    /// The article of this address, if this person may read it.
    #[must_use]
    pub fn find(&self, slug: &str, access: Option<&Access>) -> Option<&Arc<Shown>> {
        self.readable(access).find(|article| article.slug == slug)
    }

    /// The articles that answer `query`, best first: those with every word, else those with the most.
    #[must_use]
    pub fn search(&self, query: &str, access: Option<&Access>) -> Vec<Arc<Shown>> {
        let sought = words_of(query);
        let mut scored: Vec<(usize, u32, &Arc<Shown>)> = self
            .readable(access)
            .map(|article| {
                let (found, score) = article.score(&sought);
                (found, score, article)
            })
            .filter(|(found, ..)| *found > 0)
            .collect();
        let most = scored.iter().map(|(found, ..)| *found).max().unwrap_or(0);
        scored.retain(|(found, ..)| *found == most);
        scored.sort_by_key(|(_, score, article)| (std::cmp::Reverse(*score), article.content.title.clone()));
        scored.into_iter().map(|(.., article)| Arc::clone(article)).collect()
    }

    /// The articles that may spare this request, at most `limit`, those nearest to the words typed first.
    #[must_use]
    pub fn for_request(
        &self,
        access: Option<&Access>,
        (sheet, kind): (&str, &str),
        typed: &str,
        limit: usize,
    ) -> Vec<Arc<Shown>> {
        let sought = words_of(typed);
        let linked = |article: &&Arc<Shown>| {
            article.content.requests.iter().any(|(one, other)| one == sheet && other == kind)
        };
        let mut offered: Vec<(u32, &Arc<Shown>)> =
            self.readable(access).filter(linked).map(|article| (article.score(&sought).1, article)).collect();
        // A stable sort: without words, the order of the list stays.
        offered.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        offered.into_iter().take(limit).map(|(_, article)| Arc::clone(article)).collect()
    }
}

impl Shown {
    /// How many of the words are found, and how well.
    fn score(&self, sought: &[String]) -> (usize, u32) {
        let strengths: Vec<u32> = sought
            .iter()
            .map(|word| strength(word, &self.words).max(kin(word, &self.words)))
            .filter(|strength| *strength > 0)
            .collect();
        (strengths.len(), strengths.iter().sum())
    }
}

/// How well a word of the same family is found.
fn kin(sought: &str, words: &HashMap<String, u32>) -> u32 {
    if sought.chars().count() < FAMILY {
        return 0;
    }
    let family: String = sought.chars().take((sought.chars().count() - 1).clamp(FAMILY, 6)).collect();
    words.iter().filter(|(word, _)| word.starts_with(&family)).map(|(_, weight)| *weight).max().unwrap_or(0)
}

fn show(article: Article, text: &Version) -> Result<Shown, DbError> {
    let content = content(text)?;
    let mut words = HashMap::new();
    weigh(&mut words, 8, &content.title);
    for keyword in &content.keywords {
        weigh(&mut words, 6, keyword);
    }
    weigh(&mut words, 2, &content.plain());
    Ok(Shown {
        id: article.id,
        origin: origin(&article, text.sheet_number),
        slug: article.slug,
        html: content.html(),
        number: text.number,
        published_at: text.published_at.unwrap_or(text.updated_at),
        review_on: article.review_on,
        words,
        content,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_family_meet() {
        let mut words = HashMap::new();
        weigh(&mut words, 1, "Imprimante, connexion, réinitialiser");
        for sought in ["imprimer", "connexions", "reinitialisation"] {
            assert!(kin(sought, &words) > 0, "{sought}");
        }
        assert_eq!(kin("important", &words), 0);
        assert_eq!(kin("imp", &words), 0);
    }
}
