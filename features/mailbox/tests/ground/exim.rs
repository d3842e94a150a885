//! A mail server as a Region has one: Exim takes what Beffroi sends over STARTTLS from whoever it knows, and
//! puts it in the boxes of people or in the mailbox that Dovecot serves. Everything is in the folder of
//! that Dovecot, as whoever runs the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use beffroi_db::jobs::Worker;
use beffroi_directory::mail::with_mail;
use beffroi_directory::{MailSettings, Mailer};
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::dovecot::{Dovecot, free_port, installed, me, shared, wait_for};
use super::{BOX, Ground};

/// The largest mail it takes.
pub const LARGEST: usize = 200 * 1024;
/// What the test waits for at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// An authority that signs the certificates of servers.
pub struct Authority(tempfile::TempDir);

fn openssl(folder: &Path, arguments: &[&str]) {
    let done = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

impl Authority {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        shared(folder.path());
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        // Each has a name of its own, as authorities do.
        let name = format!("/CN={}", folder.path().file_name().unwrap().display());
        let own = ["req", "-x509", "-days", "2", "-subj", &name, "-keyout", "ca.key", "-out", "ca.crt"];
        openssl(folder.path(), &[&own[..], &key[..]].concat());
        let asked = ["req", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"];
        openssl(folder.path(), &[&asked[..], &key[..]].concat());
        std::fs::write(folder.path().join("names"), "subjectAltName=DNS:localhost\n").unwrap();
        let signed = ["x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "2"];
        let names = ["-extfile", "names", "-out", "server.crt"];
        openssl(folder.path(), &[&signed[..], &names[..]].concat());
        // Exim reads it once it has given up its rights.
        std::fs::set_permissions(
            folder.path().join("server.key"),
            std::os::unix::fs::PermissionsExt::from_mode(0o644),
        )
        .unwrap();
        Self(folder)
    }

    /// Its own certificate, which those who believe it hold.
    pub fn certificate(&self) -> PathBuf {
        self.0.path().join("ca.crt")
    }
}

/// The post of a Region: who sends, who keeps, and who signed for both.
pub struct Post {
    pub authority: Authority,
    pub dovecot: Dovecot,
    exim: Option<Child>,
    port: u16,
}

impl Post {
    pub fn start() -> Self {
        let authority = Authority::new();
        let dovecot = Dovecot::over_tls(authority.0.path());
        let mut post = Self { authority, dovecot, exim: None, port: free_port() };
        let folder = post.dovecot.folder();
        for part in ["exim", "exim/log", "exim/spool", "people"] {
            shared(&folder.join(part));
        }
        let boxes = "demandes: mail\nne-pas-repondre: mail\nclaire.lens: people/claire.lens\n\
                     nora.artois: people/nora.artois\npaul.escaut: people/paul.escaut\n";
        std::fs::write(folder.join("exim/boxes"), boxes).unwrap();
        std::fs::write(folder.join("exim/accounts"), "beffroi: secret\nclaire.lens: azur\n").unwrap();
        let text = configuration(folder, post.authority.0.path(), post.port);
        std::fs::write(folder.join("exim/exim.conf"), text).unwrap();
        post.runs();
        post
    }

    /// The mail server, started again where it was.
    pub fn runs(&mut self) {
        let folder = self.dovecot.folder().join("exim");
        let child = Command::new(installed("exim4"))
            .arg("-C")
            .arg(folder.join("exim.conf"))
            .args(["-bdf", "-q1m"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.exim = Some(child);
        wait_for(self.port, &folder.join("log/mainlog"));
    }

    pub fn stops(&mut self) {
        if let Some(mut child) = self.exim.take() {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }

    /// What the server wrote of its work.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dovecot.folder().join("exim/log/mainlog")).unwrap_or_default()
    }

    /// What sends as `name` to that host, which it believes if that authority signed for it.
    pub fn mailer(&self, ground: &Ground, host: &str, password: &str, authority: &Authority) -> Mailer {
        let smtp = format!("smtp://beffroi:{password}@{host}:{}?tls=required", self.port);
        let from = "Beffroi <ne-pas-repondre@region.example>".into();
        let settings = MailSettings { smtp, from, authority: Some(authority.certificate()) };
        Mailer::new(&settings).unwrap().answered_at(Some(ground.addresses.clone()))
    }

    /// Beffroi sends what waits in its outbox, with these settings.
    pub async fn sends_with(&self, ground: &Ground, mailer: &Mailer) {
        let worker = Worker::new(ground.db().clone());
        let worker = beffroi_desk::jobs(worker, ground.mailbox.desk.clone());
        with_mail(worker, &ground.mailbox.desk.site, mailer).drain().await.unwrap();
    }

    /// The same with the right ones; every mail is where it goes when this returns.
    pub async fn sends(&self, ground: &Ground) {
        let mailer = self.mailer(ground, "localhost", "secret", &self.authority);
        self.sends_with(ground, &mailer).await;
        self.settles().await;
    }

    /// Waits until nothing is on its way.
    pub async fn settles(&self) {
        let (input, since) = (self.dovecot.folder().join("exim/spool/input"), Instant::now());
        let mut empty = 0;
        while empty < 5 {
            let waiting = std::fs::read_dir(&input).map_or(0, Iterator::count);
            empty = if waiting == 0 { empty + 1 } else { 0 };
            assert!(since.elapsed() < PATIENCE, "mails do not leave: {}", self.log());
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    /// Claire's mail program sends `mail` to that address.
    pub async fn claire_sends(&self, to: &str, mail: &str) {
        let authority = Certificate::from_pem(&std::fs::read(self.authority.certificate()).unwrap()).unwrap();
        let tls = TlsParameters::builder("localhost".into()).add_root_certificate(authority).build().unwrap();
        let sending = AsyncSmtpTransport::<Tokio1Executor>::starttls_relay("localhost")
            .unwrap()
            .port(self.port)
            .tls(Tls::Required(tls))
            .credentials(Credentials::new("claire.lens".into(), "azur".into()))
            .build();
        let from = "claire.lens@lycee.example".parse().unwrap();
        let envelope = Envelope::new(Some(from), vec![to.parse().unwrap()]).unwrap();
        sending.send_raw(&envelope, mail.as_bytes()).await.unwrap();
        self.settles().await;
    }

    /// The mails in somebody's box.
    pub fn mails_of(&self, name: &str) -> Vec<Vec<u8>> {
        let folder = if name == BOX { "mail/new".to_owned() } else { format!("people/{name}/new") };
        let found = std::fs::read_dir(self.dovecot.folder().join(folder));
        let files = found.into_iter().flatten().map(|entry| entry.unwrap().path());
        files.map(|path| std::fs::read(path).unwrap()).collect()
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.stops();
    }
}

fn configuration(folder: &Path, certificate: &Path, port: u16) -> String {
    let (name, group, root) = me();
    let (name, group) = if root { ("nobody", "nogroup") } else { (&*name, &*group) };
    let (folder, certificate) = (folder.display(), certificate.display());
    format!(
        "exim_user = {name}\nexim_group = {group}\nspool_directory = {folder}/exim/spool\n\
         log_file_path = {folder}/exim/log/%slog\npid_file_path = {folder}/exim/pid\n\
         primary_hostname = mx.region.example\nlocal_interfaces = 127.0.0.1\ndaemon_smtp_ports = {port}\n\
         disable_ipv6\nkeep_environment =\nhost_lookup =\nrfc1413_hosts =\ndeliver_drop_privilege\n\
         tls_advertise_hosts = *\ntls_certificate = {certificate}/server.crt\n\
         tls_privatekey = {certificate}/server.key\nmessage_size_limit = {LARGEST}\n\
         domainlist ours = region.example : lycee.example\nacl_smtp_rcpt = known\n\
         begin acl\n\
         known:\n  deny !authenticated = *\n  deny domains = +ours\n       !verify = recipient\n  accept\n\
         begin routers\n\
         boxes:\n  driver = accept\n  domains = +ours\n  local_part_suffix = +*\n  local_part_suffix_optional\n\
         \x20 local_parts = lsearch;{folder}/exim/boxes\n  transport = maildir\n\
         begin transports\n\
         maildir:\n  driver = appendfile\n  directory = {folder}/$local_part_data\n  maildir_format\n\
         \x20 mode = 0666\n  envelope_to_add\n  return_path_add\n\
         begin authenticators\n\
         plain:\n  driver = plaintext\n  public_name = PLAIN\n  server_prompts = :\n\
         \x20 server_condition = ${{if eq{{$auth3}}{{${{lookup{{$auth2}}lsearch{{{folder}/exim/accounts}}{{$value}}fail}}}}}}\n\
         \x20 server_set_id = $auth2\n  server_advertise_condition = ${{if def:tls_in_cipher}}\n"
    )
}
