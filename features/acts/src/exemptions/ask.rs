//! What is asked becomes the act to sign, or is refused with the way out: exact address, direction, both
//! dates, and no address that a list names. (SEC-09 to SEC-12, T6)

use beffroi_directory::Fault;
use beffroi_kernel::{PersonId, RequestId, Role, SchoolId};
use chrono::{Days, NaiveDate};

use super::address::{Address, Direction, Extent, Warning};
use super::danger::DangerLists;
use super::effect::ExemptionTerms;
use super::proxy::holdable;
use crate::model::{ActKind, NewAct, Who};

/// The longest exemption, in days: a school year and its summer.
pub const LONGEST_DAYS: u64 = 400;

/// An exemption as somebody asks for it.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// For which school.
    pub school: SchoolId,
    /// The school, as printed.
    pub school_name: &'a str,
    /// What was typed.
    pub address: &'a str,
    /// Which way.
    pub direction: Direction,
    /// How far.
    pub extent: Extent,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day, which must be said.
    pub ends_on: Option<NaiveDate>,
    /// Why.
    pub motive: &'a str,
    /// The request it answers.
    pub request: Option<RequestId>,
    /// Who asks.
    pub by: Option<PersonId>,
}

/// The act to sign by the head or the filter delegate in office, with what they must know before.
///
/// # Errors
/// Each fault names its field (`address`, `starts_on`, `ends_on`, `motive`) and the remedy.
pub fn prepare(
    asked: &Asked,
    dangers: &DangerLists,
    decrypts: bool,
    today: NaiveDate,
) -> Result<(NewAct, Vec<Warning>), Vec<Fault>> {
    let mut faults = dates(asked, today);
    if asked.motive.trim().is_empty() {
        faults.push(Fault::new("motive", "Indiquez le motif pédagogique ou de service de la demande."));
    }
    let read =
        Address::read(asked.address).map_err(|error| error.to_string()).and_then(|(address, warnings)| {
            holdable(&address, asked.extent, decrypts).map_err(str::to_owned)?;
            let terms = ExemptionTerms { address, extent: asked.extent, direction: asked.direction };
            match terms.verdict(dangers) {
                Some(verdict) => Err(verdict.sentence(&terms.address)),
                None => Ok((terms, warnings)),
            }
        });
    match (read, asked.ends_on) {
        (Ok((terms, warnings)), Some(last)) if faults.is_empty() => Ok((act(asked, &terms, last), warnings)),
        (Ok(_), _) => Err(faults),
        (Err(fault), _) => {
            faults.insert(0, Fault::new("address", fault));
            Err(faults)
        }
    }
}

fn dates(asked: &Asked, today: NaiveDate) -> Vec<Fault> {
    let mut faults = Vec::new();
    if asked.starts_on < today {
        faults.push(Fault::new(
            "starts_on",
            "Le premier jour est passé\u{a0}: indiquez aujourd’hui ou plus tard.",
        ));
    }
    let longest = asked.starts_on.checked_add_days(Days::new(LONGEST_DAYS));
    let fault = match asked.ends_on {
        None => "Indiquez le dernier jour\u{a0}: une dérogation a toujours une fin.",
        Some(last) if last < asked.starts_on => {
            "Le dernier jour vient avant le premier\u{a0}: vérifiez les deux dates."
        }
        Some(last) if longest.is_some_and(|longest| last > longest) => {
            "La dérogation dure plus de 400 jours\u{a0}: choisissez une date plus proche, elle pourra être redemandée."
        }
        Some(_) => return faults,
    };
    faults.push(Fault::new("ends_on", fault));
    faults
}

fn act(asked: &Asked, terms: &ExemptionTerms, last: NaiveDate) -> NewAct {
    let verb = terms.direction.verb();
    let extent = match terms.extent {
        Extent::Site => "le site entier, sous ce nom exact, sans ses sous-domaines",
        Extent::Page => "cette page et celles qui sont sous elle",
    };
    let (shown, plain) = (terms.address.display(), terms.address.as_str());
    let also = if shown == plain { String::new() } else { format!(" (en toutes lettres\u{a0}: {plain})") };
    let text = format!(
        "Je demande à la Région d’{verb} l’adresse {shown}{also} pour {}.\n\nPortée : {extent}.\n\
         Du {} au {} inclus. À cette date, la dérogation prend fin d’elle-même.\n\nMotif : {}\n\n\
         Je sais qu’une adresse classée dangereuse, non sûre ou illégale n’est jamais ouverte, et que la dérogation \
         cesse si l’adresse le devient.",
        asked.school_name,
        beffroi_ui::day(asked.starts_on),
        beffroi_ui::day(last),
        asked.motive.trim(),
    );
    NewAct {
        kind: ActKind::WebExemption,
        school: asked.school,
        title: format!(
            "{} {}",
            if terms.direction == Direction::Allow { "Autoriser" } else { "Interdire" },
            terms.address.host()
        ),
        text,
        terms: serde_json::to_value(terms).unwrap_or_default(),
        holder: None,
        provider: None,
        starts_on: asked.starts_on,
        ends_on: Some(last),
        request: asked.request,
        supersedes: None,
        signatories: vec![vec![Who::Role(Role::Head), Who::FilterDelegate]],
        strict_order: false,
        region_opens: false,
        by: asked.by,
    }
}
