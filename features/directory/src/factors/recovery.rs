//! Recovery codes: 138 bits each, kept as passwords are (argon2id, a salt each), so that a copy of the database
//! gives none. (ASVS 6.5.2, 11.5.1)

use beffroi_db::{Db, DbError};
use beffroi_kernel::PersonId;

use crate::passwords;
use crate::secret_code::{self, letters};
use crate::store::factors as store;

/// Codes given at once.
const CODES: usize = 8;

/// New codes, such as « k7mq-2xvw-hr9t-… ».
pub(super) fn fresh() -> Vec<String> {
    (0..CODES).map(|_| secret_code::fresh()).collect()
}

/// What is kept of codes.
pub(super) async fn hashes(codes: &[String]) -> Result<Vec<String>, DbError> {
    let mut hashes = Vec::with_capacity(codes.len());
    for code in codes {
        hashes.push(passwords::hash(letters(code).unwrap_or_default()).await?);
    }
    Ok(hashes)
}

/// What is kept of the code that was typed, when it is one of the person's that has not served.
pub(super) async fn find(db: &Db, person: PersonId, typed: &str) -> Result<Option<String>, DbError> {
    // Any other length is none of ours: nothing is computed for it.
    let Some(typed) = letters(typed) else { return Ok(None) };
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
    fn each_code_is_another() {
        assert_eq!(fresh().iter().collect::<BTreeSet<_>>().len(), CODES);
    }

    #[tokio::test]
    async fn what_is_kept_is_slow_and_salted() {
        let code = fresh().remove(0);
        let kept = hashes(&[code.clone(), code.clone()]).await.unwrap();
        assert!(kept.iter().all(|hash| hash.starts_with("$argon2id$")));
        assert_ne!(kept[0], kept[1], "a salt each");
        let typed = letters(&code.to_uppercase().replace('-', " ")).unwrap();
        assert!(passwords::verify(Some(kept[0].clone()), typed).await.unwrap());
    }
}
