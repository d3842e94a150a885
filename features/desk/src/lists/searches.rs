//! Saved searches: of a person, of a team, of everyone; pinned beside the list, one of them preferred.

use beffroi_db::live::Change;
use beffroi_db::{DbError, Event};
use beffroi_kernel::{Access, RequestId, TeamId};
use uuid::Uuid;

use super::Selection;
use crate::store::searches as store;
use crate::{Desk, ShareSearches};

/// The longest name.
const LONGEST_NAME: usize = 80;
/// Searches pinned at once: each has a counter to read.
pub const MOST_PINNED: usize = 8;
/// Searches a person may see: a list that nobody could read helps nobody.
const MOST_SEEN: usize = 250;

/// For whom a search is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The person who saved it.
    Me,
    /// The members of a team, who may all change it.
    Team(TeamId),
    /// Every agent.
    Everyone,
}

impl Audience {
    /// The audience a form names: `moi`, `tous` or a team.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        match text {
            "moi" => Some(Self::Me),
            "tous" => Some(Self::Everyone),
            team => team.parse().ok().map(Self::Team),
        }
    }
}

/// A saved search as its readers see it.
#[derive(Clone, Debug)]
pub struct Search {
    /// Its identifier, and its place in addresses.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// For whom.
    pub audience: Audience,
    /// What it shows.
    pub selection: Selection,
    /// Whether this person pinned it.
    pub pinned: bool,
    /// Whether the list opens on it for this person.
    pub preferred: bool,
    /// Whether this person may change it.
    pub may_change: bool,
}

/// Why a search is not saved or changed.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// No such search for this person.
    #[error("cette recherche n’existe pas")]
    NotFound,
    /// It belongs to others.
    #[error("cette recherche est à quelqu’un d’autre : copiez-la pour en faire la vôtre")]
    NotYours,
    /// Something is missing in what was typed.
    #[error("{0}")]
    Missing(&'static str),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a person does to a search.
#[derive(Clone, Debug)]
pub enum Gesture {
    /// Gives it another name.
    Rename(String),
    /// Makes it show this.
    Replace(Box<Selection>),
    /// Puts it beside the list, or away.
    Pin(bool),
    /// Makes the list open on it, or no longer.
    Prefer(bool),
    /// Makes one's own out of it.
    Copy,
    /// Deletes it.
    Delete,
}

/// The teams of which a person is a member now.
#[must_use]
pub fn teams_of(access: &Access) -> Vec<TeamId> {
    let mut teams: Vec<TeamId> = access.functions.iter().filter_map(|function| function.team).collect();
    teams.sort_unstable();
    teams.dedup();
    teams
}

/// The searches a person sees, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn all(desk: &Desk, access: &Access) -> Result<Vec<Search>, DbError> {
    let stored = store::visible(desk.site.db.read(), access.person, &teams_of(access), None).await?;
    Ok(stored.into_iter().filter_map(|stored| search(access, stored)).collect())
}

/// The searches a person sees, by name, and one of their preferences.
///
/// # Errors
/// When the database does not answer.
pub async fn all_and_preference(
    desk: &Desk,
    access: &Access,
    preference: &str,
) -> Result<(Vec<Search>, Option<String>), DbError> {
    let (db, teams) = (&desk.site.db, teams_of(access));
    // A preference is journaled as its person's.
    let kept = db.recent(
        format!("searches {} {teams:?} {preference}", access.person),
        &["search", "person"],
        async || store::visible_and_preference(db.read(), access.person, &teams, preference).await,
    );
    let (stored, value) = kept.await?.as_ref().clone();
    Ok((stored.into_iter().filter_map(|stored| search(access, stored)).collect(), value))
}

fn search(access: &Access, stored: store::Stored) -> Option<Search> {
    let audience = match (stored.audience.as_str(), stored.team_id) {
        ("me", _) => Audience::Me,
        ("team", Some(team)) => Audience::Team(team),
        ("everyone", _) => Audience::Everyone,
        _ => return None,
    };
    let may_change = match audience {
        Audience::Me => stored.owner_id == access.person,
        Audience::Team(team) => teams_of(access).contains(&team),
        Audience::Everyone => access.permit::<ShareSearches>().is_some(),
    };
    Some(Search {
        id: stored.id,
        name: stored.name,
        audience,
        selection: Selection::of_query(&stored.query),
        pinned: stored.pinned,
        preferred: stored.preferred,
        may_change,
    })
}

fn checked_name(name: &str) -> Result<&str, SearchError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(SearchError::Missing("donnez un nom à la recherche"));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(SearchError::Missing("raccourcissez le nom\u{a0}: 80\u{a0}caractères au plus"));
    }
    Ok(name)
}

/// Saves a selection under a name; pinned at once when asked.
///
/// # Errors
/// As [`SearchError`] says.
pub async fn save(
    desk: &Desk,
    access: &Access,
    name: &str,
    audience: Audience,
    selection: &Selection,
    pinned: bool,
) -> Result<Uuid, SearchError> {
    let name = checked_name(name)?;
    let (slug, team) = match audience {
        Audience::Me => ("me", None),
        Audience::Team(team) if teams_of(access).contains(&team) => ("team", Some(team)),
        Audience::Team(_) => return Err(SearchError::Missing("choisissez une de vos équipes")),
        Audience::Everyone if access.permit::<ShareSearches>().is_some() => ("everyone", None),
        Audience::Everyone => {
            return Err(SearchError::Missing(
                "seuls les responsables enregistrent une recherche pour tous\u{a0}: choisissez «\u{a0}moi\u{a0}» ou votre équipe",
            ));
        }
    };
    let id = RequestId::new().0;
    let query = selection.query();
    let new = store::New { id, owner: access.person, audience: slug, team, name, query: &query };
    desk.site
        .db
        .write(async |tx| {
            let seen = store::visible(tx.on(), access.person, &teams_of(access), None).await?;
            if seen.len() >= MOST_SEEN {
                return Err(SearchError::Missing("supprimez d’abord des recherches qui ne servent plus"));
            }
            store::insert(tx.on(), &new, tx.now()).await?;
            if pinned {
                may_pin(&seen)?;
                store::choose(tx.on(), access.person, id, true, false).await?;
            }
            let data = serde_json::json!({ "audience": slug, "query": query });
            tx.journal(Event::new("search.saved", format!("search:{id}")).by(access.person).data(data));
            Ok(id)
        })
        .await
}

fn may_pin(seen: &[store::Stored]) -> Result<(), SearchError> {
    if seen.iter().filter(|search| search.pinned).count() >= MOST_PINNED {
        return Err(SearchError::Missing(
            "détachez d’abord une recherche\u{a0}: huit au plus sont épinglées",
        ));
    }
    Ok(())
}

/// Does one gesture on a search; gives back the search to show, none once deleted.
///
/// # Errors
/// As [`SearchError`] says.
pub async fn act(
    desk: &Desk,
    access: &Access,
    id: Uuid,
    gesture: Gesture,
) -> Result<Option<Uuid>, SearchError> {
    let teams = teams_of(access);
    desk.site
        .db
        .write(async |tx| {
            let seen = store::visible(tx.on(), access.person, &teams, None).await?;
            let stored = seen.iter().find(|search| search.id == id).cloned().ok_or(SearchError::NotFound)?;
            let found = search(access, stored.clone()).ok_or(SearchError::NotFound)?;
            let changes = matches!(gesture, Gesture::Rename(_) | Gesture::Replace(_) | Gesture::Delete);
            if changes && !found.may_change {
                return Err(SearchError::NotYours);
            }
            let event = |kind| Event::new(kind, format!("search:{id}")).by(access.person);
            match gesture {
                Gesture::Rename(name) => {
                    store::change(tx.on(), id, checked_name(&name)?, &stored.query, tx.now()).await?;
                    tx.journal(event("search.changed").data(serde_json::json!({ "name": name.trim() })));
                }
                Gesture::Replace(selection) => {
                    let query = selection.query();
                    store::change(tx.on(), id, &stored.name, &query, tx.now()).await?;
                    tx.journal(event("search.changed").data(serde_json::json!({ "query": query })));
                }
                Gesture::Pin(pinned) => {
                    if pinned && !stored.pinned {
                        may_pin(&seen)?;
                    }
                    store::choose(tx.on(), access.person, id, pinned, stored.preferred).await?;
                    tx.tell(chosen(access, id));
                }
                Gesture::Prefer(preferred) => {
                    store::choose(tx.on(), access.person, id, stored.pinned, preferred).await?;
                    tx.tell(chosen(access, id));
                }
                Gesture::Copy => return Ok(Some(copy(tx, access, &stored).await?)),
                Gesture::Delete => {
                    store::delete(tx.on(), id).await?;
                    tx.journal(event("search.deleted").data(serde_json::json!({ "name": stored.name })));
                    return Ok(None);
                }
            }
            Ok(Some(id))
        })
        .await
}

/// What a person keeps at hand: worth telling their other pages, not an entry of the journal.
fn chosen(access: &Access, id: Uuid) -> Change {
    let (subject, kind) = (format!("search:{id}"), "search.chosen".into());
    Change { subject, kind, school: None, actor: Some(access.person) }
}

async fn copy(tx: &beffroi_db::Tx, access: &Access, from: &store::Stored) -> Result<Uuid, SearchError> {
    let id = RequestId::new().0;
    let name: String = format!("{} (copie)", from.name).chars().take(LONGEST_NAME).collect();
    let new =
        store::New { id, owner: access.person, audience: "me", team: None, name: &name, query: &from.query };
    store::insert(tx.on(), &new, tx.now()).await?;
    let data = serde_json::json!({ "copy_of": from.id });
    tx.journal(Event::new("search.saved", format!("search:{id}")).by(access.person).data(data));
    Ok(id)
}
