//! The page where a second factor is made or shown.

use beffroi_kernel::Access;
use beffroi_ui::form::{self, Field};
use beffroi_ui::{Page, Tone, choices, details, notice};
use maud::{Markup, html};

use super::{Faults, factors, shell};
use crate::Fault;
use crate::protection::Need;

/// Where a person stands.
pub(crate) struct SecondFactor<'a> {
    pub access: &'a Access,
    pub need: Need,
    /// They have a passkey that works here.
    pub key: bool,
    /// Passkeys work at this address.
    pub keys_work: bool,
    /// They have an application that gives codes.
    pub code: bool,
    /// Where they go on.
    pub next: &'a str,
    pub fault: Option<&'a str>,
}

pub(crate) fn second_factor(page: &SecondFactor) -> Markup {
    let (title, body) = match page.need {
        Need::Prove => ("Montrez que c’est bien vous", proving(page)),
        _ => ("Protégez votre compte", making(page)),
    };
    let body = html! {
        (body)
        (details("Besoin d’aide ?", html! {
            p { "Téléphone perdu ou changé, appareil qui refuse : adressez-vous à la Région. Après avoir vérifié qui vous êtes, elle remet votre compte à zéro." }
            p { a href="/aide" { "Lire l’aide" } }
        }))
    };
    let shown = Page::new(title, body).with_script("passkeys.js").with_errors(page.fault.is_some());
    shell(Some(page.access), "/compte/second-facteur", shown)
}

/// Those who have none yet.
fn making(page: &SecondFactor) -> Markup {
    let key = (
        "/compte/cles".to_owned(),
        "Faire une clé d’accès".to_owned(),
        "Votre téléphone, votre ordinateur ou une clé USB vous reconnaît : ni code ni mot de passe à saisir ensuite.".to_owned(),
    );
    let code = (
        "/compte/code".to_owned(),
        "Activer un code à usage unique".to_owned(),
        "Une application de votre téléphone affiche un code, à saisir après le mot de passe.".to_owned(),
    );
    let ways: Vec<_> = page.keys_work.then_some(key).into_iter().chain(std::iter::once(code)).collect();
    html! {
        h1 { "Protégez votre compte" }
        p.lead { "Vos fonctions donnent accès à beaucoup : la Région demande, en plus du mot de passe, une preuve que vous seul avez." }
        @if let Need::Soon(until) = page.need {
            (notice(Tone::Warn, "À faire bientôt", html! {
                p { "Avant le " (beffroi_ui::date(until)) ". Ensuite, rien d’autre ne s’ouvrira tant que ce n’est pas fait. Comptez deux minutes." }
            }))
        } @else {
            (notice(Tone::Warn, "À faire maintenant", html! {
                p { "Le délai est passé : le reste s’ouvre dès que c’est fait. Comptez deux minutes." }
            }))
        }
        h2 { "Choisissez l’une des deux" }
        (choices(&ways))
        p { "Les deux pages demandent votre mot de passe de Beffroi. Si vous venez par votre intranet sans en avoir, "
            a href="/mot-de-passe-oublie" { "recevez un lien pour en choisir un" } "." }
        @if matches!(page.need, Need::Soon(_)) {
            @let next = if page.next.is_empty() { "/" } else { page.next };
            p { a href=(next) { "Le faire plus tard" } }
        }
    }
}

/// Those who have one, and came without it.
fn proving(page: &SecondFactor) -> Markup {
    let list: Vec<Fault> = page.fault.map(|said| Fault::new("code", said)).into_iter().collect();
    let faults = Faults { list: &list, prefix: "" };
    let field = Field::new("code", "Code à six chiffres")
        .hint("Celui que votre application affiche maintenant. Sans votre téléphone, saisissez un code de secours.")
        .error(faults.of("code"))
        .autocomplete("one-time-code");
    html! {
        (faults.summary())
        h1 { "Montrez que c’est bien vous" }
        p.lead { "Pour vos fonctions, la Région demande plus que votre mot de passe ou votre intranet." }
        @if page.key {
            p { "Utilisez la clé d’accès de votre téléphone, de votre ordinateur ou de votre clé USB." }
            (factors::entry(page.next))
            noscript { p { "Une clé d’accès demande JavaScript, que votre navigateur n’exécute pas ici." } }
        }
        @if page.code {
            form method="post" action="/compte/second-facteur" novalidate {
                input type="hidden" name="suite" value=(page.next);
                (form::text(&field))
                (form::submit("Continuer"))
            }
        }
    }
}
