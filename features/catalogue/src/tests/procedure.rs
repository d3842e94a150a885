//! A school's own procedure.

use beffroi_db::{Db, db_test, journal};
use beffroi_kernel::{Permit, Role, SchoolId};

use super::{catalogue, files, permit, sheet};
use crate::procedure::{StepEdit, StepError};
use crate::{AdaptProcedure, Catalogue, ReadProcedure, StepStatus};

const STEP: (&str, &str) = ("impression", "prevenir");

async fn published(db: &Db) -> Catalogue {
    let catalogue = catalogue(db);
    catalogue.publish_as_system("test", &files()).await.unwrap();
    catalogue
}

fn head(school: SchoolId) -> Permit<AdaptProcedure> {
    permit(Role::Head, Some(school))
}

fn ours() -> StepEdit {
    StepEdit::Write { title: "Prévenir".into(), markdown: "Appelez Mme Roux.".into() }
}

#[db_test]
async fn a_schools_text_is_seen_in_that_school_only(db: Db) {
    let catalogue = published(&db).await;
    let (school, other) = (SchoolId::new(), SchoolId::new());
    catalogue.edit_step(&head(school), school, STEP, ours(), None).await.unwrap();

    let teacher: Permit<ReadProcedure> = permit(Role::Teacher, Some(school));
    let stranger: Permit<ReadProcedure> = permit(Role::Teacher, Some(other));
    let seen = catalogue.procedure(teacher.scope(), school, "impression").await.unwrap().unwrap();
    let elsewhere = catalogue.procedure(stranger.scope(), other, "impression").await.unwrap().unwrap();
    let forced = catalogue.procedure(stranger.scope(), school, "impression").await.unwrap().unwrap();

    assert_eq!(seen.step("prevenir").unwrap().text.markdown, "Appelez Mme Roux.");
    assert!(seen.unadapted().is_empty());
    assert_eq!(elsewhere.step("prevenir").unwrap().status, StepStatus::Example);
    assert_eq!(forced.step("prevenir").unwrap().status, StepStatus::Example);
    assert_eq!(journal::of_subject(&db, "procedure:impression").await.unwrap()[0].school_id, Some(school));
}

#[db_test]
async fn another_schools_procedure_cannot_be_written(db: Db) {
    let catalogue = published(&db).await;
    let refused = catalogue.edit_step(&head(SchoolId::new()), SchoolId::new(), STEP, ours(), None).await;
    assert!(matches!(refused, Err(StepError::NotFound)));
}

#[db_test]
async fn an_imposed_step_can_be_neither_changed_nor_removed(db: Db) {
    let catalogue = published(&db).await;
    let school = SchoolId::new();
    for edit in [ours(), StepEdit::Remove, StepEdit::Keep] {
        let refused = catalogue.edit_step(&head(school), school, ("impression", "guichet"), edit, None).await;
        assert!(matches!(refused, Err(StepError::Locked)));
    }
}

#[db_test]
async fn a_new_regional_text_is_put_beside_the_schools_until_it_chooses(db: Db) {
    let catalogue = published(&db).await;
    let school = SchoolId::new();
    let head = head(school);
    catalogue.edit_step(&head, school, STEP, ours(), None).await.unwrap();
    let new = sheet("impression", 1, "2026-10-01", "Prévenez l’accueil.");
    catalogue.publish_as_system("test", &[new]).await.unwrap();

    let procedure = catalogue.procedure(head.scope(), school, "impression").await.unwrap().unwrap();
    let step = procedure.step("prevenir").unwrap();
    let review = step.review.as_ref().unwrap();
    let texts =
        [&review.base, &review.regional, &review.ours].map(|text| text.as_ref().unwrap().markdown.as_str());
    assert_eq!(texts, ["Prévenez la vie scolaire.", "Prévenez l’accueil.", "Appelez Mme Roux."]);
    assert_eq!(step.text.markdown, "Appelez Mme Roux.");

    catalogue.edit_step(&head, school, STEP, StepEdit::Keep, step.touched).await.unwrap();
    let kept = catalogue.procedure(head.scope(), school, "impression").await.unwrap().unwrap();
    assert_eq!(kept.to_review(), 0);
    let touched = kept.step("prevenir").unwrap().touched;
    catalogue.edit_step(&head, school, STEP, StepEdit::Restore, touched).await.unwrap();
    let taken = catalogue.procedure(head.scope(), school, "impression").await.unwrap().unwrap();
    assert_eq!(taken.step("prevenir").unwrap().text.markdown, "Prévenez l’accueil.");
}

#[db_test]
async fn of_two_people_writing_at_once_one_is_told(db: Db) {
    let catalogue = published(&db).await;
    let school = SchoolId::new();
    catalogue.edit_step(&head(school), school, STEP, ours(), None).await.unwrap();
    let late = catalogue.edit_step(&head(school), school, STEP, StepEdit::Remove, None).await;
    assert!(matches!(late, Err(StepError::Meanwhile)));
}

#[db_test]
async fn a_school_adds_and_deletes_a_step_of_its_own(db: Db) {
    let catalogue = published(&db).await;
    let school = SchoolId::new();
    let head = head(school);
    let nothing = catalogue.add_step(&head, school, "impression", 1, ("Relever", "")).await;
    assert!(matches!(nothing, Err(StepError::Text)));
    let id =
        catalogue.add_step(&head, school, "impression", 1, ("Relever", "Notez le compteur.")).await.unwrap();

    let procedure = catalogue.procedure(head.scope(), school, "impression").await.unwrap().unwrap();
    let order: Vec<&str> = procedure.steps.iter().map(|step| step.text.title.as_str()).collect();
    assert_eq!(order, ["Passer par le guichet", "Relever", "Prévenir"]);
    let touched = procedure.step(&id).unwrap().touched;
    catalogue.edit_step(&head, school, ("impression", &id), StepEdit::Remove, touched).await.unwrap();
    let procedure = catalogue.procedure(head.scope(), school, "impression").await.unwrap().unwrap();
    assert!(procedure.step(&id).is_none());
}
