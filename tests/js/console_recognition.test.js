import { deepStrictEqual as same, ok, rejects } from "node:assert/strict";
import { doneWords, factsOf, Inquiries, meaning, missing, reasonOf } from "../../static/console/inquiry.js";
import {
  actWords,
  dueWords,
  endOfDay,
  isMe,
  lastFixLine,
  linkWords,
  othersWords,
  recognised,
  sureWords,
} from "../../static/console/knownwords.js";
import { request } from "../../static/console/request.js";
import { completed } from "../../static/console/resolve.js";
import { otherFixes } from "../../static/console/similarview.js";
import { newsOf, scoreWords, steady } from "../../static/console/suggested.js";
import { Lost, Refused } from "../../static/shared/errors.js";

const TIME = { locale: "en-GB", now: Date.parse("2026-11-22T10:00:00Z"), timeZone: "UTC" };
const UNTIL = "2026-12-22T10:00:00Z";

/** @param {string} customer @param {number} score @param {string} [level] @returns {any} */
const seen = (customer, score, level = "possible") => ({
  customer,
  name: customer.toUpperCase(),
  score,
  level,
  reasons: ["same model", "same family name", "asked in March"],
});
/** @param {any[]} list */
const names = (list) => list.map((one) => one.customer + (one.withdrawn ? "-" : ""));

Deno.test("suggestions: the likely first, then by score; nothing moves while somebody looks", () => {
  const first = steady([], [seen("b", 0.4), seen("a", 0.4), seen("c", 0.9), seen("d", 0.8, "likely")], false);
  same(names(first), ["d", "c", "a", "b"]);
  const arrived = [
    seen("b", 0.99, "likely"),
    seen("d", 0.8, "likely"),
    seen("e", 0.95, "likely"),
    seen("a", 0.4),
  ];
  const looking = steady(first, arrived, true);
  same(names(looking), ["d", "c-", "a", "b", "e"], "kept in place, withdrawn, the new one last");
  same(looking[3].score, 0.99, "what is said of them is new all the same");
  same(names(steady(looking, arrived, false)), ["b", "e", "d", "a"]);
});

Deno.test("only who is new, or has become likely, is read aloud", () => {
  const mara = seen("mara", 0.97, "likely");
  same(
    newsOf([], [mara, seen("x", 0.3)]),
    "Likely, not proven: MARA. Because: same model, same family name. 1 more below.",
  );
  same(newsOf([mara], [{ ...mara, score: 0.99, reasons: ["other"] }]), "");
  ok(newsOf([seen("mara", 0.5)], [mara]).startsWith("Likely, not proven: MARA"));
  same(newsOf([mara], [seen("mara", 0.5)]), "", "somebody who is less likely now interrupts nobody");
});

Deno.test("a score never says that it is proven", () => {
  same([scoreWords(1), scoreWords(0.974), scoreWords(0)], ["99 of 100", "97 of 100", "1 of 100"]);
});

const ASKS = [{ ask: "Which product?", expect: "PSC 2210v" }, { ask: "Which month?", expect: "March" }];

Deno.test("what matched is written down with what was on file; what was only asked is not", () => {
  const answers = { ticked: ["Which month?", "Gone?"], free: " her dog \n\nthe colour", reason: "" };
  same(factsOf(answers, ASKS), ["Which month? March", "her dog", "the colour"]);
  const long = factsOf({ ticked: [], free: `${"x".repeat(400)}\n`.repeat(30), reason: "" }, ASKS);
  same([long.length, [...long[0]].length], [20, 300]);
});

Deno.test("vouching needs something that matched, unless the browser has proved a mailbox; linking a reason", () => {
  const none = { ticked: [], free: "", reason: "" };
  same(missing(none, { questions: ASKS }, "vouch")?.field, "facts");
  same(missing({ ...none, ticked: ["Which product?"] }, { questions: ASKS }, "vouch"), null);
  same(missing({ ...none, free: "her dog" }, {}, "vouch"), null);
  same(missing(none, { questions: ASKS, strong: true }, "vouch"), null);
  ok(reasonOf(none, true).length > 0, "one click has a reason of its own");
  same(missing({ ...none, free: "her dog" }, { strong: true }, "link")?.field, "reason");
  same(missing({ ...none, reason: "same phone" }, {}, "link"), null);
});

Deno.test("what was ticked is kept for this conversation and this candidate until it is used", () => {
  const inquiries = new Inquiries();
  const answers = { ticked: ["Which month?"], free: "dog", reason: "" };
  inquiries.set("c1", "mara", answers);
  same(inquiries.get("c1", "mara"), answers);
  same(inquiries.get("c2", "mara").ticked, []);
  inquiries.forget("c1", "mara");
  same(inquiries.get("c1", "mara").free, "");
});

Deno.test("the dialog says what confirming means, and what came of it", () => {
  ok(meaning("link", "technician").startsWith("For technicians only"));
  ok(meaning("vouch", "second").startsWith("Once another technician agrees"));
  ok(meaning("vouch", "technician").startsWith("At once"));
  same(
    doneWords("Mara", UNTIL, false, TIME),
    "Recognised. This browser shows the history of Mara until 22 December.",
  );
  ok(doneWords("Mara", null, true, TIME).startsWith("Waits for a second person"));
});

Deno.test("each way of recognising has its line in the log", () => {
  const customer = { id: "m", name: "Mara Lindqvist" };
  /** @param {any} linked @param {string} [who] */
  const line = (linked, who = "Ana") => recognised({ action: "linked", customer, ...linked }, who, TIME);
  same(
    line({ proof: "vouched", expires_at: UNTIL }),
    "Ana recognised this customer as Mara Lindqvist: vouched until 22 December",
  );
  same(line({ proof: "claimed" }), "Ana linked this customer with Mara Lindqvist, for technicians only");
  same(line({ proof: "proven" }, ""), "This customer has proved to be Mara Lindqvist");
  same(
    line({ action: "not_me", proof: "vouched" }, ""),
    "The old mailbox of Mara Lindqvist says that this was not them: taken back",
  );
  same(line({ action: "unlinked" }), "Ana took back that this is Mara Lindqvist");
  same(line({ action: "unlinked", customer: null }, ""), "This is no longer taken for an earlier customer");
});

Deno.test("links, sureness, fixes and promises in words", () => {
  /** @type {any} */
  const link = {
    proof: "vouched",
    by: { id: "ana", name: "Ana" },
    at: "2026-11-22T09:00:00Z",
    expires_at: UNTIL,
  };
  same(linkWords(link, TIME), "vouched for by Ana until 22 December");
  same(
    linkWords(
      { ...link, proof: "claimed", by: "b1", expires_at: null },
      TIME,
      (id) => id === "b1" ? "Bo" : "",
    ),
    "linked by Bo for technicians only, 1 hour ago",
  );
  /** @type {any} */
  const card = { person: { identity: "vouched" }, links: [link] };
  same(
    sureWords(card, "A technician has confirmed who this is.", TIME),
    "Vouched for by Ana until 22 December.",
  );
  same(
    sureWords({ ...card, person: { identity: "proven" } }, "A code came back.", TIME),
    "A code came back.",
  );
  /** @type {any} */
  const last = {
    at: "2026-03-03T10:00:00Z",
    problem: "Does not scan",
    fix: "Install the patch",
    case_code: "K7M",
  };
  same(lastFixLine(last, TIME), "3 March · Does not scan → Install the patch");
  same(lastFixLine({ ...last, problem: "", fix: "" }, TIME), "3 March · K7M");
  /** @param {any} one */
  const others = (one) => othersWords({ state: "unknown", ...one });
  same(others({ count: 11, held: 9 }), "11 others: this fix held in 9");
  same(others({ count: 1, held: 1 }), "1 other: this fix held");
  same(others({ count: 3, held: 0 }), "3 others: none has said that it held");
  same(dueWords("2026-11-20T12:00:00Z", TIME), { words: "was due 20 November", late: true });
  same(dueWords("2026-11-22T23:00:00Z", TIME), { words: "due today", late: false });
  same(dueWords("2026-11-23T23:00:00Z", TIME), { words: "due tomorrow", late: false });
  same(dueWords(null, TIME), { words: "", late: false });
  same(endOfDay(""), null);
  same(new Date(endOfDay("2026-07-03") ?? 0).getDate(), 3);
  const ana = { id: "ana", name: "Ana" };
  same([isMe("ana", ana), isMe("Ana", ana), isMe(ana, ana), isMe("bo", ana), isMe(null, ana)], [
    true,
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("failures in words a person can act on", () => {
  ok(actWords(new Lost()).startsWith("No answer came"));
  ok(actWords(new Refused({ code: "unauthenticated" })).startsWith("You are signed out"));
  same(actWords(new Refused({ code: "forbidden", message: "This inbox does not." })), "This inbox does not.");
  const fields = { reason: "Say why you need to look." };
  same(
    actWords(new Refused({ code: "invalid", message: "Some fields", fields })),
    "Say why you need to look.",
  );
  same(
    actWords(new Refused({ code: "rate_limited", retry_after: 3.2 })),
    "Too many at once. Try again in 4 seconds.",
  );
  same(actWords(new Refused({ code: "unavailable" })), "That did not work. Try again in a moment.");
});

Deno.test("similar problems: this person first, nothing that stands beside it already, nothing without a fix", () => {
  /** @param {string} conversation @param {boolean} same_person @param {string} [fix] @returns {any} */
  const one = (conversation, same_person, fix = "do this") => ({ conversation, same_person, fix });
  const similar = [
    one("x", false),
    one("mine", true),
    one("last", true),
    one("here", true),
    one("y", false, ""),
  ];
  same(
    otherFixes({ similar, last: /** @type {any} */ ({ conversation: "last" }) }, "here").map((it) =>
      it.conversation
    ),
    ["mine", "x"],
  );
  same(otherFixes({ last: null }, "here"), []);
});

Deno.test("an earlier fix fills what is empty and leaves what was typed", () => {
  same(completed({ problem: "my words", fix: "" }, { problem: "theirs", cause: "c", fix: "f" }), {
    problem: "my words",
    cause: "c",
    fix: "f",
    applies_to: "",
  });
});

/** @param {number} status @param {string | null} body @returns {any} */
const answering = (status, body) => () => Promise.resolve(new Response(body, { status }));
const token = () => "t0ken";

Deno.test("a call over HTTP carries the token, and its refusals have names", async () => {
  /** @type {any} */ let asked;
  const fetch = (/** @type {any} */ path, /** @type {any} */ options) => {
    asked = { path, ...options };
    return Promise.resolve(new Response('{"id": "l1"}', { status: 201 }));
  };
  same(await request("POST", "/x", { a: 1 }, { fetch: /** @type {any} */ (fetch), token }), { id: "l1" });
  same([asked.method, asked.body, asked.headers["X-CSRFToken"], asked.credentials], [
    "POST",
    '{"a":1}',
    "t0ken",
    "same-origin",
  ]);
  same(await request("DELETE", "/x", { reason: "r" }, { fetch: answering(204, null), token }), null);
  const refused = '{"code": "conflict", "message": "Decided already."}';
  await rejects(request("POST", "/x", {}, { fetch: answering(409, refused), token }), {
    code: "conflict",
    message: "Decided already.",
    status: 409,
  });
  await rejects(request("GET", "/x", undefined, { fetch: answering(403, "<html>") }), { code: "forbidden" });
  await rejects(request("GET", "/x", undefined, { fetch: answering(200, "{cut") }), Lost);
  await rejects(request("GET", "/x", undefined, { fetch: () => Promise.reject(new TypeError()) }), Lost);
});
