//! Who receives what: the matrix theme × place, changed with a reason and journaled. The default always stays, so that
//! every request has exactly one owner. (CSU-08…10)

use beffroi_db::{DbError, Event, Tx};
use beffroi_directory::{schools, teams};
use beffroi_kernel::{Permit, PersonId};
use beffroi_sheets::{Place, RequestType, Routing, Rule, Target, TargetError, Theme};
use serde_json::json;
use uuid::Uuid;

use crate::rules::matrix;
use crate::store;
use crate::{Catalogue, EditRouting};

/// A rule with its place in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRule {
    /// Its identifier.
    pub id: Uuid,
    /// Its rank.
    pub position: i32,
    /// What it says.
    pub rule: Rule,
}

impl StoredRule {
    /// Whether it is the mandatory default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        matrix::is_default(&self.rule)
    }
}

/// A slug and its French name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Stable name.
    pub slug: String,
    /// French name.
    pub name: String,
}

/// A school as routing sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolPlace {
    /// How the directory names it, one name a school.
    pub label: String,
    /// What routes its requests.
    pub place: Place,
}

/// The schools, teams and places that routing speaks of.
#[derive(Clone, Debug, Default)]
pub struct Landscape {
    /// Every active school.
    pub schools: Vec<SchoolPlace>,
    /// Every active team.
    pub teams: Vec<Named>,
    /// Every territory.
    pub territories: Vec<Named>,
    /// Every academy.
    pub academies: Vec<Named>,
}

/// The matrix, with all that a page needs to show it.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The themes, in order.
    pub themes: Vec<Theme>,
    /// The rules, in order.
    pub rules: Vec<StoredRule>,
    /// Schools, teams and places.
    pub landscape: Landscape,
}

impl Matrix {
    /// The matrix as `sheets` decides with it.
    #[must_use]
    pub fn routing(&self) -> Routing {
        Routing {
            themes: self.themes.clone(),
            rules: self.rules.iter().map(|stored| stored.rule.clone()).collect(),
        }
    }

    /// The rule of this identifier.
    #[must_use]
    pub fn rule(&self, id: Uuid) -> Option<&StoredRule> {
        self.rules.iter().find(|stored| stored.id == id)
    }
}

/// Why the matrix was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RoutingError {
    /// No reason was given.
    #[error("dites pourquoi vous changez le routage : la raison est inscrite au journal")]
    Reason,
    /// No such theme.
    #[error("le thème « {0} » n’existe pas")]
    UnknownTheme(String),
    /// No such team.
    #[error("l’équipe « {0} » n’existe pas ou n’est plus active : choisissez-en une dans la liste")]
    UnknownTeam(String),
    /// The target cannot be read.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// No such territory or academy.
    #[error("ce territoire ou cette académie n’existe pas")]
    UnknownPlace,
    /// Another rule covers exactly the same requests.
    #[error("une règle existe déjà pour ce thème et ce lieu : modifiez-la")]
    Duplicate,
    /// The default rule must stay.
    #[error(
        "la règle par défaut ne peut pas être supprimée : sans elle, une demande pourrait n’appartenir à personne"
    )]
    Default,
    /// A theme is named by sheets or rules.
    #[error("ce thème sert encore : {0}")]
    ThemeUsed(String),
    /// The theme's id or label is missing or misshapen.
    #[error(
        "donnez au thème un nom, et un identifiant en minuscules, chiffres et tirets qui ne sert pas déjà"
    )]
    ThemeShape,
    /// No such rule.
    #[error("cette règle n’existe plus : quelqu’un l’a peut-être supprimée")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A change of the themes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThemeEdit {
    /// A new theme, last.
    Add(Theme),
    /// Another label.
    Rename(Theme),
    /// The theme goes, when nothing names it.
    Remove(String),
}

impl Catalogue {
    /// The matrix and all that its page shows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn matrix(&self) -> Result<Matrix, DbError> {
        let (themes, rules) = store::routing::read(self.site().db.read()).await?;
        Ok(Matrix { themes, rules, landscape: self.landscape().await? })
    }

    async fn landscape(&self) -> Result<Landscape, DbError> {
        let db = &self.site().db;
        let schools =
            schools::places(db).await?.into_iter().map(|(label, place)| SchoolPlace { label, place });
        let teams =
            teams::teams(db).await?.into_iter().map(|team| Named { slug: team.slug, name: team.name });
        let territories = teams::territories(db).await?.into_iter();
        let academies = teams::academies(db).await?.into_iter();
        Ok(Landscape {
            schools: schools.collect(),
            teams: teams.collect(),
            territories: territories.map(|known| Named { slug: known.slug, name: known.name }).collect(),
            academies: academies.map(|(slug, name)| Named { slug, name }).collect(),
        })
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// When the rule names something unknown or repeats another, or no reason is given.
    pub async fn add_rule(
        &self,
        permit: &Permit<EditRouting>,
        rule: Rule,
        reason: &str,
    ) -> Result<Uuid, RoutingError> {
        let reason = given(reason)?;
        let landscape = self.landscape().await?;
        self.change(async |tx| {
            let matrix = locked(tx, landscape).await?;
            matrix::check_new(&rule, &matrix.routing(), &matrix.landscape)?;
            let position = matrix.rules.iter().map(|stored| stored.position).max().unwrap_or(0) + 1;
            let id = store::routing::insert_rule(tx.on(), &rule, position).await?;
            journal(
                tx,
                permit.person(),
                "routing.rule-added",
                id,
                json!({ "after": words(&rule), "reason": reason }),
            );
            Ok(id)
        })
        .await
    }

    /// Sends the requests of a rule to another team.
    ///
    /// # Errors
    /// When the team is unknown, the rule is gone, or no reason is given.
    pub async fn retarget_rule(
        &self,
        permit: &Permit<EditRouting>,
        id: Uuid,
        to: Target,
        reason: &str,
    ) -> Result<(), RoutingError> {
        let reason = given(reason)?;
        let landscape = self.landscape().await?;
        self.change(async |tx| {
            let matrix = locked(tx, landscape).await?;
            let before = matrix.rule(id).ok_or(RoutingError::NotFound)?;
            matrix::check_target(&to, &matrix.landscape)?;
            store::routing::retarget(tx.on(), id, &to).await?;
            let after = Rule { to: to.clone(), ..before.rule.clone() };
            let data = json!({ "before": words(&before.rule), "after": words(&after), "reason": reason });
            journal(tx, permit.person(), "routing.rule-changed", id, data);
            Ok(())
        })
        .await
    }

    /// Removes a rule; the default stays.
    ///
    /// # Errors
    /// [`RoutingError::Default`] for the default rule.
    pub async fn remove_rule(
        &self,
        permit: &Permit<EditRouting>,
        id: Uuid,
        reason: &str,
    ) -> Result<(), RoutingError> {
        let reason = given(reason)?;
        let landscape = self.landscape().await?;
        self.change(async |tx| {
            let matrix = locked(tx, landscape).await?;
            let before = matrix.rule(id).ok_or(RoutingError::NotFound)?;
            if before.is_default() {
                return Err(RoutingError::Default);
            }
            store::routing::delete_rule(tx.on(), id).await?;
            let data = json!({ "before": words(&before.rule), "reason": reason });
            journal(tx, permit.person(), "routing.rule-removed", id, data);
            Ok(())
        })
        .await
    }

    /// Changes the themes.
    ///
    /// # Errors
    /// When the theme is misshapen, unknown, or still named by a sheet or a rule.
    pub async fn edit_theme(
        &self,
        permit: &Permit<EditRouting>,
        edit: ThemeEdit,
        reason: &str,
    ) -> Result<(), RoutingError> {
        let reason = given(reason)?;
        let sheets = self.current().await?;
        let landscape = self.landscape().await?;
        self.change(async |tx| {
            let matrix = locked(tx, landscape).await?;
            let sheets: Vec<&RequestType> =
                sheets.iter().flat_map(|published| &published.sheet.requests).collect();
            let (kind, theme) = write_theme(tx, &matrix, &sheets, &edit).await?;
            let label = match &edit {
                ThemeEdit::Add(theme) | ThemeEdit::Rename(theme) => Some(theme.label.clone()),
                ThemeEdit::Remove(_) => None,
            };
            journal(tx, permit.person(), kind, &theme, json!({ "label": label, "reason": reason }));
            Ok(())
        })
        .await
    }

    async fn change<T>(
        &self,
        work: impl AsyncFnOnce(&Tx) -> Result<T, RoutingError> + Clone,
    ) -> Result<T, RoutingError> {
        let done = self.site().db.write(work).await;
        self.routing_changed();
        done
    }
}

async fn write_theme(
    tx: &Tx,
    matrix: &Matrix,
    requests: &[&RequestType],
    edit: &ThemeEdit,
) -> Result<(&'static str, String), RoutingError> {
    let known = |id: &str| matrix.themes.iter().any(|theme| theme.id == id);
    match edit {
        ThemeEdit::Add(theme) => {
            if !is_slug(&theme.id) || theme.label.is_empty() || known(&theme.id) {
                return Err(RoutingError::ThemeShape);
            }
            let position = i32::try_from(matrix.themes.len()).unwrap_or(i32::MAX);
            store::routing::insert_theme(tx.on(), theme, position).await?;
            Ok(("routing.theme-added", theme.id.clone()))
        }
        ThemeEdit::Rename(theme) => {
            if theme.label.is_empty() {
                return Err(RoutingError::ThemeShape);
            }
            if !known(&theme.id) {
                return Err(RoutingError::UnknownTheme(theme.id.clone()));
            }
            store::routing::rename_theme(tx.on(), &theme.id, &theme.label).await?;
            Ok(("routing.theme-renamed", theme.id.clone()))
        }
        ThemeEdit::Remove(id) => {
            if let Some(request) = requests.iter().find(|request| &request.theme == id) {
                return Err(RoutingError::ThemeUsed(format!("demande « {} »", request.title)));
            }
            if matrix.rules.iter().any(|stored| stored.rule.theme.as_ref() == Some(id)) {
                return Err(RoutingError::ThemeUsed("une règle le nomme".into()));
            }
            store::routing::delete_theme(tx.on(), id).await?;
            Ok(("routing.theme-removed", id.clone()))
        }
    }
}

async fn locked(tx: &Tx, landscape: Landscape) -> Result<Matrix, DbError> {
    store::alone(tx, "routing_rule").await?;
    let (themes, rules) = store::routing::read(tx.on()).await?;
    Ok(Matrix { themes, rules, landscape })
}

fn given(reason: &str) -> Result<String, RoutingError> {
    let reason = reason.trim();
    if reason.is_empty() { Err(RoutingError::Reason) } else { Ok(reason.to_owned()) }
}

fn words(rule: &Rule) -> serde_json::Value {
    json!({
        "theme": rule.theme, "territory": rule.territory, "academy": rule.academy, "to": rule.to.to_string(),
    })
}

fn journal(
    tx: &Tx,
    by: PersonId,
    kind: &'static str,
    subject: impl std::fmt::Display,
    data: serde_json::Value,
) {
    tx.journal(Event::new(kind, format!("routing:{subject}")).by(by).data(data));
}

fn is_slug(id: &str) -> bool {
    !id.is_empty()
        && !id.starts_with('-')
        && !id.ends_with('-')
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
