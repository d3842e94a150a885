//! Each kind of fault, found with its line, by spoiling a sound catalogue.

use super::*;
use crate::sample::{ROUTING, SHEET};

fn findings(sheet: &str, routing: &str) -> Vec<Finding> {
    let files = [("velos.md", sheet), ("routing.toml", routing)]
        .map(|(name, text)| (name.to_owned(), text.to_owned()));
    check_catalogue(&files).1
}

/// Replaces one passage of the sample and expects this fault, where `at` is now written.
#[track_caller]
fn check(sound: &str, spoiled: &str, at: &str, expected: &str) {
    assert!(SHEET.contains(sound), "the sample lacks {sound}");
    let text = SHEET.replacen(sound, spoiled, 1);
    let line = 1 + text[..text.find(at).unwrap()].matches('\n').count();
    let found = findings(&text, ROUTING);
    let hit = found.iter().any(|finding| finding.line == line && finding.message.contains(expected));
    assert!(hit, "expected line {line}: {expected}\nfound: {found:#?}");
}

#[test]
fn the_sample_is_sound() {
    assert_eq!(findings(SHEET, ROUTING), []);
}

#[test]
fn identity() {
    check("slug = \"velos\"", "slug = \"velo\"", "slug", "le fichier s’appelle « velos.md »");
    check("order = 1", "", "+++", "« order » manque");
    check("effective = 2026-01-01", "effective = \"hier\"", "effective", "doit être une date");
    check("summary =", "sumary =", "sumary", "clé inconnue « sumary » ; vouliez-vous dire « summary »");
    check(
        "origin = \"official\"",
        "origin = \"ici\"",
        "origin = \"ici\"",
        "n’est pas une valeur de « origin »",
    );
    check("order = 1", "order = ", "order = ", "syntaxe TOML");
}

#[test]
fn names() {
    check("\"head\", \"teacher\"", "\"head\", \"docteur\"", "docteur", "fonction inconnue : « docteur »");
    check(
        "\"head\", \"teacher\"",
        "\"technician\"",
        "\"technician\"",
        "n’est pas une fonction de l’établissement",
    );
    check("theme = \"atelier\"", "theme = \"atelié\"", "atelié", "thème inconnu « atelié »");
    check(
        "excludes = \"velo-personnel\"",
        "excludes = \"velos\"",
        "excludes = \"velos\"",
        "l’exclusion « velos » n’existe pas",
    );
    check(
        "excludes = \"velo-personnel\"",
        "excludes = \"casques\"",
        "excludes = \"casques\"",
        "vient du résumé automatique",
    );
    check("per = \"liste\"", "per = \"fin\"", "per = \"fin\"", "ni un tableau, ni un nombre");
    check("kind = \"information\"", "kind = \"magie\"", "kind = \"magie\"", "effet inconnu « magie »");
    check("until = \"fin\"", "until = \"nombre\"", "until =", "n’est pas une date");
    check("until = \"fin\"", "valid_for = \"longtemps\"", "valid_for", "écrivez une durée");
    check("{ office_hours = 4 }", "{ hours = 4 }", "first_answer", "clé inconnue « hours »");
}

#[test]
fn conditions() {
    let refusal = "when = 'origine == \"personnel\"'";
    check(
        refusal,
        "when = 'origin == \"personnel\"'",
        "when = 'origin ==",
        "la question « origin », qui n’existe pas",
    );
    check(refusal, "when = 'origine == \"voisin\"'", "voisin", "« voisin » n’est pas une option");
    check(refusal, "when = 'origine > 3'", "origine > 3", "se compare avec ==, != ou in");
    check(refusal, "when = 'nombre == \"3\"'", "when = 'nombre", "se compare à un nombre");
    check(refusal, "when = 'fin < \"demain\"'", "when = 'fin", "se compare à une date");
    check(refusal, "when = 'contrat == \"oui\"'", "when = 'contrat ==", "elle s’emploie seule");
    check(refusal, "when = 'liste has \"x\"'", "when = 'liste", "answered");
    check(refusal, "when = 'requester.role == \"pape\"'", "pape", "n’est pas une fonction connue");
    check(refusal, "when = 'origine =='", "when = 'origine =='", "condition illisible");
    check(refusal, "", "[[request.refusal]]", "un refus dit quand il s’applique");
}

#[test]
fn reach() {
    let field = "when = 'origine != \"personnel\"'";
    check(field, "when = 'nombre > 3'", "when = 'nombre", "dépend de « nombre », posée plus tard");
    check(field, "when = 'panne == \"roue\"'", "when = 'panne ==", "dépend de « panne »");
    let never = "when = 'origine == \"lycee\" and origine == \"personnel\"'";
    check(field, never, never, "n’est jamais posée");
    // False through the condition of another question.
    check(
        "when = 'panne != \"autre\" and contrat'",
        "when = 'origine == \"personnel\" and panne == \"roue\"'",
        "'origine == \"personnel\" and panne",
        "n’est jamais posée",
    );
    check(
        "when = 'panne == \"roue\"'",
        "when = 'nombre > 300'",
        "when = 'nombre > 300'",
        "ne s’applique jamais",
    );
}

#[test]
fn approvals_and_acts() {
    check("by = [\"head\"]", "by = []", "by = []", "« by » est vide");
    check("by = [\"head\"]", "by = [\"technician\"]", "by = [\"technician\"]", "ne peut valider");
    check("by = [\"head\"]", "by = [\"pupil\"]", "by = [\"pupil\"]", "personne ne peut signer cet acte");
    check("  text = \"J’accepte la réparation.\"\n", "", "[[request.approval]]", "le texte exact à signer");
}

#[test]
fn duplicates() {
    check("id = \"casques\"", "id = \"velo-personnel\" # 2", "id = \"velo-personnel\" # 2", "existe déjà");
    check("id = \"fin\"", "id = \"nombre\" # 2", "id = \"nombre\" # 2", "la question « nombre » existe déjà");
    check(
        "id = \"personnel\",",
        "id = \"lycee\",",
        "options = [{ id = \"lycee\", label = \"Au",
        "l’option « lycee » existe déjà",
    );
    check("{#freins ", "{#region ", "### Freins", "l’ancre « region » existe déjà");
}

#[test]
fn blocks() {
    check("{#freins .official .advice}", "{#freins .advice}", "### Freins", "ne dit pas son origine");
    check("{#freins .official .advice}", "{#freins .official .local}", "### Freins", "plusieurs origines");
    check(".official .imposed", ".official", "### Demander", "doit être {.imposed} ou {.example}");
    check(".local", ".local .example", "### Horaires", "que dans la procédure");
    check(
        "## Conseils\n### Freins {#freins .official .advice}\nVérifiez les freins.\n",
        "",
        "title",
        "la partie « Conseils » manque",
    );
    check("## Conseils", "## Avis", "## Avis", "partie inconnue « Avis »");
    check("## Conseils", "## En détail", "## En détail\n### Freins", "écrite deux fois");
    check("Vérifiez les freins.", "", "### Freins", "est vide");
    check(
        "[[includes]]\ntext = \"La réparation\"\norigin = \"official\"",
        "",
        "title",
        "la liste « Comprend » est vide",
    );
}

#[test]
fn a_procedure_may_be_absent() {
    let text = SHEET
        .replace("## Procédure\n### Demander {#demander .official .imposed}\nPassez par le guichet.\n", "");
    assert_eq!(findings(&text, ROUTING), []);
}

#[test]
fn links() {
    check(
        "[la fiche](/catalogue/velos)",
        "[la fiche](/catalogue/motos)",
        "Elle [répare]",
        "ne mène à aucune fiche",
    );
    check("link = \"/catalogue/velos\"", "link = \"/catalogue/motos#x\"", "link =", "ne mène à aucune fiche");
    check("(region:VELO-01)", "(javascript:x)", "Elle [répare]", "ni une page, ni region:, ni school:");
}

#[test]
fn a_link_has_its_line_in_each_of_two_blocks_of_one_name() {
    let block = "### Demander {#demander .official .imposed}\nPassez par le guichet.\n";
    let twice = format!("{block}\nPuis [ici](javascript:un).\n\n{block}Et [là](javascript:deux).\n");
    let text = SHEET.replace(block, &twice);
    assert_ne!(text, SHEET);
    for link in ["javascript:un", "javascript:deux"] {
        let line = text.lines().position(|line| line.contains(link)).unwrap() + 1;
        let found = findings(&text, ROUTING);
        assert!(found.iter().any(|one| one.message.contains(link) && one.line == line), "{link}: {found:?}");
    }
}

#[test]
fn a_request_always_finds_a_team() {
    let no_default = ROUTING.replace("to =", "theme = \"atelier\"\nacademy = \"lille\"\nto =");
    assert!(findings(SHEET, &no_default)[0].message.contains("la règle par défaut manque"));
    let found = check_catalogue(&[("velos.md".to_owned(), SHEET.to_owned())]).1;
    assert!(found[0].message.contains("routing.toml manque"));
}

#[test]
fn files_do_not_share_slug_or_order() {
    let files = [("a/velos.md", SHEET), ("b/velos.md", SHEET), ("routing.toml", ROUTING)];
    let (catalogue, found) = check_catalogue(&files.map(|(name, text)| (name.to_owned(), text.to_owned())));
    assert!(catalogue.is_none());
    let places: Vec<(&str, usize)> =
        found.iter().map(|finding| (finding.file.as_str(), finding.line)).collect();
    assert_eq!(places, [("b/velos.md", 2), ("b/velos.md", 4)]);
}

#[test]
fn all_faults_come_in_one_pass() {
    let text = SHEET
        .replace("slug =", "slog =")
        .replace("nature = \"incident\"", "nature = \"x\"")
        .replace(".local", "");
    assert!(findings(&text, ROUTING).iter().filter(|finding| finding.is_error()).count() >= 4);
}

#[test]
fn a_sheet_without_request_is_only_warned() {
    let start = SHEET.find("[[request]]").unwrap();
    let end = SHEET.rfind("+++\n").unwrap();
    let found = findings(&format!("{}{}", &SHEET[..start], &SHEET[end..]), ROUTING);
    assert_eq!(found.len(), 1);
    assert!(!found[0].is_error());
}
