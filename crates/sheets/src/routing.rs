//! Which team receives a request: theme × territory × academy × provider, with a mandatory default and a reason.
//! (CSU-08, CSU-09, CSU-10, IMP-10)

use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::{
    finding::Finding,
    parse::reader::{Node, Source},
    text::did_you_mean,
};

/// The matrix of the routing file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// The themes requests are about.
    pub themes: Vec<Theme>,
    /// The rules; the most specific wins.
    pub rules: Vec<Rule>,
}

/// A theme of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Its name in sheets.
    pub id: String,
    /// Its French name.
    pub label: String,
}

/// One rule; a part left out matches everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// For this theme only.
    pub theme: Option<String>,
    /// For this territory only.
    pub territory: Option<String>,
    /// For this academy only.
    pub academy: Option<String>,
    /// The team that receives.
    pub to: Target,
}

/// Who receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The school's own mobile team.
    MobileTeam,
    /// The school's own operations service.
    OperationsService,
    /// A team by its slug.
    Team(String),
}

/// A text that names no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("destination inconnue « {0} » : mobile-team, operations-service ou team:<équipe>")]
pub struct TargetError(pub String);

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MobileTeam => f.write_str("mobile-team"),
            Self::OperationsService => f.write_str("operations-service"),
            Self::Team(slug) => write!(f, "team:{slug}"),
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "mobile-team" => Ok(Self::MobileTeam),
            "operations-service" => Ok(Self::OperationsService),
            _ => match text.strip_prefix("team:") {
                Some(slug) if !slug.trim().is_empty() => Ok(Self::Team(slug.trim().to_owned())),
                _ => Err(TargetError(text.to_owned())),
            },
        }
    }
}

/// Where a request comes from, seen by routing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The school's territory.
    pub territory: String,
    /// The school's academy.
    pub academy: String,
    /// The slug of its mobile team.
    pub mobile_team: String,
    /// The slug of its operations service.
    pub operations_service: String,
    /// Its providers: theme, slug of the provider's team.
    pub contracts: Vec<(String, String)>,
}

/// The one team that owns a request, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The slug of the team.
    pub team: String,
    /// A French sentence.
    pub because: String,
}

/// What the routing report points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IssueKind {
    /// Only the default receives, or no team is known.
    Gap,
    /// Several rules of the same precision match.
    Overlap,
    /// A rule never chosen.
    Unused,
}

/// One line of the routing report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingIssue {
    /// Its kind.
    pub kind: IssueKind,
    /// A French sentence.
    pub message: String,
}

impl Rule {
    fn matches(&self, theme: &str, place: &Place) -> bool {
        let fits =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        fits(&self.theme, theme)
            && fits(&self.territory, &place.territory)
            && fits(&self.academy, &place.academy)
    }

    /// Theme before territory before academy.
    fn precision(&self) -> u8 {
        u8::from(self.theme.is_some()) * 4
            + u8::from(self.territory.is_some()) * 2
            + u8::from(self.academy.is_some())
    }

    fn is_default(&self) -> bool {
        self.precision() == 0
    }

    fn scope(&self, label: &str) -> String {
        let theme = self.theme.as_ref().map(|_| format!("le thème « {label} »"));
        let territory = self.territory.as_ref().map(|territory| format!("le territoire « {territory} »"));
        let academy = self.academy.as_ref().map(|academy| format!("l’académie « {academy} »"));
        let parts: Vec<String> = [theme, territory, academy].into_iter().flatten().collect();
        parts.join(" et ")
    }
}

impl Target {
    fn team(&self, place: &Place) -> String {
        match self {
            Self::MobileTeam => place.mobile_team.clone(),
            Self::OperationsService => place.operations_service.clone(),
            Self::Team(slug) => slug.clone(),
        }
    }

    fn whose(&self) -> String {
        match self {
            Self::MobileTeam => "l’équipe mobile de l’établissement".to_owned(),
            Self::OperationsService => "le service d’exploitation de l’établissement".to_owned(),
            Self::Team(slug) => format!("l’équipe « {slug} »"),
        }
    }
}

impl Routing {
    /// Reads `routing.toml`.
    ///
    /// # Errors
    /// Every fault with its line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Finding>> {
        let mut source = Source::new(file, text, 1);
        let Some(table) = source.parse_toml() else {
            return Err(source.findings);
        };
        let mut root = Node::root(&table);
        let mut routing = Self { themes: Vec::new(), rules: Vec::new() };
        for mut node in root.tables("theme", &mut source) {
            let theme = Theme { id: node.text("id", &mut source), label: node.text("label", &mut source) };
            if routing.themes.iter().any(|known| known.id == theme.id) {
                node.fault("id", &mut source, format!("le thème « {} » est déclaré deux fois", theme.id));
            }
            routing.themes.push(theme);
            node.finish(&mut source);
        }
        for node in root.tables("rule", &mut source) {
            routing.read_rule(node, &mut source);
        }
        root.finish(&mut source);
        if !routing.rules.iter().any(Rule::is_default) {
            source.error(1, "la règle par défaut manque : une [[rule]] qui n’a que « to »");
        }
        if source.findings.is_empty() { Ok(routing) } else { Err(source.findings) }
    }

    fn read_rule(&mut self, mut node: Node<'_>, source: &mut Source<'_>) {
        let theme = node.maybe_text("theme", source);
        let territory = node.maybe_text("territory", source);
        let academy = node.maybe_text("academy", source);
        if let Some(theme) = theme.as_deref().filter(|theme| self.theme(theme).is_none()) {
            let near = did_you_mean(theme, self.themes.iter().map(|theme| theme.id.as_str()));
            node.fault("theme", source, format!("thème inconnu « {theme} »{near}"));
        }
        let same =
            |rule: &Rule| rule.theme == theme && rule.territory == territory && rule.academy == academy;
        if self.rules.iter().any(same) {
            node.fault("to", source, "une autre règle couvre déjà exactement les mêmes demandes");
        }
        let faults = source.findings.len();
        let to = node.text("to", source);
        match to.parse() {
            Ok(to) => self.rules.push(Rule { theme, territory, academy, to }),
            Err(error) if source.findings.len() == faults => {
                node.fault("to", source, TargetError::to_string(&error));
            }
            Err(_) => {}
        }
        node.finish(source);
    }

    /// The theme of this id.
    #[must_use]
    pub fn theme(&self, id: &str) -> Option<&Theme> {
        self.themes.iter().find(|theme| theme.id == id)
    }

    /// Whether a team receives this theme from everywhere.
    pub(crate) fn covers(&self, theme: &str) -> bool {
        self.rules.iter().any(|rule| {
            rule.is_default()
                || (rule.theme.as_deref() == Some(theme)
                    && rule.territory.is_none()
                    && rule.academy.is_none())
        })
    }

    /// The rule that applies: the most precise, then the first written.
    #[must_use]
    pub fn matching(&self, theme: &str, place: &Place) -> Option<(usize, &Rule)> {
        let fitting = self.rules.iter().enumerate().filter(|(_, rule)| rule.matches(theme, place));
        fitting.max_by_key(|(index, rule)| (rule.precision(), std::cmp::Reverse(*index)))
    }

    /// The team that owns a request of this theme from this place. Never empty when the place knows its service.
    #[must_use]
    pub fn route(&self, theme: &str, provider_first: bool, place: &Place) -> Decision {
        let label = self.theme(theme).map_or(theme, |theme| theme.label.as_str());
        if provider_first
            && let Some((_, team)) = place.contracts.iter().find(|(covered, _)| covered == theme)
        {
            let because = format!(
                "L’établissement a un contrat pour le thème « {label} » : le prestataire reçoit la demande en premier."
            );
            return Decision { team: team.clone(), because };
        }
        match self.matching(theme, place) {
            Some((_, rule)) if !rule.to.team(place).is_empty() => {
                let because = if rule.is_default() {
                    format!(
                        "Aucune règle ne vise le thème « {label} » pour ce lieu : la règle par défaut désigne {}.",
                        rule.to.whose()
                    )
                } else {
                    format!("La règle pour {} désigne {}.", rule.scope(label), rule.to.whose())
                };
                Decision { team: rule.to.team(place), because }
            }
            _ => Decision {
                team: place.operations_service.clone(),
                because: format!(
                    "Aucune équipe n’est désignée pour le thème « {label} » : le service d’exploitation reçoit la demande."
                ),
            },
        }
    }

    /// Gaps, overlaps and unused rules, seen from these places (name, place).
    #[must_use]
    pub fn report(&self, places: &[(String, Place)]) -> Vec<RoutingIssue> {
        let mut issues = self.gaps(places);
        issues.extend(self.overlaps(places));
        let used: BTreeSet<usize> = self
            .themes
            .iter()
            .flat_map(|theme| places.iter().filter_map(|(_, place)| self.matching(&theme.id, place)))
            .map(|(index, _)| index)
            .collect();
        let unused =
            self.rules.iter().enumerate().filter(|(index, rule)| !used.contains(index) && !rule.is_default());
        issues.extend(unused.map(|(index, rule)| RoutingIssue {
            kind: IssueKind::Unused,
            message: format!("La règle n° {} (vers {}) ne sert à aucun établissement.", index + 1, rule.to),
        }));
        issues
    }

    fn gaps(&self, places: &[(String, Place)]) -> Vec<RoutingIssue> {
        let mut issues = Vec::new();
        for theme in &self.themes {
            let default = places.iter().filter(|(_, place)| {
                self.matching(&theme.id, place).is_none_or(|(_, rule)| rule.is_default())
            });
            issues.extend(grouped(default, |names| {
                format!("Le thème « {} » suit la règle par défaut pour {names}.", theme.label)
            }));
            let nobody =
                places.iter().filter(|(_, place)| self.route(&theme.id, false, place).team.is_empty());
            issues.extend(grouped(nobody, |names| {
                format!("Le thème « {} » n’a aucune équipe pour {names}.", theme.label)
            }));
        }
        issues
    }

    fn overlaps(&self, places: &[(String, Place)]) -> Vec<RoutingIssue> {
        let mut pairs = BTreeSet::new();
        for (theme, (_, place)) in
            self.themes.iter().flat_map(|theme| places.iter().map(move |place| (theme, place)))
        {
            let Some((chosen, rule)) = self.matching(&theme.id, place) else {
                continue;
            };
            let rivals = self.rules.iter().enumerate().filter(|(index, other)| {
                *index != chosen && other.precision() == rule.precision() && other.matches(&theme.id, place)
            });
            pairs.extend(rivals.map(|(index, _)| (chosen.min(index), chosen.max(index))));
        }
        pairs
            .into_iter()
            .map(|(first, second)| RoutingIssue {
                kind: IssueKind::Overlap,
                message: format!(
                    "Les règles n° {} et n° {} visent les mêmes demandes.",
                    first + 1,
                    second + 1
                ),
            })
            .collect()
    }
}

/// One gap for several places, naming at most three.
fn grouped<'a>(
    places: impl Iterator<Item = &'a (String, Place)>,
    message: impl Fn(&str) -> String,
) -> Option<RoutingIssue> {
    let names: Vec<&str> = places.map(|(name, _)| name.as_str()).collect();
    let words = match names.len() {
        0 => return None,
        1..=3 => names.join(", "),
        count => format!("{} et {} autres établissements", names[..3].join(", "), count - 3),
    };
    Some(RoutingIssue { kind: IssueKind::Gap, message: message(&words) })
}

#[cfg(test)]
mod tests;
