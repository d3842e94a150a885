//! Every component on one page: looked at, checked by axe and photographed by the browser tests.

use chrono::{DateTime, TimeDelta};
use maud::{Markup, html};

use crate::form::{self, Choice, Field};
use crate::{
    Answer, Bar, Column, Flash, Moment, NavItem, Pace, Page, Question, Task, Tone, UserBar, Width, back_link,
    bar_chart, breadcrumbs, checklist, choices, confirmation, deadline, details, empty, facts, next_steps,
    notice, page, pages, question, reference, summary_list, table, tabs, tag, task_list, timeline,
};

/// The whole page.
#[must_use]
pub fn gallery() -> Markup {
    let item = |href: &str, label: &str, badge| NavItem {
        href: href.into(),
        label: label.into(),
        current: href == "/demandes",
        badge,
    };
    page(Page {
        title: "Composants".into(),
        user: Some(UserBar {
            name: "Claire Lens".into(),
            role: "Proviseure, lycée Jean-Bart".into(),
            home: "/".into(),
        }),
        nav: vec![
            item("/accueil", "Accueil", None),
            item("/demandes", "Demandes", Some(3)),
            item("/catalogue", "Catalogue", None),
            item("/etablissement", "Établissement", None),
        ],
        bulletins: Vec::new(),
        width: Width::Table,
        flash: Some(Flash { text: "Votre brouillon est enregistré.".into(), good: true }),
        has_errors: true,
        scripts: Vec::new(),
        body: html! { (places()) (blocks()) (fields()) (asked()) (lists()) (numbers()) (drawings()) },
    })
}

fn section(id: &str, title: &str, body: Markup) -> Markup {
    html! { section aria-labelledby=(id) { h2 id=(id) { (title) } (body) } }
}

fn places() -> Markup {
    html! {
        (breadcrumbs(&[("/", "Accueil"), ("/demandes", "Demandes")]))
        (back_link("/demandes", "Retour aux demandes"))
        h1 { "Le vidéoprojecteur de la salle B12 ne s’allume plus" }
        p.lead { "Votre demande attend la validation de M. Lens depuis 2 jours." }
        (tabs("Vues de la demande", &[("#a".into(), "Suivi".into(), true), ("#b".into(), "Détails".into(), false)]))
    }
}

fn blocks() -> Markup {
    let tones = [
        (Tone::Quiet, "Brouillon"),
        (Tone::Calm, "En cours"),
        (Tone::Good, "Résolue"),
        (Tone::Warn, "En attente de l’établissement"),
        (Tone::Bad, "Refusée"),
    ];
    let body = html! {
        p { @for (tone, word) in tones { (tag(tone, word)) " " } }
        (notice(Tone::Calm, "À savoir", html! { p { "Une équipe mobile passe dans l’établissement chaque mardi." } }))
        (notice(Tone::Warn, "Attention", html! { p { "L’établissement est fermé le jour du rendez-vous proposé." } }))
        (notice(Tone::Bad, "Ce service ne couvre pas cette demande", html! { p { "Les équipements personnels restent à la charge de leur propriétaire." } }))
        p { "La Région " strong.commitment { "installe les postes" } " ; l’établissement " strong.duty { "fournit un câble réseau par poste" } "." }
        (details("Pourquoi cette question ?", html! { p { "Elle décide de l’équipe qui vous répond." } }))
        (empty(html! { p { "Vos demandes apparaîtront ici." } p { a href="/catalogue" { "Choisir un service du catalogue" } " pour commencer." } }))
        (confirmation("BFR-2026-004217", "Votre demande est transmise", html! {
            (next_steps(&["L’équipe mobile lit votre demande.".into(), "Elle vous propose un rendez-vous.".into()]))
        }))
    };
    section("blocs", "Blocs", body)
}

fn fields() -> Markup {
    let errors = [
        ("salle".to_owned(), "Indiquez la salle".to_owned()),
        ("origine".to_owned(), "Choisissez une origine".to_owned()),
    ];
    let choice = |value, label, hint| Choice { value, label, hint, chosen: false };
    let body = html! {
        (form::error_summary(&errors))
        form method="post" action="/galerie" novalidate data-guard {
            (form::text(&Field::new("salle", "Salle").hint("Par exemple : B12").error(Some("Indiquez la salle"))))
            (form::input(&Field::new("courriel", "Adresse électronique").autocomplete("email"), "email"))
            (form::input(&Field::new("postes", "Nombre de postes").value("12"), "number"))
            (form::input(&Field::new("debut", "À partir de quand ?").value("2026-11-23"), "date"))
            (form::password(&Field::new("secret", "Mot de passe").autocomplete("current-password")))
            (form::long_text(&Field::new("description", "Que se passe-t-il ?").hint("Décrivez ce que vous voyez, avec vos mots.")))
            (form::select(&Field::new("batiment", "Bâtiment").value("b"), &[("a".into(), "Bâtiment A".into()), ("b".into(), "Bâtiment B".into())]))
            (form::radios(&Field::new("origine", "À qui appartient ce matériel ?").error(Some("Choisissez une origine")), &[
                choice("region", "À la Région", "Il porte une étiquette d’inventaire."),
                choice("lycee", "À l’établissement", ""),
            ]))
            (form::checkboxes(&Field::new("touches", "Qui est gêné ?"), &[choice("eleves", "Des élèves", ""), choice("agents", "Des agents", "")]))
            (form::yes_no(&Field::new("garantie", "Le matériel est-il sous garantie ?").value("yes")))
            (form::file(&Field::new("photo", "Photo du matériel").hint("20 Mo au plus."), 20_000_000, "exe,bat"))
            (form::rows(&Field::new("logiciels", "Logiciels à installer"), &[("nom".into(), "Logiciel".into()), ("version".into(), "Version".into())], &[vec!["LibreOffice".into(), "26.2".into()]], 1))
            div.actions {
                (form::submit("Envoyer la demande"))
                button.secondary { "Enregistrer le brouillon" }
                button.danger { "Retirer la demande" }
                button.plain { "Annuler" }
            }
        }
    };
    section("champs", "Champs", body)
}

fn asked() -> Markup {
    let asked = Question {
        back: "#champs",
        action: "/galerie",
        caption: "Signaler une panne · étape 2 sur 5",
        errors: &[],
        field: form::yes_no(&Field::new("branche", "Le câble est-il branché ?")),
        multipart: false,
        submit: "Continuer",
    };
    section("question", "Une question par page", question(&asked))
}

fn lists() -> Markup {
    let answers = [
        Answer { label: "Salle", value: html! { "B12" }, change: Some("#salle") },
        Answer { label: "Référence", value: reference("BFR-2026-004217"), change: None },
    ];
    let tasks = [
        Task { title: "Décrire la panne", href: Some("#champs"), tone: Tone::Good, state: "Fait" },
        Task { title: "Joindre une photo", href: Some("#photo"), tone: Tone::Calm, state: "En cours" },
        Task { title: "Relire et envoyer", href: None, tone: Tone::Quiet, state: "Pas encore possible" },
    ];
    let moment =
        |kind, meta: &str, body: &str| Moment { kind, meta: html! { (meta) }, body: html! { (body) } };
    let body = html! {
        (summary_list(&answers))
        (facts(&[("Équipe".into(), html! { "Équipe mobile de Dunkerque" })]))
        (task_list(&tasks))
        form method="post" action="/galerie" { (checklist("cables", "À vérifier sur place", &[("Un câble réseau par poste".into(), true), ("Une prise libre".into(), false)])) }
        (choices(&[("/a".into(), "Signaler une panne".into(), "Un poste, un écran ou un vidéoprojecteur.".into()), ("/b".into(), "Demander un logiciel".into(), String::new())]))
        (timeline(&[
            moment("public", "Claire Lens, proviseure · lundi 23 novembre 2026 à 9 h 12", "Le vidéoprojecteur clignote en rouge."),
            moment("internal", "Note interne, invisible de l’établissement · Karim Diallo · à 10 h 40", "Lampe à prévoir."),
            moment("system", "Beffroi · à 10 h 41", "La demande est confiée à l’équipe mobile de Dunkerque."),
        ]))
    };
    section("listes", "Listes", body)
}

fn numbers() -> Markup {
    let due = DateTime::from_timestamp(1_795_440_000, 0).unwrap_or_default();
    let columns =
        [Column::text("Référence"), Column::text("Objet"), Column::text("État"), Column::number("Messages")];
    let row = |number: &str, subject: &str, tone, state: &str, messages: &str| {
        vec![
            html! { a href="/demandes" { (reference(number)) } },
            html! { (subject) },
            tag(tone, state),
            html! { (messages) },
        ]
    };
    let rows = [
        row("BFR-2026-004217", "Vidéoprojecteur en panne, salle B12", Tone::Calm, "En cours", "3"),
        row("BFR-2026-004218", "Compte d’un nouvel enseignant", Tone::Bad, "En retard", "12"),
    ];
    let bar = |label: &str, value| Bar { label: label.into(), value };
    let body = html! {
        p { "Réponse " (deadline(due, TimeDelta::hours(51), Pace::Working)) }
        p { "Solution " (deadline(due, TimeDelta::hours(-30), Pace::Calendar)) }
        (table("Demandes de l’établissement", &columns, &rows))
        (pages(Some("#debut"), Some("#suite")))
        (bar_chart("Demandes par thème", "Demandes", &[bar("Postes de travail", 42), bar("Impression", 17), bar("Internet et filtrage des sites", 0)]))
    };
    section("nombres", "Délais, tableaux, graphiques", body)
}

fn drawings() -> Markup {
    use crate::charts::{
        Bucket, Figure, Part, Point, Range, column_chart, figure, range, range_key, stacked, trend, trend_key,
    };
    let label = |number: u32| format!("mois {number}");
    let point = |number: u32| Point {
        label: label(number),
        half: (number != 5).then_some(200 + number * 9),
        nine_in_ten: (number != 5).then_some(420 + number * 31),
        under_way: number == 12,
    };
    let bucket = |number: u32| Bucket {
        label: label(number),
        total: 20 + number * 3,
        part: number / 2,
        under_way: number == 12,
    };
    let months = || 1..=12;
    let points: Vec<Point> = months().map(point).collect();
    let buckets: Vec<Bucket> = months().map(bucket).collect();
    let part = |label, count| Part { label, count };
    let drawn = |title, key, drawing| {
        let rows = [vec![html! { "mois 1" }, html! { "209" }]];
        let columns = [Column::text("Mois"), Column::number("Minutes")];
        figure(&Figure { title, key, drawing, columns: &columns, rows: &rows })
    };
    let ranges = html! {
        @for (half, nine_in_ten) in [(120, Some(400)), (300, Some(900)), (90, None)] {
            (range(Range { half: Some(half), nine_in_ten, promise: 240 }))
        }
    };
    let body = html! {
        (drawn("Annoncé et mesuré", Some(range_key()), ranges))
        (drawn("Mois après mois", Some(trend_key("4 heures ouvrées")), trend(&points, 240, "Première réponse.")))
        (drawn("Volumes", None, column_chart(&buckets, "Demandes reçues.")))
        (drawn("Avis", None, stacked(&[part("Convient", 70), part("En partie", 20), part("Ne convient pas", 10)])))
    };
    section("dessins", "Délais mesurés", body)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
        let opening = format!(" {attribute}=\"");
        html.split(&opening).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn every_id_is_unique_and_every_tie_leads_somewhere() {
        let html = gallery().into_string();
        let ids = values(&html, "id");
        let known: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(known.len(), ids.len(), "an id stands twice");

        for attribute in ["for", "aria-describedby", "aria-labelledby"] {
            for tie in values(&html, attribute).iter().flat_map(|list| list.split(' ')) {
                assert!(known.contains(tie), "{attribute} names {tie}, which does not exist");
            }
        }
    }

    #[test]
    fn nothing_inline_that_the_content_policy_refuses() {
        let html = gallery().into_string();
        assert!(!html.contains(" style=") && !html.contains("<style") && !html.contains(" onclick="));
    }
}
