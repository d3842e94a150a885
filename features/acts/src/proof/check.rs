//! Compares every row that is kept of every act with the fingerprint that the journal has of it, so that a byte
//! changed in one of them is found. The journal itself is verified by its own chain. (T2)

use std::collections::{BTreeMap, BTreeSet, HashMap};

use beffroi_db::{Db, DbError};
use beffroi_kernel::ActId;
use serde_json::Value;

use crate::sealed::{ROWS, subject};
use crate::store::proofs::{self as store, Kept};

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

/// Compares every act, with its texts, signatures, acknowledged texts, reviews, effects, statement, timestamp and
/// release of liability, with the journal, calling `progress` with the number of acts done.
///
/// # Errors
/// When the database does not answer; a value that cannot be read is a fault, not an error.
pub async fn check(db: &Db, progress: impl Fn(usize)) -> Result<Checked, DbError> {
    let mut checked = Checked::default();
    let mut known = BTreeSet::new();
    let mut after = None;
    loop {
        let batch = store::ids(db.read(), after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = Some(*last);
        checked.faults.extend(faults(db, &batch).await?);
        checked.acts += batch.len();
        known.extend(batch.into_iter().map(subject));
        progress(checked.acts);
    }
    for act in store::opened(db.read()).await? {
        if !known.contains(&act.subject) {
            let what =
                format!("l’acte manque\u{a0}: le journal dit qu’il a été préparé (entrée {})", act.seq);
            let facts: Value = serde_json::from_str(&act.data).unwrap_or_default();
            let reference = facts["reference"].as_str().unwrap_or(&act.subject).to_owned();
            checked.faults.push(Fault { act: reference, what });
        }
    }
    Ok(checked)
}

/// What differs of some acts. When a value cannot even be read, each is read alone, to name the one.
async fn faults(db: &Db, ids: &[ActId]) -> Result<Vec<Fault>, DbError> {
    let told = told(db, ids).await?;
    let mut found = Vec::new();
    if let Ok(kept) = store::kept(db.read(), ids).await {
        for id in ids {
            compare(*id, &told, &kept, &mut found);
        }
        return Ok(found);
    }
    for id in ids {
        match store::kept(db.read(), &[*id]).await {
            Ok(kept) => compare(*id, &told, &kept, &mut found),
            Err(error) => {
                let reference = told.get(&subject(*id)).and_then(|told| told.reference.clone());
                let what = format!("une valeur est illisible ({error})");
                found.push(Fault { act: reference.unwrap_or_else(|| subject(*id)), what });
            }
        }
    }
    Ok(found)
}

/// What the journal says of an act.
#[derive(Debug, Default)]
struct Told {
    reference: Option<String>,
    text_sha256: Option<String>,
    /// The last fingerprint of each of its rows, by name.
    rows: BTreeMap<String, String>,
}

async fn told(db: &Db, ids: &[ActId]) -> Result<HashMap<String, Told>, DbError> {
    let mut all: HashMap<String, Told> = HashMap::new();
    for (subject, data) in store::told(db.read(), ids).await? {
        let facts: Value = serde_json::from_str(&data).unwrap_or_default();
        let word = |name: &str| facts[name].as_str().map(str::to_owned);
        let told = all.entry(subject).or_default();
        told.reference = told.reference.take().or_else(|| word("reference"));
        told.text_sha256 = word("text_sha256").or(told.text_sha256.take());
        let rows = facts[ROWS].as_object().into_iter().flatten();
        told.rows
            .extend(rows.map(|(name, hash)| (name.clone(), hash.as_str().unwrap_or_default().to_owned())));
    }
    Ok(all)
}

fn compare(id: ActId, told: &HashMap<String, Told>, kept: &Kept, found: &mut Vec<Fault>) {
    let (nothing, no_row) = (Told::default(), BTreeMap::new());
    let told = told.get(&subject(id)).unwrap_or(&nothing);
    let rows = kept.rows.get(&id).unwrap_or(&no_row);
    let (reference, text) = kept.acts.get(&id).cloned().unzip();
    let act = told.reference.clone().or(reference).unwrap_or_else(|| subject(id));
    let mut fault = |what: String| found.push(Fault { act: act.clone(), what });
    for (name, hash) in &told.rows {
        match rows.get(name) {
            Some(kept) if kept == hash => {}
            Some(_) if name == "act" && text != told.text_sha256 => {
                fault("le texte ne correspond pas au journal".to_owned());
            }
            Some(_) => fault(format!("{} ne correspond pas au journal", words(name))),
            None => fault(format!("{} manque\u{a0}: le journal l’atteste", words(name))),
        }
    }
    for name in rows.keys().filter(|name| !told.rows.contains_key(*name)) {
        fault(format!("{} ne vient pas du journal", words(name)));
    }
}

/// What a row is, for whoever reads a fault.
fn words(name: &str) -> String {
    let (table, which) = name.split_once(':').unwrap_or((name, ""));
    let what = match table {
        "act" => "l’acte (objet, bénéficiaire, conditions, dates, état, suspension ou fin)",
        "act_signature" => "la signature",
        "act_text" => "un texte montré",
        "act_statement" => "la déclaration signée",
        "act_timestamp" => "l’horodatage",
        "acknowledgement" => "un texte reconnu",
        "act_review" => "une révision",
        "act_effect" => "la preuve d’effet",
        "liability_release" => "le dégagement de responsabilité",
        "liability_contest" => "une contestation",
        other => other,
    };
    match which.parse::<u32>() {
        _ if which.is_empty() => what.to_owned(),
        Ok(position) => format!("{what} nº\u{a0}{}", position + 1),
        Err(_) => format!("{what} ({which})"),
    }
}
