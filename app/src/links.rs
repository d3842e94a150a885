//! How links of published texts are looked at: by the client of webhooks, which goes nowhere inside the
//! house that the operator did not open. (LIRE-12)

use beffroi_api::Networks;
use beffroi_api::webhooks::{Looked, look};
use beffroi_catalogue::links::{Look, Probe};

/// Looks from this machine.
pub(crate) struct FromHere(pub(crate) Networks);

impl Probe for FromHere {
    fn look(&self, url: &str) -> Look {
        match look(url, &self.0) {
            Looked::Status(404 | 410) => Look::Gone("le site dit que cette page n’existe pas".into()),
            Looked::Status(status) if status >= 500 => {
                Look::Away(format!("le site répond par une erreur ({status})"))
            }
            // Elsewhere, or for its own people: somebody is there.
            Looked::Status(_) => Look::Alive,
            Looked::Away(why) => Look::Away(why),
            Looked::Forbidden => Look::Untold,
        }
    }
}
