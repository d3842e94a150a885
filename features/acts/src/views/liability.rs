//! Pages of the release of liability: what was decided and why, what the school loses and keeps, what
//! each may do. (T5)

use std::collections::HashMap;

use beffroi_directory::{Fault, Proving, School, proving};
use beffroi_kernel::PersonId;
use beffroi_ui::form::{self, Choice, Field};
use beffroi_ui::{Moment, Tone, back_link, date_time, details, empty, notice, tag, timeline};
use maud::{Markup, html};

use super::Means;
use crate::liability::{Cause, Contest, Draft, KEPT, Release, losses};

fn path(school: &School) -> String {
    format!("/etablissements/{}/responsabilite", school.uai)
}

fn fault<'a>(faults: &'a [Fault], field: &str) -> Option<&'a str> {
    faults.iter().find(|fault| fault.field == field).map(|fault| fault.message.as_str())
}

fn summary(faults: &[Fault]) -> Markup {
    let pairs: Vec<_> = faults.iter().map(|fault| (fault.field.to_owned(), fault.message.clone())).collect();
    form::error_summary(&pairs)
}

fn back(school: &School) -> Markup {
    back_link(&path(school), "Responsabilité de la Région")
}

fn lines(items: &[&str]) -> Markup {
    html! { ul { @for item in items { li { (item) } } } }
}

/// What a request of a school tells while a release lasts: what is not promised any more, what stays, the way out.
/// `link` to the decision for those who may read it.
#[must_use]
pub fn on_request(cause: Cause, uai: &str, link: bool) -> Markup {
    notice(
        Tone::Warn,
        "Dégagement de responsabilité en cours",
        html! {
            p { "La Région s’est dégagée de sa responsabilité envers cet établissement, par la décision d’une personne\u{a0}: " (cause.label().to_lowercase()) ". Cette demande reste possible, mais tant que dure la décision\u{a0}:" }
            (lines(&losses(cause)))
            p { "Le signalement d’un incident de sécurité reste traité. Pour que le motif tombe\u{a0}: " (cause.remedy()) "." }
            p {
                "Le chef d’établissement peut contester la décision."
                @if link { " " a href={ "/etablissements/" (uai) "/responsabilite" } { "Lire la décision et y répondre" } }
            }
        },
    )
}

/// What the page of a school shows.
pub(crate) struct Shown<'a> {
    pub school: &'a School,
    pub history: &'a [(Release, Vec<Contest>)],
    pub names: &'a HashMap<PersonId, String>,
    pub may_decide: bool,
    pub may_contest: bool,
    pub typed: &'a str,
    pub faults: &'a [Fault],
}

impl Shown<'_> {
    fn who(&self, person: PersonId, authority: &str) -> String {
        let name = self.names.get(&person).map_or("une personne", String::as_str);
        format!("{name} ({authority})")
    }
}

pub(crate) fn page(shown: &Shown) -> Markup {
    let lasting = shown.history.iter().find(|(release, _)| release.lasts_for.is_some());
    let past: Vec<_> = shown.history.iter().filter(|(release, _)| release.lasts_for.is_none()).collect();
    html! {
        (back_link(&format!("/etablissements/{}/droits", shown.school.uai), "Droits de l’établissement"))
        (summary(shown.faults))
        h1 { "Responsabilité de la Région" }
        p.lead { (shown.school.name) ", " (shown.school.uai) }
        @match lasting {
            Some((release, contests)) => (in_force(shown, release, contests)),
            None => {
                (empty(html! {
                    p { "La Région répond du système d’information de cet établissement\u{a0}: aucun dégagement de responsabilité n’est en cours." }
                    @if shown.may_decide {
                        p { "Un dégagement est toujours la décision motivée d’une personne. Vous lirez ce que perd l’établissement avant de signer." }
                        p { a.button href={ (path(shown.school)) "/nouvelle" } { "Préparer une décision" } }
                    }
                }))
            }
        }
        @if !past.is_empty() {
            h2 { "Décisions passées" }
            @for (release, contests) in past {
                (details(&format!("{}, décidé le {}", label(release), beffroi_ui::date(release.decided_at)), html! {
                    (told(shown, release, contests))
                }))
            }
        }
    }
}

fn label(release: &Release) -> &'static str {
    Cause::of(&release.ground).map_or("Motif inconnu", Cause::label)
}

fn in_force(shown: &Shown, release: &Release, contests: &[Contest]) -> Markup {
    let Some(cause) = Cause::of(&release.ground) else { return html! {} };
    let awaited = contests.iter().any(|one| one.awaits_for.is_some());
    html! {
        (notice(Tone::Bad, "Dégagement de responsabilité en cours", html! {
            p { (cause.sentence()) }
            p { "Depuis le " (date_time(release.decided_at)) ", par décision de " (shown.who(release.decided_by, &release.authority)) ". " a href={ "/actes/" (release.act_id) } { "Lire l’acte signé" } }
        }))
        h2 { "Ce que perd l’établissement" }
        (lines(&losses(cause)))
        h2 { "Ce qu’il garde" }
        (lines(KEPT))
        p { "Pour que le motif tombe\u{a0}: " (cause.remedy()) "." }
        h2 { "Ce qui s’est dit" }
        (told(shown, release, contests))
        @if shown.may_contest {
            @if awaited { p { (tag(Tone::Warn, "Réponse attendue")) " La Région doit répondre à votre contestation." } }
            @else { p { a.button href={ (path(shown.school)) "/contester" } { "Contester la décision" } } }
        }
        @if shown.may_decide {
            @if awaited { (answer(shown)) }
            p { a href={ (path(shown.school)) "/lever" } { "Lever le dégagement" } }
        }
    }
}

fn answer(shown: &Shown) -> Markup {
    html! {
        h2 { "Répondre à la contestation" }
        form method="post" action={ (path(shown.school)) "/repondre" } data-guard novalidate {
            (form::long_text(&Field::new("answer", "Pourquoi la décision est maintenue")
                .hint("Si la contestation vous convainc, levez plutôt le dégagement\u{a0}: votre motif servira de réponse.")
                .value(shown.typed).error(fault(shown.faults, "answer"))))
            div.actions { (form::submit("Maintenir la décision et répondre")) }
        }
    }
}

/// The decision, what was said against it, the answers, and its end, in order.
fn told(shown: &Shown, release: &Release, contests: &[Contest]) -> Markup {
    let moment = |who: String, what: &str, at, body: Markup| Moment {
        kind: "public",
        meta: html! { strong { (what) } ", " (who) ", le " (date_time(at)) },
        body,
    };
    let mut moments = vec![moment(
        shown.who(release.decided_by, &release.authority),
        "Décision",
        release.decided_at,
        html! {
            p { (label(release)) "." }
            p.signed { (release.reason) }
            p { strong { "Éléments à l’appui" } }
            p.signed { (release.evidence) }
        },
    )];
    for one in contests {
        let who = shown.who(one.contested_by, &one.authority);
        moments.push(moment(who, "Contestation", one.contested_at, html! { p.signed { (one.text) } }));
        let said = one
            .answered_by
            .zip(one.answered_at)
            .zip(one.answer.as_deref().zip(one.answer_authority.as_deref()));
        // A decision lifted says its reason once, below.
        if let Some(((by, at), (answer, authority))) = said.filter(|_| !one.lifted) {
            let who = shown.who(by, authority);
            moments.push(moment(who, "Décision maintenue", at, html! { p.signed { (answer) } }));
        }
    }
    let lifted = release
        .lifted_by
        .zip(release.lifted_at)
        .zip(release.lift_reason.as_deref().zip(release.lift_authority.as_deref()));
    if let Some(((by, at), (reason, authority))) = lifted {
        let who = shown.who(by, authority);
        moments.push(moment(who, "Dégagement levé", at, html! { p.signed { (reason) } }));
    }
    timeline(&moments)
}

pub(crate) fn draft(school: &School, draft: &Draft, faults: &[Fault]) -> Markup {
    let choices: Vec<Choice> = Cause::ALL
        .iter()
        .map(|cause| Choice {
            value: cause.slug(),
            label: cause.label(),
            hint: cause.sentence(),
            chosen: draft.cause == Some(*cause),
        })
        .collect();
    html! {
        (back(school))
        (summary(faults))
        h1 { "Dégager la responsabilité de la Région" }
        p.lead { (school.name) ", " (school.uai) ". Vous relirez la décision et ses conséquences avant de signer." }
        form method="post" action={ (path(school)) "/nouvelle" } data-guard novalidate {
            (form::radios(&Field::new("ground", "Quel est le motif\u{a0}?").hint("Il n’y en a pas d’autre.").error(fault(faults, "ground")), &choices))
            (form::long_text(&Field::new("reason", "Quels sont les faits et les raisons\u{a0}?")
                .hint("Dites ce qui a été constaté, quand, et pourquoi la décision s’impose. L’établissement le lira.")
                .value(&draft.reason).error(fault(faults, "reason"))))
            (form::long_text(&Field::new("evidence", "Quels éléments l’établissent\u{a0}?")
                .hint("Constats, dates, auteurs, références de demandes ou de courriers.")
                .value(&draft.evidence).error(fault(faults, "evidence"))))
            div.actions { (form::submit("Relire la décision")) }
        }
    }
}

/// What is read before signing.
pub(crate) struct Preview<'a> {
    pub school: &'a School,
    pub draft: &'a Draft,
    pub cause: Cause,
    pub text: &'a str,
    pub text_sha256: &'a str,
    pub services: &'a [(String, String)],
    pub means: Means,
    pub faults: &'a [Fault],
}

pub(crate) fn preview(preview: &Preview) -> Markup {
    let school = preview.school;
    html! {
        (back(school))
        (summary(preview.faults))
        h1 { "Relire et signer la décision" }
        p.lead { (school.name) ", " (school.uai) }
        (notice(Tone::Warn, "Ce que perd l’établissement", lines(&losses(preview.cause))))
        @if !preview.services.is_empty() {
            (details(&format!("Les {} services du catalogue qui ne seront plus garantis", preview.services.len()), html! {
                ul { @for (slug, title) in preview.services { li { a href={ "/catalogue/" (slug) } { (title) } } } }
            }))
        }
        h2 #texte { "Texte de la décision" }
        (notice(Tone::Calm, "Dégagement de responsabilité", html! { p.signed { (preview.text) } }))
        h2 { "Votre signature" }
        p { "Le chef d’établissement, le secrétaire général et le service d’exploitation en seront informés aussitôt." }
        form method="post" action={ (path(school)) "/nouvelle" } data-guard novalidate {
            input type="hidden" name="ground" value=(preview.cause.slug());
            input type="hidden" name="reason" value=(preview.draft.reason);
            input type="hidden" name="evidence" value=(preview.draft.evidence);
            input type="hidden" name="texte" value=(preview.text_sha256);
            (proving(&Proving {
                subjects: &[crate::liability::decision(school.id, preview.text_sha256)],
                keys: preview.means.keys,
                key_only: preview.means.key_only,
                hint: "Le saisir de nouveau vaut signature électronique simple du texte ci-dessus.",
                error: fault(preview.faults, "password"),
                buttons: html! { button type="submit" name="etape" value="signer" { "Signer la décision" } },
                label: "Signer avec une clé d’accès",
            }))
            div.actions {
                button.secondary type="submit" name="etape" value="modifier" data-back { "Modifier" }
            }
        }
    }
}

pub(crate) fn contest(school: &School, typed: &str, faults: &[Fault]) -> Markup {
    html! {
        (back(school))
        (summary(faults))
        h1 { "Contester la décision" }
        p.lead { (school.name) ", " (school.uai) ". La décision et votre contestation restent toutes deux au dossier. La Région doit répondre." }
        form method="post" action={ (path(school)) "/contester" } data-guard novalidate {
            (form::long_text(&Field::new("text", "Pourquoi la décision est-elle à revoir\u{a0}?")
                .hint("Dites ce qui est inexact ou ce qui a changé, avec les dates et les éléments qui le montrent.")
                .value(typed).error(fault(faults, "text"))))
            div.actions { (form::submit("Transmettre à la Région")) }
        }
    }
}

pub(crate) fn lift(school: &School, means: Means, typed: &str, faults: &[Fault]) -> Markup {
    html! {
        (back(school))
        (summary(faults))
        h1 { "Lever le dégagement" }
        p.lead { (school.name) ", " (school.uai) ". La Région répondra et accompagnera de nouveau l’établissement, dès maintenant." }
        form method="post" action={ (path(school)) "/lever" } data-guard novalidate {
            (form::long_text(&Field::new("reason", "Pourquoi la décision est-elle levée\u{a0}?")
                .hint("L’établissement le lira. Si une contestation attend, ce sera votre réponse.")
                .value(typed).error(fault(faults, "reason"))))
            (proving(&Proving {
                subjects: &[crate::liability::lifting(school.id)],
                keys: means.keys,
                key_only: means.key_only,
                hint: "Comme pour signer\u{a0}: le saisir de nouveau vaut signature de cette décision.",
                error: fault(faults, "password"),
                buttons: form::submit("Lever le dégagement"),
                label: "Lever avec une clé d’accès",
            }))
        }
    }
}
