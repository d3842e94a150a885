//! What acts have made true outside.

use beffroi_db::DbError;
use beffroi_kernel::ActId;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

use super::entities::effect;
use super::{held, run};

/// The effect of an act through one adapter, kept as it is until the transaction ends.
pub(crate) async fn lock(
    on: &impl ConnectionTrait,
    act: ActId,
    adapter: &str,
) -> Result<Option<effect::Model>, DbError> {
    let sql = format!("SELECT act_id FROM act_effect WHERE act_id = $1 AND adapter = $2{}", held(on));
    run(on, &sql, vec![act.0.into(), adapter.into()]).await?;
    let key = (act, adapter.to_owned());
    Ok(effect::Entity::find_by_id(key).one(on).await?)
}

/// Notes that an effect may come, so that only one run has it in hand.
pub(crate) async fn begin(
    on: &impl ConnectionTrait,
    act: ActId,
    adapter: &str,
    state: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO act_effect (act_id, adapter, state, updated_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (act_id, adapter) DO NOTHING";
    run(on, sql, vec![act.0.into(), adapter.into(), state.into(), now.into()]).await?;
    Ok(())
}

pub(crate) async fn save(on: &impl ConnectionTrait, model: effect::Model) -> Result<(), DbError> {
    effect::Entity::update(model.into_active_model().reset_all()).exec(on).await?;
    Ok(())
}

pub(crate) async fn of_act(on: &impl ConnectionTrait, act: ActId) -> Result<Vec<effect::Model>, DbError> {
    let query = effect::Entity::find().filter(effect::Column::ActId.eq(act));
    Ok(query.order_by_asc(effect::Column::Adapter).all(on).await?)
}
