//! A submitted form, in the order of its fields and no larger than a person could type.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};

use crate::WebError;

const MAX_BYTES: usize = 256 * 1024;

/// The fields of a URL-encoded form.
#[derive(Clone, Debug, Default)]
pub struct Submitted(pub Vec<(String, String)>);

impl Submitted {
    /// The first value of `name`, without stray spaces around it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// The first value of `name` when something was typed.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Every value of `name`, without stray spaces.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// All fields, in order.
    #[must_use]
    pub fn fields(&self) -> &[(String, String)] {
        &self.0
    }
}

impl<S: Send + Sync> FromRequest<S> for Submitted {
    type Rejection = WebError;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Self, WebError> {
        Ok(Self(read(request.into_body()).await?))
    }
}

/// The fields of a URL-encoded body.
pub(crate) async fn read(body: Body) -> Result<Vec<(String, String)>, WebError> {
    let bytes: Bytes = axum::body::to_bytes(body, MAX_BYTES).await.map_err(|_| {
        WebError::TooLarge("Le texte envoyé dépasse 256 ko : raccourcissez-le ou joignez un fichier.".into())
    })?;
    Ok(form_urlencoded::parse(&bytes).into_owned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_a_field_sent_twice_the_first_is_read() {
        let request = Request::post("/?role=region-admin").body(Body::from("role=pupil&role=head&a=%3Db"));
        let form = Submitted::from_request(request.unwrap(), &()).await.unwrap();
        assert_eq!((form.get("role"), form.get("a"), form.get("b")), (Some("pupil"), Some("=b"), None));
    }

    #[tokio::test]
    async fn more_than_a_person_types_is_refused() {
        let request = Request::post("/").body(Body::from(vec![b'a'; MAX_BYTES + 1]));
        let refused = Submitted::from_request(request.unwrap(), &()).await;
        assert!(matches!(refused, Err(WebError::TooLarge(_))));
    }
}
