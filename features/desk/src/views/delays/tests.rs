//! The pages say what the figures allow, and no more.

use chrono::{DateTime, Utc};

use super::*;
use crate::delays::Month;

fn published() -> std::sync::Arc<beffroi_catalogue::Published> {
    let text = include_str!("../../../../../catalogue/poste-de-travail.md");
    let sheet = beffroi_sheets::parse_sheet("poste-de-travail.md", text).unwrap();
    std::sync::Arc::new(beffroi_catalogue::Published {
        id: beffroi_kernel::SheetVersionId::new(),
        number: 1,
        sheet: std::sync::Arc::new(sheet),
        published_at: DateTime::<Utc>::UNIX_EPOCH,
    })
}

fn board() -> Board {
    let territory =
        |slug: &str, name: &str| TerritoryName { slug: slug.into(), name: name.into(), mine: false };
    let now = beffroi_db::testing::beginning();
    Board {
        computed_at: Some(now),
        first_month: Some(Month::of(now).plus(-30)),
        signed_in_only: false,
        territories: vec![territory("nord", "Nord"), territory("sud", "Sud")],
        today: Month::of(now),
    }
}

/// Figures of « panne »: `sent` requests, all answered in three hours, one in ten not yet solved.
fn row(territory: &str, period: Period, sent: i32) -> Figures {
    Figures {
        sheet_slug: "poste-de-travail".into(),
        request_type: "panne".into(),
        territory: territory.into(),
        period_kind: period.kind().into(),
        period_start: period.start(),
        sent,
        goodwill: 0,
        answered: sent,
        unanswered: 0,
        answer_kept: sent - 1,
        answer_judged: sent,
        solved: sent - sent / 10,
        unsolved: sent / 10,
        otherwise: 0,
        solution_kept: sent / 2,
        solution_judged: sent,
        reopened: 1,
        rated_low: 1,
        rated_middle: 2,
        rated_high: sent / 2,
        answer_p50: Some(180),
        answer_p90: Some(400),
        solution_p50: Some(1_000),
        solution_p90: None,
    }
}

fn shown_overview(rows: &[Figures], publishes: bool) -> String {
    let (board, sheets) = (board(), [published()]);
    let territory = board.territory("nord");
    let period = Period::Rolling(board.today);
    overview(&Overview { board: &board, sheets: &sheets, rows, period, territory, publishes }).into_string()
}

#[test]
fn promise_and_measure_stand_side_by_side_in_words_too() {
    let rolling = Period::Rolling(board().today);
    let html = shown_overview(&[row("", rolling, 40), row("nord", rolling, 3)], false);
    assert!(html.contains("annoncée : 4 heures ouvrées"), "{html}");
    assert!(html.contains(
        "Région : la moitié en <strong>3\u{a0}h</strong>, neuf sur dix en <strong>6\u{a0}h\u{a0}40</strong>"
    ));
    assert!(html.contains("neuf sur dix : pas encore connu"), "as many wait as hide it");
    assert!(html.contains("Sur 40 demandes, dont 4 encore sans solution"));
    assert!(html.contains("Nord : trop peu de demandes pour être publié."));
    assert!(html.contains("Dans le délai : <strong>98\u{a0}%"));
    assert!(html.contains("types de demandes ont reçu moins de cinq demandes"));
    assert!(html.contains("<table>") && !html.contains("/delais/ouverture"));
}

#[test]
fn nothing_measured_says_so_and_the_region_may_close_the_pages() {
    let html = shown_overview(&[], true);
    assert!(html.contains("Aucune demande n’a été reçue sur cette période"), "{html}");
    assert!(html.contains("Réserver ces pages aux personnes connectées"));
}

fn shown_detail(rows: &[Figures], period: Period, territory: Option<&str>) -> String {
    let (board, published) = (board(), published());
    let kind = published.sheet.requests.iter().find(|kind| kind.id == "panne").unwrap();
    let territory = territory.and_then(|slug| board.territory(slug));
    let page = Detail { board: &board, sheet: &published.sheet, kind, rows, period, territory };
    detail(&page).into_string()
}

#[test]
fn every_drawing_of_a_type_has_its_figures_under_it() {
    let today = board().today;
    let months = (0..30).map(|back| row("", Period::Month(today.plus(-back)), 20 + back));
    let periods = [Period::Rolling(today), Period::SchoolYear(today.school_year())];
    let rows: Vec<Figures> = months.chain(periods.map(|period| row("", period, 200))).collect();
    let html = shown_detail(&rows, Period::Rolling(today), None);
    let charts = html.matches("<figure class=\"chart\"").count();
    assert_eq!((charts, html.matches("<table>").count()), (6, 6));
    assert!(html.contains("Octobre 2026 (en cours)") && html.contains("mai 2024"), "{html}");
    assert!(html.contains("une première réponse en <strong>3\u{a0}h</strong>"));
    // Opinions are rounded: one against, two in part, a hundred for.
    assert!(html.contains("Convient tout à fait : <strong>100\u{a0}%"), "{html}");
}

#[test]
fn few_requests_say_nothing_of_anyone() {
    let today = board().today;
    let few = |period| Figures { rated_high: 1, ..row("sud", period, 4) };
    let rows = [few(Period::Month(today)), few(Period::Rolling(today))];
    let html = shown_detail(&rows, Period::Rolling(today), Some("sud"));
    assert!(html.contains("trop peu de demandes sur cette période"), "{html}");
    assert!(html.contains("moins de 5") && html.contains("Moins de cinq avis"));
    for hidden in ["3\u{a0}h</strong>", ">4<", "75\u{a0}%", "Convient tout à fait"] {
        assert!(!html.contains(hidden), "{hidden}: {html}");
    }
}

#[test]
fn thousands_are_apart() {
    for (count, words) in [(0, "0"), (999, "999"), (1_000, "1\u{202f}000"), (500_000, "500\u{202f}000")] {
        assert_eq!(number(count), words);
    }
}
