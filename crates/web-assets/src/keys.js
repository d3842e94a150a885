// Keys for those who treat requests all day: one letter a gesture, never while typing, off for those
// who choose so (/raccourcis, WCAG 2.1.4). A page says what a key does with data-key; nothing here is
// the only way to do anything.
"use strict";

// A scope of its own: several scripts share a page.
{
const REQUEST = /^\/demandes\/\d{4}-\d+$/;
const JUMPS = { f: "/file", m: "/file/mentions", t: "/modeles", c: "/catalogue" };
const LIST = "beffroi-liste";

// Whether the person wants them: asked once a session of the browser, for each person.
const who = document.querySelector('.masthead a[href="/compte"]')?.textContent ?? "";
const remembered = `beffroi-raccourcis:${who}`;
async function wanted() {
  const known = sessionStorage.getItem(remembered);
  if (known) return known === "on";
  const answer = await fetch("/raccourcis/etat").catch(() => null);
  if (!answer?.ok || answer.redirected) return true;
  const state = (await answer.text()).trim();
  sessionStorage.setItem(remembered, state);
  return state === "on";
}
document.querySelector("[data-keys-switch]")?.addEventListener("submit", () => sessionStorage.removeItem(remembered));
let off = false;
const on = wanted();
on.then((yes) => { off = !yes; });

// The list one works through: its address and its references, kept while its requests are treated.
const lines = () => [...document.querySelectorAll("main table tbody tr, main [data-line]")]
  .map((row) => row.querySelector('a[href^="/demandes/"]')).filter((link) => link && REQUEST.test(link.pathname));
const here = location.pathname + location.search;
const asked = new URLSearchParams(location.search).get("file");
const withList = (path, list) => `${path}?file=${encodeURIComponent(list)}`;
const onRequest = REQUEST.test(location.pathname);
if (!onRequest && lines().length > 0) {
  for (const link of lines()) if (!link.search) link.href = withList(link.pathname, here);
  sessionStorage.setItem(LIST, JSON.stringify({ address: here, paths: [...new Set(lines().map((link) => link.pathname))] }));
}
function list() {
  try { return JSON.parse(sessionStorage.getItem(LIST)) ?? null; } catch { return null; }
}

/** The next request of the list, or the list again when there is none. */
function step(by) {
  const known = list();
  if (!known) return;
  const to = known.paths.indexOf(location.pathname) + by;
  if (known.paths.includes(location.pathname) && known.paths[to]) location.assign(withList(known.paths[to], known.address));
  else location.assign(known.address);
}

/** Moves along the lines of a list. */
function move(by) {
  const all = lines();
  if (all.length === 0) return false;
  const now = all.findIndex((link) => link === document.activeElement || link.closest("tr, [data-line]")?.contains(document.activeElement));
  const to = now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + by, 0), all.length - 1);
  all[to].focus();
  all[to].closest("tr, [data-line]")?.scrollIntoView({ block: "nearest" });
  return true;
}

/** What the page says the key does. */
function press(key) {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  const field = target.dataset.keyTo ? document.getElementById(target.dataset.keyTo) : null;
  for (let fold = (field ?? target).closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) fold.open = true;
  if (target.matches("input[type=radio]")) {
    target.checked = true;
    target.dispatchEvent(new Event("change", { bubbles: true }));
    field?.focus();
  } else if (field) field.focus();
  else if (target.matches("input, select, textarea")) target.focus();
  else target.click();
  return true;
}

function search() {
  const field = document.querySelector('[data-key="search"], main input[type=search]');
  field?.focus();
  field?.select?.();
  return Boolean(field);
}

async function help() {
  let dialog = document.querySelector("dialog[data-keys]");
  if (!dialog) {
    const answer = await fetch("/raccourcis?partie=1").catch(() => null);
    if (!answer?.ok || answer.redirected) { location.assign("/raccourcis"); return; }
    dialog = document.createElement("dialog");
    dialog.dataset.keys = "";
    dialog.setAttribute("aria-labelledby", "raccourcis-titre");
    dialog.innerHTML = await answer.text();
    document.body.append(dialog);
  }
  if (!dialog.open) dialog.showModal();
}

let leader = 0;
/** Does what the key says; false when it says nothing here. */
function act(key) {
  if (Date.now() - leader < 1500) {
    leader = 0;
    if (JUMPS[key]) { location.assign(JUMPS[key]); return true; }
  }
  if (key === "g") { leader = Date.now(); return true; }
  if (key === "?") { help(); return true; }
  if (onRequest && ("[]".includes(key) || "jk".includes(key))) { step("]j".includes(key) ? 1 : -1); return true; }
  if (key === "u" && onRequest && !asked && list()) { location.assign(list().address); return true; }
  if (key.length === 1 && press(key)) return true;
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
  if (key === "o") { const line = lines().find((link) => link === document.activeElement); line?.click(); return Boolean(line); }
  return key === "c" && search();
}

const typing = (target) => target.closest?.("input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea, select, [contenteditable]");
addEventListener("keydown", (event) => {
  if (off || event.defaultPrevented || event.isComposing) return;
  // Escape leaves the field: the keys are there again.
  if (event.key === "Escape" && typing(event.target) && !event.target.closest("dialog")) { event.target.blur(); return; }
  // On many keyboards [ and ] need AltGr, which some systems say as Ctrl and Alt.
  const altGr = event.getModifierState("AltGraph") && "[]".includes(event.key);
  if (!altGr && (event.ctrlKey || event.metaKey || event.altKey)) return;
  if (typing(event.target) || document.querySelector("dialog[open]") || event.key.length !== 1 || event.key === " ") return;
  const { key } = event;
  on.then((yes) => { if (yes) act(key); });
  if (key !== "/" && key !== "'") event.preventDefault();
});
}
