import { backoff } from "../shared/backoff.js";
import { Connection, Lost, Refused } from "../shared/connection.js";

const GIVE_UP_AFTER = 3; // sockets in a row that never opened, before asking over HTTP as well
const PATIENCE = 3_000; // and the same for one that hangs, or dies again and again
const TICK = 3_000;
const TICK_HIDDEN = 15_000;
const PAGE = 200;

/**
 * @typedef {object} LinkOptions
 * @property {string} url of the customer socket
 * @property {import("./session.js").Session} session
 * @property {() => Record<string, number>} cursors last number known, by conversation
 * @property {(frame: Record<string, any> & {type: string}) => void} onFrame
 * @property {(state: string) => void} onState "connecting", "live", "polling", "waiting", "stopped", "refused"
 * @property {any} [ConnectionClass]
 * @property {{setTimeout: (run: () => void, ms: number) => any, clearTimeout: (id: any) => void}} [timers]
 * @property {() => boolean} [hidden] nobody is looking
 * @property {() => number} [random]
 */

/**
 * The way to the server: a socket, and where sockets are blocked, HTTP with polling. Whoever uses it does not
 * notice which, except that news ticks in more slowly. The socket is tried again all the while.
 */
export class Link {
  #polling = false; // HTTP is the way
  #ticking = false;
  #renewals = 0;
  #missed = 0; // polls in a row without an answer
  /** @type {any} */ #timer = null; // of the next poll
  #epoch = ""; // of the database that what is held here comes from

  /** @param {LinkOptions} options */
  constructor(options) {
    this.options = options;
    this.session = options.session;
    this.timers = options.timers ?? globalThis;
    this.random = options.random ?? Math.random;
    this.hidden = options.hidden ?? (() => globalThis.document?.hidden ?? false);
    const ConnectionClass = options.ConnectionClass ?? Connection;
    /** @type {Connection} */
    this.connection = new ConnectionClass({
      url: options.url,
      hello: async () => {
        if (!this.session.token) await this.session.renew();
        return { token: this.session.token, epoch: this.#epoch, cursors: options.cursors() };
      },
      onFrame: (/** @type {any} */ frame) => {
        // What was held of another epoch has been reset by frames before this one.
        if (frame.type === "welcome") this.#epoch = frame.epoch ?? "";
        options.onFrame(frame);
      },
      onState: (/** @type {string} */ state, /** @type {any} */ detail) => this.#heard(state, detail),
    });
  }

  /** @returns {boolean} a message given to `deliver` now would leave */
  get ready() {
    return this.#live || this.#polling;
  }

  start() {
    this.connection.start();
  }

  stop() {
    this.#stopPolling();
    this.connection.stop();
  }

  /** The person is looking again, or asks for it: try now. */
  retryNow() {
    this.connection.retryNow();
    if (this.#polling) this.#poll();
  }

  /**
   * Give a message to the server.
   * @param {import("../shared/outbox.js").Entry & Record<string, any>} entry
   * @returns {Promise<Record<string, any>>} `{seq}` or, when it opened one, `{conversation, message, device_token}`
   * @throws {Refused|Lost}
   */
  async deliver(entry) {
    const { client_id, text, conversation, about } = entry;
    const opening = conversation === null;
    if (opening) this.session.keepVisit();
    if (this.#live) {
      return await this.connection.ask(
        opening
          ? { type: "conversation.start", client_id, text, about }
          : { type: "message.send", conversation, client_id, text },
      );
    }
    if (!this.#polling) throw new Lost();
    const answer =
      await (opening
        ? this.session.call("POST", "conversations", { client_id, text, about })
        : this.session.call("POST", `conversations/${conversation}/messages`, { client_id, text }));
    this.#poll();
    return answer;
  }

  /**
   * A page of events.
   * @param {string} conversation
   * @param {number} after
   * @param {number} [limit]
   * @returns {Promise<{events: any[], last_seq: number, more: boolean}>}
   * @throws {Refused|Lost}
   */
  async page(conversation, after, limit = PAGE) {
    if (this.#live) {
      return /** @type {any} */ (await this.connection.ask({ type: "sync", conversation, after, limit }));
    }
    return await this.session.call(
      "GET",
      `conversations/${conversation}/events?after=${after}&limit=${limit}`,
    );
  }

  /** What this person's conversations look like now; the answer comes as a frame. */
  async list() {
    const answer = await this.session.call("GET", "conversations"); // Lost, should somebody else sit here by then
    const conversations = Array.isArray(answer) ? answer : answer?.conversations;
    this.#lives(answer?.epoch);
    this.options.onFrame({ type: "conversations", conversations });
    return /** @type {any[]} */ (conversations ?? []);
  }

  /** Over HTTP nobody says `reset`: where the database was restored, all that is held here is asked for again.
   * @param {string|undefined} epoch */
  #lives(epoch) {
    const before = this.#epoch;
    if (!epoch || epoch === before) return;
    this.#epoch = epoch;
    if (!before) return;
    for (const conversation of Object.keys(this.options.cursors())) {
      this.options.onFrame({ type: "reset", conversation, reason: "restored" });
    }
  }

  /**
   * @param {string} conversation
   * @param {number} seq read up to here
   */
  read(conversation, seq) {
    if (this.connection.send({ type: "read", conversation, seq })) return;
    this.session.call("POST", `conversations/${conversation}/read`, { seq }).catch(() => {});
  }

  /**
   * @param {string} conversation
   * @param {boolean} active
   */
  typing(conversation, active) {
    this.connection.send({ type: "typing", conversation, active });
  }

  /**
   * @param {string} state
   * @param {{failures?: number, in?: number, code?: number}} detail
   */
  #heard(state, detail) {
    const { onState } = this.options;
    if (state === "live") {
      this.#renewals = 0;
      this.#stopPolling();
    }
    if (state === "signed_out") return void this.#renew();
    if (state === "waiting" && (detail.failures ?? 0) >= GIVE_UP_AFTER && !this.#missed) this.#poll();
    if (["waiting", "connecting"].includes(state) && !this.#timer) this.#soon();
    onState(this.#polling && state !== "live" ? "polling" : state);
  }

  #soon(wait = PATIENCE * (1 + this.random())) {
    this.timers.clearTimeout(this.#timer);
    this.#timer = this.timers.setTimeout(() => this.#poll(), wait);
  }

  /** The token ran out: a new one, then the socket again; slower each time, should the server refuse all. */
  async #renew() {
    this.options.onState("waiting");
    const wait = this.#renewals++ ? Math.min(30_000, 1000 * 2 ** this.#renewals) : 0;
    try {
      if (wait) await new Promise((done) => this.timers.setTimeout(() => done(null), wait));
      await this.session.renew();
    } catch { /* hello asks again, with the connection's own back-off */ }
    if (this.connection.state === "signed_out") this.connection.start();
  }

  get #live() {
    return this.connection.state === "live";
  }

  async #poll() {
    if (this.#ticking || this.#live) return;
    if (this.connection.expected && !this.#polling) return this.#soon();
    this.#ticking = true;
    // Not all in the same moment, nor as often as ever while the server is away: it would not get up again.
    let wait = (this.hidden() ? TICK_HIDDEN : TICK) * (0.75 + this.random() / 2);
    try {
      const listed = await this.list();
      const cursors = this.options.cursors();
      for (const { id, last_seq } of listed) {
        if (last_seq > cursors[id]) await this.#feed(id, cursors[id]);
      }
      this.#missed = 0;
      if (!this.#polling && !this.#live) {
        this.#polling = true;
        this.options.onState("polling");
      }
    } catch (error) {
      if (this.#polling) this.options.onState("waiting");
      this.#polling = false;
      const asked = error instanceof Refused && error.retry_after || 0;
      wait = backoff(++this.#missed, this.random, { floor: Math.max(PATIENCE, asked * 1000) });
    }
    this.#ticking = false;
    if (["live", "stopped", "refused"].includes(this.connection.state)) return this.#stopPolling();
    this.#soon(wait);
  }

  /** @param {string} conversation @param {number} after */
  async #feed(conversation, after) {
    for (let more = true; more;) {
      const page = await this.page(conversation, after);
      for (const event of page.events) this.options.onFrame({ ...event, type: "event", conversation });
      more = page.more && page.events.length > 0;
      after = page.events.at(-1)?.seq ?? after;
    }
  }

  #stopPolling() {
    this.#polling = false;
    this.#missed = 0;
    this.timers.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
