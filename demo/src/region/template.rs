//! Texts with holes: what a form filled in once becomes, with other rooms, machines, names and days,
//! for each request. A hole is a character of Unicode's private area, so that it passes unharmed
//! through JSON and the desk's own functions.

use beffroi_sheets::{Answer, Field};
use chrono::{NaiveDate, TimeDelta};

use super::texts::Words;

/// What fills a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// One or two sentences.
    Long,
    /// A few words.
    Short,
    /// A room.
    Room,
    /// A machine's name.
    Machine,
    /// A software.
    Software,
    /// Someone's name.
    Person,
    /// A number stuck on a machine.
    Serial,
    /// Who asks.
    Requester,
}

const SLOTS: [Slot; 8] = [
    Slot::Long,
    Slot::Short,
    Slot::Room,
    Slot::Machine,
    Slot::Software,
    Slot::Person,
    Slot::Serial,
    Slot::Requester,
];
const FIRST: u32 = 0xE000;
/// A day so many days after the request, as JSON writes it…
const ISO: u32 = 0xE100;
/// … and as people read it.
const WORDS: u32 = 0xE200;
/// Days from the request that a form may name.
const AHEAD: [i64; 7] = [-9, -3, 8, 15, 22, 36, 60];

fn sign(base: u32, number: u32) -> char {
    char::from_u32(base + number).unwrap_or_default()
}

impl Slot {
    /// Its hole.
    pub(crate) fn hole(self) -> char {
        sign(
            FIRST,
            SLOTS.iter().position(|slot| *slot == self).and_then(|at| u32::try_from(at).ok()).unwrap_or(0),
        )
    }
}

/// The day that stands in a form for « so many days later ».
pub(crate) fn marker(ahead: i64) -> NaiveDate {
    later(NaiveDate::default(), 365_000 + ahead)
}

fn later(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_signed(TimeDelta::days(days)).unwrap_or(day)
}

#[derive(Clone, Debug)]
enum Piece {
    Fixed(String),
    Hole(Slot),
    Iso(i64),
    Date(i64),
}

/// A text with holes.
#[derive(Clone, Debug)]
pub(crate) struct Template(Vec<Piece>);

impl Template {
    /// Reads a text whose holes are signs, and whose days are markers.
    pub(crate) fn read(text: &str, any: &Field) -> Self {
        let mut text = text.to_owned();
        for (number, ahead) in (0u32..).zip(AHEAD) {
            let day = marker(ahead);
            text = text.replace(&day.to_string(), &sign(ISO, number).to_string());
            let words = any.show(&Answer::Date(day)).join(" ");
            text = text.replace(&words, &sign(WORDS, number).to_string());
        }
        let mut pieces = Vec::new();
        let mut fixed = String::new();
        for c in text.chars() {
            match piece(c) {
                None => fixed.push(c),
                Some(piece) => {
                    if !fixed.is_empty() {
                        pieces.push(Piece::Fixed(std::mem::take(&mut fixed)));
                    }
                    pieces.push(piece);
                }
            }
        }
        if !fixed.is_empty() {
            pieces.push(Piece::Fixed(fixed));
        }
        Self(pieces)
    }

    /// The text for a request of that day.
    pub(crate) fn fill(&self, words: &Words, day: NaiveDate, any: &Field) -> String {
        let mut text = String::with_capacity(256);
        for piece in &self.0 {
            match piece {
                Piece::Fixed(fixed) => text.push_str(fixed),
                Piece::Hole(slot) => text.push_str(words.of(*slot)),
                Piece::Iso(ahead) => text.push_str(&later(day, *ahead).to_string()),
                Piece::Date(ahead) => text.push_str(&any.show(&Answer::Date(later(day, *ahead))).join(" ")),
            }
        }
        text
    }
}

fn piece(c: char) -> Option<Piece> {
    let at = |base: u32| u32::from(c).checked_sub(base).and_then(|at| usize::try_from(at).ok());
    if let Some(slot) = at(FIRST).and_then(|at| SLOTS.get(at)) {
        return Some(Piece::Hole(*slot));
    }
    if let Some(ahead) = at(ISO).and_then(|at| AHEAD.get(at)) {
        return Some(Piece::Iso(*ahead));
    }
    at(WORDS).and_then(|at| AHEAD.get(at)).map(|ahead| Piece::Date(*ahead))
}
