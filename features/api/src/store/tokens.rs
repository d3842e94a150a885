//! Tokens. Only their hashes are kept.

use beffroi_db::DbError;
use beffroi_kernel::PersonId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, run};
use crate::model::{Token, TokenId};

#[derive(FromQueryResult)]
struct Row {
    id: TokenId,
    person_id: PersonId,
    given_name: String,
    family_name: String,
    name: String,
    functions: String,
    writes: bool,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Token {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.id,
            person: row.person_id,
            owner: format!("{} {}", row.given_name, row.family_name),
            name: row.name,
            functions: serde_json::from_str(&row.functions)?,
            writes: row.writes,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}

const READ: &str = "SELECT k.id, k.person_id, p.given_name, p.family_name, k.name, k.functions, k.writes, k.created_at, \
                    k.expires_at, k.last_used_at, k.revoked_at FROM api_token k JOIN person p ON p.id = k.person_id";

pub(crate) async fn insert(on: &impl ConnectionTrait, token: &Token, hash: &str) -> Result<(), DbError> {
    let sql = "INSERT INTO api_token (id, person_id, name, token_hash, functions, writes, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = vec![
        token.id.0.into(),
        token.person.0.into(),
        token.name.as_str().into(),
        hash.into(),
        serde_json::to_string(&token.functions)?.into(),
        token.writes.into(),
        token.created_at.into(),
        token.expires_at.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

/// The token of that hash, living or not.
pub(crate) async fn by_hash(on: &impl ConnectionTrait, hash: &str) -> Result<Option<Token>, DbError> {
    let sql = format!("{READ} WHERE k.token_hash = $1");
    one::<Row>(on, &sql, vec![hash.into()]).await?.map(Token::try_from).transpose()
}

/// The tokens of a person, the latest first.
pub(crate) async fn of_person(on: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Token>, DbError> {
    let sql = format!("{READ} WHERE k.person_id = $1 ORDER BY k.created_at DESC, k.id DESC LIMIT 100");
    all::<Row>(on, &sql, vec![person.0.into()]).await?.into_iter().map(Token::try_from).collect()
}

/// How many tokens of a person live.
pub(crate) async fn living(
    on: &impl ConnectionTrait,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<i64, DbError> {
    #[derive(FromQueryResult)]
    struct Count {
        n: i64,
    }
    let sql =
        "SELECT COUNT(*) AS n FROM api_token WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2";
    Ok(one::<Count>(on, sql, vec![person.0.into(), now.into()]).await?.map_or(0, |count| count.n))
}

/// A page of every token, the latest first.
pub(crate) async fn page(
    on: &impl ConnectionTrait,
    after: Option<(DateTime<Utc>, TokenId)>,
    limit: i64,
) -> Result<Vec<Token>, DbError> {
    let order = "ORDER BY k.created_at DESC, k.id DESC LIMIT";
    let rows: Vec<Row> = match after {
        None => all(on, &format!("{READ} {order} $1"), vec![limit.into()]).await?,
        Some((at, id)) => {
            let sql = format!("{READ} WHERE (k.created_at, k.id) < ($1, $2) {order} $3");
            all(on, &sql, vec![at.into(), id.0.into(), limit.into()]).await?
        }
    };
    rows.into_iter().map(Token::try_from).collect()
}

pub(crate) async fn touch(on: &impl ConnectionTrait, id: TokenId, now: DateTime<Utc>) -> Result<(), DbError> {
    run(on, "UPDATE api_token SET last_used_at = $2 WHERE id = $1", vec![id.0.into(), now.into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Owner {
    person_id: PersonId,
}

/// Revokes a token and gives its owner; nothing when it is over, or not of `owner` when one is named.
pub(crate) async fn revoke(
    on: &impl ConnectionTrait,
    id: TokenId,
    owner: Option<PersonId>,
    (by, now): (PersonId, DateTime<Utc>),
) -> Result<Option<PersonId>, DbError> {
    let whose = if owner.is_some() { " AND person_id = $4" } else { "" };
    let sql = format!(
        "UPDATE api_token SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL{whose} \
         RETURNING person_id"
    );
    let mut values = vec![id.0.into(), now.into(), by.0.into()];
    values.extend(owner.map(|owner| owner.0.into()));
    Ok(one::<Owner>(on, &sql, values).await?.map(|owner| owner.person_id))
}
