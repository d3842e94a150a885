//! The words of the mailbox: what becomes of a mail, and what an operator sets.

use beffroi_directory::ReplyAddresses;

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Noted, not treated yet.
    Received,
    /// A draft was begun; the request is not sent yet.
    Draft,
    /// Treated.
    Handled,
    /// A machine's: kept, never answered.
    Ignored,
    /// Somebody has to look at it.
    Aside,
    /// Somebody looked, and there is nothing to do.
    Discarded,
}

impl State {
    /// The name kept in the database.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Draft => "draft",
            Self::Handled => "handled",
            Self::Ignored => "ignored",
            Self::Aside => "aside",
            Self::Discarded => "discarded",
        }
    }

    /// The state of that name; an unknown one waits for somebody.
    #[must_use]
    pub fn of(slug: &str) -> Self {
        let all = [Self::Received, Self::Draft, Self::Handled, Self::Ignored, Self::Discarded];
        all.into_iter().find(|state| state.slug() == slug).unwrap_or(Self::Aside)
    }

    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        !matches!(self, Self::Received | Self::Draft)
    }
}

beffroi_kernel::words! {
    /// What became of a mail, and why.
    Reason {
        /// A message on a request.
        Answered = "answered", "Message ajouté à la demande";
        /// An agent's words, as an internal note.
        Noted = "noted", "Note interne ajoutée à la demande";
        /// A new request.
        Requested = "requested", "Demande créée";
        /// A draft that its author has to finish.
        Drafted = "drafted", "Brouillon préparé : son auteur doit le compléter";
        /// The request was over: its author was told how to go on.
        Closed = "closed", "La demande était close : l’auteur en est prévenu";
        /// A machine answered.
        AutoReply = "auto-reply", "Réponse automatique";
        /// A mail of ours came back.
        Bounce = "bounce", "Avis de non-remise";
        /// A mailing list.
        List = "list", "Liste de diffusion";
        /// Ours, or one that goes round.
        Loop = "loop", "Message en boucle";
        /// No header can be read.
        Unreadable = "unreadable", "Message illisible";
        /// Over 30 MB.
        TooLarge = "too-large", "Message de plus de 30 Mo";
        /// Only its addressee's key reads it.
        Encrypted = "encrypted", "Message chiffré";
        /// No author, or several.
        Authors = "authors", "Aucun expéditeur, ou plusieurs";
        /// The border server found the sender false.
        Forged = "forged", "Expéditeur falsifié";
        /// The border server proved nothing.
        Unproved = "unproved", "Expéditeur non prouvé";
        /// Nobody has that address.
        Unknown = "unknown", "Adresse inconnue";
        /// Several people have that address.
        Shared = "shared", "Adresse de plusieurs personnes";
        /// The address of the answer was made for somebody else.
        Spoofed = "spoofed", "Adresse de réponse d’une autre personne";
        /// The author does not reach that request.
        NoAccess = "no-access", "L’auteur n’a pas accès à cette demande";
        /// Which school is not known.
        Schools = "schools", "L’auteur exerce dans plusieurs établissements";
        /// The author may not ask for that.
        NoFunction = "no-function", "La fonction de l’auteur ne permet pas cette demande";
        /// Nothing in it.
        Empty = "empty", "Message vide";
        /// Too many from that address within the hour.
        TooMany = "too-many", "Trop de messages de la même adresse";
        /// Tried several times without success.
        Failed = "failed", "Traitement impossible après plusieurs essais";
    }
}

impl Reason {
    /// Where it leaves the mail.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Answered | Self::Noted | Self::Requested | Self::Drafted | Self::Closed => State::Handled,
            Self::AutoReply | Self::Bounce | Self::List | Self::Loop => State::Ignored,
            Self::Unreadable
            | Self::TooLarge
            | Self::Encrypted
            | Self::Authors
            | Self::Forged
            | Self::Unproved
            | Self::Unknown
            | Self::Shared
            | Self::Spoofed
            | Self::NoAccess
            | Self::Schools
            | Self::NoFunction
            | Self::Empty
            | Self::TooMany
            | Self::Failed => State::Aside,
        }
    }
}

/// The request type that a mail begins, and the answers that the Region sets for every mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The sheet.
    pub sheet: String,
    /// The request type.
    pub kind: String,
    /// Question and answer.
    pub fixed: Vec<(String, String)>,
}

impl Destination {
    /// Reads `sheet/type?question=answer&…`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (path, query) = text.trim().split_once('?').unwrap_or((text.trim(), ""));
        let (sheet, kind) = path.split_once('/')?;
        let whole = !sheet.is_empty() && !kind.is_empty() && !kind.contains('/');
        let fixed = query.split('&').filter(|pair| !pair.is_empty());
        let fixed =
            fixed.map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
        let fixed = fixed.collect::<Option<Vec<_>>>()?;
        whole.then(|| Self { sheet: sheet.to_owned(), kind: kind.to_owned(), fixed })
    }
}

/// What an operator sets of the mails that come in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The mailbox, and the key that seals the addresses of answers.
    pub addresses: ReplyAddresses,
    /// Our own addresses, in lower case: what comes from them goes round in circles.
    pub own: Vec<String>,
    /// The border server whose `Authentication-Results` are believed.
    pub authserv: Option<String>,
    /// What a mail that answers nothing begins.
    pub destination: Destination,
}

beffroi_kernel::actions! {
    /// Reads the mails that came in for schools within reach, tries them again, files them.
    HandleMail { ServiceManager => Territory, DepartmentHead => Region, RegionAdmin => Region }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_a_request_type_with_its_answers() {
        let read = Destination::parse("poste-de-travail/question?sujet=autre").unwrap();
        assert_eq!((read.sheet.as_str(), read.kind.as_str()), ("poste-de-travail", "question"));
        assert_eq!(read.fixed, [("sujet".to_owned(), "autre".to_owned())]);
        assert_eq!(Destination::parse("poste-de-travail"), None);
        assert_eq!(Destination::parse("a/b?c"), None);
    }

    #[test]
    fn every_reason_leaves_a_mail_settled() {
        for reason in Reason::ALL {
            assert!(reason.state().is_settled(), "{reason:?}");
            assert_eq!(Reason::of(reason.slug()), Some(*reason));
        }
    }
}
