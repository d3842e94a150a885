//! The schools within the token's reach.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use beffroi_directory::{ReadSchools, School, TeamName, schools};
use beffroi_kernel::SchoolId;

use super::query::{Pairs, not_ours, sealed};
use super::shapes::{Etablissement, Mot, PageDEtablissements};
use crate::Api;
use crate::caller::May;
use crate::problem::Problem;

pub(super) async fn list(
    State(api): State<Api>,
    May(permit, _): May<ReadSchools>,
    RawQuery(query): RawQuery,
) -> Result<Json<PageDEtablissements>, Problem> {
    let asked = Pairs::read(query.as_deref(), &["q", "apres"], "")?;
    let after: Option<(String, SchoolId)> = match asked.cursor('e')? {
        Some(held) => Some(serde_json::from_str(&held).map_err(|_| not_ours())?),
        None => None,
    };
    let words = asked.get("q").unwrap_or_default();
    let found = schools::list(&api.desk.site.db, permit.scope(), words, after.as_ref()).await?;
    let full = u64::try_from(found.len()).is_ok_and(|count| count == schools::PAGE);
    let suite = found
        .last()
        .filter(|_| full)
        .map(|last| sealed('e', &serde_json::json!([last.name, last.id]).to_string()));
    Ok(Json(PageDEtablissements { etablissements: found.into_iter().map(shaped).collect(), suite }))
}

pub(super) async fn read(
    State(api): State<Api>,
    May(permit, _): May<ReadSchools>,
    Path(uai): Path<String>,
) -> Result<Json<Etablissement>, Problem> {
    let found = schools::school_by_uai(&api.desk.site.db, permit.scope(), &uai).await?;
    found.map(shaped).map(Json).ok_or_else(Problem::not_found)
}

fn shaped(school: School) -> Etablissement {
    let team = |team: TeamName| Mot { code: team.slug, libelle: team.name };
    Etablissement {
        uai: school.uai,
        nom: school.name,
        genre: school.kind,
        commune: school.city,
        code_postal: school.postcode,
        departement: school.department,
        academie: school.academy,
        territoire: Mot { code: school.territory.slug, libelle: school.territory.name },
        service_exploitation: team(school.operations_team),
        equipe_mobile: team(school.mobile_team),
    }
}
