//! The site as devices know it: its name, its host, its only origin.

use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

use crate::Site;

/// What checks the answers of devices; nothing where the public address is a number, for which browsers
/// keep no key.
pub(super) fn party(site: &Site) -> Option<Webauthn> {
    let origin = Url::parse(&site.base_url).ok()?;
    let host = origin.domain()?;
    WebauthnBuilder::new(host, &origin).ok()?.rp_name("Beffroi").build().ok()
}

#[cfg(test)]
mod tests {
    use beffroi_db::{Db, db_test};

    use super::*;

    #[db_test]
    async fn keys_belong_to_a_name_rather_than_to_a_number(db: Db) {
        let cases = [
            ("https://beffroi.example", true),
            ("http://localhost:8080", true),
            ("http://127.0.0.1:8080", false),
            ("", false),
        ];
        for (base_url, works) in cases {
            let site = Site { db: db.clone(), base_url: base_url.into(), secure_cookies: false };
            assert_eq!(party(&site).is_some(), works, "{base_url}");
        }
    }
}
