/** Reads back, page by page: first the older part of this conversation, then this person's earlier ones. */

/** @typedef {import("./types.js").Event} Event */
/** @typedef {import("./types.js").Past} Past */
/** @typedef {{events: Event[], last_seq: number, more: boolean}} Page */
/** @typedef {{past: Past, events: Event[], complete: boolean}} Block */

/** About three screens: enough that scrolling does not stumble, small enough to come at once. */
export const PAGE = 60;

export class History {
  /** Earlier conversations read so far. @type {Block[]} */ #blocks = [];
  /** @type {Past[]} */ #pasts = [];
  #busy = false;
  /** An empty page where older events were promised: there is nothing, whatever the numbers say. */ #ownDone =
    false;
  /** @type {(conversation: string, after: number, limit: number) => Promise<Page>} */ #page;
  /** @type {string} */ #conversation;

  /**
   * @param {object} options
   * @param {string} options.conversation
   * @param {(conversation: string, after: number, limit: number) => Promise<Page>} options.page a `sync`
   */
  constructor({ conversation, page }) {
    this.#conversation = conversation;
    this.#page = page;
  }

  /**
   * Whenever that changes (somebody was recognised, or a link was taken back): what is no longer theirs goes.
   *
   * @param {Past[]} pasts this person's conversations, in any order; the present one is left out
   */
  know(pasts) {
    this.#pasts = pasts
      .filter((past) => past.id !== this.#conversation)
      .sort((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at));
    this.#blocks = this.#blocks.filter((block) => this.#pasts.some((past) => past.id === block.past.id));
  }

  /** @returns {Block[]} oldest first, as the log shows them */
  get blocks() {
    return this.#pasts.flatMap((past) => this.#blocks.find((block) => block.past.id === past.id) ?? [])
      .reverse();
  }

  /**
   * @param {number} first the lowest number held of the present conversation
   * @returns {{kind: "page"} | {kind: "past", past: Past} | null} what scrolling up would bring; null: nothing
   */
  next(first) {
    if ((first > 1 && !this.#ownDone) || this.#blocks.some((block) => !block.complete)) {
      return { kind: "page" };
    }
    const past = this.#unread();
    return past ? { kind: "past", past } : null;
  }

  /**
   * Fetch what comes next. Asking again while an answer is on its way does nothing.
   *
   * @param {number} first as for `next`
   * @returns {Promise<{own?: Event[]} | null>} own: older events of the present conversation, to put in front
   * @throws what `page` throws; the same page is asked for next time
   */
  async older(first) {
    if (this.#busy) return null;
    this.#busy = true;
    try {
      if (first > 1 && !this.#ownDone) {
        const own = await this.#before(this.#conversation, first);
        this.#ownDone = own.length === 0;
        return { own };
      }
      const open = this.#blocks.find((block) => !block.complete);
      if (open) {
        const events = await this.#before(open.past.id, open.events[0].seq);
        open.events = [...events, ...open.events];
        open.complete = events.length === 0 || reachesStart(events);
        return {};
      }
      const past = this.#unread();
      if (!past) return null;
      const events = await this.#newest(past.id);
      // Taken back while it was on its way: not theirs any more.
      if (!this.#pasts.some((one) => one.id === past.id)) return {};
      this.#blocks.push({ past, events, complete: reachesStart(events) });
      return {};
    } finally {
      this.#busy = false;
    }
  }

  /** The newest one that has not been read yet. */
  #unread() {
    return this.#pasts.find((past) => !this.#blocks.some((block) => block.past.id === past.id));
  }

  /**
   * @param {string} conversation
   * @param {number} first
   */
  async #before(conversation, first) {
    const after = Math.max(0, first - 1 - PAGE);
    const { events } = await this.#page(conversation, after, first - 1 - after);
    return events.filter((event) => event.seq < first);
  }

  /** Nobody told us how long it is: the first answer does, and is all of it for most. @param {string} id */
  async #newest(id) {
    const start = await this.#page(id, 0, PAGE);
    if (!start.more) return start.events;
    const after = Math.max(0, start.last_seq - PAGE);
    return (await this.#page(id, after, PAGE)).events;
  }
}

/** @param {Event[]} events */
function reachesStart(events) {
  return events.length === 0 || events[0].seq <= 1;
}
