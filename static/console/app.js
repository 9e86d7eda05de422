/** The console's page: makes the parts, joins them, and draws what changed. */

import { Connection } from "../shared/connection.js";
import { data, text, toggle } from "../shared/dom.js";
import { Outbox } from "../shared/outbox.js";
import "../shared/vault.js"; // here by the time that something is to be kept, also without a network
import { localShelf, Shelf } from "../shared/shelf.js";
import { Alerts } from "./alerts.js";
import { conversationRow, outcomeDraft } from "./api.js";
import { callFor } from "./attention.js";
import { BannerView } from "./bannerview.js";
import { whyNot } from "./banner.js";
import { Composer } from "./composer.js";
import { Desk } from "./desk.js";
import { Drafts } from "./drafts.js";
import { HeadView } from "./headview.js";
import { HelpDialog } from "./help.js";
import { listenToKeys } from "./keys.js";
import { ListView } from "./listview.js";
import { LogView } from "./logview.js";
import { Menu } from "./menu.js";
import { Recognition } from "./recognition.js";
import { ResolveDialog } from "./resolve.js";
import { readAddress, watchAddress } from "./router.js";
import { Store } from "./store.js";
import { TypingSignal } from "./typing.js";
import { announce } from "./ui.js";
import { initials } from "./words.js";
import { setServerTime } from "./when.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./headview.js").Verb} Verb */

const config = data("config");
/** @param {string} name @returns {any} */
const part = (name) => document.querySelector(`[data-part="${name}"]`);

const storage = localShelf();
const settings = new Shelf(storage, "rapport.console.");
const store = new Store({ me: { availability: "offline", ...config.me } });
const outbox = new Outbox({
  storage,
  key: `rapport.outbox.${config.me.id}`,
  send: (entry) => connection.state === "live" ? desk.deliver(entry) : false,
  onChange: () => changed(),
});
/** @type {Connection} */
const connection = new Connection({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/console/`,
  protocol: "rapport.v1",
  hello: () => ({ epoch: desk.epoch, cursors: desk.logs.cursors() }),
  onFrame: receive,
  onState: (state, detail) => {
    if (state !== "live") desk.disconnected();
    banner.connection(state, detail.failures);
    changed();
  },
});
/** @type {Desk} */
const desk = new Desk({ store, outbox, wire: connection, onChange: changed, fetchRow: conversationRow });
const alerts = new Alerts({ settings, onOpen: (id) => location.assign(`#${id}`) });
const typing = new TypingSignal({ send: (id, active) => desk.typing(id, active) });
const banner = new BannerView(part("banner"), {
  login: config.urls.login,
  onTry: () => connection.retryNow(),
  onOnline: () => setAvailability("online"),
  onChange: () => changed(),
});
const list = new ListView(part("list"), {
  onDismiss: (id) => {
    store.dismiss(id);
    changed();
  },
});
const head = new HeadView(part("talk"), act);
const log = new LogView(part("reader"), desk, {
  scrolled: markRead,
  retry: (id) => outbox.retry(id),
  drop: (id) => outbox.drop(id),
});
const composer = new Composer(part("composer"), new Drafts({ storage, owner: config.me.id }), {
  send: (conversation, words, kind) => {
    outbox.add({ conversation, text: words, ...(kind === "note" ? { kind } : {}) });
    log.toEnd();
    composer.focus();
  },
  writing: (id) => typing.touched(id),
  silent: () => typing.stop(),
});
const resolve = new ResolveDialog(part("resolve"), {
  draft: outcomeDraft,
  save: (id, outcome) => desk.act("resolve", id, { outcome }),
});
const recognition = new Recognition(
  { details: part("details"), recognise: part("recognise"), reason: part("reason") },
  {
    desk,
    resolve,
    onChange: changed,
    insert: (words) => {
      location.assign(`#${store.open}`);
      composer.insert(words);
    },
    openPast: (id) => {
      location.assign(`#${store.open}`);
      log.toPast(id);
    },
    say: (words) => announce(part("announcer"), words),
  },
);
const help = new HelpDialog(part("helpdialog"), settings);
const menu = new Menu(part("me"), {
  alerts,
  settings,
  onAvailability: setAvailability,
  onHelp: () => help.open(),
});

/** What stands above the conversation after something went wrong with it. @type {{id: string, words: string} | null} */
let notice = null;
let drawing = false;

/** Draw soon, once for everything that changes until then. A hidden page gets no frames but has a title to keep. */
function changed() {
  if (drawing) return;
  drawing = true;
  if (document.hidden) setTimeout(draw);
  else requestAnimationFrame(draw);
}

function draw() {
  drawing = false;
  const counts = store.counts();
  const heard = store.me.availability === "online" && !alerts.muted;
  const row = store.open ? store.rows.get(store.open) : undefined;
  banner.draw(store, outbox);
  menu.draw(store);
  list.draw(store);
  head.draw(store);
  log.draw();
  composer.draw(row, store.me.id);
  recognition.draw();
  toggle(part("open"), Boolean(store.open));
  toggle(part("composer"), Boolean(row));
  toggle(part("nothing"), !store.open);
  text(part("myface"), initials(store.me.name));
  text(
    part("nothingtitle"),
    store.ready && !counts.waiting && !counts.mine ? "Nobody is waiting" : "No conversation chosen",
  );
  text(
    part("nothingwords"),
    store.ready && !counts.waiting && !counts.mine
      ? `As soon as a customer writes, they appear in the inbox${heard ? ", and you will hear it" : ""}.`
      : "Choose one from the inbox. Alt + ↓ goes to the next.",
  );
  const online = [...store.technicians.values()].filter((one) => one.state === "online").length;
  text(part("colleagues"), store.ready ? `${online} of ${store.technicians.size} online` : "");
  text(part("count"), counts.waiting + counts.unread);
  toggle(part("count"), counts.waiting + counts.unread > 0);
  toggle(part("notice"), notice !== null && notice.id === store.open);
  text(part("noticewords"), notice?.id === store.open ? notice?.words : "");
  for (const [name, address] of [["todetails", "/details"], ["strip", "/details"], ["totalk", ""]]) {
    part(name).setAttribute("href", `#${store.open ?? ""}${address}`);
  }
  alerts.count(counts, store.me.availability === "online");
  markRead();
}

/** @param {Frame} frame */
function receive(frame) {
  setServerTime(frame.server_time);
  const call = store.ready ? callFor(frame, { store, watching: () => inView() ? store.open : null }) : null;
  const before = store.counts();
  const again = frame.type === "welcome" && store.ready;
  const news = recognition.news(frame);
  recognition.hear(frame);
  if (frame.type === "reset") recognition.reset(frame.conversation);
  desk.receive(frame);
  if (news) announce(part("announcer"), news);
  if (call) {
    alerts.call(call);
    announce(part("announcer"), call.kind === "waiting" ? call.title : `New message from ${call.title}`);
  }
  const after = store.counts();
  if (again && after.waiting + after.unread > before.waiting + before.unread) {
    alerts.call({
      kind: "waiting",
      conversation: "",
      title: "Connected again",
      body: "There is something new.",
    });
  }
}

/** @returns {boolean} whether the newest message of the open conversation is before somebody's eyes */
function inView() {
  return document.visibilityState === "visible" && document.hasFocus() && log.atEnd &&
    part("log").offsetParent !== null;
}

function markRead() {
  if (store.open && desk.unread(store.open) && inView()) desk.read(store.open);
}

/** @param {Verb} verb */
async function act(verb) {
  const row = store.open ? store.rows.get(store.open) : undefined;
  if (!row) return;
  if (verb === "resolve") return resolve.open(row.id, row.customer.name);
  head.busy = verb;
  notice = null;
  changed();
  try {
    await desk.act(verb, row.id);
    if (verb !== "release") composer.focus();
  } catch (error) {
    notice = { id: row.id, words: whyNot(error, verb, (id) => store.technicians.get(id)?.name) };
  } finally {
    head.busy = null;
    changed();
  }
}

/** @param {string} state */
async function setAvailability(state) {
  try {
    await desk.setAvailability(state);
  } catch {
    banner.say("Your availability could not be changed now. Try again in a moment.");
    changed();
  }
}

/** What is in the address is what is on the screen, so that Back and a reload do what they say. */
function follow() {
  const { conversation, pane } = readAddress(location.hash);
  const turned = conversation !== store.open;
  desk.show(conversation);
  part("app").dataset.pane = pane;
  if (turned) {
    notice = null;
    draw();
    // On a phone the keyboard would cover the conversation before it is read.
    if (conversation && part("list").offsetParent !== null) composer.focus();
  } else changed();
}

listenToKeys({
  step: (step) => {
    const id = store.neighbour(store.open ?? "", step);
    if (id) location.assign(`#${id}`);
  },
  flip: () => composer.flip(),
  claim: () => store.rows.get(store.open ?? "")?.status === "waiting" && act("claim"),
  resolve: () => store.rows.get(store.open ?? "")?.status === "active" && act("resolve"),
  recognise: () => recognition.flip(),
  back: () => recognition.close() || location.assign("#"),
  help: () => help.open(),
  helpKey: () => help.byKey,
});
for (
  const [kind, target]
    of /** @type {[string, EventTarget][]} */ ([["focus", globalThis], ["visibilitychange", document]])
) {
  target.addEventListener(kind, () => document.hidden ? draw() : changed());
}
part("composer").addEventListener("composer:kind", () => changed());
part("noticeclose").addEventListener("click", () => {
  notice = null;
  changed();
});
part("helpopener").addEventListener("click", () => help.open());
part("skip").addEventListener("click", (/** @type {Event} */ event) => {
  event.preventDefault(); // the address belongs to the conversations
  part("talk").focus();
});
setInterval(() => {
  list.tick();
  log.drawTyping();
  banner.draw(store, outbox);
  alerts.remind(store.counts().waiting > 0 && store.me.availability === "online");
}, 1000);
setInterval(changed, 60_000);
addEventListener("beforeunload", (event) => {
  // Only what would be gone for ever is worth a question.
  if (!outbox.persistent && outbox.entries().length) event.preventDefault();
});
watchAddress(follow);
follow();
connection.start();
