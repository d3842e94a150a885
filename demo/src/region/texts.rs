//! What people write: rooms, machines, symptoms by theme, answers of technicians. Small lists that
//! multiply, so that no two thousand requests read the same; all of it invented.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::template::Slot;

const BUILDINGS: &[&str] = &["A", "B", "C", "D", "E", "F"];
const PLACES: &[&str] = &[
    "au CDI",
    "à l’atelier de mécanique",
    "au laboratoire de physique",
    "au laboratoire de sciences",
    "à l’intendance",
    "à la vie scolaire",
    "en salle des professeurs",
    "à l’accueil",
    "à l’infirmerie",
    "à l’internat",
    "à l’atelier de soudure",
    "à la cuisine pédagogique",
    "au secrétariat des élèves",
    "au bureau des examens",
];
const SINCE: &[&str] = &[
    "depuis ce matin",
    "depuis hier",
    "depuis lundi",
    "depuis la rentrée",
    "depuis la coupure de courant",
    "depuis la mise à jour",
    "depuis deux jours",
    "depuis une semaine",
    "de façon irrégulière",
    "surtout entre dix heures et midi",
];
const ENDS: &[&str] = &[
    "Les cours de l’après-midi en dépendent.",
    "Deux classes s’en servent chaque jour.",
    "Nous avons déjà redémarré, sans effet.",
    "Un passage sur place serait le bienvenu.",
    "Ce n’est pas urgent, mais cela gêne tout le monde.",
    "Merci d’avance de votre aide.",
    "Un examen blanc s’y tient bientôt.",
    "Je reste joignable au lycée toute la journée.",
    "Le coordonnateur a vérifié les câbles.",
    "Les élèves partagent les autres postes en attendant.",
    "Nous pouvons libérer la salle le mercredi après-midi.",
    "La même chose était arrivée au printemps.",
];
const SOFTWARE: &[&str] = &[
    "GéoTrace",
    "Planexa",
    "SolidePièce",
    "ComptaLyc",
    "Mnémo Labo",
    "CartoVive",
    "AtelierBois 3D",
    "Partition Libre",
    "Électra Schéma",
    "BioMesure",
    "Gestinter",
    "Cuisine Pro",
    "Frise & Récit",
    "LogiCNC",
    "Traduxo",
    "PhysiCapt",
];
/// Theme, things, what is wrong with them or asked of them.
type Subject = (&'static str, &'static [&'static str], &'static [&'static str]);

const SUBJECTS: &[Subject] = &[
    (
        "poste",
        &["le poste", "l’unité centrale", "l’ordinateur du professeur", "le portable prêté", "la session"],
        &[
            "ne s’allume plus",
            "s’éteint au bout de quelques minutes",
            "affiche un écran bleu",
            "reste bloqué à l’ouverture de session",
            "ne trouve plus le réseau",
            "demande un mot de passe inconnu",
            "fait un bruit de ventilateur inquiétant",
            "a perdu son image au vidéoprojecteur",
        ],
    ),
    (
        "impression",
        &["le copieur", "l’imprimante du couloir", "la file d’impression", "le traceur"],
        &[
            "bourre à chaque page",
            "n’apparaît plus dans la liste",
            "imprime des pages blanches",
            "demande un code que personne n’a",
            "laisse des traits noirs",
            "reste hors ligne",
        ],
    ),
    (
        "reseau",
        &["la prise murale", "le réseau filaire", "la borne sans fil", "la baie du bâtiment"],
        &[
            "ne donne plus d’adresse",
            "coupe plusieurs fois par heure",
            "est très lente",
            "ne laisse passer qu’un poste sur deux",
            "clignote en orange",
            "ne répond plus",
        ],
    ),
    (
        "comptes",
        &["le compte", "l’espace de travail", "l’accès à la messagerie", "la fiche de la personne"],
        &[
            "n’existe pas encore",
            "est resté dans l’ancien lycée",
            "refuse le nouveau mot de passe",
            "ne montre pas les bonnes classes",
            "porte une faute dans le nom",
            "est en double",
        ],
    ),
    (
        "serveur",
        &["le dossier partagé", "le serveur pédagogique", "la sauvegarde", "le lecteur commun"],
        &[
            "n’est plus accessible",
            "est plein",
            "a perdu les fichiers d’une classe",
            "répond très lentement",
            "refuse les droits d’écriture",
        ],
    ),
    (
        "internet",
        &["le site de l’éditeur", "la plateforme de cours", "une vidéo de cours", "le site du concours"],
        &[
            "est bloqué pour les élèves",
            "ne s’ouvre qu’à moitié",
            "affiche une page de refus",
            "devrait être fermé pendant les cours",
        ],
    ),
    (
        "securite",
        &["un courriel étrange", "une clé trouvée dans un couloir", "une fenêtre inattendue", "un compte"],
        &[
            "demande des identifiants",
            "a été ouvert par une collègue",
            "s’affiche sans raison",
            "semble utilisé par quelqu’un d’autre",
        ],
    ),
    (
        "",
        &["le logiciel", "l’outil", "l’application", "la nouvelle version", "le matériel"],
        &[
            "ne se lance pas",
            "affiche un message d’erreur",
            "manque sur plusieurs postes",
            "est attendu pour une progression de cours",
            "demande une licence",
            "se ferme sans prévenir",
            "doit être revu avant les examens",
        ],
    ),
];
const FIRST_ANSWERS: &[&str] = &[
    "Bonjour, nous regardons à distance et revenons vers vous.",
    "Bonjour, un technicien passe cette semaine.",
    "Bonjour, pouvez-vous laisser le poste allumé, nous prenons la main.",
    "Bonjour, la demande est bien comprise, nous la planifions.",
    "Bonjour, d’autres lycées ont vu la même chose, nous cherchons la cause commune.",
    "Bonjour, nous avons commandé la pièce.",
];
const SOLUTIONS: &[&str] = &[
    "C’est fait",
    "Le réglage est corrigé",
    "La pièce est remplacée",
    "Le service est rétabli",
    "L’installation est terminée",
    "Le compte est à jour",
    "Nous avons repris la configuration",
    "La cause venait d’une mise à jour, retirée depuis",
];
const CHECKS: &[&str] = &[
    "après vérification sur place",
    "après un essai avec vous au téléphone",
    "et contrôlé à distance",
    "et vérifié sur deux postes voisins",
    "puis essayé avec un compte d’élève",
    "et noté dans l’inventaire",
];
const NOTES: &[&str] = &[
    "Même panne que le mois dernier, à surveiller.",
    "Prévoir un passage groupé avec les autres demandes du lycée.",
    "Vu avec la collègue de l’équipe voisine.",
    "Garantie encore valable, voir le bon de livraison.",
    "Le local technique est fermé à clé, prévenir l’accueil.",
];
const REPLIES: &[&str] = &[
    "Merci, la salle est libre demain matin.",
    "Merci de votre réponse, j’ai prévenu les collègues.",
    "Le problème revient par moments, je vous envoie les précisions.",
    "D’accord, je laisse la clé à l’accueil.",
    "C’est noté, merci.",
];
const WAITS: &[&str] = &[
    "Pouvez-vous préciser la salle et les postes concernés ?",
    "Il nous faut l’accord du fournisseur avant de continuer.",
    "La pièce est commandée, nous reprenons à sa réception.",
    "Pouvez-vous nous dire quand la salle est libre ?",
    "Le prestataire doit passer avant nous.",
];
const REFUSALS: &[&str] = &[
    "à revoir avec l’équipe de direction avant la rentrée",
    "la même demande est déjà en cours",
    "le besoin n’est pas confirmé par l’équipe pédagogique",
];
const AGAIN: &[&str] = &[
    "Le problème est revenu dès le lendemain.",
    "Cela ne marche que sur un poste, pas sur les autres.",
    "Il manque encore l’accès pour une collègue.",
];

/// The words of one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    long: String,
    short: String,
    room: String,
    machine: String,
    software: String,
    person: String,
    serial: String,
    requester: String,
}

fn one<'a>(list: &[&'a str], dice: &mut StdRng) -> &'a str {
    list.choose(dice).copied().unwrap_or_default()
}

impl Words {
    /// Words about this theme, for that requester; `other` is someone of the same lycée.
    pub(crate) fn new(theme: &str, requester: &str, other: &str, dice: &mut StdRng) -> Self {
        let building = one(BUILDINGS, dice);
        let (floor, door) = (dice.random_range(0..4u32), dice.random_range(1..28u32));
        let room = format!("{building}{floor}{door:02}");
        let machine = format!("{building}{door:02}-PC{:02}", dice.random_range(1..32u32));
        let software = one(SOFTWARE, dice).to_owned();
        let (_, things, troubles) =
            SUBJECTS.iter().find(|(about, ..)| *about == theme || about.is_empty()).unwrap_or(&SUBJECTS[0]);
        let (thing, trouble, since) = (one(things, dice), one(troubles, dice), one(SINCE, dice));
        let at = if dice.random_range(0..3u32) == 0 {
            one(PLACES, dice).to_owned()
        } else {
            format!("en salle {room}")
        };
        let named = match theme {
            "poste" => format!(" {machine}"),
            "logiciel-peda" | "logiciel-admin" => format!(" {software}"),
            _ => String::new(),
        };
        let text = format!("{at}, {thing}{named} {trouble} {since}. {}", one(ENDS, dice));
        Self {
            long: capital(&text),
            short: capital(&format!("{thing}, salle {room}")),
            room,
            machine,
            software,
            person: other.to_owned(),
            serial: format!("HF{:07}", dice.random_range(0..10_000_000u32)),
            requester: requester.to_owned(),
        }
    }

    /// What fills this hole.
    pub(crate) fn of(&self, slot: Slot) -> &str {
        match slot {
            Slot::Long => &self.long,
            Slot::Short => &self.short,
            Slot::Room => &self.room,
            Slot::Machine => &self.machine,
            Slot::Software => &self.software,
            Slot::Person => &self.person,
            Slot::Serial => &self.serial,
            Slot::Requester => &self.requester,
        }
    }

    /// The solution a technician writes.
    pub(crate) fn solution(&self, dice: &mut StdRng) -> String {
        format!("{}, {} (salle {}).", one(SOLUTIONS, dice), one(CHECKS, dice), self.room)
    }

    /// Why it cannot be done.
    pub(crate) fn impossible(&self, dice: &mut StdRng) -> String {
        let why = [
            "le matériel n’est plus réparable",
            "la version n’existe pas pour nos postes",
            "la fiche ne le prévoit pas",
        ];
        format!("Ce n’est pas possible : {} (salle {}).", one(&why, dice), self.room)
    }

    /// A note between agents.
    pub(crate) fn note(&self, dice: &mut StdRng) -> String {
        format!("{} Poste {}, étiquette {}.", one(NOTES, dice), self.machine, self.serial)
    }
}

/// The first letter as a capital.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

macro_rules! drawn {
    ($($(#[$doc:meta])* $name:ident from $list:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name(dice: &mut StdRng) -> &'static str {
            one($list, dice)
        }
    )*};
}

drawn! {
    /// A software.
    software from SOFTWARE;
    /// What a technician says first.
    first_answer from FIRST_ANSWERS;
    /// What the requester says meanwhile.
    reply from REPLIES;
    /// What is waited for.
    wait from WAITS;
    /// Why the school refuses.
    refusal from REFUSALS;
    /// Why the requester reopens.
    again from AGAIN;
}
