//! Volumes month after month: a column each, with the part that stands out inside it.

use maud::{Markup, html};

use super::percent;
use super::scale::count_marks;
use super::trend::spread;

const TOP: u32 = 20;
const PLOT: u32 = 130;
const HEIGHT: u32 = TOP + PLOT + 26;

/// A month.
#[derive(Clone, Debug, Default)]
pub struct Bucket {
    /// Its name.
    pub label: String,
    /// How many.
    pub total: u32,
    /// Among them, those that stand out.
    pub part: u32,
    /// Whether it is not over.
    pub under_way: bool,
}

/// The drawing; `said` is what it shows, in words.
#[must_use]
pub fn column_chart(buckets: &[Bucket], said: &str) -> Markup {
    let marks = count_marks(buckets.iter().map(|bucket| bucket.total).max().unwrap_or(0));
    let most = u64::from(marks.last().copied().unwrap_or(1).max(1));
    let tall = |count: u32| u32::try_from(u64::from(count) * u64::from(PLOT) / most).unwrap_or(PLOT);
    #[expect(clippy::cast_precision_loss, reason = "months are few")]
    let place = |index: usize| index as f64 / buckets.len().max(1) as f64;
    let wide = place(1) * 0.7;
    html! {
        svg.columns width="100%" height=(HEIGHT) role="img" aria-label={ (said) " Les chiffres sont dans le tableau." } {
            @for mark in &marks {
                line.grid x1="0" x2="100%" y1=(TOP + PLOT - tall(*mark)) y2=(TOP + PLOT - tall(*mark)) {}
            }
            @for (index, bucket) in buckets.iter().enumerate() {
                @let (x, whole, part) = (place(index) + place(1) * 0.15, tall(bucket.total), tall(bucket.part));
                rect.total.under-way[bucket.under_way] x=(percent(x)) y=(TOP + PLOT - whole) width=(percent(wide)) height=(whole) {}
                @if bucket.part > 0 {
                    rect.part x=(percent(x)) y=(TOP + PLOT - part.max(2)) width=(percent(wide)) height=(part.max(2)) {}
                }
            }
            @for mark in marks.iter().filter(|mark| **mark > 0) {
                text.mark x="0" y=(TOP + PLOT - tall(*mark) - 4) { (mark) }
            }
            @for index in spread(buckets.len()) {
                @let last = buckets.len() - 1;
                @let anchor = match index { 0 if last > 0 => "start", index if index == last && last > 0 => "end", _ => "middle" };
                @let x = match anchor { "start" => 0.0, "end" => 1.0, _ => place(index) + place(1) / 2.0 };
                text.month x=(percent(x)) y=(HEIGHT - 6) text-anchor=(anchor) { (buckets[index].label) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(total: u32, part: u32) -> Bucket {
        Bucket { label: "mai 2026".into(), total, part, under_way: false }
    }

    #[test]
    fn columns_are_as_tall_as_their_number() {
        let html = column_chart(&[bucket(40, 0), bucket(20, 10)], "Volumes.").into_string();
        assert!(html.contains(&format!(r#"height="{PLOT}""#)), "the greatest fills the plot: {html}");
        assert!(html.contains(&format!(r#"height="{}""#, PLOT / 2)));
        assert_eq!(html.matches(r#"class="part""#).count(), 1);
    }

    #[test]
    fn a_small_part_is_still_seen() {
        let html = column_chart(&[bucket(100_000, 1)], "").into_string();
        assert!(html.contains(r#"height="2""#), "{html}");
        assert!(column_chart(&[], "").into_string().contains("<svg"));
        assert!(column_chart(&[bucket(0, 0)], "").into_string().contains("<rect"));
    }
}
