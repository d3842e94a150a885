//! The tables of the desk. Only `store` names them.

macro_rules! entity {
    ($(#[$doc:meta])* $module:ident, $table:literal, { $($(#[$attribute:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[allow(missing_docs)] // The columns are the migration's.
        pub mod $module {
            use beffroi_kernel::*;
            use chrono::{DateTime, Utc};
            use sea_orm::entity::prelude::{
                ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EnumIter, PrimaryKeyTrait,
            };
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $type,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
            #[allow(dead_code)]
            type Keep = (PersonId, DateTime<Utc>);
        }
    };
}

entity!(
    /// A request being written.
    draft, "draft", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: DraftId,
        person_id: PersonId,
        school_id: SchoolId,
        sheet_version_id: SheetVersionId,
        request_type: String,
        answers: String,
        goodwill: bool,
        request_id: Option<RequestId>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
        /// The person of the school for whom an agent types.
        for_person: Option<PersonId>,
        /// Who called, when it is somebody else.
        caller: Option<String>,
        channel: String,
        /// When an article answered instead.
        answered_at: Option<DateTime<Utc>>,
        answered_by: Option<ArticleId>,
    }
);

entity!(
    /// Who typed in a request that came by phone, mail or on the spot.
    typed_request, "typed_request", {
        #[sea_orm(primary_key, auto_increment = false)]
        request_id: RequestId,
        school_id: SchoolId,
        typed_by: PersonId,
        caller: Option<String>,
        typed_at: DateTime<Utc>,
    }
);

entity!(
    /// A file given with a draft, a request or a message.
    attachment, "attachment", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: AttachmentId,
        school_id: SchoolId,
        person_id: PersonId,
        draft_id: Option<DraftId>,
        request_id: Option<RequestId>,
        message_id: Option<MessageId>,
        field: Option<String>,
        name: String,
        media_type: String,
        size: i64,
        sha256: String,
        created_at: DateTime<Utc>,
        exam: Option<String>,
        exam_at: Option<DateTime<Utc>>,
        exam_note: Option<String>,
    }
);

entity!(
    /// A request sent.
    request, "request", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: RequestId,
        reference: String,
        school_id: SchoolId,
        requester_id: PersonId,
        requester_role: String,
        sheet_version_id: SheetVersionId,
        sheet_slug: String,
        request_type: String,
        title: String,
        summary: String,
        nature: String,
        theme: String,
        state: String,
        waiting_for: Option<String>,
        team_id: TeamId,
        assignee_id: Option<PersonId>,
        routing_reason: String,
        forced_assignment: bool,
        goodwill: bool,
        urgent: bool,
        channel: String,
        answers: String,
        examples_on: String,
        submitted_at: DateTime<Utc>,
        sent_at: Option<DateTime<Utc>>,
        first_answer_due: Option<DateTime<Utc>>,
        solution_due: Option<DateTime<Utc>>,
        next_due: Option<DateTime<Utc>>,
        first_answered_at: Option<DateTime<Utc>>,
        resolved_at: Option<DateTime<Utc>>,
        closed_at: Option<DateTime<Utc>>,
        outcome: Option<String>,
        outcome_note: Option<String>,
        satisfaction: Option<i32>,
        satisfaction_note: Option<String>,
        merged_into: Option<RequestId>,
        updated_at: DateTime<Utc>,
        version: i64,
        /// Whether a team has it in hand; kept by the store.
        active: bool,
        /// The rank in queues, smallest first; kept by the store.
        pressing: i64,
        /// Working minutes between the sending and the first answer, pauses left out.
        first_answer_minutes: Option<i32>,
        /// Working minutes between the sending and the solution, pauses left out.
        solution_minutes: Option<i32>,
        /// How many times it was reopened.
        reopened: i32,
        /// The major incident it belongs to.
        parent_id: Option<RequestId>,
    }
);

entity!(
    /// A time during which the clocks of a request stand still.
    pause, "request_pause", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: uuid::Uuid,
        request_id: RequestId,
        waiting_for: String,
        from_at: DateTime<Utc>,
        to_at: Option<DateTime<Utc>>,
    }
);

entity!(
    /// One step of approval inside the school.
    approval, "approval", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: ApprovalId,
        request_id: RequestId,
        school_id: SchoolId,
        position: i32,
        roles: String,
        title: String,
        sign: bool,
        text: Option<String>,
        state: String,
        decided_by: Option<PersonId>,
        authority: Option<String>,
        reason: Option<String>,
        decided_at: Option<DateTime<Utc>>,
        text_sha256: Option<String>,
    }
);

entity!(
    /// A message of the conversation.
    message, "message", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: MessageId,
        request_id: RequestId,
        author_id: Option<PersonId>,
        kind: String,
        body: String,
        created_at: DateTime<Utc>,
    }
);

entity!(
    /// Two requests that have to do with each other.
    link, "request_link", {
        #[sea_orm(primary_key, auto_increment = false)]
        request_id: RequestId,
        #[sea_orm(primary_key, auto_increment = false)]
        other_id: RequestId,
        kind: String,
        created_at: DateTime<Utc>,
    }
);

entity!(
    /// A piece of work with its checklist.
    task, "task", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: TaskId,
        request_id: RequestId,
        position: i32,
        title: String,
        checklist: String,
        done_at: Option<DateTime<Utc>>,
        done_by: Option<PersonId>,
    }
);

entity!(
    /// A visit agreed with the school.
    appointment, "appointment", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: AppointmentId,
        request_id: RequestId,
        starts_at: DateTime<Utc>,
        ends_at: DateTime<Utc>,
        place: String,
        state: String,
        made_by: PersonId,
    }
);

entity!(
    /// What a granted request made true, and until when.
    effect, "effect", {
        #[sea_orm(primary_key, auto_increment = false)]
        id: uuid::Uuid,
        request_id: RequestId,
        school_id: SchoolId,
        kind: String,
        text: String,
        state: String,
        applied_at: DateTime<Utc>,
        applied_by: PersonId,
        until: Option<DateTime<Utc>>,
        undone_at: Option<DateTime<Utc>>,
        undone_by: Option<PersonId>,
    }
);

entity!(
    /// Figures of one request type, over one period, in one territory or the whole Region.
    measured_delay, "measured_delay", {
        #[sea_orm(primary_key, auto_increment = false)]
        sheet_slug: String,
        #[sea_orm(primary_key, auto_increment = false)]
        request_type: String,
        #[sea_orm(primary_key, auto_increment = false)]
        territory: String,
        #[sea_orm(primary_key, auto_increment = false)]
        period_kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        period_start: Date,
        sent: i32,
        goodwill: i32,
        answered: i32,
        unanswered: i32,
        answer_kept: i32,
        answer_judged: i32,
        solved: i32,
        unsolved: i32,
        otherwise: i32,
        solution_kept: i32,
        solution_judged: i32,
        reopened: i32,
        rated_low: i32,
        rated_middle: i32,
        rated_high: i32,
        answer_p50: Option<i32>,
        answer_p90: Option<i32>,
        solution_p50: Option<i32>,
        solution_p90: Option<i32>,
    }
);

use beffroi_db::{Owned, Ownership};

impl Owned for request::Entity {
    fn ownership() -> Ownership<request::Column> {
        use request::Column;
        Ownership { school: Column::SchoolId, team: Some(Column::TeamId), person: Some(Column::RequesterId) }
    }
}

impl Owned for draft::Entity {
    fn ownership() -> Ownership<draft::Column> {
        Ownership { school: draft::Column::SchoolId, team: None, person: Some(draft::Column::PersonId) }
    }
}

impl Owned for typed_request::Entity {
    fn ownership() -> Ownership<typed_request::Column> {
        use typed_request::Column;
        Ownership { school: Column::SchoolId, team: None, person: Some(Column::TypedBy) }
    }
}

impl Owned for approval::Entity {
    fn ownership() -> Ownership<approval::Column> {
        Ownership { school: approval::Column::SchoolId, team: None, person: None }
    }
}

impl Owned for effect::Entity {
    fn ownership() -> Ownership<effect::Column> {
        Ownership { school: effect::Column::SchoolId, team: None, person: None }
    }
}
