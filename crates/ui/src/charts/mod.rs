//! Charts drawn by the server as SVG. Places are percentages, never a `viewBox`: a drawing stretches
//! with the page and its words keep their size. Shape and word come before colour, and the figures
//! always stand in a table under the drawing.

mod columns;
mod ranges;
mod scale;
mod stacked;
mod trend;

pub use columns::{Bucket, column_chart};
pub use ranges::{Range, range, range_key};
pub use scale::worked;
pub use stacked::{Part, stacked};
pub use trend::{Point, trend, trend_key};

use maud::{Markup, html};

use crate::{Column, details, table};

/// A drawing with its title and, under it, its figures.
#[derive(Debug)]
pub struct Figure<'a> {
    /// What is drawn.
    pub title: &'a str,
    /// The drawing, or drawings.
    pub drawing: Markup,
    /// How to read the marks, when they are not evident.
    pub key: Option<Markup>,
    /// The titles of the table.
    pub columns: &'a [Column],
    /// The figures.
    pub rows: &'a [Vec<Markup>],
}

/// Draws it.
#[must_use]
pub fn figure(figure: &Figure) -> Markup {
    html! {
        figure.chart {
            figcaption { (figure.title) }
            @if let Some(key) = &figure.key { (key) }
            (figure.drawing)
            (details("Voir les chiffres en tableau", table(figure.title, figure.columns, figure.rows)))
        }
    }
}

/// A place on the drawing, in percent of its width.
fn percent(share: f64) -> String {
    format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0)
}
