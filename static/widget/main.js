import { data, part, text, toggle } from "../shared/dom.js";
import { localShelf, Shelf } from "../shared/shelf.js";
import { Chat } from "./chat.js";
import { palette } from "./color.js";
import { Home } from "./home.js";
import { environment, Host } from "./host.js";
import { chime } from "./sound.js";
import { Start } from "./start.js";
import { open, unread } from "./state.js";
import { Talk } from "./talk.js";
import { speech } from "./words.js";

/**
 * The frame: puts the parts together, decides which of the three views is shown, and speaks with the page.
 * @typedef {import("./chat.js").Target} Target
 * @typedef {{name: "home"|"start"}|{name: "talk", target: Target}} View
 */

const config = data("config");
const shelf = new Shelf(localShelf(), `rapport.${config.inbox.key}.`);
const darkScreen = matchMedia("(prefers-color-scheme: dark)");
const touch = matchMedia("(pointer: coarse)");

/** @type {Record<string, any>} what the loader told us of its page */
let page = {};
/** @type {Record<string, any>} */
let context = {};
let opened = false;
let drawing = false;
/** @type {View} */
let view = { name: "home" };
/** @type {string|null} what the page wants to be written */
let suggestion = null;
/** @type {{home: Home, start: Start, talk: Talk}|null} */
let views = null;
/** @type {import("./words.js").Speech} */
let words;

/** @type {Promise<void>} messages are taken one after the other, the first one when the words are here */
let queue = Promise.resolve();
const host = new Host((message) => {
  queue = queue.then(() => receive(message));
});
const chat = new Chat({
  inbox: config.inbox,
  shelf,
  environment: () => environment(page, context, words.locale),
  emit,
  onChange: redraw,
});

document.addEventListener("click", (event) => {
  const action = /** @type {Element} */ (event.target).closest("[data-do]")?.getAttribute("data-do");
  if (action === "close") close();
  if (action === "home") show({ name: "home" });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) close();
});
document.addEventListener("visibilitychange", redraw);
darkScreen.addEventListener("change", dress);

queue = begin();

async function begin() {
  words = await speech(config.locale, ...navigator.languages);
  speak();
  if (!host.alone) return;
  page = { page: location.origin + location.pathname, referrer: document.referrer };
  document.documentElement.dataset.alone = "";
  appear();
}

/** @param {import("./host.js").HostMessage} message */
async function receive(message) {
  if (message.type === "hello") {
    page = message.page && typeof message.page === "object" ? message.page : {};
    context = object(message.context);
    if (typeof message.theme === "string") document.documentElement.dataset.theme = message.theme;
    if (typeof message.color === "string") config.inbox.color = message.color;
    if (typeof message.identity === "string") chat.session.identity = message.identity;
    await setLocale(message.locale);
    if (message.open) appear(message.text);
    else if (message.wake) chat.begin();
  } else if (message.type === "open") appear(message.text);
  else if (message.type === "close") opened = false;
  else if (message.type === "identify" && typeof message.token === "string") chat.identify(message.token);
  else if (message.type === "logout") {
    sessionStore("removeItem", "view");
    show({ name: "home" });
    chat.leave();
  } else if (message.type === "context") {
    context = { ...context, ...object(message.context) };
    if (chat.state.phase === "ready") chat.session.renew().catch(() => {});
  } else if (message.type === "locale") await setLocale(message.locale);
}

/** @param {unknown} value @returns {Record<string, any>} */
function object(value) {
  return value && typeof value === "object" ? /** @type {any} */ (value) : {};
}

/** @param {unknown} locale */
async function setLocale(locale) {
  if (typeof locale !== "string" || !locale) return;
  words = await speech(locale, config.locale);
  speak();
}

/** Put the words in, and make the views anew in this language. */
function speak() {
  const { t, dir, locale } = words;
  document.documentElement.lang = locale;
  document.documentElement.dir = dir;
  /** @type {[string, (element: HTMLElement, say: string) => void][]} */
  const places = [
    ["text", (element, say) => text(element, say)],
    ["say", (element, say) => element.setAttribute("aria-label", say)],
    ["hint", (element, say) => element.setAttribute("placeholder", say)],
  ];
  for (const [name, put] of places) {
    for (
      const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-${name}]`))
    ) {
      put(element, t(element.dataset[name] ?? ""));
    }
  }
  views = {
    home: new Home(chat, words, {
      start: () => show({ name: "start" }),
      talk: (target) => show({ name: "talk", target }),
    }),
    start: new Start(chat, words, (target) => show({ name: "talk", target })),
    talk: new Talk(chat, words, { visible: () => opened && view.name === "talk", redraw }),
  };
  const sound = part(views.talk.root, "sound");
  sound.onclick = () => {
    if (shelf.get("sound")) shelf.remove("sound");
    else {
      shelf.set("sound", "1");
      chime();
    }
    redraw();
  };
  dress();
  if (view.name === "talk") views.talk.show(view.target);
  redraw();
}

function dress() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : darkScreen.matches;
  for (const [name, value] of Object.entries(palette(config.inbox.color, dark) ?? {})) {
    root.style.setProperty(name, value);
  }
}

/** The panel has been opened. @param {unknown} [prefill] words the page would like to be written */
function appear(prefill) {
  if (typeof prefill === "string" && prefill) suggestion = prefill.slice(0, 8_000);
  if (!opened) {
    opened = true;
    chat.begin().then(restore);
  } else if (suggestion) restore();
  show(view);
}

/** Back to where one was before the page was reloaded; to the open conversation when the page asks for words. */
function restore() {
  const current = open(chat.state)[0];
  const id = sessionStore("getItem", "view");
  const known = chat.state.conversations.some((one) => one.id === id);
  if (suggestion !== null) {
    show(current ? { name: "talk", target: { conversation: current.id } } : { name: "start" });
    if (current) views?.talk.composer.suggest(suggestion);
    else views?.start.suggest(suggestion);
    suggestion = null;
  } else if (view.name === "home" && id && known) show({ name: "talk", target: { conversation: id } });
}

function close() {
  if (host.alone) return;
  opened = false;
  host.tell("close");
}

/** @param {View} next */
function show(next) {
  const before = view;
  view = next;
  if (!views) return;
  for (const name of /** @type {const} */ (["home", "start", "talk"])) {
    toggle(views[name].root, name === next.name);
  }
  if (next.name === "talk") views.talk.show(next.target);
  if (before.name === "talk" && next.name !== "talk") chat.stopTyping(before.target);
  const id = next.name === "talk" ? next.target.conversation : null;
  if (id) sessionStore("setItem", "view", id);
  else if (before !== next) sessionStore("removeItem", "view");
  draw();
  focus(before);
}

/** Where the eyes are, there is the focus; a phone's keyboard does not jump up unasked. @param {View} before */
function focus(before) {
  if (!views || !opened) return;
  const heading = /** @type {HTMLElement} */ (views[view.name].root.querySelector("h1"));
  const from = before.name === "talk" ? before.target.conversation : null;
  if (view.name === "home") {
    if (!from || !views.home.focus(from)) heading.focus();
  } else if (touch.matches) heading.focus();
  else if (view.name === "start") views.start.box.focus();
  else views.talk.composer.box.focus();
}

/** Draw once for everything that happens in the same moment. A hidden frame gets no animation frames. */
function redraw() {
  if (drawing) return;
  drawing = true;
  setTimeout(() => {
    drawing = false;
    draw();
  });
}

function draw() {
  if (!views) return;
  host.tell("mark", { keep: chat.pendingNews, color: config.inbox.color });
  if (!opened || document.hidden) return;
  views[view.name].draw();
  const sound = part(views.talk.root, "sound");
  sound.setAttribute("aria-pressed", String(Boolean(shelf.get("sound"))));
  sound.setAttribute("aria-label", words.t(shelf.get("sound") ? "soundOn" : "soundOff"));
}

/** @param {string} what @param {any} detail */
function emit(what, detail) {
  if (what === "conversation:started") {
    const target = view.name === "talk" ? view.target : null;
    if (target?.start && target.start === detail.start) {
      view = { name: "talk", target: { conversation: detail.conversation } };
      views?.talk.opened(detail.conversation);
      sessionStore("setItem", "view", detail.conversation);
    }
  }
  if (what === "message:received" && shelf.get("sound") && (!opened || document.hidden)) chime();
  if (what === "unread") host.tell("unread", { count: unread(chat.state) });
  host.tell("event", { name: what, detail });
}

/**
 * This tab's own memory, where it is allowed.
 * @param {"getItem"|"setItem"|"removeItem"} what
 * @param {string} key
 * @param {string} [value]
 */
function sessionStore(what, key, value = "") {
  try {
    const found = /** @type {any} */ (sessionStorage)[what](`rapport.${config.inbox.key}.${key}`, value);
    return typeof found === "string" ? found : null;
  } catch {
    return null;
  }
}
