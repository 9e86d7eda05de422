import { fill, part, text, toggle } from "../shared/dom.js";
import { span } from "../shared/time.js";
import { Composer } from "./composer.js";
import { face } from "./home.js";
import { items } from "./items.js";
import { Log } from "./log.js";
import { StillFixed } from "./held.js";
import { attended, conversation } from "./state.js";
import "../shared/vault.js"; // these are here by the time that something is written, also without a network
import "./delivery.js";
import "./words_talk.js";

/**
 * @typedef {import("./chat.js").Chat} Chat
 * @typedef {import("./chat.js").Target} Target
 */

const NEAR = 60; // pixels from the end that still count as reading along
const QUIET = 10_000; // the status line says the same kind of thing at most this often
const FLICKER = 1_500; // a reconnection shorter than this is nobody's business

/** One conversation: what was said, what is happening, and the line to write in. */
export class Talk {
  /** @type {Target} */ target = { conversation: null };
  #drawnLast = 0;
  #first = 0;
  #count = 0;
  #fresh = true;
  #spoken = "";
  #spokenAt = -QUIET;
  #troubleSince = 0;
  #cut = false; // for long enough that what we know of the queue is old
  /** @type {WeakMap<HTMLElement, string>} */ #ends = new WeakMap();

  /**
   * @param {Chat} chat
   * @param {import("./words.js").Speech} speech
   * @param {{visible: () => boolean, redraw: () => void, home: () => void, write: (id: string) => void}} around
   */
  constructor(chat, speech, around) {
    this.chat = chat;
    this.speech = speech;
    this.around = around;
    this.root = /** @type {HTMLElement} */ (document.getElementById("talk"));
    this.scroll = /** @type {HTMLElement} */ (part(this.root, "scroll"));
    const form = /** @type {HTMLFormElement} */ (this.root.querySelector("form"));
    this.composer = new Composer(form, chat.shelf, speech.t, {
      send: (words) => {
        chat.say(this.target, words);
        this.toEnd();
      },
      typing: () => chat.typing(this.target),
    });
    this.log = new Log(part(this.root, "log"), speech, {
      retry: (client_id) => chat.outbox.retry(client_id),
      drop: (client_id) => chat.outbox.drop(client_id),
      again: () => this.composer.box.focus(),
      end: (place) => this.#end(place),
    });
    this.held = new StillFixed(part(this.root, "held"), chat, speech, around.write, true);
    part(this.root, "found").onclick = around.home;
    part(this.root, "older").onclick = () => this.#older();
    part(this.root, "pill").onclick = () => this.toEnd();
    this.scroll.onscroll = () => {
      if (this.scroll.scrollTop < 40) this.#older();
      if (this.#atEnd()) this.draw();
    };
  }

  /** @param {Target} target */
  show(target) {
    const same = target.conversation === this.target.conversation && target.start === this.target.start;
    if (same && !this.#fresh) return;
    this.target = target;
    this.#fresh = true;
    this.log.clear();
    this.composer.load(target.conversation ?? `start.${target.start}`);
  }

  /** The conversation that was being opened now has its id. @param {string} id */
  opened(id) {
    this.target = { conversation: id };
    this.composer.rename(id);
  }

  /** The conversation is not ours any more: nothing of it stays, not even out of sight. */
  leave() {
    this.target = { conversation: null };
    this.#fresh = true;
    this.log.clear();
    this.composer.clear();
    fill(this.root, { title: "", who: "" });
  }

  draw() {
    if (!this.around.visible()) return;
    // Before anything grows: whoever was at the end stays there.
    const follow = this.#fresh || this.#atEnd();
    const fromEnd = this.scroll.scrollHeight - this.scroll.scrollTop;
    const { conversation: id } = this.target;
    const known = id ? conversation(this.chat.state, id) : undefined;
    const talk = id && known ? this.chat.talks.open(id) : null;
    this.#head(known);
    this.#link();
    this.#queue(known);
    this.#typing(known);
    this.held.draw(known?.ask_held ? known : undefined);
    const { found } = this.chat.state;
    const { t } = this.speech;
    fill(this.root, { found: found ? t("foundHere", { n: found }) : "" });
    this.composer.hint(t(this.chat.back === id ? "writeBack" : "write"));
    const events = talk?.timeline.events ?? [];
    const list = items(events, this.chat.pending(this.target), { seen_seq: known?.seen_seq });
    const over = known?.status === "resolved" && list.findLast((item) => item.type === "solved");
    if (over) over.end = this.chat.keys.get(known.id) ?? known.id;
    const prepended = Boolean(talk && this.#first && talk.timeline.first < this.#first);
    this.#first = talk?.timeline.first ?? 0;
    this.log.draw(list, !this.#fresh && !prepended);
    if (talk?.loaded || !id) this.#fresh = false;
    toggle(part(this.root, "older"), Boolean(talk?.loaded && talk.timeline.first > 1));
    if (follow) this.scroll.scrollTop = this.scroll.scrollHeight;
    else if (prepended) this.scroll.scrollTop = this.scroll.scrollHeight - fromEnd;
    this.#pill(events, follow);
    if (id && this.#atEnd()) this.chat.seen(id);
  }

  /** What one takes along from a solved conversation. @param {HTMLElement} place */
  async #end(place) {
    const id = this.target.conversation;
    if (!id) return;
    const { Ending } = await import("./ending.js");
    await this.speech.learn();
    const key = this.chat.keys.get(id) ?? "";
    if (this.target.conversation !== id || this.#ends.get(place) === key) return;
    this.#ends.set(place, key);
    const follow = this.#atEnd();
    new Ending(place, this.chat, id, this.speech);
    if (follow) this.toEnd();
  }

  /** Down to the newest message. */
  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.draw();
  }

  #older() {
    if (this.target.conversation) this.chat.talks.older(this.target.conversation);
  }

  #atEnd() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR;
  }

  /** @param {import("./state.js").Conversation|undefined} known */
  #head(known) {
    const { t } = this.speech;
    const { state } = this.chat;
    const name = known?.technician?.name;
    const online = known && state.online[known.id];
    const here = online === undefined ? "" : t(online ? "isHere" : "isAway");
    const who = known?.status === "resolved"
      ? [t("solvedPlain")]
      : name
      ? [t("technician"), here]
      : [known ? t("waiting") : ""];
    text(part(this.root, "title"), name ?? state.inbox.name ?? t("us"));
    text(part(this.root, "who"), who.filter(Boolean).join(" · "));
    const on = Boolean(this.chat.shelf.get("sound"));
    const sound = part(this.root, "sound");
    sound.setAttribute("aria-pressed", String(on));
    sound.setAttribute("aria-label", t(on ? "soundOn" : "soundOff"));
    text(part(this.root, "face"), face(name ?? state.inbox.name ?? ""));
  }

  #link() {
    const { state: { link, phase }, outbox } = this.chat;
    const unsent = outbox.entries();
    const trouble = !["live", "polling", "stopped"].includes(link) || phase !== "ready";
    const risk = !outbox.persistent && unsent.length > 0;
    const fine = !trouble && !risk;
    this.#troubleSince = fine ? 0 : this.#troubleSince || performance.now();
    const long = !fine && performance.now() - this.#troubleSince >= FLICKER;
    if (!fine && !long) setTimeout(this.around.redraw, FLICKER + 50);
    const words = link === "refused" || phase === "closed"
      ? "unavailable"
      : trouble && long
      ? outbox.persistent ? "reconnecting" : "reconnectingOpen"
      : risk && long
      ? "notKept"
      : link === "polling"
      ? "slow"
      : "";
    this.#cut = trouble && long;
    const line = part(this.root, "link");
    line.classList.toggle("good", words === "slow"); // nothing to worry about
    text(line, words && this.speech.t(words));
  }

  /** @param {import("./state.js").Conversation|undefined} known */
  #queue(known) {
    const { t, locale } = this.speech;
    const { state } = this.chat;
    const box = part(this.root, "queue");
    const waiting = known?.status === "waiting" && !known.technician && !this.#cut;
    toggle(box, waiting);
    if (!waiting) return;
    const at = state.queue[known.id];
    const place = !at
      ? t(attended(state) ? "waiting" : "nobodyWait")
      : at.position <= 1
      ? t("next")
      : t("place", { n: at.position });
    const estimate = !at
      ? ""
      : at.estimate_seconds === null
      ? t(attended(state) ? "waitUnknown" : "nobodyWait")
      : t("wait", { span: span(at.estimate_seconds, { locale }) });
    fill(box, { place, wait: at ? `${estimate} ${t("stay")}` : "" });
    if (at) this.#speak(`${place} ${estimate}`);
  }

  /** @param {import("./state.js").Conversation|undefined} known */
  #typing(known) {
    const who = known && this.chat.state.typing[known.id];
    const words = who ? this.speech.t("typing", { name: who.name || this.speech.t("technician") }) : "";
    const line = part(this.root, "typing");
    const follow = this.#atEnd();
    text(line, words);
    if (words && follow) this.scroll.scrollTop = this.scroll.scrollHeight;
    if (words) this.#speak(words);
  }

  /** For screen readers, in a status of its own, never in a stream. @param {string} words */
  #speak(words) {
    const now = performance.now();
    if (words === this.#spoken || now - this.#spokenAt < QUIET) return;
    this.#spoken = words;
    this.#spokenAt = now;
    text(/** @type {HTMLElement} */ (document.getElementById("status")), words);
  }

  /** @param {readonly any[]} events @param {boolean} follow */
  #pill(events, follow) {
    const last = events.at(-1)?.seq ?? 0;
    if (follow || !this.#drawnLast) this.#count = 0;
    else {
      this.#count += events.filter((event) =>
        event.seq > this.#drawnLast && event.kind === "message" && event.by?.kind !== "customer"
      ).length;
    }
    this.#drawnLast = last;
    const pill = part(this.root, "pill");
    const shown = this.#count > 0 || !this.#atEnd();
    toggle(pill, shown);
    if (!shown) return;
    const { t } = this.speech;
    text(pill, this.#count ? `↓ ${t("below", { n: this.#count })}` : "↓");
    pill.setAttribute("aria-label", this.#count ? t("below", { n: this.#count }) : t("down"));
  }
}
