//! `beffroi user` and `beffroi school`: what an operator does before anyone can sign in.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use beffroi_db::{Db, DbError, Event};
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::organisation::{self, Organisation};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_directory::{schools, teams};
use beffroi_kernel::{Permit, PersonId, Role, Scope};
use clap::{Args, Subcommand};

use super::Outcome;
use crate::config::Config;
use crate::server::{self, Service};

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Crée une personne, lui donne une fonction ; le mot de passe se lit sur l’entrée standard.
    Add(NewUser),
    /// Change le mot de passe (lu sur l’entrée standard).
    Password {
        /// Identifiant de connexion.
        login: String,
    },
    /// Écrit dans un fichier tout ce que Beffroi garde d’une personne, sans aucun secret.
    Export {
        /// Identifiant de connexion.
        login: String,
        /// Fichier JSON à écrire.
        target: PathBuf,
    },
    /// Efface une personne : son nom, son compte, ce qui n’est qu’à elle. Sans retour : l’identifiant est redemandé.
    Erase {
        /// Identifiant de connexion.
        login: String,
        /// Pourquoi, pour le journal ; sans le nom de la personne.
        #[arg(long)]
        motive: String,
    },
    /// Téléphone perdu : retire les clés d’accès et le code à usage unique ; le mot de passe suffit de nouveau.
    ForgetFactors {
        /// Identifiant de connexion.
        login: String,
    },
    /// Compte d’intranet changé : oublie les liens de la connexion unique ; le prochain passage en crée un.
    ForgetSso {
        /// Identifiant de connexion.
        login: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NewUser {
    #[arg(long)]
    given_name: String,
    #[arg(long)]
    family_name: String,
    #[arg(long)]
    login: Option<String>,
    #[arg(long)]
    email: Option<String>,
    /// Fonction, par exemple region-admin, head, technician.
    #[arg(long)]
    role: Role,
    /// UAI de l’établissement, pour une fonction d’établissement.
    #[arg(long)]
    school: Option<String>,
    /// Nom court de l’équipe, pour un agent.
    #[arg(long)]
    team: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchoolCommand {
    /// Importe l’annuaire (CSV national ou équivalent) et dit chaque ligne rejetée.
    Import {
        /// Fichier CSV.
        file: PathBuf,
        /// Dit ce qui se passerait, sans rien écrire.
        #[arg(long)]
        dry_run: bool,
    },
}

/// The author of what the command line does: nobody signed in.
fn operator<A: beffroi_kernel::Action>() -> Permit<A> {
    Permit::system(PersonId(uuid::Uuid::nil()), "an operator at the command line")
}

pub(crate) async fn user(config: &Config, command: UserCommand) -> Outcome {
    let db = server::connect(config).await?;
    match command {
        UserCommand::Add(new) => add(&db, new).await,
        UserCommand::Password { login } => {
            let person = known(&db, &login).await?;
            people::set_password(&db, &operator(), person, &read_password()?, false).await?;
            println!("Mot de passe changé.");
            Ok(ExitCode::SUCCESS)
        }
        UserCommand::Export { login, target } => export(&db, &login, &target).await,
        UserCommand::Erase { login, motive } => {
            let person = known(&db, &login).await?;
            confirmed(&login)?;
            let desk = Service::assemble(config, db)?.desk;
            let erased = beffroi_privacy::erase_as_operator(&desk, &operator(), person, &motive).await?;
            println!(
                "{login} est effacé : {} lignes supprimées, désormais {}.",
                erased.deleted, erased.login
            );
            println!(
                "Son nom peut rester parmi les mots proposés par la recherche : « beffroi search reindex » les refait."
            );
            Ok(ExitCode::SUCCESS)
        }
        UserCommand::ForgetFactors { login } => {
            let person = known(&db, &login).await?;
            let (keys, code) = beffroi_directory::factors::forget(&db, &operator(), person).await?;
            let code = if code { "retiré" } else { "non demandé" };
            println!("Clés d’accès retirées : {keys}. Code à usage unique : {code}.");
            Ok(ExitCode::SUCCESS)
        }
        UserCommand::ForgetSso { login } => {
            let person =
                people::person_by_login(&db, &login).await?.ok_or("personne ne porte cet identifiant")?;
            let links = beffroi_directory::sso::forget(&db, &operator(), person.id).await?;
            println!("Liens oubliés : {links}.");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// There is no way back from an erasure: the identifier is typed again, on the standard input.
fn confirmed(login: &str) -> Result<(), Box<dyn Error>> {
    eprint!("Effacer {login} est sans retour. Pour confirmer, tapez de nouveau son identifiant : ");
    let mut typed = String::new();
    std::io::stdin().lock().read_line(&mut typed)?;
    if typed.trim().to_lowercase() == login.trim().to_lowercase() {
        return Ok(());
    }
    Err("ce n’est pas cet identifiant : personne n’est effacé".into())
}

async fn known(db: &Db, login: &str) -> Result<PersonId, Box<dyn Error>> {
    let person = people::person_by_login(db, login).await?;
    Ok(person.ok_or("personne ne porte cet identifiant")?.id)
}

async fn export(db: &Db, login: &str, target: &Path) -> Outcome {
    let person = known(db, login).await?;
    let export = beffroi_privacy::export(db, person, usize::MAX).await?;
    let export = export.ok_or("personne ne porte cet identifiant")?;
    db.write::<_, DbError, _>(async |tx| {
        tx.journal(Event::new("person.data-given", format!("person:{person}")));
        Ok(())
    })
    .await?;
    serde_json::to_writer_pretty(File::create_new(target)?, &export)?;
    let rows: usize = export.sections.iter().map(|section| section.rows.len()).sum();
    println!("{} : {rows} lignes de {} sortes.", target.display(), export.sections.len());
    Ok(ExitCode::SUCCESS)
}

async fn add(db: &Db, new: NewUser) -> Outcome {
    let school = match &new.school {
        Some(uai) => {
            let found = schools::school_by_uai(db, &Scope::system("the command line"), uai).await?;
            Some(found.ok_or("aucun établissement ne porte cet UAI : importez d’abord l’annuaire")?.id)
        }
        None => None,
    };
    let team = match &new.team {
        Some(slug) => {
            Some(teams::team_by_slug(db, slug).await?.ok_or("aucune équipe ne porte ce nom court")?.id)
        }
        None => None,
    };
    let password = read_password()?;
    let person = NewPerson {
        given_name: new.given_name,
        family_name: new.family_name,
        email: new.email,
        login: new.login,
    };
    let id = people::create_person(db, &operator(), person).await?;
    people::set_password(db, &operator(), id, &password, false).await?;
    let function =
        NewFunction { person: id, role: new.role, school, team, territory: None, from: db.now(), to: None };
    people::give_function(db, &operator(), function).await?;
    let created = people::person(db, id).await?.map(|person| person.login).unwrap_or_default();
    println!("{created} est créé : {}.", new.role.label());
    Ok(ExitCode::SUCCESS)
}

fn read_password() -> std::io::Result<String> {
    if std::io::stdin().is_terminal() {
        eprint!("Mot de passe (visible à la frappe) : ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

pub(crate) async fn school(
    config: &Config,
    SchoolCommand::Import { file, dry_run }: SchoolCommand,
) -> Outcome {
    let db = server::connect(config).await?;
    organisation::install(&db, None, &Organisation::default()).await?;
    let options = ImportOptions { dry_run, ..ImportOptions::default() };
    let bar = indicatif::ProgressBar::new_spinner();
    let report = import::schools(&db, &operator(), File::open(&file)?, &options, |line| {
        bar.set_message(format!("ligne {line}"))
    })
    .await?;
    bar.finish_and_clear();
    println!("Fichier lu : {}, séparé par des {}.", report.encoding, report.separator);
    println!(
        "{} ligne(s) : {} créé(s), {} modifié(s), {} inchangé(s).",
        report.lines, report.created, report.updated, report.unchanged
    );
    for (reason, count) in &report.skipped {
        println!("  laissées de côté : {count} — {reason}");
    }
    for rejected in &report.rejected {
        println!("  ligne {} rejetée : {}", rejected.line, rejected.reason);
    }
    Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
