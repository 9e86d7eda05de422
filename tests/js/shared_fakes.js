/** Fakes and assertions for the unit tests: a clock that is turned by hand, sockets with two ends, storage. */

/**
 * @param {any} actual
 * @param {any} expected
 */
export function equal(actual, expected) {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`expected ${right}\n     got ${left}`);
}

/**
 * @param {Promise<any>} promise
 * @param {any} Kind
 * @returns {Promise<any>} the error
 */
export async function rejects(promise, Kind) {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Kind) return error;
    throw error;
  }
  throw new Error(`expected ${Kind.name}`);
}

/** Let everything that is already decided happen. */
export async function settle() {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

export class Clock {
  now = 1_000_000;
  #next = 1;
  /** @type {Map<number, {at: number, run: () => void}>} */ #waiting = new Map();

  /** @param {() => void} run @param {number} ms */
  setTimeout = (run, ms) => {
    this.#waiting.set(this.#next, { at: this.now + ms, run });
    return this.#next++;
  };

  /** @param {number} id */
  clearTimeout = (id) => {
    this.#waiting.delete(id);
  };

  /** @param {number} ms */
  tick(ms) {
    const until = this.now + ms;
    for (;;) {
      const due = [...this.#waiting].filter(([, job]) =>
        job.at <= until
      ).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#waiting.delete(due[0]);
      this.now = Math.max(this.now, due[1].at);
      due[1].run();
    }
    this.now = until;
  }
}

/** The server's side of every socket that a client under test has opened. */
export class Wire {
  /** @type {any[]} */ sockets = [];

  constructor() {
    const sockets = this.sockets;
    this.Socket = class {
      /** @type {any[]} */ sent = [];
      closed = false;
      /** @type {any} */ onopen = null;
      /** @type {any} */ onclose = null;
      /** @type {any} */ onmessage = null;
      /** @param {string} url @param {string} protocol */
      constructor(url, protocol) {
        this.url = url;
        this.protocol = protocol;
        sockets.push(this);
      }
      /** @param {string} json */
      send(json) {
        this.sent.push(JSON.parse(json));
      }
      close() {
        this.closed = true;
      }
      async open() {
        this.onopen?.();
        await settle();
      }
      /** @param {any} frame */
      say(frame) {
        this.raw(JSON.stringify(frame));
      }
      /** @param {string} data */
      raw(data) {
        this.onmessage?.({ data });
      }
      /** @param {number} code */
      drop(code, reason = "") {
        this.onclose?.({ code, reason });
      }
    };
  }

  get last() {
    return this.sockets.at(-1);
  }
}

/** localStorage that can be made full, shared by any number of "tabs". */
export class FakeStorage {
  /** @type {Map<string, string>} */ items = new Map();
  full = false;
  get length() {
    return this.items.size;
  }
  /** @param {number} index */
  key(index) {
    return [...this.items.keys()][index] ?? null;
  }
  /** @param {string} key */
  getItem(key) {
    return this.items.get(key) ?? null;
  }
  /** @param {string} key @param {string} value */
  setItem(key, value) {
    if (this.full) throw new Error("QuotaExceededError");
    this.items.set(key, String(value));
  }
  /** @param {string} key */
  removeItem(key) {
    this.items.delete(key);
  }
}

/** navigator.locks for several outboxes of one test: first come, first served, exclusive. */
export class FakeLocks {
  /** @type {Map<string, Promise<void>>} */ #tails = new Map();
  /** @param {string} name @param {() => Promise<void>} run */
  request(name, run) {
    const turn = (this.#tails.get(name) ?? Promise.resolve()).then(run);
    this.#tails.set(name, turn.catch(() => {}));
    return turn;
  }
}

/**
 * How unevenly times lie between two ends: the largest of ten equal parts, as a multiple of its share.
 * @param {number[]} times
 * @param {number} from
 * @param {number} to
 */
export function crowding(times, from, to) {
  const parts = new Array(10).fill(0);
  for (const time of times) {
    if (time < from || time > to) throw new Error(`${time} lies outside ${from} … ${to}`);
    parts[Math.min(9, Math.floor(10 * (time - from) / (to - from)))]++;
  }
  return Math.max(...parts) / (times.length / 10);
}
