//! The order of an agents' list: up to three keys, and the cursor that says where a page ends.
//!
//! A list of finished requests may hold the whole table: it begins with a date that has an index.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use beffroi_kernel::RequestId;
use chrono::{DateTime, SecondsFormat, Utc};

use super::criteria::Pairs;

/// Keys of an order at most.
pub const MOST_KEYS: usize = 3;

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Urgent ones, then by deadline, those without one last: the order of work.
    Pressing,
    /// The reference.
    Reference,
    /// What is asked.
    Title,
    /// The school's name.
    School,
    /// The school's town.
    City,
    /// Who asked, by family name.
    Requester,
    /// The owner team's name.
    Team,
    /// Who has it in hand, by family name; nobody first.
    Assignee,
    /// The state, in the order of work.
    State,
    /// The next deadline; none last.
    Due,
    /// The sending.
    Sent,
    /// The last change.
    Changed,
    /// The sheet, then the type.
    Kind,
    /// The theme.
    Theme,
}

impl Key {
    /// Every key, in the order of the choices offered.
    pub const ALL: [Self; 14] = [
        Self::Pressing,
        Self::Due,
        Self::Sent,
        Self::Changed,
        Self::State,
        Self::Reference,
        Self::Title,
        Self::School,
        Self::City,
        Self::Requester,
        Self::Team,
        Self::Assignee,
        Self::Kind,
        Self::Theme,
    ];

    /// Its name in addresses.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Pressing => "priorite",
            Self::Reference => "reference",
            Self::Title => "objet",
            Self::School => "etablissement",
            Self::City => "ville",
            Self::Requester => "demandeur",
            Self::Team => "equipe",
            Self::Assignee => "affectee",
            Self::State => "etat",
            Self::Due => "echeance",
            Self::Sent => "envoyee",
            Self::Changed => "modifiee",
            Self::Kind => "type",
            Self::Theme => "theme",
        }
    }

    /// Its French name.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pressing => "urgence puis échéance",
            Self::Reference => "référence",
            Self::Title => "objet",
            Self::School => "établissement",
            Self::City => "ville",
            Self::Requester => "demandeur",
            Self::Team => "équipe",
            Self::Assignee => "prise en charge par",
            Self::State => "état",
            Self::Due => "échéance",
            Self::Sent => "date d’envoi",
            Self::Changed => "dernière modification",
            Self::Kind => "type de demande",
            Self::Theme => "thème",
        }
    }

    /// Whether an index holds every request in this order.
    #[must_use]
    pub const fn is_indexed_date(self) -> bool {
        matches!(self, Self::Sent | Self::Changed)
    }

    /// What the values of this key are.
    #[must_use]
    pub const fn values(self) -> Values {
        match self {
            Self::Pressing | Self::State => Values::Number,
            Self::Due | Self::Sent | Self::Changed => Values::Instant,
            _ => Values::Text,
        }
    }
}

/// What the values of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Integers.
    Number,
    /// Instants.
    Instant,
    /// Words.
    Text,
}

/// A key and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: Key,
    /// Whether the greatest comes first.
    pub down: bool,
}

impl Sort {
    /// Its name in addresses: `-envoyee` has the latest first.
    #[must_use]
    pub fn slug(self) -> String {
        format!("{}{}", if self.down { "-" } else { "" }, self.key.slug())
    }

    fn of(text: &str) -> Option<Self> {
        let (down, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        Key::ALL.into_iter().find(|key| key.slug() == name).map(|key| Self { key, down })
    }
}

/// The order of a list: one to three keys, each at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order(Vec<Sort>);

impl Order {
    /// The order of a list that asks for none.
    #[must_use]
    pub fn usual(only_active: bool) -> Self {
        let (key, down) = if only_active { (Key::Pressing, false) } else { (Key::Sent, true) };
        Self(vec![Sort { key, down }])
    }

    /// Reads the order of an address, with what could not be read.
    #[must_use]
    pub fn read(pairs: &[(String, String)]) -> (Option<Self>, Vec<String>) {
        let asked = pairs.iter().filter(|(name, _)| name == "tri").flat_map(|(_, value)| value.split(','));
        let (mut sorts, mut faults) = (Vec::<Sort>::new(), Vec::new());
        for text in asked.map(str::trim).filter(|text| !text.is_empty()).take(9) {
            match Sort::of(text) {
                Some(sort) if sorts.iter().all(|other| other.key != sort.key) => sorts.push(sort),
                Some(_) => {}
                None => {
                    let shown: String = text.chars().take(60).collect();
                    faults.push(format!(
                        "Le tri ne comprend pas «\u{a0}{shown}\u{a0}»\u{a0}: il est laissé de côté."
                    ));
                }
            }
        }
        sorts.truncate(MOST_KEYS);
        ((!sorts.is_empty()).then_some(Self(sorts)), faults)
    }

    /// The order that can be read without sorting the whole table, and whether it differs from this one.
    #[must_use]
    pub fn fitting(mut self, only_active: bool) -> (Self, bool) {
        let fits = only_active || self.0.first().is_some_and(|sort| sort.key.is_indexed_date());
        if !fits {
            let date = self.0.iter().position(|sort| sort.key.is_indexed_date());
            let first = date.map_or(Sort { key: Key::Sent, down: true }, |place| self.0.remove(place));
            self.0.insert(0, first);
            self.0.truncate(MOST_KEYS);
        }
        (self, !fits)
    }

    /// Its keys.
    #[must_use]
    pub fn sorts(&self) -> &[Sort] {
        &self.0
    }

    /// The same order with this key first: in the other direction when it already is.
    #[must_use]
    pub fn led_by(&self, key: Key) -> Self {
        let down = match self.0.first() {
            Some(first) if first.key == key => !first.down,
            _ => key.is_indexed_date(),
        };
        let mut sorts = vec![Sort { key, down }];
        sorts.extend(self.0.iter().copied().filter(|sort| sort.key != key));
        sorts.truncate(MOST_KEYS);
        Self(sorts)
    }

    /// The order as an address carries it.
    #[must_use]
    pub fn pairs(&self) -> Pairs {
        let keys: Vec<String> = self.0.iter().map(|sort| sort.slug()).collect();
        vec![("tri".to_owned(), keys.join(","))]
    }

    /// The order in words: « date d’envoi (de la plus récente), objet ».
    #[must_use]
    pub fn words(&self) -> String {
        let word = |sort: &Sort| {
            let direction = match (sort.down, sort.key.values()) {
                (false, _) => "",
                (true, Values::Instant) => " (la plus récente d’abord)",
                (true, _) => " (ordre inverse)",
            };
            format!("{}{direction}", sort.key.label())
        };
        self.0.iter().map(word).collect::<Vec<_>>().join(", puis ")
    }
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyValue {
    /// An integer.
    Number(i64),
    /// An instant.
    Instant(DateTime<Utc>),
    /// Words.
    Text(String),
}

/// Where a page ends: the values of its last row, one a key, and the row itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// One value for each key.
    pub values: Vec<KeyValue>,
    /// The row.
    pub id: RequestId,
}

impl Cursor {
    /// The cursor as an address carries it.
    #[must_use]
    pub fn text(&self) -> String {
        let written = |value: &KeyValue| match value {
            KeyValue::Number(number) => number.to_string(),
            KeyValue::Instant(at) => at.to_rfc3339_opts(SecondsFormat::Nanos, true),
            KeyValue::Text(text) => text.clone(),
        };
        let values: Vec<String> = self.values.iter().map(written).collect();
        URL_SAFE_NO_PAD.encode(serde_json::json!([values, self.id]).to_string())
    }

    /// Reads a cursor of that order; one of another order, or cut, is none.
    #[must_use]
    pub fn read(order: &Order, text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (values, id): (Vec<String>, RequestId) = serde_json::from_slice(&bytes).ok()?;
        if values.len() != order.sorts().len() {
            return None;
        }
        let read = |(sort, text): (&Sort, String)| match sort.key.values() {
            Values::Number => text.parse().ok().map(KeyValue::Number),
            Values::Instant => {
                DateTime::parse_from_rfc3339(&text).ok().map(|at| KeyValue::Instant(at.to_utc()))
            }
            Values::Text => (!text.contains('\0')).then_some(KeyValue::Text(text)),
        };
        let values = order.sorts().iter().zip(values).map(read).collect::<Option<Vec<_>>>()?;
        Some(Self { values, id })
    }
}
