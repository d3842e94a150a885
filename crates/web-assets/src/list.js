// Comforts of the agents' list: addresses without empty criteria, all rows of a page at once, a range
// with Shift, the number chosen, columns without leaving the page. The list works without it.
"use strict";

// A scope of its own: several scripts share a page.
{
for (const form of document.querySelectorAll("form[data-criteria]")) {
  form.addEventListener("submit", () => {
    const empty = [...form.elements].filter((field) => field.name && field.value === "" && !field.multiple);
    for (const field of empty) field.disabled = true;
    setTimeout(() => { for (const field of empty) field.disabled = false; }, 0);
  });
}

const list = document.querySelector("form[data-list]");
const boxes = () => [...list.querySelectorAll("input[name=choix]")];
let lastBox = null;
let pickAll = null;

function say() {
  const chosen = boxes().filter((box) => box.checked).length;
  const line = list.querySelector("[data-chosen]");
  line.hidden = chosen === 0;
  line.textContent = chosen === 1 ? "1\u00a0demande cochée" : `${chosen}\u00a0demandes cochées`;
  pickAll.checked = chosen > 0 && chosen === boxes().length;
  pickAll.indeterminate = chosen > 0 && !pickAll.checked;
}

function addPickAll() {
  const label = document.createElement("label");
  pickAll = document.createElement("input");
  pickAll.type = "checkbox";
  const words = document.createElement("span");
  words.className = "visually-hidden";
  words.textContent = "Choisir toutes les demandes de la page";
  label.append(pickAll, words);
  list.querySelector("[data-pick-all]").replaceChildren(label);
  pickAll.addEventListener("change", () => {
    for (const box of boxes()) box.checked = pickAll.checked;
    say();
  });
}

function watch() {
  addPickAll();
  say();
}

if (list) {
  watch();
  list.addEventListener("click", ({ target, shiftKey }) => {
    if (target.name !== "choix") return;
    const all = boxes();
    if (shiftKey && lastBox && all.includes(lastBox)) {
      const [from, to] = [all.indexOf(lastBox), all.indexOf(target)].sort((one, other) => one - other);
      for (const box of all.slice(from, to + 1)) box.checked = target.checked;
    }
    lastBox = target;
    say();
  });
  list.addEventListener("change", say);
}

// The columns are kept by the server; only the table changes under the reader's eyes.
const columns = document.querySelector("form[data-columns]");
columns?.addEventListener("submit", async (event) => {
  if (!list) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(columns, event.submitter));
  const answer = await fetch(columns.action, { method: "POST", body }).catch(() => null);
  const text = answer?.ok ? await answer.text() : "";
  const page = new DOMParser().parseFromString(text, "text/html");
  const table = page.querySelector("form[data-list] .table");
  if (!table) { columns.submit(); return; }
  list.querySelector(".table").replaceWith(table);
  columns.querySelector("ul.columns").replaceWith(page.querySelector("ul.columns"));
  lastBox = null;
  watch();
  document.querySelector("[data-pick-all] input").focus();
});
}
