import { deepStrictEqual as same, ok } from "node:assert/strict";
import { Store } from "../../static/console/store.js";
import { ANA, at, BO, MARA, ME, row, SmallServer, storeWith, welcome } from "./console_cast.js";

/** @typedef {(server: SmallServer) => any} Step */

/** @type {import("../../static/console/types.js").By} */
const RAPPORT = { kind: "system", id: null, name: "" };
const own = { technician: { id: "ana", name: "Ana" }, team: null };
const none = { technician: null, team: null };
const outcome = { id: "o", problem: "p", cause: "c", fix: "f", applies_to: "", state: "unknown" };

/** What happened before, then the one thing under test. @type {Record<string, [Step[], Step]>} */
const KINDS = {
  message: [[], (server) => server.say(MARA, "It will not scan")],
  "message, long": [[], (server) => server.say(MARA, "é🙂".repeat(100))],
  "message of mine": [[(s) => s.add("assigned", ANA, own)], (server) => server.say(ANA, "Hello Mara")],
  note: [[(s) => s.add("assigned", ANA, own)], (server) => server.say(ANA, "Same as in March", true)],
  assigned: [[], (server) => server.add("assigned", ANA, own)],
  "assigned to Bo": [
    [],
    (server) => server.add("assigned", BO, { technician: { id: "bo", name: "Bo" }, team: null }),
  ],
  released: [[(s) => s.add("assigned", ANA, own)], (server) => server.add("assigned", ANA, none)],
  "given back by Rapport": [
    [(s) => s.add("assigned", ANA, own)],
    (server) => server.add("assigned", RAPPORT, { ...none, waiting_since: "2026-03-01T08:00:00.000Z" }),
  ],
  resolved: [[(s) => s.add("assigned", ANA, own)], (server) => server.add("resolved", ANA, { outcome })],
  "resolved, unclaimed": [[], (server) => server.add("resolved", ANA, { outcome })],
  reopened: [
    [(s) => s.add("assigned", ANA, own), (s) => s.add("resolved", ANA, { outcome })],
    (server) => server.add("reopened", MARA, { reason: "customer wrote" }),
  ],
  "reopened by me": [
    [(s) => s.add("resolved", ANA, { outcome }), (s) => s.add("reopened", ANA, { reason: "" })],
    (server) => server.add("assigned", ANA, own),
  ],
  "read by me": [[(s) => s.say(MARA, "one"), (s) => s.say(MARA, "two")], (server) => server.reads(ANA, 2)],
  "read by me, half": [
    [(s) => s.say(MARA, "one"), (s) => s.say(MARA, "two")],
    (server) => server.reads(ANA, 1),
  ],
  "read by the customer": [[(s) => s.say(ANA, "one")], (server) => server.reads(MARA, 1)],
  "read by Bo": [[(s) => s.say(MARA, "one")], (server) => server.reads(BO, 1)],
};

for (const [name, [before, step]] of Object.entries(KINDS)) {
  Deno.test(`snapshot and event equal a fresh snapshot: ${name}`, () => {
    for (const twice of [false, true]) {
      const server = new SmallServer();
      const store = storeWith([server.row(ME.id)]);
      store.show("c1");
      for (const earlier of before) store.apply(earlier(server));
      const frame = step(server);
      store.apply(frame);
      if (twice) store.apply(frame);
      const fresh = storeWith([server.row(ME.id)]);
      fresh.show("c1");
      same(store.rows.get("c1"), fresh.rows.get("c1"));
      same(store.lists(), fresh.lists());
      same(store.counts(), fresh.counts());
    }
  });
}

Deno.test("a row that is older than what is known changes nothing, an equal one never unreads", () => {
  const server = new SmallServer();
  const store = storeWith([server.row(ME.id)]);
  const old = server.row(ME.id);
  store.apply(server.say(MARA, "one"));
  store.apply({ type: "queue", conversation: "c1", change: "changed", row: old });
  same(store.rows.get("c1"), server.row(ME.id));
  const unread = server.row(ME.id);
  store.apply(server.reads(ANA, 1));
  store.apply({ type: "queue", conversation: "c1", change: "changed", row: unread });
  same(store.rows.get("c1")?.unread, 0);
});

Deno.test("waiting: the longest first; mine: the newest first", () => {
  const store = storeWith([
    row({ id: "b", waiting_since: at(5) }),
    row({ id: "a", waiting_since: at(9) }),
    row({ id: "c", waiting_since: at(1) }),
    row({ id: "m1", status: "active", technician: { id: "ana", name: "Ana" }, opened_at: at(1), unread: 2 }),
    row({ id: "m2", status: "active", technician: { id: "ana", name: "Ana" }, opened_at: at(2), unread: 1 }),
  ]);
  same(store.lists().waiting.map((one) => one.id), ["c", "b", "a"]);
  same(store.lists().mine.map((one) => one.id), ["m2", "m1"]);
  same(store.counts(), { waiting: 3, mine: 2, unread: 2 });
  same(store.neighbour("a", 1), "m2");
  same(store.neighbour("c", -1), "m1");
});

Deno.test("what came back is first in its list, and urgent until it is resolved", () => {
  const store = storeWith([
    row({ id: "long", waiting_since: at(1) }),
    row({ id: "c1", status: "resolved", waiting_since: null, last_seq: 4 }),
  ]);
  store.show("c1");
  const by = MARA;
  const back = { type: "event", conversation: "c1", seq: 5, kind: "reopened", at: at(9), by };
  store.apply({ ...back, reopened: { reason: "it came back" } });
  same(store.lists().waiting.map((one) => [one.id, one.urgent ?? false]), [["c1", true], ["long", false]]);
  store.apply({ ...back, seq: 6, kind: "resolved", by: ANA, resolved: { outcome } });
  same(store.rows.get("c1")?.urgent, false);
  store.apply({ ...back, seq: 7, reopened: { reason: "customer wrote" } });
  same(store.lists().waiting.map((one) => one.id), ["long", "c1"]);
});

Deno.test("claimed by somebody else: it leaves the queue by itself, and stays on a screen that shows it", () => {
  const taken = row({
    status: "active",
    technician: { id: "bo", name: "Bo" },
    waiting_since: null,
    last_seq: 2,
  });
  const frame = { type: "queue", conversation: "c1", change: "removed", row: taken };
  const closed = storeWith([row({ last_seq: 1 })]);
  closed.apply(frame);
  same(closed.rows.size, 0);
  const open = storeWith([row({ last_seq: 1 })]);
  open.show("c1");
  open.apply(frame);
  same(open.lists().others.map((one) => one.technician?.name), ["Bo"]);
  same(open.counts().waiting, 0);
  open.show(null);
  same(open.rows.size, 0);
});

Deno.test("removed without a row leaves the list too", () => {
  const store = storeWith([row()]);
  store.apply({ type: "queue", conversation: "c1", change: "removed", row: null });
  same(store.counts().waiting, 0);
});

Deno.test("what I resolved stays at hand until it is dismissed, at most eight of them", () => {
  const ids = Array.from({ length: 10 }, (_, n) => `c${n}`);
  const active = { status: "active", technician: { id: "ana", name: "Ana" }, last_seq: 1 };
  const store = storeWith(ids.map((id) => row({ ...active, id })));
  for (const id of ids) {
    store.apply({
      type: "event",
      conversation: id,
      seq: 2,
      kind: "resolved",
      at: at(2),
      by: ANA,
      resolved: { outcome },
    });
  }
  same(store.lists().others.length, 8);
  ok(store.rows.has("c9") && !store.rows.has("c0"));
  store.dismiss("c9");
  ok(!store.rows.has("c9"));
});

Deno.test("after a reconnect, lists are what the server says; the open conversation stays", () => {
  const store = storeWith([row({ id: "gone" }), row({ id: "open" }), row({ id: "stays" })]);
  store.show("open");
  store.apply(welcome([row({ id: "stays" }), row({ id: "new" })]));
  same(store.lists().waiting.map((one) => one.id), ["new", "stays"]);
  same(store.lists().others.map((one) => one.id), ["open"]);
});

Deno.test("typing is forgotten by time, by a message, and is never mine", () => {
  let now = 0;
  const store = new Store({ me: ME, now: () => now });
  store.apply(welcome([row()]));
  const typing = { type: "typing", conversation: "c1", by: MARA, active: true };
  store.apply(typing);
  store.apply({ ...typing, by: ANA });
  same(store.typists("c1"), [MARA]);
  now = 6001;
  same(store.typists("c1"), []);
  store.apply(typing);
  store.apply(new SmallServer().say(MARA, "here"));
  same(store.typists("c1"), []);
});

Deno.test("presence: mine changes me, another's changes the list", () => {
  const store = storeWith([]);
  store.apply({ type: "presence", technician: "ana", state: "away" });
  store.apply({ type: "presence", technician: { id: "bo", name: "Bo" }, state: "online" });
  same(store.me.availability, "away");
  same([...store.technicians.values()].map((one) => one.state), ["away", "online"]);
});
