//! The checker of the catalogue: all faults of all files in one pass, with file and line. (LIRE-01, LIRE-06, CSU-08)

mod act;
#[cfg(test)]
mod act_tests;
mod links;
mod reach;
mod request;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    finding::Finding,
    model::{RequestType, Sheet},
    parse::{Lines, Parsed, read_sheet},
    routing::Routing,
    text::{is_slug, slugify},
    words::{SectionKind, SheetKind},
};

/// A catalogue without error.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueFiles {
    /// Sheets and pages, in their order.
    pub sheets: Vec<Sheet>,
    /// The routing matrix.
    pub routing: Routing,
}

/// What the rule of its kind says against the act of a request type; see `features/acts`. (T3)
pub type ActRules = fn(&RequestType) -> Vec<String>;

/// Checks all the files of a catalogue (name, text): `*.md` and `routing.toml`; others are ignored.
///
/// The catalogue is given back only when there is no error; warnings do not withhold it.
#[must_use]
pub fn check_catalogue(files: &[(String, String)]) -> (Option<CatalogueFiles>, Vec<Finding>) {
    check_catalogue_under(files, |_| Vec::new())
}

/// The same, the acts that the sheets declare being held to the rules of their kinds.
#[must_use]
pub fn check_catalogue_under(
    files: &[(String, String)],
    act_rules: ActRules,
) -> (Option<CatalogueFiles>, Vec<Finding>) {
    let mut findings = Vec::new();
    let routing = read_routing(files, &mut findings);
    let mut parsed: Vec<(&str, Parsed)> = Vec::new();
    for (file, text) in files.iter().filter(|(file, _)| file.ends_with(".md")) {
        let (sheet, found) = read_sheet(file, text);
        findings.extend(found);
        parsed.extend(sheet.map(|sheet| (file.as_str(), sheet)));
    }
    let slugs: Vec<String> = parsed.iter().map(|(_, parsed)| parsed.sheet.slug.clone()).collect();
    for (file, Parsed { sheet, lines }) in &parsed {
        let mut check = Check { file, sheet, lines, act_rules, findings: &mut findings };
        check.identity();
        check.contents();
        check.requests(routing.as_ref());
        check.links(&slugs);
    }
    twice(&parsed, "slug", |sheet| sheet.slug.clone(), &mut findings);
    twice(&parsed, "order", |sheet| sheet.order.to_string(), &mut findings);

    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    findings.dedup();
    let mut sheets: Vec<Sheet> = parsed.into_iter().map(|(_, parsed)| parsed.sheet).collect();
    sheets.sort_by(|a, b| (a.order, &a.slug).cmp(&(b.order, &b.slug)));
    let sound = !findings.iter().any(Finding::is_error);
    let catalogue = routing.filter(|_| sound).map(|routing| CatalogueFiles { sheets, routing });
    (catalogue, findings)
}

fn read_routing(files: &[(String, String)], findings: &mut Vec<Finding>) -> Option<Routing> {
    let Some((file, text)) = files.iter().find(|(file, _)| base_name(file) == "routing.toml") else {
        findings.push(Finding::error(
            "routing.toml",
            1,
            "le fichier routing.toml manque : aucune demande ne trouverait d’équipe",
        ));
        return None;
    };
    Routing::parse(file, text).map_err(|found| findings.extend(found)).ok()
}

fn base_name(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

/// Two files that share what must be unique: slug, order.
fn twice(
    parsed: &[(&str, Parsed)],
    key: &str,
    value: impl Fn(&Sheet) -> String,
    findings: &mut Vec<Finding>,
) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (file, parsed) in parsed {
        let value = value(&parsed.sheet);
        if let Some(other) = seen.insert(value.clone(), file) {
            let message = format!("« {key} » vaut {value}, comme dans {other}");
            findings.push(Finding::error(file, parsed.lines.at(key), message));
        }
    }
}

/// One sheet under examination.
pub(crate) struct Check<'a> {
    file: &'a str,
    sheet: &'a Sheet,
    lines: &'a Lines,
    act_rules: ActRules,
    findings: &'a mut Vec<Finding>,
}

impl Check<'_> {
    fn error(&mut self, path: &str, message: impl Into<String>) {
        self.error_at(self.lines.at(path), message);
    }

    fn error_at(&mut self, line: usize, message: impl Into<String>) {
        self.findings.push(Finding::error(self.file, line, message));
    }

    fn warning(&mut self, path: &str, message: impl Into<String>) {
        self.findings.push(Finding::warning(self.file, self.lines.at(path), message));
    }

    fn identity(&mut self) {
        let expected = base_name(self.file).trim_end_matches(".md");
        let slug = &self.sheet.slug;
        if slug != expected {
            self.error("slug", format!("« slug » vaut « {slug} », le fichier s’appelle « {expected}.md »"));
        }
        self.slug_form("slug", slug);
    }

    /// An id that goes into addresses.
    fn slug_form(&mut self, path: &str, id: &str) {
        if !id.is_empty() && !is_slug(id) {
            self.error(
                path,
                format!(
                    "« {id} » : écrivez des minuscules sans accent et des traits d’union, « {} »",
                    slugify(id)
                ),
            );
        }
    }

    /// Ids that must be unique in their list.
    fn unique<'i>(&mut self, ids: impl Iterator<Item = (String, &'i str)>, what: &str) {
        let mut seen: Vec<&str> = Vec::new();
        for (path, id) in ids {
            if !id.is_empty() && seen.contains(&id) {
                self.error(&path, format!("{what} « {id} » existe déjà"));
            }
            seen.push(id);
        }
    }

    fn contents(&mut self) {
        let sheet = self.sheet;
        let ids = sheet.excludes.iter().enumerate();
        self.unique(ids.map(|(i, e)| (format!("excludes[{i}].id"), e.id.as_str())), "l’exclusion");
        for (index, exclusion) in sheet.excludes.iter().enumerate() {
            self.slug_form(&format!("excludes[{index}].id"), &exclusion.id);
        }
        self.blocks();
        if sheet.kind == SheetKind::Service {
            self.mandatory();
        } else if !sheet.requests.is_empty() {
            self.error("request[0]", "une page ne porte pas de demande : faites-en une fiche de service");
        }
    }

    fn blocks(&mut self) {
        let mut seen: Vec<&str> = Vec::new();
        for block in self.sheet.sections.iter().flat_map(|section| &section.blocks) {
            if seen.contains(&block.id.as_str()) {
                self.error_at(block.line, format!("l’ancre « {} » existe déjà dans la fiche", block.id));
            }
            if block.markdown.is_empty() {
                self.error_at(block.line, format!("le bloc « {} » est vide", block.id));
            }
            seen.push(&block.id);
        }
    }

    /// The parts every service sheet has; a procedure may be absent. (LIRE-01, OGI-18)
    fn mandatory(&mut self) {
        let sheet = self.sheet;
        for kind in [SectionKind::Service, SectionKind::Detail, SectionKind::Advice, SectionKind::More] {
            if sheet.section(kind).is_none_or(|section| section.blocks.is_empty()) {
                self.error("title", format!("la partie « {} » manque ou est vide", kind.title()));
            }
        }
        if sheet.includes.is_empty() {
            self.error("title", "la liste « Comprend » est vide : ajoutez au moins une ligne [[includes]]");
        }
        if sheet.excludes.is_empty() {
            self.error(
                "title",
                "la liste « Ne comprend pas » est vide : ajoutez au moins une ligne [[excludes]]",
            );
        }
        if sheet.requests.is_empty() {
            self.warning("title", "la fiche ne permet aucune demande : ajoutez une [[request]]");
        }
    }
}
