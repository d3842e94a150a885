//! A page that follows what changes: the script reads the page again and replaces the parts marked
//! `data-live-part`. Without JavaScript nothing of it shows.

use beffroi_web_assets::url;
use maud::{Markup, html};

/// What a page follows.
#[derive(Clone, Copy, Debug)]
pub struct Live<'a> {
    /// What `/direct` is asked about.
    pub subject: &'a str,
    /// What the page shows, to be compared with what the stream says first; may be empty.
    pub seen: &'a str,
    /// The address to read again; empty for the page's own.
    pub page: &'a str,
    /// Where to say that one is there.
    pub presence: Option<&'a str>,
    /// What to say of lines that came in, one and several: `nouvelle ligne|nouvelles lignes`.
    pub added: &'a str,
}

impl Live<'_> {
    /// The line where changes are said, with a button that stops them (the script makes it), and
    /// the script.
    #[must_use]
    pub fn markup(&self) -> Markup {
        html! {
            div.live data-live=(self.subject) data-live-seen=(self.seen) data-live-page=(self.page)
                data-live-presence=[self.presence] data-live-added=(self.added) {
                p.present id="presence" {}
                p.said role="status" {}
            }
            script src=(url("live.js")) defer {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_follows_loads_the_script_that_does_it() {
        let live = Live { subject: "file", seen: "", page: "", presence: None, added: "" };
        let html = live.markup().into_string();
        assert!(html.contains(r#"data-live="file""#), "{html}");
        assert!(!url("live.js").ends_with("inconnu"), "the script is served");
        assert!(!html.contains("presence="), "{html}");
    }
}
