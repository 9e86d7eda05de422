/**
 * @typedef {Pick<Storage, "getItem"|"setItem"|"removeItem"|"key"|"length">} StorageLike
 */

/**
 * A browser's storage that may be refused, full or absent: then memory takes its place and `persistent` says
 * so. One item per key, so that two tabs never overwrite each other's list.
 */
export class Shelf {
  /** @type {Map<string, string>} what storage did not take */ #memory = new Map();
  persistent = true;

  /**
   * @param {StorageLike|null|undefined} storage
   * @param {string} prefix of every key
   */
  constructor(storage, prefix) {
    this.prefix = prefix;
    /** @type {StorageLike|null} */
    this.storage = storage ?? null;
    this.persistent = this.#works();
  }

  /** @returns {Map<string, string>} everything kept, keys without the prefix */
  all() {
    const found = new Map(this.#memory);
    try {
      for (let index = 0; this.storage && index < this.storage.length; index++) {
        const key = this.storage.key(index);
        if (!key?.startsWith(this.prefix)) continue;
        const value = this.storage.getItem(key);
        if (value !== null) found.set(key.slice(this.prefix.length), value);
      }
    } catch {
      this.persistent = false;
    }
    return found;
  }

  /** @param {string} key @returns {string|null} */
  get(key) {
    try {
      const value = this.storage?.getItem(this.prefix + key);
      if (value !== null && value !== undefined) return value;
    } catch {
      this.persistent = false;
    }
    return this.#memory.get(key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   * @returns {boolean} true when it will survive a reload
   */
  set(key, value) {
    try {
      if (!this.storage) throw new Error("no storage");
      this.storage.setItem(this.prefix + key, value);
      this.#memory.delete(key);
      return true;
    } catch {
      this.persistent = false;
      this.#memory.set(key, value);
      return false;
    }
  }

  /** @param {string} key */
  remove(key) {
    this.#memory.delete(key);
    try {
      this.storage?.removeItem(this.prefix + key);
    } catch {
      this.persistent = false;
    }
  }

  /** From now on keep everything over there, and nothing here. @param {StorageLike|null} storage */
  move(storage) {
    const all = this.all();
    this.clear();
    this.storage = storage;
    this.persistent = this.#works();
    for (const [key, value] of all) this.set(key, value);
  }

  /** Forget everything under this prefix. */
  clear() {
    for (const key of this.all().keys()) this.remove(key);
  }

  #works() {
    if (!this.storage) return false;
    try {
      this.storage.setItem(`${this.prefix}?`, "1");
      this.storage.removeItem(`${this.prefix}?`);
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
