//! The stream of the queue: one tick a second at most, and only for requests that the person may
//! work on.

use std::collections::BTreeSet;
use std::time::Duration;

use beffroi_db::DbError;
use beffroi_db::live::{Heard, Subscription};
use beffroi_db::reach::Reach as Wall;
use beffroi_directory::Watching;
use beffroi_kernel::{Access, RequestId, SchoolId, Scope};
use tokio::time::{Instant, Interval, sleep_until};

use super::{CHECK_EVERY, Told, WatchError, pulse};
use crate::presence::PRESENCE;
use crate::store::presence as store;
use crate::{Desk, WorkRequests};

/// The least time between two ticks.
const TICK_EVERY: Duration = Duration::from_secs(1);
/// The least time between two looks at requests that may not concern the person.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The stream of the queue.
pub struct QueueWatch {
    desk: Desk,
    watching: Watching,
    reach: Reach,
    changes: Subscription,
    person: Subscription,
    pulse: Interval,
    checked: Instant,
    /// No tick before.
    next_at: Instant,
    begun: bool,
}

impl std::fmt::Debug for QueueWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QueueWatch({:?})", self.reach.scope)
    }
}

/// The scope of the queue, with the schools of its territories by name.
#[derive(Clone, Debug)]
struct Reach {
    scope: Scope,
    schools: BTreeSet<SchoolId>,
}

impl Reach {
    async fn of(desk: &Desk, access: &Access) -> Result<Option<Self>, DbError> {
        let Some(permit) = access.permit::<WorkRequests>() else { return Ok(None) };
        let scope = permit.scope().clone();
        let mut schools = scope.schools().clone();
        schools.extend(store::schools(desk.site.db.read(), &scope).await?);
        Ok(Some(Self { scope, schools }))
    }
}

/// What was heard since the last tick.
#[derive(Debug, Default, PartialEq, Eq)]
struct News {
    /// Something within reach changed.
    sure: bool,
    /// These changed; only the database knows whether they are within reach.
    perhaps: BTreeSet<RequestId>,
}

impl News {
    fn hear(&mut self, reach: &Reach, heard: &Heard) {
        let Heard::Change(change) = heard else {
            self.sure = true;
            return;
        };
        let Some(id) = change.subject.strip_prefix("request:").filter(|_| change.kind != PRESENCE) else {
            return;
        };
        let school = change.school.is_some_and(|school| reach.schools.contains(&school));
        if reach.scope.is_everything() || school {
            self.sure = true;
        } else if !reach.scope.teams().is_empty() || reach.scope.person().is_some() {
            self.perhaps.extend(id.parse::<RequestId>().ok());
        }
    }

    fn is_empty(&self) -> bool {
        !self.sure && self.perhaps.is_empty()
    }
}

impl QueueWatch {
    pub(super) async fn begin(desk: &Desk, watching: Watching) -> Result<Self, WatchError> {
        let live = desk.site.db.live();
        let (changes, person) = (live.subscribe(), live.about(&format!("person:{}", watching.access.person)));
        let reach = Reach::of(desk, &watching.access).await?.ok_or(WatchError::NotAgent)?;
        let now = Instant::now();
        let desk = desk.clone();
        Ok(Self {
            desk,
            watching,
            reach,
            changes,
            person,
            pulse: pulse(),
            checked: now,
            next_at: now,
            begun: false,
        })
    }

    pub(super) async fn next(&mut self) -> Option<Told> {
        if !std::mem::replace(&mut self.begun, true) {
            return Some(Told { name: "seen", text: String::new() });
        }
        loop {
            // A failure of the database ends the stream: the browser comes back by itself.
            if self.wait().await.ok().flatten()? {
                return Some(Told::change());
            }
        }
    }

    /// Waits for something, and says whether it is a tick; nothing when the stream is over.
    async fn wait(&mut self) -> Result<Option<bool>, DbError> {
        let mut news = News::default();
        tokio::select! {
            heard = self.changes.next() => {
                let Some(heard) = heard else { return Ok(None) };
                news.hear(&self.reach, &heard);
            }
            heard = self.person.next() => {
                return Ok(if heard.is_some() && self.check().await? { Some(false) } else { None });
            }
            _ = self.pulse.tick() => {
                let late = self.checked.elapsed() >= CHECK_EVERY;
                return Ok(if late && !self.check().await? { None } else { Some(false) });
            }
        }
        if news.is_empty() {
            return Ok(Some(false));
        }
        sleep_until(self.next_at).await;
        while let Some(heard) = self.changes.try_next() {
            news.hear(&self.reach, &heard);
        }
        if !self.check().await? {
            return Ok(None);
        }
        let perhaps: Vec<RequestId> = news.perhaps.into_iter().collect();
        let read = self.desk.site.db.read();
        let near = store::reaches(read, &self.reach.scope, &perhaps);
        let tick = news.sure || Wall::of(&self.watching.access.wall()).around(near).await?;
        self.next_at = Instant::now() + if tick { TICK_EVERY } else { LOOK_EVERY };
        Ok(Some(tick))
    }

    /// Whether the person may still watch; what they reach is read again.
    async fn check(&mut self) -> Result<bool, DbError> {
        let late = self.checked.elapsed() >= CHECK_EVERY;
        let Some(access) = self.watching.again(&self.desk.site.db).await? else { return Ok(false) };
        let Some(permit) = access.permit::<WorkRequests>() else { return Ok(false) };
        if late || *permit.scope() != self.reach.scope {
            let Some(reach) = Reach::of(&self.desk, &access).await? else { return Ok(false) };
            self.reach = reach;
        }
        self.checked = Instant::now();
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use beffroi_db::live::Change;

    use super::*;

    fn heard(subject: &str, kind: &str, school: Option<SchoolId>) -> Heard {
        Heard::Change(Arc::new(Change { subject: subject.into(), kind: kind.into(), school, actor: None }))
    }

    #[test]
    fn only_requests_within_reach_are_news() {
        let (mine, id) = (SchoolId::new(), RequestId::new());
        let reach = Reach { scope: Scope::default(), schools: BTreeSet::from([mine]) };
        let request = format!("request:{id}");
        let cases = [
            (heard(&request, "request.answered", Some(mine)), true),
            (heard(&request, "request.answered", Some(SchoolId::new())), false),
            (heard(&request, PRESENCE, Some(mine)), false),
            (heard("person:1", "session.opened", None), false),
            (Heard::Missed, true),
        ];
        for (heard, expected) in cases {
            let mut news = News::default();
            news.hear(&reach, &heard);
            assert_eq!(news.sure, expected, "{heard:?}");
            assert!(news.perhaps.is_empty());
        }
    }

    #[test]
    fn whoever_sees_everything_hears_everything() {
        let reach = Reach { scope: Scope::system("test"), schools: BTreeSet::new() };
        let mut news = News::default();
        news.hear(&reach, &heard("request:1", "request.submitted", None));
        assert!(news.sure);
    }
}
