/** My own menu: availability, sound, notifications, appearance, help, log-out. */

import { text, toggle } from "../shared/dom.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./alerts.js").Alerts} Alerts */

/** @type {Record<string, string>} */
const STATES = { online: "Online", away: "Away", offline: "Offline" };
/** @type {Record<string, string>} */
const NOTIFICATIONS = {
  granted: "Desktop notifications are on",
  denied: "Notifications are blocked in this browser's settings",
  default: "Switch on desktop notifications",
  none: "This browser has no notifications",
};

export class Menu {
  /** @type {HTMLElement} */ #root;
  /** @type {HTMLButtonElement} */ #opener;
  /** @type {HTMLElement} */ #panel;
  /** @type {Alerts} */ #alerts;

  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {Alerts} options.alerts
   * @param {import("../shared/shelf.js").Shelf} options.settings
   * @param {(state: string) => void} options.onAvailability
   * @param {() => void} options.onHelp
   */
  constructor(root, { alerts, settings, onAvailability, onHelp }) {
    this.#root = root;
    this.#alerts = alerts;
    this.#opener = /** @type {HTMLButtonElement} */ (this.#part("opener"));
    this.#panel = this.#part("panel");
    this.#opener.addEventListener("click", () => this.#open(Boolean(this.#panel.hidden)));
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#panel.hidden) return;
      event.stopPropagation();
      this.#open(false);
      this.#opener.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!root.contains(/** @type {Node} */ (event.target))) this.#open(false);
    });
    root.addEventListener("focusout", (event) => {
      const to = /** @type {Node | null} */ (event.relatedTarget);
      if (to && !root.contains(to)) this.#open(false);
    });
    root.addEventListener("change", (event) => {
      const input = /** @type {HTMLInputElement} */ (event.target);
      if (input.name === "availability") onAvailability(input.value);
      if (input.name === "sound") alerts.muted = !input.checked;
      if (input.name === "theme") {
        settings.set("theme", input.value);
        wear(input.value);
      }
    });
    this.#part("notify").addEventListener("click", () => alerts.ask().then(() => this.#drawNotify()));
    this.#part("help").addEventListener("click", () => {
      this.#open(false);
      onHelp();
    });
    const theme = settings.get("theme") ?? "system";
    for (const input of this.#inputs("theme")) input.checked = input.value === theme;
    wear(theme);
  }

  /** @param {Store} store */
  draw(store) {
    const { availability, name } = store.me;
    const state = STATES[availability] ?? STATES.offline;
    this.#root.dataset.state = availability;
    this.#opener.setAttribute("aria-label", `${name}, ${state.toLowerCase()}: my menu`);
    for (const input of this.#inputs("availability")) input.checked = input.value === availability;
    for (const input of this.#inputs("sound")) input.checked = !this.#alerts.muted;
  }

  #drawNotify() {
    const { permission } = this.#alerts;
    const notify = /** @type {HTMLButtonElement} */ (this.#part("notify"));
    text(notify, NOTIFICATIONS[permission]);
    notify.disabled = permission !== "default";
    toggle(notify, permission !== "none");
  }

  /** @param {boolean} open */
  #open(open) {
    if (this.#panel.hidden === !open) return;
    toggle(this.#panel, open);
    if (open) this.#drawNotify();
    this.#opener.setAttribute("aria-expanded", String(open));
    if (open) this.#inputs("availability").find((input) => input.checked)?.focus();
  }

  /** @param {string} name @returns {HTMLInputElement[]} */
  #inputs(name) {
    return [...this.#root.querySelectorAll(`input[name="${name}"]`)].map((
      input,
    ) => /** @type {HTMLInputElement} */ (input));
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[data-part="${name}"]`));
  }
}

/** @param {string} theme system | light | dark */
function wear(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
