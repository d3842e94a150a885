//! Exemptions as regular expressions of Squid (POSIX extended), one a line.
//!
//! Squid compares the address of a request after undoing its percent-encoding, once. So patterns hold
//! decoded bytes, and those that open a page let no `..` follow: `/cours/../autre` is another page.

use super::super::address::{Address, Direction, Extent};
use super::LiveExemption;

/// A part of an address that stays under the one before it.
const SEGMENT: &str = r"([^/?\.][^/?\]*|\.([^/?\.][^/?\]*)?)?";

/// The file of one direction: what is in force, in an order that depends on nothing else.
pub(super) fn list(live: &[LiveExemption], direction: Direction) -> Vec<u8> {
    let mut ours: Vec<&LiveExemption> = live.iter().filter(|one| one.direction == direction).collect();
    ours.sort_unstable();
    ours.dedup();
    let mut out =
        format!("# Beffroi, adresses à {} : fichier écrit par le logiciel.\n", direction.verb()).into_bytes();
    for one in ours {
        let remark = format!("# {} jusqu’au {} : {}\n", one.act, one.ends_on.format("%d/%m/%Y"), one.address);
        out.extend(remark.bytes());
        for line in patterns(&one.address, one.extent, direction) {
            out.extend(line);
            out.push(b'\n');
        }
    }
    out
}

fn patterns(address: &Address, extent: Extent, direction: Direction) -> Vec<Vec<u8>> {
    let host = escaped(address.host().as_bytes());
    let port = address.port();
    let mut lines = Vec::new();
    match extent {
        Extent::Site => {
            let ports = match (port, direction) {
                (Some(port), _) => format!(":{port}"),
                (None, Direction::Allow) => "(:80|:443)?".to_owned(),
                (None, Direction::Deny) => "(:[0-9]+)?".to_owned(),
            };
            lines.push(joined(&[b"^(https?|wss?)://", &host, br"\.?", ports.as_bytes(), b"([/?]|$)"]));
        }
        Extent::Page => {
            let (scheme, usual) = if address.is_https() { ("https", 443) } else { ("http", 80) };
            let ports = port.map_or_else(|| format!("(:{usual})?"), |port| format!(":{port}"));
            let start = format!("^{scheme}://");
            let rest = escaped(&decoded(address.rest()));
            let tail = tail(address.rest(), direction);
            lines.push(joined(&[start.as_bytes(), &host, br"\.?", ports.as_bytes(), &rest, tail.as_bytes()]));
        }
    }
    // What a browser asks before it speaks https. A page is not closed there: its site would be.
    let tunnel = match (extent, direction, port) {
        (Extent::Page, Direction::Deny, _) => None,
        (Extent::Page, Direction::Allow, _) if !address.is_https() => None,
        (Extent::Site, Direction::Deny, None) => Some("[0-9]+".to_owned()),
        (_, _, Some(port)) => Some(port.to_string()),
        (_, _, None) => Some("443".to_owned()),
    };
    lines.extend(tunnel.map(|ports| joined(&[b"^", &host, br"\.?:", ports.as_bytes(), b"$"])));
    lines
}

/// What may follow the path and query of a page.
fn tail(rest: &str, direction: Direction) -> String {
    let (folder, asks) = (rest.ends_with('/'), rest.contains('?'));
    match direction {
        Direction::Deny if folder => String::new(),
        Direction::Deny => "([/?&]|$)".to_owned(),
        Direction::Allow if asks => format!("(&{SEGMENT}([/?]{SEGMENT})*)?$"),
        Direction::Allow if folder => format!("{SEGMENT}([/?]{SEGMENT})*$"),
        Direction::Allow => format!("([/?]{SEGMENT})*$"),
    }
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// The bytes that percent-encoding stands for.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = (byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Bytes that mean themselves.
fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 2);
    for &byte in bytes {
        match byte {
            // A line of the file is cut at spaces.
            b' ' => out.extend(b"[[:space:]]"),
            byte if br"\^$.|?*+()[]{}".contains(&byte) => out.extend([b'\\', byte]),
            byte => out.push(byte),
        }
    }
    out
}
