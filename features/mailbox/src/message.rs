//! A mail as it came, read into what the desk needs of it: who, to whom, in answer to what, the words,
//! the files. Whatever the bytes, reading them ends and never fails worse than [`Unreadable`].

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};
use sha2::{Digest, Sha256};

use crate::{fold, tnef};

/// Largest mail read, in bytes (30 MB).
pub const MAX_BYTES: usize = 30 * 1024 * 1024;
/// Most words kept in a message; the rest goes in a file.
pub const MAX_TEXT: usize = 8_000;
/// Most words of what a mail quotes.
const MAX_QUOTED: usize = 4_000;
/// An image of a signature is smaller; one somebody took is larger.
const SIGNATURE_IMAGE: usize = 20 * 1024;

/// The bytes are no mail: no header can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ce message est illisible")]
pub struct Unreadable;

/// A mail, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    /// The same for the same mail, whatever way it came by.
    pub identity: String,
    /// The addresses of `From`, in lower case.
    pub from: Vec<String>,
    /// The addresses it was sent or brought to, in lower case.
    pub to: Vec<String>,
    /// The identifiers of the mails it answers.
    pub answers: Vec<String>,
    /// What it is about, on one line.
    pub subject: String,
    /// What its author wrote.
    pub said: String,
    /// What it quotes, and its signature.
    pub quoted: String,
    /// Its files: name, content.
    pub files: Vec<(String, Vec<u8>)>,
    /// Nobody without the key can read it.
    pub encrypted: bool,
    /// The root of its type, as `multipart/report`.
    pub media_type: String,
    /// Every header, name in lower case, in the order of the mail.
    pub headers: Vec<(String, String)>,
}

impl Incoming {
    /// The values of a header, the last hop first.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a header.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The only author; none when there are none or several.
    #[must_use]
    pub fn author(&self) -> Option<&str> {
        match self.from.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// Reads the headers only: of a mail too large to be read whole.
///
/// # Errors
/// [`Unreadable`] when there are none.
pub fn read_headers(bytes: &[u8]) -> Result<Incoming, Unreadable> {
    let (head, body) = split(bytes);
    let message = MessageParser::default().parse_headers(head).ok_or(Unreadable)?;
    envelope(&message, body)
}

/// Reads a mail.
///
/// # Errors
/// [`Unreadable`] when it has no header.
pub fn read(bytes: &[u8]) -> Result<Incoming, Unreadable> {
    let message = MessageParser::default().parse(bytes).ok_or(Unreadable)?;
    let mut mail = envelope(&message, split(bytes).1)?;
    mail.encrypted = is_encrypted(&message);
    if mail.encrypted {
        return Ok(mail);
    }
    let html: String = texts(message.html_bodies(), true);
    let plain: String = texts(message.text_bodies(), false);
    (mail.said, mail.quoted) =
        if plain.trim().is_empty() { fold::fold_html(&html) } else { fold::fold(&plain) };
    take_files(&mut mail, &message);
    mail.said = clean(&mail.said).trim().to_owned();
    mail.quoted = clean(&mail.quoted).trim().chars().take(MAX_QUOTED).collect();
    shorten(&mut mail);
    Ok(mail)
}

/// The end of a very long text becomes a file; nothing is lost.
fn shorten(mail: &mut Incoming) {
    if mail.said.chars().count() <= MAX_TEXT {
        return;
    }
    mail.files.push(("courriel.txt".to_owned(), mail.said.clone().into_bytes()));
    let head: String = mail.said.chars().take(MAX_TEXT).collect();
    mail.said = format!("{head}\n[…] La suite est dans le fichier joint « courriel.txt ».");
}

fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut start = 0;
    // An empty line ends the headers, whatever ends the lines.
    while let Some(length) = bytes[start..].iter().position(|byte| *byte == b'\n') {
        let end = start + length + 1;
        if matches!(&bytes[start..end], b"\n" | b"\r\n") {
            return (&bytes[..end], &bytes[end..]);
        }
        start = end;
    }
    (bytes, &[])
}

fn envelope(message: &Message, body: &[u8]) -> Result<Incoming, Unreadable> {
    let headers: Vec<(String, String)> = message
        .headers_raw()
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), one_line(value)))
        .collect();
    // Bytes that hold a colon are not yet a mail.
    const KNOWN: &[&str] = &["from", "to", "subject", "date", "received", "message-id", "return-path"];
    if !headers.iter().any(|(name, _)| KNOWN.contains(&name.as_str())) {
        return Err(Unreadable);
    }
    let mut mail = Incoming { headers, ..Incoming::default() };
    let from = message.from().into_iter().flat_map(|list| list.iter());
    mail.from = from.filter_map(|one| one.address()).filter_map(address).collect();
    mail.from.dedup();
    let said = message.to().into_iter().chain(message.cc()).flat_map(|list| list.iter());
    mail.to = said.filter_map(|one| one.address()).filter_map(address).collect();
    for name in ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to"] {
        let brought: Vec<String> = mail.all(name).filter_map(address).collect();
        mail.to.extend(brought);
    }
    mail.subject = clean(message.subject().unwrap_or_default())
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(200)
        .collect();
    for header in [message.in_reply_to(), message.references()] {
        let list = header.as_text_list().map(<[_]>::to_vec).unwrap_or_default();
        mail.answers.extend(list.iter().map(|id| id.trim_matches(['<', '>', ' ']).to_lowercase()));
        mail.answers.extend(header.as_text().map(|id| id.trim_matches(['<', '>', ' ']).to_lowercase()));
    }
    mail.media_type = message.content_type().map_or_else(
        || "text/plain".to_owned(),
        |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase(),
    );
    mail.identity = identity(&mail, message.message_id().unwrap_or_default(), body);
    Ok(mail)
}

/// What stays the same whatever servers add on the way: identifier, author, date, content.
fn identity(mail: &Incoming, id: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [id.trim(), &mail.from.join(","), mail.first("date").unwrap_or_default()] {
        hash.update(part.as_bytes());
        hash.update(b"\0");
    }
    // A server may end lines otherwise, or the text with one more.
    let plain: Vec<u8> = body.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    hash.update(plain);
    hex::encode(hash.finalize())
}

fn address(text: &str) -> Option<String> {
    let bare = text.trim().trim_matches(['<', '>']).trim();
    let fits = bare.contains('@')
        && bare.len() <= 254
        && !bare.contains(|c: char| c.is_whitespace() || c.is_control());
    fits.then(|| bare.to_lowercase())
}

fn one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).collect()
}

/// Without what no text needs: zeros, controls, marks that turn the direction of reading.
pub(crate) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = |c: &char| match c {
        '\n' | '\t' => true,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => false,
        c => !c.is_control(),
    };
    text.chars().filter(kept).collect()
}

fn is_encrypted(message: &Message) -> bool {
    let enveloped = message.content_type().and_then(|kind| kind.attribute("smime-type"));
    message.is_content_type("multipart", "encrypted")
        || ((message.is_content_type("application", "pkcs7-mime")
            || message.is_content_type("application", "x-pkcs7-mime"))
            && enveloped != Some("signed-data"))
}

fn texts<'a>(parts: impl Iterator<Item = &'a MessagePart<'a>>, html: bool) -> String {
    let texts = parts.filter_map(|part| match (&part.body, html) {
        (PartType::Html(text), true) | (PartType::Text(text), false) => Some(text.as_ref()),
        _ => None,
    });
    texts.map(mended).collect::<Vec<_>>().join("\n")
}

/// UTF-8 announced as something else reads « Ã© » for « é »: what reads as UTF-8 once turned back, was.
fn mended(text: &str) -> String {
    let (bytes, _, lost) = encoding_rs::WINDOWS_1252.encode(text);
    match std::str::from_utf8(&bytes) {
        Ok(read) if !lost && !text.is_ascii() => read.to_owned(),
        _ => text.to_owned(),
    }
}

fn take_files(mail: &mut Incoming, message: &Message) {
    for part in message.attachments() {
        let kind = part.content_type().map_or_else(String::new, |kind| {
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase()
        });
        let content: Vec<u8> = match &part.body {
            PartType::Message(inner) => inner.raw_message().to_vec(),
            _ => part.contents().to_vec(),
        };
        // A part cut before its end is told from a body by nothing but its having no name.
        if mail.said.is_empty() && part.attachment_name().is_none() {
            match &part.body {
                PartType::Text(text) => (mail.said, mail.quoted) = fold::fold(&mended(text)),
                PartType::Html(html) => (mail.said, mail.quoted) = fold::fold_html(html),
                _ => {}
            }
            if !mail.said.is_empty() {
                continue;
            }
        }
        let signature = matches!(
            kind.as_str(),
            "application/pkcs7-signature" | "application/x-pkcs7-signature" | "application/pgp-signature"
        );
        let ornament =
            part.content_id().is_some() && kind.starts_with("image/") && content.len() < SIGNATURE_IMAGE;
        if signature || ornament || content.is_empty() {
            continue;
        }
        let name = part.attachment_name().map(clean).filter(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| default_name(&kind));
        if kind == "application/ms-tnef"
            || kind == "application/vnd.ms-tnef"
            || name.eq_ignore_ascii_case("winmail.dat")
        {
            match tnef::read(&content) {
                Some(unwrapped) => {
                    if mail.said.trim().is_empty() {
                        (mail.said, mail.quoted) = fold::fold(&unwrapped.text);
                    }
                    mail.files.extend(unwrapped.files);
                }
                None => mail.files.push((name, content)),
            }
            continue;
        }
        mail.files.push((name, content));
    }
}

fn default_name(kind: &str) -> String {
    match kind {
        "message/rfc822" => "message.eml",
        "text/calendar" => "invitation.ics",
        "text/html" => "texte.htm",
        "image/jpeg" => "image.jpg",
        "image/png" => "image.png",
        "application/pdf" => "document.pdf",
        _ if kind.starts_with("text/") => "texte.txt",
        _ => "fichier",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_never_closed_is_read() {
        let mail = read(b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"=_f\"\r\n\r\nAvant.\r\n--=_f\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nLa salle 12.\r\n").unwrap();
        assert_eq!((mail.said.as_str(), mail.files.len()), ("La salle 12.", 0), "{mail:?}");
    }
}
