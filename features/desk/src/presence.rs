//! Who is reading or answering a request: said to agents only, forgotten after a minute. And
//! whether somebody answered while one was writing. A courtesy, not a lock.

use beffroi_db::DbError;
use beffroi_db::live::Change;
use beffroi_kernel::{Access, MessageId, Permit, PersonId, RequestId};
use chrono::{DateTime, TimeDelta, Utc};

use crate::conversation::works_on;
use crate::model::MessageKind;
use crate::reading::Message;
use crate::store::presence::{self as store, Present};
use crate::store::requests;
use crate::work::WorkError;
use crate::{Desk, WorkRequests};

/// How long someone stays shown after the last sign of life.
const SHOWN: TimeDelta = TimeDelta::seconds(60);
/// Told to those who watch; never in the journal.
pub(crate) const PRESENCE: &str = "presence.changed";

/// What an agent does at a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// The page is on their screen.
    Reads,
    /// They have begun to write.
    Answers,
    /// They are gone.
    Leaves,
}

impl Doing {
    /// As pages say it: `lit`, `repond` or `parti`.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        match text {
            "lit" => Some(Self::Reads),
            "repond" => Some(Self::Answers),
            "parti" => Some(Self::Leaves),
            _ => None,
        }
    }

    const fn slug(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Answers => "answers",
            Self::Leaves => "leaves",
        }
    }
}

/// The instant before which signs of life no longer count.
fn since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - SHOWN
}

/// Notes what the agent does at the request; those who watch are told when it is news.
///
/// # Errors
/// [`WorkError::NotFound`] when they do not work on such a request, [`WorkError::Missing`] when it is
/// not said what they do.
pub async fn mark(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    access: &Access,
    reference: &str,
    doing: Option<Doing>,
) -> Result<(), WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let request = requests::by_reference(tx.on(), permit.scope(), reference).await?;
            let request = request.filter(|found| found.sent_at.is_some() && works_on(access, found));
            let request = request.ok_or(WorkError::NotFound)?;
            let doing = doing.ok_or(WorkError::Missing("« etat » vaut lit, repond ou parti"))?;
            let (me, now) = (permit.person(), tx.now());
            let news = match doing {
                Doing::Reads | Doing::Answers => {
                    store::note(tx.on(), request.id, me, doing.slug(), (now, since(now))).await?
                }
                Doing::Leaves => store::forget(tx.on(), request.id, me).await?,
            };
            if news {
                tx.tell(Change {
                    subject: format!("request:{}", request.id),
                    kind: PRESENCE.into(),
                    school: Some(request.school_id),
                    actor: Some(me),
                });
            }
            Ok(())
        })
        .await
}

/// Who else is at the request, in a sentence or two; nothing when nobody is. For agents only.
///
/// # Errors
/// When the database does not answer.
pub async fn others(desk: &Desk, id: RequestId, me: PersonId) -> Result<String, DbError> {
    let db = &desk.site.db;
    Ok(sentence(&store::others(db.read(), id, me, since(db.now())).await?))
}

fn sentence(present: &[Present]) -> String {
    let of = |doing: Doing| -> Vec<&str> {
        present.iter().filter(|one| one.doing == doing.slug()).map(|one| one.name.as_str()).collect()
    };
    let said = |names: &[&str], one: &str, many: &str| match names {
        [] => None,
        [name] => Some(format!("{name} {one}.")),
        [first, last] => Some(format!("{first} et {last} {many}.")),
        [first, second, rest @ ..] => {
            let others = if rest.len() == 1 {
                "une autre personne".into()
            } else {
                format!("{} autres personnes", rest.len())
            };
            Some(format!("{first}, {second} et {others} {many}."))
        }
    };
    let answers = said(&of(Doing::Answers), "rédige une réponse", "rédigent une réponse");
    let reads = said(&of(Doing::Reads), "lit cette demande", "lisent cette demande");
    [answers, reads].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The last answer that somebody else gave after the message `seen`, in a conversation in its order.
#[must_use]
pub fn answered_since(messages: &[Message], seen: Option<MessageId>, me: PersonId) -> Option<&Message> {
    let seen = messages.iter().position(|message| Some(message.id) == seen)?;
    messages[seen + 1..].iter().rev().find(|message| {
        message.kind == MessageKind::Public.slug() && message.author_id.is_some_and(|author| author != me)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present(name: &str, doing: Doing) -> Present {
        Present { name: name.into(), doing: doing.slug().into() }
    }

    #[test]
    fn presence_is_a_sentence() {
        use Doing::{Answers, Reads};
        assert_eq!(sentence(&[]), "");
        assert_eq!(sentence(&[present("Nadia Hochart", Reads)]), "Nadia Hochart lit cette demande.");
        let both = [present("Nadia Hochart", Reads), present("Jean Six", Answers)];
        assert_eq!(sentence(&both), "Jean Six rédige une réponse. Nadia Hochart lit cette demande.");
        let two = [present("A B", Reads), present("C D", Reads)];
        assert_eq!(sentence(&two), "A B et C D lisent cette demande.");
        let four = ["A", "B", "C", "D"].map(|name| present(name, Reads));
        assert_eq!(sentence(&four), "A, B et 2 autres personnes lisent cette demande.");
        assert!(sentence(&four[..3]).contains("une autre personne"));
    }

    fn message(author: Option<PersonId>, kind: MessageKind) -> Message {
        Message {
            id: MessageId::new(),
            request_id: RequestId::new(),
            author_id: author,
            kind: kind.slug().into(),
            body: String::new(),
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_an_answer_of_another_after_what_was_seen_counts() {
        let (me, other) = (PersonId::new(), PersonId::new());
        let seen = message(Some(other), MessageKind::Public);
        let at = Some(seen.id);
        let after = |next: Message| vec![seen.clone(), next];
        assert!(answered_since(&after(message(Some(other), MessageKind::Public)), at, me).is_some());
        for quiet in [
            message(Some(me), MessageKind::Public),
            message(Some(other), MessageKind::Internal),
            message(None, MessageKind::System),
        ] {
            assert!(answered_since(&after(quiet), at, me).is_none());
        }
        // A page that does not say what it showed is believed.
        assert!(answered_since(&after(message(Some(other), MessageKind::Public)), None, me).is_none());
    }
}
