//! An article answers before the request is made; a solved request becomes an article without its people.

use beffroi_catalogue::knowledge::{
    ArticleOrigin, Audience, Content, Counts, PublishArticles, TextState, Verdict, WriteArticles,
};
use beffroi_db::{Db, db_test};
use beffroi_desk::article::{self, FromRequestError};
use beffroi_desk::drafts::{self, Draft, DraftError};
use beffroi_desk::work::Step;
use beffroi_desk::{Outcome, answered, submit};
use beffroi_kernel::{Access, ArticleId, DraftId, Role};
use chrono::TimeDelta;

use crate::acts::permit;
use crate::ground::Ground;

const FAULT: (&str, &str) = ("poste-de-travail", "panne");

impl Ground {
    /// An article for that request type, published.
    async fn article(&self, what: (&str, &str)) -> ArticleId {
        let (author, reviewer) = (self.agent("mobile-nord").await, self.agent("exploitation-nord").await);
        let manager = Access {
            functions: reviewer
                .functions
                .iter()
                .map(|function| beffroi_kernel::Function { role: Role::ServiceManager, ..function.clone() })
                .collect(),
            ..reviewer
        };
        let content = Content {
            title: "L’écran reste noir, que faire ?".into(),
            body: "Rebranchez le câble.".into(),
            audience: Audience::Everyone,
            theme: what.0.into(),
            requests: vec![(what.0.into(), what.1.into())],
            keywords: Vec::new(),
        };
        let knowledge = self.desk.catalogue.knowledge();
        let id = knowledge.create(&permit::<WriteArticles>(&author), content, None).await.unwrap();
        knowledge.submit(&permit(&author), id).await.unwrap();
        knowledge.decide(&permit::<PublishArticles>(&manager), id, Verdict::Publish).await.unwrap();
        id
    }

    async fn counts(&self, id: ArticleId) -> Counts {
        let author = self.agent("mobile-nord").await;
        self.desk.catalogue.knowledge().dossier(&permit(&author), id).await.unwrap().unwrap().counts
    }

    async fn opened(&self, who: &Access, id: DraftId) -> Result<Draft, DraftError> {
        drafts::open_own(&self.desk, &permit(who), who, id).await
    }
}

#[db_test]
async fn an_answer_closes_the_draft_until_it_is_taken_up_again(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let article = ground.article(FAULT).await;
    let id = ground.draft(&teacher, FAULT, &[]).await;
    let mut draft = ground.opened(&teacher, id).await.unwrap();
    answered::close(&ground.desk, &teacher, &draft, article).await.unwrap();

    let twice = answered::close(&ground.desk, &teacher, &draft, article).await;
    assert!(matches!(twice, Err(DraftError::Changed)));
    let field = draft.kind().fields[0].id.clone();
    let edited = drafts::answer(&ground.desk, &mut draft, &field, &[(field.clone(), "region".into())]).await;
    assert!(matches!(edited, Err(DraftError::Changed)));
    assert!(matches!(ground.send(&teacher, id).await, Err(submit::SubmitError::Draft(DraftError::Changed))));
    assert_eq!(ground.count("SELECT COUNT(*) FROM request").await, 0);
    assert_eq!(ground.counts(article).await.answered, 1);

    let closed = ground.opened(&teacher, id).await.unwrap();
    assert_eq!(closed.answered.map(|(_, article)| article), Some(article));
    answered::take_up(&ground.desk, &teacher, &closed).await.unwrap();
    assert_eq!(ground.counts(article).await.answered, 0, "a request that is made was not spared");
    ground.send(&teacher, id).await.unwrap();
}

#[db_test]
async fn a_draft_left_closed_is_deleted_after_thirty_days(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let article = ground.article(FAULT).await;
    let (left, taken) = (ground.draft(&teacher, FAULT, &[]).await, ground.draft(&teacher, FAULT, &[]).await);
    for id in [left, taken] {
        let draft = ground.opened(&teacher, id).await.unwrap();
        answered::close(&ground.desk, &teacher, &draft, article).await.unwrap();
    }
    ground.pass(TimeDelta::days(29));
    ground.run_jobs().await;
    let draft = ground.opened(&teacher, taken).await.unwrap();
    answered::take_up(&ground.desk, &teacher, &draft).await.unwrap();
    ground.pass(TimeDelta::days(2));
    ground.run_jobs().await;
    assert!(ground.opened(&teacher, taken).await.is_ok());
    assert!(matches!(ground.opened(&teacher, left).await, Err(DraftError::NotFound)));
}

#[db_test]
async fn an_article_made_of_a_request_names_nobody_unless_confirmed(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let technician = ground.agent("mobile-nord").await;
    let reference = ground.ask(&teacher, FAULT).await;
    let request = ground.folder(&technician, &reference).await.request;
    assert!(!article::is_solved(&ground.folder(&technician, &reference).await));
    ground.work(&technician, request.id, Step::Take).await.unwrap();
    let solution = format!("Le câble de {} était débranché\u{a0}: remettez-le.", teacher.name);
    ground.work(&technician, request.id, Step::Resolve(Outcome::Done, solution)).await.unwrap();

    let folder = ground.folder(&technician, &reference).await;
    assert!(!article::is_solved(&ground.folder(&teacher, &reference).await), "only agents make articles");
    let first = article::first_text(&folder);
    assert!(first.body.contains("remettez-le") && first.title.ends_with('?'), "{first:?}");
    let writes = permit::<WriteArticles>(&technician);
    let named = article::make(&ground.desk, &writes, &folder, first.clone(), false).await;
    assert!(matches!(named, Err(FromRequestError::Personal(names)) if names == [teacher.name.clone()]));
    let clean = Content { body: "Le câble était débranché\u{a0}: remettez-le.".into(), ..first };
    let id = article::make(&ground.desk, &writes, &folder, clean, false).await.unwrap();

    let dossier = ground.desk.catalogue.knowledge().dossier(&writes, id).await.unwrap().unwrap();
    assert_eq!(dossier.origin, ArticleOrigin::Request(reference));
    assert_eq!(dossier.working().unwrap().state, TextState::Review);
}
