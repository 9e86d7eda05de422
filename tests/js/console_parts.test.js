import { deepStrictEqual as same } from "node:assert/strict";
import { callFor, titleFor } from "../../static/console/attention.js";
import { bannerFor, whyNot } from "../../static/console/banner.js";
import { Drafts } from "../../static/console/drafts.js";
import { actionsFor } from "../../static/console/headview.js";
import { commandFor } from "../../static/console/keys.js";
import { languageName, theirTime } from "../../static/console/aboutcards.js";
import { readAddress } from "../../static/console/router.js";
import { TypingSignal } from "../../static/console/typing.js";
import { initials, label, lastLine, waited } from "../../static/console/words.js";
import { Lost, Refused } from "../../static/shared/errors.js";
import { at, MARA, row, SmallServer, storeWith } from "./console_cast.js";

Deno.test("typing is said at most every three seconds and taken back once", () => {
  let now = 0;
  /** @type {(() => void) | null} */ let timer = null;
  /** @type {any[]} */ const sent = [];
  const signal = new TypingSignal({
    send: (id, active) => sent.push([id, active]),
    now: () => now,
    later: (fn) => (timer = fn),
    cancel: () => (timer = null),
  });
  signal.touched("a");
  now = 1000;
  signal.touched("a");
  now = 3100;
  signal.touched("a");
  same(sent, [["a", true], ["a", true]]);
  /** @type {any} */ (timer)();
  signal.stop();
  same(sent.slice(2), [["a", false]]);
  signal.touched("a");
  signal.touched("b");
  same(sent.slice(3), [["a", true], ["a", false], ["b", true]]);
});

Deno.test("drafts are kept per conversation and technician, old ones forgotten", () => {
  /** @type {Map<string, string>} */ const kept = new Map();
  const storage = {
    get length() {
      return kept.size;
    },
    key: (/** @type {number} */ n) => [...kept.keys()][n] ?? null,
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
    removeItem: (/** @type {string} */ key) => void kept.delete(key),
  };
  const day = 86_400_000;
  new Drafts({ storage, owner: "ana", now: () => 0 }).set("c1", { text: "Hel", kind: "note" });
  same(new Drafts({ storage, owner: "ana", now: () => day }).get("c1"), { text: "Hel", kind: "note" });
  same(new Drafts({ storage, owner: "bo", now: () => day }).get("c1").text, "");
  same(new Drafts({ storage, owner: "ana", now: () => 31 * day }).get("c1").text, "");
  const refused = new Drafts({ storage: null, owner: "ana" });
  refused.set("c1", { text: "Hello", kind: "reply" });
  same(refused.get("c1").text, "Hello");
});

Deno.test("calls for somebody new who waits, not for known ones, not while away", () => {
  const store = storeWith([row({ id: "old" })]);
  const added = { type: "queue", conversation: "c1", change: "added", row: row({ returning: true }) };
  same(callFor(added, { store, watching: () => null })?.title, "Mara Lindqvist is back and waiting");
  same(callFor({ ...added, row: row({ id: "old" }) }, { store, watching: () => null }), null);
  store.apply({ type: "presence", technician: "ana", state: "away" });
  same(callFor(added, { store, watching: () => null }), null);
});

Deno.test("calls for a message in mine that nobody is looking at", () => {
  const mine = { status: "active", technician: { id: "ana", name: "Ana" } };
  const frame = new SmallServer().say(MARA, "Are you there?");
  const store = storeWith([row(mine)]);
  same(callFor(frame, { store, watching: () => null })?.body, "Are you there?");
  same(callFor(frame, { store, watching: () => "c1" }), null);
  same(callFor(frame, { store: storeWith([row()]), watching: () => null }), null);
  same(titleFor({ waiting: 2, unread: 1 }, "Rapport"), "(3) Rapport");
  same(titleFor({ waiting: 0, unread: 0 }, "Rapport"), "Rapport");
});

Deno.test("the line across the top", () => {
  const well = { connection: "live", ready: true, since: 0, availability: "online" };
  same(bannerFor(well), null);
  same(bannerFor({ ...well, availability: "away" })?.action, "online");
  same(bannerFor({ ...well, connection: "waiting" })?.action, "try");
  same(
    bannerFor({ ...well, connection: "waiting", keeps: false })?.words.includes("leave this page open"),
    true,
  );
  same(bannerFor({ ...well, connection: "connecting", ready: false, since: 200 }), null);
  same(bannerFor({ ...well, connection: "signed_out" })?.action, "login");
});

Deno.test("a conflict says who has it", () => {
  const names = /** @type {Record<string, string>} */ ({ bo: "Bo" });
  const error = new Refused({ code: "conflict", current: { status: "active", technician: { id: "bo" } } });
  same(
    whyNot(error, "claim", (id) => names[id]),
    "Somebody else has claimed this: Bo is with this customer now.",
  );
  same(whyNot(new Lost(), "claim", () => undefined).startsWith("The connection is gone"), true);
});

Deno.test("keys need a modifier, but for help outside of writing", () => {
  const said = /** @type {string[]} */ ([]);
  const note = (/** @type {string} */ word) => () => void said.push(word);
  const commands = {
    step: (/** @type {number} */ by) => void said.push(`step ${by}`),
    flip: note("flip"),
    claim: note("claim"),
    recognise: note("recognise"),
    resolve: note("resolve"),
    back: note("back"),
    help: note("help"),
    helpKey: () => true,
  };
  const none = { key: "", code: "", altKey: false, ctrlKey: false, metaKey: false, shiftKey: false };
  const press = (/** @type {any} */ keys, writing = false) =>
    commandFor({ ...none, ...keys }, commands, writing)?.();
  press({ key: "ArrowDown", altKey: true }, true);
  press({ key: "ArrowUp", altKey: true });
  press({ key: "˜", code: "KeyN", altKey: true }, true);
  press({ key: "Enter", ctrlKey: true, shiftKey: true }, true);
  press({ key: "®", code: "KeyR", altKey: true }, true);
  press({ key: "?", shiftKey: true });
  press({ key: "?", shiftKey: true }, true);
  press({ key: "n" });
  press({ key: "Escape" }, true);
  same(said, ["step 1", "step -1", "flip", "resolve", "recognise", "help", "back"]);
});

Deno.test("what may be done depends on where it stands", () => {
  const verbs = (/** @type {any} */ fields) => actionsFor(row(fields), "ana").map((one) => one.verb);
  same(verbs({}), ["claim"]);
  same(verbs({ status: "active", technician: { id: "ana", name: "Ana" } }), ["release", "resolve"]);
  same(verbs({ status: "active", technician: { id: "bo", name: "Bo" } }), []);
  same(verbs({ status: "resolved" }), ["reopen"]);
});

Deno.test("words", () => {
  same(initials("Mara Lindqvist"), "Ma");
  same([initials(""), initials("  "), initials("?!"), initials("李")], ["?", "?", "?", "李"]);
  same(label("app_version"), "App version");
  same(label("shoe_size"), "Shoe size");
  same(waited(at(0), Date.parse(at(4)) + 12_000), "4:12");
  same(waited(null, 0), "");
  const last = { at: at(1), by: { kind: "technician", name: "Ana" }, text: "try\nthis", note: false };
  same(lastLine(row({ last }), "Ana"), "You: try this");
  same(lastLine(row({ last: { ...last, note: true } }), "Bo"), "Note by Ana: try this");
  same(lastLine(row({ last: { ...last, by: { kind: "customer", name: "Mara" } } }), "Ana"), "try this");
});

Deno.test("what a visitor claims about time and language never throws", () => {
  same(
    theirTime({ time_zone: "Europe/Helsinki" }, { locale: "en-GB", now: at(0) }),
    "12:00, Europe/Helsinki",
  );
  same(theirTime({ time_zone: "Mars/Olympus" }, { now: at(0) }), "Mars/Olympus");
  same(theirTime({}, {}), "");
  same([languageName("not a locale!"), languageName(undefined)], ["not a locale!", ""]);
});

Deno.test("the address", () => {
  const id = "0191b1e2-0000-7000-8000-00000000abcd";
  same(readAddress(""), { conversation: null, pane: "list" });
  same(readAddress(`#${id}`), { conversation: id, pane: "talk" });
  same(readAddress(`#${id.toUpperCase()}/details`), { conversation: id, pane: "details" });
  same(readAddress("#../../etc").conversation, null);
});
