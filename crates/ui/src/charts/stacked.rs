//! Parts of a whole on one bar: each has its own texture, and its name and share in words under it.

use maud::{Markup, html};

use super::percent;

/// A part.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Its name.
    pub label: &'a str,
    /// How many.
    pub count: u32,
}

/// The bar and its words, at most three parts, best first.
#[must_use]
pub fn stacked(parts: &[Part]) -> Markup {
    let total: u32 = parts.iter().map(|part| part.count).sum();
    let share = |count: u32| f64::from(count) / f64::from(total.max(1));
    let starts = parts.iter().scan(0, |sum, part| {
        let start = *sum;
        *sum += part.count;
        Some(start)
    });
    html! {
        svg.stacked width="100%" height="30" aria-hidden="true" focusable="false" {
            @for ((part, start), rank) in parts.iter().zip(starts).zip(1..) {
                @if part.count > 0 {
                    rect class={ "part-" (rank) } x=(percent(share(start))) y="2" width=(percent(share(part.count))) height="26" {}
                }
            }
        }
        ul.key {
            @for (part, rank) in parts.iter().zip(1..) {
                li {
                    svg width="18" height="18" aria-hidden="true" focusable="false" { rect class={ "part-" (rank) } x="1" y="1" width="16" height="16" {} }
                    (part.label) " : " strong { (format!("{:.0}", share(part.count) * 100.0)) "\u{a0}%" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_fill_the_bar() {
        let part = |label, count| Part { label, count };
        let html = stacked(&[part("Oui", 60), part("Presque", 0), part("Non", 20)]).into_string();
        assert!(html.contains(r#"x="0.00%" y="2" width="75.00%""#), "{html}");
        assert!(html.contains(r#"x="75.00%" y="2" width="25.00%""#), "{html}");
        assert!(html.contains("Presque : <strong>0\u{a0}%"), "an empty part is said too: {html}");
        assert!(stacked(&[part("Oui", 0)]).into_string().contains("0\u{a0}%"));
    }
}
