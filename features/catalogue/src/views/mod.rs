//! What the pages of the catalogue look like.

pub(crate) mod articles;
pub(crate) mod help;
pub(crate) mod index;
pub(crate) mod procedure;
pub(crate) mod region;
pub(crate) mod routing;
pub(crate) mod sheet;
pub(crate) mod versions;

use beffroi_sheets::{Block, Finding, Origin};
use beffroi_ui::{Tone, tag};
use maud::{Markup, PreEscaped, html};

use crate::{DiffLine, StepText};

/// Safe HTML of a step, regional or the school's.
pub(crate) fn step_html(text: &StepText) -> Markup {
    let block = Block {
        id: String::new(),
        title: None,
        origin: Origin::Local,
        step: None,
        markdown: text.markdown.clone(),
        line: 0,
    };
    PreEscaped(block.html())
}

/// Where a text comes from; a summary always says that it binds nobody. (INTRO-02)
pub(crate) fn origin(origin: Origin) -> Markup {
    html! {
        p.origin {
            @match origin {
                Origin::Summary => "Origine : résumé automatique, sans valeur d’engagement",
                Origin::Official | Origin::Local => { "Origine : " (origin.label()) },
            }
        }
    }
}

/// The lines that differ, each said by a sign and by a word.
pub(crate) fn diff_lines(lines: &[DiffLine]) -> Markup {
    html! {
        @if lines.is_empty() { p { "Les deux textes sont identiques." } }
        @else {
            ol.diff aria-label="Lignes comparées" {
                @for line in lines {
                    @match line {
                        DiffLine::Same(text) => li.same { (text) },
                        DiffLine::Added(text) => li.added { span.visually-hidden { "Ajouté : " } span aria-hidden="true" { "+ " } ins { (text) } },
                        DiffLine::Removed(text) => li.removed { span.visually-hidden { "Retiré : " } span aria-hidden="true" { "− " } del { (text) } },
                        DiffLine::Gap => li.gap { "…" },
                    }
                }
            }
        }
    }
}

/// What the checker found, errors first.
pub(crate) fn findings(findings: &[Finding]) -> Markup {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| (!finding.is_error(), &finding.file, finding.line));
    html! {
        ul.findings {
            @for finding in sorted {
                li {
                    @if finding.is_error() { (tag(Tone::Bad, "Erreur")) } @else { (tag(Tone::Warn, "Avertissement")) }
                    " " strong { (finding.file) ", ligne " (finding.line) } " : " (finding.message)
                }
            }
        }
    }
}
