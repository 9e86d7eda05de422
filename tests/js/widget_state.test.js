import { conversation, doubted, initial, open, past, reduce, unread } from "../../static/widget/state.js";
import { equal } from "./shared_fakes.js";

const ana = { kind: "technician", id: "t1", name: "Ana" };
const mara = { kind: "customer", id: "c1", name: "Mara" };

/** @param {any} fields */
const row = (fields = {}) => ({
  id: "a",
  status: "waiting",
  opened_at: "2026-03-03T10:00:00Z",
  resolved_at: null,
  technician: null,
  last_seq: 1,
  read_seq: 1,
  seen_seq: 0,
  unread: 0,
  outcome: null,
  ...fields,
});

/** @param {any[]} news @param {any} [state] */
const after = (news, state = initial({ key: "demo" })) => news.reduce(reduce, state);

/** @param {number} seq @param {string} kind @param {any} [more] */
const event = (seq, kind, more = {}) => ({
  type: "event",
  conversation: "a",
  seq,
  kind,
  at: "2026-03-03T10:05:00Z",
  by: ana,
  ...more,
});

Deno.test("a session is taken as it is; a visitor has no conversations", () => {
  const state = after([{
    type: "session",
    session: { customer: null, conversations: [], inbox: { open: true } },
  }]);
  equal([state.phase, state.customer, state.conversations, state.inbox], ["ready", null, [], {
    key: "demo",
    open: true,
  }]);
});

Deno.test("events and a fresh snapshot agree", () => {
  const outcome = { problem: "p", cause: "c", fix: "f", state: "unknown" };
  const story = [
    event(2, "assigned", { assigned: { technician: { id: "t1", name: "Ana" }, team: null } }),
    event(3, "message", { message: { text: "Hello" } }),
    event(4, "message", { by: mara, message: { text: "Hi" } }),
    event(5, "resolved", { resolved: { outcome } }),
  ];
  const lived = after([{ type: "welcome", conversations: [row()] }, ...story]);
  const snapshot = row({
    status: "resolved",
    resolved_at: "2026-03-03T10:05:00Z",
    technician: { id: "t1", name: "Ana" },
    last_seq: 5,
    unread: 1,
    outcome,
  });
  equal(lived.conversations, after([{ type: "welcome", conversations: [snapshot] }]).conversations);
  const again = after([
    event(6, "reopened", { by: mara, reopened: { reason: "it is back" } }),
    event(7, "assigned", { assigned: { technician: null, team: null } }),
  ], lived);
  equal([conversation(again, "a")?.status, conversation(again, "a")?.technician, open(again).length], [
    "waiting",
    null,
    1,
  ]);
});

Deno.test("what is known already is not counted twice", () => {
  const state = after([
    { type: "welcome", conversations: [row({ last_seq: 3, unread: 2 })] },
    event(2, "message"),
    event(3, "message"),
  ]);
  equal(unread(state), 2);
});

Deno.test("read by me in another tab, seen by a technician", () => {
  const state = after([
    { type: "welcome", conversations: [row({ last_seq: 3, unread: 2 })] },
    { type: "read", conversation: "a", seq: 2, by: ana },
    { type: "read", conversation: "a", seq: 3, by: mara },
    { type: "read", conversation: "a", seq: 1, by: ana },
  ]);
  const { seen_seq, read_seq, unread: left } = /** @type {any} */ (conversation(state, "a"));
  equal([seen_seq, read_seq, left], [2, 3, 0]);
});

Deno.test("typing ends with the message, with silence and with the connection; mine is not shown", () => {
  const typing = { type: "typing", conversation: "a", by: ana, active: true, now: 0 };
  const state = after([{ type: "welcome", conversations: [row()] }, typing]);
  equal(state.typing.a.name, "Ana");
  equal(after([event(2, "message")], state).typing, {});
  equal(after([{ type: "quiet", now: 5_999 }], state).typing.a.name, "Ana");
  equal(after([{ type: "quiet", now: 6_000 }], state).typing, {});
  equal(after([{ type: "link", link: "waiting" }], state).typing, {});
  equal(after([{ ...typing, active: false }], state).typing, {});
  equal(after([{ ...typing, by: mara }]).typing, {});
});

Deno.test("the place in the queue is known until somebody takes the conversation", () => {
  const state = after([
    { type: "welcome", conversations: [row()] },
    { type: "queue", conversation: "a", position: 3 },
  ]);
  equal(state.queue.a, { position: 3, estimate_seconds: null });
  equal(
    after([event(2, "assigned", { assigned: { technician: { id: "t", name: "Ana" } } })], state).queue,
    {},
  );
});

Deno.test("a started conversation comes first and only once; unknown news changes nothing", () => {
  const state = after([
    {
      type: "welcome",
      conversations: [row(), row({ id: "b", status: "resolved", resolved_at: "2026-01-01T00:00:00Z" })],
    },
    { type: "conversation.started", conversation: row({ id: "c" }) },
    { type: "conversation.started", conversation: row({ id: "c", last_seq: 2 }) },
  ]);
  equal(state.conversations.map((/** @type {any} */ one) => one.id), ["c", "a", "b"]);
  equal(past(state).map((one) => one.id), ["b"]);
  for (const type of ["constructor", "__proto__", "toString", "nonsense"]) {
    equal(reduce(state, { type }) === state, true);
  }
});

Deno.test("a problem while ready keeps the view; before that it is the state", () => {
  const problem = { code: "lost", message: "", retry_after: null };
  equal(after([{ type: "failed", problem }]).phase, "failed");
  equal(after([{ type: "session", session: {} }, { type: "failed", problem }]).phase, "ready");
  equal(after([{ type: "closed", problem }]).phase, "closed");
});

Deno.test("solved conversations that were not there mean that somebody was recognised; one's own resolved one does not", () => {
  const old = row({ id: "old", status: "resolved", resolved_at: "2026-01-01T00:00:00Z" });
  const ready = after([{ type: "session", session: { conversations: [row()] } }]);
  const grown = after([{ type: "conversations", conversations: [row(), old] }], ready);
  equal([grown.found, grown.returning], [1, true]);
  equal(after([{ type: "noticed" }], grown).found, 0);
  equal(after([{ type: "reset", conversation: "old", reason: "access_ended" }], grown).found, 0);
  equal(after([{ type: "conversations", conversations: [row()] }], grown).found, 0);
  equal(after([{ type: "conversations", conversations: [row({ status: "resolved" })] }], ready).found, 0);
  equal(after([{ type: "conversations", conversations: [row(), row({ id: "tab" })] }], ready).found, 0);
  equal(after([{ type: "session", session: { conversations: [old] } }]).found, 0);
});

Deno.test("access that ended is gone at once, another reset is looked at again", () => {
  const state = after([{ type: "conversations", conversations: [row(), row({ id: "b" })] }]);
  const ids = (/** @type {any} */ one) => one.conversations.map((/** @type {any} */ { id }) => id);
  equal(ids(after([{ type: "reset", conversation: "a", reason: "access_ended" }], state)), ["b"]);
  equal(ids(after([{ type: "reset", conversation: "a", reason: "restored" }], state)), ["a", "b"]);
});

Deno.test("a list made before a conversation was opened here does not take it away; a later one does", () => {
  const state = after([{ type: "conversation.started", conversation: row({ id: "new" }), now: 1_000 }]);
  const list = { type: "conversations", conversations: [row()] };
  equal(after([{ ...list, now: 2_000 }], state).conversations.length, 2);
  equal(after([{ ...list, now: 20_000 }], state).conversations.map((/** @type {any} */ one) => one.id), [
    "a",
  ]);
});

Deno.test("the newest fix nobody has said of whether it has held is asked about", () => {
  const solved = { status: "resolved", ask_held: true };
  const state = after([{
    type: "conversations",
    conversations: [
      row({ id: "x", ...solved, resolved_at: "2026-01-01T00:00:00Z" }),
      row({ id: "y", ...solved, resolved_at: "2026-02-01T00:00:00Z" }),
      row({ id: "z", ...solved, ask_held: false, resolved_at: "2026-03-01T00:00:00Z" }),
    ],
  }]);
  equal(doubted(state)?.id, "y");
  const answered = { type: "conversation", conversation: row({ id: "y", status: "waiting" }) };
  equal([doubted(after([answered], state))?.id, open(after([answered], state))[0].id], ["x", "y"]);
});
