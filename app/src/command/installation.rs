//! What surrounds the program, for `beffroi doctor`: its keys, the tools that backups need and the timestamping
//! authority. (issue 5: install and watch)

use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use beffroi_db::{Db, DbError};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use url::Url;

use super::doctor::{Finding, finding};
use crate::config::Config;
use crate::keys;

/// How long a server of the network may take to open its door.
const PATIENCE: Duration = Duration::from_secs(3);

/// What can be seen without the database.
pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![own_keys(config), address(config)];
    if let Some(url) = &config.timestamp_url {
        findings.push(server("horodatage", "timestamp_url", url));
    }
    findings
}

/// The keys, which nobody else of the machine may read.
fn own_keys(config: &Config) -> Finding {
    let all = [keys::journal_key_path(&config.data_dir), config.data_dir.join(keys::FACTORS_KEY)];
    let reply = config.data_dir.join(keys::signing::REPLY_KEY);
    for path in all.iter().chain([&reply]) {
        match std::fs::metadata(path) {
            Ok(about) if about.permissions().mode() & 0o077 != 0 => {
                let text = format!("{0} est lisible par d’autres : chmod 600 {0}", path.display());
                return finding("clés", false, text);
            }
            Err(error) if path.exists() => {
                return finding("clés", false, format!("{} : {error}", path.display()));
            }
            _ => {}
        }
    }
    let made = all.iter().filter(|path| path.exists()).count();
    let text = match made {
        2 => "présentes, lisibles par le seul service",
        _ => {
            "pas encore faites : « beffroi serve » les fait ; après une restauration, remettez celles de la sauvegarde"
        }
    };
    finding("clés", true, text)
}

/// The address that people type: without HTTPS, cookies travel in the clear.
fn address(config: &Config) -> Finding {
    let url = config.base_url();
    let host = Url::parse(&url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let here = matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]");
    if url.starts_with("https://") || here {
        return finding("adresse", true, url);
    }
    finding("adresse", false, format!("{url} n’est pas en https:// : corrigez base_url et le mandataire"))
}

/// Whether a server that the configuration names opens its door.
fn server(subject: &'static str, key: &str, url: &str) -> Finding {
    let Some((host, port)) = door(url) else {
        return finding(subject, false, format!("l’adresse de {key} est illisible"));
    };
    let open = (host.as_str(), port)
        .to_socket_addrs()
        .is_ok_and(|mut all| all.any(|one| TcpStream::connect_timeout(&one, PATIENCE).is_ok()));
    let text = if open {
        format!("{host}:{port} répond")
    } else {
        format!("{host}:{port} ne répond pas : vérifiez {key}")
    };
    finding(subject, open, text)
}

fn door(url: &str) -> Option<(String, u16)> {
    let url = Url::parse(url).ok()?;
    Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
}

/// The tools that copy the database: PostgreSQL's, of the server's version at least.
pub(super) async fn tools(db: &Db) -> Result<Finding, DbError> {
    if db.backend() != DbBackend::Postgres {
        return Ok(finding("sauvegarde", true, "aucun outil à installer"));
    }
    let sql = "SELECT current_setting('server_version_num') AS version";
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await?;
    let number: String = row.map(|row| row.try_get("", "version")).transpose()?.unwrap_or_default();
    let wanted = number.parse::<u32>().unwrap_or_default() / 10_000;
    Ok(tool(Path::new("pg_dump"), wanted))
}

fn tool(program: &Path, wanted: u32) -> Finding {
    let remedy = format!("installez postgresql-client-{wanted}, sans quoi « beffroi backup » échoue");
    let said = Command::new(program)
        .arg("--version")
        .output()
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
    match said.ok().as_deref().and_then(major) {
        Some(found) if found >= wanted => {
            finding("sauvegarde", true, format!("pg_dump {found} pour un serveur {wanted}"))
        }
        Some(found) => {
            finding("sauvegarde", false, format!("pg_dump {found} pour un serveur {wanted} : {remedy}"))
        }
        None => finding("sauvegarde", false, format!("pg_dump manque : {remedy}")),
    }
}

/// `15` of « pg_dump (PostgreSQL) 15.14 (Debian …) ».
fn major(said: &str) -> Option<u32> {
    let (_, version) = said.split_once("(PostgreSQL) ")?;
    version.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(folder: &Path) -> Config {
        Config { data_dir: folder.to_owned(), ..Config::default() }
    }

    #[test]
    fn a_key_that_others_may_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        assert!(own_keys(&at(folder.path())).is_fine());
        keys::journal_key(folder.path()).unwrap();
        keys::ring::keys(folder.path()).unwrap();
        assert!(own_keys(&at(folder.path())).is_fine());
        let path = folder.path().join(keys::FACTORS_KEY);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(!own_keys(&at(folder.path())).is_fine());
    }

    #[test]
    fn a_public_address_is_encrypted() {
        for (url, fine) in [
            (None, true),
            (Some("http://localhost:8080"), true),
            (Some("https://beffroi.region.example"), true),
            (Some("http://beffroi.region.example"), false),
        ] {
            let config = Config { base_url: url.map(str::to_owned), ..Config::default() };
            assert_eq!(address(&config).is_fine(), fine, "{url:?}");
        }
    }

    #[test]
    fn a_door_has_its_usual_port() {
        assert_eq!(door("https://horodatage.example:8443/tsr"), Some(("horodatage.example".into(), 8443)));
        assert_eq!(door("http://horodatage.example/tsr"), Some(("horodatage.example".into(), 80)));
        assert_eq!(door("horodatage"), None);
    }

    #[test]
    fn a_closed_door_is_said() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", free.local_addr().unwrap());
        assert!(server("horodatage", "timestamp_url", &url).is_fine());
        drop(free);
        assert!(!server("horodatage", "timestamp_url", &url).is_fine());
    }

    #[test]
    fn tools_older_than_the_server_are_said() {
        assert_eq!(major("pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), Some(15));
        assert_eq!(major("pg_dump: not found"), None);
        assert!(!tool(Path::new("/nulle/part/pg_dump"), 15).is_fine());
    }
}
