import { Refused } from "../shared/errors.js";
import { Timeline } from "../shared/timeline.js";

const NEWEST = 50; // events fetched when a conversation is opened; older ones as one scrolls up

/**
 * @typedef {{timeline: Timeline, loaded: boolean, asking: boolean}} Talk
 * @typedef {{events: any[], last_seq: number, more: boolean}} Page
 */

/** The logs of the conversations that were looked at here, each kept in order and without holes. */
export class Talks {
  /** @type {Map<string, Talk>} */ #talks = new Map();
  /** @type {Map<string, any>} accepted by the server, not yet seen in the log */ #accepted = new Map();

  /**
   * @param {object} options
   * @param {(id: string, after: number, limit?: number) => Promise<Page>} options.page
   * @param {(id: string) => number} options.lastSeq the newest number the server told us of
   * @param {() => void} options.onChange
   * @param {() => void} options.onGone a conversation is no longer ours
   */
  constructor({ page, lastSeq, onChange, onGone }) {
    this.page = page;
    this.lastSeq = lastSeq;
    this.onChange = onChange;
    this.onGone = onGone;
  }

  /** @returns {Record<string, number>} for `hello` */
  cursors() {
    return Object.fromEntries([...this.#talks].map(([id, talk]) => [id, talk.timeline.last]));
  }

  /**
   * The newest events of a conversation, fetched when they are not here yet.
   * @param {string} id
   * @returns {Talk}
   */
  open(id) {
    const had = this.#talks.get(id);
    if (had) return had;
    const talk = this.#make(id, Math.max(0, this.lastSeq(id) - NEWEST));
    this.#sync(id, talk.timeline.last);
    return talk;
  }

  /** One that has just been opened: nothing older exists. @param {string} id */
  begin(id) {
    if (!this.#talks.has(id)) this.#make(id, 0).loaded = true;
  }

  /** Fetch what came before. @param {string} id */
  async older(id) {
    const talk = this.#talks.get(id);
    if (!talk || talk.asking || talk.timeline.first <= 1) return;
    talk.asking = true;
    const first = talk.timeline.first;
    const after = Math.max(0, first - 1 - NEWEST);
    try {
      talk.timeline.prepend((await this.page(id, after, first - 1 - after)).events);
    } catch { /* scrolling up again asks again */ }
    talk.asking = false;
    this.onChange();
  }

  /** @param {string} id */
  has(id) {
    return this.#talks.has(id);
  }

  /** @param {string} id @returns {number} the last number held, 0 for one that was never opened */
  last(id) {
    return this.#talks.get(id)?.timeline.last ?? 0;
  }

  /** @param {string} id @param {any} event */
  apply(id, event) {
    this.#talks.get(id)?.timeline.apply(event);
  }

  /** @param {string} id @param {number} seq the server's log goes this far */
  head(id, seq) {
    this.#talks.get(id)?.timeline.head(seq);
  }

  /** Keep showing a message between its acceptance and its event. @param {any} entry */
  accept(entry) {
    const there = this.#talks.get(entry.conversation)?.timeline.events;
    if (there?.some((event) => event.message?.client_id === entry.client_id)) return;
    this.#accepted.set(entry.client_id, entry);
  }

  /** @param {string|null} conversation @returns {any[]} */
  accepted(conversation) {
    return [...this.#accepted.values()].filter((entry) => entry.conversation === conversation);
  }

  /** The connection is back: fetch what could not be fetched. */
  resume() {
    for (const [id, talk] of this.#talks) if (!talk.loaded) this.#sync(id, talk.timeline.last);
  }

  /** @param {string} id @returns {any[]} what was held: events, and entries that were accepted */
  forget(id) {
    const timeline = this.#talks.get(id)?.timeline;
    const held = [...timeline?.events ?? [], ...this.accepted(id)];
    for (const { client_id } of this.accepted(id)) this.#accepted.delete(client_id);
    timeline?.reset();
    this.#talks.delete(id);
    return held;
  }

  clear() {
    for (const id of [...this.#talks.keys()]) this.forget(id);
    this.#accepted.clear();
  }

  /** @param {string} id @param {number} after */
  #make(id, after) {
    const timeline = new Timeline({
      conversation: id,
      after,
      requestSync: (from) => this.#sync(id, from),
      onChange: (change) => {
        for (const event of change.events) this.#accepted.delete(event.message?.client_id);
        this.onChange();
      },
    });
    const talk = { timeline, loaded: false, asking: false };
    this.#talks.set(id, talk);
    return talk;
  }

  /** @param {string} id @param {number} after */
  async #sync(id, after) {
    try {
      const page = await this.page(id, after);
      const talk = this.#talks.get(id);
      if (!talk) return;
      talk.loaded = true;
      talk.timeline.applyPage(page);
      this.onChange();
    } catch (error) {
      // Lost: `resume` or the next hello fetches it. Not found: it is no longer ours.
      if (!(error instanceof Refused) || error.code !== "not_found") return;
      this.forget(id);
      this.onGone();
    }
  }
}
