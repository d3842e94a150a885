//! Links: towards a sheet that does not exist, or of a scheme that is never shown. (LIRE-12)

use super::Check;
use crate::{markdown, parse::content_key};

impl Check<'_> {
    pub(super) fn links(&mut self, slugs: &[String]) {
        let sheet = self.sheet;
        for (index, exclusion) in sheet.excludes.iter().enumerate() {
            if let Some(link) = exclusion.link.as_deref() {
                let path = format!("excludes[{index}].link");
                if dead(link, slugs) {
                    self.error(&path, format!("le lien « {link} » ne mène à aucune fiche"));
                }
            }
        }
        for block in sheet.sections.iter().flat_map(|section| &section.blocks) {
            let first = self.lines.at(&content_key(block.line));
            for (at, link, refused) in markdown::links(&block.markdown) {
                let line = first + block.markdown[..at].matches('\n').count();
                if refused {
                    self.error_at(
                        line,
                        format!("le lien « {link} » n’est ni une page, ni region:, ni school:"),
                    );
                } else if dead(&link, slugs) {
                    self.error_at(line, format!("le lien « {link} » ne mène à aucune fiche"));
                }
            }
        }
    }
}

fn dead(link: &str, slugs: &[String]) -> bool {
    let Some(rest) = link.strip_prefix("/catalogue/") else {
        return false;
    };
    let slug = rest.split(['/', '#', '?']).next().unwrap_or_default();
    !slug.is_empty() && !slugs.iter().any(|known| known == slug)
}
