//! Settings of the Region as a whole: small named texts.

use beffroi_db::DbError;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{one, run};

#[derive(FromQueryResult)]
struct Text {
    value: String,
}

pub(crate) async fn setting(on: &impl ConnectionTrait, name: &str) -> Result<Option<String>, DbError> {
    let sql = "SELECT value FROM region_setting WHERE name = $1";
    Ok(one::<Text>(on, sql, vec![name.into()]).await?.map(|text| text.value))
}

pub(crate) async fn set(
    on: &impl ConnectionTrait,
    name: &str,
    value: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO region_setting (name, value, set_at) VALUES ($1, $2, $3) \
               ON CONFLICT (name) DO UPDATE SET value = $2, set_at = $3";
    run(on, sql, vec![name.into(), value.into(), now.into()]).await?;
    Ok(())
}
