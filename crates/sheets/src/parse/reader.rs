//! Reads TOML tables key by key, noting the line of each and every fault: missing, of the wrong type, unknown.

use std::{collections::BTreeMap, ops::Range, str::FromStr};

use chrono::NaiveDate;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{expr::Expr, finding::Finding, term::Term, text::did_you_mean, words::Word};

/// A TOML text of a file, with what was found in it.
pub(crate) struct Source<'t> {
    file: String,
    text: &'t str,
    first_line: usize,
    /// Where each line of the text ends.
    ends: Vec<usize>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) lines: BTreeMap<String, usize>,
}

impl<'t> Source<'t> {
    pub(crate) fn new(file: &str, text: &'t str, first_line: usize) -> Self {
        let ends = text.match_indices('\n').map(|(place, _)| place).collect();
        Self { file: file.to_owned(), text, first_line, ends, findings: Vec::new(), lines: BTreeMap::new() }
    }

    /// The whole table, or nothing when the syntax is broken (the faults are then noted).
    pub(crate) fn parse_toml(&mut self) -> Option<DeTable<'t>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let line = error.span().map_or(self.first_line, |span| self.line(&span));
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            self.error(line, format!("syntaxe TOML : {message}"));
        }
        errors.is_empty().then(|| table.into_inner())
    }

    fn line(&self, span: &Range<usize>) -> usize {
        self.first_line + self.ends.partition_point(|end| *end < span.start)
    }

    pub(crate) fn error(&mut self, line: usize, message: impl Into<String>) {
        self.findings.push(Finding::error(&self.file, line, message));
    }
}

/// One table being read.
pub(crate) struct Node<'d> {
    table: &'d DeTable<'d>,
    path: String,
    line: usize,
    known: Vec<&'static str>,
}

impl<'d> Node<'d> {
    pub(crate) fn root(table: &'d DeTable<'d>) -> Self {
        Self { table, path: String::new(), line: 1, known: Vec::new() }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn get(&mut self, key: &'static str, source: &mut Source<'_>) -> Option<&'d Spanned<DeValue<'d>>> {
        self.known.push(key);
        let (name, value) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        let line = source.line(&name.span());
        source.lines.insert(self.path_of(key), line);
        Some(value)
    }

    /// Notes a fault on a key of this table.
    pub(crate) fn fault(&self, key: &str, source: &mut Source<'_>, message: impl Into<String>) {
        let line = source.lines.get(&self.path_of(key)).copied().unwrap_or(self.line);
        source.error(line, message);
    }

    fn wrong_type(&self, key: &str, source: &mut Source<'_>, expected: &str) {
        self.fault(key, source, format!("« {key} » doit être {expected}"));
    }

    fn missing(&self, key: &str, source: &mut Source<'_>) {
        self.fault(key, source, format!("« {key} » manque"));
    }

    /// An optional text; an empty one is absent.
    pub(crate) fn maybe_text(&mut self, key: &'static str, source: &mut Source<'_>) -> Option<String> {
        match self.get(key, source)?.get_ref() {
            DeValue::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ => {
                self.wrong_type(key, source, "un texte entre guillemets");
                None
            }
        }
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, key: &'static str, source: &mut Source<'_>) -> String {
        let faults = source.findings.len();
        self.maybe_text(key, source).unwrap_or_else(|| {
            if source.findings.len() == faults {
                self.missing(key, source);
            }
            String::new()
        })
    }

    pub(crate) fn flag(&mut self, key: &'static str, default: bool, source: &mut Source<'_>) -> bool {
        match self.get(key, source).map(Spanned::get_ref) {
            Some(DeValue::Boolean(value)) => *value,
            Some(_) => {
                self.wrong_type(key, source, "true ou false");
                default
            }
            None => default,
        }
    }

    pub(crate) fn integer(&mut self, key: &'static str, source: &mut Source<'_>) -> Option<i64> {
        let value = match self.get(key, source)?.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if value.is_none() {
            self.wrong_type(key, source, "un nombre entier");
        }
        value
    }

    pub(crate) fn count(&mut self, key: &'static str, source: &mut Source<'_>) -> Option<u32> {
        let number = self.integer(key, source)?;
        let count = u32::try_from(number).ok();
        if count.is_none() {
            self.wrong_type(key, source, "un nombre entier positif");
        }
        count
    }

    pub(crate) fn date(&mut self, key: &'static str, source: &mut Source<'_>) -> NaiveDate {
        let value = self.get(key, source).map(Spanned::get_ref);
        let date = match value {
            Some(DeValue::Datetime(day)) => day.to_string().parse().ok(),
            Some(DeValue::String(day)) => day.parse().ok(),
            _ => None,
        };
        match value {
            None => self.missing(key, source),
            Some(_) if date.is_none() => self.wrong_type(key, source, "une date, par exemple 2026-01-31"),
            Some(_) => {}
        }
        date.unwrap_or_default()
    }

    /// A list of texts; absent means empty.
    pub(crate) fn texts(&mut self, key: &'static str, source: &mut Source<'_>) -> Vec<String> {
        let Some(value) = self.get(key, source) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, source, "une liste de textes");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(text) => texts.push(text.trim().to_owned()),
                _ => self.wrong_type(key, source, "une liste de textes"),
            }
        }
        texts
    }

    /// A list of texts, or one text alone.
    pub(crate) fn text_or_texts(&mut self, key: &'static str, source: &mut Source<'_>) -> Vec<String> {
        let alone = self.table.iter().find(|(name, _)| name.get_ref() == key);
        if alone.is_some_and(|(_, value)| matches!(value.get_ref(), DeValue::String(_))) {
            return self.maybe_text(key, source).into_iter().collect();
        }
        self.texts(key, source)
    }

    /// Words of a closed list; absent means none.
    pub(crate) fn words<W: Word>(&mut self, key: &'static str, source: &mut Source<'_>) -> Vec<W> {
        let mut words = Vec::new();
        for text in self.texts(key, source) {
            match W::from_slug(&text) {
                Some(word) => words.push(word),
                None => self.not_a_word::<W>(key, &text, source),
            }
        }
        words
    }

    fn not_a_word<W: Word>(&self, key: &str, text: &str, source: &mut Source<'_>) {
        let slugs: Vec<&str> = W::ALL.iter().map(|word| word.slug()).collect();
        let message = format!("« {text} » n’est pas une valeur de « {key} » : {}", slugs.join(", "));
        self.fault(key, source, message);
    }

    /// A word of a closed list.
    pub(crate) fn maybe_word<W: Word>(&mut self, key: &'static str, source: &mut Source<'_>) -> Option<W> {
        let text = self.maybe_text(key, source)?;
        let word = W::from_slug(&text);
        if word.is_none() {
            self.not_a_word::<W>(key, &text, source);
        }
        word
    }

    /// A word that must be there; the first of the list stands in after a fault.
    pub(crate) fn word<W: Word>(&mut self, key: &'static str, source: &mut Source<'_>) -> W {
        let faults = source.findings.len();
        self.maybe_word(key, source).unwrap_or_else(|| {
            if source.findings.len() == faults {
                self.missing(key, source);
            }
            W::ALL[0]
        })
    }

    /// A list of values read from texts, such as roles.
    pub(crate) fn parsed<T>(&mut self, key: &'static str, source: &mut Source<'_>) -> Vec<T>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let mut values = Vec::new();
        for text in self.texts(key, source) {
            match text.parse() {
                Ok(value) => values.push(value),
                Err(error) => self.fault(key, source, T::Err::to_string(&error)),
            }
        }
        values
    }

    pub(crate) fn maybe_expr(&mut self, key: &'static str, source: &mut Source<'_>) -> Option<Expr> {
        match self.maybe_text(key, source)?.parse() {
            Ok(expr) => Some(expr),
            Err(error) => {
                self.fault(key, source, format!("condition illisible : {error}"));
                None
            }
        }
    }

    /// A length of time.
    pub(crate) fn maybe_term(&mut self, key: &'static str, source: &mut Source<'_>) -> Option<Term> {
        match self.maybe_text(key, source)?.parse() {
            Ok(term) => Some(term),
            Err(error) => {
                self.fault(key, source, error.to_string());
                None
            }
        }
    }

    /// An inner table.
    pub(crate) fn table(&mut self, key: &'static str, source: &mut Source<'_>) -> Option<Node<'d>> {
        let value = self.get(key, source)?;
        let path = self.path_of(key);
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(key, source, "une table");
            return None;
        };
        let line = source.lines.get(&path).copied().unwrap_or(self.line);
        Some(Node { table, path, line, known: Vec::new() })
    }

    /// Inner tables, in order.
    pub(crate) fn tables(&mut self, key: &'static str, source: &mut Source<'_>) -> Vec<Node<'d>> {
        let Some(value) = self.get(key, source) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, source, "une liste de tables");
            return Vec::new();
        };
        let mut nodes = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let DeValue::Table(table) = item.get_ref() else {
                self.wrong_type(key, source, "une liste de tables");
                continue;
            };
            let path = format!("{}[{index}]", self.path_of(key));
            let line = source.line(&item.span());
            source.lines.insert(path.clone(), line);
            nodes.push(Node { table, path, line, known: Vec::new() });
        }
        nodes
    }

    /// The names written in this table, in no order.
    pub(crate) fn keys(&self) -> Vec<&'d str> {
        self.table.keys().map(|key| key.get_ref().as_ref()).collect()
    }

    /// Notes every key that nobody asked for.
    pub(crate) fn finish(self, source: &mut Source<'_>) {
        for key in self.table.keys() {
            let name = key.get_ref();
            if !self.known.iter().any(|known| known == name) {
                let line = source.line(&key.span());
                let near = did_you_mean(name, self.known.iter().copied());
                source.error(line, format!("clé inconnue « {name} »{near}"));
            }
        }
    }
}
