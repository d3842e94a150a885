//! Importing schools: invented lines, in the shapes that real files take.

use beffroi_db::{Db, db_test};
use beffroi_kernel::{Scope, Uai};

use super::{Region, keeping};
use crate::import::{self, ImportError, ImportOptions, ImportReport};
use crate::organisation::{self, Organisation};
use crate::{School, schools};

fn uai(digits: u32) -> String {
    Uai::from_digits(digits).to_string()
}

async fn run(db: &Db, bytes: &[u8]) -> Result<ImportReport, ImportError> {
    import::schools(db, &keeping(), bytes, &ImportOptions::default(), |_| ()).await
}

async fn organised(db: &Db) {
    organisation::install(db, None, &Organisation::default()).await.unwrap();
}

async fn find(db: &Db, uai: &str) -> School {
    schools::school_by_uai(db, &Scope::system("tests"), uai).await.unwrap().unwrap()
}

#[db_test]
async fn a_messy_national_file_gives_its_schools_and_its_faults(db: Db) {
    organised(&db).await;
    let (one, two, three, four) = (uai(590_101), uai(620_102), uai(20_103), uai(600_104));
    let header = "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;Code_postal;\
                  Nom_commune;Code_departement;Libelle_academie;libelle_nature;latitude;longitude;Mail";
    let lost = three.trim_start_matches('0').to_lowercase();
    let wrong = format!("0590105{}", if uai(590_105).ends_with('A') { 'B' } else { 'A' });
    let lines = [
        header.to_owned(),
        format!(
            "{one};\"Lycée \"\"Les Écluses\"\"\";Lycée;Public;59000;Hondeville;059;Lille;LYCEE POLYVALENT;50,1;3.2;A@exemple.fr"
        ),
        format!("{two};Lycée des Moulins;Lycée;Public;62000;Marcq;062;Lille;LYCEE PROFESSIONNEL;;;"),
        format!(
            "{lost};Lycée du Bois;Lycée;Public;2000;Fère;002;Amiens;LYCEE ENS GENERAL ET TECHNOLOGIQUE;;;"
        ),
        format!("{four};Lycée Sans-Ville;Lycée;Public;60000;;060;Amiens;LYCEE POLYVALENT;;;"),
        format!("{wrong};Lycée Faux;Lycée;Public;59000;Hondeville;059;Lille;LYCEE POLYVALENT;;;"),
        format!("{one};Lycée Double;Lycée;Public;59000;Hondeville;059;Lille;LYCEE POLYVALENT;;;"),
        "trois;colonnes;seulement".to_owned(),
        format!("{};Lycée \"Cassé;Lycée;Public;59000;Hondeville;059;Lille;LYCEE POLYVALENT;;;", uai(590_106)),
        format!("{};École du Pré;Ecole;Public;59000;Hondeville;059;Lille;ECOLE;;;", uai(590_107)),
        format!("{};Lycée Privé;Lycée;Privé;59000;Hondeville;059;Lille;LYCEE POLYVALENT;;;", uai(590_108)),
        format!("{};Lycée Ailleurs;Lycée;Public;35000;Rennes;035;Rennes;LYCEE POLYVALENT;;;", uai(350_109)),
        format!(
            "{};Lycée Perdu;Lycée;Public;59000;Hondeville;059;Lille;LYCEE POLYVALENT;au nord;;",
            uai(590_110)
        ),
    ];
    let text = format!("\u{feff}{}\r\n", lines.join("\r\n"));

    let report = run(&db, text.as_bytes()).await.unwrap();

    assert_eq!((report.created, report.updated, report.lines), (3, 0, 12), "{report}");
    assert_eq!((report.separator, report.encoding), ("points-virgules", "UTF-8 avec marque"));
    let faults: Vec<(u64, &str)> = report.rejected.iter().map(|r| (r.line, r.reason.as_str())).collect();
    assert_eq!(faults[0], (5, "la commune manque"));
    assert!(faults[1].0 == 6 && faults[1].1.contains("lettre attendue"), "{faults:?}");
    assert!(faults[2].0 == 7 && faults[2].1.contains("déjà ligne 2"), "{faults:?}");
    assert_eq!(faults[3], (8, "3 colonnes au lieu de 12"));
    assert_eq!(faults[4], (9, "un guillemet n’est jamais refermé"));
    assert!(faults[5].0 == 13 && faults[5].1.contains("coordonnée"), "{faults:?}");
    let skipped: Vec<(&str, u64)> = report.skipped.iter().map(|(why, count)| (*why, *count)).collect();
    assert_eq!(skipped, [("autre région", 1), ("pas un lycée", 1), ("établissement privé", 1)]);

    let school = find(&db, &one).await;
    assert_eq!((school.name.as_str(), school.kind.as_str()), ("Lycée \"Les Écluses\"", "LPO"));
    assert_eq!((school.department.as_str(), school.academy.as_str()), ("59", "lille"));
    assert_eq!(school.email.as_deref(), Some("a@exemple.fr"));
    let repaired = find(&db, &three).await;
    assert_eq!(
        (repaired.postcode.as_str(), repaired.department.as_str(), repaired.kind.as_str()),
        ("02000", "02", "LGT")
    );
}

#[db_test]
async fn windows_text_with_tabs_and_everyday_columns_goes_in(db: Db) {
    organised(&db).await;
    let text = format!(
        "uai\tnom\tcommune\tdepartement\tacademie\ttype_estime\n{}\tLycée Bérégovoy\tPéronne\t80\tAmiens\tLP\n",
        uai(800_201)
    );
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(&text);

    let report = run(&db, &bytes).await.unwrap();

    assert_eq!(
        (report.created, report.encoding, report.separator),
        (1, "Windows-1252", "tabulations"),
        "{report}"
    );
    assert_eq!(find(&db, &uai(800_201)).await.name, "Lycée Bérégovoy");
}

#[db_test]
async fn a_second_import_updates_and_keeps_where_schools_are_attached(db: Db) {
    let region = Region::new(db).await;
    let db = region.db();
    let before = schools::school(db, &Scope::system("tests"), region.schools[0]).await.unwrap().unwrap();
    let teams = crate::teams::teams(db).await.unwrap();
    let id = |slug: &str| teams.iter().find(|team| team.slug == slug).unwrap().id;
    schools::attach(db, &keeping(), before.id, id("exploitation-sud"), id("mobile-sud")).await.unwrap();
    let text = format!("uai,nom,commune\n{},Lycée Renommé,Hondeville\n", before.uai);

    let first = run(db, text.as_bytes()).await.unwrap();
    let second = run(db, text.as_bytes()).await.unwrap();

    assert_eq!((first.updated, first.created), (1, 0), "{first}");
    assert_eq!((second.unchanged, second.updated), (1, 0), "{second}");
    let after = schools::school(db, &Scope::system("tests"), before.id).await.unwrap().unwrap();
    assert_eq!((after.name.as_str(), after.territory.slug.as_str()), ("Lycée Renommé", "sud"));
    let kinds = region.journal_kinds(&format!("school:{}", before.id)).await;
    assert_eq!(kinds, ["school.created", "school.attached", "school.updated"]);
}

#[db_test]
async fn what_cannot_be_read_at_all_is_said(db: Db) {
    assert!(matches!(run(&db, b"uai;nom;commune\n").await, Err(ImportError::NoTerritory)));
    organised(&db).await;
    assert!(matches!(run(&db, b"").await, Err(ImportError::Empty)));
    assert!(matches!(run(&db, &[0xFF, 0xFE, 0x41, 0]).await, Err(ImportError::Utf16)));
    assert!(matches!(run(&db, b"a;b\n1;2\n").await, Err(ImportError::Columns { .. })));
}

#[db_test]
async fn every_departement_has_a_place_and_a_dry_run_writes_nothing(db: Db) {
    organised(&db).await;
    let lines: Vec<String> = (1..=95)
        .map(|department| format!("{};Lycée {department};Ville;Lille", uai(department * 10_000 + 1)))
        .collect();
    let text = format!("uai;nom;commune;academie\n{}\n", lines.join("\n"));
    let everywhere = ImportOptions { departments: Vec::new(), ..ImportOptions::default() };
    let dry = ImportOptions { dry_run: true, ..everywhere.clone() };

    let tried = import::schools(&db, &keeping(), text.as_bytes(), &dry, |_| ()).await.unwrap();
    assert_eq!(schools::places(&db).await.unwrap().len(), 0);
    let done = import::schools(&db, &keeping(), text.as_bytes(), &everywhere, |_| ()).await.unwrap();

    assert_eq!((tried.created, done.created), (95, 95), "{done}");
    let places = schools::places(&db).await.unwrap();
    assert!(
        places.iter().all(|(_, place)| !place.mobile_team.is_empty() && !place.operations_service.is_empty())
    );
    assert_eq!(places.len(), 95);
}
