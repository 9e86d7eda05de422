import { deepStrictEqual as same, ok, rejects } from "node:assert/strict";
import { keys, Known } from "../../static/console/known.js";
import { Lost, Refused } from "../../static/shared/errors.js";

/** A technician's acts on an API that answers what the test says, and counts. */
function set() {
  /** @type {any[]} */ const calls = [];
  /** @type {any[]} */ const refreshed = [];
  /** @type {Record<string, any>} */ const answers = {
    vouch: { link: "l1", expires_at: "2026-12-22T10:00:00Z" },
  };
  const api = new Proxy({}, {
    get: (_, name) => (/** @type {any[]} */ ...given) => {
      calls.push([name, ...given]);
      const answer = answers[String(name)];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? {});
    },
  });
  let ids = 0;
  const known = new Known({
    api: /** @type {any} */ (api),
    refresh: (id) => refreshed.push(id),
    onChange: () => {},
    now: () => 5,
    newId: () => `id${++ids}`,
  });
  return { known, calls, answers, refreshed };
}

/** @type {any} */
const LINK = {
  id: "l1",
  customer: "mara",
  name: "Mara",
  proof: "vouched",
  reason: "Knew it",
  by: "Ana",
  at: "",
};

Deno.test("steps are sent once, however often the button is pressed", async () => {
  const { known, calls } = set();
  const key = keys.resend("c1", "o1");
  const first = known.resend("c1", "o1");
  same(known.act(key).state, "busy");
  await Promise.all([first, known.resend("c1", "o1"), known.resend("c1", "o1")]);
  await known.resend("c1", "o1");
  same(known.act(key), { state: "done", words: "", at: 5 });
  same(calls, [["resendFix", "c1", "o1", "id1"]]);
  await known.resend("c2", "o1");
  same(calls.length, 2, "in another conversation it is another message");
});

Deno.test("a lost answer is asked for again with the same client id", async () => {
  const { known, calls, answers } = set();
  answers.resendFix = new Lost();
  await known.resend("c1", "o1");
  same(known.act(keys.resend("c1", "o1")).state, "failed");
  ok(known.act(keys.resend("c1", "o1")).words.startsWith("No answer came"));
  delete answers.resendFix;
  await known.resend("c1", "o1");
  same(known.act(keys.resend("c1", "o1")).state, "done");
  same(calls.map((call) => call[3]), ["id1", "id1"]);
});

Deno.test("refusing a suggestion, agreeing and keeping a promise read the card again", async () => {
  const { known, calls, refreshed } = set();
  await known.notSame("c1", "mara");
  await known.agree("c1", "v1");
  await known.kept("c1", "p1");
  same(calls, [["notSame", "c1", "mara"], ["agree", "v1"], ["kept", "p1"]]);
  same(refreshed, ["c1", "c1", "c1"]);
});

Deno.test("one click confirms who has proved a mailbox, with a reason for the record", async () => {
  const { known, calls, refreshed } = set();
  const mara = { customer: "mara", name: "Mara" };
  await Promise.all([known.confirm("c1", mara), known.confirm("c1", mara)]);
  same(calls.length, 1);
  same(calls[0].slice(0, 2), ["vouch", "c1"]);
  same([calls[0][2].customer, calls[0][2].facts], ["mara", []]);
  ok(calls[0][2].reason.includes("proved a mailbox"));
  same([...new Set(refreshed)], ["c1"]);
  same(known.act(keys.confirm("c1", "mara")).state, "idle", "taken back, it can be confirmed again");
});

Deno.test("what did not work says why, and reads nothing again", async () => {
  const { known, answers, refreshed } = set();
  answers.agree = new Refused({ code: "conflict", message: "This was decided already." });
  await known.agree("c1", "v1");
  same(known.act(keys.agree("v1")).words, "This was decided already.");
  same(refreshed, []);
});

Deno.test("a vouch says until when, or that it waits, until that is read; a failure is the dialog's to tell", async () => {
  const { known, answers } = set();
  const said = { customer: "mara", facts: ["the model"], reason: "" };
  await known.vouch("c1", said, "Mara");
  ok(/history of Mara until .*22/.test(known.result("c1")), known.result("c1"));
  same(known.result("c2"), "");
  known.tell("c1", "");
  same(known.result("c1"), "");
  answers.vouch = { vouch: "v1" };
  await known.vouch("c1", said, "Mara");
  ok(known.result("c1").startsWith("Waits for a second person"));
  known.tell("c1", "");
  answers.vouch = new Refused({ code: "forbidden", message: "This inbox does not." });
  await rejects(known.vouch("c1", said, "Mara"), /does not/);
  same(known.result("c1"), "");
});

Deno.test("an opened history stands under its reason until it is closed, vouched for, or access is taken back", async () => {
  const { known, answers } = set();
  answers.disclose = { conversations: [{ id: "old" }] };
  const mara = { customer: "mara", name: "Mara" };
  await known.disclose("c1", mara, "She gave the month");
  same(known.disclosed("c1"), [{ ...mara, reason: "She gave the month", conversations: [{ id: "old" }] }]);
  same(known.disclosed("c2"), []);
  known.cover("c1", "mara");
  same(known.disclosed("c1"), []);
  await known.disclose("c1", mara, "again");
  known.forget("c1");
  same(known.disclosed("c1"), []);
  await known.disclose("c1", mara, "once more");
  answers.vouch = { link: "l1" };
  await known.vouch("c1", { customer: "mara", facts: ["x"], reason: "" }, "Mara");
  same(known.disclosed("c1"), []);
});

Deno.test("a link that was taken back can be linked again, once", async () => {
  const { known, calls } = set();
  await known.unlink("c1", "me", LINK, "Her sister");
  same(calls, [["unlink", "l1", "Her sister"]]);
  const [gone] = known.takenBack("c1");
  await Promise.all([known.linkAgain("c1", gone), known.linkAgain("c1", gone)]);
  same(calls.slice(1), [["link", "me", "mara", "Knew it"]]);
  same(known.takenBack("c1"), []);
});

Deno.test("taking back that fails leaves nothing to undo", async () => {
  const { known, answers } = set();
  answers.unlink = new Lost();
  await rejects(known.unlink("c1", "me", LINK, "Her sister"));
  same(known.takenBack("c1"), []);
});
