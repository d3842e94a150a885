//! The antivirus, for `beffroi doctor`: whether it answers, knows a virus and takes the largest file, how many
//! files wait for it and since when. (issue 5: quarantine of uploads)

use beffroi_db::Db;
use beffroi_desk::quarantine::{self, Antivirus, Standing, Verdict, harmless_virus, largest_file};
use beffroi_ui::{plural, since};
use chrono::{DateTime, TimeDelta, Utc};

use super::doctor::{Finding, finding};
use crate::config::Config;

/// A file that waits longer is worth a look: an examination takes seconds.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
const SUBJECT: &str = "antivirus";

pub(super) async fn look(config: &Config, db: &Db) -> Vec<Finding> {
    let mut found = Vec::new();
    match config.antivirus() {
        None => {
            let text = "aucun : les fichiers reçus s’ouvrent sans être examinés (clé clamd)";
            found.push(finding(SUBJECT, true, text));
        }
        Some(antivirus) => match tried(&antivirus).await {
            Ok(text) => found.push(finding(SUBJECT, true, text)),
            Err(text) => found.push(finding(SUBJECT, false, text)),
        },
    }
    if let Ok(standing) = quarantine::standing(db).await {
        found.push(waiting(&standing, config.clamd.is_some(), db.now()));
    }
    found
}

/// Its version, once it found the harmless virus and took the largest file.
async fn tried(antivirus: &Antivirus) -> Result<String, String> {
    let words = |trouble: quarantine::Trouble| trouble.to_string();
    let version = antivirus.version().await.map_err(words)?;
    if antivirus.examine_bytes(harmless_virus()).await.map_err(words)? == Verdict::Clean {
        return Err(format!(
            "{version} ne reconnaît pas le virus d’essai : mettez ses signatures à jour (freshclam)"
        ));
    }
    antivirus.examine_bytes(largest_file()).await.map_err(words)?;
    if antivirus.is_far() {
        let text = "est sur une autre machine, et la ligne n’est pas chiffrée : préférez une prise locale";
        return Err(format!("{version} {text}"));
    }
    Ok(format!("{version} : reconnaît le virus d’essai, prend un fichier de 20 Mo"))
}

fn waiting(standing: &Standing, set: bool, now: DateTime<Utc>) -> Finding {
    let aside = match standing.infected {
        0 => String::new(),
        count => format!(" ; {} sur /region/quarantaine", plural(count, "virus retenu", "virus retenus")),
    };
    let Some(first) = standing.since.filter(|_| standing.waiting > 0) else {
        return finding("quarantaine", true, format!("aucun fichier n’attend{aside}"));
    };
    let count = plural(standing.waiting, "fichier attend", "fichiers attendent");
    let why = match (&standing.why, set) {
        (_, false) => " : remettez la clé clamd, ils ne s’ouvrent pas sans examen".to_owned(),
        (Some(why), true) => format!(" : {why}"),
        (None, true) => String::new(),
    };
    let fine = set && now - first < PATIENCE;
    finding("quarantaine", fine, format!("{count}, le premier {}{why}{aside}", since(now - first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_wait_too_long_are_said() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let waits = |minutes| Standing {
            waiting: 2,
            since: Some(now - TimeDelta::minutes(minutes)),
            ..Standing::default()
        };
        assert!(waiting(&Standing::default(), true, now).is_fine());
        assert!(waiting(&waits(1), true, now).is_fine());
        assert!(!waiting(&waits(11), true, now).is_fine());
        assert!(!waiting(&waits(1), false, now).is_fine());
    }
}
