//! The index in the database: bags of words found by an inverted index of each engine, FTS5 or GIN,
//! newest first. All that the two engines do differently is here.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};
use uuid::Uuid;

use crate::expr::ANY;
use crate::spelling::deletions;
use crate::{Breadth, Doc, Kind, Query, Tier};

/// Bags of the smallest slice, as a power of two. PostgreSQL has no way to walk its index from the
/// newest bag, so each common mark is also kept by slice: a few slices are read, newest first, then
/// all the rest at once, and reading stops when enough is found. A word of every other request costs
/// one small slice; a rare one a few slices and its own short list.
const SLICE: u32 = 10;
/// Sizes of slices, each four times the one before.
const SIZES: u32 = 3;
/// Rows of one statement of a bulk write.
const ROWS: usize = 2_000;

/// A bag that meets a tier's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The tier that found it.
    pub rank: i32,
    /// Its rank by age: the newest has the largest.
    pub number: i64,
    /// What it stands for.
    pub subject: Uuid,
}

/// What the index answers.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The bags found, by tier.
    pub hits: Vec<Hit>,
    /// Words that may be near those of the question.
    pub words: BTreeSet<String>,
}

fn statement(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(on.get_database_backend(), sql, values)
}

async fn rows(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbErr> {
    on.query_all_raw(statement(on, sql, values)).await
}

async fn run(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<(), DbErr> {
    on.execute_raw(statement(on, sql, values)).await?;
    Ok(())
}

fn is_sqlite(on: &impl ConnectionTrait) -> bool {
    on.get_database_backend() == DbBackend::Sqlite
}

/// Puts a bag in the index, or replaces it; nothing is written when its words are the same.
///
/// # Errors
/// When the database does not answer.
pub async fn put(on: &impl ConnectionTrait, doc: &Doc) -> Result<(), DbErr> {
    let sql = "INSERT INTO search_doc (kind, subject, digest) VALUES ($1, $2, $3) ON CONFLICT (kind, subject) \
               DO UPDATE SET digest = excluded.digest WHERE search_doc.digest <> excluded.digest RETURNING number";
    let values = vec![doc.kind.slug().into(), doc.subject.into(), doc.digest().into()];
    let Some(row) = rows(on, sql, values).await?.pop() else {
        return Ok(());
    };
    put_words(on, doc.vocabulary()).await?;
    put_texts(on, &[(row.try_get_by_index(0)?, doc)]).await
}

/// Words that the index is known to keep for corrections: they are not written again.
#[derive(Debug, Default)]
pub struct KnownWords(Mutex<HashSet<String>>);

/// Known at most, some megabytes; a language has fewer words, typing errors have more.
const MOST_KNOWN: usize = 50_000;

impl KnownWords {
    fn unknown(&self, words: &BTreeSet<String>) -> BTreeSet<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        words.iter().filter(|word| !known.contains(*word)).cloned().collect()
    }

    fn learn(&self, words: impl Iterator<Item = String>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.extend(words);
    }
}

/// Keeps the words of a bag that are not known yet, for corrections. Those it adds are not known before
/// another bag brings them: this transaction may still be given up.
///
/// # Errors
/// When the database does not answer.
pub async fn put_new_words(on: &impl ConnectionTrait, known: &KnownWords, doc: &Doc) -> Result<(), DbErr> {
    let unknown = known.unknown(doc.vocabulary());
    if !unknown.is_empty() {
        let added = put_words(on, &unknown).await?;
        known.learn(unknown.into_iter().filter(|word| !added.contains(word)));
    }
    Ok(())
}

/// A statement and its values.
pub type Written = (String, Vec<Value>);

/// The statements that put in the index a bag that it does not have: the first returns the number under which
/// the second makes it found. On PostgreSQL the second is given the name of what the first returned.
pub fn put_new(backend: DbBackend, doc: &Doc) -> (Written, impl FnOnce(&str) -> Written) {
    let sqlite = backend == DbBackend::Sqlite;
    let sql = "INSERT INTO search_doc (kind, subject, digest) VALUES ($1, $2, $3)";
    let sql = if sqlite { sql.to_owned() } else { format!("{sql} RETURNING number") };
    let first = (sql, vec![doc.kind.slug().into(), doc.subject.into(), doc.digest().into()]);
    let bag = if sqlite { doc.bag() } else { sliced(doc) };
    let second = move |name: &str| {
        let sql = if sqlite {
            "INSERT INTO search_text (rowid, words) VALUES (last_insert_rowid(), $1)".to_owned()
        } else {
            let words = (0..SIZES).fold("$1".to_owned(), |text, size| {
                format!("replace({text}, '#{size}', (number >> {})::text)", SLICE + 2 * size)
            });
            format!("INSERT INTO search_text (number, words) SELECT number, ({words})::tsvector FROM {name}")
        };
        (sql, vec![bag.into()])
    };
    (first, second)
}

/// The tokens, and each common mark by slice; `#0` and so on stand for the slices.
fn sliced(doc: &Doc) -> String {
    let mut bag = doc.bag();
    for mark in doc.common().chain([ANY]) {
        bag.extend((0..SIZES).map(|size| format!(" {mark}~{size}_#{size}")));
    }
    bag
}

/// Puts many bags that are not in the index yet; one that is there stays as it is.
///
/// # Errors
/// When the database does not answer.
pub async fn put_many(on: &impl ConnectionTrait, docs: &[Doc]) -> Result<(), DbErr> {
    for docs in docs.chunks(ROWS) {
        let sql = format!(
            "INSERT INTO search_doc (kind, subject, digest) VALUES {} ON CONFLICT (kind, subject) DO NOTHING \
             RETURNING number, subject",
            places(docs.len(), 3)
        );
        let values =
            docs.iter().flat_map(|doc| [doc.kind.slug().into(), doc.subject.into(), doc.digest().into()]);
        let mut numbers: HashMap<Uuid, i64> = HashMap::with_capacity(docs.len());
        for row in rows(on, &sql, values.collect()).await? {
            numbers.insert(row.try_get_by_index(1)?, row.try_get_by_index(0)?);
        }
        let numbered: Vec<(i64, &Doc)> =
            docs.iter().filter_map(|doc| Some((*numbers.get(&doc.subject)?, doc))).collect();
        put_texts(on, &numbered).await?;
        let mut words = BTreeSet::new();
        words.extend(docs.iter().flat_map(|doc| doc.vocabulary().iter().cloned()));
        put_words(on, &words).await?;
    }
    Ok(())
}

async fn put_texts(on: &impl ConnectionTrait, docs: &[(i64, &Doc)]) -> Result<(), DbErr> {
    if docs.is_empty() {
        return Ok(());
    }
    let (sql, values) = texts(is_sqlite(on), docs);
    run(on, &sql, values).await
}

/// The statement that makes these bags found.
fn texts(sqlite: bool, docs: &[(i64, &Doc)]) -> (String, Vec<Value>) {
    let sql = if sqlite {
        format!("INSERT OR REPLACE INTO search_text (rowid, words) VALUES {}", places(docs.len(), 2))
    } else {
        let rows: Vec<String> =
            (0..docs.len()).map(|row| format!("(${}, ${}::tsvector)", row * 2 + 1, row * 2 + 2)).collect();
        format!(
            "INSERT INTO search_text (number, words) VALUES {} ON CONFLICT (number) DO UPDATE SET words = excluded.words",
            rows.join(", ")
        )
    };
    let values = docs.iter().flat_map(|(number, doc)| {
        let slice = |bag: String, size: u32| {
            bag.replace(&format!("#{size}"), &(number >> (SLICE + 2 * size)).to_string())
        };
        let bag = if sqlite { doc.bag() } else { (0..SIZES).fold(sliced(doc), slice) };
        [Value::from(*number), bag.into()]
    });
    (sql, values.collect())
}

/// Keeps words for corrections; those already kept cost one lookup each. Gives those it added.
async fn put_words(on: &impl ConnectionTrait, words: &BTreeSet<String>) -> Result<BTreeSet<String>, DbErr> {
    let mut added = BTreeSet::new();
    let words: Vec<&String> = words.iter().collect();
    for words in words.chunks(ROWS) {
        let sql = format!(
            "INSERT INTO search_word (piece, word) VALUES {} ON CONFLICT DO NOTHING RETURNING word",
            places(words.len(), 2)
        );
        let values = words.iter().flat_map(|word| [Value::from(word.as_str()), word.as_str().into()]);
        let mut pieces = Vec::new();
        for row in rows(on, &sql, values.collect()).await? {
            let word: String = row.try_get_by_index(0)?;
            let others = deletions(&word).into_iter().filter(|piece| *piece != word);
            pieces.extend(others.map(|piece| (piece, word.clone())));
            added.insert(word);
        }
        for pieces in pieces.chunks(ROWS) {
            let sql = format!(
                "INSERT INTO search_word (piece, word) VALUES {} ON CONFLICT DO NOTHING",
                places(pieces.len(), 2)
            );
            let values =
                pieces.iter().flat_map(|(piece, word)| [piece.as_str().into(), word.as_str().into()]);
            run(on, &sql, values.collect()).await?;
        }
    }
    Ok(added)
}

fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> =
            (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Takes a bag out of the index.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(on: &impl ConnectionTrait, kind: Kind, subject: Uuid) -> Result<(), DbErr> {
    let sql = "DELETE FROM search_doc WHERE kind = $1 AND subject = $2 RETURNING number";
    let Some(row) = rows(on, sql, vec![kind.slug().into(), subject.into()]).await?.pop() else {
        return Ok(());
    };
    let number: i64 = row.try_get_by_index(0)?;
    let key = if is_sqlite(on) { "rowid" } else { "number" };
    run(on, &format!("DELETE FROM search_text WHERE {key} = $1"), vec![number.into()]).await
}

/// The newest bags of each tier, and the words near those of `spelling`, in one statement.
///
/// # Errors
/// When the database does not answer.
pub async fn candidates(
    on: &impl ConnectionTrait,
    tiers: &[Tier],
    spelling: Option<&Query>,
) -> Result<Answer, DbErr> {
    let sqlite = is_sqlite(on);
    let mut values: Vec<Value> = Vec::new();
    let (mut founds, mut arms) = (Vec::new(), Vec::new());
    for tier in tiers {
        let whole = tiers.iter().find(|whole| Some(whole.rank) == tier.part_of);
        let found = newest(tier, whole, sqlite, &mut values);
        founds.push(format!("found{} AS MATERIALIZED ({found})", tier.rank));
        arms.push(format!(
            "SELECT {0} AS tier, d.number AS number, d.subject AS subject, '' AS word \
             FROM found{0} f JOIN search_doc d ON d.number = f.number",
            tier.rank
        ));
    }
    let pieces: BTreeSet<String> = spelling.iter().flat_map(|query| pieces_of(query)).collect();
    if !pieces.is_empty() {
        let from = values.len();
        let places: Vec<String> = (1..=pieces.len()).map(|place| format!("${}", from + place)).collect();
        let nobody = if sqlite { "NULL" } else { "CAST(NULL AS uuid)" };
        arms.push(format!(
            "SELECT -1 AS tier, 0 AS number, {nobody} AS subject, word FROM search_word WHERE piece IN ({})",
            places.join(", ")
        ));
        values.extend(pieces.into_iter().map(Value::from));
    }
    let mut answer = Answer::default();
    if arms.is_empty() {
        return Ok(answer);
    }
    let sliced = tiers.iter().filter(|tier| !sqlite && tier.breadth != Breadth::Few);
    let slices = sliced.map(|tier| slices(tier.breadth)).next();
    let named: Vec<String> = slices.into_iter().chain(founds).collect();
    let with = if named.is_empty() { String::new() } else { format!("WITH RECURSIVE {} ", named.join(", ")) };
    for row in rows(on, &format!("{with}{}", arms.join(" UNION ALL ")), values).await? {
        let rank: i32 = row.try_get_by_index(0)?;
        if rank < 0 {
            answer.words.insert(row.try_get_by_index(3)?);
        } else {
            let (number, subject) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            answer.hits.push(Hit { rank, number, subject });
        }
    }
    // One order for both engines: by tier, newest first.
    answer.hits.sort_by_key(|hit| (hit.rank, std::cmp::Reverse(hit.number)));
    Ok(answer)
}

fn pieces_of(query: &Query) -> BTreeSet<String> {
    let words = query.terms.iter().filter(|term| term.parts.is_empty() && term.folded.len() >= 4);
    words.flat_map(|term| deletions(&term.folded)).collect()
}

/// The numbers of the newest bags of a tier, once the tier that it is a part of is full.
fn newest(tier: &Tier, whole: Option<&Tier>, sqlite: bool, values: &mut Vec<Value>) -> String {
    let place = values.len() + 1;
    let most = tier.limit;
    // A limit of nothing keeps either engine from beginning.
    let once = |whole: &Tier| {
        let (rank, full) = (whole.rank, whole.limit);
        format!("(SELECT CASE WHEN COUNT(*) < {full} THEN 0 ELSE {most} END FROM found{rank})")
    };
    let limit = whole.map_or_else(|| most.to_string(), once);
    if sqlite {
        values.push(tier.expr.sqlite().into());
        // FTS5 walks its lists from the newest row by itself.
        return format!(
            "SELECT rowid AS number FROM search_text WHERE search_text MATCH ${place} ORDER BY rowid DESC LIMIT {limit}"
        );
    }
    values.push(tier.expr.postgres(false).into());
    if tier.breadth == Breadth::Few {
        return newest_whole(place, &limit);
    }
    values.push(tier.expr.postgres(true).into());
    newest_sliced(place, most, &limit)
}

/// The whole list of what fits, for a condition that few bags meet.
/// `+ 0` keeps the planner from walking the whole table by its key instead.
fn newest_whole(place: usize, limit: &str) -> String {
    format!(
        "SELECT x.number FROM search_text x WHERE x.words @@ ${place}::tsquery ORDER BY x.number + 0 DESC LIMIT {limit}"
    )
}

/// Slice by slice: the lateral query runs for the newest slice, then for the next, until the limit.
fn newest_sliced(place: usize, most: u32, limit: &str) -> String {
    format!(
        "SELECT t.number FROM slices s CROSS JOIN LATERAL (SELECT x.number FROM search_text x \
         WHERE x.words @@ (CASE WHEN s.slice IS NULL THEN ${place} ELSE replace(${}, '~', s.slice) END)::tsquery \
         AND (s.slice IS NOT NULL OR x.number + 0 < s.below) \
         ORDER BY x.number + 0 DESC LIMIT {most}) t LIMIT {limit}",
        place + 1
    )
}

/// The slices, newest first: aligned, none larger than twice all those before it; at last all that
/// is older. What is too rare to be found in them has a short list.
fn slices(breadth: Breadth) -> String {
    let most = if breadth == Breadth::Most { 16 } else { 64 };
    let sizes: Vec<String> = (0..SIZES).map(|size| format!("({size}, {})", 1_u32 << (2 * size))).collect();
    format!(
        "cut (size, place, rest, seen) AS (\
         SELECT 0, newest, newest, 1 FROM (SELECT (COALESCE(MAX(number), 0) >> {SLICE})::integer AS newest \
         FROM search_doc) n \
         UNION ALL SELECT g.size, s.rest / g.width - 1, s.rest - g.width, s.seen + g.width FROM cut s \
         CROSS JOIN LATERAL (SELECT v.size, v.width FROM (VALUES {}) AS v (size, width) \
         WHERE s.rest % v.width = 0 AND s.seen * 2 >= v.width ORDER BY v.width DESC LIMIT 1) g \
         WHERE s.rest > 0 AND s.seen < {most}), \
         slices (slice, below) AS (SELECT '~' || size || '_' || place, 0::bigint FROM cut \
         UNION ALL SELECT NULL, MIN(rest)::bigint << {SLICE} FROM cut HAVING MIN(rest) > 0)",
        sizes.join(", ")
    )
}

/// Empties the index before every bag is put again; on PostgreSQL its tree is built at the end.
///
/// # Errors
/// When the database does not answer.
pub async fn begin_rebuild(on: &impl ConnectionTrait) -> Result<(), DbErr> {
    let steps: &[&str] = if is_sqlite(on) {
        &[
            "DELETE FROM search_doc",
            "INSERT INTO search_text (search_text) VALUES ('delete-all')",
            "DELETE FROM search_word",
        ]
    } else {
        &["DROP INDEX IF EXISTS search_text_words", "TRUNCATE search_doc, search_text, search_word"]
    };
    for sql in steps {
        on.execute_unprepared(sql).await?;
    }
    Ok(())
}

/// Makes the index ready to answer after [`begin_rebuild`] and [`put_many`].
///
/// # Errors
/// When the database does not answer.
pub async fn finish_rebuild(on: &impl ConnectionTrait) -> Result<(), DbErr> {
    let steps: &[&str] = if is_sqlite(on) {
        &["INSERT INTO search_text (search_text) VALUES ('optimize')"]
    } else {
        &[
            "SET LOCAL maintenance_work_mem = '256MB'",
            "CREATE INDEX IF NOT EXISTS search_text_words ON search_text USING gin (words) \
             WITH (fastupdate = on, gin_pending_list_limit = 128)",
            "ANALYZE search_doc",
            "ANALYZE search_text",
            "ANALYZE search_word",
        ]
    };
    for sql in steps {
        on.execute_unprepared(sql).await?;
    }
    Ok(())
}
