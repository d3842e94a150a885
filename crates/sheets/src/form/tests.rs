//! Each type of question, read as people type.

use beffroi_kernel::{PersonId, Role};

use super::UNKNOWN;
use crate::{
    Answer, Answers, Choice, Column, Field, FieldKind, FileRef, PersonRef,
    sample::{answers, choice, request, teacher},
};

fn field(kind: FieldKind) -> Field {
    let option = |id: &str, label: &str| Choice { id: id.into(), label: label.into(), hint: String::new() };
    Field {
        id: "q".into(),
        label: "Question".into(),
        hint: String::new(),
        kind,
        before: false,
        required: true,
        unknown: false,
        when: None,
        options: vec![option("a", "Premier"), option("b", "Second")],
        columns: ["nom", "version"].map(|id| Column { id: id.into(), label: id.to_uppercase() }).to_vec(),
        who: vec![Role::Teacher],
        min: None,
        max: None,
    }
}

fn raw(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What the page would show: the answer in words, or the message beside the question.
#[track_caller]
fn check(field: &Field, pairs: &[(&str, &str)], expected: &str) {
    let shown = match field.read(&raw(pairs)) {
        Ok(answer) => field.show(&answer).join(" | "),
        Err(error) => error.message,
    };
    assert_eq!(shown, expected, "{pairs:?}");
}

#[test]
fn texts_lose_their_stray_spaces() {
    check(&field(FieldKind::Text), &[("q", " \u{a0}salle  12\t ")], "salle 12");
    check(&field(FieldKind::LongText), &[("q", "\r\nun \r\ndeux\r\n")], "un | deux");
    check(&field(FieldKind::Text), &[("q", "   ")], "Écrivez une réponse à cette question");
    check(&field(FieldKind::Text), &[], "Écrivez une réponse à cette question");
    let short = Field { max: Some(3), ..field(FieldKind::Text) };
    check(&short, &[("q", "été")], "été");
    check(
        &short,
        &[("q", "hiver")],
        "Raccourcissez votre réponse : elle compte 5 caractères, 3 au plus sont possibles",
    );
}

#[test]
fn dates_are_read_as_written() {
    let date = field(FieldKind::Date);
    check(&date, &[("q", "2026-01-31")], "31 janvier 2026");
    check(&date, &[("q", " 1/2/2026 ")], "1er février 2026");
    check(&date, &[("q.day", "28"), ("q.month", " 2"), ("q.year", "2026")], "28 février 2026");
    check(&date, &[("q", "31/02/2026")], "Vérifiez la date : le 31/02/2026 n’existe pas dans le calendrier");
    check(&date, &[("q", "1/2/26")], "Écrivez l’année avec ses quatre chiffres, par exemple 2026");
    let format = "Écrivez la date avec le jour, le mois et l’année, par exemple 31/01/2026";
    check(&date, &[("q", "demain")], format);
    check(&date, &[("q.day", "28"), ("q.month", ""), ("q.year", "2026")], format);
    check(&date, &[], "Indiquez une date, par exemple 31/01/2026");
}

#[test]
fn numbers_keep_their_bounds() {
    let number = Field { min: Some(1), max: Some(5000), ..field(FieldKind::Number) };
    check(&number, &[("q", "1\u{202f}200 ")], "1\u{202f}200");
    check(&number, &[("q", "0")], "Écrivez un nombre entre 1 et 5000");
    check(&number, &[("q", "douze")], "Écrivez un nombre entier en chiffres, par exemple 12");
    check(&number, &[("q", "99999999999999999999")], "Écrivez un nombre entier en chiffres, par exemple 12");
    check(&number, &[("q", "")], "Écrivez un nombre, par exemple 12");
}

#[test]
fn addresses_are_complete() {
    let url = field(FieldKind::Url);
    check(&url, &[("q", " https://www.exemple.fr/a?b=c ")], "https://www.exemple.fr/a?b=c");
    check(&url, &[("q", "exemple.fr")], "https://exemple.fr");
    let site = "Écrivez l’adresse complète du site, par exemple https://www.exemple.fr";
    for bad in ["javascript:alert(1)", "ftp://exemple.fr", "https://", "exemple", "https://a@exemple.fr"] {
        check(&url, &[("q", bad)], site);
    }
    check(&url, &[("q", "deux mots.fr")], &format!("{site}, sans espace"));
    let email = field(FieldKind::Email);
    check(&email, &[("q", " a.b@exemple.fr ")], "a.b@exemple.fr");
    check(
        &email,
        &[("q", "a.b@exemple")],
        "Écrivez une adresse électronique complète, par exemple prenom.nom@exemple.fr",
    );
}

#[test]
fn choices_are_those_of_the_sheet() {
    check(&field(FieldKind::Choice), &[("q", "b")], "Second");
    check(&field(FieldKind::Choice), &[("q", "z")], "Choisissez parmi les réponses proposées");
    check(&field(FieldKind::Choice), &[("q", UNKNOWN)], "Choisissez parmi les réponses proposées");
    check(&Field { unknown: true, ..field(FieldKind::Choice) }, &[("q", UNKNOWN)], "Je ne sais pas");
    let unsure = |kind| Field { unknown: true, ..field(kind) };
    check(&unsure(FieldKind::Choice), &[], "Choisissez une réponse, ou « Je ne sais pas »");
    check(&unsure(FieldKind::Date), &[], "Indiquez une date, par exemple 31/01/2026");
    check(&Field { required: false, ..field(FieldKind::Choice) }, &[], "Sans réponse");
    check(&field(FieldKind::Choices), &[("q", "a"), ("q", "b"), ("q", "a")], "Premier | Second");
    check(&field(FieldKind::Choices), &[], "Cochez au moins une réponse");
    check(&field(FieldKind::YesNo), &[("q", "yes")], "Oui");
    check(&field(FieldKind::YesNo), &[("q", "non")], "Non");
    check(&field(FieldKind::YesNo), &[("q", "?")], "Répondez par oui ou par non");
}

#[test]
fn rows_follow_their_order_and_empty_ones_are_forgotten() {
    let rows = Field { max: Some(2), ..field(FieldKind::Rows) };
    let sent = [
        ("q.nom", "Atlas"),
        ("q.nom", " "),
        ("q.nom", "Boussole"),
        ("q.version", "1"),
        ("q.version", ""),
        ("q.version", ""),
    ];
    check(&rows, &sent, "NOM : Atlas ; VERSION : 1 | NOM : Boussole");
    check(&rows, &[("q.nom", " ")], "Remplissez au moins une ligne");
    let three = [("q.nom", "a"), ("q.nom", "b"), ("q.nom", "c")];
    check(&rows, &three, "Gardez 2 lignes au plus : il y en a 3");
}

#[test]
fn files_are_named_with_their_size() {
    let sent = [("q.id", "f1"), ("q.name", "photo.jpg"), ("q.size", "1530000")];
    check(&field(FieldKind::File), &sent, "photo.jpg (1,5\u{a0}Mo)");
    check(
        &field(FieldKind::File),
        &[("q.id", "f1")],
        "Joignez de nouveau vos fichiers : l’envoi est incomplet",
    );
    check(&field(FieldKind::File), &[], "Joignez un fichier");
    let files = Answer::Files(vec![FileRef { id: "f".into(), name: "n".into(), size: 12 }]);
    assert_eq!(field(FieldKind::File).show(&files), ["n (12\u{a0}octets)"]);
}

#[test]
fn a_draft_is_sent_only_when_every_question_is_answered() {
    let request = request();
    let errors = request.check(&Answers::new(), &teacher()).unwrap_err();
    let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["origine", "contrat", "nombre"]);
    assert_eq!(errors[0].message, "Choisissez une réponse, ou « Je ne sais pas »");

    let draft = answers(&[
        ("origine", choice("personnel")),
        ("panne", choice("roue")),
        ("contrat", Answer::Unknown),
        ("nombre", Answer::Number(3)),
    ]);
    let kept = request.check(&draft, &teacher()).unwrap();
    assert!(!kept.contains_key("panne"), "an unasked question keeps no answer");
}

#[test]
fn an_answer_to_another_version_of_the_question_is_asked_again() {
    let error = field(FieldKind::Date).check(Some(&Answer::Number(3))).unwrap_err();
    assert!(error.message.starts_with("Cette question a changé"));
}

fn someone(number: u128, name: &str, role: Role) -> PersonRef {
    PersonRef { id: PersonId(uuid::Uuid::from_u128(number)), name: name.to_owned(), role }
}

/// What the page would show, for a question that knows two teachers.
#[track_caller]
fn check_people(field: &Field, chosen: &[&str], expected: &str) {
    let known = [someone(1, "Ada Lens", Role::Teacher), someone(2, "Jean Bouvines", Role::Teacher)];
    let pairs: Vec<(&str, &str)> = chosen.iter().map(|id| ("q", *id)).collect();
    let shown = match field.read_people(&raw(&pairs), &known) {
        Ok(answer) => field.show(&answer).join(" | "),
        Err(error) => error.message,
    };
    assert_eq!(shown, expected, "{chosen:?}");
}

const ADA: &str = "00000000-0000-0000-0000-000000000001";
const JEAN: &str = "00000000-0000-0000-0000-000000000002";

#[test]
fn people_are_chosen_never_typed() {
    let one = field(FieldKind::Person);
    let not_listed = "Choisissez une personne de la liste : elle seule dit qui est au lycée aujourd’hui";
    check_people(&one, &[ADA], "Ada Lens (Enseignant)");
    check_people(&one, &[ADA, ADA], "Ada Lens (Enseignant)");
    for typed in ["Ada Lens", "00000000-0000-0000-0000-000000000003", "00000000-0000-0000-0000-000000000000"]
    {
        check_people(&one, &[typed], not_listed);
        check(&one, &[("q", typed)], "Choisissez une personne dans la liste");
    }
    check_people(&one, &[], "Choisissez une personne dans la liste");
    check_people(&one, &[""], "Choisissez une personne dans la liste");
    check_people(&one, &[ADA, JEAN], "Choisissez une seule personne");
    let optional = Field { required: false, ..one };
    check_people(&optional, &[], "Sans réponse");
}

#[test]
fn several_people_keep_their_bounds() {
    let several = Field { min: Some(2), max: Some(3), ..field(FieldKind::Person) };
    check_people(&several, &[JEAN, ADA], "Jean Bouvines (Enseignant) | Ada Lens (Enseignant)");
    check_people(&several, &[ADA], "Il faut au moins 2 personnes");
    check_people(&several, &[], "Choisissez au moins une personne dans la liste");
}

#[test]
fn a_person_of_another_function_is_refused_whatever_the_way_in() {
    let field = field(FieldKind::Person);
    for role in Role::ALL {
        let outcome = field.check(Some(&Answer::People(vec![someone(1, "Ada Lens", *role)])));
        assert_eq!(outcome.is_ok(), *role == Role::Teacher, "{role}");
    }
}
