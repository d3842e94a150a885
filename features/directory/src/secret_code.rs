//! Secrets that people copy from a mail, a page or a sheet of paper: 138 bits in letters that are told apart, read
//! however they were typed. (ASVS 11.5.1)

/// Groups of letters in a code.
const GROUPS: usize = 7;
/// Letters in a group.
const GROUP: usize = 4;
/// Letters and digits that are not taken for one another.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// A new code, such as « k7mq-2xvw-hr9t-… »: twenty-eight letters of thirty-one.
#[must_use]
pub fn fresh() -> String {
    let letter = || {
        use rand::seq::IndexedRandom;
        char::from(*ALPHABET.choose(&mut rand::rng()).unwrap_or(&b'a'))
    };
    let group = || (0..GROUP).map(|_| letter()).collect::<String>();
    (0..GROUPS).map(|_| group()).collect::<Vec<_>>().join("-")
}

/// The letters of a code, however it was typed; none when it cannot be one.
#[must_use]
pub fn letters(typed: &str) -> Option<String> {
    let letters: String =
        typed.chars().filter(char::is_ascii_alphanumeric).take(GROUPS * GROUP + 1).collect();
    (letters.len() == GROUPS * GROUP).then(|| letters.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_more_than_128_bits_and_letters_that_are_told_apart() {
        let code = fresh();
        let typed = letters(&code).unwrap();
        let bits = f64::from(u32::try_from(typed.len()).unwrap()) * 31_f64.log2();
        assert!(bits > 128.0 && typed.bytes().all(|letter| ALPHABET.contains(&letter)), "{code}");
        assert!(!code.contains(['i', 'l', 'o', '0', '1']), "{code}");
        assert_ne!(code, fresh());
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = fresh();
        let spaced = format!(" {} ", code.to_uppercase().replace('-', " "));
        assert_eq!(letters(&spaced), letters(&code));
        for typed in ["", "k7mq-2xvw", &format!("{code}a"), &"é".repeat(28)] {
            assert_eq!(letters(typed), None, "{typed}");
        }
    }
}
