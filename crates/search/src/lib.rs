//! Search: texts become bags of words, the database finds the bags that hold the words sought, and
//! everything that has a meaning — accents, inflections, slips of the keyboard — is decided here, so
//! that SQLite and PostgreSQL answer alike. (CSU-06, OGI-02)

mod doc;
mod expr;
mod mark;
mod query;
mod reference;
mod spelling;
mod store;
mod words;

pub use doc::{Doc, Kind, mark_of};
pub use expr::{Breadth, Expr, Tier};
pub use mark::{Excerpt, Piece, excerpt, pieces};
pub use query::{Query, Term};
pub use reference::References;
pub use spelling::{Near, slips_allowed};
pub use store::{
    Answer, Hit, KnownWords, begin_rebuild, candidates, finish_rebuild, put, put_many, put_new,
    put_new_words, remove,
};
pub use words::{Word, stem, words};
