//! What goes out to a provider: its own addresses only, no redirection, a short answer, a short wait.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig};
use url::Url;

use super::settings::ProviderSettings;

/// The largest set of keys or answer that is read.
const LARGEST_ANSWER: u64 = 256 * 1024;
/// From the first byte sent to the last one read.
const LONGEST_EXCHANGE: Duration = Duration::from_secs(10);

/// Something asked of a provider.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    /// A document.
    Read {
        /// Where.
        url: Url,
        /// What allows it, if it must be.
        bearer: Option<String>,
    },
    /// A form.
    Form {
        /// Where.
        url: Url,
        /// The fields, in order.
        fields: Vec<(&'static str, String)>,
        /// User and password in the header.
        basic: Option<(String, String)>,
    },
}

impl Call {
    pub(crate) fn url(&self) -> &Url {
        match self {
            Self::Read { url, .. } | Self::Form { url, .. } => url,
        }
    }
}

/// What carries a call: the network, or a provider of the tests.
pub(crate) trait Carrier: Send + Sync {
    /// The body of the answer; why there is none, without any secret. May block.
    fn carry(&self, call: &Call) -> Result<Vec<u8>, String>;
}

/// The network.
struct Network(ureq::Agent);

impl Carrier for Network {
    fn carry(&self, call: &Call) -> Result<Vec<u8>, String> {
        let answer = match call {
            Call::Read { url, bearer } => {
                let request = self.0.get(url.as_str()).header("Accept", "application/json, application/xml");
                match bearer {
                    Some(token) => request.header("Authorization", format!("Bearer {token}")).call(),
                    None => request.call(),
                }
            }
            Call::Form { url, fields, basic } => {
                let request = self.0.post(url.as_str()).header("Accept", "application/json");
                let request = match basic {
                    Some((user, password)) => request.header("Authorization", basic_header(user, password)),
                    None => request,
                };
                request.send_form(fields.iter().map(|(name, value)| (*name, value.as_str())))
            }
        };
        let mut answer = answer.map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        answer
            .body_mut()
            .as_reader()
            .take(LARGEST_ANSWER)
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

/// User and password, each escaped first as RFC 6749 wants.
pub(super) fn basic_header(user: &str, password: &str) -> String {
    use base64::Engine;
    let escaped = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", escaped(user), escaped(password));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// The way to one provider.
#[derive(Clone)]
pub(super) struct Wire {
    carrier: Arc<dyn Carrier>,
    settings: Arc<ProviderSettings>,
}

impl Wire {
    pub(super) fn new(settings: Arc<ProviderSettings>) -> Result<Self, String> {
        let mut roots = RootCerts::WebPki;
        if let Some(file) = &settings.ca_file {
            let pem = std::fs::read(file).map_err(|error| format!("{} : {error}", file.display()))?;
            let own = Certificate::from_pem(&pem).map_err(|error| format!("{} : {error}", file.display()))?;
            roots = RootCerts::new_with_certs(&[own]);
        }
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(LONGEST_EXCHANGE))
            .max_redirects(0)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build()
            .new_agent();
        Ok(Self { carrier: Arc::new(Network(agent)), settings })
    }

    #[cfg(test)]
    pub(super) fn by(carrier: Arc<dyn Carrier>, settings: Arc<ProviderSettings>) -> Self {
        Self { carrier, settings }
    }

    /// The answer to a call to this provider, and to nobody else.
    pub(super) async fn ask(&self, call: Call) -> Result<Vec<u8>, String> {
        if !self.settings.may_call(call.url()) {
            return Err(format!("« {} » n’est pas une adresse de ce fournisseur", call.url()));
        }
        let carrier = Arc::clone(&self.carrier);
        let asked = tokio::task::spawn_blocking(move || carrier.carry(&call));
        asked.await.map_err(|_| "l’échange s’est arrêté".to_owned())?
    }

    /// The same, read as JSON.
    pub(super) async fn json<T: serde::de::DeserializeOwned>(&self, call: Call) -> Result<T, String> {
        let bytes = self.ask(call).await?;
        serde_json::from_slice(&bytes).map_err(|error| format!("réponse illisible : {error}"))
    }
}
