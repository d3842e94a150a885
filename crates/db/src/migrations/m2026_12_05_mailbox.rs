//! Mails that came in: what became of each, and who was last answered by a machine.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mail = vec![
            pk_uuid("id"),
            // The same mail comes twice after a crash, or by two ways: one row, one effect.
            string("identity").unique_key().to_owned(),
            // The school of the request; none while nobody is recognised.
            uuid_null("school_id"),
            uuid_null("person_id"),
            string("sender"),
            string("subject"),
            // How the original is kept; none once its time is over.
            string_null("sha256"),
            big_integer("size"),
            string("state"),
            string_null("reason"),
            string_null("detail"),
            string_null("reference"),
            uuid_null("draft_id"),
            integer("attempts"),
            timestamp_with_time_zone("received_at"),
            timestamp_with_time_zone_null("settled_at"),
            uuid_null("settled_by"),
        ];
        table(manager, "mail_in", mail).await?;
        index(manager, "mail_in", &["state", "received_at", "id"]).await?;
        index(manager, "mail_in", &["received_at", "id"]).await?;
        index(manager, "mail_in", &["sender", "received_at"]).await?;
        let answered =
            vec![string("sender").primary_key().to_owned(), timestamp_with_time_zone("answered_at")];
        table(manager, "mail_answered", answered).await
    }
}
