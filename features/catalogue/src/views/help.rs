//! The help articles: the list by theme, the search, one article and the question under it.

use std::sync::Arc;

use beffroi_kernel::Access;
use beffroi_ui::{Tone, choices, details, empty, form, notice};
use maud::{Markup, PreEscaped, html};

use crate::knowledge::{ArticleOrigin, Audience, Shown, WriteArticles};
use crate::{Hit, Published};

/// Every article this person may read, by theme.
pub(crate) fn all(articles: &[Arc<Shown>], sheets: &[Arc<Published>], writes: bool) -> Markup {
    let of = |theme: &str| {
        let items = articles.iter().filter(move |article| article.content.theme == theme).map(line);
        items.collect::<Vec<_>>()
    };
    let themed: Vec<(&str, Vec<_>)> = sheets
        .iter()
        .map(|published| (published.sheet.title.as_str(), of(&published.sheet.slug)))
        .filter(|(_, items)| !items.is_empty())
        .collect();
    let others: Vec<_> = articles
        .iter()
        .filter(|article| !sheets.iter().any(|published| published.sheet.slug == article.content.theme))
        .map(line)
        .collect();
    html! {
        h1 { "Aide" }
        p.lead { "Les réponses aux questions les plus courantes, relues par les équipes de la Région." }
        (search_box(""))
        @if writes { p { a href="/aide/redaction" { "Écrire ou relire des articles" } } }
        @if articles.is_empty() {
            (empty(html! { p { "Aucun article n’est publié pour l’instant. Le " a href="/catalogue" { "catalogue de services" } " dit ce que la Région fait et ce que vous pouvez demander." } }))
        }
        @for (title, items) in &themed { h2 { (title) } (choices(items)) }
        @if !others.is_empty() { h2 { "Autres questions" } (choices(&others)) }
        h2 { "Se servir de ce site" }
        (choices(&[("/aide/utiliser-beffroi".into(), "Utiliser Beffroi".into(), "Faire une demande, la suivre, valider, se faire remplacer, se connecter.".into())]))
    }
}

fn line(article: &Arc<Shown>) -> (String, String, String) {
    let for_agents = article.content.audience == Audience::Agents;
    let note = if for_agents { "Pour les agents seulement." } else { "" };
    (format!("/aide/{}", article.slug), article.content.title.clone(), note.to_owned())
}

/// What answers a search: articles, then sheets.
pub(crate) fn found(query: &str, articles: &[Arc<Shown>], sheets: &[Hit]) -> Markup {
    let services: Vec<(String, String, String)> = sheets
        .iter()
        .take(3)
        .map(|hit| {
            let sheet = &hit.published.sheet;
            (format!("/catalogue/{}", sheet.slug), sheet.title.clone(), sheet.summary.clone())
        })
        .collect();
    html! {
        h1 { "Aide" }
        (search_box(query))
        h2 role="status" {
            @match articles.len() {
                0 => { "Aucun article ne répond à «\u{a0}" (query) "\u{a0}»" },
                1 => { "Un article répond à «\u{a0}" (query) "\u{a0}»" },
                count => { (count) " articles répondent à «\u{a0}" (query) "\u{a0}»" },
            }
        }
        @if articles.is_empty() {
            (empty(html! {
                p { "Essayez un mot plus courant, par exemple «\u{a0}imprimante\u{a0}» ou «\u{a0}mot de passe\u{a0}»." }
                p { a href="/aide" { "Voir tous les articles" } }
            }))
        } @else { (choices(&articles.iter().map(line).collect::<Vec<_>>())) }
        @if !services.is_empty() { h2 { "Dans le catalogue de services" } (choices(&services)) }
    }
}

fn search_box(query: &str) -> Markup {
    html! {
        form.search method="get" action="/aide" role="search" {
            div.field {
                label for="q" { "Quelle est votre question\u{a0}?" }
                p.hint id="q-hint" { "Quelques mots suffisent\u{a0}; les accents et les fautes de frappe ne comptent pas." }
                input type="search" id="q" name="q" value=(query) aria-describedby="q-hint" maxlength="200";
            }
            button type="submit" { "Chercher" }
        }
    }
}

/// One article, and what its reader just said of it.
pub(crate) struct Article<'a> {
    pub(crate) article: &'a Shown,
    pub(crate) sheets: &'a [Arc<Published>],
    pub(crate) access: Option<&'a Access>,
    pub(crate) said: Option<&'a str>,
}

pub(crate) fn article(page: &Article) -> Markup {
    let Shown { content, html, published_at, .. } = page.article;
    let edits = page.access.is_some_and(|access| access.permit::<WriteArticles>().is_some());
    html! {
        (beffroi_ui::breadcrumbs(&[("/aide", "Aide")]))
        h1 { (content.title) }
        @if content.audience == Audience::Agents {
            (notice(Tone::Warn, "Pour les agents seulement", html! { p { "Les établissements ne voient pas cette page." } }))
        }
        div.prose { (PreEscaped(html.as_str())) }
        (origin(page))
        p.quiet { "Relu et publié le " (beffroi_ui::date(*published_at)) "." }
        (question(page))
        @if edits { p { a href={ "/aide/redaction/" (page.article.id) } { "Modifier cet article" } } }
    }
}

fn origin(page: &Article) -> Markup {
    let sheet = |slug: &str| page.sheets.iter().find(|published| published.sheet.slug == slug);
    let agent = Audience::Agents.admits(page.access);
    html! {
        @match &page.article.origin {
            ArticleOrigin::Sheet(slug, block, number) => {
                @if let Some(published) = sheet(slug) {
                    p.origin {
                        "D’après la fiche " a href={ "/catalogue/" (slug) "#" (block) } { (published.sheet.title) }
                        ", version " (number)
                        @if *number < published.number { " (la fiche en est à la version " (published.number) ")" }
                        "."
                    }
                }
            }
            ArticleOrigin::Request(reference) => {
                @if agent { p.origin { "D’après la demande " a href={ "/demandes/" (reference) } { (reference) } ", lisible par les agents seulement." } }
            }
            ArticleOrigin::Own => {}
        }
    }
}

/// « Cela répond-il à ma question ? », then what to do when it does not.
fn question(page: &Article) -> Markup {
    let post = format!("/aide/{}/avis", page.article.slug);
    html! {
        section id="avis" aria-labelledby="avis-titre" {
            h2 id="avis-titre" { "Cela répond-il à ma question\u{a0}?" }
            @match page.said {
                Some("oui") => (notice(Tone::Good, "Merci", html! { p role="status" { "Votre réponse est comptée. Elle aide à garder les articles utiles." } })),
                Some("mots") => {
                    (notice(Tone::Good, "Merci", html! { p role="status" { "Votre remarque est transmise à ceux qui écrivent les articles." } }))
                    (requests(page))
                }
                Some("non") => {
                    (notice(Tone::Calm, "C’est noté", html! { p role="status" { "Cet article ne vous a pas répondu." } }))
                    (requests(page))
                    form method="post" action=(post) {
                        input type="hidden" name="reponse" value="non";
                        (form::long_text(&form::Field::new("mots", "Que manque-t-il\u{a0}? (facultatif)").hint("N’écrivez ni nom ni mot de passe.")))
                        div.actions { button.secondary type="submit" { "Envoyer la remarque" } }
                    }
                }
                _ => {
                    div.actions {
                        (form::button_form(&post, "Oui", "secondary", &[("reponse", "oui")]))
                        (form::button_form(&post, "Non", "secondary", &[("reponse", "non")]))
                    }
                    @if !page.article.content.requests.is_empty() {
                        (details("Il me faut quelqu’un\u{a0}: faire une demande", requests(page)))
                    }
                }
            }
        }
    }
}

/// The requests that this article may spare, for when it did not.
fn requests(page: &Article) -> Markup {
    let items: Vec<(String, String, String)> = page
        .article
        .content
        .requests
        .iter()
        .filter_map(|(slug, kind)| {
            let published = page.sheets.iter().find(|published| published.sheet.slug == *slug)?;
            let request = published.sheet.request(kind)?;
            Some((format!("/demander/{slug}/{kind}"), request.title.clone(), request.description.clone()))
        })
        .collect();
    html! {
        @if items.is_empty() {
            p { a href="/catalogue" { "Chercher la bonne demande dans le catalogue" } }
        } @else {
            p { "Vous pouvez demander\u{a0}:" }
            (choices(&items))
        }
    }
}
