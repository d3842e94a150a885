//! Measured delays: the figures are those that counting by hand gives, on both databases; they are
//! computed again when something changed, and few requests are never shown.

use std::collections::BTreeMap;

use beffroi_db::{Db, db_test};
use beffroi_desk::delays::{self, Figures, Month, Period, Shown, Which};
use beffroi_kernel::{JobId, Role};
use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sea_orm::{ConnectionTrait, Statement, Value};

use crate::ground::Ground;

/// The cast holds several people of each school: these are of different ones.
const STRIDE: usize = 8;
const KINDS: [(&str, &str); 2] = [("poste-de-travail", "panne"), ("reseau-local", "incident")];

/// A request as the measure sees it, made up.
#[derive(Clone, Debug)]
struct Made {
    school: usize,
    kind: usize,
    state: &'static str,
    outcome: Option<&'static str>,
    goodwill: bool,
    sent_at: DateTime<Utc>,
    answered: Option<i32>,
    solved: Option<i32>,
    late: bool,
    reopened: i32,
    satisfaction: Option<i32>,
}

fn make(dice: &mut StdRng, now: DateTime<Utc>) -> Made {
    let state = ["closed", "closed", "resolved", "open", "new", "waiting", "merged"][dice.random_range(0..7)];
    let over = matches!(state, "closed" | "resolved");
    let outcome = over.then(|| ["done", "done", "degraded", "refused", "withdrawn"][dice.random_range(0..5)]);
    let sent_at = now - TimeDelta::minutes(dice.random_range(0..600 * 24 * 60));
    Made {
        school: dice.random_range(0..12),
        kind: dice.random_range(0..2),
        state,
        outcome,
        goodwill: dice.random_range(0..10) == 0,
        sent_at,
        answered: (over || dice.random()).then(|| dice.random_range(0..2_000)),
        solved: over.then(|| dice.random_range(0..9_000)),
        late: dice.random(),
        reopened: dice.random_range(0..3) / 2,
        satisfaction: over.then(|| dice.random_range(0..5)).filter(|value| (1..=3).contains(value)),
    }
}

impl Made {
    /// Written as the desk would: an instant reached is before its deadline, or after.
    async fn insert(&self, ground: &Ground, number: usize) {
        let hour = TimeDelta::hours(1);
        let reached = |minutes: Option<i32>| minutes.map(|_| self.sent_at);
        let due =
            (!self.goodwill).then_some(if self.late { self.sent_at - hour } else { self.sent_at + hour });
        let nil = uuid::Uuid::nil();
        let columns: Vec<(&str, Value)> = vec![
            ("id", JobId::new().0.into()),
            ("reference", format!("T-{number}").into()),
            ("school_id", ground.cast.school[self.school * STRIDE].0.0.into()),
            ("requester_id", nil.into()),
            ("sheet_version_id", nil.into()),
            ("team_id", nil.into()),
            ("sheet_slug", KINDS[self.kind].0.into()),
            ("request_type", KINDS[self.kind].1.into()),
            ("state", self.state.into()),
            ("outcome", self.outcome.into()),
            ("goodwill", self.goodwill.into()),
            ("active", matches!(self.state, "open" | "new" | "waiting").into()),
            ("submitted_at", (self.sent_at - hour).into()),
            ("sent_at", self.sent_at.into()),
            ("first_answered_at", reached(self.answered).into()),
            ("first_answer_due", due.into()),
            ("first_answer_minutes", self.answered.filter(|_| !self.goodwill).into()),
            ("resolved_at", reached(self.solved).into()),
            ("solution_due", due.into()),
            ("solution_minutes", self.solved.filter(|_| !self.goodwill).into()),
            ("reopened", self.reopened.into()),
            ("satisfaction", self.satisfaction.into()),
            ("updated_at", ground.db().now().into()),
            ("forced_assignment", false.into()),
            ("urgent", false.into()),
            ("version", 1_i64.into()),
            ("pressing", 0_i64.into()),
        ];
        let texts = "requester_role title summary nature theme routing_reason channel answers examples_on";
        let empty = texts.split(' ').map(|name| (name, Value::from("")));
        let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().chain(empty).unzip();
        let marks: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
        let sql = format!("INSERT INTO request ({}) VALUES ({})", names.join(", "), marks.join(", "));
        let statement = Statement::from_sql_and_values(ground.db().backend(), sql, values);
        ground.db().read().execute_raw(statement).await.unwrap();
    }
}

/// The same figures, counted one request at a time.
fn by_hand(requests: &[&Made], now: DateTime<Utc>) -> Vec<Option<i32>> {
    let count = |keep: &dyn Fn(&Made) -> bool| {
        Some(i32::try_from(requests.iter().filter(|one| keep(one)).count()).unwrap())
    };
    let active = |one: &Made| matches!(one.state, "open" | "new" | "waiting");
    let due = |one: &Made| {
        if one.late { one.sent_at - TimeDelta::hours(1) } else { one.sent_at + TimeDelta::hours(1) }
    };
    let running = |one: &Made| one.state != "waiting" && due(one) < now;
    let solved = |one: &Made| matches!(one.outcome, Some("done" | "degraded")) && !one.goodwill;
    let answered = |one: &Made| one.answered.is_some() && !one.goodwill;
    let unanswered = |one: &Made| one.answered.is_none() && active(one) && !one.goodwill;
    let unsolved = |one: &Made| active(one) && !one.goodwill;
    let rank = |keep: &dyn Fn(&Made) -> bool,
                wait: &dyn Fn(&Made) -> bool,
                of: &dyn Fn(&Made) -> Option<i32>,
                percent: usize| {
        let mut minutes: Vec<i32> =
            requests.iter().filter(|one| keep(one)).filter_map(|one| of(one)).collect();
        minutes.extend(requests.iter().filter(|one| wait(one)).map(|_| i32::MAX));
        minutes.sort_unstable();
        let place = (minutes.len() * percent).div_ceil(100).max(1) - 1;
        minutes.get(place).copied().filter(|minutes| *minutes < i32::MAX)
    };
    let (answer, solution) = (|one: &Made| one.answered, |one: &Made| one.solved);
    vec![
        count(&|_| true),
        count(&|one| one.goodwill),
        count(&answered),
        count(&unanswered),
        count(&|one| answered(one) && !one.late),
        count(&|one| answered(one) || unanswered(one) && running(one)),
        count(&solved),
        count(&unsolved),
        count(&|one| !one.goodwill && !active(one) && !solved(one)),
        count(&|one| solved(one) && !one.late),
        count(&|one| solved(one) || unsolved(one) && running(one)),
        count(&|one| one.reopened > 0),
        count(&|one| one.satisfaction == Some(1)),
        count(&|one| one.satisfaction == Some(2)),
        count(&|one| one.satisfaction == Some(3)),
        rank(&answered, &unanswered, &answer, 50),
        rank(&answered, &unanswered, &answer, 90),
        rank(&solved, &unsolved, &solution, 50),
        rank(&solved, &unsolved, &solution, 90),
    ]
}

fn stored(row: &Figures) -> Vec<Option<i32>> {
    let counts = [
        row.sent,
        row.goodwill,
        row.answered,
        row.unanswered,
        row.answer_kept,
        row.answer_judged,
        row.solved,
        row.unsolved,
        row.otherwise,
        row.solution_kept,
        row.solution_judged,
        row.reopened,
        row.rated_low,
        row.rated_middle,
        row.rated_high,
    ];
    let ranks = [row.answer_p50, row.answer_p90, row.solution_p50, row.solution_p90];
    counts.map(Some).into_iter().chain(ranks).collect()
}

async fn all_figures(ground: &Ground) -> Vec<Figures> {
    let mut figures = Vec::new();
    for (sheet, kind) in KINDS {
        figures.extend(delays::of_type(&ground.desk, sheet, kind).await.unwrap());
    }
    figures
}

async fn compute(ground: &Ground, which: Which) -> delays::Computed {
    delays::compute(&ground.desk, which, |_| ()).await.unwrap()
}

/// Every figure that these requests must give, by type, territory and period.
async fn expected(ground: &Ground, made: &[Made]) -> BTreeMap<(usize, String, Period), Vec<Option<i32>>> {
    let now = ground.db().now();
    let territories = ground.territories(STRIDE).await;
    let mut groups: BTreeMap<(usize, String, Period), Vec<&Made>> = BTreeMap::new();
    for one in made {
        let month = Month::of(one.sent_at);
        let rolling = Some(Period::Rolling(Month::of(now))).filter(|period| period.holds(month));
        for period in
            [Period::Month(month), Period::SchoolYear(month.school_year())].into_iter().chain(rolling)
        {
            for territory in ["", territories[one.school].as_str()] {
                groups.entry((one.kind, territory.to_owned(), period)).or_default().push(one);
            }
        }
    }
    groups.into_iter().map(|(key, requests)| (key, by_hand(&requests, now))).collect()
}

fn keyed(figures: &[Figures]) -> BTreeMap<(usize, String, Period), Vec<Option<i32>>> {
    let kind = |row: &Figures| KINDS.iter().position(|kind| kind.1 == row.request_type).unwrap();
    figures
        .iter()
        .map(|row| ((kind(row), row.territory.clone(), row.period().unwrap()), stored(row)))
        .collect()
}

#[db_test]
async fn figures_are_those_that_counting_by_hand_gives(db: Db) {
    let ground = Ground::new(db).await;
    let mut dice = StdRng::seed_from_u64(11);
    let mut made: Vec<Made> = (0..400).map(|_| make(&mut dice, ground.db().now())).collect();
    for (number, one) in made.iter().enumerate() {
        one.insert(&ground, number).await;
    }
    let done = compute(&ground, Which::All).await;
    let figures = all_figures(&ground).await;
    assert_eq!((done.requests, done.figures), (400, figures.len()));
    assert_eq!(keyed(&figures), expected(&ground, &made).await);

    // The next night one request of the first month is rated and another is received.
    ground.pass(TimeDelta::days(1));
    let mut new = make(&mut dice, ground.db().now());
    new.sent_at = ground.db().now() - TimeDelta::hours(2);
    new.insert(&ground, made.len()).await;
    made.push(new);
    let first =
        (0..400).filter(|place| made[*place].outcome.is_some()).min_by_key(|place| made[*place].sent_at);
    let first = first.unwrap();
    made[first].satisfaction = Some(1);
    let sql = format!("UPDATE request SET satisfaction = 1, updated_at = $1 WHERE reference = 'T-{first}'");
    let statement = Statement::from_sql_and_values(ground.db().backend(), sql, [ground.db().now().into()]);
    ground.db().read().execute_raw(statement).await.unwrap();
    compute(&ground, Which::Changed).await;
    let changed = all_figures(&ground).await;
    assert_eq!(keyed(&changed), expected(&ground, &made).await);

    // Computing everything anew changes nothing, and neither does computing twice.
    for which in [Which::All, Which::Changed] {
        compute(&ground, which).await;
        assert_eq!(keyed(&all_figures(&ground).await), keyed(&changed), "{which:?}");
    }
}

#[db_test]
async fn only_what_changed_is_computed_again(db: Db) {
    let ground = Ground::new(db).await;
    let mut dice = StdRng::seed_from_u64(12);
    for number in 0..60 {
        let mut one = make(&mut dice, ground.db().now());
        // Over for good, three years of them.
        (one.state, one.outcome, one.solved) = ("closed", Some("done"), Some(120));
        one.sent_at = ground.db().now() - TimeDelta::days(18 * number + 1);
        one.insert(&ground, usize::try_from(number).unwrap()).await;
    }
    ground.pass(TimeDelta::hours(2));
    let all = compute(&ground, Which::All).await;
    ground.pass(TimeDelta::days(1));
    let night = compute(&ground, Which::Changed).await;
    assert!(night.requests < all.requests / 2 && night.periods == 1, "{all:?} then {night:?}");
}

#[db_test]
async fn nights_follow_each_other_and_the_first_figures_come_at_once(db: Db) {
    let ground = Ground::new(db).await;
    for _ in 0..2 {
        delays::schedule(&ground.desk).await.unwrap();
    }
    let waiting = "SELECT COUNT(*) FROM job WHERE kind = 'desk.delays' AND state = 'ready'";
    assert_eq!(ground.count(waiting).await, 2, "now, and tonight");
    ground.run_jobs().await;
    let board = delays::board(&ground.desk, None).await.unwrap();
    assert_eq!((board.computed_at, board.mine()), (Some(ground.db().now()), None));
    for _ in 0..3 {
        ground.pass(TimeDelta::days(1));
        ground.run_jobs().await;
        assert_eq!(ground.count(waiting).await, 1, "one night ahead");
    }
    let head = ground.person(Role::Head).await;
    let board = delays::board(&ground.desk, Some(&head)).await.unwrap();
    assert_eq!(board.computed_at, Some(ground.db().now()));
    assert_eq!(board.mine().map(|mine| mine.slug.as_str()), Some("nord"));
}

#[db_test]
async fn the_sentence_of_a_form_says_nothing_on_few_requests(db: Db) {
    let ground = Ground::new(db).await;
    let mut dice = StdRng::seed_from_u64(13);
    let (sheet, kind) = KINDS[0];
    let measured = async || delays::measured(&ground.desk, sheet, kind, None).await.unwrap();
    for number in 0..5 {
        let mut one = make(&mut dice, ground.db().now());
        (one.kind, one.goodwill, one.state, one.outcome) = (0, false, "closed", Some("done"));
        one.sent_at = ground.db().now() - TimeDelta::days(40);
        let place = i32::try_from(number).unwrap();
        (one.answered, one.solved) = (Some(place * 10), Some(place * 100));
        one.insert(&ground, number).await;
        if number == 3 {
            compute(&ground, Which::All).await;
            let few = delays::of_type(&ground.desk, sheet, kind).await.unwrap();
            assert!(few.iter().all(|row| row.answer() == [Shown::TooFew; 2] && row.answer_share().is_none()));
        }
    }
    compute(&ground, Which::All).await;
    let known = measured().await.unwrap();
    assert_eq!((known.answer, known.solution), (Shown::Minutes(20), Shown::Minutes(200)));
    assert_eq!(known.requests, 5);
}
