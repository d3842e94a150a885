//! Backup and restore: one archive with a consistent copy of the database, the files and the
//! journal's key, and a manifest that says which journal head it holds.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use beffroi_db::journal::{self, Head};
use beffroi_db::{Db, DbError};
use beffroi_desk::{FileError, Files};
use beffroi_kernel::SystemClock;
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sea_orm::{ConnectionTrait, DbBackend, IsolationLevel, Statement, TransactionTrait};
use serde::{Deserialize, Serialize};

use crate::config::Config;

/// What an archive holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of Beffroi that wrote it.
    pub version: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// Instant of the backup.
    pub at: DateTime<Utc>,
    /// Entries of the journal.
    pub journal_seq: i64,
    /// Hash of its last entry.
    pub journal_hash: String,
}

/// Why a backup or a restore fails, in words for an operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The disk.
    #[error("disque : {0}")]
    Disk(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// PostgreSQL's own tools.
    #[error(
        "{tool} a échoué : {message}\nInstallez les outils clients de PostgreSQL de la version du serveur."
    )]
    Tool {
        /// The program.
        tool: &'static str,
        /// What it printed.
        message: String,
    },
    /// The archive.
    #[error("archive illisible : {0}")]
    Archive(String),
    /// The store of files.
    #[error("fichiers : {0}")]
    Files(String),
    /// The key of the journal is no more the one that the copy names.
    #[error("la clé du journal a changé pendant la sauvegarde : recommencez")]
    KeyChanged,
    /// Something is already there.
    #[error("{0} contient déjà des données : restaurez dans un endroit vide")]
    NotEmpty(String),
}

/// Writes an archive at `target`; the service may go on working meanwhile.
///
/// # Errors
/// As [`BackupError`] says; a half-written archive is left under a temporary name.
pub async fn backup(config: &Config, db: &Db, target: &Path) -> Result<Manifest, BackupError> {
    let signed = journal::keys::changes(db).await?;
    let folder = tempfile::tempdir_in(
        target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")),
    )?;
    let copy = folder.path().join("database");
    let (engine, head) = match db.backend() {
        DbBackend::Sqlite => ("sqlite", copy_sqlite(db, &copy).await?),
        _ => ("postgres", copy_postgres(config, db, &copy).await?),
    };
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").into(),
        engine: engine.into(),
        at: db.now(),
        journal_seq: head.seq,
        journal_hash: head.hash,
    };
    let partial = folder.path().join("archive.tar.gz");
    // It holds the keys: its owner's alone.
    let private = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial)?;
    let mut archive = tar::Builder::new(GzEncoder::new(private, Compression::fast()));
    let text = serde_json::to_vec_pretty(&manifest).map_err(DbError::from)?;
    fs::write(folder.path().join("manifest.json"), text)?;
    archive.append_path_with_name(folder.path().join("manifest.json"), "manifest.json")?;
    archive.append_path_with_name(&copy, "database")?;
    for name in KEYS {
        let key = config.data_dir.join(name);
        if key.is_file() {
            archive.append_path_with_name(key, name)?;
        }
    }
    // The copy and the key must be of one another: its key signs what is restored.
    if journal::keys::changes(db).await? != signed {
        return Err(BackupError::KeyChanged);
    }
    append_files(&mut archive, &stored(config)?).await?;
    archive.into_inner()?.finish()?.sync_all()?;
    fs::rename(&partial, target)?;
    Ok(manifest)
}

fn files(error: impl std::fmt::Display) -> BackupError {
    BackupError::Files(error.to_string())
}

/// The store of files, a folder or a bucket.
fn stored(config: &Config) -> Result<Files, BackupError> {
    crate::files::open(config).map_err(files)
}

/// Files are named by their content and never change: copied after the database, all it names are
/// there. The original of a mail may be forgotten meanwhile: it is left out.
async fn append_files(archive: &mut tar::Builder<impl Write>, kept: &Files) -> Result<(), BackupError> {
    for (place, _) in kept.every().await.map_err(files)? {
        let bytes = match kept.at(&place).await {
            Ok(bytes) => bytes,
            Err(FileError::Store(object_store::Error::NotFound { .. })) => continue,
            Err(error) => return Err(files(error)),
        };
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        archive.append_data(&mut header, Path::new("files").join(&place), bytes.as_slice())?;
    }
    Ok(())
}

async fn copy_sqlite(db: &Db, copy: &Path) -> Result<Head, BackupError> {
    let sql = Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "VACUUM INTO $1",
        [copy.display().to_string().into()],
    );
    db.read().execute_raw(sql).await.map_err(DbError::from)?;
    let snapshot = Db::connect(&format!("sqlite://{}", copy.display()), db.clock().clone()).await?;
    let head = journal::head(&snapshot).await?;
    snapshot.close().await?;
    Ok(head)
}

async fn copy_postgres(config: &Config, db: &Db, copy: &Path) -> Result<Head, BackupError> {
    let tx = db
        .pool()
        .begin_with_config(Some(IsolationLevel::RepeatableRead), None)
        .await
        .map_err(DbError::from)?;
    let one = async |sql: &str| {
        let row = tx
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await
            .map_err(DbError::from)?;
        row.ok_or_else(|| DbError::Corrupt("la tête du journal manque".into()))
    };
    let row = one("SELECT seq, hash, pg_export_snapshot() AS snapshot FROM journal_head").await?;
    let read = |column: &str| row.try_get::<String>("", column).map_err(DbError::from);
    let head = Head { seq: row.try_get("", "seq").map_err(DbError::from)?, hash: read("hash")? };
    let snapshot = read("snapshot")?;
    let mut command = client("pg_dump", &config.database_url())?;
    command.args(["--format=custom", "--no-owner", "--no-acl", "--snapshot", &snapshot, "--file"]).arg(copy);
    // The copy passes the walls between schools by saying so, as the program does; its account owns no right to.
    command.arg("--enable-row-security").env("PGOPTIONS", "-c beffroi.everything=on");
    tokio::task::spawn_blocking(move || run("pg_dump", &mut command))
        .await
        .map_err(std::io::Error::other)??;
    tx.rollback().await.map_err(DbError::from)?;
    Ok(head)
}

/// A client tool of PostgreSQL on `address`; the password goes by the environment, which other users
/// of the machine cannot read, unlike arguments.
fn client(tool: &'static str, address: &str) -> Result<Command, BackupError> {
    let unusable = || DbError::Address("postgres://… (illisible)".into());
    let mut address = url::Url::parse(address).map_err(|_| unusable())?;
    let mut command = Command::new(tool);
    if let Some(password) = address.password() {
        let plain = percent_encoding::percent_decode_str(password).decode_utf8().map_err(|_| unusable())?;
        command.env("PGPASSWORD", plain.as_ref());
        address.set_password(None).map_err(|()| unusable())?;
    }
    command.arg("--dbname").arg(address.as_str());
    Ok(command)
}

fn run(tool: &'static str, command: &mut Command) -> Result<(), BackupError> {
    let output = command.output().map_err(|error| BackupError::Tool { tool, message: error.to_string() })?;
    if output.status.success() {
        return Ok(());
    }
    Err(BackupError::Tool { tool, message: String::from_utf8_lossy(&output.stderr).into_owned() })
}

/// The keys that an archive holds.
const KEYS: [&str; 3] = ["journal.key", crate::keys::FACTORS_KEY, crate::keys::signing::REPLY_KEY];

/// Puts an archive back into an empty place: `data_dir` and database of `config`.
///
/// # Errors
/// As [`BackupError`] says; an existing database is never overwritten.
pub async fn restore(config: &Config, source: &Path) -> Result<Manifest, BackupError> {
    let database = sqlite_file(config);
    let leftovers =
        database.iter().flat_map(|file| ["", "-wal", "-shm"].map(|end| format!("{}{end}", file.display())));
    let keys = KEYS.map(|name| config.data_dir.join(name).display().to_string());
    // An old write-ahead log would be replayed into the restored file; an old key would be lost.
    if let Some(found) = leftovers.chain(keys).find(|path| Path::new(path).exists()) {
        return Err(BackupError::NotEmpty(found));
    }
    fs::create_dir_all(&config.data_dir)?;
    if !stored(config)?.every().await.map_err(files)?.is_empty() {
        return Err(BackupError::NotEmpty("l’endroit des fichiers".into()));
    }
    let folder = tempfile::tempdir_in(&config.data_dir)?;
    tar::Archive::new(GzDecoder::new(File::open(source)?)).unpack(folder.path())?;
    let text = fs::read(folder.path().join("manifest.json"))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| BackupError::Archive(error.to_string()))?;
    match (&database, manifest.engine.as_str()) {
        (Some(file), "sqlite") => fs::rename(folder.path().join("database"), file)?,
        (None, "postgres") => restore_postgres(config, &folder.path().join("database")).await?,
        (_, engine) => {
            return Err(BackupError::Archive(format!(
                "elle vient de {engine}, la configuration vise un autre moteur"
            )));
        }
    }
    for name in KEYS {
        let key = folder.path().join(name);
        if key.is_file() {
            fs::rename(key, config.data_dir.join(name))?;
        }
    }
    restore_files(&folder.path().join("files"), &stored(config)?).await?;
    Ok(manifest)
}

pub(crate) fn sqlite_file(config: &Config) -> Option<PathBuf> {
    let url = config.database_url();
    url.strip_prefix("sqlite://").map(|path| PathBuf::from(path.split('?').next().unwrap_or(path)))
}

async fn restore_postgres(config: &Config, copy: &Path) -> Result<(), BackupError> {
    let url = config.database_url();
    let db = Db::connect(&url, Arc::new(SystemClock)).await?;
    let sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' LIMIT 1";
    let table = db
        .read()
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .map_err(DbError::from)?;
    db.close().await?;
    if table.is_some() {
        return Err(BackupError::NotEmpty("la base PostgreSQL".into()));
    }
    let mut command = client("pg_restore", &url)?;
    command.args(["--no-owner", "--no-acl", "--exit-on-error", "--single-transaction"]).arg(copy);
    tokio::task::spawn_blocking(move || run("pg_restore", &mut command))
        .await
        .map_err(std::io::Error::other)?
}

/// Puts back every file below `from`, under the same place.
async fn restore_files(from: &Path, kept: &Files) -> Result<(), BackupError> {
    let mut folders = vec![from.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let place = path.strip_prefix(from).map_err(files)?.to_string_lossy().into_owned();
            kept.put_back(&place, fs::read(&path)?).await.map_err(files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::client;

    #[test]
    fn the_password_is_not_among_the_arguments() {
        let command =
            client("pg_dump", "postgres://beffroi:p%40sse@db.example:5432/beffroi?sslmode=require").unwrap();
        let arguments: Vec<_> = command.get_args().map(|one| one.to_string_lossy().into_owned()).collect();
        assert_eq!(arguments, ["--dbname", "postgres://beffroi@db.example:5432/beffroi?sslmode=require"]);
        let given: Vec<_> = command.get_envs().collect();
        assert_eq!(given, [("PGPASSWORD".as_ref(), Some("p@sse".as_ref()))]);
    }
}
