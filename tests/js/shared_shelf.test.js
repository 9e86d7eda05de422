import { newId } from "../../static/shared/entry.js";
import { Shelf } from "../../static/shared/shelf.js";
import { equal, FakeStorage } from "./shared_fakes.js";

Deno.test("a shelf keeps, finds and forgets what is its own", () => {
  const storage = new FakeStorage();
  storage.setItem("elsewhere", "1");
  const shelf = new Shelf(storage, "mine.");
  equal([shelf.persistent, shelf.set("a", "1"), shelf.get("a"), shelf.get("b")], [true, true, "1", null]);
  equal([...shelf.all()], [["a", "1"]]);
  shelf.clear();
  equal([...storage.items.keys()], ["elsewhere"]);
});

Deno.test("refused, throwing or full storage is replaced by memory", () => {
  const refusing = new Proxy({}, {
    get() {
      throw new Error("SecurityError");
    },
  });
  for (const storage of [null, undefined, refusing]) {
    const shelf = new Shelf(/** @type {any} */ (storage), "mine.");
    equal([shelf.persistent, shelf.set("a", "1"), shelf.get("a")], [false, false, "1"]);
    shelf.remove("a");
    equal(shelf.get("a"), null);
  }
});

Deno.test("ids are version 4 UUIDs and differ", () => {
  const ids = new Set(Array.from({ length: 200 }, newId));
  equal(ids.size, 200);
  for (const id of ids) {
    if (!/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) {
      throw new Error(id);
    }
  }
});
