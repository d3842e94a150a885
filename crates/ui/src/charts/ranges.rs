//! What was measured against what was promised, one line each: the promise stands at the same place
//! on every line, so that the eye goes down one vertical.

use maud::{Markup, html};

use super::percent;

/// Where the promise stands on the line; the rest is for what goes beyond.
const PROMISE: f64 = 0.6;
const HEIGHT: u32 = 26;

/// Half of the requests, nine in ten, and the promise, in minutes of work.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range {
    /// Half of the requests were reached within this.
    pub half: Option<u32>,
    /// Nine in ten were reached within this.
    pub nine_in_ten: Option<u32>,
    /// What was promised.
    pub promise: u32,
}

impl Range {
    /// How far along the line a delay stands, and whether it goes beyond its end.
    fn place(self, minutes: u32) -> (f64, bool) {
        let share = f64::from(minutes) / f64::from(self.promise.max(1)) * PROMISE;
        (share.min(0.975), share > 0.975)
    }
}

/// The line. Words beside it say the same: it is hidden from those who cannot see it.
#[must_use]
pub fn range(range: Range) -> Markup {
    let middle = HEIGHT / 2;
    let half = range.half.map(|half| range.place(half));
    let nine = range.nine_in_ten.map(|nine| range.place(nine));
    // Not known yet: the line goes on, dashed, to the end.
    let end = nine.map_or(0.975, |(place, _)| place);
    html! {
        svg.range width="100%" height=(HEIGHT) aria-hidden="true" focusable="false" {
            rect.track x="0" y=(middle - 7) width=(percent(PROMISE)) height="14" {}
            line.axis x1=(percent(PROMISE)) x2="100%" y1=(middle) y2=(middle) {}
            @if let Some((start, _)) = half {
                line.spread.open[nine.is_none()] x1=(percent(start)) x2=(percent(end)) y1=(middle) y2=(middle) {}
            }
            line.promise x1=(percent(PROMISE)) x2=(percent(PROMISE)) y1="1" y2=(HEIGHT - 1) {}
            @match nine {
                Some((place, false)) => line.nine x1=(percent(place)) x2=(percent(place)) y1=(middle - 8) y2=(middle + 8) {},
                Some((place, true)) => (beyond(place, middle)),
                None => {},
            }
            @match half {
                Some((place, false)) => circle.half cx=(percent(place)) cy=(middle) r="6" {},
                Some((place, true)) => (beyond(place, middle)),
                None => {},
            }
        }
    }
}

/// An arrow head at the end of the line: the delay goes further.
fn beyond(place: f64, middle: u32) -> Markup {
    html! {
        svg.beyond x=(percent(place)) y=(middle - 8) width="12" height="16" overflow="visible" {
            path d="M-6 0 2 8l-8 8" fill="none" {}
        }
    }
}

/// How to read the marks.
#[must_use]
pub fn range_key() -> Markup {
    html! {
        ul.key {
            li { svg width="22" height="18" aria-hidden="true" focusable="false" { circle.half cx="11" cy="9" r="6" {} } "la moitié des demandes" }
            li { svg width="22" height="18" aria-hidden="true" focusable="false" { line.nine x1="11" x2="11" y1="1" y2="17" {} } "neuf demandes sur dix" }
            li { svg width="22" height="18" aria-hidden="true" focusable="false" { rect.track x="0" y="2" width="11" height="14" {} line.promise x1="11" x2="11" y1="0" y2="18" {} } "délai annoncé" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(half: Option<u32>, nine_in_ten: Option<u32>) -> String {
        range(Range { half, nine_in_ten, promise: 100 }).into_string()
    }

    #[test]
    fn the_promise_stands_at_the_same_place_whatever_it_is() {
        for promise in [1, 240, 9_600] {
            let kept = range(Range { half: Some(promise), nine_in_ten: Some(promise), promise });
            assert!(kept.into_string().matches("60.00%").count() >= 4, "half and nine in ten on the promise");
        }
        assert!(drawn(Some(50), Some(100)).contains(r#"cx="30.00%""#));
    }

    #[test]
    fn what_goes_beyond_the_line_is_an_arrow_and_what_is_unknown_is_open() {
        assert!(!drawn(Some(50), Some(100)).contains("beyond"));
        let far = drawn(Some(50), Some(900));
        assert!(
            far.contains("beyond") && far.contains("97.50%") && !far.contains(r#"class="nine""#),
            "{far}"
        );
        let open = drawn(Some(50), None);
        assert!(open.contains("spread open") && !open.contains(r#"class="nine""#), "{open}");
        let nothing = drawn(None, None);
        assert!(!nothing.contains("circle") && !nothing.contains("spread"), "{nothing}");
        assert!(range(Range::default()).into_string().contains("promise"), "no promise divides by nothing");
    }
}
