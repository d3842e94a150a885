//! The pages of single sign-on: its buttons, what is said when nobody is recognised, and the link by which
//! a signatory shows again who they are.

use beffroi_kernel::Access;
use beffroi_ui::{Page, Tone, notice};
use maud::{Markup, html};

use super::shell;
use crate::sso::{self, CONFIRMATION, Kind, MARK, Provider, ProviderSettings, Stranger};

/// Where a button leads, with the page to come back to.
fn entrance(provider: &Provider, next: &str) -> String {
    let slug = &provider.settings.slug;
    if next.is_empty() {
        return format!("/connexion/unique/{slug}");
    }
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("/connexion/unique/{slug}?suite={next}")
}

fn button(provider: &Provider, next: &str, class: &str) -> Markup {
    html! {
        p { a class=(class) href=(entrance(provider, next)) { "Se connecter avec " (provider.settings.name) } }
    }
}

/// The buttons of the providers: that of the academy of this browser first, the others within reach.
/// Nothing where there is none.
pub(super) fn entries(next: &str, academy: Option<&str>) -> Option<Markup> {
    let all = sso::known();
    if all.is_empty() {
        return None;
    }
    let usual = sso::usual();
    let own = |one: &&Provider| match academy {
        Some(academy) => one.settings.academy.as_deref() == Some(academy),
        None => usual.as_deref() == Some(one.settings.slug.as_str()),
    };
    let (mine, others): (Vec<&Provider>, Vec<&Provider>) = all.iter().partition(own);
    Some(html! {
        @for one in &mine { (button(one, next, "button")) }
        @if mine.is_empty() {
            @for one in &others { (button(one, next, "button")) }
        } @else if !others.is_empty() {
            (beffroi_ui::details("Venir d’ailleurs", html! {
                @for one in &others { (button(one, next, "button secondary")) }
            }))
        }
    })
}

/// Under the page of signing in, once the session here is closed: the provider's own may stay open.
pub(super) fn leaving(slug: Option<&str>) -> Markup {
    let all = sso::known();
    let provider = all.iter().find(|one| Some(one.settings.slug.as_str()) == slug);
    html! {
        @if let Some(one) = provider {
            (notice(Tone::Calm, "Sur un ordinateur partagé", html! {
                p { "Votre session " (one.settings.name) " est restée ouverte. "
                    a href={ "/connexion/unique/" (one.settings.slug) "/quitter" } { "Fermer aussi ma session " (one.settings.name) } }
            }))
        }
    }
}

/// Why somebody does not come in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// The trip is over.
    Over,
    /// The provider said no.
    Declined,
    /// Its answer is worth nothing.
    Worthless,
    /// Another account than that of the session.
    Another,
    /// The directory does not know them.
    Stranger(Stranger),
    /// Not by the proxy.
    NotTheProxy,
}

impl Trouble {
    /// The title, what happened, and what to do.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Over => (
                "Ce passage ne sert plus",
                "Il a déjà servi, a plus de dix minutes, ou a commencé dans un autre navigateur.",
                "Recommencez depuis la page de connexion.",
            ),
            Self::Declined => (
                "La connexion n’a pas abouti",
                "Votre intranet n’a pas confirmé qui vous êtes, ou vous avez renoncé.",
                "Recommencez, ou connectez-vous autrement.",
            ),
            Self::Worthless => (
                "Votre intranet n’a pas répondu comme prévu",
                "Sa réponse n’a pas pu être vérifiée : personne n’a été connecté.",
                "Recommencez dans quelques minutes. Si cela dure, prévenez la Région.",
            ),
            Self::Another => (
                "Ce n’est pas le même compte",
                "Vous avez confirmé avec un autre compte que celui de votre session : rien n’est confirmé.",
                "Fermez cet onglet, puis recommencez depuis la page à signer avec votre propre compte.",
            ),
            Self::NotTheProxy => (
                "Cette entrée est réservée à l’intranet",
                "Votre navigateur n’est pas passé par le portail qui reconnaît les personnes.",
                "Passez par le portail de votre intranet, ou connectez-vous autrement.",
            ),
            Self::Stranger(stranger) => stranger_words(stranger),
        }
    }
}

fn stranger_words(stranger: Stranger) -> (&'static str, &'static str, &'static str) {
    match stranger {
        Stranger::Nobody => (
            "Votre compte n’est pas encore connu ici",
            "Votre intranet vous reconnaît, mais personne de l’annuaire de Beffroi ne porte cet identifiant ou cette adresse.",
            "Demandez au secrétariat de votre établissement, ou à la Région, de vérifier l’adresse électronique enregistrée pour vous.",
        ),
        Stranger::Several => (
            "Plusieurs personnes vous ressemblent",
            "L’annuaire de Beffroi a plusieurs personnes pour cet identifiant ou cette adresse : aucune n’a été choisie à votre place.",
            "Demandez à la Région de corriger l’annuaire. En attendant, connectez-vous avec votre compte de Beffroi.",
        ),
        Stranger::Unverified => (
            "Votre adresse n’est pas confirmée",
            "Votre intranet donne une adresse électronique sans garantir qu’elle est la vôtre.",
            "Confirmez votre adresse dans votre intranet, puis recommencez ; ou connectez-vous avec votre compte de Beffroi.",
        ),
        Stranger::Closed => (
            "Votre compte est fermé",
            "Le compte de Beffroi qui vous correspond a été fermé.",
            "Si vous exercez toujours, demandez à la Région de le rouvrir.",
        ),
        Stranger::Taken => (
            "Cette adresse appartient déjà à un autre compte",
            "La personne de l’annuaire qui porte cette adresse vient d’ordinaire avec un autre compte de votre intranet.",
            "Si vous venez de changer de compte, demandez à la Région d’oublier l’ancien. Sinon, demandez-lui de corriger l’annuaire.",
        ),
    }
}

/// Why somebody does not come in, and what to do.
pub(crate) fn trouble(provider: Option<&ProviderSettings>, trouble: Trouble) -> Markup {
    let (title, what, how) = trouble.words();
    let confirming = matches!(trouble, Trouble::Another);
    let body = html! {
        h1 { (title) }
        p { (what) }
        p { (how) }
        @if !confirming {
            ul {
                @if let Some(one) = provider {
                    li { a href={ "/connexion/unique/" (one.slug) } { "Recommencer avec " (one.name) } }
                }
                li { a href="/connexion" { "La page de connexion" } }
                li { a href="/catalogue" { "Lire le catalogue sans compte" } }
            }
        }
    };
    shell(None, "/connexion", Page::new(title, body))
}

/// The provider has no page that closes its session.
pub(crate) fn no_exit(provider: &ProviderSettings) -> Markup {
    let body = html! {
        h1 { "Fermez votre session " (provider.name) }
        p { "Elle ne se ferme pas d’ici : fermez-la depuis votre intranet, ou fermez votre navigateur." }
        p { a href="/connexion" { "Revenir à la connexion" } }
    };
    shell(None, "/connexion", Page::new("Fermer votre session", body))
}

/// Beside a password, for whoever came by a provider: a link to show it again who they are, in a tab of its
/// own so that nothing typed is lost, then a button that says it is done.
pub(super) fn confirming(subject: &str) -> Markup {
    let Some(provider) = sso::own_door() else { return html! {} };
    let token = crate::sign_in::secret();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("objet", subject)
        .append_pair("jeton", &token)
        .finish();
    let name = &provider.settings.name;
    let href = format!("/compte/confirmation/{}?{query}", provider.settings.slug);
    html! {
        div.confirming {
            p { "Sans mot de passe de Beffroi : "
                a href=(href) target="_blank" rel="noopener" { "montrez de nouveau qui vous êtes à " (name) " (nouvel onglet)" }
                ", revenez ici, puis :" }
            button.secondary type="submit" name=(CONFIRMATION) value={ (MARK) (token) } {
                (name) " l’a confirmé, je valide"
            }
        }
    }
}

/// The tab where a provider confirmed somebody.
pub(crate) fn confirmed(access: &Access) -> Markup {
    let body = html! {
        h1 { "C’est confirmé" }
        p.lead { "Fermez cet onglet et revenez au précédent : il vous reste à valider." }
        p { "Cette confirmation ne vaut que pour le texte que vous y lisiez, une fois, pendant cinq minutes." }
    };
    shell(Some(access), "/compte/confirmation", Page::new("C’est confirmé", body))
}

/// The slug of the provider whose session outlives ours, when it does.
pub(crate) fn outlives() -> Option<String> {
    let door = sso::own_door()?;
    matches!(door.settings.kind, Kind::Oidc | Kind::Cas).then(|| door.settings.slug.clone())
}
