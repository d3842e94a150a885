//! What everyone concerned must know at once, on top of every page: incidents in progress.
//!
//! Features say what there is; pages read it from memory. The list is read anew every few seconds by
//! one statement for the whole process, whatever the number of pages, and at once after a change made
//! here. (CSU-10)

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use beffroi_db::DbError;
use beffroi_kernel::{Access, Function, RequestId, SchoolId, TerritoryId};
use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long a list serves before it is read anew.
const KEPT: Duration = Duration::from_secs(3);
/// How long pages wait for a new list before they go on with the old one.
const PATIENCE: Duration = Duration::from_secs(1);

/// What an announcement is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum About {
    /// An incident in progress: everyone of its schools is concerned, and their agents.
    #[default]
    Incident,
    /// A release of liability: the management of its school is concerned. (T5)
    Liability,
    /// A maintenance of the service itself: everyone is concerned. (CSU-06)
    Maintenance,
}

/// Something that everyone concerned must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// What kind of thing it is.
    pub about: About,
    /// What it is about.
    pub id: RequestId,
    /// How people name it.
    pub reference: String,
    /// A few words.
    pub title: String,
    /// The last news.
    pub text: String,
    /// The theme of the requests that may be about it.
    pub theme: String,
    /// The page that follows it.
    pub href: String,
    /// When it was last said.
    pub updated_at: DateTime<Utc>,
    /// Whether it concerns everyone, visitors included.
    pub everyone: bool,
    /// The schools concerned.
    pub schools: BTreeSet<SchoolId>,
    /// The territories of those schools: their agents are told too.
    pub territories: BTreeSet<TerritoryId>,
}

impl Announcement {
    /// Whether it concerns a person; `None` is a visitor.
    #[must_use]
    pub fn concerns(&self, access: Option<&Access>) -> bool {
        if self.about == About::Liability {
            let managed = |function: &Function| {
                function.role.is_management() && function.school.is_some_and(|id| self.schools.contains(&id))
            };
            return access.is_some_and(|access| access.functions.iter().any(managed));
        }
        let told = |access: &Access| {
            access.functions.iter().any(|function| match function.school {
                Some(school) => self.schools.contains(&school),
                None => function.territory.is_some_and(|territory| self.territories.contains(&territory)),
            })
        };
        self.everyone || access.is_some_and(told)
    }
}

/// Reads the announcements of the moment.
pub type Reading = Pin<Box<dyn Future<Output = Result<Vec<Announcement>, DbError>> + Send>>;

type Known = Option<(Instant, Arc<Vec<Announcement>>)>;

/// The announcements in force, kept in memory for a few seconds.
#[derive(Clone)]
pub struct Board {
    read: Arc<dyn Fn() -> Reading + Send + Sync>,
    known: Arc<Mutex<Known>>,
    kept: Duration,
}

impl Board {
    /// A board that `read` fills.
    #[must_use]
    pub fn new(read: impl Fn() -> Reading + Send + Sync + 'static) -> Self {
        Self { read: Arc::new(read), known: Arc::default(), kept: KEPT }
    }

    /// What is in force. When it cannot be read, what was known stays.
    pub async fn now(&self) -> Arc<Vec<Announcement>> {
        let mut known = self.known.lock().await;
        if let Some((at, list)) = known.as_ref()
            && at.elapsed() < self.kept
        {
            return Arc::clone(list);
        }
        // In a task of its own: the statement is the site's, not that of the page that happens to wait.
        let fresh = timeout(PATIENCE, tokio::spawn((self.read)())).await;
        let list = match fresh {
            Ok(Ok(Ok(list))) => Arc::new(list),
            _ => known.as_ref().map(|(_, list)| Arc::clone(list)).unwrap_or_default(),
        };
        *known = Some((Instant::now(), Arc::clone(&list)));
        list
    }

    async fn forget(&self) {
        *self.known.lock().await = None;
    }
}

/// Put among the extensions of a response: the announcements changed.
#[derive(Clone, Copy, Debug)]
pub struct Announced;

tokio::task_local! {
    static IN_FORCE: Arc<Vec<Announcement>>;
}

/// Gives the pages behind it what is in force.
pub async fn announce(State(board): State<Board>, request: Request, next: Next) -> Response {
    let response = IN_FORCE.scope(board.now().await, next.run(request)).await;
    if response.extensions().get::<Announced>().is_some() {
        board.forget().await;
    }
    response
}

/// What is in force while this page is made; nothing outside a page.
#[must_use]
pub(crate) fn everything() -> Arc<Vec<Announcement>> {
    IN_FORCE.try_with(Arc::clone).unwrap_or_default()
}

/// The incidents in force while this page is made; nothing outside a page.
#[must_use]
pub fn announcements() -> Arc<Vec<Announcement>> {
    let all = everything();
    let incident = |one: &Announcement| one.about == About::Incident;
    if all.iter().all(incident) {
        return all;
    }
    Arc::new(all.iter().filter(|one| incident(one)).cloned().collect())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use beffroi_kernel::{PersonId, Role};

    use super::*;

    fn announcement() -> Announcement {
        Announcement {
            about: About::Incident,
            id: RequestId::new(),
            reference: "2026-00042".into(),
            title: "Messagerie".into(),
            text: "On cherche.".into(),
            theme: "serveur".into(),
            href: "/incidents/2026-00042".into(),
            updated_at: DateTime::UNIX_EPOCH,
            everyone: false,
            schools: BTreeSet::new(),
            territories: BTreeSet::new(),
        }
    }

    fn person(role: Role, school: Option<SchoolId>, territory: Option<TerritoryId>) -> Access {
        let since = DateTime::UNIX_EPOCH;
        let function = Function { role, school, team: None, territory, since, substitute_for: None };
        Access { person: PersonId::new(), name: "A".into(), functions: vec![function], at: since }
    }

    #[test]
    fn it_is_shown_to_its_schools_and_to_their_agents_alone() {
        let (school, other, place) = (SchoolId::new(), SchoolId::new(), TerritoryId::new());
        let mut one = announcement();
        one.schools.insert(school);
        one.territories.insert(place);

        assert!(one.concerns(Some(&person(Role::Teacher, Some(school), None))));
        assert!(one.concerns(Some(&person(Role::Technician, None, Some(place)))));
        assert!(!one.concerns(Some(&person(Role::Teacher, Some(other), None))));
        assert!(!one.concerns(Some(&person(Role::ProviderAgent, None, None))));
        assert!(!one.concerns(None));
        one.everyone = true;
        assert!(one.concerns(None));
    }

    #[test]
    fn a_release_of_liability_is_shown_to_the_management_alone() {
        let (school, place) = (SchoolId::new(), TerritoryId::new());
        let mut one = announcement();
        (one.about, one.everyone) = (About::Liability, true);
        one.schools.insert(school);
        one.territories.insert(place);

        assert!(one.concerns(Some(&person(Role::SecretaryGeneral, Some(school), None))));
        assert!(!one.concerns(Some(&person(Role::Head, Some(SchoolId::new()), None))));
        assert!(!one.concerns(Some(&person(Role::Pupil, Some(school), None))));
        assert!(!one.concerns(Some(&person(Role::Technician, None, Some(place)))));
        assert!(!one.concerns(None));
    }

    #[tokio::test]
    async fn it_is_read_once_for_all_pages_of_a_few_seconds() {
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let mut board = Board::new(move || {
            let count = counted.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                if count == 1 { Err(DbError::Corrupt("panne".into())) } else { Ok(vec![announcement()]) }
            })
        });
        for _ in 0..10 {
            assert_eq!(board.now().await.len(), 1);
        }
        assert_eq!(reads.load(Ordering::SeqCst), 1);
        board.kept = Duration::ZERO;
        assert_eq!(board.now().await.len(), 1, "a failure keeps what was known");
        assert_eq!(reads.load(Ordering::SeqCst), 2);
        board.kept = KEPT;
        board.forget().await;
        board.now().await;
        assert_eq!(reads.load(Ordering::SeqCst), 3);
    }
}
