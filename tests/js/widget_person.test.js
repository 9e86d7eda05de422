import { equal } from "./shared_fakes.js";
import { chat, quiet, row, Server, turn } from "./widget_server.js";

const mara = { id: "mara", name: "Mara", identity: "signed" };
const eve = { id: "eve", name: "Eve", identity: "signed" };

/** @param {string} sub */
const signed = (sub) => `h.${btoa(JSON.stringify({ sub }))}.s`;

/** A server at which the host site's word opens a person's own conversations. */
class Signing extends Server {
  /** @type {Record<string, any>} */ people = {
    mara: [mara, [row({ id: "m1", subject: "canary" })]],
    eve: [eve, []],
  };

  constructor() {
    super();
    this.answers["POST session"] = (/** @type {any} */ body) => {
      const sub = body.identity
        ? JSON.parse(atob(body.identity.split(".")[1])).sub
        : body.access_token?.slice(2);
      if (body.identity && !(sub in this.people)) {
        return [403, { code: "identity_refused", message: "no", reason: "expired" }];
      }
      const [customer, conversations] = this.people[sub] ?? [null, []];
      return [200, this.session({ access_token: `t-${customer ? sub : ""}`, customer, conversations })];
    };
  }
}

/** @param {import("./shared_fakes.js").FakeStorage} storage */
const kept = (storage) => JSON.stringify([...storage.items]);

/** @param {any} set */
const seen = (set) => set.one.state.conversations.map((/** @type {any} */ one) => one.id);

Deno.test({
  name:
    "another person is named: what was Mara's is gone before any answer, kept nowhere, never sent, and comes back",
  ...quiet,
  async fn() {
    sessionStorage.clear();
    const server = new Signing();
    const set = await chat(server);
    await set.one.person.identify(signed("mara"));
    await turn();
    equal([seen(set), set.one.state.customer?.name], [["m1"], "Mara"]);
    await server.wire.last.open();
    server.wire.last.drop(1006); // what is said now waits
    set.one.say({ conversation: "m1" }, "canary said");
    set.one.start("canary begun", { email: "canary@old.example" });
    set.storage.setItem("r." + set.one.person.draft("new"), "canary draft");
    set.one.keys.set("m1", "RAPP-CANARY");
    const pending = set.one.person.identify(signed("eve"));
    equal([seen(set), set.one.unsent(), set.one.keys.size], [[], [], 0]);
    equal(set.told.some(([what]) => what === "forget"), true);
    await pending;
    await turn();
    const socket = server.wire.last;
    await socket.open();
    socket.say({ type: "welcome", heartbeat: 25, conversations: [] });
    await turn();
    equal([seen(set), set.one.state.customer?.name, set.one.outbox.entries().length], [[], "Eve", 0]);
    equal(kept(set.storage).includes("canary"), false);
    equal(JSON.stringify([socket.sent, { ...sessionStorage }]).includes("canary"), false);
    equal(set.storage.getItem("r." + set.one.person.draft("new")), null);

    await set.one.person.identify(signed("mara"));
    equal(seen(set), ["m1"]);
    set.end();
  },
});

Deno.test({
  name: "an answer to what Mara asked that comes when Eve is named is nobody's",
  ...quiet,
  async fn() {
    const server = new Signing();
    const set = await chat(server);
    await set.one.person.identify(signed("mara"));
    /** @type {any} */ let release;
    server.answers["GET conversations"] = () => new Promise((done) => release = done);
    const listing = set.one.link.list().catch((error) => error.name);
    await turn();
    await set.one.person.identify(signed("eve"));
    release([200, { conversations: [row({ id: "m1" })] }]);
    equal([await listing, seen(set)], ["Lost", []]);
    set.end();
  },
});

Deno.test({
  name: "a session that was asked for before the name is not waited for and not believed",
  ...quiet,
  async fn() {
    const server = new Signing();
    const set = await chat(server);
    const usual = server.answers["POST session"];
    /** @type {any} */ let release;
    server.answers["POST session"] = (/** @type {any} */ body) =>
      body.identity ? usual(body) : new Promise((done) => release = done);
    const before = set.one.session.renew();
    await turn();
    await set.one.person.identify(signed("eve"));
    release([
      200,
      server.session({ access_token: "late", customer: mara, conversations: [row({ id: "m1" })] }),
    ]);
    server.answers["POST session"] = usual;
    await before;
    equal([seen(set), set.one.state.customer?.name, set.one.session.token], [[], "Eve", "t-eve"]);
    set.end();
  },
});

Deno.test({
  name: "the same person named again: nothing is taken from the screen",
  ...quiet,
  async fn() {
    const server = new Signing();
    const set = await chat(server);
    await set.one.person.identify(signed("mara"));
    const forgets = set.told.filter(([what]) => what === "forget").length;
    const again = set.one.person.identify(signed("mara"));
    equal(seen(set), ["m1"]);
    await again;
    equal([seen(set), set.told.filter(([what]) => what === "forget").length], [["m1"], forgets]);
    set.end();
  },
});

Deno.test({
  name:
    "a refused identity is told with its reason, and the chat goes on as a visitor with what is their own",
  ...quiet,
  async fn() {
    const server = new Signing();
    const set = await chat(server);
    set.storage.setItem("r.device", "d-mara");
    await set.one.person.identify(signed("mara"));
    await set.one.person.identify(signed("nobody"));
    equal(set.told.filter(([what]) => what === "error"), [[
      "error",
      { code: "identity_refused", reason: "expired" },
    ]]);
    equal([set.one.state.phase, set.one.state.customer, seen(set)], ["ready", null, []]);
    equal(server.sessions.at(-1), { inbox: "demo", environment: {} });
    equal(server.calls.at(-1).credentials, "omit"); // the cookie would say who used this browser before
    set.one.session.keepDevice("d-visitor");
    await set.one.session.renew();
    equal([server.sessions.at(-1).device_token, set.storage.getItem("r.device")], ["d-visitor", "d-mara"]);
    await set.one.person.identify(signed("mara"));
    equal([seen(set), server.sessions.at(-1).device_token, server.calls.at(-1).credentials], [
      ["m1"],
      "d-mara",
      "same-origin",
    ]);
    set.end();
  },
});

Deno.test({
  name: "the same person with a token that is no longer good: what is shown is still theirs",
  ...quiet,
  async fn() {
    const server = new Signing();
    const set = await chat(server);
    await set.one.person.identify(signed("mara"));
    delete server.people.mara;
    await set.one.person.identify(signed("mara"));
    equal([seen(set), set.told.at(-1)], [["m1"], ["error", { code: "identity_refused", reason: "expired" }]]);
    set.end();
  },
});

Deno.test({
  name: "with a name, the visit goes along only where somebody has written in it",
  ...quiet,
  async fn() {
    const server = new Signing();
    const idle = await chat(server);
    await idle.one.person.identify(signed("eve"));
    equal(server.sessions.at(-1).access_token, undefined);
    idle.end();
    const busy = await chat(server);
    busy.one.start("help", {});
    await busy.one.person.identify(signed("eve"));
    equal(server.sessions.at(-1).access_token, "t-");
    busy.end();
  },
});

for (
  const [who, customer] of /** @type {[string, any][]} */ ([["on file", eve], ["not on file", null]])
) {
  Deno.test({
    name: `a signature of somebody ${who} that ran out does not bring back who used this browser before`,
    ...quiet,
    async fn() {
      const server = new Signing();
      server.people.eve = [customer, []];
      const set = await chat(server);
      await set.one.person.identify(signed("eve"));
      server.answers["POST session"] = () => [
        200,
        server.session({ customer: mara, conversations: [row({ id: "m1" })] }),
      ];
      await set.one.session.renew().catch(() => {});
      equal([seen(set), set.one.state.customer?.name], [[], customer?.name]);
      equal(set.told.at(-1), ["error", { code: "identity_refused", reason: "ended" }]);
      set.end();
    },
  });
}

Deno.test({
  name: "what a visitor was writing stays theirs when the site names them",
  ...quiet,
  async fn() {
    const server = new Signing();
    const set = await chat(server);
    set.storage.setItem("r.draft.new", "it does not sc");
    await set.one.person.identify(signed("eve"));
    equal(set.one.shelf.get(set.one.person.draft("new")), "it does not sc");
    equal(set.storage.getItem("r.draft.new"), null);
    set.end();
  },
});

for (
  const [how, people] of /** @type {[string, any][]} */ ([
    ["signed for, never heard of", { eve: [null, []], mara: [mara, []] }],
    ["not proved", { mara: [mara, []] }],
  ])
) {
  Deno.test({
    name: `what somebody ${how} has not sent yet is not sent as the next one`,
    ...quiet,
    async fn() {
      const server = new Signing();
      server.people = people;
      const set = await chat(server);
      await set.one.person.identify(signed("eve"));
      set.one.start("canary begun", {});
      set.storage.setItem("r." + set.one.person.draft("new"), "canary draft");
      equal(set.one.unsent().length, 1);
      await set.one.person.identify(signed("mara"));
      await turn();
      await server.wire.last.open();
      server.welcome(server.wire.last);
      await turn();
      equal([set.one.unsent().length, JSON.stringify(server.wire.last.sent).includes("canary")], [0, false]);
      equal(kept(set.storage).includes("canary"), false);
      set.end();
    },
  });
}

Deno.test({
  name: "somebody never heard of becomes a customer: what they have not sent yet stays theirs",
  ...quiet,
  async fn() {
    const server = new Signing();
    server.people.eve = [null, []];
    const set = await chat(server);
    await set.one.person.identify(signed("eve"));
    set.one.start("still to go", {});
    set.storage.setItem("r." + set.one.person.draft("new"), "half a sen");
    server.people.eve = [eve, []];
    await set.one.person.identify(signed("eve"));
    equal([
      set.one.unsent().map((entry) => entry.text),
      set.one.shelf.get(set.one.person.draft("new")),
    ], [["still to go"], "half a sen"]);
    set.end();
  },
});

Deno.test({
  name:
    "unsent messages of somebody else in the same storage are neither shown nor sent, whichever tab wrote them",
  ...quiet,
  async fn() {
    const server = new Server();
    server.customer = { id: "p1", name: "", identity: "device" };
    const set = await chat(server);
    const entry = {
      client_id: "x",
      conversation: null,
      owner: "p2",
      text: "canary",
      at: 1,
      state: "pending",
    };
    set.storage.setItem("r.out.x", JSON.stringify(entry));
    set.one.outbox.refresh();
    set.one.outbox.flush();
    await turn();
    equal([set.one.unsent().length, JSON.stringify(set.socket.sent).includes("canary")], [0, false]);
    set.storage.setItem("r.out.x", JSON.stringify({ ...entry, owner: "p1" }));
    set.one.outbox.refresh();
    set.one.outbox.flush();
    await turn();
    equal(JSON.stringify(set.socket.sent).includes("canary"), true);
    set.end();
  },
});

Deno.test({
  name:
    "a browser that becomes somebody's in another tab, while this one is asking who it is, is theirs here too",
  ...quiet,
  fn: async () => {
    const server = new Server();
    /** @type {(answer: any) => void} */ let answered = () => {};
    let asked = 0;
    server.answers["POST session"] = () => {
      asked++;
      if (asked === 1) return [200, server.session()];
      if (asked === 2) return new Promise((done) => answered = done);
      return [200, server.session({ customer: { id: "p1", name: "" }, conversations: [row()] })];
    };
    const set = await chat(server);
    set.one.restart();
    await turn();
    equal(asked, 2);
    set.storage.setItem("r.device", "d-mara");
    const told = Object.assign(new Event("storage"), {
      key: "r.device",
      newValue: "d-mara",
      storageArea: set.storage,
    });
    globalThis.dispatchEvent(told);
    await turn();
    answered([200, server.session()]);
    await turn();
    equal([asked, server.sessions.at(-1).device_token], [3, "d-mara"]);
    equal(set.one.state.customer?.id, "p1");
    set.end();
  },
});
