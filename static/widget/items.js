import { dayNumber } from "../shared/time.js";

/**
 * What one reads in a conversation, from its events and from what is still on its way. Pure.
 *
 * @typedef {object} Item
 * @property {string} key the same for a message before and after the server accepted it
 * @property {"day"|"message"|"activity"|"solved"} type
 * @property {string|number} at
 * @property {boolean} [mine]
 * @property {string} [name]
 * @property {string} [text]
 * @property {boolean} [first] the first of a run of one author; the run's name and time stand above it
 * @property {"sending"|"waiting"|"sent"|"seen"|"failed"|""} [status] of the last of my messages, and of those not there yet
 * @property {{code: string, message: string}|null} [error]
 * @property {string} [client_id]
 * @property {boolean} [removed]
 * @property {boolean} [edited]
 * @property {string} [what] of an activity: "joined", "released", "reopened"
 * @property {Record<string, any>|null} [outcome]
 * @property {string} [end] this is where it ended, so what one may take along stands here; changes with the key
 *
 * @typedef {{client_id: string, text: string, at: number, state: "pending"|"sending"|"sent"|"failed", error: any}} Pending
 */

const RUN = 5 * 60_000; // after five minutes the same author's next message shows its time again

/**
 * @param {readonly Record<string, any>[]} events in order
 * @param {Pending[]} pending in order, not (or not yet) among the events
 * @param {{seen_seq?: number, timeZone?: string}} [options] `seen_seq`: how far a technician has read
 * @returns {Item[]}
 */
export function items(events, pending, { seen_seq = 0, timeZone } = {}) {
  const changes = later(events);
  const there = new Set(events.map((event) => event.message?.client_id).filter(Boolean));
  /** @type {Item[]} */
  const plain = events.flatMap((event) => one(event, changes, seen_seq));
  for (const entry of pending) {
    if (there.has(entry.client_id)) continue;
    plain.push({
      key: entry.client_id,
      type: "message",
      mine: true,
      at: entry.at,
      text: entry.text,
      client_id: entry.client_id,
      status: entry.state === "pending" ? "waiting" : entry.state,
      error: entry.error,
    });
  }
  return dressed(plain, timeZone);
}

/** @param {readonly Record<string, any>[]} events */
function later(events) {
  /** @type {Map<string, string|null>} new text by message id; null when it was removed */
  const changes = new Map();
  for (const { kind, edited, redacted } of events) {
    if (kind === "edited" && edited?.message) changes.set(edited.message, edited.text ?? "");
    if (kind === "redacted" && redacted?.message) changes.set(redacted.message, null);
  }
  return changes;
}

/**
 * @param {Record<string, any>} event
 * @param {Map<string, string|null>} changes
 * @param {number} seen_seq
 * @returns {Item[]}
 */
function one(event, changes, seen_seq) {
  const base = { key: `e${event.seq}`, at: event.at, name: event.by?.name ?? "" };
  if (event.kind === "message" && event.message) {
    const mine = event.by?.kind === "customer";
    const change = changes.get(event.message.id);
    return [{
      ...base,
      key: (mine && event.message.client_id) || base.key,
      type: "message",
      mine,
      text: change ?? event.message.text,
      removed: change === null,
      edited: typeof change === "string",
      status: mine ? (event.seq <= seen_seq ? "seen" : "sent") : "",
    }];
  }
  if (event.kind === "assigned") {
    const name = event.assigned?.technician?.name;
    return [{ ...base, type: "activity", what: name ? "joined" : "released", name: name ?? "" }];
  }
  if (event.kind === "reopened") return [{ ...base, type: "activity", what: "reopened" }];
  if (event.kind === "resolved") {
    return [{ ...base, type: "solved", outcome: event.resolved?.outcome ?? null }];
  }
  return [];
}

/**
 * Day lines between days, runs of one author, the status only where it says something new.
 * @param {Item[]} plain
 * @param {string|undefined} timeZone
 */
function dressed(plain, timeZone) {
  /** @type {Item[]} */ const out = [];
  let day = NaN;
  /** @type {Item|null} */ let before = null;
  const last = plain.findLastIndex((item) => item.mine && ["sent", "seen"].includes(item.status ?? ""));
  plain.forEach((item, index) => {
    const today = dayNumber(item.at, { timeZone });
    const turned = today !== day;
    if (turned) out.push({ key: `d${today}`, type: "day", at: item.at });
    day = today;
    const run = !turned && before?.type === "message" && item.type === "message" &&
      before.mine === item.mine && before.name === item.name && time(item.at) - time(before.at) < RUN;
    const settled = item.status === "sent" || item.status === "seen";
    out.push({ ...item, first: !run, status: settled && index !== last ? "" : item.status });
    before = item;
  });
  // A day may come twice when a client's clock is wrong; two nodes with one key would fight for one place.
  const seen = new Set();
  return out.filter((item) => !seen.has(item.key) && seen.add(item.key));
}

/** @param {string|number} at */
function time(at) {
  return typeof at === "number" ? at : Date.parse(at);
}
