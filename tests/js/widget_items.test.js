import { items } from "../../static/widget/items.js";
import { equal } from "./shared_fakes.js";

const timeZone = "UTC";
const ana = { kind: "technician", name: "Ana" };
const mara = { kind: "customer", name: "Mara" };

/** @param {number} seq @param {string} at @param {any} by @param {string} text @param {string} [client_id] */
const said = (seq, at, by, text, client_id) => ({
  seq,
  kind: "message",
  at: `2026-03-03T${at}:00Z`,
  by,
  message: { id: `m${seq}`, client_id: client_id ?? `x${seq}`, text },
});

/** @param {any[]} list */
const brief = (list) =>
  list.map((item) => [item.type, item.text ?? item.what ?? "", item.first ?? "", item.status ?? ""]);

Deno.test("runs of one author, the status only under my last", () => {
  const list = items(
    [
      said(1, "10:00", mara, "one"),
      said(2, "10:01", mara, "two"),
      said(3, "10:02", ana, "hello"),
      said(4, "10:09", ana, "later"),
    ],
    [],
    { timeZone, seen_seq: 2 },
  );
  equal(brief(list), [
    ["day", "", "", ""],
    ["message", "one", true, ""],
    ["message", "two", false, "seen"],
    ["message", "hello", true, ""],
    ["message", "later", true, ""],
  ]);
});

Deno.test("what is on its way follows, and is not shown twice once it is there", () => {
  const at = Date.parse("2026-03-03T10:03:00Z");
  const pending = (/** @type {any} */ state, /** @type {string} */ client_id) => ({
    client_id,
    text: client_id,
    at,
    state,
    error: state === "failed" ? { code: "too_large", message: "" } : null,
  });
  const list = items([said(1, "10:00", mara, "a", "a")], [
    pending("sent", "a"),
    pending("sending", "b"),
    pending("failed", "c"),
    pending("pending", "d"),
  ], { timeZone });
  equal(brief(list).slice(1).map((item) => [item[1], item[3]]), [
    ["a", "sent"],
    ["b", "sending"],
    ["c", "failed"],
    ["d", "waiting"],
  ]);
  equal(list.map((item) => item.key).slice(1), ["a", "b", "c", "d"]);
});

Deno.test("a day line whenever the day turns, never two with one key", () => {
  const next = { ...said(2, "10:00", ana, "b"), at: "2026-03-04T10:00:00Z" };
  const wrong = { ...said(3, "10:00", ana, "c"), at: "2026-03-03T10:00:00Z" };
  const list = items([said(1, "10:00", ana, "a"), next, wrong], [], { timeZone });
  equal(list.map((item) => item.type), ["day", "message", "day", "message", "message"]);
  equal(new Set(list.map((item) => item.key)).size, list.length);
});

Deno.test("activity, the solved card, edits and removals; unknown kinds are passed over", () => {
  const outcome = { problem: "p", fix: "f" };
  const base = { at: "2026-03-03T10:00:00Z", by: ana };
  const list = items(
    [
      { ...base, seq: 1, kind: "assigned", assigned: { technician: { name: "Ana" } } },
      said(2, "10:00", ana, "old"),
      said(3, "10:00", ana, "gone"),
      { ...base, seq: 4, kind: "edited", edited: { message: "m2", text: "new" } },
      { ...base, seq: 5, kind: "redacted", redacted: { message: "m3" } },
      { ...base, seq: 6, kind: "assigned", assigned: { technician: null } },
      { ...base, seq: 7, kind: "resolved", resolved: { outcome } },
      { ...base, seq: 8, kind: "reopened", reopened: { reason: "" } },
      { ...base, seq: 9, kind: "from_the_future" },
    ],
    [],
    { timeZone },
  );
  equal(list.map((item) => [item.type, item.what ?? item.text ?? ""]).slice(1), [
    ["activity", "joined"],
    ["message", "new"],
    ["message", "gone"],
    ["activity", "released"],
    ["solved", ""],
    ["activity", "reopened"],
  ]);
  equal(list.filter((item) => item.removed).length, 1);
  equal(list.find((item) => item.type === "solved")?.outcome, outcome);
});
