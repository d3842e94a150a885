//! A school's own page, for its management.

use beffroi_kernel::Access;
use beffroi_ui::form::{self, Choice, Field};
use beffroi_ui::{Page, empty};
use beffroi_web::Submitted;
use maud::{Markup, html};

use super::schools::{closure_words, holders, identity};
use super::{Faults, account, flash, shell};
use crate::{Closure, Fault, FunctionHeld, School};

/// What the page shows.
pub(crate) struct OwnSchool<'a> {
    pub access: &'a Access,
    pub school: &'a School,
    pub others: &'a [School],
    pub functions: &'a [FunctionHeld],
    pub closures: &'a [Closure],
    pub candidates: &'a [FunctionHeld],
    pub sg_validation: bool,
    pub may_name: bool,
    pub typed: &'a Submitted,
    /// The form that has faults: its fields bear this prefix.
    pub prefix: &'a str,
    pub faults: &'a [Fault],
    pub done: Option<&'a str>,
}

const DONE: &[(&str, &str)] = &[
    ("reglage", "Le réglage est enregistré ; il vaut pour les prochaines demandes."),
    ("fermeture", "La fermeture est déclarée."),
    ("retrait", "La fermeture est retirée."),
    ("remplacant", "Le remplacement est enregistré ; la personne en est avertie par courriel."),
    ("fin-remplacement", "Le remplacement est terminé ; la personne en est avertie."),
];

pub(crate) fn own_school(page: &OwnSchool) -> Markup {
    let faults = Faults { list: page.faults, prefix: page.prefix };
    let body = html! {
        (faults.summary())
        h1 { (page.school.name) }
        @if !page.others.is_empty() {
            p { "Vos autres établissements : "
                @for (other, position) in page.others.iter().zip(0..) {
                    @if position > 0 { ", " } a href={ "/etablissement?e=" (other.id) } { (other.name) }
                }
            }
        }
        (identity(page.school))
        p { a href={ "/etablissements/" (page.school.uai) "/responsabilite" } { "Responsabilité de la Région envers l’établissement" } }
        h2 { "Qui exerce quoi" }
        (holders(page.functions, page.access.at))
        p.quiet { "Une fonction manque ou n’est plus à jour ? Prévenez la Région, qui tient l’annuaire." }
        h2 { "Remplacement du chef d’établissement" }
        (substitutes(page))
        h2 { "Validation des demandes" }
        (validation(page))
        h2 { "Fermetures" }
        (closures(page))
    };
    let frame = Page::wide(page.school.name.clone(), body).with_errors(!page.faults.is_empty());
    shell(Some(page.access), "/etablissement", frame.with_flash(flash(page.done, DONE)))
}

impl OwnSchool<'_> {
    fn error(&self, prefix: &str, field: &str) -> Option<&str> {
        let own = self.faults.iter().filter(|_| self.prefix == prefix);
        own.filter(|fault| fault.field == field).map(|fault| fault.message.as_str()).next()
    }

    fn typed(&self, name: &str) -> &str {
        self.typed.get(name).unwrap_or_default()
    }

    fn hidden(&self) -> Markup {
        html! { input type="hidden" name="school" value=(self.school.id); }
    }
}

fn substitutes(page: &OwnSchool) -> Markup {
    let now = page.access.at;
    let planned = |held: &&FunctionHeld| {
        held.substitute_for.is_some() && held.to.is_some_and(|to| to > now && to > held.from)
    };
    let planned: Vec<&FunctionHeld> = page.functions.iter().filter(planned).collect();
    html! {
        @if planned.is_empty() { (empty(html! { p { "Aucun remplacement en cours ni prévu." } })) }
        ul {
            @for held in &planned {
                li {
                    (held.person_name) ", " (account::period(held)) " " (account::state(held, now))
                    @if page.may_name {
                        form method="post" action="/etablissement/remplacants/fin" {
                            (page.hidden())
                            input type="hidden" name="function" value=(held.id);
                            button type="submit" class="plain" { "Terminer" span.visually-hidden { " le remplacement par " (held.person_name) } }
                        }
                    }
                }
            }
        }
        @if page.may_name { (substitute_form(page)) }
        @else { p.quiet { "Le chef d’établissement en fonction désigne qui le remplace." } }
    }
}

fn substitute_form(page: &OwnSchool) -> Markup {
    if page.candidates.is_empty() {
        return html! { p { "Personne d’autre n’exerce de fonction de direction en ce moment : il n’y a personne à désigner." } };
    }
    let people: Vec<(String, String)> = page
        .candidates
        .iter()
        .map(|held| {
            (
                held.person.to_string(),
                format!("{}, {}", held.person_name, beffroi_kernel::in_sentence(held.role.label())),
            )
        })
        .collect();
    let prefix = "substitute_";
    let person = Field::new("substitute_person", "Personne qui vous remplace")
        .hint("Elle reçoit vos demandes à valider et à signer, aux dates choisies seulement.")
        .value(page.typed("substitute_person"))
        .error(page.error(prefix, "person"));
    let from = Field::new("substitute_from", "Premier jour")
        .value(page.typed("substitute_from"))
        .error(page.error(prefix, "from"));
    let to = Field::new("substitute_to", "Dernier jour")
        .value(page.typed("substitute_to"))
        .error(page.error(prefix, "to"));
    html! {
        form method="post" action="/etablissement/remplacants" novalidate {
            (page.hidden())
            (form::select(&person, &people))
            (form::input(&from, "date"))
            (form::input(&to, "date"))
            (form::submit("Désigner cette personne"))
        }
    }
}

fn validation(page: &OwnSchool) -> Markup {
    let choice = |value, label, hint, chosen| Choice { value, label, hint, chosen };
    let field = Field::new("sg-validation", "Le secrétaire général valide-t-il les demandes avant l’envoi ?")
        .hint("Ce choix porte sur les étapes données en exemple dans les fiches ; celles que la Région impose restent.");
    let choices = [
        choice("yes", "Oui", "Les demandes l’attendent avant de partir.", page.sg_validation),
        choice("no", "Non", "Les demandes partent sans cette étape.", !page.sg_validation),
    ];
    html! {
        form method="post" action="/etablissement/reglages" {
            (page.hidden())
            (form::radios(&field, &choices))
            button type="submit" class="secondary" { "Enregistrer le réglage" }
        }
    }
}

fn closures(page: &OwnSchool) -> Markup {
    let prefix = "closure_";
    let field =
        |name, label, key| Field::new(name, label).value(page.typed(name)).error(page.error(prefix, key));
    html! {
        p { "Les jours où personne ne peut recevoir un technicien, hors jours fériés." }
        @if page.closures.is_empty() { (empty(html! { p { "Aucune fermeture déclarée." } })) }
        ul {
            @for closure in page.closures {
                li {
                    (closure_words(closure))
                    form method="post" action="/etablissement/fermetures/retrait" {
                        (page.hidden())
                        input type="hidden" name="closure" value=(closure.id);
                        button type="submit" class="plain" { "Retirer" span.visually-hidden { " la fermeture " (closure_words(closure)) } }
                    }
                }
            }
        }
        form method="post" action="/etablissement/fermetures" novalidate {
            (page.hidden())
            (form::input(&field("closure_from", "Premier jour de fermeture", "from"), "date"))
            (form::input(&field("closure_to", "Dernier jour de fermeture", "to"), "date"))
            (form::text(&field("closure_reason", "Raison", "reason").hint("Par exemple : pont de l’Ascension, travaux.")))
            button type="submit" class="secondary" { "Déclarer la fermeture" }
        }
    }
}
