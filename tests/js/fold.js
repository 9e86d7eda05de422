/**
 * What the console and the widget hold after a snapshot and some frames, beside what they hold after a later snapshot.
 * Standard input: a list of `{side: "console" | "widget", snapshot, frames, fresh}`; the snapshots are what the server
 * gives (`welcome`). Standard output: a list of `{kept, fresh}`, comparable.
 */

import { Store } from "../../static/console/store.js";
import { initial, reduce, unread } from "../../static/widget/state.js";

/** @typedef {Record<string, any>} Any */
/** @typedef {{side: string, snapshot: Any, frames: Any[], fresh: Any}} Case */

/** @param {Any} snapshot @param {Any[]} frames */
function ofConsole(snapshot, frames) {
  const store = new Store({ me: /** @type {any} */ (snapshot.me) });
  for (const frame of [snapshot, ...frames]) store.apply(/** @type {any} */ (frame));
  const { waiting, mine } = store.lists();
  return {
    rows: Object.fromEntries([...waiting, ...mine].map((row) => [row.id, forAll(row)])),
    waiting: waiting.map((row) => row.id),
    mine: mine.map((row) => row.id).sort(),
    counts: store.counts(),
  };
}

/**
 * How far somebody has read counts in what is theirs: rows of the queue are one for all consoles.
 *
 * @param {Any} row
 */
function forAll(row) {
  return row.status === "waiting" ? { ...row, read_seq: 0, unread: 0 } : row;
}

/** @param {Any} one as a widget shows it: events name people and outcomes more closely than lists do */
function shown({ fresh: _, technician, outcome, ...one }) {
  const { problem, cause, fix, state } = outcome ?? {};
  return {
    ...one,
    technician: technician && { name: technician.name },
    outcome: outcome && { problem, cause, fix, state },
  };
}

/** @param {Any} snapshot @param {Any[]} frames */
function ofWidget(snapshot, frames) {
  let state = initial();
  for (const frame of [snapshot, ...frames]) state = reduce(state, /** @type {any} */ ({ ...frame, now: 0 }));
  const rows = Object.fromEntries(state.conversations.map((one) => [one.id, shown(one)]));
  return { rows, unread: unread(state) };
}

const fold = { console: ofConsole, widget: ofWidget };
/** @type {Case[]} */
const cases = JSON.parse(await new Response(Deno.stdin.readable).text());
console.log(JSON.stringify(cases.map(({ side, snapshot, frames, fresh }) => {
  const after = fold[/** @type {"console" | "widget"} */ (side)];
  return { kept: after(snapshot, frames), fresh: after(fresh, []) };
})));
