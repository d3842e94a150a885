//! The tables of the catalogue.

/// A published version.
pub mod sheet_version {
    use beffroi_kernel::PersonId;
    use chrono::{DateTime, NaiveDate, Utc};
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sheet_version")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub slug: String,
        pub number: i32,
        pub title: String,
        pub effective_on: NaiveDate,
        #[sea_orm(column_type = "Text")]
        pub source: String,
        pub sha256: String,
        pub published_at: DateTime<Utc>,
        pub published_by: Option<PersonId>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a school made of a step of a procedure.
pub mod school_step {
    use beffroi_db::{Owned, Ownership};
    use beffroi_kernel::{PersonId, SchoolId, SheetVersionId};
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "school_step")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub school_id: SchoolId,
        pub slug: String,
        pub based_on: SheetVersionId,
        pub block_id: String,
        pub change: String,
        pub title: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub markdown: String,
        pub position: i32,
        pub updated_at: DateTime<Utc>,
        pub updated_by: PersonId,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Owned for Entity {
        fn ownership() -> Ownership<Column> {
            Ownership { school: Column::SchoolId, team: None, person: None }
        }
    }
}

/// A theme by which requests are routed.
pub mod theme {
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "theme")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub slug: String,
        pub label: String,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A line of the routing matrix.
pub mod routing_rule {
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "routing_rule")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub theme: Option<String>,
        pub territory: Option<String>,
        pub academy: Option<String>,
        pub target: String,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
