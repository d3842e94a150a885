//! Words made comparable: search keys, slugs, near names, and text cleaned of stray spaces.

/// A text without capitals, accents or typographic variants, for search and comparison.
#[must_use]
pub fn slug_search_key(s: &str) -> String {
    let mut key = String::with_capacity(s.len());
    for c in s.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'â' | 'ä' | 'á' | 'ã' | 'å' => key.push('a'),
            'ç' => key.push('c'),
            'é' | 'è' | 'ê' | 'ë' => key.push('e'),
            'î' | 'ï' | 'í' | 'ì' => key.push('i'),
            'ñ' => key.push('n'),
            'ô' | 'ö' | 'ó' | 'ò' | 'õ' => key.push('o'),
            'ù' | 'û' | 'ü' | 'ú' => key.push('u'),
            'ÿ' | 'ý' => key.push('y'),
            'œ' => key.push_str("oe"),
            'æ' => key.push_str("ae"),
            '’' | '‘' | 'ʼ' => key.push('\''),
            '‐' | '‑' | '–' | '—' => key.push('-'),
            // Accents written as separate characters.
            '\u{300}'..='\u{36f}' => {}
            c if c.is_whitespace() => key.push(' '),
            c => key.push(c),
        }
    }
    key
}

/// A slug made of a title: lower case, unaccented, words joined by hyphens.
pub(crate) fn slugify(title: &str) -> String {
    let key = slug_search_key(title);
    let words: Vec<&str> =
        key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.join("-")
}

/// Whether the text is a kebab-case slug.
pub(crate) fn is_slug(text: &str) -> bool {
    !text.is_empty() && slugify(text) == text
}

/// Whether the text is a snake_case identifier usable in expressions.
pub(crate) fn is_field_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The nearest of the known names, when a slip of the keyboard explains the difference.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= 2 && *distance < name.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// « vouliez-vous dire … ? », or nothing.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |near| format!(" ; vouliez-vous dire « {near} » ?"))
}

/// One line of text: trimmed, inner runs of spaces reduced to one.
pub(crate) fn one_line(raw: &str) -> String {
    raw.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Several lines of text: same line endings everywhere, no trailing spaces, no blank lines around.
pub(crate) fn many_lines(raw: &str) -> String {
    let unified = raw.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = unified.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_keys_ignore_case_accents_and_typography() {
        assert_eq!(slug_search_key("Œuvre d’ÉTÉ"), "oeuvre d'ete");
        assert_eq!(slug_search_key("E\u{301}lève"), "eleve");
        assert_eq!(slugify("Serveurs traitements & données"), "serveurs-traitements-donnees");
    }

    #[test]
    fn a_slip_finds_its_name() {
        assert_eq!(nearest("titel", ["title", "order"]), Some("title"));
        assert_eq!(nearest("kind", ["title", "order"]), None);
    }
}
