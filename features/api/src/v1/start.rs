//! A request that a program sends in a person's name: begun with the key of its call, then sent as the
//! site sends it. Cut in between, the same call goes on from there.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use beffroi_db::Tx;
use beffroi_desk::SubmitRequest;
use beffroi_desk::by_machine::{self, MachineError, NewByMachine};
use beffroi_desk::drafts::{self, Draft};
use beffroi_desk::submit::{SubmitError, submit};
use beffroi_directory::schools;
use beffroi_kernel::{DraftId, Permit};
use beffroi_sheets::RefusalKind;

use super::shapes::{DemandeDeposee, NouvelleDemande, Reponse};
use crate::Api;
use crate::caller::{Caller, May};
use crate::once::{Known, Once, Sent, answer, text};
use crate::problem::Problem;

pub(super) async fn create(
    State(api): State<Api>,
    May(permit, caller): May<SubmitRequest>,
    Sent { value, once }: Sent<NouvelleDemande>,
) -> Result<Response, Problem> {
    let draft = match once.find(&api.desk.site.db).await? {
        Known::Answered(response) => return Ok(response),
        Known::Begun(draft) => draft,
        Known::Nothing => match begin(&api, (&permit, &caller), &value, &once).await {
            Ok(draft) => draft,
            Err(Begin::Refused(problem)) => return Err(problem),
            Err(Begin::Twice) => match once.find(&api.desk.site.db).await? {
                Known::Answered(response) => return Ok(response),
                Known::Begun(draft) => draft,
                Known::Nothing => return Err(MachineError::Twice.into()),
            },
        },
    };
    match send(&api, (&permit, &caller), draft, value.hors_service_accepte).await {
        Ok(reference) => {
            let adresse = format!("{}/demandes/{reference}", api.desk.site.base_url);
            let body = text(&DemandeDeposee { reference, adresse });
            by_machine::keep(&api.desk, async |tx: &Tx| once.finish(tx, StatusCode::CREATED, &body).await)
                .await?;
            Ok(answer(StatusCode::CREATED, body))
        }
        Err(problem) => {
            if problem.status != StatusCode::SERVICE_UNAVAILABLE.as_u16() {
                by_machine::keep(&api.desk, async |tx: &Tx| once.forget(tx).await).await?;
            }
            Err(problem)
        }
    }
}

/// Why nothing is begun.
enum Begin {
    /// The same call came at the same time.
    Twice,
    Refused(Problem),
}

impl From<beffroi_db::DbError> for Begin {
    fn from(error: beffroi_db::DbError) -> Self {
        Self::Refused(error.into())
    }
}

async fn begin(
    api: &Api,
    (permit, caller): (&Permit<SubmitRequest>, &Caller),
    value: &NouvelleDemande,
    once: &Once,
) -> Result<DraftId, Begin> {
    let school = schools::school_by_uai(&api.desk.site.db, permit.scope(), &value.etablissement).await?;
    let school = school.ok_or_else(|| {
        Begin::Refused(Problem::field("etablissement", "cet établissement n’est pas à portée du jeton"))
    })?;
    let answers = value.reponses.iter().map(|(id, given)| (id.clone(), raw(id, given))).collect();
    let new = NewByMachine { school: school.id, sheet: &value.fiche, kind: &value.genre, answers: &answers };
    let kept = async |tx: &Tx, draft: DraftId| once.begin(tx, draft).await;
    by_machine::begin(&api.desk, permit, &caller.access, new, kept).await.map_err(|error| match error {
        MachineError::Twice => Begin::Twice,
        error => Begin::Refused(error.into()),
    })
}

async fn send(
    api: &Api,
    (permit, caller): (&Permit<SubmitRequest>, &Caller),
    id: DraftId,
    accepted: bool,
) -> Result<String, Problem> {
    let draft = drafts::open(&api.desk, permit, &caller.access, id).await?;
    let mut refused = None;
    if let Some(refusal) = draft.refusal() {
        refused = Some(words(&draft, &refusal.excludes));
        if accepted && refusal.kind == RefusalKind::OutOfScope {
            drafts::accept_goodwill(&api.desk, &draft).await?;
        }
    }
    match submit(&api.desk, permit, &caller.access, id).await {
        Ok(reference) => Ok(reference),
        Err(SubmitError::Db(error)) => Err(error.into()),
        Err(error) => {
            // What was sent is the caller's to send again: no draft is left behind in its owner's list.
            drafts::delete(&api.desk, &draft).await?;
            match (error, refused) {
                (SubmitError::OutOfScope, Some(words)) => Err(Problem::refused(words)),
                (error, _) => Err(error.into()),
            }
        }
    }
}

/// What the sheet says of what it does not cover, and what to do instead.
fn words(draft: &Draft, exclusion: &str) -> String {
    let Some(exclusion) = draft.published.sheet.exclusion(exclusion) else {
        return "La fiche ne couvre pas cette demande.".into();
    };
    let parts = [exclusion.text.as_str(), exclusion.why.as_str(), exclusion.instead.as_str()];
    beffroi_ui::typo(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
}

/// An answer as a form would send it.
fn raw(id: &str, given: &Reponse) -> Vec<(String, String)> {
    let one = |text: String| vec![(id.to_owned(), text)];
    match given {
        Reponse::Texte(text) => one(text.clone()),
        Reponse::OuiNon(yes) => one(if *yes { "yes" } else { "no" }.into()),
        Reponse::Nombre(number) => one(number.to_string()),
        Reponse::Liste(texts) => texts.iter().map(|text| (id.to_owned(), text.clone())).collect(),
        Reponse::Tableau(rows) => table(id, rows),
    }
}

/// Every row gives every column, so that the cells of a row stay together.
fn table(id: &str, rows: &[BTreeMap<String, String>]) -> Vec<(String, String)> {
    let columns: BTreeSet<&String> = rows.iter().flat_map(BTreeMap::keys).collect();
    let cells = columns.into_iter().flat_map(|column| {
        rows.iter().map(move |row| (format!("{id}.{column}"), row.get(column).cloned().unwrap_or_default()))
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_becomes_what_a_form_sends() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(raw("q", &Reponse::OuiNon(true)), [pair("q", "yes")]);
        assert_eq!(raw("q", &Reponse::Nombre(12)), [pair("q", "12")]);
        assert_eq!(raw("q", &Reponse::Liste(vec!["a".into(), "b".into()])), [pair("q", "a"), pair("q", "b")]);
        let rows = [
            BTreeMap::from([("nom".to_owned(), "A".to_owned())]),
            BTreeMap::from([("nom".to_owned(), "B".to_owned()), ("salle".to_owned(), "2".to_owned())]),
        ];
        let expected = [pair("q.nom", "A"), pair("q.nom", "B"), pair("q.salle", ""), pair("q.salle", "2")];
        assert_eq!(raw("q", &Reponse::Tableau(rows.to_vec())), expected);
    }
}
