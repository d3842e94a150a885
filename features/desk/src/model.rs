//! The words of the desk: states, kinds, actions.

use beffroi_kernel::words;

words! {
    /// Where a request stands.
    State {
        /// The school's own approvals are under way: no team sees it yet.
        Validation = "validation", "En validation dans l’établissement";
        /// Sent to the team, not yet taken.
        New = "new", "Nouvelle";
        /// Being worked on.
        Open = "open", "En cours";
        /// Waiting for someone else: clocks stand still.
        Waiting = "waiting", "En attente";
        /// The team gave a solution; the requester may reopen.
        Resolved = "resolved", "Résolue";
        /// Over.
        Closed = "closed", "Close";
        /// Refused inside the school.
        Refused = "refused", "Refusée par l’établissement";
        /// Goes on in another request.
        Merged = "merged", "Fusionnée";
    }
}

words! {
    /// Whom a waiting request waits for.
    WaitingFor {
        /// The school owes something.
        School = "school", "l’établissement";
        /// A provider owes something.
        Provider = "provider", "un prestataire";
        /// Something must be delivered.
        Delivery = "delivery", "une livraison";
    }
}

words! {
    /// How a request ended.
    Outcome {
        /// Done as asked.
        Done = "done", "Fait";
        /// Done in part or with limits (IMP-08).
        Degraded = "degraded", "Fait en mode dégradé";
        /// Cannot be done; the message says why (IMP-08).
        Impossible = "impossible", "Impossible";
        /// Refused by the team, with the sentence of the sheet.
        Refused = "refused", "Refusé";
        /// The requester gave up.
        Withdrawn = "withdrawn", "Abandonnée par le demandeur";
        /// The school never answered.
        NoAnswer = "no-answer", "Sans réponse de l’établissement";
    }
}

words! {
    /// Who may read a message.
    MessageKind {
        /// Everyone on the request.
        Public = "public", "Message";
        /// Agents only.
        Internal = "internal", "Note interne";
        /// Written by Beffroi: what happened.
        System = "system", "Événement";
    }
}

words! {
    /// Where an approval stands.
    ApprovalState {
        /// Not its turn yet.
        Later = "later", "À venir";
        /// Someone must decide.
        Pending = "pending", "En attente";
        /// Granted.
        Granted = "granted", "Accordée";
        /// Refused, with a reason.
        Refused = "refused", "Refusée";
    }
}

words! {
    /// How a request came in (CSU-05).
    Channel {
        /// The form.
        Web = "web", "Formulaire";
        /// A phone call, typed by an agent.
        Phone = "phone", "Téléphone";
        /// A mail, taken in by itself or typed by an agent.
        Mail = "mail", "Courriel";
        /// Asked to a technician on the spot (POSTE-34).
        WalkIn = "walk-in", "Sur place";
        /// Another program, through the API.
        Machine = "api", "Autre logiciel";
    }
}

words! {
    /// What an agent does with the text they write.
    Gesture {
        /// A message to the requester.
        Reply = "reply", "Réponse";
        /// For agents only.
        Note = "note", "Note interne";
        /// Something to do.
        Task = "task", "Tâche";
        /// The request waits; the text says for what.
        Wait = "wait", "Attente";
        /// The request is solved; the text says how.
        Solution = "solution", "Solution";
    }
}

words! {
    /// Who may answer with a template.
    TemplateReach {
        /// Its author.
        Own = "own", "Moi seulement";
        /// A team.
        Team = "team", "Mon équipe";
        /// Every agent.
        Everyone = "everyone", "Tous les agents";
    }
}

impl State {
    /// Whether work on it is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed | Self::Refused | Self::Merged)
    }

    /// Whether a team has it in hand.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::Waiting)
    }
}

beffroi_kernel::actions! {
    /// Writes and sends a request for a school.
    SubmitRequest {
        Head => School, DeputyHead => School, SecretaryGeneral => School, WorkshopDirector => School,
        IctCoordinator => School, Teacher => School, SchoolStaff => School, SchoolAgent => School, Pupil => School,
    }
    /// Fills in a draft of one's own: asked for oneself, or typed in for somebody of a school (CSU-05).
    FillDrafts {
        Head => School, DeputyHead => School, SecretaryGeneral => School, WorkshopDirector => School,
        IctCoordinator => School, Teacher => School, SchoolStaff => School, SchoolAgent => School, Pupil => School,
        Technician => Own, ServiceManager => Own, DepartmentHead => Own, WorksAgent => Own, AcademyAgent => Own,
    }
    /// Types in a request received by phone, by mail or on the spot (CSU-05).
    RecordRequest {
        Technician => Territory, ServiceManager => Territory, DepartmentHead => Region,
        WorksAgent => Region, AcademyAgent => Region,
    }
    /// Reads requests and their public conversation, answers them.
    ReadRequests {
        Head => School, DeputyHead => School, SecretaryGeneral => School, WorkshopDirector => School,
        IctCoordinator => Own, Teacher => Own, SchoolStaff => Own, SchoolAgent => Own, Pupil => Own,
        Technician => Territory, ServiceManager => Territory, DepartmentHead => Region, RegionAdmin => Region,
        WorksAgent => Team, AcademyAgent => Team, SecurityOfficer => Team, ProviderAgent => Team,
    }
    /// Works on requests: takes, answers, waits, solves, reassigns.
    WorkRequests {
        Technician => Territory, ServiceManager => Territory, DepartmentHead => Region,
        WorksAgent => Team, AcademyAgent => Team, SecurityOfficer => Team, ProviderAgent => Team,
    }
    /// Declares major incidents, gives news of them, resolves them.
    LeadIncidents {
        Technician => Territory, ServiceManager => Territory, DepartmentHead => Region, SecurityOfficer => Team,
    }
    /// Sets who is told when a delay runs out.
    ManageLevels { DepartmentHead => Region }
    /// Keeps the duty roster of a team and shares its work out.
    ManageTeam { ServiceManager => Territory, DepartmentHead => Region }
    /// Plans requests that come back.
    PlanRequests {
        Head => School, DeputyHead => School, SecretaryGeneral => School, WorkshopDirector => School, IctCoordinator => School,
    }
    /// Sees where all requests of a territory or the Region stand.
    SuperviseRequests { ServiceManager => Territory, DepartmentHead => Region, RegionAdmin => Region }
    /// Says who may read the measured delays.
    PublishDelays { DepartmentHead => Region, RegionAdmin => Region }
    /// Saves searches of the agents' list for everyone.
    ShareSearches { ServiceManager => Territory, DepartmentHead => Region, RegionAdmin => Region }
    /// Reads and writes internal notes: not providers (CSU-09).
    ReadInternalNotes {
        Technician => Territory, ServiceManager => Territory, DepartmentHead => Region,
        WorksAgent => Team, AcademyAgent => Team, SecurityOfficer => Team,
    }
    /// Approves, signs or refuses inside the school.
    DecideApprovals {
        Head => School, DeputyHead => School, SecretaryGeneral => School, WorkshopDirector => School,
        IctCoordinator => School, Teacher => School,
    }
}
