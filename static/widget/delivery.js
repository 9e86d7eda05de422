import { Lost, Refused } from "../shared/errors.js";

/**
 * A message leaves, and what became of it is told to the outbox and the screen.
 * @typedef {import("./chat.js").Chat} Chat
 * @typedef {import("../shared/outbox.js").Entry & Record<string, any>} Entry
 */

/**
 * @param {Chat} chat
 * @param {Entry} entry
 */
export function deliver(chat, entry) {
  const { link, outbox, session } = chat;
  const { turn } = session;
  link.deliver(entry).then((answer) => {
    if (turn === session.turn) delivered(chat, entry, answer);
    else outbox.accepted(entry.client_id); // it went in time; whoever wrote it has left
  }, (error) => {
    const signedOut = error instanceof Refused && error.code === "unauthenticated"; // a new token is on its way
    if (error instanceof Lost || signedOut) outbox.lost(entry.client_id);
    else if (error instanceof Refused) {
      if (!error.retry) chat.emit("error", { code: error.code, message: error.message });
      if (error.code === "not_found" && entry.conversation) {
        homeless(outbox, entry, error);
      } else outbox.refused(entry.client_id, error);
    } else outbox.refused(entry.client_id, { code: "unavailable", retry: false });
  });
}

/**
 * The conversation of this message does not exist any more. It waits for the person as the beginning of a new one, and
 * what was written after it follows it there.
 * @param {import("../shared/outbox.js").Outbox} outbox
 * @param {Pick<Entry, "client_id"|"conversation">} entry
 * @param {{code: string, message: string}} error
 */
export function homeless(outbox, { client_id, conversation }, { code, message }) {
  for (const one of outbox.entries(conversation)) {
    if (one.client_id !== client_id) outbox.kept.keep({ ...one, conversation: null, start: client_id });
  }
  outbox.refused(client_id, { code, message, retry: false });
  const [failed] = outbox.entries(conversation);
  if (failed) outbox.kept.keep({ ...failed, conversation: null });
  outbox.refresh();
}

/** @param {Chat} chat @param {Entry} entry @param {Record<string, any>} answer */
function delivered(chat, entry, answer) {
  const { talks, outbox } = chat;
  const begun = entry.conversation === null ? answer.conversation : null;
  const id = begun?.id ?? entry.conversation;
  talks.accept({ ...entry, conversation: id, state: "sent" });
  if (begun) opened(chat, begun, entry.client_id, answer);
  talks.head(id, begun ? begun.last_seq ?? 1 : answer.seq ?? answer.message?.seq ?? 0);
  outbox.accepted(entry.client_id, begun?.id);
  chat.emit("message:sent", { conversation: id });
}

/** @param {Chat} chat @param {any} begun @param {string} client_id @param {Record<string, any>} answer */
function opened(chat, begun, client_id, answer) {
  chat.hear({ type: "conversation.started", conversation: begun });
  chat.talks.begin(begun.id);
  if (answer.message?.kind === "message") chat.talks.apply(begun.id, answer.message);
  chat.emit("conversation:started", { conversation: begun.id, start: client_id });
  if (!answer.device_token) return;
  chat.session.keepDevice(answer.device_token);
  // A socket cannot set a cookie: the session call gives the server the chance to.
  chat.session.renew().catch(() => {});
}
