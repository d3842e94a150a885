//! A fictitious Region, the same for the same seed: invented people and schools in real towns.

mod acts;
mod articles;
mod fill;
mod levels;
mod people;
pub mod region;
mod requests;
mod schools;
mod templates;

pub use fill::fill;
pub use people::Cast;
pub use requests::SPAN;

use beffroi_catalogue::PublishError;
use beffroi_db::{Db, DbError};
use beffroi_desk::Desk;
use beffroi_directory::organisation::{self, Organisation, OrganisationError};
use beffroi_kernel::FixedClock;
use rand::SeedableRng;
use rand::rngs::StdRng;

/// The password of every demo account.
pub const PASSWORD: &str = "beffroi demonstration 2026";

/// Why the demo is not made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The sheets.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The teams.
    #[error(transparent)]
    Organisation(#[from] OrganisationError),
    /// A step of the desk or the directory.
    #[error("{0}")]
    Step(String),
}

impl DemoError {
    pub(crate) fn step(error: impl std::fmt::Display) -> Self {
        Self::Step(error.to_string())
    }
}

/// Makes the Region without requests: sheets, teams, schools and people.
///
/// # Errors
/// When the database does not answer, or the sheets are refused.
pub async fn populate(
    desk: &Desk,
    sheets: &[(String, String)],
    seed: u64,
    progress: impl Fn(&str),
) -> Result<(Cast, StdRng), DemoError> {
    let mut dice = StdRng::seed_from_u64(seed);
    let db = &desk.site.db;
    progress("Fiches du catalogue");
    desk.catalogue.publish_as_system("the demo", sheets).await?;
    progress("Équipes");
    organisation::install(db, None, &organisation()).await?;
    progress("Établissements");
    let schools = schools::create(db).await?;
    progress("Personnes");
    let cast = people::create(db, &schools, &mut dice).await?;
    // Everyone tries these accounts: none has a second factor.
    beffroi_directory::protection::leave_open(db).await?;
    Ok((cast, dice))
}

/// Makes the Region, then some weeks of requests. `clock` is the desk's own, moved along by [`SPAN`].
///
/// # Errors
/// As [`populate`].
pub async fn generate(
    desk: &Desk,
    clock: &FixedClock,
    sheets: &[(String, String)],
    seed: u64,
    progress: impl Fn(&str),
) -> Result<Cast, DemoError> {
    let (cast, mut dice) = populate(desk, sheets, seed, &progress).await?;
    progress("Articles d’aide");
    articles::create(desk, &cast).await?;
    progress("Actes");
    acts::create(desk).await?;
    progress("Demandes");
    requests::create(desk, clock, &cast, &mut dice).await?;
    progress("Délais mesurés");
    beffroi_desk::delays::compute(desk, beffroi_desk::delays::Which::All, |_| ()).await?;
    templates::create(desk).await?;
    levels::create(desk).await?;
    Ok(cast)
}

fn organisation() -> Organisation {
    let mut organisation = Organisation::default();
    organisation.teams.push(organisation::NewTeam {
        slug: "impression-services".into(),
        name: "Impression Services (prestataire)".into(),
        kind: "provider".into(),
        territory: None,
        academy: None,
        email: Some("support@impression-services.invalid".into()),
    });
    organisation
}

/// The accounts to try, with what each one is; empty when the base is not a demo.
///
/// # Errors
/// When the database does not answer.
pub async fn accounts(db: &Db) -> Result<Vec<(String, String)>, DbError> {
    people::accounts(db).await
}
