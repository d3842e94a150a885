// The Regions that the bench measures: made once by `beffroi demo`, kept until what makes them changes.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PEOPLE = { 50_000: 25_000, 500_000: 250_000 };
// Whatever a data set depends on.
const SOURCES = ["crates/db", "crates/search", "demo", "catalogue", "features/desk/src/store", "features/desk/src/search"];

function version(root) {
  return SOURCES.map((path) => {
    try { return execFileSync("git", ["-C", root, "rev-parse", `HEAD:${path}`], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim(); } catch { return "-"; }
  }).join(" ");
}

/** Reads it once: what is measured is a service that runs, not a disk that wakes up. */
function warm(home, engine, postgres, name) {
  if (engine === "postgresql") return postgres.warm(name);
  const file = openSync(join(home, "beffroi.db"), "r");
  const piece = Buffer.alloc(1 << 20);
  while (readSync(file, piece) > 0);
  closeSync(file);
}

/** The environment of a Region of so many requests on an engine, made when it is missing or old. */
export async function dataset({ root, folder, binary, engine, requests, postgres }) {
  const home = join(folder, `${engine}-${requests}`);
  const name = `beffroi_bench_${requests}`;
  const env = { ...process.env, BEFFROI_DATA_DIR: home };
  if (engine === "postgresql") env.BEFFROI_DATABASE_URL = postgres.url(name);
  const mark = join(home, "made.json");
  const wanted = version(root);
  const known = existsSync(mark) ? JSON.parse(readFileSync(mark, "utf8")) : {};
  if (known.version === wanted) {
    warm(home, engine, postgres, name);
    return { env, seconds: known.seconds };
  }
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  if (engine === "postgresql") postgres.create(name);
  console.log(`# making ${requests} requests on ${engine}`);
  const began = performance.now();
  const size = ["demo", "--size", "region", "--requests", String(requests), "--people", String(PEOPLE[requests] ?? requests / 2)];
  const child = spawn(binary, size, { env, stdio: ["ignore", "inherit", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`beffroi demo: ${code}`);
  const seconds = Math.round((performance.now() - began) / 1000);
  // As it stands some time after: PostgreSQL's own cleaning would run in the middle of the first measures.
  if (engine === "postgresql") postgres.settle(name);
  warm(home, engine, postgres, name);
  writeFileSync(mark, JSON.stringify({ version: wanted, seconds }));
  return { env, seconds };
}
