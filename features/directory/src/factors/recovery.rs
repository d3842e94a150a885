//! Recovery codes: 138 bits each, kept as passwords are (argon2id, a salt each), so that a copy of the database
//! gives none. (ASVS 6.5.2, 11.5.1)

use beffroi_db::{Db, DbError};
use beffroi_kernel::PersonId;

use crate::passwords;
use crate::store::factors as store;

/// Codes given at once.
const CODES: usize = 8;
/// Groups of four letters in a code.
const GROUPS: usize = 7;
/// Letters and digits that are not taken for one another.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// New codes, such as « k7mq-2xvw-hr9t-… »: twenty-eight letters of thirty-one.
pub(super) fn fresh() -> Vec<String> {
    let letter = || {
        use rand::seq::IndexedRandom;
        char::from(*ALPHABET.choose(&mut rand::rng()).unwrap_or(&b'a'))
    };
    let group = || (0..4).map(|_| letter()).collect::<String>();
    (0..CODES).map(|_| (0..GROUPS).map(|_| group()).collect::<Vec<_>>().join("-")).collect()
}

/// The code however it was typed.
fn letters(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// What is kept of codes.
pub(super) async fn hashes(codes: &[String]) -> Result<Vec<String>, DbError> {
    let mut hashes = Vec::with_capacity(codes.len());
    for code in codes {
        hashes.push(passwords::hash(letters(code)).await?);
    }
    Ok(hashes)
}

/// What is kept of the code that was typed, when it is one of the person's that has not served.
pub(super) async fn find(db: &Db, person: PersonId, typed: &str) -> Result<Option<String>, DbError> {
    let typed = letters(typed);
    // Any other length is none of ours: nothing is computed for it.
    if typed.len() != GROUPS * 4 {
        return Ok(None);
    }
    for hash in store::recovery_hashes(db.read(), person).await? {
        if passwords::verify(Some(hash.clone()), typed.clone()).await? {
            return Ok(Some(hash));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_code_has_more_than_128_bits_and_letters_that_are_told_apart() {
        let codes = fresh();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 8);
        for code in &codes {
            let typed = letters(code);
            let bits = f64::from(u32::try_from(typed.len()).unwrap()) * 31_f64.log2();
            assert!(bits > 128.0 && typed.bytes().all(|letter| ALPHABET.contains(&letter)), "{code}");
            assert!(!code.contains(['i', 'l', 'o', '0', '1']), "{code}");
        }
    }

    #[tokio::test]
    async fn what_is_kept_is_slow_and_salted() {
        let code = fresh().remove(0);
        let kept = hashes(&[code.clone(), code.clone()]).await.unwrap();
        assert!(kept.iter().all(|hash| hash.starts_with("$argon2id$")));
        assert_ne!(kept[0], kept[1], "a salt each");
        let typed = letters(&code.to_uppercase().replace('-', " "));
        assert!(passwords::verify(Some(kept[0].clone()), typed).await.unwrap());
    }
}
