// Measures the budgets on Regions of their real size and writes RESULTS.md; fails when one is not held.
// BENCH_FOLDER keeps the Regions; BENCH_SIZES and BENCH_ENGINES choose some of them; BENCH_COUNT how often.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { dataset } from "./support/datasets.mjs";
import { download, measure, steady } from "./support/measure.mjs";
import { morning, operations } from "./support/operations.mjs";
import { startPostgres } from "./support/postgres.mjs";
import { faults, report } from "./support/report.mjs";
import { visitor } from "./support/visitor.mjs";

const here = new URL(".", import.meta.url).pathname;
const root = resolve(here, "..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const binary = process.env.BEFFROI ?? join(target, "release/beffroi");
const reference = process.env.REFERENCE ?? join(target, "release/examples/reference");
const folder = process.env.BENCH_FOLDER ?? join(homedir(), ".cache/beffroi/bench");
const sizes = (process.env.BENCH_SIZES ?? "50000,500000").split(",").map(Number);
const engines = (process.env.BENCH_ENGINES ?? "sqlite,postgresql").split(",");
const count = Number(process.env.BENCH_COUNT ?? 400);
const LOAD = { seconds: 30, rate: 200 };
const PORT = 28080;

async function serve(env) {
  const child = spawn(binary, ["serve"], { env: { BEFFROI_PAGE_CALLS: "1000000", ...env, BEFFROI_LISTEN: `127.0.0.1:${PORT}` }, stdio: "ignore" });
  const base = `http://127.0.0.1:${PORT}`;
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await fetch(`${base}/readyz`).catch(() => null))?.ok) return { base, child };
    await new Promise((done) => { setTimeout(done, 100); });
  }
  throw new Error("beffroi did not start");
}

async function one(engine, requests, postgres) {
  const { env, seconds } = await dataset({ root, folder, binary, engine, requests, postgres });
  const url = env.BEFFROI_DATABASE_URL ?? `sqlite://${join(env.BEFFROI_DATA_DIR, "beffroi.db")}`;
  const plain = JSON.parse(execFileSync(reference, [url, "2000"], { encoding: "utf8" }));
  const { base, child } = await serve(env);
  const pids = [child.pid, ...(engine === "postgresql" ? [postgres.pid] : [])];
  const rows = [];
  for (const operation of await operations(base, count)) {
    rows.push(await measure(operation, pids, count));
    console.log(engine, requests, JSON.stringify(rows.at(-1)));
  }
  const load = { asked: LOAD.rate, seconds: LOAD.seconds, ...await steady(await morning(base, LOAD.seconds, LOAD.rate), pids, LOAD) };
  console.log(engine, requests, JSON.stringify({ ...load, failures: load.failures.slice(0, 3) }));
  const department = await visitor(base, "departement");
  const exported = await download(await department.stream(process.env.BENCH_EXPORT ?? "/file/export/csv?f=1&portee=toutes"), child.pid);
  console.log(engine, requests, JSON.stringify(exported));
  child.kill("SIGTERM");
  await once(child, "exit");
  return { engine, requests, seconds, reference: plain, rows, load, exported };
}

mkdirSync(folder, { recursive: true });
const postgres = engines.includes("postgresql") ? startPostgres(folder) : null;
const results = [];
try {
  for (const engine of engines) {
    for (const requests of sizes) results.push(await one(engine, requests, postgres));
    const [small, large] = results.slice(-2);
    if (sizes.length === 2) large.growth = Object.fromEntries(large.rows.map((row, place) => [row.name, row.p50 / small.rows[place].p50]));
  }
} finally {
  postgres?.stop();
}
writeFileSync(join(here, "RESULTS.md"), report(results));
const found = faults(results);
for (const fault of found) console.error(`over budget: ${fault}`);
process.exitCode = found.length === 0 ? 0 : 1;
