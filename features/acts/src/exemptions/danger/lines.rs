//! Reads a list line by line: domains, hosts files, addresses, remarks.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::super::address::Address;

/// What a line names.
pub(super) enum Entry<'a> {
    /// A site, and those under it.
    Site(Cow<'a, str>),
    /// The beginning of an address, without scheme nor `www.`.
    Page(String),
}

impl Entry<'_> {
    pub(super) fn is_page(&self) -> bool {
        matches!(self, Self::Page(_))
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Site(name) => name,
            Self::Page(page) => page,
        }
    }
}

/// Gives every entry of a file to `each`; answers how many lines are neither entries nor remarks.
pub(super) fn read(path: &Path, mut each: impl FnMut(Entry<'_>)) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let (mut line, mut skipped) = (Vec::new(), 0);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(skipped);
        }
        let Ok(text) = std::str::from_utf8(&line) else {
            skipped += 1;
            continue;
        };
        let text = text.trim_start_matches('\u{feff}').split('#').next().unwrap_or_default().trim();
        if text.is_empty() || text.starts_with('!') {
            continue;
        }
        match entry(text) {
            Some(Entry::Site(name)) if is_own_name(&name) => {}
            Some(entry) => each(entry),
            None => skipped += 1,
        }
    }
}

/// Names by which hosts files call the machine itself.
fn is_own_name(name: &str) -> bool {
    matches!(name, "localhost" | "broadcasthost" | "localhost.localdomain" | "0.0.0.0")
}

fn entry(text: &str) -> Option<Entry<'_>> {
    let mut words = text.split_ascii_whitespace();
    let first = words.next()?;
    // « 0.0.0.0 domain », as hosts files have it; other names on the line are its aliases.
    let name = match words.next() {
        Some(name) if first.parse::<std::net::IpAddr>().is_ok() => name,
        Some(_) => return None,
        None => first,
    };
    let bare = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://")).unwrap_or(name);
    match bare.find(['/', '?']) {
        Some(at) if !bare[at..].trim_matches('/').is_empty() => page(bare),
        Some(at) => site(&bare[..at]),
        None => site(bare),
    }
}

/// The name of a site: most are already written as we keep them.
fn site(name: &str) -> Option<Entry<'_>> {
    let name = name.trim_start_matches("*.").trim_matches('.');
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    if name == "localhost" || name == "broadcasthost" {
        return Some(Entry::Site(Cow::Borrowed(name)));
    }
    if !name.contains('.') {
        return None;
    }
    if name.bytes().all(plain) {
        return Some(Entry::Site(Cow::Borrowed(name)));
    }
    let name = idna::domain_to_ascii(name).ok()?;
    name.bytes().all(plain).then_some(Entry::Site(Cow::Owned(name)))
}

fn page(bare: &str) -> Option<Entry<'_>> {
    let address = Address::parse(&format!("http://{bare}")).ok()?;
    let host = address.host().strip_prefix("www.").unwrap_or(address.host());
    Some(Entry::Page(format!("{host}{}", address.rest()).trim_end_matches('/').to_owned()))
}
