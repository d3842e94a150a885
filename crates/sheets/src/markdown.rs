//! The Markdown of a block: safe HTML with the Region's commitments and the school's duties marked, and plain text.
//! (LIRE-05: marked by words and structure, not by colour alone)

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html::push_html};

use crate::model::Block;

/// What a link of a block is.
enum LinkKind {
    Commitment(String),
    Duty(String),
    Page,
    Refused,
}

pub(crate) fn options() -> Options {
    Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_TABLES
}

fn link_kind(destination: &str) -> LinkKind {
    let rules = |text: &str| -> String {
        text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ',')).collect()
    };
    if let Some(rest) = destination.strip_prefix("region:") {
        return LinkKind::Commitment(rules(rest));
    }
    if let Some(rest) = destination.strip_prefix("school:") {
        return LinkKind::Duty(rules(rest));
    }
    let local =
        (destination.starts_with('/') && !destination.starts_with("//")) || destination.starts_with('#');
    let outside = ["https://", "http://", "mailto:"].iter().any(|scheme| destination.starts_with(scheme));
    if local || outside { LinkKind::Page } else { LinkKind::Refused }
}

/// The destinations that are neither pages, mail, commitments nor duties; and all page links, with their offset.
pub(crate) fn links(markdown: &str) -> Vec<(usize, String, bool)> {
    Parser::new_ext(markdown, options())
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                let refused = matches!(link_kind(&dest_url), LinkKind::Refused);
                Some((range.start, dest_url.to_string(), refused))
            }
            _ => None,
        })
        .collect()
}

impl Block {
    /// Safe HTML: raw HTML, images and unknown links are dropped, their words kept.
    #[must_use]
    pub fn html(&self) -> String {
        let mut closings: Vec<Option<Event<'_>>> = Vec::new();
        let events = Parser::new_ext(&self.markdown, options()).filter_map(|event| match event {
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::Start(Tag::Image { .. })
            | Event::End(TagEnd::Image) => None,
            Event::Start(Tag::Link { ref dest_url, .. }) => {
                let (opening, closing) = match link_kind(dest_url) {
                    LinkKind::Commitment(rule) => spoken("commitment", &rule, "Engagement de la Région"),
                    LinkKind::Duty(rule) => spoken("duty", &rule, "Attendu de l’établissement"),
                    LinkKind::Page => (Some(event.clone()), Some(Event::End(TagEnd::Link))),
                    LinkKind::Refused => (None, None),
                };
                closings.push(closing);
                opening
            }
            Event::End(TagEnd::Link) => closings.pop().flatten(),
            event => Some(event),
        });
        let mut html = String::new();
        push_html(&mut html, events);
        html
    }

    /// Where its links lead: pages here and elsewhere, in the order of the text. (LIRE-12)
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        let page = |destination: &String| {
            matches!(link_kind(destination), LinkKind::Page)
                && !destination.starts_with(['#'])
                && !destination.starts_with("mailto:")
        };
        links(&self.markdown).into_iter().map(|(_, destination, _)| destination).filter(page).collect()
    }

    /// The words alone, for search, mail and PDF.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut text = String::new();
        for event in Parser::new_ext(&self.markdown, options()) {
            match event {
                Event::Text(words) | Event::Code(words) => text.push_str(&words),
                Event::SoftBreak => text.push(' '),
                Event::HardBreak
                | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::Heading(_) | TagEnd::TableRow) => {
                    text.push('\n');
                }
                Event::End(TagEnd::TableCell) => text.push(' '),
                _ => {}
            }
        }
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.join("\n")
    }
}

fn spoken(class: &str, rule: &str, words: &str) -> (Option<Event<'static>>, Option<Event<'static>>) {
    let opening = format!(
        "<strong class=\"{class}\" data-rule=\"{rule}\"><span class=\"visually-hidden\">{words}\u{a0}: </span>"
    );
    (Some(Event::InlineHtml(CowStr::from(opening))), Some(Event::InlineHtml(CowStr::from("</strong>"))))
}

#[cfg(test)]
mod tests {
    use crate::{Block, Origin};

    fn block(markdown: &str) -> Block {
        let markdown = markdown.to_owned();
        Block { id: "b".into(), title: None, origin: Origin::Official, step: None, markdown, line: 1 }
    }

    #[test]
    fn commitments_and_duties_are_spoken() {
        let html = block("La Région [installe](region:POSTE-05) ; [un câble](school:POSTE-07).").html();
        assert_eq!(
            html,
            "<p>La Région <strong class=\"commitment\" data-rule=\"POSTE-05\"><span class=\"visually-hidden\">\
             Engagement de la Région\u{a0}: </span>installe</strong> ; <strong class=\"duty\" data-rule=\"POSTE-07\">\
             <span class=\"visually-hidden\">Attendu de l’établissement\u{a0}: </span>un câble</strong>.</p>\n"
        );
    }

    #[test]
    fn nothing_dangerous_passes() {
        let html = block("a <b onclick=x>b</b> [c](javascript:alert) ![d](x.png) [e](region:\"><script>)\n\n<script>f</script>").html();
        assert!(
            !html.contains("<script") && !html.contains("onclick") && !html.contains("javascript"),
            "{html}"
        );
        assert!(html.contains('c') && html.contains('d'));
        assert!(block("[x](//ailleurs.fr)").html() == "<p>x</p>\n");
    }

    #[test]
    fn plain_text_keeps_lines() {
        assert_eq!(block("Un [lien](/x)\n\n- a\n- b").plain(), "Un lien\na\nb");
    }
}
