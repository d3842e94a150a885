//! What the lists refuse, in every form that lists come in.

use std::fs;

use super::*;

fn lists(
    files: &[(&str, &str)],
    settings: impl Fn(&Path) -> DangerSettings,
) -> (tempfile::TempDir, DangerLists) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let lists = DangerLists::open(settings(folder.path())).unwrap();
    (folder, lists)
}

fn dangerous(content: &str) -> (tempfile::TempDir, DangerLists) {
    lists(&[("liste.txt", content)], |folder| DangerSettings {
        dangerous: vec![folder.join("liste.txt")],
        ..DangerSettings::default()
    })
}

fn refused(lists: &DangerLists, typed: &str) -> bool {
    lists.verdict(&Address::parse(typed).unwrap()).is_some()
}

#[test]
fn every_form_of_list_is_read() {
    let content = "\u{feff}# remarque\n\nmalin.example.org\n0.0.0.0 hote.example.org # piège\r\n127.0.0.1 localhost\n\
                   *.etoile.example.org\n.point.example.org\nMajuscule.Example.ORG\nacadémie-piège.fr\n198.51.100.7\n\
                   https://pages.example.org/mauvais/\nwww.pages.example.org/x?y=1\nune ligne qui n’est rien\n";
    let (_folder, lists) = dangerous(content);
    for typed in [
        "https://malin.example.org/",
        "http://sous.malin.example.org/page",
        "https://hote.example.org",
        "https://a.etoile.example.org",
        "https://point.example.org",
        "https://majuscule.example.org",
        "https://académie-piège.fr/",
        "https://www.pages.example.org/mauvais/suite?q=1",
        "http://pages.example.org/mauvais",
        "http://pages.example.org/x?y=1",
    ] {
        assert!(refused(&lists, typed), "{typed}");
    }
    for typed in [
        "https://example.org/",
        "https://pasmalin.example.org/",
        "https://malin.example.org.fr/",
        "https://pages.example.org/",
        "https://pages.example.org/mauvaise",
        "https://pages.example.org/x?y=2",
        "https://sous.pages.example.org/mauvais",
        "https://localhost.example.org/",
    ] {
        assert!(!refused(&lists, typed), "{typed}");
    }
    assert_eq!(lists.weight().skipped, 1);
}

#[test]
fn folders_of_categories_name_the_list_and_the_gravest_motive_speaks() {
    let files = [
        ("ut1/malware/domains", "deux.example.org\nvirus.example.org\n"),
        ("ut1/malware/urls", "page.example.org/virus\n"),
        ("ut1/malware/expressions", ".*\n"),
        ("ut1/phishing/urls", ""),
        ("ut1/phishing/domains", "faux.example.org\n"),
        ("interdits.txt", "deux.example.org\n"),
        ("clair.txt", "clair.example.org\n"),
    ];
    let (_folder, lists) = lists(&files, |folder| DangerSettings {
        illegal: vec![folder.join("interdits.txt")],
        dangerous: vec![folder.join("ut1")],
        insecure: vec![folder.join("clair.txt")],
    });
    let verdict = |typed: &str| {
        lists.verdict(&Address::parse(typed).unwrap()).map(|verdict| (verdict.motive, verdict.list))
    };
    assert_eq!(verdict("https://deux.example.org"), Some((Motive::Illegal, "interdits".into())));
    assert_eq!(verdict("https://virus.example.org"), Some((Motive::Dangerous, "malware".into())));
    assert_eq!(verdict("https://page.example.org/virus/1"), Some((Motive::Dangerous, "malware".into())));
    assert_eq!(verdict("https://faux.example.org"), Some((Motive::Dangerous, "phishing".into())));
    assert_eq!(verdict("https://clair.example.org"), Some((Motive::Insecure, "clair".into())));
    assert_eq!(verdict("https://sain.example.org"), None);
    let address = Address::parse("https://clair.example.org").unwrap();
    let sentence = lists.verdict(&address).unwrap().sentence(&address);
    assert!(sentence.contains("non sûr") && sentence.contains("clair"), "{sentence}");
}

#[test]
fn a_changed_file_is_read_anew_and_a_bad_one_leaves_what_was_known() {
    let (folder, lists) = dangerous("un.example.org\n");
    let other_hand = lists.clone();
    assert!(!lists.refresh().unwrap());
    fs::write(folder.path().join("liste.txt"), "deux.example.org\ntrois.example.org\n").unwrap();
    assert!(lists.refresh().unwrap());
    assert!(
        refused(&other_hand, "https://deux.example.org") && !refused(&other_hand, "https://un.example.org")
    );
    fs::write(folder.path().join("liste.txt"), "rien de lisible\n").unwrap();
    assert!(matches!(lists.refresh(), Err(DangerError::Empty(_))));
    fs::remove_file(folder.path().join("liste.txt")).unwrap();
    assert!(matches!(lists.refresh(), Err(DangerError::Unreadable { .. })));
    assert!(refused(&lists, "https://deux.example.org"));
}

#[test]
fn without_its_lists_it_does_not_start() {
    let missing = DangerSettings { illegal: vec!["/nulle/part".into()], ..DangerSettings::default() };
    assert!(DangerLists::open(missing).unwrap_err().to_string().contains("/nulle/part"));
    let empty = tempfile::tempdir().unwrap();
    let settings = DangerSettings { illegal: vec![empty.path().into()], ..DangerSettings::default() };
    assert!(matches!(DangerLists::open(settings), Err(DangerError::Empty(_))));
    assert!(!refused(&DangerLists::open(DangerSettings::default()).unwrap(), "https://example.org"));
}

#[test]
fn no_listed_site_is_missed_nor_any_other_refused() {
    let content: String = (0..50_000).map(|n| format!("site{n}.domaine{}.example.org\n", n % 97)).collect();
    let (_folder, lists) = dangerous(&content);
    for n in 0..50_000 {
        assert!(refused(&lists, &format!("https://a.site{n}.domaine{}.example.org/", n % 97)), "{n}");
        assert!(!refused(&lists, &format!("https://site{n}.domaine{}.example.org/", n % 97 + 97)), "{n}");
    }
    assert_eq!(lists.weight().entries, 50_000);
    assert!(lists.weight().bytes < 50_000 * 8 + (1 << 18) + 64);
}

/// Loads real lists, when asked: `BEFFROI_BENCH_LISTS=dossier cargo nextest run --run-ignored all real_lists`.
#[test]
#[ignore = "measures; needs real lists"]
fn real_lists() {
    let Some(path) = std::env::var_os("BEFFROI_BENCH_LISTS").map(PathBuf::from) else { return };
    let start = std::time::Instant::now();
    let settings = DangerSettings { dangerous: vec![path.clone()], ..DangerSettings::default() };
    let lists = DangerLists::open(settings.clone()).unwrap();
    println!("{:?} in {:?}", lists.weight(), start.elapsed());
    let mut names: Vec<String> = Vec::new();
    for file in files(&settings).unwrap() {
        lines::read(&file.stamp.path, |entry| {
            if !entry.is_page() {
                names.push(entry.text().to_owned());
            }
        })
        .unwrap();
    }
    let address = |name: &String| Address::parse(&format!("https://www.{name}/")).ok();
    let listed: Vec<Address> = names.iter().step_by(1 + names.len() / 100_000).filter_map(address).collect();
    let clean: Vec<Address> =
        (0..100_000).filter_map(|n| address(&format!("x{n}.lycee{}.example.fr", n % 9))).collect();
    for (what, all, hits) in [("listed", &listed, listed.len()), ("clean", &clean, 0)] {
        let start = std::time::Instant::now();
        let found = all.iter().filter(|address| lists.verdict(address).is_some()).count();
        println!(
            "{what}: {} lookups, {:?} each",
            all.len(),
            start.elapsed() / u32::try_from(all.len()).unwrap()
        );
        assert_eq!(found, hits);
    }
}
