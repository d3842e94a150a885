//! One action on several requests: chosen, foreseen, done one transaction a request by the same
//! use-cases as one by one, and taken back within ten minutes where nothing else happened since.

use std::collections::{BTreeSet, HashMap};

use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_directory::access_of;
use beffroi_kernel::{Access, Permit, PersonId, RequestId, Scope, TeamId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use super::forecast::{Kind, Parameters, Stage};
use super::searches::teams_of;
use super::{Row, Selection, page};
use crate::model::{State, WaitingFor};
pub use crate::store::bulk::Item;
use crate::store::entities::request;
use crate::store::{bulk as store, console};
use crate::work::{self, Step, WorkError, ground, journal, said, state, write_back};
use crate::{Desk, ReadRequests, WorkRequests, conversation};

/// Requests in one action at most.
pub const MOST: usize = 500;
/// Up to so many are done at once; more are done by a job, and the page shows how far it is.
const AT_ONCE: usize = 20;
/// How long an action can be taken back.
const UNDO_TIME: TimeDelta = TimeDelta::minutes(10);
/// The job that does what remains of a bulk action.
pub const BULK_JOB: &str = "desk.bulk";

/// A bulk action with its requests.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its identifier, and its place in addresses.
    pub id: Uuid,
    /// What it does.
    pub kind: Kind,
    /// With what.
    pub parameters: Parameters,
    /// `draft`, `running` or `undoing`, `done`, `undone`.
    pub state: String,
    /// Whether the selection held more than an action may.
    pub cut: bool,
    /// Its requests.
    pub items: Vec<Item>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
    person: PersonId,
}

impl Batch {
    /// How many of its requests are in that state.
    #[must_use]
    pub fn count(&self, state: &str) -> usize {
        self.items.iter().filter(|item| item.state == state).count()
    }

    /// Until when it can be taken back; none when it cannot, or no longer.
    #[must_use]
    pub fn undo_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = self.done_at? + UNDO_TIME;
        let open = self.state == "done" && self.kind.can_be_undone() && self.count("done") > 0;
        (open && now < until).then_some(until)
    }
}

/// The requests that a person chose.
#[derive(Debug)]
pub enum Chosen {
    /// These.
    Requests(Vec<RequestId>),
    /// All of a selection, up to [`MOST`].
    All(Box<Selection>),
}

/// Keeps a choice and what is to be done to it; nothing is done yet.
///
/// # Errors
/// [`WorkError::Missing`] when nothing within reach is chosen.
pub async fn begin(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    kind: Kind,
    chosen: Chosen,
) -> Result<Uuid, WorkError> {
    let (rows, cut) = match chosen {
        Chosen::Requests(mut ids) => {
            ids.truncate(MOST);
            (console::chosen(&desk.site.db, permit.scope(), permit.person(), &ids).await?, false)
        }
        Chosen::All(selection) => {
            let read = page(desk, permit, &selection, &[], None, MOST).await?;
            (read.rows, read.next.is_some())
        }
    };
    if rows.is_empty() {
        return Err(WorkError::Missing("cochez au moins une demande"));
    }
    let action = store::Action {
        id: RequestId::new().0,
        person_id: permit.person(),
        kind: kind.slug().into(),
        state: "draft".into(),
        parameters: "{}".into(),
        cut,
        done_at: None,
    };
    let id = action.id;
    desk.site.db.write(async |tx| store::insert(tx.on(), &action, &rows, tx.now()).await).await?;
    Ok(id)
}

/// One of the person's own bulk actions.
///
/// # Errors
/// When the database does not answer.
pub async fn open(desk: &Desk, person: PersonId, id: Uuid) -> Result<Option<Batch>, DbError> {
    read(desk, id, Some(person)).await
}

async fn read(desk: &Desk, id: Uuid, person: Option<PersonId>) -> Result<Option<Batch>, DbError> {
    let on = desk.site.db.read();
    let Some(action) = store::find(on, id, person).await? else { return Ok(None) };
    let kind = Kind::of(&action.kind).ok_or_else(|| DbError::Corrupt(action.kind.clone()))?;
    Ok(Some(Batch {
        id,
        kind,
        parameters: serde_json::from_str(&action.parameters)?,
        state: action.state,
        cut: action.cut,
        items: store::items(on, id).await?,
        done_at: action.done_at,
        person: action.person_id,
    }))
}

/// Keeps what the action needs to know, before it is foreseen.
///
/// # Errors
/// When the database does not answer.
pub async fn prepare(desk: &Desk, batch: &Batch, parameters: &Parameters) -> Result<(), DbError> {
    let text = serde_json::to_string(parameters)?;
    desk.site.db.write(async |tx| store::set_parameters(tx.on(), batch.id, &text).await).await
}

/// What would happen to a request of the action.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// The request.
    pub item: Item,
    /// What would change; or why nothing can.
    pub outcome: Result<String, String>,
}

/// What the action would do to each request, as things stand.
///
/// # Errors
/// When the database does not answer.
pub async fn foresee(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    access: &Access,
    batch: &Batch,
) -> Result<Vec<Foreseen>, DbError> {
    let ids: Vec<RequestId> = batch.items.iter().map(|item| item.request_id).collect();
    let rows = console::chosen(&desk.site.db, permit.scope(), permit.person(), &ids).await?;
    let rows: HashMap<RequestId, Row> = rows.into_iter().map(|row| (row.id, row)).collect();
    let (receiver, receiver_teams) = receiver(desk, access, batch).await?;
    let stage = Stage {
        access,
        kind: batch.kind,
        parameters: &batch.parameters,
        receiver: &receiver,
        receiver_teams: &receiver_teams,
    };
    let outcome = |item: &Item| match rows.get(&item.request_id) {
        None => Err("elle n’est plus dans votre périmètre".to_owned()),
        Some(row) if row.version != item.version_before => {
            Err("quelqu’un l’a modifiée depuis que vous l’avez choisie".to_owned())
        }
        Some(row) => stage.forecast(row),
    };
    Ok(batch.items.iter().map(|item| Foreseen { outcome: outcome(item), item: item.clone() }).collect())
}

async fn receiver(
    desk: &Desk,
    access: &Access,
    batch: &Batch,
) -> Result<(String, BTreeSet<TeamId>), DbError> {
    let db = &desk.site.db;
    match (batch.kind, batch.parameters.person, batch.parameters.team) {
        (Kind::Take, _, _) => Ok(("vous".into(), teams_of(access).into_iter().collect())),
        (Kind::Assign, Some(person), _) => {
            let found = access_of(db, person).await?;
            Ok(found.map(|one| (one.name.clone(), teams_of(&one).into_iter().collect())).unwrap_or_default())
        }
        (Kind::Reassign, _, Some(team)) => {
            let team = beffroi_directory::team(db, team).await?;
            Ok((team.map(|team| team.name).unwrap_or_default(), BTreeSet::new()))
        }
        _ => Ok(Default::default()),
    }
}

/// Does it: at once when it is short, else by a job. A second click changes nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn confirm(desk: &Desk, batch: &Batch) -> Result<(), DbError> {
    let short = batch.items.len() <= AT_ONCE;
    let begun = desk
        .site
        .db
        .write(async |tx| {
            if !store::advance(tx.on(), batch.id, "draft", "running").await? {
                return Ok(false);
            }
            // A short one is done at once; the job finishes it should the server stop meanwhile.
            let job = NewJob::new(BULK_JOB, &batch.id).once(format!("bulk:{}", batch.id));
            let later = if short { TimeDelta::minutes(1) } else { TimeDelta::zero() };
            tx.enqueue(job.at(tx.now() + later)).await?;
            Ok::<_, DbError>(true)
        })
        .await?;
    if begun && short {
        run(desk, batch.id).await?;
    }
    Ok(())
}

/// Does what remains of an action, with the rights its person holds now.
///
/// # Errors
/// When the database does not answer; what is done stays, and is not done again.
pub async fn run(desk: &Desk, id: Uuid) -> Result<(), DbError> {
    let Some(batch) = read(desk, id, None).await?.filter(|batch| batch.state == "running") else {
        return Ok(());
    };
    let access = access_of(&desk.site.db, batch.person).await?;
    let hands = access.as_ref().and_then(Hands::of);
    for item in batch.items.iter().filter(|item| item.state == "todo") {
        let outcome = match &hands {
            Some(hands) => act(desk, hands, &batch, item).await,
            None => Err(WorkError::NotFound),
        };
        if let Err(error) = outcome {
            refuse(desk, &batch, item, error).await?;
        }
    }
    desk.site
        .db
        .write(async |tx| {
            if !store::advance(tx.on(), id, "running", "done").await? {
                return Ok(());
            }
            store::ended(tx.on(), id, tx.now()).await?;
            let items = store::items(tx.on(), id).await?;
            let done = items.iter().filter(|item| item.state == "done").count();
            let data = serde_json::json!({ "action": batch.kind.slug(), "done": done, "refused": items.len() - done });
            tx.journal(Event::new("requests.bulk-done", format!("bulk:{id}")).by(batch.person).data(data));
            Ok(())
        })
        .await
}

/// The rights with which an action is done.
struct Hands<'a> {
    access: &'a Access,
    working: Permit<WorkRequests>,
    reading: Permit<ReadRequests>,
}

impl<'a> Hands<'a> {
    fn of(access: &'a Access) -> Option<Self> {
        Some(Self { access, working: access.permit()?, reading: access.permit()? })
    }
}

async fn refuse(desk: &Desk, batch: &Batch, item: &Item, error: WorkError) -> Result<(), DbError> {
    let why = match error {
        WorkError::Db(error) => return Err(error),
        WorkError::Changed => "quelqu’un l’a modifiée entre-temps".to_owned(),
        WorkError::NotFound => "elle n’est plus dans votre périmètre".to_owned(),
        other => other.to_string(),
    };
    desk.site
        .db
        .write(async |tx| {
            store::item_state(tx.on(), batch.id, item.position, ("todo", "refused"), Some(&why)).await
        })
        .await
}

async fn act(desk: &Desk, hands: &Hands<'_>, batch: &Batch, item: &Item) -> Result<(), WorkError> {
    let mark = Mark {
        action: batch.id,
        position: item.position,
        version: item.version_before,
        access: hands.access.clone(),
        kind: batch.kind,
        parameters: batch.parameters.clone(),
    };
    let Parameters { person, team, waiting_for, text } = &batch.parameters;
    let step = match (batch.kind, person, team) {
        (Kind::Take, _, _) => Step::Take,
        (Kind::Assign, Some(person), _) => Step::Assign(*person),
        (Kind::Reassign, _, Some(team)) => Step::Reassign { team: *team, reason: text.clone() },
        (Kind::Wait, _, _) => {
            let whom = WaitingFor::of(waiting_for).ok_or(WorkError::Missing("choisissez qui doit agir"))?;
            Step::Wait(whom, text.clone())
        }
        (Kind::Close, _, _) => Step::Close,
        (Kind::Message, _, _) => {
            let Hands { access, reading, .. } = hands;
            conversation::reply_marked(desk, reading, access, item.request_id, text, Some(&mark)).await?;
            return Ok(());
        }
        _ => return Err(WorkError::Missing("il manque à qui confier ces demandes")),
    };
    work::work_marked(desk, &hands.working, item.request_id, step, Some(&mark)).await?;
    Ok(())
}

/// The place of a request in a bulk action, settled in the transaction of the change itself.
pub(crate) struct Mark {
    action: Uuid,
    position: i32,
    version: i64,
    access: Access,
    kind: Kind,
    parameters: Parameters,
}

/// What a request was before a bulk action.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Before {
    version: i64,
    state: String,
    team: TeamId,
    assignee: Option<PersonId>,
    forced: bool,
    routing_reason: String,
    waiting_for: Option<String>,
    first_answered_at: Option<DateTime<Utc>>,
}

impl Mark {
    /// Refuses a request that is not as it was chosen, or not this person's to work on.
    pub(crate) fn check(&self, request: &request::Model) -> Result<Before, WorkError> {
        if request.version != self.version {
            return Err(WorkError::Changed);
        }
        if !conversation::works_on(&self.access, request) {
            return Err(WorkError::Missing("vous êtes du côté de l’établissement pour cette demande"));
        }
        if let Some(why) = self.idle(request) {
            return Err(WorkError::Missing(why));
        }
        Ok(Before {
            version: request.version,
            state: request.state.clone(),
            team: request.team_id,
            assignee: request.assignee_id,
            forced: request.forced_assignment,
            routing_reason: request.routing_reason.clone(),
            waiting_for: request.waiting_for.clone(),
            first_answered_at: request.first_answered_at,
        })
    }

    /// Why nothing would change, as the preview says it.
    fn idle(&self, request: &request::Model) -> Option<&'static str> {
        let receiver =
            if self.kind == Kind::Take { Some(self.access.person) } else { self.parameters.person };
        let in_these_hands = request.assignee_id.is_some() && request.assignee_id == receiver;
        match self.kind {
            Kind::Take | Kind::Assign if in_these_hands => {
                Some("rien ne change\u{a0}: elle est déjà dans ces mains")
            }
            Kind::Reassign if self.parameters.team == Some(request.team_id) => {
                Some("elle est déjà à cette équipe")
            }
            Kind::Wait if state(request) == State::Waiting => Some("elle attend déjà quelqu’un"),
            _ => None,
        }
    }

    /// Says that it is done, with what undoing puts back.
    pub(crate) async fn done(&self, tx: &Tx, before: &Before) -> Result<(), DbError> {
        let text = serde_json::to_string(before)?;
        store::item_done(tx.on(), self.action, self.position, before.version + 1, &text).await
    }
}

/// Takes back what the action did, request by request, where nobody changed anything since.
///
/// # Errors
/// [`WorkError::Missing`] when it is too late; what is taken back before a failure stays so.
pub async fn undo(desk: &Desk, permit: &Permit<WorkRequests>, batch: &Batch) -> Result<(), WorkError> {
    let now = desk.site.db.now();
    let resumed = batch.state == "undoing";
    if batch.undo_until(now).is_none() && !resumed {
        return Err(WorkError::Missing(
            "cette action ne peut plus être annulée\u{a0}: les dix minutes sont passées",
        ));
    }
    let begun =
        desk.site.db.write(async |tx| store::advance(tx.on(), batch.id, "done", "undoing").await).await?;
    if !begun && !resumed {
        return Ok(());
    }
    for item in batch.items.iter().filter(|item| item.state == "done") {
        match put_back(desk, permit, batch, item).await {
            Ok(()) => {}
            Err(WorkError::Db(error)) => return Err(error.into()),
            Err(error) => {
                let why = match error {
                    WorkError::Changed => {
                        "quelqu’un l’a modifiée depuis\u{a0}: elle reste comme elle est".to_owned()
                    }
                    other => other.to_string(),
                };
                let kept = async |tx: &Tx| {
                    store::item_state(tx.on(), batch.id, item.position, ("done", "kept"), Some(&why)).await
                };
                desk.site.db.write(kept).await?;
            }
        }
    }
    desk.site
        .db
        .write(async |tx| {
            if store::advance(tx.on(), batch.id, "undoing", "undone").await? {
                store::undone(tx.on(), batch.id, tx.now()).await?;
                let event =
                    Event::new("requests.bulk-undone", format!("bulk:{}", batch.id)).by(permit.person());
                tx.journal(event.data(serde_json::json!({ "action": batch.kind.slug() })));
            }
            Ok(())
        })
        .await
}

async fn put_back(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    batch: &Batch,
    item: &Item,
) -> Result<(), WorkError> {
    let before: Before =
        serde_json::from_str(item.before.as_deref().unwrap_or_default()).map_err(DbError::from)?;
    // What one gave away may be out of reach: it was within it ten minutes ago.
    let scope = Scope::system("the undo of one's own bulk action, on requests then within reach");
    desk.site
        .db
        .write(async |tx| {
            let mut ground = ground(desk, tx, &scope, item.request_id).await?;
            if Some(ground.request.version) != item.version_after {
                return Err(WorkError::Changed);
            }
            if batch.kind == Kind::Wait {
                store::forget_pause(tx.on(), item.request_id).await?;
            }
            let request = &mut ground.request;
            request.state = before.state.clone();
            request.team_id = before.team;
            request.assignee_id = before.assignee;
            request.forced_assignment = before.forced;
            request.routing_reason = before.routing_reason.clone();
            request.waiting_for = before.waiting_for.clone();
            request.first_answered_at = before.first_answered_at;
            journal(
                tx,
                permit,
                request,
                "request.put-back",
                serde_json::json!({ "bulk": batch.id, "action": batch.kind.slug() }),
            );
            let what = match batch.kind {
                Kind::Reassign => "La réaffectation est annulée\u{a0}: la demande revient à son équipe.",
                Kind::Wait => "La mise en attente est annulée\u{a0}: les délais courent comme avant.",
                _ => "La prise en charge est annulée.",
            };
            said(tx, item.request_id, what).await?;
            write_back(tx, &mut ground).await?;
            Ok(store::item_state(tx.on(), batch.id, item.position, ("done", "undone"), None).await?)
        })
        .await
}

/// Those who may receive the requests of an action: members of their teams, or every team.
///
/// # Errors
/// When the database does not answer.
pub async fn receivers(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    batch: &Batch,
) -> Result<Vec<(String, String)>, DbError> {
    let (wanted, choose) = match batch.kind {
        Kind::Assign => ("person", "Choisissez une personne"),
        Kind::Reassign => ("team", "Choisissez une équipe"),
        _ => return Ok(Vec::new()),
    };
    let ids: Vec<RequestId> = batch.items.iter().map(|item| item.request_id).collect();
    let rows = console::chosen(&desk.site.db, permit.scope(), permit.person(), &ids).await?;
    let teams: BTreeSet<TeamId> = rows.iter().map(|row| row.team_id).collect();
    let teams: Vec<TeamId> = teams.into_iter().collect();
    let named = console::named(&desk.site.db, &teams).await?;
    let mut receivers = vec![(String::new(), choose.to_owned())];
    let of_kind = named.iter().filter(|named| named.kind == wanted);
    receivers.extend(of_kind.filter_map(|named| Some((named.id?.to_string(), named.label.clone()))));
    Ok(receivers)
}
