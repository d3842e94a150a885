//! `beffroi catalogue`: check, compare, publish, import and print the service catalogue.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use beffroi_catalogue::{Catalogue, PublishError};
use beffroi_sheets::{Finding, Imported, check_catalogue_under};
use clap::Subcommand;
use include_dir::{Dir, include_dir};

use super::Outcome;
use crate::config::Config;
use crate::server;

static DEFAULT: Dir = include_dir!("$CARGO_MANIFEST_DIR/../catalogue");

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Contrôle toutes les fiches d’un dossier, sans rien publier ; dit chaque défaut avec son fichier et sa ligne.
    Check {
        /// Dossier des fiches ; par défaut celui de la configuration, ou le catalogue livré.
        folder: Option<PathBuf>,
    },
    /// Dit ce qu’une publication changerait.
    Diff {
        /// Dossier des fiches.
        folder: Option<PathBuf>,
    },
    /// Publie les fiches modifiées ; au moindre défaut, rien n’est publié.
    Publish {
        /// Dossier des fiches.
        folder: Option<PathBuf>,
    },
    /// Lit un catalogue déjà paru (texte ou HTML) et en fait des brouillons de fiches.
    Import {
        /// Fichier exporté.
        file: PathBuf,
        /// Dossier où écrire les brouillons.
        #[arg(long, value_name = "DOSSIER")]
        out: PathBuf,
    },
    /// Écrit une fiche publiée en PDF.
    Pdf {
        /// Nom court de la fiche, par exemple poste-de-travail.
        slug: String,
        /// Fichier à écrire.
        #[arg(long, value_name = "FICHIER")]
        out: PathBuf,
    },
}

pub(crate) async fn run(config: &Config, command: CatalogueCommand) -> Outcome {
    match command {
        CatalogueCommand::Check { folder } => {
            let files = read_files(config, folder.as_deref())?;
            let (_, findings) = check_catalogue_under(&files, beffroi_acts::kinds::faults);
            Ok(say(&findings))
        }
        CatalogueCommand::Diff { folder } => diff(config, &read_files(config, folder.as_deref())?).await,
        CatalogueCommand::Publish { folder } => {
            publish(config, &read_files(config, folder.as_deref())?).await
        }
        CatalogueCommand::Import { file, out } => import(&file, &out),
        CatalogueCommand::Pdf { slug, out } => pdf(config, &slug, &out).await,
    }
}

/// The sheets of `folder`, else of the configuration, else those built in.
pub(crate) fn read_files(config: &Config, folder: Option<&Path>) -> std::io::Result<Vec<(String, String)>> {
    let Some(folder) = folder.or(config.catalogue_dir.as_deref()) else {
        let text = |file: &include_dir::File| {
            Some((file.path().display().to_string(), file.contents_utf8()?.to_owned()))
        };
        return Ok(DEFAULT.files().filter_map(text).collect());
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)
        .map_err(|error| std::io::Error::other(format!("{} : {error}", folder.display())))?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "md" || end == "toml") {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            files.push((name, fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

fn say(findings: &[Finding]) -> ExitCode {
    for finding in findings {
        println!(
            "{}:{}: {} {}",
            finding.file,
            finding.line,
            if finding.is_error() { "erreur :" } else { "à voir :" },
            finding.message
        );
    }
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    println!("{errors} erreur(s), {} point(s) à voir.", findings.len() - errors);
    if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn open(config: &Config) -> Result<Catalogue, server::StartError> {
    let db = server::connect(config).await?;
    Ok(server::Service::assemble(config, db)?.desk.catalogue)
}

async fn diff(config: &Config, files: &[(String, String)]) -> Outcome {
    let report = open(config).await?.preview(files).await?;
    for change in report.changes.iter().filter(|change| !change.is_unchanged()) {
        match (change.from, change.to) {
            (None, _) => println!("{} : nouvelle fiche", change.slug),
            (Some(from), Some(to)) => println!("{} : version {from} → {to}", change.slug),
            (Some(_), None) => {}
        }
    }
    println!("{} fiche(s) à publier.", report.published());
    Ok(say(&report.findings))
}

async fn publish(config: &Config, files: &[(String, String)]) -> Outcome {
    match open(config).await?.publish_as_system("the command line", files).await {
        Ok(report) => {
            println!(
                "{} fiche(s) publiée(s), {} inchangée(s).",
                report.published(),
                report.changes.len() - report.published()
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(PublishError::Refused(findings)) => {
            say(&findings);
            Err("rien n’est publié : la version en cours reste en service".into())
        }
        Err(error) => Err(error.into()),
    }
}

fn import(file: &Path, out: &Path) -> Outcome {
    let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
    let html = text.trim_start().starts_with('<');
    let Imported { drafts, missing } =
        if html { beffroi_sheets::import_html(&text) } else { beffroi_sheets::import_text(&text) };
    fs::create_dir_all(out)?;
    for draft in &drafts {
        fs::write(out.join(format!("{}.md", draft.slug)), &draft.file_text)?;
        println!("{}.md — {}", draft.slug, draft.title);
    }
    let mut list = String::from("# Ce qui manque dans la source\n\n");
    for one in &missing {
        list.push_str(&format!("- {} (ligne {}) : {}\n", one.sheet, one.line, one.what));
    }
    fs::write(out.join("MANQUES.md"), list)?;
    println!("{} brouillon(s), {} manque(s) listé(s) dans MANQUES.md.", drafts.len(), missing.len());
    Ok(ExitCode::SUCCESS)
}

async fn pdf(config: &Config, slug: &str, out: &Path) -> Outcome {
    let published = open(config)
        .await?
        .sheet(slug)
        .await?
        .ok_or_else(|| format!("aucune fiche publiée ne s’appelle « {slug} »"))?;
    fs::write(out, beffroi_catalogue::sheet_pdf(&published)?)?;
    println!("{} écrit.", out.display());
    Ok(ExitCode::SUCCESS)
}
