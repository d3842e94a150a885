//! The OpenAPI 3.1 document, made of what serves: an address and its description are declared together, so
//! that one cannot exist without the other.

use axum::handler::Handler;
use beffroi_web::Routes;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::Api;
use crate::once::LONGEST_KEY;
use crate::problem::{PROBLEM_JSON, Problem};

type Shape = fn(&mut SchemaGenerator) -> Schema;

/// One address and method, in words and shapes.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    id: &'static str,
    tag: &'static str,
    pub(crate) title: &'static str,
    words: &'static str,
    query: Option<Shape>,
    body: Option<Shape>,
    answer: (u16, &'static str, Option<Shape>),
}

impl Operation {
    pub(crate) fn new(id: &'static str, tag: &'static str, title: &'static str) -> Self {
        Self { id, tag, title, words: "", query: None, body: None, answer: (200, "Lecture faite.", None) }
    }

    /// Whether it belongs to that chapter.
    pub(crate) fn is_about(&self, tag: &str) -> bool {
        self.tag == tag
    }

    /// More words, when the title does not say all.
    pub(crate) fn says(self, words: &'static str) -> Self {
        Self { words, ..self }
    }

    pub(crate) fn asked<T: JsonSchema>(self) -> Self {
        Self { query: Some(T::json_schema), ..self }
    }

    pub(crate) fn sent<T: JsonSchema>(self) -> Self {
        Self { body: Some(SchemaGenerator::subschema_for::<T>), ..self }
    }

    pub(crate) fn answers<T: JsonSchema>(self, status: u16, words: &'static str) -> Self {
        Self { answer: (status, words, Some(SchemaGenerator::subschema_for::<T>)), ..self }
    }

    /// Answers the bytes of a file.
    pub(crate) fn gives_file(self) -> Self {
        Self { answer: (200, "Le contenu du fichier.", None), ..self }
    }
}

/// The addresses of the API with their descriptions.
pub(crate) struct Doors {
    routes: Routes<Api>,
    pub(crate) operations: Vec<(&'static str, &'static str, Operation)>,
}

impl Doors {
    pub(crate) fn new() -> Self {
        Self { routes: Routes::new(), operations: Vec::new() }
    }

    pub(crate) fn get<H, T>(mut self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        self.operations.push(("get", path, operation));
        Self { routes: self.routes.get(path, handler), ..self }
    }

    pub(crate) fn post<H, T>(mut self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        self.operations.push(("post", path, operation));
        Self { routes: self.routes.post(path, handler), ..self }
    }

    pub(crate) fn into_routes(self) -> Routes<Api> {
        self.routes
    }

    /// The document.
    pub(crate) fn document(&self, base_url: &str) -> Value {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        let mut shapes = settings.into_generator();
        let mut paths: Map<String, Value> = Map::new();
        for (method, path, operation) in &self.operations {
            let described = describe(method, path, operation, &mut shapes);
            let place = paths.entry((*path).to_owned()).or_insert_with(|| json!({}));
            place[*method] = described;
        }
        shapes.subschema_for::<Problem>();
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "API de Beffroi",
                "version": "1",
                "summary": "Les demandes, les fiches et les établissements, pour d’autres logiciels.",
                "description": INTRODUCTION,
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "servers": [{ "url": base_url }],
            "security": [{ "jeton": [] }],
            "tags": TAGS.iter().map(|(name, words)| json!({ "name": name, "description": words })).collect::<Vec<_>>(),
            "paths": paths,
            "components": {
                "securitySchemes": { "jeton": {
                    "type": "http", "scheme": "bearer",
                    "description": "Un jeton créé sur la page « Mon compte », rubrique « Jetons ».",
                } },
                "schemas": shapes.take_definitions(true),
            },
        })
    }
}

const INTRODUCTION: &str = "Un jeton agit au nom de la personne qui l’a créé, dans les fonctions qu’elle a choisies et \
qu’elle exerce au moment de l’appel. Les refus sont des problèmes au format RFC 9457. Un appel POST peut porter un \
en-tête Idempotency-Key : répété avec la même clé et le même contenu, il a son effet une fois et reçoit la même réponse.";

/// The chapters of the document.
pub(crate) const TAGS: &[(&str, &str)] = &[
    ("Moi", "Qui appelle."),
    ("Demandes", "Lire, déposer et traiter des demandes."),
    ("Fiches", "Le catalogue de services."),
    ("Établissements", "L’annuaire des lycées."),
];

/// What any call may be refused with.
const REFUSALS: &[(&str, &str)] = &[
    ("401", "Jeton absent, inconnu ou expiré."),
    ("403", "Ce jeton n’y donne pas droit."),
    ("404", "Rien de tel à cette adresse, ou pas pour ce jeton."),
    ("422", "Champs ou paramètres à corriger."),
    ("429", "Trop d’appels : l’en-tête Retry-After dit quand recommencer."),
    ("503", "Service momentanément indisponible."),
];

/// And besides, a call that changes something.
const REFUSALS_OF_CHANGES: &[(&str, &str)] = &[
    ("400", "Le contenu n’est pas du JSON."),
    ("409", "La demande n’est plus dans l’état attendu."),
    ("413", "Contenu trop grand."),
    ("415", "Le contenu n’est pas annoncé comme du JSON."),
];

/// And besides, a call that gives a file.
const REFUSALS_OF_FILES: &[(&str, &str)] =
    &[("409", "L’antivirus examine le fichier, ou y a trouvé un virus.")];

fn describe(method: &str, path: &str, operation: &Operation, shapes: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = path_parameters(path);
    if let Some(query) = operation.query {
        parameters.extend(query_parameters(&query(shapes)));
    }
    let (status, words, shape) = operation.answer;
    let success = match shape {
        Some(shape) => json!({ "application/json": { "schema": shape(shapes) } }),
        None => json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } }),
    };
    let mut responses = json!({ status.to_string(): {
        "description": words, "content": success, "headers": limit_headers(),
    } });
    let changes = method == "post";
    let refusals = REFUSALS.iter().chain(REFUSALS_OF_CHANGES.iter().filter(|_| changes));
    let refusals = refusals.chain(REFUSALS_OF_FILES.iter().filter(|_| shape.is_none()));
    for (status, words) in refusals {
        responses[*status] = json!({ "description": words, "content": { PROBLEM_JSON: {
            "schema": { "$ref": "#/components/schemas/Probleme" } } } });
    }
    let mut described = json!({
        "operationId": operation.id, "tags": [operation.tag], "summary": operation.title,
        "responses": responses,
    });
    if !operation.words.is_empty() {
        described["description"] = json!(operation.words);
    }
    if changes {
        parameters.push(key_parameter());
    }
    if !parameters.is_empty() {
        described["parameters"] = json!(parameters);
    }
    if let Some(body) = operation.body {
        let content = json!({ "application/json": { "schema": body(shapes) } });
        described["requestBody"] = json!({ "required": true, "content": content });
    }
    described
}

fn limit_headers() -> Value {
    json!({
        "RateLimit-Policy": { "description": "Appels permis, et durée de la fenêtre en secondes.",
            "schema": { "type": "string" } },
        "RateLimit": { "description": "Appels restants, et secondes avant la fenêtre suivante.",
            "schema": { "type": "string" } },
    })
}

fn key_parameter() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Désigne cet appel et ses répétitions pendant 24 heures, par exemple un UUID.",
        "schema": { "type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": LONGEST_KEY },
    })
}

/// The parameters named in a path template.
fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let described = names.map(|name| {
        let (words, schema) = match name {
            "reference" => {
                ("La référence de la demande.", json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]+$" }))
            }
            "fiche" => ("Le nom stable de la fiche.", json!({ "type": "string", "pattern": "^[a-z0-9-]+$" })),
            "uai" => ("Le numéro UAI.", json!({ "type": "string", "pattern": "^[0-9]{7}[A-Z]$" })),
            _ => ("L’identifiant du fichier.", json!({ "type": "string", "format": "uuid" })),
        };
        json!({ "name": name, "in": "path", "required": true, "description": words, "schema": schema })
    });
    described.collect()
}

/// The parameters of a query, out of the fields of its type.
fn query_parameters(schema: &Schema) -> Vec<Value> {
    let fields = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let words =
            schema.as_object_mut().and_then(|schema| schema.remove("description")).unwrap_or_default();
        json!({ "name": name, "in": "query", "required": false, "description": words, "schema": schema })
    };
    fields.into_iter().map(parameter).collect()
}

/// A method and its address, as people write them.
pub(crate) fn shown_path(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}
