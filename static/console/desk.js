/**
 * The technician's desk: joins the connection, the store, the logs and the outbox. No DOM; the views read
 * from it and call its verbs.
 */

import { giveBack } from "../shared/giveback.js";
import { Logs } from "./logs.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Outcome} Outcome */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("../shared/outbox.js").Outbox} Outbox */
/** @typedef {import("../shared/outbox.js").Entry} Entry */
/** @typedef {{send: (frame: any) => boolean, ask: (frame: any) => Promise<any>}} Wire */

const LOST = "It had arrived, but the system had to be set back and has lost it.";

export class Desk {
  /** @type {Set<string>} */ #watched = new Set();
  /** Conversations whose context came over the present connection. @type {Set<string>} */ #informed =
    new Set();
  /** Of the database that what is held here comes from; said in `hello`. */ epoch = "";
  /** @type {Store} */ store;
  /** @type {Outbox} */ outbox;
  /** @type {Logs} */ logs;
  /** @type {Wire} */ #wire;
  /** @type {() => void} */ #onChange;

  /**
   * @param {object} options
   * @param {Store} options.store
   * @param {Outbox} options.outbox whose `send` calls this desk's `deliver`
   * @param {Wire} options.wire
   * @param {() => void} options.onChange something worth drawing has changed
   * @param {(id: string) => Promise<Row>} options.fetchRow the row of a conversation that is in no list
   */
  constructor({ store, outbox, wire, onChange, fetchRow }) {
    this.store = store;
    this.outbox = outbox;
    this.#wire = wire;
    this.#onChange = onChange;
    this.logs = new Logs({ store, ask: (frame) => wire.ask(frame), onChange, fetchRow });
  }

  /** @param {Frame} frame from the server, answers to questions excepted */
  receive(frame) {
    if (frame.type === "event") this.logs.apply(frame);
    else if (frame.type === "heartbeat") this.logs.heads(frame.heads ?? {});
    else if (frame.type === "message.accepted") this.outbox.accepted(frame.client_id);
    else if (frame.type === "error" && frame.client_id) this.outbox.refused(frame.client_id, frame);
    else this.#news(frame);
    this.#watchOpen();
    this.#onChange();
  }

  /** The connection has gone: what we watched has to be said again on the next one. */
  disconnected() {
    this.#watched.clear();
    this.#informed.clear();
  }

  /** Put a conversation on the screen, or none. @param {string | null} id */
  show(id) {
    const before = this.store.open;
    if (before === id) return;
    this.store.show(id);
    if (before) this.#leave(before);
    if (id) {
      this.#watchOpen();
      // Before the welcome its row may simply not be here yet; the welcome loads it.
      if (this.store.ready && !this.logs.isLoaded(id)) this.logs.load(id);
    }
    this.#onChange();
  }

  /** @param {string} id @returns {boolean} whether something is here that I have not said to have read */
  unread(id) {
    const row = this.store.rows.get(id);
    return row !== undefined && this.logs.isLoaded(id) && this.logs.last(id) > row.read_seq;
  }

  /** I have seen everything in it up to now. @param {string} id */
  read(id) {
    if (!this.unread(id)) return;
    const last = this.logs.last(id);
    if (!this.#wire.send({ type: "read", conversation: id, seq: last })) return;
    const { id: me, name } = this.store.me;
    this.store.read(id, { kind: "technician", id: me, name }, last);
    this.#onChange();
  }

  /** @param {string} id @param {boolean} active */
  typing(id, active) {
    this.#wire.send({ type: "typing", conversation: id, active });
  }

  /**
   * Claim, release, reopen or resolve. The events that follow change the lists; nothing is assumed here.
   *
   * @param {"claim" | "release" | "reopen" | "resolve"} verb
   * @param {string} id
   * @param {{outcome?: Outcome & {again?: string}}} [fields]
   * @throws Refused or Lost
   */
  async act(verb, id, fields = {}) {
    const answer = await this.#wire.ask({ type: `conversation.${verb}`, conversation: id, ...fields });
    // Some answers are news in themselves (the context that comes with a claim).
    if (answer.type !== "ok") this.receive(answer);
  }

  /** @param {string} state online | away | offline @throws Refused or Lost */
  async setAvailability(state) {
    await this.#wire.ask({ type: "availability", state });
    this.store.apply({ type: "presence", technician: this.store.me.id, state });
    this.#onChange();
  }

  /** Send one message for the outbox, which is told how it went. @param {Entry} entry */
  async deliver(entry) {
    const { client_id, conversation, text, kind } = entry;
    const note = kind === "note";
    try {
      const accepted = await this.#wire.ask({
        type: "message.send",
        conversation,
        client_id,
        text,
        ...(note ? { kind } : {}),
      });
      // Not waiting for the event itself, so that the line never flickers away between the two.
      this.logs.apply({
        type: "event",
        conversation,
        seq: accepted.seq,
        kind: "message",
        at: accepted.created_at,
        by: { kind: "technician", id: this.store.me.id, name: this.store.me.name },
        message: { id: accepted.id, client_id, text, attachments: [], note },
      });
      this.outbox.accepted(client_id);
    } catch (error) {
      const refusal = /** @type {{code?: string, message?: string, retry?: boolean}} */ (error);
      if (refusal.code) this.outbox.refused(client_id, refusal);
      else this.outbox.lost(client_id);
    }
    this.#onChange();
  }

  /** @param {Frame} frame */
  #news(frame) {
    this.store.apply(frame);
    const id = frame.conversation;
    if (frame.type === "welcome") {
      this.epoch = frame.epoch ?? ""; // what was held of another has been reset by frames before this one
      this.#welcomed();
    } else if (frame.type === "queue") {
      this.logs.follow();
      // It could not be shown, and now it is in a list (the customer wrote again).
      if (this.store.open === id && this.logs.failure(id)) this.logs.load(id);
    } else if (frame.type === "context") {
      this.#informed.add(id);
      this.logs.history(id).know(frame.return_card?.conversations ?? []);
    } else if (frame.type === "reset") this.#reset(id, frame.reason);
  }

  /** @param {string} id @param {string} [reason] */
  async #reset(id, reason) {
    const own = reason === "restored" ? this.#own(id) : [];
    this.logs.forget(id);
    // Its context went too, and comes with watching.
    this.#watched.delete(id);
    this.#informed.delete(id);
    if (this.store.open === id) this.logs.load(id);
    if (!own.length) return;
    const there = await this.logs.since(id, own[0].seq - 1);
    // What was written and had arrived must not vanish unsaid; whether it is still wanted, its author knows.
    let at = 0;
    for (const event of own) {
      if (!event.message || !there || there.has(event.message.client_id)) continue;
      const { client_id, text, note } = event.message;
      at = Math.max(Date.parse(event.at), at + 1);
      const entry = { client_id, conversation: id, text, at, ...(note ? { kind: "note" } : {}) };
      giveBack(this.outbox, entry, LOST);
    }
  }

  /** @param {string} id @returns {import("./types.js").Event[]} my messages and notes, as far as they are here */
  #own(id) {
    const events = this.logs.events(id);
    const removed = new Set(events.map((event) => /** @type {any} */ (event).redacted?.message));
    return events.filter(({ by, kind, message }) =>
      kind === "message" && by.id === this.store.me.id && message?.client_id && !removed.has(message.id)
    );
  }

  #welcomed() {
    for (const row of [...this.store.rows.values()]) {
      if (row.last_seq < this.logs.last(row.id)) this.#reset(row.id, "restored");
    }
    this.logs.follow();
    this.logs.heads(Object.fromEntries([...this.store.rows.values()].map((row) => [row.id, row.last_seq])));
    const open = this.store.open;
    if (open && !this.logs.isLoaded(open)) this.logs.load(open);
    this.outbox.flush();
  }

  /** The context comes with watching, so the open conversation is watched once even when it is mine. */
  #watchOpen() {
    const id = this.store.open;
    if (!id || !this.store.ready || this.#watched.has(id)) return;
    if (this.#isMine(id) && this.#informed.has(id)) return;
    if (this.#wire.send({ type: "watch", conversation: id })) this.#watched.add(id);
  }

  /** @param {string} id */
  #leave(id) {
    if (!this.#watched.delete(id) || this.#isMine(id)) return;
    this.#wire.send({ type: "unwatch", conversation: id });
    // Nobody tells us any more what happens there: next time it is read afresh.
    this.logs.forget(id);
  }

  /** @param {string} id */
  #isMine(id) {
    const row = this.store.rows.get(id);
    return row?.status === "active" && row.technician?.id === this.store.me.id;
  }
}
