//! Whether the act that a sheet declares obeys the rule of its kind: an editor cannot soften a rule. (T3)

use beffroi_kernel::Role;
use beffroi_sheets::{ActDeclaration, ApprovalStep, RequestType};

use super::{Need, Opening, Receivers, Rule, rule};
use crate::model::Who;

/// What the declared act of a request type lacks or adds against the rule of its kind, in French; none when it makes
/// no act or obeys.
#[must_use]
pub fn faults(request: &RequestType) -> Vec<String> {
    let Some(act) = &request.act else { return Vec::new() };
    let rule = rule(act.kind);
    let mut faults = Vec::new();
    for step in request.approvals.iter().filter(|step| step.sign) {
        faults.extend(signatory(rule, act, step));
    }
    faults.extend(receivers(rule, act, request));
    faults.extend(
        rule.needs
            .iter()
            .filter_map(|need| missing(*need, act))
            .map(|key| format!("un acte « {} » dit toujours « {key} » dans [request.act]", act.kind)),
    );
    for review in rule.reviews.iter().filter(|review| !act.review.contains(review)) {
        faults.push(format!("la révision « {review} » ne peut être retirée d’un acte « {} »", act.kind));
    }
    if rule.acknowledgement && act.acknowledgement.is_none() {
        faults.push(format!("un acte « {} » a un texte à reconnaître (« acknowledgement »)", act.kind));
    }
    if act.opened_by_region != (rule.opening == Opening::Region) {
        let wanted = rule.opening == Opening::Region;
        faults.push(format!("« opened_by_region » vaut toujours {wanted} pour un acte « {} »", act.kind));
    }
    faults.extend(motives(rule, act, request));
    faults
}

fn signatory(rule: &Rule, act: &ActDeclaration, step: &ApprovalStep) -> Option<String> {
    let of_holder = rule.signers.contains(&Who::Holder);
    if of_holder {
        let theirs = step.signers.as_ref().is_some_and(|signers| act.holder.contains(signers));
        return (!theirs).then(|| {
            format!("« {} » doit être signé par la personne qui reçoit le droit (« signers »)", step.title)
        });
    }
    let lawful = |role: &Role| rule.signers.contains(&Who::Role(*role));
    if let Some(other) = step.by.iter().find(|role| !lawful(role)) {
        return Some(format!("« {other} » ne peut pas signer un acte « {} »", act.kind));
    }
    let delegate = step.delegate.is_some();
    (delegate && !rule.signers.contains(&Who::FilterDelegate))
        .then(|| format!("aucun délégataire ne signe un acte « {} »", act.kind))
}

fn receivers(rule: &Rule, act: &ActDeclaration, request: &RequestType) -> Vec<String> {
    let mut faults = Vec::new();
    let named = !rule.receivers.functions().is_empty();
    if named == act.holder.is_empty() {
        let words = if named { "désigne toujours" } else { "ne désigne jamais" };
        faults.push(format!("un acte « {} » {words} une personne du lycée (« holder »)", act.kind));
    }
    if (rule.receivers == Receivers::Provider) != act.provider.is_some() {
        faults.push(format!("« provider » ne va pas avec la règle d’un acte « {} »", act.kind));
    }
    if named && usize::try_from(act.holder_count).unwrap_or(usize::MAX) > rule.most_holders {
        faults.push(format!("un acte « {} » désigne {} personne(s) au plus", act.kind, rule.most_holders));
    }
    for field in act.holder.iter().filter_map(|id| request.field(id)) {
        if let Some(role) = field.who.iter().find(|role| !rule.receivers.functions().contains(role)) {
            faults.push(format!("« {role} » ne peut pas recevoir un acte « {} »", act.kind));
        }
    }
    faults
}

fn missing(need: Need, act: &ActDeclaration) -> Option<&'static str> {
    let (given, key) = match need {
        Need::Start => (act.starts.is_some(), "starts"),
        Need::End => (act.ends.is_some(), "ends"),
        Need::Url => (act.url.is_some(), "url"),
        Need::Direction => (act.direction.is_some(), "direction"),
        Need::Scope => (!act.scope.is_empty(), "scope"),
        Need::Study => (act.study.is_some(), "study"),
    };
    (!given).then_some(key)
}

fn motives(rule: &Rule, act: &ActDeclaration, request: &RequestType) -> Vec<String> {
    let field = act.motive.as_ref().and_then(|id| request.field(id));
    let lacks = |motive: &&&str| field.is_none_or(|field| field.option(motive).is_none());
    rule.motives
        .iter()
        .filter(lacks)
        .map(|motive| format!("un acte « {} » offre le motif « {motive} » (« motive »)", act.kind))
        .collect()
}
