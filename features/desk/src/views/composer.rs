//! Where one writes on a request. Agents have one composer for everything they may say: a reply, a
//! note, a task, a wait, a solution; only the fields of what is chosen show, by style alone. The
//! school has a message and files. (CSU-09)

use beffroi_ui::form;
use maud::{Markup, html};

use super::request::RequestPage;
use crate::files::{DANGEROUS_EXTENSIONS, MAX_BYTES};
use crate::model::{Gesture, Outcome, State, WaitingFor};
use crate::templates;

/// The keys that choose a gesture.
const KEYS: &[(Gesture, &str)] = &[
    (Gesture::Reply, "r"),
    (Gesture::Note, "n"),
    (Gesture::Task, "t"),
    (Gesture::Wait, "a"),
    (Gesture::Solution, "s"),
];

/// What an agent may do with a text while the request stands so.
pub(crate) fn gestures(state: State, reads_notes: bool) -> Vec<Gesture> {
    let may = |gesture: &Gesture| match gesture {
        Gesture::Reply => state.is_active() || matches!(state, State::Validation | State::Resolved),
        Gesture::Note => reads_notes,
        Gesture::Task => state.is_active() || state == State::Resolved,
        Gesture::Wait | Gesture::Solution => state.is_active(),
    };
    Gesture::ALL.iter().copied().filter(may).collect()
}

/// The composer of the person who looks; nothing when the request leaves nothing to say.
pub(crate) fn composer(page: &RequestPage) -> Markup {
    let folder = page.folder;
    if folder.as_agent {
        let offered = gestures(folder.state, folder.reads_notes);
        return if offered.is_empty() {
            html! {}
        } else {
            of_agent(page, &offered)
        };
    }
    let open = !matches!(folder.state, State::Closed | State::Refused | State::Merged);
    html! { @if open && page.of_school { (of_school(page)) } }
}

fn of_school(page: &RequestPage) -> Markup {
    html! {
        form #composer.panel method="post" action=(page.action("composer")) enctype="multipart/form-data" data-composer data-draft=(page.action("brouillon")) {
            input type="hidden" name="kind" value=(Gesture::Reply.slug());
            (super::live::last_seen(page))
            (form::long_text(&page.field("message", "Répondre").hint("Ctrl + Entrée envoie.").value(page.text())))
            (files(page))
            div.actions { (form::submit("Envoyer")) (saved(page)) }
        }
    }
}

fn of_agent(page: &RequestPage, offered: &[Gesture]) -> Markup {
    let chosen = page.gesture();
    let chosen = if offered.contains(&chosen) { chosen } else { offered[0] };
    let has = |gesture| offered.contains(&gesture);
    html! {
        section.composer-place aria-labelledby="ecrire" {
            h2 #ecrire.visually-hidden { "Écrire" }
            form #composer.composer method="post" action=(page.action("composer")) enctype="multipart/form-data"
                data-composer data-draft=(page.action("brouillon")) data-agents=(page.action("agents")) {
                (super::live::last_seen(page))
                div.head { (kinds(offered, chosen)) (saved(page)) }
                (text(page, offered))
                div.with {
                    @if has(Gesture::Reply) && page.folder.state.is_active() { div.for.reply { (next(page)) } }
                    @if has(Gesture::Note) && page.colleagues.len() > 1 { div.for.note { (told(page)) } }
                    @if has(Gesture::Wait) { div.for.wait { (waits(page)) } }
                    @if has(Gesture::Solution) { div.for.solution { (outcomes(page)) } }
                    @if has(Gesture::Reply) { div.for.reply.wait.solution { (files(page)) } }
                }
                div.foot {
                    button type="submit" { (by_gesture(offered, &send)) }
                    (models(page))
                }
            }
        }
    }
}

fn kinds(offered: &[Gesture], chosen: Gesture) -> Markup {
    html! {
        fieldset.kinds {
            legend.visually-hidden { "Que voulez-vous faire ?" }
            @for gesture in offered {
                @let key = KEYS.iter().find(|(one, _)| one == gesture).map(|(_, key)| *key);
                @let id = format!("kind-{}", gesture.slug());
                input type="radio" id=(id) name="kind" value=(gesture.slug()) checked[*gesture == chosen] data-key=[key] data-key-to="message";
                label for=(id) { (gesture.label()) }
            }
        }
    }
}

/// Words that change with the gesture: all are there, the style shows those of the one chosen.
fn by_gesture(offered: &[Gesture], words: &dyn Fn(Gesture) -> &'static str) -> Markup {
    html! { @for gesture in offered { span class={ "for " (gesture.slug()) } { (words(*gesture)) } } }
}

fn send(gesture: Gesture) -> &'static str {
    match gesture {
        Gesture::Reply => "Envoyer la réponse",
        Gesture::Note => "Enregistrer la note",
        Gesture::Task => "Ajouter la tâche",
        Gesture::Wait => "Mettre en attente",
        Gesture::Solution => "Envoyer la solution",
    }
}

fn question(gesture: Gesture) -> &'static str {
    match gesture {
        Gesture::Reply => "Votre réponse, lue par l’établissement",
        Gesture::Note => "Votre note, lue par les agents seulement",
        Gesture::Task => "Ce qu’il y a à faire",
        Gesture::Wait => "Ce qui est attendu, lu par l’établissement",
        Gesture::Solution => "Ce qui a été fait, ou pourquoi ce n’est pas possible",
    }
}

fn hint(gesture: Gesture) -> &'static str {
    match gesture {
        Gesture::Note => "@ suivi d’un nom prévient un agent. Ctrl + Entrée enregistre.",
        Gesture::Wait => "Les délais sont suspendus jusqu’à la reprise. Ctrl + Entrée envoie.",
        Gesture::Task => "Ctrl + Entrée ajoute.",
        Gesture::Reply | Gesture::Solution => "Ctrl + Entrée envoie.",
    }
}

fn text(page: &RequestPage, offered: &[Gesture]) -> Markup {
    let error = page.error("message");
    let described = if error.is_some() { "message-hint message-error" } else { "message-hint" };
    html! {
        div.field.faulty[error.is_some()] {
            label for="message" { (by_gesture(offered, &question)) }
            p.hint #message-hint { (by_gesture(offered, &hint)) }
            @if let Some(error) = error { p.error #message-error { span.visually-hidden { "Erreur : " } (error) } }
            textarea #message name="message" rows="3" placeholder=" " aria-describedby=(described) aria-invalid=[error.map(|_| "true")] {
                (page.text())
            }
        }
    }
}

/// What follows the reply, in the same send.
fn next(page: &RequestPage) -> Markup {
    let mut options = vec![(String::new(), "La demande reste en cours".to_owned())];
    let wait = |whom: &WaitingFor| {
        (format!("wait:{}", whom.slug()), format!("Mettre en attente\u{a0}: {}", whom.label()))
    };
    options.extend(WaitingFor::ALL.iter().map(wait));
    let done = |one: &Outcome| {
        (format!("solution:{}", one.slug()), format!("Résoudre\u{a0}: {}", one.label().to_lowercase()))
    };
    options.extend(Outcome::ALL.iter().map(done));
    form::select(&page.field("then", "Ensuite"), &options)
}

fn told(page: &RequestPage) -> Markup {
    let me = page.me().to_string();
    let mut options = vec![(String::new(), "Personne en particulier".to_owned())];
    options.extend(page.colleagues.iter().filter(|(id, _)| *id != me).cloned());
    form::select(&page.field("told", "Prévenir"), &options)
}

fn waits(page: &RequestPage) -> Markup {
    let mut options = vec![(String::new(), "Choisissez qui doit agir".to_owned())];
    let words = |whom: &WaitingFor| match whom {
        WaitingFor::School => "L’établissement",
        WaitingFor::Provider => "Un prestataire",
        WaitingFor::Delivery => "Une livraison",
    };
    options.extend(WaitingFor::ALL.iter().map(|whom| (whom.slug().to_owned(), words(whom).to_owned())));
    form::select(&page.field("wait_for", "Qui doit agir ?"), &options)
}

fn outcomes(page: &RequestPage) -> Markup {
    let mut options = vec![(String::new(), "Choisissez une issue".to_owned())];
    options.extend(Outcome::ALL.iter().map(|one| (one.slug().to_owned(), one.label().to_owned())));
    form::select(&page.field("outcome", "Issue"), &options)
}

fn files(page: &RequestPage) -> Markup {
    let error = page.error("files");
    html! {
        div.field.faulty[error.is_some()] {
            label for="files" { "Joindre des fichiers " span.quiet { "(cinq au plus, 20\u{a0}Mo chacun)" } }
            @if let Some(error) = error { p.error #files-error { span.visually-hidden { "Erreur : " } (error) } }
            input #files type="file" name="files" multiple data-max-bytes=(MAX_BYTES) data-refused=(DANGEROUS_EXTENSIONS.join(","))
                aria-describedby=[error.map(|_| "files-error")] aria-invalid=[error.map(|_| "true")];
        }
    }
}

/// When the text being typed was last kept.
fn saved(page: &RequestPage) -> Markup {
    html! {
        p.quiet data-saved role="status" {
            @if let Some(draft) = page.beside.draft.as_ref().filter(|_| !page.has_typed()) {
                "Brouillon retrouvé, enregistré le " (beffroi_ui::short_date_time(draft.at))
            }
        }
    }
}

/// The reply templates; each option carries its text, filled for this request.
fn models(page: &RequestPage) -> Markup {
    let list = &page.beside.templates;
    let used = page.typed("template-used");
    html! {
        div.models {
            @if !list.is_empty() {
                div {
                    label.visually-hidden for="template" { "Modèle de réponse" }
                    select #template name="template" {
                        option value="" { "Modèle de réponse…" }
                        @for one in list {
                            option value=(one.id) data-text=(templates::fill(&one.body, page.folder, &page.access.name)) { (one.name) }
                        }
                    }
                }
                button.secondary type="submit" name="insert" value="1" { "Insérer" }
            }
            a href="/modeles" { @if list.is_empty() { "Écrire un modèle de réponse" } @else { "Gérer les modèles" } }
            @if !used.is_empty() { input type="hidden" name="template-used" value=(used); }
        }
    }
}
