//! Who has how much in hand: the least loaded member present is suggested, and receives what arrives
//! when the team chose so. (CSU-08)

use beffroi_calendar::paris_day;
use beffroi_db::reach::{self, Why};
use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_directory::Team;
use beffroi_kernel::{Access, Permit, PersonId, RequestId, Scope, TeamId};

use crate::model::State;
use crate::store::entities::request;
use crate::store::{escalation as settings, load as store, requests};
use crate::team_calendar::{CalendarError, manages, weekday};
use crate::work::{Step, WorkError, state, within};
use crate::{Desk, ManageTeam, WorkRequests};

pub use crate::store::load::Member;

/// The job that gives a request that arrived to the least loaded member.
pub const SHARE_JOB: &str = "desk.share-out";
/// Requests moved at once from one member to another.
pub const MOST_MOVED: i64 = 20;

impl Member {
    /// What they have in hand, weighted: an urgent request counts three, a late one two.
    #[must_use]
    pub const fn weight(&self) -> i64 {
        self.open + 2 * self.urgent + self.late
    }
}

/// The least loaded of those present; of equals the one with fewer requests, then the first of the list.
#[must_use]
pub fn lightest(members: &[Member]) -> Option<&Member> {
    let present = members.iter().zip(0_usize..).filter(|(member, _)| !member.absent);
    present.min_by_key(|(member, rank)| (member.weight(), member.open, *rank)).map(|(member, _)| member)
}

/// The members of a team with what they have in hand, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn members(desk: &Desk, team: TeamId) -> Result<Vec<Member>, DbError> {
    let now = desk.site.db.now();
    let day = paris_day(now);
    reach::everything(Why::Counts, store::members(desk.site.db.read(), team, (now, day, weekday(day)))).await
}

/// The members of a team with what they have in hand, and the other teams, by name; kept for seconds.
///
/// # Errors
/// When the database does not answer.
pub async fn hands(desk: &Desk, team: TeamId) -> Result<(Vec<Member>, Vec<(TeamId, String)>), DbError> {
    let db = &desk.site.db;
    let now = db.now();
    let day = paris_day(now);
    // Kept for all who look: the same number whoever asked first.
    let read = async || {
        reach::everything(Why::Counts, store::hands(db.read(), team, (now, day, weekday(day)))).await
    };
    let nouns = ["request", "bulk", "team", "person"];
    Ok(db.recent(format!("hands {team}"), &nouns, read).await?.as_ref().clone())
}

/// The member to whom a request of this team is best given now.
///
/// # Errors
/// When the database does not answer.
pub async fn suggest(desk: &Desk, team: TeamId) -> Result<Option<Member>, DbError> {
    Ok(lightest(&members(desk, team).await?).cloned())
}

fn setting(team: TeamId) -> String {
    format!("share-out:{team}")
}

/// Whether what arrives in a team is given out at once.
///
/// # Errors
/// When the database does not answer.
pub async fn is_automatic(desk: &Desk, team: TeamId) -> Result<bool, DbError> {
    let found = settings::setting(desk.site.db.read(), &setting(team)).await?;
    Ok(found.as_deref() == Some("on"))
}

/// Chooses whether what arrives in a team is given out at once.
///
/// # Errors
/// [`CalendarError::NotFound`] for a team the person does not manage.
pub async fn set_automatic(
    desk: &Desk,
    permit: &Permit<ManageTeam>,
    access: &Access,
    team: &Team,
    on: bool,
) -> Result<(), CalendarError> {
    if !manages(access, team) {
        return Err(CalendarError::NotFound);
    }
    desk.site
        .db
        .write(async |tx| {
            let value = if on { "on" } else { "off" };
            settings::set(tx.on(), &setting(team.id), value, (permit.person(), tx.now())).await?;
            let data = serde_json::json!({ "share_out": on });
            tx.journal(Event::new("team.set", format!("team:{}", team.id)).by(permit.person()).data(data));
            Ok(())
        })
        .await
}

/// A request arrived in its team: it is given out by a job, if the team chose so.
pub(crate) async fn arrived(desk: &Desk, tx: &Tx, request: &request::Model) -> Result<(), DbError> {
    let team = request.team_id;
    let gives_out = desk.site.db.recent(setting(team), &["team"], async || is_automatic(desk, team).await);
    if !*gives_out.await? {
        return Ok(());
    }
    let once = format!("share:{}:{}:{}", request.id, request.team_id, request.version);
    tx.enqueue(NewJob::new(SHARE_JOB, &request.id).once(once)).await
}

/// Gives a request nobody took to the least loaded member.
///
/// # Errors
/// When it cannot be written now; the job then comes back.
pub async fn share_out(desk: &Desk, id: RequestId) -> Result<(), WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let scope = Scope::system("what arrives in a team is given out");
            let Some(found) = requests::by_id(tx.on(), &scope, id).await? else { return Ok(()) };
            if state(&found) != State::New || found.assignee_id.is_some() {
                return Ok(());
            }
            let Some(member) = suggest(desk, found.team_id).await? else { return Ok(()) };
            let permit = Permit::<WorkRequests>::system(member.person, "the team gives out what arrives");
            within(desk, tx, &permit, id, &Step::Assign(member.person)).await?;
            Ok(())
        })
        .await
}

/// Moves requests from one member to another, the least pressing first. Gives how many were moved.
///
/// # Errors
/// [`CalendarError::Field`] names the field to mend.
pub async fn rebalance(
    desk: &Desk,
    permit: &Permit<ManageTeam>,
    access: &Access,
    team: &Team,
    (from, to): (PersonId, PersonId),
    count: i64,
) -> Result<usize, CalendarError> {
    if !manages(access, team) {
        return Err(CalendarError::NotFound);
    }
    if !(1..=MOST_MOVED).contains(&count) {
        return Err(CalendarError::Field("count", "Indiquez de 1 à 20 demandes."));
    }
    if from == to {
        return Err(CalendarError::Field("to", "Choisissez une autre personne."));
    }
    let members = beffroi_directory::team_members(&desk.site.db, team.id).await?;
    if !members.iter().any(|member| member.id == to) {
        return Err(CalendarError::Field("to", "Choisissez un membre de l’équipe."));
    }
    let working = access.permit::<WorkRequests>().ok_or(CalendarError::NotFound)?;
    let mut moved = 0;
    for id in store::least_pressing(desk.site.db.read(), team.id, from, count).await? {
        match crate::work::work(desk, &working, id, Step::Assign(to)).await {
            Ok(_) => moved += 1,
            Err(WorkError::Db(error)) => return Err(CalendarError::Db(error)),
            // Somebody works on it this minute: it stays.
            Err(_) => {}
        }
    }
    let event = Event::new("team.rebalanced", format!("team:{}", team.id)).by(permit.person());
    let data = serde_json::json!({ "from": from, "to": to, "moved": moved });
    desk.site
        .db
        .write(async |tx| {
            tx.journal(event.data(data));
            Ok::<(), DbError>(())
        })
        .await?;
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn member(name: &str, (open, urgent, late): (i64, i64, i64), absent: bool) -> Member {
        Member { person: PersonId::new(), name: name.into(), open, urgent, late, absent, on_duty: false }
    }

    #[test]
    fn an_urgent_request_weighs_more_than_an_easy_one() {
        let members = [member("Un urgent", (1, 1, 0), false), member("Deux calmes", (2, 0, 0), false)];
        assert_eq!(lightest(&members).unwrap().name, "Deux calmes");
    }

    #[test]
    fn nobody_is_suggested_when_all_are_away() {
        assert!(lightest(&[member("A", (0, 0, 0), true)]).is_none());
    }

    proptest! {
        #[test]
        fn the_lightest_is_present_no_one_present_weighs_less_and_the_choice_is_stable(
            loads in proptest::collection::vec(((0_i64..9, 0_i64..4, 0_i64..4), any::<bool>()), 0..12),
        ) {
            let members: Vec<Member> = loads.iter().map(|(load, absent)| member("A", *load, *absent)).collect();
            let chosen = lightest(&members);
            prop_assert_eq!(chosen.is_none(), members.iter().all(|one| one.absent));
            if let Some(chosen) = chosen {
                prop_assert!(!chosen.absent);
                prop_assert!(members.iter().filter(|one| !one.absent).all(|one| one.weight() >= chosen.weight()));
                prop_assert_eq!(Some(chosen.person), lightest(&members).map(|one| one.person));
            }
        }
    }
}
