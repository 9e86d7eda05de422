import { Connection, Lost, Refused } from "../../static/shared/connection.js";
import { Clock, equal, rejects, Wire } from "./shared_fakes.js";

/** A connection on a fake wire and a fake clock, with everything it says written down. */
function connect(options = {}) {
  const clock = new Clock();
  const wire = new Wire();
  /** @type {any[]} */ const states = [];
  /** @type {any[]} */ const frames = [];
  const connection = new Connection({
    url: "ws://x/ws/customer/",
    hello: () => ({ token: "t", cursors: { a: 3 } }),
    onState: (state, detail) => states.push([state, detail]),
    onFrame: (frame) => frames.push(frame),
    WebSocketClass: wire.Socket,
    timers: clock,
    random: () => 0.5,
    now: () => clock.now,
    ...options,
  });
  connection.start();
  return { clock, wire, states, frames, connection };
}

/** @param {ReturnType<typeof connect>} set */
async function live(set) {
  await set.wire.last.open();
  set.wire.last.say({ type: "welcome", heartbeat: 10, conversations: [] });
}

Deno.test("says hello with token and cursors, and is live after welcome", async () => {
  const set = connect();
  equal(set.wire.last.protocol, "rapport.v1");
  await live(set);
  equal(set.wire.last.sent, [{ token: "t", cursors: { a: 3 }, type: "hello" }]);
  equal(set.connection.state, "live");
  equal(set.frames.map((frame) => frame.type), ["welcome"]);
});

Deno.test("waits longer after each failure, with jitter, never above 30 s", () => {
  const set = connect();
  const waits = [];
  for (let round = 0; round < 9; round++) {
    set.wire.last.drop(1006);
    const detail = set.states.at(-1)[1];
    waits.push(detail.in);
    equal(detail.failures, round + 1);
    set.clock.tick(detail.in);
  }
  equal(waits, [250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
});

Deno.test("a socket that dies right after welcome does not reset the back-off", async () => {
  const set = connect();
  for (let round = 0; round < 4; round++) {
    await live(set);
    set.wire.last.drop(1006);
    set.clock.tick(set.states.at(-1)[1].in);
  }
  await live(set);
  set.wire.last.drop(1006);
  equal(set.states.at(-1)[1].in, 4000);
  set.clock.tick(4000);
  await live(set);
  set.clock.tick(6000);
  set.wire.last.say({ type: "heartbeat", heads: {} });
  set.wire.last.drop(1006);
  equal(set.states.at(-1)[1].in, 250);
});

Deno.test("goodbye is honoured: not sooner than asked, and not for ever on a draining socket", async () => {
  const set = connect();
  await live(set);
  set.wire.last.say({ type: "goodbye", reason: "restart", retry_after: 7 });
  equal(set.connection.state, "live");
  set.clock.tick(5000);
  equal(set.states.at(-1)[0], "waiting");
  equal(set.states.at(-1)[1].in, 8000);
});

Deno.test("1012 spreads the return over at least two seconds", async () => {
  const set = connect();
  await live(set);
  set.clock.tick(6000);
  set.wire.last.drop(1012);
  equal(set.states.at(-1)[1].in, 1000);
});

Deno.test("an error with retry_after before welcome delays the next try", async () => {
  const set = connect();
  await set.wire.last.open();
  set.wire.last.say({ type: "error", code: "rate_limited", retry: true, retry_after: 20 });
  set.wire.last.drop(4429);
  equal(set.states.at(-1)[1].in, 22500);
});

Deno.test("4401 rests until start, 4403 is refused", async () => {
  const set = connect();
  await set.wire.last.open();
  set.wire.last.drop(4401);
  equal(set.connection.state, "signed_out");
  set.clock.tick(60_000);
  equal(set.wire.sockets.length, 1);
  set.connection.start();
  await live(set);
  equal(set.connection.state, "live");
  set.wire.last.drop(4403);
  equal(set.connection.state, "refused");
});

Deno.test("silence is probed with a ping, and without an answer the socket is given up", async () => {
  const set = connect();
  await live(set);
  set.clock.tick(25_000);
  equal(set.wire.last.sent.at(-1), { type: "ping", ref: "life" });
  set.wire.last.say({ type: "pong", ref: "life" });
  set.clock.tick(5000);
  equal(set.connection.state, "live");
  equal(set.frames.some((frame) => frame.type === "pong"), false);
  set.clock.tick(20_000);
  equal(set.wire.last.sent.filter((/** @type {any} */ frame) => frame.type === "ping").length, 2);
  set.clock.tick(5000);
  equal(set.connection.state, "waiting");
});

Deno.test("ask resolves with the answer, rejects with Refused, and with Lost when the socket goes", async () => {
  const set = connect();
  await live(set);
  const first = set.connection.ask({ type: "sync", conversation: "a", after: 0 });
  const ref = set.wire.last.sent.at(-1).ref;
  set.wire.last.say({ type: "sync", ref, events: [] });
  equal((await first).type, "sync");
  equal(set.frames.map((frame) => frame.type), ["welcome"]);

  const second = set.connection.ask({ type: "message.send" });
  set.wire.last.say({
    type: "error",
    ref: set.wire.last.sent.at(-1).ref,
    code: "rate_limited",
    message: "Slow down.",
    retry: true,
    retry_after: 2,
  });
  const refusal = await rejects(second, Refused);
  equal([refusal.code, refusal.retry, refusal.retry_after], ["rate_limited", true, 2]);

  const third = set.connection.ask({ type: "sync" });
  set.wire.last.drop(1006);
  await rejects(third, Lost);
  await rejects(set.connection.ask({ type: "sync" }), Lost);
});

Deno.test("an ask without an answer is lost after its time and the socket is probed", async () => {
  const set = connect();
  await live(set);
  const answer = set.connection.ask({ type: "sync" }, { timeout: 1000 });
  set.clock.tick(1000);
  await rejects(answer, Lost);
  equal(set.wire.last.sent.at(-1).type, "ping");
});

Deno.test("retryNow connects at once while waiting; stop is final", async () => {
  const set = connect();
  set.wire.last.drop(1006);
  set.connection.retryNow();
  equal(set.wire.sockets.length, 2);
  await live(set);
  set.connection.stop();
  set.clock.tick(100_000);
  equal(set.wire.sockets.length, 2);
  equal(set.connection.send({ type: "ping" }), false);
});

Deno.test("a hello that cannot be made is a failure like any other", async () => {
  const set = connect({ hello: () => Promise.reject(new Refused({ code: "rate_limited", retry_after: 9 })) });
  await set.wire.last.open();
  equal(set.connection.state, "waiting");
  equal(set.states.at(-1)[1].in, 9250);
});

Deno.test("broken frames are ignored", async () => {
  const set = connect();
  await live(set);
  set.wire.last.raw("{nonsense");
  set.wire.last.raw("null");
  set.wire.last.raw("[1]");
  equal(set.connection.state, "live");
});
