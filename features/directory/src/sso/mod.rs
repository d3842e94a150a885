//! Single sign-on: people come in by the intranet of their academy (OpenID Connect, CAS, or a header of a
//! trusted proxy). They are matched with the directory, never created. (CSU-07)

mod around;
mod cas;
mod claims;
mod header;
mod keys;
mod matching;
mod oidc;
mod settings;
#[cfg(test)]
mod tests;
mod trip;
mod wire;

use std::fmt;
use std::sync::Arc;

use beffroi_kernel::{Role, SchoolId, TeamId, TerritoryId};
use serde::{Deserialize, Serialize};

pub use around::around;
pub use matching::forget;
pub use settings::{HeaderSettings, Kind, ProviderSettings, RoleRule, StrongRule, check};

pub(crate) use around::{DOOR_COOKIE, cookie, is_known_by_proxy, known, noted, own_door, usual};
pub(crate) use header::{SLUG as HEADER_DOOR, TrustedUser, enter_by_header};
pub(crate) use matching::Stranger;
pub(crate) use trip::{
    Back, Confirming, Ended, TripError, back_channel, begin, cas_logout, confirmed, exit, finish,
};

pub(crate) use cas::Cas;
pub(crate) use oidc::Oidc;

use crate::Site;
use wire::Wire;

/// The field of a form that says that a provider confirmed its sender: [`MARK`], then a token of the form.
pub(crate) const CONFIRMATION: &str = "confirmation";
/// What tells such a token from the answer of a device, which is JSON.
pub(crate) const MARK: &str = "sso:";

/// What speaks to a provider.
pub(crate) enum Protocol {
    Oidc(Oidc),
    Cas(Cas),
}

/// A provider that serves.
#[derive(Clone)]
pub(crate) struct Provider {
    pub settings: Arc<ProviderSettings>,
    pub protocol: Arc<Protocol>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its secret is within the protocol.
        f.debug_tuple("Provider").field(&self.settings.slug).finish()
    }
}

impl Provider {
    fn new(settings: ProviderSettings) -> Result<Self, String> {
        let settings = Arc::new(settings);
        let wire = Wire::new(Arc::clone(&settings))?;
        Self::over(settings, wire)
    }

    fn over(settings: Arc<ProviderSettings>, wire: Wire) -> Result<Self, String> {
        let protocol = match settings.kind {
            Kind::Oidc => Protocol::Oidc(Oidc::new(Arc::clone(&settings), wire)?),
            Kind::Cas => Protocol::Cas(Cas::new(&settings, wire)?),
        };
        Ok(Self { settings, protocol: Arc::new(protocol) })
    }
}

/// Every door beside the password: providers, and the header of a proxy.
#[derive(Clone)]
pub struct Doors {
    /// Database, clock and address.
    pub site: Site,
    pub(crate) providers: Arc<Vec<Provider>>,
    pub(crate) header: Option<Arc<header::Header>>,
}

impl fmt::Debug for Doors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doors").field("providers", &self.providers).finish_non_exhaustive()
    }
}

impl axum::extract::FromRef<Doors> for Site {
    fn from_ref(doors: &Doors) -> Self {
        doors.site.clone()
    }
}

impl Doors {
    /// The doors that the configuration names.
    ///
    /// # Errors
    /// Words for an operator: a setting that cannot be used, a file that cannot be read.
    pub fn new(
        site: Site,
        providers: &[ProviderSettings],
        header: Option<&HeaderSettings>,
    ) -> Result<Self, String> {
        check(providers)?;
        let open = |one: &ProviderSettings| {
            Provider::new(one.clone()).map_err(|why| format!("« {} » : {why}", one.slug))
        };
        let providers = providers.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let header = header.map(header::Header::new).transpose()?.map(Arc::new);
        Ok(Self { site, providers: Arc::new(providers), header })
    }

    pub(crate) fn provider(&self, slug: &str) -> Option<&Provider> {
        self.providers.iter().find(|one| one.settings.slug == slug)
    }

    /// Where each door stands, for `beffroi doctor`: whether it is fine, and in words.
    pub async fn look(&self) -> Vec<(bool, String)> {
        let mut found = Vec::new();
        for one in self.providers.iter() {
            let name = &one.settings.name;
            let looked = match one.protocol.as_ref() {
                Protocol::Oidc(oidc) => match oidc.look().await {
                    Ok(0) => Err("il ne publie aucune clé utilisable".to_owned()),
                    Ok(keys) => Ok(format!("répond, {keys} clé(s)")),
                    Err(error) => Err(error.to_string()),
                },
                Protocol::Cas(cas) => cas.look().await.map(|()| "répond".to_owned()),
            };
            let fine = looked.is_ok();
            found.push((fine, format!("« {name} » : {}", looked.unwrap_or_else(|why| why))));
        }
        if let Some(header) = &self.header {
            found.push((true, header.said()));
        }
        found
    }
}

/// A function that a provider grants for the time of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub role: Role,
    pub school: Option<SchoolId>,
    pub team: Option<TeamId>,
    pub territory: Option<TerritoryId>,
}

/// The door of a session, beside the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnDoor {
    /// Slug of the provider, or of the header.
    pub provider: String,
    /// What it calls the person.
    pub subject: String,
}
