//! The service itself: maintenance announced to everyone, and how much of each month the site was there,
//! from the signs of life of its nodes. (CSU-06)

mod beat;
mod guard;
pub mod maintenance;
mod model;
mod notices;
mod routes;
mod rules;
mod store;
#[cfg(test)]
mod tests;
mod views;

pub use beat::{beat, node_name};
pub use guard::guard;
pub use model::*;
pub use notices::Notices;
pub use routes::routes;
pub use rules::paris_instant;

use axum::extract::FromRef;
use beffroi_db::DbError;
use beffroi_directory::{About, Announcement, Site};
use beffroi_kernel::RequestId;

/// What these pages need.
#[derive(Clone)]
pub struct Operations {
    /// Database and clock.
    pub site: Site,
    /// The maintenance in force or to come, from memory.
    pub notices: Notices,
}

impl Operations {
    /// Over this site.
    #[must_use]
    pub fn new(site: Site) -> Self {
        Self { notices: Notices::new(site.db.clone()), site }
    }

    /// What pages say on top while a maintenance is in force or to come.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn announcements(&self) -> Result<Vec<Announcement>, DbError> {
        let now = self.site.db.now();
        let coming = maintenance::coming(&self.site.db).await?;
        Ok(coming.iter().map(|one| announcement(one, one.is_on(now))).collect())
    }
}

impl FromRef<Operations> for Site {
    fn from_ref(operations: &Operations) -> Self {
        operations.site.clone()
    }
}

fn announcement(one: &Maintenance, on: bool) -> Announcement {
    Announcement {
        about: About::Maintenance,
        id: RequestId(one.id),
        reference: String::new(),
        title: views::when(one, on),
        text: one.text.clone(),
        theme: String::new(),
        href: "/disponibilite".into(),
        updated_at: one.created_at,
        everyone: true,
        schools: Default::default(),
        territories: Default::default(),
    }
}
