/** Which records are taken for one person, on whose word, and how to take that back. */

import { make } from "../shared/dom.js";
import { keys } from "./known.js";
import { linkWords } from "./knownwords.js";
import { actButton, actError, button, card } from "./ui.js";
import { timing } from "./when.js";

/** @param {import("./panel.js").Scene} scene */
export function linksCard({ row, context, known, on, nameOf }) {
  const links = context.return_card.links ?? [];
  const list = make("ul", { class: "links" });
  for (const link of links) {
    const item = make(
      "li",
      {},
      make("p", {}, make("bdi", { class: "title" }, link.name)),
      make("p", { class: "small" }, linkWords(link, timing(), nameOf)),
    );
    if (link.reason) item.append(make("p", { class: "small quoted", dir: "auto" }, link.reason));
    const back = button("Take back …", () => on.takeBack(link), "plain");
    back.setAttribute("aria-label", `Take back that this is ${link.name}`);
    item.append(make("div", { class: "acts" }, back));
    list.append(item);
  }
  // A link that lives again is not offered to be made again.
  const gone = known.takenBack(row.id).filter((one) => !links.some((link) => link.customer === one.customer));
  for (const link of gone) {
    const act = known.act(keys.again(link.id));
    const shown = ["vouched", "proven", "device"].includes(link.proof)
      ? "For technicians only: their browser sees the history again once they are recognised again."
      : "";
    list.append(make(
      "li",
      {},
      make("p", { role: "status" }, "Taken back: ", make("bdi", {}, link.name)),
      make(
        "div",
        { class: "acts" },
        actButton(
          act,
          { name: `again ${link.id}`, idle: "Link again", busy: "Linking …", done: "Linked" },
          () => known.linkAgain(row.id, link),
        ),
      ),
      ...(shown ? [make("p", { class: "small" }, shown)] : []),
      ...actError(act),
    ));
  }
  return card("The same person as", list, links.length ? String(links.length) : undefined);
}
