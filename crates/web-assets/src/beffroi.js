// Comforts on top of pages that work without it: no step depends on this script.
"use strict";

// Focus goes to the summary of errors, so that a screen reader says it first.
document.querySelector(".errors")?.focus();

// What pages kept of a person in this browser goes with their session: when they leave, and where one signs in.
const wipe = () => { try { sessionStorage.clear(); } catch { /* A private window keeps nothing. */ } };
if (document.querySelector("form[action='/connexion']")) wipe();
for (const form of document.querySelectorAll("form[action='/deconnexion']")) form.addEventListener("submit", wipe);

// Said before sending: a file too large or of a refused type. The choice is then emptied, so that
// the form can still be sent; the server checks again.
const sizeInWords = (bytes) => (bytes >= 1e6 ? `${Math.round(bytes / 1e5) / 10} Mo`.replace(".", ",") : `${Math.round(bytes / 1e3)} ko`);

function faultOf(file, { maxBytes, refused, accept }) {
  const type = file.name.includes(".") ? file.name.split(".").pop().toLowerCase() : "";
  if (maxBytes && file.size > Number(maxBytes)) return `« ${file.name} » pèse ${sizeInWords(file.size)} : la limite est de ${sizeInWords(Number(maxBytes))}.`;
  if (refused?.split(",").includes(type)) return `« ${file.name} » est d’un type refusé.`;
  if (accept && !accept.split(",").includes(type)) return `« ${file.name} » n’est pas d’un type accepté : ${accept.split(",").join(", ")}.`;
  return "";
}

for (const input of document.querySelectorAll("input[type=file][data-max-bytes], input[type=file][data-accept]")) {
  const said = document.createElement("p");
  said.className = "error";
  said.setAttribute("role", "alert");
  input.before(said);
  input.addEventListener("change", () => {
    const fault = [...input.files].map((file) => faultOf(file, input.dataset)).find((text) => text) ?? "";
    said.textContent = fault;
    if (fault) input.value = "";
  });
}

// A form is sent once; leaving a changed form asks first.
let changed = false;
for (const form of document.querySelectorAll("form[method=post]")) {
  if (form.hasAttribute("data-guard")) form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", (event) => {
    changed = false;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
}
addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
// A page that comes back from the browser's memory can be sent again.
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

// Another line for a table of answers; without this script the page gives spare lines.
for (const table of document.querySelectorAll("table.rows")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "secondary";
  button.textContent = "Ajouter une ligne";
  table.after(button);
  button.addEventListener("click", () => {
    const body = table.tBodies[0];
    const line = body.rows[body.rows.length - 1].cloneNode(true);
    const number = body.rows.length + 1;
    for (const input of line.querySelectorAll("input")) {
      input.value = "";
      input.id = `${input.name}-${number}`;
      input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+$/, String(number)));
    }
    body.append(line);
    line.querySelector("input").focus();
  });
}

// A secret behind the « # » of a link never leaves the browser by its address: it goes in the form, and from the history.
const received = document.querySelector("form[data-fragment]");
if (received && location.hash.length > 1) {
  received.elements[received.dataset.fragment].value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  received.requestSubmit();
}

// Ctrl+Enter sends the form being typed in.
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest?.("form")?.requestSubmit();
});
