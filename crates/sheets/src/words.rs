//! The closed vocabularies of a sheet: each word has a slug (files) and a French label (people). (CSU-01, INTRO-02)

use serde::{Deserialize, Serialize};

/// A closed list of words written as slugs in the files.
pub trait Word: Copy + 'static {
    /// Every word of the list.
    const ALL: &'static [Self];

    /// The form written in files.
    fn slug(self) -> &'static str;

    /// The word of this slug, if it exists.
    fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.slug() == slug)
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $slug:literal, $label:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $slug)] $variant,)*
        }

        impl Word for $name {
            const ALL: &'static [Self] = &[$($name::$variant,)*];

            fn slug(self) -> &'static str {
                match self { $($name::$variant => $slug,)* }
            }
        }

        impl $name {
            /// The French words shown to people.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $($name::$variant => $label,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.slug())
            }
        }
    };
}

words! {
    /// Where a text comes from. (INTRO-02)
    Origin {
        /// The official text of the Region.
        Official = "official", "texte officiel";
        /// The automatic summary printed in the source: informs, never refuses.
        Summary = "summary", "résumé automatique";
        /// Added here by the Region's editors.
        Local = "local", "ajout local";
    }
}

words! {
    /// What a file of the catalogue is.
    SheetKind {
        /// A service one may ask for.
        Service = "service", "fiche de service";
        /// A page to read: presentation, annex.
        Page = "page", "page";
    }
}

words! {
    /// The parts every sheet shares, in their order. (LIRE-01, LIRE-06)
    SectionKind {
        /// What the service is.
        Service = "le-service", "Le service";
        /// Who does what.
        Detail = "en-detail", "En détail";
        /// Advice: never blocks. (LIRE-07)
        Advice = "conseils", "Conseils";
        /// The procedure a school completes. (LIRE-08)
        Procedure = "procedure", "Procédure";
        /// Practical information and links.
        More = "plus-d-infos", "Plus d’infos";
    }
}

impl SectionKind {
    /// The French title of the part.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.label()
    }

    /// The anchor of the part in its page.
    #[must_use]
    pub fn anchor(self) -> &'static str {
        self.slug()
    }
}

words! {
    /// The force of a step of a procedure. (LIRE-09…11)
    StepKind {
        /// Imposed by the Region: the school cannot change it.
        Imposed = "imposed", "étape imposée";
        /// Example: the school adapts or removes it.
        Example = "example", "exemple à adapter";
    }
}

words! {
    /// The six natures of a request. (CSU-01)
    Nature {
        /// A question.
        Help = "aide", "Aide";
        /// Someone to assist.
        Assistance = "assistance", "Assistance";
        /// Work to be done.
        Intervention = "intervention", "Intervention";
        /// Support with usages.
        UsageSupport = "appui-usages", "Appui aux usages";
        /// Technical support.
        TechnicalSupport = "appui-technique", "Appui technique";
        /// Something is broken.
        Incident = "incident", "Incident";
    }
}

words! {
    /// How firmly a refusal stands. (LIRE-02, LIRE-03)
    RefusalKind {
        /// Out of the service; a technician may still act, without commitment.
        OutOfScope = "out-of-scope", "hors du service";
        /// No way round.
        Hard = "hard", "refus ferme";
    }
}

words! {
    /// The type of a question.
    FieldKind {
        /// One line.
        Text = "text", "texte";
        /// Several lines.
        LongText = "long-text", "texte long";
        /// One option.
        Choice = "choice", "choix";
        /// Several options.
        Choices = "choices", "choix multiple";
        /// Yes or no.
        YesNo = "yes-no", "oui ou non";
        /// A whole number.
        Number = "number", "nombre";
        /// A day.
        Date = "date", "date";
        /// A web address.
        Url = "url", "adresse web";
        /// A mail address.
        Email = "email", "adresse électronique";
        /// Attached files.
        File = "file", "fichier";
        /// A small table.
        Rows = "rows", "tableau";
        /// People of the school, chosen in a list: a name is never typed.
        Person = "person", "personne";
    }
}

words! {
    /// Whom a task waits for before it can begin.
    Waiting {
        /// The school supplies something first.
        School = "school", "l’établissement";
        /// The provider answers first.
        Provider = "provider", "le prestataire";
        /// A delivery comes first.
        Delivery = "delivery", "une livraison";
    }
}

words! {
    /// What a signed act is about; the rule of each kind is in `features/acts`. (T2, T3, T5)
    ActKind {
        /// Workstation management by an ICT coordinator. (POSTE-21)
        WorkstationRights = "workstation-rights", "Droits de gestion de postes";
        /// Limited administration rights on the infrastructure. (SRV-14)
        AdminRights = "admin-rights", "Droits d’administration limités";
        /// Web filtering decided by a delegate of the head. (SEC-08)
        FilterDelegation = "filter-delegation", "Délégation du filtrage";
        /// Accounts managed by staff of the head. (IDT-14)
        AccountDelegation = "account-delegation", "Délégation de gestion des comptes";
        /// Rights on an infrastructure tool that the Region allows. (OGI-11)
        ToolRights = "tool-rights", "Droits sur un outil d’infrastructure";
        /// Remote access of a provider. (LADM-20)
        ProviderAccess = "provider-access", "Accès externe d’un prestataire";
        /// A site allowed or forbidden for a while. (SEC-09)
        WebExemption = "web-exemption", "Dérogation au filtrage";
        /// A closed list of software. (POSTE-10)
        SoftwareList = "software-list", "Liste de logiciels arrêtée";
        /// A solution kept apart from the information system. (SRV-10)
        IsolationAttestation = "isolation-attestation", "Attestation d’isolement";
        /// The Region is released from its liability towards a school. (T5)
        LiabilityRelease = "liability-release", "Dégagement de responsabilité";
    }
}

words! {
    /// What opens the review of an act. (T3, SRV-18 to SRV-20)
    ReviewCause {
        /// The school has a new head.
        HeadChanged = "head-changed", "changement de chef d’établissement";
        /// The person who holds the right leaves the school.
        DelegateLeft = "delegate-left", "départ de la personne désignée";
        /// A year has passed.
        Anniversary = "anniversary", "date anniversaire";
        /// The contract of a provider ends.
        ContractEnd = "contract-end", "fin du contrat";
    }
}

words! {
    /// The order in which several people sign.
    SignOrder {
        /// One after the other, as listed.
        Strict = "strict", "l’un après l’autre";
        /// Each when they can.
        Free = "free", "chacun quand il le peut";
    }
}
