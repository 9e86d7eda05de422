import { Shelf } from "../../static/shared/shelf.js";
import { equal, FakeStorage, settle } from "./shared_fakes.js";
import { AT, chat, quiet, row, Server } from "./widget_server.js";

/** @param {import("./shared_fakes.js").FakeStorage} storage */
const kept = (storage) => JSON.stringify([...storage.items]);

/** @param {any} set */
const seen = (set) => set.one.state.conversations.map((/** @type {any} */ one) => one.id);

Deno.test({
  name: "logged out while the server is away: nobody is let in until the cookie is gone",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Server();
    server.customer = { id: "p1", name: "Mara", identity: "device" };
    server.row = row({ subject: "canary" });
    const set = await chat(server);
    set.storage.setItem("r.device", "d1");
    server.answers["DELETE session"] = new TypeError("away");
    const sessions = server.sessions.length;
    const leaving = set.one.person.leave();
    equal([seen(set), set.one.state.customer], [[], null]);
    await leaving;
    equal([server.sessions.length - sessions, [...set.storage.items.keys()]], [0, ["r.leaving"]]);
    delete server.answers["DELETE session"];
    server.customer = null;
    server.row = null;
    await set.one.begin();
    equal([server.sessions.length - sessions, set.storage.items.size], [1, 0]);
    equal(server.sessions.at(-1), { inbox: "demo", environment: {} });
    set.end();
  },
});

Deno.test({
  name: "a shared computer: nothing outlives the window, in storage or as a cookie; and back again",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Server();
    server.customer = { id: "p1", name: "Mara", identity: "device" };
    const set = await chat(server);
    set.storage.setItem("r.device", "d1");
    set.storage.setItem("r.draft.c1", "half a sen");
    await set.one.person.share(true);
    equal([set.storage.items.size, set.one.shelf.get("draft.c1"), sessionStorage.getItem("r.device")], [
      0,
      "half a sen",
      "d1",
    ]);
    equal(server.asked("session").at(-1), ["DELETE", undefined]);
    await set.one.session.renew();
    await settle();
    equal([server.sessions.at(-1).shared, server.asked("session").at(-1)?.[0]], [true, "DELETE"]);
    set.one.say({ conversation: "c1" }, "canary");
    equal([
      set.storage.items.size,
      Object.values({ ...sessionStorage }).some((value) => /canary/.test(value)),
    ], [
      0,
      true,
    ]);
    await set.one.person.share(false);
    equal([
      sessionStorage.getItem("r.device"),
      set.one.shelf.get("device"),
      "shared" in server.sessions.at(-1),
    ], [
      null,
      "d1",
      false,
    ]);
    set.end();
  },
});

Deno.test({
  name: "forget me: this browser is signed out at the server, then nothing of it is left here",
  ...quiet,
  async fn() {
    const server = new Server();
    server.customer = { id: "p1", name: "Mara", identity: "device" };
    server.answers["GET devices"] = [200, {
      devices: [{ id: "d7", current: false }, { id: "d8", current: true }],
    }];
    const set = await chat(server);
    set.storage.setItem("r.device", "d1");
    await set.one.person.forget();
    equal(server.asked("devices/d8").map(([method]) => method), ["DELETE"]);
    equal([set.storage.items.has("r.device"), server.asked("devices/d7")], [false, []]);
    set.end();
  },
});

Deno.test({
  name: "access that ended takes the draft and what was not sent with it",
  ...quiet,
  async fn() {
    const server = new Server();
    server.row = row();
    server.others = [row({ id: "c2" })];
    const set = await chat(server);
    set.storage.setItem("r.draft.c1", "canary");
    set.storage.setItem("r.draft.c2", "mine");
    set.one.link.stop();
    set.one.say({ conversation: "c1" }, "canary");
    set.one.say({ conversation: "c2" }, "mine");
    server.row = null;
    set.one.hear({ type: "reset", conversation: "c1", reason: "access_ended" });
    equal([seen(set), kept(set.storage).includes("canary")], [["c2"], false]);
    equal([set.one.outbox.entries().map((entry) => entry.text), set.storage.getItem("r.draft.c2")], [
      ["mine"],
      "mine",
    ]);
    set.end();
  },
});

Deno.test({
  name: "the key that came with the end is held in memory only, and not in the log of the conversation",
  ...quiet,
  async fn() {
    const server = new Server();
    server.row = row();
    const set = await chat(server);
    set.one.talks.begin("c1");
    set.socket.say(server.append({
      kind: "resolved",
      by: { kind: "technician", name: "Ana" },
      resolved: { outcome: null, resume_key: "RAPP-CANARY" },
    }));
    equal(set.one.keys.get("c1"), "RAPP-CANARY");
    equal(
      JSON.stringify([set.one.talks.open("c1").timeline.events, set.told, kept(set.storage)]).includes(
        "CANARY",
      ),
      false,
    );
    set.end();
  },
});

Deno.test({
  name: "is it still fixed: a no opens it again, at once and here",
  ...quiet,
  async fn() {
    const server = new Server();
    server.row = row({ status: "resolved", resolved_at: AT, ask_held: true });
    server.answers["POST conversations/c1/outcome"] = (/** @type {any} */ body) => [200, {
      conversation: row(body.held ? { status: "resolved", resolved_at: AT } : { status: "waiting" }),
    }];
    const set = await chat(server);
    await set.one.answer("c1", false);
    equal([set.one.state.conversations[0].status, set.one.back], ["waiting", "c1"]);
    equal(server.asked("conversations/c1/outcome"), [["POST", { held: false }]]);
    set.end();
  },
});

Deno.test("what is moved to another storage is no longer in the first", () => {
  const [from, to] = [new FakeStorage(), new FakeStorage()];
  from.setItem("other", "stays");
  const shelf = new Shelf(from, "r.");
  shelf.set("a", "1");
  shelf.move(to);
  equal([[...from.items], [...to.items], shelf.persistent], [[["other", "stays"]], [["r.a", "1"]], true]);
  shelf.move(null);
  equal([shelf.get("a"), to.items.size, shelf.persistent], ["1", 0, false]);
});
