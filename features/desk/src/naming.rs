//! Names that lie: a file whose extension says another type than its bytes is kept under an honest name, so
//! that whoever opens it knows what it is; a page or a program never enters, whatever its name. (ASVS 5.2.2)

/// Extensions of the same bytes: any of them is true of such a file. The first is given to a file that lied.
const FAMILIES: &[&[&str]] = &[
    &["pdf"],
    &["png"],
    &["jpg", "jpeg", "jpe", "jfif"],
    &["gif"],
    &["webp"],
    &["bmp", "dib"],
    &["tif", "tiff"],
    &["heic", "heif", "hif"],
    // A zip holds them all; which one is not looked into.
    &["zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "odg", "epub"],
    &["doc", "xls", "ppt", "msg", "pub", "vsd", "mpp"],
    &["rtf"],
    &["gz", "tgz"],
    &["7z"],
    &["rar"],
    &["mp4", "m4v", "mov", "m4a"],
    &["mp3"],
    &["wav"],
    &["avi"],
    &["mkv", "webm"],
];

/// Those whose bytes are always known: under such a name, other bytes are a lie.
const SURE: &[&str] = &["pdf", "png", "jpg", "gif", "zip"];
/// How older office files begin, whichever they are.
const OFFICE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Extensions of plain texts, in any encoding.
const TEXTS: &[&str] = &["txt", "csv", "log", "md", "ics", "vcf", "json", "tsv"];

/// What beginnings of texts that a browser or a shell would run look like, in lower case.
const RUN: &[&str] = &["#!", "<script", "<!doctype html", "<html", "<svg"];
/// How far they are looked for, in bytes.
const LOOKED: usize = 1_024;

/// Whether bytes are a program, a script, or a page that a browser would run.
pub(crate) fn is_program(bytes: &[u8]) -> bool {
    if infer::is_app(bytes) {
        return true;
    }
    let head = &bytes[..bytes.len().min(LOOKED)];
    let head = String::from_utf8_lossy(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head));
    let head = head.trim_start().to_ascii_lowercase();
    let drawing = head.starts_with("<?xml") && head.contains("<svg");
    drawing || RUN.iter().any(|start| head.starts_with(start))
}

/// The honest name of a file whose extension lies about its bytes; nothing when it does not, or says nothing
/// that is known here.
pub(crate) fn honest(name: &str, bytes: &[u8]) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?;
    let extension = extension.to_ascii_lowercase();
    let said = FAMILIES.iter().find(|family| family.contains(&extension.as_str()));
    let is_text = TEXTS.contains(&extension.as_str());
    if said.is_none() && !is_text {
        return None;
    }
    let found = found(bytes);
    let real = found.and_then(|found| FAMILIES.iter().find(|family| family.contains(&found)));
    match (said, real, found) {
        (Some(said), Some(real), _) if said[0] == real[0] => None,
        // The very format that was found, when its family has several.
        (_, Some(_), Some(found)) => Some(format!("{stem}.{found}")),
        // Bytes of a type that is not in the list, under a name that is: the true name of that type.
        (Some(_), None, Some(found)) => Some(format!("{stem}.{found}")),
        (Some(_), _, None) if std::str::from_utf8(bytes).is_ok() => Some(format!("{stem}.txt")),
        (Some(said), _, None) if SURE.contains(&said[0]) => Some(format!("{stem}.bin")),
        // A text in an old encoding, a sound without a heading: they look like nothing.
        (_, _, None) | (None, None, Some(_)) => None,
    }
}

/// The extension of the type that bytes show.
fn found(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(LOOKED)];
    let known = infer::get(bytes).map(|kind| kind.extension());
    if bytes.starts_with(OFFICE) {
        // One whose kind it does not know, it takes for an installer.
        return known.filter(|extension| *extension != "msi").or(Some("doc"));
    }
    // Readers take one that begins a little further.
    let late = || head.windows(5).any(|five| five == b"%PDF-").then_some("pdf");
    known.or_else(late)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PDF: &[u8] = b"%PDF-1.7 ...";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0";

    #[test]
    fn a_name_that_lies_is_mended() {
        for (name, bytes, honest_name) in [
            ("photo.jpg", PDF, "photo.pdf"),
            ("photo.JPG", PNG, "photo.png"),
            ("notes.txt", PDF, "notes.pdf"),
            ("facture.pdf", "bonjour, ceci est un texte".as_bytes(), "facture.txt"),
            ("facture.pdf", b"\xff\xfe\x00\x01\x80\x81\x82".as_slice(), "facture.bin"),
            ("plan.pdf.png", ZIP, "plan.pdf.zip"),
        ] {
            assert_eq!(honest(name, bytes).as_deref(), Some(honest_name), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_true_or_says_nothing_is_left() {
        for (name, bytes) in [
            ("devis.pdf", PDF),
            ("DEVIS.PDF", PDF),
            ("tableau.xlsx", ZIP),
            ("archive.zip", ZIP),
            ("figure.ggb", ZIP),
            ("liste.csv", b"nom;ville\nLef\xe8vre;Lille".as_slice()),
            ("liste.csv", "nom;ville".as_bytes()),
            ("message.msg", [OFFICE, &[0; 600]].concat().leak()),
            ("scan.pdf", b"\0\0%PDF-1.4"),
            ("son.mp3", b"\xff\xf3\x80\x00\x01"),
            ("sans extension", PDF),
            (".pdf", ZIP),
        ] {
            assert_eq!(honest(name, bytes), None, "{name}");
        }
    }

    #[test]
    fn a_page_or_a_drawing_that_runs_is_known_by_its_beginning() {
        for text in [
            "#!/bin/sh",
            " \n<HTML>",
            "\u{feff}<!DOCTYPE html>",
            "<script>x",
            "<svg onload=x>",
            "<?xml version='1.0'?>\n<!-- --><svg>",
        ] {
            assert!(is_program(text.as_bytes()), "{text}");
        }
        for text in ["<?xml version='1.0'?><feuille/>", "Le <script> ne s’affiche pas.", "x <svg>"] {
            assert!(!is_program(text.as_bytes()), "{text}");
        }
    }
}
