import { make, part, text } from "../shared/dom.js";
import { ago } from "../shared/time.js";
import { certain } from "./parts.js";

/**
 * @typedef {import("./pages.js").Around} Around
 * @typedef {{id: string, browser: string|null, os: string|null, device: string|null, first_seen: string,
 *   last_seen: string, current: boolean, proof: string}} Device
 */

const PROOFS = { proven: "deviceProven", vouched: "deviceVouched", signed: "deviceSigned" };

/** The browsers that can open this history, each with a way to sign it out. */
export class Devices {
  /** @param {Around} around */
  constructor(around) {
    this.around = around;
    const { t } = around.speech;
    this.title = t("devices");
    this.said = make("p", { class: "hint", role: "status", "data-part": "said" }, t("loading"));
    this.list = make("ul", { class: "devices" });
    this.root = make("div", { class: "sheet" }, this.said, this.list);
    this.#fetch();
  }

  async #fetch() {
    const { chat, speech: { t } } = this.around;
    try {
      const { devices } = chat.state.customer ? await chat.session.call("GET", "devices") : { devices: [] };
      text(this.said, t(devices.length ? "devicesAll" : "devicesNone"));
      const sorted = devices.sort((/** @type {Device} */ a, /** @type {Device} */ b) =>
        Number(b.current) - Number(a.current) || Date.parse(b.last_seen) - Date.parse(a.last_seen)
      );
      this.list.replaceChildren(...sorted.map((/** @type {Device} */ device) => this.#row(device)));
    } catch {
      text(this.said, t("lostNow"));
    }
  }

  /** @param {Device} device */
  #row(device) {
    const { chat, speech: { t, locale }, go } = this.around;
    const { browser, os, current } = device;
    const name = browser && os ? t("deviceOn", { browser, os }) : browser || os || t("deviceUnknown");
    const first = ago(device.first_seen, { locale });
    const times = current
      ? t("deviceFirst", { first })
      : t("deviceTimes", { first, last: ago(device.last_seen, { locale }) });
    const proof = PROOFS[/** @type {keyof typeof PROOFS} */ (device.proof)];
    const how = proof ? t(proof) : "";
    const item = make(
      "li",
      { class: "card" },
      make("b", {}, name),
      ...current ? [" ", make("em", { class: "tag" }, t("deviceThis"))] : [],
      make("small", {}, [times, how].filter(Boolean).join(" · ")),
      certain(
        t,
        {
          ask: t("deviceOut"),
          say: t("deviceOutOf", { browser: name }),
          sure: t(current ? "deviceSureThis" : "deviceSure"),
          yes: t("deviceOut"),
        },
        async () => {
          if (current) {
            await chat.person.forget(device.id);
            return go.home();
          }
          await chat.session.call("DELETE", `devices/${device.id}`);
          item.remove();
          text(this.said, t("deviceDone", { browser: name }));
          part(/** @type {HTMLElement} */ (this.root.parentElement?.parentElement), "title").focus();
        },
      ),
    );
    return item;
  }
}
