// People with a phone in their hand: their sessions, and what their pages come to say.
import assert from "node:assert/strict";
import { newPage, signIn } from "./browser.mjs";

const PHONE = { width: 390, height: 844 };

/** Gives what runs steps as somebody with a phone, signed in once, then wants a silent console. */
export function phones(browser, url) {
  const open = new Map();
  return async (login, steps) => {
    if (!open.has(login)) {
      const page = await newPage(browser, { viewport: PHONE, hasTouch: true });
      await signIn(page, url, login);
      open.set(login, page);
    }
    const page = open.get(login);
    await steps(page);
    assert.deepEqual(page.faults.splice(0), []);
  };
}

/** Loads a page again until it says so: jobs take a moment. */
export async function eventually(page, address, says) {
  let said = "";
  for (let tries = 0; tries < 60; tries += 1) {
    await page.goto(address);
    said = await page.locator("main").innerText();
    if (says.test(said)) return;
    await new Promise((done) => { setTimeout(done, 250); });
  }
  assert.fail(`${address} never said ${says}: ${said}`);
}
