// A real provider of OpenID Connect (oidc-provider), in a process of its own, with the accounts that a test
// gives it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(import.meta.url);

function configuration({ url, slug, secret, accounts }) {
  const back = `${url}/connexion/unique/${slug}`;
  return {
    clients: [{
      client_id: "beffroi",
      client_secret: secret,
      redirect_uris: [`${back}/retour`],
      post_logout_redirect_uris: [`${url}/connexion`],
      backchannel_logout_uri: `${back}/fermeture`,
      backchannel_logout_session_required: true,
    }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "uid"] },
    cookies: { keys: ["tests only"] },
    features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    // Nobody is asked whether this site may know them: an intranet has settled it.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
    // The site under test is on this machine, which the provider would otherwise refuse to call.
    fetch: (to, { dispatcher, ...options }) => fetch(to, options),
  };
}

async function serve(wanted) {
  const { Provider } = await import("oidc-provider");
  const provider = new Provider(`http://localhost:${wanted.port}`, configuration(wanted));
  createServer(provider.callback()).listen(wanted.port, "localhost", () => process.stdout.write("ready\n"));
}

/**
 * Serves a provider on `port` for the site at `url`; its accounts are claims by login. What people type as a
 * password is not looked at: its pages are its own, for tests.
 */
export async function startProvider(wanted) {
  const child = spawn(process.execPath, [HERE, JSON.stringify(wanted)]);
  const ended = once(child, "exit");
  let log = "";
  child.stderr.on("data", (data) => { log += data; });
  const ready = await Promise.race([once(child.stdout, "data"), ended.then(() => undefined)]);
  if (!ready) throw new Error(`the provider did not start:\n${log}`);
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { url: `http://localhost:${wanted.port}`, stop };
}

/** What a person does on the provider's own page, when it asks who they are. */
export async function showWho(page, login) {
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("peu importe");
  await page.locator("button[type=submit]").click();
}

if (process.argv[1] === HERE) await serve(JSON.parse(process.argv[2]));
