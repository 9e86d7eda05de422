import { Connection, Lost, Refused } from "../../static/shared/connection.js";
import { Clock, crowding, equal, rejects, Wire } from "./shared_fakes.js";

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

/**
 * After its goodbye the server answers so many pings, in a drain of 600 s; the second at which the client has given up.
 * @param {number} answered
 */
async function drained(answered) {
  const set = connect();
  await live(set);
  const socket = set.wire.last;
  socket.say({ type: "goodbye", reason: "restarting", retry_after: 7 });
  for (let second = 1; second <= 600; second++) {
    const asked = socket.sent.length;
    set.clock.tick(1000);
    if (set.connection.state !== "live") return { second, set };
    if (socket.sent.length > asked && answered-- > 0) socket.say({ type: "pong", ref: "life" });
  }
  return { second: Infinity, set };
}

Deno.test("a draining server is left when it says so, however long that takes", async () => {
  const { second, set } = await drained(Infinity);
  equal(second, Infinity);
  equal(set.wire.sockets.length, 1);
  set.wire.last.drop(1012);
  equal(set.states.at(-1)[1].in, 8000); // not sooner than asked
});

Deno.test("a draining server that has died is left within seconds", async () => {
  for (const answered of [0, 1, 40]) {
    const { second, set } = await drained(answered);
    equal(second, 7 * (answered + 1) + 5);
    equal([set.connection.state, set.states.at(-1)[1].reason], ["waiting", "silent"]);
    equal(set.states.at(-1)[1].in >= 7000, true);
  }
});

Deno.test("once hello is said it stands in line with thousands; a handshake that never ends is given up sooner", async () => {
  const waited = (/** @type {ReturnType<typeof connect>} */ set) =>
    set.states.some(([state]) => state === "waiting");
  const swallowed = connect();
  swallowed.clock.tick(13_000);
  equal(waited(swallowed), true);
  const crowded = connect();
  crowded.clock.tick(11_000);
  await crowded.wire.last.open();
  crowded.clock.tick(21_000);
  equal([waited(crowded), crowded.connection.expected], [false, true]);
  crowded.wire.last.say({ type: "welcome", heartbeat: 10, conversations: [] });
  equal(crowded.connection.state, "live");
  const lost = connect();
  await lost.wire.last.open();
  lost.clock.tick(26_000);
  equal(waited(lost), true);
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

/** When each of a thousand clients tries again after all have lost their server at once. @param {number} code @param {() => number} [random] */
async function herd(code, random = Math.random) {
  const waits = [];
  for (let client = 0; client < 1_000; client++) {
    const set = connect({ random });
    await live(set);
    set.clock.tick(6_000);
    set.wire.last.drop(code);
    waits.push(set.states.at(-1)[1].in);
    set.connection.stop();
  }
  return waits;
}

Deno.test("a thousand clients that lose the same server come back spread evenly", async () => {
  equal(crowding(await herd(1006), 0, 500) < 1.5, true);
  equal(crowding(await herd(1012), 0, 2_000) < 1.5, true);
  equal(crowding(await herd(4429), 0, 5_000) < 1.5, true);
  equal(crowding(await herd(1006, () => 0.5), 0, 500) < 1.5, false); // without jitter it is seen
});

Deno.test("after goodbye nobody comes before the moment they were told, nor all at that moment", async () => {
  const waits = [];
  for (let client = 0; client < 1_000; client++) {
    const set = connect({ random: Math.random });
    await live(set);
    set.clock.tick(6_000);
    set.wire.last.say({ type: "goodbye", reason: "restarting", retry_after: 3 });
    set.wire.last.drop(1012);
    waits.push(set.states.at(-1)[1].in);
    set.connection.stop();
  }
  equal(crowding(waits, 3_000, 5_000) < 1.5, true);
});

Deno.test("4408 and 4409 are failures like any other: back with jitter, without asking for a new token", async () => {
  for (const code of [4408, 4409]) {
    const set = connect();
    await live(set);
    set.clock.tick(6_000);
    set.wire.last.drop(code);
    equal([set.connection.state, set.states.at(-1)[1].in], ["waiting", 250]);
  }
});

Deno.test("a laptop that slept: timers come late, and the dead socket is found out and replaced", async () => {
  const set = connect();
  await live(set);
  set.clock.now += 8 * 3_600_000; // nothing ran meanwhile
  set.clock.tick(1); // all that was due comes now
  equal(set.wire.last.sent.at(-1), { type: "ping", ref: "life" });
  set.clock.tick(5_000);
  equal(set.connection.state, "waiting");
  set.clock.tick(set.states.at(-1)[1].in);
  await live(set);
  equal(set.connection.state, "live");
});
