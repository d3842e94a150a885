//! What is refused to everybody, with its sentence and its way out. (T6)
//!
//! The list is closed and [`decide`] looks at nothing but the case: there is no argument, no role, no setting and no
//! permit by which a refusal could be lifted. A new fact reopens the question; a person never does.

#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use crate::kinds::Employer;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $requirement:literal,
        rule $rule:literal, sentence $sentence:literal, way $way:literal, link $link:literal;)*) => {
        /// A refusal that nobody lifts. (T6)
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum HardRefusal {
            $($(#[$doc])* $name,)*
        }

        impl HardRefusal {
            /// All of them, in the order of table T6.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its stable name, for the journal and the tests.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// The requirement that states it.
            #[must_use]
            pub const fn requirement(self) -> &'static str {
                match self { $(Self::$name => $requirement,)* }
            }

            /// The rule, in a few words.
            #[must_use]
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$name => $rule,)* }
            }

            /// What the person reads.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            /// What to do instead.
            #[must_use]
            pub const fn way_out(self) -> &'static str {
                match self { $(Self::$name => $way,)* }
            }

            /// The page where to do it.
            #[must_use]
            pub const fn link(self) -> &'static str {
                match self { $(Self::$name => $link,)* }
            }
        }
    };
}

refusals! {
    /// The law forbids agents to install when licences are in doubt.
    LicenceDoubt = "licence-doubt", "POSTE-12",
        rule "Un doute sur le nombre de licences interdit l’installation.",
        sentence "Le nombre de licences prouvé ne couvre pas tous les postes : la loi interdit aux agents de la Région d’installer ce logiciel.",
        way "Joignez une preuve de licence pour chaque poste, ou réduisez le nombre de postes ; la demande peut alors être refaite.",
        link "/catalogue/poste-de-travail";
    /// First motive of SEC-12.
    DangerousAddress = "dangerous-address", "SEC-12",
        rule "Un site identifié comme dangereux n’est jamais ouvert.",
        sentence "Cette adresse est identifiée comme dangereuse : elle ne peut pas être ouverte.",
        way "Cherchez la même ressource sur un autre site, ou demandez conseil pour trouver un équivalent.",
        link "/catalogue/securite-internet";
    /// Second motive of SEC-12.
    InsecureAddress = "insecure-address", "SEC-12",
        rule "Un site identifié comme insécurisé n’est jamais ouvert.",
        sentence "Cette adresse est identifiée comme insécurisée : elle ne peut pas être ouverte.",
        way "Demandez à l’éditeur du site une adresse sécurisée ; si elle change, refaites la demande avec la nouvelle.",
        link "/catalogue/securite-internet";
    /// Third motive of SEC-12.
    IllegalAddress = "illegal-address", "SEC-12",
        rule "Un site identifié comme illégal n’est jamais ouvert.",
        sentence "Cette adresse est identifiée comme illégale : elle ne peut pas être ouverte.",
        way "Choisissez une ressource licite ; l’équipe peut vous aider à la trouver.",
        link "/catalogue/securite-internet";
    /// Resources are fixed by the study.
    MoreResources = "more-resources", "LADM-11, LPED-11",
        rule "Un niveau de service non tenu ne donne pas de ressources de plus.",
        sentence "Les ressources d’un serveur ne sont pas augmentées parce que le niveau de service attendu n’est pas atteint : elles ont été fixées à l’étude.",
        way "Demandez au prestataire de tenir son engagement ; si votre besoin a changé, demandez une nouvelle étude.",
        link "/catalogue/logiciel-administration";
    /// The Region looks at no other request; a decision of its own is no request.
    OutsideSurvey = "outside-survey", "EQP-07",
        rule "Aucun équipement n’est demandé hors de l’enquête annuelle.",
        sentence "La Région n’examine aucune demande d’équipement hors de l’enquête annuelle.",
        way "Inscrivez ce besoin à la prochaine enquête, ouverte en février et en mars.",
        link "/catalogue/demande-d-equipements";
    /// Only on a finding with evidence, an author, and the school's right of reply.
    VoluntaryDamage = "voluntary-damage", "POSTE-26",
        rule "Un matériel manifestement dégradé volontairement n’est pas réparé au titre du service.",
        sentence "Le constat établit une dégradation manifestement volontaire : la réparation n’est pas prise en charge.",
        way "L’établissement peut répondre au constat, ou faire réparer le matériel à ses frais.",
        link "/catalogue/poste-de-travail";
    /// The head's signature is a precondition.
    DelegationUnsigned = "delegation-unsigned", "SRV-15, SRV-29",
        rule "Une délégation n’existe que signée par le chef d’établissement.",
        sentence "Cette délégation n’est pas signée par le chef d’établissement : aucun droit ne peut être ouvert.",
        way "Faites dater et signer la délégation par le chef d’établissement, ou par qui le supplée.",
        link "/actes";
    /// Signature and its date come together.
    ExemptionUnsigned = "exemption-unsigned", "SEC-09",
        rule "Une dérogation au filtrage est datée et signée par le chef d’établissement ou son délégataire.",
        sentence "Cette dérogation n’est signée ni par le chef d’établissement ni par son délégataire du filtrage en fonction.",
        way "Faites-la signer par l’un ou par l’autre.",
        link "/actes";
    /// The exact site.
    ExemptionWithoutAddress = "exemption-without-address", "SEC-10",
        rule "Une dérogation au filtrage nomme l’adresse du site.",
        sentence "Cette dérogation ne dit pas de quel site il s’agit.",
        way "Écrivez l’adresse complète du site, par exemple https://www.exemple.fr.",
        link "/demander/securite-internet/derogation-web";
    /// No exemption is unlimited.
    ExemptionWithoutDates = "exemption-without-dates", "SEC-11",
        rule "Une dérogation au filtrage a un premier et un dernier jour.",
        sentence "Cette dérogation n’a pas de durée : il lui faut un premier et un dernier jour, dans cet ordre.",
        way "Indiquez les deux dates ; la dérogation pourra être redemandée à sa fin.",
        link "/demander/securite-internet/derogation-web";
    /// Region agents, providers and pupils are refused.
    DelegateNotState = "delegate-not-state", "SEC-08",
        rule "Le délégataire du filtrage est un personnel de l’État.",
        sentence "La personne désignée n’est pas un personnel de l’État : elle ne peut pas être délégataire du filtrage.",
        way "Désignez un collaborateur personnel de l’État ; un agent de la Région, un prestataire ou un élève ne peut pas l’être.",
        link "/demander/securite-internet/delegation-filtrage";
    /// « Un de ses collaborateurs »: one.
    SecondDelegate = "second-delegate", "SEC-08",
        rule "Le lycée a un seul délégataire du filtrage.",
        sentence "Le lycée a déjà un délégataire du filtrage, et n’en a qu’un.",
        way "Mettez fin à la délégation en cours, ou faites un acte qui la remplace.",
        link "/actes";
    /// The Region's own rule, after a line of the summary.
    ThirdPartyTools = "third-party-tools", "OGI-12",
        rule "Aucun tiers n’a de droit sur les outils d’infrastructure.",
        sentence "Un droit sur un outil d’infrastructure ne va qu’à un personnel du lycée, sur son propre compte.",
        way "Demandez à l’équipe mobile de faire l’action, ou faites étudier un accès de prestataire limité à son logiciel.",
        link "/catalogue/outils-de-gestion";
}

impl std::fmt::Display for HardRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.sentence(), self.way_out())
    }
}

impl std::error::Error for HardRefusal {}

/// What is known of the licences of a software.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Licences {
    /// Evidence for so many workstations.
    Proved(u32),
    /// Free for this use, and its licence was read.
    Free,
    /// Somebody doubts, or no evidence was given.
    Doubtful,
}

/// Why a site may not be opened. (SEC-12)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Danger {
    /// Malware, phishing, fraud.
    Dangerous,
    /// Not protected.
    Insecure,
    /// Against the law.
    Illegal,
}

/// Why a finding of voluntary damage does not stand: the repair then goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// No photograph nor report.
    #[error(
        "Ce constat n’a aucune preuve : joignez une photographie ou un rapport. Sans preuve, le matériel est réparé."
    )]
    Evidence,
    /// Nobody answers for it.
    #[error(
        "Ce constat n’a pas d’auteur : un agent le signe de son nom. Sans auteur, le matériel est réparé."
    )]
    Author,
    /// The school could not reply.
    #[error(
        "L’établissement n’a pas reçu ce constat : envoyez-le-lui, il peut répondre. En attendant, la réparation n’est pas refusée."
    )]
    Unheard,
}

/// A manifest voluntary damage with evidence, an author, and a school that was told. It cannot be made otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenDamage(());

impl ProvenDamage {
    /// A finding of manifest voluntary damage: how many pieces of evidence, whether an agent signed it, whether the
    /// school was told and may reply. (POSTE-26)
    ///
    /// # Errors
    /// What the finding lacks; a doubt is no finding.
    pub const fn found(evidence: usize, signed: bool, school_told: bool) -> Result<Self, Unproven> {
        if evidence == 0 {
            return Err(Unproven::Evidence);
        }
        if !signed {
            return Err(Unproven::Author);
        }
        if !school_told {
            return Err(Unproven::Unheard);
        }
        Ok(Self(()))
    }
}

/// What is asked, as facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Case {
    /// A software is installed on so many workstations.
    Install {
        /// The workstations.
        seats: u32,
        /// The licences.
        licences: Licences,
    },
    /// A site is opened; its danger as the configured lists or an agent identified it.
    OpenSite {
        /// Why it may not be, if anything.
        danger: Option<Danger>,
    },
    /// A server gets more resources.
    Resources {
        /// Whether the reason is a service level that is not met.
        unmet_level: bool,
    },
    /// A school asks for equipment.
    Equipment {
        /// Whether it asks inside the open survey.
        in_survey: bool,
    },
    /// A machine is repaired.
    Repair {
        /// The finding of voluntary damage, if one stands.
        damage: Option<ProvenDamage>,
    },
    /// A right delegated by the head is opened.
    Delegation {
        /// Whether the head in office signed it.
        signed: bool,
    },
    /// A web exemption is applied.
    Exemption {
        /// Whether the head or the filter delegate in office signed it.
        signed: bool,
        /// Whether it names the site.
        address: bool,
        /// Its first and last days.
        dates: Option<(NaiveDate, NaiveDate)>,
    },
    /// Somebody becomes filter delegate.
    FilterDelegate {
        /// Whose agent they are.
        employer: Employer,
        /// How many other delegates the school would have.
        others: usize,
    },
    /// Somebody receives a right on a tool of the infrastructure.
    ToolRights {
        /// Whether a provider is named.
        provider: bool,
        /// Whose agents the named people are.
        employers: Vec<Employer>,
    },
}

/// Whether the case may go on.
///
/// # Errors
/// The refusal that stands, for everybody.
pub fn decide(case: &Case) -> Result<(), HardRefusal> {
    use HardRefusal as No;
    match case {
        Case::Install { seats, licences } => install(*seats, *licences),
        Case::OpenSite { danger: None } => Ok(()),
        Case::OpenSite { danger: Some(Danger::Dangerous) } => Err(No::DangerousAddress),
        Case::OpenSite { danger: Some(Danger::Insecure) } => Err(No::InsecureAddress),
        Case::OpenSite { danger: Some(Danger::Illegal) } => Err(No::IllegalAddress),
        Case::Resources { unmet_level } => refuse_if(*unmet_level, No::MoreResources),
        Case::Equipment { in_survey } => refuse_if(!in_survey, No::OutsideSurvey),
        Case::Repair { damage } => refuse_if(damage.is_some(), No::VoluntaryDamage),
        Case::Delegation { signed } => refuse_if(!signed, No::DelegationUnsigned),
        Case::Exemption { signed, address, dates } => {
            refuse_if(!address, No::ExemptionWithoutAddress)?;
            refuse_if(dates.is_none_or(|(first, last)| last < first), No::ExemptionWithoutDates)?;
            refuse_if(!signed, No::ExemptionUnsigned)
        }
        Case::FilterDelegate { employer, others } => {
            refuse_if(*employer != Employer::State, No::DelegateNotState)?;
            refuse_if(*others > 0, No::SecondDelegate)
        }
        Case::ToolRights { provider, employers } => {
            let staff = |employer: &Employer| matches!(employer, Employer::State | Employer::Region);
            refuse_if(*provider || !employers.iter().all(staff), No::ThirdPartyTools)
        }
    }
}

fn install(seats: u32, licences: Licences) -> Result<(), HardRefusal> {
    let covered = match licences {
        Licences::Proved(count) => count >= seats,
        Licences::Free => true,
        Licences::Doubtful => false,
    };
    refuse_if(!covered, HardRefusal::LicenceDoubt)
}

const fn refuse_if(stands: bool, refusal: HardRefusal) -> Result<(), HardRefusal> {
    if stands { Err(refusal) } else { Ok(()) }
}
