//! The page of a request says where things stand, keeps what was typed and hides what is not for
//! the reader.

use std::collections::HashMap;

use beffroi_directory::{School, Team, TeamKind, TeamName, Territory};
use beffroi_kernel::{
    Access, ApprovalId, MessageId, PersonId, RequestId, SchoolId, SheetVersionId, TeamId, TerritoryId,
};
use beffroi_web::Submitted;
use chrono::{DateTime, TimeDelta, Utc};

use super::{RequestPage, Trouble};
use crate::model::State;
use crate::reading::{Approval, Folder, Message, Request};

fn now() -> DateTime<Utc> {
    "2026-10-05T08:00:00Z".parse().unwrap()
}

fn school() -> School {
    let team = || TeamName { id: TeamId::new(), slug: "lens".into(), name: "Équipe mobile de Lens".into() };
    School {
        id: SchoolId::new(),
        uai: "0620000A".into(),
        name: "Lycée Condorcet".into(),
        kind: "LGT".into(),
        city: "Lens".into(),
        postcode: "62300".into(),
        department: "62".into(),
        academy: "lille".into(),
        territory: Territory { id: TerritoryId::new(), slug: "artois".into(), name: "Artois".into() },
        operations_team: team(),
        mobile_team: team(),
        email: None,
        phone: None,
        pupils: None,
        o365: false,
    }
}

pub(crate) fn request(school: SchoolId, team: TeamId) -> Request {
    let submitted_at = now() - TimeDelta::days(2);
    Request {
        id: RequestId::new(),
        reference: "2026-00042".into(),
        school_id: school,
        requester_id: PersonId::new(),
        requester_role: "teacher".into(),
        sheet_version_id: SheetVersionId::new(),
        sheet_slug: "poste-de-travail".into(),
        request_type: "panne".into(),
        title: "Signaler une panne".into(),
        summary: String::new(),
        nature: "incident".into(),
        theme: "poste".into(),
        state: "new".into(),
        waiting_for: None,
        team_id: team,
        assignee_id: None,
        routing_reason: "Équipe mobile de l’établissement".into(),
        forced_assignment: false,
        goodwill: false,
        urgent: false,
        channel: "web".into(),
        answers: "{}".into(),
        examples_on: "true".into(),
        submitted_at,
        sent_at: Some(submitted_at),
        first_answer_due: None,
        solution_due: None,
        next_due: None,
        first_answered_at: None,
        resolved_at: None,
        closed_at: None,
        outcome: None,
        outcome_note: None,
        satisfaction: None,
        satisfaction_note: None,
        merged_into: None,
        updated_at: submitted_at,
        version: 1,
        active: false,
        pressing: 0,
        first_answer_minutes: None,
        solution_minutes: None,
        reopened: 0,
        parent_id: None,
    }
}

fn folder(state: State) -> Folder {
    let school = school();
    let team = Team {
        id: TeamId::new(),
        slug: "lens".into(),
        name: "Équipe mobile de Lens".into(),
        kind: TeamKind::MobileTeam,
        territory: None,
        academy: None,
        email: None,
    };
    Folder {
        request: Request { state: state.slug().into(), ..request(school.id, team.id) },
        state,
        school,
        team,
        answers: vec![("Quelle salle ?".into(), vec!["B12".into()])],
        sheet_version: 3,
        sheet_title: "Gestion du poste de travail".into(),
        next: Vec::new(),
        approvals: Vec::new(),
        messages: Vec::new(),
        files: Vec::new(),
        tasks: Vec::new(),
        appointments: Vec::new(),
        links: Vec::new(),
        effects: Vec::new(),
        names: HashMap::new(),
        as_agent: false,
        reads_notes: false,
        now: now(),
    }
}

fn page(folder: &Folder, person: PersonId, trouble: Option<&Trouble>) -> String {
    let access = Access { person, name: "Claire Lens".into(), functions: Vec::new(), at: now() };
    let of_school = person == folder.request.requester_id;
    super::request(&RequestPage { folder, access: &access, of_school, colleagues: &[], teams: &[], trouble })
        .into_string()
}

fn approval(folder: &Folder, state: &str, roles: &str, decided_at: Option<DateTime<Utc>>) -> Approval {
    Approval {
        id: ApprovalId::new(),
        request_id: folder.request.id,
        school_id: folder.school.id,
        position: 0,
        roles: roles.into(),
        title: "Validation".into(),
        sign: false,
        text: None,
        state: state.into(),
        decided_by: None,
        authority: None,
        reason: None,
        decided_at,
        text_sha256: None,
    }
}

#[test]
fn the_first_line_names_who_must_approve_and_since_when() {
    let mut folder = folder(State::Validation);
    let granted = approval(&folder, "granted", "secretary-general", Some(now() - TimeDelta::hours(5)));
    let pending = approval(&folder, "pending", "head,deputy-head", None);
    folder.approvals = vec![granted, pending];

    let html = page(&folder, folder.request.requester_id, None);

    let line = "Votre demande attend la validation du chef d’établissement ou du chef d’établissement adjoint depuis 5\u{a0}heures.";
    assert!(html.contains(line), "{html}");
}

#[test]
fn a_late_answer_is_said_late() {
    let mut folder = folder(State::New);
    folder.request.next_due = Some(now() - TimeDelta::days(3));
    let html = page(&folder, folder.request.requester_id, None);
    assert!(
        html.contains("L’équipe devait répondre avant le ") && html.contains("en retard de 3\u{a0}jours"),
        "{html}"
    );
}

#[test]
fn a_goodwill_request_promises_nothing() {
    let mut folder = folder(State::New);
    folder.request.goodwill = true;
    let html = page(&folder, folder.request.requester_id, None);
    assert!(html.contains("Sans engagement de délai") && !html.contains("répond avant"), "{html}");
}

#[test]
fn what_was_typed_stays_beside_its_error() {
    let mut folder = folder(State::Open);
    (folder.as_agent, folder.reads_notes) = (true, true);
    let typed = Submitted(vec![("wait_why".into(), "La clé du local <serveur>".into())]);
    let trouble = Trouble { field: "wait_for", message: "Choisissez qui doit agir.".into(), typed };

    let html = page(&folder, PersonId::new(), Some(&trouble));

    assert!(html.contains("href=\"#wait_for\"") && html.contains("id=\"wait_for-error\""), "{html}");
    assert!(html.contains("La clé du local &lt;serveur&gt;"), "{html}");
    assert!(html.contains("<details open><summary>Mettre en attente"), "{html}");
}

#[test]
fn a_text_outlives_the_state_that_allowed_it() {
    let folder = folder(State::Closed);
    let typed = Submitted(vec![("message".into(), "Le câble est arrivé ce matin".into())]);
    let trouble = Trouble { field: "contenu", message: "La demande est close.".into(), typed };
    let html = page(&folder, folder.request.requester_id, Some(&trouble));
    assert!(html.contains("Le câble est arrivé ce matin"), "{html}");
}

#[test]
fn only_agents_get_the_gestures_and_only_some_the_notes() {
    let mut folder = folder(State::Open);
    let note = Message {
        id: MessageId::new(),
        request_id: folder.request.id,
        author_id: None,
        kind: "system".into(),
        body: "La demande est prise en charge.".into(),
        created_at: now(),
    };
    folder.messages = vec![note];
    let gestures = ["/resoudre\"", "/reaffecter\"", "/fusionner\""];

    let school = page(&folder, folder.request.requester_id, None);
    assert!(
        gestures.iter().all(|gesture| !school.contains(gesture)) && school.contains("/messages\""),
        "{school}"
    );

    folder.as_agent = true;
    let provider = page(&folder, PersonId::new(), None);
    assert!(gestures.iter().all(|gesture| provider.contains(gesture)), "{provider}");
    assert!(!provider.contains("Note interne"), "{provider}");
}

#[test]
fn one_click_says_whether_it_helped() {
    let folder = folder(State::Resolved);
    let mine = page(&folder, folder.request.requester_id, None);
    assert_eq!(mine.matches("/satisfaction\"").count(), 3, "{mine}");
    assert!(mine.contains("/rouvrir\""), "{mine}");
    assert!(!page(&folder, PersonId::new(), None).contains("/satisfaction\""));
}
