//! What comes: words, files, and where the request stands there, by the same doors as what is typed here.
//! What marks a thing as taken is written in the transaction of its effect.

use beffroi_db::{DbError, Tx};
use beffroi_desk::attachments::AttachError;
use beffroi_desk::by_machine::{self, MachineError};
use beffroi_desk::reading::{Folder, Request};
use beffroi_desk::work::{Step, WorkError};
use beffroi_desk::{FileError, State, WaitingFor};
use beffroi_kernel::MessageId;
use sha2::{Digest, Sha256};

use super::Trouble;
use super::compare::{Work, standing};
use crate::drivers::{self, Fault, Piece, Snapshot, Word};
use crate::model::{ExchangeState, Kind, Standing, Way};
use crate::rules::{Verdict, mark, mark_of, shortened};
use crate::store::exchanges::{self, Exchange};
use crate::store::links;

/// What the request's state there asks of the one here.
enum Gesture {
    Step(Step),
    Reopen(String),
}

impl Work<'_> {
    /// Takes what came, and gives where the request then stands here.
    pub(super) async fn take_in(
        &mut self,
        folder: &Folder,
        there: &Snapshot,
        verdict: Verdict,
    ) -> Result<Standing, Trouble> {
        let mut asked = match verdict {
            Verdict::Here(theirs) => Some(theirs),
            _ => None,
        };
        let mut ours = standing(folder);
        for word in &there.words {
            if self.is_ours(word) {
                continue;
            }
            let explains = there.because.as_deref() == Some(word.id.as_str());
            match asked.filter(|_| explains) {
                Some(theirs) => {
                    ours = self.follow(folder, (ours, theirs), Some(word)).await?;
                    asked = None;
                }
                None => self.hear(folder, word).await?,
            }
        }
        for piece in &there.pieces {
            self.receive(folder, piece).await?;
        }
        match asked {
            Some(theirs) => self.follow(folder, (ours, theirs), None).await,
            None => Ok(ours),
        }
    }

    /// Whether those words are known, or went from here: they end with a mark of ours. A text that quotes
    /// what went already under another number is somebody's answer.
    fn is_ours(&self, word: &Word) -> bool {
        let known =
            |one: &Exchange| one.theirs.as_deref() == Some(word.id.as_str()) && one.kind != Kind::File.slug();
        if self.known.iter().any(known) {
            return true;
        }
        let Some(found) = mark_of(&word.text) else { return false };
        let sent = self.known.iter().find(|one| mark(one.id.0) == found);
        sent.is_none_or(|one| one.theirs.as_deref().is_none_or(|theirs| theirs == word.id))
    }

    /// Their words, signed with their name and the bridge's.
    fn signed(&self, word: &Word) -> String {
        let named = self.settings.authors.get(&word.author).unwrap_or(&word.author);
        let name = if named.trim().is_empty() { "Sans nom" } else { named.trim() };
        format!(
            "{}\n\n— {name}, par la passerelle «\u{a0}{}\u{a0}»",
            shortened(word.text.trim()),
            self.bridge.name
        )
    }

    async fn hear(&mut self, folder: &Folder, word: &Word) -> Result<(), Trouble> {
        let one = Exchange {
            theirs: Some(word.id.clone()),
            ..Exchange::new(self.link.id, Way::In, Kind::Message, "", self.now()).done()
        };
        let kept = async |tx: &Tx, message: MessageId| {
            let one = Exchange { ours: Some(message.0), ..one.clone() };
            self.taken(tx, &one).await
        };
        let (request, text) = (folder.request.id, self.signed(word));
        let desk = &self.bridges.desk;
        let done = by_machine::reply(desk, &self.reads, &self.access, (request, &text), kept).await;
        self.settle_in(one, done.map(|_| ())).await
    }

    async fn receive(&mut self, folder: &Folder, piece: &Piece) -> Result<(), Trouble> {
        let known = |one: &Exchange| {
            one.kind == Kind::File.slug() && one.theirs.as_deref() == Some(piece.id.as_str())
        };
        let is_here = |sha256: &str| folder.files.iter().any(|file| file.sha256 == sha256);
        // What carries a mark is ours, whatever became of the answer.
        if piece.mark.is_some()
            || self.known.iter().any(known)
            || piece.sha256.as_deref().is_some_and(is_here)
        {
            return Ok(());
        }
        let one = Exchange {
            theirs: Some(piece.id.clone()),
            ..Exchange::new(self.link.id, Way::In, Kind::File, &piece.name, self.now()).done()
        };
        let (theirs, id) = (self.theirs(), piece.id.clone());
        let bytes = match drivers::ask(&self.tool, move |tool| tool.fetch(&theirs, &id)).await {
            Ok(bytes) => bytes,
            Err(fault) if fault.passing => return Err(fault.into()),
            Err(fault) => return self.set_aside(one, &fault.words).await,
        };
        if is_here(&hex::encode(Sha256::digest(&bytes))) {
            return self.keep(one).await.map(|_| ());
        }
        let request = folder.request.id;
        let kept = async |tx: &Tx| {
            let ours = exchanges::last_file(tx.on(), request, self.access.person).await?;
            self.taken(tx, &Exchange { ours, ..one.clone() }).await
        };
        let name: String = piece.name.chars().filter(|letter| !letter.is_control()).take(200).collect();
        let name = if name.trim().is_empty() { "fichier".to_owned() } else { name };
        let desk = &self.bridges.desk;
        let done = by_machine::join(desk, &self.reads, &self.access, (request, &name, bytes), kept).await;
        self.settle_in(one, done).await
    }

    /// What marks a thing as taken; false when it was.
    async fn taken(&self, tx: &Tx, one: &Exchange) -> Result<bool, DbError> {
        links::passed(tx.on(), self.link.id, false, tx.now()).await?;
        self.tell(tx, "bridge.acted", one);
        exchanges::insert(tx.on(), one).await
    }

    /// What the desk refuses is set aside with its words; the rest goes on.
    async fn settle_in(&mut self, one: Exchange, done: Result<(), MachineError>) -> Result<(), Trouble> {
        match done {
            Ok(()) | Err(MachineError::Twice) => {
                self.known.push(one);
                Ok(())
            }
            Err(
                MachineError::Db(error)
                | MachineError::Work(WorkError::Db(error))
                | MachineError::Attach(AttachError::Db(error)),
            ) => Err(error.into()),
            Err(
                MachineError::Work(WorkError::Changed)
                | MachineError::Attach(
                    AttachError::Work(WorkError::Changed) | AttachError::File(FileError::Store(_)),
                ),
            ) => Err(Trouble::Again),
            Err(error) => self.set_aside(one, &error.to_string()).await,
        }
    }

    async fn set_aside(&mut self, one: Exchange, why: &str) -> Result<(), Trouble> {
        let aside = Exchange {
            state: ExchangeState::Aside.slug().into(),
            last_error: Some(why.to_owned()),
            done_at: None,
            ..one
        };
        self.keep(aside).await.map(|_| ())
    }

    /// Makes the request stand here as there, with the words that came with it.
    async fn follow(
        &mut self,
        folder: &Folder,
        (ours, theirs): (Standing, Standing),
        word: Option<&Word>,
    ) -> Result<Standing, Trouble> {
        let text = match word {
            Some(word) => self.signed(word),
            None => self.unsaid(theirs),
        };
        let label = self.link.their_label.clone().unwrap_or_default();
        let state = Exchange::new(self.link.id, Way::In, Kind::State, &label, self.now()).done();
        let Some(gesture) = gesture(folder, (ours, theirs), text) else {
            return match word {
                Some(word) => self.hear(folder, word).await.map(|()| ours),
                None => Ok(ours),
            };
        };
        let (request, person) = (folder.request.id, self.access.person);
        let said = Exchange {
            theirs: word.map(|word| word.id.clone()),
            ..Exchange::new(self.link.id, Way::In, Kind::Message, "", self.now()).done()
        };
        let writes =
            matches!(&gesture, Gesture::Reopen(_) | Gesture::Step(Step::Wait(..) | Step::Resolve(..)));
        let both = async |tx: &Tx| {
            if writes {
                let ours = exchanges::last_message(tx.on(), request, person).await?;
                if !exchanges::insert(tx.on(), &Exchange { ours, ..said.clone() }).await? {
                    return Ok(false);
                }
            }
            self.taken(tx, &state).await
        };
        let desk = &self.bridges.desk;
        let done = match &gesture {
            Gesture::Step(step) => {
                let kept = async |tx: &Tx, _: &Request| both(tx).await;
                by_machine::step(desk, &self.works, (request, step), kept).await.map(|_| ())
            }
            Gesture::Reopen(why) => {
                let kept = async |tx: &Tx, _: MessageId| both(tx).await;
                by_machine::reopen(desk, &self.reads, (request, why), kept).await.map(|_| ())
            }
        };
        match done {
            // What was done by another run is read at the next one.
            Err(MachineError::Twice | MachineError::Work(WorkError::State(_))) => Err(Trouble::Again),
            Err(MachineError::Work(WorkError::Missing(why))) => Err(Fault::refused(why).into()),
            done => {
                let made = done.is_ok();
                self.settle_in(state, done).await?;
                if writes && made {
                    self.known.push(said);
                }
                Ok(if made { theirs } else { ours })
            }
        }
    }

    /// Words for a state that came without any.
    fn unsaid(&self, theirs: Standing) -> String {
        let name = &self.bridge.name;
        match theirs.waits_for() {
            Some(WaitingFor::School) => {
                format!("Mise en attente d’une réponse, par la passerelle «\u{a0}{name}\u{a0}».")
            }
            Some(WaitingFor::Provider) => {
                format!("En attente d’un prestataire, par la passerelle «\u{a0}{name}\u{a0}».")
            }
            Some(WaitingFor::Delivery) => {
                format!("En attente d’une livraison, par la passerelle «\u{a0}{name}\u{a0}».")
            }
            None if theirs.is_over() => {
                format!("{}, par la passerelle «\u{a0}{name}\u{a0}», sans autre explication.", theirs.label())
            }
            None => format!("Le travail reprend, par la passerelle «\u{a0}{name}\u{a0}»."),
        }
    }
}

/// What to do here, if anything can be done.
fn gesture(folder: &Folder, (ours, theirs): (Standing, Standing), text: String) -> Option<Gesture> {
    if ours.is_over() {
        let reopens = folder.state == State::Resolved && !theirs.is_over();
        return reopens.then_some(Gesture::Reopen(text));
    }
    if let Some(whom) = theirs.waits_for() {
        return Some(Gesture::Step(Step::Wait(whom, text)));
    }
    if let Some(outcome) = theirs.outcome() {
        return Some(Gesture::Step(Step::Resolve(outcome, text)));
    }
    match (ours.waits_for().is_some(), theirs, ours) {
        (true, Standing::New | Standing::Open, _) => Some(Gesture::Step(Step::Resume)),
        (false, Standing::Open, Standing::New) => Some(Gesture::Step(Step::Take)),
        _ => None,
    }
}
