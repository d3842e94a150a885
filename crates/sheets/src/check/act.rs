//! The faults of `person` questions and of the act that a request makes. (T2, T3, SEC-09, SRV-27)

use beffroi_kernel::Role;

use super::Check;
use crate::{
    model::{ActDeclaration, ApprovalStep, Field, RequestType},
    words::{ActKind, FieldKind, Word},
};

/// Beyond this number of people, a question is no choice any more.
const MOST_PEOPLE: i64 = 50;

impl Check<'_> {
    pub(super) fn person(&mut self, at: &str, field: &Field) {
        let path = format!("{at}.who");
        if field.kind != FieldKind::Person {
            if !field.who.is_empty() {
                self.error(&path, "« who » n’a de sens que pour une question « person »");
            }
            return;
        }
        if field.who.is_empty() {
            let message = format!("la question « {} » ne dit pas qui l’on peut choisir (« who »)", field.id);
            self.error(at, message);
        }
        for role in field.who.iter().filter(|role| !role.is_school() || **role == Role::Pupil) {
            self.error(&path, format!("« {role} » : on ne choisit qu’un personnel de l’établissement"));
        }
        if field.max.is_some_and(|max| !(1..=MOST_PEOPLE).contains(&max)) {
            self.error(&format!("{at}.max"), format!("« max » va de 1 à {MOST_PEOPLE} personnes"));
        }
    }

    pub(super) fn signatories(&mut self, at: &str, step: &ApprovalStep, request: &RequestType) {
        if let Some(delegate) = step.delegate {
            let path = format!("{at}.delegate");
            if delegate != ActKind::FilterDelegation {
                let message = format!(
                    "« {delegate} » ne donne pas le pouvoir de signer : seule « filter-delegation » le donne"
                );
                self.error(&path, message);
            } else if request.act.as_ref().is_none_or(|act| act.kind != ActKind::WebExemption) {
                self.error(
                    &path,
                    "le délégataire du filtrage ne signe que des dérogations « web-exemption »",
                );
            }
            if !step.sign {
                self.error(&path, "« delegate » n’a de sens que pour une validation signée");
            }
        }
        let Some(signers) = step.signers.as_deref() else { return };
        let path = format!("{at}.signers");
        if !step.sign {
            self.error(&path, "« signers » n’a de sens que pour une validation signée");
        }
        if let Some(field) = self.asked_of_all(&path, signers, FieldKind::Person, request)
            && let Some(role) = field.who.iter().find(|role| !step.by.contains(role))
        {
            let message =
                format!("« {signers} » peut désigner « {role} », que « by » n’autorise pas à signer");
            self.error(&path, message);
        }
    }

    pub(super) fn act(&mut self, at: &str, request: &RequestType) {
        let conferred = request.effect.as_ref().and_then(|effect| ActKind::from_slug(&effect.kind));
        let Some(act) = &request.act else {
            if let Some(kind) = conferred {
                let message =
                    format!("l’effet « {kind} » est conféré par un acte signé : ajoutez [request.act]");
                self.error(&format!("{at}.effect.kind"), message);
            }
            return;
        };
        let at = format!("{at}.act");
        if conferred.is_some_and(|kind| kind != act.kind) {
            self.error(&format!("{at}.kind"), "l’effet et l’acte ne confèrent pas le même droit");
        }
        if !request.approvals.iter().any(|step| step.sign && !step.example && step.when.is_none()) {
            self.error(
                &at,
                "rien ne signe cet acte : il faut une validation « sign = true », sans condition et qui ne soit pas un exemple",
            );
        }
        for fault in (self.act_rules)(request) {
            self.error(&at, fault);
        }
        self.holders(&at, act, request);
        self.terms(&at, act, request);
        if let Some(acknowledgement) = &act.acknowledgement {
            self.slug_form(&format!("{at}.acknowledgement.id"), &acknowledgement.id);
        }
    }

    fn holders(&mut self, at: &str, act: &ActDeclaration, request: &RequestType) {
        let path = format!("{at}.holder");
        let mut named = 0;
        for id in &act.holder {
            let field = self.asked_of_all(&path, id, FieldKind::Person, request);
            named += field.map_or(0, Field::most_people);
        }
        if named > usize::try_from(act.holder_count).unwrap_or(usize::MAX) {
            let message = format!(
                "le formulaire peut désigner {named} personnes, l’acte en admet {} (« holder_count »)",
                act.holder_count
            );
            self.error(&path, message);
        }
    }

    fn terms(&mut self, at: &str, act: &ActDeclaration, request: &RequestType) {
        let terms = [
            ("provider", &act.provider, FieldKind::Text),
            ("starts", &act.starts, FieldKind::Date),
            ("ends", &act.ends, FieldKind::Date),
            ("url", &act.url, FieldKind::Url),
            ("direction", &act.direction, FieldKind::Choice),
            ("motive", &act.motive, FieldKind::Choice),
            ("study", &act.study, FieldKind::Choice),
        ];
        for (key, id, kind) in terms {
            let Some(id) = id else { continue };
            let path = format!("{at}.{key}");
            if let Some(field) = self.asked_of_all(&path, id, kind, request) {
                self.options(&path, key, field);
            }
        }
        for id in act.scope.iter().filter(|id| request.field(id).is_none()) {
            self.unknown_field(&format!("{at}.scope"), id, request);
        }
        let until = request.effect.as_ref().and_then(|effect| effect.until.as_ref());
        if until.is_some() && until != act.ends.as_ref() {
            self.error(
                &format!("{at}.ends"),
                "l’effet (« until ») et l’acte (« ends ») ne finissent pas le même jour",
            );
        }
    }

    /// The options that the program itself reads.
    fn options(&mut self, path: &str, key: &str, field: &Field) {
        let wanted: &[&str] = match key {
            "direction" => &[ActDeclaration::ALLOW, ActDeclaration::DENY],
            "study" => &[ActDeclaration::FAVOURABLE],
            _ => &[],
        };
        for option in wanted.iter().filter(|id| field.option(id).is_none()) {
            let message = format!("la question « {} » doit avoir l’option « {option} »", field.id);
            self.error(path, message);
        }
    }

    /// The question of this id and type, to which everybody gives an answer: an act never lacks a term.
    fn asked_of_all<'r>(
        &mut self,
        path: &str,
        id: &str,
        kind: FieldKind,
        request: &'r RequestType,
    ) -> Option<&'r Field> {
        let Some(field) = request.field(id) else {
            self.unknown_field(path, id, request);
            return None;
        };
        if field.kind != kind {
            self.error(path, format!("la question « {id} » doit être de type « {kind} »"));
            return None;
        }
        if !field.required || field.unknown || field.when.is_some() {
            let message =
                format!("l’acte repose sur « {id} » : posez cette question à tous, et rendez-la obligatoire");
            self.error(path, message);
        }
        Some(field)
    }
}
