//! The versions of a sheet, and what changed between two of them.

use beffroi_ui::{Column, Tone, breadcrumbs, form, table, tag};
use maud::{Markup, html};

use super::diff_lines;
use crate::{DiffLine, Version};

/// The list, and the comparison asked for.
pub(crate) fn list(
    versions: &[Version],
    current: Option<i32>,
    compared: Option<&(i32, i32, Vec<DiffLine>)>,
) -> Markup {
    let Some(latest) = versions.last() else {
        return html! {};
    };
    let address = format!("/catalogue/{}", latest.slug);
    let rows: Vec<Vec<Markup>> =
        versions.iter().rev().map(|version| row(&address, version, current)).collect();
    let columns = [
        Column::text("Version"),
        Column::text("En vigueur depuis"),
        Column::text("Publiée le"),
        Column::text("État"),
        Column::text("Changements"),
    ];
    html! {
        (breadcrumbs(&[("/catalogue", "Catalogue de services"), (&address, &latest.title)]))
        h1 { "Versions : " (latest.title) }
        p { "Une version publiée ne change plus. Chaque demande garde celle sous laquelle elle a été faite." }
        (table("Versions publiées", &columns, &rows))
        @if versions.len() > 1 { (compare_form(&address, versions, compared)) }
        @if let Some((from, to, lines)) = compared {
            h2 id="comparaison" { "De la version " (from) " à la version " (to) }
            (diff_lines(lines))
        }
    }
}

fn row(address: &str, version: &Version, current: Option<i32>) -> Vec<Markup> {
    let number = version.number;
    vec![
        html! { a href={ (address) "/versions/" (number) } { "Version " (number) } },
        html! { (beffroi_ui::day(version.effective_on)) },
        html! { (beffroi_ui::short_date_time(version.published_at)) },
        match current {
            Some(current) if current == number => tag(Tone::Good, "En vigueur"),
            Some(current) if current > number => tag(Tone::Quiet, "Remplacée"),
            _ => tag(Tone::Calm, "À venir"),
        },
        html! {
            @if number > 1 { a href={ (address) "/versions?de=" (number - 1) "&a=" (number) "#comparaison" } { "Comparer à la version " (number - 1) } }
            @else { "Première version" }
        },
    ]
}

fn compare_form(address: &str, versions: &[Version], compared: Option<&(i32, i32, Vec<DiffLine>)>) -> Markup {
    let options: Vec<(String, String)> = versions
        .iter()
        .map(|version| (version.number.to_string(), format!("Version {}", version.number)))
        .collect();
    let last = versions.len().saturating_sub(1);
    let chosen = |index: usize| options.get(index).map(|(value, _)| value.clone()).unwrap_or_default();
    let from = compared.map_or_else(|| chosen(last.saturating_sub(1)), |(from, ..)| from.to_string());
    let to = compared.map_or_else(|| chosen(last), |(_, to, _)| to.to_string());
    html! {
        form method="get" action={ (address) "/versions" } {
            h2 { "Comparer deux versions" }
            (form::select(&form::Field::new("de", "De").value(&from), &options))
            (form::select(&form::Field::new("a", "À").value(&to), &options))
            (form::submit("Comparer"))
        }
    }
}
