import { Refused } from "../shared/errors.js";
import { make, text } from "../shared/dom.js";
import { keyCard } from "./keycard.js";
import { remembered } from "./memory.js";
import { onPaper } from "./paper.js";

/** What one takes along when it is solved: a key for next time, the conversation by mail or on paper. */
export class Ending {
  /**
   * @param {HTMLElement} place
   * @param {import("./chat.js").Chat} chat
   * @param {string} id of the conversation
   * @param {import("./words.js").Speech} speech
   */
  constructor(place, chat, id, speech) {
    this.chat = chat;
    this.id = id;
    this.speech = speech;
    const { t } = speech;
    this.problem = make("p", { class: "error", role: "alert", hidden: true });
    this.keys = make("div");
    const key = chat.keys.get(id);
    if (key) this.#key(key);
    else {
      const ask = make("button", { type: "button", class: "quiet" }, t("endKeyGet"));
      ask.onclick = () =>
        this.#try(ask, async () => {
          const { resume_key } = await this.#post("resume-key");
          chat.keys.set(id, resume_key);
          this.#key(resume_key);
          /** @type {HTMLElement} */ (this.keys.querySelector("code")).focus();
        });
      this.keys.append(ask);
    }
    const mail = make("button", { type: "button", class: "quiet", "aria-expanded": "false" }, t("endMail"));
    const form = this.#form(mail);
    mail.onclick = () => {
      form.hidden = !form.hidden;
      mail.setAttribute("aria-expanded", String(!form.hidden));
      if (form.hidden) return;
      form.querySelector("input")?.focus();
      form.scrollIntoView({ block: "nearest" });
    };
    const print = make("button", { type: "button", class: "quiet" }, t("endPrint"));
    print.onclick = () =>
      this.#try(print, async () => onPaper(speech, String(await this.#post("transcript") ?? "")));
    place.replaceChildren(this.keys, make("p", { class: "pair" }, mail, print), form, this.problem);
  }

  /** @param {string} key */
  #key(key) {
    const { t } = this.speech;
    this.keys.replaceChildren(
      make("h3", {}, t("endKeyTitle")),
      make("p", {}, t("endKey")),
      keyCard(key, this.speech, this.chat.state.inbox.name ?? ""),
    );
  }

  /** @param {HTMLButtonElement} opener */
  #form(opener) {
    const { t } = this.speech;
    const field = make("input", {
      id: "endMail",
      type: "email",
      autocomplete: "email",
      maxlength: 254,
      value: remembered(this.chat.inbox, "email"),
      "aria-describedby": "endMailError",
    });
    const error = make("p", { class: "error", id: "endMailError", role: "alert" });
    const send = make("button", { type: "submit", class: "quiet" }, t("endMailGo"));
    const form = make(
      "form",
      { class: "mail", novalidate: true, hidden: true },
      make("label", { for: "endMail" }, t("endMailAsk")),
      make("p", { class: "pair" }, field, send),
      error,
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      const email = field.value.trim();
      const bad = !email || !field.checkValidity();
      text(error, bad ? t("emailBad") : "");
      field.toggleAttribute("aria-invalid", bad);
      if (bad) return field.focus();
      this.#try(send, async () => {
        await this.#post("transcript", { email });
        remembered(this.chat.inbox, "email", email);
        form.replaceChildren(make("p", { role: "status" }, t("endMailDone", { email })));
        form.scrollIntoView({ block: "nearest" });
        opener.disabled = true;
      });
    };
    return form;
  }

  /** @param {string} what @param {Record<string, string>} [body] */
  #post(what, body = {}) {
    return this.chat.session.call("POST", `conversations/${this.id}/${what}`, body);
  }

  /** @param {HTMLButtonElement} button @param {() => Promise<void>} run */
  async #try(button, run) {
    const { t } = this.speech;
    button.disabled = true;
    this.problem.hidden = true;
    try {
      await run();
    } catch (error) {
      const refused = error instanceof Refused ? error : null;
      this.problem.hidden = false;
      text(this.problem, t(!refused ? "lostNow" : refused.retry ? "wrongNow" : "notHere"));
    }
    button.disabled = false;
  }
}
