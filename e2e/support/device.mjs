// A browser whose device keeps passkeys and asks its owner for nothing more than the test says.
import { follow, newPage, PASSWORD, press } from "./browser.mjs";

/** A page with such a device; `page.verified(false)` makes its owner fail to unlock it. */
export async function withDevice(browser, options) {
  const page = await newPage(browser, options);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  page.verified = (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  return page;
}

/** From a page that offers to make a key, makes one. */
export async function makeKey(page) {
  await follow(page, page.getByRole("link", { name: "Faire une clé d’accès" }).first());
  await page.getByLabel("Nom de la clé").fill("Téléphone");
  await page.getByLabel("Votre mot de passe").fill(PASSWORD);
  await press(page, "Ajouter une clé d’accès");
}
