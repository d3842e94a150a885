//! A request lives on both sides: once, in order, without echo, and solved as it is solved there.

use axum::http::Method;
use beffroi_db::{Db, db_test};
use serde_json::json;

use crate::ground::{Pair, once};

#[test]
fn a_request_appears_there_once_though_the_answer_is_lost() {
    once(async |db| {
        let mut pair = Pair::new(db).await;
        pair.wire.lose_an_answer();
        let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
        pair.here.turn().await;
        assert_eq!(pair.here.text("SELECT state FROM bridge_link").await, "opening", "its answer was lost");
        pair.here.later(chrono::TimeDelta::seconds(15));
        pair.here.turn().await;
        let theirs = pair.theirs().await;
        assert_eq!(pair.here.text("SELECT theirs FROM bridge_link").await, theirs);
        let folder = pair.there.folder(pair.there.nora, &theirs).await;
        let asked =
            folder.answers.iter().flat_map(|(_, values)| values).cloned().collect::<Vec<_>>().join("\n");
        for word in [reference.as_str(), "vidéoprojecteur ne s’allume plus", "Sacha Sonia", "Lycée 599001"]
        {
            assert!(asked.contains(word), "{word} is not in {asked}");
        }
        for _ in 0..3 {
            pair.here.ten_minutes().await;
        }
        assert_eq!(pair.theirs().await, theirs, "and never again");
    });
}

#[db_test]
async fn words_pass_both_ways_in_order_and_never_come_back(db: Db) {
    let mut pair = Pair::new(db).await;
    let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
    pair.here.turn().await;
    let theirs = pair.theirs().await;
    let (sonia, nora) = (pair.here.sonia, pair.there.nora);
    pair.here.does(sonia, &reference, "messages", json!({ "texte": "C’est en salle 204." })).await;
    pair.here.does(sonia, &reference, "messages", json!({ "texte": "La porte est à gauche." })).await;
    pair.here.turn().await;
    pair.there.does(nora, &theirs, "messages", json!({ "texte": "La lampe est-elle grillée ?" })).await;
    pair.there.does(nora, &theirs, "messages", json!({ "texte": "J’arrive à 14 h." })).await;
    pair.here.ten_minutes().await;
    pair.here.does(sonia, &reference, "messages", json!({ "texte": "Elle est neuve." })).await;
    for _ in 0..3 {
        pair.here.ten_minutes().await;
    }
    let begins =
        |words: &[String]| words.iter().map(|one| one.lines().next().unwrap().to_owned()).collect::<Vec<_>>();
    let expected = [
        "C’est en salle 204.",
        "La porte est à gauche.",
        "La lampe est-elle grillée ?",
        "J’arrive à 14 h.",
        "Elle est neuve.",
    ];
    assert_eq!(begins(&pair.here.said(&reference).await), expected);
    assert_eq!(begins(&pair.there.said(&theirs).await), expected);
    let came = &pair.here.said(&reference).await[2];
    assert!(came.ends_with("— Sacha Nora, par la passerelle «\u{a0}Infogérance\u{a0}»"), "{came}");
    let acted =
        "SELECT COUNT(*) FROM journal_entry WHERE kind = 'bridge.acted' AND data LIKE '%Infogérance%'";
    assert_eq!(pair.here.number(acted).await, 2, "the journal keeps what the bridge did");
}

#[db_test]
async fn what_is_solved_there_is_solved_here_and_reopened_from_here(db: Db) {
    let mut pair = Pair::new(db).await;
    let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
    pair.here.turn().await;
    let theirs = pair.theirs().await;
    let (sonia, nora) = (pair.here.sonia, pair.there.nora);
    pair.there.does(nora, &theirs, "etapes", json!({ "geste": "prendre" })).await;
    pair.here.ten_minutes().await;
    assert_eq!(pair.here.state(&reference).await, "open", "taken there, taken here");
    let wait = json!({ "geste": "attendre", "qui": "school", "texte": "Quel est son numéro de série ?" });
    pair.there.does(nora, &theirs, "etapes", wait).await;
    pair.here.ten_minutes().await;
    let waits = pair.here.folder(sonia, &reference).await;
    assert_eq!(waits.request.waiting_for.as_deref(), Some("school"));
    assert!(waits.messages.iter().any(|one| one.body.starts_with("Quel est son numéro de série ?")));
    // The school answers: both go on.
    pair.here.does(sonia, &reference, "messages", json!({ "texte": "NP-1204." })).await;
    pair.here.turn().await;
    pair.here.ten_minutes().await;
    assert_eq!(
        (pair.here.state(&reference).await, pair.there.state(&theirs).await),
        ("open".into(), "open".into())
    );
    let solve =
        json!({ "geste": "resoudre", "issue": "degraded", "texte": "Lampe changée, image plus pâle." });
    pair.there.does(nora, &theirs, "etapes", solve).await;
    pair.here.ten_minutes().await;
    let solved = pair.here.folder(sonia, &reference).await.request;
    assert_eq!((solved.state.as_str(), solved.outcome.as_deref()), ("resolved", Some("degraded")));
    assert!(solved.outcome_note.unwrap().starts_with("Lampe changée, image plus pâle."));
    assert_eq!(solved.assignee_id, Some(pair.here.account), "as the provider's act");
    assert!(solved.resolved_at.is_some() && solved.next_due.is_none(), "its clock stands still");

    let token = pair.here.token(sonia).await;
    let path = format!("/api/v1/demandes/{reference}/reouverture");
    pair.here.call(&token, Method::POST, &path, Some(json!({ "texte": "L’image est rose." }))).await;
    pair.here.turn().await;
    assert_eq!(pair.there.state(&theirs).await, "open", "reopened there");
    assert!(pair.there.said(&theirs).await.iter().any(|one| one.starts_with("L’image est rose.")));
    for _ in 0..3 {
        pair.here.ten_minutes().await;
    }
    let reopened = "SELECT COUNT(*) FROM journal_entry WHERE kind = 'request.reopened'";
    assert_eq!(
        (pair.here.number(reopened).await, pair.there.number(reopened).await),
        (1, 1),
        "once on each side"
    );
    assert_eq!(pair.here.state(&reference).await, "open");
}

#[db_test]
async fn files_pass_both_ways_once(db: Db) {
    use base64::Engine as _;
    let mut pair = Pair::new(db).await;
    let reference = pair.here.ask("Le plan de la salle est joint.").await;
    pair.here.turn().await;
    let theirs = pair.theirs().await;
    let base64 = |bytes: &str| base64::engine::general_purpose::STANDARD.encode(bytes);
    let file = |name: &str, bytes: &str| json!({ "nom": name, "contenu": base64(bytes) });
    pair.here.does(pair.here.sonia, &reference, "fichiers", file("plan.txt", "Salle 204, au fond.")).await;
    pair.wire.lose_an_answer();
    pair.here.turn().await;
    pair.there.does(pair.there.nora, &theirs, "fichiers", file("devis.txt", "Une lampe, 42 euros.")).await;
    for _ in 0..4 {
        pair.here.ten_minutes().await;
    }
    let names = |folder: beffroi_desk::reading::Folder| {
        let mut names: Vec<String> = folder.files.into_iter().map(|file| file.name).collect();
        names.sort();
        names
    };
    assert_eq!(names(pair.here.folder(pair.here.sonia, &reference).await), ["devis.txt", "plan.txt"]);
    assert_eq!(names(pair.there.folder(pair.there.nora, &theirs).await), ["devis.txt", "plan.txt"]);
    let left = pair.here.number("SELECT COUNT(*) FROM bridge_exchange WHERE state <> 'done'").await;
    assert_eq!(left, 0, "nothing is left to do");
}
