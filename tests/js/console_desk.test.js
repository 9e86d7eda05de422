import { deepStrictEqual as same } from "node:assert/strict";
import { Desk } from "../../static/console/desk.js";
import { Store } from "../../static/console/store.js";
import { Lost, Refused } from "../../static/shared/errors.js";
import { Outbox } from "../../static/shared/outbox.js";
import { ANA, BO, MARA, ME, SmallServer, welcome } from "./console_cast.js";

/** A desk on a wire that answers from a small server. */
function set() {
  const server = new SmallServer();
  /** @type {any[]} */ const sent = [];
  /** @type {Record<string, (frame: any) => any>} */
  const answers = {
    sync: ({ after, limit }) => {
      const events = structuredClone(server.log.filter((event) => event.seq > after).slice(0, limit));
      return {
        type: "sync",
        events,
        last_seq: server.log.length,
        more: after + events.length < server.log.length,
      };
    },
  };
  const wire = {
    live: true,
    /** @param {any} frame */
    send(frame) {
      if (wire.live) sent.push(frame);
      return wire.live;
    },
    /** @param {any} frame */
    async ask(frame) {
      if (!wire.live) throw new Lost();
      sent.push(frame);
      const answer = await answers[frame.type]?.(frame) ?? { type: "ok" };
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const store = new Store({ me: ME });
  const outbox = new Outbox({
    storage: null,
    key: "test",
    locks: null,
    send: (entry) => desk.deliver(entry),
    later: () => 0,
  });
  /** @type {Desk} */
  const desk = new Desk({
    store,
    outbox,
    wire,
    onChange: () => {},
    fetchRow: () => Promise.reject(new Refused({ code: "not_found" })),
  });
  const kinds = () => sent.map((frame) => frame.type);
  return { server, sent, answers, wire, store, outbox, desk, kinds };
}

const settled = () => new Promise((done) => setTimeout(done, 0));
const own = { technician: { id: "ana", name: "Ana" }, team: null };

Deno.test("opening: the newest page at once, watched while it is shown and let go after", async () => {
  const { server, desk, store, sent, kinds } = set();
  for (let n = 0; n < 100; n += 1) server.say(MARA, `line ${n}`);
  desk.receive(welcome([server.row(ME.id)]));
  desk.show("c1");
  await settled();
  same(sent.map((frame) => [frame.type, frame.after ?? null]), [["watch", null], ["sync", 40]]);
  same(desk.logs.events("c1").length, 60);
  same(desk.logs.above("c1"), { kind: "page" });
  await desk.logs.older("c1");
  same(desk.logs.events("c1")[0].seq, 1);
  desk.show(null);
  same(kinds().at(-1), "unwatch");
  same(store.rows.get("c1")?.unread, 100);
});

Deno.test("a conversation of mine is followed unopened and catches up with its cursor", async () => {
  const { server, desk, store, outbox } = set();
  server.add("assigned", ANA, own);
  desk.receive(welcome([server.row(ME.id)]));
  same(desk.logs.cursors(), { c1: 1 });
  desk.receive(server.say(MARA, "two"));
  same([desk.logs.cursors().c1, store.rows.get("c1")?.unread], [2, 1]);
  server.say(MARA, "missed");
  desk.receive({ type: "heartbeat", heads: { c1: 3 } });
  await new Promise((done) => setTimeout(done, 350));
  same([desk.logs.cursors().c1, store.rows.get("c1")?.unread], [3, 2]);
  outbox.close();
});

Deno.test("reading says so once, and only when the messages are here", async () => {
  const { server, desk, kinds, store } = set();
  server.say(MARA, "one");
  desk.receive(welcome([server.row(ME.id)]));
  desk.show("c1");
  desk.read("c1");
  same(kinds().includes("read"), false);
  await settled();
  desk.read("c1");
  desk.read("c1");
  same(kinds().filter((kind) => kind === "read").length, 1);
  same(store.rows.get("c1")?.unread, 0);
});

Deno.test("a sent message is in the log as soon as it is accepted, once", async () => {
  const { server, desk, outbox, answers } = set();
  server.add("assigned", ANA, own);
  desk.receive(welcome([server.row(ME.id)]));
  desk.show("c1");
  await settled();
  answers["message.send"] = (frame) => {
    const event = server.say(ANA, frame.text);
    return { type: "message.accepted", ...frame, id: event.message.id, seq: event.seq, created_at: event.at };
  };
  outbox.add({ conversation: "c1", text: "Hello" });
  await settled();
  desk.receive(structuredClone(/** @type {any} */ (server.log[1])));
  same(desk.logs.events("c1").map((event) => event.message?.text ?? event.kind), ["assigned", "Hello"]);
  same(outbox.entries("c1"), []);
});

Deno.test("refused stays to be seen, lost goes again with the same client_id", async () => {
  const { server, desk, outbox, answers, sent, wire } = set();
  desk.receive(welcome([server.row(ME.id)]));
  answers["message.send"] = () => new Refused({ code: "invalid", message: "Too long.", retry: false });
  outbox.add({ conversation: "c1", text: "x" });
  await settled();
  same(outbox.entries("c1").map((entry) => [entry.state, entry.error?.message]), [["failed", "Too long."]]);
  outbox.drop(outbox.entries("c1")[0].client_id);
  wire.live = false;
  const { client_id } = outbox.add({ conversation: "c1", text: "y" });
  await settled();
  same(outbox.entries("c1")[0].state, "pending");
  wire.live = true;
  answers["message.send"] = (frame) => ({
    ...frame,
    type: "message.accepted",
    seq: 1,
    created_at: "2026-03-03T10:00:00Z",
  });
  desk.receive(welcome([server.row(ME.id)]));
  await settled();
  same(sent.filter((frame) => frame.text === "y").map((frame) => frame.client_id), [client_id]);
});

Deno.test("after a reconnect the open conversation is watched again and a reset reads it anew", async () => {
  const { server, desk, kinds } = set();
  server.say(MARA, "one");
  desk.receive(welcome([server.row(ME.id)]));
  desk.show("c1");
  await settled();
  desk.disconnected();
  desk.receive(welcome([server.row(ME.id)]));
  same(kinds().filter((kind) => kind === "watch").length, 2);
  server.log[0] = { ...server.log[0], by: { ...MARA, name: "Erased" } };
  desk.receive({ type: "reset", conversation: "c1", reason: "erased" });
  await settled();
  same(desk.logs.events("c1").map((event) => event.by.name), ["Erased"]);
});

Deno.test("a restored database: what it never held is gone once the console is welcomed again", async () => {
  const { server, desk, store } = set();
  server.say(MARA, "one");
  server.say(MARA, "lost");
  desk.receive({ ...welcome([server.row(ME.id)]), epoch: "e1" });
  desk.show("c1");
  await settled();
  same([desk.epoch, desk.logs.events("c1").length], ["e1", 2]);
  desk.disconnected();
  server.log.pop();
  server.say(MARA, "another");
  desk.receive({ type: "reset", conversation: "c1", reason: "restored" });
  desk.receive({ ...welcome([server.row(ME.id)]), epoch: "e2" });
  await settled();
  same(desk.epoch, "e2");
  same(desk.logs.events("c1").map((event) => event.message?.text), ["one", "another"]);
  same(store.rows.get("c1")?.last_seq, 2);
});

Deno.test("a conversation that is not ours to see says so, until it is", async () => {
  const { desk, server } = set();
  desk.show("c1");
  await settled();
  same(desk.logs.failure("c1"), "");
  desk.receive(welcome([]));
  await settled();
  same(desk.logs.failure("c1"), "This conversation does not exist, or is not yours to see.");
  server.say(MARA, "It is back");
  desk.receive({ type: "queue", conversation: "c1", change: "added", row: server.row(ME.id) });
  await settled();
  same([desk.logs.failure("c1"), desk.logs.events("c1").length], ["", 1]);
});

Deno.test("reset: everything held is thrown away, and log and context are asked for again", async () => {
  const { server, desk, store, sent } = set();
  server.say(MARA, "one");
  desk.receive(welcome([server.row(ME.id)]));
  desk.show("c1");
  await settled();
  const card = { conversations: [{ id: "old", opened_at: "2026-03-01T00:00:00Z" }] };
  desk.receive({ type: "context", conversation: "c1", return_card: card });
  same(desk.logs.above("c1")?.kind, "past");
  sent.length = 0;
  desk.receive({ type: "reset", conversation: "c1", reason: "unlinked" });
  await settled();
  same(sent.map((frame) => frame.type).sort(), ["sync", "watch"]);
  same([store.contexts.has("c1"), desk.logs.above("c1")], [false, null]);
  same(desk.logs.events("c1").length, 1);
});

Deno.test("set back: the server is believed, what it lost of mine is given back, a colleague's is not", async () => {
  const { server, desk, store, outbox } = set();
  server.add("assigned", ANA, own);
  server.say(MARA, "one");
  server.say(ANA, "kept");
  const lost = [server.say(ANA, "lost"), server.say(BO, "not mine")];
  desk.receive(welcome([server.row(ME.id)]));
  desk.show("c1");
  await settled();
  same(desk.logs.last("c1"), 5);
  desk.disconnected();
  const now = new SmallServer();
  now.log = server.log.splice(0, 3);
  server.log = now.log;
  desk.receive(welcome([{ ...server.row(ME.id), last_seq: 3 }]));
  desk.receive({ type: "reset", conversation: "c1", reason: "restored" });
  await settled();
  await settled();
  same([desk.logs.last("c1"), store.rows.get("c1")?.last_seq], [3, 3]);
  same(outbox.entries("c1").map((entry) => [entry.text, entry.state, entry.client_id]), [
    ["lost", "failed", lost[0].message?.client_id],
  ]);
});
