//! Row-level security: on PostgreSQL a row of a school is seen only by whom it is within reach of, whatever a
//! statement forgot. The settings are those of `reach`; without any, no row. SQLite has no such wall. The program of
//! before knows no setting and may still serve: the walls are drawn here, and closed when it has left (`walls`).

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        for (table, ways) in WALLS {
            manager.get_connection().execute_unprepared(&wall(table, ways, "ALL")).await?;
        }
        Ok(())
    }
}

/// A way by which a row is within reach.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// This column is a school of the reach, or of a territory of it.
    School,
    /// This column is a team or a person of the reach.
    Mine(&'static str),
    /// The request that this column names is within reach.
    Request(&'static str),
    /// A request of that school is: who works for it is told what binds them there.
    Served,
    /// The act that `act_id` names is.
    Act,
    /// The bulk action that `action_id` names is the person's.
    Action,
}

use By::{Act, Action, Mine, Request, School, Served};

/// The tables behind the wall, with the ways to their rows, the cheapest first.
pub(super) const WALLS: &[(&str, &[By])] = &[
    ("request", &[Mine("team_id"), Mine("requester_id"), School]),
    ("draft", &[Mine("person_id"), School]),
    ("attachment", &[Mine("person_id"), School, Request("request_id")]),
    ("approval", &[School, Request("request_id")]),
    ("effect", &[School, Request("request_id")]),
    ("typed_request", &[Mine("typed_by"), School, Request("request_id")]),
    ("mention", &[Mine("person_id"), School, Request("request_id")]),
    ("request_pause", &[Request("request_id")]),
    ("message", &[Request("request_id")]),
    ("request_link", &[Request("request_id")]),
    ("task", &[Request("request_id")]),
    ("appointment", &[Request("request_id")]),
    ("presence", &[Mine("person_id"), Request("request_id")]),
    ("composer_draft", &[Mine("person_id")]),
    ("escalation", &[Request("request_id")]),
    ("bulk_item", &[Action]),
    ("recurrence", &[Mine("person_id"), School]),
    ("major_incident_join", &[Mine("person_id"), School]),
    ("major_incident_delivery", &[Request("request_id")]),
    ("mail_in", &[School]),
    ("school_step", &[School]),
    ("act", &[Mine("holder_id"), Mine("created_by"), School, Request("request_id")]),
    ("act_text", &[Act]),
    ("act_signature", &[Mine("signed_by"), Act]),
    ("act_review", &[School, Act]),
    ("act_effect", &[Act]),
    ("act_statement", &[Act]),
    ("act_timestamp", &[Act]),
    ("acknowledgement", &[Mine("person_id"), School]),
    ("liability_release", &[School, Served]),
    ("liability_contest", &[School]),
    ("bridge_link", &[Request("request_id")]),
];

/// The tables that name a school, a request or an act and stand before the wall, and why.
#[cfg(test)]
const OPEN: &[(&str, &str)] = &[
    (
        "journal_entry",
        "no page lists it; it says which thing changed, by its identifier, and proofs read it whole",
    ),
    ("function_held", "the directory: who holds what is read to sign in, to route and to find people"),
    ("school_setting", "the directory: what a school chose is read to route what others ask"),
    ("school_closure", "the directory: clocks of every team stop by it"),
    ("provider_contract", "the directory: routing reads it"),
    ("major_incident_school", "what an incident concerns is announced to those schools, on every page"),
    ("major_incident", "incidents are announced"),
];

/// Between `(SELECT …)`, settings are read once a statement, not once a row. The literal of an array is always
/// one: the planner may read it too.
const REACH: &str = "(SELECT NULLIF(current_setting('beffroi.reach', true), '')::uuid[])::uuid[]";
pub(super) const EVERYTHING: &str = "(SELECT current_setting('beffroi.everything', true) = 'on')";

impl By {
    fn sql(self, table: &str) -> String {
        match self {
            // A school of the reach first; the ninety of a territory as a list that is hashed once, when one is met.
            Self::School => format!(
                "school_id = ANY ({REACH}) OR school_id IN (SELECT s.id FROM school s WHERE s.territory_id = ANY ({REACH}))"
            ),
            Self::Mine(column) => format!("{column} = ANY ({REACH})"),
            // A scalar, never a list: no plan reads every request. Its own wall decides.
            Self::Request(column) => {
                format!("(SELECT true FROM request w WHERE w.id = {table}.{column})")
            }
            Self::Served => {
                format!("(SELECT true FROM request w WHERE w.school_id = {table}.school_id LIMIT 1)")
            }
            Self::Act => format!("(SELECT true FROM act w WHERE w.id = {table}.act_id)"),
            Self::Action => format!(
                "(SELECT true FROM bulk_action w WHERE w.id = {table}.action_id AND w.person_id = ANY ({REACH}))"
            ),
        }
    }
}

/// `CASE` keeps the order, costs those who reach everything one comparison, and lets the planner suppose that
/// half of the rows are seen: lists keep the plans they had.
pub(super) fn wall(table: &str, ways: &[By], command: &str) -> String {
    let ways: Vec<String> = ways.iter().map(|way| way.sql(table)).collect();
    format!(
        "CREATE POLICY reach ON {table} FOR {command} USING (CASE WHEN {EVERYTHING} THEN true ELSE {} END)",
        ways.join(" OR ")
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Db, db_test, sql};

    #[derive(Debug, sea_orm::FromQueryResult)]
    struct Named {
        name: String,
    }

    async fn names(db: &Db, statement: &str) -> BTreeSet<String> {
        let rows: Vec<Named> = sql::all(db.read(), statement, vec![]).await.unwrap();
        rows.into_iter().map(|row| row.name).collect()
    }

    #[db_test]
    async fn what_names_a_school_is_behind_the_wall_or_says_why_not(db: Db) {
        if db.backend() != DbBackend::Postgres {
            return; // There is no such wall.
        }
        let named = "SELECT DISTINCT table_name::text AS name FROM information_schema.columns \
                     WHERE table_schema = 'public' AND column_name IN ('school_id', 'request_id', 'act_id')";
        let behind = "SELECT c.relname::text AS name FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid \
                      WHERE c.relrowsecurity AND c.relforcerowsecurity";
        let behind = names(&db, behind).await;
        let listed: BTreeSet<String> = WALLS.iter().map(|(table, _)| (*table).to_owned()).collect();
        assert_eq!(behind, listed);
        let open: BTreeSet<String> = OPEN.iter().map(|(table, _)| (*table).to_owned()).collect();
        assert!(open.is_disjoint(&listed) && OPEN.iter().all(|(_, why)| why.len() > 10));
        let known: BTreeSet<String> = listed.union(&open).cloned().collect();
        let forgotten: Vec<String> = names(&db, named).await.difference(&known).cloned().collect();
        assert!(
            forgotten.is_empty(),
            "these name a school, a request or an act: give each a wall in a migration, or a reason in OPEN: {forgotten:?}"
        );
    }
}
