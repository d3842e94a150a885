// A PostgreSQL of the bench's own, with the memory that docs/guide/installer.md gives it, kept between runs.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PORT = 25432;
// As an operator's account: a superuser would pass through the walls between schools.
const PLAIN = "beffroi_plain";
const versions = () => readdirSync("/usr/lib/postgresql").sort((a, b) => b - a);
const bin = () => `/usr/lib/postgresql/${versions()[0]}/bin`;

// The server refuses to run as root.
function run(command, args) {
  const root = process.getuid() === 0;
  const [first, ...rest] = root ? ["runuser", "-u", "postgres", "--", command, ...args] : [command, ...args];
  const { status, stderr } = spawnSync(first, rest, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}

/** Starts the server of `folder`; gives the addresses of its databases and how to stop it. */
export function startPostgres(folder) {
  // The account that runs the server cannot enter root's home.
  const data = process.getuid() === 0 ? "/var/tmp/beffroi-bench-postgres" : join(folder, "postgres");
  if (!existsSync(join(data, "PG_VERSION"))) {
    mkdirSync(data, { recursive: true });
    if (process.getuid() === 0) execFileSync("chown", ["postgres", data]);
    run(`${bin()}/initdb`, ["-D", data, "-U", "beffroi", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
  }
  const options = `-p ${PORT} -k ${data} -c listen_addresses=127.0.0.1 -c shared_buffers=1GB`;
  run(`${bin()}/pg_ctl`, ["-D", data, "-s", "-w", "-l", join(data, "log"), "-o", options, "start"]);
  // Through its socket, as an operator reaches a server of the same machine.
  const as = (account, name) => `postgres://${account}@localhost:${PORT}/${name}?host=${data}`;
  const admin = (text) => sql(as("beffroi", "postgres"), text);
  const url = (name) => as(PLAIN, name);
  return {
    url,
    pid: Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]),
    create(name) {
      admin(`DO $$ BEGIN CREATE ROLE ${PLAIN} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
      admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      admin(`CREATE DATABASE ${name} OWNER ${PLAIN}`);
    },
    settle: (name) => ["VACUUM ANALYZE", "CHECKPOINT"].forEach((text) => sql(as("beffroi", name), text)),
    warm: (name) => sql(as("beffroi", name),
      "CREATE EXTENSION IF NOT EXISTS pg_prewarm; SELECT count(pg_prewarm(oid, 'read')) FROM pg_class WHERE relkind IN ('r', 'i', 't')"),
    stop: () => run(`${bin()}/pg_ctl`, ["-D", data, "-s", "-m", "fast", "stop"]),
  };
}

/** Runs statements and gives what psql prints. */
export function sql(url, text) {
  const { status, stdout, stderr } = spawnSync("psql", [url, "-qtAX", "-v", "ON_ERROR_STOP=1", "-c", text], { encoding: "utf8" });
  if (status !== 0) throw new Error(`psql: ${stderr}`);
  return stdout;
}
