/** Decides what deserves a sound or a notification. No effects here; see alerts.js. */

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {{kind: "waiting" | "message", conversation: string, title: string, body: string}} Call */

/**
 * What a frame calls the technician for, or null. Ask before the frame is applied to the store: "new" means
 * new compared with what is known.
 *
 * @param {Frame} frame
 * @param {{store: Store, watching: () => string | null}} situation watching: the conversation in view of a
 *   focused window, if any; asked only when it matters, since looking costs a layout
 * @returns {Call | null}
 */
export function callFor(frame, { store, watching }) {
  if (frame.type === "queue") return waitingCall(frame, store);
  if (frame.type === "event" && frame.kind === "message" && frame.by.kind === "customer") {
    return messageCall(frame, store, watching);
  }
  return null;
}

/**
 * "(3) Rapport": customers who wait for somebody, and unread messages in my conversations.
 *
 * @param {{waiting: number, unread: number}} counts
 * @param {string} name
 */
export function titleFor({ waiting, unread }, name) {
  const count = waiting + unread;
  return count ? `(${count}) ${name}` : name;
}

/**
 * @param {Frame} frame
 * @param {Store} store
 * @returns {Call | null}
 */
function waitingCall(frame, store) {
  const row = frame.row;
  if (!row || row.status !== "waiting" || store.me.availability !== "online") return null;
  const held = store.rows.get(row.id);
  if (held?.status === "waiting") return null;
  return {
    kind: "waiting",
    conversation: row.id,
    title: waitingWords(row),
    body: row.last?.text ?? row.subject,
  };
}

/** @param {import("./types.js").Row} row */
function waitingWords({ customer, returning, urgent }) {
  if (urgent) return `${customer.name} is back: the fix did not hold`;
  return returning ? `${customer.name} is back and waiting` : `${customer.name} is waiting`;
}

/**
 * @param {Frame} frame
 * @param {Store} store
 * @param {() => string | null} watching
 * @returns {Call | null}
 */
function messageCall(frame, store, watching) {
  const row = store.rows.get(frame.conversation);
  if (!row || row.status !== "active" || row.technician?.id !== store.me.id) return null;
  if (frame.seq <= row.last_seq || watching() === frame.conversation) return null;
  return { kind: "message", conversation: row.id, title: row.customer.name, body: frame.message.text };
}
