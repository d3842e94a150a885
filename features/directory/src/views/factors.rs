//! The pages of passkeys, one-time codes and recovery codes, and the buttons that ask a device.

use beffroi_kernel::Access;
use beffroi_ui::form::{self, Field};
use beffroi_ui::{Column, Page, Tone, back_link, notice, table};
use maud::{Markup, PreEscaped, html};

use super::{Faults, flash, shell};
use crate::Fault;
use crate::factors::code::{Setup, Standing};
use crate::factors::keys::Key;

/// What a script asks of a device: where the challenge is, what to do with it, and what to say meanwhile.
struct Asking<'a> {
    /// `get` a confirmation or `create` a key.
    action: &'a str,
    /// Where the challenge is asked.
    path: &'a str,
    /// What the challenge is for.
    subject: &'a str,
    label: &'a str,
}

/// A button within a form that a script shows and makes work; without it the form has its password.
fn asking(asking: &Asking, class: &str) -> Markup {
    html! {
        div.passkey data-passkey=(asking.action) data-path=(asking.path) data-subject=(asking.subject) hidden {
            input type="hidden" name="passkey" value="";
            p.error role="alert" hidden {}
            button type="button" class=(class) { (asking.label) }
        }
    }
}

/// The button that confirms `subjects` with a passkey, to put in a form before or after its password. The page
/// needs the script `passkeys.js`. The subjects are those given to [`crate::prove`], in the same order.
#[must_use]
pub fn passkey_button(subjects: &[String], label: &str) -> Markup {
    let subject = subjects.join(" ");
    let key = Asking { action: "get", path: "/compte/cles/defi", subject: &subject, label };
    asking(&key, "secondary")
}

/// Signing in with a key, under the form of the password.
pub(super) fn entry(next: &str) -> Markup {
    let button = Asking {
        action: "get",
        path: "/connexion/cle/defi",
        subject: "",
        label: "Se connecter avec une clé d’accès",
    };
    html! {
        form method="post" action="/connexion/cle" {
            input type="hidden" name="suite" value=(next);
            (asking(&button, "secondary"))
        }
    }
}

/// The code that follows the password.
pub(crate) fn code(token: &str, next: &str, fault: Option<&str>) -> Markup {
    let list: Vec<Fault> = fault.map(|said| Fault::new("code", said)).into_iter().collect();
    let faults = Faults { list: &list, prefix: "" };
    let field = Field::new("code", "Code à six chiffres")
        .hint("Celui que votre application affiche maintenant. Sans votre téléphone, saisissez un code de secours.")
        .error(faults.of("code"))
        .autocomplete("one-time-code");
    let body = html! {
        (back_link("/connexion", "Se connecter"))
        (faults.summary())
        h1 { "Saisir le code" }
        form method="post" action="/connexion/code" novalidate {
            input type="hidden" name="etape" value=(token);
            input type="hidden" name="suite" value=(next);
            (form::text(&field))
            (form::submit("Se connecter"))
        }
        (beffroi_ui::details("Ni téléphone ni code de secours ?", html! {
            p { "Adressez-vous à la Région : après avoir vérifié qui vous êtes, elle retire le code de votre compte." }
        }))
    };
    shell(None, "/connexion", Page::new("Saisir le code", body).with_errors(fault.is_some()))
}

const DONE: &[(&str, &str)] = &[
    ("ajoutee", "Votre clé d’accès est ajoutée. Un courriel vous le confirme."),
    ("retiree", "La clé d’accès est retirée. Un courriel vous le confirme."),
];

/// The keys of a person, and the form that adds one.
pub(crate) struct Keys<'a> {
    pub access: &'a Access,
    pub keys: &'a [Key],
    /// Whether the address of the site has a name.
    pub work: bool,
    pub name: &'a str,
    pub faults: &'a [Fault],
    pub done: Option<&'a str>,
}

pub(crate) fn keys(page: &Keys) -> Markup {
    let faults = Faults { list: page.faults, prefix: "" };
    let body = html! {
        (back_link("/compte", "Mon compte"))
        (faults.summary())
        h1 { "Vos clés d’accès" }
        p.lead { "Une clé d’accès remplace le mot de passe : votre téléphone, votre ordinateur ou une clé USB vous reconnaît, par exemple à votre empreinte ou à un code qui ne le quitte pas." }
        p { "Elle ne marche que sur ce site : une page qui l’imite n’en tire rien." }
        (list(page.keys))
        h2 { "Ajouter une clé" }
        @if page.work { (adding(page.name, &faults)) } @else {
            (notice(Tone::Warn, "Impossible à cette adresse", html! {
                p { "Les navigateurs ne gardent de clé que pour un site dont l’adresse a un nom. Prévenez la Région." }
            }))
        }
    };
    let page_of = Page::new("Vos clés d’accès", body).with_script("passkeys.js");
    let page_of = page_of.with_errors(!page.faults.is_empty()).with_flash(flash(page.done, DONE));
    shell(Some(page.access), "/compte/cles", page_of)
}

fn list(keys: &[Key]) -> Markup {
    if keys.is_empty() {
        return beffroi_ui::empty(html! { p { "Vous n’avez pas encore de clé d’accès." } });
    }
    let columns =
        [Column::text("Nom"), Column::text("Ajoutée"), Column::text("Dernier usage"), Column::text("Action")];
    let row = |key: &Key| {
        vec![
            html! { (key.name) },
            html! { (beffroi_ui::short_date_time(key.created_at)) },
            html! { @match key.last_used_at { Some(at) => (beffroi_ui::short_date_time(at)), None => "Jamais" } },
            html! { a href={ "/compte/cles/" (key.id) "/retirer" } { "Retirer" span.visually-hidden { " la clé « " (key.name) " »" } } },
        ]
    };
    let rows: Vec<Vec<Markup>> = keys.iter().map(row).collect();
    table("Clés d’accès, de la plus ancienne à la plus récente", &columns, &rows)
}

fn adding(name: &str, faults: &Faults) -> Markup {
    let button = Asking {
        action: "create",
        path: "/compte/cles/ajout",
        subject: "",
        label: "Ajouter une clé d’accès",
    };
    html! {
        form method="post" action="/compte/cles" novalidate {
            (form::text(&Field::new("nom", "Nom de la clé").hint("Pour la reconnaître, par exemple « Téléphone » ou « Clé bleue ».").value(name).error(faults.of("nom"))))
            (form::password(&Field::new("password", "Votre mot de passe").error(faults.of("password")).autocomplete("current-password")))
            (asking(&button, "primary"))
            noscript { p { "L’ajout d’une clé demande JavaScript, que votre navigateur n’exécute pas ici." } }
        }
    }
}

/// Asks the password before a key is removed.
pub(crate) fn removing(access: &Access, key: &Key, fault: Option<&str>) -> Markup {
    let action = format!("/compte/cles/{}/retirer", key.id);
    let body = html! {
        (back_link("/compte/cles", "Vos clés d’accès"))
        (summary(fault))
        h1 { "Retirer la clé « " (key.name) " »" }
        p { "Elle n’ouvrira plus votre compte et ne signera plus. Retirez-la aussi de l’appareil, qui la proposera sinon encore." }
        (with_password(&action, "Retirer cette clé", "danger", fault))
    };
    shell(
        Some(access),
        "/compte/cles",
        Page::new("Retirer une clé d’accès", body).with_errors(fault.is_some()),
    )
}

fn summary(fault: Option<&str>) -> Markup {
    let list: Vec<Fault> = fault.map(|said| Fault::new("password", said)).into_iter().collect();
    Faults { list: &list, prefix: "" }.summary()
}

fn with_password(action: &str, label: &str, class: &str, fault: Option<&str>) -> Markup {
    html! {
        form method="post" action=(action) novalidate {
            (form::password(&Field::new("password", "Votre mot de passe").error(fault).autocomplete("current-password")))
            div.actions { button class=(class) type="submit" { (label) } }
        }
    }
}

/// Whether a code is asked, and the forms that change it.
pub(crate) fn codes(access: &Access, standing: Standing, fault: Option<&str>, done: Option<&str>) -> Markup {
    let known = [("retire", "Le code n’est plus demandé. Un courriel vous le confirme.")];
    let body = html! {
        (back_link("/compte", "Mon compte"))
        (summary(fault))
        h1 { "Code à usage unique" }
        p.lead { "Après le mot de passe, un code que votre téléphone affiche et qui change toutes les trente secondes : votre mot de passe volé ne suffit plus." }
        @match standing.since {
            None => {
                p { "Il faut une application d’authentification sur votre téléphone : il en existe de libres et de gratuites." }
                (with_password("/compte/code", "Activer le code", "primary", fault))
            },
            Some(since) => {
                (notice(Tone::Good, "Le code est demandé", html! {
                    p { "Depuis le " (beffroi_ui::date(since)) ". Codes de secours qui n’ont pas servi : " (standing.recovery_left) "." }
                }))
                form method="post" novalidate {
                    (form::password(&Field::new("password", "Votre mot de passe").error(fault).autocomplete("current-password")))
                    div.actions {
                        button.secondary type="submit" formaction="/compte/code/secours" { "Créer de nouveaux codes de secours" }
                        button.danger type="submit" formaction="/compte/code/retirer" { "Ne plus demander de code" }
                    }
                }
            },
        }
    };
    let page = Page::new("Code à usage unique", body).with_errors(fault.is_some());
    shell(Some(access), "/compte/code", page.with_flash(flash(done, &known)))
}

/// The picture and the secret, then the first code.
pub(crate) fn setup(access: &Access, setup: &Setup, picture: &str, fault: Option<&str>) -> Markup {
    let list: Vec<Fault> = fault.map(|said| Fault::new("code", said)).into_iter().collect();
    let faults = Faults { list: &list, prefix: "" };
    let field = Field::new("code", "Code affiché par l’application")
        .hint("Six chiffres.")
        .error(faults.of("code"))
        .autocomplete("one-time-code");
    let groups: Vec<String> =
        setup.secret.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    let body = html! {
        (back_link("/compte/code", "Code à usage unique"))
        (faults.summary())
        h1 { "Préparer votre application" }
        ol {
            li { "Dans l’application, ajoutez un compte en photographiant ce dessin." }
            li { "Saisissez plus bas le code qu’elle affiche." }
        }
        div.picture role="img" aria-label="Dessin à photographier avec l’application" { (PreEscaped(picture)) }
        p { "Sans appareil photo, recopiez cette clé : " code { (groups.join(" ")) } }
        form method="post" action="/compte/code/confirmer" novalidate {
            (form::text(&field))
            (form::submit("Activer le code"))
        }
    };
    shell(
        Some(access),
        "/compte/code",
        Page::new("Préparer votre application", body).with_errors(fault.is_some()),
    )
}

/// Recovery codes, this once.
pub(crate) fn recovery(access: &Access, codes: &[String]) -> Markup {
    let body = html! {
        h1 { "Vos codes de secours" }
        (notice(Tone::Warn, "Ils ne s’affichent qu’une fois", html! {
            p { "Imprimez-les ou recopiez-les, et gardez-les loin de votre téléphone. Chacun remplace une fois le code de l’application." }
        }))
        ul { @for one in codes { li { code { (one) } } } }
        p { a href="/compte/code" { "Je les ai gardés" } }
    };
    shell(Some(access), "/compte/code", Page::new("Vos codes de secours", body))
}
