const STYLE =
  `body{font:12pt/1.5 system-ui,sans-serif;color:#000;margin:2cm;max-width:17cm;overflow-wrap:anywhere}
h1{font-size:16pt}code{display:block;font:600 18pt/1.6 ui-monospace,monospace;border:1pt solid;padding:6pt 10pt;margin:12pt 0}
article,section,li,tr{break-inside:avoid}`;

/**
 * Print a page that is made for paper. It lives in a frame in which no script runs, and goes when it is printed.
 * @param {{locale: string, dir: string}} speech
 * @param {string|((page: Document) => void)} what its HTML, or what fills it
 * @returns {Promise<void>}
 */
export async function onPaper({ locale, dir }, what) {
  const frame = document.createElement("iframe");
  frame.className = "unseen";
  frame.setAttribute("sandbox", "allow-same-origin allow-modals");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  frame.srcdoc = typeof what === "string" ? what : "<!doctype html><title></title>";
  await new Promise((done) => {
    frame.onload = done;
    document.body.append(frame);
  });
  const page = /** @type {Document} */ (frame.contentDocument);
  const view = /** @type {any} */ (frame.contentWindow);
  if (typeof what !== "string") {
    page.documentElement.lang = locale;
    page.documentElement.dir = dir;
    what(page);
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(STYLE);
    page.adoptedStyleSheets = [sheet];
  }
  view.addEventListener("afterprint", () => frame.remove());
  view.focus();
  view.print();
  setTimeout(() => frame.remove(), 60_000); // where nothing says that it is done
}
