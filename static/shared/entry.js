/**
 * @typedef {object} Entry a message that the server has not accepted yet
 * @property {string} client_id the same for ever, so that the server can tell a repetition
 * @property {string|null} conversation null: this message, or the one named by `start`, opens a conversation
 * @property {string} [start] client_id of the message that opens the conversation this one goes into
 * @property {string} text
 * @property {string} [kind] "note" for a technician's note
 * @property {number} at milliseconds; the order of sending
 * @property {"pending"|"sending"|"failed"} state
 * @property {{code: string, message: string}|null} error why it failed
 */

/**
 * What keeps its order: one conversation, or one that is just being opened.
 * @param {Entry} entry
 */
export function lane(entry) {
  return entry.conversation ?? `start:${entry.start ?? entry.client_id}`;
}

/**
 * @param {string} json
 * @param {string} client_id
 * @returns {Entry|null} null for what is not ours or broken
 */
export function parsed(json, client_id) {
  try {
    const entry = JSON.parse(json);
    if (entry?.client_id !== client_id || typeof entry.text !== "string" || typeof entry.at !== "number") {
      return null;
    }
    return { ...entry, conversation: entry.conversation ?? null };
  } catch {
    return null;
  }
}

/**
 * A random UUID (version 4). `crypto.randomUUID` exists only on https and localhost; a support page on a
 * plain http intranet needs ids too.
 * @returns {string}
 */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
