// Our public holidays against those of an independent, well-kept package, over a century. (EQP-22)
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import Holidays from "date-holidays";

const FIRST = 2000;
const LAST = 2100;

/** Dates by year, each once: two holidays may share a day. */
function byYear(dates) {
  const years = new Map();
  for (const date of [...new Set(dates)].sort()) {
    const year = Number(date.slice(0, 4));
    years.set(year, [...(years.get(year) ?? []), date]);
  }
  return years;
}

function ours() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const command = ["run", "-q", "-p", "beffroi-calendar", "--example", "public_holidays", "--", FIRST, LAST];
  const printed = execFileSync("cargo", command.map(String), { cwd: root, encoding: "utf8" });
  return byYear(printed.trim().split("\n").map((line) => line.split("\t")[0]));
}

function theirs() {
  const france = new Holidays("FR"); // no region: without the two days of Alsace-Moselle
  const years = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index);
  const listed = years.flatMap((year) => france.getHolidays(year));
  return byYear(listed.filter(({ type }) => type === "public").map(({ date }) => date.slice(0, 10)));
}

test(`the public holidays of France from ${FIRST} to ${LAST} are those of date-holidays`, () => {
  const [found, expected] = [ours(), theirs()];
  assert.equal(found.size, LAST - FIRST + 1);
  for (const [year, dates] of expected) {
    assert.deepEqual(found.get(year), dates, `year ${year}`);
  }
});
