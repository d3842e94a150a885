//! Measured delays: figures by period, request type and territory, computed from the requests; pages
//! read nothing else.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let counts = [
            "sent",
            "goodwill",
            "answered",
            "unanswered",
            "answer_kept",
            "answer_judged",
            "solved",
            "unsolved",
            "otherwise",
            "solution_kept",
            "solution_judged",
            "reopened",
            "rated_low",
            "rated_middle",
            "rated_high",
        ];
        let mut columns = vec![
            string("sheet_slug"),
            string("request_type"),
            // The slug of a territory; empty for the whole Region.
            string("territory"),
            string("period_kind"),
            date("period_start"),
        ];
        columns.extend(counts.map(integer));
        columns.extend(["answer_p50", "answer_p90", "solution_p50", "solution_p90"].map(integer_null));
        let key = ["sheet_slug", "request_type", "territory", "period_kind", "period_start"];
        keyed(manager, "measured_delay", &key, columns).await?;
        index(manager, "measured_delay", &["period_kind", "period_start", "territory"]).await?;

        // One row: when the figures were computed, and who may read them.
        let state = vec![
            integer("id").primary_key().to_owned(),
            timestamp_with_time_zone_null("computed_at"),
            date_null("first_month"),
            boolean("signed_in_only"),
        ];
        table(manager, "delay_state", state).await?;
        let sql = "INSERT INTO delay_state (id, signed_in_only) VALUES (1, FALSE)";
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
