import { giveBack as give } from "../shared/giveback.js";

/**
 * The server was set back to an earlier state. What this person had sent, and has seen arrive, may be gone there: it is
 * shown to them again as not sent, to be repeated or given up, and not repeated unasked hours later.
 * @typedef {import("./chat.js").Chat} Chat
 */

const AGAIN = 3_000;
const TRIES = 20;

/**
 * @param {Chat} chat
 * @param {string} conversation
 * @param {any[]} held events, and entries that were accepted, as they were known before
 */
export async function giveBack(chat, conversation, held) {
  const removed = new Set(held.map((one) => one.redacted?.message));
  const own = held.filter((one) => !removed.has(one.message?.id)).map(said).filter((one) => one !== null);
  if (!own.length) return;
  const { turn } = chat.session;
  const first = Math.min(...own.map((one) => one.seq));
  const there = await known(chat, conversation, Math.max(0, first - 1));
  if (!there || turn !== chat.session.turn) return; // somebody else sits here now, or it is not theirs any more
  let last = 0;
  for (const { client_id, text, at } of own) {
    if (there.has(client_id)) continue;
    last = Math.max(at, last + 1); // in their order, also those of one moment
    const owner = chat.person.owner || undefined;
    give(chat.outbox, { client_id, conversation, text, at: last, owner }, "");
  }
}

/** One of this customer's messages; null for everything else. @param {any} one */
function said(one) {
  if (one.state === "sent") return { client_id: one.client_id, text: one.text, at: one.at, seq: Infinity };
  const { client_id, text } = one.message ?? {};
  if (one.kind !== "message" || one.by?.kind !== "customer" || !client_id) return null;
  return { client_id, text, at: Date.parse(one.at), seq: one.seq };
}

/**
 * What the server has after this number.
 * @param {Chat} chat
 * @param {string} conversation
 * @param {number} after
 * @returns {Promise<Set<string>|null>} client_ids; null: it cannot be known
 */
async function known(chat, conversation, after) {
  /** @type {Set<string>} */
  const there = new Set();
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      for (let more = true, from = Number.isFinite(after) ? after : 0; more;) {
        const page = await chat.link.page(conversation, from);
        for (const { message } of page.events) if (message?.client_id) there.add(message.client_id);
        more = page.more && page.events.length > 0;
        from = page.events.at(-1)?.seq ?? from;
      }
      return there;
    } catch (error) {
      if (/** @type {any} */ (error).code === "not_found") return null;
      await new Promise((done) => setTimeout(done, AGAIN));
    }
  }
  return null;
}
