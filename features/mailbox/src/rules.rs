//! Who may be believed, and who must not be answered: machines by their headers (RFC 3834), senders by
//! what our own border server proved of them (RFC 8601). Pure.

use beffroi_directory::{ReplyAddresses, ReplyToken};

use crate::message::Incoming;
use crate::model::Reason;

/// A mail that went through more servers goes round in circles.
const MAX_HOPS: usize = 50;
/// What programs write before the subject of an absence.
const ABSENCES: &[&str] = &[
    "réponse automatique",
    "automatic reply",
    "absence du bureau",
    "absent du bureau",
    "out of office",
    "message d'absence",
    "autoreply",
    "auto:",
];

/// Why a mail is a machine's, if it is: it is kept, and never answered.
#[must_use]
pub fn machine(mail: &Incoming, own: &[String]) -> Option<Reason> {
    let value = |name: &str| mail.first(name).map(str::to_lowercase).unwrap_or_default();
    let null_sender = mail.all("return-path").next().is_some_and(|path| matches!(path.trim(), "<>" | ""));
    let local = mail.author().and_then(|one| one.split('@').next()).unwrap_or_default();
    if mail.from.iter().any(|one| own.contains(one)) || mail.all("received").count() > MAX_HOPS {
        return Some(Reason::Loop);
    }
    if mail.media_type == "multipart/report"
        || matches!(local, "mailer-daemon" | "postmaster")
        || mail.first("x-failed-recipients").is_some()
    {
        return Some(Reason::Bounce);
    }
    let auto = value("auto-submitted");
    let automatic = !auto.is_empty() && !auto.starts_with("no");
    let answers = ["x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply"];
    let subject = mail.subject.to_lowercase().replace('’', "'");
    if automatic
        || null_sender
        || answers.iter().any(|name| mail.first(name).is_some())
        || matches!(value("precedence").as_str(), "auto_reply" | "auto-reply")
        || matches!(local, "no-reply" | "noreply" | "ne-pas-repondre")
        || ABSENCES.iter().any(|words| subject.starts_with(words))
    {
        return Some(Reason::AutoReply);
    }
    let list = ["list-id", "list-unsubscribe", "list-post"].iter().any(|name| mail.first(name).is_some());
    (list || matches!(value("precedence").as_str(), "bulk" | "list" | "junk")).then_some(Reason::List)
}

/// What is known of the sender's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The border server proved it.
    Passed,
    /// The border server found it false.
    Failed,
    /// The border server said nothing that proves it.
    None,
}

/// Reads what the border server `authserv` wrote on top of the mail; anybody's other lines are not read, and
/// without such a server nothing is proved.
#[must_use]
pub fn proof(mail: &Incoming, authserv: Option<&str>) -> Proof {
    let Some(authserv) = authserv else { return Proof::None };
    let trusted = mail.all("authentication-results").find_map(|line| {
        let (server, results) = line.split_once(';')?;
        let server = server.split_whitespace().next()?;
        server.eq_ignore_ascii_case(authserv).then_some(results)
    });
    let Some(results) = trusted else { return Proof::None };
    let results = without_comments(results).to_lowercase();
    let domain = mail.author().and_then(|one| one.rsplit_once('@')).map_or("", |(_, domain)| domain);
    let mut checks = results.split(';').map(str::trim).filter_map(|check| {
        let mut words = check.split_whitespace();
        let (method, result) = words.next()?.split_once('=')?;
        Some((method.to_owned(), result.to_owned(), words.map(str::to_owned).collect::<Vec<_>>()))
    });
    let checks: Vec<_> = checks.by_ref().collect();
    let of = |method: &str, result: &str| {
        checks.iter().filter(|(name, found, _)| name == method && found == result).collect::<Vec<_>>()
    };
    if !of("dmarc", "fail").is_empty() {
        return Proof::Failed;
    }
    let aligned = |method: &str, property: &str| {
        of(method, "pass").iter().any(|(_, _, properties)| {
            let named = properties.iter().find_map(|one| one.strip_prefix(property)?.strip_prefix('='));
            named.is_some_and(|named| is_aligned(named.trim_start_matches('@'), domain))
        })
    };
    if !of("dmarc", "pass").is_empty() || aligned("dkim", "header.d") || aligned("spf", "smtp.mailfrom") {
        return Proof::Passed;
    }
    if of("spf", "fail").is_empty() && of("dkim", "fail").is_empty() { Proof::None } else { Proof::Failed }
}

/// The same domain, or one under it.
fn is_aligned(named: &str, domain: &str) -> bool {
    let named = named.rsplit('@').next().unwrap_or_default();
    let under = |one: &str, other: &str| one.strip_suffix(other).is_some_and(|rest| rest.ends_with('.'));
    // A name without a dot is a whole country.
    named.contains('.')
        && domain.contains('.')
        && (named == domain || under(named, domain) || under(domain, named))
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// The tokens of the addresses it was sent to, or else of the mails it answers.
#[must_use]
pub fn tokens(mail: &Incoming, ours: &ReplyAddresses) -> Vec<ReplyToken> {
    let sent: Vec<ReplyToken> = mail.to.iter().filter_map(|address| ours.token_in(address)).collect();
    if !sent.is_empty() {
        return sent;
    }
    let named = |id: &String| ReplyToken::parse(id.split('@').next()?.split_once('.')?.1);
    mail.answers.iter().filter_map(named).collect()
}

/// The reference that a subject names, as `2026-00042`.
#[must_use]
pub fn reference_in(subject: &str) -> Option<String> {
    let mut words = subject.split(|c: char| !c.is_ascii_digit() && c != '-');
    words
        .find(|word| {
            let parts = word.split_once('-');
            parts.is_some_and(|(year, number)| {
                let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
                year.len() == 4
                    && year.starts_with("20")
                    && (5..=7).contains(&number.len())
                    && digits(year)
                    && digits(number)
            })
        })
        .map(str::to_owned)
}
