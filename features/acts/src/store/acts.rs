//! Acts and their signatures.

use std::collections::HashMap;

use beffroi_db::{DbError, Owned};
use beffroi_kernel::{ActId, PersonId, RequestId, SchoolId, Scope};
use beffroi_sheets::Word;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder,
};

use super::entities::{acknowledgement, act, signature, text};
use super::{all, held, one, run};
use crate::model::{
    Act, ActKind, Authority, End, EndReason, Made, Method, Signature, State, Suspension, Who,
};
use crate::rules::Delegation;
use crate::sealed::sha256;

/// The next reference of the year, as `A2026-000042`.
pub(crate) async fn next_reference(on: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<String, DbError> {
    #[derive(FromQueryResult)]
    struct Counter {
        last: i32,
    }
    let year = crate::rules::paris_day(now).year();
    let sql = "INSERT INTO act_counter (year, last) VALUES ($1, 1) \
               ON CONFLICT (year) DO UPDATE SET last = act_counter.last + 1 RETURNING last";
    let counter: Option<Counter> = one(on, sql, vec![year.into()]).await?;
    Ok(format!("A{year}-{:06}", counter.map_or(0, |counter| counter.last)))
}

pub(crate) async fn insert(on: &impl ConnectionTrait, act: &Act) -> Result<(), DbError> {
    act::Entity::insert(row(act).into_active_model().reset_all()).exec_without_returning(on).await?;
    let rows = signature_rows(act).into_iter().map(|row| row.into_active_model().reset_all());
    signature::Entity::insert_many(rows).exec_without_returning(on).await?;
    let text = text_row(act).into_active_model().reset_all();
    text::Entity::insert(text).exec_without_returning(on).await?;
    Ok(())
}

/// The first text of an act, as it is kept with it.
pub(crate) fn text_row(act: &Act) -> text::Model {
    let (sha256, text) = (act.text_sha256.clone(), act.text.clone());
    text::Model { act_id: act.id, sha256, text, since: act.created_at }
}

/// The signatures of an act, as they are kept.
pub(crate) fn signature_rows(act: &Act) -> Vec<signature::Model> {
    act.signatures.iter().map(|one| signature_row(act.id, one)).collect()
}

/// Keeps a text that may have been shown: its row, unless the act has had it before.
pub(crate) async fn keep_text(
    on: &impl ConnectionTrait,
    act: &Act,
    since: DateTime<Utc>,
) -> Result<Option<text::Model>, DbError> {
    let sql = "INSERT INTO act_text (act_id, sha256, text, since) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (act_id, sha256) DO NOTHING RETURNING *";
    let values =
        vec![act.id.0.into(), act.text_sha256.as_str().into(), act.text.as_str().into(), since.into()];
    one(on, sql, values).await
}

/// The text of that hash, when the act ever had it.
pub(crate) async fn text_of(
    on: &impl ConnectionTrait,
    id: ActId,
    sha256: &str,
) -> Result<Option<String>, DbError> {
    #[derive(FromQueryResult)]
    struct Kept {
        text: String,
    }
    let sql = "SELECT text FROM act_text WHERE act_id = $1 AND sha256 = $2";
    Ok(one::<Kept>(on, sql, vec![id.0.into(), sha256.into()]).await?.map(|kept| kept.text))
}

/// Writes what may change of an act: never its kind, school, reference, code nor holder.
pub(crate) async fn save(on: &impl ConnectionTrait, act: &Act) -> Result<(), DbError> {
    act::Entity::update(row(act).into_active_model().reset_all()).exec(on).await?;
    Ok(())
}

/// Writes a signature, once: whether this is the one.
pub(crate) async fn sign(on: &impl ConnectionTrait, id: ActId, one: &Signature) -> Result<bool, DbError> {
    let row = signature_row(id, one);
    let sql = "UPDATE act_signature SET signed_by = $3, signed_name = $4, signed_at = $5, method = $6, authority = $7, \
               authority_source = $8, text_sha256 = $9 WHERE act_id = $1 AND position = $2 AND signed_by IS NULL";
    let values = vec![
        id.0.into(),
        one.position.into(),
        row.signed_by.map(|id| id.0).into(),
        row.signed_name.into(),
        row.signed_at.into(),
        row.method.into(),
        row.authority.into(),
        row.authority_source.into(),
        row.text_sha256.into(),
    ];
    Ok(run(on, sql, values).await? == 1)
}

/// One act within `scope`.
pub(crate) async fn find(
    on: &impl ConnectionTrait,
    scope: &Scope,
    id: ActId,
) -> Result<Option<Act>, DbError> {
    let found = act::Entity::scoped(scope).filter(act::Column::Id.eq(id)).all(on).await?;
    Ok(with_signatures(on, found).await?.pop())
}

/// One act, kept as it is until the transaction ends.
pub(crate) async fn lock(on: &impl ConnectionTrait, id: ActId) -> Result<Option<Act>, DbError> {
    let sql = format!("SELECT id FROM act WHERE id = $1{}", held(on));
    run(on, &sql, vec![id.0.into()]).await?;
    find(on, &Scope::system("an act that a use-case judges by itself"), id).await
}

/// Acts that answer a condition, newest first, with their signatures: two statements.
pub(crate) async fn some(on: &impl ConnectionTrait, condition: Condition) -> Result<Vec<Act>, DbError> {
    let found = act::Entity::find().filter(condition).order_by_desc(act::Column::Reference).all(on).await?;
    with_signatures(on, found).await
}

/// The acts of a school that are signed and not over.
pub(crate) async fn live_in(on: &impl ConnectionTrait, school: SchoolId) -> Result<Vec<Act>, DbError> {
    let live = [State::Signed.slug(), State::InForce.slug()];
    let condition =
        Condition::all().add(act::Column::SchoolId.eq(school)).add(act::Column::State.is_in(live));
    some(on, condition).await
}

/// The web exemptions in force, of every school.
pub(crate) async fn exemptions_in_force(on: &impl ConnectionTrait) -> Result<Vec<Act>, DbError> {
    let kind = act::Column::Kind.eq(ActKind::WebExemption.slug());
    some(on, Condition::all().add(act::Column::State.eq(State::InForce.slug())).add(kind)).await
}

/// The acts that answer a request.
pub(crate) async fn of_request(on: &impl ConnectionTrait, id: RequestId) -> Result<Vec<Act>, DbError> {
    some(on, Condition::all().add(act::Column::RequestId.eq(id))).await
}

/// Who may decide of the filter of a school by an act that holds on `day`; `kept` so until the
/// transaction ends, or only read.
pub(crate) async fn filter_delegations(
    on: &impl ConnectionTrait,
    school: SchoolId,
    day: NaiveDate,
    kept: bool,
) -> Result<Vec<Delegation>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: ActId,
        reference: String,
        holder_id: PersonId,
    }
    let lock = if !kept || held(on).is_empty() { "" } else { " FOR SHARE" };
    let sql = format!(
        "SELECT id, reference, holder_id FROM act WHERE school_id = $1 AND state = $2 AND kind = $3 \
         AND holder_id IS NOT NULL AND suspended_at IS NULL AND starts_on <= $4 \
         AND (ends_on IS NULL OR ends_on >= $4){lock}"
    );
    let kind = ActKind::FilterDelegation.slug();
    let values = vec![school.0.into(), State::InForce.slug().into(), kind.into(), day.into()];
    let rows: Vec<Row> = all(on, &sql, values).await?;
    let read = |row: Row| Delegation { act: row.id, reference: row.reference, holder: row.holder_id };
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) async fn with_signatures(
    on: &impl ConnectionTrait,
    rows: Vec<act::Model>,
) -> Result<Vec<Act>, DbError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows.iter().map(|row| row.id);
    let signatures = signature::Entity::find()
        .filter(signature::Column::ActId.is_in(ids))
        .order_by_asc(signature::Column::Position)
        .all(on)
        .await?;
    let mut of: HashMap<ActId, Vec<Signature>> = HashMap::new();
    for row in signatures {
        of.entry(row.act_id).or_default().push(read_signature(row)?);
    }
    rows.into_iter()
        .map(|row| {
            let signatures = of.remove(&row.id).unwrap_or_default();
            read(row, signatures)
        })
        .collect()
}

fn corrupt(what: &str, value: &str) -> DbError {
    DbError::Corrupt(format!("{what} d’un acte : « {value} »"))
}

fn read(row: act::Model, signatures: Vec<Signature>) -> Result<Act, DbError> {
    let kind = ActKind::from_slug(&row.kind).ok_or_else(|| corrupt("type", &row.kind))?;
    let state = State::of(&row.state).ok_or_else(|| corrupt("état", &row.state))?;
    let reason =
        row.end_reason.as_deref().map(|slug| EndReason::of(slug).ok_or_else(|| corrupt("fin", slug)));
    let ended = row.ended_at.zip(reason.transpose()?).map(|(at, reason)| End {
        reason,
        at,
        by: row.ended_by,
        authority: row.end_authority,
        note: row.end_note.unwrap_or_default(),
    });
    let suspended = row.suspended_at.map(|at| Suspension { at, why: row.suspended_why.unwrap_or_default() });
    Ok(Act {
        id: row.id,
        reference: row.reference,
        code: row.code,
        kind,
        school: row.school_id,
        title: row.title,
        text: row.text,
        text_sha256: row.text_sha256,
        terms: serde_json::from_str(&row.terms)?,
        holder: row.holder_id,
        provider: row.provider,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        request: row.request_id,
        supersedes: row.supersedes,
        strict_order: row.strict_order,
        region_opens: row.region_opens,
        state,
        created_by: row.created_by,
        created_at: row.created_at,
        signed_at: row.signed_at,
        in_force_at: row.in_force_at,
        in_force_by: row.in_force_by,
        suspended,
        ended,
        signatures,
    })
}

/// An act, as it is kept.
pub(crate) fn row(act: &Act) -> act::Model {
    let end = act.ended.as_ref();
    act::Model {
        id: act.id,
        reference: act.reference.clone(),
        code: act.code.clone(),
        kind: act.kind.slug().into(),
        school_id: act.school,
        title: act.title.clone(),
        text: act.text.clone(),
        text_sha256: act.text_sha256.clone(),
        terms: act.terms.to_string(),
        holder_id: act.holder,
        provider: act.provider.clone(),
        starts_on: act.starts_on,
        ends_on: act.ends_on,
        request_id: act.request,
        supersedes: act.supersedes,
        strict_order: act.strict_order,
        region_opens: act.region_opens,
        state: act.state.slug().into(),
        created_by: act.created_by,
        created_at: act.created_at,
        signed_at: act.signed_at,
        in_force_at: act.in_force_at,
        in_force_by: act.in_force_by,
        suspended_at: act.suspended.as_ref().map(|one| one.at),
        suspended_why: act.suspended.as_ref().map(|one| one.why.clone()),
        ended_at: end.map(|end| end.at),
        end_reason: end.map(|end| end.reason.slug().into()),
        end_note: end.map(|end| end.note.clone()),
        ended_by: end.and_then(|end| end.by),
        end_authority: end.and_then(|end| end.authority.clone()),
    }
}

/// A signature, as it is kept.
pub(crate) fn signature_row(id: ActId, one: &Signature) -> signature::Model {
    let made = one.made.as_ref();
    signature::Model {
        act_id: id,
        position: one.position,
        who: one.who.iter().map(|who| who.slug()).collect::<Vec<_>>().join(","),
        signed_by: made.map(|made| made.authority.person),
        signed_name: made.map(|made| made.authority.name.clone()),
        signed_at: made.map(|made| made.at),
        method: made.map(|made| made.method.slug().into()),
        authority: made.map(|made| made.authority.words.clone()),
        authority_source: made.map(|made| made.authority.source.clone()),
        text_sha256: made.map(|made| made.text_sha256.clone()),
    }
}

fn read_signature(row: signature::Model) -> Result<Signature, DbError> {
    let who = row.who.split(',').map(|slug| Who::of(slug).ok_or_else(|| corrupt("signataire", slug)));
    let made = row.signed_by.zip(row.signed_at).map(|(person, at)| Made {
        authority: Authority {
            person,
            name: row.signed_name.unwrap_or_default(),
            words: row.authority.unwrap_or_default(),
            source: row.authority_source.unwrap_or_default(),
        },
        at,
        method: row.method.as_deref().and_then(Method::of).unwrap_or(Method::Password),
        text_sha256: row.text_sha256.unwrap_or_default(),
    });
    Ok(Signature { position: row.position, who: who.collect::<Result<_, _>>()?, made })
}

/// Keeps who acknowledged which version of which texts, and when. (SRV-22)
pub(crate) async fn acknowledge(
    on: &impl ConnectionTrait,
    act: &Act,
    (person_id, acknowledged_at): (PersonId, DateTime<Utc>),
) -> Result<Vec<acknowledgement::Model>, DbError> {
    let known = crate::acknowledgements(act)?.into_iter().map(|one| acknowledgement::Model {
        id: uuid::Uuid::now_v7(),
        person_id,
        school_id: Some(act.school),
        act_id: Some(act.id),
        name: one.name,
        version: one.version,
        text_sha256: sha256(&one.text),
        text: one.text,
        acknowledged_at,
    });
    let known: Vec<_> = known.collect();
    if !known.is_empty() {
        let rows = known.iter().cloned().map(|row| row.into_active_model().reset_all());
        acknowledgement::Entity::insert_many(rows).exec_without_returning(on).await?;
    }
    Ok(known)
}

/// The acts of a school in one state, newest first.
pub(crate) async fn in_state(
    on: &impl ConnectionTrait,
    school: SchoolId,
    state: State,
) -> Result<Vec<Act>, DbError> {
    let condition =
        Condition::all().add(act::Column::SchoolId.eq(school)).add(act::Column::State.eq(state.slug()));
    some(on, condition).await
}

/// The act that takes the place of this one, the newest.
pub(crate) async fn superseding(on: &impl ConnectionTrait, id: ActId) -> Result<Option<Act>, DbError> {
    let next = some(on, Condition::all().add(act::Column::Supersedes.eq(id))).await?;
    Ok(next.into_iter().next())
}

/// How many texts the signatories of an act acknowledged.
#[cfg(test)]
pub(crate) async fn acknowledged(on: &impl ConnectionTrait, id: ActId) -> Result<i64, DbError> {
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    let sql = "SELECT COUNT(*) AS count FROM acknowledgement WHERE act_id = $1";
    Ok(one::<Count>(on, sql, vec![id.0.into()]).await?.map_or(0, |found| found.count))
}
