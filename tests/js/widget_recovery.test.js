import { digits, Recovery, tidyKey } from "../../static/widget/recovery.js";
import { equal } from "./shared_fakes.js";
import { AT, chat, quiet, row, Server, turn } from "./widget_server.js";

const solved = row({ id: "old", status: "resolved", resolved_at: AT, outcome: { fix: "Install the patch" } });

/** @param {Server} server @param {{storage?: any, now?: number}} [more] */
async function returning(server, { storage, now = 1_000_000 } = {}) {
  const set = await chat(server, storage);
  const clock = { now };
  /** @type {string[]} */ const steps = [];
  const recovery = new Recovery(set.one, {
    change: () => steps.at(-1) === recovery?.step || steps.push(recovery.step),
    done: () => steps.push("done"),
    now: () => clock.now,
  });
  return { ...set, recovery, steps, clock };
}

Deno.test("a code however it is pasted, a key however it is written", () => {
  equal(["123456", " 12 34-56 ", "Code: 123456.", "١٢٣٤٥٦", "12345", "1234567"].map(digits), [
    "123456",
    "123456",
    "123456",
    "123456",
    "12345",
    "123456",
  ]);
  const key = "RAPP-0M1VE-B0H5Q-53RSB-9JP1*";
  for (
    const typed of [
      key,
      key.toLowerCase(),
      "rapp omive boh5q 53rsb 9jpl*",
      "OMIVE-B0H5Q-53RSB-9JPI*",
      "RAPP–0M1VE–B0H5Q–53RSB–9JP1*",
      "rapp0m1veb0h5q53rsb9jp1*",
    ]
  ) equal(tidyKey(typed), key);
  equal([tidyKey(" - "), tidyKey("RAPP-X")], ["", "RAPP-RAPPX"]);
});

Deno.test({
  name: "the mailbox: two inputs, and the conversations are there beside the one that is running",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Server();
    server.row = row();
    server.customer = { id: "p1", name: "", identity: "device" };
    server.answers["POST recovery/mailbox"] = [202, {}];
    server.answers["POST recovery/code"] = () => {
      server.others = [solved];
      return [
        200,
        server.session({ device_token: "d2", customer: { id: "p1", name: "Mara", identity: "proven" } }),
      ];
    };
    const set = await returning(server);
    set.storage.setItem("r.draft.c1", "half a sen");
    set.recovery.go("email");
    await set.recovery.send("mara@old.example");
    for (const typed of ["1", "12 34", "123 456"]) await set.recovery.enter(typed);
    await turn();
    equal(set.steps, ["email", "code", "done"]);
    equal(server.asked("recovery/code"), [["POST", { code: "123456" }]]);
    equal(set.one.state.conversations.map((one) => one.id), ["c1", "old"]);
    equal([set.one.state.found, set.one.state.returning, set.one.state.customer?.name], [1, true, "Mara"]);
    equal([set.storage.getItem("r.device"), set.storage.getItem("r.draft.c1")], ["d2", "half a sen"]);
    equal(server.wire.sockets.length, 2); // the socket says hello as who one is now
    set.end();
  },
});

Deno.test({
  name: "known or not: the same steps; a wrong code is told in words and can be typed again, no count",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Server();
    server.answers["POST recovery/mailbox"] = [202, {}];
    server.answers["POST recovery/code"] = [403, { code: "code_refused", message: "no" }];
    const set = await returning(server);
    await set.recovery.send("nobody@nowhere.example");
    equal([set.recovery.step, set.recovery.problem], ["code", null]);
    await set.recovery.enter("111111");
    equal(set.recovery.problem, { key: "codeWrong" });
    await set.recovery.enter("111111"); // not sent again by itself
    await set.recovery.enter("111111", true);
    await set.recovery.enter("1111", true);
    equal([server.asked("recovery/code").length, set.recovery.problem?.key], [2, "codeShort"]);
    set.end();
  },
});

Deno.test({
  name: "send again after a minute, another address at once; too often says how long",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Server();
    server.answers["POST recovery/mailbox"] = [202, {}];
    const set = await returning(server);
    await set.recovery.send("mara@old.example");
    await set.recovery.send();
    equal(server.asked("recovery/mailbox").length, 1);
    set.clock.now += 60_000;
    await set.recovery.send();
    equal([server.asked("recovery/mailbox").length, set.recovery.sent], [2, 2]);
    set.recovery.back();
    equal(set.recovery.step, "email");
    await set.recovery.send("mara@new.example");
    equal([server.asked("recovery/mailbox").at(-1)?.[1].email, set.recovery.sent], ["mara@new.example", 1]);
    server.answers["POST recovery/mailbox"] = [429, { code: "rate_limited", retry: true, retry_after: 90 }];
    set.clock.now += 60_000;
    await set.recovery.send();
    equal(set.recovery.problem, { key: "tooOften", seconds: 90 });
    server.answers["POST recovery/mailbox"] = [400, { code: "invalid", message: "no" }];
    await set.recovery.send();
    equal(set.recovery.problem, { key: "emailBad" });
    set.end();
  },
});

Deno.test({
  name:
    "the link in the mail was followed in this browser: coming back shows the conversations, nothing typed",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Server();
    server.answers["POST recovery/mailbox"] = [202, {}];
    const set = await returning(server);
    await set.recovery.send("mara@old.example");
    await set.recovery.look();
    equal(set.steps.at(-1), "code");
    server.others = [solved];
    server.customer = { id: "p1", name: "Mara", identity: "proven" };
    await set.recovery.look();
    equal([set.steps.at(-1), set.one.state.found], ["done", 1]);
    // The visit the code was asked in is the one that goes on.
    equal(server.sessions.at(-1).access_token, "t");
    set.end();
  },
});

Deno.test({
  name:
    "the page was gone while the mail was fetched: the field for the code is there again, in the same visit",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Server();
    server.answers["POST recovery/mailbox"] = [202, {}];
    const first = await returning(server);
    await first.recovery.send("mara@old.example");
    first.end();
    const again = await returning(server, { storage: first.storage, now: 1_030_000 });
    equal([again.recovery.step, again.recovery.email, again.recovery.againAt], [
      "code",
      "mara@old.example",
      1_060_000,
    ]);
    equal(server.sessions.at(-1).access_token, "t");
    again.end();
    const late = await returning(server, { storage: first.storage, now: 3_000_000 });
    equal(late.recovery.step, "ways");
    late.end();
  },
});

Deno.test({
  name: "an address that was only ever typed opens nothing: the next step is to tell a technician",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Server();
    server.answers["POST recovery/mailbox"] = [202, {}];
    server.answers["POST recovery/code"] = () => [200, server.session({ customer: { id: "p9", name: "" } })];
    const set = await returning(server);
    await set.recovery.send("mara@old.example");
    await set.recovery.enter("123456");
    equal([set.recovery.step, set.one.state.returning, set.recovery.back()], ["empty", false, false]);
    set.end();
  },
});

Deno.test({
  name: "a key opens the history and is replaced; the new one is kept nowhere",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Server();
    server.answers["POST recovery/resume-key"] = (/** @type {any} */ { key }) => {
      if (key !== "RAPP-00000-11111-22222-3333*") return [403, { code: "key_refused", message: "no" }];
      server.others = [solved];
      return [
        200,
        server.session({ customer: { id: "p1", name: "Mara" }, new_resume_key: "RAPP-NEW-CANARY" }),
      ];
    };
    const set = await returning(server);
    set.recovery.go("key");
    await set.recovery.unlock("  ");
    equal(set.recovery.problem, { key: "keyNeed" });
    await set.recovery.unlock("rapp 00000");
    equal(set.recovery.problem, { key: "keyWrong" });
    await set.recovery.unlock("rapp ooooo iillL 22222 3333*");
    equal([set.recovery.step, set.recovery.newKey, set.one.state.found], ["newKey", "RAPP-NEW-CANARY", 1]);
    equal(JSON.stringify([[...set.storage.items], { ...sessionStorage }]).includes("CANARY"), false);
    set.end();
  },
});

Deno.test({
  name: "an answer that got lost: what it opened is found; where nothing was opened, it can be tried again",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Server();
    server.answers["POST recovery/mailbox"] = [202, {}];
    const set = await returning(server);
    await set.recovery.send("mara@old.example");
    server.answers["POST recovery/code"] = new TypeError("lost");
    await set.recovery.enter("123456");
    equal([set.recovery.step, set.recovery.problem], ["code", { key: "lostNow" }]);
    server.others = [solved]; // it had been taken
    await set.recovery.enter("123456", true);
    equal(set.steps.at(-1), "done");
    set.end();
  },
});
