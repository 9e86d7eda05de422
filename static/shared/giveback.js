/**
 * The server had this message and has it no longer. It waits for the person, who may not want to repeat it by now.
 * @param {import("./outbox.js").Outbox} outbox
 * @param {Pick<import("./entry.js").Entry, "client_id"|"conversation"|"text"|"at"> & Record<string, any>} message
 * @param {string} words
 */
export function giveBack(outbox, message, words) {
  if (outbox.kept.entries.has(message.client_id)) return;
  outbox.kept.keep({ ...message, state: "failed", error: { code: "restored", message: words } });
  outbox.onChange();
}
