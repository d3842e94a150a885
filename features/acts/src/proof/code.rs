//! The code printed on a document, as people copy it. (T2)

/// Letters and digits of a code: 150 bits, and the 100 of acts opened before December 2026. (ASVS 11.5.1)
const LENGTHS: [usize; 2] = [crate::open::CODE_LENGTH, 20];
/// Letters of a group.
const GROUP: usize = 5;

/// The code as it is kept, from what was typed: case, blanks and dashes do not count, and the letters that the
/// codes leave out are read as the digits they look like. `None` when it cannot be a code.
///
/// ```
/// use beffroi_acts::proof::code;
/// let code_of_before = code("7h2km q0xv9 abcde 0i23o");
/// assert_eq!(code_of_before.as_deref(), Some("7H2KM-Q0XV9-ABCDE-01230"));
/// assert_eq!(code("7H2KM"), None);
/// ```
#[must_use]
pub fn code(typed: &str) -> Option<String> {
    let mut letters = Vec::with_capacity(LENGTHS[0]);
    for letter in typed.chars().filter(|letter| !letter.is_whitespace() && !"-–—_.".contains(*letter)) {
        letters.push(match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            letter if letter.is_ascii_alphanumeric() && letter != 'U' => letter,
            _ => return None,
        });
        if letters.len() > LENGTHS[0] {
            return None;
        }
    }
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    LENGTHS.contains(&letters.len()).then(|| groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        for typed in ["7H2KMQ0XV9ABCDE01230", " 7h2km–q0xv9–abcde–oi23o ", "7H2K M-Q0XV-9ABC-DE01 230"]
        {
            assert_eq!(code(typed).as_deref(), Some("7H2KM-Q0XV9-ABCDE-01230"), "{typed}");
        }
        let long = "7H2KM-Q0XV9-ABCDE-01230-7H2KM-Q0XV9";
        assert_eq!(code(&long.to_lowercase().replace('-', "")).as_deref(), Some(long));
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for typed in [
            "",
            "7H2KM-Q0XV9-ABCDE-01230-7H2KM",
            "7H2KM-Q0XV9-ABCDE-0123",
            "7H2KM-Q0XV9-ABCDE-012300",
            "7H2KM-Q0XV9-ABCDE-0123U",
            "é",
        ] {
            assert_eq!(code(typed), None, "{typed}");
        }
    }
}
