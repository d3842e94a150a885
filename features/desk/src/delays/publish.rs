//! The Region opens the figures to everyone, or keeps them to people signed in.

use beffroi_db::{DbError, Event};
use beffroi_kernel::Permit;

use crate::store::delays as store;
use crate::{Desk, PublishDelays};

/// Keeps the figures to people signed in, or opens them to everyone.
///
/// # Errors
/// When the database does not answer.
pub async fn set_signed_in_only(
    desk: &Desk,
    permit: &Permit<PublishDelays>,
    signed_in_only: bool,
) -> Result<(), DbError> {
    desk.site
        .db
        .write(async |tx| {
            if store::set_signed_in_only(tx.on(), signed_in_only).await? {
                let data = serde_json::json!({ "signed_in_only": signed_in_only });
                tx.journal(Event::new("delays.opened", "delays").by(permit.person()).data(data));
            }
            Ok(())
        })
        .await
}
