import { make, text } from "../shared/dom.js";
import { span } from "../shared/time.js";
import { keyCard } from "./keycard.js";
import { choice, sharedSwitch } from "./parts.js";
import { digits, Recovery } from "./recovery.js";

/** @typedef {import("./pages.js").Around} Around */

const LOOK_EVERY = 3_000;

/** "I have chatted before": leads back to one's conversations, one plain question at a time. */
export class Back {
  #drawn = "";
  #looked = 0;
  /** @type {any} */ #timer = null;
  /** @type {HTMLElement|null} */ #error = null;
  /** @type {HTMLInputElement|null} */ #field = null;
  /** @type {HTMLButtonElement|null} */ #again = null;

  /** @param {Around} around @param {() => void} fresh there is another step to look at */
  constructor(around, fresh) {
    this.around = around;
    this.fresh = fresh;
    this.root = make("div", { class: "sheet" });
    this.title = "";
    this.recovery = new Recovery(around.chat, { change: () => this.#change(), done: around.go.home });
    this.seen = () => this.#seen();
    document.addEventListener("visibilitychange", this.seen);
    globalThis.addEventListener("focus", this.seen);
    this.#step();
  }

  /** @returns {boolean} */
  back() {
    return this.recovery.back();
  }

  /** News: perhaps the link in the mail was followed. */
  draw() {
    this.recovery.arrived();
  }

  leave() {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.seen);
    globalThis.removeEventListener("focus", this.seen);
  }

  #seen() {
    if (document.hidden || performance.now() - this.#looked < LOOK_EVERY) return;
    this.#looked = performance.now();
    this.recovery.look();
  }

  #change() {
    const { step, problem, busy, sent } = this.recovery;
    if (this.#drawn !== step) this.#step();
    const { t, locale } = this.around.speech;
    if (this.#error) {
      text(this.#error, problem ? t(problem.key, { span: span(problem.seconds ?? 60, { locale }) }) : "");
    }
    const field = this.#field;
    if (field) {
      field.toggleAttribute("aria-invalid", Boolean(problem));
      field.readOnly = busy;
      if (problem && document.activeElement !== field) field.focus();
      if (problem && step === "code") field.select();
    }
    this.root.setAttribute("aria-busy", String(busy));
    const said = this.root.querySelector("[data-said]");
    if (said) text(said, busy && step === "code" ? t("codeChecking") : sent > 1 ? t("codeSent") : "");
    this.#tick();
  }

  #step() {
    const { step } = this.recovery;
    this.#drawn = step;
    this.#error = this.#field = this.#again = null;
    clearInterval(this.#timer);
    this.title = this.around.speech.t(TITLES[step]);
    this.root.replaceChildren(...this[step]());
    this.fresh();
    this.#tick();
  }

  ways() {
    const { chat: { state }, speech: { t } } = this.around;
    const { mailbox = true, resume_key = true } = state.recovery;
    return [
      make("p", {}, t("beforeWhy")),
      make(
        "div",
        { class: "choices" },
        ...mailbox ? [choice(t("useEmail"), t("useEmailHow"), () => this.recovery.go("email"))] : [],
        ...resume_key ? [choice(t("useKey"), t("useKeyHow"), () => this.recovery.go("key"))] : [],
        choice(t("neither"), t("neitherHow"), () => this.recovery.go("write")),
      ),
      sharedSwitch(this.around),
    ];
  }

  email() {
    const { t } = this.around.speech;
    const attributes = { type: "email", autocomplete: "email", maxlength: 254, value: this.recovery.email };
    return this.#form("emailAsk", attributes, "emailSend", (field) => {
      const email = field.value.trim();
      if (email && field.checkValidity()) return this.recovery.send(email);
      text(/** @type {HTMLElement} */ (this.#error), t("emailBad"));
      field.setAttribute("aria-invalid", "true");
      field.focus();
    });
  }

  code() {
    const { t } = this.around.speech;
    const { recovery } = this;
    const attributes = { class: "code", inputmode: "numeric", autocomplete: "one-time-code", dir: "ltr" };
    const form = this.#form("codeAsk", attributes, "codeOpen", (field) => recovery.enter(field.value, true));
    const field = /** @type {HTMLInputElement} */ (/** @type {unknown} */ (this.#field));
    field.addEventListener("input", () => {
      const code = digits(field.value);
      // Corrected only when all is there: a caret that jumps while one types is worse than a blank.
      if (code.length === 6 && field.value !== code) field.value = code;
      recovery.enter(field.value);
    });
    this.#again = make("button", { type: "button", class: "link", onclick: () => recovery.send() });
    return [
      make("p", {}, t("codeOnWay")),
      make(
        "p",
        { class: "hint" },
        t("codeTo", { email: recovery.email }),
        " ",
        make(
          "button",
          { type: "button", class: "link", onclick: () => recovery.go("email") },
          t("codeChange"),
        ),
      ),
      ...form,
      make("p", { class: "hint", role: "status", "data-said": true }),
      make("p", {}, this.#again),
      make("p", { class: "hint" }, t("codeNone")),
      make("button", { type: "button", class: "link", onclick: () => recovery.go("ways") }, t("neither")),
    ];
  }

  key() {
    const { t } = this.around.speech;
    const attributes = {
      class: "keyfield",
      dir: "ltr",
      autocomplete: "off",
      autocapitalize: "characters",
      spellcheck: "false",
      maxlength: 60,
      placeholder: "RAPP-…",
    };
    const form = this.#form("keyAsk", attributes, "keyOpen", (field) => this.recovery.unlock(field.value));
    return [...form, make("p", { class: "hint" }, t("keyHelp"))];
  }

  newKey() {
    const { chat, speech, go } = this.around;
    const { t } = speech;
    return [
      make("p", {}, make("b", {}, t("keyNew"))),
      keyCard(this.recovery.newKey, speech, chat.state.inbox.name ?? ""),
      make("button", { type: "button", class: "go", onclick: go.home }, t("keyKept")),
    ];
  }

  write() {
    return this.#tell("writeHow");
  }

  empty() {
    return this.#tell("emptyHow");
  }

  /** @param {string} how */
  #tell(how) {
    const { speech: { t }, go } = this.around;
    return [
      make("p", {}, t(how)),
      make("button", { type: "button", class: "go", "data-first": true, onclick: go.write }, t("writeGo")),
    ];
  }

  /**
   * One question: its field, what is wrong with it, and a button.
   * @param {string} ask
   * @param {Record<string, any>} attributes
   * @param {string} go
   * @param {(field: HTMLInputElement) => void} submit
   */
  #form(ask, attributes, go, submit) {
    const { t } = this.around.speech;
    const field = make("input", {
      id: "answer",
      "data-first": true,
      "aria-describedby": "answerError",
      ...attributes,
    });
    const error = make("p", { class: "error", id: "answerError", role: "alert" });
    this.#field = field;
    this.#error = error;
    const form = make(
      "form",
      { class: "ask", novalidate: true },
      make("label", { for: "answer" }, t(ask)),
      field,
      error,
      make("button", { type: "submit", class: "go" }, t(go)),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      submit(field);
    };
    return [form];
  }

  /** When another code may be asked for. */
  #tick() {
    clearInterval(this.#timer);
    const again = this.#again;
    if (!again) return;
    const { t, locale } = this.around.speech;
    const draw = () => {
      const left = Math.ceil((this.recovery.againAt - this.recovery.now()) / 1000);
      again.disabled = left > 0;
      // Counted in tens: nobody needs the seconds, least of all read aloud.
      text(again, left > 0 ? t("codeAgainIn", { span: span(left, { locale }) }) : t("codeAgain"));
      if (left <= 0) clearInterval(this.#timer);
    };
    this.#timer = setInterval(draw, 1000);
    draw();
  }
}

const TITLES = {
  ways: "beforeTitle",
  email: "emailTitle",
  code: "codeTitle",
  key: "keyTitle",
  newKey: "keyNewTitle",
  write: "writeTitle",
  empty: "emptyTitle",
};
