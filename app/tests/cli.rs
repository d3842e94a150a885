//! The command line on real files: what it says, and with which code it ends.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::fs;

use beffroi_kernel::Uai;
use ground::{Engine, Place, Said, sheets};

const PUBLISHED: &str = "Catalogue des vélos

La maison des cycles

Document officiel

Résumé de l'IA :

Une maison qui prête des vélos.

Elle compte deux ateliers.

Réparation des vélos

Document officiel

Résumé IA :

On répare vos vélos.

Le service

Comprend

- La roue
- Le frein

Ne comprend pas

En détail

Les vélos sont réparés.

Conseil

Roulez doucement.

Plus d'infos

Ouvert le lundi.
";

async fn here() -> Place {
    Place::empty(Engine::Sqlite).await
}

#[tokio::test]
async fn the_catalogue_passes_its_check() {
    let place = here().await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogue");
    let said = place.run(&["catalogue", "check", folder]).well();
    assert!(said.contains("0 erreur(s)"), "{said}");
    // The same texts are built in.
    assert_eq!(place.run(&["catalogue", "check"]).well(), said);
}

#[tokio::test]
async fn a_fault_of_a_sheet_is_said_with_its_file_and_line() {
    let place = here().await;
    let folder = place.path().join("fiches");
    fs::create_dir(&folder).unwrap();
    let mut line = 0;
    for (name, mut text) in sheets() {
        if name == "poste-de-travail.md" {
            line = 1 + text.lines().position(|line| line.starts_with("nature = ")).unwrap();
            text = text.replacen("nature = ", "nture = ", 1);
        }
        fs::write(folder.join(name), text).unwrap();
    }
    let path = folder.to_str().unwrap();
    let said = place.run(&["catalogue", "check", path]);
    assert_eq!(said.code, Some(1));
    let expected = format!("poste-de-travail.md:{line}: erreur : ");
    assert!(said.out.lines().any(|one| one.starts_with(&expected)), "{expected}\n{}", said.out);

    // Nor is it published: nothing is.
    place.run(&["migrate"]).well();
    let refused = place.run(&["catalogue", "publish", path]);
    assert!(refused.code == Some(1) && refused.err.contains("rien n’est publié"), "{refused:?}");
    assert!(place.run(&["catalogue", "diff"]).well().contains("outils-de-gestion : nouvelle fiche"));
}

#[tokio::test]
async fn a_published_catalogue_becomes_drafts_and_a_list_of_gaps() {
    let place = here().await;
    let (file, out) = (place.path().join("paru.txt"), place.path().join("brouillons"));
    fs::write(&file, PUBLISHED).unwrap();
    place.run(&["catalogue", "import", file.to_str().unwrap(), "--out", out.to_str().unwrap()]).well();
    let draft = fs::read_to_string(out.join("reparation-des-velos.md")).unwrap();
    assert!(draft.contains("slug = \"reparation-des-velos\"") && draft.contains(".official}"), "{draft}");
    let gaps = fs::read_to_string(out.join("MANQUES.md")).unwrap();
    for gap in ["« Ne comprend pas » est vide", "« Procédure » est absente"] {
        assert!(gaps.lines().any(|line| line.contains("(ligne ") && line.contains(gap)), "{gap}\n{gaps}");
    }
}

#[tokio::test]
async fn a_messy_directory_goes_in_but_for_the_lines_it_names() {
    let place = here().await;
    place.run(&["migrate"]).well();
    let [good, lower, nameless] = [599_101, 629_102, 599_103].map(Uai::from_digits);
    let csv = format!(
        "uai;nom;commune;departement\n{good};Lycée du Pré;Lille;59\n{};Lycée de la Mare;Lens;62\n{nameless};;Lille;59\ndeux;colonnes\n",
        lower.as_str().to_lowercase()
    );
    let file = place.path().join("annuaire.csv");
    fs::write(&file, csv).unwrap();
    let path = file.to_str().unwrap();
    let tried = place.run(&["school", "import", path, "--dry-run"]);
    assert!(tried.out.contains("2 créé(s)"), "{tried:?}");
    let said = place.run(&["school", "import", path]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.out.contains("2 créé(s), 0 modifié(s)"), "{}", said.out);
    assert!(said.out.contains("ligne 4 rejetée : le nom manque"), "{}", said.out);
    assert!(said.out.contains("ligne 5 rejetée : 2 colonnes au lieu de 4"), "{}", said.out);
    assert!(place.run(&["school", "import", path]).out.contains("0 créé(s), 0 modifié(s), 2 inchangé(s)"));
}

fn with(place: &Place, variable: &str, value: &str, arguments: &[&str]) -> Said {
    Said::of(place.program(arguments).env(variable, value).output().unwrap())
}

#[tokio::test]
async fn a_fault_of_the_configuration_names_its_key() {
    let place = here().await;
    for (variable, value, key) in [
        ("BEFFROI_LISTEN", "partout", "listen"),
        ("BEFFROI_DATABASE_URL", "mysql://ici", "database_url"),
        ("BEFFROI_BASE_URL", "beffroi.example/", "base_url"),
        ("BEFFROI_CONFIG", "/nulle/part.toml", "--config"),
    ] {
        let said = with(&place, variable, value, &["doctor"]);
        assert_eq!(said.code, Some(1), "{variable}");
        assert!(said.err.contains(key), "{variable}: {}", said.err);
    }
    let early = place.run(&["serve"]);
    assert!(early.code == Some(1) && early.err.contains("beffroi migrate"), "{early:?}");
}

#[tokio::test]
async fn the_help_teaches_and_the_shell_completes() {
    let place = here().await;
    let help = place.run(&["--help"]).well();
    for word in ["serve", "backup", "school import annuaire.csv", "BEFFROI_DATABASE_URL"] {
        assert!(help.contains(word), "{word}\n{help}");
    }
    for command in
        ["serve", "demo", "migrate", "user", "school", "catalogue", "journal", "backup", "restore", "doctor"]
    {
        assert!(place.run(&[command, "--help"]).well().lines().count() > 4, "{command}");
    }
    assert!(place.run(&["completions", "bash"]).well().contains("_beffroi()"));
    assert_eq!(place.run(&["serv"]).code, Some(2));
}
