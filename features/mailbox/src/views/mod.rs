//! The pages of the mails that came in.

use beffroi_ui::{Column, Tone, form, tag};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::message::Incoming;
use crate::model::{Reason, State};
use crate::store::Row;

/// What the list shows.
pub(crate) struct ListPage<'a> {
    pub(crate) rows: &'a [Row],
    pub(crate) handled: bool,
    pub(crate) first: Option<&'a str>,
    pub(crate) next: Option<&'a str>,
    /// Whether a mailbox is set.
    pub(crate) set: bool,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) fn list(page: &ListPage) -> Markup {
    let tabs = [
        ("/courriels".to_owned(), "À part".to_owned(), !page.handled),
        ("/courriels?voir=traites".to_owned(), "Traités".to_owned(), page.handled),
    ];
    html! {
        h1 { "Courriels reçus" }
        @if !page.set {
            (beffroi_ui::notice(Tone::Calm, "Aucune boîte de réception n’est réglée", html! {
                p { "Les courriels n’arrivent pas encore ici. Le guide de l’exploitant dit comment relier une boîte." }
            }))
        }
        p.lead {
            @if page.handled { "Ce que les courriels reçus sont devenus." }
            @else { "Ces courriels n’ont pas pu être traités\u{a0}: lisez-les, puis réessayez ou classez-les." }
        }
        (beffroi_ui::tabs("Courriels", &tabs))
        @if page.rows.is_empty() { (nothing(page)) } @else { (table(page)) }
        (beffroi_ui::pages(page.first, page.next))
    }
}

fn nothing(page: &ListPage) -> Markup {
    beffroi_ui::empty(html! {
        @if page.handled {
            p { "Aucun courriel traité. Les messages qui deviennent des demandes ou des réponses apparaîtront ici." }
        } @else {
            p { "Aucun courriel à part. Ceux que Beffroi ne sait pas traiter apparaîtront ici, avec la raison." }
        }
    })
}

fn table(page: &ListPage) -> Markup {
    let when = |row: &Row| beffroi_ui::ago(row.received_at, page.now);
    if page.handled {
        let columns = [Column::text("Reçu"), Column::text("Suite donnée"), Column::text("Demande")];
        let rows = page.rows.iter().map(|row| {
            vec![
                html! { a href={ "/courriels/" (row.id) } { (when(row)) } },
                html! { (tag(tone(row.state()), outcome(row))) },
                reference(row),
            ]
        });
        return beffroi_ui::table(
            "Courriels traités, du plus récent au plus ancien",
            &columns,
            &rows.collect::<Vec<_>>(),
        );
    }
    let columns = [Column::text("Objet"), Column::text("De"), Column::text("Raison"), Column::text("Reçu")];
    let rows = page.rows.iter().map(|row| {
        vec![
            html! { a href={ "/courriels/" (row.id) } { (subject(row)) } },
            html! { (sender(row)) },
            html! { (tag(Tone::Warn, outcome(row))) },
            when(row),
        ]
    });
    beffroi_ui::table("Courriels à part, du plus récent au plus ancien", &columns, &rows.collect::<Vec<_>>())
}

fn tone(state: State) -> Tone {
    match state {
        State::Handled => Tone::Good,
        State::Aside => Tone::Warn,
        State::Received | State::Draft => Tone::Calm,
        State::Ignored | State::Discarded => Tone::Quiet,
    }
}

fn outcome(row: &Row) -> &'static str {
    match row.state() {
        State::Discarded => "Classé sans suite",
        State::Received | State::Draft => "En cours de traitement",
        _ => row.reason().map_or("—", Reason::label),
    }
}

fn subject(row: &Row) -> &str {
    if row.subject.is_empty() { "Sans objet" } else { &row.subject }
}

fn sender(row: &Row) -> &str {
    if row.sender.is_empty() { "Expéditeur inconnu" } else { &row.sender }
}

fn reference(row: &Row) -> Markup {
    html! {
        @match &row.reference {
            Some(reference) => (beffroi_ui::reference(reference)),
            None => "—",
        }
    }
}

/// What the page of one mail shows.
pub(crate) struct MailPage<'a> {
    pub(crate) row: &'a Row,
    pub(crate) mail: Option<&'a Incoming>,
    /// Whether this person may read what it says.
    pub(crate) readable: bool,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) fn mail(page: &MailPage) -> Markup {
    let row = page.row;
    let aside = row.state() == State::Aside;
    let kept = row.sha256.is_some();
    let title = if page.readable && kept { subject(row) } else { "Courriel reçu" };
    let mut facts = vec![("Reçu".to_owned(), beffroi_ui::ago(row.received_at, page.now))];
    if page.readable && kept {
        facts.insert(0, ("De".to_owned(), html! { (sender(row)) }));
        facts.push(("Taille".to_owned(), html! { (beffroi_ui::file_size(row.size)) }));
    }
    if row.reference.is_some() {
        facts.push(("Demande".to_owned(), reference(row)));
    }
    html! {
        (beffroi_ui::back_link(if aside { "/courriels" } else { "/courriels?voir=traites" }, "Courriels reçus"))
        h1 { (title) }
        p { (tag(tone(row.state()), outcome(row))) }
        @if let (true, Some(reason)) = (aside, row.reason()) { p.lead { (advice(reason)) } }
        (beffroi_ui::facts(&facts))
        @if let Some(detail) = &row.detail { p.quiet { (detail) } }
        (content(page))
        @if aside { (actions(row)) }
    }
}

fn content(page: &MailPage) -> Markup {
    let said = page.mail.map_or("", |mail| mail.said.as_str());
    html! {
        section aria-labelledby="message" {
            h2 id="message" { "Message" }
            @if !page.readable {
                p.quiet { "Ce que dit ce courriel se lit sur la demande, avec les accès qu’elle demande." }
            } @else if page.row.sha256.is_none() {
                p.quiet { "L’original n’est plus conservé\u{a0}: sa durée de conservation est passée. Ce qu’il a fait reste sur la demande." }
            } @else if said.is_empty() {
                p.quiet { "Aucun texte lisible." }
            } @else {
                div.signed { (said) }
            }
            @if let Some(mail) = page.mail.filter(|mail| !mail.files.is_empty()) {
                p { "Fichiers joints\u{a0}:" }
                ul { @for (name, bytes) in &mail.files { li { (name) " " span.quiet { "(" (beffroi_ui::file_size(i64::try_from(bytes.len()).unwrap_or(i64::MAX))) ")" } } } }
            }
            @if page.readable && page.row.sha256.is_some() {
                p { a href={ "/courriels/" (page.row.id) "/original" } download { "Télécharger l’original (.eml)" } }
            }
        }
    }
}

fn actions(row: &Row) -> Markup {
    let path = format!("/courriels/{}", row.id);
    html! {
        section aria-labelledby="suite" {
            h2 id="suite" { "Donner suite" }
            p { "Si la cause est corrigée, réessayez. Sinon, " a href="/saisir" { "saisissez la demande" } " pour son auteur, puis classez le courriel." }
            div.actions {
                @if row.sha256.is_some() { (form::button_form(&format!("{path}/reessayer"), "Réessayer", "", &[])) }
                (form::button_form(&format!("{path}/classer"), "Classer sans suite", "secondary", &[]))
            }
        }
    }
}

/// What an agent can do about a mail set aside.
fn advice(reason: Reason) -> &'static str {
    match reason {
        Reason::Unknown => {
            "Personne n’a cette adresse. Si vous reconnaissez l’auteur, ajoutez-la à sa fiche, puis réessayez."
        }
        Reason::Shared => "Plusieurs personnes ont cette adresse : on ne sait pas laquelle a écrit.",
        Reason::Spoofed => {
            "L’adresse de réponse a été faite pour une autre personne : rien n’a été écrit en son nom. Un message transféré en est souvent la cause."
        }
        Reason::Forged => {
            "Votre serveur de messagerie dit que l’expéditeur est falsifié. N’ouvrez pas les fichiers joints."
        }
        Reason::Unproved => {
            "Votre serveur de messagerie n’a pas prouvé l’expéditeur, et le message ne répond à aucun courriel de Beffroi."
        }
        Reason::NoAccess => "L’auteur n’a pas, ou n’a plus, accès à la demande à laquelle il répond.",
        Reason::Schools => "Demandez à l’auteur quel établissement est concerné, puis saisissez la demande.",
        Reason::NoFunction => "La fonction de l’auteur ne permet pas de faire cette demande par courriel.",
        Reason::TooLarge => {
            "Le message dépasse 30 Mo : seuls ses en-têtes sont conservés ici. L’auteur en est prévenu."
        }
        Reason::Encrypted => "Le message est chiffré : Beffroi ne peut pas le lire. L’auteur en est prévenu.",
        Reason::Unreadable => "Ce message n’a pas la forme d’un courriel.",
        Reason::Authors => "Le message n’a pas d’expéditeur, ou en a plusieurs.",
        Reason::Empty => "Le message n’a ni texte ni fichier. L’auteur en est prévenu.",
        Reason::TooMany => {
            "Cette adresse a envoyé trop de messages en une heure : une machine répond peut-être."
        }
        _ => "Le traitement a échoué plusieurs fois. Réessayez, et prévenez l’exploitant si cela se répète.",
    }
}
