//! A small catalogue for tests: one service, one routing file.

use beffroi_kernel::Role;

use crate::{Answer, Answers, Facts, RequestType, parse_sheet};

pub(crate) const SHEET: &str = r#"+++
slug = "velos"
title = "Vélos du lycée"
order = 1
edition = "V1"
effective = 2026-01-01
summary = "Prêt et réparation des vélos."

[[includes]]
text = "La réparation"
origin = "official"

[[excludes]]
id = "velo-personnel"
text = "Les vélos personnels"
why = "Ils ne sont pas au lycée."
instead = "Adressez-vous à un réparateur."
link = "/catalogue/velos"
origin = "official"

[[excludes]]
id = "casques"
text = "Les casques"
why = "Le résumé le dit."
instead = "Demandez conseil."
origin = "summary"

[[request]]
id = "reparation"
title = "Faire réparer un vélo"
description = "Un vélo ne roule plus."
nature = "incident"
theme = "atelier"
who = ["head", "teacher"]
first_answer = { office_hours = 4 }
solution = { working_days = 5 }

  [[request.field]]
  id = "details"
  label = "Que se passe-t-il ?"
  type = "long-text"
  max = 20
  when = 'panne != "autre" and contrat'

  [[request.field]]
  id = "origine"
  label = "À qui est le vélo ?"
  type = "choice"
  before = true
  unknown = true
  options = [{ id = "lycee", label = "Au lycée" }, { id = "personnel", label = "À une personne" }]

  [[request.field]]
  id = "panne"
  label = "Quelle panne ?"
  type = "choice"
  before = true
  when = 'origine != "personnel"'
  options = [{ id = "roue", label = "Une roue" }, { id = "autre", label = "Autre" }]

  [[request.field]]
  id = "contrat"
  label = "Y a-t-il un contrat ?"
  type = "yes-no"
  before = true
  unknown = true

  [[request.field]]
  id = "nombre"
  label = "Combien de vélos ?"
  type = "number"
  min = 1
  max = 300

  [[request.field]]
  id = "fin"
  label = "Jusqu’à quand ?"
  type = "date"
  required = false

  [[request.field]]
  id = "liste"
  label = "Quels vélos ?"
  type = "rows"
  columns = [{ id = "numero", label = "Numéro" }, { id = "lieu", label = "Lieu" }]
  required = false

  [[request.refusal]]
  when = 'origine == "personnel"'
  excludes = "velo-personnel"

  [[request.approval]]
  by = ["head"]
  title = "Accord du chef d’établissement"
  when = 'requester.role != "head" and contrat'
  sign = true
  text = "J’accepte la réparation."

  [[request.approval]]
  by = ["secretary-general"]
  title = "Avis du secrétaire général"
  example = true

  [[request.task]]
  title = "Réparer"
  checklist = ["Gonfler", "Essayer"]
  per = "liste"
  when = 'panne == "roue"'

  [[request.task]]
  title = "Préparer"
  checklist = ["Un cadenas"]
  per = "nombre"
  waits = "school"

  [request.effect]
  kind = "information"
  text = "Le vélo roule"
  until = "fin"
+++
## Le service
Des vélos pour tous.

## En détail
### Ce que fait la Région {#region .official}
Elle [répare](region:VELO-01) ; voir [la fiche](/catalogue/velos).

## Conseils
### Freins {#freins .official .advice}
Vérifiez les freins.

## Procédure
### Demander {#demander .official .imposed}
Passez par le guichet.

## Plus d’infos
### Horaires {#horaires .local}
De 8 h à 18 h.
"#;

pub(crate) const ROUTING: &str = r#"[[theme]]
id = "atelier"
label = "Atelier"

[[rule]]
to = "mobile-team"
"#;

/// The request of the sample sheet.
pub(crate) fn request() -> RequestType {
    parse_sheet("velos.md", SHEET).unwrap().requests.remove(0)
}

/// A teacher of Lille.
pub(crate) fn teacher() -> Facts {
    Facts { requester_role: Role::Teacher, academy: "lille".into(), school_kind: "LGT".into(), o365: false }
}

/// Answers from a list.
pub(crate) fn answers(list: &[(&str, Answer)]) -> Answers {
    list.iter().map(|(id, answer)| ((*id).to_owned(), answer.clone())).collect()
}

/// One chosen option.
pub(crate) fn choice(id: &str) -> Answer {
    Answer::Choice(id.to_owned())
}
