//! The statements of the list read indexes, never the whole table of requests: shown by the plans of
//! both engines, once they know how many rows there are.

use beffroi_db::{Db, db_test, sql};
use beffroi_kernel::{Permit, Role, Scope};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::ground::{Ground, works};
use crate::ReadRequests;
use crate::lists::criteria::{Assignee, Criteria, Part};
use crate::lists::order::Order;
use crate::lists::{PAGE, Queue, Selection};
use crate::model::State;
use crate::store::console::{Asked, counting, cursor, rows};
use crate::store::lists::{Filter, latest_query};

/// The plan of a statement; on PostgreSQL with sequential scans as a last resort, since a few thousand
/// rows fit in a few pages.
async fn plan(db: &Db, query: &SelectStatement) -> String {
    let sqlite = db.backend() == DbBackend::Sqlite;
    let tx = db.begin().await.unwrap();
    let on = tx.on();
    if !sqlite {
        let off = Statement::from_string(DbBackend::Postgres, "SET LOCAL enable_seqscan = off");
        on.execute_raw(off).await.unwrap();
        let off = Statement::from_string(DbBackend::Postgres, "SET LOCAL enable_bitmapscan = off");
        on.execute_raw(off).await.unwrap();
    }
    let mut statement = sql::built(db.backend(), query);
    statement.sql.insert_str(0, if sqlite { "EXPLAIN QUERY PLAN " } else { "EXPLAIN " });
    let column = if sqlite { "detail" } else { "QUERY PLAN" };
    let lines = on.query_all_raw(statement).await.unwrap();
    let lines: Vec<String> = lines.iter().map(|line| line.try_get("", column).unwrap()).collect();
    lines.join("\n")
}

/// Requests are read through this index only, in its order: nothing is sorted.
fn reads_only(db: &Db, plan: &str, index: &str) -> bool {
    let sqlite = db.backend() == DbBackend::Sqlite;
    let of_requests = |line: &&str| match sqlite {
        true => line.contains("SCAN r ") || line.contains("SEARCH r "),
        false => line.contains(" on request r"),
    };
    let lines: Vec<&str> = plan.lines().filter(of_requests).collect();
    // PostgreSQL may prefer another of the indexes of active requests: all of them are small.
    let fits =
        |word: &str| word == index || (!sqlite && index.starts_with(ACTIVE) && word.starts_with(ACTIVE));
    let named = |line: &&str| line.split([' ', '(']).any(fits);
    let sorted = plan.contains("TEMP B-TREE") || plan.contains("Sort");
    lines.len() == 1 && lines.iter().all(named) && !sorted
}

/// How the indexes of active requests are named.
const ACTIVE: &str = "request_active";

/// Lists of people's days, with the index each must read.
fn cases(ground: &Ground) -> Vec<(&'static str, Selection, &'static str)> {
    let history = |change: &dyn Fn(&mut Criteria)| {
        let mut criteria = Criteria { part: Part::All, ..Criteria::default() };
        change(&mut criteria);
        Selection { criteria, order: None }
    };
    let by_change = Order::read(&[("tri".into(), "-modifiee".into())]).0;
    vec![
        ("the default queue", Selection::of(Queue::Team), "request_active"),
        ("one's own", Selection::of(Queue::Mine), "request_active_assignee"),
        ("to take", Selection::of(Queue::Unassigned), "request_active_assignee"),
        ("waiting", Selection::of(Queue::Waiting), "request_active_state"),
        ("soon late", Selection::of(Queue::Due), "request_active"),
        ("what is over", Selection::of(Queue::Done), "request_over"),
        (
            "a team's queue",
            Selection {
                criteria: Criteria { teams: vec![ground.teams[1]], ..Criteria::default() },
                order: None,
            },
            "request_active_team",
        ),
        (
            "a team's history",
            history(&|c| c.teams = vec![ground.teams[1]]),
            "request_team_id_submitted_at_id",
        ),
        ("an assignee's history", history(&|c| c.assignee = Some(Assignee::Me)), "request_in_hand"),
        ("everything", history(&|_| ()), "request_sent"),
        (
            "everything, by change",
            Selection { order: by_change, ..history(&|_| ()) },
            "request_updated_at_id",
        ),
    ]
}

#[db_test]
async fn the_lists_read_their_indexes(db: Db) {
    let ground = Ground::new(db.clone()).await;
    ground.requests(6_000).await;
    ground.sql("ANALYZE", vec![]).await;
    let everything = Scope::system("the plans of a department head");
    let technician = ground.technician();
    let permit = works(&technician);
    let cases = cases(&ground);
    for (name, selection, index) in &cases {
        for scope in [&everything, permit.scope()] {
            let asked = Asked {
                scope,
                criteria: &selection.criteria,
                me: permit.person(),
                now: db.now(),
                found: None,
                requesters: false,
            };
            let (order, _) = selection.effective_order();
            let first = asked.page(&order, None, PAGE);
            let told = plan(&db, &first).await;
            assert!(reads_only(&db, &told, index), "{name}, first page:\n{told}");
            let read = rows(&db, &first).await.unwrap();
            let after = cursor(&order, &read[read.len() / 2]);
            let told = plan(&db, &asked.page(&order, Some(&after), PAGE)).await;
            assert!(reads_only(&db, &told, index), "{name}, next page:\n{told}");
        }
    }
}

/// How often PostgreSQL ran a kept plan of the statement on this connection.
async fn kept_runs(db: &Db, query: &SelectStatement) -> i64 {
    let tx = db.begin().await.unwrap();
    for _ in 0..12 {
        tx.on().query_all_raw(sql::built(db.backend(), query)).await.unwrap();
    }
    let asked = "SELECT SUM(generic_plans)::bigint AS kept FROM pg_prepared_statements WHERE statement LIKE '%pressing%'";
    let row = tx.on().query_one_raw(Statement::from_string(db.backend(), asked)).await.unwrap().unwrap();
    row.try_get("", "kept").unwrap()
}

/// Planning a list takes PostgreSQL as long as reading it.
#[db_test]
async fn postgresql_keeps_the_plans_of_lists(db: Db) {
    if db.backend() == DbBackend::Sqlite {
        return; // It plans when it prepares.
    }
    let ground = Ground::new(db.clone()).await;
    ground.requests(3_000).await;
    ground.sql("ANALYZE", vec![]).await;
    let technician = ground.technician();
    let permit = works(&technician);
    for queue in [Queue::Team, Queue::Waiting, Queue::Done] {
        let Selection { criteria, .. } = Selection::of(queue);
        let (order, _) = Selection::of(queue).effective_order();
        let (scope, me, now) = (permit.scope(), permit.person(), db.now());
        let asked = Asked { scope, criteria: &criteria, me, now, found: None, requesters: false };
        let kept = kept_runs(&db, &asked.page(&order, None, PAGE)).await;
        assert!(kept > 0, "{queue:?} is planned at every call");
    }
}

#[db_test]
async fn the_counters_read_the_active_requests_only(db: Db) {
    let ground = Ground::new(db.clone()).await;
    ground.requests(3_000).await;
    ground.sql("ANALYZE", vec![]).await;
    let technician = ground.technician();
    let permit = works(&technician);
    let selections: Vec<Selection> = Queue::ALL.iter().map(|queue| Selection::of(*queue)).collect();
    let asked: Vec<Asked> = selections
        .iter()
        .filter(|selection| selection.criteria.only_active())
        .map(|selection| Asked {
            scope: permit.scope(),
            criteria: &selection.criteria,
            me: permit.person(),
            now: db.now(),
            found: None,
            requesters: false,
        })
        .collect();
    assert_eq!(asked.len(), 5);
    let told = plan(&db, &counting(&asked).unwrap()).await;
    let of_requests =
        |line: &&str| line.contains("SCAN r") || line.contains("SEARCH r") || line.contains(" on request r");
    let lines: Vec<&str> = told.lines().filter(of_requests).collect();
    assert!(lines.len() >= 5 && lines.iter().all(|line| line.contains("request_active")), "{told}");
}

#[db_test]
async fn what_runs_in_a_school_is_read_without_what_is_over(db: Db) {
    let ground = Ground::new(db.clone()).await;
    ground.requests(3_000).await;
    ground.sql("UPDATE request SET state = 'closed' WHERE reference NOT LIKE '%0'", vec![]).await;
    ground.sql("ANALYZE", vec![]).await;
    let mut head = ground.agent(Role::Head, ground.people[0], None, None);
    head.functions[0].school = Some(ground.schools[0]);
    let permit: Permit<ReadRequests> = head.permit().unwrap();
    let running = State::ALL.iter().filter(|state| !state.is_over()).map(|state| state.slug());
    let filter = Filter { states: running.collect(), ..Filter::default() };
    let told = plan(&db, &latest_query(permit.scope(), &filter, None)).await;
    // Once, for the latest; these are then read by their keys.
    assert!(told.matches("request_running").count() == 1 && !told.contains("request_school_id"), "{told}");
}
