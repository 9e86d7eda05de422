/** Turns events, unsent messages and earlier conversations into the lines that the log shows. No DOM. */

import { clock, day, dayNumber } from "../shared/time.js";
import { activity, named, pastLine } from "./words.js";

/** @typedef {import("./types.js").Event} Event */
/** @typedef {import("./types.js").Past} Past */
/** @typedef {import("../shared/time.js").TimeOptions} TimeOptions */
/** @typedef {{client_id: string, text: string, kind?: string, state: string, at?: number,
 *   error?: {code?: string, message?: string} | null}} Unsent */
/** @typedef {{past: Past, events: readonly Event[]}} Block */

/**
 * @typedef {object} Item
 * @property {string} key the same line keeps its key, so its element is kept too
 * @property {string} sig changes when the line has to be drawn anew
 * @property {"past" | "day" | "message" | "activity" | "unsent" | "mark"} kind
 * @property {string} text
 * @property {string} [who]
 * @property {string} [time]
 * @property {string} [at]
 * @property {"theirs" | "mine" | "colleague"} [side]
 * @property {boolean} [note]
 * @property {boolean} [lead] first of a run by one person
 * @property {boolean} [earlier] part of an earlier conversation
 * @property {string} [client_id]
 * @property {string} [state] of an unsent message
 * @property {string} [detail]
 * @property {boolean} [bad] something went wrong
 * @property {boolean} [lost] it had been sent once
 */

/** Messages of one person closer together than this stand under one name. */
const RUN_MS = 5 * 60_000;

/**
 * @param {object} log
 * @param {readonly Block[]} log.earlier earlier conversations, oldest first
 * @param {readonly Event[]} log.events of the present one
 * @param {readonly Unsent[]} log.unsent
 * @param {{id: string, name: string}} log.me
 * @param {{name: string, seen_seq: number}} log.customer
 * @param {TimeOptions} [log.time]
 * @returns {Item[]} from top to bottom
 */
export function logItems({ earlier, events, unsent, me, customer, time = {} }) {
  /** @type {Item[]} */
  const items = [];
  // The event may overtake the answer that empties the outbox.
  const arrived = unsent.length ? new Set(events.map((event) => event.message?.client_id)) : null;
  const waiting = unsent.filter((entry) => !arrived?.has(entry.client_id));
  for (const block of earlier) {
    const key = `past:${block.past.id}`;
    const text = pastLine(block.past, time);
    items.push({ key, sig: text, kind: "past", text });
    pushEvents(items, block.events, { me, time, prefix: block.past.id, earlier: true });
  }
  if (earlier.length) items.push({ key: "present", sig: "", kind: "past", text: "This conversation" });
  pushEvents(items, events, { me, time, prefix: "", earlier: false });
  pushMark(items, events, { me, customer, unsent: waiting });
  for (const entry of waiting) items.push(unsentItem(entry));
  return items;
}

/**
 * @param {Item[]} items
 * @param {readonly Event[]} events
 * @param {{me: {id: string}, time: TimeOptions, prefix: string, earlier: boolean}} how
 */
function pushEvents(items, events, { me, time, prefix, earlier }) {
  let today = NaN;
  /** @type {Event | null} */
  let before = null;
  for (const event of events) {
    const text = event.kind === "message" ? event.message?.text ?? "" : activity(event, me.id, time);
    if (event.kind !== "message" && !text) continue;
    const { number, said } = stamp(event, time);
    if (number !== today) {
      const name = day(event.at, time);
      items.push({ key: `day:${prefix}:${number}`, sig: name, kind: "day", text: name });
      before = null;
    }
    today = number;
    const key = `${prefix}:${event.seq}`;
    if (event.kind !== "message") {
      items.push({
        key,
        sig: text,
        kind: "activity",
        text,
        time: said,
        at: event.at,
        earlier,
        detail: event.kind === "linked" ? event.linked?.reason : outcomeLine(event),
        bad: event.linked?.action === "not_me",
      });
      before = null;
      continue;
    }
    const lead = !before || !sameRun(before, event);
    items.push({
      key,
      sig: lead ? "lead" : "run",
      kind: "message",
      text,
      who: named(event.by),
      time: said,
      at: event.at,
      side: sideOf(event, me.id),
      note: Boolean(event.message?.note),
      lead,
      earlier,
      client_id: event.message?.client_id,
    });
    before = event;
  }
}

/** @type {WeakMap<Event, {zone: string, number: number, said: string}>} */
const stamps = new WeakMap();

/**
 * Day and clock of an event. Kept: asking `Intl` for both costs some 20 µs, and a log that has been read far back
 * draws thousands of them with each message.
 *
 * @param {Event} event
 * @param {TimeOptions} time
 */
function stamp(event, time) {
  const zone = `${time.locale}|${time.timeZone}`;
  const held = stamps.get(event);
  if (held?.zone === zone) return held;
  const made = { zone, number: dayNumber(event.at, time), said: clock(event.at, time) };
  stamps.set(event, made);
  return made;
}

/**
 * "Seen" or "Sent" under my last reply; nothing once the customer has answered, which says it better.
 *
 * @param {Item[]} items
 * @param {readonly Event[]} events
 * @param {{me: {id: string}, customer: {name: string, seen_seq: number}, unsent: readonly Unsent[]}} about
 */
function pushMark(items, events, { me, customer, unsent }) {
  if (unsent.length) return;
  for (let at = events.length - 1; at >= 0; at -= 1) {
    const event = events[at];
    if (event.kind !== "message" || event.message?.note) continue;
    if (event.by.kind === "technician" && event.by.id === me.id) {
      const text = event.seq <= customer.seen_seq ? `Seen by ${customer.name}` : "Sent";
      // Under the reply itself: below a later note it would say that the customer has seen the note.
      const under = items.findLastIndex((item) => item.client_id === event.message?.client_id);
      items.splice(under + 1, 0, { key: "mark", sig: text, kind: "mark", text });
    }
    return;
  }
}

/** @param {Unsent} entry @returns {Item} */
function unsentItem(entry) {
  const failed = entry.state === "failed" || entry.state === "refused";
  return {
    key: `unsent:${entry.client_id}`,
    sig: `${entry.state}:${entry.error?.message ?? ""}`,
    kind: "unsent",
    text: entry.text,
    side: "mine",
    note: entry.kind === "note",
    client_id: entry.client_id,
    state: failed ? "failed" : "pending",
    lost: entry.error?.code === "restored",
    detail: failed ? entry.error?.message || "It was not accepted." : pendingWords(entry.state),
  };
}

/** @param {string} state "sending" while it is on its way, "pending" while it waits for its turn or the connection */
function pendingWords(state) {
  return state === "sending" ? "Sending …" : "Waiting to be sent";
}

/** @param {Event} event */
function outcomeLine(event) {
  const outcome = event.kind === "resolved" ? event.resolved?.outcome : null;
  return outcome?.fix ? `Fix: ${outcome.fix}` : undefined;
}

/**
 * @param {Event} before
 * @param {Event} event
 */
function sameRun(before, event) {
  return before.by.kind === event.by.kind && before.by.id === event.by.id &&
    Boolean(before.message?.note) === Boolean(event.message?.note) &&
    Date.parse(event.at) - Date.parse(before.at) < RUN_MS;
}

/**
 * @param {Event} event
 * @param {string} me
 * @returns {"theirs" | "mine" | "colleague"}
 */
function sideOf(event, me) {
  if (event.by.kind === "customer") return "theirs";
  return event.by.id === me ? "mine" : "colleague";
}
