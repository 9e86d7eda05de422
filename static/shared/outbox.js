import { lane, parsed } from "./entry.js";
import { newId } from "./ids.js";
import { Shelf } from "./shelf.js";

/**
 * @typedef {import("./entry.js").Entry} Entry
 * @typedef {{request: (name: string, run: () => Promise<void>) => Promise<void>}} Locks
 */

/**
 * Messages on their way. Each is written to storage before it is sent and removed only when the server has
 * accepted it; one is in flight per conversation, in the order they were written; a reload, a second tab or a
 * lost answer repeats a message with the same `client_id` and never makes a second one.
 */
export class Outbox {
  /** @type {Map<string, Entry>} */ #entries = new Map();
  /** @type {Set<string>} client_ids that were written to storage, so their absence means "done elsewhere" */
  #stored = new Set();
  /** @type {Map<string, {client_id: string, done: () => void}>} by lane */ #inFlight = new Map();
  /** @type {Set<string>} lanes that are waiting for another tab's turn to end */ #queued = new Set();
  #newest = 0;

  /**
   * @param {object} options
   * @param {import("./shelf.js").StorageLike|null} options.storage null or refusing: memory, `persistent` false
   * @param {string} options.key what this box is called in storage; one person and inbox each
   * @param {(entry: Entry) => any} options.send send it now; every call is answered later by exactly one of
   *   `accepted`, `refused` or `lost`. Returning false means it could not leave now: it stays until `flush`
   * @param {(entry: Entry & Record<string, any>) => boolean} [options.mine] false: somebody else's, who used this
   *   storage too; it is neither shown nor sent
   * @param {() => void} [options.onChange]
   * @param {Locks|null} [options.locks] `navigator.locks`; without it tabs rely on the server's deduplication
   * @param {() => number} [options.now]
   * @param {(run: () => void, ms: number) => any} [options.later]
   */
  constructor({ storage, key, send, mine = () => true, onChange = () => {}, locks, now = Date.now, later }) {
    this.key = key;
    this.send = send;
    this.mine = mine;
    this.onChange = onChange;
    this.locks = locks === undefined ? globalThis.navigator?.locks ?? null : locks;
    this.now = now;
    this.later = later ?? ((run, ms) => globalThis.setTimeout(run, ms));
    this.shelf = new Shelf(storage, `${key}.`);
    this.#read();
    this.heard = (/** @type {any} */ event) => {
      if (event.key === null || event.key.startsWith(`${key}.`)) this.refresh();
    };
    globalThis.addEventListener?.("storage", this.heard);
  }

  /** @returns {boolean} false: what is pending here will not survive a reload */
  get persistent() {
    return this.shelf.persistent;
  }

  /** Stop listening to other tabs. */
  close() {
    globalThis.removeEventListener?.("storage", this.heard);
  }

  /**
   * Keep a message and send it when its turn comes.
   * @param {{conversation: string|null, text: string, kind?: string, start?: string, [field: string]: any}} message
   * @returns {Entry}
   */
  add(message) {
    this.#newest = Math.max(this.now(), this.#newest + 1);
    /** @type {Entry} */
    const entry = { ...message, client_id: newId(), at: this.#newest, state: "pending", error: null };
    this.#keep(entry);
    this.onChange();
    this.#pump(lane(entry));
    return entry;
  }

  /**
   * The server has it.
   * @param {string} client_id
   * @param {string} [conversation] the one it opened; messages written meanwhile follow into it
   */
  accepted(client_id, conversation) {
    this.#read(); // follow-ups may have been written in another tab
    const entry = this.#entries.get(client_id);
    this.#forget(client_id);
    if (entry && conversation && entry.conversation === null) {
      for (const other of this.#followers(client_id)) {
        this.#keep({ ...other, conversation, start: undefined });
      }
    }
    this.#finish(client_id);
    this.flush();
  }

  /**
   * The server said no. With `retry` it is kept and tried again after `retry_after` seconds; without, it is
   * marked failed and waits for the person.
   * @param {string} client_id
   * @param {{code?: string, message?: string, retry?: boolean, retry_after?: number|null}} error
   */
  refused(client_id, error) {
    const entry = this.#entries.get(client_id);
    const box = entry && lane(entry);
    if (entry && !error.retry) {
      const reason = { code: error.code ?? "unavailable", message: error.message ?? "" };
      this.#keep({ ...entry, state: "failed", error: reason });
    } else if (entry) {
      this.#keep({ ...entry, state: "pending" });
    }
    this.#finish(client_id);
    if (!box) return;
    if (error.retry) this.later(() => this.#pump(box), (error.retry_after ?? 2) * 1000);
    else this.#pump(box);
  }

  /**
   * No answer came; it stays and goes again, with the same client_id, at the next `flush`.
   * @param {string} client_id
   */
  lost(client_id) {
    const entry = this.#entries.get(client_id);
    if (entry?.state === "sending") {
      if (this.#doneElsewhere(client_id)) this.#forget(client_id);
      else this.#keep({ ...entry, state: "pending" });
    }
    this.#finish(client_id);
  }

  /** The person wants a failed message sent again. @param {string} client_id */
  retry(client_id) {
    const entry = this.#entries.get(client_id);
    if (entry?.state !== "failed") return;
    this.#keep({ ...entry, state: "pending", error: null });
    this.onChange();
    this.#pump(lane(entry));
  }

  /** The person gives a message up. @param {string} client_id */
  drop(client_id) {
    const [heir, ...others] = this.#followers(client_id);
    if (heir) this.#keep({ ...heir, start: undefined });
    for (const other of others) this.#keep({ ...other, start: heir.client_id });
    this.#forget(client_id);
    this.#finish(client_id);
  }

  /** Send whatever is waiting: call it when the connection is live again. */
  flush() {
    for (const box of new Set(this.#ordered().map(lane))) this.#pump(box);
  }

  /**
   * @param {string|null} [conversation] an id; null for those that open one; left out: all
   * @returns {Entry[]} in the order they were written
   */
  entries(conversation) {
    const all = this.#ordered();
    return conversation === undefined ? all : all.filter((entry) => entry.conversation === conversation);
  }

  /** Give up everything that is waiting (log-out on a shared computer). */
  clear() {
    for (const client_id of [...this.#entries.keys()]) this.drop(client_id);
    this.shelf.clear();
  }

  /** Give up those that `test` names, also what is not mine. @param {(entry: Entry & Record<string, any>) => boolean} test */
  purge(test) {
    for (const [client_id, json] of [...this.shelf.all(), ...this.#entries]) {
      const entry = typeof json === "string" ? parsed(json, client_id) : json;
      if (entry && test(entry)) this.drop(client_id);
    }
    this.refresh();
  }

  /** Look again at what other tabs have added, sent or given up, and at whose it is. */
  refresh() {
    this.#read();
    this.onChange();
  }

  #ordered() {
    return [...this.#entries.values()].sort((a, b) => a.at - b.at || (a.client_id < b.client_id ? -1 : 1));
  }

  /** Another tab had its answer, or its person gave it up, while we were in flight with it.
   * @param {string} client_id
   */
  #doneElsewhere(client_id) {
    return this.#stored.has(client_id) && this.shelf.get(client_id) === null;
  }

  /** @param {string} client_id */
  #followers(client_id) {
    return this.#ordered().filter((entry) => entry.start === client_id);
  }

  /** @param {string} box */
  #head(box) {
    return this.#ordered().find((entry) =>
      lane(entry) === box && entry.state === "pending" && this.#ready(entry)
    );
  }

  /** A follow-up waits until the message that opens its conversation has been accepted, while there is one.
   * @param {Entry} entry
   */
  #ready(entry) {
    return entry.conversation !== null || !entry.start || !this.#entries.has(entry.start);
  }

  /** @param {string} box */
  #pump(box) {
    if (this.#inFlight.has(box) || this.#queued.has(box) || !this.#head(box)) return;
    if (!this.locks) {
      this.#launch(box);
      return;
    }
    this.#queued.add(box);
    this.locks.request(`${this.key}/${box}`, async () => {
      this.#queued.delete(box);
      this.#read(); // another tab may have sent it while we waited for our turn
      await this.#launch(box);
    }).catch(() => {
      // A sandboxed frame may refuse locks: correct without them, only with a repetition now and then.
      this.locks = null;
      this.#queued.delete(box);
      this.#launch(box);
    });
  }

  /**
   * @param {string} box
   * @returns {Promise<void>} done when the answer is there, so that a lock lasts as long as the flight
   */
  #launch(box) {
    const entry = this.#inFlight.has(box) ? undefined : this.#head(box);
    if (!entry) return Promise.resolve();
    return new Promise((done) => {
      this.#inFlight.set(box, { client_id: entry.client_id, done });
      this.#entries.set(entry.client_id, { ...entry, state: "sending" });
      this.onChange();
      let sent;
      try {
        sent = this.send({ ...entry, state: "sending" });
      } catch {
        sent = false;
      }
      if (sent === false) this.lost(entry.client_id);
    });
  }

  /** @param {string} client_id */
  #finish(client_id) {
    for (const [box, flight] of this.#inFlight) {
      if (flight.client_id !== client_id) continue;
      this.#inFlight.delete(box);
      flight.done();
    }
    this.onChange();
  }

  /** @param {Entry} entry */
  #keep(entry) {
    this.#entries.set(entry.client_id, entry);
    // In storage nothing is ever "sending": whoever reads it after a crash has to send it again.
    const kept = JSON.stringify({ ...entry, state: entry.state === "failed" ? "failed" : "pending" });
    if (this.shelf.set(entry.client_id, kept)) this.#stored.add(entry.client_id);
    else this.#stored.delete(entry.client_id);
  }

  /** @param {string} client_id */
  #forget(client_id) {
    this.#entries.delete(client_id);
    this.#stored.delete(client_id);
    this.shelf.remove(client_id);
  }

  #read() {
    const kept = this.shelf.all();
    for (const [client_id, json] of kept) {
      const entry = parsed(json, client_id);
      if (!entry || !this.mine(entry)) continue;
      this.#newest = Math.max(this.#newest, entry.at);
      this.#stored.add(client_id);
      if (this.#entries.get(client_id)?.state !== "sending") this.#entries.set(client_id, entry);
    }
    for (const [client_id, entry] of this.#entries) if (!this.mine(entry)) this.#entries.delete(client_id);
    for (const client_id of [...this.#stored]) {
      if (kept.has(client_id)) continue;
      this.#stored.delete(client_id);
      if (this.#entries.get(client_id)?.state !== "sending") this.#entries.delete(client_id);
    }
  }
}
