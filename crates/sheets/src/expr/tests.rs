//! The language by example and by property.

use beffroi_kernel::Role;
use proptest::prelude::*;

use super::*;
use crate::answer::{Answer, Answers, Facts};

fn facts() -> Facts {
    Facts { requester_role: Role::Teacher, academy: "lille".into(), school_kind: "LGT".into(), o365: true }
}

fn answers() -> Answers {
    [
        ("origine", Answer::Choice("region".into())),
        ("postes", Answer::Number(12)),
        ("fin", Answer::Date("2026-06-30".parse().unwrap())),
        ("contrat", Answer::YesNo(false)),
        ("usages", Answer::Choices(vec!["cours".into()])),
        ("doute", Answer::Unknown),
    ]
    .into_iter()
    .map(|(id, answer)| (id.to_owned(), answer))
    .collect()
}

#[track_caller]
fn check(text: &str, expected: Truth) {
    let expr: Expr = text.parse().unwrap();
    assert_eq!(expr.decide(&answers(), &facts()), expected, "{text}");
}

#[test]
fn conditions_decide() {
    check(r#"origine == "region" and postes >= 12"#, Truth::True);
    check(r#"origine in ["lycee", "personnel"]"#, Truth::False);
    check(r#"fin < "2026-07-01" and not contrat"#, Truth::True);
    check(r#"usages has "cours" and requester.role == "teacher" and school.o365"#, Truth::True);
    check(r#"answered(doute) or answered(absent)"#, Truth::False);
}

#[test]
fn what_is_not_known_stays_undecided_unless_the_rest_decides() {
    check(r#"absent == "x""#, Truth::Undecided);
    check(r#"not (doute == "x")"#, Truth::Undecided);
    check(r#"absent == "x" or postes > 3"#, Truth::True);
    check(r#"absent == "x" and contrat"#, Truth::False);
    check(r#"not absent or contrat and doute"#, Truth::Undecided);
}

#[test]
fn faults_name_their_place() {
    let fault = |text: &str| text.parse::<Expr>().unwrap_err().to_string();
    assert_eq!(fault(""), "la condition est vide (caractère 1)");
    assert_eq!(fault(r#"a == "x"#), "le guillemet ouvert n’est pas fermé (caractère 6)");
    assert!(fault("requester.age > 3").starts_with("« requester.age » n’existe pas"));
    assert!(fault("a b").contains("mot de trop"));
    assert!(fault("a == and").contains("une valeur est attendue"));
    assert!(fault(&"(".repeat(500)).contains("trop imbriquée"));
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        prop_oneof!["origine", "postes", "fin", "contrat", "usages", "doute", "x_[a-z0-9_]{0,6}"]
            .prop_map(Name::Field),
        Just(Name::RequesterRole),
        Just(Name::SchoolAcademy),
        Just(Name::SchoolKind),
        Just(Name::SchoolO365),
    ]
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![any::<String>().prop_map(Literal::Text), any::<i64>().prop_map(Literal::Number)]
}

fn op() -> impl Strategy<Value = Op> {
    prop::sample::select(vec![Op::Equal, Op::Different, Op::Less, Op::AtMost, Op::More, Op::AtLeast])
}

fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        (name(), op(), literal()).prop_map(|(name, op, literal)| Expr::Compare(name, op, literal)),
        (name(), prop::collection::vec(literal(), 1..4)).prop_map(|(name, list)| Expr::In(name, list)),
        (name(), any::<String>()).prop_map(|(name, option)| Expr::Has(name, option)),
        "x_[a-z0-9_]{0,6}".prop_map(Expr::Answered),
        name().prop_map(Expr::Bare),
    ];
    leaf.prop_recursive(5, 32, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|e| Expr::Not(Box::new(e))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Expr::And(Box::new(a), Box::new(b))),
            (inner.clone(), inner).prop_map(|(a, b)| Expr::Or(Box::new(a), Box::new(b))),
        ]
    })
}

proptest! {
    #[test]
    fn printing_then_reading_gives_the_same_condition(expr in expr()) {
        let printed = expr.to_string();
        prop_assume!(printed.chars().count() <= 4000);
        prop_assert_eq!(printed.parse::<Expr>().unwrap(), expr);
    }

    #[test]
    fn deciding_never_panics(expr in expr()) {
        let _ = expr.decide(&answers(), &facts());
        let _ = expr.decide(&Answers::new(), &facts());
    }

    #[test]
    fn reading_never_panics(text in any::<String>()) {
        let _ = text.parse::<Expr>();
    }
}
