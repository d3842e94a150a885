//! A Dovecot of the test's own: the mailbox that Beffroi reads, over TLS when a certificate is given.

use std::fmt::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use beffroi_mailbox::ImapSettings;

/// A server of this test's own, stopped with it.
pub struct Dovecot {
    child: Child,
    port: u16,
    tls: bool,
    folder: tempfile::TempDir,
}

/// A port that nobody has.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Where a server is installed.
pub fn installed(name: &str) -> PathBuf {
    let places = ["/usr/sbin", "/usr/local/sbin", "/usr/bin"].map(|folder| Path::new(folder).join(name));
    let found = places.into_iter().find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{name} is installed: scripts/install-tools installs it"))
}

/// Who runs the test: their name, their group, and whether they are root.
pub fn me() -> (String, String, bool) {
    let said = |option: &str| {
        let out = Command::new("id").arg(option).output().unwrap().stdout;
        String::from_utf8(out).unwrap().trim().to_owned()
    };
    (said("-un"), said("-gn"), said("-u") == "0")
}

/// A folder that the servers, whoever they run as, may write in.
pub fn shared(path: &Path) {
    std::fs::create_dir_all(path).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
}

/// Waits until the server that listens there answers; what it wrote otherwise.
pub fn wait_for(port: u16, log: &Path) {
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{} does not start: {}", port, std::fs::read_to_string(log).unwrap_or_default());
}

impl Dovecot {
    pub fn start() -> Self {
        Self::started(None)
    }

    /// Over TLS only, with the certificate and the key `server.crt` and `server.key` of a folder.
    pub fn over_tls(certificate: &Path) -> Self {
        Self::started(Some(certificate))
    }

    fn started(certificate: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        shared(folder.path());
        let port = free_port();
        std::fs::create_dir(folder.path().join("run")).unwrap();
        for part in ["", "/cur", "/new", "/tmp"] {
            shared(&folder.path().join(format!("mail{part}")));
        }
        let settings = folder.path().join("dovecot.conf");
        std::fs::write(&settings, configuration(folder.path(), port, certificate)).unwrap();
        let child = Command::new(installed("dovecot"))
            .args(["-F", "-c"])
            .arg(&settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Self { child, port, tls: certificate.is_some(), folder };
        wait_for(port, &started.folder.path().join("log"));
        started
    }

    /// Where everything of it is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A mail arrives, as a delivery agent puts it there.
    pub fn deliver(&self, name: &str, mail: &[u8]) {
        let path = self.folder.path().join("mail/new").join(format!("{name}.essai"));
        std::fs::write(&path, mail).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    }

    /// Mails in a folder: the inbox is nameless.
    pub fn holds(&self, folder: &str) -> usize {
        let folder = self.folder.path().join("mail").join(folder);
        let count = |part: &str| std::fs::read_dir(folder.join(part)).map_or(0, Iterator::count);
        count("new") + count("cur")
    }

    pub fn imap(&self) -> ImapSettings {
        assert!(!self.tls);
        self.at("imap://demandes@127.0.0.1", None)
    }

    /// The mailbox at an address without port, believed if that authority signed its certificate.
    pub fn at(&self, address: &str, authority: Option<PathBuf>) -> ImapSettings {
        ImapSettings::new(&format!("{address}:{}/INBOX", self.port), "secret".into(), authority).unwrap()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Everything under `folder`, as whoever runs the test; Dovecot refuses to serve mails as root.
fn configuration(folder: &Path, port: u16, certificate: Option<&Path>) -> String {
    let folder = folder.display();
    let (name, own_group, root) = me();
    let (login, inner, group) =
        if root { ("dovenull", "dovecot", "dovecot") } else { (&*name, &*name, &*own_group) };
    let (uid, gid) = if root { ("nobody", "nogroup") } else { (&*name, &*own_group) };
    let (open, sealed) = if certificate.is_some() { (0, port) } else { (port, 0) };
    let ssl = certificate.map_or_else(
        || "ssl = no\ndisable_plaintext_auth = no".to_owned(),
        |path| {
            let path = path.display();
            format!("ssl = required\nssl_cert = <{path}/server.crt\nssl_key = <{path}/server.key")
        },
    );
    let mut text = String::new();
    for line in [
        format!("base_dir = {folder}/run"),
        format!("log_path = {folder}/log"),
        "protocols = imap\nlisten = 127.0.0.1".to_owned(),
        ssl,
        format!(
            "default_login_user = {login}\ndefault_internal_user = {inner}\ndefault_internal_group = {group}"
        ),
        format!("mail_location = maildir:{folder}/mail"),
        "passdb {\n  driver = static\n  args = password=secret\n}".to_owned(),
        format!("userdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={folder}\n}}"),
        "service anvil {\n  chroot =\n}".to_owned(),
        format!(
            "service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {open}\n  }}\n  inet_listener imaps {{\n    port = {sealed}\n    ssl = yes\n  }}\n}}"
        ),
    ] {
        writeln!(text, "{line}").unwrap();
    }
    text
}
