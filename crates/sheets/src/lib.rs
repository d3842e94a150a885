//! The service catalogue as a program: sheets, their forms, conditions, approvals, tasks and routing. Pure, no I/O.
//!
//! A sheet is a text file (TOML front matter, then Markdown). [`check_catalogue`] reads all of them and reports
//! every fault with its file and line; a [`RequestType`] then decides what to ask ([`RequestType::asked`]), what is
//! out of scope ([`RequestType::refusal`]), who approves and what the team has to do. (LIRE-01…13, CSU-01, CSU-08)

mod answer;
mod check;
mod decide;
mod expr;
mod finding;
mod form;
mod import;
mod markdown;
mod model;
mod parse;
mod routing;
#[cfg(test)]
mod sample;
mod term;
mod text;
mod words;

pub use answer::{Answer, Answers, Facts, FieldError, FileRef};
pub use beffroi_calendar::Delay;
pub use beffroi_kernel::Role;
pub use check::{CatalogueFiles, check_catalogue};
pub use decide::PlannedTask;
pub use expr::{Expr, ExprError, Literal, Name, Op, Truth};
pub use finding::{Finding, Severity};
pub use form::UNKNOWN;
pub use import::{Draft, Imported, Missing, import_html, import_text};
pub use model::{
    ApprovalStep, Block, Choice, Column, EFFECT_KINDS, EffectDeclaration, Exclusion, Field, Item, Refusal,
    RequestType, Section, Sheet, TaskTemplate,
};
pub use parse::parse_sheet;
pub use routing::{Decision, IssueKind, Place, Routing, RoutingIssue, Rule, Target, TargetError, Theme};
pub use term::{Term, TermError};
pub use text::slug_search_key;
pub use words::{ActKind, FieldKind, Nature, Origin, RefusalKind, SectionKind, SheetKind, StepKind, Waiting, Word};
