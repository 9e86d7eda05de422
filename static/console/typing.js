/** Says "is writing" to the other side: seldom enough to be cheap, often enough to be true. */

/** The other side forgets a typist after about 6 s; twice as often survives one lost frame. */
const REPEAT_MS = 3000;
/** Hands off the keys for this long is a pause for thought. */
const IDLE_MS = 5000;

export class TypingSignal {
  /** @type {string | null} */ #conversation = null;
  #sentAt = -Infinity;
  /** @type {unknown} */ #timer = null;
  /** @type {(conversation: string, active: boolean) => void} */ #send;
  /** @type {() => number} */ #now;
  /** @type {(fn: () => void, ms: number) => unknown} */ #later;
  /** @type {(timer: any) => void} */ #cancel;

  /**
   * @param {object} options
   * @param {(conversation: string, active: boolean) => void} options.send
   * @param {() => number} [options.now]
   * @param {(fn: () => void, ms: number) => unknown} [options.later]
   * @param {(timer: any) => void} [options.cancel]
   */
  constructor(
    { send, now = Date.now, later = (fn, ms) => setTimeout(fn, ms), cancel = (timer) => clearTimeout(timer) },
  ) {
    this.#send = send;
    this.#now = now;
    this.#later = later;
    this.#cancel = cancel;
  }

  /** @param {string} conversation a key was pressed in a reply to it */
  touched(conversation) {
    if (this.#conversation !== conversation) this.stop();
    this.#conversation = conversation;
    if (this.#now() - this.#sentAt >= REPEAT_MS) {
      this.#sentAt = this.#now();
      this.#send(conversation, true);
    }
    this.#cancel(this.#timer);
    this.#timer = this.#later(() => this.stop(), IDLE_MS);
  }

  /** Sent, emptied, turned into a note, left: not writing any more. */
  stop() {
    this.#cancel(this.#timer);
    const conversation = this.#conversation;
    this.#conversation = null;
    this.#sentAt = -Infinity;
    if (conversation) this.#send(conversation, false);
  }
}
