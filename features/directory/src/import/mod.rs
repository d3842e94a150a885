//! Schools from the national open-data CSV, read as a stream. Separator and encoding are detected,
//! columns recognised by name, every rejected line reported; the others go in. (INTRO-14)

mod columns;
mod lines;
mod report;

pub use report::{ImportReport, Rejected};

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use beffroi_db::{Db, DbError, Event, Tx};
use beffroi_kernel::{Permit, SchoolId};

use crate::model::{ManageSchools, Team, TeamKind, Territory};
use crate::search;
use crate::store::schools::{self, Attachment, Record};
use crate::store::teams;
use columns::{Columns, Row};
use lines::Lines;

/// Schools written in one transaction.
const BATCH: usize = 200;

/// Where schools go, by département.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Département → slug of the territory.
    pub territories: BTreeMap<String, String>,
    /// Département → slug of the mobile team, when the territory has several.
    pub mobile_teams: BTreeMap<String, String>,
}

impl Default for Assignment {
    /// The five départements among the three territories of the default organisation.
    fn default() -> Self {
        let pairs = [("59", "nord"), ("62", "ouest"), ("80", "ouest"), ("02", "sud"), ("60", "sud")];
        let territories = pairs.map(|(department, slug)| (department.to_owned(), slug.to_owned())).into();
        Self { territories, mobile_teams: BTreeMap::new() }
    }
}

/// What to take of the file.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Where schools go.
    pub assignment: Assignment,
    /// Only these départements; all when empty.
    pub departments: Vec<String>,
    /// Only say what would happen.
    pub dry_run: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        let departments = ["02", "59", "60", "62", "80"].map(str::to_owned).into();
        Self { assignment: Assignment::default(), departments, dry_run: false }
    }
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("le fichier est illisible : {0}")]
    Read(#[from] std::io::Error),
    /// An encoding that the import does not know.
    #[error("le fichier est en UTF-16 : enregistrez-le en « CSV UTF-8 » et recommencez")]
    Utf16,
    /// Nothing in it.
    #[error("le fichier est vide")]
    Empty,
    /// Columns that are needed are missing.
    #[error("colonnes introuvables : {}. Colonnes lues : {}", missing.join(", "), found.join(", "))]
    Columns {
        /// What is needed.
        missing: Vec<&'static str>,
        /// What the first line holds.
        found: Vec<String>,
    },
    /// There is nowhere to attach schools to.
    #[error(
        "aucun territoire n’a à la fois un service d’exploitation et une équipe mobile : créez d’abord l’organisation"
    )]
    NoTerritory,
    /// The assignment names something that does not exist.
    #[error("le rattachement nomme « {0} », qui n’existe pas")]
    UnknownPlace(String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Reads schools from `reader`: creates those whose UAI is new, updates the others. `progress` is
/// called with the number of lines read.
///
/// # Errors
/// When nothing can be read; a faulty line is not an error but a line of the report.
pub async fn schools(
    db: &Db,
    permit: &Permit<ManageSchools>,
    reader: impl Read,
    options: &ImportOptions,
    progress: impl Fn(u64),
) -> Result<ImportReport, ImportError> {
    let mut lines = Lines::new(reader)?;
    let columns = Columns::recognise(lines.header().ok_or(ImportError::Empty)?)?;
    let places = Places::load(db, &options.assignment).await?;
    let mut report = ImportReport { separator: lines.separator_name(), ..ImportReport::default() };
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(line) = lines.next_line()? {
        report.lines += 1;
        match line
            .fields
            .map_err(str::to_owned)
            .and_then(|fields| columns.read(&fields, &options.departments))
        {
            Ok(Row::School(record)) => match seen.insert(record.uai.clone(), line.number) {
                Some(first) => {
                    report.reject(line.number, format!("l’UAI {} est déjà ligne {first}", record.uai))
                }
                None => batch.push(*record),
            },
            Ok(Row::Skipped(why)) => *report.skipped.entry(why).or_default() += 1,
            Err(reason) => report.reject(line.number, reason),
        }
        if batch.len() == BATCH {
            write(db, permit, &places, &mut report, std::mem::take(&mut batch), options.dry_run).await?;
        }
        progress(report.lines);
    }
    write(db, permit, &places, &mut report, batch, options.dry_run).await?;
    report.encoding = lines.encoding_name();
    Ok(report)
}

async fn write(
    db: &Db,
    permit: &Permit<ManageSchools>,
    places: &Places,
    report: &mut ImportReport,
    batch: Vec<Record>,
    dry_run: bool,
) -> Result<(), ImportError> {
    let tx = db.begin().await?;
    let uais: Vec<String> = batch.iter().map(|record| record.uai.clone()).collect();
    let known = schools::records(tx.on(), &uais).await?;
    for mut record in batch {
        match known.get(&record.uai) {
            None => {
                report.created += 1;
                create(&tx, permit, places, &record).await?;
            }
            Some((id, before)) => {
                record.keep_what_is_silent(before);
                if record == *before {
                    report.unchanged += 1;
                } else {
                    report.updated += 1;
                    schools::update(tx.on(), *id, &record).await?;
                    search::school_changed(&tx, *id).await?;
                    journal(&tx, permit, "school.updated", *id, &record);
                }
            }
        }
    }
    // Dropped without commit, nothing is kept.
    if !dry_run {
        tx.commit().await?;
    }
    Ok(())
}

async fn create(
    tx: &Tx,
    permit: &Permit<ManageSchools>,
    places: &Places,
    record: &Record,
) -> Result<(), DbError> {
    let id = SchoolId::new();
    teams::insert_academy(tx.on(), &record.academy, &columns::academy_name(&record.academy)).await?;
    schools::insert(tx.on(), id, record, places.of(&record.department)).await?;
    search::index_school(tx.on(), id).await?;
    journal(tx, permit, "school.created", id, record);
    Ok(())
}

fn journal(tx: &Tx, permit: &Permit<ManageSchools>, kind: &'static str, id: SchoolId, record: &Record) {
    let data = serde_json::json!({ "uai": record.uai, "name": record.name, "city": record.city });
    tx.journal(Event::new(kind, format!("school:{id}")).by(permit.person()).school(id).data(data));
}

impl Record {
    /// A column that the file lacks does not erase what is known.
    fn keep_what_is_silent(&mut self, before: &Self) {
        let text =
            |own: &mut Option<String>, before: &Option<String>| *own = own.take().or_else(|| before.clone());
        text(&mut self.insee, &before.insee);
        text(&mut self.email, &before.email);
        text(&mut self.phone, &before.phone);
        self.latitude = self.latitude.or(before.latitude);
        self.longitude = self.longitude.or(before.longitude);
        self.pupils = self.pupils.or(before.pupils);
    }
}

/// Where each département's schools are attached: never nowhere.
struct Places {
    by_department: BTreeMap<String, Attachment>,
    /// For départements without a rule: one of these, always the same.
    others: Vec<Attachment>,
}

impl Places {
    async fn load(db: &Db, assignment: &Assignment) -> Result<Self, ImportError> {
        let (territories, teams) = (teams::territories(db.read()).await?, teams::teams(db.read()).await?);
        let mut others = Vec::new();
        for territory in &territories {
            others.extend(attachment(&teams, territory, None));
        }
        if others.is_empty() {
            return Err(ImportError::NoTerritory);
        }
        let mut by_department = BTreeMap::new();
        for (department, slug) in &assignment.territories {
            let mobile = assignment.mobile_teams.get(department);
            let named = territories.iter().find(|territory| territory.slug == *slug);
            if let Some(found) = named.and_then(|territory| attachment(&teams, territory, mobile)) {
                by_department.insert(department.clone(), found);
            } else if mobile.is_some() || named.is_none() && *assignment != Assignment::default() {
                return Err(ImportError::UnknownPlace(mobile.unwrap_or(slug).clone()));
            }
        }
        Ok(Self { by_department, others })
    }

    fn of(&self, department: &str) -> Attachment {
        let any = department.bytes().map(usize::from).sum::<usize>() % self.others.len();
        self.by_department.get(department).copied().unwrap_or(self.others[any])
    }
}

fn attachment(teams: &[Team], territory: &Territory, mobile: Option<&String>) -> Option<Attachment> {
    let mut of_kind: Vec<&Team> = teams.iter().filter(|team| team.territory == Some(territory.id)).collect();
    of_kind.sort_by(|one, other| one.slug.cmp(&other.slug));
    let first = |kind| of_kind.iter().find(|team| team.kind == kind).map(|team| team.id);
    let named = mobile
        .map(|slug| of_kind.iter().find(|team| team.kind == TeamKind::MobileTeam && team.slug == *slug));
    let mobile = match named {
        Some(found) => found?.id,
        None => first(TeamKind::MobileTeam)?,
    };
    Some(Attachment { territory: territory.id, operations: first(TeamKind::OperationsService)?, mobile })
}
