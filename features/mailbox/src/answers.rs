//! What a machine answers to a person whose mail could not be taken as it is: what happened, and how to
//! go on. Never to machines, and once an hour at most to the same address.

use beffroi_kernel::DraftId;

use crate::model::Reason;

/// What the words point at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About<'a> {
    /// The site.
    pub(crate) base_url: &'a str,
    /// The request.
    pub(crate) reference: Option<&'a str>,
    /// The draft.
    pub(crate) draft: Option<DraftId>,
    /// Files that were not taken, each with its reason.
    pub(crate) refused: &'a [String],
}

/// Subject and text; none when nothing is to be said.
pub(crate) fn answer(reason: Reason, about: &About) -> Option<(String, String)> {
    let (subject, words) = not_taken(reason, about).or_else(|| on_a_request(reason, about))?;
    Some((subject.to_owned(), format!("Bonjour,\n\n{words}\n")))
}

/// The page where the author goes on.
fn page(about: &About) -> String {
    let base_url = about.base_url;
    about.reference.map_or_else(|| base_url.to_owned(), |one| format!("{base_url}/demandes/{one}"))
}

/// What could not be read, or whose author could not be placed.
fn not_taken(reason: Reason, about: &About) -> Option<(&'static str, String)> {
    let (base_url, page) = (about.base_url, page(about));
    Some(match reason {
        Reason::Unknown => (
            "Votre message n’a pas été enregistré",
            format!(
                "Nous n’avons pas reconnu votre adresse\u{a0}: votre message n’a pas encore créé de demande. Un agent va le lire.\n\nPour aller plus vite, écrivez depuis votre adresse professionnelle, ou faites votre demande sur le site\u{a0}: {base_url}/demander"
            ),
        ),
        Reason::TooLarge => (
            "Votre message est trop volumineux",
            format!(
                "Votre message dépasse 30\u{a0}Mo\u{a0}: il n’a pas été enregistré.\n\nRéduisez les images, ou partagez les fichiers par un lien, puis renvoyez-le. Sur le site, chaque fichier peut peser jusqu’à 20\u{a0}Mo\u{a0}: {page}"
            ),
        ),
        Reason::Encrypted => (
            "Votre message est chiffré",
            format!(
                "Nous ne pouvons pas lire un message chiffré\u{a0}: il n’a pas été enregistré.\n\nRenvoyez-le sans chiffrement, ou écrivez sur le site, dont la liaison est protégée\u{a0}: {page}"
            ),
        ),
        Reason::Schools => (
            "Pour quel établissement\u{a0}?",
            format!(
                "Vous exercez dans plusieurs établissements, et votre message ne dit pas lequel est concerné\u{a0}: il n’a pas créé de demande. Un agent va le lire.\n\nPour aller plus vite, choisissez l’établissement sur le site\u{a0}: {base_url}/demander"
            ),
        ),
        Reason::NoFunction => (
            "Votre message n’a pas créé de demande",
            format!(
                "Votre fonction ne permet pas de faire cette demande par courriel. Voici celles que vous pouvez faire sur le site\u{a0}: {base_url}/demander"
            ),
        ),
        Reason::Empty => (
            "Votre message est vide",
            format!(
                "Nous n’avons trouvé ni texte ni fichier dans votre message\u{a0}: il n’a pas été enregistré. Vous pouvez le renvoyer, ou écrire sur le site\u{a0}: {page}"
            ),
        ),
        _ => return None,
    })
}

/// What concerns a request or a draft.
fn on_a_request(reason: Reason, about: &About) -> Option<(&'static str, String)> {
    let About { base_url, reference, draft, refused } = *about;
    let page = page(about);
    Some(match reason {
        Reason::Closed => (
            "Cette demande est close",
            format!(
                "La demande {} est close\u{a0}: votre message n’y a pas été ajouté.\n\nPour la relire\u{a0}: {page}\nPour en faire une nouvelle\u{a0}: {base_url}/demander",
                reference.unwrap_or_default()
            ),
        ),
        Reason::NoAccess => (
            "Votre message n’a pas été enregistré",
            format!(
                "Vous n’avez plus accès à la demande à laquelle vous répondez. Un agent va lire votre message.\n\nPour faire une nouvelle demande\u{a0}: {base_url}/demander"
            ),
        ),
        Reason::Drafted => (
            "Complétez votre demande pour l’envoyer",
            format!(
                "Votre message est repris dans un brouillon, mais il manque une réponse pour l’envoyer. Rien n’est encore transmis.\n\nPour compléter et envoyer\u{a0}: {base_url}/brouillons/{}/verifier",
                draft?
            ),
        ),
        Reason::Noted => (
            "Votre message est devenu une note interne",
            format!(
                "Votre message est ajouté à la demande {} comme note interne, que seuls les agents lisent.\n\nPour écrire au demandeur\u{a0}: {page}",
                reference.unwrap_or_default()
            ),
        ),
        Reason::Answered | Reason::Requested if !refused.is_empty() => (
            "Des fichiers n’ont pas été joints",
            format!(
                "Votre message est enregistré, sans ces fichiers\u{a0}:\n\n{}\n\nPour en joindre d’autres\u{a0}: {page}",
                refused.join("\n")
            ),
        ),
        _ => return None,
    })
}
