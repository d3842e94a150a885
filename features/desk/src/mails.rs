//! The mails of the desk. Subjects carry the reference only, never a name or what it is about.

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_directory::{MAIL_JOB, Mail, Team, Topic};
use beffroi_kernel::{MessageId, PersonId, Role};

use crate::Desk;
use crate::store::entities::{approval, request};

async fn tell(
    tx: &Tx,
    request: &request::Model,
    person: PersonId,
    subject: String,
    text: String,
    once: String,
) -> Result<(), DbError> {
    // People choose apart whether to be told of messages and of the rest.
    let topic = if once.starts_with("message:") { Topic::Message } else { Topic::State };
    let mail = Mail::to_person(person, subject, text).about(topic).on_request(&request.reference);
    tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(once)).await
}

fn address(desk: &Desk, request: &request::Model) -> String {
    format!("{}/demandes/{}", desk.site.base_url, request.reference)
}

/// The requester is told that the request is in, and what happens next.
pub(crate) async fn acknowledgement(desk: &Desk, tx: &Tx, request: &request::Model) -> Result<(), DbError> {
    let next = if request.sent_at.is_some() {
        "Elle est transmise à l’équipe compétente."
    } else {
        "Elle attend une validation dans votre établissement ; elle partira ensuite à l’équipe compétente."
    };
    let text = format!(
        "Bonjour,\n\nVotre demande {} est enregistrée. {next}\n\nPour la suivre : {}\n",
        request.reference,
        address(desk, request)
    );
    let subject = format!("Demande {} enregistrée", request.reference);
    tell(tx, request, request.requester_id, subject, text, format!("ack:{}", request.id)).await
}

/// The requester is told that an agent typed in their request (CSU-05).
pub(crate) async fn typed_in(desk: &Desk, tx: &Tx, request: &request::Model) -> Result<(), DbError> {
    let next = if request.sent_at.is_some() {
        "Elle est transmise à l’équipe compétente."
    } else {
        "Elle attend une validation dans votre établissement\u{a0}; elle partira ensuite à l’équipe compétente."
    };
    let text = format!(
        "Bonjour,\n\nUn agent a saisi en votre nom la demande {}. {next}\n\n\
         Relisez-la, et dites-nous si quelque chose n’est pas exact\u{a0}: {}\n",
        request.reference,
        address(desk, request)
    );
    let subject = format!("Demande {} saisie en votre nom", request.reference);
    tell(tx, request, request.requester_id, subject, text, format!("ack:{}", request.id)).await
}

/// An urgent security report is told to the head at once, whoever made it (SEC-19).
pub(crate) async fn heads_told(desk: &Desk, tx: &Tx, request: &request::Model) -> Result<(), DbError> {
    for head in beffroi_directory::holders(&desk.site.db, request.school_id, Role::Head, tx.now()).await? {
        if head.id == request.requester_id {
            continue;
        }
        let text = format!(
            "Bonjour,\n\nUn signalement de sécurité vient d’être fait dans votre établissement.\n\nPour le lire : {}\n",
            address(desk, request)
        );
        let subject = format!("Signalement urgent {}", request.reference);
        tell(tx, request, head.id, subject, text, format!("urgent:{}:{}", request.id, head.id)).await?;
    }
    Ok(())
}

/// Those who may decide the step are told, substitutes included.
pub(crate) async fn approval_needed(
    desk: &Desk,
    tx: &Tx,
    request: &request::Model,
    step: &approval::Model,
) -> Result<(), DbError> {
    let verb = if step.sign { "signature" } else { "validation" };
    for role in step.roles.split(',').filter_map(|slug| slug.parse::<Role>().ok()) {
        for person in beffroi_directory::holders(&desk.site.db, request.school_id, role, tx.now()).await? {
            let text = format!(
                "Bonjour,\n\nLa demande {} attend votre {verb}.\n\nPour la lire et décider : {}/validations/{}\n",
                request.reference, desk.site.base_url, step.id
            );
            let subject = format!("Demande {} : {verb} attendue", request.reference);
            tell(tx, request, person.id, subject, text, format!("approval:{}:{}", step.id, person.id))
                .await?;
        }
    }
    Ok(())
}

/// The team's members are told of a new request, by the team's own address when it has one.
pub(crate) async fn team_told(
    desk: &Desk,
    tx: &Tx,
    request: &request::Model,
    team: &Team,
) -> Result<(), DbError> {
    let Some(email) = team.email.clone() else { return Ok(()) };
    let text = format!("Une demande est arrivée dans la file de votre équipe : {}\n", address(desk, request));
    let subject = format!("Nouvelle demande {}", request.reference);
    let once = format!("team:{}:{}:{}", request.id, team.id, request.version);
    tx.enqueue(NewJob::new(MAIL_JOB, &Mail::to_address(email, subject, text)).once(once)).await
}

/// The requester is told that something changed on the request; the text is on the site, not in the mail.
pub(crate) async fn requester_told(
    desk: &Desk,
    tx: &Tx,
    request: &request::Model,
    what: &str,
    once: String,
) -> Result<(), DbError> {
    let text = format!("Bonjour,\n\n{what}\n\nPour lire et répondre : {}\n", address(desk, request));
    tell(tx, request, request.requester_id, format!("Demande {}", request.reference), text, once).await
}

/// The person who has the request in hand is told that the school wrote.
pub(crate) async fn assignee_told(
    desk: &Desk,
    tx: &Tx,
    request: &request::Model,
    once: String,
) -> Result<(), DbError> {
    let Some(assignee) = request.assignee_id else {
        return Ok(());
    };
    let text = format!(
        "Un nouveau message est arrivé sur la demande {} : {}\n",
        request.reference,
        address(desk, request)
    );
    tell(tx, request, assignee, format!("Demande {}", request.reference), text, once).await
}

/// An agent whom a note mentions is told; the note itself stays on the site.
pub(crate) async fn mentioned(
    desk: &Desk,
    tx: &Tx,
    request: &request::Model,
    person: PersonId,
    message: MessageId,
) -> Result<(), DbError> {
    let text = format!(
        "Bonjour,\n\nUn agent vous cite dans une note interne. Pour la lire : {}\n",
        address(desk, request)
    );
    let subject = format!("Demande {} : on vous a cité", request.reference);
    tell(tx, request, person, subject, text, format!("message:{message}:{person}")).await
}
