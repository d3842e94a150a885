// Comforts on top of pages that work without it: no step depends on this script.
"use strict";

// Focus goes to the summary of errors, so that a screen reader says it first.
document.querySelector(".errors")?.focus();

// Said before sending: a file too large or of a refused type.
for (const input of document.querySelectorAll("input[type=file][data-max-bytes]")) {
  input.addEventListener("change", () => {
    const refused = (input.dataset.refused || "").split(",");
    const fault = [...input.files].map((file) => {
      if (file.size > Number(input.dataset.maxBytes)) return `« ${file.name} » est trop volumineux (20 Mo au plus).`;
      if (refused.includes(file.name.split(".").pop().toLowerCase())) return `« ${file.name} » est d’un type refusé.`;
      return "";
    }).find((text) => text) || "";
    input.setCustomValidity(fault);
    if (fault) input.reportValidity();
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

// Ctrl+Enter sends the form being typed in.
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest?.("form")?.requestSubmit();
});
