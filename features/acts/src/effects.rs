//! What an act in force makes true elsewhere. The desired state is computed from the act each time; a
//! job brings the world to it, one run at a time an act and an adapter. A run killed anywhere leaves a
//! state from which the next run calls the adapter again: `apply` and `undo` are idempotent. (SEC-11)

use std::sync::Arc;

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_kernel::ActId;
use chrono::TimeDelta;

use crate::model::{Act, ActKind, EffectState};
use crate::sealed::Entry;
use crate::store::effects as store;
use crate::store::entities::effect;
use crate::{Acts, store as all};

/// The kind of the jobs that bring the world to what an act says.
pub const EFFECT_JOB: &str = "acts.effect";
/// How a proof says that people still have to do it by hand: the effect is theirs, not true yet.
pub const BY_HAND: &str = "confiée à l’équipe";
/// A run that has not answered after so long is taken for dead.
const LEASE: TimeDelta = TimeDelta::minutes(3);

/// Makes acts of some kinds true outside Beffroi.
#[async_trait::async_trait]
pub trait Adapter: Send + Sync {
    /// Its stable name, kept with the proof.
    fn name(&self) -> &'static str;

    /// Whether it serves acts of this kind.
    fn serves(&self, kind: ActKind) -> bool;

    /// Makes the act true, again if it already is; returns the proof, in words.
    ///
    /// # Errors
    /// Words for an operator; it is then tried again.
    async fn apply(&self, act: &Act) -> Result<String, String>;

    /// Undoes it, again if it already is undone; returns the proof, in words.
    ///
    /// # Errors
    /// Words for an operator; it is then tried again.
    async fn undo(&self, act: &Act) -> Result<String, String>;
}

/// For rights that live inside Beffroi, which reads the act itself: nothing to do elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recorded;

#[async_trait::async_trait]
impl Adapter for Recorded {
    fn name(&self) -> &'static str {
        "recorded"
    }

    fn serves(&self, _kind: ActKind) -> bool {
        true
    }

    async fn apply(&self, act: &Act) -> Result<String, String> {
        Ok(format!("Droit inscrit au registre des actes de Beffroi, acte {}.", act.reference))
    }

    async fn undo(&self, act: &Act) -> Result<String, String> {
        Ok(format!("Droit retiré du registre des actes de Beffroi, acte {}.", act.reference))
    }
}

impl Acts {
    /// Who makes acts of this kind true.
    fn adapters_of(&self, kind: ActKind) -> Vec<Arc<dyn Adapter>> {
        let found: Vec<Arc<dyn Adapter>> =
            self.adapters.iter().filter(|adapter| adapter.serves(kind)).cloned().collect();
        if found.is_empty() { vec![Arc::new(Recorded)] } else { found }
    }
}

/// What is to be done, by the run that holds it.
pub(crate) struct Hold {
    pub act: Act,
    pub apply: bool,
    row: effect::Model,
}

pub(crate) enum Claim {
    Settled,
    Busy,
    Mine(Box<Hold>),
}

/// Brings the world to what the act says now.
pub(crate) async fn reconcile(acts: &Acts, id: ActId) -> Result<(), String> {
    let db = &acts.site.db;
    let scope = beffroi_kernel::Scope::system("the effects of an act");
    let found = all::acts::find(db.read(), &scope, id).await.map_err(words)?;
    let Some(act) = found else { return Ok(()) };
    for adapter in acts.adapters_of(act.kind) {
        let claimed = db.write(async |tx| claim(tx, id, adapter.name()).await).await.map_err(words)?;
        match claimed {
            Claim::Settled => {}
            Claim::Busy => return Err("un autre traitement a cet effet en main".into()),
            Claim::Mine(hold) => carry_out(acts, adapter.as_ref(), *hold).await?,
        }
    }
    Ok(())
}

fn words(error: DbError) -> String {
    error.to_string()
}

pub(crate) async fn claim(tx: &Tx, id: ActId, adapter: &str) -> Result<Claim, DbError> {
    let Some(act) = all::acts::lock(tx.on(), id).await? else { return Ok(Claim::Settled) };
    let apply = act.holds(tx.now());
    if store::lock(tx.on(), id, adapter).await?.is_none() {
        // What people opened by hand, before its first day, is closed all the same.
        let opened_early = act.in_force_at.is_some() && act.ended.is_some();
        if !apply && !opened_early {
            return Ok(Claim::Settled);
        }
        store::begin(tx.on(), id, adapter, EffectState::Applying.slug(), tx.now()).await?;
    }
    let Some(mut row) = store::lock(tx.on(), id, adapter).await? else { return Ok(Claim::Settled) };
    let settled = if apply { EffectState::Applied } else { EffectState::Undone };
    if row.state == settled.slug() {
        return Ok(Claim::Settled);
    }
    if row.lease_until.is_some_and(|until| until > tx.now()) {
        return Ok(Claim::Busy);
    }
    row.state = if apply { EffectState::Applying } else { EffectState::Undoing }.slug().into();
    row.lease_until = Some(tx.now() + LEASE);
    row.updated_at = tx.now();
    keep(tx, "act.effect-begun", &act, &row, None).await?;
    Ok(Claim::Mine(Box::new(Hold { act, apply, row })))
}

async fn carry_out(acts: &Acts, adapter: &dyn Adapter, hold: Hold) -> Result<(), String> {
    let done = if hold.apply { adapter.apply(&hold.act).await } else { adapter.undo(&hold.act).await };
    let failed = done.as_ref().err().cloned();
    acts.site.db.write(async |tx| settle(tx, &hold, done).await).await.map_err(words)?;
    failed.map_or(Ok(()), Err)
}

/// Writes what was done. A run that lost its lease writes nothing, and asks for another look.
async fn settle(tx: &Tx, hold: &Hold, done: Result<String, String>) -> Result<(), DbError> {
    let id = hold.act.id;
    let Some(act) = all::acts::lock(tx.on(), id).await? else { return Ok(()) };
    let Some(mut row) = store::lock(tx.on(), id, &hold.row.adapter).await? else { return Ok(()) };
    if row.lease_until != hold.row.lease_until || row.state != hold.row.state {
        row.state = EffectState::Undoing.slug().into();
        keep(tx, "act.effect-lost", &act, &row, None).await?;
        return tx.enqueue(NewJob::new(EFFECT_JOB, &id)).await;
    }
    row.lease_until = None;
    row.updated_at = tx.now();
    row.last_error = done.as_ref().err().cloned();
    let kind = match &done {
        Ok(proof) if hold.apply => {
            row.state = EffectState::Applied.slug().into();
            (row.applied_at, row.applied_proof) = (Some(tx.now()), Some(proof.clone()));
            "act.effect-applied"
        }
        Ok(proof) => {
            row.state = EffectState::Undone.slug().into();
            (row.undone_at, row.undone_proof) = (Some(tx.now()), Some(proof.clone()));
            "act.effect-undone"
        }
        Err(_) => "act.effect-failed",
    };
    keep(tx, kind, &act, &row, Some(&done)).await?;
    if act.holds(tx.now()) != hold.apply {
        // The act changed while the adapter worked.
        tx.enqueue(NewJob::new(EFFECT_JOB, &id)).await?;
    }
    Ok(())
}

/// People did by hand what an effect left to them: `opens` what the act gives, or closes it; or it waits for them again.
/// The act then says so, with `proof`. Nothing when the effect stands otherwise, or was never theirs. (SRV-19)
///
/// # Errors
/// When the database does not answer.
pub async fn done_by_hand(
    tx: &Tx,
    id: ActId,
    (adapter, opens): (&str, bool),
    proof: &str,
) -> Result<(), DbError> {
    let Some(act) = all::acts::lock(tx.on(), id).await? else { return Ok(()) };
    let Some(mut row) = store::lock(tx.on(), id, adapter).await? else { return Ok(()) };
    let settled = if opens { EffectState::Applied } else { EffectState::Undone };
    if row.state != settled.slug() {
        return Ok(());
    }
    row.updated_at = tx.now();
    let (at, said) = (Some(tx.now()), Some(proof.to_owned()));
    if opens {
        (row.applied_at, row.applied_proof) = (at, said);
    } else {
        (row.undone_at, row.undone_proof) = (at, said);
    }
    keep(tx, "act.effect-by-hand", &act, &row, Some(&Ok(proof.to_owned()))).await
}

/// Writes an effect as it now is, and what became of it in the journal: failures too are part of the proof.
async fn keep(
    tx: &Tx,
    kind: &'static str,
    act: &Act,
    row: &effect::Model,
    done: Option<&Result<String, String>>,
) -> Result<(), DbError> {
    store::save(tx.on(), row.clone()).await?;
    let facts = match done {
        None => serde_json::json!({ "adapter": row.adapter }),
        Some(Ok(proof)) => serde_json::json!({ "adapter": row.adapter, "proof": proof }),
        Some(Err(error)) => serde_json::json!({ "adapter": row.adapter, "error": error }),
    };
    Entry::of(kind, act).facts(facts).row(row).write(tx);
    Ok(())
}
