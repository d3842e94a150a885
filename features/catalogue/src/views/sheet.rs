//! A sheet: the same parts, in the same order, with the same anchors, whatever the service. (LIRE-01, LIRE-05, LIRE-06)

use beffroi_kernel::Access;
use beffroi_sheets::{Block, Exclusion, Item, Origin, RequestType, SectionKind, Sheet, SheetKind, Word};
use beffroi_ui::{Tone, breadcrumbs, details, facts, notice, tabs, tag};
use maud::{Markup, PreEscaped, html};

use super::{origin, step_html};
use crate::procedure::{SchoolProcedure, regional_steps};
use crate::routes::Here;
use crate::rules::procedure::{StepStatus, merge};
use crate::{Published, Step, Version};

/// Whose part of the sheet is shown. (LIRE-05)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The whole sheet.
    Both,
    /// What the Region does.
    Region,
    /// What the school must do.
    School,
}

impl Side {
    pub(crate) fn of(asked: Option<&str>) -> Self {
        match asked {
            Some("region") => Self::Region,
            Some("ecole") => Self::School,
            _ => Self::Both,
        }
    }

    fn keeps(self, html: &str) -> bool {
        match self {
            Self::Both => true,
            Self::Region => html.contains("class=\"commitment\""),
            Self::School => html.contains("class=\"duty\""),
        }
    }
}

/// Who reads, and what of their school goes with it.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub access: Option<&'a Access>,
    pub own: Option<&'a (Here, SchoolProcedure)>,
    /// Whether they may adapt the procedure of that school.
    pub adapts: bool,
    pub side: Side,
}

/// The page of the sheet that applies.
pub(crate) fn page(published: &Published, coming: Option<&Version>, reader: &Reader<'_>) -> Markup {
    let sheet = &published.sheet;
    let address = format!("/catalogue/{}", sheet.slug);
    let home = reader.own.map_or_else(|| address.clone(), |(here, _)| here.link(&address));
    let filter = |asked: &str, words: &str, side| {
        let joint = if home.contains('?') { '&' } else { '?' };
        let href = if asked.is_empty() { home.clone() } else { format!("{home}{joint}vue={asked}") };
        (href, words.to_owned(), reader.side == side)
    };
    html! {
        (breadcrumbs(&[("/catalogue", "Catalogue de services")]))
        h1 { (sheet.title) }
        p { (sheet.summary) }
        @if let Some(coming) = coming {
            (notice(Tone::Calm, "Une nouvelle version est publiée", html! {
                p {
                    "Elle s’appliquera le " (beffroi_ui::day(coming.effective_on)) ". "
                    a href={ (address) "/versions?de=" (published.number) "&a=" (coming.number) } { "Voir ce qui change" }
                }
            }))
        }
        (tabs("Afficher", &[
            filter("", "Toute la fiche", Side::Both),
            filter("region", "Ce que fait la Région", Side::Region),
            filter("ecole", "Ce que nous devons faire", Side::School),
        ]))
        (legend())
        (contents(sheet))
        (body(published, reader))
        p.screen-only {
            @let paper = format!("{address}/imprimer");
            a href=(reader.own.map_or_else(|| paper.clone(), |(here, _)| here.link(&paper))) { "Version à imprimer" }
            " · " a href={ (address) "/pdf" } { "PDF" }
            " · "
            a href={ (address) "/versions" } { "Version " (published.number) ", édition " (sheet.edition) ", en vigueur depuis le " (beffroi_ui::day(sheet.effective)) }
        }
    }
}

/// The page to print, with a warning when examples are still to adapt. (LIRE-09)
pub(crate) fn printed(published: &Published, reader: &Reader<'_>) -> Markup {
    let sheet = &published.sheet;
    html! {
        (breadcrumbs(&[("/catalogue", "Catalogue de services"), (&format!("/catalogue/{}", sheet.slug), &sheet.title)]))
        h1 { (sheet.title) }
        p { (sheet.summary) }
        p { "Version " (published.number) ", édition " (sheet.edition) ", en vigueur depuis le " (beffroi_ui::day(sheet.effective)) "." }
        @if let Some((here, procedure)) = reader.own {
            p { "Procédure de l’établissement : " (here.name) "." }
            (warning(here, procedure, reader.adapts))
        }
        p.screen-only { "Pour imprimer, utilisez la commande « Imprimer » de votre navigateur : seuls les textes sortiront." }
        (legend())
        (body(published, reader))
    }
}

/// A version that is not, or no longer, the one that applies.
pub(crate) fn old(published: &Published, current: Option<i32>) -> Markup {
    let (sheet, number) = (&published.sheet, published.number);
    let reader = Reader { access: None, own: None, adapts: false, side: Side::Both };
    let label = if current == Some(number) {
        "Version en vigueur"
    } else {
        "Cette version n’est pas celle en vigueur"
    };
    html! {
        (breadcrumbs(&[("/catalogue", "Catalogue de services"), (&format!("/catalogue/{}/versions", sheet.slug), "Versions")]))
        h1 { (sheet.title) ", version " (number) }
        (notice(Tone::Calm, label, html! {
            p { "Édition " (sheet.edition) ", applicable depuis le " (beffroi_ui::day(sheet.effective)) "." }
            @if let Some(current) = current.filter(|current| *current != number) {
                p { a href={ "/catalogue/" (sheet.slug) } { "Lire la version " (current) ", en vigueur" } }
            }
        }))
        (legend())
        (body(published, &reader))
    }
}

fn warning(here: &Here, procedure: &SchoolProcedure, adapts: bool) -> Markup {
    let examples = procedure.unadapted();
    html! {
        @if !examples.is_empty() {
            (notice(Tone::Warn, "Des exemples ne sont pas encore adaptés", html! {
                p { "Adaptez-les à votre établissement ou retirez-les avant de diffuser cette procédure :" }
                ul { @for step in &examples { li { (step.text.title) } } }
                @if adapts {
                    p.screen-only { a href=(here.link(&format!("/etablissement/procedures/{}", procedure.published.sheet.slug))) { "Adapter la procédure" } }
                }
            }))
        }
    }
}

fn legend() -> Markup {
    html! {
        p.legend {
            "Dans les textes : "
            span.commitment { "engagement de la Région" } " · " span.duty { "attendu de l’établissement" }
        }
    }
}

fn contents(sheet: &Sheet) -> Markup {
    html! {
        nav.screen-only aria-label="Dans cette fiche" {
            ul {
                @for kind in shown(sheet) { li { a href={ "#" (kind.anchor()) } { (kind.title()) } } }
                @if !sheet.requests.is_empty() { li { a href="#demandes" { "Ce que vous pouvez demander" } } }
            }
        }
    }
}

/// The parts of the sheet: all of them for a service, those written for a page.
fn shown(sheet: &Sheet) -> impl Iterator<Item = SectionKind> {
    let all = sheet.kind == SheetKind::Service;
    SectionKind::ALL.iter().copied().filter(move |kind| all || sheet.section(*kind).is_some())
}

fn body(published: &Published, reader: &Reader<'_>) -> Markup {
    let sheet = &published.sheet;
    html! {
        @for kind in shown(sheet) {
            section id=(kind.anchor()) aria-labelledby={ (kind.anchor()) "-titre" } {
                h2 id={ (kind.anchor()) "-titre" } { (kind.title()) }
                @match kind {
                    SectionKind::Service => { (blocks(sheet, kind, Side::Both)) (scope(sheet, reader.side)) },
                    SectionKind::Advice => {
                        p.hint { "Ces conseils viennent de situations fréquentes. Ils n’empêchent jamais une demande." }
                        (blocks(sheet, kind, reader.side))
                    },
                    SectionKind::Procedure => (procedure(published, reader)),
                    SectionKind::Detail | SectionKind::More => (blocks(sheet, kind, reader.side)),
                }
            }
        }
        @if !sheet.requests.is_empty() { (requests(sheet, reader)) }
        @if !sheet.to_complete.is_empty() { (to_complete(sheet)) }
    }
}

fn blocks(sheet: &Sheet, kind: SectionKind, side: Side) -> Markup {
    let written: &[Block] = sheet.section(kind).map_or(&[], |section| section.blocks.as_slice());
    let kept: Vec<(&Block, String)> =
        written.iter().map(|block| (block, block.html())).filter(|(_, html)| side.keeps(html)).collect();
    html! {
        @if written.is_empty() { p { "Rien n’est écrit ici pour ce service." } }
        @else if kept.is_empty() { p { "Rien dans cette partie pour la vue choisie." } }
        @for (block, text) in &kept {
            div.block.summary[block.origin == Origin::Summary] id=(block.id) {
                @if let Some(title) = &block.title { h3 { (title) } }
                (PreEscaped(text))
                (origin(block.origin))
            }
        }
    }
}

/// « Comprend » and « Ne comprend pas ».
fn scope(sheet: &Sheet, side: Side) -> Markup {
    html! {
        @if sheet.kind == SheetKind::Service {
            @if side != Side::School {
                h3 id="comprend" { "Comprend" }
                @if sheet.includes.is_empty() { p { "Cette liste reste à compléter." } }
                ul { @for item in &sheet.includes { (included(item)) } }
            }
            h3 id="ne-comprend-pas" { "Ne comprend pas" }
            @if sheet.excludes.is_empty() { p { "Cette liste reste à compléter." } }
            ul { @for exclusion in &sheet.excludes { (excluded(exclusion)) } }
        }
    }
}

fn included(item: &Item) -> Markup {
    html! { li { (item.text) (inline_origin(item.origin)) } }
}

fn excluded(exclusion: &Exclusion) -> Markup {
    html! {
        li id={ "exclusion-" (exclusion.id) } {
            strong { (exclusion.text) } (inline_origin(exclusion.origin)) ". "
            (exclusion.why) " " (exclusion.instead)
            @if let Some(link) = &exclusion.link { " " a href=(link) { "En savoir plus" span.visually-hidden { " : " (exclusion.text) } } }
        }
    }
}

fn inline_origin(origin: Origin) -> Markup {
    html! {
        " " span.origin {
            @match origin {
                Origin::Summary => "(résumé automatique, sans valeur d’engagement)",
                Origin::Official | Origin::Local => { "(" (origin.label()) ")" },
            }
        }
    }
}

fn procedure(published: &Published, reader: &Reader<'_>) -> Markup {
    let sheet = &published.sheet;
    let regional = regional_steps(sheet);
    let plain = merge(regional, &[], &|_, _| None);
    let steps: &[Step] = reader.own.map_or(&plain, |(_, procedure)| &procedure.steps);
    let kept: Vec<(&Step, Markup)> = steps
        .iter()
        .filter(|step| step.status != StepStatus::Removed)
        .map(|step| (step, step_html(&step.text)))
        // An imposed step and a school's own step are the school's to follow.
        .filter(|(step, html)| {
            reader.side.keeps(&html.0) || (reader.side == Side::School && step.status != StepStatus::Example)
        })
        .collect();
    html! {
        @if let Some((here, procedure)) = reader.own {
            @if !steps.is_empty() {
                p { "Telle que " strong { (here.name) } " l’a adaptée à son organisation." }
                @if reader.adapts {
                    p.screen-only {
                        a href=(here.link(&format!("/etablissement/procedures/{}", sheet.slug))) { "Adapter la procédure" }
                        @if procedure.to_review() > 0 { " " (tag(Tone::Warn, "à revoir")) }
                    }
                }
            }
        }
        @if kept.is_empty() { p { "Rien dans cette partie." } }
        @for (step, text) in &kept {
            div.block.example[step.status == StepStatus::Example] id=(step.id) {
                h3 { (step.text.title) }
                p { (status_tag(step.status)) }
                (text)
                @if let Some(block) = regional.iter().find(|block| block.id == step.id && matches!(step.status, StepStatus::Imposed | StepStatus::Example)) {
                    (origin(block.origin))
                }
            }
        }
    }
}

/// The status of a step, in words.
pub(crate) fn status_tag(status: StepStatus) -> Markup {
    let tone = match status {
        StepStatus::Imposed => Tone::Calm,
        StepStatus::Example => Tone::Warn,
        StepStatus::Adapted | StepStatus::Added => Tone::Good,
        StepStatus::Removed => Tone::Quiet,
    };
    tag(tone, status.label())
}

fn requests(sheet: &Sheet, reader: &Reader<'_>) -> Markup {
    html! {
        section id="demandes" aria-labelledby="demandes-titre" {
            h2 id="demandes-titre" { "Ce que vous pouvez demander" }
            @for request in &sheet.requests {
                div.block id={ "demande-" (request.id) } {
                    h3 { (request.title) }
                    p { (request.description) }
                    (terms(request))
                    p.screen-only { a href={ "/delais/" (sheet.slug) "/" (request.id) } { "Délais mesurés" span.visually-hidden { " : " (request.title) } } }
                    (start(sheet, request, reader.access))
                }
            }
        }
    }
}

fn terms(request: &RequestType) -> Markup {
    let roles: Vec<&str> = request.who.iter().map(|role| role.label()).collect();
    let mut lines = vec![
        ("Nature".into(), html! { (request.nature.label()) }),
        ("Qui peut demander".into(), html! { (roles.join(", ")) }),
        ("Première réponse".into(), html! { (request.first_answer.words()) }),
        ("Solution".into(), html! { (request.solution.words()) }),
        ("Origine des délais".into(), html! { (request.delay_origin.label()) }),
    ];
    if request.act.as_ref().is_some_and(|act| act.passkey) {
        lines.push((
            "Signature".into(),
            html! { "avec une clé d’accès seulement, un mot de passe ne suffit pas" },
        ));
    }
    facts(&lines)
}

fn start(sheet: &Sheet, request: &RequestType, access: Option<&Access>) -> Markup {
    let may = access.is_none_or(|access| request.who.iter().any(|role| access.holds(*role)));
    html! {
        @if !request.next.is_empty() {
            (details("Ce qui se passe ensuite", html! { ol { @for step in &request.next { li { (step) } } } }))
        }
        @if may {
            p.screen-only {
                a.button href={ "/demander/" (sheet.slug) "/" (request.id) } { "Commencer" span.visually-hidden { " : " (request.title) } }
            }
        } @else {
            p.screen-only { "Vos fonctions actuelles ne permettent pas de faire cette demande : adressez-vous à l’une des personnes citées." }
        }
    }
}

fn to_complete(sheet: &Sheet) -> Markup {
    notice(
        Tone::Quiet,
        "À compléter",
        html! { p { "Le texte d’origine est incomplet sur ces points :" } ul { @for missing in &sheet.to_complete { li { (missing) } } } },
    )
}
