//! A solved request becomes an article: its question and its solution, without the people. (LIRE-07)

use std::sync::Arc;

use beffroi_catalogue::knowledge::{
    ArticleError, Audience, Content, Shown, WriteArticles, personal_mentions,
};
use beffroi_db::DbError;
use beffroi_kernel::{Access, ArticleId, Permit};

use crate::Desk;
use crate::model::{MessageKind, State};
use crate::reading::{Folder, Request};

/// Why no article is made.
#[derive(Debug, thiserror::Error)]
pub enum FromRequestError {
    /// The request is not solved, or not this agent's to tell.
    #[error("cette demande n’est pas résolue")]
    NotSolved,
    /// These words may point at somebody: remove them, or say that they do not.
    #[error("le texte nomme peut-être quelqu’un\u{a0}: {}", .0.join(", "))]
    Personal(Vec<String>),
    /// The article itself cannot be used.
    #[error(transparent)]
    Article(#[from] ArticleError),
}

/// Whether this agent may make an article of it.
#[must_use]
pub fn is_solved(folder: &Folder) -> bool {
    folder.as_agent && matches!(folder.state, State::Resolved | State::Closed)
}

/// The question and the solution, as a first text to rework.
#[must_use]
pub fn first_text(folder: &Folder) -> Content {
    let requester = folder.request.requester_id;
    let public = |kind: &str| kind == MessageKind::Public.slug();
    let answers = folder.messages.iter().filter(|message| public(&message.kind));
    let solution = answers.rev().find(|message| message.author_id != Some(requester));
    let solution = folder
        .request
        .outcome_note
        .clone()
        .filter(|note| !note.trim().is_empty())
        .or_else(|| solution.map(|message| message.body.clone()))
        .unwrap_or_default();
    let asked: Vec<String> = folder
        .answers
        .iter()
        .filter(|(_, words)| words.iter().any(|word| word.chars().count() > 20))
        .map(|(_, words)| words.join(" "))
        .collect();
    let body = format!("## La situation\n\n{}\n\n## Ce qu’il faut faire\n\n{solution}\n", asked.join("\n\n"));
    Content {
        title: format!("{}\u{a0}: que faire\u{a0}?", folder.request.title),
        body,
        audience: Audience::Everyone,
        theme: folder.request.sheet_slug.clone(),
        requests: vec![(folder.request.sheet_slug.clone(), folder.request.request_type.clone())],
        keywords: Vec::new(),
    }
}

/// The articles that may help whoever treats this request, nearest to its words first: at most three.
///
/// # Errors
/// When the database does not answer.
pub async fn useful(desk: &Desk, access: &Access, request: &Request) -> Result<Vec<Arc<Shown>>, DbError> {
    let of = (request.sheet_slug.as_str(), request.request_type.as_str());
    let shelf = desk.catalogue.knowledge().shelf().await?;
    Ok(shelf.for_request(Some(access), of, &request.summary, 3))
}

/// What in this text may point at a person or at the school of the request.
#[must_use]
pub fn mentions(folder: &Folder, content: &Content) -> Vec<String> {
    let mut names: Vec<String> = folder.names.values().cloned().collect();
    names.sort();
    names.extend([folder.school.name.clone(), folder.school.uai.clone(), folder.request.reference.clone()]);
    personal_mentions(&format!("{}\n{}\n{}", content.title, content.body, content.keywords.join(" ")), &names)
}

/// Makes the article, which keeps the reference of the request for agents; then it is reviewed like any other.
///
/// # Errors
/// [`FromRequestError::Personal`] lists what to remove or to confirm.
pub async fn make(
    desk: &Desk,
    permit: &Permit<WriteArticles>,
    folder: &Folder,
    content: Content,
    confirmed: bool,
) -> Result<ArticleId, FromRequestError> {
    if !is_solved(folder) {
        return Err(FromRequestError::NotSolved);
    }
    let mentions = mentions(folder, &content);
    if !mentions.is_empty() && !confirmed {
        return Err(FromRequestError::Personal(mentions));
    }
    let knowledge = desk.catalogue.knowledge();
    let id = knowledge.create(permit, content, Some(folder.request.reference.clone())).await?;
    knowledge.submit(permit, id).await?;
    Ok(id)
}
