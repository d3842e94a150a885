//! Saved searches: seen by those they are for, changed by those they belong to.

use beffroi_db::{Db, db_test};
use beffroi_kernel::{Access, Role};

use super::ground::Ground;
use crate::lists::searches::{self, Audience, Gesture, MOST_PINNED, SearchError};
use crate::lists::{Queue, Selection};

async fn names(ground: &Ground, access: &Access) -> Vec<String> {
    searches::all(&ground.desk, access).await.unwrap().into_iter().map(|search| search.name).collect()
}

#[db_test]
async fn a_search_is_seen_by_those_it_is_for(db: Db) {
    let ground = Ground::new(db).await;
    let mine = ground.technician();
    let colleague = ground.agent(Role::Technician, ground.people[1], Some(ground.teams[0]), None);
    let stranger = ground.agent(Role::Technician, ground.people[2], Some(ground.teams[1]), None);
    let manager = ground.agent(Role::ServiceManager, ground.people[7], Some(ground.teams[3]), None);
    let due = Selection::of(Queue::Due);
    let save = async |access: &Access, name: &str, audience| {
        searches::save(&ground.desk, access, name, audience, &due, false).await
    };
    save(&mine, "À moi", Audience::Me).await.unwrap();
    let team = save(&mine, "À l’équipe", Audience::Team(ground.teams[0])).await.unwrap();
    let everyone = save(&manager, "À tous", Audience::Everyone).await.unwrap();
    for refused in [Audience::Everyone, Audience::Team(ground.teams[1])] {
        assert!(matches!(save(&mine, "Refusée", refused).await, Err(SearchError::Missing(_))));
    }
    assert!(matches!(save(&mine, "  ", Audience::Me).await, Err(SearchError::Missing(_))));

    assert_eq!(names(&ground, &mine).await.len(), 3);
    assert_eq!(names(&ground, &colleague).await.len(), 2);
    assert_eq!(names(&ground, &stranger).await, ["À tous"]);
    assert_eq!(searches::all(&ground.desk, &stranger).await.unwrap()[0].selection, due);

    let act = async |access: &Access, id, gesture| searches::act(&ground.desk, access, id, gesture).await;
    act(&colleague, team, Gesture::Rename("Renommée".into())).await.unwrap();
    assert!(names(&ground, &mine).await.contains(&"Renommée".to_owned()));
    assert!(matches!(act(&stranger, team, Gesture::Delete).await, Err(SearchError::NotFound)));
    assert!(matches!(act(&mine, everyone, Gesture::Delete).await, Err(SearchError::NotYours)));

    let copy = act(&stranger, everyone, Gesture::Copy).await.unwrap().unwrap();
    let changed = Selection::of(Queue::Mine);
    act(&stranger, copy, Gesture::Replace(Box::new(changed.clone()))).await.unwrap();
    let seen = searches::all(&ground.desk, &stranger).await.unwrap();
    assert_eq!(seen.iter().find(|search| search.id == copy).unwrap().selection, changed);
    act(&manager, everyone, Gesture::Delete).await.unwrap();
    assert_eq!(names(&ground, &stranger).await, ["À tous (copie)"]);
}

#[db_test]
async fn pins_and_the_preferred_search_are_each_persons_own(db: Db) {
    let ground = Ground::new(db).await;
    let mine = ground.technician();
    let colleague = ground.agent(Role::Technician, ground.people[1], Some(ground.teams[0]), None);
    let mut ids = Vec::new();
    for number in 0..=MOST_PINNED {
        let name = format!("Recherche {number}");
        let audience = Audience::Team(ground.teams[0]);
        let selection = Selection::default();
        ids.push(searches::save(&ground.desk, &mine, &name, audience, &selection, false).await.unwrap());
    }
    let act = async |access: &Access, id, gesture| searches::act(&ground.desk, access, id, gesture).await;
    for id in &ids[..MOST_PINNED] {
        act(&mine, *id, Gesture::Pin(true)).await.unwrap();
    }
    let more = act(&mine, ids[MOST_PINNED], Gesture::Pin(true)).await;
    assert!(matches!(more, Err(SearchError::Missing(_))));
    act(&mine, ids[0], Gesture::Prefer(true)).await.unwrap();
    act(&mine, ids[1], Gesture::Prefer(true)).await.unwrap();
    let seen = searches::all(&ground.desk, &mine).await.unwrap();
    let preferred: Vec<_> = seen.iter().filter(|search| search.preferred).map(|search| search.id).collect();
    assert_eq!(preferred, [ids[1]]);
    assert_eq!(seen.iter().filter(|search| search.pinned).count(), MOST_PINNED);
    let others = searches::all(&ground.desk, &colleague).await.unwrap();
    assert!(others.iter().all(|search| !search.pinned && !search.preferred));
}
