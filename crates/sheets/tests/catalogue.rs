//! The catalogue shipped with the program passes its own checker.

use std::{fs, path::Path};

use beffroi_sheets::{Finding, SheetKind, check_catalogue};

#[test]
fn the_shipped_catalogue_has_no_fault() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push((name, fs::read_to_string(entry.path()).unwrap()));
    }

    let (catalogue, findings) = check_catalogue(&files);

    let faults: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let sheets = catalogue.unwrap().sheets;
    assert_eq!(sheets.iter().filter(|sheet| sheet.kind == SheetKind::Service).count(), 10);
}
