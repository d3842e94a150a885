//! A real Dovecot: mails are fetched, treated and put away; one that cannot be treated stops none; a
//! fetch that is cut anywhere, again and again, loses nothing and does nothing twice.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::fmt::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::task::Poll;
use std::time::Duration;

use beffroi_db::{Db, db_test};
use beffroi_mailbox::{Fetched, ImapSettings, fetch};
use ground::Ground;

const PROOF: &str = "Authentication-Results: mx.region.example; dmarc=pass header.from=lycee.example\r\n";

/// A server of this test's own, stopped with it.
struct Dovecot {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

fn installed() -> PathBuf {
    let places = ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/usr/bin/dovecot"];
    let found = places.iter().map(PathBuf::from).find(|path| path.exists());
    found.expect("dovecot is installed: scripts/install-tools installs it")
}

impl Dovecot {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open.clone()).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        std::fs::create_dir(folder.path().join("run")).unwrap();
        for part in ["", "/cur", "/new", "/tmp"] {
            let path = folder.path().join(format!("mail{part}"));
            std::fs::create_dir(&path).unwrap();
            std::fs::set_permissions(&path, open.clone()).unwrap();
        }
        let settings = folder.path().join("dovecot.conf");
        std::fs::write(&settings, configuration(folder.path(), port)).unwrap();
        let child = Command::new(installed())
            .args(["-F", "-c"])
            .arg(&settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Self { child, port, folder };
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return started;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(started.folder.path().join("log")).unwrap_or_default();
        panic!("dovecot does not start: {log}");
    }

    /// A mail arrives, as a delivery agent puts it there.
    fn deliver(&self, name: &str, mail: &[u8]) {
        let path = self.folder.path().join("mail/new").join(format!("{name}.essai"));
        std::fs::write(&path, mail).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    }

    /// Mails in a folder: the inbox is nameless.
    fn holds(&self, folder: &str) -> usize {
        let folder = self.folder.path().join("mail").join(folder);
        let count = |part: &str| std::fs::read_dir(folder.join(part)).map_or(0, Iterator::count);
        count("new") + count("cur")
    }

    fn imap(&self) -> ImapSettings {
        let url = format!("imap://demandes@127.0.0.1:{}/INBOX", self.port);
        ImapSettings::new(&url, "secret".into(), None).unwrap()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Everything under `folder`, as whoever runs the test; Dovecot refuses to serve mails as root.
fn configuration(folder: &Path, port: u16) -> String {
    let folder_text = folder.display();
    let owner = std::fs::metadata(folder).unwrap();
    let root = owner.uid() == 0;
    let name = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    let group = String::from_utf8(Command::new("id").arg("-gn").output().unwrap().stdout).unwrap();
    let (login, inner, group) =
        if root { ("dovenull", "dovecot", "dovecot") } else { (name.trim(), name.trim(), group.trim()) };
    let (uid, gid) = if root { (65_534, 65_534) } else { (owner.uid(), owner.gid()) };
    let mut text = String::new();
    for line in [
        format!("base_dir = {folder_text}/run"),
        format!("log_path = {folder_text}/log"),
        "protocols = imap\nlisten = 127.0.0.1\nssl = no\ndisable_plaintext_auth = no".to_owned(),
        format!(
            "default_login_user = {login}\ndefault_internal_user = {inner}\ndefault_internal_group = {group}"
        ),
        format!("mail_location = maildir:{folder_text}/mail"),
        "passdb {\n  driver = static\n  args = password=secret\n}".to_owned(),
        format!("userdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={folder_text}\n}}"),
        "service anvil {\n  chroot =\n}".to_owned(),
        format!(
            "service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {port}\n  }}\n  inet_listener imaps {{\n    port = 0\n  }}\n}}"
        ),
    ] {
        writeln!(text, "{line}").unwrap();
    }
    text
}

fn answer(ground: &Ground, number: usize) -> Vec<u8> {
    ground.filled(
        format!(
            "{PROOF}From: claire.lens@lycee.example\r\nTo: {{{{token}}}}\r\nSubject: Re: Demande\r\n\
             Message-ID: <m{number}@lycee.example>\r\n\r\nPrécision numéro {number}.\r\n"
        )
        .as_bytes(),
    )
}

fn asking(number: usize) -> Vec<u8> {
    format!(
        "{PROOF}From: paul.escaut@lycee.example\r\nTo: demandes@region.example\r\nSubject: Panne {number}\r\n\
         Message-ID: <n{number}@lycee.example>\r\n\r\nLe poste {number} ne démarre plus depuis lundi.\r\n"
    )
    .into_bytes()
}

#[db_test]
async fn a_poison_mail_is_set_aside_and_the_others_go_on(db: Db) {
    let ground = Ground::new(db).await;
    let dovecot = Dovecot::start();
    dovecot.deliver("1", &answer(&ground, 1));
    dovecot.deliver("2", b"\xff\xfe\x00rien de lisible\x00");
    dovecot.deliver("3", b"From: intrus@ailleurs.example\r\nSubject: Offre\r\n\r\nBonjour.\r\n");
    dovecot.deliver("4", &asking(1));
    let fetched = fetch(&ground.mailbox, &dovecot.imap()).await.unwrap();
    assert_eq!(fetched, Fetched { done: 2, aside: 2, failed: 0 });
    assert_eq!((dovecot.holds(""), dovecot.holds(".Trait&AOk-s"), dovecot.holds(".&AMA- part")), (0, 2, 2));
    assert_eq!(fetch(&ground.mailbox, &dovecot.imap()).await.unwrap(), Fetched::default());
    let shown = ground.number("SELECT COUNT(*) AS n FROM mail_in WHERE state = 'aside'", vec![]).await;
    assert_eq!(shown, 2);
}

/// Drops the work after it went on so many times, with its connection and its transaction, as when the
/// process is killed; `None` then.
async fn cut_after<F: Future>(mut polls: usize, work: F) -> Option<F::Output> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

#[db_test]
async fn a_fetch_cut_anywhere_loses_nothing_and_does_nothing_twice(db: Db) {
    const MAILS: usize = 8;
    let ground = Ground::new(db).await;
    let dovecot = Dovecot::start();
    let before = ground.number("SELECT COUNT(*) AS n FROM request", vec![]).await;
    for number in 0..MAILS {
        dovecot.deliver(&format!("a{number}"), &answer(&ground, number));
        dovecot.deliver(&format!("b{number}"), &asking(number));
    }
    // Later and later in the first mail, then anywhere in those that follow.
    let mut cuts = 0;
    for polls in (1..80).step_by(5).chain((80..400).step_by(7)) {
        cuts += usize::from(cut_after(polls, fetch(&ground.mailbox, &dovecot.imap())).await.is_none());
    }
    assert!(cuts > 10, "the fetch was cut {cuts} times only");
    for _ in 0..3 {
        fetch(&ground.mailbox, &dovecot.imap()).await.unwrap();
    }
    let wanted = i64::try_from(MAILS).unwrap();
    let answers =
        "SELECT COUNT(*) AS n FROM message WHERE kind = 'public' AND body LIKE 'Précision numéro %'";
    assert_eq!(ground.number(answers, vec![]).await, wanted, "each answer once");
    let distinct = "SELECT COUNT(DISTINCT body) AS n FROM message WHERE body LIKE 'Précision numéro %'";
    assert_eq!(ground.number(distinct, vec![]).await, wanted);
    let requests = ground.number("SELECT COUNT(*) AS n FROM request", vec![]).await;
    assert_eq!(requests - before, wanted, "each request once");
    let drafts = "SELECT COUNT(*) AS n FROM draft WHERE request_id IS NULL";
    assert_eq!(ground.number(drafts, vec![]).await, 0, "no draft is left behind");
    assert_eq!((dovecot.holds(""), dovecot.holds(".Trait&AOk-s")), (0, 2 * MAILS));
}
