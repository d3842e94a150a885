// Follows what changes on pages that ask for it: on an event the page is read again and its marked
// parts are brought up to date, around what is typed, focused or unfolded. Nothing moves by itself
// once « pause » is pressed, and nothing is lost without this script.
(() => {
  "use strict";
  const root = document.querySelector("[data-live]");
  if (!root || !globalThis.EventSource) return;

  const said = root.querySelector(".said");
  const present = root.querySelector(".present");
  const BEAT = 20_000;
  const IDLE = 15 * 60_000;
  const MEMORY = "beffroi.direct";
  // A browser may refuse to remember.
  const remembered = () => { try { return localStorage.getItem(MEMORY); } catch { return null; } };
  const remember = (value) => { try { localStorage.setItem(MEMORY, value); } catch { /* The choice holds for this page. */ } };
  let paused = remembered() === "pause";
  let source = null;
  let opened = 0;
  let patience = 15_000;
  let retry = 0;
  let active = Date.now();

  const say = (text) => { said.textContent = text; };

  // --- Bringing the page up to date -------------------------------------------------------------
  const ownPage = () => {
    const page = root.dataset.livePage;
    return !page || location.pathname === page ? location.href : page;
  };
  const ids = () => new Set([...document.querySelectorAll("[data-live-part] a[id]")].map((link) => link.id));
  const isTyped = (field) =>
    field.matches("input[type=checkbox], input[type=radio]") ? field.checked !== field.defaultChecked
      : field.matches("input:not([type=hidden]), textarea") && field.value !== field.defaultValue;
  const callbacks = {
    // What the person has changed stays as they left it.
    beforeNodeMorphed: (node) => !(node instanceof Element && node.matches("input, textarea, select") && (isTyped(node) || node === document.activeElement)),
    beforeAttributeUpdated: (name, node) => !(name === "open" && node.matches("details")),
  };

  async function readAgain() {
    const answer = await fetch(ownPage(), { headers: { accept: "text/html" }, redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const before = { lines: ids(), last: document.getElementById("dernier")?.dataset.message };
    for (const part of document.querySelectorAll("[data-live-part]")) {
      const next = fresh.getElementById(part.id);
      if (next && !part.isEqualNode(next)) Idiomorph.morph(part, next, { restoreFocus: true, callbacks });
    }
    root.dataset.liveSeen = fresh.querySelector("[data-live]")?.dataset.liveSeen ?? "";
    tellNews(before);
  }

  function tellNews(before) {
    const last = document.getElementById("dernier");
    if (last && last.dataset.message !== before.last) {
      if (!("mine" in last.dataset)) say(last.textContent.trim());
      // Whoever has not begun to write answers what is now on the page.
      for (const seen of document.querySelectorAll("form input[name=vu]")) {
        const begun = [...seen.form.querySelectorAll("textarea")].some((text) => text.value.trim());
        if (!begun) seen.value = last.dataset.message;
      }
    }
    const added = [...ids()].filter((id) => !before.lines.has(id)).length;
    const [one, many] = (root.dataset.liveAdded ?? "").split("|");
    if (one && added > 0) say(`${added} ${added === 1 ? one : many}`);
  }

  let reading = null;
  let again = false;
  function refresh() {
    if (paused) return;
    again = true;
    reading ??= (async () => {
      while (again) { again = false; await readAgain(); }
      reading = null;
    })();
  }

  // --- Listening --------------------------------------------------------------------------------
  const wanted = () => !paused && !document.hidden && Date.now() - active < IDLE;

  function listen() {
    clearTimeout(retry);
    if (source || !wanted()) return;
    source = new EventSource(`/direct?sujet=${encodeURIComponent(root.dataset.live)}`);
    source.addEventListener("seen", ({ data }) => {
      patience = 15_000;
      opened += 1;
      root.dataset.liveState = "on";
      // After a cut, or if the page was already old when the line opened.
      if (opened > 1 || JSON.parse(data) !== root.dataset.liveSeen) refresh();
    });
    source.addEventListener("change", refresh);
    source.addEventListener("presence", ({ data }) => { present.textContent = JSON.parse(data); });
    source.addEventListener("error", () => {
      root.dataset.liveState = "off";
      if (source?.readyState !== EventSource.CLOSED) return;
      // Refused: too many pages are open, or the session is over. The page itself still works.
      source = null;
      present.textContent = "";
      say("Les mises à jour n’arrivent plus : rechargez la page pour voir où en sont les choses.");
      retry = setTimeout(listen, patience);
      patience = Math.min(patience * 2, 300_000);
    });
    beat();
  }

  function leave() {
    clearTimeout(retry);
    source?.close();
    source = null;
    present.textContent = "";
    root.dataset.liveState = "off";
    if (told) tell("parti");
    told = "";
  }

  // --- Being there ------------------------------------------------------------------------------
  const doing = () => ([...document.querySelectorAll("main form[method=post] textarea")].some((text) => text.value.trim()) ? "repond" : "lit");
  let told = "";
  function tell(etat) {
    told = etat;
    if (root.dataset.livePresence) navigator.sendBeacon(root.dataset.livePresence, new URLSearchParams({ etat }));
  }
  function beat() {
    if (source) tell(doing());
  }
  setInterval(() => {
    if (!wanted()) leave();
    beat();
  }, BEAT);
  addEventListener("input", () => { if (source && doing() !== told) beat(); });
  // A screen that nobody looks at stops following, and catches up at the first sign of life.
  function wake() {
    const slept = Date.now() - active >= IDLE;
    active = Date.now();
    if (slept) listen();
  }
  for (const sign of ["pointermove", "keydown", "scroll"]) addEventListener(sign, wake, { passive: true });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return leave();
    active = Date.now();
    return listen();
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", ({ persisted }) => { if (persisted) listen(); });

  // --- Stopping it ------------------------------------------------------------------------------
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  const label = () => { button.textContent = paused ? "Reprendre les mises à jour" : "Mettre les mises à jour en pause"; };
  button.addEventListener("click", () => {
    paused = !paused;
    remember(paused ? "pause" : "");
    label();
    say(paused ? "Mises à jour en pause." : "");
    if (paused) leave();
    else { listen(); refresh(); }
  });
  label();
  if (paused) say("Mises à jour en pause.");
  root.append(button);
  listen();
})();
