//! What is over, latest first, and the drafts that nobody sent: each list reads its own rows, not those of the
//! requests that still run or the drafts that became one. A new request has nobody's hand on it and no incident above
//! it: the indexes of both leave it out.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The states as the list writes them out, as in `m2026_12_16_running`.
        let over = if manager.get_database_backend() == DbBackend::Postgres {
            "state::text = ANY (ARRAY['resolved'::text, 'closed'::text, 'merged'::text])"
        } else {
            "state IN ('resolved', 'closed', 'merged')"
        };
        let connection = manager.get_connection();
        let requests = format!("CREATE INDEX request_over ON request (submitted_at, id) WHERE {over}");
        connection.execute_unprepared(&requests).await?;
        let drafts = "CREATE INDEX draft_unsent ON draft (person_id, updated_at) WHERE request_id IS NULL";
        connection.execute_unprepared(drafts).await?;
        for (name, columns, column, former) in [
            (
                "request_in_hand",
                "assignee_id, submitted_at, id",
                "assignee_id",
                "request_assignee_id_submitted_at_id",
            ),
            ("request_beneath", "parent_id", "parent_id", "request_parent_id"),
        ] {
            let index = format!("CREATE INDEX {name} ON request ({columns}) WHERE {column} IS NOT NULL");
            connection.execute_unprepared(&index).await?;
            connection.execute_unprepared(&format!("DROP INDEX {former}")).await?;
        }
        Ok(())
    }
}
