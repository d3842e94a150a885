//! Help articles beside a form, and beside a request for those who treat it.

use std::sync::Arc;

use beffroi_catalogue::knowledge::{Shown, WriteArticles};
use beffroi_ui::form;
use chrono::TimeDelta;
use maud::{Markup, PreEscaped, html};

use super::request::RequestPage;
use crate::answered::KEPT_DAYS;
use crate::drafts::Draft;
use crate::model::State;

/// Up to three articles, folded, each with « Cela m’a répondu » sent to `action`.
pub(crate) fn beside(articles: &[Arc<Shown>], action: &str) -> Markup {
    html! {
        @if !articles.is_empty() {
            section.panel aria-labelledby="reponses" {
                h2 id="reponses" { "La réponse est peut-être ici" }
                @for article in articles {
                    details {
                        summary { (article.content.title) }
                        div {
                            div.prose { (PreEscaped(article.html.as_str())) }
                            div.actions {
                                form method="post" action=(action) {
                                    input type="hidden" name="article" value=(article.slug);
                                    button.secondary type="submit" { "Cela m’a répondu" span.visually-hidden { " : " (article.content.title) } }
                                }
                                a href={ "/aide/" (article.slug) } { "Ouvrir l’article" span.visually-hidden { " : " (article.content.title) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A draft closed by an answer: thanks, and the way back to it.
pub(crate) fn thanks(draft: &Draft, article: Option<&Shown>) -> Markup {
    let home = if draft.is_typed_in() {
        ("/saisir", "Saisir une autre demande")
    } else {
        ("/accueil", "Revenir à l’accueil")
    };
    html! {
        h1 { "Tant mieux\u{a0}: vous avez votre réponse" }
        p.lead { "Aucune demande n’est envoyée. Votre réponse compte\u{a0}: elle aide à garder les bons articles." }
        @if let Some(article) = article { p { "L’article\u{a0}: " a href={ "/aide/" (article.slug) } { (article.content.title) } } }
        p { "Votre brouillon «\u{a0}" (draft.kind().title) "\u{a0}» est gardé " (KEPT_DAYS) "\u{a0}jours, au cas où." }
        div.actions {
            a.button href=(home.0) { (home.1) }
            (form::button_form(&format!("/brouillons/{}/reprendre", draft.id), "Reprendre ma demande", "secondary", &[]))
        }
    }
}

/// The drafts that an article answered: they may still be taken up.
pub(crate) fn closed(drafts: &[Draft]) -> Markup {
    html! {
        @if !drafts.is_empty() {
            h2 { "Closes par un article d’aide" }
            ul.choices {
                @for draft in drafts {
                    li { a href={ "/brouillons/" (draft.id) "/repondu" } { (draft.kind().title) } @if let Some((at, _)) = draft.answered { p { "À reprendre jusqu’au " (beffroi_ui::date(at + TimeDelta::days(KEPT_DAYS))) ", si la réponse ne suffit pas." } } }
                }
            }
        }
    }
}

/// The way from a solved request to an article, for those who write them.
pub(crate) fn make_article(page: &RequestPage) -> Markup {
    let solved = matches!(page.folder.state, State::Resolved | State::Closed);
    let writes = page.folder.as_agent && page.access.permit::<WriteArticles>().is_some();
    html! {
        @if solved && writes {
            p.screen-only { a href=(page.action("article")) { "En faire un article" } }
        }
    }
}
