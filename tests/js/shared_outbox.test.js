import { Outbox } from "../../static/shared/outbox.js";
import { Clock, equal, FakeLocks, FakeStorage, settle } from "./shared_fakes.js";

/** @param {any} options */
function box(options = {}) {
  const storage = options.storage === undefined ? new FakeStorage() : options.storage;
  const clock = options.clock ?? new Clock();
  /** @type {any[]} */ const sent = [];
  const outbox = new Outbox({
    storage,
    key: "out",
    locks: options.locks ?? null,
    now: () => clock.now,
    later: clock.setTimeout,
    random: () => options.random ?? 0,
    vault: options.vault ?? null,
    send: (entry) => {
      sent.push(entry);
      return options.offline?.() ? false : true;
    },
  });
  return { outbox, sent, storage, clock, texts: () => sent.map((entry) => entry.text) };
}

Deno.test("one in flight per conversation, in order", () => {
  const set = box();
  const first = set.outbox.add({ conversation: "a", text: "1" });
  set.outbox.add({ conversation: "a", text: "2" });
  set.outbox.add({ conversation: "b", text: "other" });
  equal(set.texts(), ["1", "other"]);
  equal(set.outbox.entries("a").map((entry) => entry.state), ["sending", "pending"]);
  set.outbox.accepted(first.client_id);
  equal(set.texts(), ["1", "other", "2"]);
  equal(set.outbox.entries("a").map((entry) => entry.text), ["2"]);
});

Deno.test("survives a reload with the same client_id, also what was in flight", () => {
  const set = box();
  const entry = set.outbox.add({ conversation: "a", text: "kept" });
  const again = box({ storage: set.storage });
  equal(again.outbox.entries("a").map((entry) => [entry.text, entry.state]), [["kept", "pending"]]);
  again.outbox.flush();
  equal(again.sent.map((sent) => sent.client_id), [entry.client_id]);
  again.outbox.accepted(entry.client_id);
  equal(set.storage.length, 0);
});

Deno.test("a lost answer repeats the message with its client_id and stays in order", () => {
  const set = box();
  const entry = set.outbox.add({ conversation: "a", text: "1" });
  set.outbox.add({ conversation: "a", text: "2" });
  set.outbox.lost(entry.client_id);
  equal(set.texts(), ["1"]);
  set.outbox.flush();
  equal(set.texts(), ["1", "1"]);
  equal(new Set(set.sent.map((sent) => sent.client_id)).size, 1);
});

Deno.test("what cannot leave now waits for flush", () => {
  let offline = true;
  const set = box({ offline: () => offline });
  const entry = set.outbox.add({ conversation: "a", text: "1" });
  equal(set.outbox.entries("a")[0].state, "pending");
  offline = false;
  set.outbox.flush();
  equal(set.outbox.entries("a")[0].state, "sending");
  set.outbox.accepted(entry.client_id);
  equal(set.outbox.entries(), []);
});

Deno.test("refused for good: failed with its reason, does not block the next, can be retried or dropped", () => {
  const set = box();
  const entry = set.outbox.add({ conversation: "a", text: "too long" });
  const next = set.outbox.add({ conversation: "a", text: "next" });
  set.outbox.refused(entry.client_id, { code: "too_large", message: "Too long.", retry: false });
  equal(set.outbox.entries("a")[0].error, { code: "too_large", message: "Too long." });
  equal(set.texts(), ["too long", "next"]);
  set.outbox.accepted(next.client_id);
  equal(box({ storage: set.storage }).outbox.entries("a")[0].state, "failed");
  set.outbox.retry(entry.client_id);
  equal(set.texts().at(-1), "too long");
  equal(set.sent.at(-1).client_id, entry.client_id);
  set.outbox.drop(entry.client_id);
  equal([set.outbox.entries(), set.storage.length], [[], 0]);
});

Deno.test("refused for now: tried again after retry_after", () => {
  const set = box();
  const entry = set.outbox.add({ conversation: "a", text: "1" });
  set.outbox.refused(entry.client_id, { code: "rate_limited", retry: true, retry_after: 3 });
  set.clock.tick(2999);
  equal(set.sent.length, 1);
  set.clock.tick(1);
  equal(set.sent.length, 2);
});

Deno.test("follow-ups wait for the conversation to be opened and go into it", () => {
  const set = box();
  const first = set.outbox.add({ conversation: null, text: "help" });
  set.outbox.add({ conversation: null, start: first.client_id, text: "more" });
  equal(set.texts(), ["help"]);
  set.outbox.accepted(first.client_id, "c1");
  equal(set.sent.at(-1).conversation, "c1");
  equal(set.texts(), ["help", "more"]);
});

Deno.test("dropping the opening message makes the next one open the conversation", () => {
  const set = box();
  const first = set.outbox.add({ conversation: null, text: "help" });
  set.outbox.add({ conversation: null, start: first.client_id, text: "more" });
  set.outbox.add({ conversation: null, start: first.client_id, text: "most" });
  set.outbox.refused(first.client_id, { code: "invalid", retry: false });
  set.outbox.drop(first.client_id);
  set.outbox.flush();
  equal(set.texts(), ["help", "more"]);
  equal(set.sent.at(-1).conversation, null);
  set.outbox.accepted(set.sent.at(-1).client_id, "c2");
  equal([set.sent.at(-1).text, set.sent.at(-1).conversation], ["most", "c2"]);
});

Deno.test("storage refused or full: works from memory and says so", () => {
  const none = box({ storage: null });
  equal(none.outbox.persistent, false);
  const storage = new FakeStorage();
  const set = box({ storage });
  equal(set.outbox.persistent, true);
  storage.full = true;
  const entry = set.outbox.add({ conversation: "a", text: "1" });
  equal(set.outbox.persistent, false);
  set.outbox.refresh();
  equal(set.outbox.entries("a").length, 1);
  set.outbox.accepted(entry.client_id);
  equal(set.outbox.entries("a").length, 0);
});

Deno.test("two tabs with locks: each message leaves once", async () => {
  const storage = new FakeStorage();
  const locks = new FakeLocks();
  const one = box({ storage, locks });
  const two = box({ storage, locks });
  const first = one.outbox.add({ conversation: "a", text: "1" });
  two.outbox.refresh();
  two.outbox.flush();
  await settle();
  equal([one.texts(), two.texts()], [["1"], []]);
  two.outbox.add({ conversation: "a", text: "2" });
  await settle();
  equal(two.texts(), []);
  one.outbox.accepted(first.client_id);
  await settle();
  equal([...one.texts(), ...two.texts()].sort(), ["1", "2"]);
  equal(two.outbox.entries("a").map((entry) => entry.text), ["2"]);
});

Deno.test("two tabs without locks: a repetition has the same client_id", () => {
  const storage = new FakeStorage();
  const one = box({ storage });
  one.outbox.add({ conversation: "a", text: "1" });
  const two = box({ storage });
  two.outbox.flush();
  equal(one.sent[0].client_id, two.sent[0].client_id);
  two.outbox.accepted(two.sent[0].client_id);
  one.outbox.lost(one.sent[0].client_id);
  one.outbox.refresh();
  one.outbox.flush();
  equal(one.sent.length, 1);
});

Deno.test("locks that are refused are done without", async () => {
  const set = box({ locks: { request: () => Promise.reject(new Error("SecurityError")) } });
  set.outbox.add({ conversation: "a", text: "1" });
  await settle();
  equal(set.texts(), ["1"]);
});

Deno.test("broken or foreign items in storage are ignored; clear forgets everything", () => {
  const storage = new FakeStorage();
  storage.setItem("out.x", "{nonsense");
  storage.setItem("out.y", JSON.stringify({ client_id: "z", text: "t", at: 1 }));
  storage.setItem("other", "stays");
  const set = box({ storage });
  equal(set.outbox.entries(), []);
  set.outbox.add({ conversation: "a", text: "1" });
  set.outbox.clear();
  equal([set.outbox.entries(), [...storage.items.keys()]], [[], ["other"]]);
});
