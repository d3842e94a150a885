// Follows every link a person sees; gives an example of each page, and what is wrong on the way.
import { tags, words } from "./http.mjs";
import { FILES, routeOf } from "./routes.mjs";

const EXAMPLES = 3;

function titleFaults({ path, html }) {
  const headings = html.match(/<h1[\s>]/g)?.length ?? 0;
  const title = words(html.match(/<title>([\s\S]*?)<\/title>/)?.[1] ?? "");
  const faults = headings === 1 ? [] : [`${path}: ${headings} h1`];
  return title.length > "— Beffroi".length ? faults : [...faults, `${path}: no title`];
}

function linksOf({ path, html }) {
  const hrefs = tags(html, "a").map(({ href }) => href).filter((href) => href && !/^(#|mailto:|tel:|https?:)/.test(href));
  return hrefs.map((href) => {
    const to = new URL(href, `http://beffroi.invalid${path}`);
    return to.pathname + to.search;
  });
}

/** Crawls as one person from these paths. */
export async function crawl(person, starts) {
  const examples = {};
  const faults = [];
  const seen = new Set();
  const waiting = starts.map((path) => [path, "start"]);
  while (waiting.length > 0) {
    const [path, from] = waiting.shift();
    const name = path.split("?")[0];
    const route = routeOf(path);
    if (seen.has(name) || (examples[route]?.length ?? 0) >= EXAMPLES) continue;
    seen.add(name);
    const page = await person.get(path);
    if (page.status !== 200) faults.push(`${path}, linked from ${from}: ${page.status}`);
    const arrived = page.path.split("?")[0];
    if (arrived !== name) {
      waiting.push([page.path, from]);
      continue;
    }
    if (!route) faults.push(`${path}, linked from ${from}: not in the table of routes`);
    (examples[route] ??= []).push(path);
    if (FILES.includes(route) || page.status !== 200) continue;
    faults.push(...titleFaults(page));
    waiting.push(...linksOf(page).map((to) => [to, path]));
  }
  return { examples, faults };
}
