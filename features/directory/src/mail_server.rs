//! The server that mails leave by: where it is, how it is known for the right one, and what it answers, in
//! words for an operator. (CSU-06; ASVS 12.3.1)

use std::path::PathBuf;
use std::time::Duration;

use beffroi_db::jobs::Failure;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use rustls::CertificateError;
use url::Url;

/// Longest wait for one word of the server.
const PATIENCE: Duration = Duration::from_secs(20);

/// How mails leave.
#[derive(Clone)]
pub struct MailSettings {
    /// `smtp://host:25`, `smtp://host:587?tls=required` or `smtps://user:password@host`.
    pub smtp: String,
    /// `Beffroi <ne-pas-repondre@exemple.fr>`.
    pub from: String,
    /// The certificates of the authority that the server's must be signed by, in PEM; the public ones otherwise.
    pub authority: Option<PathBuf>,
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the address of the server, which may hold a password.
        write!(f, "MailSettings({})", self.from)
    }
}

/// Why mail settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The sender is not an address.
    #[error("expéditeur inutilisable « {0} » : attendu « Nom <adresse@domaine> »")]
    From(String),
    /// The server's address is not one.
    #[error("serveur d’envoi inutilisable : attendu smtp://hôte:port ou smtps://hôte")]
    Server,
    /// A password would leave unencrypted.
    #[error(
        "« smtp_url » porte un mot de passe qui partirait en clair : ajoutez « ?tls=required », ou prenez smtps://"
    )]
    Clear,
    /// An authority is named, and nothing is encrypted.
    #[error("« smtp_ca_file » ne sert à rien sans chiffrement : ajoutez « ?tls=required » à « smtp_url »")]
    Unencrypted,
    /// The certificates of the authority cannot be read.
    #[error("« smtp_ca_file » : le certificat d’autorité « {0} » est illisible")]
    Authority(PathBuf),
}

/// Which way the line is encrypted, as the address of the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Clear,
    /// If the server offers it: whoever stands between can take the offer away.
    Offered,
    StartTls,
    Tls,
}

fn line(url: &Url) -> Line {
    let tls = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value.into_owned());
    match (url.scheme(), tls.as_deref()) {
        ("smtps", _) => Line::Tls,
        (_, Some("required")) => Line::StartTls,
        (_, Some("opportunistic")) => Line::Offered,
        _ => Line::Clear,
    }
}

/// What sends to that server; it connects when it sends.
pub(crate) fn transport(settings: &MailSettings) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let url = Url::parse(&settings.smtp).map_err(|_| MailError::Server)?;
    let host = url.host_str().ok_or(MailError::Server)?;
    let sure = matches!(line(&url), Line::StartTls | Line::Tls);
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if url.password().is_some() && !sure && !here {
        return Err(MailError::Clear);
    }
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.smtp)
        .map_err(|_| MailError::Server)?
        .timeout(Some(PATIENCE));
    if let Some(path) = &settings.authority {
        if !sure {
            return Err(MailError::Unencrypted);
        }
        let unreadable = || MailError::Authority(path.clone());
        let pem = std::fs::read(path).map_err(|_| unreadable())?;
        if !pem.windows(10).any(|part| part == b"-----BEGIN") {
            return Err(unreadable());
        }
        let authority = Certificate::from_pem(&pem).map_err(|_| unreadable())?;
        let parameters = TlsParameters::builder(host.to_owned())
            .certificate_store(CertificateStore::None)
            .add_root_certificate(authority)
            .build()
            .map_err(|_| unreadable())?;
        let wrapped = line(&url) == Line::Tls;
        builder = builder.tls(if wrapped { Tls::Wrapper(parameters) } else { Tls::Required(parameters) });
    }
    Ok(builder.build())
}

/// What the server's answer means. Its own words may quote an address: only their kind is kept.
pub(crate) fn failure(error: &Error) -> Failure {
    let words = words(error);
    // A refused password says nothing of the mail.
    let of_the_mail = error.is_permanent() && error.status().is_some_and(|code| u16::from(code) / 10 != 53);
    if of_the_mail { Failure::Lasting(words) } else { Failure::Passing(words) }
}

/// The same, in words for an operator.
pub(crate) fn words(error: &Error) -> String {
    if let Some(code) = error.status() {
        return match (error.is_permanent(), u16::from(code)) {
            (true, 552) => {
                format!("le serveur d’envoi refuse ce courriel, trop volumineux pour lui ({code})")
            }
            (true, 530 | 534 | 535 | 538) => {
                format!("le serveur d’envoi refuse le nom ou le mot de passe de smtp_url ({code})")
            }
            (true, _) => format!("le serveur d’envoi refuse ce courriel ({code})"),
            (false, _) => format!("le serveur d’envoi demande de réessayer ({code})"),
        };
    }
    if let Some(fault) = certificate_fault(error) {
        return format!("le serveur d’envoi n’est pas celui attendu : {fault} (smtp_url, smtp_ca_file)");
    }
    if error.is_client() {
        return "le serveur d’envoi n’offre pas le chiffrement ou l’authentification que demande smtp_url"
            .into();
    }
    "le serveur d’envoi ne répond pas".into()
}

/// What is wrong with the certificate of a server, when that is why a connection failed.
#[must_use]
pub fn certificate_fault(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    while let Some(error) = next {
        // What an error of the system holds is not among its sources.
        let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let held = held.and_then(|held| held.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(fault)) = held.or(error.downcast_ref()) {
            return Some(match fault {
                CertificateError::UnknownIssuer => {
                    "son certificat n’est pas signé par une autorité connue ; donnez le certificat de la vôtre"
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    "son certificat est fait pour un autre nom ; écrivez le nom qu’il porte"
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    "son certificat a expiré ; renouvelez-le"
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    "son certificat n’est pas encore valable ; vérifiez l’horloge"
                }
                _ => "son certificat n’est pas valable",
            });
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_with(smtp: &str, authority: Option<&str>) -> Result<(), MailError> {
        let from = "Beffroi <ne-pas-repondre@region.example>".to_owned();
        transport(&MailSettings { smtp: smtp.into(), from, authority: authority.map(PathBuf::from) })
            .map(|_| ())
    }

    #[tokio::test]
    async fn a_password_never_leaves_in_clear() {
        for smtp in [
            "smtp://beffroi:secret@courrier.example:587?tls=required",
            "smtps://beffroi:secret@courrier.example",
            "smtp://beffroi:secret@localhost:25",
            "smtp://courrier.example:25",
            "smtp://courrier.example:25?tls=opportunistic",
        ] {
            assert!(try_with(smtp, None).is_ok(), "{smtp}");
        }
        for smtp in [
            "smtp://beffroi:secret@courrier.example:25",
            "smtp://beffroi:secret@courrier.example?tls=opportunistic",
        ] {
            assert!(matches!(try_with(smtp, None), Err(MailError::Clear)), "{smtp}");
        }
    }

    #[tokio::test]
    async fn an_authority_is_read_and_serves() {
        let smtp = "smtp://courrier.example:587?tls=required";
        assert!(matches!(try_with(smtp, Some("/nulle/part.pem")), Err(MailError::Authority(_))));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("autorite.pem");
        std::fs::write(&path, "ceci n’est pas un certificat").unwrap();
        assert!(matches!(try_with(smtp, path.to_str()), Err(MailError::Authority(_))));
        let clear = try_with("smtp://courrier.example:25", path.to_str());
        assert!(matches!(clear, Err(MailError::Unencrypted)));
        for smtp in ["courrier.example", "imap://courrier.example"] {
            assert!(matches!(try_with(smtp, None), Err(MailError::Server)), "{smtp}");
        }
    }
}
