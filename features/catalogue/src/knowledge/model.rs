//! The words of help articles: audiences, states, origins, what an article says.

use beffroi_db::DbError;
use beffroi_kernel::{Access, Role};
use beffroi_sheets::{Block, Origin as TextOrigin};

beffroi_kernel::words! {
    /// Who may read an article.
    Audience {
        /// Anyone, even without an account.
        Everyone = "everyone", "Tout le monde";
        /// Whoever is signed in.
        Schools = "schools", "Établissements";
        /// Agents of the Region and of the academies only.
        Agents = "agents", "Agents seulement";
    }

    /// Where a text stands.
    TextState {
        /// Being written.
        Draft = "draft", "Brouillon";
        /// Waiting for another agent.
        Review = "review", "À relire";
        /// Published: it never changes again.
        Published = "published", "Publié";
    }

    /// What a person did with an article.
    Use {
        /// It was shown beside a form.
        Offered = "offered", "Proposé";
        /// Its page was opened.
        Opened = "opened", "Lu";
        /// It answered: no request was made.
        Answered = "answered", "A répondu";
        /// « Cela répond-il à ma question ? »
        Judged = "judged", "Avis";
    }
}

impl Use {
    /// The running total it adds to.
    pub(crate) const fn column(self) -> Option<&'static str> {
        match self {
            Self::Offered => Some("offered"),
            Self::Opened => Some("opened"),
            Self::Answered => Some("answered"),
            Self::Judged => None,
        }
    }
}

impl Audience {
    /// Whether this person may read what is written for it.
    #[must_use]
    pub fn admits(self, access: Option<&Access>) -> bool {
        match self {
            Self::Everyone => true,
            Self::Schools => access.is_some(),
            // Providers see their own requests, not what agents tell one another.
            Self::Agents => access.is_some_and(|access| {
                let inside = |role: Role| !role.is_school() && role != Role::ProviderAgent;
                access.functions.iter().any(|function| inside(function.role))
            }),
        }
    }
}

/// Where an article comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArticleOrigin {
    /// Written by an agent.
    Own,
    /// The advice of a sheet: its slug, its block, the number of the version read.
    Sheet(String, String, i32),
    /// A solved request: its reference, shown to agents only.
    Request(String),
}

/// What an article says, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// A question in the user's words.
    pub title: String,
    /// Markdown, rendered as sheets are.
    pub body: String,
    /// Who may read it.
    pub audience: Audience,
    /// The sheet it is listed under; empty for none.
    pub theme: String,
    /// The request types it may spare: sheet and type.
    pub requests: Vec<(String, String)>,
    /// Words people use for it.
    pub keywords: Vec<String>,
}

impl Content {
    /// Safe HTML of the body.
    #[must_use]
    pub fn html(&self) -> String {
        self.block().html()
    }

    /// The words of the body.
    #[must_use]
    pub fn plain(&self) -> String {
        self.block().plain()
    }

    /// Where its links lead.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        self.block().addresses()
    }

    fn block(&self) -> Block {
        let markdown = self.body.clone();
        Block { id: String::new(), title: None, origin: TextOrigin::Local, step: None, markdown, line: 1 }
    }

    /// The whole text as lines, for comparisons.
    #[must_use]
    pub fn lines(&self) -> String {
        let requests: Vec<String> =
            self.requests.iter().map(|(sheet, kind)| format!("{sheet}/{kind}")).collect();
        format!(
            "{}\n\n{}\n\nPublic : {}\nDemandes : {}\nMots-clés : {}\n",
            self.title,
            self.body.trim(),
            self.audience.label(),
            requests.join(", "),
            self.keywords.join(", ")
        )
    }
}

/// How often an article was offered, read, and of help.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// People to whom it was offered beside a form.
    pub offered: i64,
    /// People signed in who opened its page.
    pub opened: i64,
    /// Requests it spared.
    pub answered: i64,
    /// « Oui ».
    pub helped: i64,
    /// « Non ».
    pub missed: i64,
}

/// Why an article is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ArticleError {
    /// No such article.
    #[error("cet article n’existe pas")]
    NotFound,
    /// Fields to mend, with what to do.
    #[error("{}", .0.iter().map(|(_, message)| message.as_str()).collect::<Vec<_>>().join(" "))]
    Invalid(Vec<(&'static str, String)>),
    /// The article is not in a state that allows it.
    #[error("{0}")]
    State(&'static str),
    /// Somebody changed it meanwhile.
    #[error(
        "Quelqu’un vient de modifier cet article\u{a0}: relisez-le avant d’enregistrer. Votre texte est conservé ci-dessous."
    )]
    Changed,
    /// The reviewer wrote the text.
    #[error("Vous avez écrit ce texte\u{a0}: une autre personne doit le relire.")]
    OwnText,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}
