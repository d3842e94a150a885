//! Rights that people of a team open and close by hand: closing comes back to them as work. (SRV-17, SRV-19)

use beffroi_acts::{Act, ActKind, Adapter, BY_HAND};
use beffroi_db::{DbError, Tx};
use beffroi_kernel::Scope;

use crate::store::entities::{request, task};
use crate::store::requests as store;
use crate::work::WorkError;
use crate::{Desk, effects};

/// The team of the request opens and closes what its act confers.
pub(crate) struct ByTeam(pub(crate) Desk);

#[async_trait::async_trait]
impl Adapter for ByTeam {
    fn name(&self) -> &'static str {
        TEAM
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
            return self.proof(&request, &reopening(act), true).await;
        }
        Ok(format!("Droits de l’acte {} ouverts par la demande {}.", act.reference, request.reference))
    }

    async fn undo(&self, act: &Act) -> Result<String, String> {
        let Some(request) = self.request(act).await.map_err(|error| error.to_string())? else {
            return Ok(format!("Droits de l’acte {} retirés du registre.", act.reference));
        };
        self.give_back(&request, &reopening(act), &closing(act), 1).await?;
        self.proof(&request, &closing(act), false).await
    }
}

/// The name of this adapter, kept with its proofs.
const TEAM: &str = "team";
/// How the title of a task of closing begins.
pub(crate) const CLOSING: &str = "Fermer les droits de l’acte";
/// How the title of a task of opening again begins.
const REOPENING: &str = "Rouvrir les droits de l’acte";

fn closing(act: &Act) -> String {
    format!("{CLOSING} {} : il ne vaut plus", act.reference)
}

fn reopening(act: &Act) -> String {
    format!("{REOPENING} {} : il vaut de nouveau", act.reference)
}

/// Whether a task of this title opens again what the act gives, or closes it; nothing when it is about something else.
fn way(act: &Act, title: &str) -> Option<bool> {
    if title == closing(act) {
        return Some(false);
    }
    (title == reopening(act)).then_some(true)
}

/// The team ticked a task, or unticked it: when it closes or opens by hand what an act gave, the act says by whom and
/// when, or that it waits again. `tasks` are those of the request, in order. (SRV-19)
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn ticked(
    desk: &Desk,
    tx: &Tx,
    request: &request::Model,
    (tasks, ticked): (&[task::Model], &task::Model),
) -> Result<(), DbError> {
    if ![CLOSING, REOPENING].iter().any(|begins| ticked.title.starts_with(begins)) {
        return Ok(());
    }
    for act in beffroi_acts::of_request(tx, request.id).await? {
        let last = tasks.iter().rev().find(|one| way(&act, &one.title).is_some());
        // An older one was answered by those that followed.
        if let (Some(opens), true) = (way(&act, &ticked.title), last.is_some_and(|one| one.id == ticked.id)) {
            let proof = proof(desk, request, ticked, opens).await?;
            beffroi_acts::done_by_hand(tx, act.id, (TEAM, opens), &proof).await?;
        }
    }
    Ok(())
}

/// What an act says of its task: done, by whom, or left to the team.
async fn proof(
    desk: &Desk,
    request: &request::Model,
    task: &task::Model,
    opens: bool,
) -> Result<String, DbError> {
    let Some(person) = task.done_by.filter(|_| task.done_at.is_some()) else {
        let what = if opens { "Réouverture" } else { "Fermeture" };
        return Ok(format!("{what} {BY_HAND}, demande {}.", request.reference));
    };
    let names = beffroi_directory::names(&desk.site.db, &[person]).await?;
    let name = names.get(&person).map_or("une personne de l’équipe", String::as_str);
    let what = if opens { "rouverts" } else { "fermés" };
    Ok(format!("Droits {what} par {name}, demande {}.", request.reference))
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

    /// What its last task of this title says; a run after a crash finds it done already.
    async fn proof(&self, request: &request::Model, title: &str, opens: bool) -> Result<String, String> {
        let words = |error: DbError| error.to_string();
        let tasks = store::tasks(self.0.site.db.read(), request.id).await.map_err(words)?;
        let last = tasks.iter().rev().find(|task| task.title == title);
        let last = last.ok_or_else(|| format!("la tâche « {title} » manque"))?;
        proof(&self.0, request, last, opens).await.map_err(words)
    }

    async fn request(&self, act: &Act) -> Result<Option<request::Model>, DbError> {
        let Some(id) = act.request else { return Ok(None) };
        let scope = Scope::system("the request of an act whose effect is settled");
        store::by_id(self.0.site.db.read(), &scope, id).await
    }
}
