//! The grounds, what a school loses and keeps, and the text that is signed: pure. (T5)

use beffroi_directory::Fault;

/// Fewest letters of a reason: a sentence that a judge can read.
const SHORTEST: usize = 60;
/// Fewest words of a reason.
const FEWEST: usize = 10;
/// Longest text of a field, in characters.
const LONGEST: usize = 10_000;

/// Why the Region may be released. There is no other ground. (SRV-11, OGI-13, RES-17)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A solution that does not follow the recommendations and is not wholly isolated.
    OpenSolution,
    /// Infrastructure tools other than the Region's, or the Region's outside their rules.
    Tools,
    /// Works on the network without the Region's prior explicit validation.
    Works,
}

impl Cause {
    /// Every ground.
    pub const ALL: &'static [Self] = &[Self::OpenSolution, Self::Tools, Self::Works];

    /// The name kept in the database.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::OpenSolution => "open-solution",
            Self::Tools => "tools",
            Self::Works => "works",
        }
    }

    /// The ground of that name.
    #[must_use]
    pub fn of(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.slug() == slug)
    }

    /// In one line.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::OpenSolution => "Solution non conforme et non isolée",
            Self::Tools => "Outils d’infrastructure étrangers ou détournés",
            Self::Works => "Intervention sur le réseau sans validation",
        }
    }

    /// In a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OpenSolution => {
                "L’établissement a mis en place une solution qui ne suit pas les préconisations, sans l’isoler totalement des équipements de la Région et de l’académie."
            }
            Self::Tools => {
                "L’établissement déploie ou exploite des outils d’infrastructure qui ne sont pas ceux de la Région, ou emploie ceux de la Région en dehors de leurs règles d’exploitation."
            }
            Self::Works => {
                "L’établissement est intervenu sur le réseau, ou y a fait intervenir un tiers, sans validation préalable et explicite des services de la Région."
            }
        }
    }

    /// Where the rule stands in the service catalogue.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::OpenSolution => "règles SRV-10 et SRV-11",
            Self::Tools => "règle OGI-13",
            Self::Works => "règle RES-17",
        }
    }

    /// What makes the ground fall: what the school may do.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::OpenSolution => {
                "retirer la solution, ou attester de son isolement total et le faire vérifier par l’équipe mobile"
            }
            Self::Tools => "mettre ces outils hors service et le faire vérifier par l’équipe mobile",
            Self::Works => "faire constater l’installation par la Région et demander sa validation",
        }
    }
}

/// What the school loses while the decision lasts.
#[must_use]
pub fn losses(cause: Cause) -> Vec<&'static str> {
    let mut losses = vec![
        "La Région ne répond plus du système d’information de l’établissement\u{a0}: pannes, pertes de données et incidents sont à sa charge.",
        "La Région n’accompagne plus l’établissement sur le numérique\u{a0}: les demandes de service et d’assistance ne sont plus garanties.",
        "Les délais du catalogue ne sont plus opposables à la Région.",
    ];
    if cause == Cause::Works {
        losses.push("L’établissement est considéré comme responsable de l’ensemble de son système d’information et comme renonçant aux services proposés.");
    }
    losses
}

/// What it keeps all the same.
pub const KEPT: &[&str] = &[
    "Ses demandes, ses actes et ses documents restent lisibles, et rien n’est effacé.",
    "Le signalement d’un incident de sécurité reste ouvert et traité.",
    "Le chef d’établissement peut contester la décision, et la Région peut la lever, à tout moment.",
];

/// What is decided, as typed.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The ground.
    pub cause: Option<Cause>,
    /// The facts and the reasons.
    pub reason: String,
    /// What shows them.
    pub evidence: String,
}

impl Draft {
    /// What is missing.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.cause.is_none() {
            faults.push(Fault::new("ground", "Choisissez l’un des trois motifs."));
        }
        faults.extend(sentence("reason", &self.reason));
        let evidence =
            "Indiquez les éléments qui établissent les faits\u{a0}: constat, date, auteur, référence.";
        faults.extend(self.evidence.trim().is_empty().then(|| Fault::new("evidence", evidence)));
        faults.extend(too_long("evidence", &self.evidence));
        faults
    }
}

/// Whether a reason is a real sentence.
#[must_use]
pub fn sentence(field: &'static str, text: &str) -> Option<Fault> {
    let text = text.trim();
    let words: std::collections::BTreeSet<String> = text
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphabetic))
        .map(str::to_lowercase)
        .collect();
    if text.chars().count() < SHORTEST || words.len() < FEWEST {
        let message = "Motivez en une phrase complète au moins\u{a0}: les faits, leur date et ce qui en découle (60 caractères et 10 mots différents au moins).";
        return Some(Fault::new(field, message));
    }
    too_long(field, text)
}

fn too_long(field: &'static str, text: &str) -> Option<Fault> {
    (text.chars().count() > LONGEST).then(|| {
        Fault::new(
            field,
            "Le texte dépasse 10 000 caractères\u{a0}: résumez-le et citez la référence des pièces.",
        )
    })
}

/// The exact text of the decision.
#[must_use]
pub fn text(cause: Cause, draft: &Draft, school: &str, uai: &str) -> String {
    let list = |lines: &[&str]| lines.iter().map(|line| format!("- {line}\n")).collect::<String>();
    let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    format!(
        "La Région se dégage de sa responsabilité envers l’établissement {school} ({uai}).\n\n\
         Motif ({}) : {}\n\nFaits et raisons :\n{}\n\nÉléments à l’appui :\n{}\n\n\
         Tant que dure cette décision, l’établissement perd ceci :\n{}\nIl garde ceci :\n{}\n\
         Pour que le motif tombe : {}.\n\n\
         Cette décision est prise par une personne, jamais par le logiciel. Elle est notifiée au chef d’établissement, \
         au secrétaire général et au service d’exploitation. Le chef d’établissement peut la contester ; la Région lui \
         répond et peut la lever à tout moment.",
        cause.rule(),
        cause.sentence(),
        plain(&draft.reason),
        plain(&draft.evidence),
        list(&losses(cause)),
        list(KEPT),
        cause.remedy(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_real_sentence() {
        for poor in [
            "",
            "Non conforme.",
            &"non ".repeat(40),
            &"x".repeat(200),
            "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25",
        ] {
            assert!(sentence("reason", poor).is_some(), "{poor}");
        }
        let real =
            "Le 12 octobre, l’équipe mobile a constaté un serveur personnel relié au réseau administratif.";
        assert!(sentence("reason", real).is_none());
        assert!(sentence("reason", &real.repeat(200)).is_some());
    }

    #[test]
    fn the_text_says_everything_before_it_is_signed() {
        for cause in Cause::ALL {
            let draft = Draft {
                cause: Some(*cause),
                reason: "Faits.\r\nRaisons.".into(),
                evidence: "Constat 12".into(),
            };
            let text = text(*cause, &draft, "Lycée du Beffroi", "0590001K");
            for part in losses(*cause).into_iter().chain(KEPT.iter().copied()).chain([
                cause.sentence(),
                "Faits.\nRaisons.",
                "Constat 12",
            ]) {
                assert!(text.contains(part), "{part}");
            }
            assert_eq!(Cause::of(cause.slug()), Some(*cause));
        }
    }
}
