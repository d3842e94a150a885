//! What the other side announces: a signed message that something happened to one of its requests. Its
//! words are not believed: they name the request to compare, nothing more.

use beffroi_api::sign;
use beffroi_db::reach::{self, Why};
use beffroi_db::{DbError, NewJob};
use serde::Deserialize;

use crate::model::BridgeId;
use crate::store::{bridges as store, links};
use crate::sync::{Due, SYNC_JOB};
use crate::{Bridges, seal};

/// Seconds by which clocks may differ, and a message be late.
const TOLERANCE: i64 = 300;

/// What came of an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announced {
    /// Its request is compared; or it is not one of this bridge's, and nothing is.
    Taken,
    /// There is no such bridge, or it listens to nobody.
    Unknown,
    /// Its signature, or its time, is wrong.
    Forged,
}

/// An announcement as it came.
#[derive(Clone, Copy, Debug)]
pub struct Announcement<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub second: &'a str,
    /// `webhook-signature`: one or several, separated by spaces.
    pub signature: &'a str,
    /// The body.
    pub body: &'a str,
}

#[derive(Debug, Deserialize)]
struct Body {
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    reference: Option<String>,
}

/// Takes an announcement.
///
/// # Errors
/// When the database does not answer.
pub async fn announced(
    bridges: &Bridges,
    id: BridgeId,
    told: Announcement<'_>,
) -> Result<Announced, DbError> {
    let db = &bridges.desk.site.db;
    let bridge = store::find(db.read(), id).await?.filter(|bridge| bridge.stopped_at.is_none());
    let Some(bridge) = bridge else { return Ok(Announced::Unknown) };
    let Some(secret) =
        seal::open(&bridges.sealing, id, &bridge.secret).and_then(|secrets| hook(&secrets.hook))
    else {
        return Ok(Announced::Unknown);
    };
    if !is_genuine(&secret, told, db.now().timestamp()) {
        return Ok(Announced::Forged);
    }
    let reference = serde_json::from_str::<Body>(told.body).ok().and_then(|body| body.data.reference);
    let Some(reference) = reference else { return Ok(Announced::Taken) };
    // Nobody is signed in: the signature is what lets this one row be found.
    let found = reach::everything(Why::Told, links::by_theirs(db.read(), id, &reference)).await?;
    let Some(link) = found else { return Ok(Announced::Taken) };
    db.write(async |tx| {
        // Told twice, it is compared once.
        let key = format!("bridge:{}:hook:{}", link.id, told.id);
        tx.enqueue(NewJob::new(SYNC_JOB, &Due::of(link.id)).once(key)).await?;
        Ok(Announced::Taken)
    })
    .await
}

/// The secret as its owner pastes it.
pub(crate) fn hook(shown: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let text = shown.trim().strip_prefix("whsec_")?;
    base64::engine::general_purpose::STANDARD.decode(text).ok().filter(|secret| secret.len() >= 16)
}

fn is_genuine(secret: &[u8], told: Announcement<'_>, now: i64) -> bool {
    let Ok(second) = told.second.parse::<i64>() else { return false };
    if told.id.is_empty() || told.id.len() > 200 || (now - second).abs() > TOLERANCE {
        return false;
    }
    let expected = sign(secret, told.id, second, told.body);
    // Every byte is looked at, whatever differs.
    told.signature.split(' ').any(|given| {
        given.len() == expected.len()
            && given.bytes().zip(expected.bytes()).fold(0, |differs, (one, other)| differs | (one ^ other))
                == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_genuine_with_its_secret_its_time_and_its_words() {
        let secret = hook("whsec_c2VjcmV0IGRlIHNlaXplIG9jdGV0cyBhdSBtb2lucw==").unwrap();
        let signature = format!("v1,AAAA {}", sign(&secret, "m1", 1_000, "{}"));
        let told = Announcement { id: "m1", second: "1000", signature: &signature, body: "{}" };
        assert!(is_genuine(&secret, told, 1_000) && is_genuine(&secret, told, 1_300));
        assert!(!is_genuine(&secret, told, 1_301), "an old one sent again");
        assert!(!is_genuine(&secret, Announcement { body: "{ }", ..told }, 1_000));
        assert!(!is_genuine(&secret, Announcement { id: "m2", ..told }, 1_000));
        assert!(!is_genuine(b"another secret of ours", told, 1_000));
        assert!(!is_genuine(&secret, Announcement { second: "x", ..told }, 1_000));
        assert!(!is_genuine(&secret, Announcement { signature: "", ..told }, 1_000));
    }

    #[test]
    fn a_secret_is_the_one_that_the_other_side_showed() {
        assert!(hook("whsec_").is_none() && hook("whsec_YQ==").is_none() && hook("c2VjcmV0").is_none());
    }
}
