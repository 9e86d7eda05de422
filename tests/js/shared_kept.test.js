/** What is kept: second copies, full storage, other tabs, waiting as told. */

import { Outbox } from "../../static/shared/outbox.js";
import { Shelf } from "../../static/shared/shelf.js";
import { homeless } from "../../static/widget/delivery.js";
import { Clock, crowding, equal, FakeLocks, FakeStorage, settle } from "./shared_fakes.js";

/** What lies on disk, as IndexedDB would show it to each browser that is started on it. */
class Disk {
  /** @type {Map<string, string>} */ items = new Map();
  refused = false;
  open = () => {
    /** @type {any} */
    const vault = {
      works: !this.refused,
      has: (/** @type {string} */ key) => this.items.has(key),
      put: (/** @type {string} */ key, /** @type {string} */ value) => {
        if (!this.refused) this.items.set(key, value);
        return Promise.resolve(vault.works = !this.refused);
      },
      remove: (/** @type {string} */ key) => Promise.resolve(void this.items.delete(key)),
      clear: () => Promise.resolve(this.items.clear()),
      all: () => Promise.resolve(new Map(this.items)),
    };
    return Promise.resolve(vault);
  };
}

/** @param {any} options */
function box(options = {}) {
  const clock = options.clock ?? new Clock();
  /** @type {any[]} */ const sent = [];
  /** @type {typeof Outbox} */
  const Kind = options.Kind ?? Outbox;
  const outbox = new Kind({
    storage: options.storage === undefined ? new FakeStorage() : options.storage,
    key: "out",
    locks: options.locks ?? null,
    now: options.now ?? (() => clock.now),
    later: clock.setTimeout,
    random: () => options.random ?? 0,
    vault: options.disk ? options.disk.open : null,
    send: (/** @type {any} */ entry) => {
      sent.push(entry);
      return options.offline ? false : true;
    },
  });
  return { outbox, sent, clock, texts: () => sent.map((entry) => entry.text) };
}

Deno.test("a browser that is killed: what storage had not written yet is in the vault, in order, once", async () => {
  const disk = new Disk();
  const set = box({ disk, offline: true });
  for (const text of ["1", "2", "3"]) set.outbox.add({ conversation: "a", text });
  await settle();
  const again = box({ disk, storage: new FakeStorage() }); // all that localStorage held is gone
  await settle();
  const ids = set.outbox.entries().map((entry) => entry.client_id);
  for (const id of ids) again.outbox.accepted(id);
  equal([again.texts(), again.sent.map((entry) => entry.client_id)], [["1", "2", "3"], ids]);
  await settle();
  equal([disk.items.size, again.outbox.entries()], [0, []]);
});

Deno.test("what was given up, or cleared at log-out, does not come back from the vault", async () => {
  const disk = new Disk();
  const storage = new FakeStorage();
  box({ disk, storage, offline: true }).outbox.add({ conversation: "a", text: "secret" });
  await settle();
  const next = box({ disk, storage: new FakeStorage() });
  next.outbox.clear(); // before the vault has answered
  await settle();
  equal([next.texts(), next.outbox.entries(), disk.items.size], [[], [], 0]);
});

Deno.test("full storage: kept in the vault it counts as kept; without a vault it is said that it is not", async () => {
  const storage = new FakeStorage();
  storage.full = true;
  const disk = new Disk();
  const set = box({ storage, disk, offline: true });
  set.outbox.add({ conversation: "a", text: "1" });
  await settle();
  equal(set.outbox.persistent, true);
  const none = new Disk();
  none.refused = true;
  const other = box({ storage, disk: none, offline: true });
  other.outbox.add({ conversation: "a", text: "2" });
  await settle();
  equal([other.outbox.persistent, other.outbox.entries().map((entry) => entry.text)], [false, ["2"]]);
});

Deno.test("full storage does not bring back an older state, and what waits is put away when there is room", () => {
  const storage = new FakeStorage();
  const shelf = new Shelf(storage, "r.");
  shelf.set("draft", "short");
  storage.full = true;
  equal([shelf.set("draft", "much longer"), shelf.persistent], [false, false]);
  equal([shelf.get("draft"), [...shelf.all()]], ["much longer", [["draft", "much longer"]]]);
  storage.full = false;
  shelf.set("other", "1");
  equal([storage.getItem("r.draft"), shelf.persistent], ["much longer", true]);
});

Deno.test("a refusal while storage is full stays a refusal, and is not sent for ever", () => {
  const storage = new FakeStorage();
  const set = box({ storage });
  const { client_id } = set.outbox.add({ conversation: "a", text: "1" });
  storage.full = true;
  set.outbox.refused(client_id, { code: "invalid", retry: false });
  set.outbox.refresh();
  set.outbox.flush();
  equal([set.sent.length, set.outbox.entries()[0].state], [1, "failed"]);
});

/** @param {any} Kind */
function restless(Kind = Outbox) {
  const set = box({ Kind });
  const { client_id } = set.outbox.add({ conversation: "a", text: "1" });
  set.outbox.refused(client_id, { code: "rate_limited", retry: true, retry_after: 5 });
  set.outbox.add({ conversation: "a", text: "2" });
  const other = set.outbox.add({ conversation: "b", text: "other" });
  set.outbox.accepted(other.client_id);
  set.outbox.flush();
  const early = set.texts();
  set.clock.tick(5_000);
  set.outbox.accepted(client_id);
  return [early, set.texts()];
}

Deno.test("told to wait, nothing of that conversation leaves sooner, whatever else is written or accepted", () => {
  equal(restless(), [["1", "other"], ["1", "other", "1", "2"]]);
});

Deno.test("a server that says `later` is not asked by everybody in the same moment", () => {
  const clients = 1_000;
  /** @type {number[]} */ const times = [];
  for (let at = 0; at < clients; at++) {
    const set = box({ random: at / clients });
    const { client_id } = set.outbox.add({ conversation: "a", text: "1" });
    for (let round = 0; round < 3; round++) {
      set.outbox.refused(client_id, { code: "unavailable", retry: true, retry_after: 1 });
      const before = set.sent.length;
      const since = set.clock.now;
      while (set.sent.length === before) set.clock.tick(1);
      if (round === 2) times.push(set.clock.now - since);
    }
  }
  equal(crowding(times, 1_000, 3_001) < 1.2, true);
});

Deno.test("no answer on a connection that lives: it goes again by itself, with its client_id", () => {
  const set = box();
  const { client_id } = set.outbox.add({ conversation: "a", text: "1" });
  set.outbox.lost(client_id);
  set.clock.tick(2_000);
  equal(set.sent.map((entry) => entry.client_id), [client_id, client_id]);
});

/** One tab writes and has no connection; the other hears of it. @param {any} locks */
async function twoTabs(locks) {
  const storage = new FakeStorage();
  const clock = new Clock();
  const one = box({ storage, clock, locks, offline: true });
  const two = box({ storage, clock, locks });
  one.outbox.add({ conversation: "a", text: "1" });
  one.outbox.close();
  two.outbox.heard({ key: "out.x" });
  await settle();
  clock.tick(1_000);
  await settle();
  two.outbox.close();
  return two.texts();
}

Deno.test("what a tab without a connection has written, another one sends; with locks and without", async () => {
  equal([await twoTabs(new FakeLocks()), await twoTabs(null)], [["1"], ["1"]]);
});

Deno.test("clocks that jump by ten years, forth and back, change nothing of the order", () => {
  let now = 1_800_000_000_000;
  const years = 10 * 365 * 86_400_000;
  const storage = new FakeStorage();
  const set = box({ storage, now: () => now, offline: true });
  for (const jump of [0, years, -years, -years, 2 * years, 0]) {
    now += jump;
    set.outbox.add({ conversation: "a", text: String(set.outbox.entries().length) });
  }
  now -= years;
  const again = box({ storage, now: () => now });
  again.outbox.add({ conversation: "a", text: "6" });
  for (const entry of again.outbox.entries()) again.outbox.accepted(entry.client_id);
  equal(again.texts(), ["0", "1", "2", "3", "4", "5", "6"]);
});

Deno.test("a conversation that is gone: its messages wait for the person as one new conversation", () => {
  const set = box();
  const first = set.outbox.add({ conversation: "gone", text: "1" });
  set.outbox.add({ conversation: "gone", text: "2" });
  homeless(set.outbox, first, { code: "not_found", message: "" });
  equal(set.outbox.entries(null).map((entry) => [entry.text, entry.state, entry.start ?? ""]), [
    ["1", "failed", ""],
    ["2", "pending", first.client_id],
  ]);
  set.outbox.retry(first.client_id);
  set.outbox.accepted(first.client_id, "new");
  equal(set.sent.slice(1).map((entry) => [entry.text, entry.conversation]), [["1", null], ["2", "new"]]);
});

/** Every message the server got, by client_id, after a reload that repeats what was in flight. @param {any} Kind */
function arrived(Kind) {
  const storage = new FakeStorage();
  /** @type {Map<string, string>} */ const server = new Map();
  const before = box({ storage, Kind });
  for (const text of ["1", "2"]) before.outbox.add({ conversation: "a", text });
  for (const entry of before.sent) server.set(entry.client_id, entry.text); // stored; the answer is lost
  const after = box({ storage, Kind });
  after.outbox.flush();
  for (let at = 0; at < after.sent.length; at++) {
    server.set(after.sent[at].client_id, after.sent[at].text);
    after.outbox.accepted(after.sent[at].client_id);
  }
  return [...server.values()];
}

/** Makes a new client_id each time it sends. */
class Renaming extends Outbox {
  /** @param {any} options */
  constructor(options) {
    super({
      ...options,
      send: (entry) => options.send({ ...entry, client_id: crypto.randomUUID(), was: entry.client_id }),
    });
  }
  /** @override @param {string} client_id */
  accepted(client_id) {
    for (const entry of this.entries()) if (entry.state === "sending") super.accepted(entry.client_id);
    super.accepted(client_id);
  }
}

/** Forgets a message as soon as it has left. */
class Hasty extends Outbox {
  /** @param {any} options */
  constructor(options) {
    super({
      ...options,
      send: (entry) => {
        options.send(entry);
        this.kept.shelf.remove(entry.client_id);
        return entry.text === "1" ? true : false; // the first one gets as far as the wire only
      },
    });
  }
}

Deno.test("sent once over a lost answer and a reload; boxes that rename or forget are found out", () => {
  equal(arrived(Outbox), ["1", "2"]);
  equal(arrived(Renaming).length > 2, true);
  const storage = new FakeStorage();
  box({ storage, Kind: Hasty }).outbox.add({ conversation: "a", text: "1" });
  equal(box({ storage }).outbox.entries(), []); // nobody will ever send it again
});
