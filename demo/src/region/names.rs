//! Names of invented people: given names of the country's many origins; family names made by
//! joining the sounds of Picardy, Flanders, France and elsewhere, so that no list of people is copied.

/// Given names, in one text that stays short to read.
const GIVEN: &str = "\
Adam Adèle Adrien Agathe Agnès Ahmed Aïcha Alain Albane Alban Alexandre Alexia Alice Aline Alix \
Amandine Ambre Amélie Amina Amine Anaëlle Anaïs Anatole André Angèle Anna Anne Antoine Antonin \
Apolline Armand Arnaud Arthur Assia Audrey Augustin Aurélie Aurélien Axel Aya Baptiste Basile \
Bastien Béatrice Benjamin Benoît Bernadette Bertrand Bilal Blandine Brahim Brigitte Bruno \
Camille Capucine Carine Carole Caroline Catherine Cécile Céline Charles Charlotte Chloé \
Christelle Christian Christine Christophe Claire Clara Claude Clément Clémence Clotilde Colette \
Constance Constantin Coralie Corentin Corinne Cyril Cyrille Damien Daniel Danièle David Delphine \
Denis Diane Didier Dimitri Dominique Dorian Edgar Edmond Édouard Élena Éléonore Éliane Élias \
Éliott Élisa Élisabeth Élise Ella Éloi Éloïse Elsa Emma Émile Émilie Emmanuel Enzo Éric Estelle \
Esther Ethan Étienne Eugène Eugénie Eva Fabien Fabrice Fanny Farid Fatima Fatou Félicie Félix \
Fernand Flavie Florence Florent Florian François Françoise Frédéric Gabin Gabriel Gaël Gaëlle \
Gaspard Gauthier Geneviève Geoffrey Georges Gérald Géraldine Germain Ghislaine Gilbert Gilles \
Gisèle Grégoire Grégory Guillaume Gustave Habiba Hakim Hamza Hanna Hector Hélène Héloïse Henri \
Hicham Hortense Hubert Hugo Hugues Ibrahim Idriss Inès Irène Irina Isabelle Ismaël Ivan Jacques \
Jade Jamila Jana Jasmine Jean Jeanne Jérémie Jérôme Joachim Joanna Joël Johanna Jonas Jordan \
Joseph Josiane Joséphine Jules Julie Julien Juliette Justin Justine Kamel Karim Karine Katia \
Kenza Kévin Khadija Kim Laetitia Laura Laure Laurence Laurent Léa Léandre Leïla Lena Léna Léo \
Léon Léonie Léopold Liam Lila Lilian Lina Linda Lise Loïc Lola Lorenzo Lou Louane Louis Louise \
Luc Lucas Lucie Lucien Lucile Ludivine Ludovic Lydia Lydie Maël Maëlle Maëlys Magali Malik Manon \
Marc Marceau Marcel Margaux Marguerite Mariam Marianne Marie Marin Marina Marine Marion Marius \
Marthe Martin Martine Maryse Mathias Mathieu Mathilde Mathis Maurice Max Maxence Maxime Mehdi \
Mélanie Mélina Mélissa Michel Michèle Milan Mireille Mohamed Moïse Monique Morgane Mounir Muriel \
Mustapha Myriam Nabil Nadège Nadia Naël Naïm Nathalie Nathan Nicolas Nicole Nina Nino Noa Noah \
Noé Noémie Nolan Nora Norbert Nour Océane Octave Odette Odile Olga Olivier Omar Ophélie Oscar \
Pascal Pascale Patrice Patrick Paul Paula Pauline Perrine Philippe Philomène Pierre Quentin \
Rachel Rachid Raphaël Rayan Raymond Rébecca Régine Régis Rémi Renaud René Richard Robert Robin \
Rodolphe Roland Romain Romane Rosa Rose Roxane Ruben Sabine Sabrina Salomé Samia Samir Samuel \
Sandra Sandrine Sara Sarah Sébastien Serge Séverine Sidonie Simon Simone Sofia Solange Solène \
Sonia Sophie Soraya Stella Stéphane Stéphanie Suzanne Sylvain Sylvie Tancrède Tania Tatiana Théa \
Théo Théodore Thérèse Thibault Thierry Thomas Timothée Titouan Tom Tristan Ulysse Valentin \
Valentine Valérie Vanessa Véronique Victor Victoire Victorine Vincent Violette Virginie Viviane \
Wassim William Xavier Yacine Yann Yanis Yasmine Yves Yvette Yvonne Zacharie Zélie Zoé Zohra";

/// How family names begin…
const HEADS: &str = "\
Delb Delc Delf Delm Dels Delv Desc Desm Dub Duf Duh Dum Duqu Dus Vand Vanb Vanh Vanm Verb Verh Verm Vers \
Wall Warn Watt Lef Leg Lem Lep Ler Bail Bauch Bell Berth Blond Bouch Boul Brass Carl Carp Caud Chev Coch \
Coqu Crép Dan Dass Dev Dhé Fauqu Flam Font Fourn Goss Gou Hav Henn Hoch Holl Lall Lamb Macr Mar Merl Mor \
Norm Obl Pag Pecq Pruv Quen Ric Roy Sauv Senn Taff Thér Till Vass Verd Wib Ysab Zab Ben Had Mans Kow Now \
Lew Mor Rod Fern Tra Dial Cam";

/// … and how they end.
const TAILS: &str = "\
ier aux el art eux ot in oy ert aert eman ez ecq ain";

/// The lists, ready to draw from.
pub(crate) struct Names {
    /// More than three hundred given names.
    pub(crate) given: Vec<&'static str>,
    /// More than eight hundred family names.
    pub(crate) family: Vec<String>,
}

impl Names {
    /// Every name, once.
    pub(crate) fn new() -> Self {
        let mut family: Vec<String> = HEADS
            .split_whitespace()
            .flat_map(|head| TAILS.split_whitespace().map(move |tail| format!("{head}{tail}")))
            .collect();
        family.sort();
        family.dedup();
        Self { given: GIVEN.split_whitespace().collect(), family }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_enough_names_each_once() {
        let names = Names::new();
        let mut given = names.given.clone();
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), names.given.len());
        assert!(given.len() >= 300, "{}", given.len());
        assert!(names.family.len() >= 800, "{}", names.family.len());
    }
}
