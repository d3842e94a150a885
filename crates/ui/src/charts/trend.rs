//! A delay month after month: a line for half of the requests, a band up to nine in ten, the promise
//! across. A month without figure leaves a gap, never a guess.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::percent;
use super::scale::{time_marks, worked};

const TOP: u32 = 22;
const PLOT: u32 = 168;
const HEIGHT: u32 = TOP + PLOT + 26;
/// Inside the edges, so that the first and last marks are whole.
const MARGIN: f64 = 0.02;
/// Names of months under the drawing: as many as a phone can hold.
const LABELS: usize = 3;

/// A month, in minutes of work.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// Its name.
    pub label: String,
    /// Half of the requests were reached within this.
    pub half: Option<u32>,
    /// Nine in ten were reached within this.
    pub nine_in_ten: Option<u32>,
    /// Whether it is not over.
    pub under_way: bool,
}

/// The places of a drawing.
struct Frame {
    count: usize,
    most: u32,
}

impl Frame {
    fn x(&self, index: usize) -> f64 {
        let steps = self.count.saturating_sub(1).max(1);
        #[expect(clippy::cast_precision_loss, reason = "months are few")]
        let share = if self.count < 2 { 0.5 } else { index as f64 / steps as f64 };
        MARGIN + share * (1.0 - 2.0 * MARGIN)
    }

    fn y(&self, value: u32) -> u32 {
        let up = u64::from(value.min(self.most)) * u64::from(PLOT) / u64::from(self.most.max(1));
        TOP + PLOT - u32::try_from(up).unwrap_or(PLOT)
    }
}

/// The drawing; `said` is what it shows, in words.
#[must_use]
pub fn trend(points: &[Point], promise: u32, said: &str) -> Markup {
    let known = points.iter().flat_map(|point| [point.half, point.nine_in_ten]).flatten();
    let marks = time_marks(known.max().unwrap_or(0).max(promise));
    let frame = Frame { count: points.len(), most: marks.last().copied().unwrap_or(1) };
    html! {
        svg.trend width="100%" height=(HEIGHT) role="img" aria-label={ (said) " Les chiffres sont dans le tableau." } {
            @for mark in &marks {
                line.grid x1="0" x2="100%" y1=(frame.y(*mark)) y2=(frame.y(*mark)) {}
            }
            (band(&frame, points))
            line.promise x1="0" x2="100%" y1=(frame.y(promise)) y2=(frame.y(promise)) {}
            @for (index, pair) in points.windows(2).enumerate() {
                (segment(&frame, index, pair[0].nine_in_ten, pair[1].nine_in_ten, "nine-line"))
                (segment(&frame, index, pair[0].half, pair[1].half, "half-line"))
            }
            @for (index, point) in points.iter().enumerate() {
                @if let Some(nine) = point.nine_in_ten {
                    line.nine x1=(percent(frame.x(index) - 0.008)) x2=(percent(frame.x(index) + 0.008)) y1=(frame.y(nine)) y2=(frame.y(nine)) {}
                }
                @if let Some(half) = point.half {
                    circle.half.under-way[point.under_way] cx=(percent(frame.x(index))) cy=(frame.y(half)) r="5" {}
                }
            }
            @for mark in &marks { text.mark x="0" y=(frame.y(*mark) - 4) { @if *mark > 0 { (worked(*mark)) } } }
            (labels(&frame, points))
        }
    }
}

fn segment(frame: &Frame, index: usize, from: Option<u32>, to: Option<u32>, class: &str) -> Markup {
    let ends = from.zip(to);
    html! {
        @if let Some((from, to)) = ends {
            line class=(class) x1=(percent(frame.x(index))) x2=(percent(frame.x(index + 1))) y1=(frame.y(from)) y2=(frame.y(to)) {}
        }
    }
}

/// Between half and nine in ten, for each run of months that know both. It may be stretched: it has
/// no outline.
fn band(frame: &Frame, points: &[Point]) -> Markup {
    let both = |point: &Point| point.half.zip(point.nine_in_ten);
    let mut runs: Vec<Vec<(usize, u32, u32)>> = vec![Vec::new()];
    for (index, point) in points.iter().enumerate() {
        match (both(point), runs.last_mut()) {
            (Some((half, nine)), Some(run)) => run.push((index, half, nine)),
            _ => runs.push(Vec::new()),
        }
    }
    html! {
        svg.band x="0" y="0" width="100%" height=(HEIGHT) viewBox={ "0 0 1000 " (HEIGHT) } preserveAspectRatio="none" {
            @for run in runs.iter().filter(|run| run.len() > 1) { polygon points=(outline(frame, run)) {} }
        }
    }
}

fn outline(frame: &Frame, run: &[(usize, u32, u32)]) -> String {
    let mut path = String::new();
    let above = run.iter().map(|(index, _, nine)| (*index, *nine));
    let below = run.iter().rev().map(|(index, half, _)| (*index, *half));
    for (index, value) in above.chain(below) {
        let _ = write!(path, "{:.1},{} ", frame.x(index) * 1000.0, frame.y(value));
    }
    path
}

/// The first month, the last, and some between.
fn labels(frame: &Frame, points: &[Point]) -> Markup {
    let last = points.len().saturating_sub(1);
    let shown = spread(points.len());
    html! {
        @for index in shown {
            @let anchor = match index { 0 if last > 0 => "start", index if index == last && last > 0 => "end", _ => "middle" };
            @let x = match anchor { "start" => 0.0, "end" => 1.0, _ => frame.x(index) };
            text.month x=(percent(x)) y=(HEIGHT - 6) text-anchor=(anchor) { (points[index].label) }
        }
    }
}

/// A few places evenly spread from the first to the last.
pub(super) fn spread(count: usize) -> Vec<usize> {
    let last = count.saturating_sub(1);
    let mut shown: Vec<usize> = match count {
        ..LABELS => (0..count).collect(),
        _ => (0..LABELS).map(|part| part * last / (LABELS - 1)).collect(),
    };
    shown.dedup();
    shown
}

/// How to read the marks.
#[must_use]
pub fn trend_key(promise: &str) -> Markup {
    let icon =
        |body: Markup| html! { svg width="26" height="18" aria-hidden="true" focusable="false" { (body) } };
    html! {
        ul.key {
            li { (icon(html! { line.half-line x1="0" x2="26" y1="9" y2="9" {} circle.half cx="13" cy="9" r="5" {} })) "la moitié des demandes" }
            li { (icon(html! { line.nine-line x1="0" x2="26" y1="9" y2="9" {} line.nine x1="9" x2="17" y1="9" y2="9" {} })) "neuf demandes sur dix" }
            li { (icon(html! { line.promise x1="0" x2="26" y1="9" y2="9" {} })) "délai annoncé : " (promise) }
            li { (icon(html! { circle.half.under-way cx="13" cy="9" r="5" {} })) "mois en cours" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[Option<(u32, u32)>]) -> Vec<Point> {
        let point = |value: &Option<(u32, u32)>| Point {
            label: "mois".into(),
            half: value.map(|(half, _)| half),
            nine_in_ten: value.map(|(_, nine)| nine),
            under_way: false,
        };
        values.iter().map(point).collect()
    }

    #[test]
    fn a_month_without_figure_leaves_a_gap() {
        let some = [Some((60, 120)), Some((70, 140)), None, Some((50, 90)), Some((40, 80))];
        let html = trend(&points(&some), 240, "Délai.").into_string();
        assert_eq!(html.matches(r#"class="half-line""#).count(), 2, "{html}");
        assert_eq!(html.matches("<circle").count(), 4);
        assert_eq!(html.matches("<polygon").count(), 2, "the band stops with the line");
        assert!(html.contains(r#"aria-label="Délai. Les chiffres sont dans le tableau.""#));
    }

    #[test]
    fn everything_stays_inside_the_drawing() {
        for most in [0, 5, 300, 20_000] {
            let frame = Frame { count: 3, most };
            for value in [0, most / 2, most, u32::MAX] {
                assert!((TOP..=TOP + PLOT).contains(&frame.y(value)));
            }
            assert!(frame.y(most) <= frame.y(0));
        }
        for count in [1, 2, 36] {
            let frame = Frame { count, most: 1 };
            assert!((0..count).all(|index| (0.0..=1.0).contains(&frame.x(index))));
        }
    }

    #[test]
    fn labels_are_the_first_the_last_and_few_between() {
        assert_eq!((spread(0), spread(1), spread(2)), (vec![], vec![0], vec![0, 1]));
        assert_eq!((spread(3), spread(36)), (vec![0, 1, 2], vec![0, 17, 35]));
    }

    #[test]
    fn nothing_to_draw_is_drawn_without_fault() {
        assert!(trend(&[], 0, "").into_string().contains("<svg"));
        assert!(trend(&points(&[Some((0, 0))]), 0, "").into_string().contains("50.00%"));
    }
}
