const STORE = "kept";

/**
 * A second copy, on disk at once. Browsers write `localStorage` to disk seconds later, so one that is killed forgets
 * what was written last; IndexedDB survives that, and takes more. Where it is refused, nothing here ever fails.
 */
export class Vault {
  /** @type {Promise<IDBDatabase|null>} */ #opened;
  /** @type {Set<string>} what is known to be on disk */ #there = new Set();
  works = false;

  /**
   * @param {string} name of the database; one outbox each
   * @param {IDBFactory} factory
   */
  constructor(name, factory) {
    this.#opened = new Promise((done) => {
      try {
        const asked = factory.open(name, 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
        asked.onerror = () => done(null);
        asked.onsuccess = () => done(asked.result);
      } catch {
        done(null);
      }
    });
  }

  /** @param {string} key @returns {boolean} it is on disk */
  has(key) {
    return this.#there.has(key);
  }

  /** @param {string} key @param {string} value @returns {Promise<boolean>} true: it survives whatever happens now */
  async put(key, value) {
    this.works = await this.#do((store) => store.put(value, key));
    if (this.works) this.#there.add(key);
    return this.works;
  }

  /** @param {string} key */
  async remove(key) {
    this.#there.delete(key);
    await this.#do((store) => store.delete(key));
  }

  /** Forget everything. */
  async clear() {
    this.#there.clear();
    await this.#do((store) => store.clear());
  }

  /** @returns {Promise<Map<string, string>>} everything kept; empty where nothing can be */
  async all() {
    /** @type {any} */ let keys;
    /** @type {any} */ let values;
    this.works = await this.#do((store) => {
      keys = store.getAllKeys();
      values = store.getAll();
    });
    if (!this.works) return new Map();
    this.#there = new Set([...this.#there, ...keys.result]);
    return new Map(
      keys.result.map((/** @type {string} */ key, /** @type {number} */ at) => [key, values.result[at]]),
    );
  }

  /** @param {(store: IDBObjectStore) => void} change @returns {Promise<boolean>} done, and on disk */
  async #do(change) {
    const opened = await this.#opened;
    return await new Promise((done) => {
      try {
        const work = /** @type {IDBDatabase} */ (opened).transaction(STORE, "readwrite");
        work.oncomplete = () => done(true);
        work.onabort = work.onerror = () => done(false);
        change(work.objectStore(STORE));
      } catch {
        done(false);
      }
    });
  }
}

/**
 * This browser's vault; null where there is none: merely reading the property may throw.
 * @param {string} name
 * @returns {Vault|null}
 */
export function vault(name) {
  try {
    return globalThis.indexedDB ? new Vault(name, globalThis.indexedDB) : null;
  } catch {
    return null;
  }
}
