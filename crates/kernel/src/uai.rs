//! The national identifier of a school: seven digits and a check letter.

use serde::{Deserialize, Serialize};

const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";

/// A valid UAI ("unité administrative immatriculée").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uai(String);

/// Why a text is not a UAI.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UaiError {
    /// Not seven digits and a letter, even after repair.
    #[error("« {0} » n’est pas un UAI : il faut sept chiffres et une lettre, par exemple 0590001A")]
    Shape(String),
    /// The letter does not match the digits.
    #[error("« {given} » n’est pas un UAI valide : pour ces chiffres, la lettre attendue est {expected}")]
    CheckLetter {
        /// The text as given.
        given: String,
        /// The letter that the digits call for.
        expected: char,
    },
}

impl Uai {
    /// The letter that closes seven digits.
    #[must_use]
    pub fn check_letter(digits: u32) -> char {
        LETTERS[(digits % 23) as usize] as char
    }

    /// The UAI of these seven digits.
    #[must_use]
    pub fn from_digits(digits: u32) -> Self {
        Self(format!("{digits:07}{}", Self::check_letter(digits)))
    }

    /// Reads a UAI, repairing lower case, stray spaces and lost leading zeros.
    ///
    /// # Errors
    /// When the text has another shape, or its letter does not match.
    pub fn parse(text: &str) -> Result<Self, UaiError> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let shape = || UaiError::Shape(text.trim().to_owned());
        let letter = compact.chars().last().filter(char::is_ascii_uppercase).ok_or_else(shape)?;
        let digits = &compact[..compact.len() - 1];
        if digits.is_empty() || digits.len() > 7 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(shape());
        }
        let number: u32 = digits.parse().map_err(|_| shape())?;
        let expected = Self::check_letter(number);
        if letter != expected {
            return Err(UaiError::CheckLetter { given: compact, expected });
        }
        Ok(Self(format!("{number:07}{letter}")))
    }

    /// The eight characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Uai {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Uai {
    type Error = UaiError;

    fn try_from(text: String) -> Result<Self, UaiError> {
        Self::parse(&text)
    }
}

impl From<Uai> for String {
    fn from(uai: Uai) -> Self {
        uai.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_schools_have_valid_letters() {
        for uai in ["0020012C", "0020013D", "0021476U", "0020498F"] {
            assert_eq!(Uai::parse(uai).unwrap().as_str(), uai);
        }
    }

    #[test]
    fn lower_case_and_lost_zeros_are_repaired() {
        assert_eq!(Uai::parse(" 20012c ").unwrap().as_str(), "0020012C");
    }

    #[test]
    fn a_wrong_letter_says_which_was_expected() {
        let error = Uai::parse("0020012D").unwrap_err();
        assert_eq!(error, UaiError::CheckLetter { given: "0020012D".into(), expected: 'C' });
    }
}
