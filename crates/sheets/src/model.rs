//! What a sheet declares. Every other module reads these types; none of them does anything by itself. (LIRE-01)

use beffroi_calendar::Delay;
use beffroi_kernel::Role;
use chrono::NaiveDate;

use crate::{
    expr::Expr,
    term::Term,
    words::{
        ActKind, FieldKind, Nature, Origin, RefusalKind, ReviewCause, SectionKind, SheetKind, SignOrder,
        StepKind, Waiting,
    },
};

/// What the declared effect of a request may be.
pub const EFFECT_KINDS: &[&str] = &[
    "warranty-repair",
    "installation",
    "web-exemption",
    "admin-rights",
    "workstation-rights",
    "filter-delegation",
    "account",
    "account-delegation",
    "tool-rights",
    "provider-access",
    "software",
    "network-change",
    "infrastructure-agreement",
    "isolation-lift",
    "printer",
    "backup-restore",
    "workspace",
    "inventory-report",
    "study",
    "allocation",
    "information",
];

/// One sheet or page of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Its name in addresses, also the name of its file.
    pub slug: String,
    /// Service or page.
    pub kind: SheetKind,
    /// Its title.
    pub title: String,
    /// Its place in the catalogue.
    pub order: u32,
    /// The edition of the published text, e.g. « V1 ».
    pub edition: String,
    /// The day from which it applies.
    pub effective: NaiveDate,
    /// One or two sentences for lists and search.
    pub summary: String,
    /// Words people use for it.
    pub keywords: Vec<String>,
    /// What the source lost and an editor must supply. (INTRO-15)
    pub to_complete: Vec<String>,
    /// « Comprend ».
    pub includes: Vec<Item>,
    /// « Ne comprend pas ».
    pub excludes: Vec<Exclusion>,
    /// What may be asked.
    pub requests: Vec<RequestType>,
    /// The text, by part.
    pub sections: Vec<Section>,
}

impl Sheet {
    /// The request type of this id.
    #[must_use]
    pub fn request(&self, id: &str) -> Option<&RequestType> {
        self.requests.iter().find(|request| request.id == id)
    }

    /// The exclusion of this id.
    #[must_use]
    pub fn exclusion(&self, id: &str) -> Option<&Exclusion> {
        self.excludes.iter().find(|exclusion| exclusion.id == id)
    }

    /// The part of this kind.
    #[must_use]
    pub fn section(&self, kind: SectionKind) -> Option<&Section> {
        self.sections.iter().find(|section| section.kind == kind)
    }
}

/// One line of « Comprend ».
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The line.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The rules it states.
    pub rules: Vec<String>,
}

/// One line of « Ne comprend pas », quoted when a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// Its id inside the sheet.
    pub id: String,
    /// A short noun phrase.
    pub text: String,
    /// Why, in a sentence.
    pub why: String,
    /// What to do instead, in a sentence.
    pub instead: String,
    /// Where to go instead.
    pub link: Option<String>,
    /// Where it comes from: a summary never refuses.
    pub origin: Origin,
    /// The rules it states.
    pub rules: Vec<String>,
}

/// One part of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Which part.
    pub kind: SectionKind,
    /// Its blocks, in order.
    pub blocks: Vec<Block>,
}

/// One block of text, of a single origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its anchor, unique in the sheet.
    pub id: String,
    /// Its title; none for the opening paragraph.
    pub title: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// In a procedure: imposed or example.
    pub step: Option<StepKind>,
    /// Its Markdown.
    pub markdown: String,
    /// The line of the file where it begins.
    pub line: usize,
}

/// Something a person may ask for under a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestType {
    /// Its id inside the sheet.
    pub id: String,
    /// Verb first.
    pub title: String,
    /// One line.
    pub description: String,
    /// One of the six natures.
    pub nature: Nature,
    /// The theme that routes it.
    pub theme: String,
    /// The functions that may ask.
    pub who: Vec<Role>,
    /// When the first answer is due.
    pub first_answer: Delay,
    /// When the solution is due.
    pub solution: Delay,
    /// Where the delays come from.
    pub delay_origin: Origin,
    /// Whether a provider under contract for the theme receives it first. (IMP-10)
    pub provider_first: bool,
    /// What happens after sending.
    pub next: Vec<String>,
    /// The questions, as written in the file.
    pub fields: Vec<Field>,
    /// What is out of scope.
    pub refusals: Vec<Refusal>,
    /// Approvals inside the school, in strict order.
    pub approvals: Vec<ApprovalStep>,
    /// The work of the owner team.
    pub tasks: Vec<TaskTemplate>,
    /// What becomes true when granted.
    pub effect: Option<EffectDeclaration>,
    /// The act that its signature makes.
    pub act: Option<ActDeclaration>,
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in expressions.
    pub id: String,
    /// The question.
    pub label: String,
    /// Help under the question.
    pub hint: String,
    /// Its type.
    pub kind: FieldKind,
    /// Asked first, to decide the scope.
    pub before: bool,
    /// Whether an answer is needed.
    pub required: bool,
    /// Whether « Je ne sais pas » is offered.
    pub unknown: bool,
    /// Asked only when true.
    pub when: Option<Expr>,
    /// The options of a choice.
    pub options: Vec<Choice>,
    /// The columns of a table.
    pub columns: Vec<Column>,
    /// Whom one may choose: people who hold one of these functions in the school.
    pub who: Vec<Role>,
    /// Least number, length or count.
    pub min: Option<i64>,
    /// Greatest number, length or count.
    pub max: Option<i64>,
}

impl Field {
    /// The option of this id.
    #[must_use]
    pub fn option(&self, id: &str) -> Option<&Choice> {
        self.options.iter().find(|option| option.id == id)
    }
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The stored value.
    pub id: String,
    /// The words shown.
    pub label: String,
    /// Help under it.
    pub hint: String,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The stored name.
    pub id: String,
    /// The words shown.
    pub label: String,
}

/// A condition that puts the request out of scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// When it applies.
    pub when: Expr,
    /// The exclusion it quotes.
    pub excludes: String,
    /// How firmly it stands.
    pub kind: RefusalKind,
}

/// One approval inside the school.
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovalStep {
    /// Any one of these functions decides.
    pub by: Vec<Role>,
    /// Its title.
    pub title: String,
    /// When it is needed.
    pub when: Option<Expr>,
    /// An example of the source: the school may switch it off. (LIRE-11)
    pub example: bool,
    /// Whether the decision is a signature.
    pub sign: bool,
    /// The exact text signed.
    pub text: Option<String>,
    /// Who may sign besides: whoever holds this delegation in the school at that instant. (SEC-09)
    pub delegate: Option<ActKind>,
    /// The `person` question whose people sign, each of them. (POSTE-10)
    pub signers: Option<String>,
}

/// Work prepared for the owner team.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskTemplate {
    /// Its title.
    pub title: String,
    /// Its lines.
    pub checklist: Vec<String>,
    /// The table or number that repeats the lines.
    pub per: Option<String>,
    /// Whom it waits for.
    pub waits: Option<Waiting>,
    /// When it is needed.
    pub when: Option<Expr>,
}

/// What becomes true when the request is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectDeclaration {
    /// One of [`EFFECT_KINDS`].
    pub kind: String,
    /// What is true, in words.
    pub text: String,
    /// The date field that ends it.
    pub until: Option<String>,
    /// How long it lasts, e.g. « 1 year ».
    pub valid_for: Option<Term>,
}

/// The act that a signed request makes: where its terms are found among the questions. (T2, T3)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActDeclaration {
    /// What it is about; the rule of each kind is in `features/acts`.
    pub kind: ActKind,
    /// The `person` questions that name who receives the right.
    pub holder: Vec<String>,
    /// How many people one act may name.
    pub holder_count: u32,
    /// The question that names a provider from outside.
    pub provider: Option<String>,
    /// The `date` question of its first day.
    pub starts: Option<String>,
    /// The `date` question of its last day.
    pub ends: Option<String>,
    /// The `url` question of the site.
    pub url: Option<String>,
    /// The `choice` question between [`ActDeclaration::ALLOW`] and [`ActDeclaration::DENY`].
    pub direction: Option<String>,
    /// The questions that say what it reaches: rooms, tools, actions.
    pub scope: Vec<String>,
    /// The `choice` question of its motive.
    pub motive: Option<String>,
    /// The `choice` question of the study that comes first, whose good answer is
    /// [`ActDeclaration::FAVOURABLE`]. (LADM-19)
    pub study: Option<String>,
    /// What the signatory ticks apart before signing.
    pub acknowledgement: Option<Acknowledgement>,
    /// Whether only a passkey signs it, confirms it and revokes it: a password is not enough. (T3)
    pub passkey: bool,
    /// Whether the team opens it after the signature; else the signature puts it in force.
    pub opened_by_region: bool,
    /// What opens its review.
    pub review: Vec<ReviewCause>,
    /// The order of several signatories.
    pub order: SignOrder,
}

impl ActDeclaration {
    /// The option that allows a site.
    pub const ALLOW: &'static str = "autoriser";
    /// The option that forbids a site.
    pub const DENY: &'static str = "interdire";
    /// The option by which a study is favourable.
    pub const FAVOURABLE: &'static str = "favorable";
}

/// A text shown apart, ticked before signing. (SRV-22)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Its name, the same from one version to the next.
    pub id: String,
    /// Its version; another text is another version.
    pub version: String,
    /// The exact text.
    pub text: String,
}
