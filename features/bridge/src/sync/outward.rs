//! What goes: where the request stands, words, notes meant for the other side, files; in the order in which
//! they were made here.

use beffroi_desk::MessageKind;
use beffroi_desk::reading::{Attachment, Folder, Message};
use chrono::{DateTime, Utc};

use super::Trouble;
use super::compare::Work;
use crate::drivers::{self, Fault, Joining, Saying, Stood};
use crate::model::{ExchangeState, Kind, Standing, Way};
use crate::rules::{Verdict, mark, mark_of, marked, shortened};
use crate::store::exchanges::{self, Exchange};

/// A thing that goes.
enum Load<'a> {
    Words(String),
    File(&'a Attachment),
}

impl Work<'_> {
    /// Sends what is missing there; true when where it stands there was changed.
    pub(super) async fn send_out(&mut self, folder: &Folder, verdict: Verdict) -> Result<bool, Trouble> {
        self.meet(folder).await?;
        if verdict == Verdict::Agree {
            let (db, link) = (&self.bridges.desk.site.db, self.link.id);
            db.write(async |tx| exchanges::settle_states(tx.on(), link, tx.now()).await).await?;
        }
        let asked = match verdict {
            Verdict::There(ours) => Some(ours),
            _ => None,
        };
        // What is over there takes no words: it is reopened first.
        let mut changed = false;
        if let Some(ours) = asked.filter(|ours| !ours.is_over()) {
            changed = self.stand(folder, ours).await?;
        }
        for (one, load) in self.loads(folder) {
            match load {
                Load::Words(text) => self.say(&one, &text, one.is(Way::Out, Kind::Note)).await?,
                Load::File(file) => self.join(&one, file).await?,
            }
        }
        if let Some(ours) = asked.filter(|ours| ours.is_over()) {
            changed = self.stand(folder, ours).await?;
        }
        Ok(changed)
    }

    /// Keeps what was written and joined here since the last time.
    async fn meet(&mut self, folder: &Folder) -> Result<(), Trouble> {
        let known = |kind: Kind, id: uuid::Uuid| {
            self.known.iter().any(|one| one.kind == kind.slug() && one.ours == Some(id))
        };
        let mut new = Vec::new();
        for message in folder.messages.iter().filter(|message| goes(message)) {
            if !known(Kind::Message, message.id.0) {
                let one = Exchange::new(self.link.id, Way::Out, Kind::Message, "", self.now());
                new.push(Exchange { ours: Some(message.id.0), ..one });
            }
        }
        for file in &folder.files {
            if !known(Kind::File, file.id.0) {
                let one = Exchange::new(self.link.id, Way::Out, Kind::File, &file.name, self.now());
                new.push(Exchange { ours: Some(file.id.0), ..one });
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let db = &self.bridges.desk.site.db;
        db.write(async |tx| {
            for one in &new {
                exchanges::insert(tx.on(), one).await?;
            }
            Ok::<_, Trouble>(())
        })
        .await?;
        self.known.extend(new);
        Ok(())
    }

    /// What waits, the oldest first.
    fn loads<'f>(&self, folder: &'f Folder) -> Vec<(Exchange, Load<'f>)> {
        let waits = |one: &&Exchange| one.way == Way::Out.slug() && one.standing() == ExchangeState::Waiting;
        let mut loads: Vec<(DateTime<Utc>, Exchange, Load)> = Vec::new();
        for one in self.known.iter().filter(waits) {
            if let Some(body) = &one.body {
                loads.push((one.created_at, one.clone(), Load::Words(body.clone())));
            } else if let Some(message) =
                folder.messages.iter().find(|message| Some(message.id.0) == one.ours)
            {
                loads.push((message.created_at, one.clone(), Load::Words(self.words(folder, message))));
            } else if let Some(file) = folder.files.iter().find(|file| Some(file.id.0) == one.ours) {
                loads.push((file.created_at, one.clone(), Load::File(file)));
            }
        }
        loads.sort_by_key(|(at, one, _)| (*at, one.id.0));
        loads.into_iter().map(|(_, one, load)| (one, load)).collect()
    }

    fn words(&self, folder: &Folder, message: &Message) -> String {
        format!("{}\n\n— {}, demande {}", message.body, folder.name(message.author_id), self.link.reference)
    }

    async fn join(&mut self, one: &Exchange, file: &Attachment) -> Result<(), Trouble> {
        let bytes = match self.bridges.desk.files.read(&file.sha256).await {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(%error, "a file could not be read for a bridge");
                let fault = Fault::refused("ce fichier n’a pas pu être lu ici");
                return self.failed(one, &fault, true).await;
            }
        };
        self.try_now(one).await?;
        let joining = Joining {
            key: one.id.to_string(),
            name: file.name.clone(),
            sha256: file.sha256.clone(),
            mark: mark(one.id.0),
            bytes,
        };
        let theirs = self.theirs();
        match drivers::ask(&self.tool, move |tool| tool.join(&theirs, &joining)).await {
            Ok(id) => self.settled(one, Some(&id)).await,
            Err(fault) => {
                self.failed(one, &fault, !fault.passing).await?;
                if fault.passing { Err(fault.into()) } else { Ok(()) }
            }
        }
    }

    /// Makes it stand there as here, if the other tool lets us; else it is told so where that matters.
    async fn stand(&mut self, folder: &Folder, ours: Standing) -> Result<bool, Trouble> {
        let one = self.reuse(Kind::State, ours.label()).await?;
        let note = folder.request.outcome_note.as_deref().filter(|_| ours.is_over());
        let said = match note {
            Some(note) => note.to_owned(),
            None if ours.is_over() => {
                format!("La demande est terminée\u{a0}: {}.", ours.label().to_lowercase())
            }
            None => "La demande est rouverte.".to_owned(),
        };
        let words = format!("{}\n\n— Demande {}", shortened(&said), self.link.reference);
        let text = marked(&words, &mark(one.id.0));
        self.try_now(&one).await?;
        let (theirs, saying) = (self.theirs(), Saying { key: one.id.to_string(), text, private: false });
        let stood = drivers::ask(&self.tool, move |tool| tool.stand(&theirs, ours, &saying)).await;
        match stood {
            Ok(Stood::Done(id)) => {
                self.settled(&one, id.as_deref()).await?;
                Ok(true)
            }
            Ok(Stood::TheirsAlone) if ours.is_over() => {
                let told = format!(
                    "Dans Beffroi, la demande {} est maintenant\u{a0}: {}.",
                    self.link.reference,
                    ours.label().to_lowercase()
                );
                self.say(&one, &told, false).await?;
                Ok(false)
            }
            Ok(Stood::TheirsAlone) => {
                let fault = Fault::refused("l’autre outil ne laisse que ses agents changer cet état");
                self.failed(&one, &fault, true).await?;
                Ok(false)
            }
            Err(fault) => {
                self.failed(&one, &fault, !fault.passing).await?;
                if fault.passing { Err(fault.into()) } else { Ok(false) }
            }
        }
    }
}

/// Whether a message goes: somebody wrote it for everyone, and no bridge brought it.
fn goes(message: &Message) -> bool {
    message.kind == MessageKind::Public.slug()
        && message.author_id.is_some()
        && mark_of(&message.body).is_none()
}
