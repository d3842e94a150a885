//! Drafts and attachments.

use beffroi_db::{DbError, Owned, Tx};
use beffroi_kernel::{AttachmentId, DraftId, PersonId, RequestId, Scope};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entities::{attachment, draft, typed_request};

pub(crate) async fn insert(on: &impl ConnectionTrait, model: draft::Model) -> Result<(), DbError> {
    draft::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

/// A draft is its author's alone, even within their school.
pub(crate) async fn find(
    on: &impl ConnectionTrait,
    scope: &Scope,
    person: PersonId,
    id: DraftId,
) -> Result<Option<draft::Model>, DbError> {
    let mine = draft::Entity::scoped(scope)
        .filter(draft::Column::PersonId.eq(person))
        .filter(draft::Column::Id.eq(id));
    Ok(mine.one(on).await?)
}

/// The drafts a person has not sent, latest first.
pub(crate) async fn unsent(
    on: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<draft::Model>, DbError> {
    Ok(draft::Entity::find()
        .filter(draft::Column::PersonId.eq(person))
        .filter(draft::Column::RequestId.is_null())
        .filter(draft::Column::ForPerson.is_null())
        .order_by_desc(draft::Column::UpdatedAt)
        .limit(20)
        .all(on)
        .await?)
}

/// The drafts an agent types in for others and has not sent, latest first.
pub(crate) async fn typed_in(
    on: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<draft::Model>, DbError> {
    Ok(draft::Entity::find()
        .filter(draft::Column::PersonId.eq(person))
        .filter(draft::Column::RequestId.is_null())
        .filter(draft::Column::ForPerson.is_not_null())
        .filter(draft::Column::AnsweredAt.is_null())
        .order_by_desc(draft::Column::UpdatedAt)
        .limit(20)
        .all(on)
        .await?)
}

/// Keeps who typed in a request.
pub(crate) async fn typed_by(on: &impl ConnectionTrait, model: typed_request::Model) -> Result<(), DbError> {
    typed_request::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

/// Who typed in that request, when somebody within `scope` did.
pub(crate) async fn typist(
    on: &impl ConnectionTrait,
    scope: &Scope,
    id: RequestId,
) -> Result<Option<typed_request::Model>, DbError> {
    Ok(typed_request::Entity::scoped(scope).filter(typed_request::Column::RequestId.eq(id)).one(on).await?)
}

/// The draft as it is now, held until the transaction ends; none when it was sent or closed by an answer.
pub(crate) async fn hold(on: &impl ConnectionTrait, id: DraftId) -> Result<Option<draft::Model>, DbError> {
    let unsent = draft::Entity::find_by_id(id)
        .filter(draft::Column::RequestId.is_null())
        .filter(draft::Column::AnsweredAt.is_null());
    Ok(unsent.lock_exclusive().one(on).await?)
}

/// Takes up a draft that an article had answered; false when it was not closed.
pub(crate) async fn reopen(
    on: &impl ConnectionTrait,
    id: DraftId,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE draft SET answered_at = NULL, answered_by = NULL, updated_at = $2 \
               WHERE id = $1 AND answered_at IS NOT NULL AND request_id IS NULL";
    Ok(super::run(on, sql, vec![id.0.into(), now.into()]).await? == 1)
}

/// Whether the draft is closed since that instant.
pub(crate) async fn closed_since(
    on: &impl ConnectionTrait,
    id: DraftId,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<bool, DbError> {
    let found = draft::Entity::find_by_id(id).filter(draft::Column::RequestId.is_null()).one(on).await?;
    Ok(found.is_some_and(|draft| draft.answered_at == Some(at)))
}

/// Writes back a draft held in the same transaction.
pub(crate) async fn save(on: &impl ConnectionTrait, model: draft::Model) -> Result<(), DbError> {
    model.into_active_model().reset_all().update(on).await?;
    Ok(())
}

/// Marks the draft as sent. False when it already was, or was changed since it was read.
pub(crate) async fn mark_sent(
    on: &impl ConnectionTrait,
    id: DraftId,
    read_at: chrono::DateTime<chrono::Utc>,
    request: RequestId,
) -> Result<bool, DbError> {
    let outcome = draft::Entity::update_many()
        .col_expr(draft::Column::RequestId, Expr::value(Some(request.0)))
        .filter(draft::Column::Id.eq(id))
        .filter(draft::Column::RequestId.is_null())
        .filter(draft::Column::AnsweredAt.is_null())
        .filter(draft::Column::UpdatedAt.eq(read_at))
        .exec(on)
        .await?;
    Ok(outcome.rows_affected == 1)
}

pub(crate) async fn delete(on: &impl ConnectionTrait, id: DraftId) -> Result<(), DbError> {
    attachment::Entity::delete_many().filter(attachment::Column::DraftId.eq(id)).exec(on).await?;
    draft::Entity::delete_many().filter(draft::Column::Id.eq(id)).exec(on).await?;
    Ok(())
}

pub(crate) async fn attach(on: &impl ConnectionTrait, model: attachment::Model) -> Result<(), DbError> {
    attachment::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

pub(crate) async fn file(
    on: &impl ConnectionTrait,
    id: AttachmentId,
) -> Result<Option<attachment::Model>, DbError> {
    Ok(attachment::Entity::find_by_id(id).one(on).await?)
}

pub(crate) async fn remove_file(
    on: &impl ConnectionTrait,
    draft: DraftId,
    id: AttachmentId,
) -> Result<(), DbError> {
    attachment::Entity::delete_many()
        .filter(attachment::Column::Id.eq(id))
        .filter(attachment::Column::DraftId.eq(draft))
        .filter(attachment::Column::RequestId.is_null())
        .exec(on)
        .await?;
    Ok(())
}

/// The draft's files follow it into the request, when the commit writes it.
pub(crate) fn give_files_to_request(tx: &Tx, draft: DraftId, request: RequestId) {
    let sql = "UPDATE attachment SET request_id = $2 WHERE draft_id = $1 AND request_id IS NULL";
    tx.later(|batch| batch.add(sql, vec![draft.0.into(), request.0.into()]));
}
