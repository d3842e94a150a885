//! The tables of help articles. Articles belong to the Region, not to a school: no scope hides them, their
//! audience does.

/// An article, whatever its texts.
pub mod article {
    use beffroi_kernel::{ArticleId, ArticleVersionId};
    use chrono::{DateTime, NaiveDate, Utc};
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "article")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ArticleId,
        pub slug: String,
        pub origin: String,
        pub origin_sheet: Option<String>,
        pub origin_block: Option<String>,
        pub origin_number: Option<i32>,
        #[sea_orm(column_type = "Text", nullable)]
        pub origin_text: Option<String>,
        pub origin_request: Option<String>,
        pub live_id: Option<ArticleVersionId>,
        pub retired: bool,
        pub review_on: Option<NaiveDate>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One text of an article.
pub mod article_version {
    use beffroi_kernel::{ArticleId, ArticleVersionId, PersonId};
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "article_version")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ArticleVersionId,
        pub article_id: ArticleId,
        pub number: i32,
        pub state: String,
        pub title: String,
        #[sea_orm(column_type = "Text")]
        pub body: String,
        pub audience: String,
        pub theme: String,
        #[sea_orm(column_type = "Text")]
        pub requests: String,
        #[sea_orm(column_type = "Text")]
        pub keywords: String,
        pub sheet_number: Option<i32>,
        pub author_id: Option<PersonId>,
        pub reviewer_id: Option<PersonId>,
        #[sea_orm(column_type = "Text", nullable)]
        pub remark: Option<String>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub published_at: Option<DateTime<Utc>>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
