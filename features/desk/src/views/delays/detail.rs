//! One request type: how its delays went month after month, in each territory, how many requests,
//! how many came back, and what people thought.

use beffroi_sheets::{RequestType, Sheet};
use beffroi_ui::charts::{
    Bucket, Figure, Part, Point, column_chart, figure, range_key, stacked, trend, trend_key,
};
use beffroi_ui::{Column, worked};
use maud::{Markup, html};

use super::{Measure, capital, cells, choose, columns, count, footnotes, line, number, promise, share};
use crate::delays::{Board, FEWEST, Figures, Month, Period, Shown, TerritoryName, promised};

/// Months drawn, at most.
const MONTHS: i32 = 36;

/// What the page shows: every figure of the type.
pub(crate) struct Detail<'a> {
    pub(crate) board: &'a Board,
    pub(crate) sheet: &'a Sheet,
    pub(crate) kind: &'a RequestType,
    pub(crate) rows: &'a [Figures],
    pub(crate) period: Period,
    pub(crate) territory: Option<&'a TerritoryName>,
}

impl Detail<'_> {
    fn slug(&self) -> &str {
        self.territory.map_or("", |one| one.slug.as_str())
    }

    fn place(&self) -> &str {
        self.territory.map_or("Région", |one| one.name.as_str())
    }

    fn row(&self, territory: &str, period: Period) -> Option<&Figures> {
        let stored = (period.kind(), period.start());
        self.rows
            .iter()
            .find(|row| row.territory == territory && (row.period_kind.as_str(), row.period_start) == stored)
    }

    /// The months drawn: from the first known, the last three years at most.
    fn months(&self) -> Vec<(Month, Option<&Figures>)> {
        let today = self.board.today;
        let months = self.rows.iter().filter_map(|row| match row.period() {
            Some(Period::Month(month)) => Some(month),
            _ => None,
        });
        let first = months.min().unwrap_or(today).max(today.plus(1 - MONTHS));
        first.to(today).map(|month| (month, self.row(self.slug(), Period::Month(month)))).collect()
    }

    fn address(&self) -> String {
        format!("/delais/{}/{}", self.sheet.slug, self.kind.id)
    }
}

pub(crate) fn detail(page: &Detail) -> Markup {
    let row = page.row(page.slug(), page.period);
    let under_way = if page.period.is_under_way(page.board.today) { ", en cours" } else { "" };
    html! {
        (beffroi_ui::breadcrumbs(&[("/delais", "Délais mesurés"), (&format!("/catalogue/{}", page.sheet.slug), &page.sheet.title)]))
        h1 { (page.kind.title) }
        p.lead { (in_short(page, row)) }
        (choose(&page.address(), page.board, Some(page.period), page.territory))
        h2 { (capital(&page.period.label())) (under_way) }
        @if let Some(row) = row { (facts(row)) }
        (promises(page))
        @if page.rows.is_empty() {
            (beffroi_ui::empty(html! { p { "Aucune demande de ce type n’a encore été mesurée." } }))
        } @else {
            h2 { "Mois après mois : " (page.place()) }
            @for measure in Measure::ALL { (evolution(page, measure)) }
            (volumes(page))
            h2 { "Avis des demandeurs" }
            (opinions(page))
        }
        (footnotes(page.board, &format!("{}/fichier", page.address())))
    }
}

/// The page in one sentence.
fn in_short(page: &Detail, row: Option<&Figures>) -> Markup {
    let known = row.map(|row| (row.answer()[0].minutes(), row.solution()[0].minutes()));
    html! {
        (page.place()) " : "
        @match known {
            Some((Some(answer), Some(solution))) => {
                "la moitié des demandes reçoivent une première réponse en " strong { (worked(answer)) }
                " et une solution en " strong { (worked(solution)) } ", en temps de travail."
            },
            Some((Some(answer), None)) => {
                "la moitié des demandes reçoivent une première réponse en " strong { (worked(answer)) }
                ", en temps de travail. Trop de demandes attendent encore pour connaître le délai de solution."
            },
            Some(_) if row.is_some_and(|row| row.answer_base() >= FEWEST) => "trop de demandes attendent encore pour connaître les délais.",
            _ => "trop peu de demandes sur cette période pour publier un délai.",
        }
    }
}

fn facts(row: &Figures) -> Markup {
    let pairs = [
        ("Demandes reçues", row.sent),
        ("Résolues", row.solved),
        ("En attente de solution", row.unsolved),
        ("Finies autrement", row.otherwise),
        ("Sans engagement de délai", row.goodwill),
        ("Rouvertes au moins une fois", row.reopened),
    ];
    let few = row.sent < FEWEST;
    let value = |number: i32| {
        if few {
            count(row.sent)
        } else {
            html! { (super::number(number)) }
        }
    };
    html! {
        ul.tiles.figures {
            @for (name, number) in pairs.iter().take(if few { 1 } else { pairs.len() }) {
                li { span.figure { (value(*number)) } (name) }
            }
        }
    }
}

/// Promise and measure, in the Region and in each territory.
fn promises(page: &Detail) -> Markup {
    let places: Vec<(&str, &str)> = std::iter::once(("Région", ""))
        .chain(page.board.territories.iter().map(|one| (one.name.as_str(), one.slug.as_str())))
        .collect();
    html! {
        @for measure in Measure::ALL {
            @let delay = measure.promise(page.kind);
            @let rows: Vec<Vec<Markup>> = places.iter().map(|(name, slug)| cells(name, page.row(slug, page.period), measure, delay)).collect();
            (figure(&Figure {
                title: &format!("{} par territoire", measure.label()),
                key: Some(html! { p { "Annoncée : " (promise(page.kind, measure)) } (range_key()) }),
                drawing: html! { div.measure { @for (name, slug) in &places { (line(name, page.row(slug, page.period), measure, delay)) } } },
                columns: &columns("Territoire"),
                rows: &rows,
            }))
        }
    }
}

fn evolution(page: &Detail, measure: Measure) -> Markup {
    let months = page.months();
    let delay = measure.promise(page.kind);
    let known = |row: Option<&Figures>| row.map_or([Shown::TooFew; 2], |row| measure.of(row));
    let points: Vec<Point> = months
        .iter()
        .map(|(month, row)| {
            let [half, nine] = known(*row).map(Shown::minutes);
            Point { label: month.label(), half, nine_in_ten: nine, under_way: *month == page.board.today }
        })
        .collect();
    let rows: Vec<Vec<Markup>> =
        months.iter().rev().map(|(month, row)| cells(&named(page, *month), *row, measure, delay)).collect();
    figure(&Figure {
        title: measure.label(),
        key: Some(trend_key(&delay.words())),
        drawing: trend(&points, promised(delay), &said(measure, &points)),
        columns: &columns("Mois"),
        rows: &rows,
    })
}

/// What the drawing shows: where the half began and where it is.
fn said(measure: Measure, points: &[Point]) -> String {
    let known: Vec<(&str, u32)> =
        points.iter().filter_map(|point| Some((point.label.as_str(), point.half?))).collect();
    match (known.first(), known.last()) {
        (Some((first, before)), Some((last, now))) if known.len() > 1 => format!(
            "{} : la moitié des demandes en {} en {first}, en {} en {last}.",
            measure.label(),
            worked(*before),
            worked(*now)
        ),
        (Some((first, only)), _) => {
            format!("{} : la moitié des demandes en {} en {first}.", measure.label(), worked(*only))
        }
        _ => format!("{} : aucun mois n’a assez de demandes.", measure.label()),
    }
}

fn named(page: &Detail, month: Month) -> String {
    let under_way = if month == page.board.today { " (en cours)" } else { "" };
    format!("{}{under_way}", capital(&month.label()))
}

fn volumes(page: &Detail) -> Markup {
    let months = page.months();
    let positive = |number: i32| u32::try_from(number).unwrap_or(0);
    let buckets: Vec<Bucket> = months
        .iter()
        .map(|(month, row)| {
            let row = row.filter(|row| row.sent >= FEWEST);
            Bucket {
                label: month.label(),
                total: row.map_or(0, |row| positive(row.sent)),
                part: row.map_or(0, |row| positive(row.reopened)),
                under_way: *month == page.board.today,
            }
        })
        .collect();
    let total: u32 = buckets.iter().map(|bucket| bucket.total).sum();
    let again: u32 = buckets.iter().map(|bucket| bucket.part).sum();
    let titles = ["Reçues", "Sans engagement", "Résolues", "Finies autrement", "En attente", "Rouvertes"];
    let titles: Vec<Column> = [Column::text("Mois")].into_iter().chain(titles.map(Column::number)).collect();
    let rows: Vec<Vec<Markup>> =
        months.iter().rev().map(|(month, row)| volume_cells(&named(page, *month), *row)).collect();
    let swatch = |class: &str| html! { svg width="18" height="18" aria-hidden="true" focusable="false" { rect class=(class) x="2" y="1" width="14" height="16" {} } };
    figure(&Figure {
        title: "Demandes reçues",
        key: Some(html! {
            ul.key {
                li { (swatch("total")) "reçues" }
                li { (swatch("part")) "dont rouvertes ensuite" }
            }
        }),
        drawing: html! {
            (column_chart(&buckets, &format!("{total} demandes reçues, dont {again} rouvertes.")))
            p.quiet { "Les mois de moins de cinq demandes ne sont pas dessinés." }
        },
        columns: &titles,
        rows: &rows,
    })
}

fn volume_cells(name: &str, row: Option<&Figures>) -> Vec<Markup> {
    let mut cells = vec![html! { (name) }];
    match row {
        Some(row) if row.sent >= FEWEST => {
            let numbers = [row.sent, row.goodwill, row.solved, row.otherwise, row.unsolved, row.reopened];
            cells.extend(numbers.map(|count| html! { (number(count)) }));
        }
        other => {
            cells.push(count(other.map_or(0, |row| row.sent)));
            cells.extend(std::iter::repeat_n(html! { "–" }, 5));
        }
    }
    cells
}

/// What requesters said once it was solved: over the long periods only, rounded.
fn opinions(page: &Detail) -> Markup {
    let years = (page.board.today.school_year() - 3)..=page.board.today.school_year();
    let periods = years.rev().map(Period::SchoolYear);
    let rolling = Period::Rolling(page.board.today);
    let known = |period: Period| page.row(page.slug(), period).and_then(|row| Some((row, row.opinions()?)));
    let rows: Vec<Vec<Markup>> = std::iter::once(rolling)
        .chain(periods)
        .filter_map(|period| {
            let (row, [low, middle, high]) = known(period)?;
            let counts = [high, middle, low].map(|count| html! { (count) });
            let asked = crate::delays::share(low_to_high(row), row.sent);
            Some(
                [html! { (capital(&period.label())) }]
                    .into_iter()
                    .chain(counts)
                    .chain([share(asked)])
                    .collect(),
            )
        })
        .collect();
    let Some((_, [low, middle, high])) = known(rolling) else {
        return html! { p { "Moins de cinq avis sur les douze derniers mois : rien n’est publié." } };
    };
    let part = |label, count| Part { label, count };
    figure(&Figure {
        title: "La solution convient-elle ? (douze derniers mois)",
        key: None,
        drawing: stacked(&[
            part("Convient tout à fait", high),
            part("Convient en partie", middle),
            part("Ne convient pas", low),
        ]),
        columns: &[
            Column::text("Période"),
            Column::number("Convient tout à fait"),
            Column::number("En partie"),
            Column::number("Ne convient pas"),
            Column::number("Ont répondu"),
        ],
        rows: &rows,
    })
}

fn low_to_high(row: &Figures) -> i32 {
    row.rated_low + row.rated_middle + row.rated_high
}
