//! `cargo run -p xtask -- tidy`: the invariants of ARCHITECTURE.md that a machine can see.

mod security;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const MAX_FILE_LINES: usize = 600;
const MAX_FUNCTION_LINES: usize = 60;

/// The floors, lowest first: a room may use rooms of lower floors only.
const FLOORS: &[&[&str]] = &[
    &["beffroi-kernel", "beffroi-calendar", "beffroi-web-assets", "beffroi-pdf", "beffroi-db-macros"],
    &["beffroi-sheets", "beffroi-db", "beffroi-ui"],
    &["beffroi-web", "beffroi-search"],
    &["beffroi-directory"],
    &["beffroi-catalogue"],
    &["beffroi-acts"],
    &["beffroi-desk"],
    &["beffroi-mailbox", "beffroi-api", "beffroi-operations", "beffroi-privacy"],
    &["beffroi-bridge"],
    &["beffroi-demo"],
    &["beffroi"],
];

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() != Some("tidy") {
        eprintln!("usage: xtask tidy");
        return ExitCode::FAILURE;
    }
    let mut faults = Vec::new();
    for path in tracked("*.rs") {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        check_size(&path, &text, &mut faults);
        check_functions(&path, &text, &mut faults);
        check_words(&path, &text, &mut faults);
    }
    for path in tracked("*Cargo.toml") {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        check_layers(&path, &text, &mut faults);
    }
    match fs::read_to_string(security::PAGE) {
        Ok(page) => security::check(&page, |path| fs::read_to_string(path).ok(), &mut faults),
        Err(error) => faults.push(format!("{}: {error}", security::PAGE)),
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tracked(pattern: &str) -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", pattern])
        .output();
    let Ok(output) = output else { return Vec::new() };
    String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).collect()
}

fn check_size(path: &Path, text: &str, faults: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > MAX_FILE_LINES {
        faults.push(format!("{}: {lines} lines, the most is {MAX_FILE_LINES}", path.display()));
    }
    if !text.starts_with("//!") && lines > 3 {
        faults.push(format!("{}: no //! line says what the file is for", path.display()));
    }
}

/// rustfmt puts a function's closing brace in the column of its `fn`: lines between are its length.
fn check_functions(path: &Path, text: &str, faults: &mut Vec<String>) {
    let lines: Vec<&str> = text.lines().collect();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let is_function = [
            "fn ",
            "pub fn ",
            "async fn ",
            "pub async fn ",
            "pub(crate) fn ",
            "pub(crate) async fn ",
            "pub(super) fn ",
        ]
        .iter()
        .any(|head| code.starts_with(head));
        if !is_function || line.trim_end().ends_with(';') {
            continue;
        }
        let indent = line.len() - code.len();
        let closing = format!("{}}}", " ".repeat(indent));
        let length = lines[start..].iter().position(|line| **line == closing).unwrap_or(0);
        if length > MAX_FUNCTION_LINES {
            faults.push(format!(
                "{}:{}: a function of {length} lines, the most is {MAX_FUNCTION_LINES}",
                path.display(),
                start + 1
            ));
        }
    }
}

fn check_words(path: &Path, text: &str, faults: &mut Vec<String>) {
    if path.starts_with("xtask") {
        return;
    }
    for (number, line) in text.lines().enumerate() {
        for word in ["todo!(", "unimplemented!(", "FIXME", "XXX", "mod utils", "unsafe {"] {
            if line.contains(word) {
                faults.push(format!("{}:{}: «{word}»", path.display(), number + 1));
            }
        }
    }
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

fn check_layers(path: &Path, text: &str, faults: &mut Vec<String>) {
    let Some(name) =
        text.lines().find_map(|line| line.strip_prefix("name = \"")).and_then(|rest| rest.strip_suffix('"'))
    else {
        return;
    };
    let Some(own) = floor(name) else { return };
    let dependencies = text.split("[dev-dependencies]").next().unwrap_or(text);
    for line in dependencies.lines().filter(|line| line.starts_with("beffroi-")) {
        let used = line.split(['.', ' ', '=']).next().unwrap_or_default();
        if floor(used).is_none_or(|used| used >= own) {
            faults.push(format!("{}: {name} may not use {used}", path.display()));
        }
    }
}
