//! What breaks: the other side away for an hour, an answer lost, states changed by hand, a request given to
//! another team. Nothing is lost, all of it is shown, the button mends it.

use beffroi_bridge::ask_again;
use beffroi_db::{Db, db_test};
use beffroi_desk::WorkRequests;
use beffroi_desk::work::{self, Step};
use chrono::TimeDelta;
use serde_json::json;

use crate::ground::{Pair, once};
use crate::pages::page_of;

async fn link(pair: &Pair) -> beffroi_bridge::Link {
    beffroi_bridge::links_of(
        &pair.here.bridges(),
        pair.here.folder(pair.here.nora, &reference(pair).await).await.request.id,
    )
    .await
    .unwrap()
    .remove(0)
}

async fn reference(pair: &Pair) -> String {
    pair.here.text("SELECT reference FROM request ORDER BY reference").await
}

#[db_test]
async fn an_hour_without_the_other_side_loses_nothing(db: Db) {
    let mut pair = Pair::new(db).await;
    let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
    pair.here.turn().await;
    let theirs = pair.theirs().await;
    pair.wire.cut();
    let sonia = pair.here.sonia;
    for words in ["Un.", "Deux.", "Trois."] {
        pair.here.does(sonia, &reference, "messages", json!({ "texte": words })).await;
        pair.here.turn().await;
        pair.here.later(TimeDelta::minutes(20));
        pair.here.turn().await;
    }
    let page = page_of(&pair.here, pair.here.nora, &format!("/demandes/{reference}/passerelle")).await;
    for words in ["L’échange échoue", "autre outil", "Rien n’est perdu", "nouvel essai"] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    pair.there.does(pair.there.nora, &theirs, "messages", json!({ "texte": "Quatre, de là-bas." })).await;
    pair.wire.mend();
    pair.here.later(TimeDelta::hours(1));
    pair.here.turn().await;
    let first = |words: Vec<String>| {
        words.iter().map(|one| one.lines().next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(first(pair.there.said(&theirs).await), ["Quatre, de là-bas.", "Un.", "Deux.", "Trois."]);
    assert_eq!(first(pair.here.said(&reference).await), ["Un.", "Deux.", "Trois.", "Quatre, de là-bas."]);
    let page = page_of(&pair.here, pair.here.nora, &format!("/demandes/{reference}/passerelle")).await;
    assert!(!page.contains("L’échange échoue"), "{page}");
    assert_eq!(pair.here.number("SELECT CAST(failures AS BIGINT) FROM bridge").await, 0);
}

#[test]
fn a_message_whose_answer_is_lost_is_written_once() {
    once(async |db| {
        let mut pair = Pair::new(db).await;
        let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
        pair.here.turn().await;
        let theirs = pair.theirs().await;
        pair.here.does(pair.here.sonia, &reference, "messages", json!({ "texte": "Un." })).await;
        pair.wire.lose_an_answer();
        pair.here.turn().await;
        // Their memory of keys lasts a day: the mark is found after it.
        pair.there.number("DELETE FROM api_call RETURNING 1").await;
        for _ in 0..3 {
            pair.here.ten_minutes().await;
        }
        assert_eq!(pair.there.said(&theirs).await.len(), 1);
        assert_eq!(pair.here.said(&reference).await.len(), 1, "and it does not come back");
        assert_eq!(pair.here.number("SELECT COUNT(*) FROM bridge_exchange WHERE state <> 'done'").await, 0);
    });
}

#[db_test]
async fn a_difference_made_by_hand_is_shown_and_mended_when_asked(db: Db) {
    let mut pair = Pair::new(db).await;
    let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
    pair.here.turn().await;
    let theirs = pair.theirs().await;
    pair.there.does(pair.there.nora, &theirs, "etapes", json!({ "geste": "prendre" })).await;
    pair.here.ten_minutes().await;
    // Somebody here puts it on hold: the other Beffroi lets only its own agents do so.
    let request = pair.here.folder(pair.here.nora, &reference).await.request.id;
    let permit = pair.here.access(pair.here.nora).await.permit::<WorkRequests>().unwrap();
    let wait = Step::Wait(beffroi_desk::WaitingFor::Provider, "On attend la lampe.".into());
    work::work(pair.here.desk(), &permit, request, wait).await.unwrap();
    for _ in 0..3 {
        pair.here.ten_minutes().await;
    }
    assert_eq!(pair.here.state(&reference).await, "waiting", "nobody fights over it");
    let path = format!("/demandes/{reference}/passerelle");
    let page = page_of(&pair.here, pair.here.nora, &path).await;
    assert!(page.contains("États différents") && page.contains("ne laisse que ses agents"), "{page}");
    let count = async || pair.there.number("SELECT COUNT(*) FROM message").await;
    let before = count().await;
    ask_again(&pair.here.bridges(), &link(&pair).await, pair.here.nora).await.unwrap();
    pair.here.turn().await;
    assert_eq!(pair.here.state(&reference).await, "open", "as in the tool of those who work on it");
    assert_eq!(count().await, before, "nothing is written twice there");
    let page = page_of(&pair.here, pair.here.nora, &path).await;
    assert!(!page.contains("États différents"), "{page}");
    assert_eq!(pair.here.number("SELECT COUNT(*) FROM journal_entry WHERE kind = 'bridge.asked'").await, 1);
}

#[test]
fn what_is_given_to_another_team_is_out_of_reach() {
    once(async |db| {
        let mut pair = Pair::new(db).await;
        let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
        pair.here.turn().await;
        let theirs = pair.theirs().await;
        pair.here.reassign(&reference, "mobile-sud").await;
        pair.there.does(pair.there.nora, &theirs, "messages", json!({ "texte": "Trop tard." })).await;
        for _ in 0..2 {
            pair.here.ten_minutes().await;
        }
        assert!(pair.here.said(&reference).await.iter().all(|one| !one.contains("Trop tard")));
        assert_eq!(pair.here.text("SELECT state FROM bridge_link").await, "ended");
        let said = pair.there.said(&theirs).await;
        assert!(said.iter().any(|one| one.contains("est confiée à une autre équipe")), "{said:?}");
    });
}

#[test]
fn a_request_that_came_by_a_bridge_is_not_sent_on() {
    once(async |db| {
        let pair = Pair::new(db).await;
        pair.here.ask("Écran noir.\n\n— Nora, demande 2026-00001 [beffroi:0123456789ab]").await;
        pair.here.turn().await;
        assert_eq!(pair.there.number("SELECT COUNT(*) FROM request").await, 0);
        assert!(pair.here.text("SELECT last_error FROM bridge_link").await.contains("par une passerelle"));
    });
}
