//! What was stated of acts, their timestamps, and what a code confirms.

use std::collections::{BTreeMap, HashMap};

use beffroi_db::DbError;
use beffroi_kernel::ActId;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter,
};

use super::entities::{
    acknowledgement, act, effect, liability_contest, liability_release, review, signature, statement, text,
    timestamp,
};
use super::{all, one, places};
use crate::sealed::{Row, fingerprint, sha256, subject};

/// What anybody may learn of a signed act by its code: no text, no name.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Known {
    pub kind: String,
    pub state: String,
    pub school: String,
    pub uai: String,
    pub signed_at: DateTime<Utc>,
    pub in_force_at: Option<DateTime<Utc>>,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// The signed act of that code: one statement, by an index, whether there is one or not.
pub(crate) async fn by_code(on: &impl ConnectionTrait, code: &str) -> Result<Option<Known>, DbError> {
    let sql = "SELECT a.kind, a.state, s.name AS school, s.uai, a.signed_at, a.in_force_at, a.starts_on, a.ends_on, \
               a.suspended_at, a.ended_at \
               FROM act a JOIN school s ON s.id = a.school_id WHERE a.code = $1 AND a.signed_at IS NOT NULL";
    one(on, sql, vec![code.into()]).await
}

/// Keeps what was stated of an act, once and for all.
pub(crate) async fn keep_statement(on: &impl ConnectionTrait, row: statement::Model) -> Result<(), DbError> {
    statement::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

/// What was stated of an act, when it is signed.
pub(crate) async fn statement(on: &impl ConnectionTrait, act: ActId) -> Result<Option<String>, DbError> {
    #[derive(FromQueryResult)]
    struct Kept {
        statement: String,
    }
    let sql = "SELECT statement FROM act_statement WHERE act_id = $1";
    Ok(one::<Kept>(on, sql, vec![act.0.into()]).await?.map(|kept| kept.statement))
}

/// Keeps a timestamp, once an act: whether this is the one.
pub(crate) async fn keep_stamp(on: &impl ConnectionTrait, row: &timestamp::Model) -> Result<bool, DbError> {
    let once = OnConflict::column(timestamp::Column::ActId).do_nothing().to_owned();
    let row = row.clone().into_active_model().reset_all();
    Ok(timestamp::Entity::insert(row).on_conflict(once).exec_without_returning(on).await? == 1)
}

/// The authority's whole answer about an act.
pub(crate) async fn stamp(on: &impl ConnectionTrait, act: ActId) -> Result<Option<Vec<u8>>, DbError> {
    #[derive(FromQueryResult)]
    struct Kept {
        response: Vec<u8>,
    }
    let sql = "SELECT response FROM act_timestamp WHERE act_id = $1";
    Ok(one::<Kept>(on, sql, vec![act.0.into()]).await?.map(|kept| kept.response))
}

/// Whether an act is timestamped.
pub(crate) async fn stamped(on: &impl ConnectionTrait, act: ActId) -> Result<bool, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        #[expect(dead_code, reason = "its presence is the answer")]
        act_id: ActId,
    }
    let sql = "SELECT act_id FROM act_timestamp WHERE act_id = $1";
    Ok(one::<Row>(on, sql, vec![act.0.into()]).await?.is_some())
}

/// Signed acts without a timestamp, oldest first.
pub(crate) async fn unstamped(on: &impl ConnectionTrait, limit: u64) -> Result<Vec<ActId>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        act_id: ActId,
    }
    let sql = "SELECT s.act_id FROM act_statement s LEFT JOIN act_timestamp t ON t.act_id = s.act_id \
               WHERE t.act_id IS NULL ORDER BY s.act_id LIMIT $1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(all::<Row>(on, sql, vec![limit.into()]).await?.into_iter().map(|row| row.act_id).collect())
}

/// The identifiers of acts, in their order, after one of them.
pub(crate) async fn ids(
    on: &impl ConnectionTrait,
    after: Option<ActId>,
    limit: u64,
) -> Result<Vec<ActId>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: ActId,
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
    let sql = "SELECT id FROM act WHERE id > $1 ORDER BY id LIMIT $2";
    Ok(all::<Row>(on, sql, vec![after.into(), limit.into()]).await?.into_iter().map(|row| row.id).collect())
}

/// All that is kept of some acts, for the check of the whole database by its operator.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The reference and the hash of the text of each.
    pub acts: HashMap<ActId, (String, String)>,
    /// The fingerprint of every row, by act and by name.
    pub rows: HashMap<ActId, BTreeMap<String, String>>,
}

impl Kept {
    fn add<R: Row>(&mut self, rows: Vec<R>, act: impl Fn(&R) -> Option<ActId>) {
        for row in rows {
            let Some(act) = act(&row) else { continue };
            self.rows.entry(act).or_default().insert(row.name(), fingerprint(&row));
        }
    }
}

/// All that is kept of these acts: one statement a table.
pub(crate) async fn kept(on: &impl ConnectionTrait, ids: &[ActId]) -> Result<Kept, DbError> {
    let mut kept = Kept::default();
    macro_rules! add {
        ($($table:ident . $column:ident, |$row:ident| $act:expr;)*) => {$({
            let of = $table::Column::$column.is_in(ids.iter().copied());
            kept.add($table::Entity::find().filter(of).all(on).await?, |$row| $act);
        })*};
    }
    let acts = act::Entity::find().filter(act::Column::Id.is_in(ids.iter().copied())).all(on).await?;
    kept.acts = acts.iter().map(|act| (act.id, (act.reference.clone(), sha256(&act.text)))).collect();
    kept.add(acts, |act| Some(act.id));
    add! {
        signature.ActId, |row| Some(row.act_id);
        text.ActId, |row| Some(row.act_id);
        statement.ActId, |row| Some(row.act_id);
        timestamp.ActId, |row| Some(row.act_id);
        acknowledgement.ActId, |row| row.act_id;
        review.ActId, |row| Some(row.act_id);
        effect.ActId, |row| Some(row.act_id);
        liability_release.ActId, |row| Some(row.act_id);
        liability_contest.ActId, |row| Some(row.act_id);
    }
    Ok(kept)
}

/// What the journal keeps of these acts, oldest first.
pub(crate) async fn told(on: &impl ConnectionTrait, ids: &[ActId]) -> Result<Vec<(String, String)>, DbError> {
    #[derive(FromQueryResult)]
    struct Entry {
        subject: String,
        data: String,
    }
    let sql = format!(
        "SELECT subject, data FROM journal_entry WHERE subject IN ({}) ORDER BY seq",
        places(1, ids.len())
    );
    let values = ids.iter().map(|id| subject(*id).into()).collect();
    let entries: Vec<Entry> = all(on, &sql, values).await?;
    Ok(entries.into_iter().map(|entry| (entry.subject, entry.data)).collect())
}

/// Every act that the journal says was prepared, with the entry that says so, and its facts.
pub(crate) async fn opened(on: &impl ConnectionTrait) -> Result<Vec<Opened>, DbError> {
    let sql = "SELECT subject, seq, data FROM journal_entry WHERE kind = $1 ORDER BY seq";
    all(on, sql, vec!["act.opened".into()]).await
}

/// An act prepared, as the journal tells it.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Opened {
    /// `act:<uuid>`.
    pub subject: String,
    /// The entry.
    pub seq: i64,
    /// Its facts.
    pub data: String,
}
