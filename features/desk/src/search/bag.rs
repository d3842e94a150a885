//! What a request puts in the index: its words, and the marks of those who may find it.

use std::collections::{BTreeMap, HashMap};

use beffroi_db::{DbError, Tx};
use beffroi_kernel::{Access, PersonId, RequestId, Role, Scope};
use beffroi_search::{Breadth, Doc, Expr, Kind, mark_of, put, put_many, put_new, put_new_words};
use sea_orm::ConnectionTrait;

use crate::model::{MessageKind, State};
use crate::store::entities::request;
use crate::store::search::{self as store, Part};
use crate::{Desk, ReadInternalNotes};

/// The mark of the requests that everyone who sees the whole Region sees.
const EVERYWHERE: &str = "v_all";

/// Puts a request in the index as it stands, in the transaction that changed it.
pub(crate) async fn index(on: &impl ConnectionTrait, request: &request::Model) -> Result<(), DbError> {
    let parts = store::parts(on, &[request.id]).await?;
    Ok(put(on, &doc(request, &parts)).await?)
}

/// Puts a request that the commit will write in the index with it, found by these texts.
pub(crate) async fn index_new(
    desk: &Desk,
    tx: &Tx,
    request: &request::Model,
    parts: &[Part],
) -> Result<(), DbError> {
    let doc = doc(request, parts);
    put_new_words(tx.on(), &desk.words, &doc).await?;
    let (bag, text) = put_new(tx.on().get_database_backend(), &doc);
    tx.later(|batch| batch.add_both(bag, text));
    Ok(())
}

/// The bags of many requests, in three statements.
pub(super) async fn docs(
    on: &impl ConnectionTrait,
    requests: &[request::Model],
) -> Result<Vec<Doc>, DbError> {
    let ids: Vec<RequestId> = requests.iter().map(|request| request.id).collect();
    let mut parts: HashMap<RequestId, Vec<Part>> = HashMap::with_capacity(ids.len());
    for part in store::parts(on, &ids).await? {
        parts.entry(part.request_id).or_default().push(part);
    }
    let none = Vec::new();
    Ok(requests.iter().map(|request| doc(request, parts.get(&request.id).unwrap_or(&none))).collect())
}

/// Puts bags that the index does not have yet.
pub(super) async fn add(on: &impl ConnectionTrait, docs: &[Doc]) -> Result<(), DbError> {
    Ok(put_many(on, docs).await?)
}

fn doc(request: &request::Model, parts: &[Part]) -> Doc {
    let mut doc = Doc::new(Kind::Request, request.id.0);
    doc.head(&request.title);
    doc.head(&request.summary);
    doc.head(&request.reference);
    for text in answered(&request.answers) {
        doc.text(&text);
    }
    doc.mark(mark_of("s", request.school_id.0));
    doc.mark(mark_of("p", request.requester_id.0));
    if let Some(state) = State::of(&request.state) {
        doc.mark(state_mark(state.is_over()));
    }
    let sent = request.sent_at.is_some();
    if sent {
        doc.common_mark(EVERYWHERE);
        doc.common_mark(mark_of("m", request.team_id.0));
    }
    for part in parts {
        match part.kind.as_str() {
            "person" | "sheet" => doc.head(&part.text),
            "school" => {
                doc.head(&part.text);
                if sent {
                    doc.common_mark(mark_of("t", part.place));
                }
            }
            kind if kind == MessageKind::Internal.slug() => doc.note(&part.text),
            _ => doc.text(&part.text),
        }
    }
    doc
}

/// The texts of answers kept as JSON, identifiers of files left out.
pub(super) fn answered(json: &str) -> Vec<String> {
    fn walk(value: serde_json::Value, texts: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) if text.parse::<uuid::Uuid>().is_err() => texts.push(text),
            serde_json::Value::Array(values) => values.into_iter().for_each(|value| walk(value, texts)),
            serde_json::Value::Object(values) => values.into_iter().for_each(|(_, value)| walk(value, texts)),
            _ => {}
        }
    }
    let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    let mut texts = Vec::new();
    for mut field in fields.into_values() {
        // Beside the value stands its type, which nobody wrote.
        if let Some(value) = field.get_mut("value") {
            walk(value.take(), &mut texts);
        }
    }
    texts
}

/// The mark of requests whose work is over, or is not.
pub(super) fn state_mark(over: bool) -> &'static str {
    if over { "e_over" } else { "e_running" }
}

/// What a bag must be marked with for this reader: the index answers only with what the lines read
/// afterwards, through the scope, may show.
pub(super) fn within(scope: &Scope, person: PersonId) -> Expr {
    let mut any = Vec::new();
    if scope.is_everything() {
        any.push(Expr::Common(EVERYWHERE.into()));
    }
    if scope.is_everything() || scope.person().is_some() {
        any.push(Expr::Mark(mark_of("p", person.0)));
    }
    any.extend(scope.schools().iter().map(|id| Expr::Mark(mark_of("s", id.0))));
    any.extend(scope.territories().iter().map(|id| Expr::Common(mark_of("t", id.0))));
    any.extend(scope.teams().iter().map(|id| Expr::Common(mark_of("m", id.0))));
    Expr::Any(any)
}

/// How much of the index these readers' marks name.
pub(super) fn breadth(scope: &Scope) -> Breadth {
    if scope.is_everything() {
        Breadth::Most
    } else if scope.territories().is_empty() && scope.teams().is_empty() {
        Breadth::Few
    } else {
        Breadth::Part
    }
}

/// Whether words of internal notes count: for agents who read them, and never for someone who is
/// also of a school. Their own requests are left out by [`noted`].
pub(super) fn reads_notes(access: &Access) -> bool {
    let of_a_school = |role: Role| role.is_school();
    access.permit::<ReadInternalNotes>().is_some()
        && !access.functions.iter().any(|function| of_a_school(function.role))
}

/// The same words, also in notes of requests that are not the reader's own.
pub(super) fn noted(words: &Expr, person: PersonId) -> Expr {
    words.map(&|token| {
        let note = Expr::token(format!("n_{token}"));
        let own = Expr::token(mark_of("p", person.0));
        Expr::Any(vec![Expr::token(token), Expr::Without(Box::new(note), Box::new(own))])
    })
}

/// The same words, in the head of a request.
pub(super) fn in_head(words: &Expr) -> Expr {
    words.map(&|token| Expr::token(format!("h_{token}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_give_their_texts_without_identifiers() {
        let json = r#"{"salle":{"type":"text","value":"B12"},"lignes":{"type":"rows","value":[{"nom":"PC-04"}]},
            "pieces":{"type":"files","value":[{"id":"00000000-0000-0000-0000-000000000000","name":"devis.pdf","size":3}]}}"#;
        let mut texts = answered(json);
        texts.sort();
        assert_eq!(texts, ["B12", "PC-04", "devis.pdf"]);
        assert!(answered("").is_empty());
    }
}
