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
