import { backoff } from "./backoff.js";
import { Lost, Refused } from "./errors.js";

export { Lost, Refused };

/**
 * @typedef {"connecting"|"live"|"waiting"|"stopped"|"signed_out"|"refused"} ConnectionState
 * @typedef {Record<string, any> & {type: string}} Frame
 * @typedef {{code?: number, reason?: string, in?: number, failures?: number}} StateDetail
 *   `code`, `reason`: of the close; `in`: milliseconds until the next try; `failures`: tries in a row that
 *   never reached `live`
 * @typedef {{setTimeout: (run: () => void, ms: number) => any, clearTimeout: (id: any) => void}} Timers
 * @typedef {object} ConnectionOptions
 * @property {string} url
 * @property {string} [protocol]
 * @property {() => (Record<string, any>|Promise<Record<string, any>>)} [hello] fields of the `hello` frame;
 *   asked for at every connection, so tokens and cursors are of that moment
 * @property {(frame: Frame) => void} [onFrame] every frame except answers to `ask`
 * @property {(state: ConnectionState, detail: StateDetail) => void} [onState]
 * @property {any} [WebSocketClass]
 * @property {Timers} [timers]
 * @property {() => number} [random]
 * @property {() => number} [now] milliseconds
 */

const CONNECT_TIMEOUT = 12_000; // a proxy may swallow the whole handshake
const WELCOME_TIMEOUT = 25_000; // when thousands come back at once, the server has each stand in line for up to 20 s
const PONG_TIMEOUT = 5_000;
const SETTLED = 5_000; // shorter than this after welcome is still the same failure, so back-off goes on
const DRAINING = 7_000; // between two questions whether a draining server is there; longer than one waits for its answer
const SPREAD = { 1012: 2_000, 4429: 5_000, 4400: 10_000, 4413: 10_000 };

/**
 * One socket that stays: opens, says hello, notices silence, and comes back with jitter until told to stop.
 * After `signed_out` (4401) and `refused` (4403) it rests until `start()` is called again.
 */
export class Connection {
  /** @type {any} */ #socket = null;
  /** @type {ConnectionState} */ #state = "stopped";
  /** @type {Map<string, {resolve: (frame: Frame) => void, reject: (error: Error) => void, timer: any}>} */
  #asked = new Map();
  #refs = 0;
  #attempt = 0;
  #failures = 0;
  #liveSince = 0;
  #lastFrame = 0;
  #heartbeat = 25_000;
  #floor = 0; // what the server asked us to wait before the next connection, ms
  /** @type {any} */ #timer = null; // connecting: the deadline; live: the watch; waiting: the next try

  /** @param {ConnectionOptions} options */
  constructor(options) {
    this.expected = false; // the server knows of us and has us wait: nothing is gained by asking in other ways
    this.url = options.url;
    this.protocol = options.protocol ?? "rapport.v1";
    this.hello = options.hello ?? (() => ({}));
    this.onFrame = options.onFrame ?? (() => {});
    this.onState = options.onState ?? (() => {});
    this.WebSocketClass = options.WebSocketClass ?? globalThis.WebSocket;
    this.timers = options.timers ?? globalThis;
    this.random = options.random ?? Math.random;
    this.now = options.now ?? (() => performance.now()); // a wall clock that is put back would look like silence
    this.late = () => this.#lost(1006, "no welcome in time");
    this.woken = () => this.retryNow();
    this.seen = () => {
      if (globalThis.document?.visibilityState === "visible") this.retryNow();
    };
  }

  /** @returns {ConnectionState} */
  get state() {
    return this.#state;
  }

  /** Connect now and stay connected. Harmless when already connecting or live. */
  start() {
    if (this.#state === "connecting" || this.#state === "live") return;
    if (this.#state !== "waiting") this.#listen(true);
    this.#open();
  }

  /** Close and stay closed. Open questions are rejected with `Lost`. */
  stop() {
    this.#listen(false);
    this.#dropSocket(1000);
    this.#become("stopped", {});
  }

  /** The person or the browser says the network is back: try at once, or make sure the socket is alive. */
  retryNow() {
    if (this.#state === "waiting") this.#open();
    else if (this.#state === "live") this.#probe();
  }

  /**
   * Send a frame that needs no answer.
   * @param {Frame} frame
   * @returns {boolean} false when not live; the frame is then not kept
   */
  send(frame) {
    if (this.#state !== "live") return false;
    try {
      this.#socket.send(JSON.stringify(frame));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Send a frame and wait for the answer that carries its `ref`. The answer does not go to `onFrame`.
   * @param {Frame} frame
   * @param {{timeout?: number}} [options] milliseconds
   * @returns {Promise<Frame>}
   * @throws {Refused} the server answered with an error
   * @throws {Lost} the socket went away or the time ran out; the request may or may not have been done
   */
  ask(frame, { timeout = 15_000 } = {}) {
    const ref = `r${++this.#refs}`;
    return new Promise((resolve, reject) => {
      const timer = this.timers.setTimeout(() => {
        this.#asked.delete(ref);
        reject(new Lost("no answer in time"));
        this.#probe(); // silence is the first sign of a dead socket
      }, timeout);
      this.#asked.set(ref, { resolve, reject, timer });
      if (!this.send({ ...frame, ref })) this.#settle(ref, new Lost("not connected"));
    });
  }

  /** @param {boolean} on */
  #listen(on) {
    const method = on ? "addEventListener" : "removeEventListener";
    globalThis[method]?.("online", this.woken);
    globalThis.document?.[method]("visibilitychange", this.seen);
  }

  #open() {
    this.#dropSocket(1000);
    this.#become("connecting", {});
    /** @type {any} */
    let socket;
    try {
      socket = new this.WebSocketClass(this.url, this.protocol);
    } catch (error) {
      return this.#lost(1006, String(error));
    }
    this.#socket = socket;
    this.#later(this.late, CONNECT_TIMEOUT);
    this.expected = false;
    socket.onclose = (/** @type {{code: number, reason: string}} */ event) =>
      this.#lost(event.code, event.reason);
    socket.onmessage = (/** @type {{data: any}} */ event) => this.#receive(event.data);
    socket.onopen = async () => {
      try {
        const fields = await this.hello();
        if (socket !== this.#socket) return;
        socket.send(JSON.stringify({ ...fields, type: "hello" }));
        this.#later(this.late, WELCOME_TIMEOUT);
        this.expected = true;
      } catch (error) {
        if (socket !== this.#socket) return;
        this.#wait(/** @type {any} */ (error).retry_after);
        this.#lost(1006, `hello: ${/** @type {Error} */ (error).message}`);
      }
    };
  }

  /** @param {any} data */
  #receive(data) {
    this.#lastFrame = this.now();
    /** @type {Frame} */
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (!frame || typeof frame.type !== "string") return;
    if (frame.type === "welcome") this.#welcomed(frame);
    else if (frame.type === "goodbye") this.#draining(frame);
    else if (frame.type === "error" && this.#state === "connecting") this.#wait(frame.retry_after);
    if (frame.ref && this.#asked.has(frame.ref)) {
      this.#settle(frame.ref, frame.type === "error" ? new Refused(frame) : frame);
    } else if (frame.type !== "pong") this.onFrame(frame);
  }

  /** @param {Frame} frame */
  #welcomed(frame) {
    this.#heartbeat = (frame.heartbeat || 25) * 1000;
    this.#liveSince = this.now();
    this.#failures = 0;
    this.#floor = 0;
    this.#watch();
    this.#become("live", {});
  }

  /**
   * It serves us until our turn comes; who left before would crowd with all others who do. It may die meanwhile.
   * @param {Frame} frame
   */
  #draining(frame) {
    this.#wait(frame.retry_after);
    const socket = this.#socket;
    this.timers.setTimeout(() => {
      if (socket !== this.#socket) return;
      this.#probe();
      this.#draining(frame);
    }, DRAINING);
  }

  /** @param {unknown} seconds */
  #wait(seconds) {
    if (typeof seconds === "number" && seconds > 0) this.#floor = Math.min(seconds, 300) * 1000;
  }

  /** @param {() => void} run @param {number} ms instead of whatever was to be done later */
  #later(run, ms) {
    this.timers.clearTimeout(this.#timer);
    this.#timer = this.timers.setTimeout(run, ms);
  }

  #watch() {
    this.#later(() => {
      const silent = this.now() - this.#lastFrame;
      if (silent >= 2.5 * this.#heartbeat) this.#probe();
      else this.#watch();
    }, Math.max(50, 2.5 * this.#heartbeat - (this.now() - this.#lastFrame)));
  }

  /** Ask for a sign of life; without one in time the socket is dead, whatever the browser believes. */
  #probe() {
    if (this.#state !== "live") return;
    const socket = this.#socket;
    const asked = this.now();
    this.send({ type: "ping", ref: "life" });
    this.#later(() => {
      if (socket !== this.#socket) return;
      if (this.#lastFrame >= asked && this.#lastFrame > 0) this.#watch();
      else this.#lost(1006, "silent");
    }, PONG_TIMEOUT);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    const wasLive = this.#state === "live";
    this.#dropSocket(1000);
    if (code === 4401) return this.#become("signed_out", { code, reason });
    if (code === 4403) return this.#become("refused", { code, reason });
    if (wasLive && this.now() - this.#liveSince >= SETTLED) this.#attempt = 0;
    if (!wasLive) this.#failures++;
    const spread = SPREAD[/** @type {keyof typeof SPREAD} */ (code)] ?? 0;
    this.expected = code === 1012 && this.#floor > 0;
    const wait = backoff(this.#attempt++, this.random, { floor: this.#floor, spread });
    this.#floor = 0;
    this.#later(() => this.#open(), wait);
    this.#become("waiting", { code, reason, in: wait, failures: this.#failures });
  }

  /** @param {number} code */
  #dropSocket(code) {
    this.timers.clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onclose = socket.onmessage = null;
      try {
        socket.close(code);
      } catch { /* already gone */ }
    }
    for (const ref of [...this.#asked.keys()]) this.#settle(ref, new Lost());
  }

  /**
   * @param {string} ref
   * @param {Frame|Error} answer
   */
  #settle(ref, answer) {
    const asked = this.#asked.get(ref);
    if (!asked) return;
    this.#asked.delete(ref);
    this.timers.clearTimeout(asked.timer);
    if (answer instanceof Error) asked.reject(answer);
    else asked.resolve(answer);
  }

  /**
   * @param {ConnectionState} state
   * @param {StateDetail} detail
   */
  #become(state, detail) {
    this.#state = state;
    this.onState(state, detail);
  }
}
