//! What agents do to a request: one address a gesture, each back to the request's page.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::response::Response;
use beffroi_directory::Allowed;
use beffroi_kernel::{Access, Permit, RequestId, TaskId};
use beffroi_web::{Routes, Submitted, WebError, see_other};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::Paris;

use super::requests::{Asked, Tried, open};
use crate::work::{self, Step, WorkError};
use crate::{Desk, ReadRequests, WorkRequests, details};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .post("/demandes/{reference}/prendre", take)
        .post("/demandes/{reference}/affecter", assign)
        .post("/demandes/{reference}/reprendre", resume)
        .post("/demandes/{reference}/clore", close)
        .post("/demandes/{reference}/reaffecter", reassign)
        .post("/demandes/{reference}/urgence", press)
        .post("/demandes/{reference}/taches/{id}", tick)
        .post("/demandes/{reference}/rendez-vous", appoint)
        .post("/demandes/{reference}/lier", link)
        .post("/demandes/{reference}/fusionner", merge)
}

type Working = Allowed<WorkRequests>;
type Answer = Result<Response, WebError>;

/// A request about to be worked on, by someone who works on it.
struct Bench {
    desk: Desk,
    reference: String,
    id: RequestId,
    working: Permit<WorkRequests>,
    reading: Permit<ReadRequests>,
    access: Access,
    asked: Asked,
}

impl FromRequestParts<Desk> for Bench {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, WebError> {
        let Allowed(working, access) = Working::from_request_parts(parts, desk).await?;
        let names = Path::<HashMap<String, String>>::from_request_parts(parts, desk).await;
        let reference =
            names.ok().and_then(|mut names| names.remove("reference")).ok_or(WebError::NotFound)?;
        let reading = access.permit::<ReadRequests>().ok_or(WebError::NotFound)?;
        let folder = open(desk, &reading, &access, &reference).await?;
        if !folder.as_agent {
            let why = "Vous êtes du côté de l’établissement pour cette demande : une autre personne de l’équipe doit la traiter.";
            return Err(WebError::Forbidden(why.into()));
        }
        let asked = Query::<Asked>::from_request_parts(parts, desk).await;
        let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
        Ok(Self { id: folder.request.id, desk: desk.clone(), reference, working, reading, access, asked })
    }
}

impl Bench {
    async fn settle<T>(
        &self,
        outcome: Result<T, WorkError>,
        done: &'static str,
        field: &'static str,
        typed: Submitted,
    ) -> Answer {
        let tried = Tried { reference: &self.reference, done, field, typed, asked: self.asked.clone() };
        tried.settle(&self.desk, &self.reading, &self.access, outcome).await
    }

    async fn step(&self, step: Step, done: &'static str, field: &'static str, typed: Submitted) -> Answer {
        let outcome = work::work(&self.desk, &self.working, self.id, step).await;
        self.settle(outcome, done, field, typed).await
    }

    /// The same page: something typed cannot be used.
    async fn missing(&self, what: &'static str, field: &'static str, typed: Submitted) -> Answer {
        self.settle(Err::<(), _>(WorkError::Missing(what)), "", field, typed).await
    }
}

fn text(typed: &Submitted, name: &str) -> String {
    typed.get(name).unwrap_or_default().to_owned()
}

async fn take(bench: Bench, typed: Submitted) -> Answer {
    bench.step(Step::Take, "prise", "contenu", typed).await
}

async fn assign(bench: Bench, typed: Submitted) -> Answer {
    match typed.get("assignee").and_then(|id| id.parse().ok()) {
        Some(person) => bench.step(Step::Assign(person), "affectee", "assignee", typed).await,
        None => bench.missing("choisissez un membre de l’équipe", "assignee", typed).await,
    }
}

async fn resume(bench: Bench, typed: Submitted) -> Answer {
    bench.step(Step::Resume, "reprise", "contenu", typed).await
}

async fn close(bench: Bench, typed: Submitted) -> Answer {
    bench.step(Step::Close, "close", "contenu", typed).await
}

async fn reassign(bench: Bench, typed: Submitted) -> Answer {
    let Some(team) = typed.get("team").and_then(|id| id.parse().ok()) else {
        return bench.missing("choisissez la nouvelle équipe", "team", typed).await;
    };
    let reason = text(&typed, "reason");
    let outcome = work::work(&bench.desk, &bench.working, bench.id, Step::Reassign { team, reason }).await;
    let still_ours = outcome.is_err()
        || crate::reading::open(&bench.desk, &bench.reading, &bench.access, &bench.reference)
            .await?
            .is_some();
    // A team's agent loses sight of what it gives away: back to the queue.
    if !still_ours {
        return Ok(see_other("/file"));
    }
    bench.settle(outcome, "reaffectee", "reason", typed).await
}

async fn press(bench: Bench, typed: Submitted) -> Answer {
    let urgent = typed.get("urgent") == Some("1");
    let step = Step::Press { urgent, reason: text(&typed, "urgency") };
    bench.step(step, if urgent { "urgente" } else { "calmee" }, "urgency", typed).await
}

async fn tick(bench: Bench, Path((_, task)): Path<(String, String)>, typed: Submitted) -> Answer {
    let task: TaskId = task.parse().map_err(|_| WebError::NotFound)?;
    let line = match typed.filled("line") {
        Some(line) => Some(line.parse().map_err(|_| WebError::NotFound)?),
        None => None,
    };
    let outcome = details::tick(&bench.desk, &bench.working, bench.id, task, line).await;
    bench.settle(outcome, "tache", "contenu", typed).await
}

async fn appoint(bench: Bench, typed: Submitted) -> Answer {
    match visit(&typed) {
        Ok((starts_at, ends_at)) => {
            let place = text(&typed, "place");
            let outcome =
                details::appoint(&bench.desk, &bench.working, bench.id, starts_at, ends_at, &place).await;
            bench.settle(outcome, "rendez-vous", "ends", typed).await
        }
        Err((field, what)) => bench.missing(what, field, typed).await,
    }
}

/// When a visit starts and ends.
type Visit = (DateTime<Utc>, DateTime<Utc>);
/// A field to mend, and how.
type Faulty = (&'static str, &'static str);

/// The two instants of a visit typed as a day and two hours in Paris; else the field to mend.
fn visit(typed: &Submitted) -> Result<Visit, Faulty> {
    let day = typed
        .get("day")
        .and_then(|day| day.parse::<NaiveDate>().ok())
        .ok_or(("day", "indiquez la date, par exemple 2026-11-23"))?;
    let hour = |name: &'static str| {
        let time = typed.get(name).and_then(|time| NaiveTime::parse_from_str(time, "%H:%M").ok());
        let time = time.ok_or((name, "indiquez l’heure, par exemple 14:30"))?;
        // Twice a year an hour is missing or comes twice: the first one is meant, a missing one refused.
        let instant = Paris.from_local_datetime(&day.and_time(time)).earliest();
        instant
            .map(|instant| instant.to_utc())
            .ok_or((name, "cette heure n’existe pas ce jour-là : l’heure change"))
    };
    Ok((hour("starts")?, hour("ends")?))
}

async fn link(bench: Bench, typed: Submitted) -> Answer {
    let outcome = details::link(&bench.desk, &bench.working, bench.id, &text(&typed, "link")).await;
    bench.settle(outcome, "liee", "link", typed).await
}

async fn merge(bench: Bench, typed: Submitted) -> Answer {
    match details::merge(&bench.desk, &bench.working, bench.id, &text(&typed, "merge")).await {
        Ok(into) => Ok(see_other(&format!("/demandes/{into}?fait=fusionnee"))),
        Err(error) => bench.settle(Err::<(), _>(error), "", "merge", typed).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(day: &str, starts: &str, ends: &str) -> Submitted {
        let pairs = [("day", day), ("starts", starts), ("ends", ends)];
        Submitted(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    #[test]
    fn a_visit_is_at_the_hour_of_paris_in_summer_and_winter() {
        for (day, utc) in [("2026-07-01", "2026-07-01T12:30:00Z"), ("2026-12-01", "2026-12-01T13:30:00Z")] {
            let (starts_at, _) = visit(&typed(day, "14:30", "15:00")).unwrap();
            assert_eq!(starts_at, utc.parse::<DateTime<Utc>>().unwrap());
        }
    }

    #[test]
    fn a_visit_that_cannot_be_names_its_field() {
        let faulty = |day, starts, ends| visit(&typed(day, starts, ends)).unwrap_err().0;
        assert_eq!(faulty("demain", "14:30", "15:00"), "day");
        assert_eq!(faulty("2026-12-01", "14h", "15:00"), "starts");
        assert_eq!(faulty("2026-03-29", "01:30", "02:30"), "ends");
    }
}
