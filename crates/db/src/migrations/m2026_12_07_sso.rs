//! Single sign-on: who is known to a provider, the door of a session, tokens that served.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let link = vec![
            // Where the provider is, and what it calls the person for ever.
            string("issuer"),
            string("subject"),
            uuid("person_id"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("last_used_at"),
        ];
        keyed(manager, "sso_link", &["issuer", "subject"], link).await?;
        // A provider knows a person under one name: another of the same address is somebody else.
        unique(manager, "sso_link", &["person_id", "issuer"]).await?;
        let session = vec![
            pk_uuid("session_id"),
            string("issuer"),
            string("provider"),
            string("name"),
            string("subject"),
            // The session over there, when it says which: what closes it there closes it here.
            string_null("sid"),
            // Functions that the provider grants, for this session only.
            text("grants"),
        ];
        table(manager, "sso_session", session).await?;
        index(manager, "sso_session", &["issuer", "subject"]).await?;
        index(manager, "sso_session", &["issuer", "sid"]).await?;
        let token = vec![string("issuer"), string("jti"), timestamp_with_time_zone("expires_at")];
        keyed(manager, "sso_token", &["issuer", "jti"], token).await?;
        index(manager, "sso_token", &["expires_at"]).await
    }
}
