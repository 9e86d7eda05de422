/** Who is writing where, for as long as that is true. */

/** @typedef {import("./types.js").By} By */

/** A typist who falls silent without saying so (a closed laptop) is forgotten after this. */
const TYPING_MS = 6000;

export class Typists {
  /** @type {Map<string, Map<string, {by: By, until: number}>>} */ #typing = new Map();
  /** @type {() => number} */ #now;

  /** @param {() => number} now */
  constructor(now) {
    this.#now = now;
  }

  /**
   * @param {string} conversation
   * @param {By} by
   * @param {boolean} active
   */
  heard(conversation, by, active) {
    const typists = this.#typing.get(conversation) ?? new Map();
    if (active) typists.set(key(by), { by, until: this.#now() + TYPING_MS });
    else typists.delete(key(by));
    this.#typing.set(conversation, typists);
  }

  /** @param {string} conversation @returns {By[]} */
  in(conversation) {
    const now = this.#now();
    return [...this.#typing.get(conversation)?.values() ?? []].filter((one) => one.until > now).map((one) =>
      one.by
    );
  }

  /** @param {string} [conversation] all of them without one */
  forget(conversation) {
    if (conversation) this.#typing.delete(conversation);
    else this.#typing.clear();
  }
}

/** @param {By} by */
function key(by) {
  return `${by.kind}:${by.id ?? ""}`;
}
