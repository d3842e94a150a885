//! The columns of the agents' list: one definition for the page and for the export.

use chrono::{DateTime, Utc};

use super::order::Key;
use crate::model::{State, WaitingFor};
use crate::store::console::Row;

/// A column of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// The reference.
    Reference,
    /// What is asked.
    Title,
    /// The school.
    School,
    /// The school's town.
    City,
    /// Who asked.
    Requester,
    /// The owner team.
    Team,
    /// Who has it in hand.
    Assignee,
    /// Where it stands.
    State,
    /// The next deadline.
    Due,
    /// When it was sent.
    Sent,
    /// When it last changed.
    Changed,
    /// The sheet and type.
    Kind,
    /// The theme.
    Theme,
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 13] = [
        Self::Reference,
        Self::Title,
        Self::School,
        Self::City,
        Self::State,
        Self::Due,
        Self::Team,
        Self::Assignee,
        Self::Requester,
        Self::Sent,
        Self::Changed,
        Self::Kind,
        Self::Theme,
    ];

    /// What someone who chose nothing sees.
    pub const USUAL: [Self; 6] =
        [Self::Title, Self::School, Self::State, Self::Due, Self::Team, Self::Assignee];

    /// Its name in the preference and in forms.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        self.key().slug()
    }

    /// The key that sorts by it.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::Reference => Key::Reference,
            Self::Title => Key::Title,
            Self::School => Key::School,
            Self::City => Key::City,
            Self::Requester => Key::Requester,
            Self::Team => Key::Team,
            Self::Assignee => Key::Assignee,
            Self::State => Key::State,
            Self::Due => Key::Due,
            Self::Sent => Key::Sent,
            Self::Changed => Key::Changed,
            Self::Kind => Key::Kind,
            Self::Theme => Key::Theme,
        }
    }

    /// Its French title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Reference => "Référence",
            Self::Title => "Objet",
            Self::School => "Établissement",
            Self::City => "Ville",
            Self::Requester => "Demandeur",
            Self::Team => "Équipe",
            Self::Assignee => "Prise en charge par",
            Self::State => "État",
            Self::Due => "Échéance",
            Self::Sent => "Envoyée",
            Self::Changed => "Modifiée",
            Self::Kind => "Type",
            Self::Theme => "Thème",
        }
    }

    /// What it says of a request, in plain text.
    #[must_use]
    pub fn text(self, row: &Row, labels: &Labels) -> String {
        let at = |instant: DateTime<Utc>| beffroi_ui::short_date_time(instant);
        match self {
            Self::Reference => row.reference.clone(),
            Self::Title => row.title.clone(),
            Self::School => row.school.clone(),
            Self::City => row.city.clone(),
            Self::Requester => row.requester.clone().unwrap_or_default(),
            Self::Team => row.team.clone(),
            Self::Assignee => row.assignee.clone().unwrap_or_default(),
            Self::State => state_text(row),
            Self::Due => row.next_due.map(at).unwrap_or_default(),
            Self::Sent => at(row.submitted_at),
            Self::Changed => at(row.updated_at),
            Self::Kind => labels.kind(&row.sheet_slug, &row.request_type),
            Self::Theme => labels.theme(&row.theme),
        }
    }

    /// The columns of a preference; the usual ones when it names none.
    #[must_use]
    pub fn chosen(preference: Option<&str>) -> Vec<Self> {
        let mut columns = Vec::new();
        for name in preference.unwrap_or_default().split(',') {
            if let Some(column) = Self::ALL.into_iter().find(|column| column.slug() == name)
                && !columns.contains(&column)
            {
                columns.push(column);
            }
        }
        if columns.is_empty() { Self::USUAL.to_vec() } else { columns }
    }

    /// These columns as a preference.
    #[must_use]
    pub fn preference(columns: &[Self]) -> String {
        columns.iter().map(|column| column.slug()).collect::<Vec<_>>().join(",")
    }
}

/// The titles of what requests name by their stable names.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// `slug` of a sheet or `slug/type` → title, in the order of the catalogue.
    pub kinds: Vec<(String, String)>,
    /// Theme → title.
    pub themes: Vec<(String, String)>,
}

impl Labels {
    /// The title of a request type; its stable name when its sheet is withdrawn.
    #[must_use]
    pub fn kind(&self, sheet: &str, request_type: &str) -> String {
        let name = format!("{sheet}/{request_type}");
        self.kinds.iter().find(|(kind, _)| *kind == name).map_or(name, |(_, title)| title.clone())
    }

    /// The title of a theme.
    #[must_use]
    pub fn theme(&self, theme: &str) -> String {
        let found = self.themes.iter().find(|(name, _)| name == theme);
        found.map_or_else(|| theme.to_owned(), |(_, title)| title.clone())
    }
}

/// The state in words; a waiting request says whom it waits for.
fn state_text(row: &Row) -> String {
    let Some(state) = State::of(&row.state) else { return row.state.clone() };
    match row.waiting_for.as_deref().and_then(WaitingFor::of).filter(|_| state == State::Waiting) {
        Some(whom) => format!("{}\u{a0}: {}", state.label(), whom.label()),
        None => state.label().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_of_columns_is_kept_in_its_order() {
        let columns = [Column::Due, Column::Reference, Column::City];
        assert_eq!(Column::chosen(Some(&Column::preference(&columns))), columns);
        assert_eq!(Column::chosen(Some("echeance,inconnue,echeance")), [Column::Due]);
        assert_eq!(Column::chosen(None), Column::USUAL);
    }
}
