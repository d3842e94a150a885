//! Typed identifiers: a `RequestId` cannot be passed where a `PersonId` is meant.

/// Declares typed identifiers. The crate that does names `sea-orm`, `serde` and `uuid` among its own.
///
/// ```
/// beffroi_kernel::ids! {
///     /// A door.
///     DoorId;
/// }
/// let door = DoorId::new();
/// assert_eq!(door.to_string().parse::<DoorId>().unwrap(), door);
/// ```
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, sea_orm::DeriveValueType)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new time-ordered identifier (UUIDv7).
            #[must_use]
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }
        }

        // SeaORM asks it of every key; ours are never numbers.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A person who can sign in or be named.
    PersonId;
    /// A function held by a person from a date to a date.
    FunctionId;
    /// A school (lycée).
    SchoolId;
    /// The territory of an operations service.
    TerritoryId;
    /// A team that receives requests: mobile team, service, academy team, provider.
    TeamId;
    /// A signed-in browser.
    SessionId;
    /// A published version of a sheet.
    SheetVersionId;
    /// A mail that came in.
    MailInId;
    /// A request being written.
    DraftId;
    /// A request sent.
    RequestId;
    /// One step of approval of a request.
    ApprovalId;
    /// A message of a request's conversation.
    MessageId;
    /// A file given with a draft, a request or a message.
    AttachmentId;
    /// A piece of work on a request.
    TaskId;
    /// A visit agreed with the school.
    AppointmentId;
    /// A text that agents answer with.
    TemplateId;
    /// A job of the outbox.
    JobId;
    /// A help article.
    ArticleId;
    /// One version of a help article.
    ArticleVersionId;
    /// A signed, dated decision.
    ActId;
    /// A review of an act.
    ReviewId;
}
