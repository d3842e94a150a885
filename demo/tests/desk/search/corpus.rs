//! An invented corpus: what twelve lycées wrote in a term, as people write, with their own slips.

/// A kind of request: sheet, type.
pub type Asks = (&'static str, &'static str);

pub const POST: Asks = ("poste-de-travail", "panne");
pub const NET: Asks = ("reseau-local", "incident");
pub const PASS: Asks = ("identifiants-et-espaces", "mot-de-passe");
pub const FILES: Asks = ("serveurs-et-donnees", "restaurer");
pub const SERVER: Asks = ("serveurs-et-donnees", "incident");
pub const SOFT: Asks = ("logiciel-pedagogie", "incident");
pub const TOOL: Asks = ("outils-de-gestion", "incident-outil");
pub const ASK: Asks = ("poste-de-travail", "question");

/// A deputy head of each school, in the order of the demo's schools.
pub const AUTHORS: &[(&str, &str)] = &[
    ("Maëlle", "Quivron"),
    ("Ousmane", "Delannoy"),
    ("Béatrice", "Lhermitte"),
    ("Jérôme", "Vandamme"),
    ("Soraya", "Belkacem"),
    ("François-Xavier", "Hénin"),
    ("Ingrid", "Cœugnet"),
    ("Thibault", "Mercœur"),
    ("Noémie", "Strubbe"),
    ("Gaëtan", "Ponthieu"),
    ("Zoé", "Waquet"),
    ("Rémi", "Obert"),
];

/// Who says something afterwards.
pub enum Says {
    /// The school.
    School(&'static str),
    /// The technician, to everyone.
    Agent(&'static str),
    /// The technician, to colleagues only.
    Note(&'static str),
}

/// A request: its name in the tests, its school, its kind, its text, what was said.
pub struct Story {
    pub key: &'static str,
    pub school: usize,
    pub asks: Asks,
    pub text: &'static str,
    pub said: &'static [Says],
}

const fn story(key: &'static str, school: usize, asks: Asks, text: &'static str) -> Story {
    Story { key, school, asks, text, said: &[] }
}

const fn talk(
    key: &'static str,
    school: usize,
    asks: Asks,
    text: &'static str,
    said: &'static [Says],
) -> Story {
    Story { key, school, asks, text, said }
}

use Says::{Agent, Note, School};

pub const STORIES: &[Story] = &[
    // Lille
    talk(
        "l-imprimante",
        0,
        POST,
        "L’imprimante du CDI n’imprime plus qu’en noir, le toner a été changé.",
        &[
            Agent("Le tambour est usé, je commande la pièce."),
            Note("Fournisseur Ricoval contacté, devis attendu."),
        ],
    ),
    talk(
        "l-ecran",
        0,
        POST,
        "PC-B12-03 : l’écran reste noir au démarrage, le voyant clignote orange.",
        &[School("Le câble a été remplacé sans succès."), Agent("Barrette mémoire à tester.")],
    ),
    story("l-wifi", 0, NET, "Plus de wifi dans le bâtiment C depuis lundi, les bornes sont éteintes."),
    story("l-passe", 0, PASS, "Une élève de seconde a oublié son mot de passe et son compte est verrouillé."),
    story("l-fichiers", 0, FILES, "Dossier partagé des professeurs d’histoire supprimé par erreur vendredi."),
    story("l-geogebra", 0, SOFT, "GeoGebra se ferme tout seul à l’ouverture des fichiers d’exercices."),
    story("l-souris", 0, POST, "Trois souris volées dans la salle 204, il en faut pour l’examen blanc."),
    story("l-video", 0, POST, "Le vidéoprojecteur de l’amphithéâtre affiche une image rose."),
    story("l-batterie", 0, POST, "La batterie du portable de la gestionnaire est gonflée."),
    // Roubaix
    story(
        "r-lent",
        1,
        POST,
        "Ordinateurs très lents en salle informatique, dix minutes pour ouvrir une session.",
    ),
    talk(
        "r-onduleur",
        1,
        SERVER,
        "L’onduleur du local technique sonne en continu.",
        &[
            Agent("Batteries en fin de vie, remplacement prévu jeudi."),
            Note("Local fermé : clé chez le concierge, code 4711."),
        ],
    ),
    story("r-cablage", 1, NET, "Prises réseau arrachées dans l’atelier de menuiserie après des travaux."),
    story("r-clavier", 1, POST, "Touches du clavier collées par du soda, poste de la vie scolaire."),
    story(
        "r-pronote",
        1,
        TOOL,
        "L’application de gestion des absences ne répond plus depuis la mise à jour.",
    ),
    story(
        "r-compte",
        1,
        PASS,
        "Le professeur remplaçant ne parvient pas à se connecter avec ses identifiants.",
    ),
    story("r-solid", 1, SOFT, "SolidWorks refuse la licence réseau en section usinage."),
    story(
        "r-tablette",
        1,
        ASK,
        "Peut-on prêter les tablettes du chariot mobile pendant un voyage scolaire ?",
    ),
    story("r-ecouteurs", 1, POST, "Casques audio défectueux au laboratoire de langues, rangée du fond."),
    // Valenciennes
    story("v-bourdon", 2, POST, "L’unité centrale du poste d’accueil fait un bruit de bourdonnement."),
    story(
        "v-imprimantes",
        2,
        POST,
        "Aucune imprimante n’apparaît dans la liste après connexion en salle des professeurs.",
    ),
    talk(
        "v-internet",
        2,
        NET,
        "Internet coupé dans tout l’établissement depuis huit heures.",
        &[Agent("Panne chez l’opérateur, rétablissement annoncé vers midi."), School("C’est revenu, merci.")],
    ),
    story("v-admin", 2, TOOL, "Les droits d’administrateur délégué ont disparu de l’outil d’inventaire."),
    story("v-sauvegarde", 2, SERVER, "La sauvegarde nocturne échoue, message : espace disque insuffisant."),
    story("v-python", 2, SOFT, "EduPython plante quand les élèves importent une bibliothèque graphique."),
    story("v-bts", 2, POST, "Les stations de travail du BTS audiovisuel redémarrent pendant les rendus."),
    story("v-camera", 2, ASK, "Quelle webcam acheter pour les entretiens d’orientation à distance ?"),
    story("v-eleves", 2, PASS, "Mots de passe de toute une classe à réinitialiser avant le contrôle."),
    // Dunkerque
    story("d-tableau", 3, POST, "Le tableau numérique interactif décale le stylet de dix centimètres."),
    story(
        "d-switch",
        3,
        NET,
        "Un commutateur ne donne plus de lumière au deuxième étage, huit salles sans réseau.",
    ),
    story("d-restaure", 3, FILES, "Restaurer le classeur de notes du baccalauréat, écrasé hier soir."),
    talk(
        "d-disque",
        3,
        POST,
        "Disque dur bruyant sur DK-ADM-07, la secrétaire craint de perdre ses documents.",
        &[
            School("La secrétaire a copié l’essentiel sur le serveur."),
            Agent("Remplacé par un disque SSD, système réinstallé."),
        ],
    ),
    story("d-licence", 3, SOFT, "La licence du logiciel de comptabilité pédagogique a expiré."),
    story("d-marine", 3, SOFT, "Le simulateur de navigation maritime ne détecte plus les manettes."),
    story("d-scan", 3, POST, "Le scanner du secrétariat produit des pages blanches."),
    story("d-fibre", 3, NET, "Débit très faible le matin, les vidéos de l’ENT saccadent."),
    story("d-badge", 3, ASK, "Le lecteur de badges de la cantine dépend-il du service numérique ?"),
    // Arras
    story("a-toner", 4, POST, "Toner vide à la reprographie, quel modèle commander ?"),
    story("a-virus", 4, POST, "Une fenêtre annonce un virus et réclame un paiement sur le poste du CPE."),
    story(
        "a-telephone",
        4,
        NET,
        "Les téléphones IP de l’administration affichent « enregistrement en échec ».",
    ),
    story("a-session", 4, POST, "Ouverture de session impossible : le profil utilisateur est introuvable."),
    story("a-messagerie", 4, TOOL, "Les courriels envoyés aux familles restent dans la boîte d’envoi."),
    talk(
        "a-dessin",
        4,
        SOFT,
        "La palette graphique n’est pas reconnue par le logiciel de dessin.",
        &[
            Agent("Pilote mis à jour sur les quinze postes."),
            Note("Élément de preuve conservé, suspicion de vandalisme."),
        ],
    ),
    story("a-partage", 4, FILES, "Un répertoire de la section européenne manque sur le serveur pédagogique."),
    story("a-pcs", 4, POST, "Postes ARR-S118-01 à ARR-S118-16 bloqués sur la page de mise à jour."),
    story("a-casier", 4, ASK, "Existe-t-il des casiers de rechargement pour ordinateurs portables ?"),
    // Lens
    story("n-presse", 5, POST, "Le traceur de l’atelier textile coince le papier à chaque plan."),
    story("n-soudure", 5, SOFT, "Le simulateur de soudure affiche une erreur de calibration."),
    story("n-reseau", 5, NET, "Réseau coupé par intermittence à l’internat, surtout le soir."),
    story("n-proxy", 5, NET, "Message de proxy refusé sur les postes de la salle des délégués."),
    story("n-compte", 5, PASS, "Compte d’un agent de cuisine bloqué après trop d’essais."),
    story("n-serveur", 5, SERVER, "Le serveur de fichiers affiche une alerte de température."),
    story("n-portable", 5, POST, "Charnière cassée sur l’ordinateur portable prêté à une élève boursière."),
    story("n-gourde", 5, POST, "Une gourde renversée sur l’ordinateur de la documentaliste."),
    story("n-heures", 5, TOOL, "Les emplois du temps ne se synchronisent plus avec l’agenda."),
    // Calais
    story("c-anglais", 6, SOFT, "Le laboratoire de langues ne diffuse plus le son aux postes des élèves."),
    talk(
        "c-vol",
        6,
        POST,
        "Deux ordinateurs portables volés pendant les vacances, plainte déposée.",
        &[
            Agent("Numéros de série transmis à l’assureur."),
            Note("Commissariat de Coquelles, dossier suivi par le major."),
        ],
    ),
    story("c-nas", 6, ASK, "Avons-nous le droit de brancher un NAS personnel au réseau ?"),
    story(
        "c-horloge",
        6,
        POST,
        "L’horloge des ordinateurs retarde d’une heure et les certificats sont refusés.",
    ),
    story("c-borne", 6, NET, "Borne sans fil arrachée du plafond au gymnase."),
    story("c-passe", 6, PASS, "Impossible de changer mon mot de passe expiré depuis chez moi."),
    story("c-excel", 6, SOFT, "Le tableur ne s’ouvre plus qu’en lecture seule en salle 12."),
    story("c-archives", 6, FILES, "Retrouver les archives photo du voyage en Écosse, effacées en juin."),
    story("c-bascule", 6, SERVER, "Après l’orage, un des deux serveurs ne redémarre pas."),
    // Amiens
    story("m-tnl", 7, POST, "Écran tactile fissuré en salle polyvalente, bris accidentel."),
    story("m-latence", 7, NET, "Forte latence pendant les visioconférences du conseil d’administration."),
    story("m-sts", 7, TOOL, "L’export vers la base élèves produit un fichier vide."),
    story("m-cao", 7, SOFT, "Le module de rendu photoréaliste manque dans le logiciel d’architecture."),
    talk(
        "m-panne",
        7,
        POST,
        "AMI-CDI-02 ne s’allume plus, aucune diode.",
        &[Agent("Alimentation grillée."), School("Pouvez-vous passer avant le salon de l’orientation ?")],
    ),
    story("m-quota", 7, SERVER, "Quota d’espace personnel atteint pour toute la classe préparatoire."),
    story("m-mdp", 7, PASS, "Réinitialiser le mot de passe du coordonnateur numérique."),
    story("m-lecteur", 7, POST, "Lecteur optique absent des nouveaux postes, or nous avons encore des DVD."),
    story("m-orchestre", 7, ASK, "Peut-on installer un séquenceur musical pour l’option orchestre ?"),
    // Abbeville
    story("b-souffle", 8, POST, "Le ventilateur tourne à fond sur l’ordinateur du proviseur adjoint."),
    story("b-cable", 8, NET, "Câble sectionné par une pelleteuse devant le portail."),
    story("b-ent", 8, TOOL, "L’espace numérique de travail affiche une page blanche aux parents."),
    story("b-imprim", 8, POST, "Impressions floues et bourrage papier sur le copieur du premier étage."),
    story("b-agri", 8, SOFT, "Le logiciel de suivi des cultures ne calcule plus les rendements."),
    story("b-restau", 8, FILES, "Récupérer la version d’hier du règlement intérieur."),
    story("b-droits", 8, PASS, "Une stagiaire n’a pas accès au réseau avec le compte fourni."),
    story("b-salle", 8, POST, "Déménagement de la salle 8 vers la salle 31, quinze postes à rebrancher."),
    story("b-rack", 8, SERVER, "La baie informatique est inondée par une fuite du toit."),
    // Saint-Quentin
    story("q-camion", 9, POST, "Postes tombés du chariot pendant le nettoyage, boîtiers enfoncés."),
    story("q-lycee", 9, NET, "Adresse déjà utilisée : conflit entre deux imprimantes du réseau."),
    story("q-physique", 9, SOFT, "Les capteurs de physique-chimie ne sont plus détectés par l’interface."),
    talk(
        "q-mail",
        9,
        TOOL,
        "Courriels d’hameçonnage reçus par plusieurs enseignants.",
        &[
            Agent("Adresse bloquée, changez les mots de passe concernés."),
            Note("Signalé au RSSI, indicateurs transmis au CERT."),
        ],
    ),
    story("q-veille", 9, POST, "Les ordinateurs sortent de veille la nuit et chauffent."),
    story("q-ecriture", 9, FILES, "Dossier « Conseils de classe » passé en écriture seule, notes perdues."),
    story("q-micro", 9, POST, "Microphone muet pour l’oral de langue vivante."),
    story("q-pass", 9, PASS, "Double authentification perdue après un changement de téléphone."),
    story("q-vnc", 9, ASK, "Comment prendre la main à distance sur les postes d’une salle ?"),
    // Beauvais
    story("e-grille", 10, POST, "Odeur de brûlé sur BV-TECHNO-11, poste débranché."),
    story("e-vlan", 10, NET, "Les postes pédagogiques tombent dans le mauvais sous-réseau."),
    story("e-hydraulique", 10, SOFT, "L’automate du banc hydraulique ne dialogue plus avec le superviseur."),
    story("e-photo", 10, POST, "Carte graphique insuffisante pour le montage photographique."),
    story("e-maths", 10, SOFT, "La calculatrice d’examen virtuelle n’accepte pas les fractions."),
    story("e-retro", 10, POST, "Rétroprojecteur interactif : lampe grillée, cours suspendus."),
    story("e-livret", 10, TOOL, "Les livrets scolaires s’affichent sans les appréciations."),
    story("e-acces", 10, PASS, "Ancien élève toujours présent dans les comptes actifs."),
    story("e-hotspot", 10, ASK, "Une clé 4G est-elle permise pendant une sortie géologique ?"),
    // Creil
    story("k-borne", 11, NET, "Réinitialiser la borne du préau, elle diffuse un nom inconnu."),
    story("k-cable", 11, POST, "Cordon d’alimentation fondu derrière l’imprimante 3D."),
    talk(
        "k-ecran",
        11,
        POST,
        "CRL-B12-03 : écran fendu après une bousculade.",
        &[School("Photos jointes par mail."), Agent("Dalle sous garantie, échange standard.")],
    ),
    story("k-chauffe", 11, SERVER, "Climatisation en panne dans la salle serveur."),
    story("k-coiffure", 11, SOFT, "Le logiciel de coiffure virtuelle reste sur l’écran d’accueil."),
    story("k-facture", 11, TOOL, "Les factures de demi-pension partent en double."),
    story("k-code", 11, PASS, "Code provisoire refusé à la première connexion d’un apprenti."),
    story("k-mobile", 11, POST, "Classe mobile : huit tablettes ne chargent plus."),
    story("k-signe", 11, ASK, "Quel certificat utiliser pour signer les conventions de stage ?"),
];
