//! The pages of measured delays: words and figures shared by all of them.

mod detail;
mod method;
mod overview;

#[cfg(test)]
mod tests;

pub(crate) use detail::{Detail, detail};
pub(crate) use method::method;
pub(crate) use overview::{Overview, overview};

use beffroi_calendar::Delay;
use beffroi_sheets::{Origin, RequestType};
use beffroi_ui::charts::{Range, range};
use beffroi_ui::{Column, form, worked};
use maud::{Markup, html};

use crate::delays::{Board, Figures, Period, Shown, TerritoryName, choices, promised};

/// The two delays of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Answer,
    Solution,
}

impl Measure {
    pub(crate) const ALL: [Self; 2] = [Self::Answer, Self::Solution];

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Answer => "Première réponse",
            Self::Solution => "Solution",
        }
    }

    /// What is said of requests that still wait for it.
    const fn awaited(self) -> &'static str {
        match self {
            Self::Answer => "sans réponse",
            Self::Solution => "sans solution",
        }
    }

    pub(crate) fn promise(self, kind: &RequestType) -> Delay {
        match self {
            Self::Answer => kind.first_answer,
            Self::Solution => kind.solution,
        }
    }

    pub(crate) fn of(self, row: &Figures) -> [Shown; 2] {
        match self {
            Self::Answer => row.answer(),
            Self::Solution => row.solution(),
        }
    }

    /// Requests measured, those of them that wait, and the percentage within the promise.
    pub(crate) fn counts(self, row: &Figures) -> (i32, i32, Option<u32>) {
        match self {
            Self::Answer => (row.answer_base(), row.unanswered, row.answer_share()),
            Self::Solution => (row.solution_base(), row.unsolved, row.solution_share()),
        }
    }
}

/// A figure in a table.
pub(crate) fn shown(figure: Shown) -> Markup {
    html! {
        @match figure {
            Shown::Minutes(minutes) => (worked(minutes)),
            Shown::TooFew => span.quiet { "trop peu" },
            Shown::NotYet => span.quiet { "pas encore connu" },
        }
    }
}

/// A percentage in a table.
pub(crate) fn share(share: Option<u32>) -> Markup {
    html! {
        @match share {
            Some(percent) => { (percent) "\u{a0}%" },
            None => span.quiet { "trop peu" },
        }
    }
}

/// A number of requests in a table: few of them are not counted in public.
pub(crate) fn count(count: i32) -> Markup {
    html! {
        @match count {
            1..crate::delays::FEWEST => span.quiet { "moins de 5" },
            _ => (number(count)),
        }
    }
}

/// A number with its thousands apart.
pub(crate) fn number(count: i32) -> String {
    let digits = count.unsigned_abs().to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join("\u{202f}")
}

/// What was measured of a row, drawn and in words.
pub(crate) fn line(place: &str, row: Option<&Figures>, measure: Measure, promise: Delay) -> Markup {
    let Some(row) = row else {
        return html! { div.line { p.quiet { (place) " : aucune demande sur cette période." } } };
    };
    let [half, nine] = measure.of(row);
    let (base, waiting, kept) = measure.counts(row);
    if half == Shown::TooFew {
        return html! { div.line { p.quiet { (place) " : trop peu de demandes pour être publié." } } };
    }
    let drawn = Range { half: half.minutes(), nine_in_ten: nine.minutes(), promise: promised(promise) };
    html! {
        div.line {
            (range(drawn))
            p {
                (place) " : "
                @match half {
                    Shown::Minutes(minutes) => { "la moitié en " strong { (worked(minutes)) } ", neuf sur dix" },
                    _ => { "la moitié" },
                }
                @match nine {
                    Shown::Minutes(minutes) => { " en " strong { (worked(minutes)) } },
                    _ => { " : pas encore connu" },
                }
                "."
                @if let Some(kept) = kept { " Dans le délai : " strong { (kept) "\u{a0}%" } "." }
                span.quiet {
                    " Sur " (number(base)) " demandes"
                    @if waiting > 0 { ", dont " (number(waiting)) " encore " (measure.awaited()) }
                    "."
                }
            }
        }
    }
}

/// « 4 heures ouvrées (délai indicatif) »
pub(crate) fn promise(kind: &RequestType, measure: Measure) -> Markup {
    html! {
        (measure.promise(kind).words())
        @if kind.delay_origin == Origin::Local { span.quiet { " (délai indicatif)" } }
    }
}

/// The titles of a table whose first column is `first`.
pub(crate) fn columns(first: &'static str) -> Vec<Column> {
    [Column::text(first)]
        .into_iter()
        .chain(
            ["Annoncé", "La moitié en", "Neuf sur dix en", "Dans le délai", "Sur", "En attente"]
                .map(Column::number),
        )
        .collect()
}

/// The row under those titles.
pub(crate) fn cells(name: &str, row: Option<&Figures>, measure: Measure, promise: Delay) -> Vec<Markup> {
    let announced = html! { (worked(promised(promise))) };
    let Some(row) = row else {
        return [html! { (name) }, announced]
            .into_iter()
            .chain(std::iter::repeat_n(html! { "–" }, 3))
            .chain([html! { "0" }, html! { "0" }])
            .collect();
    };
    let ([half, nine], (base, waiting, kept)) = (measure.of(row), measure.counts(row));
    let waiting = if base < crate::delays::FEWEST {
        html! { "–" }
    } else {
        html! { (number(waiting)) }
    };
    vec![html! { (name) }, announced, shown(half), shown(nine), share(kept), count(base), waiting]
}

/// The form that chooses the period and the place.
pub(crate) fn choose(
    action: &str,
    board: &Board,
    period: Option<Period>,
    territory: Option<&TerritoryName>,
) -> Markup {
    let places: Vec<(String, String)> = std::iter::once(("region".to_owned(), "Toute la Région".to_owned()))
        .chain(board.territories.iter().map(|one| {
            (one.slug.clone(), format!("{}{}", one.name, if one.mine { " (le vôtre)" } else { "" }))
        }))
        .collect();
    let place = territory.map_or("region", |one| one.slug.as_str());
    html! {
        form.search.screen-only method="get" action=(action) {
            @if let Some(period) = period { (periods(board, period)) }
            (form::select(&form::Field::new("territoire", "Territoire").value(place), &places))
            button type="submit" { "Afficher" }
        }
    }
}

fn periods(board: &Board, period: Period) -> Markup {
    let options: Vec<(String, String)> = choices(board.first_month, board.today)
        .into_iter()
        .map(|one| {
            let under_way = if one.is_under_way(board.today) { " (en cours)" } else { "" };
            (one.slug(), format!("{}{under_way}", capital(&one.label())))
        })
        .collect();
    form::select(&form::Field::new("periode", "Période").value(&period.slug()), &options)
}

/// The same words with a capital.
pub(crate) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// When the figures were computed, how they are, and where they can be taken.
pub(crate) fn footnotes(board: &Board, file: &str) -> Markup {
    html! {
        p.quiet {
            @if let Some(at) = board.computed_at { "Calculé le " (beffroi_ui::date_time(at)) ". " }
            "Durées en temps de travail : un jour (j) fait huit heures ouvrées. Moins de cinq demandes : rien n’est publié."
        }
        p.screen-only {
            a href="/delais/methode" { "Comment nous mesurons" } " · "
            a href=(file) download { "Télécharger en CSV" }
        }
    }
}

/// What a form says of what was measured lately; nothing when nobody knows.
pub(crate) fn sentence(measured: crate::delays::Measured) -> Option<String> {
    let (answer, solution) = (measured.answer.minutes(), measured.solution.minutes());
    let said = [
        answer.map(|minutes| format!("une première réponse en {}", worked(minutes))),
        solution.map(|minutes| format!("une solution en {}", worked(minutes))),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    (!said.is_empty())
        .then(|| format!("la moitié des demandes reçoivent {}, en temps de travail", said.join(" et ")))
}
