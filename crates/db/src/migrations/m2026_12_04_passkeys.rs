//! Passkeys, one-time codes, recovery codes, the ceremonies in progress, and how a session began.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let passkey = vec![
            pk_uuid("id"),
            uuid("person_id"),
            string_uniq("credential_id"),
            string("name"),
            text("credential"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone_null("last_used_at"),
        ];
        table(manager, "passkey", passkey).await?;
        index(manager, "passkey", &["person_id", "created_at"]).await?;
        let totp = vec![
            uuid("person_id").primary_key().to_owned(),
            // Sealed with the key of the installation.
            text("secret"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone_null("confirmed_at"),
            // The last code that served: it and earlier ones serve no more.
            big_integer("last_step"),
        ];
        table(manager, "totp", totp).await?;
        let recovery = vec![uuid("person_id"), string("code_hash"), timestamp_with_time_zone_null("used_at")];
        keyed(manager, "recovery_code", &["person_id", "code_hash"], recovery).await?;
        let ceremony = vec![
            string("token_hash").primary_key().to_owned(),
            string("purpose"),
            uuid_null("person_id"),
            uuid_null("session_id"),
            text("subject"),
            text("state"),
            timestamp_with_time_zone("expires_at"),
            timestamp_with_time_zone_null("used_at"),
        ];
        table(manager, "ceremony", ceremony).await?;
        index(manager, "ceremony", &["expires_at"]).await?;
        let mut column = string("method").default("password").to_owned();
        let mut alter = Table::alter();
        manager.alter_table(alter.table("session").add_column(&mut column).to_owned()).await
    }
}
