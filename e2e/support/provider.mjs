// A real provider of OpenID Connect (oidc-provider), with the accounts that a test gives it.
import { once } from "node:events";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const CLIENT = "beffroi";

/**
 * Serves a provider on `port` for the site at `url`, its accounts by login. What people type as a password is
 * not looked at: the pages of the provider are its own, for tests.
 */
export async function startProvider({ port, url, slug, secret, accounts }) {
  const back = `${url}/connexion/unique/${slug}`;
  const configuration = {
    clients: [{
      client_id: CLIENT,
      client_secret: secret,
      redirect_uris: [`${back}/retour`],
      post_logout_redirect_uris: [`${url}/connexion`],
      backchannel_logout_uri: `${back}/fermeture`,
      backchannel_logout_session_required: true,
    }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
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
  const provider = new Provider(`http://localhost:${port}`, configuration);
  const server = createServer(provider.callback()).listen(port, "localhost");
  await once(server, "listening");
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://localhost:${port}`, stop };
}

/** What a person does on the provider's own page, when it asks who they are. */
export async function showWho(page, login) {
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("peu importe");
  await page.locator("button[type=submit]").click();
}
