import { Connection } from "../../static/shared/connection.js";
import { Shelf } from "../../static/shared/shelf.js";
import { Chat } from "../../static/widget/chat.js";
import "../../static/widget/delivery.js";
import { items } from "../../static/widget/items.js";
import { FakeStorage, settle, Wire } from "./shared_fakes.js";

export const AT = "2026-03-03T10:00:00Z";

/** A server in memory: the one truth that sockets and HTTP of all widgets under test speak to. */
export class Server {
  wire = new Wire();
  /** @type {any[]} */ sessions = [];
  /** @type {any[]} */ log = [];
  /** @type {any} */ row = null;
  /** @type {any[]} */ others = [];
  /** @type {any} */ customer = null;

  /** @type {any[]} */ calls = [];
  /** @type {Record<string, any>} answers by "METHOD path"; a function is given the body */ answers = {};

  /** @param {string} url @param {any} init */
  fetch = async (url, init) => {
    const path = url.replace("/api/widget/v1/", "").split("?")[0];
    const body = init.body && JSON.parse(init.body);
    this.calls.push({
      method: init.method,
      path,
      body,
      token: init.headers.authorization,
      credentials: init.credentials,
    });
    if (path === "session" && init.method === "POST") this.sessions.push(body);
    let answer = this.answers[`${init.method} ${path}`];
    if (typeof answer === "function") answer = await answer(body);
    if (answer instanceof Error) throw answer;
    answer ??= init.method === "DELETE" ? [204] : [200, path === "session" ? this.session() : this.rows()];
    const [status, content, type = "application/json"] = answer;
    const text = content === undefined ? null : type.includes("json") ? JSON.stringify(content) : content;
    return new Response(text, { status, headers: { "content-type": type } });
  };

  /** @param {Record<string, any>} [more] */
  session(more = {}) {
    return {
      access_token: "t",
      expires_in: 3600,
      device_token: null,
      customer: this.customer,
      inbox: {},
      conversations: this.rows(),
      ...more,
    };
  }

  /** What was asked of this address. @param {string} path */
  asked(path) {
    return this.calls.filter((call) => call.path === path).map(({ method, body }) => [method, body]);
  }

  rows() {
    return this.row ? [{ ...this.row, last_seq: this.log.length }, ...this.others] : this.others;
  }

  /** @param {any} socket the client's end */
  welcome(socket) {
    socket.say({ type: "welcome", heartbeat: 25, conversations: this.rows() });
  }

  /** @param {any} event */
  append(event) {
    this.log.push({ type: "event", conversation: "c1", seq: this.log.length + 1, at: AT, ...event });
    return this.log.at(-1);
  }

  /** @param {string} text @param {string} client_id */
  mine(text, client_id) {
    return this.append({
      kind: "message",
      by: { kind: "customer" },
      message: { id: client_id, client_id, text },
    });
  }
}

/** Let answers arrive. */
export const turn = async () => {
  for (let round = 0; round < 3; round++) { // what is imported only when it is needed takes turns of its own
    await settle();
    await new Promise((done) => setTimeout(done));
  }
  await settle();
};

/** @param {Server} server @param {FakeStorage} storage */
export async function chat(server, storage = new FakeStorage()) {
  class Quick extends Connection {
    /** @param {any} options */
    constructor(options) {
      super({ ...options, WebSocketClass: server.wire.Socket });
    }
  }
  /** @type {any[]} */ const told = [];
  const one = new Chat({
    inbox: { key: "demo" },
    shelf: new Shelf(storage, "r."),
    environment: () => ({}),
    emit: (what, detail) => told.push([what, detail]),
    onChange: () => {},
    onForget: () => told.push(["forget"]),
    url: "ws://x/ws/customer/",
    ways: { fetch: /** @type {any} */ (server.fetch), ConnectionClass: Quick },
  });
  await one.begin();
  await turn();
  const socket = server.wire.last;
  await socket.open();
  server.welcome(socket);
  await turn();
  const frames = (/** @type {string} */ type) =>
    socket.sent.filter((/** @type {any} */ frame) => frame.type === type);
  const shown = () => {
    const target = { conversation: "c1" };
    const events = one.talks.has("c1") ? one.talks.open("c1").timeline.events : [];
    return items(events, one.pending(target)).filter((item) => item.type === "message")
      .map((item) => [item.text, item.status]);
  };
  return { one, socket, told, frames, shown, storage, end: () => (one.link.stop(), one.outbox.close()) };
}

export const quiet = { sanitizeOps: false, sanitizeResources: false }; // timers of renewals outlive a test

/** A conversation as the server lists it. @param {Record<string, any>} [fields] */
export const row = (fields = {}) => ({
  id: "c1",
  status: "active",
  opened_at: AT,
  resolved_at: null,
  technician: null,
  last_seq: 1,
  read_seq: 0,
  unread: 0,
  outcome: null,
  ...fields,
});
