//! Mails: written by features as jobs, sent by the worker over SMTP. The address and the person's
//! preference are read at sending; the identifier of the job is the message's, so that a mail sent
//! twice after a crash is recognised. Subjects carry no personal data.

use std::time::SystemTime;

use beffroi_db::jobs::{Failure, Job, Worker};
use beffroi_kernel::PersonId;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};

use crate::Site;
use crate::mail_server::{self, MailError, MailSettings};
use crate::reply_token::ReplyAddresses;
use crate::reset::{self, PASSWORD_RESET_JOB};
use crate::store::{choices, people};

/// The kind of the jobs that carry a [`Mail`].
pub const MAIL_JOB: &str = "mail";

/// What a mail is about: people choose which they receive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// The account itself or a duty given: always sent.
    Account,
    /// Someone wrote.
    Message,
    /// Something changed on a request.
    #[default]
    State,
}

impl Topic {
    /// The preference that rules it, "on" unless the person chose "off".
    #[must_use]
    pub const fn preference(self) -> Option<&'static str> {
        match self {
            Self::Account => None,
            Self::Message => Some("mail-message"),
            Self::State => Some("mail-state"),
        }
    }
}

/// To whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipient {
    /// A person, at the address they have when it is sent.
    Person(PersonId),
    /// An address that is not a person's: a team's.
    Address(String),
}

/// A mail to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// To whom.
    pub to: Recipient,
    /// Without personal data.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// What it is about.
    #[serde(default)]
    pub topic: Topic,
    /// The reference of the request it is about: a person then answers by mail, where that is set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

impl Mail {
    /// A mail to a person, about the state of something unless said otherwise.
    #[must_use]
    pub fn to_person(person: PersonId, subject: String, text: String) -> Self {
        Self { to: Recipient::Person(person), subject, text, topic: Topic::State, request: None }
    }

    /// A mail to a team's address.
    #[must_use]
    pub fn to_address(address: String, subject: String, text: String) -> Self {
        Self { to: Recipient::Address(address), subject, text, topic: Topic::State, request: None }
    }

    /// Says which request it is about, by its reference.
    #[must_use]
    pub fn on_request(mut self, reference: &str) -> Self {
        self.request = Some(reference.to_owned());
        self
    }

    /// Says what it is about.
    #[must_use]
    pub fn about(mut self, topic: Topic) -> Self {
        self.topic = topic;
        self
    }
}

/// Sends mails over SMTP.
#[derive(Clone, Debug)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    answers: Option<ReplyAddresses>,
}

impl Mailer {
    /// A mailer with these settings; connects when it sends.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(settings: &MailSettings) -> Result<Self, MailError> {
        let from: Mailbox = settings.from.parse().map_err(|_| MailError::From(settings.from.clone()))?;
        Ok(Self { transport: mail_server::transport(settings)?, from, answers: None })
    }

    /// Connects to the server as for a mail and sends none: whether one would leave now, or why not, in words
    /// for an operator.
    ///
    /// # Errors
    /// What to mend.
    pub async fn look(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("le serveur d’envoi ne répond pas comme attendu".to_owned()),
            Err(error) => Err(mail_server::words(&error)),
        }
    }

    /// The same, with addresses at which people answer by mail.
    #[must_use]
    pub fn answered_at(mut self, answers: Option<ReplyAddresses>) -> Self {
        self.answers = answers;
        self
    }
}

/// Tells machines not to answer.
#[derive(Clone, Debug)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Gives the worker the jobs of this feature: mails and links to a new password.
#[must_use]
pub fn with_mail(worker: Worker, site: &Site, mailer: &Mailer) -> Worker {
    let own = (site.clone(), mailer.clone());
    let worker = worker.judging(MAIL_JOB, move |job| {
        let (site, mailer) = own.clone();
        async move {
            let mail: Mail = job.arguments()?;
            deliver(&site, &mailer, &mail, &job.id.to_string()).await
        }
    });
    let own = (site.clone(), mailer.clone());
    worker.judging(PASSWORD_RESET_JOB, move |job: Job| {
        let (site, mailer) = own.clone();
        async move { reset::run(&site, &mailer, &job).await }
    })
}

/// Sends one mail, unless the person has no address or chose not to receive it.
pub(crate) async fn deliver(site: &Site, mailer: &Mailer, mail: &Mail, id: &str) -> Result<(), Failure> {
    let Some(address) = address(site, mail).await? else {
        return Ok(());
    };
    // What cannot be written now never will be.
    let message = message(site, mailer, mail, address, id).map_err(Failure::Lasting)?;
    mailer.transport.send(message).await.map_err(|error| mail_server::failure(&error))?;
    Ok(())
}

async fn address(site: &Site, mail: &Mail) -> Result<Option<String>, String> {
    let person = match &mail.to {
        Recipient::Address(address) => return Ok(Some(address.clone())),
        Recipient::Person(person) => *person,
    };
    let words = |error: beffroi_db::DbError| error.to_string();
    if let Some(name) = mail.topic.preference() {
        let choice = choices::preference(site.db.read(), person, name).await.map_err(words)?;
        if choice.as_deref() == Some("off") {
            return Ok(None);
        }
    }
    let found = people::find(site.db.read(), person).await.map_err(words)?;
    Ok(found.filter(|found| !found.disabled).and_then(|found| found.email))
}

fn message(site: &Site, mailer: &Mailer, mail: &Mail, address: String, id: &str) -> Result<Message, String> {
    let to: Address = address.parse().map_err(|_| "adresse de destination inutilisable".to_owned())?;
    let host = mailer.from.email.domain();
    let thread = match (&mailer.answers, &mail.request, &mail.to) {
        (Some(answers), Some(reference), Recipient::Person(person)) => Some((answers, reference, *person)),
        _ => None,
    };
    let token = thread.map(|(answers, reference, person)| answers.token(reference, person));
    // Some programs answer to the sender whatever they are told: the identifier says it too.
    let message_id = token.map_or_else(|| format!("<{id}@{host}>"), |token| format!("<{id}.{token}@{host}>"));
    let mut builder: MessageBuilder = Message::builder()
        .message_id(Some(message_id))
        .date(SystemTime::from(site.db.now()))
        .from(mailer.from.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.subject.clone())
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN);
    let mut text = mail.text.clone();
    if let Some((answers, reference, person)) = thread {
        let address = answers.address(reference, person);
        let address = address.parse().map_err(|_| "adresse de réponse inutilisable".to_owned())?;
        builder = builder.reply_to(Mailbox::new(None, address)).references(format!("<{reference}@{host}>"));
        text.push_str("\nVous pouvez aussi répondre à ce courriel.\n");
    }
    builder.body(text).map_err(|error| format!("courriel mal formé : {error}"))
}
