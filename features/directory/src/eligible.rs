//! Who of a school may be chosen for a right: a named account, never a typed name. (SRV-14, SRV-27, SEC-08)

use beffroi_db::{Db, DbError};
use beffroi_kernel::{PersonId, Role, SchoolId};

use crate::store::eligible as store;

/// Someone who may be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligible {
    /// Their account.
    pub person: PersonId,
    /// First name and family name.
    pub name: String,
    /// The first of the wanted functions that they hold, in the order of the actors.
    pub role: Role,
}

/// The people who hold one of `roles` in the school now, by family name, each once.
///
/// # Errors
/// When the database does not answer.
pub async fn eligible(db: &Db, school: SchoolId, roles: &[Role]) -> Result<Vec<Eligible>, DbError> {
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<Eligible> = Vec::new();
    for row in store::holding(db.read(), school, roles, db.now()).await? {
        let role: Role = row.role.parse().map_err(|error| DbError::Corrupt(format!("{error}")))?;
        match found.last_mut().filter(|last| last.person == row.id) {
            Some(last) => last.role = last.role.min(role),
            None => found.push(Eligible {
                person: row.id,
                name: format!("{} {}", row.given_name, row.family_name),
                role,
            }),
        }
    }
    Ok(found)
}
