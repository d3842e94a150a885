//! `/region/passerelles`: the bridges of the Region, how they stand, what is set of each.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, Team, shell, teams};
use beffroi_kernel::{Access, Permit};
use beffroi_ui::{Flash, Page as Shown};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use crate::model::{ManageBridges, Secrets, Settings, ToolKind};
use crate::settings::{self, BridgeError, Typed};
use crate::store::bridges::Bridge;
use crate::store::links::Link;
use crate::views::region::{self as view, Form, pairs, usual};
use crate::{Bridges, drivers};

pub(super) fn routes() -> Routes<Bridges> {
    Routes::new()
        .get("/region/passerelles", list)
        .get("/region/passerelles/nouvelle", blank)
        .post("/region/passerelles/nouvelle", build)
        .get("/region/passerelles/{id}", one)
        .post("/region/passerelles/{id}/modifier", change)
        .post("/region/passerelles/{id}/essayer", try_out)
        .post("/region/passerelles/{id}/arreter", stop)
}

type Steering = Allowed<ManageBridges>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    fait: String,
    outil: String,
    equipe: String,
}

impl Asked {
    fn flash(&self) -> Option<Flash> {
        let text = match self.fait.as_str() {
            "creee" => {
                "La passerelle est créée. Essayez la connexion\u{a0}: les demandes passent dès leur prochain mouvement."
            }
            "enregistree" => "Les réglages sont enregistrés.",
            "arretee" => "La passerelle est arrêtée\u{a0}: plus rien ne passe.",
            _ => return None,
        };
        Some(Flash { text: text.into(), good: true })
    }
}

async fn list(
    State(bridges): State<Bridges>,
    Allowed(permit, access): Steering,
    Query(asked): Query<Asked>,
) -> Page {
    let built = settings::list(&bridges, &permit).await?;
    let db = &bridges.desk.site.db;
    let teams =
        teams::teams(db).await?.into_iter().map(|team| (team.id.to_string(), team.name)).collect::<Vec<_>>();
    let page = Shown::wide("Passerelles", view::list(&built, &teams, db.now())).with_flash(asked.flash());
    Ok(shell(Some(&access), "/region", page))
}

/// The team that an address or a form names.
async fn team_of(bridges: &Bridges, text: &str) -> Result<Option<Team>, WebError> {
    match text.parse() {
        Ok(id) => Ok(teams::team(&bridges.desk.site.db, id).await?),
        Err(_) => Ok(None),
    }
}

async fn form_page(
    bridges: &Bridges,
    access: &Access,
    (kind, team): (ToolKind, &Team),
    (typed, fault): (&Typed, Option<(&str, &str)>),
) -> Page {
    let people = settings::choices(bridges, team.id).await?;
    let form = Form { bridge: None, kind, team: &team.name, people: &people, typed, fault };
    let page = Shown::new("Créer une passerelle", view::new(&form)).with_errors(fault.is_some());
    Ok(shell(Some(access), "/region", page))
}

async fn blank(
    State(bridges): State<Bridges>,
    Allowed(_, access): Steering,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let (kind, team) = (ToolKind::of(&asked.outil), team_of(&bridges, &asked.equipe).await?);
    let (Some(kind), Some(team)) = (kind, team) else { return Ok(see_other("/region/passerelles")) };
    let typed = Typed {
        tool: kind.slug().into(),
        team: team.id.to_string(),
        settings: usual(kind),
        ..Typed::default()
    };
    Ok(form_page(&bridges, &access, (kind, &team), (&typed, None)).await?.into_response())
}

/// A bridge as its form sends it.
fn typed(form: &Submitted, kind: Option<ToolKind>) -> Typed {
    let get = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let (sheet, request_type) = match get("fiche").split_once('/') {
        Some((sheet, kind)) => (sheet.trim().to_owned(), kind.trim().to_owned()),
        None => (get("fiche"), String::new()),
    };
    let states = kind.map_or(&[][..], drivers::states);
    let settings = Settings {
        // What is as usual is not kept: it may be mended one day for everyone.
        states: states
            .iter()
            .filter_map(|(code, _, usual)| Some((*code, form.filled(&format!("etat:{code}"))?, usual.slug())))
            .filter(|(_, set, usual)| set != usual)
            .map(|(code, set, _)| (code.to_owned(), set.to_owned()))
            .collect(),
        authors: pairs(form.get("auteurs").unwrap_or_default()).into_iter().collect(),
        school: get("etablissement"),
        sheet,
        kind: request_type,
        field: get("question"),
        answers: pairs(form.get("reponses").unwrap_or_default()),
        entity: get("entite"),
        category: get("categorie"),
        group: get("groupe"),
        usual: get("urgence"),
        urgent: get("urgence_haute"),
    };
    let secrets = Secrets { token: get("jeton"), app_token: get("jeton_application"), hook: get("secret") };
    Typed {
        name: get("nom"),
        tool: get("outil"),
        url: get("adresse"),
        team: get("equipe"),
        person: get("personne"),
        secrets,
        settings,
    }
}

async fn build(
    State(bridges): State<Bridges>,
    Allowed(permit, access): Steering,
    form: Submitted,
) -> Result<Response, WebError> {
    let kind = ToolKind::of(form.get("outil").unwrap_or_default());
    let typed = typed(&form, kind);
    match settings::build(&bridges, &permit, &typed).await {
        Ok(id) => Ok(see_other(&format!("/region/passerelles/{id}?fait=creee"))),
        Err(BridgeError::Db(error)) => Err(error.into()),
        Err(BridgeError::Field(field, why)) => {
            let team = team_of(&bridges, &typed.team).await?;
            let (Some(kind), Some(team)) = (kind, team) else { return Err(WebError::Invalid(why)) };
            let page = form_page(&bridges, &access, (kind, &team), (&typed, Some((field, &why)))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn found(
    bridges: &Bridges,
    permit: &Permit<ManageBridges>,
    id: &str,
) -> Result<(Bridge, Vec<Link>), WebError> {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    settings::find(bridges, permit, id).await?.ok_or(WebError::NotFound)
}

async fn shown(
    bridges: &Bridges,
    access: &Access,
    (bridge, failing): (&Bridge, &[Link]),
    (typed, fault, flash): (Option<Typed>, Option<(&str, &str)>, Option<Flash>),
) -> Page {
    let people = settings::choices(bridges, bridge.team_id).await?;
    let typed = typed.unwrap_or_else(|| Typed {
        name: bridge.name.clone(),
        url: bridge.url.clone(),
        person: bridge.person_id.to_string(),
        settings: bridge.settings(),
        ..Typed::default()
    });
    let form = Form {
        bridge: Some(bridge),
        kind: bridge.kind(),
        team: &bridge.team,
        people: &people,
        typed: &typed,
        fault,
    };
    let site = &bridges.desk.site;
    let body = view::one(&form, bridge, (failing, &site.base_url, site.db.now()));
    let page = Shown::wide(bridge.name.clone(), body).with_errors(fault.is_some()).with_flash(flash);
    Ok(shell(Some(access), "/region", page))
}

async fn one(
    State(bridges): State<Bridges>,
    Allowed(permit, access): Steering,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let (bridge, failing) = found(&bridges, &permit, &id).await?;
    shown(&bridges, &access, (&bridge, &failing), (None, None, asked.flash())).await
}

async fn change(
    State(bridges): State<Bridges>,
    Allowed(permit, access): Steering,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let (bridge, failing) = found(&bridges, &permit, &id).await?;
    let typed = typed(&form, Some(bridge.kind()));
    match settings::change(&bridges, &permit, &bridge, &typed).await {
        Ok(()) => Ok(see_other(&format!("/region/passerelles/{}?fait=enregistree", bridge.id))),
        Err(BridgeError::Db(error)) => Err(error.into()),
        Err(BridgeError::Field(field, why)) => {
            let said = (Some(typed), Some((field, why.as_str())), None);
            let page = shown(&bridges, &access, (&bridge, &failing), said).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn try_out(
    State(bridges): State<Bridges>,
    Allowed(permit, access): Steering,
    Path(id): Path<String>,
) -> Page {
    let (bridge, _) = found(&bridges, &permit, &id).await?;
    let flash = match settings::try_out(&bridges, &permit, &bridge).await? {
        Ok(who) => Flash { text: format!("La connexion fonctionne\u{a0}: {who}."), good: true },
        Err(why) => Flash { text: format!("La connexion échoue\u{a0}: {why}."), good: false },
    };
    // As it stands after the call.
    let (bridge, failing) = found(&bridges, &permit, &id).await?;
    shown(&bridges, &access, (&bridge, &failing), (None, None, Some(flash))).await
}

async fn stop(
    State(bridges): State<Bridges>,
    Allowed(permit, _): Steering,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    match settings::stop(&bridges, &permit, id).await? {
        true => Ok(see_other("/region/passerelles?fait=arretee")),
        false => Err(WebError::NotFound),
    }
}
