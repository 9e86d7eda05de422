import { backoff } from "../shared/backoff.js";
import { Refused } from "../shared/errors.js";
import { Outbox } from "../shared/outbox.js";
import { Link } from "./link.js";
import { remembered } from "./memory.js";
import { Person } from "./person.js";
import { Session } from "./session.js";
import { conversation, initial, known, open, reduce, unread } from "./state.js";
import { Talks } from "./talks.js";

const TYPING_EVERY = 3_000;
const STALE = 120_000; // who is here and how fast they answer is asked again after this

/** @typedef {{conversation: string|null, start?: string}} Target a conversation, or one being opened */

/** The customer's side of every conversation: what is known, what is on its way, and what one can do. */
export class Chat {
  #typed = 0;
  #asked = 0;
  #retries = 0;
  begun = false;
  /** The conversation that was opened again because the fix did not hold. */ back = "";
  /** @type {any} */ #again = null;
  /** @type {Map<string, string>} handed out at the end, never written down */ keys = new Map();

  /**
   * @param {object} options
   * @param {Record<string, any>} options.inbox
   * @param {import("../shared/shelf.js").Shelf} options.shelf
   * @param {() => Record<string, any>} options.environment
   * @param {(what: string, detail: any) => void} options.emit events for the host page
   * @param {() => void} options.onChange something to draw
   * @param {() => void} [options.onForget] somebody else may sit here now: nothing may stay on the screen
   * @param {boolean} [options.shared] this is a shared computer
   * @param {string} options.url of the customer socket
   * @param {{fetch?: typeof fetch, ConnectionClass?: any}} [options.ways] other ways to the server
   */
  constructor({ inbox, shelf, environment, emit, onChange, onForget, shared = false, url, ways = {} }) {
    this.state = initial(inbox);
    this.inbox = inbox.key;
    this.shelf = shelf;
    this.emit = emit;
    this.onChange = onChange;
    this.onForget = onForget ?? (() => {});
    this.session = new Session({
      inbox: inbox.key,
      shelf,
      environment,
      fetch: ways.fetch,
      onSession: (session, named) => {
        this.#asked = performance.now();
        this.person.settle(session, named);
        this.hear({ type: "session", session });
        this.emit("availability", {
          open: this.state.inbox.open !== false,
          technicians: session.inbox?.technicians,
        });
      },
      known: (session) => known(this.state, session.conversations),
      onIdentityRefused: (error) => this.emit("error", { code: error.code, reason: error.reason }),
    });
    this.outbox = new Outbox({
      storage: shelf.storage,
      key: `${shelf.prefix}out`,
      send: (entry) => this.link.ready && void this.#deliver(entry),
      mine: (entry) => this.person?.mine(entry) ?? false,
      vault: shared ? null : undefined,
      onChange: () => this.onChange(),
    });
    /** @type {Link} */
    this.link = new Link({
      url,
      ConnectionClass: ways.ConnectionClass,
      session: this.session,
      cursors: () => this.talks.cursors(),
      onFrame: (frame) => this.hear(frame),
      onState: (state) => this.#linked(state),
    });
    /** @type {Talks} */
    this.talks = new Talks({
      page: (id, after, limit) => this.link.page(id, after, limit),
      lastSeq: (id) => conversation(this.state, id)?.last_seq ?? 0,
      onChange: () => this.onChange(),
      onGone: () => this.#relist(),
    });
    this.person = new Person(this);
    this.person.shared = this.session.shared = shared;
    this.outbox.refresh();
  }

  /** Begin, or look again after a while. Failures are shown and tried again; this never throws. */
  async begin() {
    if (this.state.phase === "ready" && performance.now() - this.#asked < STALE) return this.link.retryNow();
    this.begun = true;
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
  pending({ conversation, start }) {
    const into = (/** @type {any} */ one) =>
      conversation ? one.conversation === conversation : of(one) === start;
    return [...this.talks.accepted(conversation), ...this.outbox.entries().filter(into)];
  }

  /** Conversations whose first message has not left yet. @returns {import("../shared/outbox.js").Entry[]} */
  unsent() {
    return this.outbox.entries(null).filter((entry) => !entry.start);
  }

  /**
   * Open a new conversation.
   * @param {string} text
   * @param {Record<string, string>} about what the person says of themselves
   */
  start(text, about) {
    if (about.email) remembered(this.inbox, "email", about.email);
    const said = Object.keys(about).length ? about : undefined;
    const entry = this.person.write({ conversation: null, text, about: said });
    return { conversation: null, start: entry.client_id };
  }

  /** @param {Target} target @param {string} text */
  say(target, text) {
    this.person.write({ ...target, text });
    this.stopTyping(target);
  }

  /** Everything in this conversation has been looked at. @param {string} id */
  seen(id) {
    const seq = this.talks.last(id);
    const known = conversation(this.state, id);
    if (!known || seq <= known.read_seq || !this.link.ready) return;
    this.link.read(id, seq);
    this.hear({ type: "read", conversation: id, seq, by: { kind: "customer" } });
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

  /**
   * A way back: with the code from a mailbox, or with a key.
   * @param {"code"|"resume-key"} way
   * @param {Record<string, string>} proof
   * @returns {Promise<{found: number, key: string|null}>} how many came back, and the key for the next time
   * @throws {Refused|Lost}
   */
  async recover(way, proof) {
    const had = new Set(this.state.conversations.map((one) => one.id));
    const session = await this.session.call("POST", `recovery/${way}`, proof);
    this.session.take(session);
    this.session.acted = true;
    this.link.stop(); // the socket speaks for the visitor one was
    this.link.start();
    const found = this.state.conversations.filter((one) => !had.has(one.id)).length;
    this.hear({ type: "recognised", found });
    return { found, key: session.new_resume_key ?? null };
  }

  /**
   * Has the fix held? A no opens the conversation again.
   * @param {string} id
   * @param {boolean} held
   * @throws {Refused|Lost}
   */
  async answer(id, held) {
    const answer = await this.session.call("POST", `conversations/${id}/outcome`, { held });
    if (!held) this.back = id;
    if (answer?.conversation) this.hear({ type: "conversation", conversation: answer.conversation });
    return answer;
  }

  /** What came back has been seen. */
  noticed() {
    if (this.state.found) this.hear({ type: "noticed" });
  }

  /** Begin anew, as whoever sits here now. */
  async restart() {
    this.link.stop();
    this.talks.clear();
    this.keys.clear();
    this.hear({ type: "forget" });
    this.#asked = -STALE;
    await this.begin();
  }

  /** News, from the server or from here. @param {Record<string, any> & {type: string}} frame */
  hear(frame) {
    const before = this.state;
    this.state = reduce(before, { ...frame, now: performance.now() });
    if (frame.type === "event") this.#event(frame, before);
    if (frame.type === "heartbeat") this.#heads(frame.heads ?? {});
    if (frame.type === "welcome" || frame.type === "conversations") {
      for (const { id, last_seq } of this.state.conversations) {
        this.talks.head(id, last_seq);
        if (frame.type === "welcome" && last_seq < this.talks.last(id)) this.#reset(id, "restored");
      }
    }
    if (frame.type === "reset") this.#reset(frame.conversation, frame.reason);
    if (frame.type === "typing" && frame.active) setTimeout(() => this.hear({ type: "quiet" }), 6_100);
    this.onChange();
  }

  /** What we hold of it is not true any more. @param {string} id @param {string} reason */
  #reset(id, reason) {
    const held = this.talks.forget(id);
    this.keys.delete(id);
    if (reason === "access_ended") this.person.lost(id);
    if (reason === "restored") import("./restored.js").then((mend) => mend.giveBack(this, id, held));
    this.#relist();
  }

  /** @param {Record<string, any>} frame @param {import("./state.js").State} before */
  #event(frame, before) {
    const id = frame.conversation;
    const { resume_key, ...resolved } = frame.resolved ?? {};
    if (resume_key) this.keys.set(id, resume_key);
    this.talks.apply(id, resume_key ? { ...frame, resolved } : frame);
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

  /** Should that fail, the next welcome brings it. */
  #relist() {
    this.link.list().catch(() => {});
  }

  /** @param {import("../shared/outbox.js").Entry} entry */
  async #deliver(entry) {
    const { turn } = this.session;
    const way = await import("./delivery.js").catch(() => null);
    if (way && turn === this.session.turn) way.deliver(this, entry);
    else this.outbox.lost(entry.client_id);
  }

  /** @param {string} state */
  #linked(state) {
    this.hear({ type: "link", link: state });
    if (state !== "live" && state !== "polling") return;
    this.talks.resume();
    this.outbox.flush();
  }

  /** @param {Error} error */
  #failed(error) {
    const refused = error instanceof Refused ? error : null;
    const { code = "lost", retry_after = null } = refused ?? {};
    const problem = { code, message: error.message, retry_after };
    const final = refused !== null && !refused.retry;
    this.hear({ type: final ? "closed" : "failed", problem });
    this.emit("error", problem);
    if (final) return;
    const wait = backoff(++this.#retries, Math.random, { floor: (retry_after ?? 0) * 1000 });
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
