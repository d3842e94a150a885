//! The catalogue as its readers, schools and publishers live it, on both databases.

mod knowledge;
mod links;
mod pages;
mod procedure;
mod publishing;
mod routing;
mod signed_in;

use beffroi_db::Db;
use beffroi_directory::Site;
use beffroi_kernel::{Access, Action, Function, Permit, PersonId, Role, SchoolId};

use crate::Catalogue;

pub(crate) fn catalogue(db: &Db) -> Catalogue {
    Catalogue::new(Site { db: db.clone(), base_url: "http://beffroi.test".into(), secure_cookies: false })
}

pub(crate) fn access(role: Role, school: Option<SchoolId>) -> Access {
    let at = beffroi_db::testing::beginning();
    let function = Function { role, school, team: None, territory: None, since: at, substitute_for: None };
    Access { person: PersonId::new(), name: "Camille Lens".into(), functions: vec![function], at }
}

pub(crate) fn permit<A: Action>(role: Role, school: Option<SchoolId>) -> Permit<A> {
    access(role, school).permit().unwrap()
}

pub(crate) const ROUTING: &str = r#"
[[theme]]
id = "impression"
label = "Impression"

[[theme]]
id = "usages"
label = "Usages"

[[rule]]
theme = "impression"
to = "mobile-team"

[[rule]]
theme = "usages"
academy = "lille"
to = "team:drsi-lille"

[[rule]]
to = "operations-service"
"#;

/// A small sheet; `example` is the text of its example step.
pub(crate) fn sheet(slug: &str, order: u32, effective: &str, example: &str) -> (String, String) {
    let text = SHEET
        .replace("@slug", slug)
        .replace("@order", &order.to_string())
        .replace("@effective", effective)
        .replace("@example", example);
    (format!("{slug}.md"), text)
}

pub(crate) fn files() -> Vec<(String, String)> {
    vec![
        sheet("impression", 1, "2026-09-01", "Prévenez la vie scolaire."),
        ("routing.toml".into(), ROUTING.into()),
    ]
}

/// The catalogue shipped with the project.
pub(crate) fn shipped() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, String)> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "md" || extension == "toml"))
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

const SHEET: &str = r##"+++
slug = "@slug"
title = "Imprimantes"
order = @order
edition = "V1"
effective = @effective
summary = "Les imprimantes fournies par la Région."
keywords = ["copieur", "réseaux"]
to_complete = ["La liste des modèles."]

[[includes]]
text = "La réparation des imprimantes"
origin = "official"

[[excludes]]
id = "consommables"
text = "Les cartouches et le papier"
why = "Le lycée les achète."
instead = "Commandez-les auprès de votre fournisseur."
origin = "official"

[[request]]
id = "panne"
title = "Signaler une imprimante en panne"
description = "Une imprimante ne répond plus."
nature = "incident"
theme = "impression"
who = ["head", "teacher"]
first_answer = { office_hours = 4 }
solution = { working_days = 5 }
delay_origin = "local"
next = ["Un technicien vous répond."]

  [[request.field]]
  id = "modele"
  label = "Quel est le modèle ?"
  type = "text"
+++
## Le service

La Région répare les imprimantes.

## En détail

### Réparer {#reparer .official}

La Région [répare](region:IMP-01) et le lycée [prévient](school:IMP-02).

### Compter {#compter .summary}

Chaque page compte.

## Conseils

### Éteindre {#eteindre .official}

Éteignez le soir.

## Procédure

### Passer par le guichet {#guichet .official .imposed}

La demande est déposée au guichet.

### Prévenir {#prevenir .official .example}

@example

## Plus d’infos

### Liens {#liens .official}

Voir [le catalogue](/catalogue/@slug).
"##;
