//! The address of a web exemption: one exact site or one exact address, written in one way only, so
//! that what was signed is what the proxy opens or closes. (SEC-07, SEC-10)

use std::collections::HashSet;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use unicode_script::{Script, UnicodeScript};
use url::{Host, Url};

/// The longest address taken, in bytes: browsers and proxies go no further safely.
pub const LONGEST: usize = 2_000;

/// Ends of names that never leave a private network (RFC 2606, 6761, 6762, 8375 and common use).
const LOCAL_ENDS: &[&str] =
    &["localhost", "local", "internal", "intranet", "lan", "home.arpa", "invalid", "test", "onion"];

/// Why a text is not an address that may be allowed or forbidden; each says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was written.
    #[error("Indiquez l’adresse du site, par exemple https://www.exemple.fr/page.")]
    Empty,
    /// Beyond [`LONGEST`].
    #[error(
        "L’adresse est trop longue ({0} caractères). Gardez la partie qui désigne le site ou la page, sans dépasser 2 000 caractères."
    )]
    TooLong(usize),
    /// The scheme is missing.
    #[error("L’adresse doit être complète. Vouliez-vous dire https://{0} ?")]
    NoScheme(String),
    /// Another scheme than the web's.
    #[error(
        "Une adresse qui commence par «\u{a0}{0}:\u{a0}» ne passe pas par le filtrage. Indiquez une adresse qui commence par https:// ou http://."
    )]
    Scheme(String),
    /// Several addresses, or a space inside.
    #[error(
        "L’adresse contient un espace ou un saut de ligne. Indiquez une seule adresse par demande, sans espace."
    )]
    Space,
    /// A name and a password.
    #[error(
        "L’adresse contient un identifiant ou un mot de passe avant «\u{a0}@\u{a0}». Retirez cette partie."
    )]
    Credentials,
    /// A wildcard.
    #[error(
        "«\u{a0}*\u{a0}» n’est pas accepté\u{a0}: il désignerait des sites que personne n’a vus. Indiquez l’adresse exacte, une demande par site."
    )]
    Wildcard,
    /// The name of the site cannot be read.
    #[error("Le nom du site ne peut pas être lu. Recopiez l’adresse depuis la barre du navigateur.")]
    Unreadable,
    /// A name without a dot, or kept for private networks.
    #[error(
        "«\u{a0}{0}\u{a0}» désigne un service du réseau local\u{a0}: le filtrage ne le concerne pas. Déclarez plutôt un incident à l’équipe mobile."
    )]
    Local(String),
    /// An address of a private range.
    #[error(
        "{0} est une adresse privée ou réservée\u{a0}: le filtrage ne la concerne pas. Indiquez l’adresse publique du site."
    )]
    PrivateIp(String),
    /// Bytes that no address of a page holds.
    #[error(
        "L’adresse contient un caractère invisible (%00 à %1F). Recopiez-la depuis la barre du navigateur."
    )]
    Control,
}

/// What the exemption does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Opens what the default rules close.
    #[serde(alias = "autoriser")]
    Allow,
    /// Closes what the default rules open.
    #[serde(alias = "interdire")]
    Deny,
}

/// How far it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// The whole site: this very name, over http and https, without its subdomains.
    Site,
    /// This very address and what is under it.
    Page,
}

impl Extent {
    /// As far as the address says: a path is that page, none is the site.
    #[must_use]
    pub fn of(address: &Address) -> Self {
        if address.rest() == "/" { Self::Site } else { Self::Page }
    }
}

impl Direction {
    /// The verb of the act's text.
    #[must_use]
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Allow => "autoriser",
            Self::Deny => "interdire",
        }
    }
}

/// What the reader of an address must know before signing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// A name mixes alphabets: the usual way to imitate another site.
    MixedScripts(String),
    /// A name is written in another alphabet than ours.
    OtherScript(String),
    /// What follows `#` was left out.
    Fragment,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MixedScripts(label) => write!(
                f,
                "«\u{a0}{label}\u{a0}» mélange des lettres de plusieurs alphabets\u{a0}: ce procédé sert à imiter un autre site. Vérifiez l’adresse lettre par lettre."
            ),
            Self::OtherScript(label) => write!(
                f,
                "«\u{a0}{label}\u{a0}» n’est pas écrit en lettres latines, même s’il y ressemble. Vérifiez qu’il s’agit bien du site attendu."
            ),
            Self::Fragment => f.write_str(
                "La partie qui suit «\u{a0}#\u{a0}» reste dans le navigateur\u{a0}: elle a été retirée de l’adresse.",
            ),
        }
    }
}

/// An exact address in its one written form: `http` or `https`, name in lower case and punycode, default
/// port dropped, neither credentials nor fragment, percent-encoding in one manner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    text: String,
    host: String,
}

impl Address {
    /// Reads what a person typed or pasted.
    ///
    /// # Errors
    /// Says what is wrong and how to mend it.
    pub fn parse(typed: &str) -> Result<Self, AddressError> {
        Self::read(typed).map(|(address, _)| address)
    }

    /// The same, with what the reader must know.
    ///
    /// # Errors
    /// As [`Address::parse`].
    pub fn read(typed: &str) -> Result<(Self, Vec<Warning>), AddressError> {
        let typed = typed.trim();
        first_sight(typed)?;
        let mut url = Url::parse(typed).map_err(|_| AddressError::Unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        let host = match url.host() {
            Some(Host::Domain(name)) => domain(name)?,
            Some(Host::Ipv4(ip)) => public_v4(ip)?,
            Some(Host::Ipv6(ip)) => public_v6(ip)?,
            None => return Err(AddressError::Unreadable),
        };
        url.set_host(Some(&host)).map_err(|_| AddressError::Unreadable)?;
        let mut warnings = warnings(&host);
        if url.fragment().is_some() {
            url.set_fragment(None);
            warnings.push(Warning::Fragment);
        }
        let (path, query) = (one_encoding(url.path())?, url.query().map(one_encoding).transpose()?);
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let query =
            query.filter(|query| !query.is_empty()).map(|query| format!("?{query}")).unwrap_or_default();
        let text = format!("{}://{host}{port}{path}{query}", url.scheme());
        if text.len() > LONGEST {
            return Err(AddressError::TooLong(text.len()));
        }
        // « /*? » and « /*#haut » end with their wildcard once their empty parts are gone.
        if text.ends_with('*') {
            return Err(AddressError::Wildcard);
        }
        Ok((Self { text, host }, warnings))
    }

    /// The normal form, in ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of the site, in punycode; an IPv6 address keeps its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the address is that of an encrypted page.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// The port, when it is not the scheme's.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let after = &self.text[self.text.find("://").map_or(0, |at| at + 3) + self.host.len()..];
        after.strip_prefix(':')?.split(['/', '?']).next()?.parse().ok()
    }

    /// Path and query, from the first slash.
    #[must_use]
    pub fn rest(&self) -> &str {
        let start = self.text.find("://").map_or(0, |at| at + 3) + self.host.len();
        self.text[start..].find('/').map_or("/", |at| &self.text[start + at..])
    }

    /// As people read it: the name of the site in its own letters.
    #[must_use]
    pub fn display(&self) -> String {
        let (name, readable) = idna::domain_to_unicode(&self.host);
        if readable.is_err() { self.text.clone() } else { self.text.replacen(&self.host, &name, 1) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.text
    }
}

/// What can be said before the address is taken apart.
fn first_sight(typed: &str) -> Result<(), AddressError> {
    if typed.is_empty() {
        return Err(AddressError::Empty);
    }
    if typed.len() > LONGEST {
        return Err(AddressError::TooLong(typed.chars().count()));
    }
    if typed.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AddressError::Space);
    }
    let lower = typed.to_lowercase();
    let Some(rest) = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")) else {
        // « exemple.fr:8080/page » has no scheme; « mailto:a@b » has another.
        let scheme = lower.split_once(':').filter(|(scheme, after)| {
            !scheme.contains(['.', '/']) && !after.starts_with(|c: char| c.is_ascii_digit())
        });
        return Err(match scheme {
            Some((scheme, _)) if !scheme.is_empty() => AddressError::Scheme(scheme.to_owned()),
            _ => AddressError::NoScheme(typed.trim_start_matches([':', '/']).to_owned()),
        });
    };
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err(AddressError::Unreadable);
    }
    if authority.contains('*') || authority.contains("%2a") || rest.ends_with('*') {
        return Err(AddressError::Wildcard);
    }
    Ok(())
}

/// The name of a site, without its final dot, when the filter may know it.
fn domain(name: &str) -> Result<String, AddressError> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let labels_hold = name.split('.').all(|label| {
        let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        plain && !label.is_empty() && label.len() <= 63
    });
    if !labels_hold || name.len() > 253 {
        return Err(AddressError::Unreadable);
    }
    let local =
        |end: &str| name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    if !name.contains('.') || LOCAL_ENDS.iter().any(|end| local(end)) {
        return Err(AddressError::Local(name.to_owned()));
    }
    // Punycode that decodes to nothing lawful is refused: nobody could read what they sign.
    let (unicode, readable) = idna::domain_to_unicode(name);
    match readable {
        Ok(()) if idna::domain_to_ascii(&unicode).is_ok_and(|back| back == name) => Ok(name.to_owned()),
        _ => Err(AddressError::Unreadable),
    }
}

fn public_v4(ip: Ipv4Addr) -> Result<String, AddressError> {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let reserved = a == 0 || a >= 240 || (a == 192 && b == 0 && c == 0) || (a == 198 && (b == 18 || b == 19));
    let private = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast();
    if private || shared || reserved || ip.is_documentation() || ip.is_broadcast() {
        return Err(AddressError::PrivateIp(ip.to_string()));
    }
    Ok(ip.to_string())
}

fn public_v6(ip: Ipv6Addr) -> Result<String, AddressError> {
    if let Some(v4) = ip.to_ipv4_mapped() {
        public_v4(v4)?;
    }
    // Only 2000::/3 is given out; 2001:db8::/32 and 2002::/16 carry examples and IPv4 inside.
    let [first, second, ..] = ip.segments();
    let open = first & 0xe000 == 0x2000 && !(first == 0x2001 && second == 0x0db8) && first != 0x2002;
    if !open && ip.to_ipv4_mapped().is_none() {
        return Err(AddressError::PrivateIp(ip.to_string()));
    }
    Ok(format!("[{ip}]"))
}

fn warnings(host: &str) -> Vec<Warning> {
    let (name, _) = idna::domain_to_unicode(host);
    name.split('.').filter(|label| !label.is_ascii()).filter_map(warning).collect()
}

fn warning(label: &str) -> Option<Warning> {
    let scripts: HashSet<Script> = label.chars().map(|c| c.script()).collect();
    let ours = |script: &Script| matches!(script, Script::Common | Script::Inherited | Script::Latin);
    match (scripts.contains(&Script::Latin), scripts.iter().filter(|script| !ours(script)).count()) {
        (_, 0) => None,
        (false, 1) => Some(Warning::OtherScript(label.to_owned())),
        _ => Some(Warning::MixedScripts(label.to_owned())),
    }
}

/// One way of percent-encoding: capitals, and nothing encoded that need not be (RFC 3986, 6.2.2).
fn one_encoding(text: &str) -> Result<String, AddressError> {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = (byte == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let code = pair
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .filter(|p| p.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(code) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) else {
            // `url` leaves no byte here that is not ASCII; a lone `%` is written as such.
            match byte {
                b'%' => out.push_str("%25"),
                byte if byte.is_ascii_graphic() => out.push(char::from(byte)),
                byte => out.push_str(&format!("%{byte:02X}")),
            }
            at += 1;
            continue;
        };
        match code {
            0..=0x1F | 0x7F => return Err(AddressError::Control),
            code if code.is_ascii_alphanumeric() || b"-._~".contains(&code) => out.push(char::from(code)),
            code => out.push_str(&format!("%{code:02X}")),
        }
        at += 3;
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
