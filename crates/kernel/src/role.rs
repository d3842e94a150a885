//! The functions people hold, after the mission's actor table (T8).

use serde::{Deserialize, Serialize};

use crate::Breadth;

macro_rules! roles {
    ($($name:ident = $slug:literal, $label:literal, $doc:literal;)*) => {
        /// What a person is in a school, a team or the Region.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Role {
            $(#[doc = $doc] #[serde(rename = $slug)] $name,)*
        }

        impl Role {
            /// Every role, in the order of the actor table.
            pub const ALL: &'static [Role] = &[$(Role::$name,)*];

            /// The stable name used in files and in the database.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Role::$name => $slug,)* }
            }

            /// The French name shown to people.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Role::$name => $label,)* }
            }
        }
    };
}

roles! {
    Head = "head", "Chef d’établissement", "Head of school: signs, is answerable (GDPR art. 4, 7°).";
    DeputyHead = "deputy-head", "Chef d’établissement adjoint", "Deputy head.";
    SecretaryGeneral = "secretary-general", "Secrétaire général", "Secretary-general (formerly gestionnaire).";
    WorkshopDirector = "workshop-director", "Directeur délégué (DDFPT)", "Head of vocational and technical training.";
    IctCoordinator = "ict-coordinator", "Coordonnateur TIC", "ICT coordinator of rooms, a sector or the school.";
    Teacher = "teacher", "Enseignant", "Teacher.";
    SchoolStaff = "school-staff", "Personnel", "State staff of the school other than teachers.";
    SchoolAgent = "school-agent", "Agent technique", "Region agent working in the school (ATTEE).";
    Pupil = "pupil", "Élève", "Pupil, apprentice or student.";
    Technician = "technician", "Technicien informatique", "Technician of a Region team.";
    ServiceManager = "service-manager", "Responsable de service", "Manager of an operations or central service.";
    DepartmentHead = "department-head", "Responsable du département", "Head of the Region's digital education department.";
    RegionAdmin = "region-admin", "Administrateur du catalogue", "Region staff who keep catalogue, routing, people and schools.";
    WorksAgent = "works-agent", "Agent des travaux (DEPL)", "Agent of the lycée buildings department.";
    AcademyAgent = "academy-agent", "Agent de l’académie", "Agent of an academy team.";
    SecurityOfficer = "security-officer", "Responsable de la sécurité (RSSI)", "Information security officer.";
    DataProtectionOfficer = "data-protection-officer", "Délégué à la protection des données", "Data protection officer.";
    ProviderAgent = "provider-agent", "Prestataire", "Technician of a provider; sees its own requests only.";
}

impl Role {
    /// Whether the role is held in a school.
    #[must_use]
    pub const fn is_school(self) -> bool {
        (self as u8) <= (Role::Pupil as u8)
    }

    /// Whether the role belongs to the school's management team.
    #[must_use]
    pub const fn is_management(self) -> bool {
        matches!(self, Role::Head | Role::DeputyHead | Role::SecretaryGeneral | Role::WorkshopDirector)
    }

    /// How far the database itself lets the role read requests and acts: as wide as the widest action of the
    /// role on them, no wider (the second wall, under the scope of each action).
    #[must_use]
    pub const fn wall(self) -> Breadth {
        match self {
            Role::Pupil => Breadth::Own,
            Role::Technician | Role::ServiceManager => Breadth::Territory,
            Role::WorksAgent | Role::AcademyAgent | Role::ProviderAgent => Breadth::Team,
            // Acts of the whole Region are read by whoever keeps its information systems safe.
            Role::DepartmentHead
            | Role::RegionAdmin
            | Role::SecurityOfficer
            | Role::DataProtectionOfficer => Breadth::Region,
            _ => Breadth::School,
        }
    }

    /// Whether the role works in a team that receives requests.
    #[must_use]
    pub const fn is_agent(self) -> bool {
        matches!(
            self,
            Role::Technician
                | Role::ServiceManager
                | Role::WorksAgent
                | Role::AcademyAgent
                | Role::SecurityOfficer
                | Role::ProviderAgent
        )
    }
}

/// A text that names no role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("fonction inconnue : « {0} »")]
pub struct ParseRoleError(pub String);

impl std::str::FromStr for Role {
    type Err = ParseRoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.slug() == text)
            .ok_or_else(|| ParseRoleError(text.to_owned()))
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.slug())
    }
}
