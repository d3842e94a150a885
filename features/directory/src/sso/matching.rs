//! Who of the directory a provider speaks of: whoever is linked already, else the only person of that login
//! or of that verified address. Nobody is created, and nobody takes the place of another.

use beffroi_db::{Db, DbError, Event, Tx};
use beffroi_kernel::{Permit, PersonId, Scope};
use sea_orm::ConnectionTrait;
use serde_json::{Map, Value};

use super::claims::{Said, values};
use super::settings::ProviderSettings;
use super::{Grant, RoleRule, StrongRule};
use crate::ManagePeople;
use crate::factors::told;
use crate::rules::{Placement, login_key, placement};
use crate::store::people::Credential;
use crate::store::{people, schools, sso as store, teams};

/// Functions that a provider may open at once.
const MOST_GRANTS: usize = 50;

/// What a provider says of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Where it is.
    pub issuer: String,
    /// What it calls the person, for ever.
    pub subject: String,
    /// Their login here, when it says.
    pub login: Option<String>,
    /// Their address, when it is known to be theirs.
    pub email: Option<String>,
    /// Whether it gave an address without vouching for it.
    pub unverified: bool,
    /// What people call the provider.
    pub name: String,
}

/// Why a person that a provider knows does not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// Nobody of the directory answers to that.
    Nobody,
    /// Several do.
    Several,
    /// The only clue is an address that the provider does not vouch for.
    Unverified,
    /// Their account is closed.
    Closed,
    /// The person who answers to that is already known to the provider under another name.
    Taken,
}

/// What the configuration takes of what a provider said.
pub(crate) fn known(settings: &ProviderSettings, said: &Said) -> Known {
    let first = |claim: &str| values(&said.claims, claim).first().map(|value| login_key(value));
    let filled = |value: Option<String>| value.filter(|value| !value.is_empty());
    let email = filled(first(&settings.email_claim)).filter(|email| email.contains('@'));
    let verified = settings.email_trusted || said.claims.get("email_verified") == Some(&Value::Bool(true));
    Known {
        issuer: settings.url.clone(),
        subject: said.subject.clone(),
        login: filled(settings.login_claim.as_deref().and_then(first)),
        unverified: email.is_some() && !verified,
        email: email.filter(|_| verified),
        name: settings.name.clone(),
    }
}

/// The only person that these clues name.
async fn named(on: &impl ConnectionTrait, known: &Known) -> Result<Result<PersonId, Stranger>, DbError> {
    let mut found: Vec<PersonId> = Vec::new();
    if let Some(login) = &known.login {
        found.extend(people::by_login(on, &login_key(login)).await?.map(|person| person.id));
    }
    if let Some(email) = &known.email {
        found.extend(people::by_address(on, &login_key(email)).await?.into_iter().map(|person| person.id));
    }
    found.sort_unstable();
    found.dedup();
    Ok(match found.as_slice() {
        [one] => Ok(*one),
        [] if known.unverified => Err(Stranger::Unverified),
        [] => Err(Stranger::Nobody),
        _ => Err(Stranger::Several),
    })
}

/// Who comes in, linked from now on; or why they do not.
pub(crate) async fn person(tx: &Tx, known: &Known) -> Result<Result<Credential, Stranger>, DbError> {
    let name = (known.issuer.as_str(), known.subject.as_str());
    let linked = store::linked(tx.on(), name).await?;
    let id = match linked {
        Some(id) => id,
        None => match named(tx.on(), known).await? {
            Ok(id) => id,
            Err(stranger) => return Ok(Err(stranger)),
        },
    };
    let found = people::credential_of(tx.on(), id).await?.filter(|found| found.disabled_at.is_none());
    let Some(found) = found else { return Ok(Err(Stranger::Closed)) };
    if linked.is_some() {
        store::used(tx.on(), name, tx.now()).await?;
        return Ok(Ok(found));
    }
    if !store::link(tx.on(), name, id, tx.now()).await? {
        return Ok(Err(Stranger::Taken));
    }
    let said =
        format!("Vous pouvez désormais vous connecter à Beffroi avec votre compte « {} ».", known.name);
    told(tx, id, "sso.linked", &said).await?;
    Ok(Ok(found))
}

/// An operator forgets what providers call a person, whose account over there changed: how many links there
/// were. The sessions that they opened end. Journaled.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(db: &Db, permit: &Permit<ManagePeople>, person: PersonId) -> Result<u64, DbError> {
    db.write(async |tx| {
        let links = store::unlink(tx.on(), person).await?;
        if links > 0 {
            store::close_all(tx.on(), person, tx.now()).await?;
            let data = serde_json::json!({ "links": links });
            let event = Event::new("sso.forgotten", format!("person:{person}"));
            tx.journal(event.by(permit.person()).data(data));
        }
        Ok(links)
    })
    .await
}

/// Whether the claims say that the provider asked for two factors, as the configuration knows it to say so.
pub(crate) fn is_strong(rules: &[StrongRule], claims: &Map<String, Value>) -> bool {
    rules.iter().any(|rule| values(claims, &rule.claim).contains(&rule.value.as_str()))
}

/// The functions that the claims open, as the configuration says and no other.
pub(crate) async fn grants(
    on: &impl ConnectionTrait,
    rules: &[RoleRule],
    claims: &Map<String, Value>,
) -> Result<Vec<Grant>, DbError> {
    let mut grants: Vec<Grant> = Vec::new();
    for rule in rules {
        if !values(claims, &rule.claim).contains(&rule.value.as_str()) {
            continue;
        }
        for grant in opened(on, rule, claims).await? {
            if grants.len() < MOST_GRANTS && !grants.contains(&grant) {
                grants.push(grant);
            }
        }
    }
    Ok(grants)
}

async fn opened(
    on: &impl ConnectionTrait,
    rule: &RoleRule,
    claims: &Map<String, Value>,
) -> Result<Vec<Grant>, DbError> {
    let bare = Grant { role: rule.role, school: None, team: None, territory: None };
    match placement(rule.role) {
        Placement::Region => Ok(vec![bare]),
        Placement::Team => {
            let team = match &rule.team {
                Some(slug) => teams::by_slug(on, slug).await?,
                None => None,
            };
            let Some(team) = team else {
                tracing::warn!(role = rule.role.slug(), "single sign-on names a team that does not exist");
                return Ok(Vec::new());
            };
            Ok(vec![Grant { team: Some(team.id), territory: team.territory, ..bare }])
        }
        Placement::School => {
            let scope = Scope::system("single sign-on");
            let mut found = Vec::new();
            for uai in
                values(claims, rule.school_claim.as_deref().unwrap_or_default()).iter().take(MOST_GRANTS)
            {
                let school = schools::by_uai(on, &scope, &uai.to_uppercase()).await?;
                found.extend(school.map(|school| Grant { school: Some(school.id), ..bare.clone() }));
            }
            Ok(found)
        }
    }
}
