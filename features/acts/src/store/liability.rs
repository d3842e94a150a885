//! Releases of liability and what is said against them.

use beffroi_db::{DbError, Owned, Ownership};
use beffroi_kernel::{ActId, PersonId, SchoolId, Scope};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::entities::{liability_contest as contest, liability_release as release};
use super::{all, held, one, run};

pub(crate) use contest::Model as Contest;
pub(crate) use release::Model as Release;

impl Owned for release::Entity {
    fn ownership() -> Ownership<release::Column> {
        Ownership { school: release::Column::SchoolId, team: None, person: None }
    }
}

/// Writes a decision, unless one lasts already: whether it did.
pub(crate) async fn insert(on: &impl ConnectionTrait, new: &Release) -> Result<bool, DbError> {
    let sql = "INSERT INTO liability_release (act_id, school_id, lasts_for, ground, reason, evidence, decided_by, \
               authority, decided_at) VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (lasts_for) DO NOTHING";
    let values = vec![
        new.act_id.0.into(),
        new.school_id.0.into(),
        new.ground.as_str().into(),
        new.reason.as_str().into(),
        new.evidence.as_str().into(),
        new.decided_by.0.into(),
        new.authority.as_str().into(),
        new.decided_at.into(),
    ];
    Ok(run(on, sql, values).await? == 1)
}

/// The decisions about a school within `scope`, newest first, with what was said against each.
pub(crate) async fn of_school(
    on: &impl ConnectionTrait,
    scope: &Scope,
    school: SchoolId,
) -> Result<Vec<(Release, Vec<Contest>)>, DbError> {
    let found = release::Entity::scoped(scope)
        .filter(release::Column::SchoolId.eq(school))
        .order_by_desc(release::Column::DecidedAt)
        .all(on)
        .await?;
    let ids: Vec<ActId> = found.iter().map(|release| release.act_id).collect();
    let contests = contest::Entity::find()
        .filter(contest::Column::ActId.is_in(ids))
        .order_by_asc(contest::Column::ContestedAt)
        .all(on)
        .await?;
    let of =
        |release: &Release| contests.iter().filter(|one| one.act_id == release.act_id).cloned().collect();
    Ok(found.into_iter().map(|release| (release.clone(), of(&release))).collect())
}

/// The decision that lasts for a school, kept as it is until the transaction ends.
pub(crate) async fn lock(on: &impl ConnectionTrait, school: SchoolId) -> Result<Option<Release>, DbError> {
    let sql = format!("SELECT act_id FROM liability_release WHERE lasts_for = $1{}", held(on));
    run(on, &sql, vec![school.0.into()]).await?;
    lasting(on, school).await
}

/// The decision that lasts for a school.
pub(crate) async fn lasting(on: &impl ConnectionTrait, school: SchoolId) -> Result<Option<Release>, DbError> {
    Ok(release::Entity::find().filter(release::Column::LastsFor.eq(school)).one(on).await?)
}

/// Who says what, and by which authority.
pub(crate) struct Said<'a> {
    pub by: PersonId,
    pub authority: &'a str,
    pub text: &'a str,
    pub at: DateTime<Utc>,
}

/// Writes what the head says against a decision, unless an answer is awaited: its row if it did.
pub(crate) async fn contest(
    on: &impl ConnectionTrait,
    release: &Release,
    said: &Said<'_>,
) -> Result<Option<Contest>, DbError> {
    let sql = "INSERT INTO liability_contest (id, act_id, school_id, awaits_for, text, contested_by, authority, \
               contested_at, lifted) VALUES ($1, $2, $3, $2, $4, $5, $6, $7, $8) ON CONFLICT (awaits_for) DO NOTHING RETURNING *";
    let values = vec![
        Uuid::now_v7().into(),
        release.act_id.0.into(),
        release.school_id.0.into(),
        said.text.into(),
        said.by.0.into(),
        said.authority.into(),
        said.at.into(),
        false.into(),
    ];
    one(on, sql, values).await
}

/// Answers what was said against a decision: its row, when an answer was awaited.
pub(crate) async fn answer(
    on: &impl ConnectionTrait,
    act: ActId,
    said: &Said<'_>,
    lifted: bool,
) -> Result<Option<Contest>, DbError> {
    let sql = "UPDATE liability_contest SET awaits_for = NULL, answered_at = $2, answered_by = $3, \
               answer_authority = $4, answer = $5, lifted = $6 WHERE awaits_for = $1 RETURNING *";
    let values = vec![
        act.0.into(),
        said.at.into(),
        said.by.0.into(),
        said.authority.into(),
        said.text.into(),
        lifted.into(),
    ];
    one(on, sql, values).await
}

/// Lifts a decision, and returns its row.
pub(crate) async fn lift(
    on: &impl ConnectionTrait,
    act: ActId,
    said: &Said<'_>,
) -> Result<Option<Release>, DbError> {
    let sql = "UPDATE liability_release SET lasts_for = NULL, lifted_at = $2, lifted_by = $3, lift_authority = $4, \
               lift_reason = $5 WHERE act_id = $1 RETURNING *";
    let values =
        vec![act.0.into(), said.at.into(), said.by.0.into(), said.authority.into(), said.text.into()];
    one(on, sql, values).await
}

/// A school for which a decision lasts.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Lasting {
    pub act_id: ActId,
    pub school_id: SchoolId,
    pub uai: String,
    pub name: String,
    pub reference: String,
    pub ground: String,
    pub decided_at: DateTime<Utc>,
}

/// Every decision that lasts, newest first.
pub(crate) async fn everywhere(on: &impl ConnectionTrait) -> Result<Vec<Lasting>, DbError> {
    let sql = "SELECT l.act_id, l.school_id, s.uai, s.name, a.reference, l.ground, l.decided_at \
               FROM liability_release l JOIN act a ON a.id = l.act_id JOIN school s ON s.id = l.school_id \
               WHERE l.lasts_for IS NOT NULL ORDER BY l.decided_at DESC";
    all(on, sql, vec![]).await
}
