//! Reading requests: the list of those within the token's reach, and one with all that this token may read.

use axum::Json;
use axum::extract::{Path, RawQuery, State as Room};
use beffroi_desk::lists::criteria::Part;
use beffroi_desk::lists::order::Cursor;
use beffroi_desk::lists::{self, Line, PAGE, Row, Selection};
use beffroi_desk::quarantine::Exam;
use beffroi_desk::reading::{self, Approval, Attachment, Folder, Message as Said};
use beffroi_desk::{
    ApprovalState, MessageKind, Outcome, ReadRequests, State, WaitingFor, WorkRequests, by_machine,
};
use beffroi_kernel::{Permit, RequestId};
use chrono::DateTime;

use super::query::{Pairs, not_ours, sealed};
use super::shapes::{
    Demande, DemandeResumee, Fichier, Lieu, Message, Mot, PageDeDemandes, QuestionRepondue, Validation,
};
use crate::Api;
use crate::caller::May;
use crate::problem::{Fault, Problem};

const NAMES: &[&str] =
    &["q", "portee", "etat", "miennes", "etablissement", "fiche", "du", "au", "modifiees", "apres"];
/// What only the agents' list keeps.
const OF_AGENTS: &[&str] = &["etablissement", "fiche", "du", "au", "modifiees"];

pub(super) async fn list(
    Room(api): Room<Api>,
    May(permit, caller): May<ReadRequests>,
    RawQuery(query): RawQuery,
) -> Result<Json<PageDeDemandes>, Problem> {
    let asked = Pairs::read(query.as_deref(), NAMES, "etat")?;
    match caller.access.permit::<WorkRequests>() {
        Some(works) => of_agents(&api, &works, &asked).await,
        None => of_school(&api, &permit, &asked).await,
    }
    .map(Json)
}

/// The agents' own list, most pressing first.
async fn of_agents(
    api: &Api,
    permit: &Permit<WorkRequests>,
    asked: &Pairs,
) -> Result<PageDeDemandes, Problem> {
    if asked.get("miennes").is_some() {
        return Err(Problem::field("miennes", "ce paramètre est pour les établissements\u{a0}: retirez-le"));
    }
    if let Some(name) = ["q", "portee", "etat"]
        .into_iter()
        .chain(OF_AGENTS.iter().copied())
        .find(|name| asked.all(name).any(|value| value.trim().is_empty()))
    {
        return Err(Problem::field(name, "donnez une valeur, ou retirez ce paramètre"));
    }
    let (selection, faults) = Selection::read(&Selection::default(), &asked.0);
    if !faults.is_empty() {
        return Err(unread(asked, &faults));
    }
    let (order, _) = selection.effective_order();
    let held = asked.cursor('f')?;
    if held.as_deref().is_some_and(|held| Cursor::read(&order, held).is_none()) {
        return Err(not_ours());
    }
    let page = lists::page(&api.desk, permit, &selection, &[], held.as_deref(), PAGE).await?;
    Ok(PageDeDemandes {
        demandes: page.rows.into_iter().map(of_row).collect(),
        suite: page.next.map(|next| sealed('f', &next)),
    })
}

/// The desk says in a sentence which value it does not understand; a program is told the parameter.
fn unread(asked: &Pairs, faults: &[String]) -> Problem {
    let named = |name: &&str| {
        let alone: Vec<(String, String)> = asked.0.iter().filter(|(key, _)| key == name).cloned().collect();
        !Selection::read(&Selection::default(), &alone).1.is_empty()
    };
    let names = NAMES.iter().filter(|name| **name != "apres").filter(|name| named(name));
    let faults = names.zip(faults).map(|(name, _)| Fault {
        champ: (*name).to_owned(),
        message: "cette valeur n’est pas comprise".into(),
    });
    Problem::fields(faults.collect())
}

/// A school's list, latest first.
async fn of_school(
    api: &Api,
    permit: &Permit<ReadRequests>,
    asked: &Pairs,
) -> Result<PageDeDemandes, Problem> {
    if let Some(name) = OF_AGENTS.iter().find(|name| asked.get(name).is_some()) {
        return Err(Problem::field(name, "ce filtre est réservé aux agents\u{a0}: retirez-le"));
    }
    let states = states(asked)?;
    let held = asked.cursor('d')?;
    if held.as_deref().is_some_and(|held| !is_place(held)) {
        return Err(not_ours());
    }
    let words = asked.get("q").unwrap_or_default();
    let mine = asked.yes("miennes")?;
    let page = by_machine::requests(&api.desk, permit, (&states, mine), words, held.as_deref()).await?;
    Ok(PageDeDemandes {
        demandes: page.lines.into_iter().map(of_line).collect(),
        suite: page.next.map(|next| sealed('d', &next)),
    })
}

fn states(asked: &Pairs) -> Result<Vec<State>, Problem> {
    let named: Option<Vec<State>> = asked.all("etat").map(State::of).collect();
    let named = named.ok_or_else(|| Problem::field("etat", "cet état n’existe pas"))?;
    let part = asked.get("portee").map(|slug| Part::EACH.into_iter().find(|part| part.slug() == slug));
    let part = part.unwrap_or(Some(Part::Running));
    let part = part.ok_or_else(|| Problem::field("portee", "donnez en-cours, terminees ou toutes"))?;
    if !named.is_empty() {
        return Ok(named);
    }
    let kept = |state: &State| match part {
        Part::Running => !state.is_over(),
        Part::Over => state.is_over(),
        Part::All => true,
    };
    let all = part == Part::All;
    Ok(if all { Vec::new() } else { State::ALL.iter().copied().filter(kept).collect() })
}

/// Whether it is the place of a row in a school's list.
fn is_place(held: &str) -> bool {
    held.split_once('.').is_some_and(|(micros, id)| {
        let at = micros.parse().ok().and_then(DateTime::from_timestamp_micros);
        at.is_some() && id.parse::<RequestId>().is_ok()
    })
}

fn mot(code: &str, libelle: Option<&str>) -> Mot {
    Mot { code: code.to_owned(), libelle: libelle.unwrap_or(code).to_owned() }
}

/// The state as calls name it.
pub(super) fn state(slug: &str) -> Mot {
    mot(slug, State::of(slug).map(State::label))
}

fn waiting(slug: Option<String>) -> Option<Mot> {
    slug.map(|slug| mot(&slug, WaitingFor::of(&slug).map(WaitingFor::label)))
}

fn of_row(row: Row) -> DemandeResumee {
    DemandeResumee {
        reference: row.reference,
        titre: row.title,
        resume: row.summary,
        etat: state(&row.state),
        attend: waiting(row.waiting_for),
        urgente: row.urgent,
        sans_engagement: row.goodwill,
        echeance: row.next_due,
        deposee_le: row.submitted_at,
        modifiee_le: row.updated_at,
        etablissement: row.school,
        commune: row.city,
        equipe: row.team,
        suivie_par: row.assignee,
    }
}

fn of_line(line: Line) -> DemandeResumee {
    DemandeResumee {
        reference: line.reference,
        titre: line.title,
        resume: line.summary,
        etat: state(&line.state),
        attend: waiting(line.waiting_for),
        urgente: line.urgent,
        sans_engagement: line.goodwill,
        echeance: line.next_due,
        deposee_le: line.submitted_at,
        modifiee_le: line.updated_at,
        etablissement: line.school,
        commune: line.city,
        equipe: line.team,
        suivie_par: line.assignee,
    }
}

pub(super) async fn read(
    Room(api): Room<Api>,
    May(permit, caller): May<ReadRequests>,
    Path(reference): Path<String>,
) -> Result<Json<Demande>, Problem> {
    let found = reading::open(&api.desk, &permit, &caller.access, &reference).await?;
    found.map(|folder| Json(shaped(&api, folder))).ok_or_else(Problem::not_found)
}

fn shaped(api: &Api, folder: Folder) -> Demande {
    let request = &folder.request;
    let base = &api.desk.site.base_url;
    let name = |person| folder.name(person).to_owned();
    Demande {
        adresse: format!("{base}/demandes/{}", request.reference),
        fiche: request.sheet_slug.clone(),
        genre: request.request_type.clone(),
        titre: request.title.clone(),
        etat: state(&request.state),
        attend: waiting(request.waiting_for.clone()),
        issue: request.outcome.as_deref().map(|slug| mot(slug, Outcome::of(slug).map(Outcome::label))),
        urgente: request.urgent,
        sans_engagement: request.goodwill,
        etablissement: Lieu {
            uai: folder.school.uai.clone(),
            nom: folder.school.name.clone(),
            commune: folder.school.city.clone(),
        },
        equipe: Mot { code: folder.team.slug.clone(), libelle: folder.team.name.clone() },
        demandeur: name(Some(request.requester_id)),
        suivie_par: request.assignee_id.map(|person| name(Some(person))),
        aiguillage: request.routing_reason.clone(),
        deposee_le: request.submitted_at,
        transmise_le: request.sent_at,
        premiere_reponse_due: request.first_answer_due,
        solution_due: request.solution_due,
        resolue_le: request.resolved_at,
        close_le: request.closed_at,
        modifiee_le: request.updated_at,
        validations: folder.approvals.iter().map(|step| validation(&folder, step)).collect(),
        fil: folder.messages.iter().map(|said| message(&folder, said)).collect(),
        fichiers: folder.files.iter().map(|file| attachment(base, &request.reference, file)).collect(),
        reference: request.reference.clone(),
        reponses: folder
            .answers
            .iter()
            .map(|(question, valeurs)| QuestionRepondue {
                question: question.clone(),
                valeurs: valeurs.clone(),
            })
            .collect(),
    }
}

fn validation(folder: &Folder, step: &Approval) -> Validation {
    Validation {
        titre: step.title.clone(),
        etat: mot(&step.state, ApprovalState::of(&step.state).map(ApprovalState::label)),
        par: step.decided_by.map(|person| folder.name(Some(person)).to_owned()),
        motif: step.reason.clone(),
        le: step.decided_at,
    }
}

fn message(folder: &Folder, said: &Said) -> Message {
    Message {
        id: said.id.to_string(),
        genre: mot(&said.kind, MessageKind::of(&said.kind).map(MessageKind::label)),
        auteur: said.author_id.map(|person| folder.name(Some(person)).to_owned()),
        texte: said.body.clone(),
        le: said.created_at,
    }
}

fn attachment(base: &str, reference: &str, file: &Attachment) -> Fichier {
    Fichier {
        id: file.id.to_string(),
        nom: file.name.clone(),
        media: file.media_type.clone(),
        taille: file.size,
        sha256: file.sha256.clone(),
        examen: Exam::of_file(file).map(|exam| mot(exam.slug(), Some(exam.label()))),
        adresse: format!("{base}/api/v1/demandes/{reference}/fichiers/{}", file.id),
    }
}
