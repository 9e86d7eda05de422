import { make, text } from "../shared/dom.js";
import { onPaper } from "./paper.js";

/**
 * A resume key: to read, to copy, to print. It is kept nowhere.
 * @param {string} key
 * @param {import("./words.js").Speech} speech
 * @param {string} name of the inbox
 */
export function keyCard(key, { t, locale, dir }, name) {
  // The groups are kept together when the line is too short for all of them.
  const shown = make("code", { class: "key", dir: "ltr", tabindex: "0" });
  shown.append(
    ...key.split("-").flatMap((group, at) => [...at ? ["-", make("wbr")] : [], make("span", {}, group)]),
  );
  const copy = make("button", { type: "button", class: "quiet" }, t("copyKey"));
  copy.onclick = async () => {
    try {
      await navigator.clipboard.writeText(key);
      text(copy, t("keyCopied"));
    } catch {
      getSelection()?.selectAllChildren(shown);
      text(copy, t("keyMark"));
    }
  };
  const print = make("button", { type: "button", class: "quiet" }, t("endKeyPrint"));
  print.onclick = () =>
    onPaper({ locale, dir }, (page) => {
      const line = (/** @type {string} */ tag, /** @type {string} */ words) => {
        const element = page.createElement(tag);
        element.textContent = words;
        page.body.append(element);
        return element;
      };
      page.title = t("paperTitle", { name });
      line("h1", page.title);
      line("code", key).dir = "ltr";
      line("p", t("paperHow", { name }));
      line("p", t("paperKeep"));
    });
  return make("div", { class: "keycard" }, shown, make("p", { class: "pair" }, copy, print));
}
