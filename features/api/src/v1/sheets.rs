//! The published sheets, and the questions that a request answers.

use axum::Json;
use axum::extract::{Path, State};
use beffroi_catalogue::Published;
use beffroi_kernel::Role;
use beffroi_sheets::{Field, RequestType, Word as _};

use super::shapes::{Fiche, FicheResumee, Fiches, Mot, Question, TypeDeDemande, TypeResume};
use crate::Api;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) async fn list(State(api): State<Api>, _: Caller) -> Result<Json<Fiches>, Problem> {
    let published = api.desk.catalogue.current().await?;
    let fiches = published.iter().map(|published| {
        let sheet = &published.sheet;
        let types = sheet.requests.iter();
        FicheResumee {
            fiche: sheet.slug.clone(),
            titre: sheet.title.clone(),
            resume: sheet.summary.clone(),
            version: published.number,
            types: types
                .map(|kind| TypeResume { genre: kind.id.clone(), titre: kind.title.clone() })
                .collect(),
        }
    });
    Ok(Json(Fiches { fiches: fiches.collect() }))
}

pub(super) async fn read(
    State(api): State<Api>,
    _: Caller,
    Path(slug): Path<String>,
) -> Result<Json<Fiche>, Problem> {
    let published = api.desk.catalogue.sheet(&slug).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(shaped(&api, &published)))
}

fn shaped(api: &Api, published: &Published) -> Fiche {
    let sheet = &published.sheet;
    Fiche {
        fiche: sheet.slug.clone(),
        titre: sheet.title.clone(),
        resume: sheet.summary.clone(),
        version: published.number,
        adresse: format!("{}/catalogue/{}", api.desk.site.base_url, sheet.slug),
        types: sheet.requests.iter().map(kind).collect(),
    }
}

fn kind(kind: &RequestType) -> TypeDeDemande {
    let role = |role: &Role| Mot { code: role.slug().into(), libelle: role.label().into() };
    TypeDeDemande {
        genre: kind.id.clone(),
        titre: kind.title.clone(),
        description: kind.description.clone(),
        nature: Mot { code: kind.nature.slug().into(), libelle: kind.nature.label().into() },
        ouverte_a: kind.who.iter().map(role).collect(),
        premiere_reponse: kind.first_answer.words(),
        solution: kind.solution.words(),
        questions: kind.fields.iter().map(question).collect(),
    }
}

fn question(field: &Field) -> Question {
    Question {
        nom: field.id.clone(),
        question: field.label.clone(),
        aide: field.hint.clone(),
        genre: Mot { code: field.kind.slug().into(), libelle: field.kind.label().into() },
        obligatoire: field.required,
        conditionnelle: field.when.is_some(),
        choix: field
            .options
            .iter()
            .map(|one| Mot { code: one.id.clone(), libelle: one.label.clone() })
            .collect(),
        colonnes: field
            .columns
            .iter()
            .map(|one| Mot { code: one.id.clone(), libelle: one.label.clone() })
            .collect(),
        minimum: field.min,
        maximum: field.max,
    }
}
