//! One answer to all: news of an incident reach every request attached, in batches, once each.

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_kernel::{Permit, RequestId, Scope};
use uuid::Uuid;

use crate::model::{MessageKind, Outcome, State};
use crate::store::major::News;
use crate::store::{major as store, requests};
use crate::work::{Ground, Step, WorkError, ground, state, within, write_back};
use crate::{Desk, WorkRequests, mails};

/// The job that carries news to the requests attached, a batch at a time.
pub const ANSWER_JOB: &str = "desk.major-answer";
/// Requests reached by one job.
const BATCH: i64 = 100;

/// Carries news to the requests that come after this one. Run again, it reaches only those that
/// were not: a request's delivery is written with its message.
///
/// # Errors
/// When a request cannot be reached now; the job then comes back.
pub async fn answer(desk: &Desk, news: Uuid, after: Option<RequestId>) -> Result<(), WorkError> {
    let read = desk.site.db.read();
    let Some(news) = store::one_news(read, news).await? else { return Ok(()) };
    let batch = store::next_children(read, news.incident_id, after, BATCH).await?;
    for request in &batch {
        desk.site.db.write(async |tx| reach(desk, tx, &news, *request).await).await?;
    }
    let Some(last) = batch.last().filter(|_| i64::try_from(batch.len()) == Ok(BATCH)) else {
        return Ok(());
    };
    let next = NewJob::new(ANSWER_JOB, &(news.id, Some(last))).once(format!("major:{}:{last}", news.id));
    Ok(desk.site.db.write::<_, DbError, _>(async |tx| tx.enqueue(next).await).await?)
}

async fn reach(desk: &Desk, tx: &Tx, news: &News, id: RequestId) -> Result<(), WorkError> {
    if !store::deliver(tx.on(), news.id, id, tx.now()).await? {
        return Ok(());
    }
    let scope = Scope::system("news of an incident reach every request attached to it");
    let mut found = ground(desk, tx, &scope, id).await?;
    match state(&found.request) {
        State::New | State::Open | State::Waiting if news.kind == "resolved" => {
            let permit = Permit::<WorkRequests>::system(
                news.author_id,
                "an incident's leader resolves every request attached to it",
            );
            let step = Step::Resolve(Outcome::Done, news.body.clone());
            within(desk, tx, &permit, id, &step).await?;
            if found.request.assignee_id.is_none() { leave_free(tx, &scope, id).await } else { Ok(()) }
        }
        State::New | State::Open | State::Waiting | State::Resolved => {
            message(desk, tx, news, &mut found).await
        }
        State::Validation | State::Closed | State::Refused | State::Merged => Ok(()),
    }
}

/// The leader of the incident solved it but does not take it in hand: opened again, it goes back to
/// its team.
async fn leave_free(tx: &Tx, scope: &Scope, id: RequestId) -> Result<(), WorkError> {
    let mut solved = requests::held(tx, scope, id).await?.ok_or(WorkError::NotFound)?;
    solved.assignee_id = None;
    if requests::save(tx.on(), solved, tx.now()).await? { Ok(()) } else { Err(WorkError::Changed) }
}

async fn message(desk: &Desk, tx: &Tx, news: &News, found: &mut Ground) -> Result<(), WorkError> {
    let (id, author) = (found.request.id, Some(news.author_id));
    let message =
        requests::add_message(tx.on(), id, author, MessageKind::Public, &news.body, tx.now()).await?;
    found.request.first_answered_at.get_or_insert(tx.now());
    let what = "L’équipe donne des nouvelles de l’incident auquel votre demande est rattachée.";
    mails::requester_told(desk, tx, &found.request, what, format!("message:{message}")).await?;
    write_back(tx, found).await
}
