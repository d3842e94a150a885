// p50 and p99 of the main pages on a running demo Region, one client.
// Usage: node bench/pages.mjs http://127.0.0.1:8080 [requests per page]
const [base = "http://127.0.0.1:8080", count = "400"] = process.argv.slice(2);
const PASSWORD = "beffroi demonstration 2026";

async function signIn(login) {
  const body = new URLSearchParams({ login, password: PASSWORD });
  const response = await fetch(`${base}/connexion`, { method: "POST", body, redirect: "manual" });
  if (response.status !== 303) throw new Error(`${login} cannot sign in: ${response.status}`);
  return response.headers.get("set-cookie").split(";")[0];
}

async function get(path, cookie) {
  const response = await fetch(base + path, { headers: { cookie } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return text;
}

async function measure(name, path, cookie) {
  for (let i = 0; i < 20; i += 1) await get(path, cookie);
  const times = [];
  for (let i = 0; i < Number(count); i += 1) {
    const began = performance.now();
    await get(path, cookie);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(2);
  console.log(`${name.padEnd(22)} p50 ${at(0.5)} ms   p99 ${at(0.99)} ms   (${path})`);
}

const head = await signIn("proviseur.lille");
const technician = await signIn("technicien.nord");
const queue = await get("/file/equipe", technician);
const [, request] = queue.match(/href="(\/demandes\/[0-9-]+)"/);
await measure("school home", "/accueil", head);
await measure("queue", "/file/equipe", technician);
await measure("request page", request, technician);
