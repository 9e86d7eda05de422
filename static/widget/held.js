import { fill, part, text, toggle } from "../shared/dom.js";
import { date } from "../shared/time.js";
import { remembered } from "./memory.js";

/**
 * @typedef {import("./chat.js").Chat} Chat
 * @typedef {import("./state.js").Conversation} Conversation
 */

/** "Is it still fixed?", asked once for a fix, with the fix beside it. */
export class StillFixed {
  #id = "";
  #busy = false;

  /**
   * @param {HTMLElement} root
   * @param {Chat} chat
   * @param {import("./words.js").Speech} speech
   * @param {(id: string) => void} write go to this conversation to write in it
   * @param {boolean} [told] the fix can be read right above
   */
  constructor(root, chat, speech, write, told = false) {
    this.told = told;
    this.root = root;
    this.chat = chat;
    this.speech = speech;
    this.write = write;
    part(root, "yes").onclick = () => this.#answer(true);
    part(root, "no").onclick = () => this.#answer(false);
    part(root, "later").onclick = () => this.#later();
  }

  /** @param {Conversation|undefined} one whose fix it is time to ask about */
  draw(one) {
    const { t, locale } = this.speech;
    if (this.root.dataset.done) return; // one question a visit, and its thanks stay
    const asked = one && !this.#put().includes(one.id) ? one : undefined;
    if (this.#id === (asked?.id ?? "")) return;
    if (!asked) return this.#close();
    this.#id = asked.id;
    const who = asked.technician?.name ? t("withName", { name: asked.technician.name }) : "";
    const when = date(asked.resolved_at ?? asked.opened_at, { locale });
    fill(this.root, {
      title: t("stillFixed"),
      when: this.told ? "" : [when, who, asked.outcome?.problem || asked.subject].filter(Boolean).join(" · "),
      fix: (!this.told && asked.outcome?.fix) || "",
      problem: "",
    });
    toggle(part(this.root, "answers"), true);
    toggle(this.root, true);
  }

  /** @param {boolean} held */
  async #answer(held) {
    if (this.#busy) return;
    this.#busy = true;
    const { t } = this.speech;
    const id = this.#id;
    const problem = part(this.root, "problem");
    fill(this.root, { problem: "" });
    try {
      if (held) this.root.dataset.done = id; // before the list says that there is nothing to ask any more
      await this.chat.answer(id, held);
      if (held) {
        fill(this.root, { title: t("heldThanks"), when: "", fix: "" });
        toggle(part(this.root, "answers"), false);
        part(this.root, "title").focus();
      } else {
        this.#close();
        this.write(id);
      }
    } catch {
      delete this.root.dataset.done;
      text(problem, t("trying"));
      toggle(problem, true);
    }
    this.#busy = false;
  }

  /** Not now: asked again at the next visit. */
  #later() {
    remembered(this.chat.inbox, "later", [...this.#put(), this.#id].join(" "));
    this.#close();
    this.chat.onChange();
  }

  #put() {
    return remembered(this.chat.inbox, "later").split(" ");
  }

  #close() {
    this.#id = "";
    toggle(this.root, false);
  }
}
