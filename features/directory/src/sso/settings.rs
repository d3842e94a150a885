//! What an operator says of a provider of single sign-on, and the faults of it, before anything serves.

use std::net::IpAddr;
use std::path::PathBuf;

use beffroi_kernel::Role;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::rules::{Placement, placement};

/// The protocol that a provider speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// OpenID Connect: authorization code with PKCE.
    #[default]
    Oidc,
    /// CAS 3.0.
    Cas,
}

/// A value of a claim that opens a function, for the time of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRule {
    /// The claim or the CAS attribute; one of its values is enough.
    pub claim: String,
    /// The value wanted.
    pub value: String,
    /// The function that it opens.
    pub role: Role,
    /// For the function of an agent: the slug of the team.
    pub team: Option<String>,
    /// For the function of a school: the claim whose values are UAIs.
    pub school_claim: Option<String>,
}

/// A value of a claim that says that the provider asked for two factors: `acr`, `amr`…
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrongRule {
    /// The claim or the CAS attribute; one of its values is enough.
    pub claim: String,
    /// The value wanted.
    pub value: String,
}

/// A provider, as the configuration names it: one `[[sso]]` block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// Its name in addresses.
    pub slug: String,
    /// Its name on pages.
    pub name: String,
    /// Its protocol.
    #[serde(default)]
    pub kind: Kind,
    /// The issuer (OIDC) or the address of the CAS server.
    pub url: String,
    /// How it knows this site (OIDC).
    pub client_id: Option<String>,
    /// The file that holds the secret shared with it (OIDC).
    pub client_secret_file: Option<PathBuf>,
    /// What is asked of it (OIDC).
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// Slug of the academy whose people come by it.
    pub academy: Option<String>,
    /// The claim whose value is a login here; `user` is the name that a CAS server gives.
    pub login_claim: Option<String>,
    /// The claim of the address of mail.
    #[serde(default = "email_claim")]
    pub email_claim: String,
    /// Whether its addresses are true without its saying so (`email_verified`).
    #[serde(default)]
    pub email_trusted: bool,
    /// Other hosts where its endpoints may be.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Whether it may be reached without TLS, on a closed network.
    #[serde(default)]
    pub allow_http: bool,
    /// The certificate of the authority of that server, when it is the Region's own.
    pub ca_file: Option<PathBuf>,
    /// What its claims open, nothing otherwise.
    #[serde(default)]
    pub roles: Vec<RoleRule>,
    /// What its claims say when it asked for two factors; by default it never did.
    #[serde(default)]
    pub strong: Vec<StrongRule>,
}

fn scopes() -> Vec<String> {
    ["openid", "email", "profile"].map(str::to_owned).to_vec()
}

fn email_claim() -> String {
    "email".into()
}

/// A header that a reverse proxy adds once it has recognised a person: the `[sso_header]` block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderSettings {
    /// The header: its value is a login or an address of mail.
    pub name: String,
    /// The only addresses it is believed from: `10.0.0.5`, `10.1.0.0/16`.
    pub from: Vec<String>,
    /// What pages call this door.
    #[serde(default = "intranet")]
    pub label: String,
    /// Whether the proxy asks everyone for two factors.
    #[serde(default)]
    pub strong: bool,
}

fn intranet() -> String {
    "Intranet".into()
}

/// Whether a slug may stand in an address.
fn is_slug(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
}

/// Whether a host is this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// What is wrong in the settings of providers, in words for an operator.
///
/// # Errors
/// The first fault.
pub fn check(providers: &[ProviderSettings]) -> Result<(), String> {
    for (at, one) in providers.iter().enumerate() {
        one.check().map_err(|why| format!("« {} » : {why}", one.slug))?;
        if providers.iter().take(at).any(|other| other.slug == one.slug || other.url == one.url) {
            return Err(format!("« {} » : le nom ou l’adresse sert déjà à un autre fournisseur", one.slug));
        }
    }
    Ok(())
}

impl ProviderSettings {
    fn check(&self) -> Result<(), String> {
        if !is_slug(&self.slug) {
            return Err("« slug » : des lettres minuscules sans accent, des chiffres et des tirets".into());
        }
        if self.name.trim().is_empty() {
            return Err("« name » : donnez le nom que les personnes connaissent".into());
        }
        let url = Url::parse(&self.url).map_err(|_| "« url » : une adresse https:// est attendue")?;
        if !self.may_call(&url) {
            return Err(
                "« url » : une adresse https:// est attendue (allow_http = true si le réseau est fermé)"
                    .into(),
            );
        }
        if self.kind == Kind::Oidc && self.client_id.as_deref().is_none_or(str::is_empty) {
            return Err("« client_id » : donnez le nom de ce site chez le fournisseur".into());
        }
        if self.kind == Kind::Oidc && !self.scopes.iter().any(|scope| scope == "openid") {
            return Err("« scopes » : « openid » doit y être".into());
        }
        self.roles.iter().try_for_each(RoleRule::check)
    }

    /// Whether an address of this provider may be called: its own host or one listed, over TLS.
    pub(super) fn may_call(&self, url: &Url) -> bool {
        let own = Url::parse(&self.url).ok();
        let same = own.as_ref().is_some_and(|own| own.origin() == url.origin());
        let listed = url.host_str().is_some_and(|host| self.hosts.iter().any(|one| one == host));
        let sealed = match url.scheme() {
            "https" => true,
            "http" => self.allow_http || is_loopback(url),
            _ => false,
        };
        let bare = url.username().is_empty() && url.password().is_none();
        (same || listed) && sealed && bare
    }
}

impl RoleRule {
    fn check(&self) -> Result<(), String> {
        let role = self.role;
        let said = |why: &str| Err(format!("« roles », {} : {why}", role.slug()));
        if role == Role::Head {
            return said("un chef d’établissement se nomme dans l’annuaire, jamais par un attribut");
        }
        if self.claim.is_empty() || self.value.is_empty() {
            return said("donnez l’attribut (claim) et la valeur (value)");
        }
        match placement(role) {
            Placement::School if self.school_claim.is_none() => {
                said("donnez l’attribut qui porte l’UAI (school_claim)")
            }
            Placement::Team if self.team.is_none() => said("donnez l’équipe (team)"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> ProviderSettings {
        let text = r#"{"slug": "eduline", "name": "EDULINE", "url": "https://sso.example/", "client_id": "beffroi"}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_fault_of_a_provider_is_named() {
        assert_eq!(check(&[provider()]), Ok(()));
        let rule = |role, team: Option<&str>, school: Option<&str>| RoleRule {
            claim: "groups".into(),
            value: "x".into(),
            role,
            team: team.map(str::to_owned),
            school_claim: school.map(str::to_owned),
        };
        let with = |change: &dyn Fn(&mut ProviderSettings)| {
            let mut one = provider();
            change(&mut one);
            check(&[one]).unwrap_err()
        };
        let cases = [
            (with(&|one| one.slug = "Éduline".into()), "slug"),
            (with(&|one| one.name = " ".into()), "name"),
            (with(&|one| one.url = "http://sso.example/".into()), "https"),
            (with(&|one| one.url = "https://moi:secret@sso.example/".into()), "https"),
            (with(&|one| one.client_id = None), "client_id"),
            (with(&|one| one.scopes = vec!["email".into()]), "openid"),
            (with(&|one| one.roles = vec![rule(Role::Head, None, Some("uai"))]), "annuaire"),
            (with(&|one| one.roles = vec![rule(Role::Teacher, None, None)]), "school_claim"),
            (with(&|one| one.roles = vec![rule(Role::Technician, None, None)]), "team"),
            (check(&[provider(), provider()]).unwrap_err(), "déjà"),
        ];
        for (said, word) in cases {
            assert!(said.contains(word), "{said}");
        }
    }

    #[test]
    fn only_the_provider_is_called_and_over_tls() {
        let mut one = provider();
        let may = |one: &ProviderSettings, url: &str| one.may_call(&Url::parse(url).unwrap());
        assert!(may(&one, "https://sso.example/jwks"));
        for refused in [
            "http://sso.example/jwks",
            "https://sso.example:8443/jwks",
            "https://autre.example/",
            "https://169.254.169.254/latest",
            "file:///etc/passwd",
            "https://a:b@sso.example/jwks",
        ] {
            assert!(!may(&one, refused), "{refused}");
        }
        one.hosts = vec!["cles.example".into()];
        assert!(may(&one, "https://cles.example/jwks") && !may(&one, "http://cles.example/jwks"));
        one.url = "http://localhost:8080/".into();
        assert!(may(&one, "http://localhost:8080/jwks"), "this machine needs no TLS");
    }
}
