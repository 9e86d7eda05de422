/**
 * What technicians do about who somebody is: one method an act, each done once however often it is pressed. No DOM.
 * Acts of a button keep their state and their error under a key; acts of a dialog throw, and the dialog says why.
 */

import { doneWords, STRONG } from "./inquiry.js";
import { actWords } from "./knownwords.js";
import { timing } from "./when.js";

/** @typedef {import("./types.js").Past} Past */
/** @typedef {import("./types.js").Link} Link */
/** @typedef {Record<string, (...given: any[]) => Promise<any>>} Api those of api.js */
/** @typedef {{state: "idle" | "busy" | "done" | "failed", words: string, at: number}} Act */
/** @typedef {{customer: string, name: string, reason: string, conversations: Past[]}} Disclosure */
/** @typedef {Link & {a: string, again: "no" | "yes"}} TakenBack */

/** @type {Act} */
const IDLE = { state: "idle", words: "", at: 0 };

export class Known {
  /** @type {Map<string, Act>} */ #acts = new Map();
  /** @type {Map<string, string>} */ #clientIds = new Map();
  /** @type {Map<string, Disclosure[]>} */ #disclosed = new Map();
  /** @type {Map<string, string>} */ #results = new Map();
  /** @type {Map<string, TakenBack[]>} */ #takenBack = new Map();
  /** @type {Api} */ #api;
  /** @type {(conversation: string) => unknown} */ #refresh;
  /** @type {() => void} */ #onChange;
  /** @type {(words: string) => void} */ #say;
  /** @type {() => number} */ #now;
  /** @type {() => string} */ #newId;

  /**
   * @param {object} options
   * @param {Api} options.api
   * @param {(conversation: string) => unknown} options.refresh read the card again: frames may be lost
   * @param {() => void} options.onChange something worth drawing has changed
   * @param {(words: string) => void} [options.say] read aloud
   * @param {() => number} [options.now]
   * @param {() => string} [options.newId]
   */
  constructor({ api, refresh, onChange, say = () => {}, now = Date.now, newId = () => crypto.randomUUID() }) {
    this.#api = api;
    this.#refresh = refresh;
    this.#say = say;
    this.#onChange = onChange;
    this.#now = now;
    this.#newId = newId;
  }

  /** @param {string} key @returns {Act} */
  act(key) {
    return this.#acts.get(key) ?? IDLE;
  }

  /** Send the steps of a past fix. @param {string} conversation @param {string} outcome */
  resend(conversation, outcome) {
    const key = keys.resend(conversation, outcome);
    // Kept over failures: a lost answer may have been a sent message.
    const id = this.#clientIds.get(key) ?? this.#newId();
    this.#clientIds.set(key, id);
    return this.#once(key, () => this.#api.resendFix(conversation, outcome, id));
  }

  /** @param {string} conversation @param {string} customer who was suggested, and is not this person */
  notSame(conversation, customer) {
    return this.#once(keys.notSame(conversation, customer), async () => {
      await this.#api.notSame(conversation, customer);
      await this.#refresh(conversation);
    });
  }

  /**
   * One click for somebody whose browser has proved a mailbox: nothing more has to be asked.
   *
   * @param {string} conversation
   * @param {{customer: string, name: string}} candidate
   */
  async confirm(conversation, { customer, name }) {
    const key = keys.confirm(conversation, customer);
    await this.#once(key, async () => {
      await this.vouch(conversation, { customer, facts: [], reason: STRONG }, name);
      await this.#refresh(conversation);
    });
    // The card says now what came of it; were it taken back, it could be confirmed again.
    if (this.act(key).state === "done") this.#acts.delete(key);
  }

  /** @param {string} conversation @param {string} vouch which I agree to */
  agree(conversation, vouch) {
    return this.#once(keys.agree(vouch), async () => {
      await this.#api.agree(vouch);
      await this.#refresh(conversation);
    });
  }

  /** @param {string} conversation @param {string} promise */
  kept(conversation, promise) {
    return this.#once(keys.kept(promise), async () => {
      await this.#api.kept(promise);
      await this.#refresh(conversation);
    });
  }

  /** @param {string} conversation @returns {readonly Disclosure[]} histories opened for a reason, not proven */
  disclosed(conversation) {
    return this.#disclosed.get(conversation) ?? [];
  }

  /**
   * Open the history of somebody who is not proven to be this customer.
   *
   * @param {string} conversation
   * @param {{customer: string, name: string}} candidate
   * @param {string} reason
   * @throws Refused or Lost
   */
  async disclose(conversation, { customer, name }, reason) {
    const { conversations } = await this.#api.disclose(conversation, customer, reason);
    const others = this.disclosed(conversation).filter((one) => one.customer !== customer);
    this.#disclosed.set(conversation, [...others, { customer, name, reason, conversations }]);
    this.#onChange();
  }

  /** Take it off the screen. @param {string} conversation @param {string} customer */
  cover(conversation, customer) {
    this.#disclosed.set(
      conversation,
      this.disclosed(conversation).filter((one) => one.customer !== customer),
    );
    this.#onChange();
  }

  /**
   * @param {string} conversation
   * @param {{customer: string, facts: string[], reason: string}} said
   * @param {string} name of whom they are
   * @throws Refused or Lost
   */
  async vouch(conversation, said, name) {
    const answer = await this.#api.vouch(conversation, said);
    this.cover(conversation, said.customer);
    this.tell(conversation, doneWords(name, answer.expires_at ?? null, !answer.link, timing()));
    this.#refresh(conversation);
  }

  /** @param {string} conversation @returns {string} what came of the last thing that was done there */
  result(conversation) {
    return this.#results.get(conversation) ?? "";
  }

  /** @param {string} conversation @param {string} words "" when they have been read */
  tell(conversation, words) {
    this.#results.set(conversation, words);
    if (words) this.#say(words);
    this.#onChange();
  }

  /** @param {string} conversation @param {string} vouch @param {string} reason @throws Refused or Lost */
  async refuse(conversation, vouch, reason) {
    await this.#api.refuse(vouch, reason);
    this.#refresh(conversation);
  }

  /**
   * For technicians only: opens nothing to any browser.
   *
   * @param {string} conversation
   * @param {string} a
   * @param {string} b
   * @param {string} reason
   * @throws Refused or Lost
   */
  async link(conversation, a, b, reason) {
    await this.#api.link(a, b, reason);
    this.tell(conversation, "Linked for technicians only. The customer's browser shows nothing of it.");
    this.#refresh(conversation);
  }

  /**
   * @param {string} conversation
   * @param {string} a the customer on the screen
   * @param {Link} link
   * @param {string} reason
   * @throws Refused or Lost
   */
  async unlink(conversation, a, link, reason) {
    await this.#api.unlink(link.id, reason);
    const others = this.takenBack(conversation).filter((one) => one.customer !== link.customer);
    this.#takenBack.set(conversation, [...others, { ...link, a, again: "no" }]);
    this.#onChange();
    this.#refresh(conversation);
  }

  /** @param {string} conversation @returns {readonly TakenBack[]} what can be linked again */
  takenBack(conversation) {
    return this.#takenBack.get(conversation) ?? [];
  }

  /** Undo taking back. @param {string} conversation @param {TakenBack} link */
  linkAgain(conversation, link) {
    return this.#once(keys.again(link.id), async () => {
      await this.#api.link(link.a, link.customer, link.reason || "Linked again");
      this.#takenBack.set(conversation, this.takenBack(conversation).filter((one) => one.id !== link.id));
      await this.#refresh(conversation);
    });
  }

  /** @param {string} conversation @param {string} text @param {string | null} due @throws Refused or Lost */
  async promise(conversation, text, due) {
    await this.#api.promise(conversation, text, due);
    this.#refresh(conversation);
  }

  /** @param {string} conversation whose access was lowered or taken away: nothing of others stays on the screen */
  forget(conversation) {
    this.#disclosed.delete(conversation);
    this.#onChange();
  }

  /**
   * @param {string} key
   * @param {() => Promise<unknown>} run
   */
  async #once(key, run) {
    const { state } = this.act(key);
    if (state === "busy" || state === "done") return;
    this.#set(key, "busy", "");
    try {
      await run();
      this.#set(key, "done", "");
    } catch (error) {
      this.#set(key, "failed", actWords(error));
    }
  }

  /** @param {string} key @param {Act["state"]} state @param {string} words */
  #set(key, state, words) {
    this.#acts.set(key, { state, words, at: this.#now() });
    this.#onChange();
  }
}

/** Under which key each act of a button keeps its state. */
export const keys = {
  /** @param {string} conversation @param {string} outcome */
  resend: (conversation, outcome) => `resend ${conversation} ${outcome}`,
  /** @param {string} conversation @param {string} customer */
  notSame: (conversation, customer) => `not ${conversation} ${customer}`,
  /** @param {string} conversation @param {string} customer */
  confirm: (conversation, customer) => `confirm ${conversation} ${customer}`,
  /** @param {string} vouch */
  agree: (vouch) => `agree ${vouch}`,
  /** @param {string} promise */
  kept: (promise) => `kept ${promise}`,
  /** @param {string} link */
  again: (link) => `again ${link}`,
};
