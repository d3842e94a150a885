//! Configuration: a TOML file, then `BEFFROI_*` variables over it. Checked at start, with messages
//! that name the key and the remedy.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use beffroi_acts::exemptions::{DangerSettings, ProxySettings};
use beffroi_desk::quarantine::Antivirus;
use beffroi_directory::sso::{HeaderSettings, ProviderSettings};
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

/// Everything an operator can set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the embedded database, the files and the keys are kept.
    pub data_dir: PathBuf,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// `sqlite://…` or `postgres://…`; by default a SQLite file in `data_dir`.
    pub database_url: Option<String>,
    /// `s3://bucket/prefix`: a store that several nodes share; by default the folder `files` in `data_dir`.
    pub files_url: Option<String>,
    /// The antivirus that examines files before anybody reads them: `/run/clamav/clamd.ctl` or `host:port`.
    pub clamd: Option<String>,
    /// Days during which a file that bears a virus is kept aside.
    pub quarantine_days: u32,
    /// The address people type, without a final slash; used in mails.
    pub base_url: Option<String>,
    /// `smtp://host:port`; without it mails wait in the outbox.
    pub smtp_url: Option<String>,
    /// The certificate of the authority of that server, when it is the Region's own.
    pub smtp_ca_file: Option<PathBuf>,
    /// The sender of mails.
    pub mail_from: String,
    /// The mailbox to which people write and answer; without it no mail comes in.
    pub mail_address: Option<String>,
    /// `imaps://user@host/INBOX`: where that mailbox is read.
    pub imap_url: Option<String>,
    /// The file that holds its password.
    pub imap_password_file: Option<PathBuf>,
    /// The certificate of the authority of that server, when it is the Region's own.
    pub imap_ca_file: Option<PathBuf>,
    /// The name that the border mail server signs its `Authentication-Results` with.
    pub mail_authserv: Option<String>,
    /// What a mail that answers nothing begins: `sheet/type?question=answer`.
    pub mail_request: String,
    /// Days during which the originals of mails are kept.
    pub mail_keep_days: u32,
    /// Address of an RFC 3161 authority that timestamps signed acts; none by default.
    pub timestamp_url: Option<String>,
    /// Private networks to which webhooks may be delivered, such as `10.20.0.0/16`; none by default.
    pub webhook_networks: Vec<String>,
    /// Calls of the API that a token may make in a minute, on each node.
    pub api_calls: u32,
    /// Pages that a person may ask in a minute, on each node; forms and searches in proportion.
    pub page_calls: u32,
    /// Where measures and detailed probes are read, from inside.
    pub metrics_listen: SocketAddr,
    /// The reverse proxies that are believed when they say for whom they ask (`X-Forwarded-For`).
    pub proxies: Vec<String>,
    /// Folder of the sheets published by `demo` and `catalogue publish`; built in by default.
    pub catalogue_dir: Option<PathBuf>,
    /// `text` or `json`.
    pub log_format: LogFormat,
    /// Folder of the proxy's lists, one folder a school; without it exemptions are only recorded.
    pub proxy_lists: Option<PathBuf>,
    /// The command that makes the proxy read its lists anew, word by word, without a shell.
    pub proxy_reload: Vec<String>,
    /// Whether the proxy decrypts https: without it an encrypted page cannot be told from its site.
    pub proxy_decrypts: bool,
    /// Files and folders of sites that no exemption opens, by motive. (SEC-12)
    pub danger_lists: DangerSettings,
    /// Providers of single sign-on, in the order of their buttons. (CSU-07)
    pub sso: Vec<ProviderSettings>,
    /// The header by which a reverse proxy says whom it recognised; believed from nobody by default.
    pub sso_header: Option<HeaderSettings>,
}

/// The form of the log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Why the configuration cannot be used, in words for an operator.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is no TOML.
    #[error("configuration illisible : {0}\nRemède : corrigez le fichier à la ligne indiquée")]
    Syntax(String),
    /// No such key.
    #[error("configuration, clé « {0} » inconnue\nRemède : retirez-la ; les clés connues sont {known}", known = KEYS.join(", "))]
    Unknown(String),
    /// A value has another shape.
    #[error("configuration, clé « {key} » : {expected}\nRemède : corrigez-la dans le fichier TOML, ou la variable BEFFROI_{variable}", variable = key.to_uppercase())]
    Shape {
        /// The key.
        key: String,
        /// What it takes.
        expected: &'static str,
    },
    /// The file named on the command line does not exist.
    #[error("le fichier de configuration « {0} » n’existe pas : vérifiez --config ou BEFFROI_CONFIG.")]
    NoFile(PathBuf),
    /// A value cannot be used.
    #[error("configuration, clé « {key} » : {why}\nRemède : {remedy}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong.
        why: String,
        /// What to do.
        remedy: &'static str,
    },
}

impl ConfigError {
    fn of(error: &figment::Error) -> Self {
        if let figment::error::Kind::UnknownField(key, _) = &error.kind {
            return Self::Unknown(key.clone());
        }
        let key = error.path.join(".");
        let expected = match key.as_str() {
            "" => return Self::Syntax(error.to_string()),
            "listen" => "une adresse et un port sont attendus, par exemple 127.0.0.1:8080",
            "log_format" => "« text » ou « json » est attendu",
            "proxy_reload" => {
                "une liste de mots est attendue, par exemple [\"squid\", \"-k\", \"reconfigure\"]"
            }
            "webhook_networks" => "une liste de réseaux est attendue, par exemple [\"10.20.0.0/16\"]",
            "api_calls" | "page_calls" => "un nombre par minute est attendu",
            "metrics_listen" => "une adresse et un port sont attendus, par exemple 127.0.0.1:9108",
            "proxies" => "une liste d’adresses est attendue, par exemple [\"127.0.0.1\", \"10.0.0.5\"]",
            "mail_keep_days" | "quarantine_days" => "un nombre de jours est attendu",
            "proxy_decrypts" => "true ou false est attendu",
            key if key.starts_with("danger_lists") => {
                "trois listes de chemins sont attendues : illegal, dangerous, insecure"
            }
            key if key.starts_with("sso_header") => "« name » et la liste « from » sont attendus",
            key if key.starts_with("sso") => {
                "un fournisseur a au moins « slug », « name » et « url » ; kind est « oidc » ou « cas »"
            }
            _ => "un texte entre guillemets est attendu",
        };
        Self::Shape { key, expected }
    }
}

const KEYS: &[&str] = &[
    "data_dir",
    "listen",
    "database_url",
    "files_url",
    "clamd",
    "quarantine_days",
    "base_url",
    "smtp_url",
    "smtp_ca_file",
    "mail_from",
    "mail_address",
    "imap_url",
    "imap_password_file",
    "imap_ca_file",
    "mail_authserv",
    "mail_request",
    "mail_keep_days",
    "timestamp_url",
    "webhook_networks",
    "api_calls",
    "page_calls",
    "metrics_listen",
    "proxies",
    "catalogue_dir",
    "log_format",
    "proxy_lists",
    "proxy_reload",
    "proxy_decrypts",
    "danger_lists",
    "sso",
    "sso_header",
];

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database_url: None,
            files_url: None,
            clamd: None,
            quarantine_days: 30,
            base_url: None,
            smtp_url: None,
            smtp_ca_file: None,
            mail_from: "Beffroi <ne-pas-repondre@beffroi.invalid>".into(),
            mail_address: None,
            imap_url: None,
            imap_password_file: None,
            imap_ca_file: None,
            mail_authserv: None,
            mail_request: "poste-de-travail/question?sujet=autre".into(),
            mail_keep_days: 365,
            timestamp_url: None,
            webhook_networks: Vec::new(),
            api_calls: beffroi_api::CALLS,
            page_calls: beffroi_web::limits::PAGES,
            metrics_listen: SocketAddr::from(([127, 0, 0, 1], 9108)),
            proxies: vec!["127.0.0.0/8".into(), "::1".into()],
            catalogue_dir: None,
            log_format: LogFormat::Text,
            proxy_lists: None,
            proxy_reload: Vec::new(),
            proxy_decrypts: false,
            danger_lists: DangerSettings::default(),
            sso: Vec::new(),
            sso_header: None,
        }
    }
}

impl Config {
    /// Reads defaults, then `file`, then the environment.
    ///
    /// # Errors
    /// Names the key that cannot be used and the remedy.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError::NoFile(file.to_owned()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let config: Self = figment
            .merge(Env::prefixed("BEFFROI_").only(KEYS))
            .extract()
            .map_err(|error| ConfigError::of(&error))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if let Some(url) = &self.database_url
            && !["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme))
        {
            return Err(ConfigError::Value {
                key: "database_url",
                why: "seuls sqlite:// et postgres:// sont connus".into(),
                remedy: "par exemple postgres://beffroi@localhost/beffroi, ou retirez la clé pour la base embarquée",
            });
        }
        if let Some(url) = &self.files_url
            && !url.starts_with("s3://")
        {
            return Err(ConfigError::Value {
                key: "files_url",
                why: "seule une adresse s3:// est connue".into(),
                remedy: "par exemple s3://beffroi/fichiers, ou retirez la clé pour garder les fichiers dans data_dir",
            });
        }
        if let Some(address) = &self.clamd
            && self.antivirus().is_none()
        {
            return Err(ConfigError::Value {
                key: "clamd",
                why: format!("« {address} » n’est ni une prise locale ni une machine avec son port"),
                remedy: "par exemple /run/clamav/clamd.ctl, ou 127.0.0.1:3310",
            });
        }
        if let Some(url) = &self.timestamp_url
            && !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme))
        {
            return Err(ConfigError::Value {
                key: "timestamp_url",
                why: format!("« {url} » n’est pas une adresse http:// ou https://"),
                remedy: "recopiez l’adresse RFC 3161 que donne l’autorité d’horodatage, ou retirez la clé",
            });
        }
        self.check_mail()?;
        beffroi_web::Proxies::parse(&self.proxies).map_err(|why| ConfigError::Value {
            key: "proxies",
            why,
            remedy: "donnez l’adresse de chaque mandataire, par exemple 10.0.0.5 ou 10.1.0.0/24",
        })?;
        beffroi_directory::sso::check(&self.sso).map_err(|why| ConfigError::Value {
            key: "sso",
            why,
            remedy: "corrigez le bloc [[sso]] de ce fournisseur ; le guide « Connexion unique » en donne deux",
        })?;
        let Some(url) = &self.base_url else { return Ok(()) };
        if !url.starts_with("http://") && !url.starts_with("https://") || url.ends_with('/') {
            return Err(ConfigError::Value {
                key: "base_url",
                why: format!("« {url} » n’est pas une adresse complète sans barre finale"),
                remedy: "par exemple https://beffroi.region.example",
            });
        }
        Ok(())
    }

    fn check_mail(&self) -> Result<(), ConfigError> {
        if let Some(address) = &self.mail_address
            && beffroi_directory::ReplyAddresses::new(address, [0; 32]).is_none()
        {
            return Err(ConfigError::Value {
                key: "mail_address",
                why: format!("« {address} » n’est pas une adresse"),
                remedy: "par exemple demandes@region.example ; le serveur doit accepter demandes+…@region.example",
            });
        }
        if self.imap_url.is_some() && self.mail_address.is_none() {
            return Err(ConfigError::Value {
                key: "mail_address",
                why: "la boîte de « imap_url » n’a pas d’adresse".into(),
                remedy: "donnez l’adresse à laquelle les personnes écrivent, par exemple demandes@region.example",
            });
        }
        if beffroi_mailbox::Destination::parse(&self.mail_request).is_none() {
            return Err(ConfigError::Value {
                key: "mail_request",
                why: format!("« {} » ne désigne pas une demande", self.mail_request),
                remedy: "écrivez fiche/demande, puis les réponses fixes : poste-de-travail/question?sujet=autre",
            });
        }
        Ok(())
    }

    /// The address of the database.
    #[must_use]
    pub fn database_url(&self) -> String {
        let embedded = || format!("sqlite://{}", self.data_dir.join("beffroi.db").display());
        self.database_url.clone().unwrap_or_else(embedded)
    }

    /// The address people type.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.base_url.clone().unwrap_or_else(|| format!("http://{}", self.listen))
    }

    /// The proxy's lists, when there is a proxy.
    #[must_use]
    pub fn proxy(&self) -> Option<ProxySettings> {
        let folder = self.proxy_lists.clone()?;
        Some(ProxySettings { folder, reload: self.proxy_reload.clone(), decrypts: self.proxy_decrypts })
    }

    /// What examines files, when the configuration names it.
    #[must_use]
    pub fn antivirus(&self) -> Option<Antivirus> {
        Antivirus::at(self.clamd.as_deref()?, self.quarantine_days)
    }

    /// Where attachments are kept.
    #[must_use]
    pub fn files_dir(&self) -> PathBuf {
        self.data_dir.join("files")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("beffroi.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(Some(&path))
    }

    #[test]
    fn the_file_overrides_the_defaults() {
        let config = with_file("listen = '0.0.0.0:9000'\nlog_format = 'json'").unwrap();
        assert_eq!(config.listen.port(), 9000);
        assert_eq!(config.log_format, LogFormat::Json);
        assert!(config.database_url().starts_with("sqlite://data"));
    }

    #[test]
    fn the_proxy_and_the_lists_of_danger_are_set_together() {
        let text = "proxy_lists = '/srv/proxy'\nproxy_reload = ['squid', '-k', 'reconfigure']\n\
                    [danger_lists]\nillegal = ['/srv/a']\ndangerous = ['/srv/b', '/srv/c']";
        let config = with_file(text).unwrap();
        let proxy = config.proxy().unwrap();
        assert_eq!((proxy.folder, proxy.reload.len(), proxy.decrypts), ("/srv/proxy".into(), 3, false));
        assert_eq!(config.danger_lists.dangerous.len(), 2);
        assert_eq!(with_file("listen = '0.0.0.0:9000'").unwrap().proxy(), None);
    }

    #[test]
    fn providers_and_the_header_of_a_proxy_are_set_together() {
        let text = "[[sso]]\nslug = 'eduline'\nname = 'EDULINE'\nurl = 'https://sso.example'\nclient_id = 'beffroi'\n\
                    academy = 'lille'\n[[sso.roles]]\nclaim = 'groups'\nvalue = 'dsi'\nrole = 'technician'\nteam = 'nord'\n\
                    [[sso]]\nslug = 'portail'\nname = 'Portail'\nkind = 'cas'\nurl = 'https://cas.example/cas'\n\
                    [sso_header]\nname = 'X-Remote-User'\nfrom = ['10.0.0.5']";
        let config = with_file(text).unwrap();
        let slugs: Vec<&str> = config.sso.iter().map(|one| one.slug.as_str()).collect();
        assert_eq!((slugs.as_slice(), config.sso[0].roles.len()), (["eduline", "portail"].as_slice(), 1));
        assert_eq!(config.sso_header.unwrap().from, ["10.0.0.5"]);
    }

    #[test]
    fn a_fault_names_its_key() {
        for (text, key) in [
            ("listen = 'partout'", "listen"),
            ("liste = 1", "liste"),
            ("log_format = 'court'", "log_format"),
            ("mail_from = 3", "mail_from"),
            ("proxy_reload = 'squid -k reconfigure'", "proxy_reload"),
            ("proxy_decrypts = 'oui'", "proxy_decrypts"),
            ("danger_lists.dangerous = 'a'", "danger_lists"),
            ("danger_lists.dangereux = ['a']", "dangereux"),
            ("listen = '0.0.0.0:80", "line 1"),
            ("database_url = 'mysql://x'", "database_url"),
            ("files_url = '/srv/fichiers'", "files_url"),
            ("clamd = 'antivirus'", "clamd"),
            ("quarantine_days = 'longtemps'", "quarantine_days"),
            ("base_url = 'beffroi.example/'", "base_url"),
            ("timestamp_url = 'horodatage.example'", "timestamp_url"),
            ("mail_address = 'demandes'", "mail_address"),
            ("imap_url = 'imaps://demandes@imap.example'", "mail_address"),
            ("mail_request = 'poste-de-travail'", "mail_request"),
            ("mail_keep_days = 'toujours'", "mail_keep_days"),
            ("page_calls = 'beaucoup'", "page_calls"),
            ("metrics_listen = '9108'", "metrics_listen"),
            ("proxies = ['0.0.0.0/0']", "proxies"),
            ("proxies = 'tous'", "proxies"),
            ("[[sso]]\nslug = 'eduline'", "sso"),
            ("[[sso]]\nslug = 'e'\nname = 'E'\nurl = 'http://sso.example'\nclient_id = 'b'", "sso"),
            (
                "[[sso]]\nslug = 'e'\nname = 'E'\nurl = 'https://sso.example'\nclient_id = 'b'\nsecret = 'x'",
                "secret",
            ),
            ("[sso_header]\nname = 'x-remote-user'", "sso_header"),
        ] {
            let message = with_file(text).unwrap_err().to_string();
            assert!(message.contains(key), "{message}");
        }
    }

    #[test]
    fn a_missing_file_is_said() {
        assert!(matches!(Config::load(Some(Path::new("/nulle/part.toml"))), Err(ConfigError::NoFile(_))));
    }
}
