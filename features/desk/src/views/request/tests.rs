//! The page of a request says where things stand, keeps what was typed and hides what is not for
//! the reader.

use std::collections::HashMap;

use beffroi_directory::TeamName;
use beffroi_kernel::{Access, ApprovalId, MessageId, PersonId, RequestId, SchoolId, SheetVersionId, TeamId};
use beffroi_web::Submitted;
use chrono::{DateTime, TimeDelta, Utc};

use super::{Kept, RequestPage, Trouble};
use crate::composer::Beside;
use crate::model::State;
use crate::reading::{Approval, Folder, Message, Request, SchoolName};

fn now() -> DateTime<Utc> {
    "2026-10-05T08:00:00Z".parse().unwrap()
}

fn school() -> SchoolName {
    SchoolName {
        id: SchoolId::new(),
        uai: "0620000A".into(),
        name: "Lycée Condorcet".into(),
        city: "Lens".into(),
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

pub(crate) fn folder(state: State) -> Folder {
    let school = school();
    let team = TeamName { id: TeamId::new(), slug: "lens".into(), name: "Équipe mobile de Lens".into() };
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
    let beside = Beside::default();
    super::request(&RequestPage {
        released: maud::html! {},
        neighbour: maud::html! {},
        folder,
        access: &access,
        of_school,
        colleagues: &[],
        members: &[],
        teams: &[],
        trouble,
        filled: None,
        beside: &beside,
        kept: Kept::All,
        list: None,
    })
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
    let typed = Submitted(vec![
        ("kind".into(), "wait".into()),
        ("message".into(), "La clé du local <serveur>".into()),
    ]);
    let trouble = Trouble { field: "wait_for", message: "Choisissez qui doit agir.".into(), typed };

    let html = page(&folder, PersonId::new(), Some(&trouble));

    assert!(html.contains("href=\"#wait_for\"") && html.contains("id=\"wait_for-error\""), "{html}");
    assert!(html.contains("La clé du local &lt;serveur&gt;</textarea>"), "{html}");
    assert!(html.contains("value=\"wait\" checked"), "{html}");
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
    let gestures = ["value=\"solution\"", "/reaffecter\"", "/urgence\"", "/fusionner\""];

    let school = page(&folder, folder.request.requester_id, None);
    assert!(
        gestures.iter().all(|gesture| !school.contains(gesture)) && school.contains("/composer\""),
        "{school}"
    );

    folder.as_agent = true;
    let provider = page(&folder, PersonId::new(), None);
    assert!(gestures.iter().all(|gesture| provider.contains(gesture)), "{provider}");
    assert!(!provider.contains("Note interne") && !provider.contains("voir=notes"), "{provider}");
}

#[test]
fn one_click_says_whether_it_helped() {
    let folder = folder(State::Resolved);
    let mine = page(&folder, folder.request.requester_id, None);
    assert_eq!(mine.matches("/satisfaction\"").count(), 3, "{mine}");
    assert!(mine.contains("/rouvrir\""), "{mine}");
    assert!(!page(&folder, PersonId::new(), None).contains("/satisfaction\""));
}

fn message(folder: &Folder, kind: &str, body: &str) -> Message {
    Message {
        id: MessageId::new(),
        request_id: folder.request.id,
        author_id: None,
        kind: kind.into(),
        body: body.into(),
        created_at: now(),
    }
}

/// The page of an agent who reads notes.
fn agents_page(folder: &Folder, beside: &Beside, kept: Kept, list: Option<&str>) -> String {
    let access =
        Access { person: PersonId::new(), name: "Nora Artois".into(), functions: Vec::new(), at: now() };
    let page = RequestPage {
        released: maud::html! {},
        neighbour: maud::html! {},
        folder,
        access: &access,
        of_school: false,
        colleagues: &[],
        members: &[],
        teams: &[],
        trouble: None,
        filled: None,
        beside,
        kept,
        list,
    };
    super::request(&page).into_string()
}

#[test]
fn each_filter_keeps_its_kind_and_each_reads_in_the_order_they_prefer() {
    let mut folder = folder(State::Open);
    (folder.as_agent, folder.reads_notes) = (true, true);
    let said = [
        ("public", "Bonjour tout le monde"),
        ("internal", "Commander un écran"),
        ("system", "Prise en charge faite"),
    ];
    folder.messages = said.iter().map(|(kind, body)| message(&folder, kind, body)).collect();
    let kept = [(Kept::Messages, 0), (Kept::Notes, 1), (Kept::Events, 2)];
    for (kept, shown) in kept {
        let html = agents_page(&folder, &Beside::default(), kept, None);
        for (position, (_, body)) in said.iter().enumerate() {
            let timeline = html.split("id=\"fil\"").nth(1).unwrap();
            assert_eq!(timeline.contains(body), position == shown, "{kept:?}: {body}");
        }
    }
    let position = |html: &str, text: &str| html.split("id=\"fil\"").nth(1).unwrap().find(text).unwrap();
    let oldest = agents_page(&folder, &Beside::default(), Kept::All, None);
    assert!(position(&oldest, said[0].1) < position(&oldest, said[2].1));
    let newest = Beside { newest_first: true, ..Beside::default() };
    let newest = agents_page(&folder, &newest, Kept::All, None);
    assert!(position(&newest, said[2].1) < position(&newest, said[0].1));
}

#[test]
fn a_draft_comes_back_with_what_it_was_for_and_when_it_was_kept() {
    let mut folder = folder(State::Open);
    (folder.as_agent, folder.reads_notes) = (true, true);
    let draft = crate::composer::Draft { kind: crate::Gesture::Note, body: "Voir avec @".into(), at: now() };
    let beside = Beside { draft: Some(draft), ..Beside::default() };
    let html = agents_page(&folder, &beside, Kept::All, None);
    assert!(html.contains("Voir avec @</textarea>") && html.contains("value=\"note\" checked"), "{html}");
    assert!(html.contains("Brouillon retrouvé, enregistré le 05/10/2026 10:00"), "{html}");
}

#[test]
fn the_list_one_comes_from_is_carried_by_every_gesture() {
    let mut folder = folder(State::Open);
    folder.as_agent = true;
    let html = agents_page(&folder, &Beside::default(), Kept::All, Some("/file/equipe?q=pc"));
    assert!(html.contains("href=\"/file/equipe?q=pc\" data-key=\"u\""), "{html}");
    assert!(html.contains("/composer?file=%2Ffile%2Fequipe%3Fq%3Dpc\""), "{html}");
}

#[test]
fn only_what_the_state_allows_may_be_written() {
    use crate::Gesture::{Note, Reply, Solution, Task, Wait};
    let offered = |state, notes| crate::views::composer::gestures(state, notes);
    assert_eq!(offered(State::Open, true), [Reply, Note, Task, Wait, Solution]);
    assert_eq!(offered(State::Open, false), [Reply, Task, Wait, Solution]);
    assert_eq!(offered(State::Resolved, true), [Reply, Note, Task]);
    assert_eq!(offered(State::Closed, true), [Note]);
    assert_eq!(offered(State::Closed, false), []);
}
