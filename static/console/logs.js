/** The conversations' events as far as they are here: one timeline each, filled, repaired and read back. */

import { Timeline } from "../shared/timeline.js";
import { History, PAGE } from "./history.js";

/** @typedef {import("./types.js").Event} Event */
/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Past} Past */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {(frame: any) => Promise<any>} Ask */

/** One page of catching up, as large as the server gives. */
const SYNC = 200;

export class Logs {
  /** @type {Map<string, Timeline>} */ #timelines = new Map();
  /** @type {Map<string, History>} */ #histories = new Map();
  /** Conversations whose newest page is here. @type {Set<string>} */ #loaded = new Set();
  /** Why a conversation could not be shown. @type {Map<string, string>} */ #failures = new Map();
  /** @type {Store} */ #store;
  /** @type {Ask} */ #ask;
  /** @type {() => void} */ #onChange;
  /** @type {(id: string) => Promise<Row>} */ #fetchRow;

  /**
   * @param {object} options
   * @param {Store} options.store told of every event, once and in order
   * @param {Ask} options.ask
   * @param {() => void} options.onChange
   * @param {(id: string) => Promise<Row>} options.fetchRow the row of a conversation that is in no list
   */
  constructor({ store, ask, onChange, fetchRow }) {
    this.#store = store;
    this.#ask = ask;
    this.#onChange = onChange;
    this.#fetchRow = fetchRow;
  }

  /** @returns {Record<string, number>} how far each conversation we follow is known here, for `hello` */
  cursors() {
    return Object.fromEntries([...this.#timelines].map(([id, timeline]) => [id, timeline.last]));
  }

  /** @param {string} id @returns {readonly Event[]} oldest first, without holes */
  events(id) {
    return /** @type {readonly Event[]} */ (/** @type {unknown} */ (this.#timelines.get(id)?.events ?? []));
  }

  /** @param {string} id @returns {number} the newest number known without a hole; 0 when nothing is */
  last(id) {
    return this.#timelines.get(id)?.last ?? 0;
  }

  /** @param {string} id @returns {boolean} whether its newest messages are here */
  isLoaded(id) {
    return this.#loaded.has(id);
  }

  /** @param {string} id @returns {string} why it cannot be shown, or "" */
  failure(id) {
    return this.#failures.get(id) ?? "";
  }

  /** @param {string} id @returns {History} */
  history(id) {
    const held = this.#histories.get(id);
    if (held) return held;
    const made = new History({ conversation: id, page: (of, after, limit) => this.#page(of, after, limit) });
    made.know(this.#store.contexts.get(id)?.return_card?.conversations ?? []);
    this.#histories.set(id, made);
    return made;
  }

  /** @param {string} id @returns {ReturnType<History["next"]>} what lies above the log */
  above(id) {
    return this.isLoaded(id) ? this.history(id).next(this.#first(id)) : null;
  }

  /** Read further back. @param {string} id @throws Lost or Refused; asking again repeats the same page */
  async older(id) {
    const answer = await this.history(id).older(this.#first(id));
    if (!answer) return;
    if (answer.own) this.#timelines.get(id)?.prepend(/** @type {any} */ (answer.own));
    this.#onChange();
  }

  /** @param {Frame} frame an `event`, from wherever */
  apply(frame) {
    const timeline = this.#timelines.get(frame.conversation);
    if (timeline) timeline.apply(/** @type {any} */ (frame));
    else this.#store.apply(frame);
  }

  /** @param {Record<string, number>} heads how far the server's logs go */
  heads(heads) {
    for (const [id, seq] of Object.entries(heads)) this.#timelines.get(id)?.head(seq);
  }

  /** Follow each conversation of mine from where its row stands, and let go of what is no longer listed. */
  follow() {
    for (const row of this.#store.lists().mine) {
      if (!this.#timelines.has(row.id)) this.#timelines.set(row.id, this.#timeline(row.id, row.last_seq));
    }
    for (const id of this.#timelines.keys()) {
      if (!this.#store.rows.has(id) && this.#store.open !== id) this.forget(id);
    }
  }

  /**
   * The newest page of a conversation, however it came to be opened. What went wrong is told by `failure`.
   *
   * @param {string} id
   */
  async load(id) {
    this.#failures.delete(id);
    try {
      if (!this.#store.rows.has(id)) this.#store.put(await this.#fetchRow(id));
      const last = Math.max(this.#store.rows.get(id)?.last_seq ?? 0, this.last(id));
      if (!this.#timelines.has(id)) this.#timelines.set(id, this.#timeline(id, last));
      const page = await this.#page(id, Math.max(0, last - PAGE), SYNC);
      // Forgotten meanwhile: the technician has gone on to another one.
      const timeline = this.#timelines.get(id);
      if (!timeline) return;
      timeline.prepend(/** @type {any} */ (page.events));
      timeline.applyPage(/** @type {any} */ (page));
      this.#loaded.add(id);
    } catch (error) {
      const { code } = /** @type {{code?: string}} */ (error);
      // Without a code the connection was lost, and the next welcome tries again by itself.
      if (code) this.#failures.set(id, failureWords(code));
    }
    this.#onChange();
  }

  /** @param {string} id */
  forget(id) {
    this.#timelines.get(id)?.reset();
    this.#timelines.delete(id);
    this.#histories.delete(id);
    this.#loaded.delete(id);
    this.#failures.delete(id);
  }

  /** @param {string} id @param {number} after */
  #timeline(id, after) {
    return new Timeline({
      conversation: id,
      after,
      requestSync: (from) => this.#catchUp(id, from),
      onChange: ({ kind, events }) => {
        const ours = /** @type {Event[]} */ (/** @type {unknown} */ (events));
        if (kind === "append") { for (const event of ours) this.#store.event(event); }
        else this.#store.remember(ours);
        this.#onChange();
      },
    });
  }

  /** @param {string} id @param {number} after */
  async #catchUp(id, after) {
    try {
      const page = await this.#page(id, after, SYNC);
      this.#timelines.get(id)?.applyPage(/** @type {any} */ (page));
    } catch {
      // The timeline asks again by itself; a dead connection brings its own repair with the next hello.
    }
  }

  /**
   * @param {string} id
   * @param {number} after
   * @param {number} limit
   */
  async #page(id, after, limit) {
    const page = await this.#ask({ type: "sync", conversation: id, after, limit });
    for (const read of page.reads ?? []) this.#store.read(id, read.by, read.seq);
    return /** @type {{events: Event[], last_seq: number, more: boolean}} */ (/** @type {unknown} */ (page));
  }

  /**
   * Whose messages the server has after this number; asked again until it answers.
   *
   * @param {string} id
   * @param {number} after
   * @returns {Promise<Set<string>|null>} client_ids; null: it will not tell
   */
  async since(id, after) {
    const there = new Set();
    for (let tries = 0; tries < 20; tries += 1) {
      try {
        for (let more = true, from = after; more;) {
          const page = await this.#page(id, from, SYNC);
          for (const { message } of page.events) if (message) there.add(message.client_id);
          more = page.more && page.events.length > 0;
          from = page.events.at(-1)?.seq ?? from;
        }
        return there;
      } catch (error) {
        if (/** @type {{code?: string}} */ (error).code) return null;
        await new Promise((done) => setTimeout(done, 3_000));
      }
    }
    return null;
  }

  /**
   * A page of any log, kept nowhere: for what is only looked at.
   *
   * @param {string} id
   * @param {number} after
   * @param {number} limit
   * @throws Lost or Refused
   */
  page(id, after, limit) {
    return this.#page(id, after, limit);
  }

  /** @param {string} id */
  #first(id) {
    return this.#timelines.get(id)?.first ?? 1;
  }
}

/** @param {string} code */
function failureWords(code) {
  return code === "not_found" || code === "forbidden"
    ? "This conversation does not exist, or is not yours to see."
    : "This conversation could not be opened. Try again in a moment.";
}
