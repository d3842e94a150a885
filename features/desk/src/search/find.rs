//! One search: what is asked, in which order it is looked for, what is shown of it.

use std::collections::HashMap;

use beffroi_catalogue::Hit as SheetHit;
use beffroi_db::DbError;
use beffroi_directory::search::{self as names, FoundPerson};
use beffroi_directory::{ManagePeople, ReadRegion, School};
use beffroi_kernel::{Access, Permit, RequestId};
use beffroi_search::{
    Answer, Excerpt, Expr, Piece, Query, References, Tier, candidates, excerpt, pieces, stem, words,
};
use chrono::{DateTime, Datelike, Utc};
use uuid::Uuid;

use super::bag::{answered, breadth, in_head, noted, reads_notes, within};
use super::rank::{How, ranked};
use crate::model::MessageKind;
use crate::store::search::{self as store, ANSWERS, Kept, Row, Said};
use crate::{Desk, ReadRequests, WorkRequests};

/// Requests on one page of results.
pub const PAGE: usize = 20;
/// Requests scored for one tier of a search, the newest.
const TIER: u32 = 120;
/// Requests scored when words are missing or corrected.
const LOOSE_TIER: u32 = 60;
/// Schools or people shown.
const NAMES: u32 = 8;
/// Sheets shown.
const SHEETS: usize = 3;
/// Results under which slips of the keyboard are looked for.
const FEW: usize = 3;
/// References near the one typed that are shown.
const NEAR_REFERENCES: usize = 5;
/// Characters of an excerpt.
const EXCERPT: usize = 180;

const HEAD: i32 = 0;
const ANYWHERE: i32 = 1;
const SCHOOL: i32 = 2;
const PERSON: i32 = 3;
const NEAR: i32 = 4;
const MOST: i32 = 5;

/// What a person asks.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// What they typed.
    pub text: &'a str,
    /// Only requests whose work is over, or is not.
    pub over: Option<bool>,
    /// Only requests sent since.
    pub since: Option<DateTime<Utc>>,
    /// The page of results, from 0.
    pub page: usize,
}

/// Where a search leads.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Straight to the request of that reference.
    Reference(String),
    /// To a page of results.
    Found(Box<Found>),
}

/// A page of results.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What was sought, corrections included.
    pub query: Query,
    /// The requests, best first.
    pub requests: Vec<FoundRequest>,
    /// Whether another page follows.
    pub more: bool,
    /// The sheets, on the first page.
    pub sheets: Vec<SheetHit>,
    /// The schools, on the first page.
    pub schools: Vec<School>,
    /// The people, on the first page, for those who keep their list.
    pub people: Vec<FoundPerson>,
    /// The words found instead of those typed, as written in what is shown.
    pub corrected: Vec<String>,
}

/// A request found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundRequest {
    /// How it was found.
    pub how: How,
    /// Its reference.
    pub reference: String,
    /// Its title, with the words found.
    pub title: Vec<Piece>,
    /// Its first answers, with the words found.
    pub summary: Vec<Piece>,
    /// Where the other words stand.
    pub excerpt: Option<Excerpt>,
    /// Whether they stand in an internal note.
    pub in_note: bool,
    /// Where it stands.
    pub state: String,
    /// Whom it waits for.
    pub waiting_for: Option<String>,
    /// Its author, with the words found.
    pub requester: Vec<Piece>,
    /// Its school and town, with the words found.
    pub school: Vec<Piece>,
    /// When it was sent.
    pub submitted_at: DateTime<Utc>,
}

impl Found {
    /// Whether there is nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
            && self.sheets.is_empty()
            && self.schools.is_empty()
            && self.people.is_empty()
    }
}

struct Reader<'a> {
    desk: &'a Desk,
    access: &'a Access,
    requests: Option<Permit<ReadRequests>>,
    schools: Option<Permit<ReadRegion>>,
    people: Option<Permit<ManagePeople>>,
}

/// Searches requests, sheets, schools and people, each as far as `access` reaches.
///
/// # Errors
/// When the database does not answer.
pub async fn find(desk: &Desk, access: &Access, asked: &Asked<'_>) -> Result<Outcome, DbError> {
    let reader =
        Reader { desk, access, requests: access.permit(), schools: access.permit(), people: access.permit() };
    let now = desk.site.db.now();
    let references = References::of(asked.text, now.with_timezone(&chrono_tz::Europe::Paris).year());
    if references.alone && asked.page == 0 {
        let exact = references.exact.iter().cloned().collect::<Vec<_>>();
        if let Some(row) = reader.rows(&Asked::default(), &[], &exact).await?.pop() {
            return Ok(Outcome::Reference(row.reference));
        }
    }
    let mut query = Query::of(asked.text);
    if query.is_empty() {
        return Ok(Outcome::Found(Box::default()));
    }
    let mut answer = candidates(desk.site.db.read(), &reader.tiers(&query, asked), Some(&query)).await?;
    if answer.hits.len() < FEW && !references.alone {
        query.correct(&answer.words);
        let tiers = reader.loose_tiers(&query, asked, &answer);
        answer.hits.extend(candidates(desk.site.db.read(), &tiers, None).await?.hits);
    }
    let mut found = reader.requests_of(&query, asked, &answer, &references, now).await?;
    if asked.page == 0 {
        reader.names_of(&mut found, &answer).await?;
        found.sheets = desk.catalogue.search(asked.text).await?.into_iter().take(SHEETS).collect();
    }
    found.query = query;
    Ok(Outcome::Found(Box::new(found)))
}

impl Reader<'_> {
    /// The words as this reader may find them: in notes too for those who read them.
    fn seen(&self, words: &Expr) -> Expr {
        if reads_notes(self.access) { noted(words, self.access.person) } else { words.clone() }
    }

    fn request_tier(&self, rank: i32, words: Expr, asked: &Asked, limit: u32) -> Option<Tier> {
        let permit = self.requests.as_ref()?;
        let mut all = vec![words, within(permit.scope(), self.access.person)];
        all.extend(asked.over.map(|over| Expr::token(super::bag::state_mark(over))));
        Some(Tier { rank, expr: Expr::All(all), breadth: breadth(permit.scope()), limit, part_of: None })
    }

    fn tiers(&self, query: &Query, asked: &Asked) -> Vec<Tier> {
        let words = query.all();
        let mut tiers = Vec::new();
        tiers.extend(self.request_tier(ANYWHERE, self.seen(&words), asked, TIER));
        // What holds the words in its head holds them.
        let head = self.request_tier(HEAD, in_head(&words), asked, TIER);
        tiers.extend(head.map(|head| Tier { part_of: Some(ANYWHERE), ..head }));
        if let Some(permit) = &self.schools {
            tiers.push(names::schools_named(&query.names(), SCHOOL, permit.scope(), NAMES));
        }
        if let Some(permit) = &self.people {
            tiers.push(names::people_named(&query.names(), PERSON, permit, NAMES));
        }
        tiers
    }

    /// What is looked for when little was found: words near those typed, then most of the words.
    fn loose_tiers(&self, query: &Query, asked: &Asked, before: &Answer) -> Vec<Tier> {
        let mut tiers = Vec::new();
        tiers.extend(self.request_tier(NEAR, self.seen(&query.near()), asked, LOOSE_TIER));
        if let Some(words) = query.most() {
            tiers.extend(self.request_tier(MOST, self.seen(&words), asked, LOOSE_TIER));
        }
        let none = |rank: i32| before.hits.iter().all(|hit| hit.rank != rank);
        if let Some(permit) = self.schools.as_ref().filter(|_| none(SCHOOL)) {
            tiers.push(names::schools_named(&query.near(), SCHOOL, permit.scope(), NAMES));
        }
        if let Some(permit) = self.people.as_ref().filter(|_| none(PERSON)) {
            tiers.push(names::people_named(&query.near(), PERSON, permit, NAMES));
        }
        tiers
    }

    async fn rows(
        &self,
        asked: &Asked<'_>,
        ids: &[RequestId],
        references: &[String],
    ) -> Result<Vec<Row>, DbError> {
        let Some(permit) = &self.requests else { return Ok(Vec::new()) };
        let kept =
            Kept { scope: permit.scope(), person: self.access.person, over: asked.over, since: asked.since };
        store::rows(self.desk.site.db.read(), &kept, ids, references).await
    }

    async fn requests_of(
        &self,
        query: &Query,
        asked: &Asked<'_>,
        answer: &Answer,
        references: &References,
        now: DateTime<Utc>,
    ) -> Result<Found, DbError> {
        let mut how: HashMap<RequestId, How> = HashMap::new();
        for hit in &answer.hits {
            let found = match hit.rank {
                HEAD | ANYWHERE => How::Exact,
                NEAR => How::Near,
                MOST => How::Part,
                _ => continue,
            };
            let known = how.entry(RequestId(hit.subject)).or_insert(found);
            *known = (*known).min(found);
        }
        let ids: Vec<RequestId> = how.keys().copied().collect();
        let mut named: Vec<String> = references.exact.iter().cloned().collect();
        if references.alone {
            named.extend(references.near());
        }
        let rows = self.rows(asked, &ids, &named).await?;
        for row in rows.iter().filter(|row| references.exact.as_ref() == Some(&row.reference)) {
            how.insert(row.id, How::Reference);
        }
        let mut ranked = ranked(rows, &how, query, now);
        let mut near = 0;
        ranked.retain(|(how, _)| {
            near += usize::from(*how == How::Reference);
            *how != How::Reference || near <= NEAR_REFERENCES
        });
        let from = asked.page.saturating_mul(PAGE).min(ranked.len());
        let more = ranked.len() > from + PAGE;
        let page: Vec<(How, Row)> = ranked.drain(from..).take(PAGE).collect();
        let (requests, corrected) = self.shown(page, query).await?;
        Ok(Found { requests, more, corrected, ..Found::default() })
    }

    async fn shown(
        &self,
        page: Vec<(How, Row)>,
        query: &Query,
    ) -> Result<(Vec<FoundRequest>, Vec<String>), DbError> {
        let hidden: Vec<RequestId> =
            page.iter().filter(|(_, row)| !says_all(row, query)).map(|(_, row)| row.id).collect();
        let mut said: HashMap<RequestId, Vec<Said>> = HashMap::new();
        for message in store::said(self.desk.site.db.read(), &hidden).await? {
            said.entry(message.request_id).or_default().push(message);
        }
        let requests: Vec<FoundRequest> = page
            .into_iter()
            .map(|(how, row)| {
                let said = hidden.contains(&row.id).then(|| said.remove(&row.id).unwrap_or_default());
                self.shown_one(how, row, query, said.as_deref())
            })
            .collect();
        let corrected = corrections(&requests, query);
        Ok((requests, corrected))
    }

    fn shown_one(&self, how: How, row: Row, query: &Query, said: Option<&[Said]>) -> FoundRequest {
        let works = row.requester_id != self.access.person
            && self.access.permit::<WorkRequests>().is_some()
            && self.access.functions_in(row.school_id).next().is_none();
        let notes = works && reads_notes(self.access);
        let mut best: Option<(Excerpt, bool)> = None;
        for said in said.unwrap_or_default() {
            let is_note = said.kind == MessageKind::Internal.slug();
            if is_note && !notes {
                continue;
            }
            for text in texts(said) {
                let more = |found: &Excerpt| best.as_ref().is_none_or(|(best, _)| found.terms > best.terms);
                if let Some(found) = excerpt(&text, query, EXCERPT).filter(more) {
                    best = Some((found, is_note));
                }
            }
        }
        let (excerpt, in_note) = best.map_or((None, false), |(excerpt, note)| (Some(excerpt), note));
        FoundRequest {
            how,
            title: pieces(&row.title, query),
            summary: pieces(&row.summary, query),
            excerpt,
            in_note,
            state: row.state,
            waiting_for: row.waiting_for,
            requester: pieces(&row.requester, query),
            school: pieces(&format!("{}, {}", row.school, row.city), query),
            submitted_at: row.submitted_at,
            reference: row.reference,
        }
    }

    async fn names_of(&self, found: &mut Found, answer: &Answer) -> Result<(), DbError> {
        let of = |rank: i32| -> Vec<Uuid> {
            answer.hits.iter().filter(|hit| hit.rank == rank).map(|hit| hit.subject).collect()
        };
        if let Some(permit) = &self.schools {
            found.schools = names::schools_found(&self.desk.site.db, permit.scope(), &of(SCHOOL)).await?;
        }
        if let Some(permit) = &self.people {
            found.people = names::people_found(&self.desk.site.db, permit, &of(PERSON)).await?;
        }
        Ok(())
    }
}

/// Where an excerpt may be taken: answers of a single word say nothing by themselves.
fn texts(said: &Said) -> Vec<String> {
    if said.kind != ANSWERS {
        return vec![said.text.clone()];
    }
    answered(&said.text).into_iter().filter(|text| text.contains(' ')).collect()
}

/// Whether the line of a row shows every word sought by itself.
fn says_all(row: &Row, query: &Query) -> bool {
    let line = format!("{} {} {} {} {}", row.title, row.summary, row.requester, row.school, row.city);
    excerpt(&line, query, usize::MAX / 4).is_some_and(|found| found.terms == query.terms.len())
}

/// The words found instead of those typed, as they are written in the first line that needed them.
fn corrections(requests: &[FoundRequest], query: &Query) -> Vec<String> {
    let Some(first) = requests.iter().find(|request| request.how == How::Near) else {
        return Vec::new();
    };
    let excerpt = first.excerpt.iter().flat_map(|excerpt| &excerpt.pieces);
    let shown =
        first.title.iter().chain(&first.summary).chain(&first.requester).chain(&first.school).chain(excerpt);
    let marked: Vec<&str> = shown.filter(|piece| piece.found).map(|piece| piece.text.as_str()).collect();
    let spelt = |near: &str| {
        let written =
            marked.iter().find(|text| words(text).iter().any(|word| stem(&word.folded) == stem(near)));
        written.map(|text| text.to_lowercase())
    };
    let each = query.terms.iter().filter_map(|term| {
        let as_typed =
            marked.iter().any(|text| words(text).iter().any(|word| stem(&word.folded) == term.stem));
        let near = term.near.iter().filter(|_| !as_typed);
        near.filter_map(|near| spelt(&near.word)).next()
    });
    each.collect()
}
