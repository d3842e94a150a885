//! Who is told of a release of liability, and of what happens to it: the head, the secretary-general and
//! the operations service; of a contest, whoever decided too.

use std::collections::BTreeSet;

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_directory::{MAIL_JOB, Mail, School, Topic, holders};
use beffroi_kernel::{PersonId, Role};

use super::{Cause, Release, losses};
use crate::Acts;
use crate::mails::operations;
use crate::model::Act;

pub(super) async fn decided(
    acts: &Acts,
    tx: &Tx,
    school: &School,
    act: &Act,
    cause: Cause,
) -> Result<(), DbError> {
    let lost: String = losses(cause).iter().map(|line| format!("- {line}\n")).collect();
    let text = format!(
        "Bonjour,\n\nLa Région se dégage de sa responsabilité envers l’établissement {} ({}), par l’acte {}.\n\n\
         Motif : {}\n\nTant que dure cette décision :\n{lost}\n\
         Le chef d’établissement peut la contester sur la page ci-dessous, où se lisent les faits et les raisons.\n",
        school.name,
        school.uai,
        act.reference,
        cause.sentence(),
    );
    tell(
        acts,
        tx,
        school,
        None,
        &Word { what: "decided", of: act.id.to_string(), subject: "Dégagement de responsabilité", text },
    )
    .await
}

pub(super) async fn contested(
    acts: &Acts,
    tx: &Tx,
    school: &School,
    release: &Release,
) -> Result<(), DbError> {
    let text = format!(
        "Bonjour,\n\nLe chef d’établissement conteste le dégagement de responsabilité qui concerne {} ({}). La Région doit lui répondre.\n",
        school.name, school.uai
    );
    let word = Word {
        what: "contested",
        of: key(tx, release),
        subject: "Dégagement de responsabilité contesté",
        text,
    };
    tell(acts, tx, school, Some(release.decided_by), &word).await
}

pub(super) async fn answered(
    acts: &Acts,
    tx: &Tx,
    school: &School,
    release: &Release,
) -> Result<(), DbError> {
    let text = format!(
        "Bonjour,\n\nLa Région a répondu à la contestation du dégagement de responsabilité qui concerne {} ({}). La décision est maintenue.\n",
        school.name, school.uai
    );
    let word = Word { what: "answered", of: key(tx, release), subject: "Réponse à une contestation", text };
    tell(acts, tx, school, None, &word).await
}

pub(super) async fn lifted(acts: &Acts, tx: &Tx, school: &School, release: &Release) -> Result<(), DbError> {
    let text = format!(
        "Bonjour,\n\nLe dégagement de responsabilité qui concernait {} ({}) est levé\u{a0}: la Région répond et accompagne de nouveau l’établissement.\n",
        school.name, school.uai
    );
    let word =
        Word { what: "lifted", of: key(tx, release), subject: "Dégagement de responsabilité levé", text };
    tell(acts, tx, school, None, &word).await
}

/// A decision is contested and answered more than once: the instant tells them apart.
fn key(tx: &Tx, release: &Release) -> String {
    format!("{}:{}", release.act_id, tx.now().timestamp_micros())
}

struct Word {
    what: &'static str,
    of: String,
    subject: &'static str,
    text: String,
}

async fn tell(
    acts: &Acts,
    tx: &Tx,
    school: &School,
    also: Option<PersonId>,
    word: &Word,
) -> Result<(), DbError> {
    let db = &acts.site.db;
    let page = format!("{}/etablissements/{}/responsabilite", acts.site.base_url, school.uai);
    let text = format!("{}\nLire la page\u{a0}: {page}\n", word.text);
    let mut people: BTreeSet<PersonId> = also.into_iter().collect();
    for role in [Role::Head, Role::SecretaryGeneral] {
        people.extend(holders(db, school.id, role, tx.now()).await?.into_iter().map(|person| person.id));
    }
    let to_people = people.into_iter().map(|person| {
        let mail = Mail::to_person(person, word.subject.into(), text.clone()).about(Topic::Account);
        NewJob::new(MAIL_JOB, &mail).once(format!("liability-{}:{}:{person}", word.what, word.of))
    });
    for job in to_people {
        tx.enqueue(job).await?;
    }
    let key = format!("liability-{}:{}:service", word.what, word.of);
    operations(acts, tx, school, (word.subject.to_owned(), text), key).await
}
