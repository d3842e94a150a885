//! GLPI, as its own source says it answers (`glpi_server`): sessions, tickets, follow-ups, solutions,
//! documents. What is proved here is that we say what that source understands; no GLPI runs.

use beffroi_bridge::{Secrets, Settings};
use beffroi_db::{Db, db_test};
use serde_json::json;

use crate::glpi_server::{APP, Glpi, TOKEN};
use crate::ground::{Side, Wire, once};

fn secrets() -> Secrets {
    Secrets { token: TOKEN.into(), app_token: APP.into(), hook: String::new() }
}

/// A side with a bridge to a GLPI.
async fn bridged(db: Db, settings: Settings) -> (Side, Glpi, Wire) {
    let here = Side::new(db, 599_001).await;
    let glpi = Glpi::new();
    let wire = Wire::to(glpi.router()).await;
    here.build("glpi", &wire.url, secrets(), settings).await;
    (here, glpi, wire)
}

async fn rounds(here: &mut Side, count: usize) {
    for _ in 0..count {
        here.ten_minutes().await;
    }
}

#[db_test]
async fn a_ticket_is_opened_followed_solved_and_reopened(db: Db) {
    let settings = Settings {
        group: "7".into(),
        usual: "3".into(),
        authors: [("Dupont Jeanne".to_owned(), "Jeanne Dupont".to_owned())].into(),
        ..Settings::default()
    };
    let (mut here, glpi, wire) = bridged(db, settings).await;
    wire.lose_an_answer();
    let reference = here.ask("L’écran <noir> reste éteint.").await;
    here.turn().await;
    rounds(&mut here, 2).await;
    {
        let held = glpi.held();
        let tickets = held.all("Ticket");
        assert_eq!(tickets.len(), 1, "once, though the answer was lost");
        assert_eq!((&held.groups[0], &tickets[0]["urgency"]), (&json!(7), &json!(3)));
        assert!(tickets[0]["name"].as_str().unwrap().starts_with(&reference));
        assert!(tickets[0]["content"].as_str().unwrap().contains("&lt;noir&gt;"), "never as tags");
    }
    here.does(here.sonia, &reference, "messages", json!({ "texte": "C’est en salle 204." })).await;
    here.turn().await;
    glpi.held().writes("<p>Est-il branché &amp; allumé ?</p>", false);
    glpi.held().writes("<p>Entre nous.</p>", true);
    rounds(&mut here, 2).await;
    let said = here.said(&reference).await;
    assert_eq!(said.len(), 2, "what is private there stays there: {said:?}");
    assert_eq!(
        said[1],
        "Est-il branché & allumé ?\n\n— Jeanne Dupont, par la passerelle «\u{a0}Infogérance\u{a0}»"
    );
    let first = glpi.held().all("ITILFollowup")[0]["content"].as_str().unwrap().to_owned();
    assert!(first.starts_with("<p>C’est en salle 204.<br><br>— Sacha Sonia"), "{first}");

    glpi.held().solves("<p>Le câble est changé.</p>");
    here.ten_minutes().await;
    let solved = here.folder(here.sonia, &reference).await.request;
    assert_eq!(solved.state, "resolved");
    assert!(solved.outcome_note.unwrap().starts_with("Le câble est changé."));
    here.does(here.sonia, &reference, "reouverture", json!({ "texte": "Non, il est noir." })).await;
    rounds(&mut here, 2).await;
    assert_eq!(glpi.held().all("Ticket")[0]["status"], json!(2), "reopened there");
    assert_eq!(here.state(&reference).await, "open");
    assert!(glpi.held().begun > 3 && glpi.held().open_sessions() == 0, "every session is closed");
}

#[test]
fn words_of_ours_move_no_ticket() {
    once(async |db| {
        let (mut here, glpi, _wire) = bridged(db, Settings::default()).await;
        let reference = here.ask("L’écran reste éteint.").await;
        here.turn().await;
        glpi.held().solves("<p>Le câble est changé.</p>");
        rounds(&mut here, 2).await;
        here.does(here.nora, &reference, "messages", json!({ "texte": "Merci de garder l’ancien câble." }))
            .await;
        rounds(&mut here, 2).await;
        assert_eq!(glpi.held().all("ITILFollowup").len(), 1);
        assert_eq!(glpi.held().all("Ticket")[0]["status"], json!(5), "still solved there");
        assert_eq!(here.state(&reference).await, "resolved");
    });
}

#[test]
fn documents_pass_both_ways() {
    once(async |db| {
        use base64::Engine as _;
        let (mut here, glpi, wire) = bridged(db, Settings::default()).await;
        let reference = here.ask("L’écran reste éteint.").await;
        here.turn().await;
        let content = base64::engine::general_purpose::STANDARD.encode("Salle 204, au fond.");
        here.does(here.sonia, &reference, "fichiers", json!({ "nom": "plan.txt", "contenu": content })).await;
        wire.lose_an_answer();
        here.turn().await;
        rounds(&mut here, 2).await;
        {
            let mut held = glpi.held();
            let names: Vec<_> = held.all("Document").iter().map(|one| one["filename"].clone()).collect();
            assert_eq!(names, ["plan.txt"], "once, though the answer was lost");
            assert_eq!(held.all("Document_Item")[0]["itemtype"], "Ticket");
            held.joins("devis.txt", "Un cable, 4 euros.", ("Ticket", 1), false);
            held.joins("outil.exe", "MZ", ("Ticket", 1), false);
            let (public, private) =
                (held.writes("<p>Voir la notice.</p>", false), held.writes("<p>Coûts.</p>", true));
            held.joins("notice&#38;plan.txt", "La notice.", ("ITILFollowup", public), false);
            held.joins("couts.txt", "Les couts.", ("ITILFollowup", private), false);
            let pasted = held.joins("ecran.txt", "Une capture.", ("ITILFollowup", public), true);
            held.writes(&format!("<p>Ici <img src=\"/front/document.send.php?docid={pasted}\"></p>"), false);
        }
        rounds(&mut here, 2).await;
        let mut names: Vec<String> =
            here.folder(here.sonia, &reference).await.files.into_iter().map(|one| one.name).collect();
        names.sort();
        let expected = ["devis.txt", "ecran.txt", "notice&plan.txt", "plan.txt"];
        assert_eq!(names, expected, "what hangs on a private follow-up stays there");
        assert_eq!(glpi.held().all("Document").len(), 6, "nothing goes back");
        let aside = here.text("SELECT last_error FROM bridge_exchange WHERE state = 'aside'").await;
        assert!(aside.contains("outil.exe"), "a program is refused here, and that is shown: {aside}");
    });
}

#[test]
fn a_long_list_is_read_to_its_end() {
    once(async |db| {
        let (mut here, glpi, _wire) = bridged(db, Settings::default()).await;
        let reference = here.ask("L’écran reste éteint.").await;
        here.turn().await;
        for _ in 0..230 {
            glpi.held().writes("<p>Note interne.</p>", true);
        }
        glpi.held().writes("<p>C’est réparé.</p>", false);
        rounds(&mut here, 1).await;
        assert!(here.said(&reference).await[0].starts_with("C’est réparé."));
    });
}

/// What the door refuses is no fault of the request: it waits, and passes once the door is mended.
#[test]
fn a_refusal_at_the_door_makes_everything_wait() {
    once(async |db| {
        let (mut here, glpi, _wire) = bridged(db, Settings::default()).await;
        glpi.held().app = "une-autre".into();
        let reference = here.ask("L’écran reste éteint.").await;
        here.turn().await;
        let why = here.text("SELECT last_error FROM bridge_link").await;
        assert!(why.contains("App-Token"), "{why}");
        assert_eq!(here.number("SELECT COUNT(*) FROM bridge_exchange WHERE state = 'aside'").await, 0);
        assert_eq!(here.number("SELECT COUNT(*) FROM bridge WHERE rests_until IS NOT NULL").await, 1);
        glpi.held().app = APP.into();
        glpi.held().maintenance = true;
        rounds(&mut here, 7).await;
        let why = here.text("SELECT last_error FROM bridge_link").await;
        assert!(why.contains("ne répond pas comme l’API"), "a page for people is no answer: {why}");
        glpi.held().maintenance = false;
        rounds(&mut here, 7).await;
        assert_eq!(glpi.held().all("Ticket").len(), 1);
        assert_eq!(here.text("SELECT last_error FROM bridge_link").await, "");
        assert_eq!(here.state(&reference).await, "new");
    });
}

#[test]
fn a_ticket_in_the_bin_is_said_and_comes_back() {
    once(async |db| {
        let (mut here, glpi, _wire) = bridged(db, Settings::default()).await;
        here.ask("L’écran reste éteint.").await;
        here.turn().await;
        glpi.held().bins(true);
        glpi.held().end_sessions();
        rounds(&mut here, 1).await;
        let why = here.text("SELECT last_error FROM bridge_link").await;
        assert!(why.contains("corbeille"), "{why}");
        glpi.held().bins(false);
        rounds(&mut here, 7).await;
        assert_eq!(here.text("SELECT last_error FROM bridge_link").await, "");
    });
}
