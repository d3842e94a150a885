//! A real `clamd` of the test's own, which knows one virus: the harmless one. Nothing is downloaded. It
//! listens on a socket of its folder, or on a port of this machine.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use beffroi_desk::quarantine::{Antivirus, harmless_virus};
use tokio::time::sleep;

/// What it calls that virus.
pub const VIRUS: &str = "Essai.Sans.Danger.UNOFFICIAL";

/// The antivirus in a folder; dropped, it ends.
pub struct Clamd {
    folder: PathBuf,
    /// Its port, when it is reached by the network.
    port: Option<u16>,
    child: Option<Child>,
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Clamd {
    /// One that is not started yet.
    pub fn new(folder: &Path) -> Self {
        Self::listening(folder, None)
    }

    /// One that is reached by the network, on a port that was free.
    pub async fn started_over_tcp(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut clamd = Self::listening(folder, Some(port));
        clamd.start().await;
        clamd
    }

    fn listening(folder: &Path, port: Option<u16>) -> Self {
        let folder = folder.join("clamd");
        std::fs::create_dir_all(folder.join("base")).unwrap();
        let signature = format!("Essai.Sans.Danger:0:*:{}\n", hex::encode(harmless_virus()));
        std::fs::write(folder.join("base/essai.ndb"), signature).unwrap();
        let mut text = format!(
            "Foreground yes\nDatabaseDirectory {0}/base\nTemporaryDirectory {0}\n\
             LogFile {0}/traces.txt\nStreamMaxLength 25M\nMaxThreads 2\n",
            folder.display()
        );
        text.push_str(&match port {
            Some(port) => format!("TCPSocket {port}\nTCPAddr 127.0.0.1\n"),
            None => format!("LocalSocket {}/prise\n", folder.display()),
        });
        if is_root() {
            text.push_str("User root\n");
        }
        std::fs::write(folder.join("clamd.conf"), text).unwrap();
        Self { folder, port, child: None }
    }

    pub async fn started(folder: &Path) -> Self {
        let mut clamd = Self::new(folder);
        clamd.start().await;
        clamd
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        match self.port {
            Some(port) => format!("tcp://127.0.0.1:{port}"),
            None => self.folder.join("prise").display().to_string(),
        }
    }

    pub async fn start(&mut self) {
        let program = std::env::var("BEFFROI_TEST_CLAMD").unwrap_or_else(|_| {
            let known = "/usr/sbin/clamd";
            if Path::new(known).exists() { known.into() } else { "clamd".into() }
        });
        let mut command = Command::new(program);
        command.arg(format!("--config-file={}", self.folder.join("clamd.conf").display()));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("scripts/install-tools installs clamd"));
        let antivirus = Antivirus::at(&self.address(), 30).unwrap();
        for _ in 0..600 {
            if antivirus.version().await.is_ok() {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("clamd does not start: {}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("traces.txt")).unwrap_or_default()
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_file(self.folder.join("prise"));
    }
}

/// Whether the test runs as root, from whom `clamd` would change to an account that reads nothing here.
fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}
