//! A file is read by those who read its request, or by the author of its draft; nobody else.

use beffroi_acts::Acts;
use beffroi_catalogue::Catalogue;
use beffroi_db::{Db, DbError, db_test};
use beffroi_directory::Site;
use beffroi_kernel::{Access, AttachmentId, Function, Permit, PersonId, Role, SchoolId, Scope, TeamId};

use super::*;
use crate::Files;
use crate::reading::{Attachment, Request};
use crate::store::folder;
use crate::views::request::tests::request;

fn desk(db: Db, folder: &std::path::Path) -> Desk {
    let site = Site { db, base_url: "https://beffroi.example".into(), secure_cookies: true };
    let files = Files::local(folder).unwrap();
    Desk::new(site.clone(), Catalogue::new(site.clone()), files, Acts::new(site))
}

fn access(
    desk: &Desk,
    person: PersonId,
    role: Role,
    school: Option<SchoolId>,
    team: Option<TeamId>,
) -> Access {
    let at = desk.site.db.now();
    let function = Function { role, school, team, territory: None, since: at, substitute_for: None };
    Access { person, name: "Claire Lens".into(), functions: vec![function], at }
}

fn reading(access: &Access) -> Permit<ReadRequests> {
    access.permit().unwrap()
}

async fn sent(desk: &Desk, state: State) -> Request {
    let request = Request { state: state.slug().into(), ..request(SchoolId::new(), TeamId::new()) };
    let model = request.clone();
    desk.site.db.write::<_, DbError, _>(async |tx| requests::insert(tx.on(), model).await).await.unwrap();
    request
}

async fn files_of(desk: &Desk, request: &Request) -> Vec<Attachment> {
    folder::pieces(&desk.site.db, &Scope::system("a test"), request.id, request.school_id)
        .await
        .unwrap()
        .files
}

async fn given(desk: &Desk, request: &Request, by: &Access) -> AttachmentId {
    let files = vec![("devis.txt".to_owned(), b"trois postes".to_vec())];
    add(desk, &reading(by), by, request.id, files).await.unwrap();
    files_of(desk, request).await[0].id
}

#[db_test]
async fn a_file_is_read_by_those_who_read_its_request_only(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(db, folder.path());
    let request = sent(&desk, State::Open).await;
    let (school, team) = (Some(request.school_id), Some(request.team_id));
    let author = access(&desk, request.requester_id, Role::Teacher, school, None);
    let file = given(&desk, &request, &author).await;

    let (someone, elsewhere) = (PersonId::new(), Some(SchoolId::new()));
    let cases = [
        ("author", author, true),
        ("head", access(&desk, someone, Role::Head, school, None), true),
        ("technician of the team", access(&desk, someone, Role::Technician, None, team), true),
        ("colleague", access(&desk, someone, Role::Teacher, school, None), false),
        ("head elsewhere", access(&desk, someone, Role::Head, elsewhere, None), false),
        ("other provider", access(&desk, someone, Role::ProviderAgent, None, Some(TeamId::new())), false),
        ("no desk function", access(&desk, someone, Role::DataProtectionOfficer, None, None), false),
    ];
    for (who, access, expected) in cases {
        assert_eq!(find(&desk, &access, file).await.unwrap().is_some(), expected, "{who}");
    }
}

#[db_test]
async fn a_file_of_a_draft_is_its_authors_alone(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(db, folder.path());
    let school = SchoolId::new();
    let author = access(&desk, PersonId::new(), Role::Teacher, Some(school), None);
    let at = desk.site.db.now();
    let version = (beffroi_kernel::SheetVersionId::new(), "panne");
    let draft = crate::drafts::row((author.person, school), version, crate::model::Channel::Web, at);
    let stored = desk.files.keep("photo.txt", b"panne".to_vec()).await.unwrap();
    let file = row(&stored, &request(school, TeamId::new()), &author, at);
    let file = Attachment { draft_id: Some(draft.id), ..file };
    let id = file.id;
    let write = desk.site.db.write::<_, DbError, _>(async |tx| {
        drafts::insert(tx.on(), draft).await?;
        drafts::attach(tx.on(), file).await
    });
    write.await.unwrap();

    let head = access(&desk, PersonId::new(), Role::Head, Some(school), None);
    assert!(find(&desk, &author, id).await.unwrap().is_some());
    assert!(find(&desk, &head, id).await.unwrap().is_none());
}

#[db_test]
async fn a_file_is_said_in_the_conversation_and_journaled(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(db, folder.path());
    let request = sent(&desk, State::Open).await;
    let author = access(&desk, request.requester_id, Role::Teacher, Some(request.school_id), None);

    given(&desk, &request, &author).await;

    let messages = folder::conversation(&desk.site.db, request.id, false).await.unwrap();
    assert_eq!(
        (messages[0].message.kind.as_str(), messages[0].message.body.as_str()),
        ("system", "Fichier joint : « devis.txt ».")
    );
    let journal =
        beffroi_db::journal::of_subject(&desk.site.db, &format!("request:{}", request.id)).await.unwrap();
    assert_eq!(journal.iter().filter(|entry| entry.kind == "request.file-added").count(), 1);
}

#[db_test]
async fn nothing_is_added_to_a_request_that_is_over_or_out_of_reach(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(db, folder.path());
    let request = sent(&desk, State::Closed).await;
    let author = access(&desk, request.requester_id, Role::Teacher, Some(request.school_id), None);
    let stranger = access(&desk, PersonId::new(), Role::Head, Some(SchoolId::new()), None);
    let file = || vec![("a.txt".to_owned(), b"a".to_vec())];

    let over = add(&desk, &reading(&author), &author, request.id, file()).await;
    let hidden = add(&desk, &reading(&stranger), &stranger, request.id, file()).await;
    let nothing = add(&desk, &reading(&author), &author, request.id, Vec::new()).await;

    assert!(matches!(over, Err(AttachError::State("Close"))), "{over:?}");
    assert!(matches!(hidden, Err(AttachError::NotFound)), "{hidden:?}");
    assert!(matches!(nothing, Err(AttachError::Nothing)), "{nothing:?}");
    assert!(files_of(&desk, &request).await.is_empty());
}
