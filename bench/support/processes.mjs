// What processes cost: CPU and memory, from /proc.
import { readdirSync, readFileSync } from "node:fs";

const TICK_MS = 10;

function stat(pid) {
  // The name, in parentheses, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return { parent: Number(fields[1]), own: (user + system) * TICK_MS, dead: (childUser + childSystem) * TICK_MS };
}

function children(pid) {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((name) => {
    try { return stat(name).parent === pid; } catch { return false; }
  }).map(Number);
}

/** CPU milliseconds that these processes and their children have used, those already over included. */
export function cpu(pids) {
  let total = 0;
  for (const pid of pids) {
    const { own, dead } = stat(pid);
    total += own + dead;
    for (const child of children(pid)) {
      try { total += stat(child).own; } catch { /* over meanwhile: the next reading has it in its parent */ }
    }
  }
  return total;
}

/** Memory of one process, shared pages counted once, in MiB. */
export function memory(pid) {
  const [, kilobytes] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  return Number(kilobytes) / 1024;
}
