//! The front matter of a sheet: its identity, what it includes and excludes, what may be asked.

use super::{
    reader::{Node, Source},
    request,
};
use crate::{
    model::{Exclusion, Item, Sheet},
    words::SheetKind,
};

pub(super) fn sheet(mut root: Node<'_>, source: &mut Source<'_>) -> Sheet {
    let sheet = Sheet {
        slug: root.text("slug", source),
        kind: root.maybe_word("kind", source).unwrap_or(SheetKind::Service),
        title: root.text("title", source),
        order: order(&mut root, source),
        edition: root.text("edition", source),
        effective: root.date("effective", source),
        summary: root.text("summary", source),
        keywords: root.texts("keywords", source),
        to_complete: root.texts("to_complete", source),
        includes: root.tables("includes", source).into_iter().map(|node| item(node, source)).collect(),
        excludes: root.tables("excludes", source).into_iter().map(|node| exclusion(node, source)).collect(),
        requests: root
            .tables("request", source)
            .into_iter()
            .map(|node| request::request(node, source))
            .collect(),
        sections: Vec::new(),
    };
    root.finish(source);
    sheet
}

fn order(root: &mut Node<'_>, source: &mut Source<'_>) -> u32 {
    let faults = source.findings.len();
    root.count("order", source).unwrap_or_else(|| {
        if source.findings.len() == faults {
            root.fault("order", source, "« order » manque");
        }
        0
    })
}

fn item(mut node: Node<'_>, source: &mut Source<'_>) -> Item {
    let item = Item {
        text: node.text("text", source),
        origin: node.word("origin", source),
        rules: node.texts("rules", source),
    };
    node.finish(source);
    item
}

fn exclusion(mut node: Node<'_>, source: &mut Source<'_>) -> Exclusion {
    let exclusion = Exclusion {
        id: node.text("id", source),
        text: node.text("text", source),
        why: node.text("why", source),
        instead: node.text("instead", source),
        link: node.maybe_text("link", source),
        origin: node.word("origin", source),
        rules: node.texts("rules", source),
    };
    node.finish(source);
    exclusion
}
