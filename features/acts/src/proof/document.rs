//! The document of an act: a sealed, tagged PDF for the people who signed it and those who must believe it. (T2)

use beffroi_pdf::{Document, Inline, Part, PdfError, Span, text};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Europe::Paris;

use super::{Sealer, Statement, seal};

/// Why the document cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The words could not be laid out.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// What was signed could not be written.
    #[error("the statement could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// What the signature is worth, in plain words; the same on the document and on the pages.
pub const WORTH: &str = "Chaque signataire s’est identifié à nouveau sur Beffroi, a eu le texte entier sous les yeux et l’a \
    signé d’un geste. C’est une signature électronique simple au sens du règlement européen eIDAS (nº\u{a0}910/2014)\u{a0}: \
    un juge ne peut pas l’écarter au seul motif qu’elle est électronique (article\u{a0}25, paragraphe\u{a0}1). Ce n’est \
    pas une signature qualifiée\u{a0}: elle n’a pas, par elle-même, l’effet d’une signature manuscrite.";

/// The sealed PDF (PDF/UA-1) of what was signed; `address` is where the site is served, without a final slash.
/// The same statement gives the same bytes. Some tens of milliseconds of CPU: call it off the async threads.
///
/// # Errors
/// When the document cannot be laid out.
pub fn pdf(statement: &Statement, address: &str, sealer: &Sealer) -> Result<Vec<u8>, ProofError> {
    let file = beffroi_pdf::render(&document(statement, address, &sealer.public().id()))?;
    Ok(seal::seal(&file, statement, sealer)?)
}

fn document(statement: &Statement, address: &str, key: &str) -> Document {
    let mut document = Document::new(&statement.title, &statement.school, day_of(statement));
    document.parts.push(facts(statement));
    document.parts.push(Part::Heading { level: 1, text: "Texte signé".into() });
    let paragraphs =
        statement.text.split("\n\n").map(|words| Part::Paragraph(text(words.trim_matches('\n'))));
    document.parts.extend(paragraphs);
    document.parts.push(Part::Heading { level: 1, text: "Signatures".into() });
    document.parts.push(signatures(statement));
    document.parts.push(Part::Note { label: "Ce que vaut cette signature".into(), text: text(WORTH) });
    document.parts.push(Part::Heading { level: 1, text: "Vérifier cet acte".into() });
    document.parts.extend(verification(statement, address, key));
    document
}

fn facts(statement: &Statement) -> Part {
    let mut facts = vec![
        ("Référence".to_owned(), statement.reference.clone()),
        ("Objet".to_owned(), statement.kind.label().to_owned()),
        ("Établissement".to_owned(), format!("{} ({})", statement.school, statement.uai)),
    ];
    facts.extend(statement.holder.clone().map(|holder| ("Bénéficiaire".to_owned(), holder)));
    facts.push(("Validité".to_owned(), validity(statement)));
    facts.push(("Code de vérification".to_owned(), statement.code.clone()));
    Part::Facts(facts)
}

/// « du lundi 5 octobre 2026 au mardi 6 octobre 2026 inclus »
pub(crate) fn validity(statement: &Statement) -> String {
    let starts = beffroi_ui::day(statement.starts_on);
    match statement.ends_on {
        Some(ends) => format!("du {starts} au {} inclus", beffroi_ui::day(ends)),
        None => format!("à partir du {starts}, sans date de fin, tant que l’acte n’est pas révoqué"),
    }
}

fn signatures(statement: &Statement) -> Part {
    let row = |signed: &super::Signed| {
        vec![
            vec![Span::Strong(signed.name.clone())],
            text(&signed.authority),
            text(moment(signed.at)),
            text(method(&signed.method)),
        ]
    };
    let heads = ["Signataire", "Autorité à cet instant", "Date et heure (Paris)", "Identification"];
    Part::Table {
        caption: "Qui a signé, avec quelle autorité, et quand".into(),
        headers: heads.map(str::to_owned).into(),
        rows: statement.signatures.iter().map(row).collect(),
    }
}

fn verification(statement: &Statement, address: &str, key: &str) -> Vec<Part> {
    let page = format!("{address}/verifier/{}", statement.code);
    let code = |words: &str| Span::Code(words.to_owned());
    let plain = |words: &str| Span::Text(words.to_owned());
    let online = vec![
        plain("Est-il encore en vigueur\u{a0}? Ouvrez cette adresse\u{a0}:\n"),
        Span::Link { text: page.clone(), url: page },
    ];
    let file = vec![
        plain("Ce fichier est-il intact\u{a0}? Déposez-le sur la page "),
        Span::Link { text: format!("{address}/verifier"), url: format!("{address}/verifier") },
        plain(", ou vérifiez-le sans réseau avec la commande "),
        code("beffroi act verify"),
        plain(
            ". Un seul octet changé dans le fichier est trouvé. Imprimé, il ne prouve plus rien par lui-même.",
        ),
    ];
    let hash: Inline =
        vec![plain("Empreinte du texte signé (SHA-256)\u{a0}:\n"), code(&statement.text_sha256)];
    let seal: Inline = vec![plain("Clé du sceau\u{a0}: "), code(key)];
    vec![Part::List(vec![online, file]), Part::Paragraph(hash), Part::Paragraph(seal)]
}

/// How a signatory proved who they are, in words.
pub(super) fn method(method: &str) -> &str {
    match method {
        "passkey" => "clé d’accès (passkey)",
        "password" => "mot de passe saisi à nouveau",
        "provider" => "connexion unique renouvelée pour ce texte",
        other => other,
    }
}

/// « lundi 5 octobre 2026 à 10 h 00 min 05 s », in Paris.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    format!("{} min {}\u{a0}s", beffroi_ui::date_time(at), at.with_timezone(&Paris).format("%S"))
}

/// The day of the last signature, in Paris; the first day it holds when there is none.
fn day_of(statement: &Statement) -> (i32, u8, u8) {
    let signed = statement.signatures.iter().map(|signed| signed.at).max();
    let day: NaiveDate = signed.map_or(statement.starts_on, |at| at.with_timezone(&Paris).date_naive());
    // Months and days fit in a byte.
    (day.year(), day.month() as u8, day.day() as u8)
}
