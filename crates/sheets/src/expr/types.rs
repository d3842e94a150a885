//! Checks a condition against the types of the questions it reads. (LIRE-01)

use std::str::FromStr;

use beffroi_kernel::Role;
use chrono::NaiveDate;

use super::{Expr, Literal, Name, Op};
use crate::{
    model::{Field, RequestType},
    text::did_you_mean,
    words::FieldKind,
};

/// The academies of the Region.
const ACADEMIES: &[&str] = &["lille", "amiens"];

/// Every fault of the condition, in French.
pub(crate) fn faults(expr: &Expr, request: &RequestType) -> Vec<String> {
    let mut found = Vec::new();
    expr.visit(&mut |leaf| match leaf {
        Expr::Compare(name, op, literal) => {
            found.extend(operand(name, request, Usage::Compare(*op), std::slice::from_ref(literal)));
        }
        Expr::In(name, literals) => found.extend(operand(name, request, Usage::Compare(Op::Equal), literals)),
        Expr::Has(name, option) => {
            found.extend(operand(name, request, Usage::Has, &[Literal::Text(option.clone())]));
        }
        Expr::Bare(name) => found.extend(operand(name, request, Usage::Bare, &[])),
        Expr::Answered(id) => found.extend(known(id, request).err()),
        Expr::Not(_) | Expr::And(..) | Expr::Or(..) => {}
    });
    found
}

#[derive(Clone, Copy, PartialEq)]
enum Usage {
    Compare(Op),
    Has,
    Bare,
}

fn known<'a>(id: &str, request: &'a RequestType) -> Result<&'a Field, String> {
    request.field(id).ok_or_else(|| {
        let near = did_you_mean(id, request.fields.iter().map(|field| field.id.as_str()));
        format!("la condition lit la question « {id} », qui n’existe pas dans cette demande{near}")
    })
}

fn operand(name: &Name, request: &RequestType, usage: Usage, literals: &[Literal]) -> Vec<String> {
    match name {
        Name::Field(id) => match known(id, request) {
            Ok(field) => against_field(field, usage, literals),
            Err(fault) => vec![fault],
        },
        Name::RequesterRole => against_words(
            "requester.role",
            usage,
            literals,
            |text| Role::from_str(text).is_ok(),
            "une fonction connue",
        ),
        Name::SchoolAcademy => against_words(
            "school.academy",
            usage,
            literals,
            |text| ACADEMIES.contains(&text),
            "une académie connue (lille, amiens)",
        ),
        Name::SchoolKind => against_words("school.kind", usage, literals, |_| true, ""),
        Name::SchoolO365 if usage == Usage::Bare => Vec::new(),
        Name::SchoolO365 => vec!["« school.o365 » s’emploie seul, sans comparaison".to_owned()],
    }
}

fn against_words(
    name: &str,
    usage: Usage,
    literals: &[Literal],
    is_known: impl Fn(&str) -> bool,
    expected: &str,
) -> Vec<String> {
    if !matches!(usage, Usage::Compare(Op::Equal | Op::Different)) {
        return vec![format!("« {name} » se compare avec ==, != ou in")];
    }
    literals
        .iter()
        .filter_map(|literal| match literal {
            Literal::Text(text) if is_known(text) => None,
            Literal::Text(text) => Some(format!("« {text} » n’est pas {expected} ({name})")),
            Literal::Number(_) => Some(format!("« {name} » se compare à un texte, pas à un nombre")),
        })
        .collect()
}

fn against_field(field: &Field, usage: Usage, literals: &[Literal]) -> Vec<String> {
    if !usage_fits(field.kind, usage) {
        return vec![format!(
            "la question « {} » est de type {} : {}",
            field.id,
            field.kind.label(),
            how_to_use(field.kind)
        )];
    }
    literals.iter().filter_map(|literal| literal_fault(field, literal)).collect()
}

fn usage_fits(kind: FieldKind, usage: Usage) -> bool {
    let equality = matches!(usage, Usage::Compare(Op::Equal | Op::Different));
    match kind {
        FieldKind::Choice | FieldKind::Text | FieldKind::LongText | FieldKind::Url | FieldKind::Email => {
            equality
        }
        FieldKind::Choices => usage == Usage::Has,
        FieldKind::YesNo => usage == Usage::Bare,
        FieldKind::Number | FieldKind::Date => matches!(usage, Usage::Compare(_)),
        FieldKind::File | FieldKind::Rows | FieldKind::Person => false,
    }
}

fn how_to_use(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Choice | FieldKind::Text | FieldKind::LongText | FieldKind::Url | FieldKind::Email => {
            "elle se compare avec ==, != ou in"
        }
        FieldKind::Choices => "elle s’emploie avec has, par exemple : usages has \"cours\"",
        FieldKind::YesNo => "elle s’emploie seule, sans comparaison",
        FieldKind::Number | FieldKind::Date => "elle se compare avec ==, !=, <, <=, > ou >=",
        FieldKind::File | FieldKind::Rows | FieldKind::Person => "on peut seulement écrire answered(…)",
    }
}

fn literal_fault(field: &Field, literal: &Literal) -> Option<String> {
    let id = &field.id;
    match (field.kind, literal) {
        (FieldKind::Choice | FieldKind::Choices, Literal::Text(option)) if field.option(option).is_none() => {
            let near = did_you_mean(option, field.options.iter().map(|option| option.id.as_str()));
            Some(format!("« {option} » n’est pas une option de la question « {id} »{near}"))
        }
        (FieldKind::Number, Literal::Number(_)) => None,
        (FieldKind::Number, Literal::Text(_)) => Some(format!("la question « {id} » se compare à un nombre")),
        (FieldKind::Date, Literal::Text(day)) if day.parse::<NaiveDate>().is_ok() => None,
        (FieldKind::Date, _) => {
            Some(format!("la question « {id} » se compare à une date écrite \"2026-01-31\""))
        }
        (_, Literal::Number(_)) => {
            Some(format!("la question « {id} » se compare à un texte entre guillemets"))
        }
        _ => None,
    }
}
