//! The walls between schools on PostgreSQL, for whoever looks after the server: how they stand (`beffroi doctor`), and
//! opening them for a version of before them to come back (`beffroi walls open`). (CSU-06, decision 0029)

use std::process::ExitCode;

use beffroi_db::{Db, DbError, Walls};
use clap::Subcommand;

use super::Outcome;
use super::doctor::{Finding, finding};
use crate::config::Config;
use crate::server;

#[derive(Debug, Subcommand)]
pub(crate) enum WallsCommand {
    /// Ouvre les cloisons de PostgreSQL, service arrêté, pour revenir à une version qui ne les connaît pas.
    Open,
}

pub(crate) async fn run(config: &Config, command: WallsCommand) -> Outcome {
    let db = server::connect(config).await?;
    let WallsCommand::Open = command;
    match db.open_walls().await? {
        0 => println!("Rien à ouvrir."),
        opened => println!(
            "{opened} cloison(s) ouverte(s). Une version qui les connaît les referme, vingt secondes après son départ."
        ),
    }
    db.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the database itself keeps schools apart, under what each page checks.
pub(super) async fn look(db: &Db) -> Result<Finding, DbError> {
    let (fine, text) = said(db.walls().await?.as_ref());
    Ok(finding("cloisons", fine, text))
}

fn said(walls: Option<&Walls>) -> (bool, String) {
    let Some(walls) = walls else {
        return (true, "SQLite : les droits sont tenus par le programme seul".into());
    };
    if walls.passes {
        let text = "ce compte passe outre les cloisons de PostgreSQL (superutilisateur ou BYPASSRLS) : donnez à Beffroi \
            un compte ordinaire, propriétaire de sa base";
        return (false, text.into());
    }
    if !walls.open.is_empty() {
        return opened(walls);
    }
    let lost: Vec<String> =
        walls.strangers.iter().filter(|one| one.program.is_empty()).map(ToString::to_string).collect();
    if lost.is_empty() {
        return (true, "PostgreSQL cache lui-même les lignes des autres établissements".into());
    }
    let text = format!(
        "un programme d’avant les cloisons est connecté et ne voit aucune ligne : arrêtez-le, ou mettez-le à jour ; \
         depuis {}",
        lost.join(", ")
    );
    (false, text)
}

fn opened(walls: &Walls) -> (bool, String) {
    if walls.free() {
        let text =
            "les cloisons de PostgreSQL sont ouvertes ; le service les ferme vingt secondes après son départ";
        return (true, text.into());
    }
    let who: Vec<String> = walls.strangers.iter().map(ToString::to_string).collect();
    if who.is_empty() {
        let text = format!(
            "les cloisons de PostgreSQL sont ouvertes : on attend dix minutes le nœud d’avant qui s’est tu sans dire qu’il \
             s’arrêtait ({}) ; elles se ferment ensuite d’elles-mêmes",
            walls.silent.join(", ")
        );
        return (true, text);
    }
    let text = format!(
        "les cloisons de PostgreSQL restent ouvertes ({} tables) tant qu’un programme qui ne les connaît pas est \
         connecté : mettez ce nœud à jour, ou arrêtez ce programme ; elles se ferment ensuite d’elles-mêmes ; depuis {}",
        walls.open.len(),
        who.join(", ")
    );
    (false, text)
}

#[cfg(test)]
mod tests {
    use beffroi_db::Stranger;

    use super::*;

    fn walls(passes: bool, open: usize, programs: &[&str]) -> Walls {
        let strangers = programs.iter().map(|program| Stranger {
            account: "beffroi".into(),
            program: (*program).to_owned(),
            address: "10.0.0.12".into(),
            connections: 3,
        });
        let open = vec!["request".to_owned(); open];
        Walls { passes, open, strangers: strangers.collect(), silent: Vec::new() }
    }

    #[test]
    fn who_keeps_them_open_is_named_with_what_to_do() {
        let (fine, text) = said(Some(&walls(false, 32, &[""])));
        assert!(!fine);
        for told in
            ["10.0.0.12", "compte beffroi", "sans nom", "3 connexion", "32 tables", "mettez ce nœud à jour"]
        {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert!(!said(Some(&walls(false, 1, &["tableaux"]))).0);
        assert!(said(Some(&walls(false, 32, &[]))).0, "they close by themselves");
        let cut = Walls { silent: vec!["lycees-2:8080".into()], ..walls(false, 32, &[]) };
        assert!(said(Some(&cut)).1.contains("lycees-2:8080"));
    }

    #[test]
    fn closed_they_are_fine_unless_an_older_program_is_lost() {
        assert!(said(Some(&walls(false, 0, &[]))).0);
        assert!(said(Some(&walls(false, 0, &["tableaux"]))).0);
        let (fine, text) = said(Some(&walls(false, 0, &[""])));
        assert!(!fine && text.contains("ne voit aucune ligne"), "{text}");
        assert!(!said(Some(&walls(true, 0, &[]))).0);
        assert!(said(None).0);
    }
}
