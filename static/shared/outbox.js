import { backoff } from "./backoff.js";
import { lane, newId, parsed } from "./entry.js";
import { Keeping } from "./keeping.js";

/**
 * @typedef {import("./entry.js").Entry} Entry
 * @typedef {{request: (name: string, run: () => Promise<void>) => Promise<void>}} Locks
 */

const UNANSWERED = 2_000;
const OTHER_TAB = 1_000;
const MOST_TRIES = 3; // the jitter grows no further: once the server can again, all are back within seconds

/**
 * Messages on their way. Each is written to storage before it is sent and removed only when the server has
 * accepted it; one is in flight per conversation, in the order they were written; a reload, a second tab or a
 * lost answer repeats a message with the same `client_id` and never makes a second one.
 */
export class Outbox {
  /** @type {Map<string, {client_id: string, done: () => void}>} by lane */ #inFlight = new Map();
  /** @type {Set<string>} lanes that are waiting for another tab's turn to end */ #queued = new Set();
  /** @type {Set<string>} lanes that wait as the server has told them */ #resting = new Set();
  /** @type {Map<string, number>} how often in a row it has */ #tries = new Map();

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
   * @param {import("./keeping.js").OpenVault|null} [options.vault] null: nothing may outlive the window
   * @param {() => number} [options.now]
   * @param {() => number} [options.random]
   * @param {(run: () => void, ms: number) => any} [options.later]
   */
  constructor({ storage, key, send, mine = () => true, onChange = () => {}, ...ways }) {
    const { locks, vault, now = Date.now, random = Math.random, later } = ways;
    this.key = key;
    this.send = send;
    this.mine = mine;
    this.onChange = onChange;
    this.locks = locks === undefined ? globalThis.navigator?.locks ?? null : locks;
    this.now = now;
    this.random = random;
    this.later = later ?? ((run, ms) => setTimeout(run, ms));
    this.kept = new Keeping({ storage, key, mine, vault, onChange });
    this.heard = (/** @type {any} */ event) => {
      if (event.key !== null && !event.key.startsWith(`${key}.`)) return;
      this.refresh();
      this.later(() => this.flush(), OTHER_TAB); // who wrote it may have no connection, or be closed by then
    };
    globalThis.addEventListener?.("storage", this.heard);
    this.kept.recover().then((found) => found && (this.refresh(), this.flush()));
  }

  /** @returns {boolean} false: what is pending here will not survive a reload */
  get persistent() {
    return this.kept.persistent;
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
    const at = this.kept.newest = Math.max(this.now(), this.kept.newest + 1);
    /** @type {Entry} */
    const entry = { ...message, client_id: newId(), at, state: "pending", error: null };
    this.kept.keep(entry);
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
    this.kept.read(); // follow-ups may have been written in another tab
    const entry = this.kept.entries.get(client_id);
    if (entry) this.#tries.delete(lane(entry));
    this.kept.forget(client_id);
    if (entry && conversation && entry.conversation === null) {
      for (const other of this.#followers(client_id)) {
        this.kept.keep({ ...other, conversation, start: undefined });
      }
    }
    this.#finish(client_id);
    this.flush();
  }

  /**
   * The server said no. With `retry` it is kept and tried again, not sooner than after `retry_after` seconds and not
   * at the same moment as everybody else; without, it is marked failed and waits for the person.
   * @param {string} client_id
   * @param {{code?: string, message?: string, retry?: boolean, retry_after?: number|null}} error
   */
  refused(client_id, error) {
    const entry = this.kept.entries.get(client_id);
    const box = entry && lane(entry);
    if (entry && !error.retry) {
      const reason = { code: error.code ?? "unavailable", message: error.message ?? "" };
      this.kept.keep({ ...entry, state: "failed", error: reason });
    } else if (entry) {
      this.kept.keep({ ...entry, state: "pending" });
    }
    if (box && error.retry) this.#rest(box, error.retry_after ?? 1);
    this.#finish(client_id);
    if (box) this.#pump(box);
  }

  /**
   * No answer came; it stays and goes again, with the same client_id, in a moment or at the next `flush`.
   * @param {string} client_id
   */
  lost(client_id) {
    const entry = this.kept.entries.get(client_id);
    this.#back(client_id);
    if (entry) this.later(() => this.#pump(lane(entry)), UNANSWERED);
  }

  /** @param {string} client_id */
  #back(client_id) {
    const entry = this.kept.entries.get(client_id);
    if (entry?.state === "sending") {
      if (this.kept.doneElsewhere(client_id)) this.kept.forget(client_id);
      else this.kept.keep({ ...entry, state: "pending" });
    }
    this.#finish(client_id);
  }

  /** The person wants a failed message sent again. @param {string} client_id */
  retry(client_id) {
    const entry = this.kept.entries.get(client_id);
    if (entry?.state !== "failed") return;
    this.kept.keep({ ...entry, state: "pending", error: null });
    this.onChange();
    this.#pump(lane(entry));
  }

  /** The person gives a message up. @param {string} client_id */
  drop(client_id) {
    const [heir, ...others] = this.#followers(client_id);
    if (heir) this.kept.keep({ ...heir, start: undefined });
    for (const other of others) this.kept.keep({ ...other, start: heir.client_id });
    this.kept.forget(client_id);
    this.#finish(client_id);
  }

  /** Send whatever is waiting: call it when the connection is live again. */
  flush() {
    for (const box of new Set(this.kept.ordered().map(lane))) this.#pump(box);
  }

  /**
   * @param {string|null} [conversation] an id; null for those that open one; left out: all
   * @returns {Entry[]} in the order they were written
   */
  entries(conversation) {
    const all = this.kept.ordered();
    return conversation === undefined ? all : all.filter((entry) => entry.conversation === conversation);
  }

  /** Give up everything that is waiting (log-out on a shared computer). */
  clear() {
    for (const client_id of [...this.kept.entries.keys()]) this.drop(client_id);
    this.kept.clear();
  }

  /** Give up those that `test` names, also what is not mine. @param {(entry: Entry & Record<string, any>) => boolean} test */
  purge(test) {
    for (const [client_id, json] of [...this.kept.shelf.all(), ...this.kept.entries]) {
      const entry = typeof json === "string" ? parsed(json, client_id) : json;
      if (entry && test(entry)) this.drop(client_id);
    }
    this.refresh();
  }

  /** Look again at what other tabs have done, and at whose it is. */
  refresh() {
    this.kept.read();
    this.onChange();
  }

  /** @param {string} client_id */
  #followers(client_id) {
    return this.kept.ordered().filter((entry) => entry.start === client_id);
  }

  /** The next of a lane. A follow-up waits for the message that opens its conversation, while there is one.
   * @param {string} box
   */
  #head(box) {
    const held = (/** @type {Entry} */ { conversation, start }) =>
      conversation === null && start !== undefined && this.kept.entries.has(start);
    return this.kept.ordered().find((one) => lane(one) === box && one.state === "pending" && !held(one));
  }

  /** Nothing more of this lane for a while. @param {string} box @param {number} seconds at least */
  #rest(box, seconds) {
    const tries = this.#tries.get(box) ?? 0;
    this.#tries.set(box, Math.min(tries + 1, MOST_TRIES));
    this.#resting.add(box);
    this.later(() => {
      this.#resting.delete(box);
      this.#pump(box);
    }, backoff(tries, this.random, { floor: seconds * 1000 }));
  }

  /** @param {string} box */
  #pump(box) {
    if (this.#inFlight.has(box) || this.#queued.has(box) || this.#resting.has(box) || !this.#head(box)) {
      return;
    }
    if (!this.locks) return void this.#launch(box);
    this.#queued.add(box);
    this.locks.request(`${this.key}/${box}`, async () => {
      this.#queued.delete(box);
      this.kept.read(); // another tab may have sent it while we waited for our turn
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
      this.kept.entries.set(entry.client_id, { ...entry, state: "sending" });
      this.onChange();
      let sent;
      try {
        sent = this.send({ ...entry, state: "sending" });
      } catch {
        sent = false;
      }
      if (sent === false) this.#back(entry.client_id);
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
}
