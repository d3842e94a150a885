//! Five school years of requests: who asks for what, where and when; each one's life is told by
//! [`super::story`]. (CSU-01, CSU-08)

use std::collections::HashMap;
use std::sync::Arc;

use beffroi_calendar::WorkingCalendar;
use beffroi_desk::history::request;
use beffroi_desk::{Channel, State};
use beffroi_directory::Team;
use beffroi_kernel::{RequestId, Role};
use beffroi_sheets::{Nature, Routing, Word};
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::ids::Ids;
use super::people::{Crowd, Member};
use super::ruler::{Ruler, instant};
use super::schools::Lycee;
use super::stock::{Filled, Stock};
use super::story::{Recent, Rows, Story};
use super::template::Template;
use super::texts::Words;
use crate::DemoError;

/// How often each function asks, next to the others.
const ASKING: &[(Role, u32)] = &[
    (Role::Teacher, 34),
    (Role::IctCoordinator, 30),
    (Role::SecretaryGeneral, 10),
    (Role::SchoolStaff, 8),
    (Role::DeputyHead, 6),
    (Role::Head, 5),
    (Role::WorkshopDirector, 4),
    (Role::Pupil, 4),
    (Role::SchoolAgent, 3),
];
/// Times another school, type or function is drawn before giving up.
const TRIES: u32 = 200;

/// Where and among whom requests happen.
pub(crate) struct World {
    pub(crate) lycees: Vec<Lycee>,
    pub(crate) crowd: Crowd,
    pub(crate) teams: Vec<Team>,
    pub(crate) routing: Arc<Routing>,
    pub(crate) calendar: WorkingCalendar,
    pub(crate) ruler: Ruler,
    pub(crate) any: beffroi_sheets::Field,
    pub(crate) now: i64,
}

impl World {
    /// A template filled for a request of that second.
    pub(crate) fn fill(&self, template: &Template, words: &Words, at: i64) -> String {
        template.fill(words, self.ruler.day(at), &self.any)
    }
}

/// Writes requests one after the other.
pub(crate) struct Author {
    world: World,
    stock: Stock,
    dice: StdRng,
    ids: Ids,
    /// Pupils of the lycées before each one, to draw a lycée by its size.
    sizes: Vec<u64>,
    /// Team and reason, by type and lycée.
    routes: HashMap<(usize, usize), (usize, String)>,
    recent: Vec<Option<Recent>>,
    /// Last number of each year.
    pub(crate) counters: HashMap<i32, i32>,
}

struct Asked {
    lycee: usize,
    kind: usize,
    requester: Member,
    filled: Arc<Filled>,
}

impl Author {
    /// An author for this world.
    pub(crate) fn new(world: World, stock: Stock, seed: u64) -> Self {
        let mut total = 0;
        let sizes = world.lycees.iter().map(|lycee| {
            total += u64::from(lycee.pupils);
            total
        });
        let (sizes, recent) = (sizes.collect(), vec![None; world.lycees.len()]);
        let (dice, ids) = (StdRng::seed_from_u64(seed ^ 0x5e9), Ids::new(seed ^ 0x1d5));
        Self { world, stock, dice, ids, sizes, routes: HashMap::new(), recent, counters: HashMap::new() }
    }

    /// The request sent at that second.
    ///
    /// # Errors
    /// When nobody can ask for anything.
    pub(crate) fn write(&mut self, at: i64, rows: &mut Rows) -> Result<(), DemoError> {
        let asked = (0..TRIES).find_map(|_| self.draw(at));
        let asked = asked.ok_or_else(|| DemoError::Step("personne ne peut faire de demande".into()))?;
        let (team, because) = self.route(asked.kind, asked.lycee)?;
        let staff = &self.world.crowd.lycees[asked.lycee];
        let other = staff.choose(&mut self.dice).map_or("", |other| other.name.as_str());
        let about = self.stock.kinds[asked.kind].of();
        let words = Words::new(&about.theme, &asked.requester.name, other, &mut self.dice);
        let reference = self.reference(at);
        let request = self.request(&asked, &words, (at, &reference), (team, because));
        let id = request.id;
        let recent = self.recent[asked.lycee].take();
        let same = recent.as_ref().filter(|recent| recent.kind == asked.kind && recent.until > at);
        let merged = same.filter(|_| self.dice.random_range(0..100u32) < 35);
        let mut story = Story {
            world: &self.world,
            dice: &mut self.dice,
            ids: &mut self.ids,
            rows,
            kind: self.stock.kinds[asked.kind].of(),
            filled: &asked.filled,
            staff: &self.world.crowd.lycees[asked.lycee],
            team: &self.world.crowd.teams[team],
            requester: &asked.requester,
            words,
            request,
            pauses: Vec::new(),
            last: at,
        };
        if let Some(recent) = same.filter(|_| merged.is_none()) {
            story.link(recent.id, "related", at);
        }
        let until = story.tell(at, merged);
        self.recent[asked.lycee] = Some(Recent { id, reference, kind: asked.kind, until });
        Ok(())
    }

    /// The next reference of the year.
    fn reference(&mut self, at: i64) -> String {
        let year = self.world.ruler.year(at);
        let last = self.counters.entry(year).or_default();
        *last += 1;
        format!("{year}-{last:05}")
    }

    fn draw(&mut self, at: i64) -> Option<Asked> {
        let total = self.sizes.last().copied().unwrap_or(1).max(1);
        let luck = self.dice.random_range(0..total);
        let lycee = self.sizes.partition_point(|before| *before <= luck);
        let kind = self.stock.draw(&mut self.dice);
        let who = &self.stock.kinds[kind].of().who;
        let role = role(who, &mut self.dice)?;
        let people = &self.world.crowd.lycees[lycee];
        let able: Vec<&Member> = people.iter().filter(|one| one.role == role && one.holds(at)).collect();
        let requester = (*able.choose(&mut self.dice)?).clone();
        let filled = self.stock.form(kind, role, &self.world.lycees[lycee], &mut self.dice)?;
        Some(Asked { lycee, kind, requester, filled })
    }

    /// The team that the matrix gives, computed once for each type and lycée.
    fn route(&mut self, kind: usize, lycee: usize) -> Result<(usize, String), DemoError> {
        if let Some(known) = self.routes.get(&(kind, lycee)) {
            return Ok(known.clone());
        }
        let about = self.stock.kinds[kind].of();
        let place = &self.world.lycees[lycee].place;
        let decision = self.world.routing.route(&about.theme, about.provider_first, place);
        let team = self.world.teams.iter().position(|team| team.slug == decision.team);
        let team = team.ok_or_else(|| DemoError::Step(format!("l’équipe {} manque", decision.team)))?;
        self.routes.insert((kind, lycee), (team, decision.because.clone()));
        Ok((team, decision.because))
    }

    fn request(
        &mut self,
        asked: &Asked,
        words: &Words,
        (at, reference): (i64, &str),
        (team, because): (usize, String),
    ) -> request::Model {
        let kind = &self.stock.kinds[asked.kind];
        let (published, kind) = (&kind.published, kind.of());
        let summary: String = self.world.fill(&asked.filled.summary, words, at).chars().take(160).collect();
        request::Model {
            id: RequestId(self.ids.at(at)),
            reference: reference.to_owned(),
            school_id: self.world.lycees[asked.lycee].id,
            requester_id: asked.requester.person,
            requester_role: asked.requester.role.slug().into(),
            sheet_version_id: published.id,
            sheet_slug: published.sheet.slug.clone(),
            request_type: kind.id.clone(),
            title: kind.title.clone(),
            summary,
            nature: kind.nature.slug().into(),
            theme: kind.theme.clone(),
            state: State::Validation.slug().into(),
            waiting_for: None,
            team_id: self.world.teams[team].id,
            assignee_id: None,
            routing_reason: because,
            forced_assignment: false,
            goodwill: false,
            urgent: kind.nature == Nature::Incident && kind.theme == "securite",
            channel: channel(&mut self.dice).slug().into(),
            answers: self.world.fill(&asked.filled.answers, words, at),
            examples_on: "true".into(),
            submitted_at: instant(at),
            sent_at: None,
            first_answer_due: None,
            solution_due: None,
            next_due: None,
            first_answered_at: None,
            resolved_at: None,
            closed_at: None,
            outcome: None,
            outcome_note: None,
            satisfaction: None,
            satisfaction_note: None,
            merged_into: None,
            updated_at: instant(at),
            version: 0,
            active: false,
            pressing: 0,
            first_answer_minutes: None,
            solution_minutes: None,
            reopened: 0,
            parent_id: None,
        }
    }
}

/// How it came in: the form, most of the time.
fn channel(dice: &mut StdRng) -> Channel {
    match dice.random_range(0..100u32) {
        0..82 => Channel::Web,
        82..90 => Channel::Phone,
        90..98 => Channel::Mail,
        _ => Channel::WalkIn,
    }
}

/// One of the functions that may ask, drawn by how often it does.
fn role(who: &[Role], dice: &mut StdRng) -> Option<Role> {
    let asking: Vec<&(Role, u32)> = ASKING.iter().filter(|(role, _)| who.contains(role)).collect();
    let weighed = asking.choose_weighted(dice, |(_, weight)| *weight).ok();
    weighed.map(|(role, _)| *role)
}
