//! The pages of personal data.

use beffroi_directory::{Keys, Person, Proving, proving};
use beffroi_ui::form::{self, Field};
use beffroi_ui::{Column, Tone, back_link, notice, table};
use maud::{Markup, html};

use crate::erase::{Erased, erasure};
use crate::held::{self, Fate, everything};

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Deleted => "supprimé",
        Fate::Nameless => "gardé sans nom",
        Fate::Proof => "gardé comme preuve",
    }
}

/// What may be held about oneself, and how to have it; `requests` when the person has a list of them.
pub(crate) fn own(requests: bool) -> Markup {
    let columns = [Column::text("Ce que Beffroi peut garder"), Column::text("Si vous êtes effacé")];
    let rows: Vec<Vec<Markup>> =
        everything().map(|held| vec![html! { (held.label) }, html! { (fate(held.fate)) }]).collect();
    html! {
        (back_link("/compte", "Mon compte"))
        h1 { "Mes données" }
        p.lead { "Beffroi garde ce qui sert à traiter les demandes de votre lycée et à prouver les actes signés." }
        h2 { "Obtenir, corriger, effacer" }
        ul {
            @if requests {
                li { "Vos demandes et leurs messages se lisent dans " a href="/demandes" { "Demandes" } "." }
            }
            li { "Pour recevoir tout ce qui vous concerne dans un fichier, ou pour être effacé, écrivez au délégué à la protection des données de la Région. Il répond sous un mois." }
            li { "On ne peut effacer une personne qui tient encore une fonction, ou un droit par un acte en vigueur." }
        }
        h2 { "Ce que Beffroi peut garder de vous" }
        p { "Gardé sans nom\u{a0}: la ligne appartient au dossier du lycée, votre nom en disparaît. Gardé comme preuve\u{a0}: un acte signé reste entier, car il doit pouvoir être prouvé." }
        (table("Données personnelles", &columns, &rows))
    }
}

/// Whose data are asked for.
pub(crate) fn find(login: &str, error: Option<&str>) -> Markup {
    let field = Field::new("identifiant", "Identifiant de la personne")
        .hint("Celui qu’elle tape pour se connecter, par exemple nadia.morel")
        .value(login)
        .error(error);
    let errors: Vec<(String, String)> =
        error.map(|error| ("identifiant".to_owned(), error.to_owned())).into_iter().collect();
    html! {
        (form::error_summary(&errors))
        h1 { "Données d’une personne" }
        p.lead { "Répondre à une personne qui demande ce que Beffroi garde d’elle, ou qui demande à être effacée." }
        form method="get" action="/region/donnees" {
            (form::text(&field))
            (form::submit("Continuer"))
        }
    }
}

/// What is held about a person.
pub(crate) struct Held<'a> {
    pub(crate) person: &'a Person,
    pub(crate) held: &'a [(&'static held::Held, i64)],
    /// How keys stand for whoever looks.
    pub(crate) keys: Keys,
    pub(crate) motive: &'a str,
    /// The field to mend, and how.
    pub(crate) error: Option<(&'static str, &'a str)>,
}

pub(crate) fn one(page: &Held) -> Markup {
    let errors: Vec<(String, String)> =
        page.error.map(|(field, error)| (field.to_owned(), error.to_owned())).into_iter().collect();
    let error = |field: &str| page.error.filter(|(name, _)| *name == field).map(|(_, error)| error);
    let columns = [Column::text("Données"), Column::number("Lignes"), Column::text("À l’effacement")];
    let row = |(held, count): &(&held::Held, i64)| {
        vec![html! { (held.label) }, html! { (count) }, html! { (fate(held.fate)) }]
    };
    html! {
        (back_link("/region/donnees", "Une autre personne"))
        (form::error_summary(&errors))
        h1 { "Données de " (page.person.name()) }
        p { "Identifiant " strong { (page.person.login) } ". Cette consultation est inscrite au journal." }
        (table("Ce que Beffroi garde", &columns, &page.held.iter().map(row).collect::<Vec<_>>()))
        p { a.secondary href={ "/region/donnees/" (page.person.id) "/fichier" } download { "Télécharger tout (JSON)" } }
        p.hint { "Ni mots de passe, ni clés, ni données d’une autre personne. Le contenu des pièces jointes se télécharge depuis chaque demande." }
        h2 { "Effacer cette personne" }
        (notice(Tone::Bad, "Sans retour", html! {
            p { "Son nom, son adresse, son compte, ses brouillons et ses traces d’écran disparaissent. Les demandes de son lycée restent, sans nom. Les actes signés et le journal restent entiers. Les textes où quelqu’un a écrit son nom ne sont pas changés, et les sauvegardes la contiennent jusqu’à leur fin." }
        }))
        form method="post" action={ "/region/donnees/" (page.person.id) "/effacer" } {
            (form::long_text(&Field::new("motif", "Pourquoi").hint("Gardé au journal. N’y écrivez pas le nom de la personne.").value(page.motive).error(error("motif"))))
            (proving(&Proving {
                subjects: &[erasure(page.person.id)],
                keys: page.keys,
                key_only: false,
                hint: "Le vôtre, pour prouver que c’est bien vous qui effacez.",
                error: error("password"),
                buttons: html! { button.danger type="submit" { "Effacer " (page.person.name()) } },
                label: "Effacer avec une clé d’accès",
            }))
        }
    }
}

pub(crate) fn erased(erased: &Erased) -> Markup {
    html! {
        h1 { "La personne est effacée" }
        p { (erased.deleted) " lignes supprimées. Ce qui reste n’a plus de nom\u{a0}: elle s’appelle désormais «\u{a0}Personne effacée\u{a0}», identifiant " (erased.login) "." }
        p { "L’effacement est inscrit au journal. Répondez à la personne sous un mois après sa demande." }
        p { a href="/region/donnees" { "Une autre personne" } }
    }
}
