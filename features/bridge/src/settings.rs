//! The Region builds bridges: to which tool, for which team, in whose name, with which secrets, and what
//! their words are here. The secrets are sealed, and never shown again.

use beffroi_api::webhooks::address;
use beffroi_db::{DbError, Event};
use beffroi_directory::{Team, teams};
use beffroi_kernel::{Access, Action, Permit, PersonId, TeamId};

use crate::drivers;
use crate::model::{BridgeId, ManageBridges, Secrets, Settings, Standing, ToolKind};
use crate::receive::hook;
use crate::store::bridges::{self as store, Bridge};
use crate::store::links::{self, Link, Tally};
use crate::sync::tool;
use crate::{Bridges, seal};

/// Most bridges at once.
pub const MOST: usize = 50;
/// Most characters of a name, of a secret.
const LONGEST_NAME: usize = 80;
const LONGEST_SECRET: usize = 500;
/// Failing links shown on the page of a bridge.
const SHOWN: i64 = 50;

/// Why a bridge is not kept.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// A field to mend: its name, and how.
    #[error("{1}")]
    Field(&'static str, String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn wrong<T>(field: &'static str, how: impl Into<String>) -> Result<T, BridgeError> {
    Err(BridgeError::Field(field, how.into()))
}

/// A bridge as it is typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// What the Region calls it.
    pub name: String,
    /// Slug of the tool.
    pub tool: String,
    /// Its address.
    pub url: String,
    /// Identifier of the team.
    pub team: String,
    /// Identifier of the person in whose name it acts.
    pub person: String,
    /// Its secrets; one left empty stays as it was.
    pub secrets: Secrets,
    /// The rest.
    pub settings: Settings,
}

/// What was checked of it.
struct Checked {
    name: String,
    url: String,
    person: PersonId,
}

async fn checked(bridges: &Bridges, typed: &Typed, team: TeamId) -> Result<Checked, BridgeError> {
    let name = typed.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return wrong("nom", format!("Nommez la passerelle, en {LONGEST_NAME}\u{a0}caractères au plus."));
    }
    let url = address(typed.url.trim(), &bridges.networks).or_else(|why| wrong("adresse", why))?;
    if url.query().is_some() {
        return wrong("adresse", "Donnez l’adresse de l’accueil de l’outil, sans «\u{a0}?\u{a0}».");
    }
    let members = teams::team_members(&bridges.desk.site.db, team).await?;
    let person = members.iter().find(|member| member.id.to_string() == typed.person);
    let Some(person) = person else {
        return wrong(
            "personne",
            "Choisissez une personne de l’équipe\u{a0}: ce qui arrive par la passerelle est fait en son nom.",
        );
    };
    let secrets = [&typed.secrets.token, &typed.secrets.app_token, &typed.secrets.hook];
    if secrets.iter().any(|one| one.chars().count() > LONGEST_SECRET || one.contains(char::is_control)) {
        return wrong(
            "jeton",
            format!("Un jeton tient sur une ligne de {LONGEST_SECRET}\u{a0}caractères au plus."),
        );
    }
    if !typed.secrets.hook.is_empty() && hook(&typed.secrets.hook).is_none() {
        return wrong(
            "secret",
            "Collez le secret tel que l’autre côté l’a affiché\u{a0}: il commence par whsec_.",
        );
    }
    let kind = ToolKind::of(&typed.tool);
    check_settings(kind, &typed.settings)?;
    Ok(Checked {
        name: name.to_owned(),
        url: url.to_string().trim_end_matches('/').to_owned(),
        person: person.id,
    })
}

fn check_settings(kind: Option<ToolKind>, settings: &Settings) -> Result<(), BridgeError> {
    let slug = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    match kind {
        None => return wrong("outil", "Choisissez l’outil de l’autre côté."),
        Some(ToolKind::Beffroi) => {
            if !slug(&settings.school) {
                return wrong(
                    "etablissement",
                    "Donnez le numéro UAI sous lequel les demandes sont déposées là-bas.",
                );
            }
            if !slug(&settings.sheet) || !slug(&settings.kind) {
                return wrong(
                    "fiche",
                    "Donnez la fiche et le type de demande de l’autre Beffroi, par exemple poste-de-travail/panne.",
                );
            }
            if !slug(&settings.field) {
                return wrong("question", "Donnez le nom de la question qui reçoit le texte de la demande.");
            }
        }
        Some(ToolKind::Glpi) => {
            let number = |text: &str| text.is_empty() || text.parse::<u32>().is_ok();
            let named = [
                ("entite", &settings.entity),
                ("categorie", &settings.category),
                ("groupe", &settings.group),
            ];
            if let Some((field, _)) = named.into_iter().find(|(_, text)| !number(text)) {
                return wrong(field, "Donnez un numéro de GLPI, ou laissez vide.");
            }
            let urgency = |text: &str| text.is_empty() || matches!(text.parse(), Ok(1..=5_u32));
            let named = [("urgence", &settings.usual), ("urgence_haute", &settings.urgent)];
            if let Some((field, _)) = named.into_iter().find(|(_, text)| !urgency(text)) {
                return wrong(field, "Une urgence de GLPI va de 1 à 5.");
            }
        }
    }
    if settings.states.values().any(|slug| Standing::of(slug).is_none()) {
        return wrong("etats", "Choisissez chaque état dans la liste.");
    }
    Ok(())
}

/// Builds a bridge.
///
/// # Errors
/// [`BridgeError::Field`] says what to mend.
pub async fn build(
    bridges: &Bridges,
    permit: &Permit<ManageBridges>,
    typed: &Typed,
) -> Result<BridgeId, BridgeError> {
    let db = &bridges.desk.site.db;
    let team = find_team(bridges, &typed.team).await?;
    let checked = checked(bridges, typed, team.id).await?;
    if typed.secrets.token.is_empty() {
        return wrong("jeton", "Donnez le jeton du compte de la passerelle dans l’autre outil.");
    }
    let id = BridgeId::new();
    let secret = seal::seal(&bridges.sealing, bridges.desk.site.db.now(), id, &typed.secrets)?;
    let settings = serde_json::to_string(&typed.settings).map_err(DbError::from)?;
    db.write(async |tx| {
        let living = store::living(tx.on()).await?;
        if living.len() >= MOST {
            return wrong(
                "nom",
                format!("Il y a déjà {MOST}\u{a0}passerelles\u{a0}: arrêtez celles qui ne servent plus."),
            );
        }
        if let Some(other) = living.iter().find(|other| other.team_id == team.id) {
            return wrong(
                "equipe",
                format!("Cette équipe a déjà la passerelle «\u{a0}{}\u{a0}».", other.name),
            );
        }
        let bridge = Bridge {
            id,
            name: checked.name.clone(),
            tool: typed.tool.clone(),
            url: checked.url.clone(),
            team_id: team.id,
            team: team.name.clone(),
            person_id: checked.person,
            secret: secret.clone(),
            settings: settings.clone(),
            created_by: permit.person(),
            created_at: tx.now(),
            stopped_at: None,
            failures: 0,
            rests_until: None,
            last_error: None,
            last_ok_at: None,
        };
        store::insert(tx.on(), &bridge).await?;
        let data = serde_json::json!({ "name": bridge.name, "tool": bridge.tool, "url": bridge.url,
                                       "team": team.slug, "acts_as": bridge.person_id });
        tx.journal(Event::new("bridge.built", format!("bridge:{id}")).by(permit.person()).data(data));
        Ok(id)
    })
    .await
}

async fn find_team(bridges: &Bridges, id: &str) -> Result<Team, BridgeError> {
    let none = || BridgeError::Field("equipe", "Choisissez l’équipe dont les demandes passent.".into());
    let id: TeamId = id.parse().map_err(|_| none())?;
    teams::team(&bridges.desk.site.db, id).await?.ok_or_else(none)
}

/// Changes what the Region set of a bridge; its team and its tool stay.
///
/// # Errors
/// [`BridgeError::Field`] says what to mend.
pub async fn change(
    bridges: &Bridges,
    permit: &Permit<ManageBridges>,
    bridge: &Bridge,
    typed: &Typed,
) -> Result<(), BridgeError> {
    let typed = Typed { tool: bridge.tool.clone(), ..typed.clone() };
    let checked = checked(bridges, &typed, bridge.team_id).await?;
    let kept = seal::open(&bridges.sealing, bridge.id, &bridge.secret).unwrap_or_default();
    let or = |typed: &str, kept: String| if typed.is_empty() { kept } else { typed.to_owned() };
    // A secret given for one address is not sent to another.
    let moved = checked.url != bridge.url;
    if moved && typed.secrets.token.is_empty() {
        return wrong(
            "jeton",
            "L’adresse change\u{a0}: saisissez à nouveau le jeton, il n’est pas envoyé ailleurs sans vous.",
        );
    }
    let secrets = Secrets {
        token: or(&typed.secrets.token, kept.token),
        app_token: or(&typed.secrets.app_token, if moved { String::new() } else { kept.app_token }),
        hook: or(&typed.secrets.hook, kept.hook),
    };
    let changed = Bridge {
        name: checked.name,
        url: checked.url,
        person_id: checked.person,
        secret: seal::seal(&bridges.sealing, bridges.desk.site.db.now(), bridge.id, &secrets)?,
        settings: serde_json::to_string(&typed.settings).map_err(DbError::from)?,
        ..bridge.clone()
    };
    bridges
        .desk
        .site
        .db
        .write(async |tx| {
            store::update(tx.on(), &changed).await?;
            let data =
                serde_json::json!({ "name": changed.name, "url": changed.url, "acts_as": changed.person_id });
            let event = Event::new("bridge.changed", format!("bridge:{}", changed.id));
            tx.journal(event.by(permit.person()).data(data));
            Ok(())
        })
        .await
}

/// Nothing passes any more; false when it was stopped.
///
/// # Errors
/// When the database does not answer.
pub async fn stop(bridges: &Bridges, permit: &Permit<ManageBridges>, id: BridgeId) -> Result<bool, DbError> {
    bridges
        .desk
        .site
        .db
        .write(async |tx| {
            let stopped = store::stop(tx.on(), id, tx.now()).await?;
            if stopped {
                tx.journal(Event::new("bridge.stopped", format!("bridge:{id}")).by(permit.person()));
            }
            Ok(stopped)
        })
        .await
}

/// Calls the other side: who we are there, or why it cannot serve. The journal keeps that it was tried.
///
/// # Errors
/// When the database does not answer.
pub async fn try_out(
    bridges: &Bridges,
    permit: &Permit<ManageBridges>,
    bridge: &Bridge,
) -> Result<Result<String, String>, DbError> {
    let said = match tool(bridges, bridge) {
        Ok(tool) => {
            drivers::ask(&tool, |tool| {
                let said = tool.greet();
                tool.leave();
                said
            })
            .await
        }
        Err(fault) => Err(fault),
    };
    let said = said.map_err(|fault| fault.words);
    bridges
        .desk
        .site
        .db
        .write(async |tx| {
            match &said {
                Ok(_) => store::answered(tx.on(), bridge.id, tx.now()).await?,
                Err(why) => store::said(tx.on(), bridge.id, why).await?,
            }
            let data = serde_json::json!({ "answered": said.is_ok() });
            let event = Event::new("bridge.tried", format!("bridge:{}", bridge.id));
            tx.journal(event.by(permit.person()).data(data));
            Ok::<_, DbError>(())
        })
        .await?;
    Ok(said)
}

/// Those in use, with how their requests stand.
///
/// # Errors
/// When the database does not answer.
pub async fn list(bridges: &Bridges, _: &Permit<ManageBridges>) -> Result<Vec<(Bridge, Tally)>, DbError> {
    let read = bridges.desk.site.db.read();
    let tallies = links::tallies(read).await?;
    let tally = |id: BridgeId| {
        tallies.iter().find(|one| one.bridge_id == id).map(|one| one.tally).unwrap_or_default()
    };
    Ok(store::living(read).await?.into_iter().map(|bridge| (bridge.clone(), tally(bridge.id))).collect())
}

/// One of them, with its requests that fail.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    bridges: &Bridges,
    _: &Permit<ManageBridges>,
    id: BridgeId,
) -> Result<Option<(Bridge, Vec<Link>)>, DbError> {
    let read = bridges.desk.site.db.read();
    let Some(bridge) = store::find(read, id).await? else { return Ok(None) };
    let failing = links::failing(read, id, SHOWN).await?;
    Ok(Some((bridge, failing)))
}

/// Every team, and its people who may act for a bridge: identifiers and names.
///
/// # Errors
/// When the database does not answer.
pub async fn choices(bridges: &Bridges, team: TeamId) -> Result<Vec<(String, String)>, DbError> {
    let members = teams::team_members(&bridges.desk.site.db, team).await?;
    Ok(members
        .into_iter()
        .map(|one| (one.id.to_string(), format!("{} {}", one.given_name, one.family_name)))
        .collect())
}

/// Whether this person may do `A` on requests: what the panel offers.
pub(crate) fn may<A: Action>(access: &Access) -> bool {
    access.permit::<A>().is_some()
}
