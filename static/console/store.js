/**
 * What the console knows: rows, lists, counters, contexts, who reads and types. No DOM, no network.
 * Fed with frames; a snapshot followed by events ends in the same state as a later snapshot.
 */

import { sortedLists } from "./lists.js";
import { newerRow, rowAfter } from "./rows.js";
import { Typists } from "./typists.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Event} Event */
/** @typedef {import("./types.js").By} By */
/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Technician} Technician */
/** @typedef {import("./types.js").Me} Me */

/** Resolved or handed-back conversations offered for a second look; more would be an archive. */
const KEPT = 8;

export class Store {
  /** @type {Me} */ me;
  /** @type {Map<string, Row>} */ rows = new Map();
  /** @type {Map<string, Technician>} */ technicians = new Map();
  /** @type {Map<string, Context>} */ contexts = new Map();
  /** The conversation on the screen. @type {string | null} */ open = null;
  /** True once the first welcome is here; before that empty lists mean nothing. */ ready = false;
  /** Conversations that are nobody's business in the lists but were mine, or looked at, a moment ago.
   * @type {Set<string>} */ #kept = new Set();
  /** @type {Typists} */ #typists;
  /** @type {Map<string, Set<number>>} */ #fromCustomer = new Map();

  /** @param {{me: Me, now?: () => number}} options */
  constructor({ me, now = Date.now }) {
    this.me = me;
    this.#typists = new Typists(now);
  }

  /**
   * Take a frame from the server, of whatever type.
   *
   * @param {Frame} frame
   */
  apply(frame) {
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "queue":
        return this.#queue(frame);
      case "event":
        return this.event(/** @type {Event} */ (/** @type {unknown} */ (frame)));
      case "read":
        return this.read(frame.conversation, frame.by, frame.seq);
      case "typing":
        return this.#typists.heard(frame.conversation, frame.by, frame.active);
      case "presence":
        return this.#presence(frame);
      case "context":
        this.contexts.set(frame.conversation, /** @type {any} */ (frame));
        return;
      case "reset":
        // What we counted is not true any more, so the log is read from its beginning again. After a database was
        // restored the welcome has brought the row as it is now.
        if (frame.reason !== "restored") this.#change(frame.conversation, { last_seq: 0, unread: 0 });
        this.contexts.delete(frame.conversation);
        this.#typists.forget(frame.conversation);
        this.#fromCustomer.delete(frame.conversation);
        return;
    }
  }

  /** @param {Event} event */
  event(event) {
    this.remember([event]);
    const row = this.rows.get(event.conversation);
    if (!row) return;
    const next = rowAfter(row, event);
    this.rows.set(row.id, next);
    this.#typists.heard(row.id, event.by, false);
    if (this.#isMine(row) && !this.#isMine(next)) this.#keep(row.id);
    this.#tidy(row.id);
  }

  /**
   * Note which events are the customer's, so that reading half of them leaves the right count.
   *
   * @param {Event[]} events of any age
   */
  remember(events) {
    for (const event of events) {
      if (event.kind !== "message" || event.by.kind !== "customer") continue;
      const seqs = this.#fromCustomer.get(event.conversation) ?? new Set();
      this.#fromCustomer.set(event.conversation, seqs.add(event.seq));
    }
  }

  /**
   * @param {string} conversation
   * @param {By} by
   * @param {number} seq
   */
  read(conversation, by, seq) {
    const row = this.rows.get(conversation);
    if (!row) return;
    if (by.kind === "customer") this.#change(row.id, { seen_seq: Math.max(seq, row.seen_seq) });
    else if (by.id === this.me.id && seq > row.read_seq) {
      this.#change(row.id, { read_seq: seq, unread: this.#unreadAfter(row, seq) });
    }
  }

  /**
   * A row that came by another way than the lists (an address with a conversation in it).
   *
   * @param {Row} row
   */
  put(row) {
    this.rows.set(row.id, newerRow(this.rows.get(row.id), row));
    this.#tidy(row.id);
  }

  /**
   * Put a conversation on the screen, or none.
   *
   * @param {string | null} id
   */
  show(id) {
    const before = this.open;
    this.open = id;
    if (before && before !== id) this.#tidy(before);
  }

  /** @param {string} id taken out of "Also open" by the technician */
  dismiss(id) {
    this.#kept.delete(id);
    this.#tidy(id);
  }

  /** @returns {import("./lists.js").Lists} each in the order it is shown */
  lists() {
    return sortedLists(this.rows.values(), (row) => this.#isMine(row));
  }

  /** @returns {{waiting: number, mine: number, unread: number}} unread: of mine, those with something unread */
  counts() {
    let waiting = 0, mine = 0, unread = 0;
    for (const row of this.rows.values()) {
      if (row.status === "waiting") waiting += 1;
      else if (this.#isMine(row)) {
        mine += 1;
        if (row.unread) unread += 1;
      }
    }
    return { waiting, mine, unread };
  }

  /**
   * @param {string} id
   * @param {1 | -1} step
   * @returns {string | null} the neighbour in the order of the lists, round and round
   */
  neighbour(id, step) {
    const { waiting, mine, others } = this.lists();
    const ids = [...waiting, ...mine, ...others].map((row) => row.id);
    if (ids.length === 0) return null;
    const at = ids.indexOf(id);
    if (at < 0) return step > 0 ? ids[0] : ids[ids.length - 1];
    return ids[(at + step + ids.length) % ids.length];
  }

  /**
   * @param {string} conversation
   * @returns {By[]} who is writing there now, without me
   */
  typists(conversation) {
    return this.#typists.in(conversation).filter((by) => by.id !== this.me.id);
  }

  /** @param {Frame} frame */
  #welcome(frame) {
    this.ready = true;
    this.me = { ...this.me, ...frame.me };
    this.technicians = new Map(frame.technicians.map((/** @type {Technician} */ one) => [one.id, one]));
    const mine = this.#technicianState(this.me.id, this.me.availability);
    if (mine) this.technicians.set(mine.id, mine);
    const rows = new Map();
    for (const row of frame.conversations) {
      const held = this.rows.get(row.id);
      // Nothing is on its way on a new connection: less than we hold means that the server was set back.
      rows.set(row.id, held && row.last_seq < held.last_seq ? row : newerRow(held, row));
    }
    // What left the lists while we were away is neither waiting nor mine any more; what is on the screen
    // or kept stays, and its own events bring it up to date.
    for (const [id, row] of this.rows) {
      if (!rows.has(id) && (id === this.open || this.#kept.has(id))) rows.set(id, gone(row));
    }
    this.rows = rows;
    this.#typists.forget();
  }

  /** @param {Frame} frame */
  #queue(frame) {
    const held = this.rows.get(frame.conversation);
    if (!frame.row) {
      if (held && frame.change === "removed") this.rows.set(held.id, gone(held));
    } else {
      if (held && this.#isMine(held) && !this.#isMine(frame.row)) this.#keep(held.id);
      this.rows.set(frame.conversation, newerRow(held, frame.row));
    }
    this.#tidy(frame.conversation);
  }

  /** @param {Frame} frame `technician` is an id or {id, name} */
  #presence(frame) {
    const id = frame.technician?.id ?? frame.technician;
    if (id === this.me.id) this.me = { ...this.me, availability: frame.state };
    const entry = this.#technicianState(id, frame.state, frame.technician?.name);
    if (entry) this.technicians.set(id, entry);
  }

  /**
   * @param {string} id
   * @param {string} state
   * @param {string} [name]
   * @returns {Technician | null}
   */
  #technicianState(id, state, name) {
    const held = this.technicians.get(id);
    const known = name ?? held?.name;
    return known ? { id, name: known, state } : null;
  }

  /**
   * @param {Row} row
   * @param {number} seq
   */
  #unreadAfter(row, seq) {
    if (seq >= row.last_seq) return 0;
    const seqs = this.#fromCustomer.get(row.id) ?? new Set();
    let later = 0;
    for (const one of seqs) if (one > seq) later += 1;
    return Math.min(later, row.unread);
  }

  /** @param {string} id @param {Partial<Row>} fields */
  #change(id, fields) {
    const row = this.rows.get(id);
    if (row) this.rows.set(id, { ...row, ...fields });
  }

  /** @param {Row} row */
  #isMine(row) {
    return row.status === "active" && row.technician?.id === this.me.id;
  }

  /** @param {string} id */
  #keep(id) {
    this.#kept.delete(id);
    this.#kept.add(id);
    for (const oldest of this.#kept) {
      if (this.#kept.size <= KEPT) break;
      this.dismiss(oldest);
    }
  }

  /** Drop a row that no list shows. @param {string} id */
  #tidy(id) {
    const row = this.rows.get(id);
    if (!row || row.status === "waiting" || this.#isMine(row) || this.open === id || this.#kept.has(id)) {
      return;
    }
    this.rows.delete(id);
    this.contexts.delete(id);
    this.#typists.forget(id);
    this.#fromCustomer.delete(id);
  }
}

/** @param {Row} row no longer waiting, and not mine, for all we know */
function gone(row) {
  return row.status === "waiting"
    ? { ...row, status: "active", waiting_since: null }
    : { ...row, technician: row.status === "resolved" ? row.technician : null };
}
