//! Who may be chosen for a right: those who hold one of some functions in a school.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, Role, SchoolId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, places};

/// One function of one person.
#[derive(FromQueryResult)]
pub(crate) struct Row {
    pub(crate) id: PersonId,
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    pub(crate) role: String,
}

/// Every function among `roles` held in `school` at `at`, by family name.
pub(crate) async fn holding(
    on: &impl ConnectionTrait,
    school: SchoolId,
    roles: &[Role],
    at: DateTime<Utc>,
) -> Result<Vec<Row>, DbError> {
    let mut values: Vec<Value> = vec![school.0.into(), at.into()];
    values.extend(roles.iter().map(|role| Value::from(role.slug())));
    let sql = format!(
        "SELECT p.id, p.given_name, p.family_name, f.role FROM function_held f JOIN person p ON p.id = f.person_id \
         WHERE f.school_id = $1 AND f.from_at <= $2 AND (f.to_at IS NULL OR f.to_at > $2) AND p.disabled_at IS NULL \
         AND f.role IN ({}) ORDER BY p.family_name, p.given_name, p.id",
        places(3, roles.len())
    );
    all(on, &sql, values).await
}
