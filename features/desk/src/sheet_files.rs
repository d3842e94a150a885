//! Spreadsheets written while they are read: CSV for machines, `OpenDocument` for people. Nothing but
//! the last rows is in memory.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use chrono_tz::Europe::Paris;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values as French spreadsheets read them: semicolons, UTF-8 with its mark.
    Csv,
    /// An `OpenDocument` spreadsheet (ISO/IEC 26300).
    Ods,
}

impl Format {
    /// The format of that extension.
    #[must_use]
    pub fn of(slug: &str) -> Option<Self> {
        [Self::Csv, Self::Ods].into_iter().find(|format| format.slug() == slug)
    }

    /// Its extension.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ods => "ods",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ods => ODS,
        }
    }
}

/// A cell of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// An instant, shown at the hour of Paris.
    Instant(DateTime<Utc>),
}

const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// What is written and not yet taken.
#[derive(Clone, Debug, Default)]
struct Outlet(Arc<Mutex<Vec<u8>>>);

impl Outlet {
    fn take(&self) -> Bytes {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Writer {
    Csv(Box<csv::Writer<Outlet>>),
    Ods(Box<ZipWriter<StreamWriter<Outlet>>>),
}

/// A spreadsheet being written.
pub struct SheetFile {
    outlet: Outlet,
    writer: Writer,
}

impl SheetFile {
    /// Begins a file with the titles of its columns.
    ///
    /// # Errors
    /// When the format refuses what is written.
    pub fn begin(format: Format, name: &str, titles: &[&str]) -> io::Result<Self> {
        let mut outlet = Outlet::default();
        let writer = match format {
            Format::Csv => {
                outlet.write_all("\u{feff}".as_bytes())?;
                let mut builder = csv::WriterBuilder::new();
                let mut writer =
                    builder.delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(outlet.clone());
                writer.write_record(titles).map_err(io::Error::other)?;
                Writer::Csv(Box::new(writer))
            }
            Format::Ods => Writer::Ods(Box::new(ods_begin(outlet.clone(), name, titles)?)),
        };
        Ok(Self { outlet, writer })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the format refuses what is written.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        match &mut self.writer {
            Writer::Csv(writer) => writer.write_record(cells.iter().map(csv_text)).map_err(io::Error::other),
            Writer::Ods(writer) => {
                let cells: String = cells.iter().map(ods_cell).collect();
                writer.write_all(format!("<table:table-row>{cells}</table:table-row>").as_bytes())
            }
        }
    }

    /// What is written since the last time.
    #[must_use]
    pub fn written(&mut self) -> Bytes {
        if let Writer::Csv(writer) = &mut self.writer {
            // The outlet is memory: flushing to it cannot fail.
            let _ = writer.flush();
        }
        self.outlet.take()
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the format refuses what is written.
    pub fn end(self) -> io::Result<Bytes> {
        match self.writer {
            Writer::Csv(mut writer) => writer.flush()?,
            Writer::Ods(mut writer) => {
                writer.write_all(CONTENT_END.as_bytes())?;
                writer.finish().map_err(io::Error::other)?;
            }
        }
        Ok(self.outlet.take())
    }
}

/// A cell of a CSV file; one that a spreadsheet would run as a formula is made plain text.
fn csv_text(cell: &Cell) -> String {
    match cell {
        Cell::Instant(at) => beffroi_ui::short_date_time(*at),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
    }
}

const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"#;

const CONTENT_START: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" office:version="1.3"><office:automatic-styles><number:date-style style:name="instant-format"><number:day number:style="long"/><number:text>/</number:text><number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/><number:text> </number:text><number:hours number:style="long"/><number:text>:</number:text><number:minutes number:style="long"/></number:date-style><style:style style:name="instant" style:family="table-cell" style:data-style-name="instant-format"/></office:automatic-styles><office:body><office:spreadsheet>"#;

const CONTENT_END: &str = "</table:table></office:spreadsheet></office:body></office:document-content>";

fn ods_begin(outlet: Outlet, name: &str, titles: &[&str]) -> io::Result<ZipWriter<StreamWriter<Outlet>>> {
    let mut zip = ZipWriter::new_stream(outlet);
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let packed = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(3));
    // The first entry, unpacked, says what the file is.
    zip.start_file("mimetype", plain).map_err(io::Error::other)?;
    zip.write_all(ODS.as_bytes())?;
    zip.start_file("META-INF/manifest.xml", packed).map_err(io::Error::other)?;
    zip.write_all(MANIFEST.as_bytes())?;
    zip.start_file("content.xml", packed.large_file(true)).map_err(io::Error::other)?;
    zip.write_all(CONTENT_START.as_bytes())?;
    let count = titles.len().max(1);
    let heads: String = titles.iter().map(|title| ods_cell(&Cell::Text((*title).to_owned()))).collect();
    let start = format!(
        "<table:table table:name=\"{}\"><table:table-column table:number-columns-repeated=\"{count}\"/>\
         <table:table-header-rows><table:table-row>{heads}</table:table-row></table:table-header-rows>",
        escaped(name)
    );
    zip.write_all(start.as_bytes())?;
    Ok(zip)
}

/// A cell of an `OpenDocument` table: words are typed as words, so that nothing runs as a formula.
fn ods_cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) if text.is_empty() => "<table:table-cell/>".to_owned(),
        Cell::Text(text) => format!(
            "<table:table-cell office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>",
            escaped(text)
        ),
        Cell::Instant(at) => format!(
            "<table:table-cell table:style-name=\"instant\" office:value-type=\"date\" office:date-value=\"{}\">\
             <text:p>{}</text:p></table:table-cell>",
            at.with_timezone(&Paris).format("%Y-%m-%dT%H:%M:%S"),
            beffroi_ui::short_date_time(*at)
        ),
    }
}

/// Text as XML holds it; characters that XML forbids are left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            control if control < ' ' || matches!(control, '\u{fffe}' | '\u{ffff}') => {}
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn file(format: Format, cells: &[Cell]) -> Vec<u8> {
        let mut file = SheetFile::begin(format, "Demandes", &["Objet"]).unwrap();
        file.row(cells).unwrap();
        let mut bytes = file.written().to_vec();
        bytes.extend(file.end().unwrap());
        bytes
    }

    #[test]
    fn a_formula_is_plain_text_in_both_formats() {
        let cells = [Cell::Text("=HYPERLINK(\"http://mal.example\";\"clic\")".into())];
        let text = String::from_utf8(file(Format::Csv, &cells)).unwrap();
        assert!(text.starts_with("\u{feff}Objet\r\n\"'=HYPERLINK"), "{text}");
        let content = content(&file(Format::Ods, &cells));
        assert!(content.contains("office:value-type=\"string\"><text:p>=HYPERLINK(&quot;"), "{content}");
        assert!(!content.contains("table:formula"));
    }

    fn content(bytes: &[u8]) -> String {
        let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        archive.by_name("content.xml").unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_first_entry_of_an_ods_file_says_what_it_is() {
        let at: DateTime<Utc> = "2026-10-05T08:00:00Z".parse().unwrap();
        let bytes = file(Format::Ods, &[Cell::Instant(at), Cell::Text("a & b\u{1}".into())]);
        assert_eq!(&bytes[30..38], b"mimetype");
        assert_eq!(&bytes[38..38 + ODS.len()], ODS.as_bytes());
        let content = content(&bytes);
        assert!(content.contains("office:date-value=\"2026-10-05T10:00:00\""), "{content}");
        assert!(content.contains("a &amp; b</text:p>") && content.ends_with(CONTENT_END), "{content}");
    }
}
