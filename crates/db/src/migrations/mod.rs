//! The schema: one set of migrations for SQLite and PostgreSQL, one file a context.

#[cfg(test)]
mod additive;
mod m2026_11_01_ground;
mod m2026_11_02_directory;
mod m2026_11_03_catalogue;
mod m2026_11_04_desk;
mod m2026_11_11_search;
mod m2026_11_12_console;
mod m2026_11_13_presence;
mod m2026_11_14_composer;
mod m2026_11_15_levels;
mod m2026_11_16_delays;
mod m2026_11_17_knowledge;
mod m2026_12_01_acts;
mod m2026_12_02_proof;
mod m2026_12_03_liability;
mod m2026_12_04_passkeys;
mod m2026_12_05_mailbox;
mod m2026_12_07_sso;
mod m2026_12_08_api;
mod m2026_12_09_nodes;
pub(crate) mod m2026_12_11_rls;
mod m2026_12_12_walls;
mod m2026_12_13_quarantine;
mod m2026_12_14_bridge;
mod m2026_12_16_running;
mod m2026_12_17_programs;
mod m2026_12_18_links;
mod m2026_12_19_over;
mod m2026_12_20_writers;

use sea_orm_migration::prelude::*;

pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m2026_11_01_ground::Migration),
            Box::new(m2026_11_02_directory::Migration),
            Box::new(m2026_11_03_catalogue::Migration),
            Box::new(m2026_11_04_desk::Migration),
            Box::new(m2026_11_16_delays::Migration),
            Box::new(m2026_11_13_presence::Migration),
            Box::new(m2026_11_17_knowledge::Migration),
            Box::new(m2026_11_12_console::Migration),
            Box::new(m2026_11_14_composer::Migration),
            Box::new(m2026_11_15_levels::Migration),
            Box::new(m2026_11_11_search::Migration),
            Box::new(m2026_12_01_acts::Migration),
            Box::new(m2026_12_02_proof::Migration),
            Box::new(m2026_12_03_liability::Migration),
            Box::new(m2026_12_04_passkeys::Migration),
            Box::new(m2026_12_05_mailbox::Migration),
            Box::new(m2026_12_07_sso::Migration),
            Box::new(m2026_12_08_api::Migration),
            Box::new(m2026_12_09_nodes::Migration),
            Box::new(m2026_12_12_walls::Migration),
            Box::new(m2026_12_13_quarantine::Migration),
            Box::new(m2026_12_14_bridge::Migration),
            Box::new(m2026_12_16_running::Migration),
            Box::new(m2026_12_18_links::Migration),
            Box::new(m2026_12_19_over::Migration),
            Box::new(m2026_12_11_rls::Migration),
            Box::new(m2026_12_17_programs::Migration),
            Box::new(m2026_12_20_writers::Migration),
        ]
    }
}

/// Creates a table; a short form that keeps the migrations readable.
async fn table(
    manager: &SchemaManager<'_>,
    name: &'static str,
    columns: Vec<ColumnDef>,
) -> Result<(), DbErr> {
    let mut create = Table::create();
    create.table(name);
    for mut column in columns {
        create.col(&mut column);
    }
    manager.create_table(create.to_owned()).await
}

/// Creates a table with a primary key of several columns.
async fn keyed(
    manager: &SchemaManager<'_>,
    name: &'static str,
    key: &[&'static str],
    columns: Vec<ColumnDef>,
) -> Result<(), DbErr> {
    let mut create = Table::create();
    create.table(name);
    for mut column in columns {
        create.col(&mut column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    create.primary_key(&mut primary);
    manager.create_table(create.to_owned()).await
}

/// Creates an index named after its table and columns.
async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut create = Index::create();
    create.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        create.col(*column);
    }
    manager.create_index(create.to_owned()).await
}

/// Creates a unique index.
async fn unique(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut create = Index::create();
    create.name(format!("{table}_{}_unique", columns.join("_"))).table(table).unique();
    for column in columns {
        create.col(*column);
    }
    manager.create_index(create.to_owned()).await
}
