// The figures as a page that people read.
import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { BUDGETS } from "./operations.mjs";

const number = (value, digits = 2) => value.toFixed(digits).replace(".", ",");

/** What is over its budget, in words; nothing when all holds. */
export function faults(results) {
  const found = [];
  for (const { engine, requests, rows, load, exported, growth } of results) {
    const where = `${engine}, ${requests} demandes`;
    for (const row of rows) {
      for (const [what, most] of Object.entries(BUDGETS[row.kind])) {
        if (row[what] > most) found.push(`${where}, ${row.name} : ${what} ${number(row[what])} ms, au plus ${most}`);
      }
    }
    if (load && (load.failures.length > 0 || load.rate < load.asked * 0.98)) found.push(`${where} : ${number(load.rate, 0)} requêtes/s tenues sur ${load.asked}, ${load.failures.length} échecs`);
    if (load && load.peak > 300) found.push(`${where} : ${number(load.peak, 0)} Mio de mémoire, au plus 300`);
    if (exported && exported.peak - exported.start > 60) found.push(`${where} : l’export fait croître la mémoire de ${number(exported.peak - exported.start, 0)} Mio`);
    for (const [name, times] of Object.entries(growth ?? {})) if (times > 1.5) found.push(`${where}, ${name} : ${number(times)} fois la médiane de 50 000 demandes`);
  }
  return found;
}

function machine() {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const [{ model }] = cpus();
  return `${cpus().length} × ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} Gio, Linux ${execFileSync("uname", ["-r"], { encoding: "utf8" }).trim()}, version ${commit}, ${new Date().toISOString().slice(0, 10)}`;
}

function section({ engine, requests, seconds, reference, rows, load, exported, growth }) {
  const lines = [
    `## ${engine}, ${requests.toLocaleString("fr-FR")} demandes`, "",
    `Région fabriquée en ${seconds} s. Requête de référence (50 lignes d’une file, une seule table) : médiane ${number(reference.p50 / 1000, 3)} ms, 99ᵉ centile ${number(reference.p99 / 1000, 3)} ms.`, "",
    "| opération | CPU, ms | × référence | médiane, ms | × référence | 99ᵉ centile, ms | × 50 000 |", "|---|--:|--:|--:|--:|--:|--:|",
    ...rows.map((row) => `| ${row.name} | ${number(row.cpu)} | ${number(row.cpu / (reference.p50 / 1000), 1)} | ${number(row.p50)} | ${number(row.p50 / (reference.p50 / 1000), 1)} | ${number(row.p99)} | ${growth?.[row.name] ? number(growth[row.name]) : "–"} |`), "",
  ];
  if (load) lines.push(`Charge : ${load.asked} requêtes/s demandées pendant ${load.seconds} s, dont 20 % d’écritures ; ${number(load.rate, 0)} tenues, médiane ${number(load.p50)} ms, 99ᵉ centile ${number(load.p99)} ms, ${load.failures.length} échecs, ${number(load.busy, 0)} % d’un cœur pour le serveur et la base, mémoire du serveur ${number(load.peak, 0)} Mio au plus.`, "");
  if (exported) lines.push(`Export de ${exported.lines.toLocaleString("fr-FR")} lignes : ${number(exported.bytes / 2 ** 20, 0)} Mio en ${number(exported.seconds, 1)} s, mémoire ${number(exported.start, 0)} → ${number(exported.peak, 0)} Mio.`, "");
  return lines.join("\n");
}

/** The whole page. */
export function report(results) {
  const found = faults(results);
  return [
    "# Mesures", "",
    "Écrites par `make bench` : ne pas modifier à la main. CPU : serveur et base ensemble, travaux de fond compris. Durées : vues d’un client unique, sans attente entre deux requêtes.", "",
    `Machine : ${machine()}.`, "",
    found.length === 0 ? "Tous les budgets sont tenus." : `Hors budget :\n\n${found.map((fault) => `- ${fault}`).join("\n")}`, "",
    ...results.map(section),
  ].join("\n");
}
