//! What an agents' list keeps: criteria read from an address and written back to it, so that a link
//! shares a list. A value that cannot be read is said, never an error. (CSU-06, CSU-09)

use beffroi_kernel::{PersonId, TeamId, TerritoryId, Uai};
use beffroi_sheets::{Nature, Word as _};
use chrono::{Datelike, NaiveDate};

use crate::model::{Channel, State};

/// The states that an agents' list may show: what the school has not sent is not theirs. (SRV-29)
pub const SHOWN_STATES: &[State] =
    &[State::New, State::Open, State::Waiting, State::Resolved, State::Closed, State::Merged];

/// The longest text of a criterion kept.
const LONGEST: usize = 200;

/// What part of the requests a list keeps when no state is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// In hand.
    #[default]
    Running,
    /// Over.
    Over,
    /// Both.
    All,
}

impl Part {
    /// Each of them, in order.
    pub const EACH: [Self; 3] = [Self::Running, Self::Over, Self::All];

    /// Its name in addresses.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Running => "en-cours",
            Self::Over => "terminees",
            Self::All => "toutes",
        }
    }

    /// Its French name.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Running => "En cours",
            Self::Over => "Terminées",
            Self::All => "Toutes",
        }
    }
}

/// Who has a request in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignee {
    /// The person who reads the list.
    Me,
    /// Nobody yet.
    Nobody,
    /// This person.
    Person(PersonId),
}

/// How soon a deadline falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// It is past.
    Late,
    /// Within so many hours, late ones included.
    Within(u16),
}

impl Due {
    /// The choices offered.
    pub const EACH: [Self; 4] = [Self::Late, Self::Within(24), Self::Within(72), Self::Within(168)];

    /// Its name in addresses.
    #[must_use]
    pub fn slug(self) -> String {
        match self {
            Self::Late => "retard".into(),
            Self::Within(hours) => format!("{hours}h"),
        }
    }

    /// Its French name.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Late => "En retard".into(),
            Self::Within(hours) if hours > 72 => format!("Dans les {}\u{a0}jours ou en retard", hours / 24),
            Self::Within(hours) => format!("Dans les {hours}\u{a0}heures ou en retard"),
        }
    }

    /// The hours from now before which the deadline falls.
    #[must_use]
    pub const fn hours(self) -> u16 {
        match self {
            Self::Late => 0,
            Self::Within(hours) => hours,
        }
    }
}

/// What a list keeps: every criterion given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Words of the request, of its requester or a reference, as typed.
    pub words: String,
    /// The part kept when `states` names none.
    pub part: Part,
    /// The states kept.
    pub states: Vec<State>,
    /// The owner teams kept.
    pub teams: Vec<TeamId>,
    /// Who has it in hand.
    pub assignee: Option<Assignee>,
    /// The territory of the school.
    pub territory: Option<TerritoryId>,
    /// The school's UAI, or words of its name or town.
    pub school: String,
    /// A sheet (`slug`) or one of its request types (`slug/type`).
    pub kind: String,
    /// The theme that routed it.
    pub theme: String,
    /// Its nature.
    pub nature: Option<Nature>,
    /// Only urgent ones.
    pub urgent: bool,
    /// How soon the next deadline falls.
    pub due: Option<Due>,
    /// The last day of the next deadline.
    pub due_before: Option<NaiveDate>,
    /// The first day of sending.
    pub sent_from: Option<NaiveDate>,
    /// The last day of sending.
    pub sent_to: Option<NaiveDate>,
    /// How it came in.
    pub channel: Option<Channel>,
    /// With (`false`) or without (`true`) service level.
    pub goodwill: Option<bool>,
    /// The first day of the last change.
    pub changed_since: Option<NaiveDate>,
}

/// A query as pairs of name and value, in order.
pub type Pairs = Vec<(String, String)>;

/// What could not be read in an address, in French sentences.
pub type Faults = Vec<String>;

impl Criteria {
    /// The names of its parameters in addresses.
    pub const NAMES: &'static [&'static str] = &[
        "q",
        "portee",
        "etat",
        "equipe",
        "affectee",
        "territoire",
        "etablissement",
        "fiche",
        "theme",
        "nature",
        "urgentes",
        "echeance",
        "avant",
        "du",
        "au",
        "canal",
        "engagement",
        "modifiees",
    ];

    /// Reads the criteria of an address over those that stand: a name given replaces what stood.
    #[must_use]
    pub fn read(standing: Self, pairs: &[(String, String)]) -> (Self, Faults) {
        let mut read = standing;
        let mut faults = Vec::new();
        for name in Self::NAMES {
            let values: Vec<&str> =
                pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim()).collect();
            if values.is_empty() {
                continue;
            }
            let values: Vec<&str> = values.into_iter().filter(|value| !value.is_empty()).collect();
            if let Some(unread) = read.set(name, &values) {
                let shown: String = unread.chars().take(60).collect();
                faults.push(format!("Le critère «\u{a0}{}\u{a0}» ne comprend pas «\u{a0}{shown}\u{a0}»\u{a0}: il est laissé de côté.", label(name)));
            }
        }
        (read, faults)
    }

    /// Sets one criterion; gives back the first value that cannot be read.
    fn set<'a>(&mut self, name: &str, values: &[&'a str]) -> Option<&'a str> {
        let first = values.first().copied();
        // Trimmed last: a space may stand before what was left out.
        let printed = |value: &str| {
            let text: String = value.chars().filter(|one| !one.is_control()).take(LONGEST).collect();
            text.trim().to_owned()
        };
        let text = || first.map(printed).unwrap_or_default();
        match name {
            "q" => self.words = text(),
            "etablissement" => self.school = text(),
            "fiche" => self.kind = text(),
            "theme" => self.theme = text(),
            "urgentes" => self.urgent = first == Some("1"),
            "etat" => return many(&mut self.states, values, shown_state),
            "equipe" => return many(&mut self.teams, values, |value| value.parse().ok()),
            "portee" => {
                let part = |value| Part::EACH.into_iter().find(|part| part.slug() == value);
                let mut found = None;
                let unread = one(&mut found, first, part);
                self.part = found.unwrap_or_default();
                return unread;
            }
            "affectee" => return one(&mut self.assignee, first, assignee),
            "territoire" => return one(&mut self.territory, first, |value| value.parse().ok()),
            "nature" => return one(&mut self.nature, first, Nature::from_slug),
            "echeance" => {
                let due = |value: &str| Due::EACH.into_iter().find(|due| due.slug() == value);
                return one(&mut self.due, first, due);
            }
            "avant" => return one(&mut self.due_before, first, day),
            "du" => return one(&mut self.sent_from, first, day),
            "au" => return one(&mut self.sent_to, first, day),
            "modifiees" => return one(&mut self.changed_since, first, day),
            "canal" => return one(&mut self.channel, first, Channel::of),
            _ => {
                let goodwill = |value: &str| match value {
                    "sans" => Some(true),
                    "avec" => Some(false),
                    _ => None,
                };
                return one(&mut self.goodwill, first, goodwill);
            }
        }
        None
    }

    /// The criteria as an address carries them; those left open are left out.
    #[must_use]
    pub fn pairs(&self) -> Pairs {
        let mut pairs = Pairs::new();
        let mut add = |name: &str, value: String| {
            if !value.is_empty() {
                pairs.push((name.to_owned(), value));
            }
        };
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        add("q", self.words.clone());
        add("portee", if self.part == Part::Running { String::new() } else { self.part.slug().into() });
        self.states.iter().for_each(|state| add("etat", state.slug().into()));
        self.teams.iter().for_each(|team| add("equipe", team.to_string()));
        add("affectee", self.assignee.map(assignee_slug).unwrap_or_default());
        add("territoire", self.territory.map(|id| id.to_string()).unwrap_or_default());
        add("etablissement", self.school.clone());
        add("fiche", self.kind.clone());
        add("theme", self.theme.clone());
        add("nature", self.nature.map(|nature| nature.slug().to_owned()).unwrap_or_default());
        add("urgentes", if self.urgent { "1".into() } else { String::new() });
        add("echeance", self.due.map(Due::slug).unwrap_or_default());
        add("avant", day(self.due_before));
        add("du", day(self.sent_from));
        add("au", day(self.sent_to));
        add("canal", self.channel.map(|channel| channel.slug().to_owned()).unwrap_or_default());
        let goodwill = self.goodwill.map(|without| if without { "sans" } else { "avec" });
        add("engagement", goodwill.unwrap_or_default().into());
        add("modifiees", day(self.changed_since));
        pairs
    }

    /// The states kept, named or by part.
    #[must_use]
    pub fn kept_states(&self) -> Vec<State> {
        if !self.states.is_empty() {
            return self.states.clone();
        }
        let kept = |state: &State| match self.part {
            Part::Running => state.is_active(),
            Part::Over => state.is_over(),
            Part::All => true,
        };
        SHOWN_STATES.iter().copied().filter(kept).collect()
    }

    /// Whether only requests in hand are kept: a small set, that has indexes of its own.
    #[must_use]
    pub fn only_active(&self) -> bool {
        self.kept_states().into_iter().all(State::is_active)
    }

    /// The school's UAI, when that is what was typed.
    #[must_use]
    pub fn uai(&self) -> Option<Uai> {
        Uai::parse(&self.school.trim().to_uppercase()).ok()
    }

    /// How many criteria are set, words and part apart.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pairs().iter().filter(|(name, _)| name != "q").count()
    }
}

/// The French name of a parameter.
fn label(name: &str) -> &'static str {
    match name {
        "q" => "Chercher",
        "portee" => "Demandes",
        "etat" => "État",
        "equipe" => "Équipe",
        "affectee" => "Prise en charge par",
        "territoire" => "Territoire",
        "etablissement" => "Établissement",
        "fiche" => "Fiche ou type de demande",
        "theme" => "Thème",
        "nature" => "Nature",
        "urgentes" => "Urgentes",
        "echeance" => "Échéance",
        "avant" => "Échéance au plus tard",
        "du" => "Envoyées à partir du",
        "au" => "Envoyées jusqu’au",
        "canal" => "Arrivée par",
        "engagement" => "Engagement de délai",
        _ => "Modifiées depuis",
    }
}

fn one<'a, T>(
    slot: &mut Option<T>,
    value: Option<&'a str>,
    of: impl Fn(&'a str) -> Option<T>,
) -> Option<&'a str> {
    *slot = value.and_then(of);
    value.filter(|_| slot.is_none())
}

fn many<'a, T: PartialEq>(
    slot: &mut Vec<T>,
    values: &[&'a str],
    of: impl Fn(&'a str) -> Option<T>,
) -> Option<&'a str> {
    slot.clear();
    let mut unread = None;
    // No list has more states or teams than this: an address cannot make a statement grow.
    for &value in values.iter().take(60) {
        match of(value) {
            Some(read) if !slot.contains(&read) => slot.push(read),
            Some(_) => {}
            None => unread = unread.or(Some(value)),
        }
    }
    unread
}

fn shown_state(slug: &str) -> Option<State> {
    SHOWN_STATES.iter().copied().find(|state| state.slug() == slug)
}

fn assignee(value: &str) -> Option<Assignee> {
    match value {
        "moi" => Some(Assignee::Me),
        "personne" => Some(Assignee::Nobody),
        id => id.parse().ok().map(Assignee::Person),
    }
}

/// Who has it in hand, as addresses say it.
pub(crate) fn assignee_slug(assignee: Assignee) -> String {
    match assignee {
        Assignee::Me => "moi".into(),
        Assignee::Nobody => "personne".into(),
        Assignee::Person(id) => id.to_string(),
    }
}

/// A day between 2000 and 2199: others are slips of the hand, and databases do not hold them all.
fn day(text: &str) -> Option<NaiveDate> {
    text.parse::<NaiveDate>().ok().filter(|day| (2000..2200).contains(&day.year()))
}
