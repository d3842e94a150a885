//! Columns recognised by name: those of the national file "annuaire de l'éducation", and shorter
//! everyday ones. A row becomes a school, is out of perimeter, or is refused with a reason.

use beffroi_kernel::Uai;

use super::ImportError;
use crate::store::schools::Record;

/// What a column says of a school, and the names it goes by.
const KNOWN: &[(What, &[&str])] = &[
    (
        What::Uai,
        &["identifiant_de_l_etablissement", "uai", "numero_uai", "code_uai", "code_etablissement", "rne"],
    ),
    (What::Name, &["nom_etablissement", "nom", "appellation_officielle", "denomination"]),
    (What::Type, &["type_etablissement"]),
    (What::Nature, &["libelle_nature", "nature_uai_libe", "type_estime", "nature"]),
    (What::Sector, &["statut_public_prive", "secteur_public_prive_libe", "secteur_estime", "secteur"]),
    (What::City, &["nom_commune", "commune", "libelle_commune", "ville", "localite_acheminement_uai"]),
    (What::Postcode, &["code_postal", "code_postal_uai", "cp"]),
    (What::Insee, &["code_commune", "insee", "code_insee"]),
    (What::Department, &["code_departement", "departement"]),
    (What::Academy, &["libelle_academie", "academie"]),
    (What::Latitude, &["latitude", "lat"]),
    (What::Longitude, &["longitude", "lon", "lng"]),
    (What::Email, &["mail", "courriel", "email"]),
    (What::Phone, &["telephone", "tel"]),
    (What::Pupils, &["nombre_d_eleves", "eleves", "effectif"]),
    (What::State, &["etat", "etat_etablissement_libe"]),
];

const NEEDED: &[(What, &str)] = &[
    (What::Uai, "l’identifiant (UAI)"),
    (What::Name, "le nom de l’établissement"),
    (What::City, "la commune"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Uai,
    Name,
    Type,
    Nature,
    Sector,
    City,
    Postcode,
    Insee,
    Department,
    Academy,
    Latitude,
    Longitude,
    Email,
    Phone,
    Pupils,
    State,
}

/// What a row is.
#[derive(Debug)]
pub(super) enum Row {
    /// A school to keep.
    School(Box<Record>),
    /// Not for this service.
    Skipped(&'static str),
}

/// Where each thing is.
pub(super) struct Columns {
    places: Vec<(What, usize)>,
    count: usize,
}

/// A title without accents, capitals or punctuation.
fn plain(title: &str) -> String {
    let key = beffroi_sheets::slug_search_key(title);
    let words: Vec<&str> =
        key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

impl Columns {
    pub fn recognise(header: &[String]) -> Result<Self, ImportError> {
        let titles: Vec<String> = header.iter().map(|title| plain(title)).collect();
        let place =
            |names: &[&str]| names.iter().find_map(|name| titles.iter().position(|title| title == name));
        let places: Vec<(What, usize)> =
            KNOWN.iter().filter_map(|(what, names)| place(names).map(|at| (*what, at))).collect();
        let missing: Vec<&'static str> = NEEDED
            .iter()
            .filter(|(what, _)| !places.iter().any(|(known, _)| known == what))
            .map(|(_, words)| *words)
            .collect();
        if missing.is_empty() {
            return Ok(Self { places, count: header.len() });
        }
        Err(ImportError::Columns { missing, found: header.to_vec() })
    }

    fn get<'a>(&self, fields: &'a [String], what: What) -> Option<&'a str> {
        let (_, at) = self.places.iter().find(|(known, _)| *known == what)?;
        fields.get(*at).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Reads one row; the error is the reason of the refusal.
    pub fn read(&self, fields: &[String], departments: &[String]) -> Result<Row, String> {
        if fields.len() != self.count {
            return Err(format!("{} colonnes au lieu de {}", fields.len(), self.count));
        }
        if let Some(why) = self.out_of_perimeter(fields) {
            return Ok(Row::Skipped(why));
        }
        let uai = Uai::parse(self.get(fields, What::Uai).ok_or("l’UAI manque")?)
            .map_err(|error| error.to_string())?;
        let department = self.department(fields, &uai);
        if !departments.is_empty() && !departments.contains(&department) {
            return Ok(Row::Skipped("autre région"));
        }
        Ok(Row::School(Box::new(Record {
            name: self.text(fields, What::Name, "le nom")?,
            kind: kind(self.get(fields, What::Nature).or(self.get(fields, What::Type)).unwrap_or_default()),
            city: self.text(fields, What::City, "la commune")?,
            postcode: self.postcode(fields)?,
            insee: self.get(fields, What::Insee).map(|code| format!("{code:0>5}")),
            academy: self.academy(fields, &department)?,
            department,
            latitude: self.coordinate(fields, What::Latitude, 90.0)?,
            longitude: self.coordinate(fields, What::Longitude, 180.0)?,
            email: self
                .get(fields, What::Email)
                .map(str::to_lowercase)
                .filter(|mail| mail.parse::<lettre::Address>().is_ok()),
            phone: self.get(fields, What::Phone).map(str::to_owned),
            pupils: self.get(fields, What::Pupils).and_then(|count| count.parse().ok()),
            uai: uai.to_string(),
        })))
    }

    fn out_of_perimeter(&self, fields: &[String]) -> Option<&'static str> {
        let key = |what| self.get(fields, what).map(plain).unwrap_or_default();
        if key(What::Sector).starts_with("prive") {
            return Some("établissement privé");
        }
        if key(What::State).starts_with("ferme") {
            return Some("établissement fermé");
        }
        let (type_, nature) = (key(What::Type), key(What::Nature));
        let school = |text: &str| {
            text.contains("lycee") || text.contains("erea") || text.contains("regional_d_enseign")
        };
        let other = !type_.is_empty() && !school(&type_) && !school(&nature);
        other.then_some("pas un lycée")
    }

    fn text(&self, fields: &[String], what: What, words: &str) -> Result<String, String> {
        let text = self.get(fields, what).ok_or_else(|| format!("{words} manque"))?;
        if text.chars().count() > 200 {
            return Err(format!("{words} dépasse 200 caractères"));
        }
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn postcode(&self, fields: &[String]) -> Result<String, String> {
        let Some(text) = self.get(fields, What::Postcode) else {
            return Ok(String::new());
        };
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() > 5 || digits.len() < 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("« {text} » n’est pas un code postal"));
        }
        Ok(format!("{digits:0>5}"))
    }

    /// The département's number on two characters; the UAI begins with it.
    fn department(&self, fields: &[String], uai: &Uai) -> String {
        let given = self
            .get(fields, What::Department)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let text = given.unwrap_or(&uai.as_str()[..3]).trim_start_matches('0').to_uppercase();
        format!("{text:0>2}")
    }

    fn academy(&self, fields: &[String], department: &str) -> Result<String, String> {
        if let Some(given) = self.get(fields, What::Academy) {
            let slug = plain(given).replace('_', "-");
            return Ok(slug.trim_start_matches("academie-de-").trim_start_matches("academie-d-").to_owned());
        }
        match department {
            "59" | "62" => Ok("lille".into()),
            "02" | "60" | "80" => Ok("amiens".into()),
            other => Err(format!("l’académie manque, et le département {other} ne la dit pas")),
        }
    }

    fn coordinate(&self, fields: &[String], what: What, limit: f64) -> Result<Option<f64>, String> {
        let Some(text) = self.get(fields, what) else {
            return Ok(None);
        };
        let number: Option<f64> = text.replace(',', ".").parse().ok();
        match number.filter(|number| number.abs() <= limit) {
            Some(number) => Ok(Some(number)),
            None => Err(format!("« {text} » n’est pas une coordonnée")),
        }
    }
}

/// The usual short form of a nature.
fn kind(nature: &str) -> String {
    let key = plain(nature);
    let has = |word: &str| key.contains(word);
    let short = if has("adapte") || has("erea") || has("regional_d_enseign") {
        "EREA"
    } else if has("agri") {
        "AGRI"
    } else if has("section_d_enseign") {
        "SEP"
    } else if has("polyvalent") {
        "LPO"
    } else if has("general") && has("techno") {
        "LGT"
    } else if has("professionnel") {
        "LP"
    } else if has("general") {
        "LG"
    } else if has("techno") {
        "LT"
    } else if matches!(key.as_str(), "lp" | "lgt" | "lpo" | "lg" | "lt" | "autre") {
        return key.to_uppercase();
    } else {
        "LYC"
    };
    short.into()
}

/// The name of an academy that was not known.
pub(super) fn academy_name(slug: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    slug.split('-').map(capital).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natures_have_a_usual_short_form() {
        let cases = [
            ("LYCEE POLYVALENT", "LPO"),
            ("LYCEE D ENSEIGNEMENT GENERAL ET TECHNOLOGIQUE", "LGT"),
            ("LYCEE PROFESSIONNEL", "LP"),
            ("ETABLISSEMENT REGIONAL D'ENSEIGNT ADAPTE", "EREA"),
            ("LYCEE ENSEIGNT GENERAL TECHNO PROF AGRICOLE", "AGRI"),
            ("LGT", "LGT"),
            ("LYC", "LYC"),
            ("", "LYC"),
        ];
        for (nature, short) in cases {
            assert_eq!(kind(nature), short, "{nature}");
        }
    }

    #[test]
    fn missing_columns_are_named() {
        let header = ["uai", "ville"].map(str::to_owned);
        let error = Columns::recognise(&header).err().unwrap().to_string();
        assert!(error.contains("le nom de l’établissement") && error.contains("ville"), "{error}");
    }
}
