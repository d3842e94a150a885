// Passkeys: a button asks the site for a challenge, the device for its answer, and sends the form. Without
// this script the buttons stay hidden and the password remains.
"use strict";

// A scope of its own: several scripts share a page.
{
const REFUSED = "L’appareil n’a rien confirmé : recommencez, ou utilisez votre mot de passe.";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const words = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// The site writes bytes as text; the browser wants bytes, and back.
function toAsk({ publicKey }) {
  const named = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  const asked = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (asked.user) asked.user = { ...asked.user, id: bytes(asked.user.id) };
  if (asked.excludeCredentials) asked.excludeCredentials = named(asked.excludeCredentials);
  if (asked.allowCredentials) asked.allowCredentials = named(asked.allowCredentials);
  return { publicKey: asked };
}

function toSend(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = words(credential.response[part]);
  }
  return { id: credential.id, rawId: words(credential.rawId), type: credential.type, response, extensions: {} };
}

async function challenge(block, form) {
  const body = new URLSearchParams({ objet: block.dataset.subject });
  const password = form.elements.namedItem("password");
  // A new key is asked for with the password; elsewhere the key takes its place.
  if (block.dataset.passkey === "create" && password) body.set("password", password.value);
  const answer = await fetch(block.dataset.path, { method: "POST", body, headers: { accept: "application/json" } });
  const type = answer.headers.get("content-type") ?? "";
  if (!type.startsWith("application/json")) throw new Error(answer.redirected ? "Votre session est fermée : reconnectez-vous." : REFUSED);
  const asked = await answer.json();
  if (asked.erreur) throw new Error(asked.erreur);
  return asked;
}

async function confirm(block) {
  const form = block.closest("form");
  const asked = await challenge(block, form);
  let credential;
  try {
    const options = toAsk(asked.options);
    credential = await (block.dataset.passkey === "create" ? navigator.credentials.create(options) : navigator.credentials.get(options));
  } catch (error) {
    throw new Error(error.name === "InvalidStateError" ? "Cet appareil a déjà une clé pour votre compte." : REFUSED);
  }
  block.querySelector("input[name=passkey]").value = JSON.stringify({ ceremony: asked.ceremony, credential: toSend(credential) });
  form.noValidate = true;
  // The first button of the form says what is done, where there are several; never one that only goes back.
  form.requestSubmit(form.querySelector("button[type=submit]:not([data-back]):not([name=confirmation])"));
}

for (const block of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const [said, button] = [block.querySelector("[role=alert]"), block.querySelector("button")];
  block.hidden = false;
  button.addEventListener("click", async () => {
    said.hidden = true;
    button.disabled = true;
    try {
      await confirm(block);
    } catch (error) {
      said.textContent = error.message || REFUSED;
      said.hidden = false;
      button.focus();
    } finally {
      button.disabled = false;
    }
  });
}
}
