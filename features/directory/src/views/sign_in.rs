//! The pages of signing in and of a new password.

use beffroi_kernel::Access;
use beffroi_ui::form::{self, Field};
use beffroi_ui::{Page, back_link};
use maud::{Markup, html};

use super::{Faults, flash, shell};
use crate::reset::PATH;
use crate::{Fault, password_advice};

/// What the sign-in page shows.
#[derive(Debug, Default)]
pub(crate) struct Entry<'a> {
    pub next: &'a str,
    pub typed: &'a str,
    pub faults: &'a [Fault],
    pub done: Option<&'a str>,
    /// The academy that the address names.
    pub academy: Option<&'a str>,
    /// The provider whose session may be closed too.
    pub leaving: Option<&'a str>,
}

const DONE: &[(&str, &str)] = &[
    ("deconnexion", "Vous êtes déconnecté."),
    ("mot-de-passe", "Votre nouveau mot de passe est enregistré : vous pouvez vous connecter."),
];

pub(crate) fn form(entry: &Entry) -> Markup {
    let faults = Faults { list: entry.faults, prefix: "" };
    let login = Field::new("login", "Identifiant ou adresse électronique")
        .value(entry.typed)
        .error(faults.of("login"))
        .autocomplete("username");
    let password = Field::new("password", "Mot de passe").autocomplete("current-password");
    let local = html! {
        form method="post" action="/connexion" novalidate {
            input type="hidden" name="suite" value=(entry.next);
            (form::text(&login))
            (form::password(&password))
            (form::submit("Se connecter"))
        }
        (super::factors::entry(entry.next))
        p { a href="/mot-de-passe-oublie" { "Mot de passe oublié ou premier accès" } }
    };
    let body = html! {
        (faults.summary())
        h1 { "Se connecter" }
        (super::sso::leaving(entry.leaving))
        p { "Le catalogue de services se lit sans compte. Connectez-vous pour faire une demande ou la suivre." }
        @match super::sso::entries(entry.next, entry.academy) {
            None => (local),
            Some(entries) => {
                (entries)
                // Folded away: most people come by their intranet.
                details open[!entry.faults.is_empty() || entry.done == Some("mot-de-passe")] {
                    summary { "Se connecter avec un compte de Beffroi" }
                    div { (local) }
                }
            },
        }
    };
    let page = Page::new("Se connecter", body).with_script("passkeys.js");
    shell(None, "/connexion", page.with_errors(!entry.faults.is_empty()).with_flash(flash(entry.done, DONE)))
}

pub(crate) fn forgotten(access: Option<&Access>, typed: &str, list: &[Fault]) -> Markup {
    let faults = Faults { list, prefix: "" };
    let login = Field::new("login", "Identifiant ou adresse électronique")
        .hint("Celui ou celle que vous donnez pour vous connecter.")
        .value(typed)
        .error(faults.of("login"))
        .autocomplete("username");
    let body = html! {
        (back_link("/connexion", "Se connecter"))
        (faults.summary())
        h1 { "Choisir un nouveau mot de passe" }
        p { "Vous recevez par courriel un lien, valable une heure, pour choisir votre mot de passe." }
        form method="post" action="/mot-de-passe-oublie" novalidate {
            (form::text(&login))
            (form::submit("Recevoir le lien"))
        }
    };
    shell(
        access,
        "/mot-de-passe-oublie",
        Page::new("Mot de passe oublié", body).with_errors(!list.is_empty()),
    )
}

pub(crate) fn link_sent(access: Option<&Access>) -> Markup {
    let body = html! {
        h1 { "Consultez votre messagerie" }
        p { "Si un compte correspond, un courriel part dans les minutes qui suivent. Le lien qu’il contient sert une fois, pendant une heure." }
        p { "Rien reçu ? Regardez dans les indésirables, puis adressez-vous au secrétariat de votre établissement ou à la Région : "
            "votre adresse n’est peut-être pas enregistrée." }
        p { a href="/connexion" { "Revenir à la connexion" } }
    };
    shell(access, "/mot-de-passe-oublie", Page::new("Consultez votre messagerie", body))
}

pub(crate) fn link_over() -> Markup {
    let body = html! {
        h1 { "Ce lien ne sert plus" }
        p { "Il a plus d’une heure, a déjà servi, ou un lien plus récent l’a remplacé." }
        p { "Vous aviez recopié le code ? Vérifiez-le, et " a href=(PATH) { "saisissez-le à nouveau" } "." }
        p { a href="/mot-de-passe-oublie" { "Recevoir un nouveau lien" } }
    };
    shell(None, PATH, Page::new("Ce lien ne sert plus", body))
}

/// Where the code of the mail is given. A browser whose script works takes it from the link and goes on at once.
pub(crate) fn code_of_mail(access: Option<&Access>, list: &[Fault]) -> Markup {
    let faults = Faults { list, prefix: "" };
    let code = Field::new("code", "Code reçu par courriel")
        .hint("Vingt-huit lettres et chiffres, sous le lien. Les tirets et les majuscules ne comptent pas.")
        .error(faults.of("code"))
        .autocomplete("one-time-code");
    let body = html! {
        (faults.summary())
        h1 { "Choisir un nouveau mot de passe" }
        form method="post" action=(PATH) novalidate data-fragment="code" {
            (form::text(&code))
            (form::submit("Continuer"))
        }
        p { a href="/mot-de-passe-oublie" { "Recevoir un nouveau code" } }
    };
    shell(access, PATH, Page::new("Nouveau mot de passe", body).with_errors(!list.is_empty()))
}

pub(crate) fn choose(code: &str, list: &[Fault]) -> Markup {
    let faults = Faults { list, prefix: "" };
    let body = html! {
        (faults.summary())
        h1 { "Choisir un nouveau mot de passe" }
        form method="post" action=(PATH) novalidate {
            input type="hidden" name="code" value=(code);
            (new_password(&faults))
            (form::submit("Enregistrer le mot de passe"))
        }
    };
    shell(None, PATH, Page::new("Nouveau mot de passe", body).with_errors(!list.is_empty()))
}

/// The two fields of a new password.
pub(crate) fn new_password(faults: &Faults) -> Markup {
    let new = Field::new("password", "Nouveau mot de passe")
        .hint(password_advice())
        .error(faults.of("password"))
        .autocomplete("new-password");
    let again = Field::new("again", "Le même, encore une fois")
        .error(faults.of("again"))
        .autocomplete("new-password");
    html! { (form::password(&new)) (form::password(&again)) }
}
