//! The tables of acts. Only `store` names them.

macro_rules! entity {
    ($(#[$doc:meta])* $module:ident, $table:literal, { $($(#[$attribute:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        pub(crate) mod $module {
            use beffroi_kernel::*;
            use chrono::{DateTime, Utc};
            #[allow(unused_imports)] // Not every table has a day.
            use chrono::NaiveDate;
            use sea_orm::entity::prelude::{
                ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EnumIter, PrimaryKeyTrait,
            };
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $type,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(
    /// A signed, dated decision.
    act, "act", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: ActId,
        reference: String,
        code: String,
        kind: String,
        school_id: SchoolId,
        title: String,
        text: String,
        text_sha256: String,
        terms: String,
        holder_id: Option<PersonId>,
        provider: Option<String>,
        starts_on: NaiveDate,
        ends_on: Option<NaiveDate>,
        request_id: Option<RequestId>,
        supersedes: Option<ActId>,
        strict_order: bool,
        region_opens: bool,
        state: String,
        created_by: Option<PersonId>,
        created_at: DateTime<Utc>,
        signed_at: Option<DateTime<Utc>>,
        in_force_at: Option<DateTime<Utc>>,
        in_force_by: Option<PersonId>,
        suspended_at: Option<DateTime<Utc>>,
        suspended_why: Option<String>,
        ended_at: Option<DateTime<Utc>>,
        end_reason: Option<String>,
        end_note: Option<String>,
        ended_by: Option<PersonId>,
        end_authority: Option<String>,
    }
);

entity!(
    /// A signature, made or awaited.
    signature, "act_signature", {
        #[sea_orm(primary_key, auto_increment = false)]
        act_id: ActId,
        #[sea_orm(primary_key, auto_increment = false)]
        position: i32,
        who: String,
        signed_by: Option<PersonId>,
        signed_name: Option<String>,
        signed_at: Option<DateTime<Utc>>,
        method: Option<String>,
        authority: Option<String>,
        authority_source: Option<String>,
        text_sha256: Option<String>,
    }
);

entity!(
    /// A text that an act has had.
    text, "act_text", {
        #[sea_orm(primary_key, auto_increment = false)]
        act_id: ActId,
        #[sea_orm(primary_key, auto_increment = false)]
        sha256: String,
        text: String,
        since: DateTime<Utc>,
    }
);

entity!(
    /// What a signed act states.
    statement, "act_statement", {
        #[sea_orm(primary_key, auto_increment = false)]
        act_id: ActId,
        statement: String,
        made_at: DateTime<Utc>,
    }
);

entity!(
    /// The timestamp of what an act states.
    timestamp, "act_timestamp", {
        #[sea_orm(primary_key, auto_increment = false)]
        act_id: ActId,
        authority: String,
        certified_at: DateTime<Utc>,
        response: Vec<u8>,
        received_at: DateTime<Utc>,
    }
);

entity!(
    /// A text that a signatory acknowledged.
    acknowledgement, "acknowledgement", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: uuid::Uuid,
        person_id: PersonId,
        school_id: Option<SchoolId>,
        act_id: Option<ActId>,
        name: String,
        version: String,
        text: String,
        text_sha256: String,
        acknowledged_at: DateTime<Utc>,
    }
);

entity!(
    /// A review of an act.
    review, "act_review", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: ReviewId,
        act_id: ActId,
        school_id: SchoolId,
        cause: String,
        /// What makes it happen once: the function, the year.
        occasion: String,
        opened_at: DateTime<Utc>,
        due_at: DateTime<Utc>,
        decided_at: Option<DateTime<Utc>>,
        decided_by: Option<PersonId>,
        authority: Option<String>,
        verdict: Option<String>,
        note: Option<String>,
    }
);

entity!(
    /// What an act has made true outside.
    effect, "act_effect", {
        #[sea_orm(primary_key, auto_increment = false)]
        act_id: ActId,
        #[sea_orm(primary_key, auto_increment = false)]
        adapter: String,
        state: String,
        lease_until: Option<DateTime<Utc>>,
        applied_at: Option<DateTime<Utc>>,
        applied_proof: Option<String>,
        undone_at: Option<DateTime<Utc>>,
        undone_proof: Option<String>,
        last_error: Option<String>,
        updated_at: DateTime<Utc>,
    }
);

impl beffroi_db::Owned for act::Entity {
    fn ownership() -> beffroi_db::Ownership<act::Column> {
        beffroi_db::Ownership {
            school: act::Column::SchoolId,
            team: None,
            person: Some(act::Column::HolderId),
        }
    }
}

entity!(
    /// A release of liability.
    liability_release, "liability_release", {
        #[sea_orm(primary_key, auto_increment = false)]
        act_id: ActId,
        school_id: SchoolId,
        lasts_for: Option<SchoolId>,
        ground: String,
        reason: String,
        evidence: String,
        decided_by: PersonId,
        authority: String,
        decided_at: DateTime<Utc>,
        lifted_at: Option<DateTime<Utc>>,
        lifted_by: Option<PersonId>,
        lift_authority: Option<String>,
        lift_reason: Option<String>,
    }
);

entity!(
    /// What a head says against a release of liability, and the answer.
    liability_contest, "liability_contest", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: uuid::Uuid,
        act_id: ActId,
        school_id: SchoolId,
        awaits_for: Option<ActId>,
        text: String,
        contested_by: PersonId,
        authority: String,
        contested_at: DateTime<Utc>,
        answered_at: Option<DateTime<Utc>>,
        answered_by: Option<PersonId>,
        answer_authority: Option<String>,
        answer: Option<String>,
        lifted: bool,
    }
);

macro_rules! sealed {
    ($($module:ident, |$row:ident| $name:expr;)*) => {$(
        impl crate::sealed::Row for $module::Model {
            fn name(&self) -> String {
                let $row = self;
                $name
            }
        }
    )*};
}

sealed! {
    act, |_row| "act".to_owned();
    signature, |row| format!("act_signature:{}", row.position);
    text, |row| format!("act_text:{}", row.sha256);
    statement, |_row| "act_statement".to_owned();
    timestamp, |_row| "act_timestamp".to_owned();
    acknowledgement, |row| format!("acknowledgement:{}", row.id);
    review, |row| format!("act_review:{}", row.id);
    effect, |row| format!("act_effect:{}", row.adapter);
    liability_release, |_row| "liability_release".to_owned();
    liability_contest, |row| format!("liability_contest:{}", row.id);
}
