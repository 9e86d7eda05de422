import { Lost, Refused } from "../shared/errors.js";
import { Outbox } from "../shared/outbox.js";
import { Link } from "./link.js";
import { Session } from "./session.js";
import { conversation, initial, open, reduce, unread } from "./state.js";
import { Talks } from "./talks.js";

const TYPING_EVERY = 3_000;
const STALE = 120_000; // who is here and how fast they answer is asked again after this

/**
 * @typedef {{conversation: string|null, start?: string}} Target a conversation, or one that is just being opened
 */

/** The customer's side of every conversation: what is known, what is on its way, and what one can do. */
export class Chat {
  #typed = 0;
  #asked = 0;
  #retries = 0;
  #begun = false;
  /** @type {any} */ #again = null;

  /**
   * @param {object} options
   * @param {Record<string, any>} options.inbox
   * @param {import("../shared/shelf.js").Shelf} options.shelf
   * @param {() => Record<string, any>} options.environment
   * @param {(what: string, detail: any) => void} options.emit events for the host page
   * @param {() => void} options.onChange something to draw
   * @param {string} options.url of the customer socket
   * @param {{fetch?: typeof fetch, ConnectionClass?: any}} [options.ways] other ways to the server
   */
  constructor({ inbox, shelf, environment, emit, onChange, url, ways = {} }) {
    this.state = initial(inbox);
    this.shelf = shelf;
    this.emit = emit;
    this.onChange = onChange;
    this.session = new Session({
      inbox: inbox.key,
      shelf,
      environment,
      fetch: ways.fetch,
      onSession: (session) => {
        this.#asked = performance.now();
        this.#hear({ type: "session", session });
        this.emit("availability", {
          open: this.state.inbox.open !== false,
          technicians: session.inbox?.technicians,
        });
      },
      onIdentityRefused: (error) => this.emit("error", { code: error.code, reason: error.reason }),
    });
    this.outbox = new Outbox({
      storage: shelf.storage,
      key: `${shelf.prefix}out`,
      send: (entry) => this.#deliver(entry),
      onChange: () => this.onChange(),
    });
    /** @type {Link} */
    this.link = new Link({
      url,
      ConnectionClass: ways.ConnectionClass,
      session: this.session,
      cursors: () => this.talks.cursors(),
      onFrame: (frame) => this.#hear(frame),
      onState: (state) => this.#linked(state),
    });
    /** @type {Talks} */
    this.talks = new Talks({
      page: (id, after, limit) => this.link.page(id, after, limit),
      lastSeq: (id) => conversation(this.state, id)?.last_seq ?? 0,
      onChange: () => this.onChange(),
      onGone: () => this.#relist(),
    });
    globalThis.addEventListener("storage", (event) => this.#elsewhere(event));
  }

  /** Begin, or look again after a while. Failures are shown and tried again; this never throws. */
  async begin() {
    if (this.state.phase === "ready" && performance.now() - this.#asked < STALE) return this.link.retryNow();
    this.#begun = true;
    clearTimeout(this.#again);
    try {
      await this.session.renew();
      this.#retries = 0;
      this.link.start();
      this.outbox.flush();
    } catch (error) {
      this.#failed(/** @type {Error} */ (error));
    }
  }

  /** @param {Target} target @returns {any[]} messages on their way into it, in order */
  pending(target) {
    const here = this.outbox.entries().filter((entry) =>
      target.conversation ? entry.conversation === target.conversation : of(entry) === target.start
    );
    return [...this.talks.accepted(target.conversation), ...here];
  }

  /** Conversations whose first message has not left yet. @returns {import("../shared/outbox.js").Entry[]} */
  unsent() {
    return this.outbox.entries(null).filter((entry) => !entry.start);
  }

  /**
   * Open a new conversation.
   * @param {string} text
   * @param {Record<string, string>} about what the person says of themselves
   * @returns {Target}
   */
  start(text, about) {
    const entry = this.outbox.add({
      conversation: null,
      text,
      about: Object.keys(about).length ? about : undefined,
    });
    return { conversation: null, start: entry.client_id };
  }

  /** @param {Target} target @param {string} text */
  say(target, text) {
    this.outbox.add({ ...target, text });
    this.stopTyping(target);
  }

  /** Everything in this conversation has been looked at. @param {string} id */
  seen(id) {
    const seq = this.talks.last(id);
    const known = conversation(this.state, id);
    if (!known || seq <= known.read_seq || !this.link.ready) return;
    this.link.read(id, seq);
    this.#hear({ type: "read", conversation: id, seq, by: { kind: "customer" } });
  }

  /** @param {Target} target */
  typing({ conversation }) {
    if (!conversation || performance.now() - this.#typed < TYPING_EVERY) return;
    this.#typed = performance.now();
    this.link.typing(conversation, true);
  }

  /** @param {Target} target */
  stopTyping({ conversation }) {
    if (!this.#typed) return;
    this.#typed = 0;
    if (conversation) this.link.typing(conversation, false);
  }

  /** @param {string} token signed by the host site */
  async identify(token) {
    await this.session.settled(); // one that is under way was asked without it
    this.session.identity = token;
    if (this.#begun) await this.#restart();
  }

  /** The next person at this computer must find nothing. */
  async leave() {
    this.outbox.clear();
    await this.session.leave();
    this.shelf.clear();
    await this.#restart();
  }

  /**
   * In another tab this browser became known, or somebody logged out: this one follows.
   * @param {StorageEvent} event
   */
  #elsewhere({ key, newValue }) {
    if (key !== `${this.shelf.prefix}device` || !this.#begun) return;
    if (newValue === null || !this.state.customer) this.#restart();
  }

  async #restart() {
    this.link.stop();
    this.talks.clear();
    this.#hear({ type: "forget" });
    this.#asked = -STALE;
    await this.begin();
  }

  /** @param {import("../shared/outbox.js").Entry & Record<string, any>} entry */
  #deliver(entry) {
    if (!this.link.ready) return false;
    this.link.deliver(entry).then((answer) => this.#delivered(entry, answer), (error) => {
      const signedOut = error instanceof Refused && error.code === "unauthenticated"; // a new token is on its way
      if (error instanceof Lost || signedOut) this.outbox.lost(entry.client_id);
      else if (error instanceof Refused) {
        if (!error.retry) this.emit("error", { code: error.code, message: error.message });
        this.outbox.refused(entry.client_id, error);
      } else this.outbox.refused(entry.client_id, { code: "unavailable", retry: false });
      if (error instanceof Lost && this.link.ready) setTimeout(() => this.outbox.flush(), 2_000);
    });
  }

  /** @param {Record<string, any>} entry @param {Record<string, any>} answer */
  #delivered(entry, answer) {
    const opened = entry.conversation === null ? answer.conversation : null;
    const id = opened?.id ?? entry.conversation;
    this.talks.accept({ ...entry, conversation: id, state: "sent" });
    if (opened) this.#opened(opened, entry.client_id, answer);
    this.talks.head(id, opened ? opened.last_seq ?? 1 : answer.seq ?? answer.message?.seq ?? 0);
    this.outbox.accepted(entry.client_id, opened?.id);
    this.emit("message:sent", { conversation: id });
  }

  /** @param {any} opened @param {string} client_id @param {Record<string, any>} answer */
  #opened(opened, client_id, answer) {
    this.#hear({ type: "conversation.started", conversation: opened });
    this.talks.begin(opened.id);
    if (answer.message?.kind === "message") this.talks.apply(opened.id, answer.message);
    this.emit("conversation:started", { conversation: opened.id, start: client_id });
    if (!answer.device_token) return;
    this.session.keepDevice(answer.device_token);
    // A socket cannot set a cookie: the session call gives the server the chance to.
    this.session.renew().catch(() => {});
  }

  /** @param {Record<string, any> & {type: string}} frame */
  #hear(frame) {
    const before = this.state;
    this.state = reduce(before, { ...frame, now: performance.now() });
    if (frame.type === "event") this.#event(frame, before);
    if (frame.type === "heartbeat") this.#heads(frame.heads ?? {});
    if (frame.type === "welcome" || frame.type === "conversations") {
      for (const { id, last_seq } of this.state.conversations) this.talks.head(id, last_seq);
    }
    if (frame.type === "reset") {
      this.talks.forget(frame.conversation);
      this.#relist();
    }
    if (frame.type === "typing" && frame.active) {
      setTimeout(() => this.#hear({ type: "quiet" }), 6_100);
    }
    this.onChange();
  }

  /** @param {Record<string, any>} frame @param {import("./state.js").State} before */
  #event(frame, before) {
    const id = frame.conversation;
    this.talks.apply(id, frame);
    const known = conversation(before, id);
    if (!known) return this.#relist(); // opened in another tab
    if (frame.seq <= known.last_seq) return;
    if (frame.kind === "message" && frame.by?.kind !== "customer") {
      this.emit("message:received", { conversation: id, text: frame.message?.text, by: frame.by?.name });
    }
    if (frame.kind === "resolved") this.emit("conversation:resolved", { conversation: id });
  }

  /** @param {Record<string, number>} heads */
  #heads(heads) {
    let behind = false;
    for (const [id, seq] of Object.entries(heads)) {
      this.talks.head(id, seq);
      behind ||= !this.talks.has(id) && seq > (conversation(this.state, id)?.last_seq ?? 0);
    }
    if (behind) this.#relist();
  }

  /** Look at the list again; should that fail, the next welcome brings it. */
  #relist() {
    this.link.list().catch(() => {});
  }

  /** @param {string} state */
  #linked(state) {
    this.#hear({ type: "link", link: state });
    if (state !== "live" && state !== "polling") return;
    this.talks.resume();
    this.outbox.flush();
  }

  /** @param {Error} error */
  #failed(error) {
    const refused = error instanceof Refused ? error : null;
    const problem = {
      code: refused?.code ?? "lost",
      message: error.message,
      retry_after: refused?.retry_after ?? null,
    };
    const final = refused !== null && !refused.retry;
    this.#hear({ type: final ? "closed" : "failed", problem });
    this.emit("error", problem);
    if (final) return;
    const wait = (refused?.retry_after ?? 0) * 1000 +
      Math.random() * Math.min(30_000, 1000 * 2 ** this.#retries++);
    this.#again = setTimeout(() => this.begin(), Math.max(500, wait));
  }

  /** @returns {boolean} something here may still bring news: the loader looks again on the next page */
  get pendingNews() {
    return open(this.state).length > 0 || unread(this.state) > 0 || this.outbox.entries().length > 0;
  }
}

/** @param {import("../shared/outbox.js").Entry} entry */
function of(entry) {
  return entry.start ?? entry.client_id;
}
