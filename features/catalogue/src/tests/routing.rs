//! The routing matrix.

use beffroi_db::{Db, db_test, journal};
use beffroi_kernel::{Permit, Role};
use beffroi_sheets::{Rule, Target, Theme};

use super::{catalogue, files, permit};
use crate::routing::{Matrix, RoutingError, ThemeEdit};
use crate::{Catalogue, EditRouting};

async fn seeded(db: &Db) -> (Catalogue, Matrix, Permit<EditRouting>) {
    let catalogue = catalogue(db);
    catalogue.publish_as_system("test", &files()).await.unwrap();
    let matrix = catalogue.matrix().await.unwrap();
    (catalogue, matrix, permit(Role::DepartmentHead, None))
}

#[db_test]
async fn the_default_may_change_team_but_never_go(db: Db) {
    let (catalogue, matrix, permit) = seeded(&db).await;
    let default = matrix.rules.iter().find(|rule| rule.is_default()).unwrap().id;

    let refused = catalogue.remove_rule(&permit, default, "Ménage").await;
    assert!(matches!(refused, Err(RoutingError::Default)));
    catalogue.retarget_rule(&permit, default, Target::MobileTeam, "Réorganisation").await.unwrap();

    assert_eq!(catalogue.matrix().await.unwrap().rule(default).unwrap().rule.to, Target::MobileTeam);
    let entry = &journal::of_subject(&db, &format!("routing:{default}")).await.unwrap()[0];
    assert!(entry.data.contains("Réorganisation"), "{}", entry.data);
}

#[db_test]
async fn a_rule_needs_a_reason_a_known_team_and_a_free_place(db: Db) {
    let (catalogue, matrix, permit) = seeded(&db).await;
    let existing = matrix.rules[0].rule.clone();
    let new = Rule { theme: Some("usages".into()), territory: None, academy: None, to: Target::MobileTeam };

    let silent = catalogue.add_rule(&permit, new.clone(), " ").await;
    assert!(matches!(silent, Err(RoutingError::Reason)));
    let unknown = Rule { to: Target::Team("personne".into()), ..new.clone() };
    assert!(matches!(catalogue.add_rule(&permit, unknown, "Essai").await, Err(RoutingError::UnknownTeam(_))));
    assert!(matches!(catalogue.add_rule(&permit, existing, "Essai").await, Err(RoutingError::Duplicate)));
    let id = catalogue.add_rule(&permit, new, "Essai").await.unwrap();
    catalogue.remove_rule(&permit, id, "Fin de l’essai").await.unwrap();
    assert_eq!(catalogue.matrix().await.unwrap().rules, matrix.rules);
}

#[db_test]
async fn a_theme_that_serves_stays(db: Db) {
    let (catalogue, _, permit) = seeded(&db).await;
    let used = catalogue.edit_theme(&permit, ThemeEdit::Remove("impression".into()), "Ménage").await;
    assert!(matches!(used, Err(RoutingError::ThemeUsed(_))));
    let theme = Theme { id: "salles".into(), label: "Salles".into() };
    catalogue.edit_theme(&permit, ThemeEdit::Add(theme), "Nouveau").await.unwrap();
    catalogue.edit_theme(&permit, ThemeEdit::Remove("salles".into()), "Erreur").await.unwrap();
    assert_eq!(catalogue.routing().await.unwrap().themes.len(), 2);
}
