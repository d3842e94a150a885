//! The words of the articles, true to the sheets.

use beffroi_catalogue::knowledge::Audience;

/// An article to publish.
pub(super) struct Article {
    pub(super) title: &'static str,
    pub(super) theme: &'static str,
    pub(super) audience: Audience,
    pub(super) requests: &'static [(&'static str, &'static str)],
    pub(super) keywords: &'static [&'static str],
    pub(super) body: &'static str,
}

pub(super) const ARTICLES: &[Article] = &[
    Article {
        title: "Mon ordinateur ne s’allume plus ou l’écran reste noir : que vérifier ?",
        theme: "poste-de-travail",
        audience: Audience::Everyone,
        requests: &[("poste-de-travail", "panne")],
        keywords: &["PC", "démarrage", "écran noir", "unité centrale", "panne"],
        body: "\
Cinq vérifications suffisent souvent, sans outil et sans rien démonter.

1. **Le courant.** La prise murale ou la multiprise est-elle allumée\u{a0}? Essayez une autre prise.
2. **Les câbles.** Enfoncez à nouveau le câble d’alimentation et celui de l’écran, des deux côtés.
3. **L’écran.** Son voyant est-il allumé\u{a0}? S’il clignote, l’écran attend une image\u{a0}: le problème vient de l’ordinateur.
4. **Un vrai redémarrage.** Appuyez dix secondes sur le bouton de l’ordinateur, attendez trente secondes, rallumez.
5. **Un échange.** Branchez l’écran d’un poste voisin. S’il fonctionne, c’est l’écran qui est en panne.

## Si rien n’y fait

Signalez la panne, avec le nom collé sur le poste, la salle et ce que vous avez essayé. La Région maintient les postes en état de marche et fait jouer la garantie\u{a0}; n’ouvrez pas l’appareil vous-même.

Les ordinateurs personnels ne sont pas couverts par ce service.
",
    },
    Article {
        title: "J’ai oublié mon mot de passe : qui peut m’en donner un autre ?",
        theme: "identifiants-et-espaces",
        audience: Audience::Everyone,
        requests: &[("identifiants-et-espaces", "mot-de-passe")],
        keywords: &["mot de passe", "oublié", "réinitialiser", "PGCU", "connexion", "code"],
        body: "\
**Votre lycée**, et c’est le plus rapide\u{a0}: il peut réinitialiser les mots de passe dans PGCU, l’interface de gestion des comptes.

Adressez-vous, dans l’ordre\u{a0}:

- à l’agent que le chef d’établissement a chargé des comptes\u{a0};
- à défaut, au chef d’établissement, qui a ce droit d’office.

Présentez-vous en personne\u{a0}: un mot de passe ne se donne ni par téléphone ni par l’intermédiaire d’un camarade.

## Ensuite

Choisissez un mot de passe robuste et gardez-le pour vous\u{a0}: chaque compte est nominatif, et le partager est interdit. Si vous pensez que quelqu’un l’a utilisé à votre place, prévenez tout de suite le chef d’établissement et faites une [alerte de sécurité](/demander/securite-internet/alerte).

## Quand faire une demande

Si le lycée n’arrive pas à réinitialiser le mot de passe dans PGCU, ou si le nouveau mot de passe est refusé.
",
    },
    Article {
        title: "Un élève ou un collègue vient d’arriver et n’a pas de compte : combien de temps attendre ?",
        theme: "identifiants-et-espaces",
        audience: Audience::Everyone,
        requests: &[("identifiants-et-espaces", "compte-absent"), ("identifiants-et-espaces", "doublon")],
        keywords: &["nouvel élève", "compte", "STSWeb", "Siècle", "délai", "rentrée", "identifiant"],
        body: "\
La Région met à jour les comptes en **72\u{a0}heures ouvrées**, soit trois jours ouvrés pleins. Ce délai part du moment où les données lui parviennent, et non du jour d’arrivée de la personne.

## Avant de signaler, vérifiez

- La personne est-elle saisie dans STSWeb, sans faute de nom ni de date\u{a0}?
- La case d’export vers Siècle est-elle cochée\u{a0}? Sans elle, rien ne part vers l’académie, puis vers la Région.
- Pour un élève\u{a0}: ses professeurs sont-ils rattachés à la même classe, écrite de la même façon\u{a0}? Sinon son espace de travail reste vide.
- Vient-il d’un autre lycée\u{a0}? Demandez à ce lycée de «\u{a0}libérer\u{a0}» sa fiche. Ne la recréez pas\u{a0}: vous auriez un doublon.

## Une personne qui ne va pas dans STSWeb

Un intervenant ou un stagiaire, par exemple, se crée à part. Demandez la [création d’un compte hors de STSWeb](/demander/identifiants-et-espaces/compte-manuel).
",
    },
    Article {
        title: "L’imprimante ne marche plus : à qui m’adresser ?",
        theme: "solutions-d-impression",
        audience: Audience::Everyone,
        requests: &[
            ("solutions-d-impression", "panne-hors-contrat"),
            ("solutions-d-impression", "panne-sous-contrat"),
        ],
        keywords: &["copieur", "imprimer", "bourrage", "toner", "cartouche", "encre", "panne"],
        body: "\
Cela dépend de ce qui ne va pas, et d’une question\u{a0}: l’appareil est-il **sous contrat** avec un prestataire\u{a0}? Une étiquette le dit souvent\u{a0}; l’intendance le sait toujours.

- **Papier coincé**\u{a0}: ouvrez les trappes qu’indique l’écran, retirez la feuille dans le sens du papier, refermez. Chacun peut remettre l’appareil en service.
- **Plus d’encre ni de toner**\u{a0}: demandez à l’intendance. Les équipes de la Région ne fournissent pas et ne posent pas les consommables.
- **Appareil cassé ou sous garantie**\u{a0}: l’établissement fait jouer la garantie ou le service après-vente, puisqu’il l’a acheté.
- **Appareil sous contrat**\u{a0}: le prestataire répond du bon fonctionnement de sa solution\u{a0}; appelez-le d’abord.
- **L’appareil va bien, mais rien ne s’imprime depuis un poste**\u{a0}: c’est pour nous, faites une demande.

## Avant de faire la demande

Notez le nom de l’imprimante, la salle, le poste d’où vous imprimez, et dites si les autres postes impriment.
",
    },
    Article {
        title: "Un site utile à mon cours est bloqué : comment le faire ouvrir ?",
        theme: "securite-internet",
        audience: Audience::Everyone,
        requests: &[("securite-internet", "derogation-web"), ("securite-internet", "question-filtrage")],
        keywords: &["site bloqué", "filtrage", "dérogation", "accès refusé", "internet"],
        body: "\
C’est votre lycée qui décide\u{a0}: le chef d’établissement, ou la personne à qui il a confié ce pouvoir, peut faire ouvrir un site bloqué.

## Ce qu’il faut réunir

- **L’adresse exacte** du site, copiée dans la barre du navigateur.
- **La durée**\u{a0}: du premier au dernier jour d’usage. Une dérogation prend fin d’elle-même.
- **La raison**, en une phrase\u{a0}: la classe, le cours, l’activité.

## Ce qui se passe

Le chef d’établissement date et signe la demande. Un technicien contrôle ensuite l’adresse\u{a0}: dangereuse, insécurisée ou illégale, elle est rejetée avec le motif. Sinon le site s’ouvre le premier jour demandé.

## Si c’est pressé

Sans durée ni adresse exactes, ou si vous hésitez, [posez d’abord la question](/demander/securite-internet/question-filtrage)\u{a0}: un technicien vous répond.
",
    },
    Article {
        title: "Puis-je brancher mon matériel sur le réseau du lycée ?",
        theme: "reseau-local",
        audience: Audience::Schools,
        requests: &[("reseau-local", "validation-prealable"), ("reseau-local", "equipement-suspect")],
        keywords: &["switch", "commutateur", "borne wifi", "routeur", "box", "branchement"],
        body: "\
**Non, pas sans accord.** Un petit commutateur sous un bureau ou une borne wifi personnelle suffit à perturber tout un lycée, parfois longtemps.

Sont concernés les routeurs, les commutateurs, les bornes wifi et les serveurs, même pour un essai. On ne touche pas non plus à ceux qui sont en place. Un équipement inconnu et risqué est isolé dès qu’il est détecté, et l’équipe de direction en est avertie.

## Selon votre besoin

- **Une prise de plus**\u{a0}: [préparez une demande d’ajout de prises](/demander/reseau-local/ajouter-des-prises).
- **Un équipement, ou une entreprise qui doit intervenir**\u{a0}: demandez l’accord avant.
- **Une formation où l’on apprend à configurer des réseaux**\u{a0}: un [réseau d’expérimentation](/demander/reseau-local/reseau-experimentation), séparé, est fait pour cela.
- **Vous voyez un boîtier que personne ne connaît**\u{a0}: n’y touchez pas et signalez-le.
",
    },
    Article {
        title: "Comment faire installer un logiciel pour mes élèves ?",
        theme: "logiciel-pedagogie",
        audience: Audience::Schools,
        requests: &[
            ("logiciel-pedagogie", "installation"),
            ("logiciel-pedagogie", "etude"),
            ("poste-de-travail", "installer-logiciels"),
        ],
        keywords: &["logiciel", "application", "licence", "installer", "version", "salle informatique"],
        body: "\
Tout dépend d’un point\u{a0}: la Région sait-elle déjà l’installer\u{a0}?

- **Elle le sait**\u{a0}: demandez l’installation.
- **Il est nouveau, ou la version change**\u{a0}: demandez une étude, **avant d’acheter**. Elle dit si le projet est faisable et à quelles conditions.

## Ce que le lycée fournit

- le fichier d’installation ou le support\u{a0};
- les licences, avec leurs numéros ou leurs clés, en nombre suffisant\u{a0};
- la procédure ou les recommandations de l’éditeur.

Au moindre doute sur le nombre de licences, la loi interdit aux agents de la Région d’installer. Une nouvelle preuve rouvre la demande.

## Pour que tout soit prêt à la rentrée

Prévenez tôt\u{a0}: intégrer un logiciel prend du temps. Et gardez la même version d’une salle à l’autre, il y aura moins à installer et à tenir à jour.
",
    },
    Article {
        title: "Un matériel livré est abîmé ou manque : que faire, et avant quand ?",
        theme: "demande-d-equipements",
        audience: Audience::Schools,
        requests: &[("demande-d-equipements", "probleme-livraison")],
        keywords: &["livraison", "colis", "bordereau", "réserve", "dotation", "cassé", "numéro de série"],
        body: "\
Vous avez **cinq jours ouvrés** après la livraison pour tout contrôler. À la fin du cinquième jour, la livraison est réputée conforme.

## Pendant la livraison, avant de signer

1. Comptez les colis et regardez leur état.
2. Écrivez vos réserves sur le bon pour chaque dommage ou anomalie, avec précision.
3. Si rien ne va, vous pouvez refuser la marchandise ou la signature.

## Dans les cinq jours ouvrés

Contrôlez les quantités, les modèles, les **numéros de série**, l’état et le fonctionnement. Signalez aussitôt tout problème, avec une photo de l’étiquette et du défaut.

Le jour de la livraison ne compte pas. Les samedis, les dimanches et les jours fériés non plus.
",
    },
    Article {
        title: "L’appelant n’a pas de compte : comment saisir sa demande ?",
        theme: "",
        audience: Audience::Agents,
        requests: &[],
        keywords: &["téléphone", "saisir", "appel", "courriel", "sur place"],
        body: "\
Ouvrez «\u{a0}Saisir\u{a0}» dans le menu, choisissez l’établissement, puis «\u{a0}Quelqu’un d’autre\u{a0}». Écrivez son nom et sa qualité\u{a0}: ils restent dans la demande.

- La demande est suivie par un responsable de l’établissement, qui reçoit le courriel.
- Les validations et les signatures restent celles de l’établissement\u{a0}: un accord donné de vive voix ne compte pas.
- À la fin, dites la référence à l’appelant. Elle s’affiche découpée, comme on la prononce.

N’écrivez jamais un mot de passe ni un code de licence dicté au téléphone.
",
    },
];
