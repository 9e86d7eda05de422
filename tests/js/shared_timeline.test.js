import { Timeline } from "../../static/shared/timeline.js";
import { Clock, equal } from "./shared_fakes.js";

/** @param {number} seq */
const event = (seq) => ({ seq, kind: "message", text: `m${seq}` });

function timeline(options = {}) {
  const clock = new Clock();
  /** @type {number[]} */ const asked = [];
  /** @type {any[]} */ const changes = [];
  const line = new Timeline({
    conversation: "a",
    requestSync: (after) => asked.push(after),
    onChange: (change) => changes.push([change.kind, change.events.map((event) => event.seq)]),
    timers: clock,
    ...options,
  });
  return { clock, asked, changes, line, seqs: () => line.events.map((event) => event.seq) };
}

Deno.test("applies the next, ignores the known, holds the early", () => {
  const set = timeline();
  equal(set.line.apply(event(1)), true);
  equal(set.line.apply(event(1)), false);
  equal(set.line.apply(event(3)), false);
  equal(set.seqs(), [1]);
  equal(set.line.apply(event(2)), true);
  equal(set.seqs(), [1, 2, 3]);
  equal(set.changes, [["append", [1]], ["append", [2, 3]]]);
  set.clock.tick(10_000);
  equal(set.asked, []);
});

Deno.test("asks for a hole after 300 ms, once, and again only when no answer comes", () => {
  const set = timeline();
  set.line.apply(event(2));
  set.line.apply(event(5));
  set.clock.tick(299);
  equal(set.asked, []);
  set.clock.tick(1);
  equal(set.asked, [0]);
  set.clock.tick(4999);
  equal(set.asked, [0]);
  set.clock.tick(1);
  equal(set.asked, [0, 0]);
  set.line.applyPage({ events: [1, 2, 3, 4].map(event), last_seq: 5, more: false });
  equal(set.seqs(), [1, 2, 3, 4, 5]);
  set.clock.tick(60_000);
  equal(set.asked, [0, 0]);
});

Deno.test("every order of arrival gives the same events", () => {
  const orders = [[1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3], [3, 1, 3, 4, 2, 2], [4, 4, 1, 2, 3]];
  for (const order of orders) {
    const set = timeline();
    for (const seq of order) set.line.apply(event(seq));
    equal(set.seqs(), [1, 2, 3, 4]);
  }
});

Deno.test("pages on while there is more, without a tight loop when a page brings nothing", () => {
  const set = timeline();
  set.line.head(4);
  set.clock.tick(300);
  equal(set.asked, [0]);
  set.line.applyPage({ events: [1, 2].map(event), last_seq: 4, more: true });
  equal(set.asked, [0, 2]);
  set.line.applyPage({ events: [], last_seq: 4, more: true });
  equal(set.asked, [0, 2]);
  set.clock.tick(5000);
  equal(set.asked, [0, 2, 2]);
});

Deno.test("a heartbeat's head finds what was lost, and a head already reached asks nothing", () => {
  const set = timeline();
  set.line.apply(event(1));
  set.line.head(1);
  set.clock.tick(1000);
  equal(set.asked, []);
  set.line.head(2);
  set.clock.tick(100);
  set.line.apply(event(2));
  set.clock.tick(1000);
  equal(set.asked, []);
});

Deno.test("can begin in the middle and take older events in front", () => {
  const set = timeline({ after: 50 });
  equal(set.line.first, 51);
  set.line.apply(event(51));
  set.line.prepend([event(50), event(49), event(51)]);
  equal(set.seqs(), [49, 50, 51]);
  equal([set.line.first, set.line.last], [49, 51]);
  equal(set.changes.at(-1), ["prepend", [49, 50]]);
});

Deno.test("reset forgets everything", () => {
  const set = timeline();
  set.line.apply(event(1));
  set.line.apply(event(3));
  set.line.reset();
  equal([set.seqs(), set.line.last], [[], 0]);
  set.clock.tick(10_000);
  equal(set.asked, []);
  set.line.apply(event(1));
  equal(set.seqs(), [1]);
});

Deno.test("events without a proper number are ignored", () => {
  const set = timeline();
  for (const seq of [0, -1, 1.5, NaN, "1", undefined]) {
    set.line.apply(/** @type {any} */ ({ seq, kind: "x" }));
  }
  equal(set.seqs(), []);
});
