//! The life of one request: approved in its lycée, taken, answered, paused, solved, reopened, closed —
//! as far as the present lets it go, with the words and deadlines the desk would have written.
//! (CSU-06, CSU-08, SRV-26 to SRV-29)

use beffroi_desk::history::{self, approval, effect, link, message, pause, request, task};
use beffroi_desk::work::AUTO_CLOSE_DAYS;
use beffroi_desk::{ApprovalState, MessageKind, Outcome, State, WaitingFor};
use beffroi_kernel::{ApprovalId, MessageId, PersonId, RequestId, TaskId};
use beffroi_sheets::{Answers, Delay, RequestType};
use chrono::{DateTime, Utc};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use sha2::{Digest, Sha256};

use super::ids::Ids;
use super::people::Member;
use super::requests::World;
use super::ruler::instant;
use super::stock::Filled;
use super::texts::{self, Words};

/// A working day, in seconds.
const DAY: i64 = 8 * 3_600;

/// What is written of some requests.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) requests: Vec<request::Model>,
    pub(crate) messages: Vec<message::Model>,
    pub(crate) pauses: Vec<pause::Model>,
    pub(crate) approvals: Vec<approval::Model>,
    pub(crate) tasks: Vec<task::Model>,
    pub(crate) effects: Vec<effect::Model>,
    pub(crate) links: Vec<link::Model>,
    pub(crate) jobs: Vec<Job>,
}

/// What remains to be done by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Job {
    /// Close a request left resolved since the first instant, at the second.
    Close(RequestId, DateTime<Utc>, DateTime<Utc>),
    /// Give an effect back to its team.
    End(uuid::Uuid, DateTime<Utc>),
}

/// A request another one may go on in.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    pub(crate) id: RequestId,
    pub(crate) reference: String,
    pub(crate) kind: usize,
    /// Until this second a team has it in hand.
    pub(crate) until: i64,
}

/// A request being told.
pub(crate) struct Story<'a> {
    pub(crate) world: &'a World,
    pub(crate) dice: &'a mut StdRng,
    pub(crate) ids: &'a mut Ids,
    pub(crate) rows: &'a mut Rows,
    pub(crate) kind: &'a RequestType,
    pub(crate) filled: &'a Filled,
    pub(crate) staff: &'a [Member],
    pub(crate) team: &'a [Member],
    pub(crate) requester: &'a Member,
    pub(crate) words: Words,
    pub(crate) request: request::Model,
    pub(crate) pauses: Vec<pause::Model>,
    pub(crate) last: i64,
}

impl Story<'_> {
    fn luck(&mut self, percent: u32) -> bool {
        self.dice.random_range(0..100u32) < percent
    }

    fn minutes(&mut self, least: i64, most: i64) -> i64 {
        self.dice.random_range(least..most) * 60
    }

    /// The instant after so many seconds of work, if it has come.
    fn after(&self, start: i64, seconds: i64) -> Option<i64> {
        let at = self.world.ruler.after(start, seconds);
        (at + 10 < self.world.now).then_some(at)
    }

    fn say(&mut self, author: Option<PersonId>, kind: MessageKind, body: impl Into<String>, at: i64) {
        self.last = self.last.max(at);
        let id = MessageId(self.ids.at(at));
        let (request_id, created_at) = (self.request.id, instant(at));
        let (kind, body) = (kind.slug().into(), body.into());
        self.rows.messages.push(message::Model { id, request_id, author_id: author, kind, body, created_at });
    }

    fn event(&mut self, body: impl Into<String>, at: i64) {
        self.request.version += 1;
        self.say(None, MessageKind::System, body, at);
    }

    /// Tells it all; returns until when a team has it in hand.
    pub(crate) fn tell(mut self, sent: i64, recent: Option<&Recent>) -> i64 {
        self.event("Demande déposée.", sent);
        let mut until = sent;
        if let Some(received) = self.approve(sent) {
            if received > sent {
                self.event("Validée par l’établissement, la demande est transmise à l’équipe.", received);
            }
            self.request.sent_at = Some(instant(received));
            self.request.state = State::New.slug().into();
            self.set_deadlines(received);
            until = self.serve(received, recent).unwrap_or(i64::MAX);
        }
        self.finish();
        until
    }

    /// The school decides, in order; the instant of the last decision, if all was granted by now.
    fn approve(&mut self, sent: i64) -> Option<i64> {
        let mut at = Some(sent);
        let filled = self.filled;
        for (step, position) in filled.approvals.iter().zip(0..) {
            let own = step.roles.contains(&self.requester.role) && !step.sign;
            let text = step.text.as_ref().map(|text| self.world.fill(text, &self.words, sent));
            let mut model = approval::Model {
                id: ApprovalId(self.ids.at(sent)),
                request_id: self.request.id,
                school_id: self.request.school_id,
                position,
                roles: step.roles.iter().map(|role| role.slug()).collect::<Vec<_>>().join(","),
                title: step.title.clone(),
                sign: step.sign,
                text,
                state: ApprovalState::Later.slug().into(),
                decided_by: None,
                authority: None,
                reason: None,
                decided_at: None,
                text_sha256: None,
            };
            if own {
                let role = self.requester.role.label();
                model.state = ApprovalState::Granted.slug().into();
                model.decided_by = Some(self.requester.person);
                model.authority = Some(format!("{role}, auteur de la demande"));
                model.decided_at = Some(instant(sent));
            } else if let Some(since) = at {
                at = self.decide(&mut model, &step.roles, since);
            }
            self.rows.approvals.push(model);
        }
        at
    }

    /// Someone of these functions decides; none when nobody did by now, or it was refused.
    fn decide(
        &mut self,
        step: &mut approval::Model,
        roles: &[beffroi_kernel::Role],
        since: i64,
    ) -> Option<i64> {
        step.state = ApprovalState::Pending.slug().into();
        let delay = if self.luck(85) { self.minutes(10, 900) } else { self.minutes(900, 5_000) };
        let at = self.after(since, delay)?;
        let able: Vec<&Member> =
            self.staff.iter().filter(|one| roles.contains(&one.role) && one.holds(at)).collect();
        let decider = *able.choose(self.dice)?;
        let day = beffroi_calendar::paris_day(instant(decider.from));
        step.decided_by = Some(decider.person);
        step.authority = Some(format!("{}, depuis le {}", decider.role.label(), day.format("%d/%m/%Y")));
        step.decided_at = Some(instant(at));
        let signed = step.text.as_ref().filter(|_| step.sign);
        step.text_sha256 = signed.map(|text| hex::encode(Sha256::digest(text)));
        if self.luck(3) {
            let reason = texts::refusal(self.dice);
            step.state = ApprovalState::Refused.slug().into();
            step.reason = Some(reason.into());
            self.request.state = State::Refused.slug().into();
            self.request.closed_at = Some(instant(at));
            self.event(format!("Refusée par l’établissement : {reason}"), at);
            return None;
        }
        step.state = ApprovalState::Granted.slug().into();
        Some(at)
    }

    fn set_deadlines(&mut self, sent: i64) {
        let deadline = |delay: Delay| self.world.ruler.deadline(&self.world.calendar, sent, delay);
        self.request.first_answer_due = Some(deadline(self.kind.first_answer));
        self.request.solution_due = Some(deadline(self.kind.solution));
    }

    /// So much of the working time up to a deadline.
    fn share(&self, sent: i64, due: Option<DateTime<Utc>>, hundredths: i64) -> i64 {
        let due = due.map_or(sent, |due| due.timestamp());
        (self.world.ruler.between(sent, due).max(3_600) * hundredths / 100).max(300)
    }

    /// The team works; the instant at which it has no more to do, if that has come.
    fn serve(&mut self, sent: i64, recent: Option<&Recent>) -> Option<i64> {
        if let Some(recent) = recent
            && let Some(merged) = self.merge(sent, recent)
        {
            return Some(merged);
        }
        let agents: Vec<&Member> = self.team.iter().filter(|one| one.holds(sent)).collect();
        let agent = agents.choose(self.dice)?.person;
        let first = self.reaction(sent);
        let waits = self.luck(18);
        // Nearly half are done at once, and the solution is the first answer.
        if !waits && self.luck(45) {
            let at = self.after(sent, first)?;
            return self.solve(agent, at);
        }
        let mut at = sent;
        if waits || self.luck(35) {
            at = self.after(sent, first * 3 / 4)?;
            self.take(agent, at);
        }
        at = self.after(at, first / 4 + 60)?;
        if !waits {
            self.answer(agent, at)?;
        }
        if self.luck(12) {
            let pause = self.minutes(5, 120);
            at = self.after(at, pause)?;
            let note = self.words.note(self.dice);
            self.say(Some(agent), MessageKind::Internal, note, at);
        }
        if waits {
            at = self.wait(agent, at)?;
        }
        let solved = self.work((sent, at))?;
        self.solve(agent, solved)
    }

    /// Seconds of work before the first answer: within the delay, most of the time.
    fn reaction(&mut self, sent: i64) -> i64 {
        let hundredths = match self.dice.random_range(0..100u32) {
            0..78 => self.dice.random_range(2..70i64),
            78..92 => self.dice.random_range(70..100i64),
            _ => self.dice.random_range(100..220i64),
        };
        self.share(sent, self.request.first_answer_due, hundredths)
    }

    /// The instant of the solution, if it has come.
    fn work(&mut self, (sent, at): (i64, i64)) -> Option<i64> {
        let hundredths = match self.dice.random_range(0..1_000u32) {
            0..350 => self.dice.random_range(25..85i64),
            350..820 => self.dice.random_range(85..100i64),
            820..900 => self.dice.random_range(100..180i64),
            900..950 => self.dice.random_range(180..700i64),
            _ => self.dice.random_range(700..3_500i64),
        };
        let whole = self.share(sent, self.request.solution_due, hundredths);
        let done = self.world.ruler.between(sent, at);
        self.after(at.max(self.last), (whole - done).max(600))
    }

    fn take(&mut self, agent: PersonId, at: i64) {
        self.request.assignee_id = Some(agent);
        self.request.state = State::Open.slug().into();
        self.event("La demande est prise en charge.", at);
    }

    fn answer(&mut self, agent: PersonId, at: i64) -> Option<()> {
        self.request.version += 1;
        self.request.first_answered_at.get_or_insert(instant(at));
        let words = texts::first_answer(self.dice);
        self.say(Some(agent), MessageKind::Public, words, at);
        if self.luck(25) {
            let pause = self.minutes(10, 300);
            let at = self.after(at, pause)?;
            let words = texts::reply(self.dice);
            self.say(Some(self.requester.person), MessageKind::Public, words, at);
        }
        Some(())
    }

    /// Waits for someone; the instant work goes on, if it has come.
    fn wait(&mut self, agent: PersonId, at: i64) -> Option<i64> {
        let pause = self.minutes(5, 240);
        let from = self.after(at.max(self.last), pause)?;
        let whom = match self.dice.random_range(0..10u32) {
            0..6 => WaitingFor::School,
            6..8 => WaitingFor::Provider,
            _ => WaitingFor::Delivery,
        };
        let days = match whom {
            WaitingFor::School => self.dice.random_range(1..80i64) * DAY / 10,
            WaitingFor::Provider => self.dice.random_range(2..25i64) * DAY,
            WaitingFor::Delivery => self.dice.random_range(10..90i64) * DAY,
        };
        self.request.state = State::Waiting.slug().into();
        self.request.waiting_for = Some(whom.slug().into());
        self.request.first_answered_at.get_or_insert(instant(from));
        self.pause(whom.slug(), from, None);
        let words = texts::wait(self.dice);
        self.say(Some(agent), MessageKind::Public, words, from);
        self.event(format!("En attente : {}. Les délais sont suspendus.", whom.label()), from + 1);
        let to = self.after(from, days)?;
        if whom == WaitingFor::School {
            let words = texts::reply(self.dice);
            self.say(Some(self.requester.person), MessageKind::Public, words, to - 1);
        }
        self.resume(to);
        Some(to)
    }

    fn pause(&mut self, whom: &str, from: i64, to: Option<i64>) {
        let id = self.ids.at(from);
        let (from_at, to_at) = (instant(from), to.map(instant));
        let request_id = self.request.id;
        self.pauses.push(pause::Model { id, request_id, waiting_for: whom.into(), from_at, to_at });
    }

    fn resume(&mut self, at: i64) {
        if let Some(pause) = self.pauses.last_mut() {
            pause.to_at = Some(instant(at));
        }
        self.request.state = State::Open.slug().into();
        self.request.waiting_for = None;
        self.event("Le travail reprend : les délais courent à nouveau.", at);
    }

    /// Goes on in another request of the school about the same thing.
    fn merge(&mut self, sent: i64, recent: &Recent) -> Option<i64> {
        let pause = self.minutes(15, 200);
        let at = self.after(sent, pause).filter(|at| at + 10 < recent.until)?;
        self.request.state = State::Merged.slug().into();
        self.request.merged_into = Some(recent.id);
        self.request.closed_at = Some(instant(at));
        self.event(format!("Cette demande se poursuit dans la demande {}.", recent.reference), at);
        let body = format!("La demande {} a été fusionnée ici.", self.request.reference);
        let (id, kind) = (MessageId(self.ids.at(at)), MessageKind::System.slug().into());
        let request_id = recent.id;
        let there = message::Model { id, request_id, author_id: None, kind, body, created_at: instant(at) };
        self.rows.messages.push(there);
        self.link(recent.id, "merged", at);
        Some(at)
    }

    /// Links this request and another, both ways.
    pub(crate) fn link(&mut self, other: RequestId, kind: &str, at: i64) {
        for (request_id, other_id) in [(self.request.id, other), (other, self.request.id)] {
            let created_at = instant(at);
            self.rows.links.push(link::Model { request_id, other_id, kind: kind.into(), created_at });
        }
    }

    /// Solves it, sometimes twice, and lets it close.
    fn solve(&mut self, agent: PersonId, solved: i64) -> Option<i64> {
        let outcome = self.outcome();
        self.resolve(agent, outcome, solved);
        let mut solved = solved;
        if self.luck(4) {
            let pause = self.minutes(60, 1_800);
            let again = self.after(solved, pause)?;
            self.reopen((solved, again));
            let pause = self.minutes(30, 2_400);
            solved = self.after(again, pause)?;
            self.resolve(agent, outcome, solved);
        }
        self.settle(agent, outcome, solved);
        self.close(solved);
        Some(solved)
    }

    fn outcome(&mut self) -> Outcome {
        match self.dice.random_range(0..200u32) {
            0..174 => Outcome::Done,
            174..184 => Outcome::Degraded,
            184..190 => Outcome::Impossible,
            190..195 => Outcome::Refused,
            195..198 => Outcome::Withdrawn,
            _ => Outcome::NoAnswer,
        }
    }

    fn resolve(&mut self, agent: PersonId, outcome: Outcome, at: i64) {
        let note = match outcome {
            Outcome::Done | Outcome::Degraded => self.words.solution(self.dice),
            Outcome::Impossible | Outcome::Refused => self.words.impossible(self.dice),
            Outcome::Withdrawn => "Vous n’en avez plus besoin : la demande s’arrête ici.".into(),
            Outcome::NoAnswer => "Sans réponse à nos questions, nous arrêtons ici.".into(),
        };
        let request = &mut self.request;
        request.state = State::Resolved.slug().into();
        request.first_answered_at.get_or_insert(instant(at));
        request.resolved_at = Some(instant(at));
        request.outcome = Some(outcome.slug().into());
        request.outcome_note = Some(note.clone());
        request.assignee_id.get_or_insert(agent);
        self.say(Some(agent), MessageKind::Public, note, at);
        self.event(format!("Solution proposée : {}.", outcome.label().to_lowercase()), at + 1);
    }

    fn reopen(&mut self, (solved, again): (i64, i64)) {
        self.pause("over", solved, Some(again));
        let request = &mut self.request;
        request.state = State::Open.slug().into();
        (request.resolved_at, request.outcome, request.outcome_note) = (None, None, None);
        request.reopened += 1;
        let words = texts::again(self.dice);
        self.say(Some(self.requester.person), MessageKind::Public, words, again);
        self.event("La demande est rouverte.", again + 1);
    }

    /// What the sheet declares becomes true.
    fn settle(&mut self, agent: PersonId, outcome: Outcome, at: i64) {
        let Some(declared) = self.kind.effect.as_ref() else { return };
        if !matches!(outcome, Outcome::Done | Outcome::Degraded) {
            return;
        }
        let answers: Answers = serde_json::from_str(&self.request.answers).unwrap_or_default();
        let until = history::effect_term(declared, &answers, instant(at));
        let id = self.ids.at(at);
        let over = until.filter(|until| until.timestamp() + 10 < self.world.now);
        match until {
            Some(until) if over.is_none() => self.rows.jobs.push(Job::End(id, until)),
            _ => {}
        }
        let undone_at = over.map(|over| {
            let at = self.world.ruler.after(over.timestamp(), DAY / 4);
            instant(at.min(self.world.now))
        });
        self.rows.effects.push(effect::Model {
            id,
            request_id: self.request.id,
            school_id: self.request.school_id,
            kind: declared.kind.clone(),
            text: declared.text.clone(),
            state: if over.is_some() { "undone" } else { "applied" }.into(),
            applied_at: instant(at),
            applied_by: agent,
            until,
            undone_at,
            undone_by: over.map(|_| agent),
        });
    }

    fn close(&mut self, solved: i64) {
        let day = self.world.ruler.day(solved);
        let end = self.world.calendar.end_of_working_day(day, AUTO_CLOSE_DAYS);
        let (rated, by_agent) = (self.luck(31), self.luck(25));
        let pause = self.minutes(10, 1_400);
        let closed = match self.after(solved, pause) {
            Some(at) if rated || by_agent => Some(at),
            _ => Some(end.timestamp()).filter(|at| at + 10 < self.world.now),
        };
        let Some(at) = closed else {
            self.rows.jobs.push(Job::Close(self.request.id, instant(solved), end));
            return;
        };
        self.request.state = State::Closed.slug().into();
        self.request.closed_at = Some(instant(at));
        let body = if rated && at < end.timestamp() {
            let grade = [3, 3, 3, 3, 3, 3, 3, 2, 2, 1].choose(self.dice).copied();
            self.request.satisfaction = grade;
            "Le demandeur a donné son avis ; la demande est close."
        } else if by_agent && at < end.timestamp() {
            "La demande est close."
        } else {
            "Sans nouvelle du demandeur, la demande est close."
        };
        self.event(body, at);
    }

    /// The columns that depend on all that happened.
    fn finish(mut self) {
        self.tasks();
        if self.request.sent_at.is_some() && !self.pauses.is_empty() {
            let Self { world, kind, pauses, request, .. } = &mut self;
            history::set_deadlines(request, kind, &world.calendar, pauses);
        } else {
            history::set_next_due(&mut self.request);
        }
        self.request.first_answer_minutes = self.measured(self.request.first_answered_at);
        self.request.solution_minutes = self.measured(self.request.resolved_at);
        self.request.updated_at = instant(self.last);
        self.rows.pauses.append(&mut self.pauses);
        self.rows.requests.push(history::ranked(self.request));
    }

    /// Working minutes from the sending up to there, pauses left out.
    fn measured(&self, until: Option<DateTime<Utc>>) -> Option<i32> {
        let (sent, until) = (self.request.sent_at?.timestamp(), until?.timestamp());
        let paused = self.pauses.iter().map(|pause| {
            let to = pause.to_at.map_or(until, |to| to.timestamp().min(until));
            self.world.ruler.between(pause.from_at.timestamp().max(sent), to)
        });
        let worked = self.world.ruler.between(sent, until) - paused.sum::<i64>();
        i32::try_from(worked.max(0) / 60).ok()
    }

    fn tasks(&mut self) {
        let filled = self.filled;
        let sent = self.request.submitted_at.timestamp();
        let over = self.request.resolved_at.zip(self.request.assignee_id);
        // The tasks of old requests would double the base: one in eight keeps its own.
        if State::of(&self.request.state).is_some_and(State::is_over) && !self.luck(12) {
            return;
        }
        for ((title, checklist), position) in filled.tasks.iter().zip(0..) {
            let title = self.world.fill(title, &self.words, sent);
            let mut checklist = self.world.fill(checklist, &self.words, sent);
            if over.is_some() {
                checklist = checklist.replace(",false]", ",true]");
            }
            let (id, request_id) = (TaskId(self.ids.at(sent)), self.request.id);
            let (done_at, done_by) = over.unzip();
            self.rows.tasks.push(task::Model {
                id,
                request_id,
                position,
                title,
                checklist,
                done_at,
                done_by,
            });
        }
    }
}
