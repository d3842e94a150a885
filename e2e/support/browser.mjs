// Opens Chromium, signs people in, and says what a page gets wrong.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axeSource = createRequire(import.meta.url)("axe-core").source;

/** The password of every account of the fictitious Region. */
export const PASSWORD = "beffroi demonstration 2026";

const QUIET = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const AXE_TAGS = ["RGAAv4", "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Opens the browser. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: QUIET });
}

/** A page of its own session. Faults of the console are kept in `page.faults`. */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ locale: "fr-FR", timezoneId: "Europe/Paris", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  page.faults = [];
  page.on("console", (line) => {
    // The browser notes the status of a page with errors to mend: that one is wanted.
    const ownStatus = line.text().startsWith("Failed to load resource") && line.location().url === page.url();
    if (line.type() === "error" && !ownStatus) page.faults.push(`${page.url()}: ${line.text()}`);
  });
  page.on("pageerror", (error) => {
    // A fast reader cuts the browser's own fade between two pages.
    if (!/Transition was/.test(error.message)) page.faults.push(`${page.url()}: ${error}`);
  });
  return page;
}

/** Signs in with the form, as a person does. */
export async function signIn(page, url, login) {
  await page.goto(`${url}/connexion`);
  const form = page.locator("main form").filter({ has: page.locator("input[type=password]") });
  await form.locator("input:not([type=password]):not([type=hidden])").first().fill(login);
  await form.locator("input[type=password]").fill(PASSWORD);
  await form.locator("button[type=submit], button:not([type])").first().click();
  await page.waitForURL((to) => to.pathname !== "/connexion");
}

/** What axe finds, one line a fault. */
export async function accessibilityFaults(page) {
  // The page's policy forbids inline scripts; an evaluation from outside is not one.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), AXE_TAGS);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${help}: ${html.slice(0, 160)} ${any[0]?.message ?? ""}`));
}

/** Clicks, then waits for the page that it leads to. */
export async function follow(page, target) {
  await Promise.all([page.waitForEvent("load"), target.click()]);
}

/** Presses the button or the link of this name. */
export function press(page, name, role = "button") {
  return follow(page, page.getByRole(role, { name, exact: true }).first());
}

/** Wants the page shown without fault, in light, in dark, and at 320 pixels; then as wide as it was. */
export async function readable(page) {
  const faults = [];
  const size = page.viewportSize();
  if (await page.locator("h1").count() !== 1) faults.push("not exactly one h1");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${colorScheme}: ${fault}`));
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > 320) faults.push(`${wide} pixels wide at 320`);
  await page.setViewportSize(size);
  assert.deepEqual(faults, [], page.url());
}
