//! What a room above shows beside a request: the desk asks for it, and does not know what it is. (CSU-05)

use std::sync::Arc;

use async_trait::async_trait;
use beffroi_db::DbError;
use beffroi_kernel::Access;
use maud::{Markup, html};

use crate::Desk;
use crate::reading::Folder;

/// A room that has something to say on the page of a request.
#[async_trait]
pub trait Neighbour: Send + Sync {
    /// What it says of this request to this person; nothing when it has nothing to say. A fixed number
    /// of statements.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn beside(&self, access: &Access, folder: &Folder) -> Result<Markup, DbError>;
}

impl Desk {
    /// The desk with this neighbour beside its requests.
    #[must_use]
    pub fn beside(self, neighbour: Arc<dyn Neighbour>) -> Self {
        Self { neighbour: Some(neighbour), ..self }
    }

    /// What the neighbour says of a request.
    pub(crate) async fn said_beside(&self, access: &Access, folder: &Folder) -> Result<Markup, DbError> {
        match &self.neighbour {
            Some(neighbour) => neighbour.beside(access, folder).await,
            None => Ok(html! {}),
        }
    }
}
