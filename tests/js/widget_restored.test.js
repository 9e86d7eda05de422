/** The server was set back to an earlier state: what is believed, and what is given back. */

import { chat, quiet, row, Server, turn } from "./widget_server.js";
import { equal } from "./shared_fakes.js";

/** A widget that has sent three messages and seen them arrive; then the server has only the first `left`. */
async function setBack(left = 1) {
  const server = new Server();
  server.customer = { id: "p1", name: "Mara", identity: "device" };
  server.row = row({ last_seq: 0 });
  server.answers["GET conversations/c1/events"] =
    () => [200, { events: server.log, last_seq: server.log.length }];
  const set = await chat(server);
  set.one.talks.begin("c1");
  for (const text of ["one", "two", "three"]) set.socket.say(server.mine(text, `id-${text}`));
  await turn();
  set.socket.drop(1006);
  set.one.say({ conversation: "c1" }, "not sent yet");
  server.log.length = left;
  set.one.link.retryNow();
  const socket = server.wire.last;
  await socket.open();
  return { ...set, server, socket };
}

/** Answer every `sync` of this socket from the log. @param {any} set */
async function answer(set) {
  for (let round = 0; round < 5; round++) {
    for (const frame of set.socket.sent.splice(0)) {
      if (frame.type !== "sync") continue;
      const events = set.server.log.filter((/** @type {any} */ event) => event.seq > frame.after);
      set.socket.say({ type: "sync", ref: frame.ref, events, last_seq: set.server.log.length, more: false });
    }
    await turn();
  }
}

for (const told of ["welcome", "reset"]) {
  Deno.test({
    name:
      `set back, told by ${told}: the server is believed, what it lost is given back, unsent text is kept`,
    ...quiet,
    async fn() {
      const set = await setBack();
      if (told === "reset") {
        set.server.row = row({ last_seq: 3 });
        set.socket.say({
          type: "welcome",
          heartbeat: 25,
          conversations: [{ ...set.server.row, last_seq: 3 }],
        });
        set.socket.say({ type: "reset", conversation: "c1", reason: "restored" });
      } else set.server.welcome(set.socket);
      await turn();
      set.one.talks.open("c1");
      await answer(set);
      equal(set.one.talks.last("c1"), 1);
      equal(set.one.outbox.entries("c1").map((entry) => [entry.text, entry.state, entry.error?.code ?? ""]), [
        ["two", "failed", "restored"],
        ["three", "failed", "restored"],
        ["not sent yet", "sending", ""],
      ]);
      equal(set.one.outbox.entries("c1")[0].client_id, "id-two"); // repeated, it is still the same message
      set.end();
    },
  });
}

Deno.test({
  name: "nothing is given back of what the server still has, was removed, or is not ours any more",
  ...quiet,
  async fn() {
    const set = await setBack(3);
    set.server.welcome(set.socket);
    set.socket.say(
      set.server.append({ kind: "redacted", by: { kind: "customer" }, redacted: { message: "id-two" } }),
    );
    await answer(set);
    set.server.log.splice(1); // "two" had been removed by then
    set.socket.say({ type: "reset", conversation: "c1", reason: "restored" });
    await answer(set);
    const texts = () =>
      set.one.outbox.entries("c1").filter((one) => one.state === "failed").map((one) => one.text);
    equal(texts(), ["three"]);
    for (const reason of ["erased", "unlinked", "access_ended"]) {
      set.one.talks.begin("c1");
      set.socket.say({ type: "reset", conversation: "c1", reason });
      await answer(set);
    }
    equal(texts(), []); // access that ended takes all of it
    set.end();
  },
});

Deno.test({
  name: "a message into a conversation that is gone is shown as unsent, and begins a new one when repeated",
  ...quiet,
  async fn() {
    const server = new Server();
    server.row = row();
    const set = await chat(server);
    set.one.say({ conversation: "c1" }, "hello");
    await turn();
    const [frame] = set.frames("message.send");
    set.socket.say({ type: "error", ref: frame.ref, code: "not_found", message: "", retry: false });
    await turn();
    const [entry] = set.one.unsent();
    equal([entry.text, entry.state, entry.error?.code], ["hello", "failed", "not_found"]);
    set.one.outbox.retry(entry.client_id);
    await turn();
    equal(set.frames("conversation.start").map((/** @type {any} */ one) => one.text), ["hello"]);
    set.end();
  },
});
