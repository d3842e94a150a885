//! The catalogue as published: versions that never change, the search, each school's own procedure and the
//! routing matrix. (LIRE-01…13, CSU-08…10)
//!
//! A sheet is read through [`Catalogue`], which keeps parsed versions in memory and asks the database one cheap
//! question to know whether another node published meanwhile. Publishing passes the whole catalogue through the
//! checker first: one error, and the running version stays.

mod catalogue;
pub mod knowledge;
pub mod links;
mod model;
mod pdf;
pub mod procedure;
mod publish;
mod routes;
pub mod routing;
mod rules;
mod store;
mod views;

#[cfg(test)]
mod tests;

use axum::extract::FromRef;
use beffroi_db::jobs::Worker;
use beffroi_directory::Site;

pub use catalogue::Catalogue;
pub use model::*;
pub use pdf::sheet_pdf;
pub use routes::{article_content, routes};
pub use rules::diff::{DiffLine, diff};
pub use rules::procedure::{OwnStep, Review, Step, StepChange, StepStatus, StepText};
pub use rules::search::{Hit, Index};
pub use views::articles::{Form as ArticleForm, fields as article_fields};

beffroi_kernel::actions! {
    /// Checks and publishes sheets.
    PublishCatalogue { RegionAdmin => Region, DepartmentHead => Region }
    /// Changes who receives requests.
    EditRouting { RegionAdmin => Region, DepartmentHead => Region }
    /// Adapts the procedure of one's own school. (LIRE-08)
    AdaptProcedure { Head => School, DeputyHead => School, SecretaryGeneral => School }
    /// Reads the procedure of one's own school. (LIRE-08)
    ReadProcedure {
        Head => School, DeputyHead => School, SecretaryGeneral => School, WorkshopDirector => School,
        IctCoordinator => School, Teacher => School, SchoolStaff => School, SchoolAgent => School,
    }
}

/// The worker with the jobs of the catalogue.
#[must_use]
pub fn jobs(worker: Worker, catalogue: &Catalogue) -> Worker {
    let knowledge = catalogue.knowledge().clone();
    worker.on(knowledge::REVIEW_JOB, move |job| {
        let knowledge = knowledge.clone();
        async move {
            let (article, day) = job.arguments()?;
            knowledge.remind(article, day).await.map_err(|error| error.to_string())
        }
    })
}

impl FromRef<Catalogue> for Site {
    fn from_ref(catalogue: &Catalogue) -> Self {
        catalogue.site().clone()
    }
}
