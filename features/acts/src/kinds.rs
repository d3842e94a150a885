//! The rule of each kind of act: who signs, who may receive it, how many, what opens its review. (T3; POSTE-21 to
//! POSTE-23, SRV-14 to SRV-29, SEC-08 to SEC-12, IDT-14, OGI-11, OGI-12, LADM-19, LADM-20)
//!
//! A table of data and pure decisions. Nothing here has an exception: no role, no setting, no argument lifts a rule.

mod fit;
mod table;
#[cfg(test)]
pub(crate) mod tests;

use beffroi_kernel::{Role, in_sentence};
use beffroi_sheets::{ActKind, ActTerms, PersonRef, Term};
use chrono::NaiveDate;

pub use fit::faults;
pub use table::rule;

use crate::model::{Cause, Who};
use crate::refusals::{self, Case, HardRefusal};

/// Whose agent a person is, as the functions they hold in the school say; from whom most may be given, to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Employer {
    /// The State: management, teaching, school life, administration.
    State,
    /// The Region: technical agents of the school, agents of the Region's teams.
    Region,
    /// A provider or another third party.
    ThirdParty,
    /// A pupil, or nobody of the school.
    Nobody,
}

impl Employer {
    /// The employer of who holds these functions in a school: the one to whom least may be given, so that an error of
    /// the directory never makes a delegate.
    #[must_use]
    pub fn of(roles: &[Role]) -> Self {
        let of = |role: &Role| match role {
            Role::Pupil => Self::Nobody,
            Role::ProviderAgent => Self::ThirdParty,
            Role::AcademyAgent => Self::State,
            role if role.is_school() && *role != Role::SchoolAgent => Self::State,
            _ => Self::Region,
        };
        roles.iter().map(of).max().unwrap_or(Self::Nobody)
    }
}

/// Who may receive a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receivers {
    /// The act names nobody.
    Nobody,
    /// People who hold one of these functions in the school.
    Functions(&'static [Role]),
    /// People who hold one of these functions, all of whose functions are the State's.
    StateOnly(&'static [Role]),
    /// A provider from outside, named; never an account of the school.
    Provider,
}

impl Receivers {
    /// The functions for which one may be chosen.
    #[must_use]
    pub const fn functions(self) -> &'static [Role] {
        match self {
            Self::Functions(roles) | Self::StateOnly(roles) => roles,
            Self::Nobody | Self::Provider => &[],
        }
    }

    fn admits(self, holder: &Holder) -> bool {
        let serves = holder.roles.iter().any(|role| self.functions().contains(role));
        let staff = matches!(holder.employer(), Employer::State | Employer::Region);
        let state = !matches!(self, Self::StateOnly(_)) || holder.employer() == Employer::State;
        holder.named_account && serves && staff && state
    }
}

/// A term without which an act of some kind does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Its first day.
    Start,
    /// Its last day.
    End,
    /// The exact address of a site.
    Url,
    /// Whether the site is allowed or forbidden.
    Direction,
    /// What it reaches: rooms, tools, actions.
    Scope,
    /// A favourable study made before.
    Study,
}

/// What puts an act in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Its last signature.
    Signature,
    /// The Region's team, after the signature.
    Region,
}

/// The rule of one kind of act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The kind.
    pub kind: ActKind,
    /// The requirement it comes from.
    pub requirement: &'static str,
    /// By what one may sign: any one of these.
    pub signers: &'static [Who],
    /// Who may receive the right.
    pub receivers: Receivers,
    /// The greatest number of people that one act may name.
    pub most_holders: usize,
    /// How many may live at once in a school; none when there is no limit.
    pub live: Option<usize>,
    /// The only motives, by the id of their option; empty when none is asked.
    pub motives: &'static [&'static str],
    /// The terms it never lacks.
    pub needs: &'static [Need],
    /// The longest it may last from its first day to its last; none when only a review ends it, or no limit is known.
    pub longest: Option<Term>,
    /// What opens its review.
    pub reviews: &'static [Cause],
    /// Whether a text is acknowledged apart before signing.
    pub acknowledgement: bool,
    /// What puts it in force.
    pub opening: Opening,
}

/// Someone who would receive a right, as the directory knows them today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The functions they hold today: in the school, or elsewhere when they hold none there.
    pub roles: Vec<Role>,
    /// Whether it is the account of one named person; a shared account or a typed name is not.
    pub named_account: bool,
}

impl Holder {
    /// Whose agent they are.
    #[must_use]
    pub fn employer(&self) -> Employer {
        Employer::of(&self.roles)
    }
}

/// What is known of an act about to be signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// By what it is signed, at this instant; none when it is not.
    pub signer: Option<Who>,
    /// Who would receive the right.
    pub holders: Vec<Holder>,
    /// Whether a provider from outside is named.
    pub provider: bool,
    /// How many other acts of the kind live in the school, the one that it replaces apart.
    pub live: usize,
    /// Its first day.
    pub starts: Option<NaiveDate>,
    /// Its last day.
    pub ends: Option<NaiveDate>,
    /// Whether the exact address is given.
    pub url: bool,
    /// Whether allowing or forbidding is chosen.
    pub direction: bool,
    /// Whether what it reaches is said.
    pub scope: bool,
    /// The id of the chosen motive.
    pub motive: Option<String>,
    /// Whether the acknowledgement is ticked.
    pub acknowledged: bool,
    /// Whether the study made before is favourable.
    pub study_favourable: bool,
}

impl Facts {
    /// What the terms of a form say, before any signature. The directory says of each holder which functions they
    /// hold now, in the order of the terms; `live` counts the other acts of the kind alive in the school.
    #[must_use]
    pub fn of(terms: &ActTerms, functions: &[Vec<Role>], live: usize) -> Self {
        let roles = |index: usize| functions.get(index).cloned().unwrap_or_default();
        let holder = |(index, person): (usize, &PersonRef)| Holder {
            roles: roles(index),
            named_account: !person.is_anyone(),
        };
        Self {
            signer: None,
            holders: terms.holders.iter().enumerate().map(holder).collect(),
            provider: terms.provider.is_some(),
            live,
            starts: terms.starts,
            ends: terms.ends,
            url: terms.url.is_some(),
            direction: terms.direction.is_some(),
            scope: !terms.scope.is_empty(),
            motive: terms.motive.clone(),
            acknowledged: false,
            study_favourable: terms.study_favourable == Some(true),
        }
    }
}

/// Why an act may not be: the rule, and the way out. (LIRE-02)
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence} {way_out}")]
pub struct Refusal {
    /// The requirement that refuses.
    pub requirement: &'static str,
    /// What is refused, in a sentence.
    pub sentence: String,
    /// What to do instead, in a sentence.
    pub way_out: String,
}

impl Refusal {
    fn new(requirement: &'static str, sentence: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { requirement, sentence: sentence.into(), way_out: way_out.into() }
    }
}

impl From<HardRefusal> for Refusal {
    fn from(hard: HardRefusal) -> Self {
        Self::new(hard.requirement(), hard.sentence(), hard.way_out())
    }
}

/// Whether an act of this kind may be signed with these facts.
///
/// # Errors
/// The first rule that refuses, hard refusals before the others.
pub fn admit(kind: ActKind, facts: &Facts) -> Result<(), Refusal> {
    let rule = rule(kind);
    hard(rule, facts)?;
    signed(rule, facts)?;
    terms(rule, facts)
}

/// Whether an act of this kind may be laid before its signatory: everything but the signature and what is ticked
/// with it.
///
/// # Errors
/// As [`admit`].
pub fn prepare(kind: ActKind, facts: &Facts) -> Result<(), Refusal> {
    let signer = rule(kind).signers.first().copied();
    admit(kind, &Facts { signer, acknowledged: true, ..facts.clone() })
}

/// What T6 refuses, whoever asks.
fn hard(rule: &Rule, facts: &Facts) -> Result<(), Refusal> {
    let signed = facts.signer.is_some_and(|signer| rule.signers.contains(&signer));
    if rule.kind == ActKind::WebExemption {
        let dates = facts.starts.zip(facts.ends);
        refusals::decide(&Case::Exemption { signed, address: facts.url, dates })?;
    }
    if rule.kind == ActKind::FilterDelegation {
        for holder in &facts.holders {
            let others = facts.live + facts.holders.len() - 1;
            refusals::decide(&Case::FilterDelegate { employer: holder.employer(), others })?;
        }
    }
    if rule.kind == ActKind::ToolRights {
        refusals::decide(&Case::ToolRights { provider: facts.provider, employers: employers(facts) })?;
    }
    if is_delegation(rule.kind) {
        refusals::decide(&Case::Delegation { signed })?;
    }
    Ok(())
}

fn employers(facts: &Facts) -> Vec<Employer> {
    facts.holders.iter().map(Holder::employer).collect()
}

/// Whether the head gives somebody a power by this kind of act. (SRV-29)
#[must_use]
pub const fn is_delegation(kind: ActKind) -> bool {
    matches!(
        kind,
        ActKind::AdminRights | ActKind::FilterDelegation | ActKind::AccountDelegation | ActKind::ToolRights
    )
}

fn signed(rule: &Rule, facts: &Facts) -> Result<(), Refusal> {
    let allowed = |signer| rule.signers.contains(&signer);
    if !facts.signer.is_some_and(allowed) {
        let sentence = "Cet acte n’est pas signé par une personne qui en a le pouvoir.";
        return Err(Refusal::new(
            rule.requirement,
            sentence,
            format!("Faites-le signer par : {}.", signers(rule)),
        ));
    }
    if rule.acknowledgement && !facts.acknowledged {
        let sentence = "Le texte à reconnaître avant de signer n’est pas coché.";
        let way_out = "Lisez ce texte et cochez-le, puis signez.";
        return Err(Refusal::new(rule.requirement, sentence, way_out));
    }
    Ok(())
}

/// Who may sign, in words.
#[must_use]
pub fn signers(rule: &Rule) -> String {
    let words = |signer: &Who| match signer {
        Who::Role(role) => in_sentence(role.label()),
        Who::FilterDelegate => "délégataire du filtrage".to_owned(),
        Who::Holder => "la personne qui reçoit le droit".to_owned(),
    };
    rule.signers.iter().map(words).collect::<Vec<_>>().join(" ou ")
}

fn terms(rule: &Rule, facts: &Facts) -> Result<(), Refusal> {
    holders(rule, facts)?;
    if let Some(live) = rule.live.filter(|live| facts.live >= *live) {
        let sentence =
            format!("L’établissement a déjà {live} acte de ce genre, et n’en admet pas davantage.");
        return Err(Refusal::new(
            rule.requirement,
            sentence,
            "Mettez d’abord fin à l’acte en vigueur, ou remplacez-le.",
        ));
    }
    let lawful = facts.motive.as_deref().is_some_and(|motive| rule.motives.contains(&motive));
    if !rule.motives.is_empty() && !lawful {
        let sentence = "Le motif n’est pas de ceux que la fiche admet.";
        return Err(Refusal::new(
            rule.requirement,
            sentence,
            "Choisissez l’un des motifs proposés par le formulaire.",
        ));
    }
    if let Some(missing) = rule.needs.iter().find(|need| !need.is_met(facts)) {
        return Err(missing.refusal(rule));
    }
    dates(rule, facts)
}

fn holders(rule: &Rule, facts: &Facts) -> Result<(), Refusal> {
    let refuse = |sentence: String, way_out: &str| Err(Refusal::new(rule.requirement, sentence, way_out));
    let provider = rule.receivers == Receivers::Provider;
    if facts.provider != provider {
        return match provider {
            true => {
                refuse("Aucun prestataire n’est nommé.".into(), "Nommez le prestataire qui recevra l’accès.")
            }
            false => refuse(
                "Ce droit ne se donne pas à un prestataire.".into(),
                "Demandez plutôt un accès de prestataire, après son étude.",
            ),
        };
    }
    let wanted = usize::from(!rule.receivers.functions().is_empty());
    if facts.holders.len() < wanted {
        return refuse("Personne n’est désigné.".into(), "Choisissez la personne dans la liste du lycée.");
    }
    if facts.holders.len() > rule.most_holders {
        let sentence = format!("L’acte désigne trop de personnes : {} au plus.", rule.most_holders);
        return refuse(sentence, "Faites un acte par personne.");
    }
    if facts.holders.iter().any(|holder| !rule.receivers.admits(holder)) {
        let functions: Vec<String> =
            rule.receivers.functions().iter().map(|role| in_sentence(role.label())).collect();
        let sentence = "La personne désignée ne peut pas recevoir ce droit.".to_owned();
        let way_out = format!(
            "Choisissez un compte nominatif du lycée, dans l’une de ces fonctions : {}.",
            functions.join(", ")
        );
        return refuse(sentence, &way_out);
    }
    Ok(())
}

fn dates(rule: &Rule, facts: &Facts) -> Result<(), Refusal> {
    let (Some(starts), Some(ends)) = (facts.starts, facts.ends) else { return Ok(()) };
    if ends < starts {
        let sentence = "Le dernier jour vient avant le premier.";
        return Err(Refusal::new(rule.requirement, sentence, "Corrigez l’une des deux dates."));
    }
    let last = rule.longest.and_then(|term| term.after(starts));
    if let Some(last) = last.filter(|last| ends > *last) {
        let sentence = "La durée dépasse la plus longue admise pour cet acte.";
        let way_out = format!("Choisissez un dernier jour au plus tard le {}.", last.format("%d/%m/%Y"));
        return Err(Refusal::new(rule.requirement, sentence, way_out));
    }
    Ok(())
}

impl Need {
    const fn is_met(self, facts: &Facts) -> bool {
        match self {
            Self::Start => facts.starts.is_some(),
            Self::End => facts.ends.is_some(),
            Self::Url => facts.url,
            Self::Direction => facts.direction,
            Self::Scope => facts.scope,
            Self::Study => facts.study_favourable,
        }
    }

    fn refusal(self, rule: &Rule) -> Refusal {
        let (sentence, way_out) = match self {
            Self::Start => ("Le premier jour manque.", "Indiquez la date de début."),
            Self::End => (
                "Le dernier jour manque : aucun acte de ce genre n’est illimité.",
                "Indiquez la date de fin.",
            ),
            Self::Url => ("L’adresse du site manque.", "Écrivez l’adresse complète du site."),
            Self::Direction => {
                ("Il manque le sens de la demande.", "Dites s’il faut ouvrir ou fermer le site.")
            }
            Self::Scope => {
                ("L’acte ne dit pas sur quoi il porte.", "Décrivez les postes, l’outil ou les actions.")
            }
            Self::Study => (
                "L’étude de faisabilité n’est pas favorable, ou n’est pas faite.",
                "Demandez d’abord l’étude de cet accès.",
            ),
        };
        Refusal::new(rule.requirement, sentence, way_out)
    }
}
