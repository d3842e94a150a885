//! Rights that people of a team open and close by hand: closing comes back to them as work. (SRV-17, SRV-19)

use beffroi_acts::{Act, ActKind, Adapter, BY_HAND};
use beffroi_db::DbError;
use beffroi_kernel::Scope;

use crate::store::entities::request;
use crate::store::requests as store;
use crate::work::WorkError;
use crate::{Desk, effects};

/// The team of the request opens and closes what its act confers.
pub(crate) struct ByTeam(pub(crate) Desk);

#[async_trait::async_trait]
impl Adapter for ByTeam {
    fn name(&self) -> &'static str {
        "team"
    }

    fn serves(&self, kind: ActKind) -> bool {
        matches!(
            kind,
            ActKind::AdminRights
                | ActKind::WorkstationRights
                | ActKind::AccountDelegation
                | ActKind::ToolRights
                | ActKind::ProviderAccess
        )
    }

    async fn apply(&self, act: &Act) -> Result<String, String> {
        let Some(request) = self.request(act).await.map_err(|error| error.to_string())? else {
            return Ok(format!("Droits de l’acte {} ouverts par la Région.", act.reference));
        };
        // Closed by hand while the act was suspended, they are opened by hand again.
        if self.give_back(&request, &closing(act), &reopening(act), 0).await? {
            return Ok(format!("Réouverture {BY_HAND}, demande {}.", request.reference));
        }
        Ok(format!("Droits de l’acte {} ouverts par la demande {}.", act.reference, request.reference))
    }

    async fn undo(&self, act: &Act) -> Result<String, String> {
        let Some(request) = self.request(act).await.map_err(|error| error.to_string())? else {
            return Ok(format!("Droits de l’acte {} retirés du registre.", act.reference));
        };
        self.give_back(&request, &reopening(act), &closing(act), 1).await?;
        Ok(format!("Fermeture {BY_HAND}, demande {}.", request.reference))
    }
}

/// How the title of a task of closing begins.
pub(crate) const CLOSING: &str = "Fermer les droits de l’acte";

fn closing(act: &Act) -> String {
    format!("{CLOSING} {} : il ne vaut plus", act.reference)
}

fn reopening(act: &Act) -> String {
    format!("Rouvrir les droits de l’acte {} : il vaut de nouveau", act.reference)
}

impl ByTeam {
    /// Gives the team the task `next` unless it answers the last `before` already: said again after a
    /// crash, it is given once. `ahead` is by how many `next` tasks may outnumber the others. Whether the
    /// last word is `next`.
    async fn give_back(
        &self,
        request: &request::Model,
        before: &str,
        next: &str,
        ahead: usize,
    ) -> Result<bool, String> {
        let words = |error: DbError| error.to_string();
        let tasks = store::tasks(self.0.site.db.read(), request.id).await.map_err(words)?;
        let count = |title: &str| tasks.iter().filter(|task| task.title == title).count();
        if count(next) < count(before) + ahead {
            let given = effects::give_back(&self.0, request.id, next).await;
            given.map_err(|error: WorkError| error.to_string())?;
            return Ok(true);
        }
        Ok(count(next) > 0)
    }

    async fn request(&self, act: &Act) -> Result<Option<request::Model>, DbError> {
        let Some(id) = act.request else { return Ok(None) };
        let scope = Scope::system("the request of an act whose effect is settled");
        store::by_id(self.0.site.db.read(), &scope, id).await
    }
}
