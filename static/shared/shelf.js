/**
 * @typedef {Pick<Storage, "getItem"|"setItem"|"removeItem"|"key"|"length">} StorageLike
 */

/**
 * A browser's storage that may be refused, full or absent: then memory takes its place and `persistent` says
 * so. One item per key, so that two tabs never overwrite each other's list.
 */
export class Shelf {
  /** @type {Map<string, string>} what storage did not take; newer than what it may still hold */ #memory =
    new Map();
  #refused = false;

  /**
   * @param {StorageLike|null|undefined} storage
   * @param {string} prefix of every key
   */
  constructor(storage, prefix) {
    this.prefix = prefix;
    /** @type {StorageLike|null} */
    this.storage = storage ?? null;
    this.#refused = !this.#works();
  }

  /** @returns {boolean} everything here survives a reload */
  get persistent() {
    return !this.#refused && !this.#memory.size;
  }

  /** @returns {Map<string, string>} everything kept, keys without the prefix */
  all() {
    const found = new Map();
    try {
      for (let index = 0; this.storage && index < this.storage.length; index++) {
        const key = this.storage.key(index);
        if (!key?.startsWith(this.prefix)) continue;
        const value = this.storage.getItem(key);
        if (value !== null) found.set(key.slice(this.prefix.length), value);
      }
    } catch {
      this.#refused = true;
    }
    return new Map([...found, ...this.#memory]);
  }

  /** @param {string} key @returns {string|null} */
  get(key) {
    try {
      return this.#memory.get(key) ?? this.storage?.getItem(this.prefix + key) ?? null;
    } catch {
      this.#refused = true;
      return null;
    }
  }

  /**
   * @param {string} key
   * @param {string} value
   * @returns {boolean} true when it will survive a reload
   */
  set(key, value) {
    this.#memory.set(key, value);
    // Room may have been made since: what waited in memory is put away with it.
    for (const [name, kept] of this.#memory) if (this.#put(name, kept)) this.#memory.delete(name);
    return !this.#memory.has(key);
  }

  /** @param {string} key */
  remove(key) {
    this.#memory.delete(key);
    try {
      this.storage?.removeItem(this.prefix + key);
    } catch {
      this.#refused = true;
    }
  }

  /** From now on keep everything over there, and nothing here. @param {StorageLike|null} storage */
  move(storage) {
    const all = this.all();
    this.clear();
    this.storage = storage;
    this.#refused = !this.#works();
    for (const [key, value] of all) this.set(key, value);
  }

  /** Forget everything under this prefix. */
  clear() {
    for (const key of this.all().keys()) this.remove(key);
  }

  #works() {
    const works = this.#put("?", "1");
    if (works) this.storage?.removeItem(`${this.prefix}?`);
    return works;
  }

  /** @param {string} key @param {string} value @returns {boolean} storage has taken it */
  #put(key, value) {
    try {
      /** @type {StorageLike} */ (this.storage).setItem(this.prefix + key, value);
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * `localStorage` where the browser allows it, else null: merely reading the property throws when cookies
 * are blocked.
 * @returns {Storage|null}
 */
export function localShelf() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
