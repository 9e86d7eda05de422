import { deepStrictEqual as same, rejects } from "node:assert/strict";
import { History, PAGE } from "../../static/console/history.js";

/** @param {Record<string, number>} lengths */
function reader(lengths) {
  /** @type {any[]} */ const asked = [];
  const history = new History({
    conversation: "now",
    page: (id, after, limit) => {
      asked.push([id, after, limit]);
      const count = Math.max(0, Math.min(limit, lengths[id] - after));
      const events = Array.from({ length: count }, (_, n) => /** @type {any} */ ({ seq: after + n + 1 }));
      return Promise.resolve({ events, last_seq: lengths[id], more: after + count < lengths[id] });
    },
  });
  return { history, asked };
}

/** @param {string} id @param {string} opened_at @returns {any} */
const past = (id, opened_at) => ({ id, opened_at, case_code: id, subject: id });

Deno.test("first this conversation to its start, then the earlier ones, newest first", async () => {
  const { history, asked } = reader({ now: 100, march: 3, may: 2 });
  history.know([
    past("march", "2026-03-01T00:00:00Z"),
    past("now", "2026-09-01T00:00:00Z"),
    past("may", "2026-05-01T00:00:00Z"),
  ]);
  same(history.next(41), { kind: "page" });
  const own = (await history.older(41))?.own ?? [];
  same([own[0].seq, own.at(-1)?.seq], [1, 40]);
  same(history.next(1)?.kind, "past");
  await history.older(1);
  await history.older(1);
  same(history.blocks.map((block) => [block.past.id, block.events.length]), [["march", 3], ["may", 2]]);
  same(history.next(1), null);
  same(await history.older(1), null);
  same(asked.map(([id]) => id), ["now", "may", "march"]);
});

Deno.test("a long earlier conversation opens at its end and is read back to its start", async () => {
  const { history } = reader({ old: 150 });
  history.know([past("old", "2026-03-01T00:00:00Z")]);
  await history.older(1);
  same([history.blocks[0].events[0].seq, history.blocks[0].events.length], [150 - PAGE + 1, PAGE]);
  while (history.next(1)) await history.older(1);
  same(history.blocks[0].events.map((event) => event.seq), Array.from({ length: 150 }, (_, n) => n + 1));
});

Deno.test("a page that fails is asked for again; two askers get one page", async () => {
  let fail = true;
  const history = new History({
    conversation: "now",
    page: () =>
      fail ? Promise.reject(new Error("lost")) : Promise.resolve({ events: [], last_seq: 0, more: false }),
  });
  history.know([past("a", "2026-03-01T00:00:00Z")]);
  await rejects(history.older(1));
  fail = false;
  const first = history.older(1);
  same(await history.older(1), null);
  await first;
  same(history.next(1), null);
});

Deno.test("a promise of older events that is not kept does not loop", async () => {
  const { history } = reader({ now: 0 });
  await history.older(50);
  same(history.next(50), null);
});

Deno.test("who turns out to be somebody brings their conversations; taking it back takes them away", async () => {
  const { history } = reader({ now: 0, march: 3, may: 2, june: 1 });
  const [march, may, june] = [
    past("march", "2026-03-01T00:00:00Z"),
    past("may", "2026-05-01T00:00:00Z"),
    past("june", "2026-06-01T00:00:00Z"),
  ];
  history.know([march, june]);
  await history.older(1);
  await history.older(1);
  same(history.next(1), null);
  history.know([march, may, june]);
  same(history.next(1), { kind: "past", past: may });
  await history.older(1);
  same(history.blocks.map((block) => block.past.id), ["march", "may", "june"]);
  history.know([may]);
  same(history.blocks.map((block) => block.past.id), ["may"]);
});

Deno.test("a page that comes after it was taken back is not shown", async () => {
  const { history } = reader({ march: 3 });
  history.know([past("march", "2026-03-01T00:00:00Z")]);
  const reading = history.older(1);
  history.know([]);
  await reading;
  same([history.blocks, history.next(1)], [[], null]);
});
