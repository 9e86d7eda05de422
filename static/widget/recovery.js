import { Refused } from "../shared/errors.js";
import { remembered } from "./memory.js";

/**
 * @typedef {import("./chat.js").Chat} Chat
 * @typedef {"ways"|"email"|"code"|"key"|"newKey"|"write"|"empty"} Step
 * @typedef {{key: string, seconds?: number}} Problem a sentence, and how long to wait
 */

const AGAIN = 60_000; // one mail a minute
const WAITING = 15 * 60_000; // as long as a code is good
const EASTERN = /[\u0660-\u0669\u06f0-\u06f9]/g;

/** The digits of a code, however it was typed or pasted. @param {string} text */
export function digits(text) {
  return text.replace(EASTERN, (digit) => String(digit.charCodeAt(0) & 15)).replace(/\D/g, "").slice(0, 6);
}

/** A key as it was printed, however it was typed: what is right about it the server knows. @param {string} text */
export function tidyKey(text) {
  const symbols = text.toUpperCase().replace(/[\s\p{Pd}_.]/gu, "").replace(/^RAPP(?=.{20})/, "")
    .replaceAll("O", "0").replace(/[IL]/g, "1");
  return symbols && `RAPP-${symbols.match(/.{1,5}/g)?.join("-")}`;
}

/**
 * The ways back to one's conversations, step by step, without a screen: what is asked now, what is wrong with the
 * answer, and what came of it. Known and unknown addresses go through the same steps in the same words.
 */
export class Recovery {
  /** @type {Step} */ step = "ways";
  /** @type {Problem|null} */ problem = null;
  email = "";
  busy = false;
  /** Another code may be asked for from this moment on. */ againAt = 0;
  /** How often a code was sent to this address from here. */ sent = 0;
  /** @type {string} the key for the next time, shown once */ newKey = "";
  /** @type {Set<string>} */ #had = new Set();
  #tried = "";

  /**
   * @param {Chat} chat
   * @param {{change: () => void, done: () => void, now?: () => number}} around `done`: the conversations are here
   */
  constructor(chat, { change, done, now = Date.now }) {
    this.chat = chat;
    this.change = change;
    this.done = done;
    this.now = now;
    const [at, email] = remembered(chat.inbox, "code").split(" ");
    if (email && now() - Number(at) < WAITING) {
      this.email = email;
      this.againAt = Number(at) + AGAIN;
      this.sent = 1;
      this.#expect();
      this.step = "code";
    }
  }

  /** @param {Step} step */
  go(step) {
    this.step = step;
    this.problem = null;
    if (step !== "code") remembered(this.chat.inbox, "code", "");
    this.change();
  }

  /** One step back. @returns {boolean} false: out of it */
  back() {
    if (this.step === "ways" || this.step === "newKey" || this.step === "empty") return false;
    this.go(this.step === "code" ? "email" : "ways");
    return true;
  }

  /** Have a code sent; whether somebody has this address shows in nothing. @param {string} [email] */
  async send(email = this.email) {
    if (this.busy || this.now() < this.againAt && email === this.email) return;
    this.chat.session.keepVisit(); // the code is good in this visit: a reload must not end it
    const asked = await this.#ask(() => this.chat.session.call("POST", "recovery/mailbox", { email }));
    if (!asked) return this.change();
    this.sent = email === this.email ? this.sent + 1 : 1;
    this.email = email;
    this.againAt = this.now() + AGAIN;
    this.#tried = "";
    this.#expect();
    remembered(this.chat.inbox, "code", `${this.now()} ${email}`);
    remembered(this.chat.inbox, "email", email);
    this.step = "code";
    this.change();
  }

  /** Six digits, sent off as soon as they are there; the same wrong ones only when asked to. @param {string} text @param {boolean} [pressed] */
  async enter(text, pressed = false) {
    const code = digits(text);
    if (this.busy || !pressed && (code.length < 6 || code === this.#tried)) return;
    if (code.length < 6) return this.#wrong("codeShort");
    this.#tried = code;
    await this.#recover("code", { code }, "codeWrong");
  }

  /** @param {string} text */
  async unlock(text) {
    const key = tidyKey(text);
    if (this.busy) return;
    if (!key) return this.#wrong("keyNeed");
    await this.#recover("resume-key", { key }, "keyWrong");
  }

  /** Back from the mail program: was the link followed there? */
  async look() {
    if (this.step !== "code" || this.busy) return;
    await this.chat.session.renew().catch(() => {});
    this.arrived();
  }

  /** Conversations that were not there when the code was asked for. @returns {boolean} */
  arrived() {
    if (this.step !== "code" || this.busy) return false;
    const found = this.chat.state.conversations.filter((one) => !this.#had.has(one.id)).length;
    if (!found) return false;
    this.chat.hear({ type: "recognised", found });
    this.#finish();
    return true;
  }

  #expect() {
    this.#had = new Set(this.chat.state.conversations.map((one) => one.id));
  }

  /** @param {"code"|"resume-key"} way @param {Record<string, string>} proof @param {string} wrong */
  async #recover(way, proof, wrong) {
    this.#expect();
    /** @type {{found: number, key: string|null}|undefined} */
    let came;
    const fine = await this.#ask(async () => {
      came = await this.chat.recover(way, proof);
    }, wrong);
    if (fine && came?.key) {
      this.newKey = came.key;
      return this.go("newKey");
    }
    // A right code that opens nothing new: all was here already, or the address was only ever typed.
    const here = this.chat.state.conversations.some((one) => one.status === "resolved");
    if (fine) return came?.found || here ? this.#finish() : this.go("empty");
    if (this.problem?.key === "lostNow" && await this.#afterAll()) return;
    this.change();
  }

  /** The answer got lost; what it would have opened may be open. */
  async #afterAll() {
    const before = this.#had;
    await this.chat.session.renew().catch(() => {});
    const found = this.chat.state.conversations.filter((one) => !before.has(one.id)).length;
    if (!found) return false;
    this.chat.hear({ type: "recognised", found });
    this.#finish();
    return true;
  }

  #finish() {
    remembered(this.chat.inbox, "code", "");
    this.done();
  }

  /** @param {string} key @param {number} [seconds] */
  #wrong(key, seconds) {
    this.problem = { key, seconds };
    this.change();
  }

  /**
   * @param {() => Promise<any>} ask
   * @param {string} [wrong] what a refusal means here
   * @returns {Promise<boolean>}
   */
  async #ask(ask, wrong = "emailBad") {
    this.busy = true;
    this.problem = null;
    this.change();
    try {
      await ask();
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) this.problem = { key: "lostNow" };
      else if (error.status === 429) this.problem = { key: "tooOften", seconds: error.retry_after ?? 60 };
      else if (error.retry) this.problem = { key: "wrongNow" };
      else this.problem = { key: error.status === 404 ? "notHere" : wrong };
      return false;
    } finally {
      this.busy = false;
    }
  }
}
