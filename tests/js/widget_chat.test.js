import { AT, chat, quiet, Server, turn } from "./widget_server.js";
import { equal } from "./shared_fakes.js";

Deno.test({
  name:
    "opening a conversation: follow-ups wait, then go into it; the device is kept and told to the server once more",
  ...quiet,
  async fn() {
    const server = new Server();
    const set = await chat(server);
    const target = set.one.start("help", { name: "Mara" });
    set.one.say(target, "more");
    await turn();
    const [opening] = set.frames("conversation.start");
    equal([opening.text, opening.about, set.frames("message.send").length], ["help", { name: "Mara" }, 0]);
    equal(set.one.pending(target).map((entry) => entry.text), ["help", "more"]);

    server.row = {
      id: "c1",
      status: "waiting",
      opened_at: AT,
      resolved_at: null,
      technician: null,
      read_seq: 1,
      unread: 0,
    };
    const message = server.mine("help", opening.client_id);
    server.customer = { id: "p1", name: "Mara" };
    set.socket.say({
      type: "conversation.started",
      ref: opening.ref,
      conversation: server.rows()[0],
      message,
      device_token: "d1",
    });
    await turn();
    equal(set.told.map(([what]) => what).filter((what) => what !== "availability"), [
      "conversation:started",
      "message:sent",
    ]);
    equal(set.frames("message.send").map((/** @type {any} */ frame) => [frame.conversation, frame.text]), [[
      "c1",
      "more",
    ]]);
    equal([set.storage.getItem("r.device"), server.sessions.at(-1).device_token], ["d1", "d1"]);
    equal(set.shown(), [["help", "sent"], ["more", "sending"]]);
    set.end();
  },
});

Deno.test({
  name: "a message never blinks: sending, accepted, and in the log are one line",
  ...quiet,
  async fn() {
    const server = new Server();
    server.row = {
      id: "c1",
      status: "active",
      opened_at: AT,
      resolved_at: null,
      technician: null,
      read_seq: 0,
      unread: 0,
    };
    const set = await chat(server);
    set.one.talks.begin("c1");
    set.one.say({ conversation: "c1" }, "hello");
    await turn();
    const [sent] = set.frames("message.send");
    equal(set.shown(), [["hello", "sending"]]);
    const event = server.mine("hello", sent.client_id);
    set.socket.say({
      type: "message.accepted",
      ref: sent.ref,
      client_id: sent.client_id,
      conversation: "c1",
      seq: 1,
    });
    await turn();
    equal(set.shown(), [["hello", "sent"]]);
    set.socket.say(event);
    set.socket.say(event);
    await turn();
    equal([set.shown(), set.one.outbox.entries().length], [[["hello", "sent"]], 0]);
    set.end();
  },
});

Deno.test({
  name: "an answer lost with the connection: sent again with its client_id, shown once; cursors in hello",
  ...quiet,
  async fn() {
    const server = new Server();
    server.row = {
      id: "c1",
      status: "active",
      opened_at: AT,
      resolved_at: null,
      technician: null,
      read_seq: 0,
      unread: 0,
    };
    const set = await chat(server);
    set.one.talks.begin("c1");
    set.one.say({ conversation: "c1" }, "hello");
    await turn();
    const [first] = set.frames("message.send");
    const stored = server.mine("hello", first.client_id); // the server has it, its answer is lost
    set.socket.drop(1006);
    set.one.link.retryNow();
    const next = server.wire.last;
    await next.open();
    equal(next.sent[0].cursors, { c1: 0 });
    server.welcome(next);
    next.say(stored);
    await turn();
    const again = next.sent.find((/** @type {any} */ frame) => frame.type === "message.send");
    equal(again.client_id, first.client_id);
    next.say({
      type: "message.accepted",
      ref: again.ref,
      client_id: again.client_id,
      seq: 1,
      duplicate: true,
    });
    await turn();
    equal(set.shown(), [["hello", "sent"]]);
    set.end();
  },
});

Deno.test({
  name: "a conversation opened in another tab is looked up; a reset one is forgotten; reading is told once",
  ...quiet,
  async fn() {
    const server = new Server();
    const set = await chat(server);
    server.row = {
      id: "c1",
      status: "active",
      opened_at: AT,
      resolved_at: null,
      technician: null,
      read_seq: 0,
      unread: 1,
    };
    const by = { kind: "technician", name: "Ana" };
    set.socket.say(
      server.append({ kind: "message", by, message: { id: "m", client_id: "x", text: "Hello" } }),
    );
    await turn();
    equal(set.one.state.conversations.map((row) => [row.id, row.unread]), [["c1", 1]]);
    set.one.talks.begin("c1");
    set.one.talks.apply("c1", server.log[0]);
    set.one.seen("c1");
    set.one.seen("c1");
    equal([set.frames("read").length, set.one.state.conversations[0].unread], [1, 0]);
    server.row = null;
    set.socket.say({ type: "reset", conversation: "c1", reason: "unlinked" });
    await turn();
    equal([set.one.talks.has("c1"), set.one.state.conversations], [false, []]);
    set.end();
  },
});

Deno.test({
  name: "log-out leaves nothing behind for the next person",
  ...quiet,
  async fn() {
    const server = new Server();
    const set = await chat(server);
    set.storage.setItem("r.device", "d1");
    set.storage.setItem("r.draft.c1", "secret");
    set.socket.drop(1006);
    set.one.say({ conversation: "c1" }, "unsent secret");
    await set.one.person.leave();
    equal([[...set.storage.items.values()], set.one.outbox.entries(), set.one.state.conversations], [
      [],
      [],
      [],
    ]);
    set.end();
  },
});
