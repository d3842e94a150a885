//! The help articles of the fictitious Region: the most usual questions, written by a technician, published by
//! the manager of the service, and what a few people made of them.

mod texts;

use beffroi_catalogue::knowledge::{Content, PublishArticles, Use, Verdict, Visitor, WriteArticles};
use beffroi_desk::Desk;
use beffroi_directory::access_of;
use beffroi_directory::people::person_by_login;
use beffroi_kernel::{Access, Role};

use crate::DemoError;
use crate::people::Cast;
use texts::{ARTICLES, Article};

/// Who writes, and who reads.
const AUTHOR: &str = "technicien.nord";
const REVIEWER: &str = "responsable.nord";
/// People of schools who are offered each article of a service, at most.
const READERS: usize = 12;

pub(crate) async fn create(desk: &Desk, cast: &Cast) -> Result<(), DemoError> {
    let knowledge = desk.catalogue.knowledge();
    let author = access(desk, AUTHOR).await?;
    let reviewer = access(desk, REVIEWER).await?;
    let (Some(writes), Some(publishes)) =
        (author.permit::<WriteArticles>(), reviewer.permit::<PublishArticles>())
    else {
        return Err(DemoError::Step("personne ne peut publier d’article".into()));
    };
    for article in ARTICLES {
        let id = knowledge.create(&writes, content(article), None).await.map_err(DemoError::step)?;
        knowledge.submit(&writes, id).await.map_err(DemoError::step)?;
        knowledge.decide(&publishes, id, Verdict::Publish).await.map_err(DemoError::step)?;
    }
    used(desk, cast).await
}

async fn access(desk: &Desk, login: &str) -> Result<Access, DemoError> {
    let db = &desk.site.db;
    let missing = || DemoError::Step(format!("le compte {login} manque"));
    let person = person_by_login(db, login).await?.ok_or_else(missing)?;
    access_of(db, person.id).await?.ok_or_else(missing)
}

fn content(article: &Article) -> Content {
    Content {
        title: article.title.to_owned(),
        body: article.body.to_owned(),
        audience: article.audience,
        theme: article.theme.to_owned(),
        requests: article
            .requests
            .iter()
            .map(|(sheet, kind)| ((*sheet).to_owned(), (*kind).to_owned()))
            .collect(),
        keywords: article.keywords.iter().map(|word| (*word).to_owned()).collect(),
    }
}

/// Some people were offered articles, some read them, some had their answer.
async fn used(desk: &Desk, cast: &Cast) -> Result<(), DemoError> {
    let knowledge = desk.catalogue.knowledge();
    let shelf = knowledge.shelf().await?;
    let teachers = cast.school.iter().filter(|(_, role, _)| *role == Role::Teacher);
    let mut readers = Vec::new();
    for (.., person) in teachers.take(READERS) {
        readers.extend(access_of(&desk.site.db, *person).await?);
    }
    for (rank, article) in shelf.readable(readers.first()).enumerate() {
        let of = std::slice::from_ref(article);
        for (place, reader) in readers.iter().enumerate().take(READERS.saturating_sub(rank)) {
            let visitor = Visitor::person(reader);
            knowledge.count(of, &visitor, Use::Offered).await?;
            if place % 2 == 0 {
                knowledge.count(of, &visitor, Use::Opened).await?;
            }
            if place % 3 == 0 {
                knowledge.count(of, &Visitor::named(format!("demo {rank} {place}")), Use::Answered).await?;
            }
            if place % 4 == 0 {
                knowledge.judge(article.id, &visitor, place != 8, None).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use beffroi_catalogue::knowledge::Audience;

    use super::*;

    #[test]
    fn every_article_is_a_question_with_an_answer() {
        let outside = ARTICLES.iter().filter(|article| article.audience != Audience::Agents);
        assert!(outside.count() >= 8);
        for article in ARTICLES {
            assert!(article.title.ends_with('?'), "{}", article.title);
            assert!(article.body.len() > 200, "{}", article.title);
        }
    }
}
