import { Lost, Refused } from "../shared/errors.js";

const API = "/api/widget/v1/";
const PATIENCE = 15_000;
const RENEW_AT = 0.8; // of its life: a token must not run out in the middle of a message

/**
 * @typedef {object} SessionOptions
 * @property {string} inbox public key
 * @property {import("../shared/shelf.js").Shelf} shelf where the device token's second copy lives
 * @property {() => Record<string, any>} environment
 * @property {(session: Record<string, any>) => void} onSession
 * @property {(error: Refused) => void} onIdentityRefused
 * @property {typeof fetch} [fetch]
 * @property {(run: () => void, ms: number) => any} [later]
 */

/** This browser's visit: its tokens, and calls that carry them. */
export class Session {
  token = "";
  /** @type {string|null} a signed identity, used once */ identity = null;
  /** @type {Promise<Record<string, any>>|null} */ #asking = null;
  /** @type {any} */ #timer = null;

  /** @param {SessionOptions} options */
  constructor(options) {
    this.options = options;
    this.fetch = options.fetch ??
      ((/** @type {any} */ url, /** @type {any} */ init) => globalThis.fetch(url, init));
    this.later = options.later ?? ((run, ms) => globalThis.setTimeout(run, ms));
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

  /**
   * Call an endpoint with the token; a token that ran out is renewed once.
   * @param {string} method
   * @param {string} path below the widget API
   * @param {Record<string, any>} [body]
   * @returns {Promise<any>} the answer's JSON; null for an empty one
   * @throws {Refused|Lost}
   */
  async call(method, path, body) {
    if (!this.token) await this.renew();
    const used = this.token;
    try {
      return await this.#request(method, path, body);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error;
      if (this.token === used) await this.renew();
      return this.#request(method, path, body);
    }
  }

  /** @param {string|null|undefined} token a device token the server has just made */
  keepDevice(token) {
    if (token) this.options.shelf.set("device", token);
  }

  /** A visitor begins a conversation: should its answer be lost, the next session goes on with this visit. */
  keepVisit() {
    if (!this.options.shelf.get("device")) this.options.shelf.set("visit", this.token);
  }

  /** Forget who this is, in this browser. */
  async leave() {
    this.options.shelf.remove("device");
    this.options.shelf.remove("visit");
    this.identity = null;
    // The cookie is HttpOnly: only the server can take it back.
    await this.#request("DELETE", "session").catch(() => {});
    this.token = "";
  }

  async #renew() {
    const { inbox, shelf, environment, onSession } = this.options;
    const identity = this.identity;
    this.identity = null;
    /** @type {Record<string, any>} */
    const body = { inbox, environment: environment() };
    const device = shelf.get("device");
    if (device) body.device_token = device;
    // A visitor who wrote, and never heard back, goes on with the same visit: what they began is found again.
    else body.access_token = shelf.get("visit") || undefined;
    if (identity) body.identity = identity;
    let session;
    try {
      session = await this.#request("POST", "session", body, false);
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== "identity_refused" || !identity) {
        this.identity ??= identity; // not looked at: it may still be good
        throw error;
      }
      this.options.onIdentityRefused(error);
      delete body.identity;
      session = await this.#request("POST", "session", body, false);
    }
    this.token = session.access_token;
    this.keepDevice(session.device_token);
    if (session.customer) shelf.remove("visit");
    clearTimeout(this.#timer);
    const life = Math.max(30, session.expires_in || 3600) * 1000 * RENEW_AT;
    this.#timer = this.later(() => this.renew().catch(() => {}), Math.min(life, 2 ** 31 - 1));
    onSession(session);
    return session;
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
    if (signed) headers.authorization = `Bearer ${this.token}`;
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
        credentials: "same-origin",
        cache: "no-store",
        signal: cut.signal,
      });
      const text = await response.text();
      answer = text && (response.headers.get("content-type") ?? "").includes("json")
        ? JSON.parse(text)
        : null;
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
