//! The faults of request types: names, types, reach, routing, refusals, approvals, tasks, effects.
//! (CSU-08, INTRO-02, LIRE-03, LIRE-10)

use beffroi_kernel::Role;

use super::{Check, reach};
use crate::{
    expr::{Expr, types},
    model::{ApprovalStep, EFFECT_KINDS, Field, RequestType},
    routing::Routing,
    text::{did_you_mean, is_field_id},
    words::{FieldKind, Origin},
};

impl Check<'_> {
    pub(super) fn requests(&mut self, routing: Option<&Routing>) {
        let sheet = self.sheet;
        let ids = sheet.requests.iter().enumerate();
        self.unique(ids.map(|(i, r)| (format!("request[{i}].id"), r.id.as_str())), "la demande");
        for (index, request) in sheet.requests.iter().enumerate() {
            let at = format!("request[{index}]");
            self.slug_form(&format!("{at}.id"), &request.id);
            self.askers(&at, request);
            self.theme(&at, request, routing);
            self.fields(&at, request);
            self.refusals(&at, request);
            self.approvals(&at, request);
            self.tasks(&at, request);
            self.effect(&at, request);
            self.act(&at, request);
        }
    }

    fn askers(&mut self, at: &str, request: &RequestType) {
        if request.who.is_empty() {
            self.error(&format!("{at}.who"), "personne ne peut faire cette demande : « who » est vide");
        }
        for role in request.who.iter().filter(|role| !role.is_school()) {
            self.error(&format!("{at}.who"), format!("« {role} » n’est pas une fonction de l’établissement"));
        }
    }

    fn theme(&mut self, at: &str, request: &RequestType, routing: Option<&Routing>) {
        let Some(routing) = routing else { return };
        let theme = request.theme.as_str();
        if theme.is_empty() {
            return;
        }
        if routing.theme(theme).is_none() {
            let near = did_you_mean(theme, routing.themes.iter().map(|theme| theme.id.as_str()));
            self.error(&format!("{at}.theme"), format!("thème inconnu « {theme} »{near}"));
        } else if !routing.covers(theme) {
            self.error(
                &format!("{at}.theme"),
                format!("aucune équipe ne peut recevoir le thème « {theme} »"),
            );
        }
    }

    fn fields(&mut self, at: &str, request: &RequestType) {
        let ids = request.fields.iter().enumerate();
        self.unique(ids.map(|(i, f)| (format!("{at}.field[{i}].id"), f.id.as_str())), "la question");
        for (index, field) in request.fields.iter().enumerate() {
            let at = format!("{at}.field[{index}]");
            if !field.id.is_empty() && !is_field_id(&field.id) {
                let message =
                    format!("« {} » : écrivez des minuscules sans accent, chiffres et « _ »", field.id);
                self.error(&format!("{at}.id"), message);
            }
            self.field_parts(&at, field);
            self.person(&at, field);
            if let Some(when) = &field.when
                && self.condition(&format!("{at}.when"), when, request)
            {
                self.reachable(&format!("{at}.when"), field, when, request);
            }
        }
    }

    fn field_parts(&mut self, at: &str, field: &Field) {
        let choice = matches!(field.kind, FieldKind::Choice | FieldKind::Choices);
        if choice && field.options.is_empty() {
            self.error(at, format!("la question « {} » n’a aucune option", field.id));
        }
        if !choice && !field.options.is_empty() {
            self.error(&format!("{at}.options"), "« options » n’a de sens que pour un choix");
        }
        if (field.kind == FieldKind::Rows) == field.columns.is_empty() {
            self.error(at, "« columns » va avec le type « rows », et lui seul");
        }
        if field.min.zip(field.max).is_some_and(|(min, max)| min > max) {
            self.error(&format!("{at}.min"), "« min » dépasse « max »");
        }
        let options = field.options.iter().enumerate();
        self.unique(options.map(|(i, o)| (format!("{at}.options[{i}].id"), o.id.as_str())), "l’option");
        let columns = field.columns.iter().enumerate();
        self.unique(columns.map(|(i, c)| (format!("{at}.columns[{i}].id"), c.id.as_str())), "la colonne");
    }

    /// Whether the names and types of a condition are right; notes what is not.
    fn condition(&mut self, path: &str, when: &Expr, request: &RequestType) -> bool {
        let faults = types::faults(when, request);
        let sound = faults.is_empty();
        for fault in faults {
            self.error(path, fault);
        }
        sound
    }

    fn reachable(&mut self, path: &str, field: &Field, when: &Expr, request: &RequestType) {
        let order: Vec<&str> = request.ordered().map(|field| field.id.as_str()).collect();
        let rank = |id: &str| order.iter().position(|known| *known == id);
        let later = when.fields().into_iter().find(|id| rank(id) >= rank(&field.id));
        if let Some(later) = later {
            let message = format!("la question « {} » dépend de « {later} », posée plus tard", field.id);
            self.error(path, message);
        } else if reach::never_true(when, request) {
            self.error(
                path,
                format!("la question « {} » n’est jamais posée : sa condition est toujours fausse", field.id),
            );
        }
    }

    /// A condition of a refusal, an approval or a task.
    fn useful(&mut self, path: &str, when: Option<&Expr>, request: &RequestType, what: &str) {
        if let Some(when) = when
            && self.condition(path, when, request)
            && reach::never_true(when, request)
        {
            self.error(path, format!("{what} ne s’applique jamais : sa condition est toujours fausse"));
        }
    }

    fn refusals(&mut self, at: &str, request: &RequestType) {
        let sheet = self.sheet;
        for (index, refusal) in request.refusals.iter().enumerate() {
            let at = format!("{at}.refusal[{index}]");
            self.useful(&format!("{at}.when"), Some(&refusal.when), request, "ce refus");
            let id = refusal.excludes.as_str();
            let path = format!("{at}.excludes");
            match sheet.exclusion(id) {
                None if id.is_empty() => {}
                None => {
                    let near = did_you_mean(id, sheet.excludes.iter().map(|exclusion| exclusion.id.as_str()));
                    self.error(&path, format!("l’exclusion « {id} » n’existe pas dans cette fiche{near}"));
                }
                Some(exclusion) if exclusion.origin == Origin::Summary => {
                    self.error(
                        &path,
                        format!(
                            "l’exclusion « {id} » vient du résumé automatique : elle ne peut rien refuser"
                        ),
                    );
                }
                Some(_) => {}
            }
        }
    }

    fn approvals(&mut self, at: &str, request: &RequestType) {
        for (index, step) in request.approvals.iter().enumerate() {
            let at = format!("{at}.approval[{index}]");
            self.useful(&format!("{at}.when"), step.when.as_ref(), request, "cette validation");
            self.approvers(&at, step);
            self.signatories(&at, step, request);
            if step.sign && step.text.is_none() {
                self.error(&at, "une validation signée doit donner le texte exact à signer (« text »)");
            }
        }
    }

    fn approvers(&mut self, at: &str, step: &ApprovalStep) {
        let path = format!("{at}.by");
        if step.by.is_empty() {
            self.error(&path, "personne ne peut donner cette validation : « by » est vide");
            return;
        }
        for role in step.by.iter().filter(|role| !role.is_school()) {
            self.error(
                &path,
                format!("« {role} » n’est pas une fonction de l’établissement et ne peut valider"),
            );
        }
        let may_sign = |role: &Role| role.is_school() && !matches!(role, Role::Pupil | Role::SchoolAgent);
        if step.sign && !step.by.iter().any(may_sign) {
            self.error(
                &path,
                "personne ne peut signer cet acte : il faut un personnel de l’État dans l’établissement",
            );
        }
    }

    fn tasks(&mut self, at: &str, request: &RequestType) {
        for (index, task) in request.tasks.iter().enumerate() {
            let at = format!("{at}.task[{index}]");
            self.useful(&format!("{at}.when"), task.when.as_ref(), request, "cette tâche");
            let Some(per) = task.per.as_deref() else { continue };
            match request.field(per).map(|field| field.kind) {
                Some(FieldKind::Rows | FieldKind::Number | FieldKind::Person) => {}
                Some(_) => self.error(
                    &format!("{at}.per"),
                    format!("« {per} » n’est ni un tableau, ni un nombre, ni des personnes"),
                ),
                None => self.unknown_field(&format!("{at}.per"), per, request),
            }
        }
    }

    pub(super) fn unknown_field(&mut self, path: &str, id: &str, request: &RequestType) {
        let near = did_you_mean(id, request.fields.iter().map(|field| field.id.as_str()));
        self.error(path, format!("la question « {id} » n’existe pas dans cette demande{near}"));
    }

    fn effect(&mut self, at: &str, request: &RequestType) {
        let Some(effect) = &request.effect else { return };
        let at = format!("{at}.effect");
        let kind = effect.kind.as_str();
        if !kind.is_empty() && !EFFECT_KINDS.contains(&kind) {
            let near = did_you_mean(kind, EFFECT_KINDS.iter().copied());
            self.error(&format!("{at}.kind"), format!("effet inconnu « {kind} »{near}"));
        }
        if let Some(until) = effect.until.as_deref() {
            match request.field(until).map(|field| field.kind) {
                Some(FieldKind::Date) => {}
                Some(_) => self.error(&format!("{at}.until"), format!("« {until} » n’est pas une date")),
                None => self.unknown_field(&format!("{at}.until"), until, request),
            }
        }
    }
}
