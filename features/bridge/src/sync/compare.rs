//! One comparison: what it stands on, and its order. Open there if need be; read there; take back what is
//! ours; what came; where it stands; what goes.

use std::sync::Arc;

use beffroi_db::{Event, Tx};
use beffroi_desk::reading::{self, Folder};
use beffroi_desk::{ReadRequests, WorkRequests};
use beffroi_directory::access_of;
use beffroi_kernel::{Access, Permit};
use chrono::TimeDelta;

use super::Trouble;
use crate::drivers::{self, Fault, Opening, Saying, Snapshot, Tool};
use crate::model::{ExchangeState, Kind, Settings, Standing, Way};
use crate::rules::{self, Sides, Verdict, mark, mark_of, marked};
use crate::store::bridges::Bridge;
use crate::store::exchanges::{self, Exchange};
use crate::store::links::{self, Link};
use crate::views::words;
use crate::{Bridges, seal};

/// How long before a request that moves is looked at again.
const SOON: TimeDelta = TimeDelta::minutes(10);
/// How long before one that is over on both sides is.
const LATER: TimeDelta = TimeDelta::hours(6);

/// What came of a comparison.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    /// Where both sides stand.
    pub(super) seen: Option<Sides>,
    /// When to look again.
    pub(super) next: TimeDelta,
    /// Whether nothing passes any more.
    pub(super) ended: bool,
    /// Whether the other side answered.
    pub(super) reached: bool,
}

/// What a comparison works with.
pub(super) struct Work<'a> {
    pub(super) bridges: &'a Bridges,
    pub(super) bridge: &'a Bridge,
    pub(super) link: Link,
    pub(super) settings: Settings,
    pub(super) tool: Arc<dyn Tool>,
    pub(super) asked: bool,
    /// In whose name it acts here, no wider than the team.
    pub(super) access: Access,
    pub(super) reads: Permit<ReadRequests>,
    pub(super) works: Permit<WorkRequests>,
    /// Everything that passed or waits.
    pub(super) known: Vec<Exchange>,
}

/// The tool of a bridge, its secrets open.
pub(crate) fn tool(bridges: &Bridges, bridge: &Bridge) -> Result<Arc<dyn Tool>, Fault> {
    let secrets = seal::open(&bridges.sealing, bridge.id, &bridge.secret).ok_or_else(|| {
        Fault::passing(
            "les secrets de cette passerelle ne peuvent plus être lus\u{a0}: saisissez-les à nouveau",
        )
    })?;
    let line = drivers::Line::new(&bridge.url, (*bridges.networks).clone());
    Ok(drivers::tool(bridge.kind(), line, secrets, bridge.settings()))
}

impl<'a> Work<'a> {
    /// Puts together what the comparison needs.
    pub(super) async fn begin(
        bridges: &'a Bridges,
        bridge: &'a Bridge,
        link: &Link,
        asked: bool,
    ) -> Result<Self, Trouble> {
        let db = &bridges.desk.site.db;
        let nobody = || {
            Fault::passing(
                "la personne au nom de qui agit cette passerelle n’exerce plus dans l’équipe\u{a0}: choisissez-en une autre",
            )
        };
        let mut access = access_of(db, bridge.person_id).await?.ok_or_else(nobody)?;
        access.functions.retain(|function| function.team == Some(bridge.team_id));
        let reads = access.permit::<ReadRequests>().ok_or_else(nobody)?;
        let works = access.permit::<WorkRequests>().ok_or_else(nobody)?;
        let known = exchanges::of_link(db.read(), link.id).await?;
        let (tool, settings, link) = (tool(bridges, bridge)?, bridge.settings(), link.clone());
        Ok(Self { bridges, bridge, link, settings, tool, asked, access, reads, works, known })
    }

    /// Says good bye to the other side.
    pub(super) async fn leave(&self) {
        let _ = drivers::ask(&self.tool, |tool| {
            tool.leave();
            Ok(())
        })
        .await;
    }

    pub(super) async fn compare(&mut self) -> Result<Compared, Trouble> {
        let Some(folder) = self.folder().await? else { return self.end().await };
        if self.link.theirs.is_none() {
            if is_forwarded(&folder) {
                let why =
                    "cette demande est elle-même arrivée par une passerelle\u{a0}: elle n’est pas renvoyée";
                return Err(Fault::refused(why).into());
            }
            self.open(&folder).await?;
        }
        let there = self.read().await?;
        self.adopt(&folder, &there).await?;
        let ours = standing(&folder);
        let theirs = drivers::standing(self.bridge.kind(), &self.settings, &there.state);
        let verdict = theirs.map_or(Verdict::Apart, |theirs| {
            rules::decide(Sides { ours, theirs }, self.link.seen(), self.asked)
        });
        let ours = self.take_in(&folder, &there, verdict).await?;
        let there = match self.send_out(&folder, verdict).await? {
            true => self.read().await?,
            false => there,
        };
        let theirs = drivers::standing(self.bridge.kind(), &self.settings, &there.state);
        let seen = theirs.map(|theirs| Sides { ours, theirs });
        let over = seen.is_some_and(|seen| seen.ours.is_over() && seen.theirs.is_over());
        let closed = !matches!(folder.request.state.as_str(), "new" | "open" | "waiting" | "resolved");
        Ok(Compared { seen, next: if over { LATER } else { SOON }, ended: over && closed, reached: true })
    }

    /// The request, while it is the team's.
    async fn folder(&self) -> Result<Option<Folder>, Trouble> {
        let folder =
            reading::open(&self.bridges.desk, &self.reads, &self.access, &self.link.reference).await?;
        Ok(folder.filter(|folder| folder.request.team_id == self.bridge.team_id))
    }

    /// The request is another team's now: the other side is told, and nothing passes any more.
    async fn end(&mut self) -> Result<Compared, Trouble> {
        if self.link.theirs.is_some() {
            let words = format!(
                "La demande {} est confiée à une autre équipe\u{a0}: rien n’est plus attendu de la vôtre.",
                self.link.reference
            );
            let one = self.reuse(Kind::End, "Fin du suivi").await?;
            let one = Exchange { body: Some(words), ..one };
            self.say(&one, one.body.as_deref().unwrap_or_default(), false).await?;
        }
        Ok(Compared { seen: None, next: LATER, ended: true, reached: self.link.theirs.is_some() })
    }

    /// Opens the request there, once, though the answer of an earlier try was lost.
    async fn open(&mut self, folder: &Folder) -> Result<(), Trouble> {
        let base = &self.bridges.desk.site.base_url;
        let mark = mark(self.link.id.0);
        let opening = Opening {
            key: self.link.id.to_string(),
            title: format!("{} {}", folder.request.reference, folder.request.title),
            text: marked(&rules::shortened(&words::opening(folder, base)), &mark),
            urgent: folder.request.urgent,
            mark,
        };
        let tried = self.known.iter().find(|one| one.is(Way::Out, Kind::Open)).cloned();
        let again = tried.is_some();
        let one = match tried {
            Some(one) => one,
            None => {
                self.keep(Exchange::new(self.link.id, Way::Out, Kind::Open, &self.link.reference, self.now()))
                    .await?
            }
        };
        let opened = drivers::ask(&self.tool, move |tool| {
            let found = if again { tool.find(&opening)? } else { None };
            found.map_or_else(|| tool.open(&opening), Ok)
        })
        .await;
        let opened = match opened {
            Ok(opened) => opened,
            Err(fault) => {
                self.failed(&one, &fault, false).await?;
                return Err(fault.into());
            }
        };
        self.bridges
            .desk
            .site
            .db
            .write(async |tx| {
                links::opened(tx.on(), self.link.id, &opened.theirs, &opened.url).await?;
                exchanges::settle(tx.on(), one.id, Some(&opened.theirs), tx.now()).await?;
                links::passed(tx.on(), self.link.id, true, tx.now()).await?;
                self.tell(tx, "bridge.opened", &one);
                Ok::<_, Trouble>(())
            })
            .await?;
        (self.link.theirs, self.link.their_url) = (Some(opened.theirs), Some(opened.url));
        Ok(())
    }

    /// Reads the other side, and keeps where it stands there.
    async fn read(&mut self) -> Result<Snapshot, Trouble> {
        let theirs = self.theirs();
        let there = drivers::ask(&self.tool, move |tool| tool.read(&theirs)).await?;
        let (state, label): (String, String) =
            (there.state.chars().take(100).collect(), there.label.chars().take(200).collect());
        if self.link.their_state.as_deref() != Some(&state)
            || self.link.their_label.as_deref() != Some(&label)
        {
            let db = &self.bridges.desk.site.db;
            db.write(async |tx| links::read(tx.on(), self.link.id, (&state, &label)).await).await?;
            (self.link.their_state, self.link.their_label) = (Some(state), Some(label));
        }
        Ok(there)
    }

    /// What we sent and whose answer was lost is found there by its mark, or by its content.
    async fn adopt(&mut self, folder: &Folder, there: &Snapshot) -> Result<(), Trouble> {
        let lost = |one: &Exchange| {
            one.way == Way::Out.slug() && one.attempts > 0 && one.standing() != ExchangeState::Done
        };
        let mut found: Vec<(usize, String)> = Vec::new();
        for (at, one) in self.known.iter().enumerate().filter(|(_, one)| lost(one)) {
            let own = mark(one.id.0);
            let word = there.words.iter().find(|word| mark_of(&word.text) == Some(own.as_str()));
            let file = folder.files.iter().find(|file| Some(file.id.0) == one.ours);
            let held = |piece: &&drivers::Piece| {
                piece.mark.as_ref() == Some(&own)
                    || file.is_some_and(|file| piece.sha256.as_ref() == Some(&file.sha256))
            };
            let piece = there.pieces.iter().find(held);
            let theirs = word.map(|word| word.id.clone()).or_else(|| piece.map(|piece| piece.id.clone()));
            found.extend(theirs.map(|theirs| (at, theirs)));
        }
        let db = &self.bridges.desk.site.db;
        for (at, theirs) in found {
            let id = self.known[at].id;
            db.write(async |tx| exchanges::settle(tx.on(), id, Some(&theirs), tx.now()).await.map(|_| ()))
                .await?;
            self.known[at].state = ExchangeState::Done.slug().into();
            self.known[at].theirs = Some(theirs);
        }
        Ok(())
    }

    /// Their number of it.
    pub(super) fn theirs(&self) -> String {
        self.link.theirs.clone().unwrap_or_default()
    }

    pub(super) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.bridges.desk.site.db.now()
    }

    /// Keeps a thing to pass, and knows it.
    pub(super) async fn keep(&mut self, one: Exchange) -> Result<Exchange, Trouble> {
        let db = &self.bridges.desk.site.db;
        db.write(async |tx| exchanges::insert(tx.on(), &one).await.map(|_| ())).await?;
        self.known.push(one.clone());
        Ok(one)
    }

    /// A gesture of that kind that waits already, or a new one: a try made again keeps its key.
    pub(super) async fn reuse(&mut self, kind: Kind, label: &str) -> Result<Exchange, Trouble> {
        let waits = |one: &&Exchange| {
            one.is(Way::Out, kind)
                && one.standing() == ExchangeState::Waiting
                && one.label == label
                && one.body.is_none()
        };
        if let Some(one) = self.known.iter().rev().find(waits) {
            return Ok(one.clone());
        }
        self.keep(Exchange::new(self.link.id, Way::Out, kind, label, self.now())).await
    }

    /// Says something there, once.
    pub(super) async fn say(&mut self, one: &Exchange, text: &str, private: bool) -> Result<(), Trouble> {
        self.try_now(one).await?;
        let text = marked(&rules::shortened(text), &mark(one.id.0));
        let (theirs, saying) = (self.theirs(), Saying { key: one.id.to_string(), text, private });
        match drivers::ask(&self.tool, move |tool| tool.say(&theirs, &saying)).await {
            Ok(id) => self.settled(one, Some(&id)).await,
            Err(fault) => {
                self.failed(one, &fault, !fault.passing).await?;
                if fault.passing { Err(fault.into()) } else { Ok(()) }
            }
        }
    }

    /// It is about to be tried: whatever comes of it is not known before it is written.
    pub(super) async fn try_now(&self, one: &Exchange) -> Result<(), Trouble> {
        let db = &self.bridges.desk.site.db;
        Ok(db.write(async |tx| exchanges::tried(tx.on(), one.id).await).await?)
    }

    /// It passed.
    pub(super) async fn settled(&mut self, one: &Exchange, theirs: Option<&str>) -> Result<(), Trouble> {
        let db = &self.bridges.desk.site.db;
        db.write(async |tx| {
            exchanges::settle(tx.on(), one.id, theirs, tx.now()).await?;
            links::passed(tx.on(), self.link.id, true, tx.now()).await?;
            self.tell(tx, "bridge.sent", one);
            Ok::<_, Trouble>(())
        })
        .await?;
        for known in self.known.iter_mut().filter(|known| known.id == one.id) {
            known.state = ExchangeState::Done.slug().into();
        }
        Ok(())
    }

    /// It did not pass: it waits with the rest, or is set aside for somebody to see.
    pub(super) async fn failed(&self, one: &Exchange, fault: &Fault, aside: bool) -> Result<(), Trouble> {
        let db = &self.bridges.desk.site.db;
        Ok(db.write(async |tx| exchanges::fail(tx.on(), one.id, &fault.words, aside).await).await?)
    }

    /// The journal keeps that the bridge did it, beside what was done.
    pub(super) fn tell(&self, tx: &Tx, kind: &'static str, one: &Exchange) {
        let data = serde_json::json!({
            "bridge": self.bridge.name, "request": self.link.request_id, "theirs": self.link.theirs,
            "what": one.kind, "ours": one.ours,
        });
        let event = Event::new(kind, format!("bridge:{}", self.bridge.id)).by(self.access.person);
        tx.journal(event.school(self.link.school_id).data(data));
    }
}

/// Where the request stands here.
pub(super) fn standing(folder: &Folder) -> Standing {
    let request = &folder.request;
    Standing::of_request(&request.state, request.waiting_for.as_deref(), request.outcome.as_deref())
}

/// Whether it came here by a bridge: sent on, it could go round for ever.
fn is_forwarded(folder: &Folder) -> bool {
    folder.answers.iter().flat_map(|(_, values)| values).any(|value| rules::came_by_bridge(value))
}
