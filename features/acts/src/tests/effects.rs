//! What acts make true elsewhere: applied, undone, never left half done.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use beffroi_db::{Db, db_test};
use beffroi_kernel::Role;
use chrono::{Days, TimeDelta};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{EVER, Ground, because};
use crate::effects::{self, Adapter, Hold};
use crate::model::{Act, ActKind, EndReason, State};
use crate::{revoke, store};

/// A world outside: what is open there, how often it was told, and whether it fails.
#[derive(Default)]
struct World {
    open: BTreeSet<String>,
    calls: Vec<String>,
    fails: usize,
}

#[derive(Clone, Default)]
struct Outside(Arc<Mutex<World>>);

impl Outside {
    fn does(&self, verb: &str, act: &Act) -> Result<String, String> {
        let mut world = self.0.lock().unwrap();
        world.calls.push(verb.to_owned());
        if world.fails > 0 {
            world.fails -= 1;
            return Err("le serveur mandataire ne répond pas".into());
        }
        if verb == "apply" {
            world.open.insert(act.reference.clone())
        } else {
            world.open.remove(&act.reference)
        };
        Ok(format!("{verb} {}", act.reference))
    }

    fn calls(&self) -> Vec<String> {
        self.0.lock().unwrap().calls.clone()
    }

    fn is_open(&self) -> bool {
        !self.0.lock().unwrap().open.is_empty()
    }
}

#[async_trait::async_trait]
impl Adapter for Outside {
    fn name(&self) -> &'static str {
        "outside"
    }

    fn serves(&self, kind: ActKind) -> bool {
        kind == ActKind::WebExemption
    }

    async fn apply(&self, act: &Act) -> Result<String, String> {
        self.does("apply", act)
    }

    async fn undo(&self, act: &Act) -> Result<String, String> {
        self.does("undo", act)
    }
}

async fn ground(db: Db) -> (Ground, Outside) {
    let mut ground = Ground::new(db).await;
    let outside = Outside::default();
    ground.acts = ground.acts.with(Arc::new(outside.clone()));
    (ground, outside)
}

/// The state of the effect, its proofs of opening and closing.
async fn effect(ground: &Ground, act: &Act) -> (String, bool, bool) {
    let row = store::effects::of_act(ground.db().read(), act.id).await.unwrap().remove(0);
    (row.state, row.applied_proof.is_some(), row.undone_proof.is_some())
}

#[db_test]
async fn an_exemption_opens_on_its_first_day_and_closes_after_its_last(db: Db) {
    let (ground, outside) = ground(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let act = ground
        .opens(ActKind::WebExemption, |new| {
            new.starts_on = new.starts_on + Days::new(2);
            new.ends_on = Some(new.starts_on + Days::new(3));
        })
        .await;
    ground.signs(head, &act).await.unwrap();
    ground.work().await;
    assert_eq!(outside.calls().len(), 0, "not before its first day");

    ground.wait(2).await;
    assert!(outside.is_open());
    assert_eq!(effect(&ground, &act).await, ("applied".into(), true, false));
    ground.wait(3).await;
    assert!(outside.is_open(), "its last day is included");
    ground.wait(1).await;

    assert!(!outside.is_open());
    assert_eq!(effect(&ground, &act).await, ("undone".into(), true, true));
    let ended = ground.now(&act).await;
    assert_eq!((ended.state, ended.ended.unwrap().reason), (State::Ended, EndReason::Expired));
    let said = ground.journal(act.id).await;
    assert!(
        said.ends_with(&[
            "act.effect-applied".into(),
            "act.ended".into(),
            "act.effect-begun".into(),
            "act.effect-undone".into()
        ]),
        "{said:?}"
    );
}

#[db_test]
async fn a_run_killed_after_the_adapter_leads_to_a_second_call_and_one_proof(db: Db) {
    let (ground, outside) = ground(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let act = ground.opens(ActKind::WebExemption, |_| ()).await;
    ground.signs(head, &act).await.unwrap();
    // As a process does that is killed between the call and its commit.
    killed(&ground, &outside, &act).await;
    assert!(outside.is_open());
    ground.work().await;
    assert_eq!(outside.calls().len(), 1, "the other run is still thought alive");

    ground.clock.advance(TimeDelta::minutes(10));
    ground.work().await;

    assert_eq!(outside.calls(), ["apply", "apply"]);
    assert_eq!(effect(&ground, &act).await, ("applied".into(), true, false));
}

/// Takes the effect in hand, calls the adapter, and dies.
async fn killed(ground: &Ground, outside: &Outside, act: &Act) {
    let hold = ground.db().write(async |tx| effects::claim(tx, act.id, "outside").await).await.unwrap();
    let effects::Claim::Mine(hold) = hold else { panic!("somebody has it in hand") };
    let Hold { act, apply, .. } = *hold;
    if apply {
        outside.apply(&act).await.unwrap()
    } else {
        outside.undo(&act).await.unwrap()
    };
}

#[db_test]
async fn a_revocation_undoes_what_a_killed_run_opened(db: Db) {
    let (ground, outside) = ground(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let act = ground.opens(ActKind::WebExemption, |_| ()).await;
    ground.signs(head, &act).await.unwrap();
    killed(&ground, &outside, &act).await;

    revoke(&ground.acts, &ground.permit(head).await, act.id, because("Site devenu dangereux")).await.unwrap();
    ground.clock.advance(TimeDelta::minutes(10));
    ground.work().await;
    assert!(!outside.is_open());
    assert_eq!(effect(&ground, &act).await, ("undone".into(), false, true));

    // Killed once more, while undoing.
    let other = ground.opens(ActKind::WebExemption, |_| ()).await;
    ground.signs(head, &other).await.unwrap();
    ground.work().await;
    revoke(&ground.acts, &ground.permit(head).await, other.id, because("Site devenu dangereux"))
        .await
        .unwrap();
    killed(&ground, &outside, &other).await;
    ground.clock.advance(TimeDelta::minutes(10));
    ground.work().await;
    assert!(!outside.is_open());
    assert_eq!(effect(&ground, &other).await, ("undone".into(), true, true));
}

/// What may come between: work done, a run that dies after its call, a proxy that fails, time, a right suspended.
async fn meddles(ground: &Ground, outside: &Outside, act: &Act, dice: &mut StdRng) {
    match dice.random_range(0..6) {
        0 | 1 => ground.work().await,
        2 => {
            let claimed = ground.db().write(async |tx| effects::claim(tx, act.id, "outside").await).await;
            if let effects::Claim::Mine(hold) = claimed.unwrap() {
                let verb = if hold.apply { "apply" } else { "undo" };
                let _ = outside.does(verb, &hold.act);
            }
        }
        3 => outside.0.lock().unwrap().fails = dice.random_range(0..3),
        4 => ground.clock.advance(TimeDelta::seconds(dice.random_range(1..400))),
        _ => {
            let why = "Essai".to_owned();
            let suspended = ground
                .db()
                .write(async |tx| {
                    let Some(mut act) = store::acts::lock(tx.on(), act.id).await? else { return Ok(()) };
                    crate::review::suspend(tx, &mut act, why.clone()).await
                })
                .await;
            let () = suspended.unwrap();
        }
    }
}

#[db_test]
async fn whatever_comes_between_a_revocation_undoes_what_was_opened_and_the_journal_tells_it(db: Db) {
    let (ground, outside) = ground(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    for seed in 0..40 {
        let mut dice = StdRng::seed_from_u64(seed);
        let act = ground.opens(ActKind::WebExemption, |_| ()).await;
        ground.signs(head, &act).await.unwrap();
        for _ in 0..dice.random_range(0..8) {
            meddles(&ground, &outside, &act, &mut dice).await;
        }
        revoke(&ground.acts, &ground.permit(head).await, act.id, because("Site devenu dangereux"))
            .await
            .unwrap();
        for _ in 0..dice.random_range(0..6) {
            meddles(&ground, &outside, &act, &mut dice).await;
        }
        outside.0.lock().unwrap().fails = 0;
        for _ in 0..3 {
            ground.clock.advance(TimeDelta::hours(2));
            ground.work().await;
        }
        assert!(!outside.is_open(), "seed {seed}: {:?}", outside.calls());
        let row = store::effects::of_act(ground.db().read(), act.id).await.unwrap().pop();
        assert!(row.is_none_or(|row| row.state == "undone" && row.undone_proof.is_some()), "seed {seed}");
    }
    assert_eq!(crate::proof::check(ground.db(), |_| ()).await.unwrap().faults, []);
}

#[db_test]
async fn an_adapter_that_fails_is_called_again_until_it_works(db: Db) {
    let (ground, outside) = ground(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    outside.0.lock().unwrap().fails = 2;
    let act = ground.opens(ActKind::WebExemption, |_| ()).await;
    ground.signs(head, &act).await.unwrap();
    ground.work().await;
    assert_eq!(effect(&ground, &act).await, ("applying".into(), false, false));

    for _ in 0..3 {
        ground.clock.advance(TimeDelta::minutes(5));
        ground.work().await;
    }

    assert_eq!(outside.calls().len(), 3);
    assert_eq!(effect(&ground, &act).await, ("applied".into(), true, false));
}

#[db_test]
async fn a_right_that_lives_here_leaves_its_proof_too(db: Db) {
    let (ground, _) = ground(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let act = ground.opens(ActKind::AccountDelegation, |_| ()).await;
    ground.signs(head, &act).await.unwrap();
    ground.work().await;
    assert_eq!(effect(&ground, &act).await, ("applied".into(), true, false));

    revoke(&ground.acts, &ground.permit(head).await, act.id, because("Fin de mission")).await.unwrap();
    ground.work().await;

    assert_eq!(effect(&ground, &act).await, ("undone".into(), true, true));
}
