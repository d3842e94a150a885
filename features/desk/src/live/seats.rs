//! How many streams may be open: each holds a connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use beffroi_kernel::SessionId;

/// Streams of one session: a browser with many tabs, no more.
const PER_SESSION: usize = 8;
/// Streams of this process.
const PER_PROCESS: usize = 2_000;

/// The streams open now, by session.
#[derive(Clone, Debug, Default)]
pub struct Seats(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_session: HashMap<SessionId, usize>,
}

/// A stream's place, given back when dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Seats,
    session: SessionId,
}

impl Seats {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more stream of this session, if there is one.
    #[must_use]
    pub fn take(&self, session: SessionId) -> Option<Seat> {
        let mut open = self.open();
        if open.all >= PER_PROCESS {
            return None;
        }
        let own = open.by_session.entry(session).or_default();
        if *own >= PER_SESSION {
            return None;
        }
        *own += 1;
        open.all += 1;
        metrics::gauge!("beffroi_streams").increment(1.0);
        Some(Seat { seats: self.clone(), session })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.seats.open();
        open.all -= 1;
        if let Some(own) = open.by_session.get_mut(&self.session) {
            *own -= 1;
            if *own == 0 {
                open.by_session.remove(&self.session);
            }
        }
        metrics::gauge!("beffroi_streams").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_eight_streams_and_gets_a_place_back() {
        let (seats, session) = (Seats::default(), SessionId::new());
        let mut taken: Vec<Seat> = (0..PER_SESSION).map(|_| seats.take(session).unwrap()).collect();
        assert!(seats.take(session).is_none());
        assert!(seats.take(SessionId::new()).is_some());
        taken.pop();
        assert!(seats.take(session).is_some());
        drop(taken);
        assert!(seats.open().by_session.is_empty());
    }

    #[test]
    fn a_process_has_two_thousand() {
        let seats = Seats::default();
        let taken: Vec<Seat> = (0..PER_PROCESS).map(|_| seats.take(SessionId::new()).unwrap()).collect();
        assert!(seats.take(SessionId::new()).is_none());
        drop(taken);
        assert!(seats.take(SessionId::new()).is_some());
    }
}
