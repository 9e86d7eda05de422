/**
 * @typedef {Record<string, any> & {seq: number, kind: string}} LogEvent
 * @typedef {{kind: "append"|"prepend"|"reset", events: LogEvent[]}} Change
 * @typedef {{setTimeout: (run: () => void, ms: number) => any, clearTimeout: (id: any) => void}} Timers
 */

const ASK_AGAIN = 5_000; // a sync whose answer never came must not leave the hole open for ever

/**
 * The events of one conversation in their one true order, whatever order they arrive in.
 * Known ones are ignored, the next one is applied, later ones wait for the hole to be filled by `requestSync`.
 */
export class Timeline {
  /** @type {LogEvent[]} */ #events = [];
  /** @type {Map<number, LogEvent>} */ #held = new Map();
  #last = 0;
  #head = 0;
  /** @type {any} */ #timer = null;

  /**
   * @param {object} options
   * @param {string} options.conversation
   * @param {(after: number) => void} options.requestSync ask the server for what comes after this number
   * @param {(change: Change) => void} [options.onChange]
   * @param {number} [options.hold] milliseconds to wait for stragglers before asking
   * @param {number} [options.after] begin after this number instead of at the first event; what is older can
   *   be put in front with `prepend`
   * @param {Timers} [options.timers]
   */
  constructor({ conversation, requestSync, onChange = () => {}, hold = 300, after = 0, timers }) {
    this.conversation = conversation;
    this.requestSync = requestSync;
    this.onChange = onChange;
    this.hold = hold;
    this.timers = timers ?? globalThis;
    this.#last = after;
  }

  /** @returns {readonly LogEvent[]} oldest first, without holes */
  get events() {
    return this.#events;
  }

  /** @returns {number} the highest number applied without a hole; the cursor for `hello` and `sync` */
  get last() {
    return this.#last;
  }

  /** @returns {number} the lowest number held; 1 when nothing older exists */
  get first() {
    return this.#events.length ? this.#events[0].seq : this.#last + 1;
  }

  /**
   * Take one event, as it came.
   * @param {LogEvent} event
   * @returns {boolean} true when it (and perhaps held ones after it) was applied
   */
  apply(event) {
    if (!Number.isInteger(event.seq) || event.seq <= this.#last) return false;
    this.#held.set(event.seq, event);
    const applied = this.#drain();
    this.#repair(this.hold);
    return applied;
  }

  /**
   * Take a page of a `sync` answer; asks on at once while there is more.
   * @param {{events: LogEvent[], last_seq?: number, more?: boolean}} page
   */
  applyPage({ events, last_seq = 0, more = false }) {
    for (const event of events) {
      if (Number.isInteger(event.seq) && event.seq > this.#last) this.#held.set(event.seq, event);
    }
    this.#head = Math.max(this.#head, last_seq);
    const moved = this.#drain();
    if (moved && more) this.#ask();
    // A page that brought nothing new must not start a tight loop with a server that keeps saying "more".
    else this.#repair(moved ? 0 : ASK_AGAIN);
  }

  /**
   * Put older events in front (reading back in a long history).
   * @param {LogEvent[]} events
   */
  prepend(events) {
    const first = this.first;
    const older = events.filter((event) => event.seq < first).sort((a, b) => a.seq - b.seq);
    if (!older.length) return;
    this.#events = [...older, ...this.#events];
    this.onChange({ kind: "prepend", events: older });
  }

  /**
   * The server says that its log goes at least this far (heartbeat, list of conversations).
   * @param {number} seq
   */
  head(seq) {
    this.#head = Math.max(this.#head, seq);
    this.#repair(this.hold);
  }

  /**
   * Forget everything and begin again.
   * @param {number} [after]
   */
  reset(after = 0) {
    this.#stopTimer();
    this.#events = [];
    this.#held.clear();
    this.#last = after;
    this.#head = 0;
    this.onChange({ kind: "reset", events: [] });
  }

  #drain() {
    /** @type {LogEvent[]} */
    const fresh = [];
    for (let next; (next = this.#held.get(this.#last + 1)); this.#last++) {
      this.#held.delete(next.seq);
      fresh.push(next);
    }
    if (!fresh.length) return false;
    this.#events.push(...fresh);
    this.onChange({ kind: "append", events: fresh });
    return true;
  }

  /** @param {number} delay */
  #repair(delay) {
    if (!this.#held.size && this.#head <= this.#last) return this.#stopTimer();
    if (this.#timer === null) this.#timer = this.timers.setTimeout(() => this.#ask(), delay);
  }

  #ask() {
    this.#stopTimer();
    this.#timer = this.timers.setTimeout(() => this.#ask(), ASK_AGAIN);
    this.requestSync(this.#last);
  }

  #stopTimer() {
    if (this.#timer !== null) this.timers.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
