//! What people would type, and what they expect to see among the first five, written before the
//! ranking was tuned.

use Viewer::{Admin, Head, North, Region};

/// Who searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// The head of a school of the corpus.
    Head(usize),
    /// A technician of the northern team.
    North,
    /// The head of the Region's department: everything, notes included.
    Region,
    /// The administrator: everything, people included, no notes.
    Admin,
}

/// What must be among the first five of its group.
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    /// The request of this name.
    Story(&'static str),
    /// The school of this rank.
    School(usize),
    /// The author of this rank.
    Person(usize),
    /// No request at all.
    Nothing,
}

use Expect::{Nothing, Person, School, Story};

pub const QUERIES: &[(Viewer, &str, Expect)] = &[
    // Plain words
    (Head(0), "imprimante CDI", Story("l-imprimante")),
    (Head(0), "vidéoprojecteur", Story("l-video")),
    (Region, "onduleur", Story("r-onduleur")),
    (Region, "hameçonnage", Story("q-mail")),
    (Region, "simulateur de soudure", Story("n-soudure")),
    (Region, "classe préparatoire quota", Story("m-quota")),
    (Region, "déménagement salle 31", Story("b-salle")),
    (Region, "téléphones administration", Story("a-telephone")),
    (Region, "climatisation salle serveur", Story("k-chauffe")),
    (Region, "tableau interactif", Story("d-tableau")),
    (Region, "lampe grillée", Story("e-retro")),
    (Region, "imprimante 3D", Story("k-cable")),
    // Inflected
    (Region, "batteries gonflées", Story("l-batterie")),
    (Region, "écrans fissurés", Story("m-tnl")),
    (Region, "ordinateurs volés", Story("c-vol")),
    (Region, "souris volée", Story("l-souris")),
    (Region, "mot de passe oubliés", Story("l-passe")),
    (Region, "sauvegardes nocturnes", Story("v-sauvegarde")),
    (Region, "licences expirées", Story("d-licence")),
    (Region, "charnières cassées", Story("n-portable")),
    (Region, "impression floue", Story("b-imprim")),
    (Region, "prise arrachée atelier", Story("r-cablage")),
    (Region, "capteur physique", Story("q-physique")),
    (Region, "réinitialisation borne", Story("k-borne")),
    (Region, "bornes éteinte", Story("l-wifi")),
    (Region, "facture double", Story("k-facture")),
    // Unaccented, capitals, typographic variants
    (Region, "videoprojecteur amphitheatre", Story("l-video")),
    (Region, "INTERNET COUPE", Story("v-internet")),
    (Region, "hameconnage enseignants", Story("q-mail")),
    (Region, "telephones ip", Story("a-telephone")),
    (Region, "video-projecteur rose", Story("l-video")),
    (Region, "l'onduleur du local", Story("r-onduleur")),
    (Region, "reseau internat", Story("n-reseau")),
    (Region, "wi-fi batiment c", Story("l-wifi")),
    (Region, "geographie ecosse", Story("c-archives")),
    (Region, "coiffure", Story("k-coiffure")),
    // Misspelt
    (Head(0), "imprimmante", Story("l-imprimante")),
    (Head(0), "viedoprojecteur", Story("l-video")),
    (Region, "odulneur", Story("r-onduleur")),
    (Region, "comutateur etage", Story("d-switch")),
    (Region, "trasseur atelier", Story("n-presse")),
    (Region, "hamecconage", Story("q-mail")),
    (Region, "ventillateur", Story("b-souffle")),
    (Region, "microfone", Story("q-micro")),
    (Region, "pelteuse", Story("b-cable")),
    (Region, "rétropojecteur", Story("e-retro")),
    (Region, "tambuor", Story("l-imprimante")),
    (Region, "solidwork licence", Story("r-solid")),
    (Region, "geogbera", Story("l-geogebra")),
    (Region, "calibraton soudure", Story("n-soudure")),
    // Machines
    (Head(0), "PC-B12-03", Story("l-ecran")),
    (Head(0), "pc b12 3", Story("l-ecran")),
    (Region, "CRL-B12-03", Story("k-ecran")),
    (Region, "crlb1203", Story("k-ecran")),
    (Region, "DK-ADM-07", Story("d-disque")),
    (Region, "ARR-S118-16", Story("a-pcs")),
    (Region, "BV-TECHNO-11 brûlé", Story("e-grille")),
    (Region, "ami cdi 02", Story("m-panne")),
    // Words of different messages, words of an answer
    (Region, "tambour ricoval", Story("l-imprimante")),
    (Head(0), "câble mémoire", Story("l-ecran")),
    (Region, "alimentation orientation AMI", Story("m-panne")),
    (Region, "opérateur midi", Story("v-internet")),
    (Region, "secrétaire SSD", Story("d-disque")),
    (Head(11), "dalle garantie photos", Story("k-ecran")),
    // Notes: agents read them, schools and administrators do not
    (Region, "concierge 4711", Story("r-onduleur")),
    (Region, "vandalisme", Story("a-dessin")),
    (Region, "commissariat coquelles", Story("c-vol")),
    (North, "ricoval", Story("l-imprimante")),
    (Head(0), "ricoval", Nothing),
    (Head(4), "vandalisme", Nothing),
    (Admin, "coquelles", Nothing),
    // People
    (Region, "Quivron imprimante", Story("l-imprimante")),
    (Region, "coeugnet", Story("c-vol")),
    (Region, "Cœugnet tableur", Story("c-excel")),
    (Region, "mercoeur visioconférence", Story("m-latence")),
    (Region, "lhermite sauvegarde", Story("v-sauvegarde")),
    (Region, "Henin traceur", Story("n-presse")),
    (Admin, "Soraya Belkacem", Person(4)),
    (Admin, "belkasem", Person(4)),
    (Admin, "strub", Person(8)),
    (Admin, "francois xavier henin", Person(5)),
    (Admin, "ponthieu gaetan", Person(9)),
    // Schools
    (Region, "hautecoeur", School(4)),
    (Region, "Hautecœur Arras", School(4)),
    (Region, "vandenbrouke calais", School(6)),
    (Region, "saint quentin", School(9)),
    (Region, "{uai:7}", School(7)),
    (Region, "{short-uai:7}", School(7)),
    (Region, "beauv", School(10)),
    (Region, "painvin réseau", Story("n-reseau")),
    (Region, "lycée Creil tablettes", Story("k-mobile")),
    (Region, "panne dunkerque disque", Story("d-disque")),
    // References
    (Region, "{ref:m-panne}", Story("m-panne")),
    (Region, "{short-ref:m-panne}", Story("m-panne")),
    (Region, "{bare-ref:q-mail}", Story("q-mail")),
    (Region, "demande {ref:b-rack}", Story("b-rack")),
    (Region, "n° {number:l-wifi}", Story("l-wifi")),
    (Head(3), "{slip:d-fibre}", Story("d-fibre")),
    // Too many words, one of them wrong; and nothing to find
    (Region, "bonjour, mon scanner fait des pages blanches svp", Story("d-scan")),
    (Region, "problème d'horloge certificats informatiques", Story("c-horloge")),
    (Head(0), "onduleur", Nothing),
    (Head(1), "PC-B12-03", Nothing),
    (Region, "xylophone", Nothing),
];
