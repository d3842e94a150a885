//! What the Region asks of accounts: a second factor of those whose functions reach far, and no more requests a
//! day than a person has reason to send. (issue 5: hardening; decision 0030)

mod model;
mod rules;

use std::sync::Arc;

use beffroi_db::{Db, DbError, Event, Tx};
use beffroi_kernel::{Function, Permit, PersonId};
use chrono::{DateTime, Utc};

pub use model::{Covered, ProtectAccounts, SecondFactor};
pub(crate) use model::{LONGEST_GRACE, MOST_REQUESTS};
pub(crate) use rules::{Need, need};

use crate::store::{factors, region as store};

/// The names of the settings.
const SECOND_FACTOR: &str = "second-factor";
const REQUESTS: &str = "requests-a-day";
/// What the journal says was set.
const SUBJECT: &str = "protection:region";

/// Of whom a second factor is asked; nobody until the Region, or the first start of the service, says.
///
/// # Errors
/// When the database does not answer, or what is kept cannot be read.
pub async fn second_factor(db: &Db) -> Result<Arc<Option<SecondFactor>>, DbError> {
    let read = async || match store::setting(db.read(), SECOND_FACTOR).await? {
        Some(text) => Ok(Some(serde_json::from_str(&text)?)),
        None => Ok(None),
    };
    db.recent("second factor".into(), &["protection"], read).await
}

/// How many requests one person may send in a day; none when the Region sets no limit.
///
/// # Errors
/// When the database does not answer.
pub async fn requests_a_day(db: &Db) -> Result<Option<u32>, DbError> {
    let read = async || -> Result<Option<u32>, DbError> {
        Ok(store::setting(db.read(), REQUESTS).await?.and_then(|text| text.parse().ok()))
    };
    Ok(*db.recent("requests a day".into(), &["protection"], read).await?)
}

/// What is asked of a session that showed no second factor: of the functions that its person holds, and of those
/// that a provider grants for its time, which began before it. One statement for those concerned, none for others.
pub(crate) async fn owed(
    db: &Db,
    person: PersonId,
    (held, granted): (&[Function], &[Function]),
    now: DateTime<Utc>,
) -> Result<Need, DbError> {
    if held.is_empty() && granted.is_empty() {
        return Ok(Need::Nothing);
    }
    let rule = second_factor(db).await?;
    let Some(rule) = rule.as_ref().as_ref().filter(|rule| !rule.who.is_empty()) else {
        return Ok(Need::Nothing);
    };
    let since_ever = granted.iter().map(|one| Function { since: rule.since, ..one.clone() });
    let functions: Vec<Function> = held.iter().cloned().chain(since_ever).collect();
    let Some(from) = rule.asked_from(&functions) else { return Ok(Need::Nothing) };
    Ok(need(from, factors::has_second(db.read(), person).await?, now))
}

fn kept(rule: &SecondFactor) -> Result<String, DbError> {
    serde_json::to_string(rule).map_err(DbError::from)
}

/// Changes whom a second factor is asked of. The delay begins anew for everyone when somebody is added or the delay
/// changes: nobody is shut out between two clicks.
///
/// # Errors
/// When the database does not answer.
pub async fn ask_second_factor(
    db: &Db,
    permit: &Permit<ProtectAccounts>,
    (who, grace_days): (&[Covered], u32),
) -> Result<(), DbError> {
    db.write(async |tx| {
        let before = match store::setting(tx.on(), SECOND_FACTOR).await? {
            Some(text) => serde_json::from_str(&text)?,
            None => SecondFactor::of_nobody(tx.now()),
        };
        let wider = grace_days != before.grace_days || who.iter().any(|one| !before.who.contains(one));
        let since = if wider { tx.now() } else { before.since };
        let after = SecondFactor { who: who.to_vec(), grace_days: grace_days.min(LONGEST_GRACE), since };
        if after == before {
            return Ok(());
        }
        store::set(tx.on(), SECOND_FACTOR, &kept(&after)?, tx.now()).await?;
        let data = serde_json::json!({ "setting": SECOND_FACTOR, "before": before, "after": after });
        tx.journal(Event::new("protection.set", SUBJECT).by(permit.person()).data(data));
        Ok(())
    })
    .await
}

/// Changes how many requests one person may send in a day; none for no limit.
///
/// # Errors
/// When the database does not answer.
pub async fn limit_requests(
    db: &Db,
    permit: &Permit<ProtectAccounts>,
    most: Option<u32>,
) -> Result<(), DbError> {
    db.write(async |tx| {
        let before = store::setting(tx.on(), REQUESTS).await?.and_then(|text| text.parse::<u32>().ok());
        if before == most {
            return Ok(());
        }
        set_requests(tx, most).await?;
        let data = serde_json::json!({ "setting": REQUESTS, "before": before, "after": most });
        tx.journal(Event::new("protection.set", SUBJECT).by(permit.person()).data(data));
        Ok(())
    })
    .await
}

async fn set_requests(tx: &Tx, most: Option<u32>) -> Result<(), DbError> {
    let text = most.map_or_else(String::new, |most| most.to_string());
    store::set(tx.on(), REQUESTS, &text, tx.now()).await
}

/// The first start of the service: what the Region did not say gets its usual value, and delays run from now.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(db: &Db) -> Result<(), DbError> {
    first(db, SecondFactor::of_the_region(db.now()), Some(model::REQUESTS_A_DAY)).await
}

/// Nothing is asked of anyone: fictitious Regions, whose accounts everyone tries.
///
/// # Errors
/// When the database does not answer.
pub async fn leave_open(db: &Db) -> Result<(), DbError> {
    first(db, SecondFactor::of_nobody(db.now()), None).await
}

async fn first(db: &Db, rule: SecondFactor, most: Option<u32>) -> Result<(), DbError> {
    if store::setting(db.read(), SECOND_FACTOR).await?.is_some() {
        return Ok(());
    }
    db.write(async |tx| {
        // Another node may have started meanwhile.
        if store::setting(tx.on(), SECOND_FACTOR).await?.is_some() {
            return Ok(());
        }
        store::set(tx.on(), SECOND_FACTOR, &kept(&rule)?, tx.now()).await?;
        set_requests(tx, most).await?;
        let data = serde_json::json!({ "second-factor": rule, "requests-a-day": most });
        tx.journal(Event::new("protection.set", SUBJECT).data(data));
        Ok(())
    })
    .await
}
