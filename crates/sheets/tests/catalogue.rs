//! The catalogue shipped with the program passes its own checker.

use std::{fs, path::Path};

use beffroi_sheets::{Severity, SheetKind, check_catalogue};

fn shipped() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_shipped_catalogue_has_no_fault() {
    let (catalogue, findings) = check_catalogue(&shipped());
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));

    let sheets = catalogue.unwrap().sheets;
    let services = sheets.iter().filter(|sheet| sheet.kind == SheetKind::Service);
    assert_eq!(services.count(), 10);
}
