//! What is asked becomes the terms of an act, or is refused with the way out: exact address, direction,
//! both dates, and no address that a list names. (SEC-09 to SEC-12, T6)

use beffroi_directory::Fault;
use chrono::{Days, NaiveDate};

use super::address::{Address, Direction, Extent, Warning};
use super::danger::DangerLists;
use super::effect::ExemptionTerms;
use super::proxy::holdable;

/// The longest exemption, in days: a school year and its summer.
pub const LONGEST_DAYS: u64 = 400;

/// An exemption as somebody asks for it.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// What was typed.
    pub address: &'a str,
    /// Which way.
    pub direction: Direction,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day, which must be said.
    pub ends_on: Option<NaiveDate>,
}

/// The terms of the act to sign, with what its signatory must know before. An address with a path is that
/// page and those under it, never the whole site; one without is the site.
///
/// # Errors
/// Each fault names its field (`address`, `starts_on`, `ends_on`) and the remedy.
pub fn terms(
    asked: &Asked,
    dangers: &DangerLists,
    decrypts: bool,
    today: NaiveDate,
) -> Result<(ExemptionTerms, Vec<Warning>), Vec<Fault>> {
    let mut faults = dates(asked, today);
    let read =
        Address::read(asked.address).map_err(|error| error.to_string()).and_then(|(address, warnings)| {
            let extent = Extent::of(&address);
            holdable(&address, extent, decrypts).map_err(str::to_owned)?;
            let terms = ExemptionTerms { address, extent, direction: asked.direction };
            match terms.verdict(dangers) {
                Some(verdict) => Err(verdict.sentence(&terms.address)),
                None => Ok((terms, warnings)),
            }
        });
    match read {
        Ok(found) if faults.is_empty() => Ok(found),
        Ok(_) => Err(faults),
        Err(fault) => {
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

impl ExemptionTerms {
    /// What is opened or closed, exactly, in the words that are signed.
    #[must_use]
    pub fn words(&self, warnings: &[Warning]) -> String {
        let extent = match self.extent {
            Extent::Site => "le site entier, sous ce nom exact, sans ses sous-domaines",
            Extent::Page => "cette page et celles qui sont sous elle",
        };
        let (shown, plain) = (self.address.display(), self.address.as_str());
        let also =
            if shown == plain { String::new() } else { format!(" (en toutes lettres\u{a0}: {plain})") };
        let mut words = format!(
            "Adresse exacte\u{a0}: {shown}{also}.\nPortée\u{a0}: {extent}.\nÀ sa date de fin, la dérogation prend fin d’elle-même."
        );
        for warning in warnings {
            words.push_str(&format!("\nAttention\u{a0}: {warning}"));
        }
        words
    }
}
