// How much an operation costs and how long it takes; what a steady load does.
import { cpu, memory } from "./processes.mjs";
import { at } from "./visitor.mjs";

const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

/** One client, one operation after the other; what the outbox does meanwhile is counted too. */
export async function measure({ name, kind, prepare, run }, pids, count) {
  await prepare?.();
  for (let number = 0; number < 20; number += 1) await run(number);
  await pause(1200);
  const before = cpu(pids);
  const times = [];
  for (let number = 0; number < count; number += 1) {
    const began = performance.now();
    await run(number + 20);
    times.push(performance.now() - began);
  }
  await pause(1200);
  const idle = await idleCost(pids);
  const used = cpu(pids) - before - idle * (times.reduce((sum, time) => sum + time, 0) + 1200 + IDLE);
  return { name, kind, cpu: Math.max(0, used / count), p50: at(times, 0.5), p99: at(times, 0.99) };
}

const IDLE = 2000;

/** CPU milliseconds that the processes use for each millisecond of doing nothing. */
async function idleCost(pids) {
  const before = cpu(pids);
  await pause(IDLE);
  return (cpu(pids) - before) / IDLE;
}

/** Requests at a steady rate, begun on time whether or not the ones before have ended. */
export async function steady(next, pids, { seconds, rate }) {
  const [server] = pids;
  const times = [];
  const failures = [];
  let peak = 0;
  const running = [];
  const before = cpu(pids);
  const began = performance.now();
  for (let number = 0; number < seconds * rate; number += 1) {
    const due = began + (number * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 1) await pause(wait);
    // From the instant it was due: a server that lags is not let off.
    running.push(next(number).then(() => times.push(performance.now() - due), (error) => failures.push(error.message)));
    if (number % rate === 0) peak = Math.max(peak, memory(server));
  }
  await Promise.all(running);
  const took = (performance.now() - began) / 1000;
  const busy = (cpu(pids) - before) / 10 / took;
  return { rate: times.length / took, p50: at(times, 0.5), p99: at(times, 0.99), failures, peak, busy };
}

/** Reads a download to its end; gives its size, how long it took and the most memory meanwhile. */
export async function download(response, server) {
  if (response.status !== 200) throw new Error(`export: ${response.status}`);
  const start = memory(server);
  const began = performance.now();
  let [bytes, lines, peak, looked] = [0, 0, start, 0];
  for await (const chunk of response.body) {
    bytes += chunk.length;
    for (const byte of chunk) if (byte === 10) lines += 1;
    if (performance.now() - looked > 200) { peak = Math.max(peak, memory(server)); looked = performance.now(); }
  }
  return { bytes, lines, seconds: (performance.now() - began) / 1000, start, peak };
}
