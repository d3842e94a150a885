//! Mails really leave: a small SMTP server listens and keeps what it receives.

use std::sync::{Arc, Mutex};

use beffroi_db::jobs::{Worker, backlog};
use beffroi_db::{Db, DbError, NewJob, aside, db_test};
use beffroi_kernel::PersonId;
use chrono::TimeDelta;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::Region;
use crate::mail::with_mail;
use crate::{MAIL_JOB, Mail, MailSettings, Mailer, Topic, reset, set_preference};

type Received = Arc<Mutex<Vec<(String, String)>>>;

/// Listens until the test ends; keeps the recipient and the data of each message.
async fn smtp_server() -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let received = Received::default();
    let kept = received.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, kept.clone()));
        }
    });
    (url, received)
}

async fn converse(stream: TcpStream, kept: Received) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let (mut recipient, mut data) = (String::new(), None::<String>);
    writer.write_all(b"220 essai ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        if let Some(text) = &mut data {
            if line == "." {
                kept.lock().unwrap().push((recipient.clone(), data.take().unwrap_or_default()));
                writer.write_all(b"250 recu\r\n").await?;
            } else {
                text.push_str(&line);
                text.push('\n');
            }
            continue;
        }
        let answer: &[u8] = match line.get(..4).unwrap_or_default().to_uppercase().as_str() {
            "EHLO" => b"250-essai\r\n250 8BITMIME\r\n",
            "RCPT" if line.contains("refuse@") => b"550 inconnu\r\n",
            "RCPT" => {
                recipient = line[8..].trim_matches(|c| matches!(c, ':' | '<' | '>' | ' ')).to_owned();
                b"250 ok\r\n"
            }
            "DATA" => {
                data = Some(String::new());
                b"354 allez\r\n"
            }
            "QUIT" => b"221 au revoir\r\n",
            _ => b"250 ok\r\n",
        };
        writer.write_all(answer).await?;
    }
    Ok(())
}

async fn worker(region: &Region) -> (Worker, Received) {
    let (smtp, received) = smtp_server().await;
    let from = "Beffroi <ne-pas-repondre@beffroi.example>".into();
    let settings = MailSettings { smtp, from, authority: None };
    let mailer = Mailer::new(&settings).unwrap();
    (with_mail(Worker::new(region.db().clone()), &region.site, &mailer), received)
}

async fn enqueue(region: &Region, mails: &[Mail]) {
    let sent = region.db().write(async |tx| {
        for mail in mails {
            tx.enqueue(NewJob::new(MAIL_JOB, mail)).await?;
        }
        Ok::<_, DbError>(())
    });
    sent.await.unwrap();
}

fn mail(person: PersonId, topic: Topic) -> Mail {
    Mail::to_person(person, "Demande 2026-00042".into(), "Votre demande est résolue.\n".into()).about(topic)
}

#[db_test]
async fn a_mail_leaves_once_with_the_jobs_identifier(db: Db) {
    let region = Region::new(db).await;
    let person = region.person("Camille", "Delattre").await;
    let (worker, received) = worker(&region).await;
    enqueue(
        &region,
        &[
            mail(person, Topic::State),
            Mail::to_address("equipe@example.org".into(), "File".into(), "Bonjour".into()),
        ],
    )
    .await;

    worker.drain().await.unwrap();
    worker.drain().await.unwrap();

    let mut received = received.lock().unwrap().clone();
    received.sort();
    let to: Vec<&str> = received.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(to, ["camille@example.org", "equipe@example.org"]);
    let text = &received[0].1;
    assert!(text.contains("Subject: Demande 2026-00042"), "{text}");
    assert!(text.contains("@beffroi.example>") && text.contains("Message-ID: <"), "{text}");
    assert!(text.contains("Auto-Submitted: auto-generated") && text.contains("text/plain"), "{text}");
    assert!(!text.contains("Delattre"), "{text}");
}

#[db_test]
async fn people_receive_what_they_chose(db: Db) {
    let region = Region::new(db).await;
    let person = region.person("Camille", "Delattre").await;
    let (worker, received) = worker(&region).await;
    set_preference(region.db(), person, "mail-state", "off").await.unwrap();
    enqueue(
        &region,
        &[mail(person, Topic::State), mail(person, Topic::Message), mail(person, Topic::Account)],
    )
    .await;

    worker.drain().await.unwrap();

    assert_eq!(received.lock().unwrap().len(), 2);
}

#[db_test]
async fn a_mail_refused_for_good_is_set_aside_at_once_and_says_no_address(db: Db) {
    let region = Region::new(db).await;
    let (worker, received) = worker(&region).await;
    enqueue(&region, &[Mail::to_address("refuse@example.org".into(), "File".into(), "Bonjour".into())]).await;

    worker.drain().await.unwrap();

    assert!(received.lock().unwrap().is_empty());
    let aside = aside::list(region.db(), 10).await.unwrap();
    let why: Vec<_> = aside.iter().filter_map(|job| job.last_error.as_deref()).collect();
    assert_eq!(why, ["le serveur d’envoi refuse ce courriel (550)"]);
}

#[db_test]
async fn a_mail_waits_for_a_server_that_does_not_answer(db: Db) {
    let region = Region::new(db).await;
    let from = "Beffroi <ne-pas-repondre@beffroi.example>".into();
    let settings = MailSettings { smtp: "smtp://127.0.0.1:9".into(), from, authority: None };
    let worker = with_mail(Worker::new(region.db().clone()), &region.site, &Mailer::new(&settings).unwrap());
    enqueue(&region, &[Mail::to_address("equipe@example.org".into(), "File".into(), "Bonjour".into())]).await;

    worker.drain().await.unwrap();

    let backlog = backlog(region.db(), TimeDelta::hours(1)).await.unwrap();
    assert_eq!((backlog.waiting, backlog.dead), (1, 0));
}

#[db_test]
async fn a_new_password_is_asked_by_mail_and_strangers_get_nothing(db: Db) {
    let region = Region::new(db).await;
    region.member("Camille", "Delattre").await;
    let (worker, received) = worker(&region).await;
    for typed in ["camille.delattre", "personne@example.org", "CAMILLE.Delattre"] {
        reset::ask(region.db(), typed).await.unwrap();
    }

    worker.drain().await.unwrap();

    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), 1, "the same person asked twice within minutes: one mail");
    let text = received[0].1.replace("=\n", "").replace("=3D", "=");
    let token = text.split("/nouveau-mot-de-passe#").nth(1).unwrap().split_whitespace().next().unwrap();
    assert!(token.len() == 34 && text.matches(token).count() == 2, "in the link, and to copy: {text}");
    let wrong = reset::choose(region.db(), &token.replace(&token[..1], "-"), "nouvelle phrase secrete").await;
    assert!(matches!(wrong, Err(crate::people::PeopleError::NotFound)));
    let token = &token.to_uppercase().replace('-', " ");
    reset::choose(region.db(), token, "nouvelle phrase secrete").await.unwrap();
    assert!(
        crate::sign_in::sign_in(region.db(), "camille.delattre", "nouvelle phrase secrete", "").await.is_ok()
    );
}
