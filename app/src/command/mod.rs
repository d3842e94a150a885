//! The command line. Each command says what it did and exits with 0 only when all went well.

mod act;
mod catalogue;
mod clock;
mod delays;
mod demo;
mod doctor;
mod installation;
mod jobs;
mod journal;
mod keys;
mod knowledge;
mod mail;
mod mails;
mod maintenance;
mod people;
mod quarantine;
mod search;
mod walls;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Config;
use crate::{backup, logging, server};

/// Ce que rend une commande.
pub(crate) type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Beffroi fait vivre le service numérique d’une Région pour ses lycées : le catalogue de services est le programme.
#[derive(Debug, Parser)]
#[command(name = "beffroi", version, after_help = AFTER_HELP)]
pub struct Cli {
    /// Fichier de configuration TOML (les variables BEFFROI_… l’emportent).
    #[arg(long, global = true, env = "BEFFROI_CONFIG", value_name = "FICHIER")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "Pour essayer :\n  beffroi demo && beffroi serve\n\nPour installer :\n  beffroi migrate\n  \
    beffroi school import annuaire.csv\n  beffroi catalogue publish catalogue/\n  \
    beffroi user add --given-name Nadia --family-name Morel --login nadia.morel --role region-admin\n  beffroi serve\n\n\
    Variables : BEFFROI_DATA_DIR, BEFFROI_LISTEN, BEFFROI_DATABASE_URL, BEFFROI_BASE_URL, BEFFROI_SMTP_URL, BEFFROI_MAIL_FROM, BEFFROI_MAIL_ADDRESS, BEFFROI_IMAP_URL, BEFFROI_IMAP_PASSWORD_FILE, BEFFROI_TIMESTAMP_URL, BEFFROI_LOG_FORMAT";

#[derive(Debug, Subcommand)]
enum Command {
    /// Sert le site jusqu’à l’arrêt (Ctrl+C ou SIGTERM).
    Serve,
    /// Crée une Région fictive pour essayer.
    Demo {
        /// Ne fait rien si la base contient déjà des établissements.
        #[arg(long)]
        if_empty: bool,
        /// Graine du tirage : la même graine donne la même Région.
        #[arg(long, default_value_t = 2026)]
        seed: u64,
        #[command(flatten)]
        size: demo::SizeArgs,
    },
    /// Met le schéma de la base au niveau de cette version.
    Migrate,
    /// Gère les personnes et leurs fonctions.
    #[command(subcommand)]
    User(people::UserCommand),
    /// Gère les établissements.
    #[command(subcommand)]
    School(people::SchoolCommand),
    /// Vérifie les actes et publie la clé qui les scelle.
    #[command(subcommand)]
    Act(act::ActCommand),
    /// Vérifie, compare, publie, importe ou imprime le catalogue de services.
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// Calcule les délais mesurés, publiés sur le site.
    #[command(subcommand)]
    Delays(delays::DelaysCommand),
    /// Tient les articles d’aide à jour des fiches.
    #[command(subcommand)]
    Knowledge(knowledge::KnowledgeCommand),
    /// Refait l’index de la recherche.
    #[command(subcommand)]
    Search(search::SearchCommand),
    /// Relève la boîte de réception, ou traite un courriel d’un fichier.
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Montre et relance les travaux mis de côté.
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
    /// Annonce ou termine une maintenance, sur toutes les pages.
    #[command(subcommand)]
    Maintenance(maintenance::MaintenanceCommand),
    /// Montre, change et retire les clés qui scellent les secrets.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Ouvre les cloisons de PostgreSQL, pour revenir à une version d’avant elles.
    #[command(subcommand)]
    Walls(walls::WallsCommand),
    /// Vérifie le journal.
    #[command(subcommand)]
    Journal(journal::JournalCommand),
    /// Écrit une archive cohérente (base, fichiers, clé), sans arrêter le service.
    Backup {
        /// Archive à écrire, par exemple beffroi-2026-11-23.tar.gz.
        target: PathBuf,
    },
    /// Remet une archive dans un endroit vide.
    Restore {
        /// Archive à relire.
        source: PathBuf,
    },
    /// Examine l’installation et dit quoi corriger.
    Doctor,
    /// Écrit la complétion pour un interpréteur de commandes.
    Completions {
        /// bash, zsh, fish…
        shell: clap_complete::Shell,
    },
}

/// Runs the command asked for.
///
/// # Errors
/// Words for the person at the terminal.
pub async fn run(cli: Cli) -> Outcome {
    if let Command::Completions { shell } = cli.command {
        clap_complete::generate(shell, &mut Cli::command(), "beffroi", &mut std::io::stdout());
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::load(cli.config.as_deref())?;
    logging::start(config.log_format);
    match cli.command {
        Command::Serve => server::serve(&config).await.map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Command::Demo { if_empty, seed, size } => demo::run(&config, if_empty, seed, &size).await,
        Command::Migrate => {
            let db = server::connect(&config).await?;
            let pending = db.pending_migrations().await?;
            db.migrate().await?;
            println!("{pending} migration(s) appliquée(s).");
            Ok(ExitCode::SUCCESS)
        }
        Command::User(command) => people::user(&config, command).await,
        Command::School(command) => people::school(&config, command).await,
        Command::Act(command) => act::run(&config, command).await,
        Command::Catalogue(command) => catalogue::run(&config, command).await,
        Command::Delays(command) => delays::run(&config, command).await,
        Command::Knowledge(command) => knowledge::run(&config, command).await,
        Command::Search(command) => search::run(&config, command).await,
        Command::Mail(command) => mail::run(&config, command).await,
        Command::Jobs(command) => jobs::run(&config, command).await,
        Command::Maintenance(command) => maintenance::run(&config, command).await,
        Command::Keys(command) => keys::run(&config, command).await,
        Command::Walls(command) => walls::run(&config, command).await,
        Command::Journal(command) => journal::run(&config, command).await,
        Command::Backup { target } => {
            let db = server::connect(&config).await?;
            let manifest = backup::backup(&config, &db, &target).await?;
            println!("Archive écrite : {}", target.display());
            println!("Tête du journal : {} {}", manifest.journal_seq, manifest.journal_hash);
            Ok(ExitCode::SUCCESS)
        }
        Command::Restore { source } => restore(&config, &source).await,
        Command::Doctor => doctor::run(&config).await,
        Command::Completions { .. } => Ok(ExitCode::SUCCESS),
    }
}

async fn restore(config: &Config, source: &std::path::Path) -> Outcome {
    let manifest = backup::restore(config, source).await?;
    let db = server::connect(config).await?;
    let head = beffroi_db::journal::head(&db).await?;
    if (head.seq, &head.hash) != (manifest.journal_seq, &manifest.journal_hash) {
        return Err("la base restaurée n’a pas la tête de journal annoncée par l’archive".into());
    }
    println!("Restauré. Tête du journal : {} {}", head.seq, head.hash);
    Ok(ExitCode::SUCCESS)
}
