//! What the sample request asks, refuses, has approved and has done.

use std::collections::BTreeMap;

use super::*;
use crate::sample::{answers, choice, request, teacher};

fn ids(fields: Vec<&Field>) -> Vec<&str> {
    fields.into_iter().map(|field| field.id.as_str()).collect()
}

#[test]
fn questions_of_scope_come_first_and_conditions_open_the_others() {
    let request = request();
    let nothing = Answers::new();
    assert_eq!(ids(request.asked(&nothing, &teacher())), ["origine", "contrat", "nombre", "fin", "liste"]);

    let open =
        answers(&[("origine", choice("lycee")), ("panne", choice("roue")), ("contrat", Answer::YesNo(true))]);
    let asked = ids(request.asked(&open, &teacher()));
    assert_eq!(asked, ["origine", "panne", "contrat", "details", "nombre", "fin", "liste"]);
    assert_eq!(request.next_unanswered(&open, &teacher()).unwrap().id, "details");
}

#[test]
fn an_answer_left_over_from_another_path_decides_nothing() {
    let request = request();
    let stale = answers(&[("origine", choice("personnel")), ("panne", choice("roue"))]);
    assert!(request.tasks(&stale, &teacher()).iter().all(|task| task.title != "Réparer"));
    assert!(!request.effective(&stale, &teacher()).contains_key("panne"));
}

#[test]
fn a_refusal_needs_its_condition_to_be_true() {
    let request = request();
    let refused =
        |answer| request.refusal(&answers(&[("origine", answer)]), &teacher()).map(|r| r.excludes.clone());
    assert_eq!(refused(choice("personnel")).as_deref(), Some("velo-personnel"));
    assert_eq!(refused(choice("lycee")), None);
    assert_eq!(refused(Answer::Unknown), None);
    assert!(request.refusal(&Answers::new(), &teacher()).is_none());
}

#[test]
fn approvals_follow_the_answers_the_role_and_the_school() {
    let request = request();
    let titles = |contract: Answer, facts: &Facts, examples| -> Vec<String> {
        let answers = answers(&[("contrat", contract)]);
        request.approvals(&answers, facts, examples).iter().map(|step| step.title.clone()).collect()
    };
    let (head_step, example) = ("Accord du chef d’établissement", "Avis du secrétaire général");
    let head = Facts { requester_role: Role::Head, ..teacher() };
    assert_eq!(titles(Answer::YesNo(true), &teacher(), true), [head_step, example]);
    assert_eq!(titles(Answer::YesNo(true), &teacher(), false), [head_step]);
    assert_eq!(titles(Answer::YesNo(true), &head, true), [example]);
    assert_eq!(titles(Answer::YesNo(false), &teacher(), true), [example]);
    // Not knowing does not avoid the signature.
    assert_eq!(titles(Answer::Unknown, &teacher(), false), [head_step]);
}

#[test]
fn checklists_repeat_for_each_row_or_unit() {
    let request = request();
    let row = |number: &str, place: &str| {
        BTreeMap::from([("numero".to_owned(), number.to_owned()), ("lieu".to_owned(), place.to_owned())])
    };
    let many = answers(&[
        ("origine", choice("lycee")),
        ("panne", choice("roue")),
        ("nombre", Answer::Number(2)),
        ("liste", Answer::Rows(vec![row("12", "cour"), row("7", "")])),
    ]);
    let tasks = request.tasks(&many, &teacher());
    assert_eq!(
        tasks[0].checklist,
        ["Gonfler — 12, cour", "Essayer — 12, cour", "Gonfler — 7", "Essayer — 7"]
    );
    assert_eq!(tasks[1].checklist, ["Un cadenas — 1 sur 2", "Un cadenas — 2 sur 2"]);
    assert_eq!(tasks[1].waits, Some(Waiting::School));

    let crowd = request.tasks(&answers(&[("nombre", Answer::Number(300))]), &teacher());
    assert_eq!(crowd[0].checklist, ["Un cadenas (pour chacune des 300 unités)"]);
}

#[test]
fn a_sheet_travels_between_threads() {
    fn travels<T: Send + Sync + Clone + std::fmt::Debug>() {}
    travels::<crate::Sheet>();
}
