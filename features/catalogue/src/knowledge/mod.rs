//! Help articles: written by agents, reviewed by another, offered before a request is made. They come from the
//! advice of a sheet, from a solved request, or from an agent. (LIRE-07)
//!
//! Published articles are kept in memory, as sheets are: one cheap question to the database tells whether one
//! changed since, here or on another node.

mod import;
mod model;
mod personal;
mod reading;
mod reminder;
mod review;
mod rules;
mod shelf;
mod uses;
mod writing;

use std::sync::{Arc, RwLock};

use beffroi_db::DbError;
use beffroi_directory::Site;

use crate::store::articles::{self, Stamp};

pub use import::ImportReport;
pub(crate) use import::from_sheet;
pub use model::*;
pub use personal::personal_mentions;
pub use reading::{Dossier, Line, Shelved, Text};
pub use reminder::REVIEW_JOB;
pub use review::Verdict;
pub use shelf::{Shelf, Shown};
pub use uses::{Visitor, answered, not_answered};

beffroi_kernel::actions! {
    /// Writes help articles and proposes them for review.
    WriteArticles {
        Technician => Region, ServiceManager => Region, DepartmentHead => Region, RegionAdmin => Region,
    }
    /// Publishes, returns and retires help articles: never one's own text.
    PublishArticles { ServiceManager => Region, DepartmentHead => Region, RegionAdmin => Region }
}

#[derive(Debug, Default)]
struct Cache {
    stamp: Option<Stamp>,
    shelf: Arc<Shelf>,
}

/// The help articles, as every feature reads and writes them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Knowledge {
    site: Site,
    cache: Arc<RwLock<Cache>>,
}

impl Knowledge {
    pub(crate) fn new(site: Site) -> Self {
        Self { site, cache: Arc::default() }
    }

    /// The published articles.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn shelf(&self) -> Result<Arc<Shelf>, DbError> {
        let on = self.site.db.read();
        let stamp = articles::stamp(on).await?;
        {
            let cache = self.cache.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            if cache.stamp == Some(stamp) {
                return Ok(Arc::clone(&cache.shelf));
            }
        }
        let shelf = Arc::new(Shelf::read(on).await?);
        let mut cache = self.cache.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        cache.shelf = Arc::clone(&shelf);
        // What was read may be newer than the stamp, never older: the next call then reads once more.
        cache.stamp = Some(stamp);
        Ok(shelf)
    }
}
