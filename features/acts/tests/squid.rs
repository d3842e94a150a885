//! The lists hold in the real Squid: an exemption opens or closes exactly its address, and leaves
//! nothing behind. (SEC-07, SEC-11)

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use beffroi_acts::exemptions::{
    Address, Direction, Extent, LiveExemption, ProxyError, ProxyLists, ProxySettings,
};
use beffroi_kernel::Uai;
use chrono::{DateTime, NaiveDate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const CLOSED: &str = "ferme.example.org";
const OPEN: &str = "ouvert.example.org";

/// A Squid of its own, with the lists of one school; stopped when dropped.
struct Proxy {
    squid: Child,
    folder: tempfile::TempDir,
    port: u16,
    site: u16,
    uai: Uai,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.squid.kill();
        let _ = self.squid.wait();
    }
}

fn program() -> &'static str {
    ["/usr/sbin/squid", "/usr/local/sbin/squid"]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .unwrap_or("squid")
}

/// A site that answers 200 to everything.
async fn site() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await;
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                    .await;
            });
        }
    });
    port
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Proxy {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (at, port, uai) = (folder.path().to_owned(), free_port(), Uai::from_digits(59_0001));
        fs::set_permissions(&at, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(at.join("run")).unwrap();
        // Started by root, Squid becomes another user, who writes here.
        fs::set_permissions(at.join("run"), fs::Permissions::from_mode(0o777)).unwrap();
        let names: String = [CLOSED, "sous.ferme.example.org", OPEN, "autre.example.org"]
            .map(|n| format!("127.0.0.1 {n}\n"))
            .concat();
        fs::write(at.join("hosts"), names).unwrap();
        let (dir, lists) = (at.display(), at.join("lists").join(uai.to_string()));
        let lists = lists.display();
        let conf = format!(
            "http_port 127.0.0.1:{port}\nhosts_file {dir}/hosts\nvisible_hostname proxy.example.org\n\
             pid_filename {dir}/run/squid.pid\ncache_log {dir}/run/cache.log\naccess_log none\ncache deny all\n\
             coredump_dir {dir}/run\nshutdown_lifetime 0 seconds\npinger_enable off\n\
             acl ecole src 127.0.0.0/8\nacl fermes dstdomain .{CLOSED}\n\
             acl ecole_deny url_regex \"{lists}/deny.txt\"\nacl ecole_allow url_regex \"{lists}/allow.txt\"\n\
             http_access deny ecole ecole_deny\nhttp_access allow ecole ecole_allow\n\
             http_access deny fermes\nhttp_access allow ecole\nhttp_access deny all\n"
        );
        fs::write(at.join("squid.conf"), conf).unwrap();
        let quiet = ProxySettings { folder: at.join("lists"), reload: vec![], decrypts: true };
        ProxyLists::new(quiet).write(&uai, &[], DateTime::UNIX_EPOCH).await.unwrap();
        let squid = Command::new(program())
            .args(["-N", "-f"])
            .arg(at.join("squid.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("squid: see scripts/install-tools");
        let proxy = Self { squid, folder, port, site: site().await, uai };
        proxy.answers(&proxy.url(OPEN, "/"), 200).await;
        proxy
    }

    fn url(&self, host: &str, rest: &str) -> String {
        format!("http://{host}:{}{rest}", self.site)
    }

    fn lists(&self) -> ProxyLists {
        let conf: PathBuf = self.folder.path().join("squid.conf");
        let reload = [program(), "-k", "reconfigure", "-f", &conf.to_string_lossy()].map(str::to_owned);
        self.lists_with(reload.to_vec())
    }

    fn lists_with(&self, reload: Vec<String>) -> ProxyLists {
        ProxyLists::new(ProxySettings { folder: self.folder.path().join("lists"), reload, decrypts: true })
    }

    fn live(&self, host: &str, rest: &str, extent: Extent, direction: Direction) -> LiveExemption {
        LiveExemption {
            address: Address::parse(&self.url(host, rest)).unwrap(),
            extent,
            direction,
            act: "A2026-000042".into(),
            ends_on: NaiveDate::from_ymd_opt(2026, 12, 18).unwrap(),
        }
    }

    async fn hold(&self, live: &[LiveExemption]) {
        let proof = self.lists().write(&self.uai, live, DateTime::UNIX_EPOCH).await.unwrap();
        assert_eq!(proof.held, live.len());
    }

    async fn status(&self, url: &str, more: &[&str]) -> u16 {
        let proxy = format!("http://127.0.0.1:{}", self.port);
        let output = tokio::process::Command::new("curl")
            .args([
                "-s",
                "-m",
                "5",
                "-o",
                "/dev/null",
                "--path-as-is",
                "-w",
                "%{http_code} %{http_connect}",
                "-x",
                &proxy,
            ])
            .args(more)
            .arg(url)
            .output()
            .await
            .unwrap();
        let codes = String::from_utf8(output.stdout).unwrap();
        codes.split(' ').map(|code| code.parse().unwrap()).max().unwrap()
    }

    /// Waits until the proxy, which reloads on its own time, answers so.
    async fn answers(&self, url: &str, status: u16) {
        let start = Instant::now();
        loop {
            let found = self.status(url, &[]).await;
            if found == status {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(15), "{url}: {found}, not {status}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn is_as_before(&self) {
        for (host, status) in [(CLOSED, 403), (OPEN, 200)] {
            self.answers(&self.url(host, "/cours"), status).await;
            self.answers(&self.url(host, "/"), status).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_allowed_opens_that_page_and_nothing_else() {
    let proxy = Proxy::start().await;
    proxy.is_as_before().await;
    let odd = "/un%20deux/%C3%A9%22(1)+%23$%5B";
    proxy
        .hold(&[
            proxy.live(CLOSED, "/cours", Extent::Page, Direction::Allow),
            proxy.live(CLOSED, odd, Extent::Page, Direction::Allow),
            proxy.live(CLOSED, "/lire?page=2", Extent::Page, Direction::Allow),
        ])
        .await;
    proxy.answers(&proxy.url(CLOSED, "/cours"), 200).await;
    for rest in ["/cours/1/a.b?c=d", "/cours?x=1", "/cours/.cache", odd, "/lire?page=2", "/lire?page=2&s=1"] {
        assert_eq!(proxy.status(&proxy.url(CLOSED, rest), &["-g"]).await, 200, "{rest}");
    }
    for rest in [
        "/",
        "/coursier",
        "/Cours",
        "/autre?/cours",
        "/cours/../autre",
        "/cours/..",
        "/cours%2F..%2Fautre",
        "/cours/%2e%2e/autre",
        "/cours%3F/../autre",
        "/cours%5C..%5Cautre",
        "/lire?page=22",
        "/lire",
        "/un/deux",
    ] {
        assert_eq!(proxy.status(&proxy.url(CLOSED, rest), &[]).await, 403, "{rest}");
    }
    assert_eq!(proxy.status(&proxy.url("sous.ferme.example.org", "/cours"), &[]).await, 403);
    proxy.hold(&[]).await;
    proxy.is_as_before().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_denied_is_closed_and_a_site_allowed_is_open_by_tunnel_too() {
    let proxy = Proxy::start().await;
    proxy
        .hold(&[
            proxy.live(OPEN, "/", Extent::Site, Direction::Deny),
            proxy.live(CLOSED, "/", Extent::Site, Direction::Allow),
        ])
        .await;
    proxy.answers(&proxy.url(OPEN, "/"), 403).await;
    proxy.answers(&proxy.url(CLOSED, "/partout?x"), 200).await;
    for (host, status) in
        [(OPEN, 403), (CLOSED, 200), ("sous.ferme.example.org", 403), ("autre.example.org", 200)]
    {
        for url in [
            proxy.url(host, "/x"),
            proxy.url(&host.to_uppercase(), "/x"),
            proxy.url(&format!("{host}."), "/x"),
        ] {
            assert_eq!(proxy.status(&url, &[]).await, status, "{url}");
        }
        assert_eq!(proxy.status(&proxy.url(host, "/x"), &["-p"]).await, status, "CONNECT {host}");
    }
    let around = format!("http://{CLOSED}:x@autre.{CLOSED}:{}/", proxy.site);
    assert_eq!(proxy.status(&around, &[]).await, 403);
    proxy.hold(&[]).await;
    proxy.is_as_before().await;
}

/// What a `kill -9` leaves: files written and a change that was never committed, or a proxy never told.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_the_files_and_the_database_ends_well() {
    let proxy = Proxy::start().await;
    let one = [proxy.live(CLOSED, "/cours", Extent::Page, Direction::Allow)];
    // Killed after the files, before the reload: the next run tells the proxy though no byte changes.
    let killed = proxy.lists_with(vec!["false".into()]);
    assert!(matches!(killed.write(&proxy.uai, &one, DateTime::UNIX_EPOCH).await, Err(ProxyError::Reload(_))));
    proxy.hold(&one).await;
    proxy.answers(&proxy.url(CLOSED, "/cours"), 200).await;
    // Applied twice, as a job that was done but not settled.
    proxy.hold(&one).await;
    assert_eq!(proxy.status(&proxy.url(CLOSED, "/cours"), &[]).await, 200);
    // The act is revoked; killed after the files; undone again by the next run.
    assert!(killed.write(&proxy.uai, &[], DateTime::UNIX_EPOCH).await.is_err());
    proxy.hold(&[]).await;
    proxy.is_as_before().await;
    let folder = proxy.folder.path().join("lists").join(proxy.uai.to_string());
    assert!(!folder.join(".untold").exists());
}
