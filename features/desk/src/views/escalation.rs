//! Escalations: the mark of a line, and who is told at which step.

use beffroi_ui::{Tone, form, tag};
use maud::{Markup, html};

use super::major::Typed;
use crate::escalation::{Clock, Levels, Step, Told};

/// On the line of a list, for agents.
pub(crate) fn mark(escalated: bool) -> Markup {
    html! { @if escalated { " " (tag(Tone::Warn, "Escaladée")) } }
}

/// The name of a field of the form.
pub(crate) fn name(clock: Clock, what: &str) -> String {
    format!("{}-{what}", clock.slug())
}

pub(crate) fn page(levels: &Levels, may_set: bool, typed: &Typed) -> Markup {
    html! {
        (beffroi_ui::back_link("/region", "Région"))
        (typed.summary())
        h1 { "Escalades" }
        p.lead { "Quand un délai s’achève sans que la demande avance, Beffroi prévient par courriel, l’écrit dans la demande et marque sa ligne «\u{a0}Escaladée\u{a0}»." }
        p { "Une demande en attente n’est pas escaladée\u{a0}: son délai est suspendu. Une demande sans engagement de délai ne l’est jamais." }
        @if may_set {
            form method="post" action="/region/escalades" data-guard {
                @for clock in Clock::ALL { (ladder(clock, levels, typed)) }
                p.quiet { "Le changement vaut dès la prochaine vérification de chaque délai." }
                div.actions { (form::submit("Enregistrer")) }
            }
        } @else {
            @for clock in Clock::ALL { (reading(clock, levels)) }
            p.quiet { "Le responsable du département règle ces étapes." }
        }
    }
}

fn ladder(clock: Clock, levels: &Levels, typed: &Typed) -> Markup {
    let ladder = levels.of(clock);
    let (share, days) = (name(clock, "share"), name(clock, "days"));
    let (part, after) = (ladder.share.to_string(), ladder.days.to_string());
    let shown = |name: &str, kept: &str| typed.fields.get(name).unwrap_or(kept).to_owned();
    let (part, after) = (shown(&share, &part), shown(&days, &after));
    let error = |name: &str| {
        typed.wrong.as_ref().filter(|(field, _)| *field == name).map(|(_, message)| message.clone())
    };
    let (part_error, after_error) = (error(&share), error(&days));
    let part = form::Field::new(&share, "Première étape, en % du délai")
        .hint("De 50 à 99, en temps de travail")
        .value(&part)
        .error(part_error.as_deref());
    let after = form::Field::new(&days, "Dernière étape, en jours ouvrés après l’échéance")
        .hint("De 1 à 20")
        .value(&after)
        .error(after_error.as_deref());
    html! {
        section aria-labelledby=(clock.slug()) {
            h2 id=(clock.slug()) { (clock.label()) }
            (form::input(&part, "number"))
            @for step in Step::ALL {
                @if step == Step::After { (form::input(&after, "number")) }
                (told(clock, step, ladder.told(step)))
            }
        }
    }
}

fn told(clock: Clock, step: Step, told: Told) -> Markup {
    let name = name(clock, step.slug());
    let label = match step {
        Step::Soon => "À la première étape, prévenir",
        Step::Breach => "À l’échéance, prévenir",
        Step::After => "À la dernière étape, prévenir",
    };
    let choices = [
        form::Choice {
            value: "team",
            label: "Qui s’en occupe",
            hint: "À défaut la personne de permanence, à défaut l’équipe.",
            chosen: told.team,
        },
        form::Choice {
            value: "managers",
            label: "Les responsables de service",
            hint: "Ceux de l’équipe et du territoire de l’établissement.",
            chosen: told.managers,
        },
    ];
    form::checkboxes(&form::Field::new(&name, label), &choices)
}

fn reading(clock: Clock, levels: &Levels) -> Markup {
    let ladder = levels.of(clock);
    let words = |told: Told| match (told.team, told.managers) {
        (true, true) => "qui s’en occupe et les responsables de service",
        (true, false) => "qui s’en occupe",
        (false, true) => "les responsables de service",
        (false, false) => "personne",
    };
    let line = |step: Step, when: String| (when, html! { (words(ladder.told(step))) });
    let facts = [
        line(Step::Soon, format!("À {}\u{a0}% du délai", ladder.share)),
        line(Step::Breach, "À l’échéance".to_owned()),
        line(
            Step::After,
            format!("{} après", beffroi_ui::plural(i64::from(ladder.days), "jour ouvré", "jours ouvrés")),
        ),
    ];
    html! { h2 { (clock.label()) } (beffroi_ui::facts(&facts)) }
}
