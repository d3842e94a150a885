//! The jobs of the quarantine: a file is examined, tried again until the antivirus answers; what bears a virus
//! is said to who sent it, and removed when its time is over. Each may run twice and has its effect once.

use beffroi_db::live::Change;
use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_directory::{MAIL_JOB, Mail, Topic};
use beffroi_kernel::{AttachmentId, RequestId};

use super::{Exam, Trouble, Verdict};
use crate::files::FileError;
use crate::model::MessageKind;
use crate::reading::Attachment;
use crate::store::{drafts, quarantine as store, requests};
use crate::{Desk, Files};

/// The job that examines a file.
pub const EXAMINE_JOB: &str = "file-examine";
/// The job that removes a content that bears a virus, once it was kept aside long enough.
pub const REMOVE_JOB: &str = "file-remove";

/// What is said when the configuration names no antivirus any more.
const NO_ANTIVIRUS: &str = "aucun antivirus n’est réglé\u{a0}: remettez la clé clamd, le fichier attend";

/// Examines a file that waits for it.
///
/// # Errors
/// Words for an operator: the file stays in quarantine, the job is run again.
pub(crate) async fn examine(desk: &Desk, id: AttachmentId) -> Result<(), String> {
    let db = &desk.site.db;
    let words = |error: DbError| error.to_string();
    let Some(file) = drafts::file(db.read(), id).await.map_err(words)? else { return Ok(()) };
    if Exam::of_file(&file) != Some(Exam::Waiting) {
        return Ok(());
    }
    match verdict(&desk.files, &file).await {
        Ok(Verdict::Clean) => db.write(async |tx| open(tx, &file).await).await.map_err(words),
        Ok(Verdict::Infected(virus)) => {
            db.write(async |tx| close(desk, tx, &file, &virus).await).await.map_err(words)
        }
        Err(why) => {
            db.write(async |tx| store::waits(tx.on(), id, &why).await).await.map_err(words)?;
            Err(why)
        }
    }
}

async fn verdict(files: &Files, file: &Attachment) -> Result<Verdict, String> {
    let antivirus = files.antivirus().ok_or(NO_ANTIVIRUS)?;
    let content = files.stream(&file.sha256).await.map(|(_, content)| content);
    match content {
        Ok(content) => antivirus.examine(content).await.map_err(|trouble| trouble.to_string()),
        Err(error) => Err(Trouble::Store(error).to_string()),
    }
}

/// Nothing was found: the file is given to whoever may read it, and pages that show it are drawn again.
async fn open(tx: &Tx, file: &Attachment) -> Result<(), DbError> {
    if store::settle(tx.on(), file.id, tx.now()).await?
        && let Some(request) = file.request_id
    {
        tx.tell(Change {
            subject: format!("request:{request}"),
            kind: "file.examined".to_owned(),
            school: Some(file.school_id),
            actor: None,
        });
    }
    Ok(())
}

/// Closes every file of that content, says so on each request, and to who sent each.
async fn close(desk: &Desk, tx: &Tx, file: &Attachment, virus: &str) -> Result<(), DbError> {
    let closed = store::close(tx.on(), &file.sha256, virus, tx.now()).await?;
    if closed.is_empty() {
        return Ok(());
    }
    for one in &closed {
        say(desk, tx, one, virus).await?;
    }
    let keeps = desk.files.antivirus().map_or_else(chrono::TimeDelta::zero, |antivirus| antivirus.keeps);
    let once = format!("file-remove:{}:{}", file.sha256, tx.now().timestamp_micros());
    tx.enqueue(NewJob::new(REMOVE_JOB, &file.sha256).at(tx.now() + keeps).once(once)).await
}

async fn say(desk: &Desk, tx: &Tx, file: &Attachment, virus: &str) -> Result<(), DbError> {
    let subject = match (file.request_id, file.draft_id) {
        (Some(request), _) => format!("request:{request}"),
        (None, Some(draft)) => format!("draft:{draft}"),
        (None, None) => format!("file:{}", file.id),
    };
    let data = serde_json::json!({ "file": file.id, "sha256": file.sha256, "virus": virus });
    tx.journal(Event::new("file.infected", subject).school(file.school_id).data(data));
    if let Some(request) = file.request_id {
        let text = format!(
            "Un virus a été trouvé dans le fichier «\u{a0}{}\u{a0}». Il n’est donné à personne. La personne qui l’a envoyé est prévenue.",
            file.name
        );
        requests::add_message(tx.on(), request, None, MessageKind::System, &text, tx.now()).await?;
    }
    sender_told(desk, tx, file).await
}

/// Who sent the file reads what happened and what to do; the mail names neither the file nor the request's subject.
async fn sender_told(desk: &Desk, tx: &Tx, file: &Attachment) -> Result<(), DbError> {
    let reference = match file.request_id {
        Some(id) => store::reference(tx.on(), id).await?,
        None => None,
    };
    let (about, link) = match (&reference, file.draft_id) {
        (Some(reference), _) => (
            format!("Un fichier que vous avez joint à la demande {reference}"),
            format!("/demandes/{reference}"),
        ),
        (None, Some(draft)) => {
            ("Un fichier que vous avez joint à un brouillon".to_owned(), format!("/brouillons/{draft}"))
        }
        (None, None) => ("Un fichier que vous avez envoyé".to_owned(), String::new()),
    };
    let text = format!(
        "Bonjour,\n\n{about} contient un virus. Beffroi ne le donne à personne\u{a0}; le reste de ce que vous avez écrit est gardé.\n\n\
         Ce qu’il faut faire\u{a0}:\n\
         1. N’ouvrez plus ce fichier, et ne l’envoyez à personne.\n\
         2. Dites-le à la personne qui s’occupe de l’informatique dans votre établissement\u{a0}: l’ordinateur où il se trouvait doit être examiné.\n\
         3. Si le fichier est nécessaire, refaites-en une copie saine sur un autre ordinateur, puis joignez-la.\n\n\
         Pour y revenir\u{a0}: {}{link}\n",
        desk.site.base_url
    );
    let mail =
        Mail::to_person(file.person_id, "Un fichier que vous avez envoyé contient un virus".into(), text);
    let mail = mail.about(Topic::State);
    let mail = match &reference {
        Some(reference) => mail.on_request(reference),
        None => mail,
    };
    tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(format!(
        "file-infected:{}:{}",
        file.id,
        tx.now().timestamp()
    )))
    .await
}

/// Removes a content that bears a virus, unless a file of the same content was found clean or waits since.
///
/// # Errors
/// Words for an operator.
pub(crate) async fn remove(desk: &Desk, sha256: &str) -> Result<(), String> {
    let removed = desk.site.db.write::<_, DbError, _>(async |tx| {
        if store::is_needed(tx.on(), sha256).await? {
            return Ok(false);
        }
        for file in store::removed(tx.on(), sha256, tx.now()).await? {
            let data = serde_json::json!({ "file": file.id, "sha256": sha256 });
            let subject = subject(file.request_id, file.id);
            tx.journal(Event::new("file.removed", subject).school(file.school_id).data(data));
        }
        Ok(true)
    });
    if !removed.await.map_err(|error| error.to_string())? {
        return Ok(());
    }
    desk.files.forget(sha256).await.map_err(|error: FileError| format!("{error:?}"))
}

fn subject(request: Option<RequestId>, file: AttachmentId) -> String {
    request.map_or_else(|| format!("file:{file}"), |request| format!("request:{request}"))
}
