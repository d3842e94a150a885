// What a person may answer to a question page, whatever the question: several tries, likeliest first.
import { forms, tags } from "./http.mjs";

const PDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
const TEXTS = ["Salle 204, trois postes ne démarrent plus depuis lundi.", "Salle 204", "Une phrase plus longue que les autres. ".repeat(12)];

/** The day after so many days, in Paris, as forms send it. */
export function inDays(days) {
  return new Date(Date.now() + days * 86_400_000).toLocaleDateString("sv-SE", { timeZone: "Europe/Paris" });
}

const BY_TYPE = {
  text: TEXTS,
  number: ["3", "1", "30", "0", "400"],
  date: [10, 40, 0, -10, 400].map(inDays),
  url: ["https://ressources.exemple.fr"],
  email: ["contact@exemple.fr"],
};

function pdf(name) {
  const data = new FormData();
  data.append(name, new Blob([PDF], { type: "application/pdf" }), "justificatif.pdf");
  return data;
}

function rows(inputs, field, count) {
  const cells = inputs.filter(({ name }) => name.startsWith(`${field}.`));
  const columns = [...new Set(cells.map(({ name }) => name))];
  return Array.from({ length: count }, (_, row) => columns.map((name) => [name, `Valeur ${row + 1}`])).flat();
}

/** The form of a question page: where it goes, its field, and the answers to try in turn. */
export function question(page) {
  const action = page.path.split("?")[0];
  const form = forms(page.html).find((one) => one.action === action);
  if (!form) throw new Error(`${page.path}: no form of a question`);
  const field = action.split("/").at(-1);
  const inputs = tags(form.inside, "input").filter(({ name }) => name && !name.startsWith("__"));
  const own = inputs.filter(({ name }) => name === field);
  const send = (values) => values.map((value) => [field, value]);
  const type = own.find(({ value }) => value !== "__unknown")?.type;
  const values = own.map(({ value }) => value);
  // A person of the school, when they are too many for radios.
  const listed = tags(form.inside, "option").map(({ value }) => value).filter(Boolean);
  let tries;
  if (form.inside.includes("<textarea")) tries = TEXTS.map((text) => send([text]));
  else if (listed.length) tries = listed.slice(0, 3).map((value) => send([value]));
  else if (type === "radio") tries = values.map((value) => send([value]));
  else if (type === "checkbox") tries = [...values.map((value) => send([value])), send(values.filter((value) => value !== "__unknown"))];
  else if (type === "file") tries = [pdf(field)];
  else if (type) tries = BY_TYPE[type].map((value) => send([value]));
  else tries = [1, 2, 4].map((count) => rows(inputs, field, count));
  return { action, field, tries };
}
