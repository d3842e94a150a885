//! What other programs are told of requests: references and states, never what people wrote.

use beffroi_db::DbError;
use beffroi_kernel::RequestId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::all;

/// A request in a few words.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Brief {
    /// Its identifier.
    pub id: RequestId,
    /// Its reference.
    pub reference: String,
    /// Where it stands.
    pub state: String,
    /// How it ended.
    pub outcome: Option<String>,
    /// The sheet.
    pub sheet: String,
    /// The request type.
    pub kind: String,
    /// When a team received it.
    pub sent_at: DateTime<Utc>,
    /// National identifier of the school.
    pub uai: String,
    /// Stable name of the owner team.
    pub team: String,
}

/// These requests, save those that no team has received.
pub(crate) async fn briefs(on: &impl ConnectionTrait, ids: &[RequestId]) -> Result<Vec<Brief>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = beffroi_db::sql::places(1, ids.len());
    let sql = format!(
        "SELECT r.id, r.reference, r.state, r.outcome, r.sheet_slug AS sheet, r.request_type AS kind, r.sent_at, \
         s.uai, t.slug AS team FROM request r JOIN school s ON s.id = r.school_id JOIN team t ON t.id = r.team_id \
         WHERE r.sent_at IS NOT NULL AND r.id IN ({places})"
    );
    all(on, &sql, ids.iter().map(|id| id.0.into()).collect()).await
}
