//! The words of the directory: schools, teams, people, functions, and what may be done to them.

use beffroi_kernel::{Access, FunctionId, PersonId, Role, SchoolId, SessionId, TeamId, TerritoryId};
use chrono::{DateTime, NaiveDate, Utc};

/// The territory of an operations service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Territory {
    /// Identifier.
    pub id: TerritoryId,
    /// Stable name, used by the routing matrix.
    pub slug: String,
    /// French name.
    pub name: String,
}

/// What a team is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TeamKind {
    /// One of the territorial operations services (INTRO-13).
    OperationsService,
    /// The service of urbanisation and central services (INTRO-13).
    CentralService,
    /// Technicians on the road, near schools (INTRO-14).
    MobileTeam,
    /// The lycée buildings department.
    Works,
    /// A team of an academy.
    Academy,
    /// Information security.
    Security,
    /// A provider under contract.
    Provider,
}

impl TeamKind {
    /// Every kind, from the nearest to the farthest.
    pub const ALL: &'static [Self] = &[
        Self::OperationsService,
        Self::MobileTeam,
        Self::CentralService,
        Self::Works,
        Self::Academy,
        Self::Security,
        Self::Provider,
    ];

    /// The name kept in the database.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::OperationsService => "operations-service",
            Self::CentralService => "central-service",
            Self::MobileTeam => "mobile-team",
            Self::Works => "works",
            Self::Academy => "academy",
            Self::Security => "security",
            Self::Provider => "provider",
        }
    }

    /// The French words shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::OperationsService => "Service d’exploitation",
            Self::CentralService => "Service central",
            Self::MobileTeam => "Équipe mobile",
            Self::Works => "Travaux des lycées",
            Self::Academy => "Équipe de l’académie",
            Self::Security => "Sécurité",
            Self::Provider => "Prestataire",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn of(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }
}

/// A team that receives requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Identifier.
    pub id: TeamId,
    /// Stable name, used by the routing matrix.
    pub slug: String,
    /// French name.
    pub name: String,
    /// What it is.
    pub kind: TeamKind,
    /// Its territory, when it has one.
    pub territory: Option<TerritoryId>,
    /// Its academy, when it has one.
    pub academy: Option<String>,
    /// Its own address, told of new requests.
    pub email: Option<String>,
}

/// A team, by name only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamName {
    /// Identifier.
    pub id: TeamId,
    /// Stable name.
    pub slug: String,
    /// French name.
    pub name: String,
}

/// A school.
#[derive(Clone, Debug, PartialEq)]
pub struct School {
    /// Identifier.
    pub id: SchoolId,
    /// National identifier.
    pub uai: String,
    /// Name, as people say it.
    pub name: String,
    /// LGT, LPO, LP, EREA…
    pub kind: String,
    /// Town.
    pub city: String,
    /// Postcode.
    pub postcode: String,
    /// Number of the département.
    pub department: String,
    /// Slug of the academy.
    pub academy: String,
    /// The territory it is attached to (INTRO-14).
    pub territory: Territory,
    /// The operations service it is attached to (INTRO-14).
    pub operations_team: TeamName,
    /// Its mobile team (INTRO-14).
    pub mobile_team: TeamName,
    /// Its address for mails.
    pub email: Option<String>,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Number of pupils.
    pub pupils: Option<i32>,
    /// Whether the Region runs its office suite in the cloud.
    pub o365: bool,
}

/// A person, as named to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Identifier.
    pub id: PersonId,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Address for mails.
    pub email: Option<String>,
    /// What they may type to sign in.
    pub login: String,
    /// Whether the account is closed.
    pub disabled: bool,
    /// Whom they stand in for, when listed as a substitute.
    pub substitute_for: Option<PersonId>,
}

impl Person {
    /// Given name and family name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

/// A function, past, present or to come, with the names a page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionHeld {
    /// Identifier.
    pub id: FunctionId,
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub person_name: String,
    /// What.
    pub role: Role,
    /// Where, for school roles.
    pub school: Option<(SchoolId, String)>,
    /// In which team, for agents.
    pub team: Option<(TeamId, String)>,
    /// On which territory.
    pub territory: Option<(TerritoryId, String)>,
    /// From this instant.
    pub from: DateTime<Utc>,
    /// Up to this instant, excluded.
    pub to: Option<DateTime<Utc>>,
    /// The person stood in for, with their name.
    pub substitute_for: Option<(PersonId, String)>,
}

impl FunctionHeld {
    /// Whether it is held at `at`.
    #[must_use]
    pub fn is_held(&self, at: DateTime<Utc>) -> bool {
        crate::rules::is_held(self.from, self.to, at)
    }
}

/// A signed-in browser, as its owner sees it.
#[derive(Clone, Debug)]
pub struct Session {
    /// Identifier.
    pub id: SessionId,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_seen_at: DateTime<Utc>,
    /// The browser, in its own words.
    pub user_agent: String,
    /// What opened it.
    pub method: crate::factors::Method,
    /// The name of the provider that opened it, if one did.
    pub door: Option<String>,
}

/// Days when a school is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// Identifier.
    pub id: ClosureId,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Why, in a few words.
    pub reason: String,
}

/// A field that cannot be used as it is, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field's name in its form.
    pub field: &'static str,
    /// What to do, in French.
    pub message: String,
}

impl Fault {
    /// A fault of `field`.
    #[must_use]
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

beffroi_kernel::ids! {
    /// A closure of a school.
    ClosureId;
    /// A contract with a provider.
    ContractId;
}

/// A provider serves a school on a theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Identifier.
    pub id: ContractId,
    /// Theme of the routing matrix.
    pub theme: String,
    /// The provider.
    pub team: TeamName,
    /// First day.
    pub from: NaiveDate,
    /// Last day, if it ends.
    pub to: Option<NaiveDate>,
}

beffroi_kernel::actions! {
    /// Creates people, gives and ends functions.
    ManagePeople { RegionAdmin => Region, DepartmentHead => Region }
    /// Imports schools, attaches them, keeps their contracts.
    ManageSchools { RegionAdmin => Region, DepartmentHead => Region }
    /// Reads what the directory says of schools and teams.
    ReadSchools {
        Head => School, DeputyHead => School, SecretaryGeneral => School, WorkshopDirector => School,
        IctCoordinator => School, Teacher => School, SchoolStaff => School, SchoolAgent => School, Pupil => School,
        Technician => Territory, ServiceManager => Territory, DepartmentHead => Region, RegionAdmin => Region,
        WorksAgent => Region, AcademyAgent => Region, SecurityOfficer => Region, DataProtectionOfficer => Region,
    }
    /// Sees the Region's pages on schools and teams: agents of the Region only.
    ReadRegion {
        Technician => Territory, ServiceManager => Territory, DepartmentHead => Region, RegionAdmin => Region,
        WorksAgent => Region, AcademyAgent => Region, SecurityOfficer => Region, DataProtectionOfficer => Region,
    }
    /// Keeps the school's own settings and closures.
    ManageOwnSchool { Head => School, DeputyHead => School, SecretaryGeneral => School }
    /// Names who stands in for the head.
    NameSubstitutes { Head => School }
}

/// Where a person goes after signing in: what they came for most often.
#[must_use]
pub fn home_path(access: &Access) -> &'static str {
    match access.main_role() {
        Some(role) if role.is_school() => "/accueil",
        Some(Role::ServiceManager | Role::DepartmentHead | Role::RegionAdmin) => "/region",
        Some(Role::DataProtectionOfficer) => "/region/etablissements",
        Some(_) => "/file",
        None => "/compte",
    }
}
