//! The Region's organisation: academies, territories and teams, written once and then kept.
//! (INTRO-13, INTRO-14)

use beffroi_db::{Db, DbError, Event};
use beffroi_kernel::{PersonId, TeamId, TerritoryId};
use serde::Deserialize;

use crate::model::{Team, TeamKind, Territory};
use crate::store::teams;

/// A team to write.
#[derive(Clone, Debug, Deserialize)]
pub struct NewTeam {
    /// Stable name.
    pub slug: String,
    /// French name.
    pub name: String,
    /// One of the slugs of [`TeamKind`].
    pub kind: String,
    /// Slug of its territory.
    #[serde(default)]
    pub territory: Option<String>,
    /// Slug of its academy.
    #[serde(default)]
    pub academy: Option<String>,
    /// Its own address.
    #[serde(default)]
    pub email: Option<String>,
}

/// The whole organisation.
#[derive(Clone, Debug, Deserialize)]
pub struct Organisation {
    /// Slug and name of each academy.
    pub academies: Vec<(String, String)>,
    /// Slug and name of each territory.
    pub territories: Vec<(String, String)>,
    /// The teams.
    pub teams: Vec<NewTeam>,
}

impl Default for Organisation {
    /// Three operations services and the central one, a mobile team each, and the well-known teams
    /// of the routing matrix.
    fn default() -> Self {
        let text = |(slug, name): (&str, &str)| (slug.to_owned(), name.to_owned());
        let team = |slug: &str, name: &str, kind: TeamKind| NewTeam {
            slug: slug.into(),
            name: name.into(),
            kind: kind.slug().into(),
            territory: None,
            academy: None,
            email: None,
        };
        let territories = [("nord", "Nord"), ("ouest", "Ouest"), ("sud", "Sud")];
        let mut teams = vec![
            team("services-centralises", "Urbanisation et services centralisés", TeamKind::CentralService),
            team("travaux-lycees", "Travaux dans les lycées", TeamKind::Works),
            NewTeam {
                academy: Some("lille".into()),
                ..team("drsi-lille", "Équipe numérique de l’académie de Lille", TeamKind::Academy)
            },
            NewTeam {
                academy: Some("amiens".into()),
                ..team("drsi-amiens", "Équipe numérique de l’académie d’Amiens", TeamKind::Academy)
            },
            team("rssi-region-academique", "Sécurité des systèmes d’information", TeamKind::Security),
        ];
        for (slug, name) in territories {
            let service = team(
                &format!("exploitation-{slug}"),
                &format!("Service d’exploitation {name}"),
                TeamKind::OperationsService,
            );
            let mobile =
                team(&format!("mobile-{slug}"), &format!("Équipe mobile {name}"), TeamKind::MobileTeam);
            teams.extend([service, mobile].map(|team| NewTeam { territory: Some(slug.into()), ..team }));
        }
        Self {
            academies: [("lille", "Lille"), ("amiens", "Amiens")].map(text).into(),
            territories: territories.map(text).into(),
            teams,
        }
    }
}

/// Why an organisation cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    /// A team names a territory or a kind that does not exist.
    #[error("l’équipe « {team} » nomme « {what} », qui n’existe pas")]
    Unknown {
        /// The team.
        team: String,
        /// What it names.
        what: String,
    },
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Writes what is missing of `organisation`; what exists stays as it is. Returns how many things
/// were written.
///
/// # Errors
/// [`OrganisationError::Unknown`] when a team names something that does not exist: nothing is then
/// written.
pub async fn install(
    db: &Db,
    by: Option<PersonId>,
    organisation: &Organisation,
) -> Result<usize, OrganisationError> {
    db.write(async |tx| {
        let mut written = Vec::new();
        for (slug, name) in &organisation.academies {
            if teams::insert_academy(tx.on(), slug, name).await? {
                written.push(format!("academy:{slug}"));
            }
        }
        for (slug, name) in &organisation.territories {
            let territory = Territory { id: TerritoryId::new(), slug: slug.clone(), name: name.clone() };
            if teams::insert_territory(tx.on(), &territory).await? {
                written.push(format!("territory:{slug}"));
            }
        }
        let territories = teams::territories(tx.on()).await?;
        for new in &organisation.teams {
            if teams::insert(tx.on(), &read(new, &territories)?).await? {
                written.push(format!("team:{}", new.slug));
            }
        }
        for subject in &written {
            let event = Event::new("organisation.added", subject);
            tx.journal(match by {
                Some(person) => event.by(person),
                None => event,
            });
        }
        Ok(written.len())
    })
    .await
}

fn read(new: &NewTeam, territories: &[Territory]) -> Result<Team, OrganisationError> {
    let unknown = |what: &str| OrganisationError::Unknown { team: new.slug.clone(), what: what.to_owned() };
    let kind = TeamKind::of(&new.kind).ok_or_else(|| unknown(&new.kind))?;
    let territory = match &new.territory {
        None => None,
        Some(slug) => {
            Some(territories.iter().find(|known| known.slug == *slug).ok_or_else(|| unknown(slug))?.id)
        }
    };
    Ok(Team {
        id: TeamId::new(),
        slug: new.slug.clone(),
        name: new.name.clone(),
        kind,
        territory,
        academy: new.academy.clone(),
        email: new.email.clone(),
    })
}
