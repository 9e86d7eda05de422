import { english } from "./words.js";

/**
 * What is read where one writes, in English; the other languages are fetched whole.
 * @type {Record<string, import("./words.js").Sentence>}
 */
export const talk = {
  needText: "Please write a few words first.",
  badEmail: "This does not look like an e-mail address. Correct it or leave it empty.",
  tooLong: { one: "{n} character too long.", other: "{n} characters too long." },
  soundOn: "Sound is on",
  soundOff: "Sound is off",
  you: "You",
  technician: "Technician",
  us: "Support",
  isHere: "here now",
  isAway: "not here right now",
  joined: "{name} joined",
  released: "Back in the queue: the next free technician takes over",
  reopened: "Open again",
  solvedBy: "Solved with {name}",
  solvedPlain: "Solved",
  writeAgain: "It is back? Write again",
  sent: "Delivered",
  seen: "Seen",
  retry: "Try again",
  copy: "Copy",
  copied: "Copied",
  drop: "Delete",
  removed: "Message removed",
  edited: "edited",
  typing: "{name} is typing…",
  place: "You are number {n} in line.",
  next: "You are next.",
  wait: "About {span} to go, as far as we can tell.",
  waitUnknown: "How long it takes we cannot say yet.",
  stay: "You may close this: we keep your place.",
  nobodyWait: "Nobody is here right now. Your message is kept, and the answer will be here.",
  reconnecting: "Reconnecting… what you write is kept, and sent as soon as we are back.",
  reconnectingOpen:
    "Reconnecting… please leave this page open: this browser does not keep what is not sent yet.",
  slow: "Connected, a few seconds slower than usual.",
  notKept: "This browser does not keep what is not sent yet. Please leave this page open until it is.",
  below: { one: "{n} new message", other: "{n} new messages" },
  down: "To the newest message",
  writeBack: "What happens now?",
  foundHere: {
    one: "Your earlier conversation is here again",
    other: "Your {n} earlier conversations are here again",
  },
  errTooLarge: "It is too long.",
  errRate: "Too many messages at once.",
  errForbidden: "This conversation cannot be written to from here.",
  errInvalid: "Something in it was not accepted.",
  errOther: "Something went wrong on our side.",
  errRestored: "It had arrived, but our system had to be set back and has lost it. Send it again?",
  errGone: "That conversation is no longer there. Trying again begins a new one.",
};
Object.assign(english, talk);
