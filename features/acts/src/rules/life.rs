//! How an act lives: signatures in order, in force, over. Use-cases change an act through here only.

use beffroi_kernel::PersonId;
use chrono::{DateTime, NaiveDate, Utc};

use super::authority::{Ground, authority_of};
use super::dates::paris_day;
use crate::model::{Act, Authority, End, EndReason, Made, State};

/// Why somebody does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// They signed already: nothing more to do.
    Already,
    /// The act does not wait for signatures.
    Over,
    /// Their turn has not come.
    NotYet,
    /// They have no authority at this instant.
    NoAuthority,
}

impl Act {
    /// The signatures that may be made now: the first missing one when the order is strict.
    pub fn awaited(&self) -> impl Iterator<Item = &crate::Signature> {
        let most = if self.strict_order { 1 } else { usize::MAX };
        let open = self.state == State::ToSign;
        self.signatures.iter().filter(move |signature| open && signature.made.is_none()).take(most)
    }

    /// Whether `person` made one of its signatures.
    #[must_use]
    pub fn is_signed_by(&self, person: PersonId) -> bool {
        self.signatures.iter().filter_map(|one| one.made.as_ref()).any(|made| made.authority.person == person)
    }

    /// Whether what it confers must be true at `at`: in force, not suspended, within its days.
    #[must_use]
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        let day = paris_day(at);
        self.state == State::InForce
            && self.suspended.is_none()
            && self.starts_on <= day
            && self.ends_on.is_none_or(|last| day <= last)
    }

    /// Whether it is signed and not over.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.state, State::Signed | State::InForce)
    }

    /// Whether its last day has passed.
    #[must_use]
    pub fn is_past(&self, day: NaiveDate) -> bool {
        self.ends_on.is_some_and(|last| last < day)
    }
}

/// The signature that `person` may make now, with the authority they hold.
pub(crate) fn place_of(act: &Act, person: PersonId, ground: &Ground) -> Result<(usize, Authority), Refusal> {
    if act.is_signed_by(person) {
        return Err(Refusal::Already);
    }
    if act.state != State::ToSign || act.is_past(paris_day(ground.at)) {
        return Err(Refusal::Over);
    }
    let awaited: Vec<i32> = act.awaited().map(|signature| signature.position).collect();
    let mut later = false;
    for (index, signature) in act.signatures.iter().enumerate().filter(|(_, one)| one.made.is_none()) {
        match authority_of(person, &signature.who, ground) {
            Some(authority) if awaited.contains(&signature.position) => return Ok((index, authority)),
            Some(_) => later = true,
            None => {}
        }
    }
    Err(if later { Refusal::NotYet } else { Refusal::NoAuthority })
}

/// Records a signature; the last one makes the act signed.
pub(crate) fn record(act: &mut Act, index: usize, made: Made) {
    let at = made.at;
    if let Some(signature) = act.signatures.get_mut(index) {
        signature.made = Some(made);
    }
    if act.signatures.iter().all(|signature| signature.made.is_some()) {
        act.state = State::Signed;
        act.signed_at = Some(at);
    }
}

/// Ends an act, when its state allows that end: what is over stays over.
pub(crate) fn end(act: &mut Act, end: End) -> bool {
    let allowed = match end.reason {
        EndReason::Refused => act.state == State::ToSign,
        EndReason::Withdrawn => matches!(act.state, State::ToSign | State::Signed),
        EndReason::Revoked => act.is_live(),
        EndReason::Expired => act.state != State::Ended && act.is_past(paris_day(end.at)),
        EndReason::Superseded => act.state != State::Ended,
    };
    if allowed {
        act.state = State::Ended;
        act.ended = Some(end);
    }
    allowed
}
