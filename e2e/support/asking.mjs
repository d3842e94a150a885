// What a person does on the pages of a request being written.
import assert from "node:assert/strict";
import { press } from "./browser.mjs";

const field = (page) => new URL(page.url()).pathname.split("/").at(-1);

async function fill(page, value) {
  const form = page.locator(`main form[action$="/questions/${field(page)}"]`);
  if (value?.file) return form.locator("input[type=file]").setInputFiles(value.file);
  if (Array.isArray(value)) {
    for (const [column, text] of value) await form.getByLabel(`${column}, ligne 1`, { exact: true }).fill(text);
    return undefined;
  }
  if (value?.people) return choose(form, value.people);
  const option = form.locator(`input[value="${value}"]`);
  if (await option.count() > 0) return option.check();
  return form.locator("input:not([type=hidden]):not([type=checkbox]), textarea").first().fill(value);
}

// The people of the school whose words are these: radios, boxes, or a list when they are many.
async function choose(form, people) {
  for (const words of people) {
    const listed = form.locator("option", { hasText: words }).first();
    if (await listed.count() > 0) await form.locator("select").selectOption(await listed.getAttribute("value"));
    else await form.getByLabel(words).first().check();
  }
}

/** Answers the question on the page, which must be this one. */
export async function reply(page, name, value) {
  assert.equal(field(page), name, `the question on the page at ${page.url()}`);
  if (value !== undefined) await fill(page, value);
  await press(page, "Continuer");
}

/** Answers questions in order. */
export async function replies(page, answers) {
  for (const [name, value] of answers) await reply(page, name, value);
}

/** From the page before starting to the first question. */
export async function begin(page, url, slug, kind) {
  await page.goto(`${url}/demander/${slug}/${kind}`);
  await press(page, "Commencer");
}

/** The reference on a confirmation page. */
export async function confirmed(page) {
  assert.match(page.url(), /\/confirmation$/, await page.locator("main").innerText());
  return (await page.locator(".confirmation .reference").innerText()).trim();
}

/** The words of the page's content. */
export function content(page) {
  return page.locator("main").innerText();
}
