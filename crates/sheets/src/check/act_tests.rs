//! Each fault of people and acts, found with its line, by spoiling a sound sheet.

use chrono::NaiveDate;

use super::check_catalogue;
use crate::{
    Answer, Direction, PersonRef, Role, SignOrder,
    sample::{ROUTING, SHEET, answers, choice},
};

const ACT: &str = r#"  kind = "web-exemption"
  text = "Le site est ouvert"
  until = "fin"

  [request.act]
  kind = "web-exemption"
  holder = "responsable"
  starts = "debut"
  ends = "fin"
  url = "site"
  direction = "sens"
  scope = ["nombre", "liste"]
  motive = "sens"
  study = "etude"
  opened_by_region = false
  review = ["head-changed", "anniversary"]
  order = "free"

    [request.act.acknowledgement]
    id = "risque"
    version = "2"
    text = "Je sais le risque."
"#;

const FIELDS: &str = r#"  [[request.field]]
  id = "responsable"
  label = "Qui ?"
  type = "person"
  who = ["teacher", "ict-coordinator"]

  [[request.field]]
  id = "debut"
  label = "Quand ?"
  type = "date"

  [[request.field]]
  id = "site"
  label = "Quel site ?"
  type = "url"

  [[request.field]]
  id = "sens"
  label = "Dans quel sens ?"
  type = "choice"
  options = [{ id = "autoriser", label = "Ouvrir" }, { id = "interdire", label = "Fermer" }]

  [[request.field]]
  id = "etude"
  label = "L’étude ?"
  type = "choice"
  options = [{ id = "favorable", label = "Favorable" }, { id = "non", label = "Non" }]

  [[request.approval]]
  by = ["head", "ict-coordinator", "teacher"]
  delegate = "filter-delegation"
  signers = "responsable"
  title = "Signature"
  sign = true
  text = "Je signe."

  [[request.refusal]]"#;

/// The sample, whose request makes an act.
fn sheet() -> String {
    let text = SHEET.replacen("  [[request.refusal]]", FIELDS, 1);
    let text = text.replacen(
        "  label = \"Jusqu’à quand ?\"\n  type = \"date\"\n  required = false",
        "  label = \"Jusqu’à quand ?\"\n  type = \"date\"",
        1,
    );
    text.replacen("  kind = \"information\"\n  text = \"Le vélo roule\"\n  until = \"fin\"\n", ACT, 1)
}

fn faults(text: &str) -> Vec<(usize, String)> {
    let files = [("velos.md", text), ("routing.toml", ROUTING)];
    let (_, findings) = check_catalogue(&files.map(|(name, text)| (name.to_owned(), text.to_owned())));
    findings.into_iter().map(|finding| (finding.line, finding.message)).collect()
}

/// Replaces one passage and expects this fault, where `at` is now written.
#[track_caller]
fn check(sound: &str, spoiled: &str, at: &str, expected: &str) {
    let sheet = sheet();
    assert!(sheet.contains(sound), "the sheet lacks {sound}");
    let text = sheet.replacen(sound, spoiled, 1);
    let line = 1 + text[..text.find(at).unwrap()].matches('\n').count();
    let found = faults(&text);
    let hit = found.iter().any(|(where_, message)| *where_ == line && message.contains(expected));
    assert!(hit, "expected line {line}: {expected}\nfound: {found:#?}");
}

#[test]
fn a_sheet_with_an_act_is_sound() {
    assert_eq!(faults(&sheet()), []);
}

#[test]
fn people_are_staff_of_the_school() {
    let who = "who = [\"teacher\", \"ict-coordinator\"]";
    check(who, "", "[[request.field]]\n  id = \"responsable\"", "ne dit pas qui l’on peut choisir");
    for role in ["pupil", "technician", "provider-agent"] {
        check(
            who,
            &format!("who = [\"teacher\", \"{role}\"]"),
            "who = [\"teacher\", \"",
            "qu’un personnel de l’établissement",
        );
    }
    check(who, &format!("{who}\n  max = 400"), "max = 400", "de 1 à 50 personnes");
    check(
        "type = \"url\"",
        "type = \"url\"\n  who = [\"teacher\"] # x",
        "who = [\"teacher\"] # x",
        "question « person »",
    );
}

#[test]
fn an_effect_that_an_act_confers_needs_its_act() {
    let start = ACT.find("\n  [request.act]").unwrap();
    check(&ACT[start..], "", "kind = \"web-exemption\"", "ajoutez [request.act]");
    let other = ACT[start..].replacen("web-exemption", "tool-rights", 1);
    check(&ACT[start..], &other, "kind = \"tool-rights\"", "ne confèrent pas le même droit");
    check(
        "kind = \"web-exemption\"\n  holder",
        "kind = \"magie\"\n  holder",
        "kind = \"magie\"",
        "n’est pas une valeur",
    );
}

#[test]
fn a_sheet_may_want_its_act_signed_with_a_key() {
    let wants = |text: &str| {
        let request = crate::parse_sheet("velos.md", text).unwrap().requests.remove(0);
        request.act.unwrap().passkey
    };
    assert!(!wants(&sheet()), "a password will do unless the sheet says otherwise");
    let keyed = sheet().replacen("study = \"etude\"", "study = \"etude\"\n  passkey = true", 1);
    assert_eq!(faults(&keyed), []);
    assert!(wants(&keyed));
    check(
        "study = \"etude\"",
        "study = \"etude\"\n  passkey = \"oui\"",
        "passkey = \"oui\"",
        "true ou false",
    );
}

#[test]
fn an_act_is_always_signed() {
    for spoiled in ["sign = true\n  example = true", "sign = true\n  when = 'contrat'", "sign = false"] {
        check(
            "sign = true\n  text = \"Je signe.\"",
            &format!("{spoiled}\n  text = \"x\""),
            "[request.act]",
            "rien ne signe cet acte",
        );
    }
}

#[test]
fn only_the_delegate_of_the_filter_signs_besides() {
    let delegate = "delegate = \"filter-delegation\"";
    check(delegate, "delegate = \"admin-rights\"", "delegate =", "ne donne pas le pouvoir de signer");
    check(delegate, "delegate = \"moi\"", "delegate =", "n’est pas une valeur");
    check(
        "kind = \"web-exemption\"\n  holder",
        "kind = \"tool-rights\"\n  holder",
        delegate,
        "ne signe que des dérogations",
    );
    check("signers = \"responsable\"", "signers = \"personne\"", "signers =", "n’existe pas");
    check("signers = \"responsable\"", "signers = \"site\"", "signers =", "de type « person »");
    check(
        "by = [\"head\", \"ict-coordinator\", \"teacher\"]",
        "by = [\"head\", \"teacher\"]",
        "signers =",
        "n’autorise pas à signer",
    );
}

#[test]
fn terms_are_questions_that_everybody_answers() {
    check("holder = \"responsable\"", "holder = \"site\"", "holder =", "de type « person »");
    check(
        "holder = \"responsable\"",
        "holder = [\"responsabl\"]",
        "holder =",
        "vouliez-vous dire « responsable »",
    );
    let who = "who = [\"teacher\", \"ict-coordinator\"]";
    check(who, &format!("{who}\n  max = 3"), "holder =", "peut désigner 3 personnes, l’acte en admet 1");
    check(who, &format!("{who}\n  required = false"), "holder =", "rendez-la obligatoire");
    check("starts = \"debut\"", "starts = \"site\"", "starts =", "de type « date »");
    check("ends = \"fin\"", "ends = \"debut\"", "ends =", "ne finissent pas le même jour");
    check("url = \"site\"", "url = \"sens\"", "url =", "de type « url »");
    check("id = \"interdire\"", "id = \"fermer\"", "direction =", "l’option « interdire »");
    check("id = \"favorable\"", "id = \"bonne\"", "study =", "l’option « favorable »");
    check("scope = [\"nombre\"", "scope = [\"nombres\"", "scope =", "n’existe pas");
    check("\"anniversary\"]", "\"noel\"]", "review =", "n’est pas une valeur");
    check("order = \"free\"", "order = \"vite\"", "order = \"vite", "n’est pas une valeur");
    check("version = \"2\"", "", "[request.act.acknowledgement]", "« version » manque");
    check("id = \"risque\"", "id = \"Le risque\"", "id = \"Le risque\"", "« le-risque »");
}

#[test]
fn terms_are_found_among_the_answers() {
    let request = crate::parse_sheet("velos.md", &sheet()).unwrap().requests.remove(0);
    assert_eq!(request.act.as_ref().map(|act| act.order), Some(SignOrder::Free));
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let holder = PersonRef::anyone(Role::Teacher);
    let given = answers(&[
        ("responsable", Answer::People(vec![holder.clone()])),
        ("debut", Answer::Date(day("2026-10-05"))),
        ("fin", Answer::Date(day("2026-12-18"))),
        ("site", Answer::Text("https://www.exemple.fr".into())),
        ("sens", choice("interdire")),
        ("etude", choice("favorable")),
        ("nombre", Answer::Number(3)),
    ]);
    let terms = request.act_terms(&given).unwrap();
    assert_eq!(terms.holders, [holder]);
    assert_eq!((terms.starts, terms.ends), (Some(day("2026-10-05")), Some(day("2026-12-18"))));
    assert_eq!(terms.url.as_deref(), Some("https://www.exemple.fr"));
    assert_eq!((terms.direction, terms.study_favourable), (Some(Direction::Deny), Some(true)));
    assert_eq!(terms.scope.len(), 1, "a question without answer reaches nothing: {:?}", terms.scope);

    assert_eq!(terms.one_each(), std::slice::from_ref(&terms));
    let two = crate::ActTerms {
        holders: vec![PersonRef::anyone(Role::Teacher), PersonRef::anyone(Role::Head)],
        ..terms.clone()
    };
    let each: Vec<Role> = two.one_each().iter().map(|one| one.holders[0].role).collect();
    assert_eq!(each, [Role::Teacher, Role::Head]);
    let stored = serde_json::to_string(&terms).unwrap();
    assert_eq!(serde_json::from_str::<crate::ActTerms>(&stored).unwrap(), terms);
    let none = request.act_terms(&answers(&[])).unwrap();
    assert_eq!((none.holders.len(), none.direction, none.study_favourable), (0, None, Some(false)));
}
