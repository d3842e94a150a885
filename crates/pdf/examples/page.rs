//! Renders one document that holds every part, and says how long it took.
//!
//! `cargo run -p beffroi-pdf --example page -- recepisse.pdf`

use std::time::Instant;

use beffroi_pdf::{Document, Part, Span, render, text};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "recepisse.pdf".to_owned());
    let document = receipt();
    for turn in ["first, fonts loaded", "second"] {
        let start = Instant::now();
        let pdf = render(&document)?;
        println!("{turn}: {} bytes in {:?}", pdf.len(), start.elapsed());
        std::fs::write(&path, pdf)?;
    }
    let mut long = document.clone();
    long.parts = (0..20).flat_map(|_| document.parts.clone()).collect();
    let start = Instant::now();
    let pdf = render(&long)?;
    println!("twenty times the content: {} bytes in {:?}", pdf.len(), start.elapsed());
    Ok(())
}

fn receipt() -> Document {
    let mut document = Document::new(
        "Récépissé de la demande « Faire installer une salle informatique »",
        "Lycée Jean-Bart, Dunkerque",
        (2026, 3, 1),
    );
    document.parts = vec![
        Part::Facts(vec![
            fact("Référence", "DEM-2026-000418"),
            fact("Demandeur", "Mme Hélène Cœur-Noël, cheffe d’établissement"),
            fact("Équipe saisie", "Équipe mobile du Dunkerquois"),
            fact("Réponse attendue au plus tard le", "lundi 9 mars 2026 à 17 h"),
        ]),
        Part::Heading { level: 1, text: "Ce qui a été demandé".into() },
        Part::Paragraph(vec![
            span("Douze postes dans la salle B 204. "),
            Span::Commitment("installe les postes et leurs logiciels".into()),
            span(" ; "),
            Span::Duty("fournit une prise réseau par poste".into()),
            span(". La règle complète se lit dans "),
            Span::Link {
                text: "la fiche du service".into(),
                url: "https://beffroi.exemple.fr/catalogue/poste".into(),
            },
            span("."),
        ]),
        lots(),
        Part::Heading { level: 2, text: "Avant le passage du technicien".into() },
        Part::List(vec![
            text("Libérer l’accès à la salle et aux baies de brassage."),
            vec![span("Garder sous la main le code "), Span::Code("Il1O0-8B6G".into()), span(".")],
            vec![Span::Strong("Sauvegarder".into()), span(" les fichiers restés sur les anciens postes.")],
        ]),
        Part::Steps(vec![
            text("L’équipe confirme la date."),
            text("Elle installe les postes."),
            text("Vous signez la mise en service."),
        ]),
        Part::Note {
            label: "Texte signé le 1er mars 2026".into(),
            text: text(
                "Je, cheffe d’établissement, confirme que la salle sera prête.\nSigné par mot de passe vérifié.",
            ),
        },
    ];
    document
}

fn lots() -> Part {
    Part::Table {
        caption: "Matériel attendu".into(),
        headers: vec!["Matériel".into(), "Nombre".into(), "État".into()],
        rows: vec![
            vec![text("Poste fixe, écran 24 pouces"), text("12"), text("En stock ✓")],
            vec![text("Imprimante réseau"), text("1"), text("Commandée → livraison sous dix jours ouvrés")],
        ],
    }
}

fn fact(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn span(words: &str) -> Span {
    Span::Text(words.to_owned())
}
