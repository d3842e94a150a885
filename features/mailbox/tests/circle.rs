//! The whole circle of a mail, through a real mail server: it leaves Beffroi, is answered, comes back to its
//! request; and what happens when the server is stopped, refuses, sends back, or is another than expected.
//! (CSU-01, CSU-05, CSU-06; ASVS 1.3.11, 12.3.1)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::collections::BTreeSet;

use beffroi_db::{Db, DbError, NewJob, aside, db_test};
use beffroi_directory::{MAIL_JOB, Mail, Topic};
use beffroi_mailbox::{Fetched, ImapError, fetch};
use chrono::TimeDelta;
use ground::exim::{Authority, LARGEST, Post};
use ground::{BOX, Ground};
use mail_parser::{HeaderValue, Message, MessageParser};

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

fn address<'a>(message: &'a Message, header: &'static str) -> &'a str {
    match message.header(header) {
        Some(HeaderValue::Address(found)) => found.first().and_then(|one| one.address()).unwrap_or_default(),
        _ => "",
    }
}

impl Ground {
    /// Mails to send, with nothing else of the outbox before them.
    async fn writes(&self, mails: &[Mail]) {
        let written = self.db().write::<_, DbError, _>(async |tx| {
            for mail in mails {
                tx.enqueue(NewJob::new(MAIL_JOB, mail)).await?;
            }
            Ok(())
        });
        written.await.unwrap();
    }

    /// Forgets the mails that the requests of the ground make.
    async fn without_mails(self) -> Self {
        let sql = "UPDATE job SET state = 'done' WHERE kind = 'mail'";
        let db = self.db();
        sea_orm::ConnectionTrait::execute_unprepared(db.read(), sql).await.unwrap();
        self
    }

    async fn jobs(&self, state: &str) -> i64 {
        let sql = "SELECT COUNT(*) AS n FROM job WHERE kind = 'mail' AND state = $1";
        self.number(sql, vec![state.into()]).await
    }

    /// Why the mails set aside were refused.
    async fn refusals(&self) -> Vec<String> {
        let aside = aside::list(self.db(), 10).await.unwrap();
        aside.into_iter().filter_map(|job| job.last_error).collect()
    }
}

fn to_claire(ground: &Ground, subject: &str, text: &str) -> Mail {
    Mail::to_person(ground.claire, subject.into(), text.into()).about(Topic::Account)
}

#[db_test]
async fn a_mail_is_answered_and_its_answer_comes_back_to_the_request(db: Db) {
    let ground = Ground::new(db).await;
    let post = Post::start();
    post.sends(&ground).await;
    let mails = post.mails_of("claire.lens");
    let sent = mails
        .iter()
        .map(|mail| parsed(mail))
        .find(|mail| address(mail, "Reply-To").contains(&format!("+{}-", ground.open)));
    let sent = sent.expect("claire is told of her request");
    let received = format!("{:?}", sent.header_raw("Received"));
    assert!(received.contains("esmtpsa"), "encrypted, by somebody the server knows: {received}");
    let (id, reply_to) = (sent.message_id().unwrap(), address(&sent, "Reply-To"));
    let answer = format!(
        "From: Claire Lens <claire.lens@lycee.example>\r\nTo: <{reply_to}>\r\nSubject: Re: Demande\r\n\
         Message-ID: <reponse-1@lycee.example>\r\nIn-Reply-To: <{id}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         C’est celui de la salle 204.\r\n\r\nLe 5 octobre 2026 à 10:00, Beffroi a écrit :\r\n> Bonjour,\r\n"
    );
    post.claire_sends(reply_to, &answer).await;

    let imap = post.dovecot.at("imaps://demandes@localhost", Some(post.authority.certificate()));
    let before = post.dovecot.holds("");
    assert_eq!(fetch(&ground.mailbox, &imap).await.unwrap(), Fetched { done: before, ..Fetched::default() });
    let said = "SELECT COUNT(*) AS n FROM message m JOIN request r ON r.id = m.request_id WHERE r.reference = $1 \
                AND m.kind = 'public' AND m.body LIKE 'C’est celui de la salle 204.%'";
    assert_eq!(ground.number(said, vec![ground.open.clone().into()]).await, 1);

    // Her program sends it again: nothing more.
    post.claire_sends(reply_to, &answer).await;
    assert_eq!(fetch(&ground.mailbox, &imap).await.unwrap().done, 1);
    assert_eq!(ground.number(said, vec![ground.open.clone().into()]).await, 1);
    assert_eq!(post.dovecot.holds(""), 0);
}

#[db_test]
async fn a_server_that_is_stopped_loses_no_mail_and_gets_none_twice(db: Db) {
    const MAILS: usize = 6;
    let mut ground = Ground::new(db).await.without_mails().await;
    let mut post = Post::start();
    let mails: Vec<_> =
        (0..MAILS).map(|number| to_claire(&ground, &format!("Courriel {number}"), "Bonjour.\n")).collect();
    let before = ground.jobs("done").await;
    post.stops();
    ground.writes(&mails).await;
    let mailer = post.mailer(&ground, "localhost", "secret", &post.authority);
    for _ in 0..3 {
        post.sends_with(&ground, &mailer).await;
        ground.later(TimeDelta::minutes(1));
    }
    assert_eq!((ground.jobs("ready").await, ground.jobs("done").await), (6, before), "they wait");
    assert_eq!(mailer.look().await, Err("le serveur d’envoi ne répond pas".into()));

    post.runs();
    ground.later(TimeDelta::hours(1));
    post.sends(&ground).await;
    ground.later(TimeDelta::hours(1));
    post.sends(&ground).await;
    let found = post.mails_of("claire.lens");
    let ids: BTreeSet<_> = found.iter().map(|mail| parsed(mail).message_id().unwrap().to_owned()).collect();
    assert_eq!((found.len(), ids.len(), ground.jobs("done").await), (MAILS, MAILS, before + 6));
}

#[db_test]
async fn what_the_server_refuses_is_set_aside_and_shown_and_what_comes_back_is_answered_by_nobody(db: Db) {
    let ground = Ground::new(db).await.without_mails().await;
    let post = Post::start();
    let line = "Un texte bien trop long pour ce serveur.\n";
    let to = |address: &str| Mail::to_address(address.into(), "Bonjour".into(), "Bonjour.\n".into());
    ground
        .writes(&[
            to_claire(&ground, "Trop long", &line.repeat(LARGEST / line.len() + 10)),
            to("personne@lycee.example"),
            to("personne@ailleurs.example"),
            to_claire(&ground, "Bonjour", "Bonjour.\n"),
        ])
        .await;
    post.sends(&ground).await;
    // At once, with the reason and no address: nobody has to wait three days to see it.
    let wanted = [
        "le serveur d’envoi refuse ce courriel, trop volumineux pour lui (552)",
        "le serveur d’envoi refuse ce courriel (550)",
    ];
    assert_eq!(ground.refusals().await, wanted);
    assert_eq!(post.mails_of("claire.lens").len(), 1, "the others left");

    // The server took the third in charge, then sent it back to the sender of mails, which is our mailbox.
    assert_eq!(post.mails_of(BOX).len(), 1);
    let imap = post.dovecot.at("imaps://demandes@localhost", Some(post.authority.certificate()));
    assert_eq!(fetch(&ground.mailbox, &imap).await.unwrap(), Fetched { done: 1, aside: 0, failed: 0 });
    let bounces = "SELECT COUNT(*) AS n FROM mail_in WHERE state = 'ignored' AND reason = 'bounce'";
    assert_eq!(ground.number(bounces, vec![]).await, 1);
    assert_eq!(ground.jobs("ready").await, 0, "a machine is not answered");
}

#[db_test]
async fn a_server_that_cannot_prove_who_it_is_is_given_nothing(db: Db) {
    let ground = Ground::new(db).await.without_mails().await;
    let post = Post::start();
    let other = Authority::new();
    ground.writes(&[to_claire(&ground, "Bonjour", "Bonjour.\n")]).await;
    let unknown = "n’est pas signé par une autorité connue";
    let another = "fait pour un autre nom";
    for (host, authority, why) in [("localhost", &other, unknown), ("127.0.0.1", &post.authority, another)] {
        let mailer = post.mailer(&ground, host, "secret", authority);
        let said = mailer.look().await.unwrap_err();
        assert!(said.contains(why) && said.contains("smtp_ca_file"), "{said}");
        let imap = post.dovecot.at(&format!("imaps://demandes@{host}"), Some(authority.certificate()));
        let said = imap.look().await.unwrap_err();
        assert!(matches!(said, ImapError::Certificate(_)) && said.to_string().contains(why), "{said}");
        assert!(matches!(fetch(&ground.mailbox, &imap).await, Err(ImapError::Certificate(_))));
    }
    post.sends_with(&ground, &post.mailer(&ground, "localhost", "secret", &other)).await;
    let errors =
        ground.rows("SELECT last_error FROM job WHERE kind = 'mail' AND state = 'ready'", vec![]).await;
    let error: String = errors[0].try_get("", "last_error").unwrap();
    assert!(error.contains(unknown), "{error}");
    assert!(
        !post.log().contains("beffroi") && !post.log().contains("<="),
        "not even a password: {}",
        post.log()
    );

    let wrong = post.mailer(&ground, "localhost", "autre", &post.authority).look().await;
    assert_eq!(wrong, Err("le serveur d’envoi refuse le nom ou le mot de passe de smtp_url (535)".into()));
    post.mailer(&ground, "localhost", "secret", &post.authority).look().await.unwrap();
    let imap = post.dovecot.at("imaps://demandes@localhost", Some(post.authority.certificate()));
    imap.look().await.unwrap();
}

/// Ends of lines, of headers and of mails where a name, a subject, an address or a text is expected.
#[db_test]
async fn what_looks_like_headers_or_commands_arrives_as_text(db: Db) {
    let ground = Ground::new(db).await.without_mails().await;
    let post = Post::start();
    let to = |address: &str| Mail::to_address(address.into(), "Bonjour".into(), "Bonjour.\n".into());
    let smuggled =
        "MAIL FROM:<claire.lens@lycee.example>\r\nRCPT TO:<nora.artois@region.example>\r\nDATA\r\n";
    let mut mails = vec![
        to_claire(&ground, "Panne\r\nBcc: nora.artois@region.example\r\n\r\nFaux corps", "Un.\n"),
        to_claire(&ground, "Panne\nBcc: nora.artois@region.example", "Deux.\n"),
        to_claire(&ground, "Panne\rBcc: nora.artois@region.example", "Trois.\n"),
    ];
    for end in ["\r\n.\r\n", "\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n"] {
        mails.push(to_claire(&ground, "Bonjour", &format!("Avant{end}{smuggled}")));
    }
    let texts = mails.len();
    for address in [
        "claire.lens@lycee.example\r\nBcc: nora.artois@region.example",
        "claire.lens@lycee.example>\r\nRCPT TO:<nora.artois@region.example",
        "claire.lens@lycee.example, nora.artois@region.example",
        "Claire\r\nBcc: nora.artois@region.example\r\n <claire.lens@lycee.example>",
    ] {
        mails.push(to(address));
    }
    ground.writes(&mails).await;
    post.sends(&ground).await;

    assert_eq!(post.mails_of("nora.artois").len(), 0, "{}", post.log());
    let arrived = post.mails_of("claire.lens");
    assert_eq!(arrived.len(), texts, "{}", post.log());
    for mail in &arrived {
        let text = String::from_utf8_lossy(mail).replace("\r\n", "\n");
        let (headers, _) = text.split_once("\n\n").unwrap();
        let added = headers.lines().find(|line| line.starts_with("Bcc") || line.contains("Faux corps"));
        assert_eq!(added, None, "what is in the subject stays in its words");
        let mail = parsed(mail);
        assert!(mail.bcc().is_none() && mail.subject().is_some());
        assert_eq!(
            mail.to().and_then(|to| to.first()).and_then(|one| one.address()),
            Some("claire.lens@lycee.example")
        );
        assert!(!mail.body_text(0).unwrap().contains("Faux corps"), "the subject stays in its header");
    }
    let refusals = ground.refusals().await;
    assert_eq!(refusals.len(), 4, "{refusals:?}");
    assert!(refusals.iter().all(|why| why == "adresse de destination inutilisable"), "{refusals:?}");
    let settings = beffroi_directory::MailSettings {
        smtp: "smtp://localhost:25".into(),
        from: "Beffroi\r\nBcc: nora.artois@region.example\r\n <ne-pas-repondre@region.example>".into(),
        authority: None,
    };
    assert!(beffroi_directory::Mailer::new(&settings).is_err(), "the name of the sender too");
}
