//! A router that remembers its routes, so that the access test can call every one of them.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};

use crate::Weight;

/// What a route costs, where it says so: by method and path template.
pub type Weights = Vec<((&'static str, &'static str), Weight)>;

/// Routes of a feature before its state is given.
#[derive(Debug)]
pub struct Routes<S> {
    router: Router<S>,
    list: Vec<(&'static str, &'static str)>,
    weights: Weights,
}

/// Routes ready to serve, with their list of method and path.
#[derive(Debug, Default)]
pub struct Routed {
    /// What serves them.
    pub router: Router,
    /// Method and path template of each.
    pub list: Vec<(&'static str, &'static str)>,
    /// Those that cost otherwise than their method says.
    pub weights: Weights,
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
        Self { router: Router::new(), list: Vec::new(), weights: Weights::new() }
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

    /// Says that the route just added is costly: a search, an export, a document made on demand, a large file.
    #[must_use]
    pub fn costly(mut self) -> Self {
        self.weights.extend(self.list.last().map(|route| (*route, Weight::Costly)));
        self
    }

    /// These routes and those.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.list.extend(other.list);
        self.weights.extend(other.weights);
        self
    }

    /// Gives the handlers their state.
    #[must_use]
    pub fn with_state(self, state: S) -> Routed {
        Routed { router: self.router.with_state(state), list: self.list, weights: self.weights }
    }
}

impl Routed {
    /// Says that all of these count their callers themselves.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.weights = self.list.iter().map(|route| (*route, Weight::Apart)).collect();
        self
    }

    /// These routes and those.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.list.extend(other.list);
        self.weights.extend(other.weights);
        self
    }
}
