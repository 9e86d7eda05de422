/** One line of a log as it is read: a message, what happened, a day. */

import { make } from "../shared/dom.js";
import { linked } from "../shared/links.js";
import { timing } from "./when.js";
import { button, pill, unseen } from "./ui.js";

/** @typedef {import("./logitems.js").Item} Item */
/** @typedef {{retry: (client_id: string) => void, drop: (client_id: string) => void}} Verbs */

/**
 * @param {Item} item
 * @param {Verbs} [on] for what could not be sent
 * @returns {HTMLElement}
 */
export function line(item, on) {
  if (item.kind === "past") return make("h3", { class: "past", tabindex: "-1" }, item.text);
  if (item.kind === "day") return make("p", { class: "day" }, item.text);
  if (item.kind === "mark") return make("p", { class: "mark" }, item.text);
  if (item.kind === "activity") return activity(item);
  return item.kind === "unsent" ? unsent(item, on) : message(item);
}

/** @param {Item} item */
function activity(item) {
  const made = make(
    "p",
    { class: item.bad ? "activity bad" : "activity" },
    `${item.text} · `,
    make("time", { datetime: item.at ?? "" }, item.time ?? ""),
  );
  if (item.detail) made.append(make("span", { class: "detail", dir: "auto" }, item.detail));
  return made;
}

/** @param {Item} item */
function message(item) {
  const who = make(
    "p",
    { class: item.lead ? "who" : "who unseen" },
    make("bdi", {}, item.who ?? ""),
    " · ",
    make("time", {
      datetime: item.at ?? "",
      title: item.at ? new Date(item.at).toLocaleString(timing().locale) : null,
    }, item.time ?? ""),
  );
  if (item.note) who.prepend(pill("Note, only for technicians", "note"), " ");
  const made = make("div", {
    class: `line ${item.side}${item.note ? " note" : ""}${item.earlier ? " earlier" : ""}`,
  }, who);
  // My own words were announced when I wrote them, by being typed.
  if (item.side === "mine") made.setAttribute("aria-live", "off");
  made.append(bubble(item.text, item.lead ? undefined : item.time));
  return made;
}

/**
 * @param {Item} item
 * @param {Verbs | undefined} on
 */
function unsent(item, on) {
  const made = make("div", {
    class: `line mine unsent ${item.state}${item.note ? " note" : ""}`,
    "aria-live": "off",
  });
  made.append(bubble(item.text));
  if (item.state !== "failed") {
    made.append(make("p", { class: "mark" }, item.detail ?? ""));
    return made;
  }
  const id = item.client_id ?? "";
  made.append(make(
    "p",
    { class: "mark bad", role: "alert" },
    unseen(item.note ? "Note: " : "Message: "),
    item.lost ? `${item.detail} ` : `Not sent. ${item.detail ?? ""} `,
    button("Try again", () => on?.retry(id), "link"),
    " ",
    button("Discard", () => on?.drop(id), "link"),
  ));
  return made;
}

/**
 * The words run in their own direction; the bubble around them stands on its author's side of the page.
 *
 * @param {string} words
 * @param {string} [title]
 */
function bubble(words, title) {
  const inner = make("div", { dir: "auto" });
  inner.append(linked(words));
  return make("div", { class: "bubble", title }, inner);
}
