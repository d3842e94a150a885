//! Rich text of other tools as plain text, and back: tags never reach a page of ours.

use scraper::{Html, Node, Selector};

/// Elements that begin a line of their own.
const BLOCKS: &[&str] =
    &["p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"];
/// Elements whose content nobody reads.
const UNREAD: &[&str] = &["script", "style", "head", "title", "template"];

/// Rich text with its tags: some versions give them escaped once more.
fn tags(html: &str) -> String {
    let escaped = !html.contains('<') && (html.contains("&lt;") || html.contains("&#60;"));
    if escaped { words(html) } else { html.to_owned() }
}

/// The numbers of the documents of GLPI that a rich text shows as pictures.
pub(super) fn images(html: &str) -> Vec<String> {
    let Ok(picture) = Selector::parse("img[src]") else { return Vec::new() };
    let fragment = Html::parse_fragment(&tags(html));
    let sources = fragment.select(&picture).filter_map(|one| one.value().attr("src"));
    sources.filter_map(|source| Some(digits(source.split_once("docid=")?.1))).collect()
}

fn digits(text: &str) -> String {
    text.chars().take_while(char::is_ascii_digit).collect()
}

/// The words of a rich text, line by line.
pub(super) fn from_html(html: &str) -> String {
    let text = words(&tags(html));
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut kept: Vec<&str> = Vec::new();
    for line in lines {
        let blank = line.trim().is_empty();
        if !(blank && kept.last().is_none_or(|last| last.trim().is_empty())) {
            kept.push(if blank { "" } else { line });
        }
    }
    kept.join("\n").trim_end().to_owned()
}

fn words(html: &str) -> String {
    let fragment = Html::parse_fragment(html);
    let mut text = String::new();
    for node in fragment.tree.root().descendants() {
        match node.value() {
            Node::Element(element) if BLOCKS.contains(&element.name()) && !text.is_empty() => text.push('\n'),
            Node::Text(words) => {
                let inside =
                    node.parent().and_then(|parent| parent.value().as_element().map(|one| one.name()));
                if !inside.is_some_and(|name| UNREAD.contains(&name)) {
                    text.push_str(words);
                }
            }
            _ => {}
        }
    }
    text
}

/// Plain text as rich text: a paragraph, its lines kept.
pub(super) fn to_html(text: &str) -> String {
    let mut html = String::from("<p>");
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\n' => html.push_str("<br>"),
            '\r' => {}
            other => html.push(other),
        }
    }
    html.push_str("</p>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rich_text_becomes_its_words() {
        let cases = [
            ("<p>Bonjour,</p><p>c&eacute; fini.</p>", "Bonjour,\ncé fini."),
            ("&#60;p&#62;Deux &#38;lt; trois&#60;/p&#62;", "Deux < trois"),
            ("un<br>deux<script>alert(1)</script>", "un\ndeux"),
            ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
            ("<p>a</p><p></p><p></p><p>b</p>", "a\n\nb"),
            ("sans balise", "sans balise"),
        ];
        for (html, text) in cases {
            assert_eq!(from_html(html), text, "{html}");
        }
    }

    #[test]
    fn pictures_of_a_rich_text_are_documents() {
        let html = r#"<p>Voici <img src="/front/document.send.php?docid=12&amp;itemtype=Ticket&amp;items_id=1" alt="écran"></p><img src="https://ailleurs.example/1.png">"#;
        assert_eq!(images(html), ["12"]);
        let escaped = html.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
        assert_eq!(images(&escaped), ["12"], "as GLPI 10 keeps them");
        assert!(images("sans image").is_empty());
    }

    #[test]
    fn words_go_and_come_back_as_they_are() {
        for text in ["Salle 204 <porte>\n\n— Nora & Co", "a", "« Ça »"] {
            assert_eq!(from_html(&to_html(text)), text);
        }
        assert!(!to_html("<img src=x onerror=alert(1)>").contains("<img"));
    }
}
