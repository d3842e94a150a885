//! What anybody sees of an act: whether it holds, and nothing more. (T2)

use beffroi_directory::shell;
use beffroi_kernel::Access;
use beffroi_sheets::Word;
use beffroi_ui::{
    Page as Frame, Tone, back_link, date, date_time, day, details, facts, form, notice, reference, tag,
};
use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};

use crate::ActKind;
use crate::model::State;
use crate::proof::{PublicKey, Refusal, Statement, WORTH, validity};
use crate::store::proofs::Known;

pub(crate) const HERE: &str = "/verifier";
/// The largest file taken.
pub(crate) const LARGEST: usize = 5 * 1024 * 1024;

/// What was typed or sent before, and what was wrong with it.
#[derive(Default)]
pub(crate) struct Tried<'a> {
    pub code: &'a str,
    pub code_fault: Option<&'a str>,
    pub file_fault: Option<&'a str>,
}

/// The page where anybody types a code or sends a document.
pub(crate) fn ask(access: Option<&Access>, key: &PublicKey, tried: &Tried) -> Markup {
    let faults: Vec<(String, String)> = [("code", tried.code_fault), ("document", tried.file_fault)]
        .into_iter()
        .filter_map(|(field, fault)| Some((field.to_owned(), fault?.to_owned())))
        .collect();
    let code = form::Field::new("code", "Code de vérification")
        .hint("Trente lettres et chiffres imprimés sur le document, vingt sur les plus anciens, par exemple 7H2KM-Q0XV9-3C4RT-8WZ1N-4TB6Y-0P9DK. Les tirets ne comptent pas.")
        .value(tried.code)
        .error(tried.code_fault)
        .autocomplete("off");
    let file = form::Field::new("document", "Fichier PDF de l’acte")
        .hint("Le fichier d’origine, 5\u{a0}Mo au plus. Il est vérifié puis oublié\u{a0}: il n’est pas conservé.")
        .error(tried.file_fault);
    let body = html! {
        (form::error_summary(&faults))
        h1 { "Vérifier un acte" }
        p.lead { "Un acte signé sur Beffroi se vérifie sans compte. Son code dit s’il est encore en vigueur\u{a0}; son fichier dit s’il est intact." }
        h2 { "Avec le code" }
        form method="get" action=(HERE) { (form::text(&code)) (form::submit("Vérifier le code")) }
        h2 { "Avec le fichier" }
        form method="post" action="/verifier/fichier" enctype="multipart/form-data" {
            (form::file(&file, LARGEST, "Ce fichier dépasse 5\u{a0}Mo\u{a0}: ce n’est pas le document d’un acte."))
            button.secondary type="submit" { "Vérifier le fichier" }
        }
        (details("Ce que vaut la signature d’un acte", html! { p { (WORTH) } }))
        (details("Vérifier sans ce site", html! {
            p { "Le programme Beffroi vérifie un fichier sans réseau, avec la clé publiée ici\u{a0}: " code { "beffroi act verify acte.pdf --key cle.txt" } "." }
            p { a href="/verifier/cle.txt" { "Clé publique (cle.txt)" } ", identifiant " (reference(&key.id())) "." }
        }))
    };
    shell(access, HERE, Frame::new("Vérifier un acte", body).with_errors(!faults.is_empty()))
}

/// Where an act stands on `today`, in a word and a sentence for the title.
fn standing(known: &Known, today: NaiveDate) -> (Tone, &'static str, &'static str) {
    match State::of(&known.state) {
        Some(State::Ended) => (Tone::Quiet, "Terminé", "Cet acte n’est plus en vigueur"),
        _ if known.ends_on.is_some_and(|last| last < today) => {
            (Tone::Quiet, "Terminé", "Cet acte n’est plus en vigueur")
        }
        Some(State::InForce) if known.suspended_at.is_some() => {
            (Tone::Warn, "Suspendu", "Cet acte est suspendu")
        }
        Some(State::InForce) if known.starts_on > today => {
            (Tone::Calm, "À venir", "Cet acte n’est pas encore en vigueur")
        }
        Some(State::InForce) => (Tone::Good, "En vigueur", "Cet acte est en vigueur"),
        _ => (Tone::Calm, "Signé", "Cet acte est signé, il n’est pas encore en vigueur"),
    }
}

/// The lines anybody may read of an act.
fn public_facts(known: &Known) -> Vec<(String, Markup)> {
    let kind = ActKind::from_slug(&known.kind).map_or("Acte", |kind| kind.label());
    let line = |name: &str, words: String| (name.to_owned(), html! { (words) });
    let mut lines = vec![
        line("Objet", kind.to_owned()),
        line("Établissement", format!("{} ({})", known.school, known.uai)),
        line("Signé le", date(known.signed_at)),
    ];
    lines.extend(known.in_force_at.map(|at| line("En vigueur depuis le", since(at, known.starts_on))));
    match known.ended_at {
        Some(at) => lines.push(line("Terminé depuis le", date(at))),
        None => {
            lines.extend(known.ends_on.map(|last| line("Valable jusqu’au", format!("{} inclus", day(last)))))
        }
    }
    lines.extend(
        known
            .suspended_at
            .filter(|_| known.ended_at.is_none())
            .map(|at| line("Suspendu depuis le", date(at))),
    );
    lines
}

/// The day it came into force: when it was opened, not before its first day.
fn since(at: DateTime<Utc>, starts_on: NaiveDate) -> String {
    day(crate::rules::paris_day(at).max(starts_on))
}

/// What a code confirms.
pub(crate) fn confirmed(access: Option<&Access>, code: &str, known: &Known, now: DateTime<Utc>) -> Markup {
    let (tone, word, title) = standing(known, crate::rules::paris_day(now));
    let body = html! {
        (back_link(HERE, "Vérifier un autre acte"))
        h1 { (title) }
        p.lead { (tag(tone, word)) " Code " (reference(code)) ", vérifié le " (date_time(now)) "." }
        (facts(&public_facts(known)))
        (notice(Tone::Calm, "À savoir", html! {
            p { "Cette page ne montre ni le texte ni les noms\u{a0}: comparez ces lignes à celles du document. Pour savoir si le fichier est intact, " a href=(HERE) { "déposez-le ici" } "." }
        }))
    };
    shell(access, HERE, Frame::new(title, body))
}

/// What a sound document proves, and where its act stands now.
pub(crate) fn sound(
    access: Option<&Access>,
    statement: &Statement,
    known: Option<&Known>,
    now: DateTime<Utc>,
) -> Markup {
    let line = |name: &str, words: &str| (name.to_owned(), html! { (words) });
    let lines = [
        line("Référence", &statement.reference),
        line("Objet", statement.kind.label()),
        line("Établissement", &format!("{} ({})", statement.school, statement.uai)),
        line("Validité prévue", &validity(statement)),
        line("Code", &statement.code),
    ];
    let today = match known.map(|known| standing(known, crate::rules::paris_day(now))) {
        Some((tone, word, title)) => {
            html! { p { (tag(tone, word)) " " (title) ", au " (date_time(now)) "." } }
        }
        None => html! {
            p { (tag(Tone::Warn, "Inconnu ici")) " Aucun acte de ce code n’est connu de cette installation\u{a0}: demandez à la Région s’il est en vigueur." }
        },
    };
    let body = html! {
        (back_link(HERE, "Vérifier un autre acte"))
        h1 { "Ce document est intact" }
        p.lead { "Il est, à l’octet près, celui que Beffroi a scellé après les signatures qu’il porte." }
        (today)
        (facts(&lines))
        (details("Ce que vaut la signature d’un acte", html! { p { (WORTH) } }))
    };
    shell(access, HERE, Frame::new("Ce document est intact", body))
}

/// Why a document proves nothing.
pub(crate) fn refused(access: Option<&Access>, refusal: &Refusal) -> Markup {
    let title = "Ce document ne prouve rien";
    let body = html! {
        (back_link(HERE, "Vérifier un autre acte"))
        h1 { (title) }
        (notice(Tone::Bad, "Ne vous y fiez pas", html! { p { "Le fichier a été lu entier, mais " (refusal) "." } }))
        p { "Un document imprimé puis numérisé, ou enregistré à nouveau par un logiciel, ne se vérifie plus\u{a0}: demandez le fichier d’origine, ou vérifiez l’acte par son code." }
    };
    shell(access, HERE, Frame::new(title, body).with_errors(true))
}
