//! Templates are filled from the request, refused with an unknown field, and reach those they are for.

use beffroi_db::{Db, db_test};
use beffroi_kernel::Role;

use super::*;
use crate::composer::ground::Ground;
use crate::model::State;
use crate::views::request::tests::folder;

fn typed(name: &str, body: &str, reach: TemplateReach) -> TypedTemplate {
    TypedTemplate { name: name.into(), body: body.into(), reach, request_type: None }
}

async fn saved(ground: &Ground, access: &Access, name: &str, reach: TemplateReach) -> TemplateId {
    let permit = access.permit().unwrap();
    save(&ground.desk, &permit, access, None, typed(name, "Bonjour {demandeur}", reach)).await.unwrap()
}

async fn names(ground: &Ground, access: &Access, kind: Option<&str>) -> Vec<String> {
    usable(&ground.desk, access, kind).await.unwrap().into_iter().map(|one| one.name).collect()
}

#[test]
fn fields_are_filled_once_and_blanks_stay() {
    let mut folder = folder(State::Open);
    folder.names.insert(folder.request.requester_id, "Zoé {agent} Marquette".into());
    let text =
        fill("{demandeur}, {etablissement}, {reference}. {agent}, [… date] { }", &folder, "Nora Artois");
    assert_eq!(text, "Zoé {agent} Marquette, Lycée Condorcet, 2026-00042. Nora Artois, [… date] { }");
    assert_eq!(blank(&text), Some("[… date]"));
    assert_eq!(blank("Le poste [204] est réparé"), None);
}

#[db_test]
async fn an_unknown_field_is_refused_with_those_that_exist(db: Db) {
    let ground = Ground::new(db).await;
    let nora = ground.technician("Nora", "Artois").await;
    let body = "Bonjour {demandeur}, votre {ticket} avance.";
    let permit = nora.permit().unwrap();
    let refused = save(&ground.desk, &permit, &nora, None, typed("Suivi", body, TemplateReach::Own)).await;
    let Err(TemplateError::Field("body", words)) = refused else { panic!("{refused:?}") };
    assert!(words.contains("{ticket}") && words.contains("{demandeur}, {etablissement}"), "{words}");
    assert_eq!(names(&ground, &nora, None).await, Vec::<String>::new());
}

#[db_test]
async fn a_template_reaches_its_author_its_team_or_everyone(db: Db) {
    let ground = Ground::new(db).await;
    let nora = ground.technician("Nora", "Artois").await;
    let paul = ground.technician("Paul", "Escaut").await;
    let far = ground.team("mobile-sud").await;
    let lise = ground.person(("Lise", "Somme"), Role::Technician, None, Some(far)).await;
    let boss = ground.person(("Anne", "Lys"), Role::DepartmentHead, None, None).await;
    saved(&ground, &nora, "De Nora", TemplateReach::Own).await;
    let shared = saved(&ground, &nora, "De l’équipe", TemplateReach::Team).await;
    saved(&ground, &boss, "De tous", TemplateReach::Everyone).await;

    assert_eq!(names(&ground, &nora, None).await, ["De Nora", "De l’équipe", "De tous"]);
    assert_eq!(names(&ground, &paul, None).await, ["De l’équipe", "De tous"]);
    assert_eq!(names(&ground, &lise, None).await, ["De tous"]);

    let everyone = typed("À tous", "Bonjour", TemplateReach::Everyone);
    let refused = save(&ground.desk, &nora.permit().unwrap(), &nora, None, everyone).await;
    assert!(matches!(refused, Err(TemplateError::Field("reach", _))), "{refused:?}");
    // A colleague of the team may change it; another team does not see it.
    let mended = typed("De l’équipe, mieux", "Bonjour", TemplateReach::Team);
    save(&ground.desk, &paul.permit().unwrap(), &paul, Some(shared), mended).await.unwrap();
    let hidden = delete(&ground.desk, &lise.permit().unwrap(), &lise, shared).await;
    assert!(matches!(hidden, Err(TemplateError::NotFound)), "{hidden:?}");
    delete(&ground.desk, &paul.permit().unwrap(), &paul, shared).await.unwrap();
    assert_eq!(names(&ground, &nora, None).await, ["De Nora", "De tous"]);
    let subject = format!("template:{shared}");
    let journal = beffroi_db::journal::of_subject(&ground.desk.site.db, &subject).await.unwrap();
    let kinds: Vec<String> = journal.into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["template.saved", "template.saved", "template.deleted"]);
}

#[db_test]
async fn the_most_sent_come_first_and_only_those_that_suit(db: Db) {
    let ground = Ground::new(db).await;
    let nora = ground.technician("Nora", "Artois").await;
    let permit = nora.permit().unwrap();
    saved(&ground, &nora, "Accueil", TemplateReach::Own).await;
    let often = saved(&ground, &nora, "Passage", TemplateReach::Own).await;
    let only = TypedTemplate {
        request_type: Some("reseau-local/incident".into()),
        ..typed("Réseau", "Bonjour", TemplateReach::Own)
    };
    save(&ground.desk, &permit, &nora, None, only).await.unwrap();
    ground.desk.site.db.write::<_, DbError, _>(async |tx| count_use(tx, often).await).await.unwrap();

    assert_eq!(names(&ground, &nora, Some("poste-de-travail/panne")).await, ["Passage", "Accueil"]);
    assert_eq!(names(&ground, &nora, Some("reseau-local/incident")).await, ["Passage", "Accueil", "Réseau"]);
}
