//! All the SQL of the mailbox.

use beffroi_db::{DbError, Owned, Ownership, Tx};
use beffroi_kernel::{DraftId, MailInId, PersonId, SchoolId, Scope};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};

use crate::model::{Reason, State};

/// The table of mails.
#[allow(missing_docs, reason = "the columns are the migration's")]
pub(crate) mod mail_in {
    use beffroi_kernel::{DraftId, MailInId, PersonId, SchoolId};
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail_in")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: MailInId,
        pub identity: String,
        pub school_id: Option<SchoolId>,
        pub person_id: Option<PersonId>,
        pub sender: String,
        pub subject: String,
        pub sha256: Option<String>,
        pub size: i64,
        pub state: String,
        pub reason: Option<String>,
        pub detail: Option<String>,
        pub reference: Option<String>,
        pub draft_id: Option<DraftId>,
        pub attempts: i32,
        pub received_at: DateTime<Utc>,
        pub settled_at: Option<DateTime<Utc>>,
        pub settled_by: Option<PersonId>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub use mail_in::Model as Row;

impl Row {
    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        State::of(&self.state)
    }

    /// What became of it.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.reason.as_deref().and_then(Reason::of)
    }
}

impl Owned for mail_in::Entity {
    fn ownership() -> Ownership<mail_in::Column> {
        Ownership { school: mail_in::Column::SchoolId, team: None, person: None }
    }
}

async fn run(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(on.execute_raw(statement).await?.rows_affected())
}

/// A mail to note.
pub(crate) struct NewRow<'a> {
    pub(crate) identity: &'a str,
    pub(crate) sender: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) sha256: &'a str,
    pub(crate) size: usize,
}

/// Notes a mail, once whatever happens, and counts one more try.
pub(crate) async fn claim(tx: &Tx, new: &NewRow<'_>) -> Result<Row, DbError> {
    let on = tx.on();
    let sql = "INSERT INTO mail_in (id, identity, sender, subject, sha256, size, state, attempts, received_at) \
               VALUES ($1, $2, $3, $4, $5, $6, 'received', 0, $7) ON CONFLICT (identity) DO NOTHING";
    let values = vec![
        MailInId::new().0.into(),
        new.identity.into(),
        new.sender.into(),
        new.subject.into(),
        new.sha256.into(),
        i64::try_from(new.size).unwrap_or(i64::MAX).into(),
        tx.now().into(),
    ];
    run(on, sql, values).await?;
    let sql =
        "UPDATE mail_in SET attempts = attempts + 1 WHERE identity = $1 AND state IN ('received', 'draft')";
    run(on, sql, vec![new.identity.into()]).await?;
    let found = mail_in::Entity::find().filter(mail_in::Column::Identity.eq(new.identity)).one(on).await?;
    found.ok_or_else(|| DbError::Corrupt("un courriel noté manque".into()))
}

/// The mail as it is now; for the mailbox itself.
pub(crate) async fn by_id(on: &impl ConnectionTrait, id: MailInId) -> Result<Option<Row>, DbError> {
    Ok(mail_in::Entity::find_by_id(id).one(on).await?)
}

/// A mail of a school within `scope`; one that is nobody's, for whoever sees everything.
pub(crate) async fn find(
    on: &impl ConnectionTrait,
    scope: &Scope,
    id: MailInId,
) -> Result<Option<Row>, DbError> {
    Ok(mail_in::Entity::scoped(scope).filter(mail_in::Column::Id.eq(id)).one(on).await?)
}

/// What becomes of a mail.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settled {
    pub(crate) person: Option<PersonId>,
    pub(crate) school: Option<SchoolId>,
    pub(crate) reference: Option<String>,
    pub(crate) detail: Option<String>,
}

/// Says what became of a mail; in the transaction of its effect. An error when somebody else settled it
/// first: the effect is then undone.
pub(crate) async fn settle(tx: &Tx, id: MailInId, reason: Reason, how: &Settled) -> Result<(), DbError> {
    let sql = "UPDATE mail_in SET state = $2, reason = $3, detail = $4, reference = COALESCE($5, reference), \
               person_id = COALESCE($6, person_id), school_id = COALESCE($7, school_id), settled_at = $8 \
               WHERE id = $1 AND state IN ('received', 'draft')";
    let values = vec![
        id.0.into(),
        reason.state().slug().into(),
        reason.slug().into(),
        how.detail.clone().into(),
        how.reference.clone().into(),
        how.person.map(|person| person.0).into(),
        how.school.map(|school| school.0).into(),
        tx.now().into(),
    ];
    settled_once(run(tx.on(), sql, values).await?)
}

/// A draft was begun for that mail, in the same transaction.
pub(crate) async fn begun(
    tx: &Tx,
    id: MailInId,
    draft: DraftId,
    (person, school): (PersonId, SchoolId),
) -> Result<(), DbError> {
    let sql = "UPDATE mail_in SET state = 'draft', draft_id = $2, person_id = $3, school_id = $4 \
               WHERE id = $1 AND state = 'received'";
    let values = vec![id.0.into(), draft.0.into(), person.0.into(), school.0.into()];
    settled_once(run(tx.on(), sql, values).await?)
}

fn settled_once(rows: u64) -> Result<(), DbError> {
    if rows == 1 { Ok(()) } else { Err(DbError::Corrupt("ce courriel est déjà traité".into())) }
}

/// An agent files a mail set aside, or has it tried again; false when it is not set aside any more.
pub(crate) async fn move_aside(tx: &Tx, id: MailInId, to: State, by: PersonId) -> Result<bool, DbError> {
    let sql = "UPDATE mail_in SET state = $2, attempts = 0, settled_by = $3, settled_at = $4 \
               WHERE id = $1 AND state = 'aside'";
    let values = vec![id.0.into(), to.slug().into(), by.0.into(), tx.now().into()];
    Ok(run(tx.on(), sql, values).await? == 1)
}

/// Whether a machine may answer this sender now; it is then noted.
pub(crate) async fn may_answer(tx: &Tx, sender: &str, since: DateTime<Utc>) -> Result<bool, DbError> {
    let sql = "INSERT INTO mail_answered (sender, answered_at) VALUES ($1, $2) ON CONFLICT (sender) DO UPDATE \
               SET answered_at = excluded.answered_at WHERE mail_answered.answered_at <= $3";
    Ok(run(tx.on(), sql, vec![sender.into(), tx.now().into(), since.into()]).await? == 1)
}

/// How many mails of that sender came since.
pub(crate) async fn recent(
    on: &impl ConnectionTrait,
    sender: &str,
    since: DateTime<Utc>,
) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) AS count FROM mail_in WHERE sender = $1 AND received_at > $2";
    count(on, sql, vec![sender.into(), since.into()]).await
}

/// How many are set aside.
pub(crate) async fn aside(on: &impl ConnectionTrait) -> Result<i64, DbError> {
    count(on, "SELECT COUNT(*) AS count FROM mail_in WHERE state = 'aside'", Vec::new()).await
}

async fn count(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<i64, DbError> {
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(Count::find_by_statement(statement).one(on).await?.map_or(0, |row| row.count))
}

/// A page of mails in these states, the latest first, after the one of that instant and id.
pub(crate) async fn page(
    on: &impl ConnectionTrait,
    scope: &Scope,
    states: &[State],
    after: Option<(DateTime<Utc>, MailInId)>,
    limit: u64,
) -> Result<Vec<Row>, DbError> {
    let states = states.iter().map(|state| state.slug());
    let mut found = mail_in::Entity::scoped(scope).filter(mail_in::Column::State.is_in(states));
    if let Some((at, id)) = after {
        let same = Condition::all().add(mail_in::Column::ReceivedAt.eq(at)).add(mail_in::Column::Id.lt(id));
        found = found.filter(Condition::any().add(mail_in::Column::ReceivedAt.lt(at)).add(same));
    }
    found = found.order_by_desc(mail_in::Column::ReceivedAt).order_by_desc(mail_in::Column::Id);
    Ok(found.limit(limit).all(on).await?)
}

/// Originals whose time is over: mails and their hashes.
pub(crate) async fn expired(
    on: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> Result<Vec<(MailInId, String)>, DbError> {
    let found = mail_in::Entity::find()
        .filter(mail_in::Column::ReceivedAt.lt(before))
        .filter(mail_in::Column::Sha256.is_not_null())
        .filter(mail_in::Column::State.is_not_in(["received", "draft", "aside"]))
        .order_by_asc(mail_in::Column::ReceivedAt)
        .limit(200)
        .all(on)
        .await?;
    Ok(found.into_iter().filter_map(|row| Some((row.id, row.sha256?))).collect())
}

/// Whether another mail keeps the same bytes.
pub(crate) async fn is_kept(
    on: &impl ConnectionTrait,
    sha256: &str,
    besides: MailInId,
) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) AS count FROM mail_in WHERE sha256 = $1 AND id <> $2";
    Ok(count(on, sql, vec![sha256.into(), besides.0.into()]).await? > 0)
}

/// Forgets the original of a mail and who wrote it.
pub(crate) async fn forget(tx: &Tx, id: MailInId) -> Result<(), DbError> {
    let sql = "UPDATE mail_in SET sha256 = NULL, sender = '', subject = '', detail = NULL, person_id = NULL \
               WHERE id = $1";
    run(tx.on(), sql, vec![id.0.into()]).await?;
    Ok(())
}

/// Forgets whom a machine answered before that instant.
pub(crate) async fn forget_answered(tx: &Tx, before: DateTime<Utc>) -> Result<(), DbError> {
    run(tx.on(), "DELETE FROM mail_answered WHERE answered_at < $1", vec![before.into()]).await?;
    Ok(())
}
