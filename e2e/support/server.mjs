// Starts the real binary on a fictitious Region of its own, and stops it.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { cp, mkdtemp, rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const binary = resolve(process.env.BEFFROI ?? join(here, "../../target/debug/beffroi"));

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function psql(url, sql) {
  const { status, stderr } = spawnSync("psql", [`${url}/postgres`, "-qc", sql], { encoding: "utf8" });
  if (status !== 0) throw new Error(`psql: ${stderr}`);
}

const PLAIN = "beffroi_plain";

// A database of our own when BEFFROI_TEST_POSTGRES names a server, else a SQLite file.
function database() {
  const server = process.env.BEFFROI_TEST_POSTGRES?.replace(/\/$/, "");
  if (!server) return { env: {}, drop() {} };
  const name = `beffroi_e2e_${process.pid}_${Date.now()}`;
  // A superuser passes through the walls between schools: the database belongs to a plain account.
  psql(server, `DO $$ BEGIN CREATE ROLE ${PLAIN} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
  psql(server, `CREATE DATABASE ${name} OWNER ${PLAIN}`);
  const url = new URL(`${server}/${name}`);
  url.username = PLAIN;
  return {
    env: { BEFFROI_DATABASE_URL: url.href },
    drop: () => psql(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function ready(url, child, log) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((done) => { setTimeout(done, 100); });
  }
  throw new Error(`beffroi did not start:\n${log()}`);
}

/** One process that serves a Region already made; under a name when one is given, as passkeys want. */
async function serve(given, name) {
  const port = await freePort();
  const env = name ? { ...given, BEFFROI_BASE_URL: `http://${name}:${port}` } : given;
  const child = spawn(binary, ["serve"], { env: { ...env, BEFFROI_LISTEN: `127.0.0.1:${port}` } });
  const ended = once(child, "exit");
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => { text += data; });
  const log = () => text.slice(-4000);
  const stop = async () => {
    child.kill("SIGTERM");
    const hard = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(hard);
  };
  const url = `http://${name ?? "127.0.0.1"}:${port}`;
  try {
    await ready(url, child, log);
  } catch (error) {
    await stop();
    throw error;
  }
  // Runs another command of the program on the same database.
  const run = (...words) => spawnSync(binary, words, { env, encoding: "utf8" });
  // The same with a line on its standard input, a password for instance.
  const feed = (input, ...words) => spawnSync(binary, words, { env, encoding: "utf8", input: `${input}\n` });
  return { url, stop, log, run, feed };
}

function makeDemo(env) {
  const demo = spawnSync(binary, ["demo"], { env, encoding: "utf8" });
  if (demo.status !== 0) throw new Error(`beffroi demo: ${demo.error ?? demo.stderr}${demo.stdout}`);
}

/** A folder that holds the Region of this program, made this hour: each test begins with a copy of it. */
async function madeOnce(env) {
  const { mtimeMs, size } = statSync(binary);
  const settings = Object.entries(process.env).filter(([name]) => name.startsWith("BEFFROI_")).sort();
  const hour = new Date().toISOString().slice(0, 13);
  const key = createHash("sha256").update(JSON.stringify([binary, mtimeMs, size, settings, hour])).digest("hex").slice(0, 16);
  const made = join(tmpdir(), `beffroi-e2e-demo-${key}`);
  if (existsSync(made)) return made;
  const folder = await mkdtemp(join(tmpdir(), "beffroi-e2e-demo-"));
  makeDemo({ ...env, BEFFROI_DATA_DIR: folder });
  // Another test may have made it meanwhile: its folder is as good.
  await rename(folder, made).catch(() => rm(folder, { recursive: true }));
  return made;
}

/** Makes the Region and serves it by so many processes over one database; gives their addresses. */
export async function startServers(count, name) {
  const folder = await mkdtemp(join(tmpdir(), "beffroi-e2e-"));
  const base = database();
  const env = { ...process.env, ...base.env, BEFFROI_DATA_DIR: folder };
  const running = [];
  const halt = () => Promise.all(running.splice(0).map((one) => one.stop()));
  const stop = async () => {
    await halt();
    base.drop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    if (base.env.BEFFROI_DATABASE_URL) makeDemo(env);
    else await cp(await madeOnce(env), folder, { recursive: true });
    while (running.length < count) running.push(await serve(env, name));
  } catch (error) {
    await stop();
    throw error;
  }
  const logs = running.map(({ log }) => log);
  const [{ run, feed }] = running;
  return { urls: running.map(({ url }) => url), run, feed, halt, stop, log: () => logs.map((log) => log()).join("\n") };
}

/** Makes the Region and serves it, under a name if one is given; gives its address and how to stop it. */
export async function startServer(name) {
  const { urls: [url], run, feed, stop, log } = await startServers(1, name);
  return { url, run, feed, stop, log };
}
