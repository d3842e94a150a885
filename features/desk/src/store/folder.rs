//! A request's page in few statements: the request with the names around it, its conversation, its
//! approvals, and everything else that hangs on it as one union.

use beffroi_db::scope::condition;
use beffroi_db::{Db, DbError};
use beffroi_kernel::{AppointmentId, AttachmentId, MessageId, PersonId, RequestId, SchoolId, Scope, TaskId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{FromQueryResult, Iterable, Statement};

use super::entities::{appointment, approval, attachment, effect, message, request, task};
use crate::model::MessageKind;

/// A request and the names that its page shows beside it.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Opening {
    #[sea_orm(nested)]
    pub(crate) request: request::Model,
    pub(crate) uai: String,
    pub(crate) school_name: String,
    pub(crate) city: String,
    pub(crate) team_slug: String,
    pub(crate) team_name: String,
    pub(crate) requester_name: String,
    pub(crate) assignee_name: Option<String>,
}

fn column(table: &'static str, name: &'static str) -> (Alias, Alias) {
    (Alias::new(table), Alias::new(name))
}

/// The request of that reference within `scope`.
pub(crate) async fn opening(db: &Db, scope: &Scope, reference: &str) -> Result<Option<Opening>, DbError> {
    let r = |name| column("r", name);
    let mut query = Query::select();
    query.columns(request::Column::iter().map(|column| (Alias::new("r"), column)));
    for (table, name, shown) in [
        ("s", "uai", "uai"),
        ("s", "name", "school_name"),
        ("s", "city", "city"),
        ("t", "slug", "team_slug"),
        ("t", "name", "team_name"),
    ] {
        query.expr_as(Expr::col(column(table, name)), Alias::new(shown));
    }
    query
        .expr_as(Expr::cust("q.given_name || ' ' || q.family_name"), Alias::new("requester_name"))
        .expr_as(Expr::cust("a.given_name || ' ' || a.family_name"), Alias::new("assignee_name"))
        .from_as(Alias::new("request"), Alias::new("r"));
    for (table, alias, key) in
        [("school", "s", "school_id"), ("team", "t", "team_id"), ("person", "q", "requester_id")]
    {
        let on = Expr::col(r(key)).equals(column(alias, "id"));
        query.join_as(sea_orm::JoinType::InnerJoin, Alias::new(table), Alias::new(alias), on);
    }
    query
        .join_as(
            sea_orm::JoinType::LeftJoin,
            Alias::new("person"),
            Alias::new("a"),
            Expr::col(r("assignee_id")).equals(column("a", "id")),
        )
        .and_where(Expr::col(r("reference")).eq(reference))
        .cond_where(condition(scope, r("school_id"), Some(r("team_id")), Some(r("requester_id"))));
    Ok(Opening::find_by_statement(db.backend().build(&query)).one(db.read()).await?)
}

/// A row and the name of its person.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Said {
    #[sea_orm(nested)]
    pub(crate) message: message::Model,
    pub(crate) author: Option<String>,
}

/// The conversation, oldest first, with the names of its authors.
pub(crate) async fn conversation(db: &Db, id: RequestId, internal: bool) -> Result<Vec<Said>, DbError> {
    let hidden = if internal { "" } else { MessageKind::Internal.slug() };
    let sql = "SELECT m.*, p.given_name || ' ' || p.family_name AS author FROM message m \
               LEFT JOIN person p ON p.id = m.author_id WHERE m.request_id = $1 AND m.kind <> $2 \
               ORDER BY m.created_at, m.id";
    let statement = Statement::from_sql_and_values(db.backend(), sql, [id.0.into(), hidden.into()]);
    Ok(Said::find_by_statement(statement).all(db.read()).await?)
}

/// An approval and the name of who decided.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Decided {
    #[sea_orm(nested)]
    pub(crate) approval: approval::Model,
    pub(crate) decider: Option<String>,
}

/// The school's approvals, in order, with the names of those who decided.
pub(crate) async fn approvals(db: &Db, id: RequestId) -> Result<Vec<Decided>, DbError> {
    let sql = "SELECT a.*, p.given_name || ' ' || p.family_name AS decider FROM approval a \
               LEFT JOIN person p ON p.id = a.decided_by WHERE a.request_id = $1 ORDER BY a.position";
    let statement = Statement::from_sql_and_values(db.backend(), sql, [id.0.into()]);
    Ok(Decided::find_by_statement(statement).all(db.read()).await?)
}

/// What else hangs on a request.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    pub(crate) files: Vec<attachment::Model>,
    pub(crate) tasks: Vec<task::Model>,
    pub(crate) appointments: Vec<appointment::Model>,
    pub(crate) effects: Vec<effect::Model>,
    /// Kind of link, reference, title.
    pub(crate) links: Vec<(String, String, String)>,
    /// Those who did the tasks.
    pub(crate) names: Vec<(PersonId, String)>,
}

/// A row of the union; what each column holds depends on `piece`.
#[derive(Debug, FromQueryResult)]
struct Piece {
    piece: String,
    id: uuid::Uuid,
    n: i64,
    a: Option<String>,
    b: Option<String>,
    c: Option<String>,
    d: Option<String>,
    begins: Option<DateTime<Utc>>,
    ends: Option<DateTime<Utc>>,
    undone: Option<DateTime<Utc>>,
    person: Option<uuid::Uuid>,
    other: Option<uuid::Uuid>,
    who: Option<String>,
}

/// The columns of the union after `piece` and `id`, with the type of each: a branch that has nothing
/// to say there gives a null of that type.
const COLUMNS: [(&str, &str); 11] = [
    ("n", "bigint"),
    ("a", "text"),
    ("b", "text"),
    ("c", "text"),
    ("d", "text"),
    ("begins", "timestamp with time zone"),
    ("ends", "timestamp with time zone"),
    ("undone", "timestamp with time zone"),
    ("person", "uuid"),
    ("other", "uuid"),
    ("who", "text"),
];

/// One branch of the union: its expressions in the order of [`COLUMNS`], between bars, `-` for none.
fn branch(piece: &str, expressions: &str) -> SelectStatement {
    let mut select = Query::select();
    select.expr_as(Expr::cust(format!("CAST('{piece}' AS text)")), Alias::new("piece"));
    select.expr_as(Expr::cust("x.id"), Alias::new("id"));
    for (expression, (name, sql_type)) in expressions.split(" | ").zip(COLUMNS) {
        let expression = match (expression, name) {
            ("-", _) => format!("CAST(NULL AS {sql_type})"),
            (number, "n") => format!("CAST({number} AS bigint)"),
            (expression, _) => expression.to_owned(),
        };
        select.expr_as(Expr::cust(expression), Alias::new(name));
    }
    select
}

fn of_request(mut select: SelectStatement, table: &'static str, id: RequestId) -> SelectStatement {
    select
        .from_as(Alias::new(table), Alias::new("x"))
        .and_where(Expr::col(column("x", "request_id")).eq(id.0));
    select
}

fn tasks(id: RequestId) -> SelectStatement {
    let done = "x.position | x.title | x.checklist | - | - | - | x.done_at | - | x.done_by | - | p.given_name || ' ' || p.family_name";
    let mut select = of_request(branch("task", done), "task", id);
    select.join_as(
        sea_orm::JoinType::LeftJoin,
        Alias::new("person"),
        Alias::new("p"),
        Expr::cust("p.id = x.done_by"),
    );
    select
}

fn links(scope: &Scope, id: RequestId) -> SelectStatement {
    let x = |name| column("x", name);
    let mut select =
        branch("link", "0 | l.kind | x.reference | x.title | - | l.created_at | - | - | - | - | -");
    select
        .from_as(Alias::new("request_link"), Alias::new("l"))
        .join_as(
            sea_orm::JoinType::InnerJoin,
            Alias::new("request"),
            Alias::new("x"),
            Expr::cust("x.id = l.other_id"),
        )
        .and_where(Expr::col(column("l", "request_id")).eq(id.0))
        .cond_where(condition(scope, x("school_id"), Some(x("team_id")), Some(x("requester_id"))));
    select
}

/// Files, tasks, visits, effects and links of a request, in one statement.
pub(crate) async fn pieces(
    db: &Db,
    scope: &Scope,
    id: RequestId,
    school: SchoolId,
) -> Result<Pieces, DbError> {
    let files = "x.size | x.name | x.media_type | x.field | x.sha256 | x.created_at | x.exam_at | - | x.person_id | x.message_id | x.exam || '|' || COALESCE(x.exam_note, '')";
    let visits = "0 | x.place | x.state | - | - | x.starts_at | x.ends_at | - | x.made_by | - | -";
    let effects = "0 | x.kind | x.text | x.state | - | x.applied_at | x.until | x.undone_at | x.applied_by | x.undone_by | -";
    let mut union = of_request(branch("file", files), "attachment", id);
    for select in [
        tasks(id),
        of_request(branch("visit", visits), "appointment", id),
        of_request(branch("effect", effects), "effect", id),
        links(scope, id),
    ] {
        union.union(UnionType::All, select);
    }
    let mut rows = Piece::find_by_statement(db.backend().build(&union)).all(db.read()).await?;
    rows.sort_by_key(|row| (row.n * i64::from(row.piece == "task"), row.begins, row.id));
    let mut pieces = Pieces::default();
    for row in rows {
        pieces.take(row, id, school)?;
    }
    Ok(pieces)
}

impl Pieces {
    fn take(&mut self, row: Piece, request_id: RequestId, school_id: SchoolId) -> Result<(), DbError> {
        let missing = || DbError::Corrupt(format!("{} {}", row.piece, row.id));
        let text = |text: Option<String>| text.unwrap_or_default();
        let person = row.person.map(PersonId);
        match row.piece.as_str() {
            "file" => self.files.push(file(row, request_id, school_id)?),
            "task" => {
                self.names.extend(person.zip(row.who));
                self.tasks.push(task::Model {
                    id: TaskId(row.id),
                    request_id,
                    position: i32::try_from(row.n).unwrap_or(i32::MAX),
                    title: text(row.a),
                    checklist: text(row.b),
                    done_at: row.ends,
                    done_by: person,
                });
            }
            "visit" => self.appointments.push(appointment::Model {
                id: AppointmentId(row.id),
                request_id,
                starts_at: row.begins.ok_or_else(missing)?,
                ends_at: row.ends.ok_or_else(missing)?,
                place: text(row.a),
                state: text(row.b),
                made_by: person.ok_or_else(missing)?,
            }),
            "effect" => self.effects.push(effect::Model {
                id: row.id,
                request_id,
                school_id,
                kind: text(row.a),
                text: text(row.b),
                state: text(row.c),
                applied_at: row.begins.ok_or_else(missing)?,
                applied_by: person.ok_or_else(missing)?,
                until: row.ends,
                undone_at: row.undone,
                undone_by: row.other.map(PersonId),
            }),
            _ => self.links.push((text(row.a), text(row.b), text(row.c))),
        }
        Ok(())
    }
}

fn file(row: Piece, request_id: RequestId, school_id: SchoolId) -> Result<attachment::Model, DbError> {
    let id = row.id;
    let missing = || DbError::Corrupt(format!("file {id}"));
    let (exam, exam_note) = examined(row.who.as_deref());
    Ok(attachment::Model {
        id: AttachmentId(row.id),
        school_id,
        person_id: row.person.map(PersonId).ok_or_else(missing)?,
        draft_id: None,
        request_id: Some(request_id),
        message_id: row.other.map(MessageId),
        field: row.c,
        name: row.a.unwrap_or_default(),
        media_type: row.b.unwrap_or_default(),
        size: row.n,
        sha256: row.d.unwrap_or_default(),
        created_at: row.begins.ok_or_else(missing)?,
        exam,
        exam_at: row.ends,
        exam_note,
    })
}

/// Where an examination stands, and its note, out of the one column that the union has for both.
fn examined(joined: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(joined) = joined else { return (None, None) };
    let (exam, note) = joined.split_once('|').unwrap_or((joined, ""));
    (Some(exam.to_owned()), Some(note.to_owned()).filter(|note| !note.is_empty()))
}
