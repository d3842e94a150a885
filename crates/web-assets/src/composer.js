// The request's page: the text being typed is kept on the server, templates go in at the caret,
// names complete after an @, groups stay as they were left, the context comes when asked for.
// The page does all of it without this script, but for the first.
"use strict";

// A scope of its own: several scripts share a page.
{
const composer = document.querySelector("[data-composer]");
const box = composer?.querySelector("textarea");

// What is being typed, kept every few seconds and on leaving.
if (composer && box) {
  const said = composer.querySelector("[data-saved]");
  const kind = () => composer.querySelector("[name=kind]:checked, input[type=hidden][name=kind]")?.value ?? "reply";
  let kept = box.value;
  let timer;
  let sending = false;
  let saving;
  const body = () => new URLSearchParams({ kind: kind(), message: box.value });
  const keep = async () => {
    if (sending || box.value === kept) return;
    const text = box.value;
    saving = new AbortController();
    try {
      const answer = await fetch(composer.dataset.draft, { method: "POST", body: body(), signal: saving.signal });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      kept = text;
      said.textContent = await answer.text();
    } catch {
      if (!sending) said.textContent = "Le brouillon n’a pas pu être enregistré : gardez cette page ouverte.";
    }
  };
  composer.addEventListener("input", (event) => {
    if (event.target !== box) return;
    clearTimeout(timer);
    timer = setTimeout(keep, 2000);
  });
  // What is sent is no draft any more: a save on its way must not come after it.
  composer.addEventListener("submit", () => { sending = true; clearTimeout(timer); saving?.abort(); });
  addEventListener("pageshow", () => { sending = false; });
  addEventListener("pagehide", () => {
    if (!sending && box.value !== kept) navigator.sendBeacon(composer.dataset.draft, body());
  });
}

// A template at the caret; its first blank is then selected, ready to be typed over.
const insert = composer?.querySelector("[name=insert]");
insert?.addEventListener("click", (event) => {
  event.preventDefault();
  const choice = composer.querySelector("[name=template]").selectedOptions[0];
  if (!choice?.value) return;
  const start = box.selectionStart;
  box.setRangeText(choice.dataset.text, start, box.selectionEnd, "end");
  const used = composer.querySelector("[name=template-used]") ?? composer.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "template-used" }));
  used.value = choice.value;
  box.focus();
  const blank = box.value.indexOf("[…", start);
  if (blank >= 0) box.setSelectionRange(blank, box.value.indexOf("]", blank) + 1);
  box.dispatchEvent(new Event("input", { bubbles: true }));
});

// Names after an @, in a note: a list of suggestions, after the ARIA pattern. The focus stays in the
// text; the arrows choose, Enter or Tab takes, Escape closes.
if (composer?.dataset.agents && composer.querySelector("#kind-note")) {
  const list = Object.assign(document.createElement("ul"), { className: "names", id: "agents-nommes", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Agents qui lisent cette demande");
  const said = Object.assign(document.createElement("p"), { className: "visually-hidden" });
  said.setAttribute("role", "status");
  box.parentElement.classList.add("with-names");
  box.after(list, said);
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  let names;
  let chosen = -1;
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const noting = () => composer.querySelector("#kind-note").checked;
  const begun = () => /(?:^|\s)@([\p{L}' -]{0,40})$/u.exec(box.value.slice(0, box.selectionStart));
  const close = () => {
    list.hidden = true;
    chosen = -1;
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (position) => {
    chosen = (position + list.children.length) % list.children.length;
    [...list.children].forEach((one, number) => one.setAttribute("aria-selected", String(number === chosen)));
    box.setAttribute("aria-activedescendant", list.children[chosen].id);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  };
  const take = () => {
    const start = box.selectionStart - begun()[1].length;
    box.setRangeText(`${list.children[chosen].textContent} `, start, box.selectionStart, "end");
    close();
  };
  const show = (found) => {
    list.replaceChildren(...found.map((name, number) => {
      const one = Object.assign(document.createElement("li"), { id: `agent-${number}`, textContent: name });
      one.setAttribute("role", "option");
      one.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(number); take(); });
      return one;
    }));
    list.hidden = found.length === 0;
    if (found.length === 0) { close(); return; }
    choose(0);
    said.textContent = `${found.length} agent${found.length > 1 ? "s" : ""} : les flèches choisissent, Entrée prend.`;
  };
  box.addEventListener("input", async () => {
    if (!noting() || !begun()) { close(); return; }
    names ??= fetch(composer.dataset.agents).then((answer) => (answer.ok ? answer.json() : [])).catch(() => []);
    const all = await names;
    const typed = begun();
    if (!typed) { close(); return; }
    const wanted = plain(typed[1]).trim();
    // A whole name followed by more text is done with.
    const done = all.some((name) => plain(typed[1]).startsWith(`${plain(name)} `));
    const holds = (name) => plain(name).split(/[ -]/).some((part) => part.startsWith(wanted)) || plain(name).startsWith(wanted);
    show(done ? [] : all.filter(holds).slice(0, 8));
  });
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) choose(chosen + moves[event.key]);
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") take();
    else if (event.key === "Escape") { close(); event.stopPropagation(); } else return;
    event.preventDefault();
  });
  box.addEventListener("blur", close);
}

// Groups as they were left, on this machine; one with something to mend stays open.
const FOLDS = "beffroi-groupes";
const folds = () => { try { return JSON.parse(localStorage.getItem(FOLDS)) ?? {}; } catch { return {}; } };
const left = folds();
for (const group of document.querySelectorAll("[data-fold]")) {
  const name = group.dataset.fold;
  if (name in left && !group.querySelector(".error")) group.open = left[name];
  group.addEventListener("toggle", () => {
    try { localStorage.setItem(FOLDS, JSON.stringify({ ...folds(), [name]: group.open })); } catch { /* A private window keeps nothing. */ }
  });
}

// The context, the first time its group is open.
for (const place of document.querySelectorAll("[data-lazy]")) {
  const group = place.closest("details");
  const load = async () => {
    if (!group.open || place.dataset.loaded) return;
    place.dataset.loaded = "1";
    const answer = await fetch(place.dataset.lazy).catch(() => null);
    if (answer?.ok && !answer.redirected) place.innerHTML = await answer.text();
    else delete place.dataset.loaded;
  };
  group.addEventListener("toggle", load);
  load();
}
}
