import { deepStrictEqual as same } from "node:assert/strict";
import { logItems } from "../../static/console/logitems.js";
import { ANA, at, BO, MARA, SmallServer } from "./console_cast.js";

const time = { locale: "en-GB", timeZone: "UTC", now: at(59) };
const me = { id: "ana", name: "Ana" };

/** @param {Partial<Parameters<typeof logItems>[0]>} log */
const items = (log) =>
  logItems({
    earlier: [],
    events: [],
    unsent: [],
    me,
    customer: { name: "Mara", seen_seq: 0 },
    time,
    ...log,
  });

Deno.test("a day, who and when in text, runs under one name, notes apart", () => {
  const server = new SmallServer();
  server.say(MARA, "Hello");
  server.say(MARA, "It will not scan");
  server.say(ANA, "As in March", true);
  server.say(ANA, "Welcome back");
  server.say(BO, "I can help");
  const lines = items({ events: server.log });
  same(lines.map((one) => [one.kind, one.text, one.lead ?? null, one.side ?? null, one.note ?? null]), [
    ["day", "Today", null, null, null],
    ["message", "Hello", true, "theirs", false],
    ["message", "It will not scan", false, "theirs", false],
    ["message", "As in March", true, "mine", true],
    ["message", "Welcome back", true, "mine", false],
    ["message", "I can help", true, "colleague", false],
  ]);
  same([lines[1].who, lines[1].time], ["Mara Lindqvist", "10:01"]);
});

Deno.test("who has not said a name is called a visitor", () => {
  const server = new SmallServer();
  server.say({ ...MARA, name: "" }, "Hello");
  same(items({ events: server.log }).at(-1)?.who, "Visitor");
});

Deno.test("under my last reply: sent, then seen, then nothing once they have answered", () => {
  const server = new SmallServer();
  server.say(ANA, "Try this");
  server.say(ANA, "a thought", true);
  // Not below the note, which the customer never sees.
  same(items({ events: server.log }).slice(-3).map((item) => item.text), ["Try this", "Sent", "a thought"]);
  same(items({ events: server.log, customer: { name: "Mara", seen_seq: 1 } }).at(-2)?.text, "Seen by Mara");
  server.say(MARA, "It works");
  same(items({ events: server.log }).at(-1)?.kind, "message");
});

Deno.test("unsent messages stand last, refused ones say why", () => {
  const lines = items({
    unsent: [
      { client_id: "1", text: "on its way", state: "sending" },
      {
        client_id: "2",
        text: "no",
        kind: "note",
        state: "failed",
        error: { code: "invalid", message: "Too long." },
      },
    ],
  });
  same(lines.map((one) => [one.kind, one.state, one.note, one.detail ?? null]), [
    ["unsent", "pending", false, "Sending …"],
    ["unsent", "failed", true, "Too long."],
  ]);
});

Deno.test("accepted but not yet gone from the outbox: shown once", () => {
  const server = new SmallServer();
  const { message } = server.say(ANA, "Hello");
  const lines = items({
    events: server.log,
    unsent: [{ client_id: message.client_id, text: "Hello", state: "sending" }],
  });
  same(lines.filter((one) => one.text === "Hello").length, 1);
});

Deno.test("activity in words, the fix with it", () => {
  const server = new SmallServer();
  server.add("assigned", ANA, { technician: { id: "ana", name: "Ana" }, team: null });
  server.add("resolved", BO, { outcome: { fix: "Install the patch" } });
  server.add("reopened", MARA, { reason: "customer wrote" });
  const lines = items({ events: server.log }).filter((one) => one.kind === "activity");
  same(lines.map((one) => [one.text, one.detail ?? null]), [
    ["You took this conversation", null],
    ["Bo resolved this", "Fix: Install the patch"],
    ["Mara Lindqvist wrote again, so this was reopened", null],
  ]);
});

Deno.test("earlier conversations above, each under a line that says what it was", () => {
  const past = {
    id: "p1",
    case_code: "AAA-AAA",
    opened_at: "2025-11-08T10:00:00Z",
    subject: "scan",
    technician: "Ana",
    outcome: { problem: "Does not scan", fix: "Install the patch" },
  };
  const before = new SmallServer();
  before.say(MARA, "It stops");
  const now = new SmallServer();
  now.say(MARA, "Again");
  const lines = items({ earlier: [{ past, events: before.log }], events: now.log });
  same(lines.map((one) => one.text), [
    "8 November 2025 · Does not scan · with Ana · fix: Install the patch",
    "Today",
    "It stops",
    "This conversation",
    "Today",
    "Again",
  ]);
  same(new Set(lines.map((one) => one.key)).size, lines.length);
});
