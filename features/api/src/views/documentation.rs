//! The page that says what the API does, made of its own description.

use beffroi_ui::{Column, table};
use maud::{Markup, html};

use crate::document::{Doors, Operation, TAGS, shown_path};
use crate::model::Happening;

/// What the person may keep: every token, the webhooks.
pub(crate) struct Keeps {
    pub(crate) tokens: bool,
    pub(crate) webhooks: bool,
    /// Calls a token may make in a minute.
    pub(crate) calls: u32,
}

pub(crate) fn page(doors: &Doors, base_url: &str, keeps: &Keeps) -> Markup {
    html! {
        h1 { "API" }
        p.lead { "D’autres logiciels peuvent déposer, lire et traiter des demandes, au nom d’une personne et dans ses fonctions." }
        p { a href="/compte/jetons" { "Créer un jeton" } " · " a href="/api/openapi.json" { "Description OpenAPI 3.1" } }
        @if keeps.tokens { p { a href="/region/jetons" { "Les jetons de tous" } } }
        @if keeps.webhooks { p { a href="/region/webhooks" { "Les webhooks de la Région" } } }
        h2 { "Premier appel" }
        p { code { "curl -H 'Authorization: Bearer …' " (base_url) "/api/v1/moi" } }
        @for (tag, words) in TAGS {
            h2 { (tag) }
            p { (words) }
            (operations(doors, tag))
        }
        (rules(keeps.calls))
        (webhooks())
    }
}

fn operations(doors: &Doors, tag: &str) -> Markup {
    let columns = [Column::text("Appel"), Column::text("Ce qu’il fait")];
    let rows = doors.operations.iter().filter(|(_, _, operation)| operation.is_about(tag));
    let row = |(method, path, operation): &(&str, &str, Operation)| {
        vec![html! { code { (shown_path(method, path)) } }, html! { (operation.title) }]
    };
    table(&format!("Appels\u{a0}: {}", tag.to_lowercase()), &columns, &rows.map(row).collect::<Vec<_>>())
}

fn rules(calls: u32) -> Markup {
    let problems = [
        ("jeton", "401", "Jeton absent, inconnu ou expiré"),
        ("droits", "403", "Ce jeton n’y donne pas droit"),
        ("introuvable", "404", "Rien de tel à cette adresse, ou pas pour ce jeton"),
        ("etat", "409", "La demande n’est plus dans l’état attendu"),
        ("taille", "413", "Contenu trop grand"),
        ("format", "415", "Le contenu n’est pas annoncé comme du JSON"),
        ("json", "400", "Le contenu n’est pas du JSON"),
        ("champs", "422", "Des champs sont à corriger\u{a0}: chacun est nommé"),
        ("refus", "422", "La fiche ou une règle refuse la demande\u{a0}: la phrase dit pourquoi"),
        ("cle", "422", "Cette clé a servi pour un autre appel"),
        ("cadence", "429", "Trop d’appels"),
        ("indisponible", "503", "Service momentanément indisponible"),
    ];
    let columns = [Column::text("Code"), Column::text("Raison")];
    let rows =
        problems.map(|(slug, code, words)| vec![html! { span id=(slug) { (code) } }, html! { (words) }]);
    html! {
        h2 { "Règles communes" }
        ul {
            li { "Un jeton ne donne jamais plus que les fonctions que la personne exerce à l’instant de l’appel." }
            li { "Les listes se lisent page par page\u{a0}: donnez le «\u{a0}suite\u{a0}» reçu en paramètre " code { "apres" } "." }
            li { "Un appel " code { "POST" } " peut porter un en-tête " code { "Idempotency-Key" } "\u{a0}: répété pendant 24\u{a0}heures avec la même clé et le même contenu, il a son effet une fois et reçoit la même réponse." }
            li { "Un jeton peut faire " (calls) "\u{a0}appels par minute\u{a0}; l’en-tête " code { "RateLimit" } " dit ce qu’il en reste." }
        }
        h2 { "Refus" }
        p { "Un refus est un problème au format RFC\u{a0}9457, en français." }
        (table("Refus possibles", &columns, &rows))
    }
}

fn webhooks() -> Markup {
    let columns = [Column::text("Événement"), Column::text("Quand")];
    let rows =
        Happening::ALL.iter().map(|one| vec![html! { code { (one.slug()) } }, html! { (one.label()) }]);
    html! {
        h2 id="webhooks" { "Webhooks" }
        p { "La Région peut abonner un logiciel\u{a0}: Beffroi lui envoie un message à chaque événement, au moins une fois. L’en-tête " code { "webhook-id" } " est le même à chaque envoi d’un même message\u{a0}: un logiciel prudent le retient pour ne pas le traiter deux fois." }
        (table("Événements", &columns, &rows.collect::<Vec<_>>()))
        h3 { "Vérifier une signature" }
        p { "Les en-têtes sont ceux de «\u{a0}Standard Webhooks\u{a0}». La signature est le HMAC-SHA256, avec le secret décodé de sa base64, de " code { "webhook-id.webhook-timestamp.contenu" } ". Refusez un message daté de plus de cinq minutes." }
        p { "Répondez par un code 2xx en moins de cinq secondes. Sinon Beffroi recommence, de plus en plus tard, puis met le message de côté\u{a0}: la Région peut le renvoyer." }
    }
}
