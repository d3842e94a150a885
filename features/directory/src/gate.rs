//! What every request to a page passes last: who asks is known, counted, and what is refused to them is traced with
//! who they are, from where and on which route. (issue 5: per-route limits; ASVS 2.4.1, 16.3.2, 16.3.3)

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use beffroi_web::limits::{self, Asker};
use beffroi_web::{ActingFor, Limits, Weight, Weights};

use crate::{Site, extract};

/// The counts, and what routes cost.
#[derive(Clone, Debug)]
pub struct Gate {
    site: Site,
    limits: Arc<Limits>,
    weights: Arc<HashMap<(&'static str, &'static str), Weight>>,
}

impl Gate {
    /// A gate before routes that cost what they say, or what their method says.
    #[must_use]
    pub fn new(site: Site, pages: u32, weights: Weights) -> Self {
        Self { site, limits: Arc::new(Limits::new(pages)), weights: Arc::new(weights.into_iter().collect()) }
    }

    fn weight(&self, request: &Request, route: &str) -> Weight {
        let method = request.method();
        // A search whose head alone is asked costs as much as its page.
        let verb = if method == axum::http::Method::HEAD { "GET" } else { method.as_str() };
        self.weights.get(&(verb, route)).copied().unwrap_or_else(|| Weight::of(method))
    }
}

/// Counts the request, then traces it when it is refused.
pub async fn gate(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let weight = gate.weight(&request, &route);
    let (mut parts, body) = request.into_parts();
    let current = match extract::current(&mut parts, &gate.site).await {
        Ok(current) => current,
        Err(error) => return error.into_response(),
    };
    let request = Request::from_parts(parts, body);
    let person = current.map(|current| current.access.person);
    let asker = match person {
        Some(person) => Asker::Person(person.0.as_u128()),
        None => Asker::from(beffroi_web::address()),
    };
    let who = person.map(|person| format!("personne:{person}"));
    let about = format!("{} {route}", request.method());
    if let Err(wait) = gate.limits.take(asker, weight, gate.site.db.now()) {
        trace("limit", who.as_ref(), &format!("{about} {}", weight.slug()));
        return limits::refused(wait, request, person.is_some()).await;
    }
    let response = next.run(request).await;
    let who = who.or_else(|| response.extensions().get::<ActingFor>().map(|acting| acting.0.clone()));
    match response.status() {
        StatusCode::FORBIDDEN => trace("access.refused", who.as_ref(), &about),
        // What is out of reach looks like what does not exist.
        StatusCode::NOT_FOUND if who.is_some() && route.contains('{') => {
            trace("access.not-found", who.as_ref(), &about);
        }
        StatusCode::UNAUTHORIZED => trace("token.refused", who.as_ref(), &about),
        _ => {}
    }
    response
}

fn trace(event: &'static str, who: Option<&String>, about: &str) {
    beffroi_web::noted(event, who.map(|who| who as &dyn std::fmt::Display), about);
}
