//! `beffroi doctor`: looks at the installation and says what to mend.

use std::process::ExitCode;

use beffroi_db::{Db, DbError, jobs, journal};
use beffroi_directory::Site;
use beffroi_directory::sso::Doors;
use chrono::TimeDelta;

use super::{Outcome, clock, installation, keys, mails, quarantine, walls};
use crate::config::Config;
use crate::server;

const LOW_DISK: u64 = 2 * 1024 * 1024 * 1024;

/// What was found of one subject.
pub(super) struct Finding {
    subject: &'static str,
    fine: bool,
    text: String,
}

impl Finding {
    #[cfg(test)]
    pub(super) fn is_fine(&self) -> bool {
        self.fine
    }
}

pub(super) fn finding(subject: &'static str, fine: bool, text: impl Into<String>) -> Finding {
    Finding { subject, fine, text: text.into() }
}

pub(crate) async fn run(config: &Config) -> Outcome {
    let mut findings = vec![disk(config), files(config).await];
    findings.extend(mails::look(config).await);
    findings.extend(installation::look(config));
    match server::connect(config).await {
        Err(error) => findings.push(finding("base", false, error.to_string())),
        Ok(db) => {
            match database(&db, config.smtp_url.is_some()).await {
                Ok(found) => {
                    findings.extend(found);
                    findings.extend(keys::look(config, &db).await);
                    findings.extend(keys::look_signing(config, &db).await);
                }
                Err(error) => {
                    findings.push(finding("base", false, format!("{error} — lancez « beffroi migrate »")))
                }
            }
            findings.extend(quarantine::look(config, &db).await);
            findings.extend(doors(config, db).await);
        }
    }
    for Finding { subject, fine, text } in &findings {
        println!("{} {subject:<12} {text}", if *fine { "bon    " } else { "À VOIR " });
    }
    Ok(if findings.iter().all(|finding| finding.fine) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Single sign-on: whether each provider answers, and whom the header of a proxy is believed from.
async fn doors(config: &Config, db: Db) -> Vec<Finding> {
    let site = Site { db, base_url: config.base_url(), secure_cookies: true };
    match Doors::new(site, &config.sso, config.sso_header.as_ref()) {
        Err(why) => vec![finding("connexion", false, why)],
        Ok(doors) => {
            let looked = doors.look().await.into_iter();
            looked.map(|(fine, text)| finding("connexion", fine, text)).collect()
        }
    }
}

fn disk(config: &Config) -> Finding {
    match fs4::available_space(&config.data_dir) {
        Ok(free) => finding(
            "disque",
            free > LOW_DISK,
            format!("{} Mo libres sous {}", free / 1_048_576, config.data_dir.display()),
        ),
        Err(error) => finding("disque", false, format!("{} : {error}", config.data_dir.display())),
    }
}

/// Whether what is written where files are kept is read back.
async fn files(config: &Config) -> Finding {
    let place = config.files_url.clone().unwrap_or_else(|| config.files_dir().display().to_string());
    let tried = async {
        let kept = crate::files::open(config).map_err(|error| error.to_string())?;
        let id = kept.keep_mail(b"beffroi doctor").await.map_err(|error| format!("{error:?}"))?;
        let read = kept.read_mail(&id).await.map_err(|error| format!("{error:?}"))?;
        kept.forget_mail(&id).await.map_err(|error| format!("{error:?}"))?;
        Ok::<_, String>(read == b"beffroi doctor")
    };
    match tried.await {
        Ok(true) => finding("fichiers", true, format!("« {place} » : écrit, relu, effacé")),
        Ok(false) => {
            finding("fichiers", false, format!("« {place} » : ce qui est relu n’est pas ce qui fut écrit"))
        }
        Err(error) => finding(
            "fichiers",
            false,
            format!(
                "« {place} » : {error} — vérifiez files_url et les variables AWS_…, ou les droits du dossier"
            ),
        ),
    }
}

async fn database(db: &Db, sends_mail: bool) -> Result<Vec<Finding>, DbError> {
    let schema = db.schema().await?;
    let pending = schema.pending;
    let head = journal::head(db).await?;
    let last = journal::page(db, head.seq - 1, 1).await?.pop();
    let joined = head.seq == 0 || last.as_ref().is_some_and(|entry| entry.hash == head.hash);
    let backlog = jobs::backlog(db, TimeDelta::minutes(5)).await?;
    let aside = beffroi_mailbox::set_aside(db).await?;
    Ok(vec![
        finding("réception", true, format!("{aside} courriel(s) à part, sur la page /courriels")),
        finding(
            "base",
            pending == 0,
            if schema.newer > 0 {
                format!("à jour ; {} migration(s) d’une version plus récente de Beffroi", schema.newer)
            } else if pending == 0 {
                "à jour".into()
            } else {
                format!("{pending} migration(s) à appliquer : beffroi migrate")
            },
        ),
        finding(
            "journal",
            joined,
            format!(
                "{} entrées{}",
                head.seq,
                if joined { "" } else { " ; la tête ne correspond pas : beffroi journal verify" }
            ),
        ),
        walls::look(db).await?,
        clock::look(db).await?,
        installation::tools(db).await?,
        finding(
            "travaux",
            // Without a mail server, mails wait by design.
            (backlog.late == 0 || !sends_mail) && backlog.dead == 0,
            format!(
                "{} en attente, {} en retard, {} mis de côté{}",
                backlog.waiting,
                backlog.late,
                backlog.dead,
                if backlog.dead == 0 { "" } else { " (beffroi jobs list)" }
            ),
        ),
    ])
}
