//! Compares every act of the database with what the journal says of it, so that a byte changed in one of them is
//! found. The journal itself is verified by its own chain. (T2)

use std::collections::BTreeSet;

use beffroi_db::journal::{self, Entry};
use beffroi_db::{Db, DbError};
use beffroi_kernel::{ActId, PersonId};
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Statement;
use super::keep::{record, sha256, signed, subject};
use crate::model::{Act, Signature, State};
use crate::store;

/// Acts read at once.
const BATCH: u64 = 500;

/// Something the database says of an act that the journal does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The act, by its reference, or by its identifier when nothing else is legible.
    pub act: String,
    /// What differs, in French.
    pub what: String,
}

/// What the check of every act found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Acts compared.
    pub acts: usize,
    /// What differs; empty when all is well.
    pub faults: Vec<Fault>,
}

/// Compares every act, its signatures, its statement and its timestamp with their entries in the journal,
/// calling `progress` with the number of acts done.
///
/// # Errors
/// When the database does not answer; a value that cannot be read is a fault, not an error.
pub async fn check(db: &Db, progress: impl Fn(usize)) -> Result<Checked, DbError> {
    let mut checked = Checked::default();
    let mut known = BTreeSet::new();
    let mut after = None;
    loop {
        let batch = store::proofs::ids(db.read(), after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = Some(*last);
        for id in batch {
            known.insert(subject(id));
            checked.faults.extend(one(db, id).await?);
            checked.acts += 1;
            progress(checked.acts);
        }
    }
    for (id, entry) in store::proofs::opened(db.read()).await? {
        if !known.contains(&id) {
            let what = format!("l’acte manque\u{a0}: le journal dit qu’il a été préparé (entrée {entry})");
            checked.faults.push(Fault { act: id, what });
        }
    }
    Ok(checked)
}

async fn one(db: &Db, id: ActId) -> Result<Vec<Fault>, DbError> {
    let entries = journal::of_subject(db, &subject(id)).await?;
    let act = match store::proofs::act(db.read(), id).await {
        Ok(Some(act)) => act,
        Ok(None) => return Ok(Vec::new()),
        Err(DbError::Corrupt(why)) => return Ok(vec![Fault { act: subject(id), what: why }]),
        Err(error) => return Err(error),
    };
    let told = Told::read(entries);
    let mut found = Differences::default();
    found.of_text(&act, &told);
    found.of_signatures(&act, &told);
    found.of_life(&act, &told);
    let kept = store::proofs::statement(db.read(), id).await?;
    found.of_statement(&act, kept.as_deref(), &told);
    let stamp = store::proofs::stamp(db.read(), id).await?.map(sha256);
    found.unless(stamp.as_deref() == told.word(&["act.timestamped"], "response_sha256"), "l’horodatage");
    Ok(found.0.into_iter().map(|what| Fault { act: act.reference.clone(), what }).collect())
}

/// What the journal tells of one act, oldest first.
struct Told(Vec<(Entry, Value)>);

impl Told {
    fn read(entries: Vec<Entry>) -> Self {
        let facts = |entry: Entry| {
            let facts = serde_json::from_str(&entry.data).unwrap_or_default();
            (entry, facts)
        };
        Self(entries.into_iter().map(facts).collect())
    }

    fn last(&self, kinds: &[&str]) -> Option<&(Entry, Value)> {
        self.0.iter().rev().find(|(entry, _)| kinds.contains(&entry.kind.as_str()))
    }

    /// A fact of the last entry of these kinds, when it is a text.
    fn word(&self, kinds: &[&str], name: &str) -> Option<&str> {
        self.last(kinds)?.1.get(name)?.as_str()
    }

    /// When the last entry of that kind was written, and by whom.
    fn moment(&self, kind: &str) -> (Option<i64>, Option<PersonId>) {
        self.last(&[kind]).map_or((None, None), |(entry, _)| (Some(entry.at.timestamp_micros()), entry.actor))
    }
}

fn micros(at: Option<DateTime<Utc>>) -> Option<i64> {
    at.map(|at| at.timestamp_micros())
}

/// What differs, gathered.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    /// Notes that `what` differs unless `same`.
    fn unless(&mut self, same: bool, what: &str) {
        if !same {
            self.0.push(format!("{what} ne correspond pas au journal"));
        }
    }

    fn of_text(&mut self, act: &Act, told: &Told) {
        const PREPARED: &[&str] = &["act.opened", "act.redrafted"];
        let hash = sha256(&act.text);
        let same = hash == act.text_sha256 && told.word(PREPARED, "text_sha256") == Some(&hash);
        self.unless(same, "le texte");
        let same = told.word(PREPARED, "record_sha256") == Some(&record(act));
        self.unless(
            same,
            "ce qui ne change jamais (objet, bénéficiaire, conditions, dates ou signataires prévus)",
        );
    }

    fn of_signatures(&mut self, act: &Act, told: &Told) {
        let entries: Vec<_> = told.0.iter().filter(|(entry, _)| entry.kind == "act.signed").collect();
        let made = act.signatures.iter().filter(|one| one.made.is_some());
        self.unless(made.clone().count() == entries.len(), "le nombre de signatures");
        for one in made {
            let same = entries.iter().any(|(entry, facts)| signs(one, entry, facts));
            self.unless(same, &format!("la signature nº\u{a0}{}", one.position + 1));
        }
    }

    fn of_life(&mut self, act: &Act, told: &Told) {
        let (opened, by) = told.moment("act.opened");
        self.unless((micros(Some(act.created_at)), act.created_by) == (opened, by), "la préparation");
        self.unless(micros(act.signed_at) == told.moment("act.stated").0, "la date de la dernière signature");
        let in_force = (micros(act.in_force_at), act.in_force_by);
        self.unless(in_force == told.moment("act.in-force"), "l’entrée en vigueur");

        let last =
            told.last(&["act.suspended", "act.confirmed"]).filter(|(entry, _)| entry.kind == "act.suspended");
        let said = last.map(|(entry, facts)| (entry.at.timestamp_micros(), facts["why"].as_str()));
        let kept = act.suspended.as_ref().map(|one| (one.at.timestamp_micros(), Some(one.why.as_str())));
        self.unless(said == kept, "la suspension");

        let last = told.last(&["act.ended"]);
        let said = last.map(|(entry, facts)| {
            let word = |name: &str| facts[name].as_str().map(str::to_owned);
            (entry.at.timestamp_micros(), entry.actor, word("reason"), word("authority"), word("note"))
        });
        let kept = act.ended.as_ref().map(|end| {
            let reason = Some(end.reason.slug().to_owned());
            (end.at.timestamp_micros(), end.by, reason, end.authority.clone(), Some(end.note.clone()))
        });
        self.unless(said == kept, "la fin");
        self.unless(act.state == state(told), "l’état");
    }

    fn of_statement(&mut self, act: &Act, kept: Option<&str>, told: &Told) {
        let same = kept.map(sha256).as_deref() == told.word(&["act.stated"], "statement_sha256");
        self.unless(same, "la déclaration signée");
        let Some(statement) = kept.and_then(|kept| serde_json::from_str::<Statement>(kept).ok()) else {
            return;
        };
        // The name a signatory bore is in the statement only.
        self.unless(same && statement.signatures == signed(act), "le nom d’un signataire");
    }
}

/// Whether an entry of the journal tells this very signature.
fn signs(one: &Signature, entry: &Entry, facts: &Value) -> bool {
    let Some(made) = &one.made else { return false };
    facts["position"].as_i64() == Some(one.position.into())
        && entry.actor == Some(made.authority.person)
        && entry.at.timestamp_micros() == made.at.timestamp_micros()
        && facts["authority"].as_str() == Some(&made.authority.words)
        && facts["source"].as_str() == Some(&made.authority.source)
        && facts["method"].as_str() == Some(made.method.slug())
        && facts["text_sha256"].as_str() == Some(&made.text_sha256)
}

/// The state to which the journal says the act has come.
fn state(told: &Told) -> State {
    let steps =
        [("act.ended", State::Ended), ("act.in-force", State::InForce), ("act.stated", State::Signed)];
    let reached = steps.into_iter().find(|(kind, _)| told.last(&[kind]).is_some());
    reached.map_or(State::ToSign, |(_, state)| state)
}
