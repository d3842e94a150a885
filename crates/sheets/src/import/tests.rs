//! An invented catalogue in the shape of the published one.

use super::*;
use crate::{Origin, SectionKind, Sheet, SheetKind, StepKind, parse_sheet};

const TEXT: &str = "Catalogue des vélos

La maison des cycles

Document officiel

Résumé de l'IA :

Une maison qui prête des vélos.


La maison prête des vélos. Elle s’occupe de :

à l’exception :

Elle compte deux ateliers.

image.png

Réparation des vélso

Document officiel

Résumé IA :

On répare vos vélos_ici.

Le service

Comprend , si le vélo est au lycée :

- La roue
- Le frein

Ne comprend pas

En détail

Roues :

Les vélos sont réparés.
Les roues sont gonflées.

# Un dièse & 1 < 2.

Conseil

Roulez doucement.

Plus d'infos

Ouvert le lundi.

Annexe : Plan

Document officiel

26 03 09 - Catalogue - V2_1.png

Document officiel

Catalogue - V2.pdf
";

const HTML: &str = r##"<html><head><title>x</title></head><body><h1>Catalogue</h1>
<ul class="contents"><li><a href="#page-1">Prêt</a></li></ul>
<h1 id="page-1">Prêt de vélos</h1><h3>Document officiel</h3><p>Résumé IA :</p><p>On prête.</p>
<h2>Le service</h2><p>Comprend</p><ul><li>Un vélo</li></ul><p>Ne comprend pas</p><p><img src="/a/liste.png" alt=""></p>
<h2>En détail</h2><p>Des <strong>vélos</strong><br>bleus.</p>
<h2>Conseils</h2><p>Roulez.</p>
<h2>Procédure</h2><p>Passer au guichet.</p><p><span style="color: rgb(45, 160, 70);">Prévenir la loge.</span></p>
<h2>Plus d’infos</h2><p>Le lundi.</p></body></html>"##;

fn sheets(imported: &Imported) -> Vec<Sheet> {
    let read = |draft: &Draft| parse_sheet(&format!("{}.md", draft.slug), &draft.file_text).unwrap();
    imported.drafts.iter().map(read).collect()
}

#[test]
fn text_becomes_drafts_that_read_back() {
    let imported = import_text(TEXT);
    let sheets = sheets(&imported);
    let found: Vec<(&str, SheetKind)> =
        sheets.iter().map(|sheet| (sheet.slug.as_str(), sheet.kind)).collect();
    let expected = [
        ("la-maison-des-cycles", SheetKind::Page),
        ("reparation-des-velso", SheetKind::Service),
        ("annexe-plan", SheetKind::Page),
    ];
    assert_eq!(found, expected);

    let repair = &sheets[1];
    assert_eq!((repair.edition.as_str(), repair.effective.to_string().as_str()), ("V2", "2026-03-09"));
    assert_eq!(repair.includes[1].text, "Le frein (si le vélo est au lycée)");
    assert!(repair.to_complete.iter().any(|entry| entry.contains("« Ne comprend pas »")));
    let summary = &repair.section(SectionKind::Service).unwrap().blocks[0];
    assert_eq!((summary.origin, summary.plain().as_str()), (Origin::Summary, "On répare vos vélos_ici."));
    let detail = &repair.section(SectionKind::Detail).unwrap().blocks[0];
    assert_eq!((detail.title.as_deref(), detail.origin), (Some("Roues"), Origin::Official));
    assert_eq!(detail.plain(), "Les vélos sont réparés.\nLes roues sont gonflées.\n# Un dièse & 1 < 2.");
}

#[test]
fn what_the_source_lost_is_listed_with_its_line() {
    let missing: Vec<(usize, String)> =
        import_text(TEXT).missing.into_iter().map(|m| (m.line, m.what)).collect();
    let expected = [
        (12, "La liste annoncée par « … prête des vélos. Elle s’occupe de » n’a pas été transmise"),
        (14, "La liste annoncée par « à l’exception » n’a pas été transmise"),
        (18, "L’image « image.png » n’a pas été transmise"),
        (20, "Titre à vérifier : il écrit « velso », le texte écrit « velos »"),
        (20, "La partie « Procédure » est absente de la source"),
        (35, "La liste « Ne comprend pas » est vide"),
        (58, "L’image « 26 03 09 - Catalogue - V2_1.png » n’a pas été transmise"),
        (62, "Le document « Catalogue - V2.pdf » n’a pas été transmis"),
    ];
    let expected: Vec<(usize, String)> = expected.map(|(line, what)| (line, what.to_owned())).to_vec();
    assert_eq!(missing, expected);
}

#[test]
fn html_keeps_lists_and_green_examples() {
    let imported = import_html(HTML);
    let sheets = sheets(&imported);
    assert_eq!(sheets.len(), 1);
    assert_eq!(sheets[0].title, "Prêt de vélos");
    assert_eq!(sheets[0].includes[0].text, "Un vélo");
    let steps: Vec<Option<StepKind>> =
        sheets[0].section(SectionKind::Procedure).unwrap().blocks.iter().map(|block| block.step).collect();
    assert_eq!(steps, [Some(StepKind::Imposed), Some(StepKind::Example)]);
    let missing: Vec<&str> = imported.missing.iter().map(|missing| missing.what.as_str()).collect();
    assert_eq!(
        missing,
        ["La liste « Ne comprend pas » est vide", "L’image « liste.png » n’a pas été transmise"]
    );
}

#[test]
fn nothing_comes_of_nothing() {
    assert_eq!(import_text(""), Imported::default());
    assert_eq!(import_text("Document officiel"), Imported::default());
    assert_eq!(import_html("<p>rien</p>"), Imported::default());
}

proptest::proptest! {
    #[test]
    fn any_text_gives_drafts_that_read_back(body in "(Document officiel|Comprend|En détail|Le service|Procédure|[ -~é«:]{0,30}|\n){0,20}") {
        let text = body.replace("Document officiel", "\nTitre\nDocument officiel\n").replace("En détail", "\nEn détail\n");
        for draft in import_text(&text).drafts {
            proptest::prop_assert!(parse_sheet("x.md", &draft.file_text).is_ok(), "{}", draft.file_text);
        }
    }
}
