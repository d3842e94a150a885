//! A small piece of the big Region: what is written at once must be what the desk would have
//! written. (CSU-01, CSU-06, CSU-08)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use beffroi_acts::Acts;
use beffroi_calendar::WorkingCalendar;
use beffroi_catalogue::Catalogue;
use beffroi_db::{Db, db_test};
use beffroi_demo::region::{self, Size};
use beffroi_desk::history::{self, approval, effect, link, message, pause, request, task};
use beffroi_desk::{Desk, Files, State};
use beffroi_directory::Site;
use beffroi_kernel::Role;
use beffroi_sheets::{Answers, Facts};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, Statement};
use sha2::{Digest, Sha256};

const SIZE: Size = Size { schools: 24, people: 900, requests: 500, seed: 7 };
const TINY: Size = Size { schools: 13, people: 240, requests: 80, seed: 7 };

struct Ground {
    desk: Desk,
    _files: tempfile::TempDir,
}

async fn region(db: Db, size: Size) -> Ground {
    let files = tempfile::tempdir().unwrap();
    let site = Site { db, base_url: "https://beffroi.example".into(), secure_cookies: true };
    let catalogue = Catalogue::new(site.clone());
    let kept = Files::local(files.path()).unwrap();
    let desk = Desk::new(site.clone(), catalogue, kept, Acts::new(site));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let mut sheets: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md" || end == "toml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    sheets.sort();
    region::generate(&desk, &sheets, &size, &|_: &str, _, _| ()).await.unwrap();
    Ground { desk, _files: files }
}

impl Ground {
    async fn rows(&self, sql: &str) -> Vec<sea_orm::QueryResult> {
        let db = &self.desk.site.db;
        db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap()
    }

    async fn count(&self, sql: &str) -> i64 {
        self.rows(sql).await[0].try_get_by_index(0).unwrap()
    }

    async fn requests(&self) -> Vec<request::Model> {
        let read = self.desk.site.db.read();
        request::Entity::find().order_by_asc(request::Column::Id).all(read).await.unwrap()
    }

    async fn pauses(&self) -> HashMap<beffroi_kernel::RequestId, Vec<pause::Model>> {
        let mut pauses: HashMap<_, Vec<_>> = HashMap::new();
        for pause in pause::Entity::find()
            .order_by_asc(pause::Column::FromAt)
            .all(self.desk.site.db.read())
            .await
            .unwrap()
        {
            pauses.entry(pause.request_id).or_default().push(pause);
        }
        pauses
    }

    /// Text of one column by the uuid of another.
    async fn by_id(&self, sql: &str) -> BTreeMap<uuid::Uuid, String> {
        let rows = self.rows(sql).await;
        rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect()
    }

    /// Everything that the seed decides, whatever the identifiers of schools, teams, sheets and the
    /// accounts of the small demo.
    async fn digest(&self) -> String {
        let read = self.desk.site.db.read();
        let mut names = self.by_id("SELECT id, uai FROM school").await;
        for sql in [
            "SELECT id, slug FROM team",
            "SELECT id, login FROM person",
            "SELECT id, slug FROM sheet_version",
        ] {
            names.extend(self.by_id(sql).await);
        }
        let mut dump = format!("{:?}", self.requests().await);
        dump += &format!(
            "{:?}",
            message::Entity::find().order_by_asc(message::Column::Id).all(read).await.unwrap()
        );
        dump +=
            &format!("{:?}", pause::Entity::find().order_by_asc(pause::Column::Id).all(read).await.unwrap());
        dump += &format!(
            "{:?}",
            approval::Entity::find().order_by_asc(approval::Column::Id).all(read).await.unwrap()
        );
        dump +=
            &format!("{:?}", task::Entity::find().order_by_asc(task::Column::Id).all(read).await.unwrap());
        dump += &format!(
            "{:?}",
            effect::Entity::find().order_by_asc(effect::Column::Id).all(read).await.unwrap()
        );
        let links =
            link::Entity::find().order_by_asc(link::Column::RequestId).order_by_asc(link::Column::OtherId);
        dump += &format!("{:?}", links.all(read).await.unwrap());
        let people = "SELECT p.login, p.given_name, p.family_name, p.search_key, f.role, f.from_at, f.to_at, s.uai \
                      FROM function_held f JOIN person p ON p.id = f.person_id LEFT JOIN school s ON s.id = f.school_id";
        let mut lines: Vec<String> = Vec::new();
        for row in self.rows(people).await {
            let text = |at: usize| row.try_get_by_index::<Option<String>>(at).unwrap();
            let when = |at: usize| row.try_get_by_index::<Option<DateTime<Utc>>>(at).unwrap();
            lines.push(format!(
                "{:?}",
                (text(0), text(1), text(2), text(3), text(4), when(5), when(6), text(7))
            ));
        }
        lines.sort();
        dump += &lines.join("\n");
        // Word by word: identifiers that the seed does not make become names.
        let words = dump.split_inclusive(|c: char| !(c.is_ascii_hexdigit() || c == '-'));
        let mut digest = Sha256::new();
        for word in words {
            let id = word.get(..36).and_then(|id| id.parse::<uuid::Uuid>().ok());
            digest.update(id.and_then(|id| names.get(&id)).map_or(word, String::as_str));
        }
        hex::encode(digest.finalize())
    }
}

#[db_test]
async fn a_region_written_at_once_is_one_that_the_desk_would_have_written(db: Db) {
    let before = indexes(&db).await;
    let ground = region(db, SIZE).await;
    assert_eq!(indexes(&ground.desk.site.db).await, before, "indexes are back as the migrations made them");
    everyone_is_there_with_the_function_they_act_under(&ground).await;
    references_follow_the_sending_and_dates_are_in_order(&ground).await;
    deadlines_ranks_and_answers_are_those_of_the_desk(&ground).await;
}

async fn everyone_is_there_with_the_function_they_act_under(ground: &Ground) {
    let lost = "SELECT COUNT(*) FROM request r WHERE NOT EXISTS (SELECT 1 FROM school s WHERE s.id = r.school_id) \
                OR NOT EXISTS (SELECT 1 FROM team t WHERE t.id = r.team_id) OR NOT EXISTS (SELECT 1 FROM function_held f \
                WHERE f.person_id = r.requester_id AND f.school_id = r.school_id AND f.role = r.requester_role \
                AND f.from_at <= r.submitted_at AND (f.to_at IS NULL OR f.to_at > r.submitted_at))";
    assert_eq!(ground.count(lost).await, 0);
    assert_eq!(ground.count("SELECT COUNT(*) FROM request").await, 500);
    assert_eq!(ground.count("SELECT COUNT(*) FROM school").await, 24);
    let strangers = "SELECT COUNT(*) FROM request r WHERE r.assignee_id IS NOT NULL AND NOT EXISTS \
                     (SELECT 1 FROM function_held f WHERE f.person_id = r.assignee_id AND f.team_id = r.team_id)";
    assert_eq!(ground.count(strangers).await, 0);
    let two_heads = "SELECT COUNT(*) FROM function_held f JOIN function_held g ON g.school_id = f.school_id AND g.id <> f.id \
                     WHERE f.role = 'head' AND g.role = 'head' AND f.to_at IS NULL AND g.to_at IS NULL";
    assert_eq!(ground.count(two_heads).await, 0);
    assert!((700..1_100).contains(&ground.count("SELECT COUNT(*) FROM person").await));
    assert!(ground.count("SELECT COUNT(*) FROM message").await > 2_000);
    assert_eq!(ground.count("SELECT COUNT(*) FROM person WHERE password_hash IS NOT NULL").await, 29);
    let sound = beffroi_db::journal::head(&ground.desk.site.db).await.unwrap();
    let last = "SELECT COUNT(*) FROM journal_entry WHERE kind = 'demo.region'";
    assert_eq!(ground.count(last).await, 1);
    assert_eq!(ground.count("SELECT MAX(seq) FROM journal_entry").await, sound.seq);
}

async fn references_follow_the_sending_and_dates_are_in_order(ground: &Ground) {
    let now = ground.desk.site.db.now();
    let mut requests = ground.requests().await;
    requests.sort_by_key(|request| {
        let (year, number) = request.reference.split_once('-').unwrap();
        (year.parse::<u32>().unwrap(), number.parse::<u32>().unwrap())
    });
    assert!(requests.is_sorted_by_key(|request| request.submitted_at));
    for request in &requests {
        let order = [
            Some(request.submitted_at),
            request.sent_at,
            request.first_answered_at,
            request.resolved_at,
            request.closed_at,
        ];
        let order: Vec<_> = order.into_iter().flatten().chain([now]).collect();
        assert!(order.is_sorted(), "{request:?}");
        let state = State::of(&request.state).unwrap();
        assert_eq!(
            request.resolved_at.is_some(),
            matches!(state, State::Resolved | State::Closed),
            "{request:?}"
        );
        assert_eq!(request.merged_into.is_some(), state == State::Merged);
        assert_eq!(
            request.sent_at.is_none(),
            matches!(state, State::Validation | State::Refused),
            "{request:?}"
        );
        assert_eq!(request.solution_minutes.is_some(), request.resolved_at.is_some());
    }
    let years: BTreeMap<&str, &str> =
        requests.iter().map(|request| request.reference.split_once('-').unwrap()).collect();
    for (year, last) in years {
        let kept = ground
            .count(&format!("SELECT CAST(last AS BIGINT) FROM request_counter WHERE year = {year}"))
            .await;
        assert_eq!(kept, last.parse::<i64>().unwrap());
    }
    let outside = "SELECT COUNT(*) FROM message m JOIN request r ON r.id = m.request_id WHERE m.created_at < r.submitted_at";
    assert_eq!(ground.count(outside).await, 0);
}

async fn deadlines_ranks_and_answers_are_those_of_the_desk(ground: &Ground) {
    let (requests, pauses) = (ground.requests().await, ground.pauses().await);
    let calendar = WorkingCalendar::default();
    let mut paused = 0;
    for request in &requests {
        let published = ground.desk.catalogue.version(request.sheet_version_id).await.unwrap().unwrap();
        let kind = published.sheet.request(&request.request_type).unwrap();
        let mut again = request.clone();
        (again.first_answer_due, again.solution_due, again.next_due) = (None, None, None);
        (again.active, again.pressing) = (false, 0);
        let of_it = pauses.get(&request.id).map_or(&[][..], Vec::as_slice);
        paused += of_it.len();
        history::set_deadlines(&mut again, kind, &calendar, of_it);
        assert_eq!(history::ranked(again), *request);

        let school = beffroi_kernel::Scope::system("test");
        let school = beffroi_directory::school(&ground.desk.site.db, &school, request.school_id)
            .await
            .unwrap()
            .unwrap();
        let role: Role = request.requester_role.parse().unwrap();
        let facts = Facts {
            requester_role: role,
            academy: school.academy,
            school_kind: school.kind,
            o365: school.o365,
        };
        let answers: Answers = serde_json::from_str(&request.answers).unwrap();
        assert_eq!(kind.check(&answers, &facts).as_ref(), Ok(&answers), "{}", request.answers);
        assert!(kind.refusal(&answers, &facts).is_none(), "{}", request.answers);
        assert_eq!(history::summary(kind, &answers), request.summary);
        let holes = |text: &str| text.chars().any(|c| ('\u{E000}'..'\u{F000}').contains(&c));
        assert!(!holes(&request.answers) && !holes(&request.summary));
        if let (Some(sent), Some(solved)) = (request.sent_at, request.resolved_at) {
            let span = |from, to| calendar.working_time_between(from, to).num_seconds();
            let left_out: i64 =
                of_it.iter().map(|pause| span(pause.from_at, pause.to_at.unwrap_or(solved))).sum();
            let minutes = (span(sent, solved) - left_out) / 60;
            assert_eq!(request.solution_minutes.map(i64::from), Some(minutes), "{request:?}");
        }
    }
    assert!(paused > 10);
}

/// Every index, as the database describes it.
async fn indexes(db: &Db) -> Vec<String> {
    let sql = match db.backend() {
        sea_orm::DbBackend::Postgres => {
            "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname"
        }
        _ => "SELECT COALESCE(sql, name) FROM sqlite_master WHERE type = 'index' ORDER BY name",
    };
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
    let found: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert!(found.len() > 30);
    found
}

/// The digest of a Region made on a database of its own.
async fn elsewhere(db: &Db, seed: u64) -> String {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("other.db").display());
    let other = Db::connect(&url, db.clock().clone()).await.unwrap();
    other.migrate().await.unwrap();
    region(other, Size { seed, ..TINY }).await.digest().await
}

#[db_test]
async fn the_same_seed_gives_the_same_bytes_on_both_engines_and_another_seed_others(db: Db) {
    let (same, other) = (elsewhere(&db, TINY.seed).await, elsewhere(&db, TINY.seed + 1).await);
    let here = region(db, TINY).await.digest().await;
    assert_eq!(here, same);
    assert_ne!(here, other);
}
