//! A router that remembers its routes, so that the access test can call every one of them.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};

/// Routes of a feature before its state is given.
#[derive(Debug)]
pub struct Routes<S> {
    router: Router<S>,
    list: Vec<(&'static str, &'static str)>,
}

/// Routes ready to serve, with their list of method and path.
#[derive(Debug, Default)]
pub struct Routed {
    /// What serves them.
    pub router: Router,
    /// Method and path template of each.
    pub list: Vec<(&'static str, &'static str)>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No route yet.
    #[must_use]
    pub fn new() -> Self {
        Self { router: Router::new(), list: Vec::new() }
    }

    /// Answers GET `path` with `handler`.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add("GET", path, get(handler))
    }

    /// Answers POST `path` with `handler`.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add("POST", path, post(handler))
    }

    fn add(mut self, verb: &'static str, path: &'static str, method: MethodRouter<S>) -> Self {
        self.router = self.router.route(path, method);
        self.list.push((verb, path));
        self
    }

    /// These routes and those.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.list.extend(other.list);
        self
    }

    /// Gives the handlers their state.
    #[must_use]
    pub fn with_state(self, state: S) -> Routed {
        Routed { router: self.router.with_state(state), list: self.list }
    }
}

impl Routed {
    /// These routes and those.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.list.extend(other.list);
        self
    }
}
