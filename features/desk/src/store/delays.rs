//! The SQL of measured delays: one ordered pass over the requests to compute, small reads to show.

use beffroi_db::{Db, DbError};
use beffroi_kernel::{RequestId, SchoolId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, Statement,
};

use super::entities::measured_delay::{ActiveModel, Column, Entity, Model};
use super::run;

/// Requests read at once.
const CHUNK: i64 = 4_000;
/// Rows written at once: twenty-four values each, under the limit of both engines.
const ROWS: usize = 400;

/// What the measure needs of a request.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Sample {
    pub(crate) id: RequestId,
    pub(crate) submitted_at: DateTime<Utc>,
    pub(crate) school_id: SchoolId,
    pub(crate) sheet_slug: String,
    pub(crate) request_type: String,
    pub(crate) state: String,
    pub(crate) outcome: Option<String>,
    pub(crate) goodwill: bool,
    pub(crate) sent_at: DateTime<Utc>,
    pub(crate) first_answered_at: Option<DateTime<Utc>>,
    pub(crate) first_answer_due: Option<DateTime<Utc>>,
    pub(crate) first_answer_minutes: Option<i32>,
    pub(crate) resolved_at: Option<DateTime<Utc>>,
    pub(crate) solution_due: Option<DateTime<Utc>>,
    pub(crate) solution_minutes: Option<i32>,
    pub(crate) reopened: i32,
    pub(crate) satisfaction: Option<i32>,
}

/// The next requests received since `from`, in the order of the index, after the last one read.
pub(crate) async fn samples(
    db: &Db,
    from: DateTime<Utc>,
    after: (DateTime<Utc>, RequestId),
) -> Result<Vec<Sample>, DbError> {
    let sql = "SELECT r.id, r.submitted_at, r.school_id, r.sheet_slug, r.request_type, r.state, r.outcome, r.goodwill, \
               r.sent_at, r.first_answered_at, r.first_answer_due, r.first_answer_minutes, r.resolved_at, \
               r.solution_due, r.solution_minutes, r.reopened, r.satisfaction FROM request r \
               WHERE (r.submitted_at, r.id) > ($1, $2) AND r.sent_at >= $3 \
               ORDER BY r.submitted_at, r.id LIMIT $4";
    let values = [after.0.into(), after.1.0.into(), from.into(), CHUNK.into()];
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    Ok(Sample::find_by_statement(statement).all(db.read()).await?)
}

/// When requests changed since `since` were received, and those in hand, whose deadlines pass.
pub(crate) async fn touched(db: &Db, since: DateTime<Utc>) -> Result<Vec<DateTime<Utc>>, DbError> {
    #[derive(FromQueryResult)]
    struct Sent {
        sent_at: DateTime<Utc>,
    }
    let changed = "SELECT r.sent_at FROM request r WHERE r.updated_at > $1 AND r.sent_at IS NOT NULL";
    let active = "SELECT r.sent_at FROM request r WHERE r.active AND r.sent_at IS NOT NULL";
    let changed = Statement::from_sql_and_values(db.backend(), changed, [since.into()]);
    let active = Statement::from_string(db.backend(), active);
    let mut sent = Sent::find_by_statement(changed).all(db.read()).await?;
    sent.extend(Sent::find_by_statement(active).all(db.read()).await?);
    Ok(sent.into_iter().map(|one| one.sent_at).collect())
}

/// The territory of every school.
pub(crate) async fn school_territories(db: &Db) -> Result<Vec<(SchoolId, String)>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: SchoolId,
        slug: String,
    }
    let sql = "SELECT s.id, t.slug FROM school s JOIN territory t ON t.id = s.territory_id";
    let rows = Row::find_by_statement(Statement::from_string(db.backend(), sql)).all(db.read()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.slug)).collect())
}

/// Forgets the figures of these periods; of all of them with none.
pub(crate) async fn forget(
    on: &impl ConnectionTrait,
    periods: Option<&[(&str, NaiveDate)]>,
) -> Result<(), DbError> {
    let Some(periods) = periods else {
        run(on, "DELETE FROM measured_delay", Vec::new()).await?;
        return Ok(());
    };
    // There is one rolling period: the last one leaves with its old start.
    run(on, "DELETE FROM measured_delay WHERE period_kind = 'rolling'", Vec::new()).await?;
    for (kind, start) in periods {
        let sql = "DELETE FROM measured_delay WHERE period_kind = $1 AND period_start = $2";
        run(on, sql, vec![(*kind).into(), (*start).into()]).await?;
    }
    Ok(())
}

pub(crate) async fn insert(on: &impl ConnectionTrait, models: Vec<Model>) -> Result<(), DbError> {
    let mut models = models.into_iter().peekable();
    while models.peek().is_some() {
        let some: Vec<ActiveModel> =
            models.by_ref().take(ROWS).map(|model| model.into_active_model().reset_all()).collect();
        Entity::insert_many(some).exec_without_returning(on).await?;
    }
    Ok(())
}

/// Notes when the figures were computed, and the first month they know.
pub(crate) async fn computed(
    on: &impl ConnectionTrait,
    at: DateTime<Utc>,
    first_month: Option<NaiveDate>,
) -> Result<(), DbError> {
    let sql = "UPDATE delay_state SET computed_at = $1, first_month = $2 WHERE id = 1";
    run(on, sql, vec![at.into(), first_month.into()]).await?;
    Ok(())
}

/// Says who may read the figures; false when that was so already.
pub(crate) async fn set_signed_in_only(
    on: &impl ConnectionTrait,
    signed_in_only: bool,
) -> Result<bool, DbError> {
    let sql = "UPDATE delay_state SET signed_in_only = $1 WHERE id = 1 AND signed_in_only <> $1";
    Ok(run(on, sql, vec![signed_in_only.into()]).await? == 1)
}

/// The state of the figures, once a territory, with the territories of some schools marked.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Place {
    pub(crate) computed_at: Option<DateTime<Utc>>,
    pub(crate) first_month: Option<NaiveDate>,
    pub(crate) signed_in_only: bool,
    pub(crate) slug: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) mine: i32,
}

pub(crate) async fn places(db: &Db, schools: &[SchoolId]) -> Result<Vec<Place>, DbError> {
    let marks: Vec<String> = (1..=schools.len()).map(|number| format!("${number}")).collect();
    let mine = if marks.is_empty() {
        "0".to_owned()
    } else {
        let marks = marks.join(", ");
        format!(
            "CASE WHEN EXISTS (SELECT 1 FROM school s WHERE s.territory_id = t.id AND s.id IN ({marks})) THEN 1 ELSE 0 END"
        )
    };
    let sql = format!(
        "SELECT d.computed_at, d.first_month, d.signed_in_only, t.slug, t.name, {mine} AS mine \
         FROM delay_state d LEFT JOIN territory t ON t.id IS NOT NULL ORDER BY t.name"
    );
    let values = schools.iter().map(|school| school.0.into());
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    Ok(Place::find_by_statement(statement).all(db.read()).await?)
}

/// The figures of a period, of the whole Region and of the territory asked for; of all with none.
pub(crate) async fn of_period(
    db: &Db,
    period: (&str, NaiveDate),
    territories: Option<&[&str]>,
) -> Result<Vec<Model>, DbError> {
    let mut select =
        Entity::find().filter(Column::PeriodKind.eq(period.0)).filter(Column::PeriodStart.eq(period.1));
    if let Some(territories) = territories {
        select = select.filter(Column::Territory.is_in(territories.iter().copied()));
    }
    Ok(select.all(db.read()).await?)
}

/// Every figure of a request type, oldest first.
pub(crate) async fn of_type(db: &Db, sheet: &str, kind: &str) -> Result<Vec<Model>, DbError> {
    let select = Entity::find().filter(Column::SheetSlug.eq(sheet)).filter(Column::RequestType.eq(kind));
    Ok(select.order_by_asc(Column::PeriodStart).all(db.read()).await?)
}
