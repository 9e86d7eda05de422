import { localShelf } from "../shared/shelf.js";
import { remembered, windowShelf } from "./memory.js";

/**
 * @typedef {import("./chat.js").Chat} Chat
 * @typedef {Record<string, any>} Session
 */

const NOTES = ["view", "email", "code", "later"]; // of this tab, about whoever sits here

/**
 * Who sits at this browser, and what in its storage is theirs. The next person is never shown, and never sends,
 * what the one before left behind.
 */
export class Person {
  /** @type {string|null} customer whose unsent messages and drafts these are; null: somebody was named, we wait */
  owner = null;
  /** Nothing is to stay in this browser once its window is closed. */
  shared = false;
  #subject = ""; // whom the host site has signed for, as far as its token says
  #asked = "";

  /** @param {Chat} chat */
  constructor(chat) {
    this.chat = chat;
    this.owner = chat.shelf.get("owner") ?? "";
    globalThis.addEventListener("storage", (event) => this.#elsewhere(event));
  }

  /** May this unsent message be shown and sent now? @param {Record<string, any>} entry */
  mine = (entry) => !entry.owner || entry.owner === this.owner || entry.owner === this.#named();

  /** Where the draft of a conversation lies. @param {string} name its id; "new" */
  draft(name) {
    return name === "new" && this.owner ? `draft.new.${this.owner}` : `draft.${name}`;
  }

  /** Send a message as whoever sits here. @param {{conversation: string|null, text: string, [field: string]: any}} message */
  write(message) {
    this.chat.session.acted = true;
    return this.chat.outbox.add({ ...message, owner: this.owner || undefined });
  }

  /** The host site says who this is. Another person than before is gone from the screen at once. @param {string} token */
  async identify(token) {
    const { session } = this.chat;
    const subject = subjectOf(token);
    const same = subject !== "" && subject === this.#subject;
    if (same) await session.settled();
    else {
      session.turned(); // what is under way was asked without it
      const before = this.#subject;
      session.another = before !== "";
      this.owner = null;
      this.#subject = "";
      this.#asked = subject;
      if (before) this.#clear(["new"]); // known to be another: theirs goes without waiting for an answer
      if (this.chat.begun) this.#hide();
    }
    session.identity = token;
    session.subject = subject;
    session.same = same;
    if (!this.chat.begun) return;
    if (same) await session.renew().catch(() => {});
    else await this.chat.restart();
  }

  /** The next person at this computer must find nothing. */
  async leave() {
    this.owner = this.#subject = this.#asked = "";
    this.chat.outbox.clear();
    this.chat.session.leave();
    this.#hide();
    this.#share();
    await this.chat.restart();
  }

  /**
   * Sign this browser out, here and at the server, which then lets it open nothing any more.
   * @param {string} [device] its id, where it is known
   * @throws {import("../shared/errors.js").Lost} nothing was done
   */
  async forget(device) {
    const { session, state } = this.chat;
    if (state.customer) {
      const { devices } = device ? { devices: [] } : await session.call("GET", "devices");
      const id = device ?? devices.find((/** @type {any} */ one) => one.current)?.id;
      if (id) await session.call("DELETE", `devices/${id}`);
    }
    await this.leave();
  }

  /**
   * A session says who this is: what others left behind goes, what a visitor began is theirs.
   * @param {Session} session
   * @param {boolean} named by the host site, just now
   */
  settle({ customer, conversations = [] }, named) {
    const { shelf, outbox } = this.chat;
    const id = customer?.id ?? "";
    this.owner = id || this.#named();
    if (named) this.#subject = this.#asked;
    else if (!this.#asked) {
      if (id) shelf.set("owner", id);
      else shelf.remove("owner");
    }
    const mine = this.draft("new");
    for (const before of ["draft.new", `draft.new.${this.#named()}`]) {
      const words = before === mine ? null : shelf.get(before);
      if (!words) continue;
      shelf.remove(before);
      if (!shelf.get(mine)) shelf.set(mine, words);
    }
    // Without a name nobody is another person yet: a device that was forgotten may be known again.
    if (!id && !named) return outbox.refresh();
    this.#clear(["new", ...conversations.map((/** @type {any} */ one) => one.id)]);
  }

  /** Access to a conversation has ended: nothing that was written for it stays. @param {string} conversation */
  lost(conversation) {
    const { shelf, outbox } = this.chat;
    shelf.remove(`draft.${conversation}`);
    outbox.purge((entry) => entry.conversation === conversation);
  }

  /**
   * Begin or end keeping nothing beyond this window.
   * @param {boolean} on
   */
  async share(on) {
    const { session } = this.chat;
    this.shared = on;
    this.#share();
    await (on ? session.uncookie() : session.renew().catch(() => {}));
  }

  /** What others have not sent, and all drafts but of these, go. @param {string[]} names */
  #clear(names) {
    const { shelf, outbox } = this.chat;
    outbox.purge((entry) => !this.mine(entry));
    const starts = outbox.entries(null).map((entry) => `start.${entry.start ?? entry.client_id}`);
    const kept = [...names, ...starts].map((name) => this.draft(name));
    for (const key of shelf.all().keys()) {
      if (key.startsWith("draft.") && !kept.includes(key)) shelf.remove(key);
    }
  }

  /** Whoever the host site named, while no customer is known for them. */
  #named() {
    return this.#asked && `@${this.#asked}`;
  }

  #share() {
    const { shelf, outbox, session, inbox } = this.chat;
    const storage = this.shared ? windowShelf() : localShelf();
    if (shelf.storage !== storage && (this.shared || shelf.storage === windowShelf())) {
      shelf.move(storage);
      outbox.kept.move(storage, !this.shared);
    }
    session.shared = this.shared;
    remembered(inbox, "shared", this.shared ? "1" : "");
  }

  #hide() {
    for (const name of NOTES) remembered(this.chat.inbox, name, "");
    this.chat.outbox.refresh();
    this.chat.onForget();
  }

  /**
   * In another tab this browser became known, or somebody logged out: this one follows.
   * @param {StorageEvent} event
   */
  async #elsewhere({ key, newValue, storageArea }) {
    const { chat } = this;
    if (key !== `${chat.shelf.prefix}device` || !chat.begun) return;
    if (storageArea && storageArea !== chat.shelf.storage) return;
    if (newValue !== null) {
      await chat.session.settled(); // it was asked without this
      if (!chat.state.customer) chat.restart();
      return;
    }
    chat.session.turned();
    chat.session.token = ""; // it speaks for the one who left
    this.owner = "";
    this.#hide();
    chat.restart();
  }
}

/**
 * Whom a token names; not checked here, only compared with the one before.
 * @param {string} token
 */
function subjectOf(token) {
  try {
    const body = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return String(JSON.parse(atob(body)).sub ?? "");
  } catch {
    return "";
  }
}
