//! What acts say by mail: duties given are always sent, once each. Subjects carry no personal data.

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_directory::{FunctionHeld, MAIL_JOB, Mail, School, Topic};
use beffroi_kernel::PersonId;
use beffroi_sheets::Word;
use chrono::{DateTime, Utc};

use crate::model::{Act, Cause, EndReason, Review, Who};
use crate::rules::{paris_day, short};
use crate::{Acts, ground};
use beffroi_kernel::Role;

const HEAD: &[Who] = &[Who::Role(Role::Head)];

fn letter(person: PersonId, subject: String, text: String, topic: Topic, key: String) -> NewJob {
    NewJob::new(MAIL_JOB, &Mail::to_person(person, subject, text).about(topic)).once(key)
}

fn page(acts: &Acts, act: &Act) -> String {
    format!("{}/actes/{}", acts.site.base_url, act.id)
}

/// The last day before an instant excluded, in words.
fn before(due: DateTime<Utc>) -> String {
    beffroi_ui::day(paris_day(due - chrono::TimeDelta::microseconds(1)))
}

/// Those who may sign now are told so, once an act and a rank.
pub(crate) async fn to_sign(acts: &Acts, tx: &Tx, act: &Act) -> Result<(), DbError> {
    let school = ground::school_of(acts, act.school).await?;
    let standing = ground::for_school(tx.on(), tx.now(), &school, act.holder).await?;
    for signature in act.awaited() {
        for authority in standing.all(&signature.who) {
            if act.is_signed_by(authority.person) {
                continue;
            }
            let text = format!(
                "Bonjour,\n\nL’acte {} « {} » ({}) attend votre signature, en tant que : {}.\n\n\
                 Le lire et le signer : {}/signer\n",
                act.reference,
                act.title,
                school.name,
                authority.words,
                page(acts, act)
            );
            let key = format!("act-sign:{}:{}:{}", act.id, signature.position, authority.person);
            let subject = format!("Un acte attend votre signature : {}", act.reference);
            tx.enqueue(letter(authority.person, subject, text, Topic::Account, key)).await?;
        }
    }
    Ok(())
}

/// The operations service is told, once, that an act that answers no request waits to be opened: one that answers a
/// request is opened with it. (SRV-17)
pub(crate) async fn to_open(acts: &Acts, tx: &Tx, act: &Act) -> Result<(), DbError> {
    if act.request.is_some() {
        return Ok(());
    }
    let school = ground::school_of(acts, act.school).await?;
    let subject = format!("Un acte signé est à ouvrir\u{a0}: {}", act.reference);
    let text = format!(
        "Bonjour,\n\nL’acte {} «\u{a0}{}\u{a0}» ({}) est signé. Il donne un droit que votre service ouvre.\n\n\
         Le lire et l’ouvrir\u{a0}: {}\n\nTout ce que votre service doit ouvrir\u{a0}: {}/actes\n",
        act.reference,
        act.title,
        school.name,
        page(acts, act),
        acts.site.base_url
    );
    operations(acts, tx, &school, (subject, text), format!("act-to-open:{}", act.id)).await
}

/// A mail to the operations service of a school, at its address or else to each of its members, once a key.
pub(crate) async fn operations(
    acts: &Acts,
    tx: &Tx,
    school: &School,
    (subject, text): (String, String),
    key: String,
) -> Result<(), DbError> {
    let (db, service) = (&acts.site.db, school.operations_team.id);
    if let Some(email) = beffroi_directory::team(db, service).await?.and_then(|team| team.email) {
        let mail = Mail::to_address(email, subject, text).about(Topic::Account);
        return tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(key)).await;
    }
    for member in beffroi_directory::team_members(db, service).await? {
        let key = format!("{key}:{}", member.id);
        tx.enqueue(letter(member.id, subject.clone(), text.clone(), Topic::Account, key)).await?;
    }
    Ok(())
}

/// The holder is told that the act holds.
pub(crate) async fn in_force(acts: &Acts, tx: &Tx, act: &Act) -> Result<(), DbError> {
    let Some(holder) = act.holder else { return Ok(()) };
    let end = act.ends_on.map_or_else(String::new, |day| format!(", jusqu’au {}", beffroi_ui::day(day)));
    let text = format!(
        "Bonjour,\n\nL’acte {} « {} », dont vous êtes bénéficiaire, est en vigueur à partir du {}{end}.\n\n\
         Le lire : {}\n",
        act.reference,
        act.title,
        beffroi_ui::day(act.starts_on),
        page(acts, act)
    );
    let subject = format!("Un acte vous donne un droit : {}", act.reference);
    tx.enqueue(letter(holder, subject, text, Topic::Account, format!("act-in-force:{}", act.id))).await
}

/// The holder and whoever prepared it are told that an act is over.
pub(crate) async fn ended(acts: &Acts, tx: &Tx, act: &Act) -> Result<(), DbError> {
    let Some(end) = &act.ended else { return Ok(()) };
    let mut people: Vec<PersonId> = act.holder.into_iter().chain(act.created_by).collect();
    people.dedup();
    for person in people.into_iter().filter(|person| Some(*person) != end.by) {
        let text = format!(
            "Bonjour,\n\nL’acte {} « {} » a pris fin : {}.\n\n{}\n\nLe lire : {}\n",
            act.reference,
            act.title,
            end.reason.label().to_lowercase(),
            end.note,
            page(acts, act)
        );
        let topic = if end.reason == EndReason::Revoked { Topic::Account } else { Topic::State };
        let subject = format!("Un acte a pris fin : {}", act.reference);
        tx.enqueue(letter(person, subject, text, topic, format!("act-ended:{}:{person}", act.id))).await?;
    }
    Ok(())
}

/// The holder is told that the act goes on.
pub(crate) async fn confirmed(acts: &Acts, tx: &Tx, act: &Act) -> Result<(), DbError> {
    let Some(holder) = act.holder else { return Ok(()) };
    let text = format!(
        "Bonjour,\n\nL’acte {} « {} », dont vous êtes bénéficiaire, a été révisé : il est confirmé.\n\nLe lire : {}\n",
        act.reference,
        act.title,
        page(acts, act)
    );
    let key = format!("act-confirmed:{}:{}", act.id, tx.now().timestamp_micros());
    let subject = format!("Un acte est confirmé : {}", act.reference);
    tx.enqueue(letter(holder, subject, text, Topic::State, key)).await
}

/// Whoever decides as head now: the titular and their substitute.
async fn heads(acts: &Acts, tx: &Tx, act: &Act) -> Result<(School, Vec<PersonId>), DbError> {
    let school = ground::school_of(acts, act.school).await?;
    let standing = ground::for_school(tx.on(), tx.now(), &school, act.holder).await?;
    let heads = standing.all(HEAD).into_iter().map(|authority| authority.person).collect();
    Ok((school, heads))
}

/// The head is told that a review opens; so is the holder who left.
pub(crate) async fn review_opened(
    acts: &Acts,
    tx: &Tx,
    act: &Act,
    cause: Cause,
    due: DateTime<Utc>,
) -> Result<(), DbError> {
    let (school, heads) = heads(acts, tx, act).await?;
    let stopped = if act.suspended.is_some() { " En attendant, il est suspendu." } else { "" };
    let key = format!("act-review:{}:{}:{}", act.id, cause.slug(), due.timestamp());
    for head in heads {
        let text = format!(
            "Bonjour,\n\nL’acte {} « {} » ({}) est à réviser : {}.{stopped}\n\n\
             Confirmez-le ou révoquez-le avant la fin du {} : {}/reviser\n",
            act.reference,
            act.title,
            school.name,
            cause.label().to_lowercase(),
            before(due),
            page(acts, act)
        );
        let subject = format!("Un acte est à réviser : {}", act.reference);
        tx.enqueue(letter(head, subject, text, Topic::Account, format!("{key}:{head}"))).await?;
    }
    Ok(())
}

/// The head is reminded that a review is due.
pub(crate) async fn review_reminder(acts: &Acts, tx: &Tx, act: &Act, review: &Review) -> Result<(), DbError> {
    let (school, heads) = heads(acts, tx, act).await?;
    for head in heads {
        let text = format!(
            "Bonjour,\n\nLa révision de l’acte {} « {} » ({}) attend votre décision jusqu’au {} inclus.\n\n\
             Le confirmer ou le révoquer : {}/reviser\n",
            act.reference,
            act.title,
            school.name,
            before(review.due_at),
            page(acts, act)
        );
        let key = format!("act-review-reminder:{}:{}:{head}", review.id, paris_day(tx.now()));
        let subject = format!("Rappel : un acte est à réviser, {}", act.reference);
        tx.enqueue(letter(head, subject, text, Topic::Account, key)).await?;
    }
    Ok(())
}

/// The due date passed: the operations service is told, and the head once more.
pub(crate) async fn review_late(
    acts: &Acts,
    tx: &Tx,
    act: &Act,
    review: &Review,
    stopped: bool,
) -> Result<(), DbError> {
    let (school, heads) = heads(acts, tx, act).await?;
    let outcome =
        if stopped { "L’acte est suspendu jusqu’à sa révision." } else { "L’acte reste en vigueur." };
    let text = format!(
        "Bonjour,\n\nLa révision de l’acte {} « {} » ({}) n’a pas été faite à la date prévue, le {}. {outcome}\n\n\
         Le lire : {}\n",
        act.reference,
        act.title,
        school.name,
        before(review.due_at),
        page(acts, act)
    );
    let subject = format!("Révision en retard : {}", act.reference);
    let key = format!("act-review-late:{}", review.id);
    operations(acts, tx, &school, (subject.clone(), text.clone()), key).await?;
    for head in heads {
        let key = format!("act-review-late:{}:{head}", review.id);
        tx.enqueue(letter(head, subject.clone(), text.clone(), Topic::Account, key)).await?;
    }
    Ok(())
}

/// One mail to the new head, one to each holder.
pub(crate) async fn head_changed(
    acts: &Acts,
    tx: &Tx,
    school: &School,
    head: &FunctionHeld,
    opened: &[Act],
    due: DateTime<Utc>,
) -> Result<(), DbError> {
    let lines: Vec<String> = opened
        .iter()
        .map(|act| format!("— {} {} : {}/reviser", act.reference, act.title, page(acts, act)))
        .collect();
    let text = format!(
        "Bonjour,\n\nVous êtes chef d’établissement ({}) depuis le {}. Ces actes ont été signés avant vous : \
         confirmez ou révoquez chacun d’eux avant la fin du {}.\n\n{}\n",
        school.name,
        short(head.from),
        before(due),
        lines.join("\n")
    );
    let key = format!("act-head:{}:{}", head.id, head.person);
    let subject = "Des actes de votre établissement sont à réviser".to_owned();
    tx.enqueue(letter(head.person, subject, text, Topic::Account, key)).await?;
    let mut holders: Vec<PersonId> = opened.iter().filter_map(|act| act.holder).collect();
    holders.sort_unstable();
    holders.dedup();
    for holder in holders.into_iter().filter(|holder| *holder != head.person) {
        let text = format!(
            "Bonjour,\n\nLe chef d’établissement a changé ({}). Les droits que vous tenez par acte sont à réviser \
             avant la fin du {} ; ils restent en vigueur d’ici là, sauf décision contraire.\n\nVos droits : {}/actes\n",
            school.name,
            before(due),
            acts.site.base_url
        );
        let key = format!("act-head:{}:{holder}", head.id);
        let subject = "Vos droits par acte sont à réviser".to_owned();
        tx.enqueue(letter(holder, subject, text, Topic::Account, key)).await?;
    }
    Ok(())
}

/// Whoever begins to stand in for the head is told what waits.
pub(crate) async fn substitute_begins(
    acts: &Acts,
    tx: &Tx,
    school: &School,
    substitute: &FunctionHeld,
    waiting: &[&Act],
) -> Result<(), DbError> {
    let lines: Vec<String> = waiting
        .iter()
        .map(|act| format!("— {} {} : {}/signer", act.reference, act.title, page(acts, act)))
        .collect();
    let until = substitute.to.map_or_else(String::new, |to| format!(", jusqu’au {} inclus", before(to)));
    let text = format!(
        "Bonjour,\n\nVous remplacez le chef d’établissement ({}) depuis le {}{until}. Pendant cette période, \
         vous pouvez signer ses actes. Attendent une signature :\n\n{}\n",
        school.name,
        short(substitute.from),
        lines.join("\n")
    );
    let key = format!("act-substitute:{}", substitute.id);
    let subject = "Des actes attendent votre signature".to_owned();
    tx.enqueue(letter(substitute.person, subject, text, Topic::Account, key)).await
}
