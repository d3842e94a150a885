//! The secrets of bridges are sealed before they are kept: a copy of the database alone opens no other
//! tool. By the keys of the installation, which change without them, each bound to its bridge.

use beffroi_db::DbError;
use beffroi_db::sealing::{Ring, Sealed};
use chrono::{DateTime, Utc};

use crate::model::{BridgeId, Secrets};

/// Where they are kept, and for what the keys of the installation serve there.
pub const SEALED: Sealed = Sealed {
    label: "passerelles",
    table: "bridge",
    whose: "id",
    column: "secret",
    usage: b"beffroi bridges\0",
};

/// The secrets of a bridge as they are kept.
pub(crate) fn seal(
    ring: &Ring,
    now: DateTime<Utc>,
    bridge: BridgeId,
    secrets: &Secrets,
) -> Result<String, DbError> {
    ring.seal(now, &bridge.to_string(), &serde_json::to_vec(secrets)?)
}

/// The secrets back; nothing when the key is not there or the bridge is another.
pub(crate) fn open(ring: &Ring, bridge: BridgeId, kept: &str) -> Option<Secrets> {
    serde_json::from_slice(&ring.open(&bridge.to_string(), kept)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_open_with_their_key_for_their_bridge() {
        let (ring, id) = (Ring::of([7; 32]).for_usage(SEALED.usage), BridgeId::new());
        let secrets = Secrets { token: "un jeton".into(), ..Secrets::default() };
        let kept = seal(&ring, DateTime::<Utc>::UNIX_EPOCH, id, &secrets).unwrap();
        assert_eq!(open(&ring, id, &kept), Some(secrets));
        let other = Ring::of([8; 32]).for_usage(SEALED.usage);
        assert!(open(&other, id, &kept).is_none() && open(&ring, BridgeId::new(), &kept).is_none());
        assert!(open(&ring, id, "ab").is_none() && open(&ring, id, "é").is_none());
    }
}
