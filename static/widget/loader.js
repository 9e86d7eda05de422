/* Rapport. Calls before it is here: (window.Rapport = window.Rapport || {q: []}).q.push(["identify", token]) */
((/** @type {any} */ w, /** @type {any} */ d) => {
  const script = d.currentScript;
  const given = script?.dataset;
  if (!given?.inbox || w.Rapport?.open) return;
  const early = w.Rapport?.q || [];
  const address = new URL("widget/frame/?inbox=" + encodeURIComponent(given.inbox), script.src);
  const { origin } = address;
  const key = "rapport:" + given.inbox;
  /** @type {any} */
  let frame;
  /** @type {any[]} */
  let waiting = [];
  let opened = false, titled = "", unread = 0;
  let locale = given.locale || d.documentElement.lang || navigator.language;
  /** @type {any} */
  const WORDS = {
    en: ["Chat with us", "Close chat", "unread"],
    de: ["Chat mit uns", "Chat schließen", "ungelesen"],
    ar: ["تحدّث معنا", "إغلاق المحادثة", "غير مقروءة"],
  };
  const words = () => WORDS[locale.slice(0, 2)] || WORDS.en;
  // A page without storage still has a chat.
  const store = (kind = "local", value = "?") => {
    try {
      const box = w[kind + "Storage"];
      if (value != "?") box.setItem(key, value);
      return box.getItem(key) || "";
    } catch {
      return "";
    }
  };

  const make = (name = "div") => d.createElement(name);
  const host = make();
  const root = host.attachShadow({ mode: "open" });
  const own = given.launcher && d.querySelector(given.launcher);
  const panel = make();
  const button = own || make("button");
  const badge = make("b");
  const side = "inset-inline-" + (given.position == "left" ? "start" : "end");
  // Inside a shadow tree, :host with !important is what no style of the page can beat.
  const css =
    `:host{all:initial!important;position:fixed!important;z-index:999999999!important;inset:auto 0 0!important;height:0!important}button,div{position:fixed;bottom:20px;${side}:20px;border:0;background:var(--c);box-shadow:0 2px 6px #0003,0 8px 32px #0003}button{width:60px;height:60px;border-radius:50%;cursor:pointer;display:grid;place-items:center}button:before{content:"";width:30px;height:30px;background:var(--i);clip-path:path("M4 3h22q3 0 3 3v14q0 3-3 3h-9l-8 6v-6H4q-3 0-3-3V6q0-3 3-3")}.o:before{clip-path:path("M5 11l2-2 8 8 8-8 2 2-10 10z")}button:focus-visible{outline:3px solid var(--c);outline-offset:3px}b{position:absolute;top:-4px;inset-inline-end:-4px;padding:0 7px;border-radius:11px;background:#b3362b;color:#fff;font:600 12px/22px system-ui}[hidden]{display:none!important}div{bottom:92px;width:380px;max-width:calc(100% - 40px);height:660px;max-height:calc(100dvh - 112px);border-radius:18px;overflow:hidden}iframe{width:100%;height:100%;border:0;color-scheme:normal}@media(max-width:480px),(max-height:480px){div{inset:0;width:auto;max-width:none;height:var(--h,100dvh);max-height:none;border-radius:0;box-sizing:border-box;padding:env(safe-area-inset-top) 0 env(safe-area-inset-bottom)}.o{display:none}}@media(forced-colors:active){button,div{border:2px solid}button:before{forced-color-adjust:none;background:ButtonText}}div{animation:r .2s}@keyframes r{from{opacity:0}}@media print{:host{display:none!important}}`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];

  const paint = (color = "") => {
    if (!/^#[0-9a-f]{6}$/i.test(color)) return;
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.substr(at, 2), 16));
    host.style.setProperty("--c", color);
    host.style.setProperty("--i", red * 3 + green * 6 + blue > 1400 ? "#111" : "#fff");
  };

  /** @type {(element: Element, name: string, value: any) => void} */
  const aria = (element, name, value) => element.setAttribute("aria-" + name, value);

  const draw = () => {
    const [open, close, more] = words();
    host.dir = /^ar/.test(locale) ? "rtl" : "ltr";
    if (!own) {
      aria(button, "label", (opened ? close : open) + (unread ? `, ${unread} ${more}` : ""));
      button.className = opened ? "o" : "";
    }
    aria(button, "expanded", opened);
    aria(panel, "label", open);
    panel.hidden = !opened;
    badge.hidden = !unread || opened;
    badge.textContent = unread;
    const title = d.title.replace(titled, "");
    titled = unread ? `(${unread}) ` : "";
    if (d.title != titled + title) d.title = titled + title;
  };

  // What is said before the frame is there waits for it.
  let post = (/** @type {any} */ message) => {
    waiting.push(message);
  };
  const tell = (type = "", fields = {}) => post({ ...fields, rapport: 1, type });

  /** @type {(name: string, detail?: any) => void} */
  const emit = (name, detail) =>
    d.dispatchEvent(new CustomEvent("rapport:" + name, { detail, bubbles: true }));

  const load = (wake = false) => {
    if (frame) return;
    frame = make("iframe");
    frame.title = words()[0];
    frame.allow = "clipboard-write";
    frame.onload = () => {
      post = (message) => frame.contentWindow.postMessage(message, origin);
      tell("hello", {
        page: { page: location.href.split("#")[0], referrer: d.referrer, title: d.title },
        locale,
        theme: given.theme,
        color: given.color,
      });
      waiting.map(post);
      waiting = [];
      if (wake) tell("wake"); // whoever is named by then, not the one before
    };
    frame.src = address.href;
    panel.append(frame);
  };

  w.addEventListener("message", (/** @type {any} */ event) => {
    const m = event.data;
    if (!frame || event.source != frame.contentWindow || event.origin != origin || m?.rapport != 1) return;
    if (m.type == "close") api.close();
    if (m.type == "event") emit(m.name, m.detail);
    if (m.type == "mark") {
      unread = m.unread | 0;
      draw();
      paint(given.color || m.color);
      store("local", (m.keep ? 1 : 0) + String(m.color));
    }
  });

  /** @type {any} */
  const api = w.Rapport = {
    open(/** @type {any} */ say) {
      load();
      if (!opened) {
        opened = true;
        store("session", "1");
        draw();
        emit("open");
      }
      frame.focus();
      tell("open", { text: String(say) === say ? say : "" });
    },
    close() {
      if (!opened) return;
      opened = false;
      store("session", "");
      draw();
      tell("close");
      button.focus();
      emit("close");
    },
    toggle() {
      api[opened ? "close" : "open"]();
    },
    show() {
      button.hidden = false;
    },
    hide() {
      api.close();
      button.hidden = true;
    },
    identify(/** @type {any} */ token) {
      tell("identify", { token });
    },
    logout() {
      load();
      tell("logout");
    },
    setContext(/** @type {any} */ more) {
      tell("context", { context: more });
    },
    setLocale(/** @type {string} */ tag) {
      locale = tag;
      draw();
      tell("locale", { locale });
    },
    on(/** @type {string} */ name, /** @type {any} */ run) {
      const heard = (/** @type {any} */ event) => run(event.detail);
      d.addEventListener("rapport:" + name, heard);
      return () => d.removeEventListener("rapport:" + name, heard);
    },
    q: {
      push: (/** @type {any[]} */ [name, ...values]) => api[name]?.(...values),
    },
  };

  panel.setAttribute("role", "dialog");
  aria(button, "haspopup", "dialog");
  button.onclick = api.toggle;
  button.onpointerenter = () => load();
  root.append(panel);
  if (!own) {
    button.append(badge);
    root.append(button);
  }
  root.addEventListener("keydown", (/** @type {any} */ event) => event.key == "Escape" && api.close());
  w.visualViewport?.addEventListener(
    "resize",
    () => host.style.setProperty("--h", w.visualViewport.height + "px"),
  );
  d.documentElement.append(host);
  paint("#0b6b5d");
  const kept = store();
  paint(given.color || kept.slice(1));
  draw();
  early.map(api.q.push);
  emit("ready");
  if (store("session") && innerWidth > 480) api.open();
  else if (kept > "1") load(true);
})(window, document);
