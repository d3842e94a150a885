//! Style, script and fonts, embedded under names that change with their content.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// An embedded file.
#[derive(Debug)]
pub struct Asset {
    name: &'static str,
    path: &'static str,
    /// Its media type.
    pub mime: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The address of the file called `name`; an unknown name leads nowhere.
#[must_use]
pub fn url(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/assets/inconnu", |asset| asset.path)
}

/// The file served at `path`.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// Serves `/assets/{file}`; browsers may keep it for ever.
pub async fn serve(Path(file): Path<String>) -> Response {
    match find(&format!("/assets/{file}")) {
        Some(asset) => {
            let headers =
                [(CONTENT_TYPE, asset.mime), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
            (headers, asset.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_names_fonts_that_are_served() {
        let style = std::str::from_utf8(find(url("beffroi.css")).unwrap().bytes).unwrap();
        assert!(!style.contains("asset:"));
        assert!(style.contains(url("text.woff2")));
    }
}
