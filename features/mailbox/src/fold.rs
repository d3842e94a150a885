//! What the author wrote, apart from what their program quoted under it and from their signature.
//! Pure. When in doubt nothing is folded: an answer written between the lines keeps its lines.

/// The words that begin what Outlook and others quote without any mark.
const SEPARATORS: &[&str] = &[
    "-----message d'origine-----",
    "----- message d'origine -----",
    "-----original message-----",
    "-------- message transféré --------",
    "---------- forwarded message",
    "-------- message d'origine --------",
    "-------- original message --------",
];
/// The first line of the headers that Outlook writes, with the one that must follow soon.
const HEADS: &[(&str, &[&str])] =
    &[("de :", &["envoyé :", "date :"]), ("de:", &["envoyé:", "date:"]), ("from:", &["sent:", "date:"])];
/// Where programs begin what they quote in HTML.
const HTML_MARKS: &[&str] = &[
    "<blockquote",
    "class=\"gmail_quote",
    "class=\"moz-cite-prefix",
    "id=\"divrplyfwdmsg",
    "id=\"appendonsend",
    "id=\"mail-editor-reference-message-container",
    "class=\"protonmail_quote",
    "class=\"yahoo_quoted",
];

/// The author's words and what is folded.
#[must_use]
pub(crate) fn fold(text: &str) -> (String, String) {
    let text = text.replace("\r\n", "\n").replace('\u{a0}', " ");
    let lines: Vec<&str> = text.lines().collect();
    let cut = [separator(&lines), attribution(&lines), trailing(&lines), signature(&lines)];
    let cut = cut.into_iter().flatten().min().unwrap_or(lines.len());
    let (said, quoted) = lines.split_at(cut);
    let unmarked =
        quoted.iter().map(|line| line.strip_prefix("> ").or(line.strip_prefix('>')).unwrap_or(line));
    (said.join("\n").trim().to_owned(), unmarked.collect::<Vec<_>>().join("\n").trim().to_owned())
}

/// The same for a mail that is HTML only: its own marks are looked at before its words.
#[must_use]
pub(crate) fn fold_html(html: &str) -> (String, String) {
    let lower = html.to_ascii_lowercase();
    let marks = HTML_MARKS.iter().filter_map(|mark| lower.find(mark));
    let cut =
        marks.min().map(|at| lower[..at].rfind('<').filter(|_| !lower[at..].starts_with('<')).unwrap_or(at));
    let (said, quoted) = html.split_at(cut.unwrap_or(html.len()));
    let (said, more) = fold(&as_text(said));
    let quoted = as_text(quoted);
    // A mail that is all quotation has been answered between the lines, or forwarded: keep it.
    if said.is_empty() {
        return (quoted.trim().to_owned(), String::new());
    }
    (said, format!("{more}\n{quoted}").trim().to_owned())
}

fn as_text(html: &str) -> String {
    mail_parser::decoders::html::html_to_text(html)
}

fn separator(lines: &[&str]) -> Option<usize> {
    let plain = |line: &str| line.trim().to_lowercase().replace('’', "'");
    lines
        .iter()
        .enumerate()
        .position(|(at, line)| {
            let line = plain(line);
            if SEPARATORS.iter().any(|mark| line.starts_with(mark)) {
                return true;
            }
            let bare = line.trim_start_matches('*');
            let head = HEADS.iter().find(|(first, _)| bare.starts_with(first));
            head.is_some_and(|(_, next)| {
                let soon = lines.iter().skip(at + 1).filter(|line| !line.trim().is_empty()).take(2);
                soon.into_iter().any(|line| {
                    let line = plain(line);
                    next.iter().any(|word| line.trim_start_matches('*').starts_with(word))
                })
            })
        })
        // The rule that Outlook draws above its headers goes with them.
        .map(|at| {
            lines[..at]
                .iter()
                .rposition(|line| !line.trim().is_empty())
                .filter(|above| is_rule(lines[*above]))
                .unwrap_or(at)
        })
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 10 && line.bytes().all(|byte| matches!(byte, b'_' | b'-'))
}

/// « Le lun. 5 oct. 2026 à 10:00, Beffroi <…> a écrit : », on one line or on two, with only marked
/// lines after it.
fn attribution(lines: &[&str]) -> Option<usize> {
    let at = (0..lines.len()).find(|at| {
        let two = format!("{} {}", lines[*at].trim(), lines.get(at + 1).map_or("", |line| line.trim()));
        let begins = ["le ", "on ", "am "].iter().any(|word| two.to_lowercase().starts_with(word));
        let ends = |line: &str| {
            let line = line.trim_end_matches([':', ' ']).to_lowercase();
            ["a écrit", "wrote", "schrieb", "à écrit"].iter().any(|word| line.ends_with(word))
        };
        begins && (ends(lines[*at]) || ends(&two)) && two.chars().any(|c| c.is_ascii_digit())
    })?;
    let after = lines[at..].iter().position(|line| line.starts_with('>'))? + at;
    (after <= at + 4 && only_marked(&lines[after..])).then_some(at)
}

/// Marked lines at the end, without the line that says who wrote them.
fn trailing(lines: &[&str]) -> Option<usize> {
    let first = lines.iter().position(|line| line.starts_with('>'))?;
    // A mail that begins by a quotation answers under it.
    (lines[..first].iter().any(|line| !line.trim().is_empty()) && only_marked(&lines[first..]))
        .then_some(first)
}

/// Nothing but marked lines, empty ones, and a signature at the end.
fn only_marked(lines: &[&str]) -> bool {
    let lines = &lines[..signature(lines).unwrap_or(lines.len())];
    lines.iter().all(|line| line.starts_with('>') || line.trim().is_empty())
}

/// Two dashes and a space on a line of their own begin a signature (RFC 3676).
fn signature(lines: &[&str]) -> Option<usize> {
    lines.iter().position(|line| *line == "-- " || *line == "--").filter(|at| lines.len() - at <= 15)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_program_quotes_its_own_way() {
        for quoted in [
            "> Bonjour,\n> la salle ?",
            "Le lun. 5 oct. 2026 à 10:00, Beffroi <a@b.example> a écrit :\n> Bonjour",
            "Le lun. 5 oct. 2026 à 10:00, Beffroi\n<a@b.example> a écrit :\n\n> Bonjour\n> \n> suite",
            "On Mon, Oct 5, 2026 at 10:00 AM Beffroi <a@b.example> wrote:\n> Hello",
            "-----Message d’origine-----\nDe : Beffroi\nBonjour",
            "________________________________\nDe : Beffroi <a@b.example>\nEnvoyé : lundi 5 octobre 2026 10:00\nÀ : C\nObjet : D\n\nBonjour",
            "*De :* Beffroi\n*Envoyé :* lundi\nBonjour",
            "From: Beffroi\nSent: Monday\nHello",
            "-- \nClaire Lens\nProviseure",
        ] {
            let (said, folded) = fold(&format!("C’est la salle 12.\n\nMerci\n\n{quoted}"));
            assert_eq!(said, "C’est la salle 12.\n\nMerci", "{quoted}");
            assert!(!folded.is_empty(), "{quoted}");
        }
    }

    #[test]
    fn what_is_not_a_quotation_stays() {
        for text in [
            "Le proviseur a écrit :\nvenez lundi",
            "> Quelle salle ?\nLa 12.\n> Quel poste ?\nLe 4.",
            "De : la salle 12\nvers la salle 14",
            "Liste :\n-- un\n-- deux",
        ] {
            assert_eq!(fold(text), (text.to_owned(), String::new()), "{text}");
        }
    }

    #[test]
    fn html_is_folded_at_its_own_marks() {
        let (said, quoted) = fold_html(
            "<p>Salle <b>12</b> &amp; 14.</p><div class=\"gmail_quote\"><p>Le lun. a écrit :</p><blockquote>Quelle salle ?</blockquote></div>",
        );
        assert_eq!(said, "Salle 12 & 14.");
        assert!(quoted.contains("Quelle salle ?"), "{quoted}");
        assert_eq!(fold_html("<blockquote>Transféré</blockquote>").0, "Transféré");
    }

    proptest! {
        #[test]
        fn no_text_is_lost(text in "[a-zé> \n:-]{0,200}") {
            let (said, quoted) = fold(&text);
            let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
            prop_assert_eq!(letters(&said) + letters(&quoted), letters(&text));
            let _ = fold_html(&text);
        }
    }
}
