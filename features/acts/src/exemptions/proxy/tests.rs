//! The files of the proxy: same exemptions, same bytes; and what each pattern holds.

use std::fs;

use super::*;

fn live(address: &str, extent: Extent, direction: Direction) -> LiveExemption {
    LiveExemption {
        address: Address::parse(address).unwrap(),
        extent,
        direction,
        act: "A2026-000042".into(),
        ends_on: NaiveDate::from_ymd_opt(2026, 12, 18).unwrap(),
    }
}

fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn uai() -> Uai {
    Uai::from_digits(59_0001)
}

fn lists(folder: &Path, reload: &[&str]) -> ProxyLists {
    let reload = reload.iter().map(|word| (*word).to_owned()).collect();
    ProxyLists::new(ProxySettings { folder: folder.to_owned(), reload, decrypts: true })
}

#[tokio::test]
async fn the_same_exemptions_give_the_same_bytes_and_no_reload() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    let lists = lists(
        folder.path(),
        &[
            "dd",
            "if=/dev/zero",
            "bs=1",
            "count=1",
            "oflag=append",
            "conv=notrunc",
            &format!("of={}", count.display()),
        ],
    );
    let one = live("https://un.example.org/", Extent::Site, Direction::Allow);
    let two = live("http://deux.example.org/jeu", Extent::Page, Direction::Deny);

    let first = lists.write(&uai(), &[one.clone(), two.clone()], at()).await.unwrap();
    assert!(first.changed && first.reloaded && first.held == 2);
    let again = lists.write(&uai(), &[two, one.clone(), one], at()).await.unwrap();
    assert!(!again.changed && !again.reloaded);
    assert_eq!(first.allow_sha256, again.allow_sha256);
    assert_eq!(fs::read(&count).unwrap().len(), 1);

    let allow = fs::read_to_string(folder.path().join(uai().to_string()).join("allow.txt")).unwrap();
    assert_eq!(files::digest(allow.as_bytes()), first.allow_sha256);
    assert!(allow.contains("A2026-000042 jusqu’au 18/12/2026"), "{allow}");
    let none = lists.write(&uai(), &[], at()).await.unwrap();
    assert!(none.changed && none.held == 0);
    assert_eq!(fs::read(&count).unwrap().len(), 2);
}

#[tokio::test]
async fn a_crash_before_the_reload_costs_one_reload_more() {
    let folder = tempfile::tempdir().unwrap();
    let one = [live("https://un.example.org/", Extent::Site, Direction::Allow)];
    let failing = lists(folder.path(), &["false"]);
    assert!(matches!(failing.write(&uai(), &one, at()).await, Err(ProxyError::Reload(_))));
    // The files are there; whoever comes next tells the proxy, though nothing changes.
    let proof = lists(folder.path(), &["true"]).write(&uai(), &one, at()).await.unwrap();
    assert!(!proof.changed && proof.reloaded);
    let proof = lists(folder.path(), &["true"]).write(&uai(), &one, at()).await.unwrap();
    assert!(!proof.reloaded);
    // A file half written by a killed process is never read.
    fs::write(folder.path().join(uai().to_string()).join(".allow.txt.new"), "^https?://moitié").unwrap();
    assert!(lists(folder.path(), &[]).write(&uai(), &[], at()).await.unwrap().changed);
}

#[tokio::test]
async fn a_page_that_cannot_be_told_from_its_site_is_not_written_wider() {
    let folder = tempfile::tempdir().unwrap();
    let mut blind = lists(folder.path(), &[]);
    blind.settings.decrypts = false;
    let page = live("https://un.example.org/cours", Extent::Page, Direction::Allow);
    let proof = blind.write(&uai(), &[page], at()).await.unwrap();
    assert_eq!((proof.held, proof.unheld), (0, vec!["A2026-000042".to_owned()]));
}

#[tokio::test]
async fn two_writers_of_one_school_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (lists(folder.path(), &[]), lists(folder.path(), &[]));
    let school = uai();
    let held = one.hold(&school).await.unwrap();
    let second = other.hold(&school);
    tokio::pin!(second);
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut second).await.is_err());
    drop(held);
    second.await.unwrap();
}

#[test]
fn a_line_break_or_a_remark_never_reaches_the_file() {
    for typed in
        ["http://ex.example.org/a%23b c", "http://ex.example.org/a\nacl all", "http://ex.example.org/%0Aall"]
    {
        assert!(Address::parse(typed).is_err(), "{typed}");
    }
    let hash = live("http://ex.example.org/a%23b?(x|y)*z", Extent::Page, Direction::Allow);
    let text = String::from_utf8(pattern::list(&[hash], Direction::Allow)).unwrap();
    assert!(text.contains(r"^http://ex\.example\.org\.?(:80)?/a#b\?\(x\|y\)\*z"), "{text}");
    assert!(text.lines().all(|line| line.starts_with(['#', '^'])));
}
