//! Releases of liability: what stands beside their act, and what the head contests.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let release = vec![
            uuid("act_id").primary_key().to_owned(),
            uuid("school_id"),
            // The school while the decision lasts, nothing after: one at a time.
            uuid_null("lasts_for").unique_key().to_owned(),
            string("ground"),
            text("reason"),
            text("evidence"),
            uuid("decided_by"),
            string("authority"),
            timestamp_with_time_zone("decided_at"),
            timestamp_with_time_zone_null("lifted_at"),
            uuid_null("lifted_by"),
            string_null("lift_authority"),
            text_null("lift_reason"),
        ];
        table(manager, "liability_release", release).await?;
        index(manager, "liability_release", &["school_id", "decided_at"]).await?;
        let contest = vec![
            pk_uuid("id"),
            uuid("act_id"),
            uuid("school_id"),
            // The decision while the answer is awaited: one at a time.
            uuid_null("awaits_for").unique_key().to_owned(),
            text("text"),
            uuid("contested_by"),
            string("authority"),
            timestamp_with_time_zone("contested_at"),
            timestamp_with_time_zone_null("answered_at"),
            uuid_null("answered_by"),
            string_null("answer_authority"),
            text_null("answer"),
            boolean("lifted"),
        ];
        table(manager, "liability_contest", contest).await?;
        index(manager, "liability_contest", &["act_id", "contested_at"]).await
    }
}
