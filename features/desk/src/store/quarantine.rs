//! Files and their examination: those that wait, those that bear a virus.

use beffroi_db::DbError;
use beffroi_db::scope::condition;
use beffroi_kernel::{AttachmentId, RequestId, Scope};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter};

use super::entities::{attachment, request};
use super::{all, one, run};

/// Notes why a file still waits; nothing is written when it is known already.
pub(crate) async fn waits(on: &impl ConnectionTrait, id: AttachmentId, why: &str) -> Result<(), DbError> {
    let sql = "UPDATE attachment SET exam_note = $2 WHERE id = $1 AND exam = 'waiting' \
               AND (exam_note IS NULL OR exam_note <> $2)";
    run(on, sql, vec![id.0.into(), why.into()]).await?;
    Ok(())
}

/// Opens a file that waits; false when it does not wait any more.
pub(crate) async fn settle(
    on: &impl ConnectionTrait,
    id: AttachmentId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE attachment SET exam = 'clean', exam_at = $2, exam_note = NULL WHERE id = $1 AND exam = 'waiting'";
    Ok(run(on, sql, vec![id.0.into(), now.into()]).await? == 1)
}

/// Closes every file of that content, and returns those that were not closed for good.
pub(crate) async fn close(
    on: &impl ConnectionTrait,
    sha256: &str,
    virus: &str,
    now: DateTime<Utc>,
) -> Result<Vec<attachment::Model>, DbError> {
    let sql = "UPDATE attachment SET exam = 'infected', exam_at = $2, exam_note = $3 \
               WHERE sha256 = $1 AND (exam IS NULL OR exam IN ('waiting', 'clean')) RETURNING *";
    all(on, sql, vec![sha256.into(), now.into(), virus.into()]).await
}

/// Whether a file of that content is open or waits.
pub(crate) async fn is_needed(on: &impl ConnectionTrait, sha256: &str) -> Result<bool, DbError> {
    let open = attachment::Column::Exam.is_null().or(attachment::Column::Exam.is_in(["waiting", "clean"]));
    let found =
        attachment::Entity::find().filter(attachment::Column::Sha256.eq(sha256)).filter(open).one(on).await?;
    Ok(found.is_some())
}

/// Marks every file of that content as removed.
pub(crate) async fn removed(
    on: &impl ConnectionTrait,
    sha256: &str,
    now: DateTime<Utc>,
) -> Result<Vec<attachment::Model>, DbError> {
    let sql = "UPDATE attachment SET exam = 'removed', exam_at = $2 WHERE sha256 = $1 AND exam = 'infected' RETURNING *";
    all(on, sql, vec![sha256.into(), now.into()]).await
}

/// A file kept aside waits again, to be examined anew; false when it is not kept aside.
pub(crate) async fn again(
    on: &impl ConnectionTrait,
    id: AttachmentId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE attachment SET exam = 'waiting', exam_at = $2, exam_note = NULL WHERE id = $1 AND exam = 'infected'";
    Ok(run(on, sql, vec![id.0.into(), now.into()]).await? == 1)
}

/// The reference of a request.
pub(crate) async fn reference(on: &impl ConnectionTrait, id: RequestId) -> Result<Option<String>, DbError> {
    Ok(request::Entity::find_by_id(id).one(on).await?.map(|found| found.reference))
}

/// The files of a draft that are closed, for its own pages.
pub(crate) async fn closed_of_draft(
    on: &impl ConnectionTrait,
    draft: beffroi_kernel::DraftId,
) -> Result<Vec<attachment::Model>, DbError> {
    let closed = attachment::Column::Exam.is_not_null().and(attachment::Column::Exam.ne("clean"));
    let of_draft = attachment::Entity::find().filter(attachment::Column::DraftId.eq(draft)).filter(closed);
    Ok(of_draft.all(on).await?)
}

/// How many files are in a state, and since when the first is.
#[derive(Clone, Debug, Default, FromQueryResult)]
pub(crate) struct Waiting {
    pub(crate) count: i64,
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) infected: i64,
}

pub(crate) async fn waiting(on: &impl ConnectionTrait) -> Result<Waiting, DbError> {
    let sql = "SELECT COUNT(*) AS count, MIN(created_at) AS since, \
               (SELECT COUNT(*) FROM attachment WHERE exam = 'infected') AS infected FROM attachment WHERE exam = 'waiting'";
    Ok(one(on, sql, Vec::new()).await?.unwrap_or_default())
}

/// Why the file that waits since the longest does.
pub(crate) async fn reason(on: &impl ConnectionTrait) -> Result<Option<String>, DbError> {
    #[derive(FromQueryResult)]
    struct Why {
        why: Option<String>,
    }
    let sql =
        "SELECT exam_note AS why FROM attachment WHERE exam = 'waiting' ORDER BY created_at, id LIMIT 1";
    Ok(one::<Why>(on, sql, Vec::new()).await?.and_then(|row| row.why))
}

/// A file that bears a virus, with what is around it.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Kept {
    pub(crate) id: AttachmentId,
    pub(crate) name: String,
    pub(crate) exam: String,
    pub(crate) exam_at: DateTime<Utc>,
    pub(crate) exam_note: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) school: String,
    pub(crate) sender: String,
    pub(crate) reference: Option<String>,
}

/// Those found within `scope`, the last received first, after `before` if given.
pub(crate) async fn kept(
    db: &beffroi_db::Db,
    scope: &Scope,
    before: Option<(DateTime<Utc>, AttachmentId)>,
    limit: u64,
) -> Result<Vec<Kept>, DbError> {
    let a = |name: &'static str| (Alias::new("a"), Alias::new(name));
    let mut query = Query::select();
    for name in ["id", "name", "exam", "exam_at", "exam_note", "created_at"] {
        query.column(a(name));
    }
    query
        .expr_as(Expr::cust("s.name"), Alias::new("school"))
        .expr_as(Expr::cust("p.given_name || ' ' || p.family_name"), Alias::new("sender"))
        .expr_as(Expr::cust("r.reference"), Alias::new("reference"))
        .from_as(Alias::new("attachment"), Alias::new("a"));
    for (table, alias, key, kind) in [
        ("school", "s", "school_id", sea_orm::JoinType::InnerJoin),
        ("person", "p", "person_id", sea_orm::JoinType::InnerJoin),
        ("request", "r", "request_id", sea_orm::JoinType::LeftJoin),
    ] {
        let on = Expr::col(a(key)).equals((Alias::new(alias), Alias::new("id")));
        query.join_as(kind, Alias::new(table), Alias::new(alias), on);
    }
    query
        .and_where(Expr::col(a("exam")).is_in(["infected", "removed"]))
        .cond_where(condition(scope, a("school_id"), None, None))
        .order_by(a("created_at"), Order::Desc)
        .order_by(a("id"), Order::Desc)
        .limit(limit);
    if let Some((at, id)) = before {
        let earlier = Expr::col(a("created_at")).lt(at);
        let same = Expr::col(a("created_at")).eq(at).and(Expr::col(a("id")).lt(id.0));
        query.and_where(earlier.or(same));
    }
    Ok(Kept::find_by_statement(beffroi_db::sql::built(db.backend(), &query)).all(db.read()).await?)
}
