//! What `beffroi doctor` says of mails: whether one would leave, and whether the mailbox is read, each tried
//! to the end, its certificate and password included. (CSU-05, CSU-06)

use std::time::Duration;

use super::doctor::{Finding, finding};
use crate::config::Config;
use crate::mailbox;

/// How long a mail server may take to say who it is and whom it knows.
const PATIENCE: Duration = Duration::from_secs(15);

/// The server that mails leave by, then the mailbox, when there is one.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![leaving(config).await];
    if config.imap_url.is_some() {
        findings.push(coming(config).await);
    }
    findings
}

async fn in_time<E: std::fmt::Display>(
    tried: impl Future<Output = Result<(), E>>,
    late: &str,
) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, tried).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err(late.to_owned()),
    }
}

async fn leaving(config: &Config) -> Finding {
    let tried = match mailbox::mailer(config) {
        Ok(None) => {
            let text = "aucun serveur : les messages restent dans la boîte d’envoi (clé smtp_url)";
            return finding("courriel", true, text);
        }
        Ok(Some(mailer)) => {
            in_time(mailer.look(), "le serveur d’envoi ne répond pas : vérifiez smtp_url").await
        }
        Err(why) => Err(why),
    };
    match tried {
        Ok(()) => finding("courriel", true, "le serveur d’envoi répond et nous reconnaît"),
        Err(why) => finding("courriel", false, why),
    }
}

async fn coming(config: &Config) -> Finding {
    let tried = match mailbox::imap(config) {
        Ok(Some(imap)) => in_time(imap.look(), "la boîte ne répond pas : vérifiez imap_url").await,
        Ok(None) => Ok(()),
        Err(why) => Err(why),
    };
    match tried {
        Ok(()) => finding("boîte", true, "elle s’ouvre"),
        Err(why) => finding("boîte", false, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_does_not_answer_is_said() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut config = Config::default();
        assert!(look(&config).await.iter().all(Finding::is_fine));
        config.smtp_url = Some(format!("smtp://{free}"));
        config.imap_url = Some(format!("imap://demandes@{free}/INBOX"));
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "secret").unwrap();
        config.imap_password_file = Some(secret);
        let found = look(&config).await;
        assert!(found.len() == 2 && !found.iter().any(Finding::is_fine));
    }
}
