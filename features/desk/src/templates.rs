//! Reply templates: texts that agents answer with, their own, their team's or everyone's. A template
//! has fields filled from the request, and blanks that must be filled before sending. (CSU-09)

use beffroi_db::{DbError, Event};
use beffroi_kernel::{Access, Permit, PersonId, TeamId, TemplateId};

use crate::model::TemplateReach;
use crate::reading::Folder;
use crate::store::templates as store;
pub use crate::store::templates::Template;
use crate::{Desk, SuperviseRequests, WorkRequests};

/// The fields a template may name, and what stands in their place.
pub const FIELDS: &[(&str, &str)] = &[
    ("demandeur", "le nom du demandeur"),
    ("etablissement", "le nom de l’établissement"),
    ("reference", "la référence de la demande"),
    ("agent", "votre nom"),
    ("echeance", "la prochaine échéance"),
];
/// Longest name, in characters.
const NAME: usize = 80;
/// Longest text, in characters.
const BODY: usize = 8_000;

/// Why a template is not kept.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// No such template, or not one this person may change.
    #[error("ce modèle n’existe pas")]
    NotFound,
    /// Something to mend in a field: its name, and how.
    #[error("{1}")]
    Field(&'static str, String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A template as typed.
#[derive(Clone, Debug)]
pub struct TypedTemplate {
    /// What it is called in the list.
    pub name: String,
    /// The text.
    pub body: String,
    /// Who may answer with it.
    pub reach: TemplateReach,
    /// The request type it is for, as `sheet/type`; none for all.
    pub request_type: Option<String>,
}

/// The teams of a person.
pub(crate) fn teams(access: &Access) -> Vec<TeamId> {
    let mut teams: Vec<TeamId> = access.functions.iter().filter_map(|function| function.team).collect();
    teams.sort_unstable();
    teams.dedup();
    teams
}

/// The templates a person may use, most sent first; only those that suit `request_type` (`sheet/type`).
///
/// # Errors
/// When the database does not answer.
pub async fn usable(
    desk: &Desk,
    access: &Access,
    request_type: Option<&str>,
) -> Result<Vec<Template>, DbError> {
    let (db, teams) = (&desk.site.db, teams(access));
    let key = format!("templates {} {teams:?} {}", access.person, request_type.unwrap_or_default());
    let read = async || store::usable_by(db.read(), access.person, &teams, request_type).await;
    Ok(db.recent(key, &["template"], read).await?.as_ref().clone())
}

/// One template the person may use.
///
/// # Errors
/// When the database does not answer.
pub async fn find(desk: &Desk, access: &Access, id: TemplateId) -> Result<Option<Template>, DbError> {
    store::find(desk.site.db.read(), access.person, &teams(access), id).await
}

/// Whether the person may change it: their own, their team's, and everyone's for those who steer.
#[must_use]
pub fn may_change(access: &Access, template: &Template) -> bool {
    match TemplateReach::of(&template.reach) {
        Some(TemplateReach::Team) => template.team_id.is_some_and(|team| teams(access).contains(&team)),
        Some(TemplateReach::Everyone) => access.permit::<SuperviseRequests>().is_some(),
        _ => template.owner_id == access.person,
    }
}

/// Writes a template, a new one without `id`.
///
/// # Errors
/// [`TemplateError::Field`] says what to mend; nothing is then changed.
pub async fn save(
    desk: &Desk,
    _permit: &Permit<WorkRequests>,
    access: &Access,
    id: Option<TemplateId>,
    typed: TypedTemplate,
) -> Result<TemplateId, TemplateError> {
    check(access, &typed)?;
    desk.site
        .db
        .write(async |tx| {
            let before = match id {
                Some(id) => Some(changeable(tx.on(), access, id).await?),
                None => None,
            };
            let own = |before: &Template| (before.owner_id, before.used);
            let (owner_id, used) = before.as_ref().map_or((access.person, 0), own);
            let team_id = match (typed.reach, before.and_then(|before| before.team_id)) {
                (TemplateReach::Team, kept) => kept.or_else(|| teams(access).first().copied()),
                _ => None,
            };
            let template = Template {
                id: id.unwrap_or_else(TemplateId::new),
                name: typed.name.trim().to_owned(),
                body: normal(&typed.body),
                reach: typed.reach.slug().to_owned(),
                request_type: typed.request_type.clone(),
                updated_at: tx.now(),
                owner_id,
                team_id,
                used,
            };
            tx.journal(event("template.saved", template.id, access.person, typed.reach.slug()));
            store::put(tx.on(), &template).await?;
            Ok(template.id)
        })
        .await
}

/// Removes a template.
///
/// # Errors
/// [`TemplateError::NotFound`] when the person may not.
pub async fn delete(
    desk: &Desk,
    _permit: &Permit<WorkRequests>,
    access: &Access,
    id: TemplateId,
) -> Result<(), TemplateError> {
    desk.site
        .db
        .write(async |tx| {
            let template = changeable(tx.on(), access, id).await?;
            tx.journal(event("template.deleted", id, access.person, &template.reach));
            Ok(store::delete(tx.on(), id).await?)
        })
        .await
}

async fn changeable(
    on: &impl sea_orm::ConnectionTrait,
    access: &Access,
    id: TemplateId,
) -> Result<Template, TemplateError> {
    let found = store::find(on, access.person, &teams(access), id).await?;
    found.filter(|found| may_change(access, found)).ok_or(TemplateError::NotFound)
}

fn event(kind: &'static str, id: TemplateId, by: PersonId, reach: &str) -> Event {
    Event::new(kind, format!("template:{id}")).by(by).data(serde_json::json!({ "reach": reach }))
}

fn check(access: &Access, typed: &TypedTemplate) -> Result<(), TemplateError> {
    let fault = |field, words: &str| Err(TemplateError::Field(field, words.to_owned()));
    let (name, body) = (typed.name.trim(), typed.body.trim());
    if name.is_empty() {
        return fault("name", "Donnez un nom au modèle, par exemple « Passage prévu ».");
    }
    if name.chars().count() > NAME {
        return fault("name", "Raccourcissez le nom : 80 caractères au plus.");
    }
    if body.is_empty() {
        return fault("body", "Écrivez le texte du modèle.");
    }
    if body.chars().count() > BODY {
        return fault("body", "Raccourcissez le texte : 8 000 caractères au plus.");
    }
    if let Some(field) = unknown_field(body) {
        let known: Vec<String> = FIELDS.iter().map(|(name, _)| format!("{{{name}}}")).collect();
        let words = format!("Le champ {{{field}}} n’existe pas. Champs connus : {}.", known.join(", "));
        return Err(TemplateError::Field("body", words));
    }
    match typed.reach {
        TemplateReach::Team if teams(access).is_empty() => {
            fault("reach", "Vous n’avez pas d’équipe : gardez ce modèle pour vous.")
        }
        TemplateReach::Everyone if access.permit::<SuperviseRequests>().is_none() => fault(
            "reach",
            "Seul un responsable de service écrit pour tous les agents : choisissez votre équipe.",
        ),
        _ => Ok(()),
    }
}

/// The same text with blanks written one way.
fn normal(body: &str) -> String {
    body.trim().replace("\r\n", "\n").replace("[...", "[…")
}

/// The words between braces, in order.
fn fields(body: &str) -> impl Iterator<Item = &str> {
    body.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// The first field that no request fills.
#[must_use]
pub fn unknown_field(body: &str) -> Option<&str> {
    fields(body).find(|name| !FIELDS.iter().any(|(known, _)| known == name))
}

/// The first blank left in a text: `[…]`, or `[…what goes there]`.
#[must_use]
pub fn blank(text: &str) -> Option<&str> {
    let start = text.find("[…")?;
    let end = text[start..].find(']')?;
    Some(&text[start..=start + end])
}

/// The text for this request, its fields filled; blanks stay for the agent.
#[must_use]
pub fn fill(body: &str, folder: &Folder, agent: &str) -> String {
    let due = folder.request.next_due.map_or_else(|| "une date à convenir".to_owned(), beffroi_ui::date_time);
    let values = [
        ("{demandeur}", folder.name(Some(folder.request.requester_id))),
        ("{etablissement}", folder.school.name.as_str()),
        ("{reference}", folder.request.reference.as_str()),
        ("{agent}", agent),
        ("{echeance}", due.as_str()),
    ];
    // One pass: what a field holds is never read as a field.
    let mut filled = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        rest = &rest[start..];
        match values.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                filled.push_str(value);
                rest = &rest[name.len()..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// Counts that it was sent.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn count_use(tx: &beffroi_db::Tx, id: TemplateId) -> Result<(), DbError> {
    store::count_use(tx.on(), id).await
}

#[cfg(test)]
mod tests;
