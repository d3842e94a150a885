//! `docs/security.md` names files and tests: those that no longer exist are faults, and so are counts that
//! differ from the table.

use std::path::Path;

/// Where the page is.
pub const PAGE: &str = "docs/security.md";
const LEVELS: &str = "ASVS 5.0";
const STATES: [&str; 3] = ["tenu", "sans objet", "pas encore"];

/// Checks the page; `read` gives the text of a file of the project, if there is one.
pub fn check(page: &str, read: impl Fn(&Path) -> Option<String>, faults: &mut Vec<String>) {
    let mut fault = |line: usize, what: String| faults.push(format!("{PAGE}:{line}: {what}"));
    let mut counted = [0_usize; 3];
    for (number, line) in page.lines().enumerate() {
        for (file, test) in proofs(line) {
            match (read(Path::new(file)), test) {
                (None, _) => fault(number + 1, format!("{file} does not exist")),
                (Some(text), Some(test)) if !holds(&text, test) => {
                    fault(number + 1, format!("{file} has no test « {test} »"));
                }
                _ => {}
            }
        }
        if let Some((state, proved)) = requirement(line) {
            counted[state] += 1;
            if state == 0 && !proved {
                fault(number + 1, "held, but nothing proves it".to_owned());
            }
        }
    }
    let said = page.lines().enumerate().find(|(_, line)| line.contains(LEVELS) && line.contains("exigences"));
    let Some((number, line)) = said else { return fault(1, "the counts are not said".to_owned()) };
    for (state, count) in STATES.iter().zip(counted) {
        if !line.contains(&format!("{count} {state}")) {
            fault(number + 1, format!("the table has {count} « {state} »"));
        }
    }
}

/// The files, and the tests in them, that a line names: `` `path#test` `` or `` `path` ``.
fn proofs(line: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let quoted = line.split('`').skip(1).step_by(2);
    let roots = [
        "app/",
        "crates/",
        "demo/",
        "docs/",
        "e2e/",
        "features/",
        "fuzz/",
        "packaging/",
        "scripts/",
        "xtask/",
    ];
    let alone = ["Cargo.toml", "Cargo.lock", "deny.toml"];
    quoted
        .filter(move |text| roots.iter().any(|root| text.starts_with(root)) || alone.contains(text))
        .filter(|text| !text.ends_with('/'))
        .map(|text| text.split_once('#').map_or((text, None), |(file, test)| (file, Some(test))))
}

/// A function of that name in Rust, or words between quotes in a browser test.
fn holds(text: &str, test: &str) -> bool {
    let quoted = ['"', '\'', '`'].iter().any(|quote| text.contains(&format!("{quote}{test}{quote}")));
    quoted || text.contains(&format!("fn {test}("))
}

/// The state of a line of the table of requirements, and whether it names a proof.
fn requirement(line: &str) -> Option<(usize, bool)> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
    let id = cells.first()?;
    let numbered = id.split('.').count() == 3 && id.split('.').all(|part| part.parse::<u32>().is_ok());
    let state = STATES.iter().position(|state| cells.get(3) == Some(state))?;
    numbered.then(|| (state, proofs(line).next().is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "ASVS 5.0 : 2 exigences, 1 tenu, 1 sans objet, 0 pas encore\n\
                        | 1.1.1 | 2 | a | tenu | b | `app/a.rs#it_holds` |\n\
                        | 1.1.2 | 1 | a | sans objet | b | |\n";

    fn faults(page: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let read = |path: &Path| match path.to_str() {
            Some("app/a.rs") => Some("async fn it_holds(db: Db) {}".to_owned()),
            Some("e2e/a.mjs") => Some("test(\"the session closes\")".to_owned()),
            _ => None,
        };
        check(page, read, &mut faults);
        faults
    }

    #[test]
    fn a_test_or_a_file_that_is_gone_is_said() {
        assert_eq!(faults(PAGE), [""; 0]);
        assert_eq!(faults(&PAGE.replace("it_holds", "it_held")).len(), 1);
        assert_eq!(faults(&PAGE.replace("app/a.rs", "app/b.rs")).len(), 1);
        assert_eq!(faults(&PAGE.replace("app/a.rs#it_holds", "e2e/a.mjs#the session closes")), [""; 0]);
        assert_eq!(faults(&PAGE.replace("app/a.rs#it_holds", "e2e/a.mjs#the session")).len(), 1);
    }

    #[test]
    fn a_claim_without_proof_or_another_count_is_said() {
        assert_eq!(faults(&PAGE.replace("`app/a.rs#it_holds`", "")).len(), 1);
        assert_eq!(faults(&PAGE.replace("1 tenu", "2 tenu")).len(), 1);
        assert_eq!(faults("rien").len(), 1);
    }
}
