//! People named in a form: chosen among those who hold the function in the school on that day, and checked again
//! when it is sent. (SRV-27, SEC-08, SEC-16)

use beffroi_db::DbError;
use beffroi_kernel::SchoolId;
use beffroi_sheets::{Answer, Answers, Field, FieldError, FieldKind, PersonRef};

use crate::Desk;
use crate::drafts::Draft;

/// Whom this question lets choose in the school now, by family name.
///
/// # Errors
/// When the database does not answer.
pub async fn choosable(desk: &Desk, school: SchoolId, field: &Field) -> Result<Vec<PersonRef>, DbError> {
    if field.kind != FieldKind::Person {
        return Ok(Vec::new());
    }
    let found = beffroi_directory::eligible(&desk.site.db, school, &field.who).await?;
    Ok(found.into_iter().map(|one| PersonRef { id: one.person, name: one.name, role: one.role }).collect())
}

/// Those who were chosen and may not be any more: they left, or changed function, since.
pub(crate) async fn gone(desk: &Desk, draft: &Draft, answers: &Answers) -> Result<Vec<FieldError>, DbError> {
    let mut errors = Vec::new();
    for field in &draft.kind().fields {
        let Some(Answer::People(people)) = answers.get(&field.id).filter(|answer| answer.is_given()) else {
            continue;
        };
        let known = choosable(desk, draft.school, field).await?;
        if let Some(left) = people.iter().find(|one| known.iter().all(|now| now.id != one.id)) {
            let message = format!(
                "Choisissez une autre personne : {} n’a plus, aujourd’hui, la fonction demandée dans l’établissement",
                left.name
            );
            errors.push(FieldError { field: field.id.clone(), message });
        }
    }
    Ok(errors)
}

/// Names whoever an import or a simulation left to name: the first people of the school who may be.
pub(crate) async fn name_anyone(desk: &Desk, draft: &Draft, answers: &mut Answers) -> Result<(), DbError> {
    for field in &draft.kind().fields {
        let Some(Answer::People(people)) = answers.get_mut(&field.id) else { continue };
        if people.iter().all(|one| !one.is_anyone()) {
            continue;
        }
        let wanted = people.len();
        *people = choosable(desk, draft.school, field).await?.into_iter().take(wanted).collect();
    }
    Ok(())
}
