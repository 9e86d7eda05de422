import { Connection, Lost, Refused } from "../../static/shared/connection.js";
import { Shelf } from "../../static/shared/shelf.js";
import { Link } from "../../static/widget/link.js";
import { Session } from "../../static/widget/session.js";
import { Clock, equal, FakeStorage, rejects, settle, Wire } from "./shared_fakes.js";

/** An HTTP server that answers from a table "METHOD path" → [status, body, headers] (or a function of the request). */
function http() {
  /** @type {any[]} */ const asked = [];
  /** @type {Record<string, any>} */ const answers = {};
  let up = true;
  const fetch = (/** @type {string} */ url, /** @type {any} */ init) => {
    const path = url.replace("/api/widget/v1/", "");
    const request = { path, ...init, body: init.body && JSON.parse(init.body) };
    asked.push(request);
    if (!up) return Promise.reject(new TypeError("Failed to fetch"));
    let answer = answers[`${init.method} ${path.split("?")[0]}`] ?? [204, null];
    if (typeof answer === "function") answer = answer(request);
    const [status, body, headers = {}] = answer;
    return Promise.resolve(
      new Response(body === null ? null : JSON.stringify(body), {
        status,
        headers: { "content-type": "application/json", ...headers },
      }),
    );
  };
  return { fetch: /** @type {any} */ (fetch), asked, answers, down: (down = true) => up = !down };
}

const answer = (more = {}) => ({
  access_token: "t1",
  expires_in: 3600,
  device_token: null,
  customer: null,
  inbox: {},
  conversations: [],
  ...more,
});

function session(more = {}) {
  const server = http();
  const clock = new Clock();
  const storage = new FakeStorage();
  /** @type {any[]} */ const told = [];
  /** @type {any[]} */ const refusals = [];
  server.answers["POST session"] = [200, answer()];
  const visit = new Session({
    inbox: "demo",
    shelf: new Shelf(storage, "r."),
    environment: () => ({ page: "https://shop.example/" }),
    onSession: (session) => told.push(session),
    onIdentityRefused: (error) => refusals.push(error.reason),
    fetch: server.fetch,
    later: clock.setTimeout,
    ...more,
  });
  return { server, clock, storage, told, refusals, visit };
}

Deno.test("a visit sends its inbox, environment and device, keeps a new device, and is renewed before it ends", async () => {
  const set = session();
  set.server.answers["POST session"] = [200, answer({ device_token: "d1", expires_in: 100 })];
  await set.visit.renew();
  equal(set.server.asked[0].body, { inbox: "demo", environment: { page: "https://shop.example/" } });
  equal(set.storage.getItem("r.device"), "d1");
  set.clock.tick(80_000);
  await set.visit.settled();
  equal(set.server.asked.length, 2);
  equal(set.server.asked[1].body.device_token, "d1");
});

Deno.test("several callers share one request", async () => {
  const set = session();
  await Promise.all([set.visit.renew(), set.visit.renew(), set.visit.call("GET", "conversations")]);
  equal(set.server.asked.map((request) => request.path), ["session", "conversations"]);
  equal(set.server.asked[1].headers.authorization, "Bearer t1");
});

Deno.test("a token that ran out is renewed once", async () => {
  const set = session();
  await set.visit.renew();
  set.server.answers["POST session"] = [200, answer({ access_token: "t2" })];
  set.server.answers["GET conversations"] = (/** @type {any} */ request) =>
    request.headers.authorization === "Bearer t2" ? [200, []] : [401, { code: "unauthenticated" }];
  equal(await set.visit.call("GET", "conversations"), []);
  set.server.answers["GET conversations"] = [401, { code: "unauthenticated" }];
  equal((await rejects(set.visit.call("GET", "conversations"), Refused)).status, 401);
});

Deno.test("a refused identity is told and the visit goes on without; it is used once", async () => {
  const set = session();
  set.server.answers["POST session"] = (/** @type {any} */ request) =>
    request.body.identity ? [403, { code: "identity_refused", reason: "expired" }] : [200, answer()];
  set.visit.identity = "jwt";
  await set.visit.renew();
  equal([set.refusals, set.told.length], [["expired"], 1]);
  await set.visit.renew();
  equal(set.server.asked.map((request) => "identity" in request.body), [true, false, false]);
});

Deno.test("an identity that was not looked at is kept for the next try", async () => {
  const set = session();
  set.visit.identity = "jwt";
  set.server.down();
  await rejects(set.visit.renew(), Lost);
  set.server.down(false);
  await set.visit.renew();
  equal(set.server.asked.at(-1).body.identity, "jwt");
});

Deno.test("429 and 503 say when to come back; other refusals are final", async () => {
  const set = session();
  set.server.answers["POST session"] = [429, { code: "rate_limited", message: "" }, { "retry-after": "12" }];
  const slow = await rejects(set.visit.renew(), Refused);
  equal([slow.code, slow.retry, slow.retry_after], ["rate_limited", true, 12]);
  set.server.answers["POST session"] = [404, { code: "inbox_unknown", message: "" }];
  equal((await rejects(set.visit.renew(), Refused)).retry, false);
});

async function link() {
  const set = session();
  await set.visit.renew();
  const wire = new Wire();
  /** @type {any[]} */ const frames = [];
  /** @type {string[]} */ const states = [];
  const cursors = { a: 1 };
  class Quick extends Connection {
    /** @param {any} options */
    constructor(options) {
      super({
        ...options,
        WebSocketClass: wire.Socket,
        timers: set.clock,
        random: () => 0.5,
        now: () => set.clock.now,
      });
    }
  }
  const way = new Link({
    url: "ws://x/ws/customer/",
    session: set.visit,
    cursors: () => cursors,
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    ConnectionClass: Quick,
    timers: set.clock,
    hidden: () => false,
    random: () => 0.5,
  });
  way.start();
  const settleAll = async () => {
    for (let turn = 0; turn < 6; turn++) {
      await settle();
      await new Promise((done) => setTimeout(done));
    }
  };
  return { ...set, wire, frames, states, way, cursors, settleAll };
}

Deno.test("three sockets that never open: HTTP takes over, feeds what is new, and gives way to a socket again", async () => {
  const set = await link();
  set.server.answers["GET conversations"] = [200, [{ id: "a", last_seq: 3 }]];
  set.server.answers["GET conversations/a/events"] = [200, {
    events: [{ seq: 2, kind: "message" }, { seq: 3, kind: "message" }],
    last_seq: 3,
    more: false,
  }];
  for (let round = 0; round < 2; round++) {
    set.wire.last.drop(1006);
    await set.settleAll();
    equal(set.way.ready, false);
    set.clock.tick(1_000);
  }
  set.wire.last.drop(1006);
  await set.settleAll();
  equal([set.way.ready, set.states.at(-1)], [true, "polling"]);
  equal(set.frames.map((frame) => [frame.type, frame.conversation, frame.seq]), [
    ["conversations", undefined, undefined],
    ["event", "a", 2],
    ["event", "a", 3],
  ]);

  set.server.answers["POST conversations/a/messages"] = [201, { id: "m", seq: 4 }];
  const entry = /** @type {any} */ ({ client_id: "c", conversation: "a", text: "hi" });
  equal(await set.way.deliver(entry), { id: "m", seq: 4 });

  set.clock.tick(2_000);
  await set.wire.last.open();
  set.wire.last.say({ type: "welcome", heartbeat: 25, conversations: [] });
  await set.settleAll();
  equal(set.states.at(-1), "live");
  const before = set.server.asked.length;
  set.clock.tick(10_000);
  await set.settleAll();
  equal(set.server.asked.length, before);
  set.wire.last.drop(1006);
  equal(set.way.ready, false); // HTTP has to show anew that it works
});

Deno.test("hello names the epoch of the last welcome; over HTTP another one resets all that is held", async () => {
  const set = await link();
  const held = () => set.frames.filter(({ type }) => type === "reset").map((one) => one.conversation);
  await set.wire.last.open();
  equal(set.wire.last.sent[0].epoch, "");
  set.wire.last.say({ type: "welcome", heartbeat: 25, conversations: [], epoch: "e1" });
  set.server.answers["GET conversations"] = [200, { conversations: [], epoch: "e1" }];
  for (let round = 0; round < 4; round++) {
    set.wire.last.drop(1006);
    await set.settleAll();
    set.clock.tick(2_000);
    await set.settleAll();
  }
  equal([set.way.ready, held()], [true, []]);
  set.server.answers["GET conversations"] = [200, { conversations: [], epoch: "e2" }];
  set.clock.tick(4_000);
  await set.settleAll();
  equal(held(), ["a"]);
  await set.wire.last.open();
  equal(set.wire.last.sent[0].epoch, "e2");
});

Deno.test("without HTTP either, nothing is sent and nothing claims to be connected", async () => {
  const set = await link();
  set.server.down();
  for (let round = 0; round < 4; round++) {
    set.wire.last.drop(1006);
    await set.settleAll();
    set.clock.tick(15_000);
    await set.settleAll();
  }
  equal([set.way.ready, set.states.includes("polling")], [false, false]);
  await rejects(
    set.way.deliver(/** @type {any} */ ({ client_id: "c", conversation: "a", text: "hi" })),
    Lost,
  );
});

Deno.test("4401: a new token, then the socket again, with the new token and without hammering", async () => {
  const set = await link();
  await set.wire.last.open();
  set.server.answers["POST session"] = [200, answer({ access_token: "t2" })];
  set.wire.last.drop(4401);
  await set.settleAll();
  equal(set.wire.sockets.length, 2);
  await set.wire.last.open();
  equal(set.wire.last.sent[0].token, "t2");
  set.wire.last.drop(4401);
  await set.settleAll();
  equal(set.wire.sockets.length, 2);
  set.clock.tick(4_000);
  await set.settleAll();
  equal(set.wire.sockets.length, 3);
});

/** @param {Awaited<ReturnType<typeof link>>} set @param {number} ms in steps that let answers arrive */
async function pass(set, ms, step = 250) {
  for (let passed = 0; passed < ms; passed += step) {
    set.clock.tick(step);
    await set.settleAll();
  }
}

Deno.test("a handshake that is swallowed: HTTP takes over long before the socket is given up", async () => {
  const set = await link();
  set.server.answers["GET conversations"] = [200, [{ id: "a", last_seq: 1 }]];
  await pass(set, 5_000); // never opened, never closed
  equal([set.wire.sockets.length, set.way.ready, set.states.at(-1)], [1, true, "polling"]);
});

Deno.test("who is known to the server and told to wait does not ask over HTTP beside it; who is forgotten does", async () => {
  const set = await link();
  set.server.answers["GET conversations"] = [200, [{ id: "a", last_seq: 1 }]];
  const asked = () => set.server.asked.filter(({ path }) => path === "conversations").length;
  await set.wire.last.open();
  await pass(set, 20_000); // stands in line
  equal([set.wire.sockets.length, asked()], [1, 0]);
  set.wire.last.say({ type: "error", code: "unavailable", retry: true, retry_after: 8 });
  set.wire.last.drop(1012);
  await pass(set, 7_500);
  equal([set.wire.sockets.length, asked(), set.states.at(-1)], [1, 0, "waiting"]);
  await pass(set, 20_000); // comes again when told to, and nobody answers
  equal([set.wire.sockets.length > 1, set.way.ready, asked() > 0], [true, true, true]);
});

Deno.test("a socket that opens and dies again and again: what waits goes over HTTP in between", async () => {
  const set = await link();
  set.server.answers["GET conversations"] = [200, [{ id: "a", last_seq: 1 }]];
  for (let round = 0; round < 6; round++) {
    await set.wire.last.open();
    set.wire.last.say({ type: "welcome", heartbeat: 25, conversations: [] });
    await pass(set, 1_000);
    const { length } = set.wire.sockets;
    set.wire.last.drop(1006);
    for (let ms = 0; set.wire.sockets.length === length && ms < 20_000; ms += 250) await pass(set, 250);
  }
  equal(set.states.includes("polling"), true);
  await set.wire.last.open();
  set.wire.last.say({ type: "welcome", heartbeat: 25, conversations: [] });
  await set.settleAll();
  equal(set.states.at(-1), "live");
});

Deno.test("a server that is away is asked ever less often, and not by all at once", async () => {
  const set = await link();
  set.server.down();
  const before = set.server.asked.length;
  for (let round = 0; round < 3; round++) {
    set.wire.last.drop(1006);
    await pass(set, 1_000);
  }
  const polls = () => set.server.asked.slice(before).filter((one) => one.path === "conversations").length;
  await pass(set, 60_000, 2_000);
  const minute = polls();
  await pass(set, 120_000, 2_000);
  equal([minute <= 12, (polls() - minute) / 2 < minute], [true, true]);
});
