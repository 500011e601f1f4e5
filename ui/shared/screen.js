/*
 * How many of the page's pixels make a millimetre of the panel. A browser does not know; a person measures it once
 * with a bank card, or says how large the screen is. The box remembers it for its own screen, others for themselves.
 */

const REMEMBERED = "pixelsPerMillimetre";
/** 96 dots an inch, as browsers assume. */
const ASSUMED = 96 / 25.4;

/** What this browser has kept, else what the box knows of its own panel, else the usual. */
let ofBox;

/** @returns {number} */
export function pixelsPerMillimetre() {
  return sound(Number(localStorage.getItem(REMEMBERED))) ?? sound(ofBox) ?? ASSUMED;
}

/** Takes over what the box knows of its own panel. @param {number | undefined} value */
export function setPanel(value) {
  ofBox = value;
  show(pixelsPerMillimetre());
}

/** @param {number | null} value null for the usual again */
export function keepPixelsPerMillimetre(value) {
  if (value === null) {
    localStorage.removeItem(REMEMBERED);
    ofBox = undefined;
  } else {
    localStorage.setItem(REMEMBERED, String(value));
  }
  show(pixelsPerMillimetre());
}

/** Of a screen with this diagonal, if the page's pixels are the screen's. @param {number} inches */
export function pixelsPerMillimetreOf(inches) {
  return Math.hypot(screen.width, screen.height) / (inches * 25.4);
}

/** @param {number} value */
function show(value) {
  document.documentElement.style.setProperty("--mm", `${value}px`);
}

/** @param {number | undefined} value */
function sound(value) {
  return value !== undefined && value >= 2 && value <= 20 ? value : undefined;
}

setPanel(undefined);
