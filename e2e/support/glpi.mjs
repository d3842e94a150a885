// A very small GLPI for the browser tests: what a bridge needs to open a ticket and write under it. What
// it answers is held to GLPI's source by features/bridge/tests/bridge/glpi_server.rs.
import { once } from "node:events";
import { createServer } from "node:http";

const given = (answer, status, body) => {
  answer.writeHead(status, { "content-type": "application/json" });
  answer.end(JSON.stringify(body));
};

async function text(request) {
  let body = "";
  for await (const piece of request) body += piece;
  return body;
}

/** Starts it; `down` makes it refuse everything. */
export async function startGlpi() {
  const held = { Ticket: [], ITILFollowup: [], ITILSolution: [], Document: [], Document_Item: [] };
  const glpi = { down: false, held };
  const server = createServer(async (request, answer) => {
    const [path] = request.url.split("?");
    const [, , item, id, inner] = path.split("/");
    const body = await text(request);
    if (glpi.down) return given(answer, 503, ["ERROR", "arrêté"]);
    if (item === "initSession") return given(answer, 200, { session_token: "s" });
    if (item === "killSession") return given(answer, 200, true);
    if (item === "getFullSession") return given(answer, 200, { session: { glpiname: "passerelle" } });
    if (request.method === "POST" && item === "Document") {
      // A form of two parts, the first of which describes the second; it hangs on its ticket at once.
      const { input } = JSON.parse(/\r\n\r\n(\{.*?\})\r\n--/s.exec(body)[1]);
      const number = held.Document.push({ id: held.Document.length + 1, filename: input.name, comment: input.comment });
      held.Document_Item.push({ id: number, documents_id: number, itemtype: input.itemtype, items_id: input.items_id });
      return given(answer, 201, { id: number, message: "" });
    }
    if (request.method === "POST") {
      const rows = held[item];
      const date = new Date().toISOString().slice(0, 19).replace("T", " ");
      rows.push({ id: rows.length + 1, status: 2, date_creation: date, ...JSON.parse(body).input });
      return given(answer, 201, { id: rows.length, message: "" });
    }
    if (request.method === "PUT") {
      held.Ticket[id - 1].status = JSON.parse(body).input.status;
      return given(answer, 200, [{ [id]: true, message: "" }]);
    }
    if (!id) return given(answer, 200, held[item]);
    if (!inner) return given(answer, 200, held[item][id - 1]);
    return given(answer, 200, held[inner].filter((one) => String(one.items_id) === id));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  glpi.url = `http://127.0.0.1:${server.address().port}`;
  glpi.stop = () => { server.closeAllConnections(); server.close(); };
  return glpi;
}
