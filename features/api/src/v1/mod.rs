//! `/api/v1`: each address with its description. Every call passes the door of [`crate::caller`].

mod files;
mod me;
mod query;
mod requests;
mod schools;
mod shapes;
mod sheets;
mod start;
mod treat;

use crate::document::{Doors, Operation};
use shapes as s;

const REQUESTS: &str = "Demandes";

/// Every address of the version, with its description.
pub(crate) fn doors() -> Doors {
    let doors = Doors::new().get(
        "/api/v1/moi",
        me::read,
        Operation::new("lireMoi", "Moi", "Qui appelle, et dans quelles fonctions")
            .answers::<s::Moi>(200, "La personne, ses fonctions en cours et le jeton."),
    );
    catalogue(treating(reading(doors)))
}

fn reading(doors: Doors) -> Doors {
    doors
        .get(
            "/api/v1/demandes",
            requests::list,
            Operation::new("listerDemandes", REQUESTS, "Lister les demandes à portée du jeton")
                .says(
                    "Cinquante demandes par page. Un agent les lit dans l’ordre de sa file, les plus pressantes d’abord\u{a0}; \
                     une personne d’un établissement, de la plus récente à la plus ancienne.",
                )
                .asked::<query::RequestsAsked>()
                .answers::<s::PageDeDemandes>(200, "Une page, et le curseur de la suivante."),
        )
        .post(
            "/api/v1/demandes",
            start::create,
            Operation::new("deposerDemande", REQUESTS, "Déposer une demande")
                .says(
                    "Les questions d’un type de demande se lisent sur sa fiche. Les mêmes règles que sur le site \
                     s’appliquent\u{a0}: réponses vérifiées, périmètre du service, validations de l’établissement.",
                )
                .sent::<s::NouvelleDemande>()
                .answers::<s::DemandeDeposee>(201, "La demande est déposée."),
        )
        .get(
            "/api/v1/demandes/{reference}",
            requests::read,
            Operation::new("lireDemande", REQUESTS, "Lire une demande et son fil")
                .answers::<s::Demande>(200, "La demande, ses réponses, son fil, ses validations et ses fichiers."),
        )
        .get(
            "/api/v1/demandes/{reference}/fichiers/{fichier}",
            files::read,
            Operation::new("lireFichier", REQUESTS, "Lire un fichier d’une demande").gives_file(),
        )
}

fn treating(doors: Doors) -> Doors {
    doors
        .post(
            "/api/v1/demandes/{reference}/messages",
            treat::reply,
            Operation::new("repondre", REQUESTS, "Écrire un message que tous lisent")
                .sent::<s::Texte>()
                .answers::<s::Ecrit>(201, "Le message est écrit."),
        )
        .post(
            "/api/v1/demandes/{reference}/notes",
            treat::note,
            Operation::new("noter", REQUESTS, "Écrire une note interne, pour les agents seulement")
                .sent::<s::Texte>()
                .answers::<s::Ecrit>(201, "La note est écrite."),
        )
        .post(
            "/api/v1/demandes/{reference}/fichiers",
            files::join,
            Operation::new("joindreFichier", REQUESTS, "Joindre un fichier")
                .says("Le contenu est en base64. Les mêmes contrôles que sur le site s’appliquent.")
                .sent::<s::NouveauFichier>()
                .answers::<s::Joint>(201, "Le fichier est joint."),
        )
        .post(
            "/api/v1/demandes/{reference}/etapes",
            treat::step,
            Operation::new("traiter", REQUESTS, "Prendre en charge, mettre en attente, résoudre, clore…")
                .says("Réservé aux agents. Les passages d’un état à l’autre sont ceux du site.")
                .sent::<s::Etape>()
                .answers::<s::Avancee>(200, "La demande a changé d’état."),
        )
        .post(
            "/api/v1/demandes/{reference}/reouverture",
            treat::reopen,
            Operation::new("rouvrir", REQUESTS, "Rouvrir une demande résolue")
                .says("Le texte dit ce qui ne va pas encore\u{a0}: la demande revient à l’équipe.")
                .sent::<s::Texte>()
                .answers::<s::Ecrit>(200, "La demande est rouverte, et le texte écrit sur son fil."),
        )
}

fn catalogue(doors: Doors) -> Doors {
    doors
        .get(
            "/api/v1/fiches",
            sheets::list,
            Operation::new("listerFiches", "Fiches", "Lister les fiches publiées")
                .answers::<s::Fiches>(200, "Toutes les fiches, dans l’ordre du catalogue."),
        )
        .get(
            "/api/v1/fiches/{fiche}",
            sheets::read,
            Operation::new("lireFiche", "Fiches", "Lire une fiche et les questions de ses demandes")
                .answers::<s::Fiche>(200, "La fiche."),
        )
        .get(
            "/api/v1/etablissements",
            schools::list,
            Operation::new(
                "listerEtablissements",
                "Établissements",
                "Lister les établissements à portée du jeton",
            )
            .asked::<query::SchoolsAsked>()
            .answers::<s::PageDEtablissements>(200, "Une page, et le curseur de la suivante."),
        )
        .get(
            "/api/v1/etablissements/{uai}",
            schools::read,
            Operation::new("lireEtablissement", "Établissements", "Lire un établissement")
                .answers::<s::Etablissement>(200, "L’établissement."),
        )
}
