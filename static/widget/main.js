import { data } from "../shared/dom.js";
import { localShelf, Shelf } from "../shared/shelf.js";
import { Chat } from "./chat.js";
import { palette } from "./color.js";
import { environment, Host } from "./host.js";
import { remembered, windowShelf } from "./memory.js";
import { Stage } from "./stage.js";
import { unread } from "./state.js";
import { speech } from "./words.js";

/**
 * The frame: puts the parts together and speaks with the page around it.
 * @typedef {import("./host.js").HostMessage} HostMessage
 */

const { inbox, locale } = data("config");
const root = document.documentElement;
const shared = remembered(inbox.key, "shared") !== "";
const shelf = new Shelf(shared ? windowShelf() : localShelf(), `rapport.${inbox.key}.`);
const darkScreen = matchMedia("(prefers-color-scheme: dark)");

/** @type {Record<string, any>} what the loader told us of its page */
let page = {};
/** @type {Record<string, any>} */
let context = {};
let drawing = false;
let counted = 0;
/** @type {import("./words.js").Speech} */
let words;
/** Messages are taken one after the other, the first one when the words are here. */
let queue = Promise.resolve();

const host = new Host((message) => {
  queue = queue.then(() => receive(message));
});
const chat = new Chat({
  inbox,
  shelf,
  environment: () => environment(page, context, words.locale),
  emit,
  onChange: redraw,
  onForget: () => stage.wipe(),
  shared,
  url: `${location.origin.replace(/^http/, "ws")}/ws/customer/`,
});
const stage = new Stage(chat, redraw);

document.addEventListener("click", (event) => {
  const action = /** @type {Element} */ (event.target).closest("[data-do]")?.getAttribute("data-do");
  if (action === "close") close();
  if (action === "home") stage.show({ name: "home" });
  if (action === "back") stage.back();
  if (action === "more") stage.show({ name: "page", page: "more" });
  if (action === "sound") sound();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
  if (stage.view.name === "page") stage.back();
  else close();
});
document.addEventListener("visibilitychange", redraw);
globalThis.addEventListener("beforeunload", (event) => {
  // Only what would be gone for ever is worth a question.
  if (!chat.outbox.persistent && chat.outbox.entries().length) event.preventDefault();
});
darkScreen.addEventListener("change", dress);
dress();
queue = begin();

async function begin() {
  await speak(locale);
  if (!host.alone) return;
  root.dataset.alone = "";
  page = { page: location.origin + location.pathname, referrer: document.referrer };
  stage.appear();
}

/** @param {HostMessage} message */
async function receive(message) {
  const { type, token, text } = message;
  if (type === "hello") {
    page = object(message.page);
    if (typeof message.theme === "string") root.dataset.theme = message.theme;
    if (typeof message.color === "string") inbox.color = message.color;
    dress();
    if (message.locale !== locale) await speak(message.locale);
  } else if (type === "wake") chat.begin();
  else if (type === "open") stage.appear(text);
  else if (type === "close") stage.opened = false;
  else if (type === "identify" && typeof token === "string") chat.person.identify(token);
  else if (type === "logout") chat.person.leave();
  else if (type === "context") {
    context = { ...context, ...object(message.context) };
    if (chat.state.phase === "ready") chat.session.renew().catch(() => {});
  } else if (type === "locale") await speak(message.locale);
}

/** @param {unknown} value @returns {Record<string, any>} */
function object(value) {
  return value && typeof value === "object" ? value : {};
}

/** @param {unknown} wanted */
async function speak(wanted) {
  words = await speech(typeof wanted === "string" ? wanted : locale, locale, ...navigator.languages);
  await stage.speak(words);
}

/** The inbox's colour, so that words on it and beside it can be read. */
function dress() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : darkScreen.matches;
  for (const [name, value] of Object.entries(palette(inbox.color, dark) ?? {})) {
    root.style.setProperty(name, value);
  }
}

function close() {
  if (host.alone) return;
  stage.opened = false;
  host.tell("close");
}

async function sound() {
  if (shelf.get("sound")) shelf.remove("sound");
  else {
    shelf.set("sound", "1");
    (await import("./sound.js")).chime();
  }
  redraw();
}

/** Draw once for everything that happens in the same moment. A hidden frame gets no animation frames. */
function redraw() {
  if (drawing) return;
  drawing = true;
  setTimeout(() => {
    drawing = false;
    stage.draw(); // first: what is looked at is not unread
    const count = unread(chat.state);
    host.tell("mark", { keep: chat.pendingNews, unread: count, color: inbox.color });
    if (count !== counted) emit("unread", { count });
    counted = count;
  });
}

/** @param {string} what @param {any} detail */
async function emit(what, detail) {
  if (what === "conversation:started") stage.started(detail.conversation, detail.start);
  host.tell("event", { name: what, detail });
  const away = !stage.opened || document.hidden;
  if (what === "message:received" && away && shelf.get("sound")) (await import("./sound.js")).chime();
}
