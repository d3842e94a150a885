//! The mails of the configuration: the server they leave by, the mailbox where they come in, and the
//! addresses of answers, sealed with a key of the installation. (CSU-05)

use std::path::Path;

use beffroi_desk::Desk;
use beffroi_directory::{MailSettings, Mailer, ReplyAddresses};
use beffroi_mailbox::{Destination, ImapSettings, Mailbox, Settings};
use chrono::TimeDelta;
use tokio::sync::watch::Receiver;

use crate::config::Config;
use crate::keys::signing;

/// The addresses at which people answer; none where no mail comes in.
///
/// # Errors
/// When the key cannot be read or made.
pub fn addresses(config: &Config) -> std::io::Result<Option<ReplyAddresses>> {
    let Some(address) = &config.mail_address else { return Ok(None) };
    Ok(ReplyAddresses::new(address, signing::reply_key(&config.data_dir)?))
}

/// The mailbox over this desk.
///
/// # Errors
/// When the key cannot be read or made.
pub fn assemble(config: &Config, desk: Desk) -> std::io::Result<Mailbox> {
    let destination = Destination::parse(&config.mail_request);
    let settings = addresses(config)?.zip(destination).map(|(addresses, destination)| {
        let bare =
            |text: &str| text.rsplit('<').next().unwrap_or(text).trim_matches(['>', ' ']).to_lowercase();
        Settings {
            own: vec![addresses.mailbox(), bare(&config.mail_from)],
            addresses,
            authserv: config.mail_authserv.clone(),
            destination,
        }
    });
    let keep = TimeDelta::days(i64::from(config.mail_keep_days));
    Ok(Mailbox { desk, settings: settings.map(Into::into), keep })
}

/// What sends mails, when the configuration names a server.
///
/// # Errors
/// Words for an operator, with the remedy.
pub fn mailer(config: &Config) -> Result<Option<Mailer>, String> {
    let Some(smtp) = config.smtp_url.clone() else { return Ok(None) };
    let settings =
        MailSettings { smtp, from: config.mail_from.clone(), authority: config.smtp_ca_file.clone() };
    let mailer = Mailer::new(&settings).map_err(|error| error.to_string())?;
    Ok(Some(mailer.answered_at(addresses(config).map_err(|error| error.to_string())?)))
}

/// Where the mailbox is read, when the configuration says; its password is in a file of its own.
///
/// # Errors
/// Words for an operator, with the remedy.
pub fn imap(config: &Config) -> Result<Option<ImapSettings>, String> {
    let Some(url) = &config.imap_url else { return Ok(None) };
    let file = config.imap_password_file.as_deref();
    let file = file
        .ok_or("configuration, clé « imap_password_file » : donnez le fichier du mot de passe de la boîte")?;
    let password = read_secret(file)?;
    ImapSettings::new(url, password, config.imap_ca_file.clone())
        .map(Some)
        .map_err(|error| format!("configuration, clé « imap_url » : {error}"))
}

/// Reads the mailbox, when there is one, and forgets old originals, until `stopped` says true.
pub async fn watch(mailbox: Mailbox, imap: Option<ImapSettings>, stopped: Receiver<bool>) {
    let wait = |mut stopped: Receiver<bool>| async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let originals = beffroi_mailbox::watch_originals(mailbox.clone(), wait(stopped.clone()));
    let mails = async {
        if let Some(imap) = imap {
            beffroi_mailbox::watch(mailbox.clone(), imap, wait(stopped)).await;
        }
    };
    tokio::join!(originals, mails);
}

fn read_secret(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!("configuration, clé « imap_password_file » : {} : {error}", file.display())
    })?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
