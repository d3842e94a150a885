// A person signed in, who asks for pages and sends forms, and how long each took.
import http from "node:http";

// One connection kept open, answers taken compressed and left so: the client must not be what is measured.
const agent = new http.Agent({ keepAlive: true });

function exchange(base, method, path, cookie, body) {
  const headers = { cookie, "accept-encoding": "gzip" };
  if (body !== undefined) headers["content-type"] = "application/x-www-form-urlencoded";
  return new Promise((done, failed) => {
    const request = http.request(base + path, { method, agent, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => done({ status: answer.statusCode, location: answer.headers.location }));
      answer.on("error", failed);
    });
    request.on("error", failed);
    request.end(body);
  });
}

const PASSWORD = "beffroi demonstration 2026";

/** Opens a session; `get` and `post` fail on any status but the expected one. */
export async function visitor(base, login) {
  let cookie = "";
  const ask = async (path, options = {}, expected = 200) => {
    const answer = await fetch(base + path, { ...options, redirect: "manual", headers: { ...options.headers, cookie } });
    const text = await answer.text();
    if (answer.status !== expected) throw new Error(`${login} ${options.method ?? "GET"} ${path}: ${answer.status} ${text.slice(0, 400)}`);
    return { text, answer };
  };
  const post = (path, fields) => ask(path, { method: "POST", body: new URLSearchParams(fields) }, 303);
  const { answer } = await post("/connexion", { login, password: PASSWORD });
  cookie = answer.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  return {
    get: async (path, expected) => (await ask(path, {}, expected)).text,
    follow: async (path) => (await ask(path, {}, 303)).answer.headers.get("location"),
    post: async (path, fields) => (await post(path, fields)).answer.headers.get("location"),
    /** The page, unread. */
    load: async (path) => {
      const { status } = await exchange(base, "GET", path, cookie);
      if (status !== 200) throw new Error(`${login} GET ${path}: ${status}`);
    },
    /** A form sent; where it leads. */
    send: async (path, fields = {}) => {
      const { status, location } = await exchange(base, "POST", path, cookie, new URLSearchParams(fields).toString());
      if (status !== 303) throw new Error(`${login} POST ${path}: ${status}`);
      return location;
    },
    stream: (path) => fetch(base + path, { headers: { cookie } }),
  };
}

// The answers to « Signaler une panne de poste », the request that the bench sends.
const ANSWERS = {
  origine: "region", degradation: "non", element: "ecran", poste: "PC-204-07", salle: "Salle 204",
  symptome: "L’écran reste noir depuis ce matin, même avec un autre câble.", gene: "personne", photos: "",
};

/** Prepares a request up to its last button; gives the path that sends it. */
export async function draft(person) {
  const start = await person.get("/demander/poste-de-travail/panne");
  const school = /name="school"[^>]*value="([^"]+)"/.exec(start)?.[1];
  let path = await person.post("/demander/poste-de-travail/panne", school ? { school } : {});
  while (!path.endsWith("/verifier")) {
    if (!path.includes("/questions/")) {
      path = await person.follow(path);
      continue;
    }
    const field = path.split("?")[0].split("/").at(-1);
    path = await person.post(path.split("?")[0], field === "photos" ? {} : { [field]: ANSWERS[field] ?? "autre" });
  }
  return path.replace("/verifier", "/envoyer");
}

/** Milliseconds at a share of the sorted times. */
export function at(times, share) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
