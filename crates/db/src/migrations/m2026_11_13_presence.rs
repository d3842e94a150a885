//! Who is reading or answering a request at this moment.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let presence =
            vec![uuid("request_id"), uuid("person_id"), string("doing"), timestamp_with_time_zone("seen_at")];
        keyed(manager, "presence", &["request_id", "person_id"], presence).await?;
        index(manager, "presence", &["seen_at"]).await
    }
}
