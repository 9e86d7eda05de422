/** Joins what is known of a person to the page: the panel's buttons, the two dialogs, and what is read aloud. */

import * as api from "./api.js";
import { actWords, isMe } from "./knownwords.js";
import { Known } from "./known.js";
import { Panel } from "./panel.js";
import { previewShown } from "./previewview.js";
import { ReasonDialog } from "./reason.js";
import { RecogniseDialog } from "./recognise.js";
import { newsOf } from "./suggested.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Link} Link */
/** @typedef {import("./types.js").Suggestion} Suggestion */
/** @typedef {import("./types.js").Vouch} Vouch */
/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {{details: HTMLElement, recognise: HTMLDialogElement, reason: HTMLDialogElement}} Parts */

export class Recognition {
  /** @type {Desk} */ #desk;
  /** @type {Panel} */ #panel;
  /** @type {Known} */ #known;
  /** @type {ReasonDialog} */ #reason;
  /** @type {RecogniseDialog} */ #dialog;
  /** @type {(words: string) => void} */ #say;

  /**
   * @param {Parts} parts
   * @param {object} options
   * @param {Desk} options.desk
   * @param {() => void} options.onChange
   * @param {(words: string) => void} options.insert into the reply
   * @param {(id: string) => void} options.openPast
   * @param {import("./resolve.js").ResolveDialog} options.resolve
   * @param {(words: string) => void} options.say read aloud
   */
  constructor(parts, { desk, onChange, insert, openPast, resolve, say }) {
    this.#desk = desk;
    this.#say = say;
    this.#known = new Known({ api, onChange, say, refresh: (id) => this.#refresh(id) });
    this.#reason = new ReasonDialog(parts.reason);
    this.#dialog = new RecogniseDialog(parts.recognise, {
      insert,
      preview: api.previewLink,
      vouch: (id, said, name) => this.#known.vouch(id, said, name),
      link: (id, a, b, reason) => this.#known.link(id, a, b, reason),
    });
    this.#panel = new Panel(parts.details, this.#known, {
      insert,
      openPast,
      fixedAgain: (outcome, words) => {
        const row = this.#row;
        if (!row) return;
        resolve.open(row.id, row.customer.name, {
          outcome,
          words,
          draft: () => api.fixedAgain(row.id, outcome),
        });
      },
      recognise: (suggestion) => this.#recognise(suggestion),
      look: (suggestion) => this.#look(suggestion),
      takeBack: (link) => this.#takeBack(link),
      refuse: (vouch) => this.#refuse(vouch),
      left: onChange,
    }, (id, after, limit) => desk.logs.page(id, after, limit));
  }

  draw() {
    const { store } = this.#desk;
    this.#panel.draw(store);
    const card = this.#context?.return_card;
    this.#dialog.draw(store.open, card?.suggestions ?? [], card?.vouching ?? "technician");
  }

  /**
   * What a frame says about who this may be, to be read aloud. Ask before it is applied.
   *
   * @param {Frame} frame
   * @returns {string}
   */
  news(frame) {
    const { store } = this.#desk;
    if (frame.type !== "context" || frame.conversation !== store.open) return "";
    const [before, after] = [this.#context?.return_card, frame.return_card];
    const asked = after?.vouch && after.vouch.id !== before?.vouch?.id && !isMe(after.vouch.by, store.me);
    if (asked) return `Is this ${after.vouch.name}? A colleague asks for your word.`;
    return newsOf(before?.suggestions ?? [], after?.suggestions ?? []);
  }

  /** @param {Frame} frame once a link was taken back, what was said when it was made is no longer true */
  hear(frame) {
    if (frame.type === "event" && frame.kind === "linked" && frame.linked?.action !== "linked") {
      this.#known.tell(frame.conversation, "");
    }
  }

  /** Recognise the first one who is suggested; or put the dialog away. */
  flip() {
    if (this.#dialog.isOpen) return this.#dialog.close();
    const [first] = this.#context ? this.#panel.suggestions : [];
    if (first) this.#recognise(first);
    else if (this.#context) this.#say("Nobody on file looks like this customer.");
  }

  /** @returns {boolean} whether there was something to put away */
  close() {
    const open = this.#dialog.isOpen;
    this.#dialog.close();
    return open;
  }

  /** @param {string} conversation whose access has changed: what was opened of others goes from the screen */
  reset(conversation) {
    this.#known.forget(conversation);
  }

  /** @param {Suggestion} suggestion */
  #recognise(suggestion) {
    const context = this.#context;
    if (!context || !this.#desk.store.open) return;
    this.#dialog.open({
      conversation: this.#desk.store.open,
      customer: context.customer.id,
      vouching: context.return_card.vouching ?? "technician",
      suggestion,
    });
  }

  /** @param {Suggestion} suggestion */
  #look({ customer, name }) {
    const conversation = this.#desk.store.open ?? "";
    this.#reason.open({
      key: `look ${conversation} ${customer}`,
      title: `Look at the history of ${name}?`,
      lead: "It is not proven that this is the same person. That you looked, and why, is recorded.",
      label: "Why do you need it?",
      go: "Look at it",
      save: (reason) => this.#known.disclose(conversation, { customer, name }, reason),
    });
  }

  /** @param {Link} link */
  #takeBack(link) {
    const conversation = this.#desk.store.open ?? "";
    const customer = this.#context?.customer.id ?? "";
    this.#reason.open({
      key: `back ${link.id}`,
      title: `Take back that this is ${link.name}?`,
      lead: link.proof === "claimed"
        ? "Both are as they were before, for technicians. The customer notices nothing."
        : "Both are as they were before. A browser that saw the history because of this sees it no more, at once.",
      label: "Why is it wrong?",
      go: "Take it back",
      preview: async () => previewShown(await api.previewLink(customer, link.customer), "unlink"),
      save: (reason) => this.#known.unlink(conversation, customer, link, reason),
    });
  }

  /** @param {Vouch} vouch */
  #refuse(vouch) {
    const conversation = this.#desk.store.open ?? "";
    this.#reason.open({
      key: `refuse ${vouch.id}`,
      title: `Is this not ${vouch.name}?`,
      lead: "Nothing is shown to the customer. Your colleague can ask again with better reasons.",
      label: "What speaks against it?",
      go: "Refuse",
      save: (reason) => this.#known.refuse(conversation, vouch.id, reason),
    });
  }

  /** The answer tells that it was done; what that means for the card is read, since a frame may be lost. @param {string} id */
  async #refresh(id) {
    try {
      const return_card = await api.returnCard(id);
      const held = this.#desk.store.contexts.get(id);
      if (held) this.#desk.receive({ ...held, type: "context", conversation: id, return_card });
    } catch (error) {
      this.#say(`It is done, but could not be shown. ${actWords(error)}`);
    }
  }

  get #row() {
    return this.#desk.store.rows.get(this.#desk.store.open ?? "");
  }

  get #context() {
    return this.#desk.store.contexts.get(this.#desk.store.open ?? "");
  }
}
