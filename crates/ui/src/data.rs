//! Tables, facts and charts: numbers that people compare are drawn, with their table beside.

use maud::{Markup, html};

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// Whether it holds numbers.
    pub number: bool,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub const fn text(title: &'static str) -> Self {
        Self { title, number: false }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn number(title: &'static str) -> Self {
        Self { title, number: true }
    }
}

/// A table; its rows become cards on a phone.
#[must_use]
pub fn table(caption: &str, columns: &[Column], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table {
            table {
                caption { (caption) }
                thead { tr { @for column in columns { th scope="col" .number[column.number] { (column.title) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (cell, column) in row.iter().zip(columns) {
                                td .number[column.number] data-label=(column.title) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Pairs of a name and a value.
#[must_use]
pub fn facts(pairs: &[(String, Markup)]) -> Markup {
    html! { dl.facts { @for (name, value) in pairs { div { dt { (name) } dd { (value) } } } } }
}

/// Links to the next page of a list.
#[must_use]
pub fn pages(first: Option<&str>, next: Option<&str>) -> Markup {
    html! {
        @if first.is_some() || next.is_some() {
            nav.pages aria-label="Pages de la liste" {
                @if let Some(href) = first { a href=(href) { "← Début de la liste" } }
                @if let Some(href) = next { a href=(href) rel="next" { "Suite de la liste →" } }
            }
        }
    }
}

/// A bar of a chart.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it measures.
    pub label: String,
    /// How much.
    pub value: u32,
}

/// Horizontal bars, with the same numbers as a table under them. The drawing has no `viewBox`: bars
/// stretch with the page, and words keep their size at 320 px.
#[must_use]
pub fn bar_chart(title: &str, unit: &'static str, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or(1).max(1);
    let rows: Vec<Vec<Markup>> =
        bars.iter().map(|bar| vec![html! { (bar.label) }, html! { (bar.value) }]).collect();
    html! {
        figure.chart {
            figcaption { (title) }
            svg width="100%" height=(bars.len() * 46) role="img" aria-label={ (title) " : les chiffres sont dans le tableau" } {
                @for (bar, row) in bars.iter().zip(0u32..) {
                    @let share = u64::from(bar.value) * 100 / u64::from(most);
                    text x="0" y=(row * 46 + 15) { (bar.label) " : " tspan.value { (bar.value) } }
                    rect.track x="0" y=(row * 46 + 22) width="100%" height="12" {}
                    rect x="0" y=(row * 46 + 22) width={ (share) "%" } height="12" {}
                }
            }
            (crate::details("Voir les chiffres en tableau", table(title, &[Column::text("Élément"), Column { title: unit, number: true }], &rows)))
        }
    }
}
