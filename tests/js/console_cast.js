/** The cast of the console's tests, and a small server of their own that keeps rows and makes events. */

import { Store } from "../../static/console/store.js";

/** @typedef {import("../../static/console/types.js").Row} Row */
/** @typedef {import("../../static/console/types.js").Event} Event */
/** @typedef {import("../../static/console/types.js").By} By */

/** @type {By} */
export const MARA = { kind: "customer", id: "mara", name: "Mara Lindqvist" };
/** @type {By} */
export const ANA = { kind: "technician", id: "ana", name: "Ana" };
/** @type {By} */
export const BO = { kind: "technician", id: "bo", name: "Bo" };

export const ME = { id: "ana", name: "Ana", username: "ana", availability: "online" };

/** @param {number} minute @returns {string} */
export const at = (minute) => new Date(Date.UTC(2026, 2, 3, 10, minute)).toISOString();

/**
 * @param {Partial<Row>} [fields]
 * @returns {Row}
 */
export function row(fields = {}) {
  return {
    id: "c1",
    case_code: "K7M-4QD",
    subject: "Does not scan",
    status: "waiting",
    inbox: { key: "demo", name: "Demo", color: "#0b6b5d" },
    customer: { id: "mara", name: "Mara Lindqvist", identity: "device" },
    technician: null,
    team: null,
    opened_at: at(0),
    waiting_since: at(0),
    resolved_at: null,
    last_seq: 0,
    read_seq: 0,
    seen_seq: 0,
    unread: 0,
    last: null,
    returning: false,
    ...fields,
  };
}

/** @param {Row[]} conversations */
export function welcome(conversations) {
  const technicians = [{ id: "ana", name: "Ana", state: "online" }, { id: "bo", name: "Bo", state: "away" }];
  return structuredClone({ type: "welcome", me: ME, technicians, conversations });
}

/** @param {Row[]} [rows] @returns {Store} */
export function storeWith(rows = []) {
  const store = new Store({ me: ME });
  store.apply(welcome(rows));
  return store;
}

/** Keeps one conversation as the server does: the row is made from the log, never from the row before. */
export class SmallServer {
  /** @type {Event[]} */ log = [];
  /** @type {Record<string, number>} */ read = {};

  /** @param {string} kind @param {By} by @param {Record<string, unknown>} [body] @returns {any} the frame */
  add(kind, by, body = {}) {
    const seq = this.log.length + 1;
    const event = { type: "event", conversation: "c1", seq, kind, at: at(seq), by, [kind]: body };
    this.log.push(/** @type {any} */ (event));
    return structuredClone(event);
  }

  /** @param {By} by @param {string} text @param {boolean} [note] */
  say(by, text, note = false) {
    const id = `m${this.log.length + 1}`;
    return this.add("message", by, { id, client_id: `k${id}`, text, attachments: [], note });
  }

  /** @param {By} by @param {number} seq @returns {any} the frame */
  reads(by, seq) {
    this.read[by.id ?? ""] = seq;
    return { type: "read", conversation: "c1", by, seq };
  }

  /** @param {string} me @returns {Row} as a fresh welcome gives it */
  row(me) {
    const made = row({
      last_seq: this.log.length,
      read_seq: this.read[me] ?? 0,
      seen_seq: this.read.mara ?? 0,
    });
    for (const event of this.log) {
      if (event.kind === "message" && event.message) {
        const { text, note } = event.message;
        made.last = {
          at: event.at,
          by: { kind: event.by.kind, name: event.by.name },
          text: [...text].slice(0, 140).join(""),
          note,
        };
        if (event.by.kind === "customer" && event.seq > made.read_seq) made.unread += 1;
      } else if (event.kind === "assigned") {
        const technician = event.assigned?.technician ?? null;
        made.status = technician ? "active" : "waiting";
        made.technician = technician;
        made.waiting_since = technician ? null : event.assigned?.waiting_since ?? event.at;
        made.resolved_at = null;
      } else if (event.kind === "resolved") {
        made.status = "resolved";
        made.resolved_at = event.at;
        made.waiting_since = null;
        made.technician ??= { id: event.by.id ?? "", name: event.by.name };
      } else if (event.kind === "reopened") {
        made.status = "waiting";
        made.technician = null;
        made.resolved_at = null;
        made.waiting_since = event.at;
      }
    }
    return made;
  }
}
