//! A school's procedure: the regional steps with what the school made of them. (LIRE-08…11)
//!
//! Imposed steps always show the Region's text. An example step is the school's to adapt or remove. When the Region
//! publishes a new text, the school's choice stays in force and the step asks to be reviewed.

use beffroi_kernel::{PersonId, SheetVersionId};
use beffroi_sheets::{Block, StepKind};
use chrono::{DateTime, Utc};

/// What a school did to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepChange {
    /// Rewrote the example.
    Adapted,
    /// Took the example out.
    Removed,
    /// Wrote a step of its own.
    Added,
}

impl StepChange {
    /// The stable name.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Adapted => "adapted",
            Self::Removed => "removed",
            Self::Added => "added",
        }
    }

    /// The change of this name.
    #[must_use]
    pub fn of(slug: &str) -> Option<Self> {
        [Self::Adapted, Self::Removed, Self::Added].into_iter().find(|change| change.slug() == slug)
    }
}

/// What a school made of a step, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnStep {
    /// The sheet.
    pub slug: String,
    /// The regional block, or the school's own id for an added step.
    pub block_id: String,
    /// What was done.
    pub change: StepChange,
    /// The school's title.
    pub title: String,
    /// The school's text.
    pub markdown: String,
    /// For an added step, how many regional steps come before it.
    pub position: i32,
    /// The regional version the school had before its eyes.
    pub based_on: SheetVersionId,
    /// When.
    pub updated_at: DateTime<Utc>,
    /// Who.
    pub updated_by: PersonId,
}

/// Title and text of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepText {
    /// Title.
    pub title: String,
    /// Markdown.
    pub markdown: String,
}

/// What a step is in the school's procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepStatus {
    /// The Region's, locked.
    Imposed,
    /// The Region's example, neither adapted nor removed yet.
    Example,
    /// The school's text in the place of the example.
    Adapted,
    /// Taken out by the school.
    Removed,
    /// Written by the school.
    Added,
}

impl StepStatus {
    /// The French words shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Imposed => "Étape imposée par la Région",
            Self::Example => "Exemple à adapter ou à retirer",
            Self::Adapted => "Adaptée par l’établissement",
            Self::Removed => "Retirée par l’établissement",
            Self::Added => "Ajoutée par l’établissement",
        }
    }
}

/// The three texts of a step whose regional text changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// What happened, in French.
    pub why: &'static str,
    /// The regional text the school started from.
    pub base: Option<StepText>,
    /// The regional text now; none when the step is gone.
    pub regional: Option<StepText>,
    /// The school's text; none when it removed the step.
    pub ours: Option<StepText>,
}

/// A step of the merged procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its anchor.
    pub id: String,
    /// The text in force.
    pub text: StepText,
    /// What it is.
    pub status: StepStatus,
    /// What the school must look at again.
    pub review: Option<Review>,
    /// When the school last touched it, against two people writing at once.
    pub touched: Option<DateTime<Utc>>,
}

impl Step {
    /// Whether the school may change it.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.status == StepStatus::Imposed
    }
}

/// The regional block of a version, by version and id.
pub(crate) type BaseOf<'a> = &'a dyn Fn(SheetVersionId, &str) -> Option<Block>;

/// Puts the school's changes over the regional steps.
pub(crate) fn merge(regional: &[Block], own: &[OwnStep], base_of: BaseOf<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for index in 0..=regional.len() {
        steps.extend(added_at(index, regional, own, base_of));
        if let Some(block) = regional.get(index) {
            steps.push(regional_step(block, own.iter().find(|step| step.block_id == block.id), base_of));
        }
    }
    steps
}

fn added_at(index: usize, regional: &[Block], own: &[OwnStep], base_of: BaseOf<'_>) -> Vec<Step> {
    let place = |step: &OwnStep| usize::try_from(step.position).unwrap_or(0).min(regional.len());
    own.iter()
        .filter(|step| place(step) == index && !regional.iter().any(|block| block.id == step.block_id))
        // A removed example that the Region dropped too needs nothing more.
        .filter(|step| step.change != StepChange::Removed)
        .map(|step| {
            let dropped = step.change == StepChange::Adapted;
            let review = dropped.then(|| Review {
                why: "La Région ne propose plus cette étape ; votre texte est conservé.",
                base: base_of(step.based_on, &step.block_id).as_ref().map(text_of),
                regional: None,
                ours: Some(own_text(step)),
            });
            Step {
                id: step.block_id.clone(),
                text: own_text(step),
                status: StepStatus::Added,
                review,
                touched: Some(step.updated_at),
            }
        })
        .collect()
}

fn regional_step(block: &Block, own: Option<&OwnStep>, base_of: BaseOf<'_>) -> Step {
    let imposed = block.step != Some(StepKind::Example);
    let regional = text_of(block);
    let Some(own) = own else {
        let status = if imposed { StepStatus::Imposed } else { StepStatus::Example };
        return Step { id: block.id.clone(), text: regional, status, review: None, touched: None };
    };
    let ours = (own.change == StepChange::Adapted).then(|| own_text(own));
    let base = base_of(own.based_on, &own.block_id);
    let changed = base.as_ref().is_none_or(|base| text_of(base) != regional);
    let why = if imposed {
        Some("La Région impose désormais cette étape : son texte s’applique.")
    } else if changed {
        Some("La Région a changé le texte de cette étape depuis votre choix.")
    } else {
        None
    };
    let review = why.map(|why| Review {
        why,
        base: base.as_ref().map(text_of),
        regional: Some(regional.clone()),
        ours: ours.clone(),
    });
    let (status, text) = match (imposed, ours) {
        (true, _) => (StepStatus::Imposed, regional),
        (false, Some(ours)) => (StepStatus::Adapted, ours),
        (false, None) => (StepStatus::Removed, regional),
    };
    Step { id: block.id.clone(), text, status, review, touched: Some(own.updated_at) }
}

pub(crate) fn text_of(block: &Block) -> StepText {
    StepText { title: block.title.clone().unwrap_or_default(), markdown: block.markdown.clone() }
}

fn own_text(step: &OwnStep) -> StepText {
    StepText { title: step.title.clone(), markdown: step.markdown.clone() }
}

/// The examples that nobody adapted or removed: printing them warns. (LIRE-09)
pub(crate) fn unadapted(steps: &[Step]) -> Vec<&Step> {
    steps.iter().filter(|step| step.status == StepStatus::Example).collect()
}

/// The text without the marks of the Region's commitments and the school's duties: only the Region writes those.
pub(crate) fn unmarked(markdown: &str) -> String {
    let mut plain = markdown.to_owned();
    for scheme in ["](region:", "](school:"] {
        while let Some(mark) = plain.find(scheme) {
            let Some(end) = plain[mark..].find(')').map(|at| mark + at) else {
                break;
            };
            plain.replace_range(mark..=end, "");
            if let Some(open) = plain[..mark].rfind('[') {
                plain.remove(open);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use beffroi_sheets::Origin;

    use super::*;

    fn block(id: &str, text: &str, step: StepKind) -> Block {
        Block {
            id: id.into(),
            title: Some(id.into()),
            origin: Origin::Official,
            step: Some(step),
            markdown: text.into(),
            line: 1,
        }
    }

    fn own(block_id: &str, change: StepChange, position: i32) -> OwnStep {
        OwnStep {
            slug: "s".into(),
            block_id: block_id.into(),
            change,
            title: "Chez nous".into(),
            markdown: "notre texte".into(),
            position,
            based_on: SheetVersionId(uuid::Uuid::nil()),
            updated_at: DateTime::UNIX_EPOCH,
            updated_by: PersonId(uuid::Uuid::nil()),
        }
    }

    #[test]
    fn the_schools_choice_stays_when_the_region_did_not_move() {
        let regional = [block("a", "A", StepKind::Imposed), block("b", "B", StepKind::Example)];
        let base = regional.to_vec();
        let base_of = |_, id: &str| base.iter().find(|block| block.id == id).cloned();
        let steps = merge(
            &regional,
            &[own("b", StepChange::Adapted, 0), own("ajout", StepChange::Added, 1)],
            &base_of,
        );

        let seen: Vec<_> = steps.iter().map(|step| (step.id.as_str(), step.status)).collect();
        assert_eq!(
            seen,
            [("a", StepStatus::Imposed), ("ajout", StepStatus::Added), ("b", StepStatus::Adapted)]
        );
        assert!(steps.iter().all(|step| step.review.is_none()));
    }

    #[test]
    fn a_new_regional_text_asks_for_a_review_and_keeps_the_schools() {
        let base_of = |_, id: &str| Some(block(id, "B", StepKind::Example));
        let steps =
            merge(&[block("b", "B2", StepKind::Example)], &[own("b", StepChange::Adapted, 0)], &base_of);

        let review = steps[0].review.as_ref().unwrap();
        assert_eq!(steps[0].text.markdown, "notre texte");
        let texts = [&review.base, &review.regional, &review.ours]
            .map(|text| text.as_ref().unwrap().markdown.clone());
        assert_eq!(texts, ["B", "B2", "notre texte"]);
    }

    #[test]
    fn a_step_become_imposed_takes_the_regions_text() {
        let base_of = |_, id: &str| Some(block(id, "B", StepKind::Example));
        let steps =
            merge(&[block("b", "B", StepKind::Imposed)], &[own("b", StepChange::Removed, 0)], &base_of);

        assert_eq!((steps[0].status, steps[0].text.markdown.as_str()), (StepStatus::Imposed, "B"));
        assert!(steps[0].review.is_some());
    }

    #[test]
    fn a_school_cannot_write_in_the_regions_name() {
        let text = unmarked(
            "Nous [réparons tout](region:POSTE-01), voir [la fiche](/catalogue/x) et [payez](school:X-1).",
        );
        assert_eq!(text, "Nous réparons tout, voir [la fiche](/catalogue/x) et payez.");
    }
}
