//! Pages that anyone may read.

use beffroi_kernel::Access;
use beffroi_ui::Page;
use maud::{Markup, html};

use super::shell;

pub(crate) fn help(access: Option<&Access>) -> Markup {
    let body = html! {
        (beffroi_ui::breadcrumbs(&[("/aide", "Aide")]))
        h1 { "Utiliser Beffroi" }
        p { "Beffroi réunit les services numériques que la Région rend aux lycées : ce que chaque service comprend, "
            "comment le demander, et où en est chaque demande." }
        h2 { "Faire une demande" }
        ol {
            li { "Ouvrez le " a href="/catalogue" { "catalogue de services" } " et choisissez la fiche qui correspond. Il se lit sans compte." }
            li { "Connectez-vous, puis répondez aux questions, une par page. Chaque réponse est gardée : vous pouvez vous arrêter et reprendre." }
            li { "Relisez vos réponses, puis envoyez. Vous recevez une référence et la suite prévue, avec ses délais." }
        }
        h2 { "Si la demande sort du service" }
        p { "La page vous le dit avant l’envoi, cite la fiche et indique une autre solution." }
        h2 { "Valider ou signer" }
        p { "Certaines demandes passent par le secrétaire général ou le chef d’établissement. Elles les attendent sous « Validations » ; "
            "un refus porte toujours une raison, que le demandeur lit." }
        h2 { "Suivre une demande" }
        p { "La première ligne de la demande dit où elle en est et qui doit agir. Le délai s’arrête quand l’équipe attend "
            "l’établissement, un prestataire ou une livraison, et repart ensuite." }
        h2 { "Se faire remplacer" }
        p { "Le chef d’établissement désigne, sur la page « Établissement », qui le remplace et à quelles dates." }
        h2 { "Impossible de se connecter" }
        p { "Utilisez le lien « Mot de passe oublié ou premier accès » de la "
            a href="/connexion" { "page de connexion" }
            ". Après cinq erreurs de suite, l’accès se ferme une minute, puis plus longtemps." }
    };
    shell(access, "/aide", Page::new("Utiliser Beffroi", body))
}

pub(crate) fn accessibility(access: Option<&Access>) -> Markup {
    let body = html! {
        h1 { "Accessibilité" }
        p { "Beffroi vise le référentiel général d’amélioration de l’accessibilité (RGAA 4). Une déclaration de conformité "
            "demande un audit : tant que la Région ne l’a pas publié, cette page dit ce qui est fait, sans annoncer de taux." }
        h2 { "Ce qui est fait" }
        ul {
            li { "Toutes les pages servent au clavier seul et sans JavaScript." }
            li { "Chaque champ a une étiquette ; les erreurs sont résumées en tête de page et mènent au champ." }
            li { "Une couleur ne porte jamais seule une information." }
            li { "Les pages restent lisibles à 320 pixels de large, en clair comme en sombre, et au double de la taille du texte." }
            li { "Un outil automatique contrôle chaque page à chaque version. Il ne trouve pas tout : vos signalements comptent." }
        }
        h2 { "Signaler une difficulté" }
        p { "Dites à la Région quelle page pose problème et avec quel matériel ; elle vous doit une réponse et une autre "
            "façon d’accéder au service. Sans réponse satisfaisante, vous pouvez saisir le Défenseur des droits." }
    };
    shell(access, "/accessibilite", Page::new("Accessibilité", body))
}

pub(crate) fn personal_data(access: Option<&Access>) -> Markup {
    let body = html! {
        h1 { "Données personnelles" }
        p { "La Région traite ces données pour rendre ses services numériques aux lycées, mission d’intérêt public." }
        h2 { "Ce qui est conservé" }
        ul {
            li { "Votre nom, votre identifiant, votre adresse électronique, vos fonctions et leurs dates." }
            li { "Vos demandes, vos messages et les fichiers joints." }
            li { "Une empreinte de votre mot de passe, jamais le mot de passe." }
            li { "Un journal de ce qui est fait, daté et nominatif, qui ne peut pas être réécrit." }
        }
        h2 { "Qui les voit" }
        p { "Les personnes de votre établissement selon leur fonction, et l’équipe qui traite votre demande. "
            "Un prestataire ne voit que les demandes qui lui sont confiées. Aucune donnée n’est vendue ni envoyée à un tiers publicitaire." }
        h2 { "Témoin de connexion" }
        p { "Un seul témoin (« cookie ») est posé, à la connexion, pour vous reconnaître. Il n’y a ni mesure d’audience ni traceur." }
        p { "Si vous dites, sans être connecté, si un article d’aide répond à votre question, un second témoin, tiré au hasard et effacé "
            "à la fermeture du navigateur, évite de compter deux fois votre réponse. Elle est gardée sans votre nom." }
        h2 { "Vos droits" }
        p { "Vous pouvez demander l’accès à vos données, leur rectification, leur limitation, et vous opposer à un traitement, "
            "auprès du délégué à la protection des données de la Région ou, pour ce que gère l’établissement, de son chef. "
            "Vous pouvez aussi saisir la CNIL." }
        p { "Connecté, vous trouvez la liste complète de ce que Beffroi peut garder de vous dans « Mon compte », « Mes données »." }
    };
    shell(access, "/donnees-personnelles", Page::new("Données personnelles", body))
}
