// A person with a browser that only knows links and forms: pages by fetch, without any script.
import { PASSWORD } from "./browser.mjs";

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
const decode = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ENTITIES[name]);

/** The attributes of each tag of this name in a piece of HTML. */
export function tags(html, name) {
  const found = html.matchAll(new RegExp(`<${name}\\b([^>]*)>`, "g"));
  return [...found].map(([, inside]) => Object.fromEntries(
    [...inside.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, key, value]) => [key, decode(value ?? "")]),
  ));
}

/** The forms of a page: their attributes and their HTML. */
export function forms(html) {
  return [...html.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map(([inside]) => ({ ...tags(inside, "form")[0], inside }));
}

/** The words of a piece of HTML. */
export function words(html) {
  return decode(html.replace(/<[^>]+>/g, " ")).replace(/\s+/g, " ").trim();
}

/** Opens a session; its `get` and `post` follow redirections and never hide a status. */
export async function session(url, login) {
  let cookie = "";
  const ask = async (path, options = {}) => {
    const answer = await fetch(url + path, { ...options, redirect: "manual", headers: { ...options.headers, cookie } });
    const given = answer.headers.getSetCookie().map((one) => one.split(";")[0]);
    if (given.length > 0) cookie = given.join("; ");
    if (answer.status >= 500) throw new Error(`${options.method ?? "GET"} ${path}: ${answer.status}`);
    const to = answer.headers.get("location");
    if (answer.status >= 300 && answer.status < 400 && to) return ask(new URL(to, url + path).href.slice(url.length));
    return { status: answer.status, path, html: await answer.text() };
  };
  const post = (path, body) => ask(path, { method: "POST", body });
  const known = {
    get: (path) => ask(path),
    post: (path, pairs = []) => post(path, new URLSearchParams(pairs)),
    upload: (path, data) => post(path, data),
  };
  if (!login) return known;
  const { html } = await known.get("/connexion");
  const form = forms(html).find(({ inside }) => inside.includes('type="password"'));
  const pairs = tags(form.inside, "input").map(({ name, type, value }) =>
    [name, type === "password" ? PASSWORD : type === "hidden" ? value ?? "" : login]);
  const home = await known.post(form.action || "/connexion", pairs.filter(([name]) => name));
  if (home.status !== 200 || home.path.startsWith("/connexion")) throw new Error(`${login} cannot sign in: ${home.status} ${home.path}`);
  return { ...known, home };
}
