//! The lines of a CSV of unknown separator and encoding. A quote that is never closed costs its own
//! line only.

use std::io::{BufRead, BufReader, Read};

use super::ImportError;

/// A quoted field may hold this many line ends before the quote is held to be a slip.
const LONGEST_FIELD: usize = 10;
const UNCLOSED: &str = "un guillemet n’est jamais refermé";

/// One line: its number, and its fields or why they cannot be read.
pub(super) struct Line {
    pub number: u64,
    pub fields: Result<Vec<String>, &'static str>,
}

/// Reads lines one after the other.
pub(super) struct Lines<R: Read> {
    reader: BufReader<R>,
    /// Lines read ahead, to be read again.
    ahead: std::collections::VecDeque<Vec<u8>>,
    number: u64,
    separator: u8,
    header: Option<Vec<String>>,
    marked: bool,
    windows: bool,
}

impl<R: Read> Lines<R> {
    pub fn new(reader: R) -> Result<Self, ImportError> {
        let reader = BufReader::with_capacity(64 * 1024, reader);
        let ahead = std::collections::VecDeque::new();
        let mut lines =
            Self { reader, ahead, number: 0, separator: b';', header: None, marked: false, windows: false };
        while let Some(mut raw) = lines.raw()? {
            if lines.number == 1 {
                if raw.starts_with(&[0xFF, 0xFE]) || raw.starts_with(&[0xFE, 0xFF]) {
                    return Err(ImportError::Utf16);
                }
                if raw.starts_with("\u{feff}".as_bytes()) {
                    lines.marked = true;
                    raw.drain(..3);
                }
            }
            if blank(&raw) {
                continue;
            }
            lines.separator = separator(&raw);
            lines.header = lines.parse(&raw);
            break;
        }
        Ok(lines)
    }

    /// The first line that is not blank.
    pub fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    pub fn separator_name(&self) -> &'static str {
        match self.separator {
            b'\t' => "tabulations",
            b',' => "virgules",
            _ => "points-virgules",
        }
    }

    /// Known at the end only: the first accent may be on the last line.
    pub fn encoding_name(&self) -> &'static str {
        match (self.windows, self.marked) {
            (true, _) => "Windows-1252",
            (false, true) => "UTF-8 avec marque",
            (false, false) => "UTF-8",
        }
    }

    /// The next line that is not blank.
    pub fn next_line(&mut self) -> Result<Option<Line>, ImportError> {
        loop {
            let Some(first) = self.raw()? else { return Ok(None) };
            if blank(&first) {
                continue;
            }
            let number = self.number;
            let Some(whole) = self.whole(first)? else {
                return Ok(Some(Line { number, fields: Err(UNCLOSED) }));
            };
            let fields = self.parse(&whole).ok_or(UNCLOSED);
            return Ok(Some(Line { number, fields }));
        }
    }

    /// The line with those that a quoted field spans, or nothing when its quote is never closed.
    fn whole(&mut self, first: Vec<u8>) -> Result<Option<Vec<u8>>, ImportError> {
        let mut whole = first;
        let mut spanned = Vec::new();
        while quotes(&whole) % 2 == 1 {
            let next = if spanned.len() < LONGEST_FIELD { self.raw()? } else { None };
            let Some(next) = next else {
                self.number -= spanned.len() as u64;
                for line in spanned.into_iter().rev() {
                    self.ahead.push_front(line);
                }
                return Ok(None);
            };
            whole.extend_from_slice(&next);
            spanned.push(next);
        }
        Ok(Some(whole))
    }

    fn raw(&mut self) -> Result<Option<Vec<u8>>, ImportError> {
        let mut raw = self.ahead.pop_front().unwrap_or_default();
        if raw.is_empty() && self.reader.read_until(b'\n', &mut raw)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(raw))
    }

    fn parse(&mut self, raw: &[u8]) -> Option<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            .from_reader(raw);
        let mut record = csv::ByteRecord::new();
        if !reader.read_byte_record(&mut record).ok()? {
            return None;
        }
        let windows = std::str::from_utf8(raw).is_err();
        self.windows |= windows;
        let decode = |field: &[u8]| match std::str::from_utf8(field) {
            Ok(text) if !windows => text.trim().to_owned(),
            _ => encoding_rs::WINDOWS_1252.decode_without_bom_handling(field).0.trim().to_owned(),
        };
        Some(record.iter().map(decode).collect())
    }
}

fn blank(raw: &[u8]) -> bool {
    raw.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b','))
}

fn quotes(raw: &[u8]) -> usize {
    raw.iter().filter(|byte| **byte == b'"').count()
}

/// The candidate found most often outside quotes.
fn separator(header: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b';', 0), (b',', 0), (b'\t', 0)];
    for byte in header {
        quoted ^= *byte == b'"';
        for (candidate, count) in &mut counts {
            *count += usize::from(!quoted && candidate == byte);
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b';', |(candidate, _)| *candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Got = Vec<(u64, Result<Vec<String>, &'static str>)>;

    fn read(bytes: &[u8]) -> (Got, &'static str, &'static str) {
        let mut lines = Lines::new(bytes).unwrap();
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            all.push((line.number, line.fields));
        }
        (all, lines.separator_name(), lines.encoding_name())
    }

    #[test]
    fn separators_and_encodings_are_found() {
        assert_eq!(read(b"a;b\n1;2\n").1, "points-virgules");
        assert_eq!(read(b"a,b\n1,2\n").1, "virgules");
        assert_eq!(read(b"a\tb\n1\t2\n").1, "tabulations");
        assert_eq!(read("\u{feff}a;b\né;2\n".as_bytes()).2, "UTF-8 avec marque");
        let (lines, _, encoding) = read(b"a;b\r\nabc;d\r\nLyc\xe9e;\xc9t\xe9\r\n");
        assert_eq!(encoding, "Windows-1252");
        assert_eq!(lines[1], (3, Ok(vec!["Lycée".into(), "Été".into()])));
    }

    #[test]
    fn a_quote_never_closed_costs_one_line() {
        let (lines, ..) = read(b"a;b\n\"x\ny\";1\nun \"lyc;2\ntrois;3\n\nquatre;4\n");
        let expected: Got = vec![
            (2, Ok(vec!["x\ny".into(), "1".into()])),
            (4, Err(UNCLOSED)),
            (5, Ok(vec!["trois".into(), "3".into()])),
            (7, Ok(vec!["quatre".into(), "4".into()])),
        ];
        assert_eq!(lines, expected);
    }
}
