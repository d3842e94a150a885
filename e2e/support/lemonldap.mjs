// LemonLDAP::NG of the system, as a provider of OpenID Connect and as a CAS server, with its demonstration
// accounts (dwho, rtyler, msmith: the password is the name). Everything it writes is in a folder of ours.
import { spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./server.mjs";

const PACKAGED = "/var/lib/lemonldap-ng/conf/lmConf-1.json";

/** Why it cannot run here; nothing when it can. */
export function missing() {
  if (!existsSync(PACKAGED)) return "LemonLDAP::NG is not installed: scripts/install-tools --full installs it";
  if (spawnSync("starman", ["--version"]).error) return "starman is not installed: scripts/install-tools --full installs it";
  return undefined;
}

async function settings({ folder, portal, url, secret }) {
  const conf = JSON.parse(await readFile(PACKAGED, "utf8"));
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const kept = (name) => ({ Directory: join(folder, name), LockDirectory: join(folder, name, "lock") });
  return {
    ...conf,
    // Without its usual slash: it would be doubled on the way back from a renewed session.
    portal,
    oidcServiceMetaDataIssuer: portal,
    domain: "localhost",
    globalStorageOptions: { ...conf.globalStorageOptions, ...kept("sessions") },
    persistentStorageOptions: kept("psessions"),
    localSessionStorageOptions: { ...conf.localSessionStorageOptions, cache_root: join(folder, "cache") },
    // Whoever has just shown who they are is asked again all the same.
    portalForceAuthnInterval: 1,
    issuerDBOpenIDConnectActivation: 1,
    oidcServicePrivateKeySig: privateKey,
    oidcServicePublicKeySig: publicKey,
    oidcServiceKeyIdSig: "essai",
    oidcServiceAllowAuthorizationCodeFlow: 1,
    oidcRPMetaDataOptions: { beffroi: {
      oidcRPMetaDataOptionsClientID: "beffroi",
      oidcRPMetaDataOptionsClientSecret: secret,
      oidcRPMetaDataOptionsRedirectUris: `${url}/connexion/unique/academie/retour`,
      oidcRPMetaDataOptionsPostLogoutRedirectUris: `${url}/connexion`,
      oidcRPMetaDataOptionsIDTokenSignAlg: "RS256",
      oidcRPMetaDataOptionsRequirePKCE: 1,
      oidcRPMetaDataOptionsBypassConsent: 1,
      oidcRPMetaDataOptionsUserIDAttr: "uid",
    } },
    oidcRPMetaDataExportedVars: { beffroi: { email: "mail", name: "cn", preferred_username: "uid" } },
    issuerDBCASActivation: 1,
    casAccessControlPolicy: "none",
    casAttr: "uid",
    casAttributes: { mail: "mail", cn: "cn" },
    casBackChannelSingleLogout: 1,
  };
}

const INI = (folder) => `[all]
logLevel = warn
logger = Lemonldap::NG::Common::Logger::Std
userLogger = Lemonldap::NG::Common::Logger::Std
checkTime = 1
[configuration]
type=File
dirName = ${folder}/conf
localStorage=Cache::FileCache
localStorageOptions={ 'namespace' => 'essai', 'default_expires_in' => 600, 'directory_umask' => '007', 'cache_root' => '${folder}/cache', 'cache_depth' => 3, }
[portal]
staticPrefix = /static
templateDir  = /usr/share/lemonldap-ng/portal/templates
languages    = fr, en
[handler]
status = 0
`;

const PSGI = `use Plack::Builder; use Lemonldap::NG::Portal::Main;
my $app = Lemonldap::NG::Portal::Main->run({});
builder { enable 'Static', path => sub { s#^/static/#/# }, root => '/usr/share/lemonldap-ng/portal/htdocs/static'; $app };
`;

// Its cookies are for « .localhost », which browsers refuse: they are given without a domain.
function front(port, inner) {
  return createServer((incoming, outgoing) => {
    const to = { host: "127.0.0.1", port: inner, path: incoming.url, method: incoming.method, headers: incoming.headers };
    const sent = request(to, (answer) => {
      const headers = { ...answer.headers };
      headers["set-cookie"] = headers["set-cookie"]?.map((one) => one.replace(/; domain=[^;]*/i, ""));
      if (!headers["set-cookie"]) delete headers["set-cookie"];
      outgoing.writeHead(answer.statusCode, headers);
      answer.pipe(outgoing);
    });
    sent.on("error", () => { outgoing.writeHead(502).end(); });
    incoming.pipe(sent);
  }).listen(port, "localhost");
}

/** Serves it on `port` for the site at `url`. */
export async function startLemonldap({ port, url, secret }) {
  const folder = await mkdtemp(join(tmpdir(), "beffroi-lemonldap-"));
  const portal = `http://localhost:${port}`;
  for (const name of ["conf", "cache", "sessions/lock", "psessions/lock"]) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, "conf/lmConf-1.json"), JSON.stringify(await settings({ folder, portal, url, secret })));
  await writeFile(join(folder, "lemonldap-ng.ini"), INI(folder));
  await writeFile(join(folder, "portal.psgi"), PSGI);
  const inner = await freePort();
  const child = spawn("starman", ["--workers", "2", "--listen", `127.0.0.1:${inner}`, "portal.psgi"], {
    cwd: folder, env: { ...process.env, LLNG_DEFAULTCONFFILE: join(folder, "lemonldap-ng.ini") },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => { log += data; });
  const ended = once(child, "exit");
  const server = front(port, inner);
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await fetch(`${portal}/.well-known/openid-configuration`).catch(() => null);
    if (answer?.ok && (await answer.text()).includes("issuer")) return { url: portal, stop, log: () => log.slice(-4000) };
    await new Promise((done) => { setTimeout(done, 100); });
  }
  await stop();
  throw new Error(`LemonLDAP::NG did not start:\n${log.slice(0, 4000)}`);
}
