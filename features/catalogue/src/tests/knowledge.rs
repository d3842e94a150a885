//! Articles are written by one and published by another, never change once published, follow their sheet, show
//! to their readers only, and count each of them once.

use beffroi_db::jobs::Worker;
use beffroi_db::{Db, db_test};
use beffroi_directory::MAIL_JOB;
use beffroi_kernel::{ArticleId, Permit, Role, SchoolId};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, Statement};

use super::{access, catalogue, permit, sheet};
use crate::knowledge::{
    ArticleError, ArticleOrigin, Audience, Content, Dossier, Knowledge, PublishArticles, Shelved, TextState,
    Use, Verdict, Visitor, WriteArticles, answered, not_answered,
};

fn text(title: &str, body: &str) -> Content {
    Content {
        title: title.into(),
        body: body.into(),
        audience: Audience::Everyone,
        theme: "impression".into(),
        requests: vec![("impression".into(), "panne".into())],
        keywords: vec!["copieur".into()],
    }
}

fn question(body: &str) -> Content {
    text("Pourquoi l’imprimante clignote-t-elle ?", body)
}

fn writer() -> Permit<WriteArticles> {
    permit(Role::Technician, None)
}

fn publisher() -> Permit<PublishArticles> {
    permit(Role::ServiceManager, None)
}

async fn dossier(knowledge: &Knowledge, id: ArticleId) -> Dossier {
    knowledge.dossier(&writer(), id).await.unwrap().unwrap()
}

async fn published(knowledge: &Knowledge, content: Content) -> ArticleId {
    let writes = writer();
    let id = knowledge.create(&writes, content, None).await.unwrap();
    knowledge.submit(&writes, id).await.unwrap();
    knowledge.decide(&publisher(), id, Verdict::Publish).await.unwrap();
    id
}

async fn number(db: &Db, sql: &str) -> i64 {
    let statement = Statement::from_string(db.backend(), sql);
    db.read().query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[db_test]
async fn nobody_publishes_their_own_text(db: Db) {
    let catalogue = catalogue(&db);
    let knowledge = catalogue.knowledge();
    let manager = access(Role::ServiceManager, None);
    let (writes, publishes) = (manager.permit().unwrap(), manager.permit().unwrap());
    let id = knowledge.create(&writes, question("Il faut du papier."), None).await.unwrap();
    knowledge.submit(&writes, id).await.unwrap();

    let own = knowledge.decide(&publishes, id, Verdict::Publish).await;
    assert!(matches!(own, Err(ArticleError::OwnText)));
    assert!(knowledge.shelf().await.unwrap().readable(None).next().is_none());
    knowledge.decide(&publisher(), id, Verdict::Publish).await.unwrap();

    let shelf = knowledge.shelf().await.unwrap();
    assert!(shelf.find("pourquoi-l-imprimante-clignote-t-elle", None).is_some());
    assert!(access(Role::Technician, None).permit::<PublishArticles>().is_none());
    let journal = number(&db, "SELECT COUNT(*) FROM journal_entry WHERE kind LIKE 'article.%'").await;
    assert_eq!(journal, 3, "created, submitted, published");
}

#[db_test]
async fn a_text_is_returned_with_a_remark_that_its_author_is_told(db: Db) {
    let catalogue = catalogue(&db);
    let (knowledge, writes) = (catalogue.knowledge(), writer());
    let id = knowledge.create(&writes, text("Choisir", "Comparez."), None).await.unwrap();
    let refused = knowledge.submit(&writes, id).await;
    assert!(matches!(refused, Err(ArticleError::Invalid(faults)) if faults[0].0 == "titre"));

    let seen = dossier(knowledge, id).await.version;
    knowledge.edit(&writes, id, seen, question("Comparez.")).await.unwrap();
    let late = knowledge.edit(&writes, id, seen, question("Autre chose.")).await;
    assert!(matches!(late, Err(ArticleError::Changed)));
    knowledge.submit(&writes, id).await.unwrap();
    let mute = knowledge.decide(&publisher(), id, Verdict::Return("  ".into())).await;
    assert!(matches!(mute, Err(ArticleError::Invalid(_))));
    knowledge.decide(&publisher(), id, Verdict::Return("Dites quel papier.".into())).await.unwrap();

    let dossier = dossier(knowledge, id).await;
    let working = dossier.working().unwrap();
    assert_eq!((working.state, working.remark.as_deref()), (TextState::Draft, Some("Dites quel papier.")));
    assert_eq!(number(&db, "SELECT COUNT(*) FROM job WHERE kind = 'mail'").await, 1);
}

#[db_test]
async fn a_published_text_never_changes(db: Db) {
    let catalogue = catalogue(&db);
    let knowledge = catalogue.knowledge();
    let id = published(knowledge, question("Remettez du papier.")).await;
    let seen = dossier(knowledge, id).await.version;
    knowledge.edit(&writer(), id, seen, question("Videz le bac.")).await.unwrap();

    let before = dossier(knowledge, id).await;
    assert_eq!(before.texts.len(), 2);
    assert_eq!(before.live().unwrap().content.body, "Remettez du papier.");
    let shelf = knowledge.shelf().await.unwrap();
    assert_eq!(shelf.readable(None).next().unwrap().content.body, "Remettez du papier.");

    knowledge.submit(&writer(), id).await.unwrap();
    knowledge.decide(&publisher(), id, Verdict::Publish).await.unwrap();
    let after = dossier(knowledge, id).await;
    assert_eq!(after.texts[1].content.body, "Remettez du papier.");
    assert!(after.texts[0].live && !after.texts[1].live);
    // Even the store refuses to write a published text.
    let row = crate::store::articles::versions(db.read(), id).await.unwrap().remove(0);
    let outcome = crate::store::articles::save_version(db.read(), row).await.unwrap();
    assert!(!outcome);
}

#[db_test]
async fn an_audience_hides_articles_from_the_others(db: Db) {
    let catalogue = catalogue(&db);
    let knowledge = catalogue.knowledge();
    for audience in Audience::ALL {
        let title = format!("Qui lit {} ?", audience.slug());
        published(knowledge, Content { audience: *audience, ..text(&title, "Réponse.") }).await;
    }
    let shelf = knowledge.shelf().await.unwrap();
    let school = Some(SchoolId::new());
    let cases = [
        (None, 1),
        (Some(access(Role::Pupil, school)), 2),
        (Some(access(Role::Head, school)), 2),
        (Some(access(Role::ProviderAgent, None)), 2),
        (Some(access(Role::Technician, None)), 3),
        (Some(access(Role::DepartmentHead, None)), 3),
    ];
    for (who, readable) in cases {
        assert_eq!(shelf.readable(who.as_ref()).count(), readable, "{who:?}");
        assert_eq!(shelf.search("reponse", who.as_ref()).len(), readable, "{who:?}");
        let offered = shelf.for_request(who.as_ref(), ("impression", "panne"), "", 5);
        assert_eq!(offered.len(), readable, "{who:?}");
        assert_eq!(shelf.find("qui-lit-agents", who.as_ref()).is_some(), readable == 3);
    }
}

#[db_test]
async fn what_is_typed_brings_the_nearest_article_first(db: Db) {
    let catalogue = catalogue(&db);
    let knowledge = catalogue.knowledge();
    for (title, body) in [
        ("Comment changer l’encre ?", "Remplacez la cartouche."),
        ("Que faire d’un papier coincé ?", "Ouvrez la trappe et retirez la feuille."),
        ("Pourquoi imprime-t-elle en noir ?", "Le réglage économique imprime en gris."),
        ("Où sont les imprimantes ?", "Demandez à l’accueil."),
    ] {
        published(knowledge, text(title, body)).await;
    }
    let shelf = knowledge.shelf().await.unwrap();
    let first = |typed| shelf.for_request(None, ("impression", "panne"), typed, 3)[0].content.title.clone();
    assert_eq!(first("il y a une feuille coincee dans la trappe"), "Que faire d’un papier coincé ?");
    assert_eq!(first("plus de cartouches"), "Comment changer l’encre ?");
    assert_eq!(shelf.for_request(None, ("impression", "panne"), "", 3).len(), 3);
    assert!(shelf.for_request(None, ("impression", "autre"), "papier", 3).is_empty());
    for (query, title) in [
        ("papiers coinces", "Que faire d’un papier coincé ?"),
        ("cartuoche", "Comment changer l’encre ?"),
        ("remplacement de la cartouche", "Comment changer l’encre ?"),
    ] {
        assert_eq!(shelf.search(query, None)[0].content.title, title, "{query}");
    }
    assert!(shelf.search("restauration", None).is_empty());
}

#[db_test]
async fn each_visitor_counts_once_and_may_change_their_mind(db: Db) {
    let catalogue = catalogue(&db);
    let knowledge = catalogue.knowledge();
    let id = published(knowledge, question("Remettez du papier.")).await;
    let shelf = knowledge.shelf().await.unwrap();
    let article: Vec<_> = shelf.readable(None).cloned().collect();
    let (one, other) = (Visitor::person(&access(Role::Head, None)), Visitor::named("browser"));
    for visitor in [&one, &one, &other] {
        knowledge.count(&article, visitor, Use::Offered).await.unwrap();
        knowledge.count(&article, visitor, Use::Opened).await.unwrap();
    }
    knowledge.judge(id, &one, true, None).await.unwrap();
    knowledge.judge(id, &one, false, Some("Quel papier ?")).await.unwrap();
    knowledge.judge(id, &one, false, None).await.unwrap();
    knowledge.judge(id, &other, true, None).await.unwrap();
    let write = db.write::<_, beffroi_db::DbError, _>(async |tx| {
        answered(tx, id, &one).await?;
        answered(tx, id, &one).await?;
        answered(tx, id, &other).await?;
        not_answered(tx, id, &other).await?;
        not_answered(tx, id, &other).await
    });
    write.await.unwrap();

    let dossier = dossier(knowledge, id).await;
    let counts = dossier.counts;
    assert_eq!((counts.offered, counts.opened, counts.answered), (2, 2, 1));
    assert_eq!((counts.helped, counts.missed), (1, 1));
    assert_eq!(dossier.remarks.len(), 1, "the words stay when only the click changes");
    let kept = number(&db, "SELECT COUNT(*) FROM article_use WHERE visitor LIKE '%person%'").await;
    assert_eq!(kept, 0, "no one is named");
}

#[db_test]
async fn advice_is_proposed_then_followed_and_never_drifts_unseen(db: Db) {
    let catalogue = catalogue(&db);
    catalogue.publish_as_system("test", &crate::tests::files()).await.unwrap();
    let knowledge = catalogue.knowledge();
    let lines = knowledge.list(&writer()).await.unwrap();
    assert_eq!(lines.len(), 1);
    let id = lines[0].id;
    let origin = |number| ArticleOrigin::Sheet("impression".into(), "eteindre".into(), number);
    assert_eq!((lines[0].title.as_str(), &lines[0].origin), ("Éteindre", &origin(1)));
    let again = knowledge.import(&catalogue.current().await.unwrap()).await.unwrap();
    assert_eq!((again.proposed, again.changed, again.unchanged), (0, 0, 1));

    // Reworked and published, then the sheet changes elsewhere: nothing; then this advice: a new draft.
    let seen = dossier(knowledge, id).await.version;
    knowledge.edit(&writer(), id, seen, text("Faut-il éteindre ?", "Oui, le soir.")).await.unwrap();
    knowledge.submit(&writer(), id).await.unwrap();
    knowledge.decide(&publisher(), id, Verdict::Publish).await.unwrap();
    let (name, other) = sheet("impression", 1, "2026-09-01", "Prévenez l’accueil.");
    catalogue.publish_as_system("test", &[(name.clone(), other.clone())]).await.unwrap();
    assert!(dossier(knowledge, id).await.working().is_none());
    let changed = other.replace("Éteignez le soir.", "Éteignez le vendredi soir.");
    catalogue.publish_as_system("test", &[(name.clone(), changed.clone())]).await.unwrap();

    let followed = dossier(knowledge, id).await;
    let working = followed.working().unwrap();
    assert_eq!(working.content.body, "Éteignez le vendredi soir.");
    assert_eq!((working.sheet_number, &followed.origin), (Some(3), &origin(3)));
    assert!(working.remark.as_ref().unwrap().contains("version 3"));
    let live = followed.live().unwrap();
    assert_eq!((live.content.body.as_str(), live.sheet_number), ("Oui, le soir.", Some(1)));
    assert_eq!(knowledge.shelf().await.unwrap().readable(None).next().unwrap().origin, origin(1));

    // Another advice takes its place: the article is to be read again today.
    let gone = changed.replace("{#eteindre", "{#veiller");
    catalogue.publish_as_system("test", &[(name, gone)]).await.unwrap();
    let lines = knowledge.list(&writer()).await.unwrap();
    let overdue = |line: &&crate::knowledge::Line| line.is(Shelved::Overdue, catalogue.today());
    assert_eq!(lines.iter().filter(overdue).map(|line| line.id).collect::<Vec<_>>(), [id]);
}

#[db_test]
async fn those_who_know_an_article_are_asked_to_read_it_again(db: Db) {
    let catalogue = catalogue(&db);
    let knowledge = catalogue.knowledge();
    let id = published(knowledge, question("Remettez du papier.")).await;
    let kept = published(knowledge, text("Faut-il éteindre ?", "Oui.")).await;
    knowledge.retire(&publisher(), kept).await.unwrap();
    let mails = "SELECT COUNT(*) FROM job WHERE kind = 'mail'";
    let before = number(&db, mails).await;
    let day = dossier(knowledge, id).await.review_on.unwrap();
    assert_eq!(day.to_string(), "2027-10-05");

    let later = beffroi_kernel::FixedClock::at(db.now() + TimeDelta::days(366));
    let db = db.with_clock(std::sync::Arc::new(later));
    let catalogue = crate::tests::catalogue(&db);
    crate::jobs(Worker::new(db.clone()), &catalogue).leaving(&[MAIL_JOB]).drain().await.unwrap();
    assert_eq!(
        number(&db, mails).await,
        before + 2,
        "its author and its reviewer, for the one still published"
    );
    let lines = catalogue.knowledge().list(&writer()).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.is(Shelved::Overdue, catalogue.today())).count(), 1);
    catalogue.knowledge().confirm(&publisher(), id).await.unwrap();
    let lines = catalogue.knowledge().list(&writer()).await.unwrap();
    assert!(!lines.iter().any(|line| line.is(Shelved::Overdue, catalogue.today())));
}
