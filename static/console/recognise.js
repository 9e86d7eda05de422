/**
 * The recognition dialog: what to ask somebody who says they have been here, what matched, and the word of a technician.
 * Beside the conversation where there is room, so that asking and answering go on; over it on a small screen.
 */

import { make, text, toggle } from "../shared/dom.js";
import { factsOf, Inquiries, meaning, missing, reasonOf } from "./inquiry.js";
import { actWords } from "./knownwords.js";
import { previewShown } from "./previewview.js";
import { levelWords, likely } from "./suggested.js";
import { button, keyed, pill } from "./ui.js";

/** @typedef {import("./types.js").Suggestion} Suggestion */
/** @typedef {import("./types.js").Preview} Preview */
/** @typedef {"vouch" | "link"} Way */
/** @typedef {{conversation: string, customer: string, vouching: string, suggestion: Suggestion}} Subject
 *   customer: who writes; the suggestion: who they may be */

/**
 * @typedef {object} Verbs all but `insert` throw Refused or Lost
 * @property {(question: string) => void} insert into the reply
 * @property {(a: string, b: string) => Promise<Preview>} preview
 * @property {(conversation: string, said: {customer: string, facts: string[], reason: string},
 *   name: string) => Promise<void>} vouch
 * @property {(conversation: string, a: string, b: string, reason: string) => Promise<void>} link
 */

/** As wide as the page has to be to have room for both. */
const ROOM = "(min-width: 75.01rem)";

export class RecogniseDialog {
  /** @type {HTMLDialogElement} */ #dialog;
  /** @type {HTMLFormElement} */ #form;
  /** @type {Inquiries} */ #inquiries = new Inquiries();
  /** @type {Subject | null} */ #subject = null;
  /** Kept in their place while the dialog is open. @type {{ask: string, expect: string}[]} */ #questions =
    [];
  /** @type {Way} */ #way = "vouch";
  /** @type {HTMLElement | null} */ #opener = null;
  /** @type {Verbs} */ #on;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {Verbs} on
   */
  constructor(dialog, on) {
    this.#dialog = dialog;
    this.#on = on;
    this.#form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#form.addEventListener("input", () => this.#keep());
    this.#part("linkonly").addEventListener("click", () => this.#turn("link"));
    this.#part("back").addEventListener("click", () => this.#turn("vouch"));
    dialog.addEventListener("click", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      if (target === dialog || target.closest("[data-close]")) this.close();
    });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
        event.preventDefault();
        this.#form.requestSubmit();
      } else if (event.key === "Escape" && !event.defaultPrevented) {
        event.preventDefault();
        this.close();
      }
    });
  }

  /** @returns {boolean} */
  get isOpen() {
    return this.#dialog.open;
  }

  /** @param {Subject} subject */
  open(subject) {
    this.#opener = /** @type {HTMLElement | null} */ (document.activeElement);
    this.#subject = subject;
    this.#questions = [...(subject.suggestion.questions ?? [])];
    const { conversation, suggestion } = subject;
    const held = this.#inquiries.get(conversation, suggestion.customer);
    this.#box("free").value = held.free;
    this.#box("reason").value = held.reason;
    text(this.#part("who"), suggestion.name);
    this.#part("asks").replaceChildren();
    this.#turn(subject.vouching === "off" ? "link" : "vouch");
    if (!this.#dialog.open) {
      if (matchMedia(ROOM).matches) this.#dialog.show();
      else this.#dialog.showModal();
    }
    this.#part("title").focus();
  }

  /**
   * What the server says now about the conversation on the screen; another conversation puts this one away.
   *
   * @param {string | null} conversation
   * @param {readonly Suggestion[]} suggestions
   * @param {string} vouching
   */
  draw(conversation, suggestions, vouching) {
    const subject = this.#subject;
    if (!subject || !this.#dialog.open) return;
    if (conversation !== subject.conversation) return this.close(false);
    const now = suggestions.find((one) => one.customer === subject.suggestion.customer);
    if (!now) return;
    const known = new Set(this.#questions.map((one) => one.ask));
    const more = (now.questions ?? []).filter((one) => !known.has(one.ask));
    if (
      !more.length && Boolean(now.strong) === Boolean(subject.suggestion.strong) &&
      vouching === subject.vouching
    ) return;
    this.#questions.push(...more);
    this.#subject = { ...subject, vouching, suggestion: now };
    this.#show();
  }

  /** @param {boolean} [back] whether the focus goes back to where it came from */
  close(back = true) {
    if (!this.#dialog.open) return;
    this.#dialog.close();
    if (back && this.#opener?.isConnected) this.#opener.focus();
  }

  /** @param {Way} way */
  #turn(way) {
    this.#way = way;
    this.#complain(null);
    this.#show();
    toggle(this.#part("preview"), way === "link");
    if (way === "link") this.#preview();
  }

  #show() {
    const { suggestion, vouching, conversation } = /** @type {Subject} */ (this.#subject);
    const strong = Boolean(suggestion.strong);
    const linking = this.#way === "link";
    const off = vouching === "off";
    const held = this.#inquiries.get(conversation, suggestion.customer);
    keyed(this.#part("level"), [suggestion], {
      key: () => "level",
      sig: levelWords,
      draw: (one) => pill(levelWords(one), likely(one) ? "wait" : "plain"),
    });
    toggle(this.#part("strong"), strong && !off);
    toggle(this.#part("off"), off);
    toggle(this.#part("asking"), !linking);
    toggle(this.#part("noasks"), !this.#questions.length);
    keyed(this.#part("asks"), this.#questions, {
      key: (one) => one.ask,
      sig: (one) => one.expect,
      draw: (one) => this.#question(one, held.ticked.includes(one.ask)),
    });
    text(this.#part("means"), meaning(this.#way, vouching));
    text(this.#part("save"), linking ? "Link them" : vouching === "second" ? "Ask a colleague" : "Confirm");
    toggle(this.#part("linkonly"), !linking);
    toggle(this.#part("back"), linking && !off);
    toggle(this.#part("optional"), strong && !linking);
    text(
      this.#part("whyhint"),
      linking ? "Recorded with your name." : "If what matched does not say it. Recorded with your name.",
    );
  }

  /** @param {{ask: string, expect: string}} question @param {boolean} ticked */
  #question({ ask, expect }, ticked) {
    const insert = button("Put the question into my reply", () => {
      this.#on.insert(ask);
      // Over the conversation it would hide the answer; what is ticked is kept.
      if (this.#dialog.matches(":modal")) this.close(false);
    }, "plain");
    return make(
      "li",
      {},
      make(
        "label",
        {},
        make("input", { type: "checkbox", name: "matched", value: ask, checked: ticked }),
        make("span", { dir: "auto" }, ask),
      ),
      make(
        "p",
        { class: "secret small" },
        "On file, do not tell them: ",
        make("b", { class: "clamp", dir: "auto", title: expect }, expect),
      ),
      insert,
    );
  }

  async #preview() {
    const subject = /** @type {Subject} */ (this.#subject);
    const place = this.#part("preview");
    place.replaceChildren(make("p", { class: "small" }, "Looking up what would change …"));
    /** @type {Node} */
    let shown;
    try {
      shown = previewShown(await this.#on.preview(subject.customer, subject.suggestion.customer), "link");
    } catch (error) {
      shown = make("p", { class: "small" }, `What would change cannot be shown now. ${actWords(error)}`);
    }
    if (this.#subject?.suggestion.customer === subject.suggestion.customer) place.replaceChildren(shown);
  }

  async #submit() {
    const subject = this.#subject;
    const save = /** @type {HTMLButtonElement} */ (this.#part("save"));
    if (!subject || save.disabled) return;
    const { conversation, customer, suggestion } = subject;
    const answers = this.#inquiries.get(conversation, suggestion.customer);
    const way = this.#way;
    const lack = missing(answers, { ...suggestion, questions: this.#questions }, way);
    if (lack) return this.#complain(lack);
    save.disabled = true;
    this.#complain(null);
    const facts = factsOf(answers, this.#questions);
    const reason = reasonOf(answers, way === "vouch" && Boolean(suggestion.strong));
    try {
      if (way === "link") await this.#on.link(conversation, customer, suggestion.customer, reason);
      else {await this.#on.vouch(
          conversation,
          { customer: suggestion.customer, facts, reason },
          suggestion.name,
        );}
      this.#inquiries.forget(conversation, suggestion.customer);
      if (this.#subject === subject) this.close();
    } catch (error) {
      this.#complain({ words: `${actWords(error)} What you ticked and wrote is kept.` });
    } finally {
      save.disabled = false;
    }
  }

  #keep() {
    if (!this.#subject) return;
    const { conversation, suggestion } = this.#subject;
    /** @type {NodeListOf<HTMLInputElement>} */
    const boxes = this.#form.querySelectorAll("input[name=matched]:checked");
    this.#inquiries.set(conversation, suggestion.customer, {
      ticked: [...boxes].map((one) => one.value),
      free: this.#box("free").value,
      reason: this.#box("reason").value,
    });
  }

  /** @param {{words: string, field?: "facts" | "reason"} | null} problem */
  #complain(problem) {
    const error = this.#part("error");
    toggle(error, problem !== null);
    text(error, problem?.words);
    this.#box("free").setAttribute("aria-invalid", String(problem?.field === "facts"));
    this.#box("reason").setAttribute("aria-invalid", String(problem?.field === "reason"));
    if (problem?.field === "reason") this.#box("reason").focus();
    if (problem?.field === "facts") {
      (this.#form.querySelector("input[name=matched]") ?? this.#box("free")).focus();
    }
  }

  /** @param {string} name @returns {any} */
  #box(name) {
    return this.#form.elements.namedItem(name);
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#dialog.querySelector(`[data-part="${name}"]`));
  }
}
