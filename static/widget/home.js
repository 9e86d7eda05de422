import { clone, fill, make, part, text, toggle } from "../shared/dom.js";
import { date, moment, span } from "../shared/time.js";
import { StillFixed } from "./held.js";
import { attended, doubted, open, past } from "./state.js";

/**
 * @typedef {import("./chat.js").Chat} Chat
 * @typedef {import("./chat.js").Target} Target
 * @typedef {import("./words.js").Speech} Speech
 */

/** The first thing one sees: who is here, what is open, and what was solved before, with its fix. */
export class Home {
  #drawn = "";

  /**
   * @param {Chat} chat
   * @param {Speech} speech
   * @param {{start: () => void, talk: (target: Target) => void, write: (id: string) => void,
   *   page: (page: import("./stage.js").Page) => void}} go
   */
  constructor(chat, speech, go) {
    this.chat = chat;
    this.speech = speech;
    this.go = go;
    this.root = /** @type {HTMLElement} */ (document.getElementById("home"));
    part(this.root, "start").onclick = go.start;
    part(this.root, "before").onclick = () => go.page("back");
    this.held = new StillFixed(part(this.root, "held"), chat, speech, go.write);
  }

  draw() {
    const { state } = this.chat;
    const { t, locale } = this.speech;
    const again = state.customer?.name ? t("againName", { name: state.customer.name }) : t("again");
    text(part(this.root, "title"), state.returning ? again : this.#greeting());
    text(part(this.root, "who"), this.#who());
    this.#faces(state.inbox.technicians ?? []);
    const problem = state.phase === "closed"
      ? t("unavailable")
      : state.problem?.retry_after
      ? t("busy", { span: span(state.problem.retry_after, { locale }) })
      : state.problem
      ? t("trying")
      : "";
    fill(this.root, { problem, found: state.found ? t("foundHome", { n: state.found }) : "" });
    this.held.draw(state.phase === "closed" ? undefined : doubted(state));
    // Whoever has a history here finds the same in the menu.
    toggle(
      part(this.root, "before"),
      state.phase === "ready" && !state.conversations.length && this.#offered(),
    );
    toggle(part(this.root, "more"), state.phase === "ready");
    const start = part(this.root, "start");
    text(start, t(attended(state) || state.phase !== "ready" ? "start" : "startAway"));
    toggle(start, state.phase !== "closed");
    // Recognised all the same: then the server's cookie remembers what this storage may not.
    toggle(
      part(this.root, "memory"),
      !this.chat.shelf.persistent && !state.returning && state.phase === "ready",
    );
    this.#lists();
  }

  /** There is a way back. */
  #offered() {
    const { mailbox = true, resume_key = true } = this.chat.state.recovery;
    return mailbox || resume_key;
  }

  /** The inbox's own words, unless they would promise somebody while nobody is here. */
  #greeting() {
    const { state } = this.chat;
    return (attended(state) || state.phase === "idle") && state.inbox.greeting || this.speech.t("hello");
  }

  /** Who is here, told as it is. */
  #who() {
    const { state } = this.chat;
    const { t, list, locale } = this.speech;
    if (state.phase !== "ready") return "";
    const { technicians = [], opens_at, reply_time_seconds } = state.inbox;
    if (!attended(state)) {
      return `${t("nobody")} ${opens_at ? t("opens", { when: moment(opens_at, { locale }) }) : ""}`.trim();
    }
    const names = technicians.map((/** @type {any} */ one) => one.name);
    const more = names.length - 3;
    const here = more > 0
      ? t("hereMore", { names: names.slice(0, 3).join(", "), n: more })
      : t("here", { names: list(names), n: names.length });
    return reply_time_seconds ? `${here} ${t("pace", { span: span(reply_time_seconds, { locale }) })}` : here;
  }

  /** @param {{name: string}[]} technicians */
  #faces(technicians) {
    const names = technicians.slice(0, 3).map(({ name }) => face(name));
    const faces = part(this.root, "faces");
    if (faces.dataset.names === names.join()) return;
    faces.dataset.names = names.join();
    faces.replaceChildren(...names.map((name) => make("i", { class: "face" }, name)));
  }

  #lists() {
    const { state } = this.chat;
    const [now, before] = [open(state), past(state)];
    const unsent = this.chat.unsent();
    const waiting = this.chat.outbox.entries().map((
      entry,
    ) => [entry.client_id, entry.conversation, entry.state]);
    // Rebuilding under the person's finger or focus is worse than a list that is a moment old.
    const drawn = JSON.stringify([now, before, waiting]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const focused = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset.id;
    part(this.root, "open").replaceChildren(
      ...unsent.map((entry) => this.#unsent(entry)),
      ...now.map((one) => this.#row(one)),
    );
    part(this.root, "past").replaceChildren(...before.map((one) => this.#row(one)));
    toggle(part(this.root, "nowTitle"), now.length + unsent.length > 0);
    toggle(part(this.root, "pastTitle"), before.length > 0);
    part(this.root, "start").classList.toggle("second", now.length > 0);
    if (focused) this.focus(focused);
  }

  /** @param {string} id of the conversation whose row gets the focus @returns {boolean} */
  focus(id) {
    const row = /** @type {HTMLElement|null} */ (this.root.querySelector(`[data-id="${CSS.escape(id)}"]`));
    row?.focus();
    return Boolean(row);
  }

  /** @param {import("./state.js").Conversation} one */
  #row(one) {
    const { t, locale } = this.speech;
    const solved = one.status === "resolved";
    const who = one.technician?.name ? t("withName", { name: one.technician.name }) : "";
    const when = (solved ? date : moment)(one.resolved_at ?? one.opened_at, { locale });
    return this.#item(one.id, { conversation: one.id }, {
      title: (solved && one.outcome?.problem) || one.subject || t("untitled"),
      meta: (solved ? [when, who, t("solved")] : [who || t("waiting"), when]).filter(Boolean).join(" · "),
      fix: solved && one.outcome?.fix ? t("fix", { fix: one.outcome.fix }) : "",
      unread: one.unread
        ? t("unread", { n: one.unread })
        : this.chat.outbox.entries(one.id).length
        ? t("unsent")
        : "",
    });
  }

  /** @param {import("../shared/outbox.js").Entry} entry */
  #unsent(entry) {
    const { t } = this.speech;
    return this.#item(entry.client_id, { conversation: null, start: entry.client_id }, {
      title: entry.text.slice(0, 80),
      meta: t({ sending: "sending", failed: "failed", pending: "unsent" }[entry.state]),
      fix: "",
      unread: "",
    });
  }

  /** @param {string} id @param {Target} target @param {Record<string, string>} words */
  #item(id, target, words) {
    const item = clone("row");
    fill(item, words);
    const button = /** @type {HTMLButtonElement} */ (item.querySelector("button"));
    button.dataset.id = id;
    button.onclick = () => this.go.talk(target);
    return item;
  }
}

/** The first letters of a name, for a round picture. @param {string} name */
export function face(name) {
  return [...name].slice(0, 2).join("");
}
