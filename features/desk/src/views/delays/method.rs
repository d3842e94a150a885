//! « Comment nous mesurons »: what a figure counts, and what it leaves out.

use maud::{Markup, html};

pub(crate) fn method() -> Markup {
    html! {
        (beffroi_ui::breadcrumbs(&[("/delais", "Délais mesurés")]))
        h1 { "Comment nous mesurons" }
        p.lead { "Un délai publié doit pouvoir être discuté. Voici ce que chaque chiffre compte, et ce qu’il laisse de côté." }
        h2 { "Du départ à l’arrivée" }
        ul {
            li { strong { "Départ" } " : l’instant où l’équipe reçoit la demande. Le temps des validations dans l’établissement n’est pas compté." }
            li { strong { "Première réponse" } " : le premier message qu’une personne de l’équipe adresse au demandeur. Prendre la demande en charge ou écrire une note interne ne compte pas." }
            li { strong { "Solution" } " : l’instant où l’équipe annonce que c’est fait, entièrement ou en mode dégradé. Si le demandeur rouvre la demande, la solution est mesurée de nouveau, depuis le départ." }
        }
        h2 { "En temps de travail" }
        p { "Seules comptent les heures où les équipes travaillent : de 8 h à 12 h et de 13 h 30 à 17 h 30, du lundi au vendredi, sauf jours fériés. Un jour (j) fait donc huit heures. Les vacances scolaires comptent." }
        p { "Le temps pendant lequel la demande attend l’établissement, un prestataire ou une livraison n’est pas compté, ni celui pendant lequel elle était résolue avant d’être rouverte." }
        h2 { "La moitié, neuf sur dix" }
        p { "Plutôt qu’une moyenne, que quelques cas extrêmes déforment : le temps dans lequel la moitié des demandes ont été servies (la médiane), et celui dans lequel neuf sur dix l’ont été." }
        p { "Une demande compte dans le mois où l’équipe l’a reçue. " strong { "Celles qui attendent encore sont comptées comme les plus lentes" } " : laisser traîner une demande n’améliore jamais un chiffre. Quand trop de demandes attendent, nous écrivons « pas encore connu »." }
        h2 { "Dans le délai" }
        p { "La part des demandes servies avant leur échéance, parmi celles qui l’ont été et celles dont l’échéance est passée. Sur les dessins, un délai annoncé en jours est placé au plus court : trois jours ouvrés y valent 24 heures de travail, alors que l’échéance tombe le soir du troisième jour. " a href="/aide" { "Aide sur les délais" } "." }
        p { "Le délai dessiné est celui de la fiche en vigueur. « Délai indicatif » : il vient d’un usage local, pas d’un engagement officiel de la Région." }
        h2 { "Ce qui est compté à part" }
        ul {
            li { "Les demandes " strong { "sans engagement" } ", hors du service : dans les volumes seulement." }
            li { "Les demandes " strong { "finies autrement" } " (impossibles, refusées, abandonnées, fusionnées) : leur première réponse compte, elles n’ont pas de solution." }
        }
        h2 { "Ce qui n’est pas publié" }
        p { "Sur moins de cinq demandes, rien : un seul cas ne dit rien d’un service et pourrait désigner quelqu’un. Les avis sont arrondis au multiple de cinq le plus proche, pour qu’aucune différence entre deux tableaux ne révèle celui d’une personne. Aucun chiffre ne porte sur un établissement, un technicien ou un demandeur." }
        h2 { "Quand" }
        p { "Chaque nuit, pour les mois où une demande a changé. Le mois en cours est signalé : ses chiffres bougeront encore." }
    }
}
