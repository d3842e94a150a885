//! Stub.
/// One draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft { /// s
 pub slug: String, /// t
 pub title: String, /// f
 pub file_text: String }
/// Missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing { /// s
 pub sheet: String, /// l
 pub line: usize, /// w
 pub what: String }
/// All.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported { /// d
 pub drafts: Vec<Draft>, /// m
 pub missing: Vec<Missing> }
/// x
#[must_use]
pub fn import_text(_text: &str) -> Imported { Imported::default() }
/// x
#[must_use]
pub fn import_html(_html: &str) -> Imported { Imported::default() }
