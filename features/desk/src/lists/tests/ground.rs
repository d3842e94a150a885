//! What the tests of lists stand on: two territories, six schools, four teams, and requests drawn
//! from a seed, with everything that makes orders difficult: nothing where something may be missing,
//! and the same values many times.

use beffroi_acts::Acts;
use beffroi_catalogue::Catalogue;
use beffroi_db::{Db, DbError};
use beffroi_directory::Site;
use beffroi_kernel::{Access, Function, Permit, PersonId, RequestId, Role, SchoolId, TeamId, TerritoryId};
use chrono::TimeDelta;
use sea_orm::sea_query::Value;

use crate::model::State;
use crate::store::entities::request::Model;
use crate::store::{requests, run};
use crate::views::request::tests::request;
use crate::{Desk, Files, WorkRequests};

pub struct Ground {
    pub desk: Desk,
    pub territories: Vec<TerritoryId>,
    pub teams: Vec<TeamId>,
    pub schools: Vec<SchoolId>,
    /// Two for each team, in order.
    pub people: Vec<PersonId>,
    _files: tempfile::TempDir,
}

/// Draws numbers: the same ones for the same seed.
pub struct Draw(u64);

impl Draw {
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

impl Ground {
    pub async fn new(db: Db) -> Self {
        let files = tempfile::tempdir().unwrap();
        let site = Site { db, base_url: "https://beffroi.example".into(), secure_cookies: true };
        let kept = Files::local(files.path()).unwrap();
        let desk = Desk::new(site.clone(), Catalogue::new(site.clone()), kept, Acts::new(site));
        let territories: Vec<_> = (0..2).map(|_| TerritoryId::new()).collect();
        let teams: Vec<_> = (0..4).map(|_| TeamId::new()).collect();
        let schools: Vec<_> = (0..6).map(|_| SchoolId::new()).collect();
        let people: Vec<_> = (0..8).map(|_| PersonId::new()).collect();
        let ground = Self { desk, territories, teams, schools, people, _files: files };
        ground.furnish().await;
        ground
    }

    pub async fn sql(&self, sql: &str, values: Vec<Value>) {
        run(self.desk.site.db.read(), sql, values).await.unwrap();
    }

    async fn furnish(&self) {
        for (place, id) in self.territories.iter().enumerate() {
            let values =
                vec![id.0.into(), format!("territoire-{place}").into(), format!("Territoire {place}").into()];
            self.sql("INSERT INTO territory (id, slug, name) VALUES ($1, $2, $3)", values).await;
        }
        for (place, id) in self.teams.iter().enumerate() {
            let sql = "INSERT INTO team (id, slug, name, kind, territory_id, active) VALUES ($1, $2, $3, 'mobile', $4, TRUE)";
            let territory = self.territories[place % 2].0;
            let values = vec![
                id.0.into(),
                format!("equipe-{place}").into(),
                format!("Équipe {place}").into(),
                territory.into(),
            ];
            self.sql(sql, values).await;
        }
        for (place, id) in self.schools.iter().enumerate() {
            let sql = "INSERT INTO school (id, uai, name, kind, city, postcode, department, academy, territory_id, \
                       operations_team_id, mobile_team_id, o365, search_key, active) \
                       VALUES ($1, $2, $3, 'LGT', $4, '59000', '59', 'lille', $5, $6, $6, FALSE, $7, TRUE)";
            let uai = beffroi_kernel::Uai::from_digits(590_001 + u32::try_from(place).unwrap());
            let values = vec![
                id.0.into(),
                uai.to_string().into(),
                format!("Lycée {}", place / 2).into(),
                ["Lille", "Douai", "Lille"][place % 3].into(),
                self.territories[place % 2].0.into(),
                self.teams[place % 4].0.into(),
                format!("lycee {} {}", place / 2, ["lille", "douai", "lille"][place % 3]).into(),
            ];
            self.sql(sql, values).await;
        }
        for (place, id) in self.people.iter().enumerate() {
            let sql = "INSERT INTO person (id, given_name, family_name, login, must_change_password, search_key, created_at) \
                       VALUES ($1, $2, $3, $4, FALSE, $4, $5)";
            let family = ["Lens", "Roux", "Lens", "Petit"][place % 4];
            let now = self.desk.site.db.now();
            let values =
                vec![id.0.into(), "Camille".into(), family.into(), format!("p{place}").into(), now.into()];
            self.sql(sql, values).await;
            let sql = "INSERT INTO function_held (id, person_id, role, team_id, from_at, source) \
                       VALUES ($1, $2, 'technician', $3, $4, 'test')";
            let values = vec![
                RequestId::new().0.into(),
                id.0.into(),
                self.teams[place / 2].0.into(),
                (now - TimeDelta::days(30)).into(),
            ];
            self.sql(sql, values).await;
        }
    }

    fn drawn(&self, draw: &mut Draw, number: u64) -> Model {
        let now = self.desk.site.db.now();
        let pick = |draw: &mut Draw, most: usize| usize::try_from(draw.below(most as u64)).unwrap();
        let place = pick(draw, 6);
        let team = pick(draw, 4);
        let mut model = request(self.schools[place], self.teams[team]);
        let states = [State::New, State::Open, State::Waiting, State::Resolved, State::Closed, State::Merged];
        let state = states[pick(draw, 6)];
        model.reference = format!("2026-{:05}", number + 1);
        model.state = state.slug().into();
        model.title = ["Signaler une panne", "Autoriser un site", "Étendre le réseau"][pick(draw, 3)].into();
        model.requester_id = self.people[pick(draw, 8)];
        model.assignee_id = (draw.below(3) > 0).then(|| self.people[team * 2 + pick(draw, 2)]);
        model.urgent = draw.below(9) == 0;
        model.goodwill = draw.below(7) == 0;
        model.theme = ["poste", "reseau"][pick(draw, 2)].into();
        let hours = i64::try_from(draw.below(400)).unwrap();
        model.submitted_at = now - TimeDelta::hours(hours / 8 * 8);
        model.sent_at = Some(model.submitted_at);
        model.updated_at = model.submitted_at + TimeDelta::hours(i64::try_from(draw.below(5)).unwrap());
        let due = now + TimeDelta::hours(i64::try_from(draw.below(20)).unwrap() * 6 - 30);
        let runs = matches!(state, State::New | State::Open) && !model.goodwill;
        model.next_due = runs.then_some(due);
        model
    }

    /// So many requests.
    pub async fn requests(&self, count: u64) -> Vec<Model> {
        let mut draw = Draw(42);
        let models: Vec<Model> = (0..count).map(|number| self.drawn(&mut draw, number)).collect();
        let kept = models.clone();
        let db = &self.desk.site.db;
        db.write::<_, DbError, _>(async |tx| requests::insert_many(tx.on(), models).await).await.unwrap();
        kept
    }

    /// Someone of the first team, who sees what it has and the schools of a territory.
    pub fn technician(&self) -> Access {
        self.agent(Role::Technician, self.people[0], Some(self.teams[0]), Some(self.territories[0]))
    }

    /// Someone who sees everything.
    pub fn department(&self) -> Access {
        self.agent(Role::DepartmentHead, PersonId::new(), None, None)
    }

    pub fn agent(
        &self,
        role: Role,
        person: PersonId,
        team: Option<TeamId>,
        territory: Option<TerritoryId>,
    ) -> Access {
        let since = self.desk.site.db.now() - TimeDelta::days(30);
        let function = Function { role, school: None, team, territory, since, substitute_for: None };
        Access { person, name: "Camille Lens".into(), functions: vec![function], at: self.desk.site.db.now() }
    }
}

pub fn works(access: &Access) -> Permit<WorkRequests> {
    access.permit().unwrap()
}
