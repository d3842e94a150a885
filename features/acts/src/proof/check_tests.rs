//! Every column of every table that an act is kept in, changed by one character in the database, is found and its act
//! is named. (T2)
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use beffroi_db::{Db, db_test};
use beffroi_kernel::{ActId, Role};
use chrono::{Days, TimeDelta};
use sea_orm::sea_query::{Expr, Value};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Iterable, ModelTrait, PrimaryKeyToColumn,
    QueryFilter, Statement,
};

use super::check;
use super::keep::keep;
use super::timestamp::{Authority, Stamp};
use crate::model::{Act, ActKind};
use crate::store::entities::{
    acknowledgement, act, effect, liability_contest, liability_release, review, signature, statement, text,
    timestamp,
};
use crate::tests::liability::{WHY, draft};
use crate::tests::{EVER, Ground, PASSWORD, because, confirming};
use crate::{confirm, liability, open, revoke};

/// A delegation whose life left a row in every table, and a release of liability that was contested twice.
async fn lived(ground: &Ground) -> (Act, Act) {
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let delegate = ground.serves("Noor", Role::Teacher, -1..EVER).await;
    let known = serde_json::json!({ "acknowledgements": [{ "name": "non-liability", "version": "1", "text": "Lu." }] });
    let act = ground
        .opens(ActKind::AdminRights, |new| {
            new.holder = Some(delegate);
            new.terms = known.clone();
        })
        .await;
    let act =
        ground.db().write(async |tx| open::redraft(tx, act.id, "Un autre texte.", known.clone()).await).await;
    let act = ground.signs(head, &act.unwrap()).await.unwrap();
    let stamp = Stamp { at: ground.db().now(), response: vec![1, 2, 3] };
    let authority = Authority::new("https://horodatage.example");
    ground.db().write(async |tx| keep(tx, &authority, act.id, &stamp).await).await.unwrap();
    ground.work().await;
    ground.wait(335).await;
    let permit = ground.permit(head).await;
    confirm(&ground.acts, &permit, confirming(act.id, "Toujours utile", PASSWORD)).await.unwrap();
    ground.wait(366).await;
    revoke(&ground.acts, &permit, act.id, because("Fin de mission")).await.unwrap();
    ground.work().await;

    let chief = ground.region("Dominique", Role::DepartmentHead).await;
    let (decides, contests) = (ground.permit(chief).await, ground.permit(head).await);
    let release = ground.decides(chief, &draft(), PASSWORD).await.unwrap();
    liability::contest(&ground.acts, &contests, ground.school, WHY).await.unwrap();
    liability::answer(&ground.acts, &decides, ground.school, WHY).await.unwrap();
    liability::contest(&ground.acts, &contests, ground.school, WHY).await.unwrap();
    ground.work().await;
    (act, release)
}

/// The acts that the check names, by reference.
async fn named(ground: &Ground) -> BTreeSet<String> {
    check(ground.db(), |_| ()).await.unwrap().faults.into_iter().map(|fault| fault.act).collect()
}

/// The same value but for one character, one bit, one microsecond or one day; something where there was nothing.
fn other(value: Value) -> Value {
    match value {
        Value::String(text) => {
            let mut text = text.unwrap_or_default();
            let last = if text.pop() == Some('x') { 'y' } else { 'x' };
            text.push(last);
            text.into()
        }
        Value::Uuid(id) => id.map_or(uuid::Uuid::max(), |id| uuid::Uuid::from_u128(id.as_u128() ^ 1)).into(),
        Value::ChronoDateTimeUtc(at) => {
            (at.unwrap_or_else(beffroi_db::testing::beginning) + TimeDelta::microseconds(1)).into()
        }
        Value::ChronoDate(day) => {
            (day.unwrap_or(beffroi_db::testing::beginning().date_naive()) + Days::new(1)).into()
        }
        Value::Bool(is) => (!is.unwrap_or_default()).into(),
        Value::Int(number) => (number.unwrap_or_default() + 1).into(),
        Value::Bytes(bytes) => {
            let mut bytes = bytes.unwrap_or_default();
            bytes[0] ^= 1;
            bytes.into()
        }
        value => panic!("no column has such a value: {value:?}"),
    }
}

async fn write<E>(ground: &Ground, row: &E::Model, column: E::Column, from: &Value, to: Value)
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
{
    let key = E::PrimaryKey::iter().fold(Condition::all(), |all, key| {
        let key = key.into_column();
        let same = format!("{key:?}") == format!("{column:?}");
        all.add(key.eq(if same { from.clone() } else { row.get(key) }))
    });
    let done = E::update_many().col_expr(column, Expr::value(to)).filter(key).exec(ground.db().read()).await;
    assert_eq!(done.unwrap().rows_affected, 1, "{column:?}");
}

/// Changes each column of each row of a table, and puts it back.
async fn spoil<E>(ground: &Ground, acts: [&Act; 2], of: impl Fn(&E::Model) -> ActId) -> usize
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E> + Sync,
{
    let rows = E::find().all(ground.db().read()).await.unwrap();
    for row in &rows {
        let reference = acts.iter().find(|act| act.id == of(row)).unwrap().reference.clone();
        for column in E::Column::iter() {
            let (old, new) = (row.get(column), other(row.get(column)));
            write::<E>(ground, row, column, &old, new.clone()).await;
            assert_eq!(named(ground).await, BTreeSet::from([reference.clone()]), "{column:?} of {row:?}");
            write::<E>(ground, row, column, &new, old).await;
        }
    }
    assert_eq!(named(ground).await, BTreeSet::new());
    rows.len()
}

#[db_test]
async fn each_column_of_each_table_changed_by_one_character_names_its_act(db: Db) {
    let ground = Ground::new(db).await;
    let (act, release) = lived(&ground).await;
    assert_eq!(named(&ground).await, BTreeSet::new());
    let acts = [&act, &release];
    let rows = [
        spoil::<act::Entity>(&ground, acts, |row| row.id).await,
        spoil::<signature::Entity>(&ground, acts, |row| row.act_id).await,
        spoil::<text::Entity>(&ground, acts, |row| row.act_id).await,
        spoil::<statement::Entity>(&ground, acts, |row| row.act_id).await,
        spoil::<timestamp::Entity>(&ground, acts, |row| row.act_id).await,
        spoil::<acknowledgement::Entity>(&ground, acts, |row| row.act_id.unwrap()).await,
        spoil::<review::Entity>(&ground, acts, |row| row.act_id).await,
        spoil::<effect::Entity>(&ground, acts, |row| row.act_id).await,
        spoil::<liability_release::Entity>(&ground, acts, |row| row.act_id).await,
        spoil::<liability_contest::Entity>(&ground, acts, |row| row.act_id).await,
    ];
    // What is acknowledged is so twice: by the signature, by the confirmation.
    assert_eq!(rows, [2, 2, 3, 2, 1, 2, 2, 2, 1, 2]);
}

#[db_test]
async fn each_row_taken_away_is_found(db: Db) {
    let ground = Ground::new(db).await;
    lived(&ground).await;
    for table in [
        "liability_contest",
        "liability_release",
        "act_effect",
        "act_review",
        "acknowledgement",
        "act_timestamp",
        "act_statement",
        "act_text",
        "act_signature",
    ] {
        let before = check(ground.db(), |_| ()).await.unwrap().faults.len();
        let sql = Statement::from_string(ground.db().backend(), format!("DELETE FROM {table}"));
        let gone = ground.db().read().execute_raw(sql).await.unwrap().rows_affected();
        let faults = check(ground.db(), |_| ()).await.unwrap().faults;
        assert_eq!(faults.len() - before, usize::try_from(gone).unwrap(), "{table}: {faults:?}");
        assert!(faults.iter().any(|fault| fault.what.contains("manque")), "{faults:?}");
    }
}

#[test]
fn a_column_added_later_leaves_the_fingerprints_of_today() {
    use crate::sealed::{Row, fingerprint};
    #[derive(serde::Serialize)]
    struct Today {
        b: u8,
        a: Option<u8>,
    }
    #[derive(serde::Serialize)]
    struct Later {
        a: Option<u8>,
        b: u8,
        new: Option<u8>,
    }
    impl Row for Today {
        fn name(&self) -> String {
            String::new()
        }
    }
    impl Row for Later {
        fn name(&self) -> String {
            String::new()
        }
    }
    let today = fingerprint(&Today { b: 1, a: None });
    assert_eq!(today, fingerprint(&Later { a: None, b: 1, new: None }));
    assert_ne!(today, fingerprint(&Later { a: None, b: 1, new: Some(0) }));
    assert_ne!(today, fingerprint(&Today { b: 1, a: Some(1) }));
}
