//! The agents' list: saved searches, bulk actions with what is needed to undo them, and the indexes
//! of its orders.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        searches(manager).await?;
        bulk(manager).await?;
        index(manager, "request", &["updated_at", "id"]).await?;
        active(manager).await
    }
}

/// The indexes of active requests hold all that counters ask: at 500 000 requests, looking each
/// counted row up in the table costs ten times as much as reading the indexes alone.
async fn active(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let asked = "school_id, team_id, requester_id, next_due, active";
    for (name, columns) in [
        ("request_active", "pressing, id, state, assignee_id"),
        ("request_active_assignee", "assignee_id, pressing, id, state"),
        ("request_active_state", "state, pressing, id, assignee_id"),
    ] {
        // Both at once, on one connection: another of the pool may not know yet that a name is free.
        let sql = format!(
            "DROP INDEX IF EXISTS {name}; CREATE INDEX {name} ON request ({columns}, {asked}) WHERE active"
        );
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

async fn searches(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let search = vec![
        pk_uuid("id"),
        uuid("owner_id"),
        string("audience"),
        uuid_null("team_id"),
        string("name"),
        text("query"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone("updated_at"),
    ];
    table(manager, "saved_search", search).await?;
    index(manager, "saved_search", &["owner_id"]).await?;
    index(manager, "saved_search", &["audience", "team_id"]).await?;
    let pin = vec![uuid("person_id"), uuid("search_id"), boolean("pinned"), boolean("preferred")];
    keyed(manager, "search_pin", &["person_id", "search_id"], pin).await
}

async fn bulk(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let action = vec![
        pk_uuid("id"),
        uuid("person_id"),
        string("kind"),
        string("state"),
        text("parameters"),
        boolean("cut"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone_null("done_at"),
        timestamp_with_time_zone_null("undone_at"),
    ];
    table(manager, "bulk_action", action).await?;
    index(manager, "bulk_action", &["person_id", "created_at"]).await?;
    let item = vec![
        uuid("action_id"),
        integer("position"),
        uuid("request_id"),
        string("reference"),
        string("title"),
        big_integer("version_before"),
        big_integer_null("version_after"),
        string("state"),
        text_null("note"),
        text_null("before"),
    ];
    keyed(manager, "bulk_item", &["action_id", "position"], item).await
}
