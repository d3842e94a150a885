//! Beside a request, for agents: both sides, what passed last, what waits, what fails and why, and the
//! button that has them compared.

use std::sync::Arc;

use async_trait::async_trait;
use beffroi_db::DbError;
use beffroi_desk::reading::Folder;
use beffroi_desk::{Neighbour, ReadInternalNotes};
use beffroi_kernel::{Access, RequestId};
use maud::{Markup, html};

use crate::model::ManageBridges;
use crate::settings::may;
use crate::store::bridges::{self as store, Bridge};
use crate::store::exchanges::{self, Left};
use crate::store::links::{self, Link};
use crate::{Bridges, views};

/// What bridges say beside requests.
#[derive(Clone)]
pub struct Panel(pub Bridges);

/// One link of a request, as it is shown.
pub(crate) struct Shown {
    pub(crate) bridge: Bridge,
    pub(crate) link: Link,
    pub(crate) left: Left,
}

/// The bridges in use: nearly always the same, and none in most installations.
async fn living(bridges: &Bridges) -> Result<Arc<Vec<Bridge>>, DbError> {
    let db = &bridges.desk.site.db;
    db.recent("bridges".into(), &["bridge"], async || store::living(db.read()).await).await
}

/// The links of a request: two statements where there is one, none where there is no bridge at all.
pub(crate) async fn shown(bridges: &Bridges, request: RequestId) -> Result<Vec<Shown>, DbError> {
    let living = living(bridges).await?;
    if living.is_empty() {
        return Ok(Vec::new());
    }
    let read = bridges.desk.site.db.read();
    let mut all = Vec::new();
    for link in links::of_request(read, request).await? {
        let Some(bridge) = living.iter().find(|bridge| bridge.id == link.bridge_id) else { continue };
        let left = exchanges::left(read, link.id).await?;
        all.push(Shown { bridge: bridge.clone(), link, left });
    }
    Ok(all)
}

/// Whether this person sees both sides of this request.
pub(crate) fn sees(access: &Access, folder: &Folder) -> bool {
    folder.as_agent || may::<ManageBridges>(access)
}

#[async_trait]
impl Neighbour for Panel {
    async fn beside(&self, access: &Access, folder: &Folder) -> Result<Markup, DbError> {
        if !sees(access, folder) {
            return Ok(html! {});
        }
        let links = shown(&self.0, folder.request.id).await?;
        let notes = folder.reads_notes && may::<ReadInternalNotes>(access);
        Ok(html! { @for one in &links { (views::panel::panel(folder, one, notes)) } })
    }
}
