/**
 * Colours from an inbox's own one, such that words stay readable on and beside it (WCAG 2.2 contrast).
 * @typedef {[number, number, number]} RGB each 0 to 255
 */

/**
 * @param {string|null|undefined} hex "#0b6b5d" or "#06d"
 * @returns {RGB|null} null for anything else
 */
export function parse(hex) {
  const match = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(hex ?? "");
  if (!match) return null;
  const full = match[1].length === 3 ? match[1].replace(/./g, "$&$&") : match[1];
  return /** @type {RGB} */ ([0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)));
}

/** @param {RGB} color @param {RGB} other @returns {number} 1 to 21 */
export function contrast(color, other) {
  const [light, dark] = [luminance(color), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/**
 * Everything that depends on the inbox's colour, for a light or a dark surface.
 * @param {string|null|undefined} hex
 * @param {boolean} dark
 * @returns {Record<string, string>|null} custom properties by name; null: keep those of tokens.css
 */
export function palette(hex, dark) {
  const color = parse(hex);
  if (!color) return null;
  /** @type {RGB} */ const surface = dark ? [28, 31, 35] : [255, 255, 255];
  /** @type {RGB} */ const ink = dark ? [255, 255, 255] : [0, 0, 0];
  // A filled shape is told by the words on it, so on a light surface the colour stays what it is; on a dark one
  // it is lifted to 3:1. Words in the colour must be readable (4.5:1).
  const accent = towards(color, ink, (tried) => contrast(tried, surface) >= (dark ? 3 : 1.15));
  const soft = mix(surface, color, dark ? 0.22 : 0.11);
  const text = towards(
    color,
    ink,
    (tried) => contrast(tried, surface) >= 4.5 && contrast(tried, soft) >= 4.5,
  );
  /** @type {RGB} */ const white = [255, 255, 255];
  /** @type {RGB} */ const black = [18, 22, 26];
  const over = contrast(accent, white) >= 4.5 || contrast(accent, white) >= contrast(accent, black)
    ? white
    : black;
  return {
    "--accent": css(
      contrast(accent, over) >= 4.5
        ? accent
        : towards(accent, opposite(over), (tried) => contrast(tried, over) >= 4.5),
    ),
    "--accent-ink": css(over),
    "--accent-soft": css(soft),
    "--accent-text": css(text),
  };
}

/** @param {RGB} color */
function opposite(color) {
  return /** @type {RGB} */ (color[0] > 127 ? [0, 0, 0] : [255, 255, 255]);
}

/** @param {RGB} color @param {RGB} goal @param {(tried: RGB) => boolean} enough */
function towards(color, goal, enough) {
  let tried = color;
  for (let share = 0.05; !enough(tried) && share <= 1; share += 0.05) tried = mix(color, goal, share);
  return tried;
}

/** @param {RGB} from @param {RGB} to @param {number} share of `to` */
function mix(from, to, share) {
  return /** @type {RGB} */ (from.map((value, at) => Math.round(value + (to[at] - value) * share)));
}

/** @param {RGB} color */
function luminance(color) {
  const [red, green, blue] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {RGB} color */
function css(color) {
  return "#" + color.map((value) => value.toString(16).padStart(2, "0")).join("");
}
