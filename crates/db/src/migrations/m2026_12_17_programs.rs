//! What a node's program knows of the walls between schools, beside its signs of life: one of before says nothing.
//! (CSU-06, decision 0029)

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut column = boolean("knows_walls").default(false).to_owned();
        let mut alter = Table::alter();
        manager.alter_table(alter.table("node_stretch").add_column(&mut column).to_owned()).await
    }
}
