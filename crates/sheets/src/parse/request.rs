//! One `[[request]]`: who asks, what is asked, refusals, approvals, tasks, effect.

use beffroi_calendar::Delay;

use super::reader::{Node, Source};
use crate::{
    expr::Expr,
    model::{
        Acknowledgement, ActDeclaration, ApprovalStep, Choice, Column, EffectDeclaration, Field, Refusal,
        RequestType, TaskTemplate,
    },
    words::{Origin, RefusalKind, SignOrder},
};

pub(super) fn request(mut node: Node<'_>, source: &mut Source<'_>) -> RequestType {
    let request = RequestType {
        id: node.text("id", source),
        title: node.text("title", source),
        description: node.text("description", source),
        nature: node.word("nature", source),
        theme: node.text("theme", source),
        who: node.parsed("who", source),
        first_answer: delay(&mut node, "first_answer", source),
        solution: delay(&mut node, "solution", source),
        delay_origin: node.maybe_word("delay_origin", source).unwrap_or(Origin::Local),
        provider_first: node.flag("provider_first", false, source),
        next: node.texts("next", source),
        fields: node.tables("field", source).into_iter().map(|node| field(node, source)).collect(),
        refusals: node
            .tables("refusal", source)
            .into_iter()
            .filter_map(|node| refusal(node, source))
            .collect(),
        approvals: node.tables("approval", source).into_iter().map(|node| approval(node, source)).collect(),
        tasks: node.tables("task", source).into_iter().map(|node| task(node, source)).collect(),
        effect: node.table("effect", source).map(|node| effect(node, source)),
        act: node.table("act", source).map(|node| act(node, source)),
    };
    node.finish(source);
    request
}

fn delay(node: &mut Node<'_>, key: &'static str, source: &mut Source<'_>) -> Delay {
    const STAND_IN: Delay = Delay::WorkingDays(0);
    let faults = source.findings.len();
    let Some(mut table) = node.table(key, source) else {
        if source.findings.len() == faults {
            node.fault(key, source, format!("« {key} » manque, par exemple {{ working_days = 5 }}"));
        }
        return STAND_IN;
    };
    let written = table.keys().len();
    let hours = table.count("office_hours", source).map(Delay::OfficeHours);
    let days = table.count("working_days", source).map(Delay::WorkingDays);
    let day_hours = table.count("working_day_hours", source).map(Delay::WorkingDayHours);
    table.finish(source);
    let delay = hours.or(days).or(day_hours);
    if source.findings.len() == faults && (written != 1 || delay.is_none()) {
        let message =
            format!("« {key} » attend une seule durée : office_hours, working_days ou working_day_hours");
        node.fault(key, source, message);
    }
    delay.unwrap_or(STAND_IN)
}

fn field(mut node: Node<'_>, source: &mut Source<'_>) -> Field {
    let field = Field {
        id: node.text("id", source),
        label: node.text("label", source),
        hint: node.maybe_text("hint", source).unwrap_or_default(),
        kind: node.word("type", source),
        before: node.flag("before", false, source),
        required: node.flag("required", true, source),
        unknown: node.flag("unknown", false, source),
        when: node.maybe_expr("when", source),
        options: node.tables("options", source).into_iter().map(|node| option(node, source)).collect(),
        columns: node.tables("columns", source).into_iter().map(|node| column(node, source)).collect(),
        who: node.parsed("who", source),
        min: node.integer("min", source),
        max: node.integer("max", source),
    };
    node.finish(source);
    field
}

fn option(mut node: Node<'_>, source: &mut Source<'_>) -> Choice {
    let option = Choice {
        id: node.text("id", source),
        label: node.text("label", source),
        hint: node.maybe_text("hint", source).unwrap_or_default(),
    };
    node.finish(source);
    option
}

fn column(mut node: Node<'_>, source: &mut Source<'_>) -> Column {
    let column = Column { id: node.text("id", source), label: node.text("label", source) };
    node.finish(source);
    column
}

/// A refusal without a readable condition is a fault, never a refusal.
fn refusal(mut node: Node<'_>, source: &mut Source<'_>) -> Option<Refusal> {
    let faults = source.findings.len();
    let when: Option<Expr> = node.maybe_expr("when", source);
    if when.is_none() && source.findings.len() == faults {
        node.fault("when", source, "« when » manque : un refus dit quand il s’applique");
    }
    let excludes = node.text("excludes", source);
    let kind = node.maybe_word("kind", source).unwrap_or(RefusalKind::OutOfScope);
    node.finish(source);
    Some(Refusal { when: when?, excludes, kind })
}

fn approval(mut node: Node<'_>, source: &mut Source<'_>) -> ApprovalStep {
    let step = ApprovalStep {
        by: node.parsed("by", source),
        title: node.text("title", source),
        when: node.maybe_expr("when", source),
        example: node.flag("example", false, source),
        sign: node.flag("sign", false, source),
        text: node.maybe_text("text", source),
        delegate: node.maybe_word("delegate", source),
        signers: node.maybe_text("signers", source),
    };
    node.finish(source);
    step
}

fn task(mut node: Node<'_>, source: &mut Source<'_>) -> TaskTemplate {
    let task = TaskTemplate {
        title: node.text("title", source),
        checklist: node.texts("checklist", source),
        per: node.maybe_text("per", source),
        waits: node.maybe_word("waits", source),
        when: node.maybe_expr("when", source),
    };
    node.finish(source);
    task
}

fn effect(mut node: Node<'_>, source: &mut Source<'_>) -> EffectDeclaration {
    let effect = EffectDeclaration {
        kind: node.text("kind", source),
        text: node.text("text", source),
        until: node.maybe_text("until", source),
        valid_for: node.maybe_term("valid_for", source),
    };
    node.finish(source);
    effect
}

fn act(mut node: Node<'_>, source: &mut Source<'_>) -> ActDeclaration {
    let act = ActDeclaration {
        kind: node.word("kind", source),
        holder: node.text_or_texts("holder", source),
        holder_count: node.count("holder_count", source).unwrap_or(1),
        provider: node.maybe_text("provider", source),
        starts: node.maybe_text("starts", source),
        ends: node.maybe_text("ends", source),
        url: node.maybe_text("url", source),
        direction: node.maybe_text("direction", source),
        scope: node.text_or_texts("scope", source),
        motive: node.maybe_text("motive", source),
        study: node.maybe_text("study", source),
        acknowledgement: node.table("acknowledgement", source).map(|node| acknowledgement(node, source)),
        passkey: node.flag("passkey", false, source),
        opened_by_region: node.flag("opened_by_region", true, source),
        review: node.words("review", source),
        order: node.maybe_word("order", source).unwrap_or(SignOrder::Strict),
    };
    node.finish(source);
    act
}

fn acknowledgement(mut node: Node<'_>, source: &mut Source<'_>) -> Acknowledgement {
    let acknowledgement = Acknowledgement {
        id: node.text("id", source),
        version: node.text("version", source),
        text: node.text("text", source),
    };
    node.finish(source);
    acknowledgement
}
