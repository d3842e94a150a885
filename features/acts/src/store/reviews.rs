//! Reviews of acts.

use beffroi_db::DbError;
use beffroi_kernel::{ActId, ReviewId, SchoolId};
use beffroi_sheets::Word;
use sea_orm::sea_query::Value;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};

use super::entities::review;
use super::{all, held, one, run};
use crate::model::{Cause, Decision, Review, Verdict};

/// Opens a review, once an occasion: its row when this is the one.
pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    new: &Review,
    school: SchoolId,
    occasion: &str,
) -> Result<Option<review::Model>, DbError> {
    let sql = "INSERT INTO act_review (id, act_id, school_id, cause, occasion, opened_at, due_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (act_id, occasion) DO NOTHING RETURNING *";
    let values: Vec<Value> = vec![
        new.id.0.into(),
        new.act.0.into(),
        school.0.into(),
        new.cause.slug().into(),
        occasion.into(),
        new.opened_at.into(),
        new.due_at.into(),
    ];
    one(on, sql, values).await
}

/// One review, kept as it is until the transaction ends.
pub(crate) async fn lock(on: &impl ConnectionTrait, id: ReviewId) -> Result<Option<Review>, DbError> {
    let sql = format!("SELECT id FROM act_review WHERE id = $1{}", held(on));
    run(on, &sql, vec![id.0.into()]).await?;
    review::Entity::find_by_id(id).one(on).await?.map(read).transpose()
}

/// The reviews of an act, newest first.
pub(crate) async fn of_act(on: &impl ConnectionTrait, act: ActId) -> Result<Vec<Review>, DbError> {
    let query = review::Entity::find().filter(review::Column::ActId.eq(act));
    query.order_by_desc(review::Column::OpenedAt).all(on).await?.into_iter().map(read).collect()
}

/// Of these acts, the reviews that wait for a decision.
pub(crate) async fn open_of(on: &impl ConnectionTrait, acts: &[ActId]) -> Result<Vec<Review>, DbError> {
    if acts.is_empty() {
        return Ok(Vec::new());
    }
    let query = review::Entity::find()
        .filter(review::Column::ActId.is_in(acts.iter().copied()))
        .filter(review::Column::DecidedAt.is_null());
    query.order_by_asc(review::Column::DueAt).all(on).await?.into_iter().map(read).collect()
}

/// Writes what was decided of every open review of an act (all of them: who confirms or ends an act
/// answers them together), and returns them.
pub(crate) async fn decide(
    on: &impl ConnectionTrait,
    act: ActId,
    decision: &Decision,
) -> Result<Vec<review::Model>, DbError> {
    let sql = "UPDATE act_review SET decided_at = $2, decided_by = $3, authority = $4, verdict = $5, note = $6 \
               WHERE act_id = $1 AND decided_at IS NULL RETURNING *";
    let values: Vec<Value> = vec![
        act.0.into(),
        decision.at.into(),
        decision.by.map(|id| id.0).into(),
        decision.authority.clone().into(),
        decision.verdict.slug().into(),
        decision.note.clone().into(),
    ];
    all(on, sql, values).await
}

/// A setting of acts, as the Region wrote it.
pub(crate) async fn setting(on: &impl ConnectionTrait, name: &str) -> Result<Option<String>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        value: String,
    }
    let found: Option<Row> =
        one(on, "SELECT value FROM act_setting WHERE name = $1", vec![name.into()]).await?;
    Ok(found.map(|row| row.value))
}

pub(crate) async fn set_setting(
    on: &impl ConnectionTrait,
    name: &str,
    value: &str,
    (now, by): (chrono::DateTime<chrono::Utc>, beffroi_kernel::PersonId),
) -> Result<(), DbError> {
    let sql = "INSERT INTO act_setting (name, value, updated_at, updated_by) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, \
               updated_by = excluded.updated_by";
    run(on, sql, vec![name.into(), value.into(), now.into(), by.0.into()]).await?;
    Ok(())
}

fn read(row: review::Model) -> Result<Review, DbError> {
    let corrupt = |value: &str| DbError::Corrupt(format!("révision d’un acte : « {value} »"));
    let cause = Cause::from_slug(&row.cause).ok_or_else(|| corrupt(&row.cause))?;
    let verdict = row.verdict.as_deref().map(|slug| Verdict::of(slug).ok_or_else(|| corrupt(slug)));
    let decided = row.decided_at.zip(verdict.transpose()?).map(|(at, verdict)| Decision {
        at,
        by: row.decided_by,
        authority: row.authority,
        verdict,
        note: row.note.unwrap_or_default(),
    });
    Ok(Review { id: row.id, act: row.act_id, cause, opened_at: row.opened_at, due_at: row.due_at, decided })
}
