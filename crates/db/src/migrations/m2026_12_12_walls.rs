//! Walls: what the Region asks of every account, and when a session showed a second factor.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::table;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let setting =
            vec![string("name").primary_key().to_owned(), text("value"), timestamp_with_time_zone("set_at")];
        table(manager, "region_setting", setting).await?;
        let mut column = timestamp_with_time_zone_null("proved_at");
        let mut alter = Table::alter();
        manager.alter_table(alter.table("session").add_column(&mut column).to_owned()).await
    }
}
