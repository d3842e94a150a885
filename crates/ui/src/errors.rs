//! Pages for when something is in the way: what happened, and the ways out. Not rendered yet: who is signed in finds
//! their own header there.

use maud::{Markup, html};

use crate::Page;

fn sorry(title: &str, body: Markup) -> Page {
    Page::new(title, html! { h1 { (title) } (body) })
}

fn ways_out() -> Markup {
    html! { p { a href="/" { "Retour à l’accueil" } " · " a href="/catalogue" { "Catalogue de services" } } }
}

/// 404: it does not exist, or not for this person.
#[must_use]
pub fn not_found() -> Page {
    let body = html! {
        p { "L’adresse est peut-être mal recopiée, ou la page concerne un établissement que vos fonctions ne vous permettent pas de voir." }
        (ways_out())
    };
    sorry("Page introuvable", body)
}

/// 403, with why and what to do.
#[must_use]
pub fn forbidden(why: &str) -> Page {
    sorry("Vous ne pouvez pas faire cela", html! { p { (why) } (ways_out()) })
}

/// What was sent cannot be used.
#[must_use]
pub fn invalid(why: &str) -> Page {
    sorry(
        "Cela n’a pas été pris en compte",
        html! { p { (why) } p { "Revenez à la page précédente : ce que vous avez écrit y est encore." } (ways_out()) },
    )
}

/// 429: too often. What a form carried is there to be sent again.
#[must_use]
pub fn too_many(seconds: u64, again: Option<(&str, &[(String, String)])>) -> Page {
    let wait = if seconds == 1 { "une seconde".to_owned() } else { format!("{seconds}\u{a0}secondes") };
    let body = html! {
        p { "Trop de pages ont été demandées en une minute depuis votre compte ou votre réseau : celle-ci n’a pas été faite." }
        @match again {
            Some((path, fields)) => {
                p { "Ce que vous avez écrit est gardé sur cette page. Attendez " (wait) ", puis renvoyez-le." }
                form method="post" action=(path) {
                    @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                    (crate::form::submit("Renvoyer"))
                }
            },
            None => p { "Attendez " (wait) ", puis revenez à la page précédente : ce que vous avez écrit y est encore." },
        }
        p { "Si vous n’avez rien fait de tel, un autre programme agit peut-être avec votre compte : "
            a href="/compte" { "voyez vos sessions" } "." }
        (ways_out())
    };
    sorry("Attendez un instant", body)
}

/// 503: the database does not answer.
#[must_use]
pub fn unavailable() -> Page {
    let body = html! {
        p { "Beffroi n’arrive pas à joindre sa base de données. Vos brouillons enregistrés sont conservés ; rien de ce qui était confirmé n’est perdu." }
        p { "Attendez une minute, puis rechargez cette page : votre navigateur proposera de renvoyer ce que vous veniez d’écrire." }
        (ways_out())
    };
    sorry("Service momentanément indisponible", body)
}

/// 500: a fault of ours.
#[must_use]
pub fn internal() -> Page {
    let body = html! {
        p { "Une erreur s’est produite de notre côté. Les étapes déjà enregistrées de votre demande sont conservées." }
        p { "Revenez à la page précédente et réessayez. Si l’erreur persiste, prévenez l’assistance en indiquant l’heure." }
        (ways_out())
    };
    sorry("Une erreur est survenue", body)
}
