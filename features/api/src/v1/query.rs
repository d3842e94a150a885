//! What the address of a list may ask, and cursors: opaque to callers, refused when they are not ours.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;

use crate::problem::Problem;

/// What a list of requests may ask; the names are read by [`Pairs`].
#[derive(JsonSchema)]
#[expect(dead_code, reason = "its fields are the parameters that the document describes")]
pub(crate) struct RequestsAsked {
    #[schemars(description = "Des mots de la demande, ou une référence.", length(max = 200))]
    q: Option<String>,
    #[schemars(description = "« en-cours », « terminees » ou « toutes » ; « en-cours » sans rien dire.")]
    portee: Option<Part>,
    #[schemars(description = "Un ou plusieurs états.")]
    etat: Option<Vec<Etat>>,
    #[schemars(description = "Pour une personne d’un établissement : seulement ses propres demandes.")]
    miennes: Option<bool>,
    #[schemars(
        description = "Pour les agents : un numéro UAI, ou des mots du nom ou de la commune.",
        length(max = 200)
    )]
    etablissement: Option<String>,
    #[schemars(description = "Pour les agents : une fiche, ou fiche/type.", length(max = 200))]
    fiche: Option<String>,
    #[schemars(description = "Pour les agents : envoyées à partir de ce jour.")]
    du: Option<chrono::NaiveDate>,
    #[schemars(description = "Pour les agents : envoyées jusqu’à ce jour.")]
    au: Option<chrono::NaiveDate>,
    #[schemars(description = "Pour les agents : modifiées depuis ce jour.")]
    modifiees: Option<chrono::NaiveDate>,
    #[schemars(description = "Le curseur donné par la page précédente.")]
    apres: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "a list of words for the document")]
enum Part {
    EnCours,
    Terminees,
    Toutes,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "a list of words for the document")]
enum Etat {
    Validation,
    New,
    Open,
    Waiting,
    Resolved,
    Closed,
    Refused,
    Merged,
}

/// What a list of schools may ask.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "its fields are the parameters that the document describes")]
pub(crate) struct SchoolsAsked {
    #[schemars(description = "Des mots du nom, de la commune, ou un numéro UAI.", length(max = 200))]
    q: Option<String>,
    #[schemars(description = "Le curseur donné par la page précédente.")]
    apres: Option<String>,
}

/// Most characters of a parameter.
const LONGEST: usize = 200;

/// The pairs of a query, each name known.
#[derive(Debug, Default)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl Pairs {
    /// Reads a query whose names are among `names`; all but `many` come once.
    pub(crate) fn read(query: Option<&str>, names: &[&str], many: &str) -> Result<Self, Problem> {
        let query = query.unwrap_or_default();
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        for (at, (name, value)) in pairs.iter().enumerate() {
            if !names.contains(&name.as_str()) {
                return Err(Problem::field(name, "ce paramètre n’est pas connu\u{a0}: retirez-le"));
            }
            if name != many && pairs[..at].iter().any(|(other, _)| other == name) {
                return Err(Problem::field(name, "donnez ce paramètre une seule fois"));
            }
            // A cursor holds the sort keys of its row: it is longer than words.
            let most = if name == "apres" { 10 * LONGEST } else { LONGEST };
            if value.chars().count() > most || value.contains('\0') {
                return Err(Problem::field(name, format!("donnez au plus {most}\u{a0}caractères lisibles")));
            }
        }
        Ok(Self(pairs))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that says yes or no.
    pub(crate) fn yes(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::field(name, "donnez true ou false")),
        }
    }

    /// What the cursor of that list holds.
    pub(crate) fn cursor(&self, list: char) -> Result<Option<String>, Problem> {
        let Some(text) = self.get("apres") else { return Ok(None) };
        opened(list, text).map(Some).ok_or_else(not_ours)
    }
}

/// A cursor that no list of ours gave.
pub(crate) fn not_ours() -> Problem {
    Problem::field("apres", "ce curseur n’est pas de cette liste\u{a0}: reprenez à la première page")
}

/// The cursor of a list, opaque.
pub(crate) fn sealed(list: char, held: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{list}{held}"))
}

fn opened(list: char, text: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    String::from_utf8(bytes).ok()?.strip_prefix(list).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_serves_its_own_list() {
        let cursor = sealed('d', "12.ab");
        let pairs = |query: &str| Pairs::read(Some(query), &["apres"], "").unwrap();
        assert_eq!(pairs(&format!("apres={cursor}")).cursor('d').unwrap().as_deref(), Some("12.ab"));
        assert!(pairs(&format!("apres={cursor}")).cursor('e').is_err());
        assert!(pairs("apres=%C3%A9").cursor('d').is_err());
        assert!(pairs("").cursor('d').unwrap().is_none());
    }

    #[test]
    fn an_unknown_or_repeated_parameter_is_named() {
        let read = |query: &str| Pairs::read(Some(query), &["q", "etat"], "etat");
        assert!(read("q=a&etat=new&etat=open").is_ok());
        assert_eq!(read("page=2").unwrap_err().erreurs[0].champ, "page");
        assert_eq!(read("q=a&q=b").unwrap_err().erreurs[0].champ, "q");
        assert_eq!(read(&format!("q={}", "a".repeat(201))).unwrap_err().erreurs[0].champ, "q");
    }
}
