//! One team, always, and the reason. (CSU-08, CSU-10)

use super::*;

const MATRIX: &str = r#"
[[theme]]
id = "impression"
label = "Impression"
[[theme]]
id = "reseau"
label = "Réseau"
[[rule]]
theme = "reseau"
to = "mobile-team"
[[rule]]
theme = "reseau"
academy = "amiens"
to = "team:reseau-amiens"
[[rule]]
theme = "reseau"
territory = "oise"
to = "team:reseau-oise"
[[rule]]
theme = "reseau"
territory = "mars"
to = "team:fusee"
[[rule]]
to = "operations-service"
"#;

fn place(territory: &str, academy: &str) -> Place {
    Place {
        territory: territory.into(),
        academy: academy.into(),
        mobile_team: "em-7".into(),
        operations_service: "se-1".into(),
        contracts: vec![("impression".into(), "presta".into())],
    }
}

#[test]
fn the_most_precise_rule_wins_and_says_why() {
    let routing = Routing::parse("routing.toml", MATRIX).unwrap();
    let team =
        |theme, first, territory, academy| routing.route(theme, first, &place(territory, academy)).team;
    assert_eq!(team("reseau", false, "nord", "lille"), "em-7");
    assert_eq!(team("reseau", false, "aisne", "amiens"), "reseau-amiens");
    assert_eq!(team("reseau", false, "oise", "amiens"), "reseau-oise");
    assert_eq!(team("impression", false, "nord", "lille"), "se-1");
    assert_eq!(team("impression", true, "nord", "lille"), "presta");
    assert_eq!(team("reseau", true, "nord", "lille"), "em-7");
    assert_eq!(
        routing.route("reseau", false, &place("aisne", "amiens")).because,
        "La règle pour le thème « Réseau » et l’académie « amiens » désigne l’équipe « reseau-amiens »."
    );
}

#[test]
fn the_report_names_gaps_and_unused_rules() {
    let routing = Routing::parse("routing.toml", MATRIX).unwrap();
    let places =
        [("Lycée A".to_owned(), place("nord", "lille")), ("Lycée B".to_owned(), place("oise", "amiens"))];
    let issues = routing.report(&places);
    let kinds: Vec<IssueKind> = issues.iter().map(|issue| issue.kind).collect();
    assert_eq!(kinds, [IssueKind::Gap, IssueKind::Unused, IssueKind::Unused]);
    assert_eq!(issues[0].message, "Le thème « Impression » suit la règle par défaut pour Lycée A, Lycée B.");
    assert!(issues[2].message.contains("team:fusee"));
}

#[test]
fn two_rules_of_the_same_precision_overlap() {
    let mut routing = Routing::parse("routing.toml", MATRIX).unwrap();
    routing.rules.push(routing.rules[0].clone());
    let issues = routing.report(&[("A".to_owned(), place("nord", "lille"))]);
    assert!(
        issues.iter().any(|issue| issue.kind == IssueKind::Overlap && issue.message.contains("n° 1 et n° 6"))
    );
}

#[test]
fn faults_have_their_line() {
    let text = "[[theme]]\nid = \"a\"\nlabel = \"A\"\n[[rule]]\ntheme = \"b\"\nto = \"nulle-part\"\n";
    let findings = Routing::parse("routing.toml", text).unwrap_err();
    let at: Vec<(usize, &str)> =
        findings.iter().map(|f| (f.line, f.message.split(' ').next().unwrap())).collect();
    assert_eq!(at, [(5, "thème"), (6, "destination"), (1, "la")]);
}
