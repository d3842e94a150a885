//! The Region's pages of bridges.

use beffroi_ui::form::{self, Choice, Field};
use beffroi_ui::{Column, Tone, back_link, empty, notice, short_date_time, table, tag};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::drivers;
use crate::model::{Settings, Standing, ToolKind};
use crate::settings::Typed;
use crate::store::bridges::Bridge;
use crate::store::links::{Link, Tally};

/// The list, and what is needed to begin another.
pub(crate) fn list(bridges: &[(Bridge, Tally)], teams: &[(String, String)], now: DateTime<Utc>) -> Markup {
    html! {
        (back_link("/region", "Région"))
        h1 { "Passerelles" }
        p.lead { "Une équipe qui a son propre outil y trouve les demandes qu’elle reçoit ici\u{a0}; ce qu’elle y écrit, y joint et y décide revient sans être retapé." }
        @if bridges.is_empty() {
            (empty(html! { p { "Aucune passerelle. Celles que vous créerez apparaîtront ici, avec l’état de leurs échanges." } }))
        } @else { (built(bridges, now)) }
        h2 { "Créer une passerelle" }
        form method="get" action="/region/passerelles/nouvelle" {
            (form::radios(&Field::new("outil", "Quel outil de l’autre côté\u{a0}?"), &tools()))
            (form::select(&Field::new("equipe", "Quelle équipe\u{a0}?").hint("Toutes les demandes qu’elle reçoit passeront."), teams))
            (form::submit("Continuer"))
        }
    }
}

fn tools() -> Vec<Choice<'static>> {
    let hint = |kind: ToolKind| match kind {
        ToolKind::Beffroi => "Un prestataire ou une académie qui a le sien.",
        ToolKind::Glpi => {
            "Comparée au code source de GLPI 10 et 11, pas encore éprouvée contre un GLPI réel."
        }
    };
    ToolKind::ALL
        .iter()
        .map(|kind| Choice {
            value: kind.slug(),
            label: kind.label(),
            hint: hint(*kind),
            chosen: *kind == ToolKind::Beffroi,
        })
        .collect()
}

fn built(bridges: &[(Bridge, Tally)], now: DateTime<Utc>) -> Markup {
    let columns = [
        Column::text("Passerelle"),
        Column::text("Équipe"),
        Column::text("Outil"),
        Column::text("État"),
        Column::number("Demandes"),
    ];
    let rows = bridges.iter().map(|(bridge, tally)| vec![
        html! { a href={ "/region/passerelles/" (bridge.id) } { (bridge.name) } },
        html! { (bridge.team) },
        html! { (bridge.kind().label()) },
        html! { (health(bridge, now)) @if tally.failing > 0 { " " (beffroi_ui::plural(tally.failing, "demande en échec", "demandes en échec")) } },
        html! { (tally.running) },
    ]);
    table("Passerelles, de la plus récente à la plus ancienne", &columns, &rows.collect::<Vec<_>>())
}

fn health(bridge: &Bridge, now: DateTime<Utc>) -> Markup {
    if bridge.stopped_at.is_some() {
        return tag(Tone::Quiet, "Arrêtée");
    }
    if bridge.rests_until.is_some_and(|until| until > now) || bridge.failures > 0 {
        return tag(Tone::Warn, "Ne répond pas");
    }
    match bridge.last_ok_at {
        Some(_) => tag(Tone::Good, "En service"),
        None => tag(Tone::Calm, "Pas encore essayée"),
    }
}

/// What the form of a bridge shows.
pub(crate) struct Form<'a> {
    /// The bridge, when it exists.
    pub(crate) bridge: Option<&'a Bridge>,
    pub(crate) kind: ToolKind,
    /// The name of its team.
    pub(crate) team: &'a str,
    /// Those of the team: identifiers and names.
    pub(crate) people: &'a [(String, String)],
    pub(crate) typed: &'a Typed,
    pub(crate) fault: Option<(&'a str, &'a str)>,
}

impl<'a> Form<'a> {
    fn field(&self, name: &'a str, label: &'a str) -> Field<'a> {
        let error = self.fault.filter(|(field, _)| *field == name).map(|(_, why)| why);
        Field::new(name, label).error(error)
    }
}

fn faults(form: &Form) -> Markup {
    let faults: Vec<(String, String)> =
        form.fault.iter().map(|(field, why)| ((*field).to_owned(), (*why).to_owned())).collect();
    html! { (form::error_summary(&faults)) }
}

/// The page of a bridge to build.
pub(crate) fn new(form: &Form) -> Markup {
    html! {
        (back_link("/region/passerelles", "Passerelles"))
        (faults(form))
        h1 { "Créer une passerelle" }
        p.lead { "Équipe «\u{a0}" (form.team) "\u{a0}», " (form.kind.label()) "." }
        (unproved(form.kind))
        @if form.people.is_empty() {
            (notice(Tone::Warn, "Personne n’exerce dans cette équipe", html! {
                p { "Une passerelle agit au nom d’une personne de l’équipe. Créez-en une, par exemple «\u{a0}Passerelle Infogérance\u{a0}», et donnez-lui une fonction dans cette équipe\u{a0}: " a href="/region/personnes" { "Personnes et fonctions" } }
            }))
        } @else { (fields(form, "/region/passerelles/nouvelle", "Créer la passerelle")) }
    }
}

/// GLPI was not at hand: nobody is to believe it was.
fn unproved(kind: ToolKind) -> Markup {
    html! {
        @if kind == ToolKind::Glpi {
            (notice(Tone::Warn, "Non éprouvée", html! {
                p { "Chaque appel de cette passerelle a été comparé au code source de GLPI 10.0 et 11.0. Elle n’a pas encore été essayée contre un GLPI réel\u{a0}: essayez-la d’abord avec une équipe de test." }
            }))
        }
    }
}

/// The page of a bridge.
pub(crate) fn one(
    form: &Form,
    bridge: &Bridge,
    (failing, base_url, now): (&[Link], &str, DateTime<Utc>),
) -> Markup {
    let path = format!("/region/passerelles/{}", bridge.id);
    let facts = [
        ("État".to_owned(), health(bridge, now)),
        ("Équipe".to_owned(), html! { (bridge.team) }),
        ("Outil".to_owned(), html! { (bridge.kind().label()) ", " (bridge.url) }),
        (
            "Dernière réponse".to_owned(),
            html! { @match bridge.last_ok_at { Some(at) => (short_date_time(at)), None => "aucune" } },
        ),
    ];
    html! {
        (back_link("/region/passerelles", "Passerelles"))
        (faults(form))
        h1 { (bridge.name) }
        (unproved(form.kind))
        (beffroi_ui::facts(&facts))
        @if form.kind == ToolKind::Beffroi {
            // Chosen whole with one click or by keyboard, and no wider than its field.
            div.field {
                label for="annonces" { "Adresse des annonces, à donner au webhook de l’autre côté" }
                input type="text" id="annonces" value={ (base_url) "/passerelles/" (bridge.id) "/annonces" } readonly autocomplete="off" spellcheck="false";
            }
        }
        @if let Some(why) = &bridge.last_error { (notice(Tone::Bad, "Dernier échec", html! { p { (why) "." } })) }
        @if bridge.stopped_at.is_none() {
            (form::button_form(&format!("{path}/essayer"), "Essayer la connexion", "", &[]))
        }
        @if !failing.is_empty() { h2 { "Demandes en échec" } (failures(failing)) }
        @if bridge.stopped_at.is_none() {
            h2 { "Réglages" }
            (fields(form, &format!("{path}/modifier"), "Enregistrer"))
            h2 { "Arrêter" }
            p { "Plus rien ne passera. Les demandes restent des deux côtés, avec ce qui est déjà passé." }
            (form::button_form(&format!("{path}/arreter"), "Arrêter la passerelle", "plain", &[]))
        }
    }
}

fn failures(failing: &[Link]) -> Markup {
    let columns =
        [Column::text("Demande"), Column::text("Depuis"), Column::text("Pourquoi"), Column::text("Suite")];
    let rows = failing.iter().map(|link| vec![
        html! { a href={ "/demandes/" (link.reference) "/passerelle" } { (beffroi_ui::reference(&link.reference)) } },
        html! { @if let Some(since) = link.failing_since { (short_date_time(since)) } },
        html! { (link.last_error.as_deref().unwrap_or("—")) },
        html! { @match link.next_at { Some(at) => { "nouvel essai " (short_date_time(at)) }, None => "attend quelqu’un" } },
    ]);
    table("Demandes dont l’échange échoue", &columns, &rows.collect::<Vec<_>>())
}

fn fields(form: &Form, action: &str, words: &str) -> Markup {
    let typed = form.typed;
    let kept =
        if form.bridge.is_some() { " Laissez vide pour garder celui qui est enregistré." } else { "" };
    let token_hint = match form.kind {
        ToolKind::Beffroi => format!(
            "Un jeton qui peut écrire, créé là-bas sur «\u{a0}Mon compte\u{a0}», «\u{a0}Jetons\u{a0}».{kept}"
        ),
        ToolKind::Glpi => format!("Le jeton d’API du compte (user_token), dans ses préférences.{kept}"),
    };
    html! {
        form method="post" action=(action) data-guard {
            @if form.bridge.is_none() {
                input type="hidden" name="outil" value=(form.kind.slug());
                input type="hidden" name="equipe" value=(typed.team);
            }
            (form::text(&form.field("nom", "Nom de la passerelle").hint("Il signe ce qui arrive, par exemple «\u{a0}Infogérance Nord\u{a0}».").value(&typed.name)))
            (form::input(&form.field("adresse", "Adresse de l’autre outil").hint("Celle de son accueil, en https://.").value(&typed.url), "url"))
            (form::select(&form.field("personne", "Au nom de qui\u{a0}?").hint("Ce qui arrive est fait ici avec ses fonctions dans l’équipe, jamais plus.").value(&typed.person), form.people))
            (form::password(&form.field("jeton", "Jeton").hint(&token_hint)))
            @match form.kind { ToolKind::Beffroi => (of_beffroi(form, kept)), ToolKind::Glpi => (of_glpi(form, kept)) }
            (mappings(form))
            (form::submit(words))
        }
    }
}

fn of_beffroi(form: &Form, kept: &str) -> Markup {
    let set = &form.typed.settings;
    let sheet = if set.sheet.is_empty() && set.kind.is_empty() {
        String::new()
    } else {
        format!("{}/{}", set.sheet, set.kind)
    };
    let answers = lines(set.answers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let hook = format!(
        "Celui que le webhook de l’autre Beffroi a affiché (whsec_…). Sans lui, les demandes sont relues toutes les dix minutes.{kept}"
    );
    html! {
        (form::password(&form.field("secret", "Secret des annonces").hint(&hook)))
        (form::text(&form.field("etablissement", "Déposer là-bas pour l’établissement").hint("Son numéro UAI dans l’autre Beffroi.").value(&set.school)))
        (form::text(&form.field("fiche", "Fiche et type de demande").hint("Par exemple poste-de-travail/question.").value(&sheet)))
        (form::text(&form.field("question", "Question qui reçoit le texte").hint("Son nom, donné par /api/v1/fiches de l’autre Beffroi.").value(&set.field)))
        (form::long_text(&form.field("reponses", "Réponses toujours les mêmes").hint("Une par ligne\u{a0}: question = réponse.").value(&answers)))
    }
}

fn of_glpi(form: &Form, kept: &str) -> Markup {
    let set = &form.typed.settings;
    let hint = format!("App-Token, s’il est exigé.{kept}");
    html! {
        (form::password(&form.field("jeton_application", "Jeton de l’application").hint(&hint)))
        (form::text(&form.field("entite", "Entité").hint("Son numéro dans GLPI\u{a0}; vide pour celle du compte.").value(&set.entity)))
        (form::text(&form.field("categorie", "Catégorie").hint("Son numéro, ou vide.").value(&set.category)))
        (form::text(&form.field("groupe", "Groupe attributaire").hint("Son numéro, ou vide.").value(&set.group)))
        (form::text(&form.field("urgence", "Urgence d’une demande courante").hint("De 1 à 5, ou vide.").value(&set.usual)))
        (form::text(&form.field("urgence_haute", "Urgence d’une demande urgente").hint("De 1 à 5, ou vide.").value(&set.urgent)))
    }
}

/// Their words, and what each is here.
fn mappings(form: &Form) -> Markup {
    let standings: Vec<(String, String)> =
        Standing::ALL.iter().map(|one| (one.slug().to_owned(), one.label().to_owned())).collect();
    let set = &form.typed.settings;
    let authors = lines(set.authors.iter().map(|(name, shown)| (name.as_str(), shown.as_str())));
    html! {
        fieldset.field id="etats" {
            legend { "Leurs états, et ce qu’ils valent ici" }
            @for (code, label, usual) in drivers::states(form.kind) {
                @let name = format!("etat:{code}");
                @let value = set.states.get(*code).map_or(usual.slug(), String::as_str);
                (form::select(&Field::new(&name, label).value(value), &standings))
            }
        }
        (form::long_text(&form.field("auteurs", "Leurs noms, et ceux montrés ici").hint("Un par ligne\u{a0}: nom dans leur outil = nom montré. Les autres sont montrés tels quels.").value(&authors)))
    }
}

fn lines<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    pairs.map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join("\n")
}

/// The pairs of a text, a line each; what has no « = » is left out.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |line: &str| {
        line.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
    };
    text.lines().filter_map(pair).filter(|(name, value)| !name.is_empty() && !value.is_empty()).collect()
}

/// The settings that a form may change, empty.
pub(crate) fn usual(kind: ToolKind) -> Settings {
    match kind {
        ToolKind::Beffroi => Settings::default(),
        ToolKind::Glpi => Settings { usual: "3".into(), urgent: "5".into(), ..Settings::default() },
    }
}
