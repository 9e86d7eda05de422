import { parsed } from "./entry.js";
import { Shelf } from "./shelf.js";

/**
 * @typedef {import("./entry.js").Entry} Entry
 * @typedef {import("./shelf.js").StorageLike} StorageLike
 * @typedef {import("./vault.js").Vault} Vault
 * @typedef {(name: string) => Promise<Vault|null>} OpenVault
 */

/** Fetched when there is something to keep, or kept: most who look never write. @type {OpenVault} */
const browserVault = async (name) => (await import("./vault.js")).vault(name);

/** Where messages that are not sent yet are kept: here, in the storage all tabs share, and in the vault. */
export class Keeping {
  /** @type {Map<string, Entry>} */ entries = new Map();
  /** The latest `at` known. */ newest = 0;
  /** @type {Set<string>} client_ids that were written to storage, so their absence means "done elsewhere" */
  #stored = new Set();
  /** @type {Set<string>} client_ids that are done with here, whatever an older copy says */ #gone =
    new Set();
  /** @type {Vault|null} */ #vault = null;
  /** @type {Promise<Vault|null>|null} */ #asked = null;
  #turn = 0;

  /**
   * @param {object} options
   * @param {StorageLike|null} options.storage
   * @param {string} options.key
   * @param {(entry: Entry) => boolean} options.mine
   * @param {OpenVault|null} [options.vault] left out: this browser's; null: nothing may outlive the window
   * @param {() => void} options.onChange
   */
  constructor({ storage, key, mine, vault = browserVault, onChange }) {
    this.key = key;
    this.mine = mine;
    this.onChange = onChange;
    this.shelf = new Shelf(storage, `${key}.`);
    this.openVault = vault;
    this.read();
  }

  /** @returns {boolean} false: what is pending here will not survive a reload */
  get persistent() {
    if (this.shelf.persistent) return true;
    const vault = this.#vault;
    return vault !== null && vault.works && [...this.entries.keys()].every((id) => vault.has(id));
  }

  /** @returns {Entry[]} in the order they were written */
  ordered() {
    return [...this.entries.values()].sort((a, b) => a.at - b.at || (a.client_id < b.client_id ? -1 : 1));
  }

  /**
   * From now on keep everything over there, and nothing here.
   * @param {StorageLike|null} storage
   * @param {boolean} lasting it may outlive the window
   */
  move(storage, lasting) {
    this.#emptyVault();
    this.openVault = lasting ? browserVault : null;
    this.#vault = this.#asked = null;
    this.shelf.move(storage);
    for (const entry of this.entries.values()) this.keep(entry);
  }

  /** @param {Entry} entry */
  keep(entry) {
    this.#gone.delete(entry.client_id);
    this.entries.set(entry.client_id, entry);
    // In storage nothing is ever "sending": whoever reads it after a crash has to send it again.
    const kept = JSON.stringify({ ...entry, state: entry.state === "failed" ? "failed" : "pending" });
    if (this.shelf.set(entry.client_id, kept)) this.#stored.add(entry.client_id);
    else this.#stored.delete(entry.client_id);
    this.#inVault(async (vault) => {
      await vault.put(entry.client_id, kept);
      this.onChange();
    });
  }

  /** @param {string} client_id */
  forget(client_id) {
    this.entries.delete(client_id);
    this.#stored.delete(client_id);
    this.#gone.add(client_id);
    this.shelf.remove(client_id);
    this.#inVault((vault) => vault.remove(client_id));
  }

  /** Nothing stays, nor comes back. */
  clear() {
    for (const client_id of [...this.entries.keys()]) this.forget(client_id);
    this.shelf.clear();
    this.#emptyVault();
  }

  /** Another tab had its answer, or its person gave it up, while we were in flight with it.
   * @param {string} client_id
   */
  doneElsewhere(client_id) {
    return this.#stored.has(client_id) && this.shelf.get(client_id) === null;
  }

  /** Take in what other tabs have added, sent or given up. */
  read() {
    const kept = this.shelf.all();
    for (const [client_id, json] of kept) {
      const entry = parsed(json, client_id);
      if (!entry || !this.mine(entry)) continue;
      this.newest = Math.max(this.newest, entry.at);
      this.#stored.add(client_id);
      if (this.entries.get(client_id)?.state !== "sending") this.entries.set(client_id, entry);
    }
    for (const [client_id, entry] of this.entries) if (!this.mine(entry)) this.entries.delete(client_id);
    for (const client_id of [...this.#stored]) {
      if (kept.has(client_id)) continue;
      this.#stored.delete(client_id);
      if (this.entries.get(client_id)?.state !== "sending") this.entries.delete(client_id);
    }
  }

  /**
   * Take in what a browser that was killed has kept only in the vault.
   * @returns {Promise<boolean>} there was something
   */
  async recover() {
    const turn = this.#turn;
    if (!this.openVault || this.openVault === browserVault && !await exists(this.key)) return false;
    /** @type {Map<string, string>} */ let found = new Map();
    await this.#inVault(async (vault) => void (found = await vault.all()));
    if (turn !== this.#turn) return false;
    let more = false;
    for (const [client_id, json] of found) {
      if (this.#gone.has(client_id) || !parsed(json, client_id)) continue;
      if (this.shelf.get(client_id) !== null) continue;
      this.shelf.set(client_id, json);
      more = true;
    }
    return more;
  }

  #emptyVault() {
    this.#turn++;
    this.#inVault((vault) => vault.clear());
  }

  /** @param {(vault: Vault) => Promise<void>} run */
  async #inVault(run) {
    try {
      const asked = this.#asked ??= this.openVault?.(this.key) ?? null;
      const vault = await asked;
      if (asked === this.#asked) this.#vault = vault;
      if (vault) await run(vault);
    } catch {
      this.#asked = null; // it could not be fetched: the next message tries again
    }
  }
}

/** @param {string} name @returns {Promise<boolean>} this browser may have a vault of this name */
async function exists(name) {
  try {
    return (await indexedDB.databases()).some((one) => one.name === name);
  } catch {
    return "indexedDB" in globalThis; // an older browser does not tell
  }
}
