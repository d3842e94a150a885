//! Table T3, line by line. Where the source states nothing, a comment says whose prudence it is.

use beffroi_kernel::Role;
use beffroi_sheets::{ActKind, Term};

use super::{Need, Opening, Receivers, Rule};
use crate::model::{Cause, Who};

/// State staff who work with the head.
const STATE_STAFF: &[Role] = &[
    Role::DeputyHead,
    Role::SecretaryGeneral,
    Role::WorkshopDirector,
    Role::IctCoordinator,
    Role::Teacher,
    Role::SchoolStaff,
];

/// The same, and the Region's technical agents who work in the school.
const STAFF: &[Role] = &[
    Role::DeputyHead,
    Role::SecretaryGeneral,
    Role::WorkshopDirector,
    Role::IctCoordinator,
    Role::Teacher,
    Role::SchoolStaff,
    Role::SchoolAgent,
];

const HEAD: &[Who] = &[Who::Role(Role::Head)];

/// A year: no exemption outlives a school year unseen (local prudence; SEC-11 only forbids the unlimited).
const A_YEAR: Option<Term> = Some(Term::Months(12));

/// What a kind has when nothing is said of it.
const PLAIN: Rule = Rule {
    kind: ActKind::SoftwareList,
    requirement: "T3",
    signers: HEAD,
    receivers: Receivers::Nobody,
    most_holders: 0,
    live: None,
    motives: &[],
    needs: &[],
    longest: None,
    reviews: &[],
    acknowledgement: false,
    opening: Opening::Region,
};

/// POSTE-21 to POSTE-23: the coordinator accepts; the Region decides. No review is stated: ours follows the person and
/// the head.
static WORKSTATION_RIGHTS: Rule = Rule {
    kind: ActKind::WorkstationRights,
    requirement: "POSTE-21",
    signers: &[Who::Holder],
    receivers: Receivers::Functions(&[Role::IctCoordinator]),
    most_holders: 1,
    needs: &[Need::Start, Need::Scope],
    reviews: &[Cause::HeadChanged, Cause::DelegateLeft],
    acknowledgement: true,
    ..PLAIN
};

static ADMIN_RIGHTS: Rule = Rule {
    kind: ActKind::AdminRights,
    requirement: "SRV-14",
    receivers: Receivers::Functions(STAFF),
    most_holders: 1,
    motives: &["metier", "continuite"],
    needs: &[Need::Start, Need::Scope],
    reviews: &[Cause::HeadChanged, Cause::DelegateLeft, Cause::Anniversary],
    acknowledgement: true,
    ..PLAIN
};

/// No review is stated (T7, 13): the same events as for administration rights, by prudence.
static FILTER_DELEGATION: Rule = Rule {
    kind: ActKind::FilterDelegation,
    requirement: "SEC-08",
    receivers: Receivers::StateOnly(STATE_STAFF),
    most_holders: 1,
    live: Some(1),
    needs: &[Need::Start],
    reviews: &[Cause::HeadChanged, Cause::DelegateLeft, Cause::Anniversary],
    opening: Opening::Signature,
    ..PLAIN
};

/// IDT-13: the rights follow the head's function. IDT-16: what the head answers for is acknowledged.
static ACCOUNT_DELEGATION: Rule = Rule {
    kind: ActKind::AccountDelegation,
    requirement: "IDT-14",
    receivers: Receivers::Functions(STAFF),
    most_holders: 10,
    needs: &[Need::Start],
    reviews: &[Cause::HeadChanged, Cause::DelegateLeft],
    acknowledgement: true,
    ..PLAIN
};

/// The source says « some tools », without list, number or review: dated, one person, and our own prudence.
static TOOL_RIGHTS: Rule = Rule {
    kind: ActKind::ToolRights,
    requirement: "OGI-11",
    receivers: Receivers::Functions(STAFF),
    most_holders: 1,
    needs: &[Need::Start, Need::End, Need::Scope],
    longest: A_YEAR,
    reviews: &[Cause::HeadChanged, Cause::DelegateLeft, Cause::Anniversary],
    ..PLAIN
};

static PROVIDER_ACCESS: Rule = Rule {
    kind: ActKind::ProviderAccess,
    requirement: "LADM-20",
    receivers: Receivers::Provider,
    needs: &[Need::Study, Need::Start, Need::End, Need::Scope],
    reviews: &[Cause::HeadChanged, Cause::ContractEnd],
    ..PLAIN
};

static WEB_EXEMPTION: Rule = Rule {
    kind: ActKind::WebExemption,
    requirement: "SEC-09",
    signers: &[Who::Role(Role::Head), Who::FilterDelegate],
    needs: &[Need::Url, Need::Direction, Need::Start, Need::End],
    longest: A_YEAR,
    reviews: &[Cause::HeadChanged],
    ..PLAIN
};

/// POSTE-10: the teachers who answer for the teachings sign; any change is another list.
static SOFTWARE_LIST: Rule = Rule {
    requirement: "POSTE-10",
    signers: &[Who::Role(Role::Teacher)],
    needs: &[Need::Scope],
    opening: Opening::Signature,
    ..PLAIN
};

static ISOLATION_ATTESTATION: Rule = Rule {
    kind: ActKind::IsolationAttestation,
    requirement: "SRV-10",
    needs: &[Need::Start, Need::Scope],
    reviews: &[Cause::HeadChanged],
    opening: Opening::Signature,
    ..PLAIN
};

/// T5: decided by a person of the Region, never by the school nor by the program.
static LIABILITY_RELEASE: Rule = Rule {
    kind: ActKind::LiabilityRelease,
    requirement: "SRV-11",
    signers: &[Who::Role(Role::DepartmentHead)],
    needs: &[Need::Start, Need::Scope],
    opening: Opening::Signature,
    ..PLAIN
};

/// The rule of this kind.
#[must_use]
pub const fn rule(kind: ActKind) -> &'static Rule {
    match kind {
        ActKind::WorkstationRights => &WORKSTATION_RIGHTS,
        ActKind::AdminRights => &ADMIN_RIGHTS,
        ActKind::FilterDelegation => &FILTER_DELEGATION,
        ActKind::AccountDelegation => &ACCOUNT_DELEGATION,
        ActKind::ToolRights => &TOOL_RIGHTS,
        ActKind::ProviderAccess => &PROVIDER_ACCESS,
        ActKind::WebExemption => &WEB_EXEMPTION,
        ActKind::SoftwareList => &SOFTWARE_LIST,
        ActKind::IsolationAttestation => &ISOLATION_ATTESTATION,
        ActKind::LiabilityRelease => &LIABILITY_RELEASE,
    }
}
