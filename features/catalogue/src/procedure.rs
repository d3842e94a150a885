//! A school's own procedure: adapt, remove or add to the example steps; imposed steps stay locked; a new regional text
//! is put beside the school's. (LIRE-08…11)

use std::collections::HashMap;
use std::sync::Arc;

use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::{Permit, SchoolId, Scope, SheetVersionId};
use beffroi_sheets::{Block, SectionKind, Sheet};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::rules::procedure::{self, OwnStep, Step, StepChange, unmarked};
use crate::store::steps;
use crate::{AdaptProcedure, Catalogue, Published};

/// The longest text of a step.
pub const MAX_TEXT: usize = 4_000;
/// The longest title of a step.
pub const MAX_TITLE: usize = 120;

/// The procedure of a sheet, as one school has it.
#[derive(Clone, Debug)]
pub struct SchoolProcedure {
    /// The sheet that applies today.
    pub published: Arc<Published>,
    /// Its steps with the school's changes, removed ones included.
    pub steps: Vec<Step>,
}

impl SchoolProcedure {
    /// The examples neither adapted nor removed: printing them warns. (LIRE-09)
    #[must_use]
    pub fn unadapted(&self) -> Vec<&Step> {
        procedure::unadapted(&self.steps)
    }

    /// How many steps ask to be looked at again.
    #[must_use]
    pub fn to_review(&self) -> usize {
        self.steps.iter().filter(|step| step.review.is_some()).count()
    }

    /// The step of this id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

/// What a school wants done with a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepEdit {
    /// Put this text in the place of the example, or of the school's earlier text.
    Write {
        /// Title.
        title: String,
        /// Markdown.
        markdown: String,
    },
    /// Take the step out.
    Remove,
    /// Come back to the Region's text.
    Restore,
    /// Keep the school's choice, having seen the Region's new text.
    Keep,
}

/// Why a step was not changed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// No such sheet or step, or not in this school.
    #[error("cette étape n’existe pas dans la procédure de votre établissement")]
    NotFound,
    /// Imposed by the Region.
    #[error("la Région impose cette étape pour rendre le service : elle ne peut être ni modifiée ni retirée")]
    Locked,
    /// Someone of the school changed it meanwhile.
    #[error(
        "quelqu’un d’autre a modifié cette étape depuis que vous l’avez ouverte : relisez-la avant d’enregistrer"
    )]
    Meanwhile,
    /// The title is missing.
    #[error("donnez un titre à l’étape, en {MAX_TITLE} caractères au plus")]
    Title,
    /// The text is missing.
    #[error("écrivez le texte de l’étape, en {MAX_TEXT} caractères au plus")]
    Text,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Catalogue {
    /// The procedure of `slug` in `school`, for people of that school.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn procedure(
        &self,
        scope: &Scope,
        school: SchoolId,
        slug: &str,
    ) -> Result<Option<SchoolProcedure>, DbError> {
        let Some(published) = self.sheet(slug).await? else {
            return Ok(None);
        };
        let own = steps::of_school(self.site().db.read(), scope, school, Some(slug)).await?;
        self.merged(published, &own).await.map(Some)
    }

    /// The procedures of every sheet that has one, as `school` has them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn procedures(&self, scope: &Scope, school: SchoolId) -> Result<Vec<SchoolProcedure>, DbError> {
        let all = steps::of_school(self.site().db.read(), scope, school, None).await?;
        let mut procedures = Vec::new();
        for published in self.current().await? {
            if regional_steps(&published.sheet).is_empty() {
                continue;
            }
            let own: Vec<OwnStep> =
                all.iter().filter(|step| step.slug == published.sheet.slug).cloned().collect();
            procedures.push(self.merged(published, &own).await?);
        }
        Ok(procedures)
    }

    async fn merged(&self, published: Arc<Published>, own: &[OwnStep]) -> Result<SchoolProcedure, DbError> {
        let mut bases: HashMap<SheetVersionId, Arc<Published>> = HashMap::new();
        for step in own {
            if !bases.contains_key(&step.based_on)
                && let Some(base) = self.version(step.based_on).await?
            {
                bases.insert(step.based_on, base);
            }
        }
        let base_of = |version, id: &str| {
            let base = bases.get(&version)?;
            regional_steps(&base.sheet).iter().find(|block| block.id == id).cloned()
        };
        let steps = procedure::merge(regional_steps(&published.sheet), own, &base_of);
        Ok(SchoolProcedure { published, steps })
    }

    /// Changes a step of the school's procedure. `seen` is when the step shown had last been touched.
    ///
    /// # Errors
    /// [`StepError::Locked`] for an imposed step, [`StepError::Meanwhile`] when someone else was first.
    pub async fn edit_step(
        &self,
        permit: &Permit<AdaptProcedure>,
        school: SchoolId,
        (slug, block_id): (&str, &str),
        edit: StepEdit,
        seen: Option<DateTime<Utc>>,
    ) -> Result<(), StepError> {
        let published = self.writable(permit, school, slug).await?;
        let steps = regional_steps(&published.sheet);
        let place = steps.iter().position(|block| block.id == block_id);
        let imposed = place.is_some_and(|place| is_imposed(&steps[place]));
        self.site()
            .db
            .write(async |tx| {
                crate::store::alone(tx, "school_step").await?;
                let own = steps::of_school(tx.on(), permit.scope(), school, Some(slug)).await?;
                let mine = own.iter().find(|step| step.block_id == block_id);
                if mine.is_none() && place.is_none() {
                    return Err(StepError::NotFound);
                }
                // A leftover of the time when the step was an example may only be let go.
                if imposed && (mine.is_none() || edit != StepEdit::Restore) {
                    return Err(StepError::Locked);
                }
                if mine.map(|step| step.updated_at) != seen {
                    return Err(StepError::Meanwhile);
                }
                let shape = OwnStep {
                    slug: slug.to_owned(),
                    block_id: block_id.to_owned(),
                    change: if place.is_some() { StepChange::Adapted } else { StepChange::Added },
                    title: String::new(),
                    markdown: String::new(),
                    position: place
                        .and_then(|place| i32::try_from(place).ok())
                        .or(mine.map(|step| step.position))
                        .unwrap_or(0),
                    based_on: published.id,
                    updated_at: tx.now(),
                    updated_by: permit.person(),
                };
                let done = write_step(tx, school, shape, &edit).await?;
                tx.journal(changed(permit, school, (slug, block_id), done, published.id));
                Ok(())
            })
            .await
    }

    /// Adds a step of the school's own after `after` regional steps; gives its id.
    ///
    /// # Errors
    /// When the title or the text is missing, or the sheet has no procedure.
    pub async fn add_step(
        &self,
        permit: &Permit<AdaptProcedure>,
        school: SchoolId,
        slug: &str,
        after: usize,
        (title, markdown): (&str, &str),
    ) -> Result<String, StepError> {
        let published = self.writable(permit, school, slug).await?;
        let (title, markdown) = readable(title, markdown)?;
        let position = i32::try_from(after.min(regional_steps(&published.sheet).len())).unwrap_or(0);
        self.site()
            .db
            .write(async |tx| {
                let block_id = format!("etablissement-{}", Uuid::now_v7().simple());
                let step = OwnStep {
                    slug: slug.to_owned(),
                    block_id: block_id.clone(),
                    change: StepChange::Added,
                    title,
                    markdown,
                    position,
                    based_on: published.id,
                    updated_at: tx.now(),
                    updated_by: permit.person(),
                };
                steps::put(tx.on(), school, &step).await?;
                tx.journal(changed(permit, school, (slug, &block_id), "added", published.id));
                Ok(block_id)
            })
            .await
    }

    async fn writable(
        &self,
        permit: &Permit<AdaptProcedure>,
        school: SchoolId,
        slug: &str,
    ) -> Result<Arc<Published>, StepError> {
        let within = permit.scope().is_everything() || permit.scope().schools().contains(&school);
        let published =
            self.sheet(slug).await?.filter(|published| !regional_steps(&published.sheet).is_empty());
        published.filter(|_| within).ok_or(StepError::NotFound)
    }
}

async fn write_step(
    tx: &Tx,
    school: SchoolId,
    shape: OwnStep,
    edit: &StepEdit,
) -> Result<&'static str, StepError> {
    match edit {
        StepEdit::Write { title, markdown } => {
            let (title, markdown) = readable(title, markdown)?;
            steps::put(tx.on(), school, &OwnStep { title, markdown, ..shape }).await?;
            Ok("written")
        }
        StepEdit::Remove if shape.change == StepChange::Adapted => {
            steps::put(tx.on(), school, &OwnStep { change: StepChange::Removed, ..shape }).await?;
            Ok("removed")
        }
        StepEdit::Remove | StepEdit::Restore => {
            steps::delete(tx.on(), school, &shape.slug, &shape.block_id).await?;
            Ok("restored")
        }
        StepEdit::Keep => {
            let (step, now) =
                ((shape.slug.as_str(), shape.block_id.as_str()), (shape.updated_at, shape.updated_by));
            steps::confirm(tx.on(), school, step, shape.based_on, now).await?;
            Ok("kept")
        }
    }
}

fn changed(
    permit: &Permit<AdaptProcedure>,
    school: SchoolId,
    (slug, step): (&str, &str),
    edit: &str,
    version: SheetVersionId,
) -> Event {
    let data = json!({ "step": step, "edit": edit, "version": version });
    Event::new("procedure.changed", format!("procedure:{slug}")).by(permit.person()).school(school).data(data)
}

/// The regional steps of the procedure of a sheet.
pub(crate) fn regional_steps(sheet: &Sheet) -> &[Block] {
    sheet.section(SectionKind::Procedure).map_or(&[], |section| section.blocks.as_slice())
}

fn is_imposed(block: &Block) -> bool {
    block.step != Some(beffroi_sheets::StepKind::Example)
}

fn readable(title: &str, markdown: &str) -> Result<(String, String), StepError> {
    let (title, markdown) = (title.trim(), unmarked(markdown.trim()).replace("\r\n", "\n"));
    if title.is_empty() || title.chars().count() > MAX_TITLE {
        return Err(StepError::Title);
    }
    if markdown.is_empty() || markdown.chars().count() > MAX_TEXT {
        return Err(StepError::Text);
    }
    Ok((title.to_owned(), markdown))
}
