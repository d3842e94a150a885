//! A published article must be read again within a year: its author and its reviewer are told on the day.

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_directory::{MAIL_JOB, Mail};
use beffroi_kernel::{ArticleId, PersonId};
use chrono::NaiveDate;

use super::Knowledge;
use crate::store::articles;

/// The kind of the jobs that ask for a review.
pub const REVIEW_JOB: &str = "catalogue.article-review";

pub(crate) async fn enqueue(tx: &Tx, id: ArticleId, day: NaiveDate) -> Result<(), DbError> {
    let job = NewJob::new(REVIEW_JOB, &(id, day)).once(format!("article-review:{id}:{day}"));
    tx.enqueue(job.at(beffroi_directory::paris_day_start(day))).await
}

impl Knowledge {
    /// Asks the people who know an article to read it again, unless that was done meanwhile.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remind(&self, id: ArticleId, day: NaiveDate) -> Result<(), DbError> {
        self.site
            .db
            .write(async |tx| {
                let Some(article) = articles::by_id(tx.on(), id).await? else {
                    return Ok(());
                };
                if article.retired || article.review_on != Some(day) {
                    return Ok(());
                }
                let texts = articles::versions(tx.on(), id).await?;
                let live = texts.iter().find(|text| Some(text.id) == article.live_id);
                let mut people: Vec<PersonId> =
                    live.into_iter().flat_map(|text| [text.author_id, text.reviewer_id]).flatten().collect();
                people.dedup();
                for person in people {
                    let page = format!("{}/aide/redaction/{id}", self.site.base_url);
                    let text = format!(
                        "Bonjour,\n\nUn article d’aide doit être relu\u{a0}: dites s’il est toujours juste, \
                         ou mettez-le à jour.\n\n{page}\n"
                    );
                    let mail = Mail::to_person(person, "Un article d’aide est à relire".into(), text);
                    let once = format!("article-review:{id}:{day}:{person}");
                    tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(once)).await?;
                }
                Ok(())
            })
            .await
    }
}
