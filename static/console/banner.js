/** What stands across the top: the connection when it is not there, and being away. No DOM. */

/** @typedef {"try" | "login" | "online"} BannerAction */
/** @typedef {{words: string, tone: "plain" | "bad" | "wait", action: BannerAction | null, label: string}} Banner */

/** A first connection that takes longer than this deserves a word; a quicker one would only flicker. */
export const PATIENCE_MS = 1000;

/**
 * @param {object} about
 * @param {string} about.connection state of the connection
 * @param {boolean} about.ready whether there has been a welcome
 * @param {number} about.since milliseconds in this state
 * @param {string} about.availability of mine
 * @param {boolean} [about.keeps] whether this browser keeps unsent messages over a reload
 * @param {number} [about.unsent] how many there are
 * @param {boolean} [about.blocked] the server answers, and only the live connection does not come about
 * @returns {Banner | null} null: all is well
 */
export function bannerFor(
  { connection, ready, since, availability, keeps = true, unsent = 0, blocked = false },
) {
  switch (connection) {
    case "signed_out":
      return say(
        "You are signed out. What you wrote is kept in this browser.",
        "bad",
        "login",
        "Log in again",
      );
    case "refused":
      return say(
        "This account may not use the console. Please ask your administrator.",
        "bad",
        "login",
        "Log in as somebody else",
      );
    case "waiting":
      return say(blocked ? BLOCKED : reconnecting(keeps), "wait", "try", "Try now");
    case "connecting":
      if (since < PATIENCE_MS) return null;
      if (blocked) return say(BLOCKED, "wait", null, "");
      return ready ? say(reconnecting(keeps), "wait", null, "") : say("Connecting …", "plain", null, "");
  }
  if (!keeps && unsent) return say(NOT_KEPT, "wait", null, "");
  if (!ready || availability === "online") return null;
  const state = availability === "away" ? "away" : "offline";
  return say(`You are ${state}: new conversations will not alarm you.`, "plain", "online", "Go online");
}

const BLOCKED = "The server answers, but something on the way blocks the live connection (WebSocket). " +
  "Nothing new is shown here until it is let through. We keep trying.";
const NOT_KEPT = "This browser does not keep what is not sent yet: please leave this page open until it is.";

/** @param {boolean} keeps */
function reconnecting(keeps) {
  return keeps
    ? "Reconnecting … what you write is kept and sent as soon as we are back."
    : "Reconnecting … please leave this page open: this browser does not keep what is not sent yet.";
}

/**
 * @param {string} words
 * @param {Banner["tone"]} tone
 * @param {BannerAction | null} action
 * @param {string} label
 * @returns {Banner}
 */
function say(words, tone, action, label) {
  return { words, tone, action, label };
}

/**
 * Why something could not be done, in words a person can act on.
 *
 * @param {unknown} error Refused or Lost
 * @param {string} verb "claim", "release" …
 * @param {(id: string) => string | undefined} nameOf a technician's name
 * @returns {string}
 */
export function whyNot(error, verb, nameOf) {
  const { code, message, current } = /** @type {{code?: string, message?: string, current?: any}} */ (error);
  if (!code) return "The connection is gone, so this may not have been done. Try again in a moment.";
  if (code === "conflict") return conflictWords(current, verb, nameOf);
  if (code === "forbidden") return "You may not do this here. Your administrator can change that.";
  if (code === "not_found") return "This conversation is gone.";
  return message || "That did not work. Try again in a moment.";
}

/**
 * @param {any} current what is true instead: {status, technician: {id, name?} | null}
 * @param {string} verb
 * @param {(id: string) => string | undefined} nameOf
 */
function conflictWords(current, verb, nameOf) {
  const technician = current?.technician;
  const who = technician?.name ?? nameOf(technician?.id ?? "");
  if (current?.status === "resolved") {
    return who ? `${who} has resolved this meanwhile.` : "This has been resolved meanwhile.";
  }
  if (who && verb === "claim") return `Somebody else has claimed this: ${who} is with this customer now.`;
  if (who) return `This has changed meanwhile: ${who} is with this customer now.`;
  return "This has changed meanwhile. Have a look at where it stands now.";
}
