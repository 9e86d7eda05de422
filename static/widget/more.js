import { make } from "../shared/dom.js";
import { certain, choice, sharedSwitch } from "./parts.js";

/** @typedef {import("./pages.js").Around} Around */

/** What is quiet: ways back for whoever has a history here already, browsers, and whose computer this is. */
export class More {
  /** @param {Around} around */
  constructor(around) {
    const { chat, speech: { t }, go } = around;
    this.title = t("more");
    this.root = make(
      "div",
      { class: "sheet" },
      choice(t("before"), t("beforeMore"), () => go.page("back")),
      choice(t("devices"), t("devicesHow"), () => go.page("devices")),
      sharedSwitch(around),
      certain(t, { ask: t("forget"), sure: t("forgetSure"), yes: t("forgetYes") }, async () => {
        await chat.person.forget();
        go.home();
      }),
    );
  }
}
