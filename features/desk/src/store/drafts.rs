//! Drafts and attachments.

use beffroi_db::{DbError, Owned, Tx};
use beffroi_kernel::{AttachmentId, DraftId, PersonId, RequestId, Scope};
use sea_orm::sea_query::{Expr, PostgresQueryBuilder};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement,
};

use super::entities::{attachment, draft, typed_request};
use super::requests;

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

/// Takes a draft for the request that it becomes, held until the transaction ends, with the request's
/// reference; none when it is not this person's, was sent already, or is closed by an answer.
pub(crate) async fn take(
    tx: &Tx,
    scope: &Scope,
    (person, id): (PersonId, DraftId),
    request: RequestId,
) -> Result<Option<(draft::Model, String)>, DbError> {
    let taken = draft::Entity::update_many()
        .col_expr(draft::Column::RequestId, Expr::value(Some(request.0)))
        .filter(draft::Entity::within(scope))
        .filter(draft::Column::PersonId.eq(person))
        .filter(draft::Column::Id.eq(id))
        .filter(draft::Column::RequestId.is_null())
        .filter(draft::Column::AnsweredAt.is_null());
    let backend = tx.on().get_database_backend();
    if backend == DbBackend::Sqlite {
        let Some(model) = taken.exec_with_returning(tx.on()).await?.pop() else { return Ok(None) };
        return Ok(Some((model, requests::next_reference(tx.on(), tx.now()).await?)));
    }
    // Both in one round trip.
    let (taken, mut values) = taken.into_query().build(PostgresQueryBuilder);
    let (year, counted) = requests::counting(tx.now(), values.0.len() + 1, " FROM taken");
    values.0.push(year.into());
    let sql = format!(
        "WITH taken AS ({taken} RETURNING *), counted AS ({counted}) SELECT taken.*, counted.last FROM taken, counted"
    );
    let row = tx.on().query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    row.map(|row| {
        let last: i32 = row.try_get("", "last")?;
        Ok((draft::Model::from_query_result(&row, "")?, requests::reference(year, last)))
    })
    .transpose()
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
