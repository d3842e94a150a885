//! People and the functions they hold.

use beffroi_db::DbError;
use beffroi_kernel::{FunctionId, PersonId, Role, SchoolId, TeamId, TerritoryId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, places, run};
use crate::model::{FunctionHeld, Person};
use crate::search::FoundPerson;

const PERSON: &str = "p.id, p.given_name, p.family_name, p.email, p.login, p.disabled_at";

#[derive(FromQueryResult)]
struct PersonRow {
    id: PersonId,
    given_name: String,
    family_name: String,
    email: Option<String>,
    login: String,
    disabled_at: Option<DateTime<Utc>>,
    substitute_for: Option<PersonId>,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        Person {
            id: row.id,
            given_name: row.given_name,
            family_name: row.family_name,
            email: row.email,
            login: row.login,
            disabled: row.disabled_at.is_some(),
            substitute_for: row.substitute_for,
        }
    }
}

fn read(rows: Vec<PersonRow>) -> Vec<Person> {
    rows.into_iter().map(Person::from).collect()
}

pub(crate) async fn find(on: &impl ConnectionTrait, id: PersonId) -> Result<Option<Person>, DbError> {
    let sql = format!("SELECT {PERSON}, NULL AS substitute_for FROM person p WHERE p.id = $1");
    Ok(one::<PersonRow>(on, &sql, vec![id.0.into()]).await?.map(Person::from))
}

pub(crate) async fn by_ids(on: &impl ConnectionTrait, ids: &[PersonId]) -> Result<Vec<Person>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {PERSON}, NULL AS substitute_for FROM person p WHERE p.id IN ({})",
        places(1, ids.len())
    );
    Ok(read(all(on, &sql, ids.iter().map(|id| id.0.into()).collect()).await?))
}

pub(crate) async fn by_login(on: &impl ConnectionTrait, login: &str) -> Result<Option<Person>, DbError> {
    let sql = format!("SELECT {PERSON}, NULL AS substitute_for FROM person p WHERE p.login = $1");
    Ok(one::<PersonRow>(on, &sql, vec![login.into()]).await?.map(Person::from))
}

pub(crate) async fn by_address(on: &impl ConnectionTrait, address: &str) -> Result<Vec<Person>, DbError> {
    let sql = format!(
        "SELECT {PERSON}, NULL AS substitute_for FROM person p WHERE p.email = $1 ORDER BY p.id LIMIT 2"
    );
    Ok(read(all(on, &sql, vec![address.into()]).await?))
}

/// What signing in needs of a person.
#[derive(FromQueryResult)]
pub(crate) struct Credential {
    pub id: PersonId,
    pub password_hash: Option<String>,
    pub must_change_password: bool,
    pub disabled_at: Option<DateTime<Utc>>,
}

/// The person of that login, or else the only one of that address.
pub(crate) async fn credential(on: &impl ConnectionTrait, key: &str) -> Result<Option<Credential>, DbError> {
    let sql = "SELECT id, password_hash, must_change_password, disabled_at FROM person \
               WHERE login = $1 OR email = $1 ORDER BY CASE WHEN login = $1 THEN 0 ELSE 1 END, id LIMIT 2";
    let mut found: Vec<Credential> = all(on, sql, vec![key.into()]).await?;
    if found.len() > 1 && by_login(on, key).await?.is_none() {
        return Ok(None);
    }
    Ok((!found.is_empty()).then(|| found.swap_remove(0)))
}

pub(crate) async fn credential_of(
    on: &impl ConnectionTrait,
    id: PersonId,
) -> Result<Option<Credential>, DbError> {
    let sql = "SELECT id, password_hash, must_change_password, disabled_at FROM person WHERE id = $1";
    one(on, sql, vec![id.0.into()]).await
}

pub(crate) async fn set_password(
    on: &impl ConnectionTrait,
    id: PersonId,
    hash: &str,
    must_change: bool,
) -> Result<(), DbError> {
    let sql = "UPDATE person SET password_hash = $2, must_change_password = $3 WHERE id = $1";
    run(on, sql, vec![id.0.into(), hash.into(), must_change.into()]).await?;
    Ok(())
}

pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO person (id, given_name, family_name, email, login, must_change_password, search_key, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (login) DO NOTHING";
    let values = vec![
        person.id.0.into(),
        person.given_name.clone().into(),
        person.family_name.clone().into(),
        person.email.clone().into(),
        person.login.clone().into(),
        true.into(),
        search_key(person).into(),
        now.into(),
    ];
    Ok(run(on, sql, values).await? == 1)
}

fn search_key(person: &Person) -> String {
    let email = person.email.as_deref().unwrap_or_default();
    let text = format!("{} {} {} {email}", person.family_name, person.given_name, person.login);
    beffroi_sheets::slug_search_key(&text)
}

pub(crate) async fn disable(
    on: &impl ConnectionTrait,
    id: PersonId,
    at: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    run(on, "UPDATE person SET disabled_at = $2 WHERE id = $1", vec![id.0.into(), at.into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Key {
    search_key: String,
}

/// Whom a list of people keeps: these, and the one whose login or address is `key`.
pub(crate) struct Wanted {
    pub ids: Vec<PersonId>,
    pub key: String,
}

/// People by search key after `after`, at most `limit`; all of them, or those wanted.
pub(crate) async fn page(
    on: &impl ConnectionTrait,
    wanted: Option<&Wanted>,
    after: Option<PersonId>,
    limit: u32,
) -> Result<Vec<Person>, DbError> {
    let mut values: Vec<Value> = Vec::new();
    let mut wheres = vec!["1 = 1".to_owned()];
    if let Some(Wanted { ids, key }) = wanted {
        values.push(key.as_str().into());
        let mut any = "p.login = $1 OR p.email = $1".to_owned();
        if !ids.is_empty() {
            any.push_str(&format!(" OR p.id IN ({})", places(2, ids.len())));
        }
        values.extend(ids.iter().map(|id| Value::from(id.0)));
        wheres.push(format!("({any})"));
    }
    let last: Option<Key> = match after {
        Some(id) => one(on, "SELECT search_key FROM person WHERE id = $1", vec![id.0.into()]).await?,
        None => None,
    };
    if let (Some(key), Some(id)) = (last, after) {
        values.extend([key.search_key.into(), id.0.into()]);
        let (key, id) = (values.len() - 1, values.len());
        wheres.push(format!("(p.search_key > ${key} OR (p.search_key = ${key} AND p.id > ${id}))"));
    }
    let sql = format!(
        "SELECT {PERSON}, NULL AS substitute_for FROM person p WHERE {} ORDER BY p.search_key, p.id LIMIT {limit}",
        wheres.join(" AND ")
    );
    Ok(read(all(on, &sql, values).await?))
}

/// People by identifier after `after`, at most `limit`: everyone, a batch at a time.
pub(crate) async fn by_id_after(
    on: &impl ConnectionTrait,
    after: Option<PersonId>,
    limit: u32,
) -> Result<Vec<Person>, DbError> {
    let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
    let sql = format!(
        "SELECT {PERSON}, NULL AS substitute_for FROM person p WHERE p.id > $1 ORDER BY p.id LIMIT {limit}"
    );
    Ok(read(all(on, &sql, vec![after.into()]).await?))
}

#[derive(FromQueryResult)]
struct PlacedRow {
    id: PersonId,
    given_name: String,
    family_name: String,
    email: Option<String>,
    login: String,
    disabled_at: Option<DateTime<Utc>>,
    role: Option<String>,
    place: Option<String>,
}

/// These people, with a function they hold at `at` and where.
pub(crate) async fn found(
    on: &impl ConnectionTrait,
    ids: &[uuid::Uuid],
    at: DateTime<Utc>,
) -> Result<Vec<FoundPerson>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {PERSON}, f.role, COALESCE(s.name || ', ' || s.city, t.name) AS place FROM person p \
         LEFT JOIN function_held f ON f.id = (SELECT h.id FROM function_held h WHERE h.person_id = p.id \
         AND h.from_at <= $1 AND (h.to_at IS NULL OR h.to_at > $1) ORDER BY h.from_at, h.id LIMIT 1) \
         LEFT JOIN school s ON s.id = f.school_id LEFT JOIN team t ON t.id = f.team_id WHERE p.id IN ({})",
        places(2, ids.len())
    );
    let values = std::iter::once(at.into()).chain(ids.iter().map(|id| (*id).into()));
    let rows: Vec<PlacedRow> = all(on, &sql, values.collect()).await?;
    let people = rows.into_iter().map(|row| {
        let role = row.role.and_then(|role| role.parse::<Role>().ok()).map(Role::label);
        let place = role.map(|role| row.place.map_or(role.to_owned(), |place| format!("{role}, {place}")));
        let person = Person {
            id: row.id,
            given_name: row.given_name,
            family_name: row.family_name,
            email: row.email,
            login: row.login,
            disabled: row.disabled_at.is_some(),
            substitute_for: None,
        };
        FoundPerson { person, place }
    });
    Ok(people.collect())
}

const HELD_NOW: &str = "f.from_at <= $2 AND (f.to_at IS NULL OR f.to_at > $2) AND p.disabled_at IS NULL";

/// Who holds `role` in `school` at `at`: the holder first, then substitutes.
pub(crate) async fn holders(
    on: &impl ConnectionTrait,
    school: SchoolId,
    role: Role,
    at: DateTime<Utc>,
) -> Result<Vec<Person>, DbError> {
    let sql = format!(
        "SELECT {PERSON}, f.substitute_for FROM function_held f JOIN person p ON p.id = f.person_id \
         WHERE f.school_id = $1 AND {HELD_NOW} AND f.role = $3 \
         ORDER BY CASE WHEN f.substitute_for IS NULL THEN 0 ELSE 1 END, f.from_at, p.id"
    );
    Ok(read(all(on, &sql, vec![school.0.into(), at.into(), role.slug().into()]).await?))
}

pub(crate) async fn members(
    on: &impl ConnectionTrait,
    team: TeamId,
    at: DateTime<Utc>,
) -> Result<Vec<Person>, DbError> {
    let sql = format!(
        "SELECT DISTINCT {PERSON}, p.search_key, NULL AS substitute_for FROM function_held f \
         JOIN person p ON p.id = f.person_id WHERE f.team_id = $1 AND {HELD_NOW} ORDER BY p.search_key, p.id"
    );
    Ok(read(all(on, &sql, vec![team.0.into(), at.into()]).await?))
}

/// Who manages one of these teams at `at`.
pub(crate) async fn managers(
    on: &impl ConnectionTrait,
    (team, other): (TeamId, TeamId),
    at: DateTime<Utc>,
) -> Result<Vec<Person>, DbError> {
    let sql = format!(
        "SELECT DISTINCT {PERSON}, p.search_key, NULL AS substitute_for FROM function_held f \
         JOIN person p ON p.id = f.person_id WHERE f.team_id IN ($1, $3) AND {HELD_NOW} AND f.role = $4 \
         ORDER BY p.search_key, p.id"
    );
    let values = vec![team.0.into(), at.into(), other.0.into(), Role::ServiceManager.slug().into()];
    Ok(read(all(on, &sql, values).await?))
}

/// A function to write.
#[derive(Clone, Debug)]
pub(crate) struct NewRow {
    pub id: FunctionId,
    pub person: PersonId,
    pub role: Role,
    pub school: Option<SchoolId>,
    pub team: Option<TeamId>,
    pub territory: Option<TerritoryId>,
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
    pub substitute_for: Option<PersonId>,
    pub source: &'static str,
}

pub(crate) async fn insert_function(on: &impl ConnectionTrait, row: &NewRow) -> Result<(), DbError> {
    let sql = "INSERT INTO function_held (id, person_id, role, school_id, team_id, territory_id, from_at, to_at, \
               substitute_for, source) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = vec![
        row.id.0.into(),
        row.person.0.into(),
        row.role.slug().into(),
        row.school.map(|id| id.0).into(),
        row.team.map(|id| id.0).into(),
        row.territory.map(|id| id.0).into(),
        row.from.into(),
        row.to.into(),
        row.substitute_for.map(|id| id.0).into(),
        row.source.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

/// Ends a function at `at`, or cancels it when it has not begun; an earlier end stays.
pub(crate) async fn end_function(
    on: &impl ConnectionTrait,
    id: FunctionId,
    at: DateTime<Utc>,
) -> Result<u64, DbError> {
    let sql = "UPDATE function_held SET to_at = CASE WHEN from_at > $2 THEN from_at ELSE $2 END \
               WHERE id = $1 AND (to_at IS NULL OR to_at > $2)";
    run(on, sql, vec![id.0.into(), at.into()]).await
}

#[derive(FromQueryResult)]
struct FunctionRow {
    id: FunctionId,
    person_id: PersonId,
    given_name: String,
    family_name: String,
    role: String,
    school_id: Option<SchoolId>,
    school_name: Option<String>,
    team_id: Option<TeamId>,
    team_name: Option<String>,
    territory_id: Option<TerritoryId>,
    territory_name: Option<String>,
    from_at: DateTime<Utc>,
    to_at: Option<DateTime<Utc>>,
    substitute_for: Option<PersonId>,
    substituted: Option<String>,
}

impl FunctionRow {
    fn read(self) -> Result<FunctionHeld, DbError> {
        let role = self.role.parse().map_err(|error| DbError::Corrupt(format!("{error}")))?;
        Ok(FunctionHeld {
            id: self.id,
            person: self.person_id,
            person_name: format!("{} {}", self.given_name, self.family_name),
            role,
            school: self.school_id.zip(self.school_name),
            team: self.team_id.zip(self.team_name),
            territory: self.territory_id.zip(self.territory_name),
            from: self.from_at,
            to: self.to_at,
            substitute_for: self.substitute_for.zip(self.substituted),
        })
    }
}

async fn functions(
    on: &impl ConnectionTrait,
    condition: &str,
    values: Vec<Value>,
) -> Result<Vec<FunctionHeld>, DbError> {
    let sql = format!(
        "SELECT f.id, f.person_id, p.given_name, p.family_name, f.role, f.school_id, s.name AS school_name, f.team_id, \
         t.name AS team_name, f.territory_id, y.name AS territory_name, f.from_at, f.to_at, f.substitute_for, \
         w.given_name || ' ' || w.family_name AS substituted \
         FROM function_held f JOIN person p ON p.id = f.person_id LEFT JOIN school s ON s.id = f.school_id \
         LEFT JOIN team t ON t.id = f.team_id LEFT JOIN territory y ON y.id = f.territory_id \
         LEFT JOIN person w ON w.id = f.substitute_for WHERE {condition} ORDER BY f.from_at DESC, f.id"
    );
    all::<FunctionRow>(on, &sql, values).await?.into_iter().map(FunctionRow::read).collect()
}

pub(crate) async fn functions_of(
    on: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<FunctionHeld>, DbError> {
    functions(on, "f.person_id = $1", vec![person.0.into()]).await
}

pub(crate) async fn functions_of_all(
    on: &impl ConnectionTrait,
    people: &[PersonId],
) -> Result<Vec<FunctionHeld>, DbError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let holes: Vec<String> = (1..=people.len()).map(|hole| format!("${hole}")).collect();
    let those = format!("f.person_id IN ({})", holes.join(", "));
    functions(on, &those, people.iter().map(|person| person.0.into()).collect()).await
}

pub(crate) async fn functions_in(
    on: &impl ConnectionTrait,
    school: SchoolId,
) -> Result<Vec<FunctionHeld>, DbError> {
    functions(on, "f.school_id = $1", vec![school.0.into()]).await
}

/// Holds the functions of a person as they are until the transaction ends.
pub(crate) async fn lock_functions(on: &impl ConnectionTrait, person: PersonId) -> Result<(), DbError> {
    // SQLite's immediate transactions are already alone.
    if on.get_database_backend() == sea_orm::DbBackend::Postgres {
        let values = || vec![person.0.into()];
        run(on, "SELECT id FROM person WHERE id = $1 FOR SHARE", values()).await?;
        run(on, "SELECT id FROM function_held WHERE person_id = $1 FOR SHARE", values()).await?;
    }
    Ok(())
}

/// What a person holds at `at`.
pub(crate) async fn held_by(
    on: &impl ConnectionTrait,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<Vec<FunctionHeld>, DbError> {
    functions(on, &format!("f.person_id = $1 AND {HELD_NOW}"), vec![person.0.into(), at.into()]).await
}

/// Who serves in a school at `at`, save its pupils.
pub(crate) async fn staff(
    on: &impl ConnectionTrait,
    school: SchoolId,
    at: DateTime<Utc>,
) -> Result<Vec<FunctionHeld>, DbError> {
    let condition = format!("f.school_id = $1 AND {HELD_NOW} AND f.role <> $3");
    functions(on, &condition, vec![school.0.into(), at.into(), Role::Pupil.slug().into()]).await
}

/// Who serves in `school` at `at` and whose key holds every word, by name.
pub(crate) async fn serving(
    on: &impl ConnectionTrait,
    school: SchoolId,
    words: &[String],
    at: DateTime<Utc>,
) -> Result<Vec<FunctionHeld>, DbError> {
    let mut values: Vec<Value> = vec![school.0.into(), at.into()];
    let mut wheres = format!("f.school_id = $1 AND {HELD_NOW}");
    for word in words {
        values.push(format!("%{word}%").into());
        wheres.push_str(&format!(" AND p.search_key LIKE ${}", values.len()));
    }
    let mut held = functions(on, &wheres, values).await?;
    held.sort_by(|a, b| (&a.person_name, a.role).cmp(&(&b.person_name, b.role)));
    Ok(held)
}

pub(crate) async fn functions_in_team(
    on: &impl ConnectionTrait,
    team: TeamId,
) -> Result<Vec<FunctionHeld>, DbError> {
    functions(on, "f.team_id = $1", vec![team.0.into()]).await
}

pub(crate) async fn function(
    on: &impl ConnectionTrait,
    id: FunctionId,
) -> Result<Option<FunctionHeld>, DbError> {
    Ok(functions(on, "f.id = $1", vec![id.0.into()]).await?.pop())
}
