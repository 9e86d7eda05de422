import { Outbox } from "../../static/shared/outbox.js";
import { Timeline } from "../../static/shared/timeline.js";
import { items } from "../../static/widget/items.js";
import { Clock, equal, FakeStorage } from "./shared_fakes.js";

/** A client's clock that is wrong by years changes neither the order nor the groups of what was said. */

const TEN_YEARS = 10 * 365 * 86_400_000;
const NOW = Date.parse("2026-03-03T12:00:00Z");
const SHIFTS = [-TEN_YEARS, 0, TEN_YEARS];
const timeZone = "UTC";

/** @param {number} seq @param {string} at @param {string} kind @param {string} client_id */
const said = (seq, at, kind, client_id) => ({
  seq,
  kind: "message",
  at,
  by: { kind, name: kind },
  message: { id: `m${seq}`, client_id, text: client_id },
});

const LOG = [
  said(1, "2026-03-02T23:58:00Z", "customer", "a"),
  said(2, "2026-03-02T23:59:00Z", "technician", "b"),
  said(3, "2026-03-03T00:01:00Z", "technician", "c"),
  said(4, "2026-03-03T11:59:00Z", "customer", "d"),
];

/** @param {number} shift @param {() => void} run what happens while the clock is wrong by so much */
function wrong(shift, run) {
  const right = Date.now;
  Date.now = () => NOW + shift;
  try {
    run();
  } finally {
    Date.now = right;
  }
}

Deno.test("order and groups of a log are the same whatever the client's clock says", () => {
  /** @type {any[]} */ const shown = [];
  for (const shift of SHIFTS) {
    wrong(shift, () => {
      const timeline = new Timeline({ conversation: "x", requestSync: () => {} });
      for (const event of LOG) timeline.apply(event);
      shown.push(items(timeline.events, [], { timeZone }));
    });
  }
  equal(shown[0].filter((/** @type {any} */ item) => item.type === "day").length, 2);
  equal(shown[0], shown[1]);
  equal(shown[2], shown[1]);
});

Deno.test("what is on its way stands last, and once it is accepted nothing tells which clock wrote it", () => {
  const accepted = [...LOG, said(5, "2026-03-03T12:00:00Z", "customer", "mine")];
  for (const shift of SHIFTS) {
    wrong(shift, () => {
      const outbox = new Outbox({ storage: new FakeStorage(), key: "o", send: () => true, locks: null });
      const entry = outbox.add({ conversation: "x", text: "mine" });
      const before = items(LOG, outbox.entries("x"), { timeZone }).filter((item) => item.type === "message");
      equal(before.map((item) => item.text), ["a", "b", "c", "d", "mine"]);
      const mine = { ...accepted[4], message: { ...accepted[4].message, client_id: entry.client_id } };
      const after = items([...LOG, mine], outbox.entries("x"), { timeZone });
      equal(after.map((item) => item.type), [
        "day",
        "message",
        "message",
        "day",
        "message",
        "message",
        "message",
      ]);
      outbox.close();
    });
  }
});

Deno.test("messages leave in the order they were written, also when the clock is put back in between", () => {
  const storage = new FakeStorage();
  const clock = new Clock();
  /** @type {string[]} */ const sent = [];
  const open = () =>
    new Outbox({
      storage,
      key: "o",
      locks: null,
      now: () => clock.now,
      later: clock.setTimeout,
      send: (entry) => Boolean(sent.push(entry.text)),
    });
  for (
    const [text, shift] of /** @type {[string, number][]} */ ([["1", TEN_YEARS], ["2", -TEN_YEARS], ["3", 0]])
  ) {
    clock.now = NOW + shift;
    const outbox = open(); // as after a reload
    outbox.add({ conversation: "x", text });
    outbox.close();
  }
  sent.length = 0;
  const outbox = open();
  equal(outbox.entries("x").map((entry) => entry.text), ["1", "2", "3"]);
  outbox.flush();
  while (outbox.entries("x").length) outbox.accepted(outbox.entries("x")[0].client_id);
  equal(sent, ["1", "2", "3"]);
  outbox.close();
});
