//! Rights that people of a team open and close by hand: closing comes back to them as work. (SRV-17, SRV-19)

use beffroi_acts::{Act, ActKind, Adapter};
use beffroi_db::DbError;
use beffroi_kernel::Scope;

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
        let request = self.request(act).await.map_err(|error| error.to_string())?;
        let by =
            request.map_or_else(|| "la Région".to_owned(), |one| format!("la demande {}", one.reference));
        Ok(format!("Droits de l’acte {} ouverts par {by}.", act.reference))
    }

    async fn undo(&self, act: &Act) -> Result<String, String> {
        let Some(request) = self.request(act).await.map_err(|error| error.to_string())? else {
            return Ok(format!("Droits de l’acte {} retirés du registre.", act.reference));
        };
        let title = format!("Fermer les droits de l’acte {} : il ne vaut plus", act.reference);
        let given = effects::give_back(&self.0, request.id, &title).await;
        given.map_err(|error: WorkError| error.to_string())?;
        Ok(format!("Fermeture confiée à l’équipe, demande {}.", request.reference))
    }
}

impl ByTeam {
    async fn request(&self, act: &Act) -> Result<Option<crate::store::entities::request::Model>, DbError> {
        let Some(id) = act.request else { return Ok(None) };
        let scope = Scope::system("the request of an act whose effect is settled");
        store::by_id(self.0.site.db.read(), &scope, id).await
    }
}
