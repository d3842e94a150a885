//! The cast: invented people with the functions of the mission's actor table (T8).

use beffroi_db::{Db, DbError};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_directory::{School, teams};
use beffroi_kernel::{Permit, PersonId, Role, SchoolId, TeamId};
use chrono::TimeDelta;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::{DemoError, PASSWORD};

const GIVEN: &[&str] = &[
    "Adèle",
    "Amine",
    "Anaïs",
    "Basile",
    "Camille",
    "Chloé",
    "Damien",
    "Élise",
    "Fatima",
    "Gaspard",
    "Hélène",
    "Ibrahim",
    "Jeanne",
    "Karim",
    "Léa",
    "Lucien",
    "Manon",
    "Mathis",
    "Nadia",
    "Nino",
    "Oscar",
    "Pauline",
    "Quentin",
    "Rachida",
    "Sacha",
    "Samir",
    "Simone",
    "Théo",
    "Valentine",
    "Yanis",
];
const FAMILY: &[&str] = &[
    "Bellanger",
    "Caudron",
    "Crépin",
    "Dassonval",
    "Delattre",
    "Desprez",
    "Dubrulle",
    "Fauquembergue",
    "Flament",
    "Gossart",
    "Hennebelle",
    "Hochart",
    "Lecocq",
    "Leprêtre",
    "Macrez",
    "Obled",
    "Pruvost",
    "Quenson",
    "Ricouart",
    "Sagnier",
    "Taffin",
    "Vanhove",
    "Verdière",
    "Wallaert",
    "Ysebaert",
];

/// The functions of each school, the first eight with an account in the first two schools.
const SCHOOL_ROLES: &[Role] = &[
    Role::Head,
    Role::SecretaryGeneral,
    Role::Teacher,
    Role::IctCoordinator,
    Role::DeputyHead,
    Role::WorkshopDirector,
    Role::SchoolStaff,
    Role::SchoolAgent,
    Role::Pupil,
    Role::Teacher,
    Role::Teacher,
];

/// Accounts whose login and password the demo shows: login, function, team.
const AGENTS: &[(&str, Role, Option<&str>)] = &[
    ("technicien.nord", Role::Technician, Some("mobile-nord")),
    ("technicien.sud", Role::Technician, Some("mobile-sud")),
    ("technicien.central", Role::Technician, Some("services-centralises")),
    ("responsable.nord", Role::ServiceManager, Some("exploitation-nord")),
    ("departement", Role::DepartmentHead, None),
    ("catalogue", Role::RegionAdmin, None),
    ("travaux", Role::WorksAgent, Some("travaux-lycees")),
    ("academie", Role::AcademyAgent, Some("drsi-lille")),
    ("rssi", Role::SecurityOfficer, Some("rssi-region-academique")),
    ("dpd", Role::DataProtectionOfficer, None),
    ("prestataire", Role::ProviderAgent, Some("impression-services")),
];

/// Teams that get a second technician, without an account.
const CREWS: &[&str] = &[
    "mobile-nord",
    "mobile-ouest",
    "mobile-sud",
    "exploitation-nord",
    "exploitation-ouest",
    "exploitation-sud",
    "services-centralises",
];

/// Who is who.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    /// People of schools.
    pub school: Vec<(SchoolId, Role, PersonId)>,
    /// Agents by team.
    pub agents: Vec<(TeamId, PersonId)>,
}

impl Cast {
    /// Someone who holds `role` in `school`.
    #[must_use]
    pub fn in_school(&self, school: SchoolId, role: Role) -> Option<PersonId> {
        self.school
            .iter()
            .find(|(where_, held, _)| *where_ == school && *held == role)
            .map(|(_, _, person)| *person)
    }

    /// Someone of `team`.
    #[must_use]
    pub fn in_team(&self, team: TeamId) -> Option<PersonId> {
        self.agents.iter().find(|(one, _)| *one == team).map(|(_, person)| *person)
    }
}

struct Casting<'a> {
    db: &'a Db,
    dice: &'a mut StdRng,
    count: u32,
    /// Those whose login is shown: they may sign in.
    shown: Vec<PersonId>,
}

pub(crate) async fn create(db: &Db, schools: &[School], dice: &mut StdRng) -> Result<Cast, DemoError> {
    let mut casting = Casting { db, dice, count: 0, shown: Vec::new() };
    let mut cast = Cast::default();
    for (number, school) in schools.iter().enumerate() {
        let suffix = ["lille", "roubaix"].get(number);
        for (rank, role) in SCHOOL_ROLES.iter().enumerate() {
            let login = suffix.filter(|_| rank < 9).map(|suffix| format!("{}.{suffix}", login_word(*role)));
            let person = casting.person(login).await?;
            casting.function(person, *role, Some(school.id), None).await?;
            cast.school.push((school.id, *role, person));
        }
    }
    for (login, role, slug) in AGENTS {
        let team = casting.team(*slug).await?;
        let person = casting.person(Some((*login).to_owned())).await?;
        casting.function(person, *role, None, team).await?;
        cast.agents.extend(team.map(|team| (team, person)));
    }
    for slug in CREWS {
        let team = casting.team(Some(slug)).await?;
        let person = casting.person(None).await?;
        casting.function(person, Role::Technician, None, team).await?;
        cast.agents.extend(team.map(|team| (team, person)));
    }
    let permit = Permit::system(PersonId(uuid::Uuid::nil()), "the demo");
    people::set_shared_password(db, &permit, &casting.shown, PASSWORD).await.map_err(DemoError::step)?;
    Ok(cast)
}

const fn login_word(role: Role) -> &'static str {
    match role {
        Role::Head => "proviseur",
        Role::SecretaryGeneral => "sg",
        Role::DeputyHead => "adjoint",
        Role::WorkshopDirector => "ddfpt",
        Role::IctCoordinator => "tic",
        Role::Teacher => "enseignant",
        Role::SchoolStaff => "personnel",
        Role::SchoolAgent => "agent",
        _ => "eleve",
    }
}

impl Casting<'_> {
    async fn person(&mut self, login: Option<String>) -> Result<PersonId, DemoError> {
        self.count += 1;
        let pick = |list: &[&str], dice: &mut StdRng| (*list.choose(dice).unwrap_or(&"Camille")).to_owned();
        let (given_name, family_name) = (pick(GIVEN, self.dice), pick(FAMILY, self.dice));
        let shown = login.is_some();
        let login = login.unwrap_or_else(|| format!("personne{}", self.count));
        let email = Some(format!("{login}@beffroi.invalid"));
        let permit = Permit::system(PersonId(uuid::Uuid::nil()), "the demo");
        let new = NewPerson { given_name, family_name, email, login: Some(login) };
        let id = people::create_person(self.db, &permit, new).await.map_err(DemoError::step)?;
        if shown {
            self.shown.push(id);
        }
        Ok(id)
    }

    async fn function(
        &self,
        person: PersonId,
        role: Role,
        school: Option<SchoolId>,
        team: Option<TeamId>,
    ) -> Result<(), DemoError> {
        let permit = Permit::system(PersonId(uuid::Uuid::nil()), "the demo");
        let from = self.db.now() - TimeDelta::days(60);
        let function = NewFunction { person, role, school, team, territory: None, from, to: None };
        people::give_function(self.db, &permit, function).await.map_err(DemoError::step)?;
        Ok(())
    }

    async fn team(&self, slug: Option<&str>) -> Result<Option<TeamId>, DemoError> {
        let Some(slug) = slug else { return Ok(None) };
        let team = teams::team_by_slug(self.db, slug).await?;
        Ok(Some(team.ok_or_else(|| DemoError::Step(format!("l’équipe {slug} manque")))?.id))
    }
}

pub(crate) async fn accounts(db: &Db) -> Result<Vec<(String, String)>, DbError> {
    let school =
        ["proviseur.lille", "sg.lille", "enseignant.lille", "tic.lille", "eleve.lille", "proviseur.roubaix"];
    let mut found = Vec::new();
    for login in school.into_iter().chain(AGENTS.iter().map(|(login, ..)| *login)) {
        if let Some(person) = people::person_by_login(db, login).await? {
            let functions = people::functions_of(db, person.id).await?;
            let role = functions.first().map_or("", |function| function.role.label());
            found.push((login.to_owned(), format!("{role} — {}", person.name())));
        }
    }
    Ok(found)
}
