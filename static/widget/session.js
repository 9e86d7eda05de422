import { Lost, Refused } from "../shared/errors.js";

const API = "/api/widget/v1/";
const PATIENCE = 15_000;
const RENEW_AT = 0.8; // of its life: a token must not run out in the middle of a message

/**
 * @typedef {object} SessionOptions
 * @property {string} inbox public key
 * @property {import("../shared/shelf.js").Shelf} shelf where the device token's second copy lives
 * @property {() => Record<string, any>} environment
 * @property {(session: Record<string, any>, named: boolean) => void} onSession `named`: as the host site signed
 * @property {(error: Refused) => void} onIdentityRefused
 * @property {(session: Record<string, any>) => boolean} [known] it shows a conversation that is on the screen
 * @property {typeof fetch} [fetch]
 * @property {(run: () => void, ms: number) => any} [later]
 */

/** This browser's visit: its tokens, and calls that carry them. */
export class Session {
  token = "";
  /** @type {string|null} a signed identity, used once */ identity = null;
  /** Something was written here in this visit. */ acted = false;
  /** Whom the identity names, as far as it says; another person than the visit speaks for? */ subject = "";
  another = false;
  /** The identity names whom the visit speaks for already. */ same = false;
  /** @type {string} set while somebody named could not be proved: they are a visitor, not whose browser this is */
  #masked = "";
  /** This is a shared computer: no cookie is to stay. */ shared = false;
  /** Grows when the person changes: an answer to a question of an earlier turn is somebody else's. */ turn =
    0;
  /** @type {Promise<Record<string, any>>|null} */ #asking = null;
  /** @type {string|null} the customer the host site has signed for; "": somebody not on file */ #signed =
    null;
  /** @type {any} */ #timer = null;

  /** @param {SessionOptions} options */
  constructor(options) {
    this.options = options;
    this.fetch = options.fetch ??
      ((/** @type {any} */ url, /** @type {any} */ init) => globalThis.fetch(url, init));
    this.later = options.later ?? ((run, ms) => setTimeout(run, ms));
  }

  /**
   * Begin or renew the visit. Several callers at once share one request.
   * @returns {Promise<Record<string, any>>}
   * @throws {Refused|Lost}
   */
  renew() {
    this.#asking ??= this.#renew().finally(() => this.#asking = null);
    return this.#asking;
  }

  /** No request for a session is under way any more. */
  async settled() {
    await this.#asking?.catch(() => {});
  }

  /** Somebody else may sit here now: what was asked for before is not waited for. */
  turned() {
    this.turn++;
    this.#asking = this.#signed = null;
  }

  /**
   * Call an endpoint with the token; a token that ran out is renewed once.
   * @param {string} method
   * @param {string} path below the widget API
   * @param {Record<string, any>} [body]
   * @returns {Promise<any>} the answer's JSON; the text of a page; null for an empty one
   * @throws {Refused|Lost}
   */
  async call(method, path, body) {
    const { turn } = this;
    const ask = async () => {
      if (turn === this.turn) {
        const answer = await this.#request(method, path, body);
        if (turn === this.turn) return answer;
      }
      throw new Lost("somebody else sits here now");
    };
    if (!this.token) await this.renew();
    const used = this.token;
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401 || turn !== this.turn) throw error;
      if (this.token === used) await this.renew();
      return await ask();
    }
  }

  /**
   * A session that came as the answer to something else: a code, a key.
   * @param {Record<string, any>} session
   * @param {boolean} [named] the host site has just said who this is
   */
  take(session, named = false) {
    const { shelf, onSession } = this.options;
    this.token = session.access_token;
    this.another = false;
    if (named) {
      this.acted = false;
      this.#signed = session.customer?.id ?? "";
    }
    this.keepDevice(session.device_token);
    if (session.customer) shelf.remove("visit");
    clearTimeout(this.#timer);
    const life = Math.max(30, session.expires_in || 3600) * 1000 * RENEW_AT;
    this.#timer = this.later(() => this.renew().catch(() => {}), Math.min(life, 2 ** 31 - 1));
    if (this.shared) this.uncookie();
    onSession(session, named);
  }

  /** Take the cookie back: it is HttpOnly, so only the server can. @returns {Promise<boolean>} it is gone */
  async uncookie() {
    try {
      await this.#request("DELETE", "session");
      return true;
    } catch (error) {
      return error instanceof Refused && !error.retry;
    }
  }

  /** @param {string|null|undefined} token a device token the server has just made */
  keepDevice(token) {
    if (token) this.options.shelf.set(`device${this.#masked}`, token);
  }

  /** A visitor begins something: should the page be left before the answer, the next session goes on with this visit. */
  keepVisit() {
    // Not one that was signed for: without its page and its person it is to end.
    if (this.#signed === null && !this.options.shelf.get(`device${this.#masked}`)) {
      this.options.shelf.set("visit", this.token);
    }
  }

  /** Forget who this is, in this browser. The next session begins only when the cookie is gone, too. */
  leave() {
    const { shelf } = this.options;
    this.turned();
    clearTimeout(this.#timer);
    this.identity = this.#signed = null;
    this.acted = this.another = false;
    this.#masked = "";
    shelf.clear();
    shelf.set("leaving", "1");
    this.token = "";
  }

  /** @returns {Promise<Record<string, any>>} */
  async #renew() {
    const { turn } = this;
    const { inbox, shelf, environment } = this.options;
    if (shelf.get("leaving")) {
      if (!await this.uncookie()) throw new Lost("cannot be forgotten yet");
      shelf.remove("leaving");
    }
    const identity = this.identity;
    this.identity = null;
    /** @type {Record<string, any>} */
    const body = { inbox, environment: environment() };
    if (identity) this.#masked = "";
    const device = shelf.get(`device${this.#masked}`);
    if (device) body.device_token = device;
    // The visit goes on: a code that was asked for, a signature, a first message whose answer was lost.
    // With an identity only where whoever sits here has written: a page that merely showed somebody's device says
    // nothing of who logs in on it now.
    const visit = this.token || shelf.get("visit");
    if (visit && (!identity || this.acted && !this.another)) body.access_token = visit;
    if (this.shared) body.shared = true;
    if (identity) body.identity = identity;
    let session;
    try {
      session = await this.#request("POST", "session", body, false);
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== "identity_refused" || !identity) {
        if (turn !== this.turn) return this.renew();
        this.identity ??= identity; // not looked at: it may still be good
        throw error;
      }
      if (turn !== this.turn) return this.renew();
      this.options.onIdentityRefused(error);
      if (this.same) throw new Lost("what was shown is still theirs");
      // Whoever was to be named may not be the one who used this browser before: a visitor, with what is their own.
      this.#masked = `.${this.subject}`;
      delete body.identity;
      body.device_token = shelf.get(`device${this.#masked}`) ?? undefined;
      body.access_token = shelf.get("visit") ?? undefined;
      session = await this.#request("POST", "session", body, false);
    }
    // Meanwhile somebody else was named, or left: this answer speaks of the one before.
    if (turn !== this.turn) return this.renew();
    if (!body.identity && !this.#stillSigned(session)) {
      this.options.onIdentityRefused(new Refused({ code: "identity_refused", reason: "ended" }));
      throw new Lost("the signature has ended");
    }
    this.take(session, Boolean(body.identity));
    return session;
  }

  /**
   * A signature that has run out must not bring the one who used this browser before back onto the screen: the host
   * page signs again, or says that somebody logged out.
   * @param {Record<string, any>} session
   */
  #stillSigned(session) {
    const { customer } = session;
    if (this.#signed === null || !customer) return true;
    return this.#signed ? customer.id === this.#signed : Boolean(this.options.known?.(session));
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Record<string, any>} [body]
   * @param {boolean} [signed] with the bearer token
   */
  async #request(method, path, body, signed = true) {
    /** @type {Record<string, string>} */
    const headers = { accept: "application/json" };
    if (signed && this.token) headers.authorization = `Bearer ${this.token}`;
    if (body) headers["content-type"] = "application/json";
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(), PATIENCE);
    let response;
    let answer = null;
    try {
      response = await this.fetch(API + path, {
        method,
        headers,
        body: body && JSON.stringify(body),
        credentials: this.#masked ? "omit" : "same-origin",
        cache: "no-store",
        signal: cut.signal,
      });
      const text = await response.text();
      const type = response.headers.get("content-type") ?? "";
      answer =
        text && (type.includes("json") ? JSON.parse(text) : response.ok && type.includes("html") && text) ||
        null;
    } catch (error) {
      throw new Lost(String(error));
    } finally {
      clearTimeout(timer);
    }
    if (response.ok) return answer;
    const wait = Number(response.headers.get("retry-after"));
    throw new Refused({
      code: response.status >= 500 ? "unavailable" : "invalid",
      ...answer,
      status: response.status,
      retry: response.status === 429 || response.status >= 500,
      retry_after: wait > 0 ? wait : answer?.retry_after,
    });
  }
}
