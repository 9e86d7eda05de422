import { environment, Host } from "../../static/widget/host.js";
import { equal } from "./shared_fakes.js";

function frame() {
  /** @type {any[]} */ const heard = [];
  /** @type {any[]} */ const posted = [];
  const parent = {
    postMessage: (/** @type {any} */ message, /** @type {string} */ to) => posted.push([message, to]),
  };
  /** @type {(event: any) => void} */
  let receive = () => {};
  const self = /** @type {any} */ ({
    parent,
    addEventListener: (/** @type {string} */ _name, /** @type {any} */ run) => receive = run,
  });
  const host = new Host((message) => heard.push(message), self);
  const say = (
    /** @type {any} */ data,
    origin = "https://shop.example",
    source = /** @type {any} */ (parent),
  ) => receive({ data, origin, source });
  return { host, heard, posted, say, types: () => heard.map((message) => message.type) };
}

Deno.test("hears only its parent, only after a greeting, only from that origin, only in our shape", () => {
  const set = frame();
  set.say({ rapport: 1, type: "open" });
  set.say({ rapport: 1, type: "hello" }, "null");
  set.say({ rapport: 1, type: "hello" }, "https://evil.example", {});
  equal(set.types(), []);
  set.host.tell("unread", { count: 1 });
  equal(set.posted, []);

  set.say({ rapport: 1, type: "hello" });
  for (
    const odd of [null, "open", 1, [], {}, { type: "open" }, { rapport: 2, type: "open" }, {
      rapport: 1,
      type: {},
    }]
  ) {
    set.say(odd);
  }
  set.say({ rapport: 1, type: "open" }, "https://evil.example");
  set.say({ rapport: 1, type: "open" }, "https://shop.example.evil.example");
  set.say({ rapport: 1, type: "open" }, "https://shop.example", {});
  set.say({ rapport: 1, type: "close" });
  equal(set.types(), ["hello", "close"]);
});

Deno.test("answers the exact origin, and its type cannot be overwritten by a field", () => {
  const set = frame();
  set.say({ rapport: 1, type: "hello" });
  set.host.tell("event", { name: "open", type: "close", rapport: 7 });
  equal(set.posted, [[{ name: "open", type: "event", rapport: 1 }, "https://shop.example"]]);
});

Deno.test("opened as a page of its own there is no host", () => {
  const self = /** @type {any} */ ({ addEventListener() {} });
  self.parent = self;
  const host = new Host(() => {}, self);
  host.tell("close");
  equal(host.alone, true);
});

Deno.test("the environment has only known names, short text, and nothing empty", () => {
  const made = environment(
    { page: "https://shop.example/p", referrer: "", secret: "x" },
    {
      product: "PSC 2210v",
      serial: 123,
      plan: { a: 1 },
      token: "t",
      model: "m".repeat(500),
      page: "https://evil",
    },
    "en-GB",
  );
  equal([made.page, made.product, made.serial, made.locale], [
    "https://shop.example/p",
    "PSC 2210v",
    "123",
    "en-GB",
  ]);
  equal(made.model.length, 200);
  equal(["secret", "token", "plan", "referrer"].some((name) => name in made), false);
});
